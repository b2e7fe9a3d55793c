/* Copies between strided layouts: transpose, slice, pad, flip, concatenate, tile. Elements are
 * moved as bits, so only their size matters. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"

#include <string.h>

static cornu_status check(const cornu_kernel_desc *desc) {
    const cornu_operand *out = cornu_reference_out_(desc);
    int sources = cornu_reference_out_at_(desc);
    if (sources > 0 && desc->moves == NULL)
        CORNU_FAIL(CORNU_EINVAL, "move kernel: %d sources and no moves", sources);
    for (int i = 0; i < sources; i++) {
        if (desc->operands[i].dtype != out->dtype)
            CORNU_FAIL(
                CORNU_EDTYPE, "move kernel: source %d is %s, the output %s", i,
                cornu_dtype_name(desc->operands[i].dtype), cornu_dtype_name(out->dtype)
            );
        if (desc->moves[i].rank < 0 || desc->moves[i].rank > CORNU_MAX_RANK)
            CORNU_FAIL(
                CORNU_EINVAL, "move kernel: move %d has rank %d; 0 to %d are possible", i,
                desc->moves[i].rank, CORNU_MAX_RANK
            );
    }
    return CORNU_OK;
}

/* One run of elements along the innermost axis. */
static void copy_run(
    size_t size, char *to, int64_t to_stride, const char *from, int64_t from_stride, int64_t count
) {
    if (to_stride == 1 && from_stride == 1) {
        memcpy(to, from, (size_t)count * size);
        return;
    }
    int64_t to_step = to_stride * (int64_t)size, from_step = from_stride * (int64_t)size;
    for (int64_t i = 0; i < count; i++) {
        memcpy(to, from, size);
        to += to_step;
        from += from_step;
    }
}

static void move(const cornu_move *m, size_t size, char *to, const char *from) {
    int outer = m->rank > 0 ? m->rank - 1 : 0; /* axes but the innermost */
    int64_t runs = 1, at[CORNU_MAX_RANK] = {0};
    for (int i = 0; i < outer; i++) runs *= m->dims[i];
    int64_t count = m->rank > 0 ? m->dims[outer] : 1;
    if (runs == 0 || count == 0) return;
    int64_t to_stride = m->rank > 0 ? m->target_strides[outer] : 1;
    int64_t from_stride = m->rank > 0 ? m->source_strides[outer] : 1;
    int64_t to_at = m->target_offset, from_at = m->source_offset;
    for (int64_t run = 0; run < runs; run++) {
        copy_run(
            size, to + to_at * (int64_t)size, to_stride, from + from_at * (int64_t)size,
            from_stride, count
        );
        for (int axis = outer - 1; axis >= 0; axis--) { /* to the next run, like an odometer */
            to_at += m->target_strides[axis];
            from_at += m->source_strides[axis];
            if (++at[axis] < m->dims[axis]) break;
            at[axis] = 0;
            to_at -= m->dims[axis] * m->target_strides[axis];
            from_at -= m->dims[axis] * m->source_strides[axis];
        }
    }
}

/* Filling is a move from one element that is read again and again. */
static void fill(const cornu_operand *out, double value, size_t size, char *to) {
    double element; /* room for an element of any type */
    cornu_store_double_at_(out->dtype, &element, 0, value);
    cornu_move m = {.rank = out->rank};
    memcpy(m.dims, out->dims, sizeof m.dims);
    memcpy(m.target_strides, out->strides, sizeof m.target_strides);
    move(&m, size, to, (const char *)&element);
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    (void)workspace;
    const cornu_operand *out = cornu_reference_out_(desc);
    int sources = cornu_reference_out_at_(desc);
    size_t size = cornu_dtype_size(out->dtype);
    if (desc->fill) fill(out, desc->value[0], size, buffers[sources]);
    for (int i = 0; i < sources; i++) move(&desc->moves[i], size, buffers[sources], buffers[i]);
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_move_ = {"move", check, NULL, run};
