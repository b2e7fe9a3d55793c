/* Tensors: makers, getters, comparison. */
#include "tensor/tensor.h"

#include "base/memory.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

uint64_t cornu_tensor_id_(void) {
    static atomic_uint_fast64_t last;
    return atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
}

static void destroy(void *object) {
    cornu_tensor *tensor = object;
    if (tensor->history && tensor->history_free) tensor->history_free(tensor->history);
    cornu_object_release_(tensor->storage);
    if (tensor->variable) {
        cornu_free_(tensor->variable->name);
        cornu_free_(tensor->variable->path);
    }
    cornu_free_(tensor->variable);
    cornu_free_(tensor);
}

/* Takes the reference to `storage`, also on failure. */
static cornu_tensor *make(
    cornu_dtype dtype, const cornu_shape *shape, int64_t size, cornu_storage *storage
) {
    cornu_tensor *tensor = cornu_alloc_(sizeof *tensor);
    if (!tensor) {
        cornu_object_release_(storage);
        return NULL;
    }
    cornu_object_init_(tensor, destroy);
    tensor->id = cornu_tensor_id_();
    tensor->dtype = dtype;
    tensor->shape = *shape;
    tensor->size = size;
    tensor->storage = storage;
    return tensor;
}

cornu_tensor *cornu_tensor_abstract_(cornu_dtype dtype, cornu_shape shape) {
    if (cornu_dtype_size(dtype) == 0 && dtype != CORNU_STRING) {
        CORNU_FAIL_NULL(CORNU_EDTYPE, "there is no dtype with the number %d", (int)dtype);
    }
    if (shape.rank < 0 || shape.rank > CORNU_MAX_RANK) {
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "a tensor has from 0 to %d axes, not %d", CORNU_MAX_RANK, shape.rank
        );
    }
    for (int i = 0; i < shape.rank; i++) {
        if (shape.dims[i] < -1) {
            CORNU_FAIL_NULL(
                CORNU_ESHAPE, "size %" PRId64 " of axis %d: only -1 stands for unknown",
                shape.dims[i], i
            );
        }
    }
    return make(dtype, &shape, cornu_shape_size(&shape), NULL);
}

cornu_tensor *cornu_tensor_uninitialised_(cornu_dtype dtype, cornu_shape shape) {
    int64_t size;
    size_t bytes;
    if (cornu_shape_check_(dtype, &shape, &size, &bytes) != CORNU_OK) return NULL;
    cornu_storage *storage = cornu_storage_new_(bytes);
    return storage ? make(dtype, &shape, size, storage) : NULL;
}

cornu_tensor *cornu_tensor_over_(cornu_dtype dtype, cornu_shape shape, cornu_storage *storage) {
    int64_t size;
    size_t bytes;
    if (cornu_shape_check_(dtype, &shape, &size, &bytes) != CORNU_OK) return NULL;
    if (bytes > storage->size) {
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "a buffer of %zu bytes is too small for %zu", storage->size, bytes
        );
    }
    return make(dtype, &shape, size, cornu_object_retain_(storage));
}

cornu_tensor *cornu_tensor_new(cornu_dtype dtype, cornu_shape shape) {
    cornu_tensor *tensor = cornu_tensor_uninitialised_(dtype, shape);
    /* all zero bits are 0 in every type */
    if (tensor && tensor->size) memset(tensor->storage->data, 0, tensor->storage->size);
    return tensor;
}

cornu_tensor *cornu_tensor_from(cornu_dtype dtype, cornu_shape shape, const void *data) {
    cornu_tensor *tensor = cornu_tensor_uninitialised_(dtype, shape);
    if (!tensor || tensor->size == 0) return tensor;
    if (!data) {
        (void)cornu_error_null("cornu_tensor_from: data");
        cornu_tensor_free(tensor);
        return NULL;
    }
    memcpy(tensor->storage->data, data, tensor->storage->size);
    return tensor;
}

/* Whether it is a tensor with values; otherwise the error is set. `what` names it:
 * "cornu_tensor_copy: tensor". */
