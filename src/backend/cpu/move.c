/* Copies between strided layouts: transpose, slice, pad, flip, concatenate, tile, broadcast.
 * Elements are moved as bits of 1, 2, 4 or 8 bytes.
 *
 * Axes are put in the order of the target's strides and merged where both sides allow it. Then the
 * innermost axis is copied in runs; where source and target run along different axes (a transpose),
 * in square blocks that keep the cache lines of both sides in use. */
#include "cpu.h"
#include "threads.h"

#include "base/memory.h"
#include "tensor/tensor.h"
#include <math.h>
#include <string.h>

enum {
    BLOCK = 32,    /* side of a transposed block, elements */
    PIECE = 16384, /* elements of a run that one thread copies at a time */
};

/* Copies n elements; strides are in elements. */
typedef void run_function(
    char *to, int64_t to_stride, const char *from, int64_t from_stride, int64_t n
);
/* to[i * to_stride + j] = from[i + j * from_stride] for i < rows, j < columns, both at most BLOCK.
 * The block passes through a copy: rows a power of two apart fall into the same few places of the
 * cache, which cannot hold a block of them. */
typedef void block_function(
    char *to, int64_t to_stride, const char *from, int64_t from_stride, int64_t rows,
    int64_t columns
);

#define MOVERS(type, name)                                                                         \
    static void run_##name(                                                                        \
        char *to, int64_t to_stride, const char *from, int64_t from_stride, int64_t n              \
    ) {                                                                                            \
        type *restrict d = (type *)(void *)to;                                                     \
        const type *restrict s = (const type *)(const void *)from;                                 \
        if (to_stride == 1 && from_stride == 1) {                                                  \
            memcpy(d, s, (size_t)n * sizeof *d);                                                   \
        } else if (to_stride == 1 && from_stride == 0) {                                           \
            type x = *s;                                                                           \
            for (int64_t i = 0; i < n; i++) d[i] = x;                                              \
        } else if (to_stride == 1) {                                                               \
            for (int64_t i = 0; i < n; i++) d[i] = s[i * from_stride];                             \
        } else {                                                                                   \
            for (int64_t i = 0; i < n; i++) d[i * to_stride] = s[i * from_stride];                 \
        }                                                                                          \
    }                                                                                              \
    static void block_##name(                                                                      \
        char *to, int64_t to_stride, const char *from, int64_t from_stride, int64_t rows,          \
        int64_t columns                                                                            \
    ) {                                                                                            \
        type *restrict d = (type *)(void *)to;                                                     \
        const type *restrict s = (const type *)(const void *)from;                                 \
        type kept[BLOCK][BLOCK];                                                                   \
        for (int64_t j = 0; j < columns; j++)                                                      \
            memcpy(kept[j], s + j * from_stride, (size_t)rows * sizeof *s);                        \
        for (int64_t i = 0; i < rows; i++) {                                                       \
            for (int64_t j = 0; j < columns; j++) d[i * to_stride + j] = kept[j][i];               \
        }                                                                                          \
    }
MOVERS(uint8_t, 1)
MOVERS(uint16_t, 2)
MOVERS(uint32_t, 4)
MOVERS(uint64_t, 8)

typedef struct plan {
    int64_t source_offset, target_offset; /* bytes */
    int rank;                             /* at least 1; innermost last */
    int64_t dims[CORNU_MAX_RANK], source_strides[CORNU_MAX_RANK], target_strides[CORNU_MAX_RANK];
    int across;     /* the axis along which the source is contiguous, if not the last; or -1 */
    int64_t runs;   /* product of the axes but the last and `across` */
    int64_t pieces; /* of a run, or blocks along `across` */
    int threads;
} plan;

typedef struct move_kernel {
    cornu_kernel base;
    run_function *run;
    block_function *block;
    int64_t item; /* bytes */
    int count;
    bool fill;
    uint64_t fill_value; /* an element, in its first bytes */
    int64_t out_size;
    int out_threads;
    plan plans[]; /* [count] */
} move_kernel;

typedef struct move_job {
    const move_kernel *kernel;
    const plan *plan;
    const char *from;
    char *to;
} move_job;

