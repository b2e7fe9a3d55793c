/* Allocation, texts and maps. */
#include "support/support.h"

#include "base/map.h"
#include "base/memory.h"
#include "base/text.h"
#include "support/failing_allocator.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

START_TEST(memory_is_zeroed_aligned_and_never_null_for_size_0) {
    for (size_t size = 0; size < 300; size += 37) {
        unsigned char *memory = cornu_alloc_(size);
        ck_assert_ptr_nonnull(memory);
        ck_assert_uint_eq((uintptr_t)memory % 16, 0);
        for (size_t i = 0; i < size; i++) ck_assert_uint_eq(memory[i], 0);
        memset(memory, 0xff, size);
        cornu_free_(memory);
        memory = cornu_alloc_aligned_(size);
        ck_assert_uint_eq((uintptr_t)memory % 64, 0);
        cornu_free_(memory);
    }
}
END_TEST

START_TEST(sizes_that_overflow_are_out_of_memory) {
    assert_fails(cornu_alloc_array_(SIZE_MAX / 2, 3), CORNU_ENOMEM, "out of memory");
    assert_fails(cornu_alloc_(SIZE_MAX), CORNU_ENOMEM, "out of memory");
    assert_fails(cornu_alloc_aligned_(SIZE_MAX - 10), CORNU_ENOMEM, "out of memory");
    int *items = NULL;
    size_t capacity = 0;
    assert_fails(CORNU_RESERVE_(items, capacity, SIZE_MAX), CORNU_ENOMEM, "out of memory");
    ck_assert_uint_eq(capacity, 0);
}
END_TEST

START_TEST(growing_keeps_the_old_and_zeroes_the_new) {
    char *memory = cornu_strdup_("abc");
    memory = cornu_realloc_(memory, 4, 100);
    ck_assert_str_eq(memory, "abc");
    for (int i = 3; i < 100; i++) ck_assert_int_eq(memory[i], 0);
    cornu_test_allocator_fail(1);
    assert_fails(cornu_realloc_(memory, 100, 200), CORNU_ENOMEM, "200 bytes");
    ck_assert_str_eq(memory, "abc");
    cornu_free_(memory);
    ck_assert_ptr_null(cornu_strdup_(NULL));
}
END_TEST

START_TEST(allocations_are_counted) {
    uint64_t before = cornu_allocation_count_();
    cornu_free_(cornu_format_("%d", 5));
    ck_assert_uint_eq(cornu_allocation_count_() - before, 1);
}
END_TEST

START_TEST(texts_grow_by_pieces) {
    cornu_text text = {0};
    for (int i = 0; i < 100; i++) cornu_text_format_(&text, "%d,", i);
    cornu_text_add_(&text, "end");
    cornu_text_repeat_(&text, '.', 3);
    char *result = cornu_text_take_(&text);
    ck_assert_uint_eq(strlen(result), 10 * 2 + 90 * 3 + 6);
    ck_assert(cornu_starts_with_(result, "0,1,2,") && cornu_ends_with_(result, "99,end..."));
    cornu_free_(result);
    result = cornu_text_take_(&text);
    ck_assert_str_eq(result, "");
    cornu_free_(result);
}
END_TEST

START_TEST(a_text_that_ran_out_of_memory_stays_failed) {
    cornu_text text = {0};
    cornu_text_add_(&text, "abc");
    cornu_test_allocator_fail(1);
    cornu_text_repeat_(&text, 'x', 1000);
    cornu_text_add_(&text, "more");
    assert_fails(cornu_text_take_(&text), CORNU_ENOMEM, "out of memory");
}
END_TEST

START_TEST(misspelt_names_find_what_was_meant) {
    static const char *const names[] = {"relu", "sigmoid", NULL, "softmax", "softplus", "tanh"};
    ck_assert_str_eq(cornu_closest_("sigmiod", names, 6), "sigmoid");
    ck_assert_str_eq(cornu_closest_("ReLU", names, 6), "relu");
    ck_assert_str_eq(cornu_closest_("softmx", names, 6), "softmax");
    ck_assert_ptr_null(cornu_closest_("convolution", names, 6));
    ck_assert_uint_eq(cornu_edit_distance_("abcd", "acbd"), 1);
    ck_assert_uint_eq(cornu_edit_distance_("", "abc"), 3);
    ck_assert_uint_eq(cornu_edit_distance_("kitten", "sitting"), 3);
}
END_TEST