static bool has_values(const cornu_tensor *tensor, const char *what) {
    if (!tensor) {
        (void)cornu_error_null(what);
        return false;
    }
    if (cornu_variable_traced_() && (tensor->trace || tensor->variable)) {
        (void)cornu_error_set(
            CORNU_ESTATE, NULL, 0,
            "%s: a value was read while the step was being traced, when it has none; compute with "
            "ops, or compile with "
            "run_eagerly",
            what
        );
        return false;
    }
    if (!tensor->storage) {
        char text[256];
        (void)cornu_error_set(
            CORNU_ESTATE, NULL, 0, "%s: a symbolic tensor of shape %s has no values", what,
            cornu_shape_format(&tensor->shape, text, sizeof text)
        );
        return false;
    }
    return true;
}

/* The same for a tensor of numbers. */
static bool has_numbers(const cornu_tensor *tensor, const char *what) {
    if (!has_values(tensor, what)) return false;
    if (tensor->dtype != CORNU_STRING) return true;
    (void)cornu_error_set(
        CORNU_EDTYPE, NULL, 0, "%s: it holds strings (cornu_tensor_bytes), not numbers", what
    );
    return false;
}

cornu_tensor *cornu_tensor_copy(const cornu_tensor *tensor) {
    if (!has_values(tensor, "cornu_tensor_copy: tensor")) return NULL;
    /* strings never change, so that two tensors may share them */
    if (tensor->dtype == CORNU_STRING) return cornu_tensor_view_(tensor, tensor->shape);
    cornu_tensor *copy = cornu_tensor_from(tensor->dtype, tensor->shape, tensor->storage->data);
    if (copy) copy->weak = tensor->weak;
    return copy;
}

cornu_tensor *cornu_tensor_wrap(
    cornu_dtype dtype, cornu_shape shape, void *data, void (*release)(void *user), void *user
) {
    int64_t size;
    size_t bytes;
    if (cornu_shape_check_(dtype, &shape, &size, &bytes) != CORNU_OK) return NULL;
    if (!data && bytes) {
        (void)cornu_error_null("cornu_tensor_wrap: data");
        return NULL;
    }
    cornu_storage *storage = cornu_storage_wrap_(data, bytes, NULL, NULL);
    cornu_tensor *tensor = storage ? make(dtype, &shape, size, storage) : NULL;
    /* from here on only: after a failure the memory is still the caller's */
    if (tensor) {
        storage->release = release;
        storage->release_user = user;
    }
    return tensor;
}

cornu_tensor *cornu_tensor_view_(const cornu_tensor *tensor, cornu_shape shape) {
    if (!tensor) {
        (void)cornu_error_null("tensor to view");
        return NULL;
    }
    if (!tensor->storage) return cornu_tensor_abstract_(tensor->dtype, shape);
    int64_t size = cornu_shape_size(&shape);
    if (size > tensor->size) {
        char from[256], to[256];
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "shape %s has more elements than %s",
            cornu_shape_format(&shape, to, sizeof to),
            cornu_shape_format(&tensor->shape, from, sizeof from)
        );
    }
    cornu_tensor *view = make(tensor->dtype, &shape, size, cornu_object_retain_(tensor->storage));
    if (view) view->weak = tensor->weak;
    return view;
}

cornu_tensor *cornu_tensor_alias_(const cornu_tensor *tensor) {
    if (!tensor) {
        (void)cornu_error_null("tensor to alias");
        return NULL;
    }
    cornu_tensor *alias =
        make(tensor->dtype, &tensor->shape, tensor->size, cornu_object_retain_(tensor->storage));
    if (alias) {
        alias->id = tensor->id;
        alias->weak = tensor->weak;
        alias->trace = tensor->trace;
        alias->value = tensor->value;
    }
    return alias;
}

cornu_tensor *cornu_tensor_converted_(const cornu_tensor *tensor, cornu_dtype dtype) {
    if (!has_numbers(tensor, "tensor to convert")) return NULL;
    cornu_tensor *result = cornu_tensor_uninitialised_(dtype, tensor->shape);
    if (result) {
        cornu_convert_(
            dtype, result->storage->data, tensor->dtype, tensor->storage->data, (size_t)tensor->size
        );
    }
    return result;
}

cornu_tensor *cornu_scalar_of(cornu_dtype dtype, double value) {
    cornu_tensor *tensor = cornu_tensor_uninitialised_(dtype, cornu_shape());
    if (!tensor) return NULL;
    cornu_element_set_(dtype, tensor->storage->data, 0, value);
    return cornu_scope_add_(tensor);
}

