/* Every example on its reduced data, once compiled and once eager, and in exact mode with 1 to 4
 * threads: what it prints, and the weights that its models end with (watched.c). */
#include "support/support.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

static const char *const examples[] = {CORNU_WATCHED_EXAMPLES};
enum { EXAMPLES = sizeof examples / sizeof examples[0], MISSING_DATA = 77 };

typedef struct file {
    char *bytes;
    size_t size;
} file;

static file read_whole(const char *path) {
    file read = {NULL, 0};
    FILE *stream = fopen(path, "rb");
    ck_assert_msg(stream != NULL, "%s is missing", path);
    fseek(stream, 0, SEEK_END);
    read.size = (size_t)ftell(stream);
    rewind(stream);
    read.bytes = calloc(read.size + 1, 1);
    ck_assert_uint_eq(fread(read.bytes, 1, read.size, stream), read.size);
    fclose(stream);
    return read;
}

/* What a run leaves. */
typedef struct outcome {
    file weights; /* of all models, one after the other, as they were freed */
    file text;    /* what was printed */
} outcome;

static void drop(outcome *o) {
    free(o->weights.bytes);
    free(o->text.bytes);
}

/* Runs an example with these settings in a folder of its own; false: its data are missing. */
static bool run(const char *example, const char *settings, outcome *result) {
    const char *name = strrchr(example, '/') + 1;
    char command[2048], path[512];
    snprintf(
        command, sizeof command,
        "rm -rf modes_%s && mkdir modes_%s && cd modes_%s && "
        "CORNU_EXAMPLE_SMALL=1 OMP_WAIT_POLICY=passive CORNU_WATCHED=weights %s '%s' > text 2>&1",
        name, name, name, settings, example
    );
    int status = system(command);
    ck_assert_msg(WIFEXITED(status), "%s with %s was killed", name, settings);
    if (WEXITSTATUS(status) == MISSING_DATA) return false;
    ck_assert_msg(WEXITSTATUS(status) == 0, "%s with %s: status %d", name, settings, status);
    snprintf(path, sizeof path, "modes_%s/weights", name);
    result->weights = read_whole(path);
    snprintf(path, sizeof path, "modes_%s/text", name);
    result->text = read_whole(path);
    ck_assert_uint_gt(result->weights.size, 0);
    return true;
}

/* How many floats of `a` are further than 1e-6 of themselves and of the largest from those of
 * `b`. */
static size_t count_far(const file *a, const file *b) {
    size_t count = a->size / sizeof(float), far = 0;
    float largest = 0, x, y;
    for (size_t i = 0; i < count; i++) {
        memcpy(&x, a->bytes + i * sizeof x, sizeof x);
        if (isfinite(x)) largest = fmaxf(largest, fabsf(x));
    }
    for (size_t i = 0; i < count; i++) {
        memcpy(&x, a->bytes + i * sizeof x, sizeof x);
        memcpy(&y, b->bytes + i * sizeof y, sizeof y);
        far += memcmp(&x, &y, sizeof x) != 0 && !(fabsf(x - y) <= 1e-6F * (fabsf(x) + largest));
    }
    return far;
}

/* The text without what stands before "/step" in a line, which is the time that steps took. */
static void drop_times(file *text) {
    char *to = text->bytes, *line = text->bytes;
    while (line != NULL && *line != '\0') {
        char *end = strchr(line, '\n'), *times = strstr(line, "/step");
        char *from = times != NULL && (end == NULL || times < end) ? times : line;
        size_t length = end != NULL ? (size_t)(end + 1 - from) : strlen(from);
        memmove(to, from, length);
        to += length;
        line = end != NULL ? end + 1 : NULL;
    }
    *to = '\0';
}

/* loop: the examples */
START_TEST(an_example_does_the_same_compiled_and_eager) {
    outcome compiled, eager;
    if (!run(examples[_i], "OMP_NUM_THREADS=1", &compiled)) return;
    ck_assert(run(examples[_i], "OMP_NUM_THREADS=1 CORNU_RUN_EAGERLY=1", &eager));
    ck_assert_uint_eq(compiled.weights.size, eager.weights.size);
    size_t far = count_far(&compiled.weights, &eager.weights);
    ck_assert_msg(far == 0, "%s: %zu weights are further apart than 1e-6", examples[_i], far);
    drop(&compiled);
    drop(&eager);
}
END_TEST

static void assert_exactly_alike(const char *example, const char *settings, const outcome *first) {
    outcome other;
    ck_assert(run(example, settings, &other));
    drop_times(&other.text);
    ck_assert_uint_eq(first->weights.size, other.weights.size);
    bool same = memcmp(first->weights.bytes, other.weights.bytes, first->weights.size) == 0;
    ck_assert_msg(same, "%s with %s: other weights", example, settings);
    ck_assert_msg(
        strcmp(first->text.bytes, other.text.bytes) == 0, "%s with %s prints other numbers",
        example, settings
    );
    drop(&other);
}

START_TEST(in_exact_mode_an_example_ends_with_the_same_bits_for_any_number_of_threads) {
    static const char *const others[] = {
        "CORNU_EXACT=1 OMP_NUM_THREADS=2", "CORNU_EXACT=1 OMP_NUM_THREADS=3",
        "CORNU_EXACT=1 OMP_NUM_THREADS=4", "CORNU_EXACT=1 OMP_NUM_THREADS=1 CORNU_RUN_EAGERLY=1",
        "CORNU_EXACT=1 OMP_NUM_THREADS=4 CORNU_RUN_EAGERLY=1"};
    outcome first;
    if (!run(examples[_i], "CORNU_EXACT=1 OMP_NUM_THREADS=1", &first)) return;
    drop_times(&first.text);
    for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
        assert_exactly_alike(examples[_i], others[i], &first);
    drop(&first);
}
END_TEST

CORNU_TESTS(modes) {
    TCase *tc = cornu_test_case(suite, "modes");
    tcase_set_tags(tc, "slow");
    tcase_add_loop_test(tc, an_example_does_the_same_compiled_and_eager, 0, EXAMPLES);
    tcase_add_loop_test(
        tc, in_exact_mode_an_example_ends_with_the_same_bits_for_any_number_of_threads, 0, EXAMPLES
    );
}
