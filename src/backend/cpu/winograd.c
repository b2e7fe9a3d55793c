/* Convolutions with kernels of 3x3 and stride 1, and their two transposes, by Winograd's minimal
 * algorithms: F(2x2, 3x3), where a tile of 2x2 results costs 16 multiplications per pair of
 * channels in place of 36, and F(4x4, 3x3), where one of 4x4 costs 36 in place of 144. Lavin and
 * Gray (2015), "Fast algorithms for convolutional neural networks".
 *
 *     y = A^T [(G g G^T) . (B^T d B)] A       d: a patch of 4x4 or 6x6 places of x, g: the kernel
 *
 * The products, one for each place of a transformed tile, are matrix products over the channels.
 * The gradient in x is the convolution of dy with the kernel turned round; that in the kernel is
 * G^T [(B^T d B) . (A dy A^T)] G, summed up over all tiles.
 *
 * The transforms of 2x2 only add and halve, so that results are about as exact as those of the
 * plain sum; those of 4x4 have points at 0, at the square roots of 2 and of a half, and infinity,
 * which keeps the error within three times that of the plain sum (docs/decisions/0014). Both are
 * rounded differently: exact mode does without. Tiles are worked off in blocks that fit the
 * second-level cache. Sums over samples are made in a fixed number of parts, whatever the number of
 * threads. */
#include "isa.h"
#include "threads.h"
#include "window.h"

#include "base/memory.h"
#include <math.h>
#include <stddef.h>
#include <string.h>

enum {
    MOST_PLACES = 36,       /* of a transformed tile */
    MOST_RESULTS = 16,      /* of a tile */
    PARTS = 4,              /* of a sum over samples, at most */
    BLOCK_FLOATS = 1 << 16, /* that the transformed tiles of a block may have */
    FEWEST_TILES = 16,      /* of a block: enough for the kernel that each block reads */
    MOST_TILES = 128,
    WORTH_IT = 1 << 17,       /* multiplications */
    WORTH_A_TEAM = 1 << 20,   /* of the plain sum */
    LARGEST_KERNEL = 1 << 14, /* pairs of channels whose gradient stays near */
    MANY_TILES = 48,          /* for whose sake any kernel is worth reading its transform */
    LARGE_KERNEL = 1 << 16,   /* pairs of channels; smaller ones are anyway */
    FEW_CHANNELS = 48,        /* both counts together: tiles of 2x2 do not pay below */
    LARGEST_OF_4X4 = 1 << 16, /* pairs of channels: 9 MB of transformed kernel */
    LARGEST_SUM_OF_4X4 = 1 << 12,
    FEWEST_OF_4X4 = 16,   /* tiles, for which the longer transform of the kernel pays */
    FAR_FLOATS = 1 << 20, /* of a transformed kernel that every block reads from afar */
    TILES_OF_FAR = 64,    /* of a block then, whose places the threads share */
};

typedef struct winograd_kernel {
    cornu_kernel base;
    cornu_kernel pack, packed; /* the transform of w alone, and the convolution with it */
    const cornu_cpu_loops *loops;
    cornu_kernel_kind kind;
    int code; /* cornu_conv_code */
    float limit;
    bool wide;                   /* tiles of 4x4 */
    int64_t side, patch, places; /* of a tile, of what it reads, and in the square of that */
    int64_t batch, in[2], out[2], before[2];
    int64_t from, to; /* channels of what is read and of what is made or compared */
    int64_t tiles_down, tiles_across, tiles;
    int64_t block; /* tiles */
    int64_t from_plane, to_plane, kernel_plane;
    int64_t parts, part_floats; /* of a gradient of the kernel */
    int64_t scratch;            /* floats of a thread, or of all for blocks that they share */
    bool shares_blocks;
    int threads;
} winograd_kernel;

typedef struct winograd_job {
    const winograd_kernel *k;
    const float *x, *w, *offset; /* x: what is read; w: the kernel */
    const float *summand;        /* and how far it lies from y, in floats */
    ptrdiff_t apart;
    float *y;                   /* what is made; of a gradient of the kernel: what is compared */
    float *u, *scratch, *zeros; /* u: the transformed kernel */
} winograd_job;

