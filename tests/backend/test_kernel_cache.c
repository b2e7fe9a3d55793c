/* Descriptions as values, the choice of the backend, and the kernel cache. */
#include "base/memory.h"
#include "support/kernels.h"
#include "support/support.h"
#include <cornu/threads.h>
#include <pthread.h>
#include <string.h>

/* A backend that counts what it is asked for and knows nothing but iota. */
static int created, destroyed;

static void counted_destroy(cornu_kernel *kernel) {
    destroyed++;
    cornu_free_(kernel);
}

static cornu_status counted_create(const cornu_kernel_desc *desc, cornu_kernel **kernel) {
    if (desc->kind != CORNU_KERNEL_IOTA) return CORNU_EUNSUPPORTED;
    *kernel = cornu_alloc_(sizeof **kernel);
    if (*kernel == NULL) return CORNU_ENOMEM;
    (*kernel)->destroy = counted_destroy;
    (*kernel)->implementation = "counted";
    created++;
    return CORNU_OK;
}

static const cornu_backend counted = {.name = "counted", .kernel_create = counted_create};

static cornu_kernel_desc iota_of(const cornu_operand *o) {
    return (cornu_kernel_desc
    ){.kind = CORNU_KERNEL_IOTA, .operand_count = 1, .operands = o, .value = {0, 1}};
}

/* The struct's memory is first filled with `junk`, so that padding and unused entries differ. */
static void fill_operand(cornu_operand *o, int junk, int64_t n) {
    memset(o, junk, sizeof *o);
    o->dtype = CORNU_FLOAT32;
    o->rank = 1;
    o->dims[0] = n;
    o->strides[0] = 1;
}

START_TEST(equal_descriptions_are_equal_whatever_their_padding) {
    cornu_operand a, b;
    fill_operand(&a, 0x11, 5);
    fill_operand(&b, 0xee, 5);
    cornu_kernel_desc x = iota_of(&a), y = iota_of(&b);
    ck_assert(cornu_kernel_desc_equal_(&x, &y));
    ck_assert(cornu_kernel_desc_hash_(&x) == cornu_kernel_desc_hash_(&y));
    cornu_kernel_desc *copy = cornu_kernel_desc_copy_(&x);
    ck_assert_ptr_nonnull(copy);
    ck_assert(copy->operands != x.operands && cornu_kernel_desc_equal_(copy, &x));
    cornu_free_(copy);
}
END_TEST

START_TEST(every_field_makes_a_difference) {
    cornu_operand operands[2] = {operand(CORNU_FLOAT32, 2, 3), operand(CORNU_FLOAT32, 2, 3)};
    cornu_operand other[2] = {operand(CORNU_FLOAT32, 2, 3), operand(CORNU_FLOAT32, 2, 4)};
    cornu_ew_instruction step = {CORNU_EW_EXP, {0}}, other_step = {CORNU_EW_LOG, {0}};
    cornu_move move = {.rank = 1, .dims = {2}, .source_strides = {1}, .target_strides = {1}};
    cornu_move other_move = move;
    other_move.target_offset = 1;
    const cornu_kernel_desc base = {
        .operand_count = 2,
        .operands = operands,
        .program = &step,
        .program_length = 1,
        .moves = &move};
    cornu_kernel_desc variants[13];
    for (int i = 0; i < 13; i++) variants[i] = base;
    variants[0].kind = CORNU_KERNEL_MOVE;
    variants[1].operands = other;
    variants[2].program = &other_step;
    variants[3].moves = &other_move;
    variants[4].compute = CORNU_INT64;
    variants[5].code = 1;
    variants[6].axes = 1;
    variants[7].value[3] = 1;
    variants[8].fill = true;
    variants[9].flag = true;
    variants[10].batched = true;
    variants[11].reverse = true;
    variants[12].exclusive = true;
    for (int i = 0; i < 13; i++) {
        ck_assert_msg(!cornu_kernel_desc_equal_(&base, &variants[i]), "variant %d", i);
        ck_assert_msg(
            cornu_kernel_desc_hash_(&base) != cornu_kernel_desc_hash_(&variants[i]), "variant %d", i
        );
    }
}
END_TEST