static void fill_range(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const move_job *job = context;
    const move_kernel *kernel = job->kernel;
    kernel->run(
        job->to + begin * kernel->item, 1, (const char *)&kernel->fill_value, 0, end - begin
    );
}

/* Byte offsets of run `index` on both sides. */
static void locate(const plan *p, int64_t item, int64_t index, int64_t *source, int64_t *target) {
    int64_t s = 0, t = 0;
    for (int axis = p->rank - 2; axis >= 0; axis--) {
        if (axis == p->across) continue;
        int64_t at = index % p->dims[axis];
        index /= p->dims[axis];
        s += at * p->source_strides[axis];
        t += at * p->target_strides[axis];
    }
    *source = s * item;
    *target = t * item;
}

static void move_runs(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const move_job *job = context;
    const plan *p = job->plan;
    int last = p->rank - 1;
    int64_t n = p->dims[last], item = job->kernel->item;
    int64_t source_stride = p->source_strides[last], target_stride = p->target_strides[last];
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t source, target, from = piece % p->pieces * PIECE;
        locate(p, item, piece / p->pieces, &source, &target);
        job->kernel->run(
            job->to + target + from * target_stride * item, target_stride,
            job->from + source + from * source_stride * item, source_stride,
            n - from < PIECE ? n - from : PIECE
        );
    }
}

