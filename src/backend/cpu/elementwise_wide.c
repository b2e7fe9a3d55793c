/* Elementwise programs in int64 and float64: counters, labels, masks of indices, and double
 * precision. Blocks of a few hundred elements go through all instructions, as in elementwise.c;
 * results are those of the reference, bit by bit.
 *
 * Only instructions whose loops the compiler vectorises or that are worth it without are here;
 * transcendental functions of float64 are left to the reference, which calls the same libm. */
#include "cpu.h"
#include "threads.h"

#include "backend/scalar.h"
#include "base/memory.h"
#include <string.h>

enum { BLOCK = 256 }; /* elements of eight bytes: a few blocks stay inside 32 KB */

typedef union wide {
    int64_t i;
    double f;
} wide;

/* d[i] = f(a[i], b[i], c[i]); d is none of them. */
typedef void wide_step(wide *d, const wide *a, const wide *b, const wide *c, int64_t n);

#define STEP(name, member, expression)                                                             \
    static void name(wide *d, const wide *a, const wide *b, const wide *c, int64_t n) {            \
        (void)b, (void)c;                                                                          \
        for (int64_t i = 0; i < n; i++) {                                                          \
            d[i].member = (expression);                                                            \
        }                                                                                          \
    }
#define X (a[i].i)
#define Y (b[i].i)
#define Z (c[i].i)
STEP(int_copy, i, X)
STEP(int_negative, i, cornu_int_subtract_(0, X))
STEP(int_absolute, i, X < 0 ? cornu_int_subtract_(0, X) : X)
STEP(int_sign, i, (X > 0) - (X < 0))
STEP(int_square, i, cornu_int_multiply_(X, X))
STEP(int_relu, i, X > 0 ? X : 0)
STEP(int_not, i, X == 0)
STEP(int_add, i, cornu_int_add_(X, Y))
STEP(int_subtract, i, cornu_int_subtract_(X, Y))
STEP(int_multiply, i, cornu_int_multiply_(X, Y))
STEP(int_floor_divide, i, cornu_int_floor_divide_(X, Y))
STEP(int_mod, i, cornu_int_mod_(X, Y))
STEP(int_maximum, i, X > Y ? X : Y)
STEP(int_minimum, i, X < Y ? X : Y)
STEP(int_equal, i, X == Y)
STEP(int_not_equal, i, X != Y)
STEP(int_less, i, X < Y)
STEP(int_less_equal, i, X <= Y)
STEP(int_greater, i, X > Y)
STEP(int_greater_equal, i, X >= Y)
STEP(int_and, i, X != 0 && Y != 0)
STEP(int_or, i, X != 0 || Y != 0)
STEP(int_xor, i, (X != 0) != (Y != 0))
STEP(int_where, i, X != 0 ? Y : Z)
STEP(int_multiply_add, i, cornu_int_add_(cornu_int_multiply_(X, Y), Z))
#undef X
#undef Y
#undef Z
#define X (a[i].f)
#define Y (b[i].f)
#define Z (c[i].f)
STEP(real_copy, f, X)
STEP(real_negative, f, -X)
STEP(real_absolute, f, fabs(X))
STEP(real_sign, f, cornu_sign_(X))
STEP(real_square, f, X *X)
STEP(real_sqrt, f, sqrt(X))
STEP(real_rsqrt, f, 1 / sqrt(X))
STEP(real_reciprocal, f, 1 / X)
STEP(real_relu, f, X <= 0 ? 0 : X)
STEP(real_isnan, f, X != X ? 1 : 0)
STEP(real_not, f, X == 0)
STEP(real_add, f, X + Y)
STEP(real_subtract, f, X - Y)
STEP(real_multiply, f, X *Y)
STEP(real_divide, f, X / Y)
STEP(real_maximum, f, cornu_maximum_(X, Y))
STEP(real_minimum, f, cornu_minimum_(X, Y))
STEP(real_equal, f, X == Y)
STEP(real_not_equal, f, X != Y)
STEP(real_less, f, X < Y)
STEP(real_less_equal, f, X <= Y)
STEP(real_greater, f, X > Y)
STEP(real_greater_equal, f, X >= Y)
STEP(real_and, f, X != 0 && Y != 0)
STEP(real_or, f, X != 0 || Y != 0)
STEP(real_xor, f, (X != 0) != (Y != 0))
STEP(real_where, f, X != 0 ? Y : Z)
STEP(real_multiply_add, f, X *Y + Z)
#undef X
#undef Y
#undef Z