START_TEST(a_kernel_is_created_once_until_the_cache_is_cleared) {
    cornu_kernel_cache_clear_();
    created = destroyed = 0;
    const cornu_kernel *first, *again;
    for (int n = 0; n < 1000; n++) { /* more than a thread remembers */
        cornu_operand o = operand(CORNU_FLOAT32, n);
        cornu_kernel_desc desc = iota_of(&o);
        assert_ok(cornu_kernel_get_(&counted, &desc, &first));
        assert_ok(cornu_kernel_get_(&counted, &desc, &again));
        ck_assert_ptr_eq(first, again);
    }
    ck_assert_int_eq(created, 1000);
    cornu_operand o = operand(CORNU_FLOAT32, 3);
    cornu_kernel_desc desc = iota_of(&o);
    for (int n = 0; n < 1000; n++) {
        o.dims[0] = n;
        assert_ok(cornu_kernel_get_(&counted, &desc, &again));
    }
    ck_assert_int_eq(created, 1000);
    cornu_kernel_cache_clear_();
    ck_assert_int_eq(destroyed, 1000);
    assert_ok(cornu_kernel_get_(&counted, &desc, &again));
    ck_assert_int_eq(created, 1001);
}
END_TEST

START_TEST(threads_and_backend_belong_to_the_key) {
    cornu_kernel_cache_clear_();
    created = 0;
    cornu_operand o = operand(CORNU_FLOAT32, 3);
    cornu_kernel_desc desc = iota_of(&o);
    const cornu_kernel *kernel, *reference;
    int threads = cornu_num_threads();
    assert_ok(cornu_kernel_get_(&counted, &desc, &kernel));
    assert_ok(cornu_set_num_threads(threads + 1));
    assert_ok(cornu_kernel_get_(&counted, &desc, &kernel));
    assert_ok(cornu_set_num_threads(threads));
    ck_assert_int_eq(created, 2);
    assert_ok(cornu_kernel_get_(&cornu_backend_reference_, &desc, &reference));
    ck_assert_str_eq(reference->implementation, "reference");
    ck_assert_str_eq(kernel->implementation, "counted");
}
END_TEST

START_TEST(what_a_backend_lacks_comes_from_the_reference) {
    cornu_operand operands[2] = {operand(CORNU_FLOAT32, 2, 3), operand(CORNU_FLOAT32, 2, 3)};
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_SOFTMAX, .operand_count = 2, .operands = operands};
    const cornu_kernel *kernel;
    assert_ok(cornu_kernel_get_(&counted, &desc, &kernel));
    ck_assert_str_eq(kernel->implementation, "reference");
    desc.operand_count = 1;
    assert_fails(
        cornu_kernel_get_(&counted, &desc, &kernel), CORNU_EINVAL, "1 operands instead of 2"
    );
}
END_TEST

static void *look_up_many(void *failed) {
    for (int i = 0; i < 20000; i++) {
        cornu_operand o = operand(CORNU_FLOAT32, i % 300);
        cornu_kernel_desc desc = iota_of(&o);
        const cornu_kernel *kernel;
        if (cornu_kernel_get_(&cornu_backend_reference_, &desc, &kernel) != CORNU_OK)
            *(bool *)failed = true;
    }
    return NULL;
}

START_TEST(threads_share_the_cache) {
    cornu_kernel_cache_clear_();
    pthread_t threads[4];
    bool failed[4] = {false};
    for (int i = 0; i < 4; i++)
        ck_assert_int_eq(pthread_create(&threads[i], NULL, look_up_many, &failed[i]), 0);
    for (int i = 0; i < 4; i++) {
        pthread_join(threads[i], NULL);
        ck_assert(!failed[i]);
    }
}
END_TEST

START_TEST(a_thread_chooses_its_backend) {
    ck_assert_ptr_eq(cornu_backend_current_(), &cornu_backend_cpu_);
    cornu_backend_use_(&cornu_backend_reference_);
    ck_assert_ptr_eq(cornu_backend_current_(), &cornu_backend_reference_);
    cornu_backend_use_(NULL);
    ck_assert_ptr_eq(cornu_backend_current_(), &cornu_backend_cpu_);
}
END_TEST

CORNU_TESTS(kernel_cache) {
    TCase *tc = cornu_test_case(suite, "kernel cache");
    tcase_add_test(tc, equal_descriptions_are_equal_whatever_their_padding);
    tcase_add_test(tc, every_field_makes_a_difference);
    tcase_add_test(tc, a_kernel_is_created_once_until_the_cache_is_cleared);
    tcase_add_test(tc, threads_and_backend_belong_to_the_key);
    tcase_add_test(tc, what_a_backend_lacks_comes_from_the_reference);
    tcase_add_test(tc, threads_share_the_cache);
    tcase_add_test(tc, a_thread_chooses_its_backend);
}
