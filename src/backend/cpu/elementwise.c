/* Elementwise programs on float32: a tile of a few hundred elements goes through all instructions
 * while it is in the first-level cache or in registers, so that a chain of operations costs one
 * pass over memory. This file plans, elementwise_run.c executes.
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

enum {
    TILE = CORNU_TILE,
    FAR = 16 << 20, /* bytes of inputs that surely are beyond the caches */
};

static void destroy(cornu_kernel *base) {
    cornu_tile_kernel *kernel = (cornu_tile_kernel *)base;
    cornu_free_(kernel->source);
    cornu_free_(kernel->tape);
    cornu_free_(kernel->step);
    cornu_free_(kernel->slot);
    cornu_free_(kernel->result);
    cornu_free_(kernel->later);
    cornu_free_(kernel->moves);
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

bool cornu_tile_is_scalar_(const cornu_tile_kernel *kernel, uint32_t reg) {
    return reg < (uint32_t)kernel->inputs && all_zero(kernel->source[reg].strides, kernel->rank);
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
    int64_t far = 0;
    for (int i = 0; i < kernel->inputs; i++) {
        cornu_tile_source *in = &kernel->source[i];
        int last = kernel->rank - 1;
        bool whole_rows = kernel->rows_per_tile != 0;
        in->dense = dense(kernel, in);
        in->direct = in->dtype == CORNU_FLOAT32 &&
                     (whole_rows ? in->dense : in->strides[last] == 1 && kernel->inner > 1);
        in->constant = !in->direct && all_zero(in->strides, whole_rows ? last : kernel->rank);
        in->moves = !all_zero(in->strides, kernel->rank);
        int64_t extent = 1;
        for (int axis = 0; axis <= last; axis++)
            extent += (kernel->dims[axis] - 1) * in->strides[axis];
        in->extent = extent * (int64_t)in->item;
        if (in->direct && in->dense) far += in->extent;
    }
    kernel->is_far = far > FAR;
    if (kernel->rows_per_tile) return;
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
    /* a result is kept to the end, wherever it goes then */
    for (int i = 0; i < kernel->outputs; i++) last_use[kernel->result[i].from] = kernel->steps;
    uint32_t free_count = 0;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const cornu_tile_step *s = &kernel->step[i];
        for (int j = 0; j < 3; j++) {
            uint32_t operand = s->operand[j];
            bool repeated =
                (j > 0 && operand == s->operand[0]) || (j > 1 && operand == s->operand[1]);
            if (operand >= inputs && last_use[operand] == i && !repeated)
                free_slot[free_count++] = kernel->slot[operand];
        }
        kernel->slot[s->target] = free_count ? free_slot[--free_count] : slots++;
        if (s->code != CORNU_TILE_ADAM) continue;
        for (int j = 0; j < 2; j++) kernel->slot[kernel->moment[j]] = slots++;
    }
    kernel->tile_slots = slots;
    cornu_free_(free_slot);
    cornu_free_(last_use);
    return CORNU_OK;
}

static void note_results(cornu_tile_kernel *kernel, const cornu_kernel_desc *desc) {
    uint32_t last = kernel->registers - 1;
    for (int i = 0; i < kernel->outputs; i++) {
        cornu_tile_result *r = &kernel->result[i];
        r->dtype = desc->operands[kernel->inputs + i].dtype;
        r->item = cornu_dtype_size(r->dtype);
        r->from = desc->results ? desc->results[i] : last;
        r->can_be_straight = r->dtype == CORNU_FLOAT32 && r->from >= (uint32_t)kernel->inputs;
        for (int k = 0; k < i; k++)
            if (kernel->result[k].from == r->from) r->can_be_straight = false;
    }
}

/* Marks the inputs that a step reads. */
static void mark_inputs(const cornu_tile_kernel *kernel, const cornu_tile_step *s, bool *later) {
    uint32_t inputs = (uint32_t)kernel->inputs;
    for (int i = 0; i < 3; i++)
        if (s->operand[i] < inputs) later[s->operand[i]] = true;
    if (s->code != CORNU_TILE_ADAM) return;
    for (int i = 0; i < 4; i++)
        if (kernel->adam[i] < inputs) later[kernel->adam[i]] = true;
}

