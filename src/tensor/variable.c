/* Variables and cornu_assign. Whoever holds a variable's old value (a tape, a user) keeps it: a
 * shared storage is replaced instead of written to. */
#include "tensor/tensor.h"

#include "base/memory.h"

#include <string.h>

/* Makes a variable of `tensor` (new, taken; NULL: could not be made). */
static cornu_tensor *named(cornu_tensor *tensor, const cornu_variable_args *args) {
    cornu_variable_part *part = tensor ? cornu_alloc_(sizeof *part) : NULL;
    if (part) {
        part->trainable = args->trainable;
        part->name = cornu_strdup_(args->name ? args->name : "variable");
        part->path = cornu_strdup_(args->path);
        tensor->weak = false;
        tensor->variable = part; /* freed with it */
        if (part->name && (part->path || !args->path)) return tensor;
    }
    (void)cornu_error_context("variable '%s'", args->name ? args->name : "variable");
    cornu_tensor_free(tensor);
    return NULL;
}

cornu_tensor *cornu_variable_new(const cornu_variable_args *args) {
    const cornu_tensor *value = args->value;
    if (!value) {
        (void)cornu_error_null("cornu_variable: value");
        return NULL;
    }
    if (value->dtype == CORNU_STRING)
        CORNU_FAIL_NULL(
            CORNU_EDTYPE, "cornu_variable: the value holds strings; variables hold "
                          "numbers"
        );
    return named(cornu_tensor_copy(value), args);
}

cornu_tensor *cornu_variable_uninitialised_(
    cornu_dtype dtype, cornu_shape shape, const cornu_variable_args *args
) {
    return named(cornu_tensor_uninitialised_(dtype, shape), args);
}

static _Thread_local cornu_assign_hook *assign_hook;

void cornu_variable_trace_(cornu_assign_hook *hook) { assign_hook = hook; }

bool cornu_variable_traced_(void) { return assign_hook != NULL; }

bool cornu_tensor_is_variable(const cornu_tensor *tensor) { return tensor && tensor->variable; }

const char *cornu_variable_name(const cornu_tensor *variable) {
    return cornu_tensor_is_variable(variable) ? variable->variable->name : "";
}

const char *cornu_variable_path(const cornu_tensor *variable) {
    bool has_path = cornu_tensor_is_variable(variable) && variable->variable->path;
    return has_path ? variable->variable->path : cornu_variable_name(variable);
}

bool cornu_variable_trainable(const cornu_tensor *variable) {
    return cornu_tensor_is_variable(variable) && variable->variable->trainable;
}

static atomic_uint_fast64_t generation;

uint64_t cornu_variable_generation_(void) {
    return atomic_load_explicit(&generation, memory_order_relaxed);
}

void cornu_variable_set_trainable(cornu_tensor *variable, bool trainable) {
    if (!cornu_tensor_is_variable(variable)) return;
    variable->variable->trainable = trainable;
    atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed);
}

void cornu_variable_set_storage_(cornu_tensor *variable, cornu_storage *storage) {
    cornu_storage *old = variable->storage;
    variable->storage = cornu_object_retain_(storage); /* before the release: it may be the same */
    cornu_object_release_(old);
}

void *cornu_variable_write_(cornu_tensor *variable, bool keep) {
    if (!cornu_storage_exclusive_(variable->storage)) {
        size_t bytes = (size_t)variable->size * cornu_dtype_size(variable->dtype);
        cornu_storage *own = cornu_storage_new_(bytes);
        if (!own) return NULL;
        if (keep && bytes) memcpy(own->data, variable->storage->data, bytes);
        cornu_object_release_(variable->storage);
        variable->storage = own;
    } else if (atomic_load_explicit(&variable->storage->contents, memory_order_relaxed) != 0) {
        cornu_storage_renew_(variable->storage);
    }
    return variable->storage->data;
}

/* Memory that comes from a backend is immutable while shared. Foreign memory is not ours to hold on
 * to, and a device's buffer stays on its device. */
static bool adoptable(const cornu_tensor *variable, const cornu_tensor *value) {
    const cornu_storage *storage = value->storage;
    size_t bytes = (size_t)value->size * cornu_dtype_size(value->dtype);
    return value->dtype == variable->dtype && storage->free && storage->size == bytes &&
           storage->backend == variable->storage->backend;
}

cornu_status cornu_assign(cornu_tensor *variable, cornu_tensor *value) {
    if (!variable) return cornu_error_null("cornu_assign: variable");
    if (!value) return cornu_error_null("cornu_assign: value");
    if (!variable->variable) CORNU_FAIL(CORNU_EINVAL, "cornu_assign: not a variable");
    const char *name = variable->variable->name;
    if (value->dtype == CORNU_STRING)
        CORNU_FAIL(CORNU_EDTYPE, "assign to variable '%s': the value holds strings", name);
    if (!cornu_shape_equal(&variable->shape, &value->shape)) {
        char wanted[256], given[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "assign to variable '%s': shape %s given, %s wanted", name,
            cornu_shape_format(&value->shape, given, sizeof given),
            cornu_shape_format(&variable->shape, wanted, sizeof wanted)
        );
    }
    if (assign_hook) return assign_hook(variable, value);
    if (!value->storage) {
        CORNU_FAIL(CORNU_ESTATE, "assign to variable '%s': a symbolic tensor has no values", name);
    }
    if (value->storage == variable->storage) return CORNU_OK;
    if (adoptable(variable, value)) {
        cornu_variable_set_storage_(variable, value->storage);
        cornu_storage_renew_(variable->storage); /* who wrote to the value has done so */
        return CORNU_OK;
    }
    void *target = cornu_variable_write_(variable, false);
    if (!target) return cornu_error_context("assign to variable '%s'", name);
    cornu_convert_(
        variable->dtype, target, value->dtype, value->storage->data, (size_t)value->size
    );
    return CORNU_OK;
}