static wide_step *const int_steps[CORNU_EW_COUNT] = {
    [CORNU_EW_COPY] = int_copy,
    [CORNU_EW_NEGATIVE] = int_negative,
    [CORNU_EW_ABSOLUTE] = int_absolute,
    [CORNU_EW_SIGN] = int_sign,
    [CORNU_EW_SQUARE] = int_square,
    [CORNU_EW_RELU] = int_relu,
    [CORNU_EW_NOT] = int_not,
    [CORNU_EW_ADD] = int_add,
    [CORNU_EW_SUBTRACT] = int_subtract,
    [CORNU_EW_MULTIPLY] = int_multiply,
    [CORNU_EW_FLOOR_DIVIDE] = int_floor_divide,
    [CORNU_EW_MOD] = int_mod,
    [CORNU_EW_MAXIMUM] = int_maximum,
    [CORNU_EW_MINIMUM] = int_minimum,
    [CORNU_EW_EQUAL] = int_equal,
    [CORNU_EW_NOT_EQUAL] = int_not_equal,
    [CORNU_EW_LESS] = int_less,
    [CORNU_EW_LESS_EQUAL] = int_less_equal,
    [CORNU_EW_GREATER] = int_greater,
    [CORNU_EW_GREATER_EQUAL] = int_greater_equal,
    [CORNU_EW_AND] = int_and,
    [CORNU_EW_OR] = int_or,
    [CORNU_EW_XOR] = int_xor,
    [CORNU_EW_WHERE] = int_where,
    [CORNU_EW_FMA] = int_multiply_add,
};

static wide_step *const real_steps[CORNU_EW_COUNT] = {
    [CORNU_EW_COPY] = real_copy,
    [CORNU_EW_NEGATIVE] = real_negative,
    [CORNU_EW_ABSOLUTE] = real_absolute,
    [CORNU_EW_SIGN] = real_sign,
    [CORNU_EW_SQUARE] = real_square,
    [CORNU_EW_SQRT] = real_sqrt,
    [CORNU_EW_RSQRT] = real_rsqrt,
    [CORNU_EW_RECIPROCAL] = real_reciprocal,
    [CORNU_EW_RELU] = real_relu,
    [CORNU_EW_ISNAN] = real_isnan,
    [CORNU_EW_NOT] = real_not,
    [CORNU_EW_ADD] = real_add,
    [CORNU_EW_SUBTRACT] = real_subtract,
    [CORNU_EW_MULTIPLY] = real_multiply,
    [CORNU_EW_DIVIDE] = real_divide,
    [CORNU_EW_MAXIMUM] = real_maximum,
    [CORNU_EW_MINIMUM] = real_minimum,
    [CORNU_EW_EQUAL] = real_equal,
    [CORNU_EW_NOT_EQUAL] = real_not_equal,
    [CORNU_EW_LESS] = real_less,
    [CORNU_EW_LESS_EQUAL] = real_less_equal,
    [CORNU_EW_GREATER] = real_greater,
    [CORNU_EW_GREATER_EQUAL] = real_greater_equal,
    [CORNU_EW_AND] = real_and,
    [CORNU_EW_OR] = real_or,
    [CORNU_EW_XOR] = real_xor,
    [CORNU_EW_WHERE] = real_where,
    [CORNU_EW_FMA] = real_multiply_add,
};

/* ---- loads and stores ---- */

typedef void wide_load(wide *d, const void *source, int64_t stride, int64_t n);
typedef void wide_store(void *target, const wide *s, int64_t n);

#define LOAD(name, member, type, expression)                                                       \
    static void load_##member##_##name(wide *d, const void *source, int64_t stride, int64_t n) {   \
        const type *from = source;                                                                 \
        for (int64_t k = 0; k < n; k++) {                                                          \
            const type x = from[k * stride];                                                       \
            d[k].member = (expression);                                                            \
        }                                                                                          \
    }
