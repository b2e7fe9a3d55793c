/* Elementwise programs on float32: a tile of a few hundred elements goes through all instructions
 * while it is in the first-level cache, so that a chain of operations costs one pass over memory.
 *
 * The output is dense. Axes that all operands step through alike are merged, and the innermost axis
 * that is left decides how tiles are cut: a long one is cut into pieces, of a short one a tile
 * takes several whole rows. An input that is dense in float32 is read in place; one that looks the
 * same from every tile (a scalar, a short bias) is loaded once; the others are gathered and
 * converted tile by tile. */
#include "elementwise.h"

#include "cpu.h"
#include "isa.h"
#include "threads.h"

#include "base/memory.h"
#include <string.h>

enum {
    TILE = CORNU_TILE,
    LONG_TILE = 16384, /* for a single instruction that works in place: nothing is kept in tiles */
};

typedef struct run {
    const cornu_tile_kernel *kernel;
    void *const *buffers;
    char *workspace;
    const float *chunk; /* of a kernel that keeps rows: the first input from the first tile on */
} run;

/* Element offset of row `row` in an input. */
static int64_t row_offset(
    const cornu_tile_kernel *kernel, const cornu_tile_source *in, int64_t row
) {
    if (kernel->rank == 2) return row * in->strides[0];
    int64_t offset = 0;
    for (int axis = kernel->rank - 2; axis >= 0; axis--) {
        offset += row % kernel->dims[axis] * in->strides[axis];
        row /= kernel->dims[axis];
    }
    return offset;
}

static const char *at(const cornu_tile_source *in, const void *buffer, int64_t offset) {
    return (const char *)buffer + offset * (int64_t)in->item;
}

/* Loads `count` elements from column `column` of row `row` on into a tile; whole rows if tiles hold
 * several. */
static void load_tile(
    const cornu_tile_kernel *kernel, const cornu_tile_source *in, const void *buffer, float *tile,
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

static void run_adam(
    const cornu_tile_kernel *kernel, const cornu_tile_step *s, float **registers, size_t count
) {
    float *const out[3] = {
        registers[s->target], registers[kernel->moment[0]], registers[kernel->moment[1]]};
    const float *in[4], scalars[4] = {
                            *registers[kernel->scalar[0]], *registers[kernel->scalar[1]],
                            *registers[kernel->scalar[2]], *registers[kernel->scalar[3]]};
    for (int i = 0; i < 4; i++) in[i] = registers[kernel->adam[i]];
    kernel->loops->adam(out, in, scalars, count);
}

/* The register table: tiles of the workspace, and what is the same in every tile. */
static float **make_registers(const run *job, char *part) {
    const cornu_tile_kernel *kernel = job->kernel;
    float **registers = (float **)(void *)part;
    float *tiles =
        (float *)(void *)(part + cornu_aligned_size_(kernel->registers * sizeof *registers));
    for (uint32_t i = 0; i < kernel->registers; i++) {
        bool none = kernel->slot[i] == CORNU_NO_SLOT;
        registers[i] = none ? NULL : tiles + (size_t)kernel->slot[i] * TILE;
    }
    for (int i = 0; i < kernel->inputs; i++) {
        const cornu_tile_source *in = &kernel->source[i];
        if (in->constant) load_tile(kernel, in, job->buffers[i], registers[i], 0, 0, kernel->tile);
    }
    return registers;
}

static void run_steps(const cornu_tile_kernel *kernel, float **registers, size_t count) {
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const cornu_tile_step *s = &kernel->step[i];
        if (s->code == CORNU_TILE_ADAM) {
            run_adam(kernel, s, registers, count);
            continue;
        }
        s->run(
            registers[s->target], registers[s->operand[0]], registers[s->operand[1]],
            registers[s->operand[2]], count
        );
    }
}

/* What of a tile is no whole strip goes through the steps one by one. */
static void run_program(const cornu_tile_kernel *kernel, float **registers, size_t count) {
    if (!kernel->tape || count < kernel->loops->strip) {
        run_steps(kernel, registers, count);
        return;
    }
    size_t done = kernel->loops->run_tape(kernel->tape, registers, count);
    if (done == count) return;
    for (uint32_t i = 0; i < kernel->registers; i++)
        if (registers[i]) registers[i] += done;
    run_steps(kernel, registers, count - done);
    for (uint32_t i = 0; i < kernel->registers; i++)
        if (registers[i]) registers[i] -= done;
}

