/* Settings of ops, compared member by member: structs have gaps whose bytes say nothing. */
#include "graph/op.h"

#include <string.h>

static bool equal_axes(const cornu_axis_list *a, const cornu_axis_list *b) {
    return a->count == b->count &&
           memcmp(a->axis, b->axis, (size_t)a->count * sizeof *a->axis) == 0;
}

/* Bit for bit: a NaN equals itself here, and 0 is not -0. */
static bool equal_numbers(const double *a, const double *b, size_t count) {
    for (size_t i = 0; i < count; i++) {
        uint64_t x, y;
        memcpy(&x, &a[i], sizeof x);
        memcpy(&y, &b[i], sizeof y);
        if (x != y) return false;
    }
    return true;
}

bool cornu_attrs_equal_(const cornu_attrs *a, const cornu_attrs *b) {
    return cornu_shape_equal(&a->shape, &b->shape) && equal_axes(&a->axes, &b->axes) &&
           memcmp(a->start, b->start, sizeof a->start) == 0 &&
           memcmp(a->step, b->step, sizeof a->step) == 0 &&
           cornu_stencil_equal_(&a->stencil, &b->stencil) &&
           equal_numbers(a->value, b->value, sizeof a->value / sizeof a->value[0]) &&
           a->count == b->count && a->dtype == b->dtype && a->code == b->code &&
           a->keepdims == b->keepdims && a->transpose_a == b->transpose_a &&
           a->transpose_b == b->transpose_b && a->reverse == b->reverse &&
           a->exclusive == b->exclusive && a->flag == b->flag;
}
