/* See the header. The counters are atomic, since the library allocates from worker threads too. */
#include "support/failing_allocator.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/types.h>

static atomic_size_t live;
static atomic_long countdown; /* allocations until one fails; below 1: off */
static atomic_bool has_failed;

static void *allocate(size_t size, size_t alignment, void *user) {
    (void)user;
    if (atomic_load(&countdown) > 0 && atomic_fetch_sub(&countdown, 1) == 1) {
        atomic_store(&has_failed, true);
        return NULL;
    }
    void *memory = NULL;
    if (posix_memalign(&memory, alignment, size > 0 ? size : 1) != 0) return NULL;
    atomic_fetch_add(&live, 1);
    return memory;
}

static void release(void *memory, void *user) {
    (void)user;
    if (memory != NULL) atomic_fetch_sub(&live, 1);
    free(memory);
}

void cornu_test_allocator_install(void) { cornu_set_allocator(allocate, release, NULL); }

void cornu_test_allocator_fail(size_t n) {
    atomic_store(&has_failed, false);
    atomic_store(&countdown, (long)n);
}

size_t cornu_test_allocator_live(void) { return atomic_load(&live); }

const char *cornu_test_every_failure(cornu_status (*body)(void *user), void *user, size_t *runs) {
    static char text[512];
    *runs = 0;
    if (body(user) != CORNU_OK) {
        snprintf(text, sizeof text, "fails undisturbed: %s", cornu_error_message());
        return text;
    }
    for (size_t n = 1;; n++) {
        size_t before = cornu_test_allocator_live();
        cornu_test_allocator_fail(n);
        cornu_status status = body(user);
        bool failed = atomic_load(&has_failed);
        cornu_test_allocator_fail(0);
        if (!failed && status == CORNU_OK) return NULL;
        *runs = n;
        if (status != CORNU_ENOMEM) {
            snprintf(
                text, sizeof text, "allocation %zu fails, but the call gives %s (%s)", n,
                cornu_status_name(status), cornu_error_message()
            );
            return text;
        }
        cornu_error_clear();
        if (cornu_test_allocator_live() != before) {
            snprintf(
                text, sizeof text, "allocation %zu fails, and %zd blocks stay behind", n,
                (ssize_t)(cornu_test_allocator_live() - before)
            );
            return text;
        }
    }
}
