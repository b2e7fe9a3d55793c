/* An allocator that counts, and that fails at a chosen call (after SQLite's test_malloc.c). */
#ifndef CORNU_TESTS_FAILING_ALLOCATOR_H
#define CORNU_TESTS_FAILING_ALLOCATOR_H

#include <cornu/error.h>
#include <stddef.h>

/* Puts the counting allocator in place. Before anything else of cornu allocates: first thing in
 * CORNU_TESTS. */
void cornu_test_allocator_install(void);

/* The n-th allocation from now on fails once (1: the next one); 0: none. */
void cornu_test_allocator_fail(size_t n);

/* Blocks that are allocated and not yet freed. */
size_t cornu_test_allocator_live(void);

/* Runs `body` once undisturbed, so that what the library keeps for good exists, then with its 1st,
 * 2nd, 3rd, ... allocation failing until it comes through. Every failing run must return
 * CORNU_ENOMEM and free all it took. Returns NULL, or what is wrong; `*runs` is the number of
 * failing runs. */
const char *cornu_test_every_failure(cornu_status (*body)(void *user), void *user, size_t *runs);

#endif
