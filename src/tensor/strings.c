/* Tensors of byte strings: an array of pointers and lengths, with the bytes behind it in the same
 * block, or, for rows taken of another tensor, in the block of that one, which is kept. */
#include "base/memory.h"
#include "tensor/tensor.h"

#include <inttypes.h>
#include <string.h>

/* The number of strings, at most as many as an array can hold; -1 with CORNU_ESHAPE. */
static int64_t count_of(const cornu_shape *shape) {
    int64_t count = cornu_shape_size(shape);
    char text[256];
    if (count >= 0 && (uint64_t)count <= SIZE_MAX / 2 / sizeof(cornu_bytes)) return count;
    (void)cornu_error_set(
        CORNU_ESHAPE, NULL, 0, "there can be no tensor of strings of shape %s",
        cornu_shape_format(shape, text, sizeof text)
    );
    return -1;
}

/* A tensor over an array of its own; `array` is taken, also on failure. */
static cornu_tensor *make(cornu_shape shape, void *array, void (*release)(void *user), void *user) {
    cornu_storage *storage = cornu_storage_wrap_(array, 0, NULL, NULL);
    cornu_tensor *tensor = storage ? cornu_tensor_abstract_(CORNU_STRING, shape) : NULL;
    if (tensor) {
        storage->release = release;
        storage->release_user = user;
        tensor->storage = storage;
        return tensor;
    }
    cornu_object_release_(storage);
    release(user);
    return NULL;
}

/* The bytes of `items`, each followed by a 0, copied behind a new array of them. */
cornu_tensor *cornu_tensor_from_bytes(cornu_shape shape, const cornu_bytes *items) {
    int64_t count = count_of(&shape);
    if (count < 0) return NULL;
    if (count > 0 && !items) return (void)cornu_error_null("cornu_tensor_from_bytes: items"), NULL;
    size_t bytes = (size_t)count * sizeof *items;
    for (int64_t i = 0; i < count; i++) {
        if (!items[i].data && items[i].size > 0)
            return (void)cornu_error_null("cornu_tensor_from_bytes: data of an item"), NULL;
        if (__builtin_add_overflow(bytes, items[i].size, &bytes) ||
            __builtin_add_overflow(bytes, (size_t)1, &bytes))
            CORNU_FAIL_NULL(CORNU_ENOMEM, "the strings are longer than the memory can be");
    }
    cornu_bytes *array = cornu_alloc_(bytes > 0 ? bytes : 1);
    if (!array) return NULL;
    char *next = (char *)(array + count);
    for (int64_t i = 0; i < count; i++) {
        array[i] = (cornu_bytes){next, items[i].size};
        if (items[i].size > 0) memcpy(next, items[i].data, items[i].size);
        next[items[i].size] = '\0';
        next += items[i].size + 1;
    }
    return make(shape, array, cornu_free_, array);
}

cornu_tensor *cornu_tensor_from_strings(cornu_shape shape, const char *const *texts) {
    int64_t count = count_of(&shape);
    if (count < 0) return NULL;
    cornu_bytes *items = cornu_alloc_array_((size_t)count, sizeof *items);
    if (!items) return NULL;
    cornu_tensor *tensor = NULL;
    bool complete = count == 0 || texts;
    for (int64_t i = 0; i < count && complete; i++) {
        complete = texts[i] != NULL;
        if (complete) items[i] = (cornu_bytes){texts[i], strlen(texts[i])};
    }
    if (complete) tensor = cornu_tensor_from_bytes(shape, items);
    else (void)cornu_error_null("cornu_tensor_from_strings: text");
    cornu_free_(items);
    return tensor;
}

static const cornu_bytes *array_of(const cornu_tensor *tensor) { return tensor->storage->data; }