cornu_tensor *cornu_scalar(double value) {
    cornu_tensor *tensor = cornu_scalar_of(CORNU_FLOAT32, value);
    if (tensor) tensor->weak = true;
    return tensor;
}

cornu_tensor *cornu_tensor_retain(cornu_tensor *tensor) { return cornu_object_retain_(tensor); }

void cornu_tensor_free(cornu_tensor *tensor) { cornu_object_release_(tensor); }

/* ---- getters ---- */
/* Given NULL they set the error and answer with something harmless: a chain of calls needs one
 * check, at its end. */

cornu_dtype cornu_tensor_dtype(const cornu_tensor *tensor) {
    if (tensor) return tensor->dtype;
    (void)cornu_error_null("cornu_tensor_dtype: tensor");
    return CORNU_FLOAT32;
}

const cornu_shape *cornu_tensor_shape(const cornu_tensor *tensor) {
    static const cornu_shape none = {0};
    if (tensor) return &tensor->shape;
    (void)cornu_error_null("cornu_tensor_shape: tensor");
    return &none;
}

int cornu_tensor_rank(const cornu_tensor *tensor) { return cornu_tensor_shape(tensor)->rank; }

int64_t cornu_tensor_dim(const cornu_tensor *tensor, int axis) {
    const cornu_shape *shape = cornu_tensor_shape(tensor);
    int index = axis < 0 ? axis + shape->rank : axis;
    if (index >= 0 && index < shape->rank) return shape->dims[index];
    if (tensor) {
        (void)cornu_error_set(
            CORNU_EINVAL, NULL, 0, "cornu_tensor_dim: no axis %d in a tensor of rank %d", axis,
            shape->rank
        );
    }
    return -1;
}

int64_t cornu_tensor_size(const cornu_tensor *tensor) {
    if (tensor) return tensor->size;
    (void)cornu_error_null("cornu_tensor_size: tensor");
    return 0;
}

bool cornu_tensor_has_data(const cornu_tensor *tensor) { return tensor && tensor->storage; }

const void *cornu_tensor_data(const cornu_tensor *tensor) {
    return has_numbers(tensor, "cornu_tensor_data: tensor") ? tensor->storage->data : NULL;
}

void *cornu_tensor_data_mut(cornu_tensor *tensor) {
    if (!has_numbers(tensor, "cornu_tensor_data_mut: tensor")) return NULL;
    if (!cornu_storage_exclusive_(tensor->storage)) {
        CORNU_FAIL_NULL(
            CORNU_ESTATE, "cornu_tensor_data_mut: the buffer is shared with other tensors; "
                          "cornu_tensor_copy gives one to write to"
        );
    }
    atomic_store_explicit(&tensor->storage->contents, 0, memory_order_relaxed);
    return tensor->storage->data;
}

double cornu_tensor_get(const cornu_tensor *tensor, int64_t index) {
    if (!has_numbers(tensor, "cornu_tensor_get: tensor")) return (double)NAN;
    if (index < 0 || index >= tensor->size) {
        (void)cornu_error_set(
            CORNU_EINVAL, NULL, 0,
            "cornu_tensor_get: no element %" PRId64 " in a tensor of %" PRId64 " elements", index,
            tensor->size
        );
        return (double)NAN;
    }
    return cornu_element_get_(tensor->dtype, tensor->storage->data, index);
}

double cornu_tensor_item(const cornu_tensor *tensor) {
    if (!has_numbers(tensor, "cornu_tensor_item: tensor")) return (double)NAN;
    if (tensor->size != 1) {
        char text[256];
        (void)cornu_error_set(
            CORNU_ESHAPE, NULL, 0, "cornu_tensor_item: shape %s does not have one element",
            cornu_shape_format(&tensor->shape, text, sizeof text)
        );
        return (double)NAN;
    }
    return cornu_element_get_(tensor->dtype, tensor->storage->data, 0);
}

bool cornu_tensor_equal(const cornu_tensor *a, const cornu_tensor *b) {
    if (!cornu_tensor_has_data(a) || !cornu_tensor_has_data(b)) return false;
    if (a->dtype != b->dtype || !cornu_shape_equal(&a->shape, &b->shape)) return false;
    if (a->dtype == CORNU_STRING) return cornu_strings_equal_(a, b);
    size_t bytes = (size_t)a->size * cornu_dtype_size(a->dtype);
    return bytes == 0 || memcmp(a->storage->data, b->storage->data, bytes) == 0;
}
