/* Buffers that tensors share. */
#include "base/memory.h"
#include "tensor/tensor.h"

static void host_free(void *buffer, size_t size) {
    (void)size;
    cornu_free_(buffer);
}

static const cornu_buffer_source host = {NULL, cornu_alloc_aligned_, host_free};
static _Thread_local const cornu_buffer_source *source;

void cornu_buffer_source_use_(const cornu_buffer_source *chosen) { source = chosen; }

static void destroy(void *object) {
    cornu_storage *storage = object;
    if (storage->free) {
        storage->free(storage->data, storage->size);
    } else if (storage->release) {
        storage->release(storage->release_user);
    }
    cornu_free_(storage);
}

cornu_storage *cornu_storage_new_(size_t size) {
    const cornu_buffer_source *from = source ? source : &host;
    cornu_storage *storage = cornu_alloc_(sizeof *storage);
    if (!storage) return NULL;
    storage->data = from->alloc(size);
    if (!storage->data) {
        cornu_free_(storage);
        return NULL;
    }
    storage->backend = from->backend;
    storage->free = from->free;
    storage->size = size;
    cornu_object_init_(storage, destroy);
    cornu_storage_renew_(storage);
    return storage;
}

void cornu_storage_renew_(cornu_storage *storage) {
    static atomic_uint_fast64_t latest;
    atomic_store_explicit(
        &storage->contents, 1 + atomic_fetch_add_explicit(&latest, 1, memory_order_relaxed),
        memory_order_relaxed
    );
}

cornu_storage *cornu_storage_wrap_(
    void *data, size_t size, void (*release)(void *user), void *user
) {
    cornu_storage *storage = cornu_alloc_(sizeof *storage);
    if (!storage) return NULL;
    storage->data = data;
    storage->size = size;
    storage->release = release;
    storage->release_user = user;
    cornu_object_init_(storage, destroy);
    return storage;
}

bool cornu_storage_exclusive_(const cornu_storage *storage) {
    /* acquire: what a former holder read or wrote is over before the caller writes */
    return atomic_load_explicit(&storage->object.references, memory_order_acquire) == 1;
}
