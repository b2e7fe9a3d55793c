/* Rows gathered into a batch: the cpu backend gives the bits of the reference, for every set of
 * instructions and number of threads. */
#include "cpu_case.h"

enum { ROWS = 37, GATHERED = 29 };
static const int64_t sizes[] = {1, 15, 16, 33, 784, 5003}; /* elements of a row */
enum { SIZES = sizeof sizes / sizeof sizes[0] };

/* The cpu's batch beside `wanted`, with one to three threads. */
static void compare(cornu_row_gather gather, const char *wanted, size_t bytes) {
    char *got = cornu_alloc_(bytes);
    ck_assert_ptr_nonnull(got);
    gather.to = got;
    for (int threads = 1; threads <= 3; threads++) {
        assert_ok(cornu_set_num_threads(threads));
        memset(got, 0xA5, bytes);
        cornu_backend_cpu_.gather_rows(&gather);
        ck_assert_msg(
            memcmp(got, wanted, bytes) == 0, "%s of %lld elements, %s, %d threads",
            gather.scale != 0 ? "scaled rows" : "rows", (long long)gather.size,
            gather.order ? "shuffled" : "in order", threads
        );
    }
    assert_ok(cornu_set_num_threads(1));
    cornu_free_(got);
}

static void check(int64_t size, double scale, bool shuffled) {
    size_t bytes = (size_t)(GATHERED * size) * sizeof(float);
    size_t item = scale != 0 ? 1 : sizeof(float);
    size_t source = (size_t)(ROWS * size) * item;
    char *from = cornu_alloc_(source), *wanted = cornu_alloc_(bytes);
    ck_assert(from != NULL && wanted != NULL);
    for (size_t i = 0; i < source; i++) from[i] = (char)(i * 7 + i / 251);
    int64_t order[GATHERED];
    for (int64_t i = 0; i < GATHERED; i++) order[i] = i * 11 % ROWS;
    cornu_row_gather gather = {
        .from = from,
        .to = wanted,
        .order = shuffled ? order : NULL,
        .first = 5,
        .rows = GATHERED,
        .size = size,
        .item = item,
        .scale = scale,
        .together = true};
    cornu_backend_reference_.gather_rows(&gather);
    FOR_EACH_ISA(isa) compare(gather, wanted, bytes);
    cornu_free_(from);
    cornu_free_(wanted);
}

START_TEST(gathered_rows_are_those_of_the_reference) {
    check(sizes[_i], 0, false);
    check(sizes[_i], 0, true);
    check(sizes[_i], 1.0 / 255, false);
    check(sizes[_i], 1.0 / 255, true);
}
END_TEST

CORNU_TESTS(cpu_rows) {
    TCase *tc = cornu_test_case(suite, "cpu_rows");
    tcase_add_loop_test(tc, gathered_rows_are_those_of_the_reference, 0, SIZES);
}
