/* Rows of batches, by views where nothing needs to be copied. */
#include "data/rows.h"
#include "base/memory.h"
#include "tensor/tensor.h"
#include <string.h>

static void release(void *user) { cornu_tensor_free(user); }

static size_t row_bytes(const cornu_tensor *tensor) {
    int64_t rows = tensor->shape.dims[0];
    return rows > 0 ? (size_t)(tensor->size / rows) * cornu_dtype_size(tensor->dtype) : 0;
}

cornu_tensor *cornu_rows_view_(cornu_tensor *tensor, int64_t first, int64_t count) {
    if (tensor->dtype == CORNU_STRING) return cornu_strings_rows_(tensor, NULL, first, count);
    cornu_shape shape = tensor->shape;
    char *data = (char *)tensor->storage->data + (size_t)first * row_bytes(tensor);
    shape.dims[0] = count;
    cornu_tensor *owner = cornu_tensor_retain(tensor);
    cornu_tensor *view = cornu_tensor_wrap(tensor->dtype, shape, data, release, owner);
    if (!view) cornu_tensor_free(owner);
    return view;
}

cornu_tensor *cornu_rows_gather_(const cornu_tensor *tensor, const int64_t *order, int64_t count) {
    if (tensor->dtype == CORNU_STRING) return cornu_strings_rows_(tensor, order, 0, count);
    cornu_shape shape = tensor->shape;
    size_t bytes = row_bytes(tensor);
    shape.dims[0] = count;
    cornu_tensor *made = cornu_tensor_uninitialised_(tensor->dtype, shape);
    for (int64_t i = 0; made && i < count; i++)
        memcpy(
            (char *)made->storage->data + (size_t)i * bytes,
            (const char *)tensor->storage->data + (size_t)order[i] * bytes, bytes
        );
    return made;
}

cornu_status cornu_batch_reserve_(cornu_batch *batch, size_t inputs, size_t targets) {
    batch->inputs = cornu_alloc_array_(inputs, sizeof *batch->inputs);
    batch->targets = cornu_alloc_array_(targets, sizeof *batch->targets);
    if (!batch->inputs || !batch->targets) return cornu_batch_clear(batch), CORNU_ENOMEM;
    batch->input_count = inputs;
    batch->target_count = targets;
    return CORNU_OK;
}

cornu_status cornu_batch_reserve_weights_(cornu_batch *batch, size_t count) {
    if (count == 0) return CORNU_OK;
    batch->sample_weights = cornu_alloc_array_(count, sizeof *batch->sample_weights);
    if (!batch->sample_weights) return cornu_batch_clear(batch), CORNU_ENOMEM;
    batch->sample_weight_count = count;
    return CORNU_OK;
}

/* Room for what another batch has. */
static cornu_status reserve_like(const cornu_batch *from, cornu_batch *to) {
    *to = (cornu_batch){0};
    CORNU_TRY(cornu_batch_reserve_(to, from->input_count, from->target_count));
    return cornu_batch_reserve_weights_(to, from->sample_weight_count);
}

cornu_tensor **cornu_batch_place_(cornu_batch *batch, size_t index) {
    if (index < batch->input_count) return &batch->inputs[index];
    index -= batch->input_count;
    if (index < batch->target_count) return &batch->targets[index];
    index -= batch->target_count;
    return batch->sample_weight_count ? &batch->sample_weights[index] : &batch->sample_weight;
}

static cornu_tensor *tensor_at(const cornu_batch *batch, size_t index) {
    return *cornu_batch_place_((cornu_batch *)(uintptr_t)batch, index);
}

size_t cornu_batch_tensor_count_(const cornu_batch *batch) {
    size_t weights = batch->sample_weight_count;
    if (weights == 0) weights = batch->sample_weight != NULL;
    return batch->input_count + batch->target_count + weights;
}

cornu_status cornu_batch_share_(const cornu_batch *from, cornu_batch *to) {
    CORNU_TRY(reserve_like(from, to));
    for (size_t i = 0; i < cornu_batch_tensor_count_(from); i++)
        *cornu_batch_place_(to, i) = cornu_tensor_retain(tensor_at(from, i));
    to->size = from->size;
    return CORNU_OK;
}