#define STORE(name, member, type, expression)                                                      \
    static void store_##member##_##name(void *target, const wide *s, int64_t n) {                  \
        type *to = target;                                                                         \
        for (int64_t k = 0; k < n; k++) to[k] = (expression);                                      \
    }
LOAD(bool, i, uint8_t, x != 0)
LOAD(uint8, i, uint8_t, x)
LOAD(int8, i, int8_t, x)
LOAD(int16, i, int16_t, x)
LOAD(int32, i, int32_t, x)
LOAD(int64, i, int64_t, x)
LOAD(bool, f, uint8_t, x != 0)
LOAD(int32, f, int32_t, x)
LOAD(int64, f, int64_t, (double)x)
LOAD(float32, f, float, (double)x)
LOAD(float64, f, double, x)
STORE(bool, i, uint8_t, s[k].i != 0)
STORE(uint8, i, uint8_t, (uint8_t)s[k].i)
STORE(int8, i, int8_t, (int8_t)s[k].i)
STORE(int16, i, int16_t, (int16_t)s[k].i)
STORE(int32, i, int32_t, (int32_t)s[k].i)
STORE(int64, i, int64_t, s[k].i)
STORE(bool, f, uint8_t, s[k].f != 0)
STORE(float32, f, float, (float)s[k].f)
STORE(float64, f, double, s[k].f)

static wide_load *const int_loads[CORNU_DTYPE_COUNT] = {
    [CORNU_BOOL] = load_i_bool,   [CORNU_UINT8] = load_i_uint8, [CORNU_INT8] = load_i_int8,
    [CORNU_INT16] = load_i_int16, [CORNU_INT32] = load_i_int32, [CORNU_INT64] = load_i_int64,
};
static wide_load *const real_loads[CORNU_DTYPE_COUNT] = {
    [CORNU_BOOL] = load_f_bool,       [CORNU_INT32] = load_f_int32,
    [CORNU_INT64] = load_f_int64,     [CORNU_FLOAT32] = load_f_float32,
    [CORNU_FLOAT64] = load_f_float64,
};
static wide_store *const int_stores[CORNU_DTYPE_COUNT] = {
    [CORNU_BOOL] = store_i_bool,   [CORNU_UINT8] = store_i_uint8, [CORNU_INT8] = store_i_int8,
    [CORNU_INT16] = store_i_int16, [CORNU_INT32] = store_i_int32, [CORNU_INT64] = store_i_int64,
};
/* floats to integers clamp: left to the reference */
static wide_store *const real_stores[CORNU_DTYPE_COUNT] = {
    [CORNU_BOOL] = store_f_bool,
    [CORNU_FLOAT32] = store_f_float32,
    [CORNU_FLOAT64] = store_f_float64,
};

/* ---- the kernel ---- */

typedef struct wide_instruction {
    wide_step *run;
    uint16_t operand[3];
} wide_instruction;

typedef struct wide_kernel {
    cornu_kernel base;
    int inputs, outputs, steps, threads;
    int64_t size;                  /* elements of the output */
    const cornu_operand *operands; /* [inputs + outputs], of `desc` */
    const uint16_t *results;       /* [outputs], of `desc`; NULL: the last register */
    cornu_kernel_desc *desc;
    wide_load *const *loads;
    wide_store *const *stores;
    size_t part_size; /* bytes of a thread's part of the workspace */
    wide_instruction step[];
} wide_kernel;

typedef struct wide_job {
    const wide_kernel *kernel;
    void *const *buffers;
    char *workspace;
} wide_job;

/* Loads `count` elements from row-major position `start` on: run by run along the last axis. */
static void load_block(
    const wide_kernel *kernel, int input, const char *buffer, int64_t start, int64_t count, wide *to
) {
    const cornu_operand *o = &kernel->operands[input];
    size_t item = cornu_dtype_size(o->dtype);
    int last = o->rank - 1;
    while (count > 0) {
        int64_t rest = start, offset = 0, length = count;
        for (int axis = last; axis >= 0; axis--) {
            int64_t at = axis > 0 ? rest % o->dims[axis] : rest;
            if (axis > 0) rest /= o->dims[axis];
            offset += at * o->strides[axis];
            if (axis == last && o->dims[axis] - at < length) length = o->dims[axis] - at;
        }
        kernel->loads[o->dtype](
            to, buffer + offset * (int64_t)item, last >= 0 ? o->strides[last] : 0, length
        );
        to += length;
        start += length;
        count -= length;
    }
}

