/* Elementwise programs on float32: a tile of a few hundred elements goes through all instructions
 * while it is in the first-level cache, so that a chain of operations costs one pass over memory.
 *
 * The output is dense. Axes that all operands step through alike are merged, and the innermost axis
 * that is left decides how tiles are cut: a long one is cut into pieces, of a short one a tile
 * takes several whole rows. An input that is dense in float32 is read in place; one that looks the
 * same from every tile (a scalar, a short bias) is loaded once; the others are gathered and
 * converted tile by tile. */
#include "cpu.h"
#include "isa.h"
#include "threads.h"

#include "base/memory.h"
#include <string.h>

enum {
    TILE = 512,        /* elements; some tiles together stay inside 32 KB */
    LONG_TILE = 16384, /* for a single instruction that works in place: nothing is kept in tiles */
};

typedef struct source {
    cornu_dtype dtype;
    size_t item;
    int64_t strides[CORNU_MAX_RANK];
    bool direct;   /* read in place */
    bool dense;    /* rows follow one another without a gap */
    bool constant; /* loaded once per thread */
} source;

typedef struct step {
    cornu_tile_function *run;
    int code;            /* cornu_ew_code; IS_PAIR plus a cornu_cpu_pair; GONE */
    uint32_t target;     /* register */
    uint32_t operand[3]; /* registers; unused ones repeat the first */
} step;

/* Where a register goes. The result of the last instruction is written in place if it is float32
 * and goes to one output; the others wait in tiles for the end of the program, since an output may
 * be the buffer of an input that later instructions read. */
typedef struct result {
    cornu_dtype dtype;
    size_t item;
    uint32_t from; /* register */
    bool in_place;
} result;

/* Registers are pointers to tiles. Inputs come first, then the results of the instructions. */
typedef struct elementwise_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    int inputs, rank, threads;
    int64_t dims[CORNU_MAX_RANK];
    int64_t rows, inner;   /* product of the outer axes, size of the innermost */
    int64_t tile;          /* elements of a tile: at most `inner`, or a multiple of it */
    int64_t rows_per_tile; /* 0 if rows are cut */
    int64_t tiles_per_row; /* 1 if they are not */
    int64_t tiles;
    uint32_t registers, steps;
    uint32_t tile_slots; /* tiles in a thread's part of the workspace */
    size_t part_size;    /* bytes of that part: register table, tiles */
    int outputs;
    result *result; /* [outputs] */
    source *source; /* [inputs] */
    step *step;     /* [steps] */
    uint32_t *slot; /* [registers]: its tile in the workspace, or NO_SLOT */
} elementwise_kernel;

#define NO_SLOT UINT32_MAX
enum { GONE = -1, IS_PAIR = 1000 };

typedef struct run {
    const elementwise_kernel *kernel;
    void *const *buffers;
    char *workspace;
} run;

/* Element offset of row `row` in an input. */
static int64_t row_offset(const elementwise_kernel *kernel, const source *in, int64_t row) {
    int64_t offset = 0;
    for (int axis = kernel->rank - 2; axis >= 0; axis--) {
        offset += row % kernel->dims[axis] * in->strides[axis];
        row /= kernel->dims[axis];
    }
    return offset;
}

static const char *at(const source *in, const void *buffer, int64_t offset) {
    return (const char *)buffer + offset * (int64_t)in->item;
}

/* Loads `count` elements from column `column` of row `row` on into a tile; whole rows if tiles hold
 * several. */
static void load_tile(
    const elementwise_kernel *kernel, const source *in, const void *buffer, float *tile,
    int64_t row, int64_t column, int64_t count
) {
    void (*load)(float *, const void *, ptrdiff_t, size_t) = kernel->loops->load[in->dtype];
    ptrdiff_t stride = in->strides[kernel->rank - 1];
    if (in->dense) {
        load(tile, at(in, buffer, row * kernel->inner + column), 1, (size_t)count);
        return;
    }
    while (count > 0) {
        int64_t length = kernel->inner - column < count ? kernel->inner - column : count;
        const char *from = at(in, buffer, row_offset(kernel, in, row) + column * stride);
        load(tile, from, stride, (size_t)length);
        tile += length;
        count -= length;
        column = 0;
        row++;
    }
}

