/* Real files of Keras with bytes changed or cut off, by the thousand: each is loaded or refused. No
 * crash, no hang, nothing left behind: memory, descriptors, processes. In archives half of the
 * changes are made inside a member, under a checksum that is right again. */
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "save/archive.h"
#include "support/failing_allocator.h"
#include "support/support.h"
#include <cornu/cornu.h>

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>

/* `archive`: below tests/, or NULL; `path`: in it, or below tests/. */
static const struct {
    const char *archive, *path;
} files[] = {
    {NULL, "save/data/adam.keras"},
    {NULL, "save/data/bfloat16.keras"},
    {NULL, "save/data/adam.weights.h5"},
    {NULL, "save/data/two_outputs.weights.h5"},
    {"conformance/data/legacy_h5.zip", "mlp/model.h5"},
    {"conformance/data/legacy_h5.zip", "cnn_compiled/model.h5"},
    {"conformance/data/legacy_h5.zip", "cnn_keras2/model.h5"},
    {"conformance/data/legacy_h5.zip", "lstm_gru/model.h5"},
    {"conformance/data/legacy_h5.zip", "residual_keras2/model.h5"},
    {"conformance/data/legacy_h5.zip", "attention/model.h5"},
    {"conformance/data/legacy_h5.zip", "two_in_two_out/model.h5"},
    {"conformance/data/model.zip", "file_h5_gzip_shuffle/model.keras"},
    {"conformance/data/model.zip", "file_h5_latest_format/model.keras"},
    {"conformance/data/model.zip", "file_zip_deflated/model.keras"},
    {"conformance/data/model.zip", "file_zip_data_descriptors/model.keras"},
    {"conformance/data/model.zip", "compiled_with_everything/model.keras"},
    {"conformance/data/model.zip", "nested_functional/model.keras"},
    {"conformance/data/model.zip", "ops_getitem/model.keras"},
    {"conformance/data/model.zip", "bilstm_tagger/model.keras"},
    {"conformance/data/resume.zip", "adam/model.keras"},
};
enum { FILES = sizeof files / sizeof files[0], QUICK = 12, WHOLE = 500 };
static const double patience = 5; /* seconds of work for one file */

/* splitmix64: the same changes on every run */
static uint64_t state;
static uint64_t chance(uint64_t below) {
    uint64_t z = state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return (z ^ z >> 31) % below;
}

/* One to eight bytes become others, or everything from some place on is gone. */
static void mutate(char *data, size_t *size) {
    if (*size == 0) return;
    if (chance(8) == 0) {
        *size = (size_t)chance(*size);
        return;
    }
    /* lengths and addresses of the formats stand at the beginning of things */
    static const unsigned char telling[] = {0, 1, 0x7f, 0x80, 0xff};
    for (uint64_t n = 1 + chance(8); n > 0; n--) {
        size_t at = (size_t)chance(*size);
        data[at] = (char)(chance(2) ? chance(256) : telling[chance(sizeof telling)]);
    }
}

static void read_original(int i, char **data, size_t *size) {
    char path[512];
    snprintf(
        path, sizeof path, CORNU_TESTS_DIR "/%s",
        files[i].archive ? files[i].archive : files[i].path
    );
    if (!files[i].archive) {
        assert_ok(cornu_file_read_(path, 0, data, size));
        return;
    }
    cornu_archive *archive;
    assert_ok(cornu_archive_open_(&archive, path));
    assert_ok(cornu_archive_read_(archive, files[i].path, SIZE_MAX, data, size));
    cornu_archive_close_(archive);
}

/* The members of an archive, one of them changed. */
static void mutate_member(const char *original, const char *mutant) {
    static const char *const names[] = {"config.json", "model.weights.h5"};
    cornu_archive *archive;
    cornu_archive_member members[2];
    char *data[2];
    assert_ok(cornu_archive_open_(&archive, original));
    for (int i = 0; i < 2; i++) {
        members[i].name = names[i];
        assert_ok(cornu_archive_read_(archive, names[i], SIZE_MAX, &data[i], &members[i].size));
        members[i].data = data[i];
    }
    cornu_archive_close_(archive);
    int chosen = chance(4) > 0; /* mostly weights: texts rarely survive */
    mutate(data[chosen], &members[chosen].size);
    assert_ok(cornu_archive_write_(mutant, members, 2));
    for (int i = 0; i < 2; i++) cornu_free_(data[i]);
}

