/* Allocation: the default is the C library's; a program or a test may put its own functions in its
 * place. */
#include "base/memory.h"

#include <errno.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

enum { small_alignment = 16, large_alignment = 64 };

/* Of this size on, buffers ask for huge pages: a pass over some megabytes otherwise misses the
 * processor's table of addresses at every fourth kilobyte, which costs a training step up to a
 * fifth of its time. */
static const size_t huge_page = (size_t)2 << 20;

static void *default_allocate(size_t size, size_t alignment, void *user) {
    (void)user;
    void *memory = NULL;
    bool huge = alignment == large_alignment && size >= huge_page;
    if (posix_memalign(&memory, huge ? huge_page : alignment, size) != 0) return NULL;
#if defined(MADV_HUGEPAGE)
    /* a wish that the kernel may refuse; whole small pages alone */
    if (huge) (void)madvise(memory, size & ~(size_t)4095, MADV_HUGEPAGE);
#endif
    return memory;
}

static void default_release(void *memory, void *user) {
    (void)user;
    free(memory);
}

/* Set before the first allocation (base.h), therefore without a lock. */
static struct {
    void *(*allocate)(size_t size, size_t alignment, void *user);
    void (*release)(void *memory, void *user);
    void *user;
} hooks = {default_allocate, default_release, NULL};

static atomic_uint_fast64_t allocations;

static _Thread_local uint64_t block_limit = UINT64_MAX;

uint64_t cornu_block_limit_begin_(uint64_t bytes) {
    uint64_t before = block_limit;
    if (bytes != 0 && bytes < before) block_limit = bytes;
    return before;
}

void cornu_block_limit_end_(uint64_t before) { block_limit = before; }

static void *allocate(size_t size, size_t alignment) {
    atomic_fetch_add_explicit(&allocations, 1, memory_order_relaxed);
    if (size > block_limit)
        CORNU_FAIL_NULL(
            CORNU_ENOMEM,
            "%zu bytes in one piece are far more than a model from a file of this size should "
            "need; load it as trusted if it is your own",
            size
        );
    /* Larger blocks exist nowhere, and below this limit nobody's rounding up can overflow. */
    void *memory = NULL;
    if (size <= PTRDIFF_MAX - 2 * (size_t)large_alignment) {
        memory = hooks.allocate(size ? size : 1, alignment, hooks.user);
    }
    if (!memory) (void)cornu_error_set(CORNU_ENOMEM, NULL, 0, "out of memory: %zu bytes", size);
    return memory;
}

void cornu_set_allocator(
    void *(*allocate_hook)(size_t size, size_t alignment, void *user),
    void (*release_hook)(void *memory, void *user), void *user
) {
    bool custom = allocate_hook && release_hook;
    hooks.allocate = custom ? allocate_hook : default_allocate;
    hooks.release = custom ? release_hook : default_release;
    hooks.user = custom ? user : NULL;
}

void cornu_free(void *memory) { cornu_free_(memory); }

void *cornu_allocate(size_t size) { return cornu_alloc_(size); }

void *cornu_alloc_(size_t size) {
    void *memory = allocate(size, small_alignment);
    return memory ? memset(memory, 0, size ? size : 1) : NULL;
}

void *cornu_alloc_array_(size_t count, size_t size) {
    size_t bytes;
    if (__builtin_mul_overflow(count, size, &bytes)) {
        (void)cornu_error_set(CORNU_ENOMEM, NULL, 0, "out of memory: %zu x %zu bytes", count, size);
        return NULL;
    }
    return cornu_alloc_(bytes);
}

void *cornu_alloc_aligned_(size_t size) { return allocate(size, large_alignment); }

void cornu_fill_soon_(void *memory, size_t size) {
#ifdef MADV_POPULATE_WRITE
    const uintptr_t page = 4096, start = (uintptr_t)memory;
    uintptr_t begin = (start + page - 1) / page * page, end = (start + size) / page * page;
    if (begin >= end) return;
    int code = errno; /* advice: where it is not taken all goes on as before */
    (void)madvise((char *)memory + (begin - start), end - begin, MADV_POPULATE_WRITE);
    errno = code;
#else
    (void)memory, (void)size;
#endif
}

void *cornu_realloc_(void *memory, size_t old_size, size_t size) {
    /* by copy, since hooks have no realloc */
    void *grown = allocate(size, small_alignment);
    if (!grown) return NULL;
    size_t kept = memory ? (old_size < size ? old_size : size) : 0;
    if (kept) memcpy(grown, memory, kept);
    if (size > kept) memset((char *)grown + kept, 0, size - kept);
    cornu_free_(memory);
    return grown;
}

void cornu_free_(void *memory) {
    if (memory) hooks.release(memory, hooks.user);
}

char *cornu_strdup_(const char *text) {
    if (!text) return NULL;
    size_t size = strlen(text) + 1;
    char *copy = allocate(size, small_alignment);
    return copy ? memcpy(copy, text, size) : NULL;
}

char *cornu_vformat_(const char *format, va_list arguments) {
    va_list again;
    va_copy(again, arguments);
    int length = vsnprintf(NULL, 0, format, again);
    va_end(again);
    if (length < 0) CORNU_FAIL_NULL(CORNU_EINVAL, "format '%s' cannot be written", format);
    char *text = allocate((size_t)length + 1, small_alignment);
    if (text) (void)vsnprintf(text, (size_t)length + 1, format, arguments);
    return text;
}

char *cornu_format_(const char *format, ...) {
    va_list arguments;
    va_start(arguments, format);
    char *text = cornu_vformat_(format, arguments);
    va_end(arguments);
    return text;
}

cornu_status cornu_reserve_(void **items, size_t *capacity, size_t needed, size_t item_size) {
    if (needed <= *capacity) return CORNU_OK;
    size_t grown = *capacity < 4 ? 4 : *capacity;
    while (grown < needed) {
        if (__builtin_mul_overflow(grown, (size_t)2, &grown)) grown = needed;
    }
    size_t bytes;
    if (__builtin_mul_overflow(grown, item_size, &bytes)) {
        CORNU_FAIL(CORNU_ENOMEM, "out of memory: %zu x %zu bytes", grown, item_size);
    }
    void *memory = cornu_realloc_(*items, *capacity * item_size, bytes);
    if (!memory) return CORNU_ENOMEM;
    *items = memory;
    *capacity = grown;
    return CORNU_OK;
}

uint64_t cornu_allocation_count_(void) {
    return atomic_load_explicit(&allocations, memory_order_relaxed);
}