static int64_t round_up(int64_t x, int64_t step) { return (x + step - 1) / step * step; }
static int64_t smaller(int64_t a, int64_t b) { return a < b ? a : b; }

/* ---- tiles ---- */
typedef struct tile {
    int64_t sample, down, across;
} tile;

static tile tile_at(const winograd_kernel *k, int64_t index) {
    int64_t row = index / k->tiles_across;
    return (tile){row / k->tiles_down, row % k->tiles_down, index % k->tiles_across};
}

static void go_on(const winograd_kernel *k, tile *t) {
    if (++t->across < k->tiles_across) return;
    t->across = 0;
    if (++t->down < k->tiles_down) return;
    t->down = 0;
    t->sample++;
}

/* The places of the input that a tile reads; zeros outside. */
static void find_patch(const winograd_job *job, const tile *t, const float *patch[MOST_PLACES]) {
    const winograd_kernel *k = job->k;
    const int64_t n = k->patch;
    int64_t top = k->side * t->down - k->before[0], left = k->side * t->across - k->before[1];
    int64_t stride = k->in[1] * k->from;
    const float *corner = job->x + t->sample * k->in[0] * stride + top * stride + left * k->from;
    if (top >= 0 && left >= 0 && top + n <= k->in[0] && left + n <= k->in[1]) {
        for (int64_t i = 0; i < n; i++, corner += stride)
            for (int64_t j = 0; j < n; j++) patch[n * i + j] = corner + j * k->from;
        return;
    }
    for (int64_t i = 0; i < n; i++, corner += stride) {
        bool row_there = top + i >= 0 && top + i < k->in[0];
        for (int64_t j = 0; j < n; j++) {
            bool there = row_there && left + j >= 0 && left + j < k->in[1];
            patch[n * i + j] = there ? corner + j * k->from : job->zeros;
        }
    }
}

/* The places of a tile among the results; `outside` where there are none. */
static void find_results(
    const winograd_job *job, const tile *t, float *outside, float *places[MOST_RESULTS]
) {
    const winograd_kernel *k = job->k;
    int64_t row = k->side * t->down, column = k->side * t->across;
    float *corner = job->y + ((t->sample * k->out[0] + row) * k->out[1] + column) * k->to;
    for (int64_t i = 0; i < k->side; i++, corner += k->out[1] * k->to) {
        for (int64_t j = 0; j < k->side; j++) {
            bool there = row + i < k->out[0] && column + j < k->out[1];
            places[i * k->side + j] = there ? corner + j * k->to : outside;
        }
    }
}

static void transform_inputs(const winograd_job *job, int64_t first, int64_t count, float *v) {
    const winograd_kernel *k = job->k;
    tile t = tile_at(k, first);
    for (int64_t i = 0; i < count; i++, go_on(k, &t)) {
        const float *patch[MOST_PLACES];
        find_patch(job, &t, patch);
        k->loops->winograd_input[k->wide](
            v + i * k->from, (size_t)k->from_plane, patch, (size_t)k->from
        );
    }
}

/* ---- convolution ---- */
static void multiply_places(
    const winograd_job *job, int64_t begin, int64_t end, int64_t count, const float *v, float *m
) {
    const winograd_kernel *k = job->k;
    /* products take whole groups of rows: what is behind the last tile is not looked at */
    size_t rows = (size_t)round_up(count, 16);
    for (int64_t p = begin; p < end; p++)
        k->loops->panel_product(
            rows, (size_t)k->to, (size_t)k->from, v + p * k->from_plane,
            job->u + p * k->kernel_plane, m + p * k->to_plane
        );
}

