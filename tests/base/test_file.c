/* Files are written as a whole or not at all. */
#include "support/support.h"

#include "base/file.h"
#include "base/input.h"
#include "base/memory.h"
#include "support/failing_allocator.h"

#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

/* ---- what reaches the disk ------------------------------------------------------------------- */

/* Stand in for the C library's and note their order: f a file is synced, d a folder, r a rename. */
static char order[32];

int fsync(int file) {
    struct stat about;
    bool is_folder = fstat(file, &about) == 0 && S_ISDIR(about.st_mode);
    if (strlen(order) + 1 < sizeof order) strcat(order, is_folder ? "d" : "f");
    return (int)syscall(SYS_fsync, file);
}

int rename(const char *from, const char *to) {
    if (strlen(order) + 1 < sizeof order) strcat(order, "r");
    return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

/* Each test works in a new folder, so that what is left behind can be counted. */
static char folder[] = "file_XXXXXX";

static void enter(void) {
    strcpy(folder, "file_XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    ck_assert_int_eq(chdir(folder), 0);
}

static int entries(const char *path) {
    DIR *directory = opendir(path);
    int count = -2; /* . and .. */
    while (readdir(directory)) count++;
    closedir(directory);
    return count;
}

static void leave(void) {
    DIR *directory = opendir(".");
    for (struct dirent *entry; (entry = readdir(directory));) {
        if (entry->d_name[0] != '.') (void)remove(entry->d_name);
    }
    closedir(directory);
    ck_assert_int_eq(chdir(".."), 0);
    ck_assert_int_eq(rmdir(folder), 0);
}

static void assert_content(const char *path, const char *expected) {
    char *data;
    size_t size;
    assert_ok(cornu_file_read_(path, 0, &data, &size));
    ck_assert_uint_eq(size, strlen(expected));
    ck_assert_str_eq(data, expected);
    cornu_free_(data);
}

static mode_t mode_of(const char *path) {
    struct stat about;
    ck_assert_int_eq(stat(path, &about), 0);
    return about.st_mode & 0777;
}

START_TEST(the_file_is_synced_before_its_name_and_the_folder_after) {
    order[0] = '\0';
    assert_ok(cornu_file_write_("target", "new", 3));
    ck_assert_str_eq(order, "frd");
}
END_TEST

START_TEST(a_committed_file_is_there_and_nothing_else) {
    cornu_writer writer;
    assert_ok(cornu_writer_open_(&writer, "a"));
    assert_ok(cornu_writer_write_(&writer, "12", 2));
    ck_assert(!cornu_file_exists_("a"));
    assert_ok(cornu_writer_write_(&writer, "345", 3));
    assert_ok(cornu_writer_commit_(&writer));
    assert_content("a", "12345");
    ck_assert_int_eq(entries("."), 1);
}
END_TEST

START_TEST(an_aborted_file_leaves_the_old_one) {
    assert_ok(cornu_file_write_("a", "old", 3));
    cornu_writer writer;
    assert_ok(cornu_writer_open_(&writer, "a"));
    assert_ok(cornu_writer_write_(&writer, "new", 3));
    cornu_writer_abort_(&writer);
    assert_fails(cornu_writer_write_(&writer, "x", 1), CORNU_ESTATE, "aborted");
    assert_fails(cornu_writer_commit_(&writer), CORNU_ESTATE, "once");
    assert_content("a", "old");
    ck_assert_int_eq(entries("."), 1);
}
END_TEST

START_TEST(large_pieces_pass_the_buffer) {
    size_t size = 300000;
    char *data = cornu_alloc_(size + 1);
    for (size_t i = 0; i < size; i++) data[i] = (char)('a' + i % 26);
    cornu_writer writer;
    assert_ok(cornu_writer_open_(&writer, "a"));
    for (size_t at = 0, step = 1; at < size; at += step, step = step * 3 + 1) {
        if (step > size - at) step = size - at;
        assert_ok(cornu_writer_write_(&writer, data + at, step));
    }
    assert_ok(cornu_writer_commit_(&writer));
    assert_content("a", data);
    cornu_free_(data);
}
END_TEST

START_TEST(a_library_may_write_to_the_path_itself) {
    cornu_writer writer;
    assert_ok(cornu_writer_open_(&writer, "a"));
    /* as libzip does: another file takes the place of the temporary one */
    FILE *file = fopen("other", "w");
    fputs("theirs", file);
    fclose(file);
    ck_assert_int_eq(rename("other", cornu_writer_path_(&writer)), 0);
    assert_ok(cornu_writer_commit_(&writer));
    assert_content("a", "theirs");
    ck_assert_int_eq(entries("."), 1);
}
END_TEST

START_TEST(modes_follow_the_umask_or_the_old_file) {
    mode_t before = umask(027);
    assert_ok(cornu_file_write_("a", "", 0));
    ck_assert_uint_eq(mode_of("a"), 0640);
    umask(before);
    chmod("a", 0604);
    assert_ok(cornu_file_write_("a", "x", 1));
    ck_assert_uint_eq(mode_of("a"), 0604);
}
END_TEST

START_TEST(links_stay_links) {
    assert_ok(cornu_file_write_("a", "old", 3));
    ck_assert_int_eq(symlink("a", "link"), 0);
    assert_ok(cornu_file_write_("link", "new", 3));
    assert_content("a", "new");
    struct stat about;
    ck_assert_int_eq(lstat("link", &about), 0);
    ck_assert(S_ISLNK(about.st_mode));
}
END_TEST

START_TEST(what_cannot_be_written_is_told_with_path_and_reason) {
    assert_fails(
        cornu_file_write_("none/a", "x", 1), CORNU_EIO,
        "'none/a' cannot be written: No such file or directory"
    );
    ck_assert_int_eq(mkdir("sub", 0777), 0);
    assert_fails(cornu_file_write_("sub", "x", 1), CORNU_EIO, "sub' is not a regular file");
    ck_assert_int_eq(entries("."), 1);
    assert_fails(cornu_file_write_(NULL, "x", 1), CORNU_EINVAL, "path is NULL");
}
END_TEST

START_TEST(a_full_disk_keeps_the_old_file_and_leaves_nothing) {
    assert_ok(cornu_file_write_("a", "old", 3));
    struct rlimit before, small = {1000, RLIM_INFINITY};
    ck_assert_int_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
    small.rlim_max = before.rlim_max;
    signal(SIGXFSZ, SIG_IGN);
    setrlimit(RLIMIT_FSIZE, &small);
    char data[5000] = {0};
    cornu_status status = cornu_file_write_("a", data, sizeof data);
    setrlimit(RLIMIT_FSIZE, &before);
    assert_fails(status, CORNU_EIO, "cannot be written: File too large");
    assert_content("a", "old");
    ck_assert_int_eq(entries("."), 1);
}
END_TEST

START_TEST(reading_stops_at_the_limit) {
    assert_ok(cornu_file_write_("a", "12345", 5));
    char *data;
    size_t size;
    assert_ok(cornu_file_read_("a", 5, &data, &size));
    cornu_free_(data);
    assert_fails(cornu_file_read_("a", 4, &data, &size), CORNU_EFORMAT, "5 bytes, more than the 4");
    ck_assert_ptr_null(data);
    assert_fails(cornu_file_read_(".", 0, &data, &size), CORNU_EIO, "'.' is a folder");
    assert_fails(cornu_file_read_("b", 0, &data, &size), CORNU_EIO, "'b' cannot be opened");
    /* a file that does not say its size */
    assert_ok(cornu_file_read_("/proc/self/status", 0, &data, &size));
    ck_assert_uint_gt(size, 100);
    cornu_free_(data);
}
END_TEST

/* As h5py does it: a program that writes holds an exclusive lock, one that reads a shared one. */
START_TEST(locks_of_other_programs_are_heeded_if_that_is_asked_for) {
    cornu_input *input = NULL;
    assert_ok(cornu_file_write_("locked", "old", 3));
    int other = open("locked", O_RDONLY);
    ck_assert_int_eq(flock(other, LOCK_EX | LOCK_NB), 0);
    assert_ok(cornu_input_open_(&input, "locked"));
    assert_ok(cornu_input_lock_(input)); /* not asked for */
    setenv("CORNU_FILE_LOCKING", "1", 1);
    assert_fails(cornu_input_lock_(input), CORNU_EIO, "'locked' cannot be locked");
    assert_fails(cornu_file_write_("locked", "new", 3), CORNU_EIO, "'locked' cannot be locked");
    ck_assert_int_eq(flock(other, LOCK_SH | LOCK_NB), 0);
    assert_ok(cornu_input_lock_(input));
    assert_fails(cornu_file_write_("locked", "new", 3), CORNU_EIO, "'locked' cannot be locked");
    close(other);
    cornu_input_close_(input);
    assert_ok(cornu_file_write_("locked", "new", 3));
    unsetenv("CORNU_FILE_LOCKING");
}
END_TEST

/* ---- inputs ---- */

START_TEST(an_input_gives_what_lies_inside_and_nothing_else) {
    cornu_input *input = NULL, *part = NULL;
    char bytes[8] = "";
    assert_ok(cornu_file_write_("input", "0123456789", 10));
    assert_ok(cornu_input_open_(&input, "input"));
    ck_assert_uint_eq(cornu_input_size_(input), 10);
    assert_fails(cornu_input_read_(input, 8, bytes, 3), CORNU_EFORMAT, "lie outside the 10");
    assert_fails(cornu_input_read_(input, 11, bytes, 0), CORNU_EFORMAT, "lie outside");
    assert_fails(cornu_input_read_(input, UINT64_MAX, bytes, 2), CORNU_EFORMAT, "lie outside");
    assert_fails(cornu_input_part_(&part, input, 4, UINT64_MAX - 2), CORNU_EFORMAT, "beyond");
    assert_ok(cornu_input_part_(&part, input, 4, 3));
    cornu_input_close_(input);
    assert_ok(cornu_input_read_(part, 1, bytes, 2));
    ck_assert_str_eq(bytes, "56");
    assert_fails(cornu_input_read_(part, 1, bytes, 3), CORNU_EFORMAT, "lie outside the 3");
    cornu_input_close_(part);
}
END_TEST

/* Trees that lead back to themselves make readers go round. */
START_TEST(a_reader_that_goes_round_in_circles_comes_to_an_end) {
    cornu_input *input = NULL;
    char *bytes = cornu_alloc_(1 << 20);
    assert_ok(cornu_input_scratch_(&input, "circle"));
    assert_ok(cornu_input_append_(input, bytes, 1 << 20));
    int rounds = 0;
    while (cornu_input_read_(input, 0, bytes, 1 << 20) == CORNU_OK && rounds < 1000) rounds++;
    ck_assert_int_ge(rounds, 16);
    assert_fails(cornu_error_status(), CORNU_EFORMAT, "refers to itself");
    cornu_input_close_(input);
    cornu_free_(bytes);
}
END_TEST

START_TEST(a_file_that_became_shorter_is_told) {
    cornu_input *input = NULL;
    char bytes[10];
    assert_ok(cornu_file_write_("short", "0123456789", 10));
    assert_ok(cornu_input_open_(&input, "short"));
    ck_assert_int_eq(truncate("short", 4), 0);
    assert_fails(cornu_input_read_(input, 0, bytes, 10), CORNU_EIO, "became shorter");
    cornu_input_close_(input);
}
END_TEST

static cornu_status write_and_read(void *user) {
    (void)user;
    CORNU_TRY(cornu_file_write_("a", "12345", 5));
    char *data;
    size_t size;
    CORNU_TRY(cornu_file_read_("a", 0, &data, &size));
    cornu_free_(data);
    return CORNU_OK;
}

START_TEST(without_memory_nothing_is_left_behind) {
    size_t runs = 0;
    const char *wrong = cornu_test_every_failure(write_and_read, NULL, &runs);
    ck_assert_msg(!wrong, "%s", wrong);
    ck_assert_int_eq(entries("."), 1);
    ck_assert_uint_ge(runs, 4);
}
END_TEST

START_TEST(what_a_killed_process_left_goes_and_what_a_living_one_writes_stays) {
    cornu_writer other;
    assert_ok(cornu_writer_open_(&other, "a"));
    assert_ok(cornu_writer_write_(&other, "other", 5));
    fclose(fopen("a.0123abcd.tmp", "w")); /* nobody's any more */
    fclose(fopen("a.txt.tmp", "w"));      /* no name of a writer */
    assert_ok(cornu_file_write_("a", "mine", 4));
    ck_assert(!cornu_file_exists_("a.0123abcd.tmp"));
    ck_assert(cornu_file_exists_("a.txt.tmp"));
    assert_content("a", "mine");
    assert_ok(cornu_writer_commit_(&other));
    assert_content("a", "other");
    ck_assert_int_eq(entries("."), 2);
}
END_TEST

CORNU_TESTS(file) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "file");
    tcase_add_checked_fixture(tc, enter, leave);
    tcase_add_test(tc, a_committed_file_is_there_and_nothing_else);
    tcase_add_test(tc, an_aborted_file_leaves_the_old_one);
    tcase_add_test(tc, large_pieces_pass_the_buffer);
    tcase_add_test(tc, a_library_may_write_to_the_path_itself);
    tcase_add_test(tc, the_file_is_synced_before_its_name_and_the_folder_after);
    tcase_add_test(tc, modes_follow_the_umask_or_the_old_file);
    tcase_add_test(tc, links_stay_links);
    tcase_add_test(tc, what_cannot_be_written_is_told_with_path_and_reason);
    tcase_add_test(tc, a_full_disk_keeps_the_old_file_and_leaves_nothing);
    tcase_add_test(tc, reading_stops_at_the_limit);
    tcase_add_test(tc, locks_of_other_programs_are_heeded_if_that_is_asked_for);
    tcase_add_test(tc, an_input_gives_what_lies_inside_and_nothing_else);
    tcase_add_test(tc, a_reader_that_goes_round_in_circles_comes_to_an_end);
    tcase_add_test(tc, a_file_that_became_shorter_is_told);
    tcase_add_test(tc, without_memory_nothing_is_left_behind);
    tcase_add_test(tc, what_a_killed_process_left_goes_and_what_a_living_one_writes_stays);
}
