/* Shapes: sizes of axes, their product, their text. */
#include "tensor/tensor.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

cornu_shape cornu_shape_make(const int64_t *dims, size_t rank) {
    cornu_shape shape = {0};
    if (rank > CORNU_MAX_RANK) {
        /* A rank that no tensor has: whatever takes the shape reports it (cornu_shape_check_). */
        shape.rank = rank < INT32_MAX ? (int)rank : INT32_MAX;
        return shape;
    }
    shape.rank = (int)rank;
    for (size_t i = 0; i < rank; i++) shape.dims[i] = dims[i];
    return shape;
}

static bool valid_rank(const cornu_shape *shape) {
    return shape->rank >= 0 && shape->rank <= CORNU_MAX_RANK;
}

bool cornu_shape_known_(const cornu_shape *shape) {
    if (!valid_rank(shape)) return false;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] < 0) return false;
    }
    return true;
}

int64_t cornu_shape_size(const cornu_shape *shape) {
    if (!shape || !cornu_shape_known_(shape)) return -1;
    int64_t size = 1;
    bool overflow = false;
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] == 0) return 0; /* whatever the others are */
        overflow |= __builtin_mul_overflow(size, shape->dims[i], &size);
    }
    return overflow ? -1 : size;
}

bool cornu_shape_equal(const cornu_shape *a, const cornu_shape *b) {
    if (!a || !b || a->rank != b->rank || !valid_rank(a)) return false;
    for (int i = 0; i < a->rank; i++) {
        if (a->dims[i] != b->dims[i]) return false;
    }
    return true;
}

const char *cornu_shape_format(const cornu_shape *shape, char *text, size_t size) {
    if (size == 0) return text;
    if (!shape || !valid_rank(shape)) {
        (void)snprintf(text, size, "(no shape)");
        return text;
    }
    char all[256]; /* 8 * (20 digits + ", ") + "()" and the end */
    size_t length = 0;
    all[length++] = '(';
    for (int i = 0; i < shape->rank; i++) {
        const char *comma = i ? ", " : "";
        int written =
            shape->dims[i] < 0
                ? snprintf(all + length, sizeof all - length, "%sNone", comma)
                : snprintf(all + length, sizeof all - length, "%s%" PRId64, comma, shape->dims[i]);
        if (written > 0) length += (size_t)written;
    }
    (void)snprintf(all + length, sizeof all - length, shape->rank == 1 ? ",)" : ")");
    (void)snprintf(text, size, "%s", all);
    return text;
}

void cornu_shape_strides_(const cornu_shape *shape, int64_t *strides) {
    int64_t stride = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        strides[i] = stride;
        stride *= shape->dims[i];
    }
}

cornu_status cornu_shape_check_(
    cornu_dtype dtype, const cornu_shape *shape, int64_t *elements, size_t *bytes
) {
    size_t item = cornu_dtype_size(dtype);
    if (dtype == CORNU_STRING)
        CORNU_FAIL(
            CORNU_EDTYPE, "a tensor of strings is made by cornu_tensor_from_strings, and no op "
                          "gives one"
        );
    if (item == 0) CORNU_FAIL(CORNU_EDTYPE, "there is no dtype with the number %d", (int)dtype);
    if (!valid_rank(shape)) {
        CORNU_FAIL(
            CORNU_ESHAPE, "a tensor has from 0 to %d axes, not %d", CORNU_MAX_RANK, shape->rank
        );
    }
    char text[256];
    for (int i = 0; i < shape->rank; i++) {
        if (shape->dims[i] < 0) {
            CORNU_FAIL(
                CORNU_ESHAPE,
                "size %" PRId64 " of axis %d is negative; a tensor with values has "
                "known sizes",
                shape->dims[i], i
            );
        }
    }
    *elements = cornu_shape_size(shape);
    if (*elements < 0 || (uint64_t)*elements > (uint64_t)PTRDIFF_MAX / item) {
        CORNU_FAIL(
            CORNU_ESHAPE, "shape %s of %s is larger than any memory",
            cornu_shape_format(shape, text, sizeof text), cornu_dtype_name(dtype)
        );
    }
    *bytes = (size_t)*elements * item;
    return CORNU_OK;
}