static void transform_outputs(
    const winograd_job *job, int64_t first, int64_t count, const float *m
) {
    const winograd_kernel *k = job->k;
    tile t = tile_at(k, first);
    for (int64_t i = 0; i < count; i++, go_on(k, &t)) {
        float *places[MOST_RESULTS];
        find_results(job, &t, NULL, places);
        k->loops->winograd_output[k->wide](
            places, m + i * k->to, (size_t)k->to_plane, job->offset, job->summand != NULL,
            job->apart, (k->code & CORNU_CONV_RELU) != 0, k->limit, (size_t)k->to
        );
    }
}

static void run_blocks(void *context, int64_t begin, int64_t end, int thread) {
    const winograd_job *job = context;
    const winograd_kernel *k = job->k;
    float *v = job->scratch + thread * k->scratch, *m = v + k->places * k->from_plane;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i * k->block, count = smaller(k->block, k->tiles - first);
        transform_inputs(job, first, count, v);
        multiply_places(job, 0, k->places, count, v, m);
        transform_outputs(job, first, count, m);
    }
}

/* A block whose places the threads share, so that each reads its part of the kernel alone. */
typedef struct shared_block {
    const winograd_job *job;
    int64_t first, count; /* tiles */
    float *v, *m;
} shared_block;

static void share_inputs(void *context, int64_t begin, int64_t end, int thread) {
    const shared_block *b = context;
    (void)thread;
    transform_inputs(b->job, b->first + begin, end - begin, b->v + begin * b->job->k->from);
}

static void share_places(void *context, int64_t begin, int64_t end, int thread) {
    const shared_block *b = context;
    (void)thread;
    multiply_places(b->job, begin, end, b->count, b->v, b->m);
}

static void share_outputs(void *context, int64_t begin, int64_t end, int thread) {
    const shared_block *b = context;
    (void)thread;
    transform_outputs(b->job, b->first + begin, end - begin, b->m + begin * b->job->k->to);
}

static void run_all(winograd_job *job) {
    const winograd_kernel *k = job->k;
    if (!k->shares_blocks) {
        cornu_parallel_((k->tiles + k->block - 1) / k->block, k->threads, run_blocks, job);
        return;
    }
    shared_block b = {.job = job, .v = job->scratch};
    b.m = b.v + k->places * k->from_plane;
    for (; b.first < k->tiles; b.first += k->block) {
        b.count = smaller(k->block, k->tiles - b.first);
        cornu_parallel_(b.count, k->threads, share_inputs, &b);
        cornu_parallel_(k->places, k->threads, share_places, &b);
        cornu_parallel_(b.count, k->threads, share_outputs, &b);
    }
}

/* ---- the kernel: [3, 3, c, o] into panels of columns ---- */
/* Columns of the panel that begins at column j. */
static int64_t panel_width(const winograd_kernel *k, int64_t j) {
    int64_t wide = (int64_t)k->loops->gemm_columns;
    return k->to - j >= wide ? wide : wide / 2;
}

/* Rows of the kernel as the products want them: those of c, over o. */
static void transform_rows(void *context, int64_t begin, int64_t end, int thread) {
    const winograd_job *job = context;
    const winograd_kernel *k = job->k;
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        int64_t width;
        for (int64_t j = 0; j < k->to; j += width) {
            const float *places[9];
            width = panel_width(k, j);
            for (int64_t p = 0; p < 9; p++) places[p] = job->w + (p * k->from + row) * k->to + j;
            k->loops->winograd_kernel[k->wide](
                job->u + j * k->from + row * width, (size_t)k->kernel_plane, places, (size_t)width
            );
        }
    }
}

/* The same of the kernel turned round in space: rows are those of o, over c; 16 at a time, which
 * lie side by side. */
static void transform_turned(void *context, int64_t begin, int64_t end, int thread) {
    enum { ROWS = 16, WIDEST = 32 };
    const winograd_job *job = context;
    const winograd_kernel *k = job->k;
    float turned[ROWS][9][WIDEST];
    (void)thread;
    for (int64_t row = ROWS * begin; row < ROWS * end; row += ROWS) {
        int64_t width;
        for (int64_t j = 0; j < k->to; j += width) {
            width = panel_width(k, j);
            for (int64_t p = 0; p < 9; p++) {
                const float *from = job->w + (p * k->to + j) * k->from + row;
                for (int64_t i = 0; i < width; i++, from += k->from)
                    for (int64_t r = 0; r < ROWS; r++) turned[r][8 - p][i] = from[r];
            }
            for (int64_t r = 0; r < ROWS; r++) {
                const float *places[9];
                for (int p = 0; p < 9; p++) places[p] = turned[r][p];
                k->loops->winograd_kernel[k->wide](
                    job->u + j * k->from + (row + r) * width, (size_t)k->kernel_plane, places,
                    (size_t)width
                );
            }
        }
    }
}

