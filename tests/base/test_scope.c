/* Reference counts, scopes, threads and clocks. */
#include "support/support.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/object.h"
#include "base/thread.h"
#include "support/failing_allocator.h"

#include <cornu/tensor.h>
#include <stdio.h>
#include <string.h>

static atomic_int alive;

static void destroy(void *object) {
    alive--;
    cornu_free_(object);
}

static cornu_object *make(void) {
    cornu_object *object = cornu_alloc_(sizeof *object);
    if (object) {
        cornu_object_init_(object, destroy);
        alive++;
    }
    return object;
}

START_TEST(the_last_reference_destroys) {
    cornu_object *object = make();
    ck_assert_ptr_eq(cornu_object_retain_(object), object);
    cornu_object_release_(object);
    ck_assert_int_eq(alive, 1);
    cornu_object_release_(object);
    ck_assert_int_eq(alive, 0);
    cornu_object_release_(NULL);
    ck_assert_ptr_null(cornu_object_retain_(NULL));
}
END_TEST

START_TEST(a_scope_frees_what_was_made_inside) {
    CORNU_SCOPE {
        cornu_scope_add_(make());
        CORNU_SCOPE { cornu_scope_add_(make()); }
        ck_assert_int_eq(alive, 1);
        for (int i = 0; i < 100; i++) cornu_scope_add_(make());
        ck_assert_int_eq(alive, 101);
    }
    ck_assert_int_eq(alive, 0);
}
END_TEST

static int leave_early(int way) {
    for (int i = 0; i < 2; i++) {
        CORNU_SCOPE {
            cornu_scope_add_(make());
            if (way == 1) break; /* leaves the block, not the loop */
            if (way == 2) return 7;
        }
        ck_assert_int_eq(alive, 0);
    }
    return 5;
}

START_TEST(break_and_return_end_the_scope) {
    ck_assert_int_eq(leave_early(1), 5);
    ck_assert_int_eq(leave_early(2), 7);
    ck_assert_int_eq(alive, 0);
}
END_TEST

START_TEST(ending_a_scope_ends_those_inside_it) {
    cornu_scope *outer = cornu_scope_begin();
    cornu_scope *inner = cornu_scope_begin();
    cornu_scope_add_(make());
    (void)cornu_scope_begin();
    cornu_scope_add_(make());
    cornu_scope_end(outer);
    ck_assert_int_eq(alive, 0);
    cornu_scope_end(inner); /* ended already */
    cornu_scope_end(NULL);
}
END_TEST

START_TEST(keep_moves_one_scope_outward) {
    cornu_tensor *kept = NULL;
    CORNU_SCOPE {
        CORNU_SCOPE {
            CORNU_SCOPE {
                (void)cornu_scalar(1);
                kept = cornu_keep(cornu_scalar(2));
                (void)cornu_scalar(3);
            }
            ck_assert_double_eq(cornu_tensor_item(kept), 2);
            ck_assert_ptr_eq(cornu_keep(kept), kept);
        }
        ck_assert_double_eq(cornu_tensor_item(kept), 2);
    }
    assert_fails(cornu_keep(NULL), CORNU_EINVAL, "is NULL");
}
END_TEST

START_TEST(keep_leaves_alone_what_is_not_of_the_innermost_scope) {
    cornu_tensor *mine = cornu_tensor_new(CORNU_FLOAT32, cornu_shape());
    CORNU_SCOPE { ck_assert_ptr_eq(cornu_keep(mine), mine); }
    ck_assert_double_eq(cornu_tensor_item(mine), 0);
    cornu_tensor_free(mine);
}
END_TEST

static void add_to_root(void *user) {
    (void)user;
    cornu_scope_add_(make());
    (void)cornu_scope_begin(); /* left open */
    cornu_scope_add_(make());
}