static void move_blocks(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const move_job *job = context;
    const plan *p = job->plan;
    int last = p->rank - 1;
    int64_t n = p->dims[last], rows = p->dims[p->across], item = job->kernel->item;
    int64_t source_stride = p->source_strides[last], target_stride = p->target_strides[p->across];
    for (int64_t piece = begin; piece < end; piece++) {
        int64_t source, target, row = piece % p->pieces * BLOCK;
        locate(p, item, piece / p->pieces, &source, &target);
        char *to = job->to + target + row * target_stride * item;
        const char *from = job->from + source + row * item;
        int64_t height = rows - row < BLOCK ? rows - row : BLOCK;
        for (int64_t j = 0; j < n; j += BLOCK) {
            job->kernel->block(
                to + j * item, target_stride, from + j * source_stride * item, source_stride,
                height, n - j < BLOCK ? n - j : BLOCK
            );
        }
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    const move_kernel *kernel = (const move_kernel *)base;
    char *out = buffers[kernel->count];
    move_job job = {kernel, NULL, NULL, out};
    if (kernel->fill) cornu_parallel_(kernel->out_size, kernel->out_threads, fill_range, &job);
    for (int i = 0; i < kernel->count; i++) {
        const plan *p = &kernel->plans[i];
        job.plan = p;
        job.from = (const char *)buffers[i] + p->source_offset;
        job.to = out + p->target_offset;
        cornu_parallel_(
            p->runs * p->pieces, p->threads, p->across >= 0 ? move_blocks : move_runs, &job
        );
    }
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

static void swap_axes(plan *p, int a, int b) {
    int64_t *lists[] = {p->dims, p->source_strides, p->target_strides};
    for (int i = 0; i < 3; i++) {
        int64_t kept = lists[i][a];
        lists[i][a] = lists[i][b];
        lists[i][b] = kept;
    }
}

static int64_t magnitude(int64_t x) { return x < 0 ? -x : x; }

/* Sorts the axes by the target's strides, outermost first, and merges what can be merged. */
static void arrange(plan *p) {
    for (int i = 1; i < p->rank; i++) {
        for (int j = i;
             j > 0 && magnitude(p->target_strides[j]) > magnitude(p->target_strides[j - 1]); j--) {
            swap_axes(p, j, j - 1);
        }
    }
    int rank = 0;
    for (int axis = 0; axis < p->rank; axis++) {
        bool merge = rank > 0 &&
                     p->source_strides[rank - 1] == p->source_strides[axis] * p->dims[axis] &&
                     p->target_strides[rank - 1] == p->target_strides[axis] * p->dims[axis];
        int64_t size = p->dims[axis] * (merge ? p->dims[rank - 1] : 1);
        if (merge) rank--;
        p->dims[rank] = size;
        p->source_strides[rank] = p->source_strides[axis];
        p->target_strides[rank] = p->target_strides[axis];
        rank++;
    }
    p->rank = rank;
}

static void make_plan(plan *p, const cornu_move *move, int64_t item) {
    p->source_offset = move->source_offset * item;
    p->target_offset = move->target_offset * item;
    int64_t size = 1;
    for (int axis = 0; axis < move->rank; axis++) {
        size *= move->dims[axis];
        if (move->dims[axis] == 1) continue;
        p->dims[p->rank] = move->dims[axis];
        p->source_strides[p->rank] = move->source_strides[axis];
        p->target_strides[p->rank] = move->target_strides[axis];
        p->rank++;
    }
    p->across = -1;
    if (size == 0) return; /* no runs */
    arrange(p);
    if (p->rank == 0) p->dims[p->rank++] = 1; /* strides are zero */
    int last = p->rank - 1;
    for (int axis = 0; axis < last && p->source_strides[last] != 1; axis++) {
        bool square = p->dims[axis] >= 4 && p->dims[last] >= 4 && p->source_strides[last] != 0;
        if (p->source_strides[axis] == 1 && p->target_strides[last] == 1 && square)
            p->across = axis;
    }
    p->runs = size / p->dims[last];
    p->pieces = (p->dims[last] + PIECE - 1) / PIECE;
    if (p->across >= 0) {
        p->runs /= p->dims[p->across];
        p->pieces = (p->dims[p->across] + BLOCK - 1) / BLOCK;
    }
    p->threads = cornu_threads_for_(size);
}

static bool make_fill_value(cornu_dtype dtype, double value, uint64_t *bits) {
    float single = (float)value;
    int64_t whole;
    uint16_t half;
    uint8_t byte;
    *bits = 0;
    switch (dtype) {
    case CORNU_FLOAT32:
        memcpy(bits, &single, sizeof single);
        return true;
    case CORNU_FLOAT64:
        memcpy(bits, &value, sizeof value);
        return true;
    case CORNU_BFLOAT16:
        half = cornu_bfloat16_from_(single);
        memcpy(bits, &half, sizeof half);
        return true;
    case CORNU_FLOAT16:
        half = cornu_float16_from_(single);
        memcpy(bits, &half, sizeof half);
        return true;
    case CORNU_BOOL:
        byte = value != 0;
        memcpy(bits, &byte, sizeof byte);
        return true;
    default:
        break;
    }
    /* integers: only values that every integer type holds; how others are clamped is the
     * reference's business */
    if (!(value >= 0 && value <= 127)) return false;
    whole = (int64_t)value;
    int32_t word = (int32_t)whole;
    int16_t shorter = (int16_t)whole;
    byte = (uint8_t)whole;
    switch (cornu_dtype_size(dtype)) {
    case 8:
        memcpy(bits, &whole, sizeof whole);
        break;
    case 4:
        memcpy(bits, &word, sizeof word);
        break;
    case 2:
        memcpy(bits, &shorter, sizeof shorter);
        break;
    default:
        memcpy(bits, &byte, sizeof byte);
        break;
    }
    return true;
}

cornu_status cornu_cpu_move_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    int count = desc->operand_count - 1;
    const cornu_operand *target = &desc->operands[count];
    size_t item = cornu_dtype_size(target->dtype);
    uint64_t fill_value = 0;
    if (desc->fill && !make_fill_value(target->dtype, desc->value[0], &fill_value))
        return CORNU_EUNSUPPORTED;
    for (int i = 0; i < count; i++) {
        if (desc->operands[i].dtype != target->dtype) return CORNU_EUNSUPPORTED;
    }
    move_kernel *kernel = cornu_alloc_(sizeof *kernel + (size_t)count * sizeof kernel->plans[0]);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu move";
    kernel->item = (int64_t)item;
    kernel->run = item == 1 ? run_1 : item == 2 ? run_2 : item == 4 ? run_4 : run_8;
    kernel->block = item == 1 ? block_1 : item == 2 ? block_2 : item == 4 ? block_4 : block_8;
    kernel->count = count;
    kernel->fill = desc->fill;
    kernel->fill_value = fill_value;
    kernel->out_size = cornu_operand_size_(target);
    kernel->out_threads = cornu_threads_for_(kernel->out_size);
    for (int i = 0; i < count; i++) make_plan(&kernel->plans[i], &desc->moves[i], (int64_t)item);
    *out = &kernel->base;
    return CORNU_OK;
}
