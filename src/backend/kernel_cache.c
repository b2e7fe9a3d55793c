/* The kernel cache: creating a kernel may compile code, looking one up must cost next to nothing,
 * since eager mode does it for every op. Two levels: each thread remembers its latest kernels in a
 * small direct-mapped table that needs no lock; behind it stands one chained hash table under a
 * lock.
 *
 * Kernels are created outside the lock, so that one slow creation does not hold up other threads;
 * if two threads create the same kernel, the first one stays and the other is thrown away. */
#include "backend/kernel.h"

#include "base/memory.h"
#include <cornu/threads.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <threads.h>

typedef struct entry entry;
struct entry {
    entry *next;
    uint64_t hash;
    const cornu_backend *backend;
    int threads;
    cornu_kernel_desc *desc; /* owned */
    cornu_kernel *kernel;    /* owned */
};

static struct {
    entry **buckets;
    size_t bucket_count; /* a power of two, or 0 */
    size_t count;
} cache;

/* Held for a walk along one chain; a spin lock needs no set-up and cannot fail. */
static atomic_flag cache_lock = ATOMIC_FLAG_INIT;

static void lock(void) {
    while (atomic_flag_test_and_set_explicit(&cache_lock, memory_order_acquire)) thrd_yield();
}

static void unlock(void) { atomic_flag_clear_explicit(&cache_lock, memory_order_release); }

/* Moves on when the cache is cleared: what threads remember from before must not be looked at any
 * more. */
static atomic_uint_fast64_t generation = 1;

#define RECENT 128 /* kernels that a thread remembers; a power of two */
static _Thread_local struct {
    uint64_t generation;
    const entry *found;
} recent[RECENT];

/* Leak checkers see an empty heap at the end. */
static void clear_at_exit(void) {
    static atomic_flag asked = ATOMIC_FLAG_INIT;
    if (!atomic_flag_test_and_set(&asked)) (void)atexit(cornu_kernel_cache_clear_);
}

static bool entry_is(
    const entry *e, uint64_t hash, const cornu_backend *backend, int threads,
    const cornu_kernel_desc *desc
) {
    return e->hash == hash && e->backend == backend && e->threads == threads &&
           cornu_kernel_desc_equal_(e->desc, desc);
}

static void entry_free(entry *e) {
    if (e->kernel != NULL) e->kernel->destroy(e->kernel);
    cornu_free_(e->desc);
    cornu_free_(e);
}

/* With the lock held. */
static entry *find(
    uint64_t hash, const cornu_backend *backend, int threads, const cornu_kernel_desc *desc
) {
    if (cache.bucket_count == 0) return NULL;
    entry *e = cache.buckets[hash & (cache.bucket_count - 1)];
    while (e != NULL && !entry_is(e, hash, backend, threads, desc)) e = e->next;
    return e;
}

/* With the lock held. Keeps chains at one entry on average. */
static cornu_status grow(void) {
    if (cache.count < cache.bucket_count) return CORNU_OK;
    size_t size = cache.bucket_count > 0 ? 2 * cache.bucket_count : 256;
    entry **buckets = cornu_alloc_array_(size, sizeof *buckets);
    if (buckets == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < cache.bucket_count; i++) {
        for (entry *e = cache.buckets[i], *next; e != NULL; e = next) {
            next = e->next;
            e->next = buckets[e->hash & (size - 1)];
            buckets[e->hash & (size - 1)] = e;
        }
    }
    cornu_free_(cache.buckets);
    cache.buckets = buckets;
    cache.bucket_count = size;
    return CORNU_OK;
}

/* Tries the backend, then the reference. Only the reference explains why it cannot. */
static cornu_status create(
    const cornu_backend *backend, const cornu_kernel_desc *desc, cornu_kernel **kernel
) {
    cornu_status status = backend->kernel_create(desc, kernel);
    if (status == CORNU_EUNSUPPORTED && backend != &cornu_backend_reference_)
        status = cornu_backend_reference_.kernel_create(desc, kernel);
    return status;
}

static entry *entry_new(
    uint64_t hash, const cornu_backend *backend, int threads, const cornu_kernel_desc *desc,
    cornu_status *status
) {
    entry *e = cornu_alloc_(sizeof *e);
    *status = CORNU_ENOMEM;
    if (e == NULL) return NULL;
    e->hash = hash;
    e->backend = backend;
    e->threads = threads;
    e->desc = cornu_kernel_desc_copy_(desc);
    if (e->desc != NULL) *status = create(backend, desc, &e->kernel);
    if (*status == CORNU_OK) return e;
    e->kernel = NULL;
    entry_free(e);
    return NULL;
}

/* Takes `made`; gives the entry that stays, or NULL with CORNU_ENOMEM. */
static entry *insert(entry *made) {
    lock();
    entry *stays = find(made->hash, made->backend, made->threads, made->desc);
    entry *goes = made;
    if (stays == NULL && grow() == CORNU_OK) {
        entry **bucket = &cache.buckets[made->hash & (cache.bucket_count - 1)];
        made->next = *bucket;
        *bucket = made;
        cache.count++;
        stays = made;
        goes = NULL;
    }
    unlock();
    if (goes != NULL) entry_free(goes);
    return stays;
}

cornu_status cornu_kernel_get_(
    const cornu_backend *backend, const cornu_kernel_desc *desc, const cornu_kernel **kernel
) {
    int threads = cornu_num_threads();
    uint64_t hash = cornu_kernel_desc_hash_(desc);
    uint64_t now = atomic_load_explicit(&generation, memory_order_acquire);
    size_t slot = (hash >> 20) & (RECENT - 1); /* not the bits that pick the bucket */
    if (recent[slot].generation == now &&
        entry_is(recent[slot].found, hash, backend, threads, desc)) {
        *kernel = recent[slot].found->kernel;
        return CORNU_OK;
    }

    lock();
    entry *found = find(hash, backend, threads, desc);
    unlock();
    if (found == NULL) {
        cornu_status status;
        entry *made = entry_new(hash, backend, threads, desc, &status);
        if (made == NULL) return status;
        found = insert(made);
        if (found == NULL) return CORNU_ENOMEM;
        clear_at_exit();
    }
    recent[slot].generation = now;
    recent[slot].found = found;
    *kernel = found->kernel;
    return CORNU_OK;
}

void cornu_kernel_cache_clear_(void) {
    lock();
    atomic_fetch_add_explicit(&generation, 1, memory_order_acq_rel);
    entry **buckets = cache.buckets;
    size_t bucket_count = cache.bucket_count;
    cache.buckets = NULL;
    cache.bucket_count = 0;
    cache.count = 0;
    unlock();
    for (size_t i = 0; i < bucket_count; i++) {
        for (entry *e = buckets[i], *next; e != NULL; e = next) {
            next = e->next;
            entry_free(e);
        }
    }
    cornu_free_(buckets);
}