static void write_plain(const char *path, const char *data, size_t size) {
    FILE *file = fopen(path, "wb"); /* nothing to be gained from a durable one */
    ck_assert_ptr_nonnull(file);
    ck_assert_uint_eq(fwrite(data, 1, size, file), size);
    ck_assert_int_eq(fclose(file), 0);
}

static int open_descriptors(void) {
    int count = 0;
    DIR *listing = opendir("/proc/self/fd");
    while (listing && readdir(listing)) count++;
    if (listing) closedir(listing);
    return count;
}

/* What this process and those that it waited for have worked, in seconds: other programs on the
 * machine do not make a hang. One that does not work runs into the time-out of libcheck. */
static double worked(void) {
    double seconds = 0;
    const int whose[] = {RUSAGE_SELF, RUSAGE_CHILDREN};
    for (int i = 0; i < 2; i++) {
        struct rusage usage;
        ck_assert_int_eq(getrusage(whose[i], &usage), 0);
        seconds += (double)usage.ru_utime.tv_sec + (double)usage.ru_utime.tv_usec * 1e-6;
        seconds += (double)usage.ru_stime.tv_sec + (double)usage.ru_stime.tv_usec * 1e-6;
    }
    return seconds;
}

/* Was the file taken? `model`: to load weights into, or NULL. */
static bool try_file(const char *path, cornu_model *model) {
    cornu_model *made = model ? NULL : cornu_load(path);
    bool taken = model ? cornu_load_weights(model, path) == CORNU_OK : made != NULL;
    ck_assert_int_ne(cornu_error_status() == CORNU_OK, !taken);
    ck_assert_ptr_null(strchr(cornu_error_message(), '\n'));
    cornu_error_clear();
    cornu_model_free(made);
    return taken;
}

static cornu_model *model_for(const char *path) {
    if (!cornu_ends_with_(path, ".weights.h5")) return NULL;
    bool adam = strstr(path, "adam") != NULL;
    cornu_model *model = cornu_load(
        adam ? CORNU_TESTS_DIR "/save/data/adam.keras"
             : CORNU_TESTS_DIR "/save/data/two_outputs.keras"
    );
    assert_ok(model);
    return model;
}

static void run(int i, int count) {
    char *original, *data;
    size_t size;
    const char *ending = strstr(strrchr(files[i].path, '/'), ".");
    char whole[64], mutant[64];
    snprintf(whole, sizeof whole, "whole%d%s", i, ending);
    snprintf(mutant, sizeof mutant, "mutant%d%s", i, ending);
    read_original(i, &original, &size);
    write_plain(whole, original, size);
    cornu_model *model = model_for(files[i].path);
    ck_assert(try_file(whole, model)); /* also makes what is made once */
    size_t live = cornu_test_allocator_live();
    int descriptors = open_descriptors(), taken = 0;
    state = (uint64_t)i;
    for (int n = 0; n < count; n++) {
        if (cornu_ends_with_(ending, "keras") && chance(2)) {
            mutate_member(whole, mutant);
        } else {
            size_t left = size;
            data = cornu_alloc_(size);
            memcpy(data, original, size);
            mutate(data, &left);
            write_plain(mutant, data, left);
            cornu_free_(data);
        }
        double start = worked();
        taken += try_file(mutant, model);
        ck_assert_msg(worked() - start < patience, "%s, change %d: a hang", files[i].path, n);
        ck_assert_msg(
            cornu_test_allocator_live() == live, "%s, change %d: a leak", files[i].path, n
        );
    }
    ck_assert_int_eq(open_descriptors(), descriptors);
    ck_assert_int_eq(waitpid(-1, NULL, WNOHANG), -1); /* no process is left */
    ck_assert_int_eq(errno, ECHILD);
    ck_assert_int_lt(taken, count);
    cornu_model_free(model);
    cornu_free_(original);
    printf("%s: %d of %d changed files could be read\n", files[i].path, taken, count);
}

START_TEST(a_few_changed_files_do_no_harm) { run(_i, QUICK); }
END_TEST

START_TEST(ten_thousand_changed_files_do_no_harm) { run(_i, WHOLE); }
END_TEST

CORNU_TESTS(mutations) {
    cornu_test_allocator_install();
    TCase *quick = cornu_test_case(suite, "mutations");
    tcase_add_loop_test(quick, a_few_changed_files_do_no_harm, 0, FILES);
    TCase *slow = cornu_test_case(suite, "ten_thousand_mutations");
    tcase_add_loop_test(slow, ten_thousand_changed_files_do_no_harm, 0, FILES);
    tcase_set_tags(slow, "slow");
}