static void run_tiles(void *context, int64_t begin, int64_t end, int thread) {
    const run *job = context;
    const elementwise_kernel *kernel = job->kernel;
    char *part = job->workspace + (size_t)thread * kernel->part_size;
    float **registers = (float **)(void *)part;
    float *tiles =
        (float *)(void *)(part + cornu_aligned_size_(kernel->registers * sizeof *registers));
    for (uint32_t i = 0; i < kernel->registers; i++) {
        registers[i] = kernel->slot[i] == NO_SLOT ? NULL : tiles + (size_t)kernel->slot[i] * TILE;
    }
    for (int i = 0; i < kernel->inputs; i++) {
        const source *in = &kernel->source[i];
        if (in->constant) load_tile(kernel, in, job->buffers[i], registers[i], 0, 0, kernel->tile);
    }
    char *const *outs = (char *const *)job->buffers + kernel->inputs;
    for (int64_t t = begin; t < end; t++) {
        int64_t row, column, count;
        if (kernel->rows_per_tile) {
            row = t * kernel->rows_per_tile;
            column = 0;
            int64_t left = kernel->rows - row;
            count = (left < kernel->rows_per_tile ? left : kernel->rows_per_tile) * kernel->inner;
        } else {
            row = kernel->tiles_per_row == kernel->tiles ? 0 : t / kernel->tiles_per_row;
            column = (t - row * kernel->tiles_per_row) * kernel->tile;
            int64_t left = kernel->inner - column;
            count = left < kernel->tile ? left : kernel->tile;
        }
        for (int i = 0; i < kernel->inputs; i++) {
            const source *in = &kernel->source[i];
            if (in->constant) continue;
            if (in->direct) {
                /* read through this pointer only: tile functions do not write to their operands */
                int64_t offset = row_offset(kernel, in, row) + column;
                registers[i] = (float *)job->buffers[i] + offset;
            } else {
                load_tile(kernel, in, job->buffers[i], registers[i], row, column, count);
            }
        }
        int64_t position = row * kernel->inner + column;
        for (int i = 0; i < kernel->outputs; i++) {
            const result *r = &kernel->result[i];
            if (r->in_place) registers[r->from] = (float *)(void *)outs[i] + position;
        }
        for (uint32_t i = 0; i < kernel->steps; i++) {
            const step *s = &kernel->step[i];
            s->run(
                registers[s->target], registers[s->operand[0]], registers[s->operand[1]],
                registers[s->operand[2]], (size_t)count
            );
        }
        for (int i = 0; i < kernel->outputs; i++) {
            const result *r = &kernel->result[i];
            if (r->in_place) continue;
            char *to = outs[i] + position * (int64_t)r->item;
            if (r->dtype == CORNU_FLOAT32)
                memcpy(to, registers[r->from], (size_t)count * sizeof(float));
            else kernel->loops->store[r->dtype](to, registers[r->from], (size_t)count);
        }
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const elementwise_kernel *kernel = (const elementwise_kernel *)base;
    run job = {kernel, buffers, workspace};
    cornu_parallel_(kernel->tiles, kernel->threads, run_tiles, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *base) {
    elementwise_kernel *kernel = (elementwise_kernel *)base;
    cornu_free_(kernel->source);
    cornu_free_(kernel->step);
    cornu_free_(kernel->slot);
    cornu_free_(kernel->result);
    cornu_free_(kernel);
}

/* Instructions whose results are 0, 1 or one of the operands. */
static bool selects(int code) {
    switch (code) {
    case CORNU_EW_COPY:
    case CORNU_EW_NOT:
    case CORNU_EW_MAXIMUM:
    case CORNU_EW_MINIMUM:
    case CORNU_EW_EQUAL:
    case CORNU_EW_NOT_EQUAL:
    case CORNU_EW_LESS:
    case CORNU_EW_LESS_EQUAL:
    case CORNU_EW_GREATER:
    case CORNU_EW_GREATER_EQUAL:
    case CORNU_EW_AND:
    case CORNU_EW_OR:
    case CORNU_EW_XOR:
    case CORNU_EW_WHERE:
        return true;
    default:
        return false;
    }
}

/* Whether a program that asks for int64 gives the same in float32: small integers (masks, mostly)
 * are exact there. */
static bool exact_in_float32(const cornu_kernel_desc *desc) {
    cornu_dtype out = desc->operands[desc->operand_count - 1].dtype;
    bool wide = out == CORNU_INT16 || out == CORNU_INT32 || out == CORNU_INT64 || out == CORNU_BOOL;
    for (int i = 0; i < desc->operand_count - 1; i++) {
        cornu_dtype in = desc->operands[i].dtype;
        bool small = in == CORNU_BOOL || in == CORNU_UINT8 || in == CORNU_INT8 || in == CORNU_INT16;
        if (!small || !(wide || in == out)) return false;
    }
    for (int i = 0; i < desc->program_length; i++) {
        if (!selects(desc->program[i].code)) return false;
    }
    return true;
}

static bool supported(const cornu_kernel_desc *desc, const cornu_cpu_loops *loops) {
    bool exact = desc->compute == CORNU_INT64 && exact_in_float32(desc);
    if ((desc->compute != CORNU_FLOAT32 && !exact) || desc->program_length < 1) return false;
    for (int i = 0; i < desc->program_length; i++) {
        if (!loops->tile[desc->program[i].code]) return false;
    }
    for (int i = 0; i < desc->operand_count; i++) {
        if (!loops->load[desc->operands[i].dtype]) return false;
    }
    return true;
}

/* Merges neighbouring axes that every input steps through as through one; axes of size 1 vanish. */
static void merge_axes(elementwise_kernel *kernel, const cornu_kernel_desc *desc) {
    const cornu_operand *out = &desc->operands[kernel->inputs];
    int rank = 0;
    for (int axis = 0; axis < out->rank; axis++) {
        int64_t size = out->dims[axis];
        if (size == 1) continue;
        bool merge = rank > 0;
        for (int i = 0; merge && i < kernel->inputs; i++) {
            merge = kernel->source[i].strides[rank - 1] == desc->operands[i].strides[axis] * size;
        }
        if (merge) rank--;
        else kernel->dims[rank] = 1;
        kernel->dims[rank] *= size;
        for (int i = 0; i < kernel->inputs; i++) {
            kernel->source[i].strides[rank] = desc->operands[i].strides[axis];
        }
        rank++;
    }
    if (rank == 0) kernel->dims[rank++] = 1; /* one element; strides are zero */
    kernel->rank = rank;
    kernel->inner = kernel->dims[rank - 1];
    kernel->rows = 1;
    for (int axis = 0; axis < rank - 1; axis++) kernel->rows *= kernel->dims[axis];
}

static bool all_zero(const int64_t *strides, int count) {
    for (int i = 0; i < count; i++) {
        if (strides[i] != 0) return false;
    }
    return true;
}

static bool dense(const elementwise_kernel *kernel, const source *in) {
    int64_t stride = 1;
    for (int axis = kernel->rank - 1; axis >= 0; axis--) {
        if (in->strides[axis] != stride) return false;
        stride *= kernel->dims[axis];
    }
    return true;
}

/* Decides how tiles are cut and how each input gets into its register. */
static void cut_tiles(elementwise_kernel *kernel) {
    if (kernel->rows > 1 && kernel->inner <= TILE / 2) {
        kernel->rows_per_tile = TILE / kernel->inner;
        kernel->tile = kernel->rows_per_tile * kernel->inner;
        kernel->tiles_per_row = 1;
        kernel->tiles = (kernel->rows + kernel->rows_per_tile - 1) / kernel->rows_per_tile;
        if (kernel->rows < kernel->rows_per_tile) kernel->tile = kernel->rows * kernel->inner;
    } else {
        kernel->tile = TILE;
    }
    bool all_direct = kernel->steps == 1 && kernel->outputs == 1 && kernel->result[0].in_place;
    for (int i = 0; i < kernel->inputs; i++) {
        source *in = &kernel->source[i];
        int last = kernel->rank - 1;
        bool whole_rows = kernel->rows_per_tile != 0;
        in->dense = dense(kernel, in);
        in->direct = in->dtype == CORNU_FLOAT32 &&
                     (whole_rows ? in->dense : in->strides[last] == 1 && kernel->inner > 1);
        in->constant = !in->direct && all_zero(in->strides, whole_rows ? last : kernel->rank);
        all_direct = all_direct && in->direct;
    }
    if (kernel->rows_per_tile) return;
    if (all_direct) kernel->tile = LONG_TILE;
    if (kernel->tile > kernel->inner) kernel->tile = kernel->inner;
    kernel->tiles_per_row = (kernel->inner + kernel->tile - 1) / kernel->tile;
    kernel->tiles = kernel->rows * kernel->tiles_per_row;
}

/* Gives results tiles of the workspace: a tile is free again after the last instruction that reads
 * it, which may already write it. */
static cornu_status assign_slots(elementwise_kernel *kernel) {
    uint32_t inputs = (uint32_t)kernel->inputs, slots = 0;
    for (uint32_t i = 0; i < inputs; i++) {
        kernel->slot[i] = kernel->source[i].direct ? NO_SLOT : slots++;
    }
    uint32_t *free_slot = cornu_alloc_array_(kernel->steps + 1, sizeof *free_slot);
    uint32_t *last_use = cornu_alloc_array_(kernel->registers, sizeof *last_use);
    if (!free_slot || !last_use) {
        cornu_free_(free_slot);
        cornu_free_(last_use);
        return CORNU_ENOMEM;
    }
    for (uint32_t i = 0; i < kernel->steps; i++) {
        for (int j = 0; j < 3; j++) last_use[kernel->step[i].operand[j]] = i;
    }
    bool *in_place = cornu_alloc_array_(kernel->registers, sizeof *in_place);
    if (!in_place) {
        cornu_free_(free_slot);
        cornu_free_(last_use);
        return CORNU_ENOMEM;
    }
    for (int i = 0; i < kernel->outputs; i++) {
        const result *r = &kernel->result[i];
        in_place[r->from] = in_place[r->from] || r->in_place;
        if (!r->in_place) last_use[r->from] = kernel->steps; /* kept to the end */
    }
    uint32_t free_count = 0;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const step *s = &kernel->step[i];
        for (int j = 0; j < 3; j++) {
            uint32_t operand = s->operand[j];
            bool repeated =
                (j > 0 && operand == s->operand[0]) || (j > 1 && operand == s->operand[1]);
            if (operand >= inputs && last_use[operand] == i && !repeated && !in_place[operand]) {
                free_slot[free_count++] = kernel->slot[operand];
            }
        }
        if (in_place[s->target]) kernel->slot[s->target] = NO_SLOT;
        else kernel->slot[s->target] = free_count ? free_slot[--free_count] : slots++;
    }
    kernel->tile_slots = slots;
    cornu_free_(in_place);
    cornu_free_(free_slot);
    cornu_free_(last_use);
    return CORNU_OK;
}

/* ---- pairs ---- */

/* The step that makes what `outer` reads as operand `position`, if it has this code and nobody else
 * reads it. */
static step *inner_step(
    elementwise_kernel *kernel, const step *outer, int position, int code, const int *uses
) {
    uint32_t reg = outer->operand[position];
    if (reg < (uint32_t)kernel->inputs || uses[reg] != 1) return NULL;
    step *inner = &kernel->step[reg - (uint32_t)kernel->inputs];
    return inner->code == code ? inner : NULL;
}

static void become(
    elementwise_kernel *kernel, step *outer, cornu_cpu_pair pair, uint32_t a, uint32_t b, uint32_t c
) {
    outer->code = IS_PAIR + (int)pair;
    outer->run = kernel->loops->pair[pair];
    outer->operand[0] = a;
    outer->operand[1] = b;
    outer->operand[2] = c;
}

/* b + (a - b) * c, whose last two operations have become x + y * z already. */
static void lerp(elementwise_kernel *kernel, step *outer, const int *uses) {
    uint32_t x = outer->operand[0];
    for (int k = 1; k < 3; k++) {
        step *inner = inner_step(kernel, outer, k, CORNU_EW_SUBTRACT, uses);
        if (!inner || inner->operand[1] != x) continue;
        uint32_t c = outer->operand[3 - k];
        inner->code = GONE;
        become(kernel, outer, CORNU_CPU_LERP, inner->operand[0], x, c);
        step *square = inner_step(kernel, outer, 0, CORNU_EW_SQUARE, uses);
        if (!square) return;
        square->code = GONE;
        become(kernel, outer, CORNU_CPU_LERP_SQUARE, square->operand[0], x, c);
        return;
    }
}

static void pair_up(elementwise_kernel *kernel, step *s, const int *uses) {
    step *inner;
    if (s->code == CORNU_EW_ADD) {
        for (int k = 0; k < 2; k++) {
            uint32_t other = s->operand[1 - k];
            if ((inner = inner_step(kernel, s, k, CORNU_EW_MULTIPLY, uses))) {
                inner->code = GONE;
                become(
                    kernel, s, CORNU_CPU_MULTIPLY_ADD, other, inner->operand[0], inner->operand[1]
                );
                lerp(kernel, s, uses);
                return;
            }
            if ((inner = inner_step(kernel, s, k, CORNU_EW_SQRT, uses))) {
                inner->code = GONE;
                become(kernel, s, CORNU_CPU_SQRT_ADD, inner->operand[0], other, inner->operand[0]);
                return;
            }
        }
    } else if (s->code == CORNU_EW_SUBTRACT) {
        inner = inner_step(kernel, s, 1, CORNU_EW_MULTIPLY, uses);
        if (!inner) return;
        inner->code = GONE;
        become(
            kernel, s, CORNU_CPU_MULTIPLY_SUBTRACT, s->operand[0], inner->operand[0],
            inner->operand[1]
        );
    } else if (s->code == CORNU_EW_DIVIDE) {
        inner = inner_step(kernel, s, 0, CORNU_EW_MULTIPLY, uses);
        if (!inner) return;
        inner->code = GONE;
        become(
            kernel, s, CORNU_CPU_MULTIPLY_DIVIDE, inner->operand[0], inner->operand[1],
            s->operand[1]
        );
    }
}

/* Joins instructions that a tile can go through in one pass: what is between them stays in vector
 * registers. */
static cornu_status find_pairs(elementwise_kernel *kernel) {
    int *uses = cornu_alloc_array_(kernel->registers, sizeof *uses);
    if (!uses) return CORNU_ENOMEM;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const step *s = &kernel->step[i];
        for (int j = 0; j < cornu_ew_operands_((cornu_ew_code)s->code); j++) uses[s->operand[j]]++;
    }
    for (int i = 0; i < kernel->outputs; i++) uses[kernel->result[i].from] += 2; /* never inside */
    for (uint32_t i = 0; i < kernel->steps; i++) pair_up(kernel, &kernel->step[i], uses);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        if (kernel->step[i].code != GONE) kernel->step[kept++] = kernel->step[i];
    }
    kernel->steps = kept;
    cornu_free_(uses);
    return CORNU_OK;
}