cornu_status cornu_batch_rows_(
    const cornu_batch *from, int64_t first, int64_t count, cornu_batch *to
) {
    CORNU_TRY(reserve_like(from, to));
    for (size_t i = 0; i < cornu_batch_tensor_count_(from); i++) {
        cornu_tensor *view = cornu_rows_view_(tensor_at(from, i), first, count);
        if (!view) return cornu_batch_clear(to), cornu_error_status();
        *cornu_batch_place_(to, i) = view;
    }
    to->size = count;
    return CORNU_OK;
}

/* Whether rows of b can follow rows of a. */
static cornu_status check_fit(const cornu_tensor *a, const cornu_tensor *b) {
    cornu_shape wanted = a->shape;
    char one[256], other[256];
    if (a->dtype != b->dtype)
        CORNU_FAIL(
            CORNU_EDTYPE, "elements of %s and of %s cannot be in one batch",
            cornu_dtype_name(a->dtype), cornu_dtype_name(b->dtype)
        );
    if (wanted.rank > 0 && b->shape.rank > 0) wanted.dims[0] = b->shape.dims[0];
    if (wanted.rank > 0 && cornu_shape_equal(&wanted, &b->shape)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ESHAPE, "elements of shapes %s and %s cannot be in one batch",
        cornu_shape_format(&a->shape, one, sizeof one),
        cornu_shape_format(&b->shape, other, sizeof other)
    );
}

/* The bytes of strings stay where they are. */
static cornu_tensor *join_strings(const cornu_batch *parts, size_t count, size_t index) {
    cornu_tensor **all = cornu_alloc_array_(count, sizeof *all);
    for (size_t i = 0; all && i < count; i++) all[i] = tensor_at(&parts[i], index);
    cornu_tensor *made = all ? cornu_strings_join_(all, count) : NULL;
    cornu_free_(all);
    return made;
}

static cornu_status join(
    const cornu_batch *parts, size_t count, size_t index, int64_t rows, cornu_tensor **made
) {
    const cornu_tensor *first = tensor_at(&parts[0], index);
    cornu_shape shape = first->shape;
    for (size_t i = 1; i < count; i++) CORNU_TRY(check_fit(first, tensor_at(&parts[i], index)));
    if (first->dtype == CORNU_STRING) {
        *made = join_strings(parts, count, index);
        return *made ? CORNU_OK : cornu_error_status();
    }
    shape.dims[0] = rows;
    *made = cornu_tensor_uninitialised_(first->dtype, shape);
    if (!*made) return cornu_error_status();
    char *to = (*made)->storage->data;
    for (size_t i = 0; i < count; i++) {
        const cornu_tensor *part = tensor_at(&parts[i], index);
        size_t bytes = (size_t)part->size * cornu_dtype_size(part->dtype);
        if (bytes) memcpy(to, part->storage->data, bytes);
        to += bytes;
    }
    return CORNU_OK;
}

cornu_status cornu_batch_join_(const cornu_batch *parts, size_t count, cornu_batch *to) {
    if (count == 1) return cornu_batch_share_(&parts[0], to);
    *to = (cornu_batch){0};
    int64_t rows = 0;
    for (size_t i = 0; i < count; i++) {
        rows += parts[i].size;
        if (parts[i].input_count != parts[0].input_count ||
            parts[i].target_count != parts[0].target_count ||
            parts[i].sample_weight_count != parts[0].sample_weight_count ||
            (parts[i].sample_weight != NULL) != (parts[0].sample_weight != NULL))
            CORNU_FAIL(
                CORNU_ESHAPE, "elements with different numbers of inputs, targets and weights "
                              "cannot be in one batch"
            );
    }
    CORNU_TRY(reserve_like(&parts[0], to));
    for (size_t i = 0; i < cornu_batch_tensor_count_(&parts[0]); i++) {
        cornu_status status = join(parts, count, i, rows, cornu_batch_place_(to, i));
        if (status != CORNU_OK) return cornu_batch_clear(to), status;
    }
    to->size = rows;
    return CORNU_OK;
}