cornu_bytes cornu_tensor_bytes(const cornu_tensor *tensor, int64_t index) {
    static const cornu_bytes none;
    if (!tensor) return (void)cornu_error_null("cornu_tensor_bytes: tensor"), none;
    if (tensor->dtype != CORNU_STRING) {
        (void)cornu_error_set(
            CORNU_EDTYPE, NULL, 0, "a tensor of strings is wanted, this one holds %s",
            cornu_dtype_name(tensor->dtype)
        );
        return none;
    }
    if (!tensor->storage) {
        (void)cornu_error_set(
            CORNU_ESTATE, NULL, 0,
            "strings were read while a step was being traced, when they have no values; compile "
            "with run_eagerly"
        );
        return none;
    }
    if (index >= 0 && index < tensor->size) return array_of(tensor)[index];
    (void)cornu_error_set(
        CORNU_EINVAL, NULL, 0,
        "cornu_tensor_bytes: no element %" PRId64 " in a tensor of %" PRId64 " elements", index,
        tensor->size
    );
    return none;
}

/* ---- parts of tensors ---- */

/* An array of strings whose bytes lie in other storages. */
typedef struct shared_strings {
    size_t owner_count;
    cornu_storage **owners;
    cornu_bytes items[];
} shared_strings;

static void shared_free(void *user) {
    shared_strings *shared = user;
    for (size_t i = 0; i < shared->owner_count; i++) cornu_object_release_(shared->owners[i]);
    cornu_free_(shared->owners);
    cornu_free_(shared);
}

static shared_strings *shared_new(int64_t count, size_t owners) {
    shared_strings *shared = cornu_alloc_(sizeof *shared + (size_t)count * sizeof *shared->items);
    if (!shared) return NULL;
    shared->owners = cornu_alloc_array_(owners, sizeof *shared->owners);
    if (shared->owners) return shared;
    cornu_free_(shared);
    return NULL;
}

static void share(shared_strings *shared, const cornu_tensor *tensor) {
    shared->owners[shared->owner_count++] = cornu_object_retain_(tensor->storage);
}

cornu_tensor *cornu_strings_rows_(
    const cornu_tensor *tensor, const int64_t *order, int64_t first, int64_t count
) {
    cornu_shape shape = tensor->shape;
    shape.dims[0] = count;
    int64_t row = tensor->shape.dims[0] > 0 ? tensor->size / tensor->shape.dims[0] : 0;
    shared_strings *shared = shared_new(row * count, 1);
    if (!shared) return NULL;
    share(shared, tensor);
    for (int64_t i = 0; i < count && row > 0; i++) {
        int64_t from = order ? order[i] : first + i;
        memcpy(
            shared->items + i * row, array_of(tensor) + from * row,
            (size_t)row * sizeof *shared->items
        );
    }
    return make(shape, shared->items, shared_free, shared);
}

cornu_tensor *cornu_strings_join_(cornu_tensor *const *parts, size_t count) {
    cornu_shape shape = parts[0]->shape;
    int64_t total = 0, next = 0;
    shape.dims[0] = 0;
    for (size_t i = 0; i < count; i++) {
        shape.dims[0] += parts[i]->shape.dims[0];
        total += parts[i]->size;
    }
    shared_strings *shared = shared_new(total, count);
    if (!shared) return NULL;
    for (size_t i = 0; i < count; i++) {
        share(shared, parts[i]);
        if (parts[i]->size > 0)
            memcpy(
                shared->items + next, array_of(parts[i]),
                (size_t)parts[i]->size * sizeof *shared->items
            );
        next += parts[i]->size;
    }
    return make(shape, shared->items, shared_free, shared);
}

cornu_tensor *cornu_strings_view_(const cornu_tensor *tensor, cornu_shape shape) {
    cornu_tensor *view = cornu_tensor_view_(tensor, shape);
    if (view) view->id = tensor->id;
    return view;
}

bool cornu_strings_equal_(const cornu_tensor *a, const cornu_tensor *b) {
    for (int64_t i = 0; i < a->size; i++) {
        cornu_bytes x = array_of(a)[i], y = array_of(b)[i];
        if (x.size != y.size || memcmp(x.data, y.data, x.size) != 0) return false;
    }
    return true;
}
