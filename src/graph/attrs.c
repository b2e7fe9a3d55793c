/* Settings of ops, compared member by member: structs have gaps whose bytes say nothing. */
#include "graph/op.h"

#include <string.h>

static bool equal_axes(const cornu_axis_list *a, const cornu_axis_list *b) {
    return a->count == b->count &&
           memcmp(a->axis, b->axis, (size_t)a->count * sizeof *a->axis) == 0;
}

bool cornu_attrs_equal_(const cornu_attrs *a, const cornu_attrs *b) {
    return cornu_shape_equal(&a->shape, &b->shape) && equal_axes(&a->axes, &b->axes) &&
           memcmp(a->start, b->start, sizeof a->start) == 0 &&
           memcmp(a->step, b->step, sizeof a->step) == 0 &&
           memcmp(a->value, b->value, sizeof a->value) == 0 && a->count == b->count &&
           a->dtype == b->dtype && a->code == b->code && a->keepdims == b->keepdims &&
           a->transpose_a == b->transpose_a && a->transpose_b == b->transpose_b &&
           a->reverse == b->reverse && a->exclusive == b->exclusive && a->flag == b->flag;
}