/* The kernel whose member `packed` or `pack` this is. */
static const winograd_kernel *owner(const cornu_kernel *member, size_t offset) {
    return (const winograd_kernel *)(const void *)((const char *)member - offset);
}

static winograd_job job_of(const winograd_kernel *k, void *const *buffers, void *workspace) {
    winograd_job job = {.k = k, .x = buffers[0], .w = buffers[1], .zeros = workspace};
    int at = 2;
    if (k->code & CORNU_CONV_OFFSET) job.offset = buffers[at++];
    if (k->code & CORNU_CONV_SUMMAND) job.summand = buffers[at++];
    job.y = buffers[at];
    if (job.summand != NULL)
        job.apart = ((intptr_t)job.summand - (intptr_t)job.y) / (intptr_t)sizeof(float);
    memset(job.zeros, 0, (size_t)k->from * sizeof(float));
    return job;
}

static void transform_kernel(winograd_job *job) {
    const winograd_kernel *k = job->k;
    if (k->kind == CORNU_KERNEL_CONV_INPUT)
        cornu_parallel_(k->from / 16, k->threads, transform_turned, job);
    else cornu_parallel_(k->from, k->threads, transform_rows, job);
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const winograd_kernel *k = (const winograd_kernel *)base;
    winograd_job job = job_of(k, buffers, workspace);
    job.u = job.zeros + k->from;
    job.scratch = job.u + k->places * k->kernel_plane;
    transform_kernel(&job);
    run_all(&job);
    return CORNU_OK;
}

static cornu_status execute_pack(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const winograd_kernel *k = owner(base, offsetof(winograd_kernel, pack));
    winograd_job job = {.k = k, .w = buffers[0], .u = buffers[1]};
    (void)workspace;
    transform_kernel(&job);
    return CORNU_OK;
}

static cornu_status execute_packed(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const winograd_kernel *k = owner(base, offsetof(winograd_kernel, packed));
    winograd_job job = job_of(k, buffers, workspace);
    job.u = buffers[1];
    job.scratch = job.zeros + k->from;
    run_all(&job);
    return CORNU_OK;
}

/* ---- the gradient of the kernel ---- */
static void add_block(
    const winograd_job *job, int64_t first, int64_t count, float *v, float *n, float *sum
) {
    const winograd_kernel *k = job->k;
    transform_inputs(job, first, count, v);
    tile t = tile_at(k, first);
    for (int64_t i = 0; i < count; i++, go_on(k, &t)) {
        float *places[MOST_RESULTS];
        find_results(job, &t, job->zeros, places);
        k->loops->winograd_gradient[k->wide](
            n + i * k->to, (size_t)k->to_plane, (const float *const *)places, (size_t)k->to
        );
    }
    for (int64_t p = 0; p < k->places; p++)
        k->loops->winograd_outer_product(
            (size_t)k->from, (size_t)k->to, (size_t)count, v + p * k->from_plane,
            n + p * k->to_plane, sum + p * k->kernel_plane
        );
}

static void sum_parts(void *context, int64_t begin, int64_t end, int thread) {
    const winograd_job *job = context;
    const winograd_kernel *k = job->k;
    int64_t per_sample = k->tiles_down * k->tiles_across;
    float *v = job->scratch + thread * k->scratch, *n = v + k->places * k->from_plane;
    for (int64_t part = begin; part < end; part++) {
        int64_t first = k->batch * part / k->parts * per_sample;
        int64_t last = k->batch * (part + 1) / k->parts * per_sample;
        float *sum = job->u + part * k->part_floats;
        memset(sum, 0, (size_t)k->part_floats * sizeof *sum);
        for (; first < last; first += k->block)
            add_block(job, first, smaller(k->block, last - first), v, n, sum);
    }
}

