/* Lists of different lengths: keeping them, and making rows of them.
 * keras/src/utils/sequence_utils.py, keras/src/utils/numerical_utils.py */
#include "data/sequences.h"
#include "base/memory.h"
#include "tensor/tensor.h"
#include <math.h>
#include <string.h>

cornu_sequences *cornu_sequences_empty_(void) {
    cornu_sequences *self = cornu_alloc_(sizeof *self);
    if (!self) return NULL;
    if (CORNU_RESERVE_(self->starts, self->capacity, 1) == CORNU_OK) return self;
    cornu_free_(self);
    return NULL;
}

cornu_status cornu_sequences_add_(cornu_sequences *self, const int32_t *items, size_t length) {
    size_t start = self->starts[self->count];
    CORNU_TRY(CORNU_RESERVE_(self->starts, self->capacity, self->count + 2));
    CORNU_TRY(CORNU_RESERVE_(self->values, self->value_capacity, start + length));
    if (items && length > 0) memcpy(self->values + start, items, length * sizeof *items);
    self->starts[++self->count] = start + length;
    return CORNU_OK;
}

cornu_sequences *cornu_sequences_new(
    const int32_t *const *items, const size_t *lengths, size_t count
) {
    if (count > 0 && (!items || !lengths))
        return (void)cornu_error_null(items ? "lengths" : "items"), NULL;
    cornu_sequences *self = cornu_sequences_empty_();
    cornu_status status = self ? CORNU_OK : CORNU_ENOMEM;
    for (size_t i = 0; i < count && status == CORNU_OK; i++)
        status = items[i] || lengths[i] == 0 ? cornu_sequences_add_(self, items[i], lengths[i])
                                             : cornu_error_null("a list");
    if (status == CORNU_OK) return self;
    cornu_sequences_free(self);
    return NULL;
}

void cornu_sequences_free(cornu_sequences *self) {
    if (!self) return;
    cornu_free_(self->values);
    cornu_free_(self->starts);
    cornu_free_(self);
}

size_t cornu_sequences_count(const cornu_sequences *self) { return self->count; }

const int32_t *cornu_sequences_get(const cornu_sequences *self, size_t index, size_t *length) {
    static const int32_t none;
    if (index >= self->count) return NULL;
    if (length) *length = self->starts[index + 1] - self->starts[index];
    return self->values ? self->values + self->starts[index] : &none;
}

/* ---- rows ------------------------------------------------------------------------------------ */

static cornu_status read_side(const char *name, const char *text, bool *pre) {
    *pre = text && strcmp(text, "pre") == 0;
    if (*pre || (text && strcmp(text, "post") == 0)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "%s must be \"pre\" or \"post\", got \"%s\"", name, text ? text : "(null)"
    );
}

static cornu_status choose_length(const cornu_pad_sequences_args *args, int64_t *length) {
    *length = args->maxlen;
    if (*length == CORNU_NONE) {
        *length = 0;
        for (size_t i = 0; i < args->sequences->count; i++) {
            size_t own;
            (void)cornu_sequences_get(args->sequences, i, &own);
            if ((int64_t)own > *length) *length = (int64_t)own;
        }
    }
    if (*length >= 1) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "rows need at least one column, %s",
        args->maxlen == CORNU_NONE ? "and all sequences are empty: give a maxlen"
                                   : "so that maxlen must be at least 1"
    );
}

/* A row of doubles, which every type can be made of. */
static void fill_row(
    const int32_t *items, size_t size, bool cut_front, bool pad_front, double *row, size_t room
) {
    size_t kept = size < room ? size : room;
    const int32_t *from = cut_front ? items + (size - kept) : items;
    double *to = pad_front ? row + (room - kept) : row;
    for (size_t i = 0; i < kept; i++) to[i] = from[i];
}