START_TEST(a_thread_that_ends_frees_its_scopes) {
    size_t before = cornu_test_allocator_live();
    cornu_thread thread;
    assert_ok(cornu_thread_start_(&thread, add_to_root, NULL));
    cornu_thread_join_(&thread);
    ck_assert_int_eq(alive, 0);
    ck_assert_uint_eq(cornu_test_allocator_live(), before);
}
END_TEST

START_TEST(scopes_that_follow_one_another_allocate_nothing) {
    CORNU_SCOPE { cornu_scope_add_(make()); }
    cornu_object *object = make();
    uint64_t before = cornu_allocation_count_();
    CORNU_SCOPE { cornu_scope_add_(object); }
    ck_assert_uint_eq(cornu_allocation_count_(), before);
}
END_TEST

static cornu_status nest(void *user) {
    (void)user;
    cornu_status status = CORNU_ENOMEM;
    CORNU_SCOPE {
        for (int i = 0; i < 20; i++) cornu_scope_add_(make());
        CORNU_SCOPE {
            cornu_tensor *kept = cornu_keep(cornu_scalar(1));
            status = kept ? CORNU_OK : CORNU_ENOMEM;
        }
    }
    ck_assert_int_eq(alive, 0);
    return cornu_error_status() == CORNU_OK ? status : cornu_error_status();
}

static void nest_without_memory(void *user) {
    /* in a new thread, whose stack of scopes is made under failures too */
    static size_t runs;
    *(const char **)user = cornu_test_every_failure(nest, NULL, &runs);
}

START_TEST(without_memory_scopes_fail_and_free_all_the_same) {
    const char *wrong = NULL;
    cornu_thread thread;
    assert_ok(cornu_thread_start_(&thread, nest_without_memory, &wrong));
    cornu_thread_join_(&thread);
    ck_assert_msg(!wrong, "%s", wrong);
}
END_TEST

static void count_up(void *user) {
    cornu_object *object = user;
    for (int i = 0; i < 10000; i++) {
        cornu_object_retain_(object);
        cornu_object_release_(object);
    }
    cornu_object_release_(object);
}

START_TEST(references_are_counted_across_threads) {
    cornu_object *object = make();
    cornu_thread threads[4];
    for (int i = 0; i < 4; i++) {
        assert_ok(cornu_thread_start_(&threads[i], count_up, cornu_object_retain_(object)));
    }
    for (int i = 0; i < 4; i++) cornu_thread_join_(&threads[i]);
    ck_assert_int_eq(alive, 1);
    cornu_object_release_(object);
    ck_assert_int_eq(alive, 0);
}
END_TEST

START_TEST(dates_are_written_as_keras_writes_them) {
    char text[20];
    int parts[6], read = 0;
    int count = sscanf(
        cornu_clock_date_(text, sizeof text), "%4d-%2d-%2d@%2d:%2d:%2d%n", &parts[0], &parts[1],
        &parts[2], &parts[3], &parts[4], &parts[5], &read
    );
    ck_assert_int_eq(count, 6);
    ck_assert_int_eq(read, 19);
    double before = cornu_clock_seconds_();
    ck_assert_double_ge(cornu_clock_seconds_(), before);
}
END_TEST

CORNU_TESTS(scope) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "scope");
    tcase_add_test(tc, the_last_reference_destroys);
    tcase_add_test(tc, a_scope_frees_what_was_made_inside);
    tcase_add_test(tc, break_and_return_end_the_scope);
    tcase_add_test(tc, ending_a_scope_ends_those_inside_it);
    tcase_add_test(tc, keep_moves_one_scope_outward);
    tcase_add_test(tc, keep_leaves_alone_what_is_not_of_the_innermost_scope);
    tcase_add_test(tc, a_thread_that_ends_frees_its_scopes);
    tcase_add_test(tc, scopes_that_follow_one_another_allocate_nothing);
    tcase_add_test(tc, without_memory_scopes_fail_and_free_all_the_same);
    tcase_add_test(tc, references_are_counted_across_threads);
    tcase_add_test(tc, dates_are_written_as_keras_writes_them);
}