/* The elements from a place on, in one row or in several whole ones. `chunk`: where the first input
 * is, or NULL for its buffer. */
static void run_tile(
    const run *job, float **registers, const float *chunk, int64_t row, int64_t column,
    int64_t count
) {
    const cornu_tile_kernel *kernel = job->kernel;
    char *const *outs = (char *const *)job->buffers + kernel->inputs;
    for (int i = 0; i < kernel->inputs; i++) {
        const cornu_tile_source *in = &kernel->source[i];
        /* read through this pointer only: tile functions do not write to their operands */
        if (i == 0 && chunk) registers[0] = (float *)chunk;
        else if (in->constant) continue;
        else if (in->direct)
            registers[i] = (float *)job->buffers[i] + row_offset(kernel, in, row) + column;
        else load_tile(kernel, in, job->buffers[i], registers[i], row, column, count);
    }
    int64_t position = row * kernel->inner + column;
    for (int i = 0; i < kernel->outputs; i++) {
        const cornu_tile_result *r = &kernel->result[i];
        if (r->in_place) registers[r->from] = (float *)(void *)outs[i] + position;
    }
    run_program(kernel, registers, (size_t)count);
    for (int i = 0; i < kernel->outputs; i++) {
        const cornu_tile_result *r = &kernel->result[i];
        if (r->in_place) continue;
        char *to = outs[i] + position * (int64_t)r->item;
        if (r->dtype == CORNU_FLOAT32)
            memcpy(to, registers[r->from], (size_t)count * sizeof(float));
        else kernel->loops->store[r->dtype](to, registers[r->from], (size_t)count);
    }
}