static void run_blocks(void *context, int64_t begin, int64_t end, int thread) {
    const wide_job *job = context;
    const wide_kernel *kernel = job->kernel;
    wide(*registers)[BLOCK] = (void *)(job->workspace + (size_t)thread * kernel->part_size);
    int inputs = kernel->inputs;
    for (int64_t block = begin; block < end; block++) {
        int64_t start = block * BLOCK, left = kernel->size - start;
        int64_t count = left < BLOCK ? left : BLOCK;
        for (int i = 0; i < inputs; i++)
            load_block(kernel, i, job->buffers[i], start, count, registers[i]);
        for (int i = 0; i < kernel->steps; i++) {
            const wide_instruction *s = &kernel->step[i];
            s->run(
                registers[inputs + i], registers[s->operand[0]], registers[s->operand[1]],
                registers[s->operand[2]], count
            );
        }
        for (int i = 0; i < kernel->outputs; i++) {
            cornu_dtype dtype = kernel->operands[inputs + i].dtype;
            int from = kernel->results ? kernel->results[i] : inputs + kernel->steps - 1;
            char *to = job->buffers[inputs + i];
            kernel->stores[dtype](
                to + start * (int64_t)cornu_dtype_size(dtype), registers[from], count
            );
        }
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const wide_kernel *kernel = (const wide_kernel *)base;
    wide_job job = {kernel, buffers, workspace};
    int64_t blocks = (kernel->size + BLOCK - 1) / BLOCK;
    cornu_parallel_(blocks, kernel->threads, run_blocks, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *base) {
    cornu_free_(((wide_kernel *)base)->desc);
    cornu_free_(base);
}

static bool supported(const cornu_kernel_desc *desc, int inputs, bool ints) {
    if ((!ints && desc->compute != CORNU_FLOAT64) || desc->program_length < 1) return false;
    for (int i = 0; i < desc->operand_count; i++) {
        cornu_dtype dtype = desc->operands[i].dtype;
        if (i < inputs && !(ints ? int_loads : real_loads)[dtype]) return false;
        if (i >= inputs && !(ints ? int_stores : real_stores)[dtype]) return false;
    }
    for (int i = 0; i < desc->program_length; i++) {
        if (!(ints ? int_steps : real_steps)[desc->program[i].code]) return false;
    }
    return true;
}

cornu_status cornu_cpu_elementwise_wide_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    bool ints = desc->compute == CORNU_INT64;
    int outputs = cornu_kernel_outputs_(desc), inputs = desc->operand_count - outputs;
    if (!supported(desc, inputs, ints)) return CORNU_EUNSUPPORTED;
    size_t steps = (size_t)desc->program_length;
    wide_kernel *kernel = cornu_alloc_(sizeof *kernel + steps * sizeof *kernel->step);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = "cpu wide blocks";
    kernel->desc = cornu_kernel_desc_copy_(desc);
    if (!kernel->desc) {
        cornu_free_(kernel);
        return CORNU_ENOMEM;
    }
    kernel->operands = kernel->desc->operands;
    kernel->results = kernel->desc->results;
    kernel->inputs = inputs;
    kernel->outputs = outputs;
    kernel->steps = desc->program_length;
    kernel->loads = ints ? int_loads : real_loads;
    kernel->stores = ints ? int_stores : real_stores;
    kernel->size = cornu_operand_size_(&desc->operands[inputs]);
    for (size_t i = 0; i < steps; i++) {
        const cornu_ew_instruction *instruction = &desc->program[i];
        int operands = cornu_ew_operands_((cornu_ew_code)instruction->code);
        kernel->step[i].run = (ints ? int_steps : real_steps)[instruction->code];
        for (int j = 0; j < 3; j++)
            kernel->step[i].operand[j] = instruction->operand[j < operands ? j : 0];
    }
    kernel->threads = cornu_threads_for_(kernel->size);
    kernel->part_size = ((size_t)inputs + steps) * BLOCK * sizeof(wide);
    kernel->base.workspace_size = kernel->part_size * (size_t)kernel->threads;
    *out = &kernel->base;
    return CORNU_OK;
}