START_TEST(class_names_become_snake_case_as_in_keras) {
    static const char *const pairs[][2] = {
        {"Dense", "dense"},
        {"BatchNormalization", "batch_normalization"},
        {"Conv2D", "conv2d"},
        {"Conv2DTranspose", "conv2d_transpose"},
        {"LSTMCell", "lstm_cell"},
        {"PReLU", "p_re_lu"},
        {"LeakyReLU", "leaky_re_lu"},
        {"GlobalAveragePooling2D", "global_average_pooling2d"},
        {"ELU", "elu"},
        {"MyLayer_2", "my_layer_2"},
    };
    char snake[64];
    for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
        ck_assert_str_eq(cornu_to_snake_case_(pairs[i][0], snake, sizeof snake), pairs[i][1]);
    }
    ck_assert_str_eq(cornu_to_snake_case_("BatchNormalization", snake, 6), "batch");
}
END_TEST

/* A map against a plain array, under random insertions and removals. */
START_TEST(a_map_holds_what_was_put_and_not_removed) {
    enum { keys = 200 };
    static int values[keys];
    bool there[keys] = {false};
    cornu_map numbers = {0}, texts = {0};
    srand(1);
    for (int step = 0; step < 20000; step++) {
        int key = rand() % keys;
        char name[16];
        snprintf(name, sizeof name, "key %d", key);
        if (rand() % 2) {
            assert_ok(cornu_map_put_(&numbers, (uint64_t)key * 8, &values[key]));
            assert_ok(cornu_map_put_text_(&texts, name, &values[key]));
            there[key] = true;
        } else {
            void *expected = there[key] ? &values[key] : NULL;
            ck_assert_ptr_eq(cornu_map_remove_(&numbers, (uint64_t)key * 8), expected);
            ck_assert_ptr_eq(cornu_map_remove_text_(&texts, name), expected);
            there[key] = false;
        }
        int probe = rand() % keys;
        snprintf(name, sizeof name, "key %d", probe);
        void *expected = there[probe] ? &values[probe] : NULL;
        ck_assert_ptr_eq(cornu_map_get_(&numbers, (uint64_t)probe * 8), expected);
        ck_assert_ptr_eq(cornu_map_get_text_(&texts, name), expected);
    }
    size_t count = 0, position = 0;
    const cornu_map_slot *slot;
    while (cornu_map_next_(&numbers, &position, &slot)) {
        ck_assert_ptr_eq(slot->value, &values[slot->key / 8]);
        count++;
    }
    ck_assert_uint_eq(count, numbers.count);
    ck_assert_uint_eq(texts.count, numbers.count);
    cornu_map_free_(&numbers);
    cornu_map_free_(&texts);
}
END_TEST

static cornu_status fill_map(void *user) {
    (void)user;
    cornu_map map = {0};
    cornu_status status = CORNU_OK;
    for (int i = 0; i < 20 && status == CORNU_OK; i++) {
        char name[16];
        snprintf(name, sizeof name, "%d", i);
        status = cornu_map_put_text_(&map, name, &map);
        if (status != CORNU_OK) ck_assert_uint_eq(map.count, (size_t)i);
    }
    cornu_map_free_(&map);
    return status;
}

START_TEST(a_map_without_memory_stays_as_it_was) {
    size_t runs;
    const char *wrong = cornu_test_every_failure(fill_map, NULL, &runs);
    ck_assert_msg(!wrong, "%s", wrong);
}
END_TEST

CORNU_TESTS(memory) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "memory");
    tcase_add_test(tc, memory_is_zeroed_aligned_and_never_null_for_size_0);
    tcase_add_test(tc, sizes_that_overflow_are_out_of_memory);
    tcase_add_test(tc, growing_keeps_the_old_and_zeroes_the_new);
    tcase_add_test(tc, allocations_are_counted);
    tcase_add_test(tc, texts_grow_by_pieces);
    tcase_add_test(tc, a_text_that_ran_out_of_memory_stays_failed);
    tcase_add_test(tc, misspelt_names_find_what_was_meant);
    tcase_add_test(tc, class_names_become_snake_case_as_in_keras);
    tcase_add_test(tc, a_map_holds_what_was_put_and_not_removed);
    tcase_add_test(tc, a_map_without_memory_stays_as_it_was);
}