static cornu_tensor *pad(const cornu_pad_sequences_args *args) {
    bool pad_front, cut_front;
    int64_t length;
    const cornu_sequences *from = args->sequences;
    if (!from) return (void)cornu_error_null("sequences"), NULL;
    if (read_side("padding", args->padding, &pad_front) != CORNU_OK ||
        read_side("truncating", args->truncating, &cut_front) != CORNU_OK ||
        choose_length(args, &length) != CORNU_OK)
        return NULL;
    int64_t count = (int64_t)from->count;
    cornu_tensor *rows = cornu_tensor_uninitialised_(CORNU_FLOAT64, cornu_shape(count, length));
    if (!rows) return NULL;
    double *values = rows->storage->data;
    for (int64_t i = 0; i < count * length; i++) values[i] = args->value;
    for (int64_t i = 0; i < count; i++) {
        size_t size;
        const int32_t *items = cornu_sequences_get(from, (size_t)i, &size);
        fill_row(items, size, cut_front, pad_front, values + i * length, (size_t)length);
    }
    cornu_tensor *made = cornu_tensor_converted_(rows, args->dtype);
    cornu_tensor_free(rows);
    return made;
}

/* Whole numbers have no fractions, and boundaries; they are looked at in the type itself. */
static cornu_status check_value(const cornu_pad_sequences_args *args) {
    if (args->dtype == CORNU_STRING)
        CORNU_FAIL(CORNU_EDTYPE, "numbers cannot become texts (CORNU_STRING)");
    if (cornu_dtype_is_float(args->dtype)) return CORNU_OK;
    cornu_tensor *one = cornu_tensor_from(CORNU_FLOAT64, (cornu_shape){0}, &args->value);
    cornu_tensor *made = one ? cornu_tensor_converted_(one, args->dtype) : NULL;
    bool whole = isfinite(args->value) && args->value == floor(args->value);
    bool kept = made && whole && cornu_tensor_get(made, 0) == args->value;
    cornu_tensor_free(one);
    cornu_tensor_free(made);
    if (!made) return cornu_error_status();
    if (kept) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "the value %g is none of the type %s", args->value,
        cornu_dtype_name(args->dtype)
    );
}

cornu_tensor *cornu_pad_sequences_with(const cornu_pad_sequences_args *args) {
    cornu_tensor *made = check_value(args) == CORNU_OK ? pad(args) : NULL;
    if (!made) (void)cornu_error_context("pad_sequences");
    return made;
}

/* ---- labels ---------------------------------------------------------------------------------- */

/* The largest label; all must be whole numbers from 0 on. */
static cornu_status check_labels(const cornu_tensor *x, int64_t classes, int64_t *largest) {
    *largest = -1;
    for (int64_t i = 0; i < x->size; i++) {
        double label = cornu_tensor_get(x, i);
        bool fits = label >= 0 && label == floor(label) && label < (double)INT32_MAX;
        if (!fits || (classes != CORNU_NONE && label >= (double)classes))
            CORNU_FAIL(
                CORNU_EINVAL, "to_categorical: label %lld is %g, which is no class", (long long)i,
                label
            );
        if ((int64_t)label > *largest) *largest = (int64_t)label;
    }
    return CORNU_OK;
}

cornu_tensor *cornu_to_categorical(cornu_tensor *x, int64_t num_classes) {
    int64_t largest;
    if (!x) return (void)cornu_error_null("x"), NULL;
    if (!cornu_tensor_has_data(x) || x->dtype == CORNU_STRING)
        CORNU_FAIL_NULL(CORNU_EDTYPE, "to_categorical: labels are numbers");
    if (num_classes != CORNU_NONE && num_classes < 1)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "to_categorical: num_classes must be at least 1, got %lld",
            (long long)num_classes
        );
    if (check_labels(x, num_classes, &largest) != CORNU_OK) return NULL;
    int64_t classes = num_classes == CORNU_NONE ? largest + 1 : num_classes;
    cornu_shape shape = x->shape;
    bool column = shape.rank > 1 && shape.dims[shape.rank - 1] == 1;
    if (!column && shape.rank == CORNU_MAX_RANK)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "to_categorical: labels of %d axes", shape.rank);
    if (!column) shape.rank++;
    shape.dims[shape.rank - 1] = classes;
    cornu_tensor *made = cornu_tensor_new(CORNU_FLOAT32, shape);
    for (int64_t i = 0; made && i < x->size; i++)
        ((float *)made->storage->data)[i * classes + (int64_t)cornu_tensor_get(x, i)] = 1;
    return made;
}