/* Adds the parts up and transforms them back, row by row. */
static void finish_rows(void *context, int64_t begin, int64_t end, int thread) {
    const winograd_job *job = context;
    const winograd_kernel *k = job->k;
    float *to = (float *)(uintptr_t)job->w;
    (void)thread;
    for (int64_t row = begin; row < end; row++) {
        float *places[9];
        for (int64_t p = 0; p < k->places; p++) {
            float *sum = job->u + p * k->kernel_plane + row * k->to;
            for (int64_t part = 1; part < k->parts; part++)
                k->loops->tile[CORNU_EW_ADD](
                    sum, sum, sum + part * k->part_floats, NULL, (size_t)k->to
                );
        }
        for (int64_t p = 0; p < 9; p++) places[p] = to + (p * k->from + row) * k->to;
        k->loops->winograd_kernel_gradient[k->wide](
            places, job->u + row * k->to, (size_t)k->kernel_plane, (size_t)k->to
        );
    }
}

static cornu_status execute_weights(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const winograd_kernel *k = (const winograd_kernel *)base;
    winograd_job job = {
        .k = k, .x = buffers[0], .y = buffers[1], .w = buffers[2], .zeros = workspace};
    int64_t widest = k->from > k->to ? k->from : k->to;
    memset(job.zeros, 0, (size_t)widest * sizeof(float));
    job.u = job.zeros + widest;
    job.scratch = job.u + k->parts * k->part_floats;
    cornu_parallel_(k->parts, k->threads, sum_parts, &job);
    cornu_parallel_(k->from, k->threads, finish_rows, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

/* ---- making it ---- */
static int64_t tiles_of(const cornu_window_axes *a, bool turned, int64_t side) {
    const int64_t *out = turned ? a->in : a->out;
    return a->batch * ((out[1] + side - 1) / side) * ((out[2] + side - 1) / side);
}

/* Whether tiles of 4x4 take fewer multiplications, those past the edges counted, by enough. */
static bool suits_4x4(const cornu_kernel_desc *desc, const cornu_window_axes *a) {
    bool turned = desc->kind == CORNU_KERNEL_CONV_INPUT;
    bool sums = desc->kind == CORNU_KERNEL_CONV_WEIGHTS;
    int64_t pairs = a->in_channels * a->out_channels, tiles = tiles_of(a, turned, 4);
    return pairs <= (sums ? LARGEST_SUM_OF_4X4 : LARGEST_OF_4X4) && tiles >= FEWEST_OF_4X4 &&
           36 * 5 * tiles <= 16 * 4 * tiles_of(a, turned, 2);
}

static bool suits(const cornu_kernel_desc *desc, const cornu_window_axes *a) {
    int64_t multiplications = a->batch * a->out_places * a->in_channels * a->out_channels;
    int64_t pairs = a->in_channels * a->out_channels;
    for (int i = 1; i < 3; i++)
        if (a->size[i] != 3 || a->stride[i] != 1 || a->dilation[i] != 1) return false;
    return desc->stencil->rank == 2 && a->groups == 1 && a->in_channels % 16 == 0 &&
           a->out_channels % 16 == 0 && multiplications >= WORTH_IT &&
           /* with fewer channels the transforms take what the products save */
           (a->in_channels + a->out_channels >= FEW_CHANNELS || suits_4x4(desc, a)) &&
           (pairs <= LARGE_KERNEL || tiles_of(a, false, 2) >= MANY_TILES) &&
           (desc->kind != CORNU_KERNEL_CONV_WEIGHTS || pairs <= LARGEST_KERNEL);
}

static void plan(winograd_kernel *k, const cornu_window_axes *a) {
    bool turned = k->kind == CORNU_KERNEL_CONV_INPUT;
    bool gradient = k->kind == CORNU_KERNEL_CONV_WEIGHTS;
    k->batch = a->batch;
    k->from = turned ? a->out_channels : a->in_channels;
    k->to = turned ? a->in_channels : a->out_channels;
    for (int i = 0; i < 2; i++) {
        k->in[i] = turned ? a->out[i + 1] : a->in[i + 1];
        k->out[i] = turned ? a->in[i + 1] : a->out[i + 1];
        k->before[i] = turned ? 2 - a->before[i + 1] : a->before[i + 1];
    }
    k->side = k->wide ? 4 : 2;
    k->patch = k->side + 2;
    k->places = k->patch * k->patch;
    k->tiles_down = (k->out[0] + k->side - 1) / k->side;
    k->tiles_across = (k->out[1] + k->side - 1) / k->side;
    k->tiles = k->batch * k->tiles_down * k->tiles_across;
    int64_t block = BLOCK_FLOATS / (k->places * (k->from + k->to));
    k->shares_blocks = k->places * k->from * k->to >= FAR_FLOATS && !gradient;
    if (block < FEWEST_TILES) block = FEWEST_TILES;
    if (k->shares_blocks) block = TILES_OF_FAR;
    if (block > MOST_TILES) block = MOST_TILES;
    k->block = round_up(smaller(block, k->tiles), 16);
    /* an odd number of lines apart, so that the places of a tile fall into different sets of the
     * cache */
    k->from_plane = k->block * k->from + 16;
    k->to_plane = k->block * k->to + 16;
    k->kernel_plane = k->from * k->to + 16;
    k->scratch = k->places * (k->from_plane + k->to_plane);
    int64_t work = k->batch * a->out_places * a->in_channels * a->out_channels * a->taps;
    k->threads = work < WORTH_A_TEAM ? 1 : cornu_num_threads();
    k->parts = gradient ? smaller(PARTS, k->batch) : 1;
    k->part_floats = k->places * k->kernel_plane;
    int64_t zeros = k->from > k->to ? k->from : k->to;
    int64_t scratches = k->shares_blocks ? 1 : k->threads;
    k->base.workspace_size =
        (size_t)(zeros + k->parts * k->part_floats + scratches * k->scratch) * sizeof(float);
}

static void add_packing(winograd_kernel *k) {
    k->pack = (cornu_kernel){.execute = execute_pack, .implementation = "cpu winograd"};
    k->packed = (cornu_kernel
    ){.execute = execute_packed,
      .workspace_size = k->base.workspace_size,
      .implementation = "cpu winograd packed"};
    k->base.pack = &k->pack;
    k->base.packed = &k->packed;
    k->base.pack_operand = 1;
    k->base.pack_size = (size_t)(k->places * k->kernel_plane) * sizeof(float);
}

cornu_status cornu_cpu_winograd_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    static const int x_at[] = {0, 2, 0}, w_at[] = {1, 1, 2}, y_at[] = {2, 0, 1};
    int which = (int)(desc->kind - CORNU_KERNEL_CONV);
    cornu_window_axes a = cornu_window_axes_(
        desc->stencil, &desc->operands[x_at[which]],
        &desc->operands[which == 0 ? desc->operand_count - 1 : y_at[which]],
        &desc->operands[w_at[which]]
    );
    if (!suits(desc, &a)) return CORNU_EUNSUPPORTED;
    winograd_kernel *k = cornu_alloc_(sizeof *k);
    if (!k) return CORNU_ENOMEM;
    k->kind = desc->kind;
    k->code = desc->code;
    k->limit = desc->value[0] > 0 ? (float)desc->value[0] : INFINITY;
    k->loops = cornu_cpu_loops_();
    k->wide = suits_4x4(desc, &a);
    plan(k, &a);
    k->base.execute = desc->kind == CORNU_KERNEL_CONV_WEIGHTS ? execute_weights : execute;
    k->base.destroy = destroy;
    k->base.implementation = "cpu winograd";
    if (desc->kind == CORNU_KERNEL_CONV) add_packing(k);
    *out = &k->base;
    return CORNU_OK;
}