static void note_results(elementwise_kernel *kernel, const cornu_kernel_desc *desc) {
    uint32_t last = kernel->registers - 1;
    bool taken = false;
    for (int i = 0; i < kernel->outputs; i++) {
        result *r = &kernel->result[i];
        r->dtype = desc->operands[kernel->inputs + i].dtype;
        r->item = cornu_dtype_size(r->dtype);
        r->from = desc->results ? desc->results[i] : last;
        r->in_place = !taken && r->from == last && r->dtype == CORNU_FLOAT32;
        taken = taken || r->in_place;
    }
}

static cornu_status plan(elementwise_kernel *kernel, const cornu_kernel_desc *desc) {
    const cornu_operand *out = &desc->operands[kernel->inputs];
    kernel->registers = (uint32_t)(kernel->inputs + desc->program_length);
    kernel->steps = (uint32_t)desc->program_length;
    kernel->source = cornu_alloc_array_((size_t)kernel->inputs, sizeof *kernel->source);
    kernel->step = cornu_alloc_array_(kernel->steps, sizeof *kernel->step);
    kernel->slot = cornu_alloc_array_(kernel->registers, sizeof *kernel->slot);
    kernel->result = cornu_alloc_array_((size_t)kernel->outputs, sizeof *kernel->result);
    if (!kernel->source || !kernel->step || !kernel->slot || !kernel->result) return CORNU_ENOMEM;
    note_results(kernel, desc);
    for (int i = 0; i < kernel->inputs; i++) {
        kernel->source[i].dtype = desc->operands[i].dtype;
        kernel->source[i].item = cornu_dtype_size(desc->operands[i].dtype);
    }
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const cornu_ew_instruction *instruction = &desc->program[i];
        step *s = &kernel->step[i];
        s->run = kernel->loops->tile[instruction->code];
        s->code = instruction->code;
        s->target = (uint32_t)kernel->inputs + i;
        int operands = cornu_ew_operands_((cornu_ew_code)instruction->code);
        for (int j = 0; j < 3; j++) s->operand[j] = instruction->operand[j < operands ? j : 0];
    }
    int64_t size = cornu_operand_size_(out);
    if (size == 0) return CORNU_OK; /* no tiles */
    CORNU_TRY(find_pairs(kernel));
    merge_axes(kernel, desc);
    cut_tiles(kernel);
    CORNU_TRY(assign_slots(kernel));
    kernel->threads = cornu_threads_for_(size);
    if (kernel->threads > kernel->tiles) kernel->threads = (int)kernel->tiles;
    kernel->part_size = cornu_aligned_size_(kernel->registers * sizeof(float *)) +
                        (size_t)kernel->tile_slots * TILE * sizeof(float);
    kernel->base.workspace_size = kernel->part_size * (size_t)kernel->threads;
    return CORNU_OK;
}

cornu_status cornu_cpu_elementwise_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    const cornu_cpu_loops *loops = cornu_cpu_loops_();
    if (!supported(desc, loops)) return cornu_cpu_elementwise_wide_(desc, out);
    elementwise_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->loops = loops;
    kernel->outputs = cornu_kernel_outputs_(desc);
    kernel->inputs = desc->operand_count - kernel->outputs;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu tiles";
    cornu_status status = plan(kernel, desc);
    if (status != CORNU_OK) {
        destroy(&kernel->base);
        return status;
    }
    *out = &kernel->base;
    return CORNU_OK;
}