static void run_tiles(void *context, int64_t begin, int64_t end, int thread) {
    const run *job = context;
    const cornu_tile_kernel *kernel = job->kernel;
    float **registers = make_registers(job, job->workspace + (size_t)thread * kernel->part_size);
    const float *chunk = job->chunk;
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
        run_tile(job, registers, chunk, row, column, count);
        if (chunk) chunk += count;
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const cornu_tile_kernel *kernel = (const cornu_tile_kernel *)base;
    run job = {kernel, buffers, workspace, NULL};
    cornu_parallel_(kernel->tiles, kernel->threads, run_tiles, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *base) {
    cornu_tile_kernel *kernel = (cornu_tile_kernel *)base;
    cornu_free_(kernel->source);
    cornu_free_(kernel->tape);
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
static void merge_axes(cornu_tile_kernel *kernel, const cornu_kernel_desc *desc) {
    const cornu_operand *out = &desc->operands[kernel->inputs];
    int rank = 0;
    for (int axis = 0; axis < out->rank; axis++) {
        int64_t size = out->dims[axis];
        if (size == 1) continue;
        bool merge = rank > 0 && !(kernel->keeps_rows && axis == out->rank - 1);
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

static bool dense(const cornu_tile_kernel *kernel, const cornu_tile_source *in) {
    int64_t stride = 1;
    for (int axis = kernel->rank - 1; axis >= 0; axis--) {
        if (in->strides[axis] != stride) return false;
        stride *= kernel->dims[axis];
    }
    return true;
}

/* Decides how tiles are cut and how each input gets into its register. */
static void cut_tiles(cornu_tile_kernel *kernel) {
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
        cornu_tile_source *in = &kernel->source[i];
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
static cornu_status assign_slots(cornu_tile_kernel *kernel) {
    uint32_t inputs = (uint32_t)kernel->inputs, slots = 0;
    for (uint32_t i = 0; i < inputs; i++) {
        kernel->slot[i] = kernel->source[i].direct ? CORNU_NO_SLOT : slots++;
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
        if (kernel->step[i].code != CORNU_TILE_ADAM) continue;
        for (int j = 0; j < 4; j++) last_use[kernel->adam[j]] = i;
    }
    bool *in_place = cornu_alloc_array_(kernel->registers, sizeof *in_place);
    if (!in_place) {
        cornu_free_(free_slot);
        cornu_free_(last_use);
        return CORNU_ENOMEM;
    }
    for (int i = 0; i < kernel->outputs; i++) {
        const cornu_tile_result *r = &kernel->result[i];
        in_place[r->from] = in_place[r->from] || r->in_place;
        if (!r->in_place) last_use[r->from] = kernel->steps; /* kept to the end */
    }
    uint32_t free_count = 0;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const cornu_tile_step *s = &kernel->step[i];
        for (int j = 0; j < 3; j++) {
            uint32_t operand = s->operand[j];
            bool repeated =
                (j > 0 && operand == s->operand[0]) || (j > 1 && operand == s->operand[1]);
            if (operand >= inputs && last_use[operand] == i && !repeated && !in_place[operand]) {
                free_slot[free_count++] = kernel->slot[operand];
            }
        }
        if (in_place[s->target]) kernel->slot[s->target] = CORNU_NO_SLOT;
        else kernel->slot[s->target] = free_count ? free_slot[--free_count] : slots++;
    }
    kernel->tile_slots = slots;
    cornu_free_(in_place);
    cornu_free_(free_slot);
    cornu_free_(last_use);
    return CORNU_OK;
}

static void note_results(cornu_tile_kernel *kernel, const cornu_kernel_desc *desc) {
    uint32_t last = kernel->registers - 1;
    bool taken = false;
    for (int i = 0; i < kernel->outputs; i++) {
        cornu_tile_result *r = &kernel->result[i];
        r->dtype = desc->operands[kernel->inputs + i].dtype;
        r->item = cornu_dtype_size(r->dtype);
        r->from = desc->results ? desc->results[i] : last;
        r->in_place = !taken && r->from == last && r->dtype == CORNU_FLOAT32;
        taken = taken || r->in_place;
    }
}

static cornu_status plan(cornu_tile_kernel *kernel, const cornu_kernel_desc *desc) {
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
        cornu_tile_step *s = &kernel->step[i];
        s->run = kernel->loops->tile[instruction->code];
        s->code = instruction->code;
        s->target = (uint32_t)kernel->inputs + i;
        int operands = cornu_ew_operands_((cornu_ew_code)instruction->code);
        for (int j = 0; j < 3; j++) s->operand[j] = instruction->operand[j < operands ? j : 0];
    }
    int64_t size = cornu_operand_size_(out);
    if (size == 0) return CORNU_OK; /* no tiles */
    CORNU_TRY(cornu_tile_find_pairs_(kernel));
    merge_axes(kernel, desc);
    cornu_tile_find_adam_(kernel);
    cut_tiles(kernel);
    CORNU_TRY(cornu_tile_make_tape_(kernel));
    CORNU_TRY(assign_slots(kernel));
    kernel->threads = cornu_threads_for_(size);
    if (kernel->threads > kernel->tiles) kernel->threads = (int)kernel->tiles;
    kernel->part_size = cornu_aligned_size_(kernel->registers * sizeof(float *)) +
                        (size_t)kernel->tile_slots * TILE * sizeof(float);
    kernel->base.workspace_size = kernel->part_size * (size_t)kernel->threads;
    return CORNU_OK;
}

static cornu_status create(
    const cornu_kernel_desc *desc, bool keeps_rows, cornu_tile_kernel **out
) {
    cornu_tile_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->loops = cornu_cpu_loops_();
    kernel->outputs = cornu_kernel_outputs_(desc);
    kernel->inputs = desc->operand_count - kernel->outputs;
    kernel->keeps_rows = keeps_rows;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu tiles";
    cornu_status status = plan(kernel, desc);
    if (status != CORNU_OK) {
        destroy(&kernel->base);
        return status;
    }
    *out = kernel;
    return CORNU_OK;
}

cornu_status cornu_cpu_elementwise_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    cornu_tile_kernel *kernel = NULL;
    if (!supported(desc, cornu_cpu_loops_())) return cornu_cpu_elementwise_wide_(desc, out);
    CORNU_TRY(create(desc, false, &kernel));
    *out = &kernel->base;
    return CORNU_OK;
}

/* ---- by rows ---- */

cornu_status cornu_tile_kernel_of_rows_(const cornu_kernel_desc *desc, cornu_tile_kernel **kernel) {
    if (!supported(desc, cornu_cpu_loops_())) return CORNU_EUNSUPPORTED;
    return create(desc, true, kernel);
}

void cornu_tile_kernel_run_rows_(
    const cornu_tile_kernel *kernel, void *const *buffers, char *workspace, const float *chunk,
    int64_t row, int64_t rows
) {
    run job = {kernel, buffers, workspace, chunk};
    int64_t end = row + rows, step = kernel->rows_per_tile;
    if (step) run_tiles(&job, row / step, (end + step - 1) / step, 0);
    else run_tiles(&job, row * kernel->tiles_per_row, end * kernel->tiles_per_row, 0);
}
