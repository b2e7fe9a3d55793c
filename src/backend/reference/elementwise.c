/* Elementwise programs, interpreted: blocks of 64 elements pass through all instructions, each of
 * which reads and writes rows of 64 doubles (or int64) in the workspace. FLOAT32 is computed in
 * double and rounded after every instruction, so that each result is the correctly rounded one of
 * the operands it had, up to double rounding. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"

#define BLOCK 64

static int input_count(const cornu_kernel_desc *desc) {
    return desc->operand_count - cornu_kernel_outputs_(desc);
}

/* The register that output `index` is stored from. */
static int result_of(const cornu_kernel_desc *desc, int index) {
    return desc->results ? desc->results[index] : input_count(desc) + desc->program_length - 1;
}

static cornu_status check_step(const cornu_kernel_desc *desc, int at) {
    const cornu_ew_instruction *step = &desc->program[at];
    if (step->code >= CORNU_EW_COUNT)
        CORNU_FAIL(
            CORNU_EINVAL, "elementwise kernel: instruction %d has the unknown code %d", at,
            step->code
        );
    for (int i = 0; i < cornu_ew_operands_((cornu_ew_code)step->code); i++)
        if (step->operand[i] >= input_count(desc) + at)
            CORNU_FAIL(
                CORNU_EINVAL,
                "elementwise kernel: instruction %d (%s) reads register %d; %d are set", at,
                cornu_ew_name_((cornu_ew_code)step->code), step->operand[i], input_count(desc) + at
            );
    if (desc->compute == CORNU_INT64 && !cornu_reference_step_int_has_((cornu_ew_code)step->code))
        CORNU_FAIL(
            CORNU_EDTYPE, "elementwise kernel: %s is not defined for integers",
            cornu_ew_name_((cornu_ew_code)step->code)
        );
    return CORNU_OK;
}

static cornu_status check(const cornu_kernel_desc *desc) {
    if (desc->compute != CORNU_FLOAT32 && desc->compute != CORNU_FLOAT64 &&
        desc->compute != CORNU_INT64)
        CORNU_FAIL(
            CORNU_EDTYPE, "elementwise kernel: computes in float32, float64 or int64, not in %s",
            cornu_dtype_name(desc->compute)
        );
    if (desc->program_length < 1)
        CORNU_FAIL(CORNU_EINVAL, "elementwise kernel: the program is empty");
    for (int i = 0; i < desc->program_length; i++) CORNU_TRY(check_step(desc, i));
    for (int i = 0; i < input_count(desc); i++)
        CORNU_TRY(cornu_reference_need_like_(desc, i, cornu_reference_out_at_(desc)));
    for (int i = 0; i < cornu_kernel_outputs_(desc); i++) {
        if (result_of(desc, i) >= input_count(desc) + desc->program_length)
            CORNU_FAIL(CORNU_EINVAL, "elementwise kernel: output %d is no register", i);
        CORNU_TRY(cornu_reference_need_dense_(desc, input_count(desc) + i));
    }
    return CORNU_OK;
}

static size_t workspace_size(const cornu_kernel_desc *desc) {
    return (size_t)(input_count(desc) + desc->program_length) * BLOCK * sizeof(double);
}

/* Reads `count` elements from row-major position `start` on: run by run along the last axis. */
static void read_block(
    const cornu_kernel_desc *desc, int input, void *data, int64_t start, int count, void *values
) {
    const cornu_operand *o = &desc->operands[input];
    int last = o->rank - 1;
    cornu_run run = {.dtype = o->dtype, .data = data};
    for (int done = 0; done < count; done += (int)run.count) {
        int64_t rest = start + done, length = 1;
        run.offset = run.stride = 0;
        for (int axis = last; axis >= 0; axis--) {
            int64_t at = rest % o->dims[axis];
            rest /= o->dims[axis];
            run.offset += at * o->strides[axis];
            if (axis == last) length = o->dims[axis] - at;
        }
        if (last >= 0) run.stride = o->strides[last];
        run.count = length < count - done ? length : count - done;
        if (desc->compute == CORNU_INT64) cornu_load_int_(&run, (int64_t *)values + done);
        else cornu_load_double_(&run, (double *)values + done);
    }
}

static void round_block(double *values, int count) {
    for (int i = 0; i < count; i++) values[i] = (double)(float)values[i];
}

static void run_floats(const cornu_kernel_desc *desc, double (*rows)[BLOCK], int count) {
    int inputs = input_count(desc);
    if (desc->compute == CORNU_FLOAT32)
        for (int i = 0; i < inputs; i++) round_block(rows[i], count);
    for (int i = 0; i < desc->program_length; i++) {
        const cornu_ew_instruction *s = &desc->program[i];
        double *result = rows[inputs + i];
        /* operands that the code does not have are register 0 or anything; they are not read */
        cornu_reference_step_float_(
            (cornu_ew_code)s->code, result, rows[s->operand[0]], rows[s->operand[1]],
            rows[s->operand[2]], count
        );
        if (desc->compute == CORNU_FLOAT32) round_block(result, count);
    }
}

static void run_ints(const cornu_kernel_desc *desc, int64_t (*rows)[BLOCK], int count) {
    int inputs = input_count(desc);
    for (int i = 0; i < desc->program_length; i++) {
        const cornu_ew_instruction *s = &desc->program[i];
        cornu_reference_step_int_(
            (cornu_ew_code)s->code, rows[inputs + i], rows[s->operand[0]], rows[s->operand[1]],
            rows[s->operand[2]], count
        );
    }
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    const cornu_operand *out = cornu_reference_out_(desc);
    int inputs = input_count(desc), outputs = cornu_kernel_outputs_(desc);
    int64_t size = cornu_reference_size_(out);
    double(*doubles)[BLOCK] = workspace;
    int64_t(*ints)[BLOCK] = workspace;
    for (int64_t start = 0; start < size; start += BLOCK) {
        int count = size - start < BLOCK ? (int)(size - start) : BLOCK;
        for (int i = 0; i < inputs; i++) read_block(desc, i, buffers[i], start, count, doubles[i]);
        if (desc->compute == CORNU_INT64) run_ints(desc, ints, count);
        else run_floats(desc, doubles, count);
        for (int i = 0; i < outputs; i++) {
            cornu_dtype dtype = desc->operands[inputs + i].dtype;
            cornu_run target = {dtype, buffers[inputs + i], start, 1, count};
            if (desc->compute == CORNU_INT64) cornu_store_int_(&target, ints[result_of(desc, i)]);
            else cornu_store_double_(&target, doubles[result_of(desc, i)]);
        }
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_elementwise_ = {
    "elementwise", check, workspace_size, run};