/* For every output, the inputs of which elements are read after it has been made. */
static cornu_status note_later_inputs(cornu_tile_kernel *kernel) {
    size_t inputs = (size_t)kernel->inputs;
    kernel->later = cornu_alloc_array_((size_t)kernel->outputs * inputs, sizeof *kernel->later);
    if (!kernel->later) return CORNU_ENOMEM;
    for (int i = 0; i < kernel->outputs; i++) {
        bool *later = kernel->later + (size_t)i * inputs, made = false;
        for (uint32_t k = 0; k < kernel->steps; k++) {
            const cornu_tile_step *s = &kernel->step[k];
            if (made) mark_inputs(kernel, s, later);
            made = made || s->target == kernel->result[i].from;
        }
        for (size_t k = 0; k < inputs; k++) later[k] = later[k] && !kernel->source[k].constant;
    }
    return CORNU_OK;
}

/* Whether nothing but arrays, and numbers that are the same everywhere, is read. */
static bool reads_arrays_only(const cornu_tile_kernel *kernel) {
    bool takes_scalars = kernel->tape || kernel->step[0].code == CORNU_TILE_ADAM;
    if (!kernel->tape && kernel->steps > 1) return false;
    for (int i = 0; i < kernel->inputs; i++) {
        const cornu_tile_source *in = &kernel->source[i];
        if (!in->direct && !(takes_scalars && !in->moves)) return false;
    }
    return true;
}

/* Whether a tape of whole strips can go from row to row: what a strip leaves in tiles must fit. */
static bool takes_rows(const cornu_tile_kernel *kernel) {
    int64_t strip = (int64_t)kernel->loops->strip;
    return kernel->tape && kernel->can_be_whole && kernel->rank == 2 && !kernel->rows_per_tile &&
           kernel->inner % strip == 0 && (!kernel->tape_keeps || kernel->inner <= TILE);
}

static cornu_status plan(cornu_tile_kernel *kernel, const cornu_kernel_desc *desc) {
    const cornu_operand *out = &desc->operands[kernel->inputs];
    kernel->registers = (uint32_t)(kernel->inputs + desc->program_length);
    kernel->steps = (uint32_t)desc->program_length;
    kernel->source = cornu_alloc_array_((size_t)kernel->inputs, sizeof *kernel->source);
    kernel->step = cornu_alloc_array_(kernel->steps, sizeof *kernel->step);
    kernel->slot = cornu_alloc_array_(kernel->registers, sizeof *kernel->slot);
    kernel->result = cornu_alloc_array_((size_t)kernel->outputs, sizeof *kernel->result);
    kernel->moves = cornu_alloc_array_(kernel->registers, sizeof *kernel->moves);
    if (!kernel->source || !kernel->step || !kernel->slot || !kernel->result || !kernel->moves)
        return CORNU_ENOMEM;
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
    for (int i = 0; i < kernel->inputs; i++) kernel->moves[i] = kernel->source[i].moves;
    for (int i = 0; i < kernel->outputs; i++) kernel->moves[kernel->result[i].from] = true;
    CORNU_TRY(cornu_tile_make_tape_(kernel));
    CORNU_TRY(note_later_inputs(kernel));
    CORNU_TRY(assign_slots(kernel));
    kernel->can_be_whole = reads_arrays_only(kernel);
    kernel->takes_rows = takes_rows(kernel);
    kernel->threads = cornu_threads_for_(size);
    if (kernel->threads > kernel->tiles) kernel->threads = (int)kernel->tiles;
    kernel->part_size =
        cornu_tile_tables_size_(kernel) + (size_t)kernel->tile_slots * TILE * sizeof(float);
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
    kernel->base.execute = cornu_tile_kernel_execute_;
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
