/* How training by the program ends when the world does not go along: signals, closed pipes, disks
 * that are full, folders that cannot be written. What was saved before stays whole. */
#include "program.h"

#include <signal.h>
#include <sys/stat.h>
#include <time.h>

#define FIT "fit model.keras --input x.npy --target y.npy --batch-size 1 "

/* Runs a line of the shell with the program's path in $cornu; its exit status. */
static int shell(const char *line) {
    char whole[4096];
    ck_assert_int_eq(setenv("cornu", CORNU_PROGRAM, 1), 0);
    snprintf(whole, sizeof whole, "bash -c '%s' 2>err.txt", line);
    int result = system(whole);
    return WIFEXITED(result) ? WEXITSTATUS(result) : -1;
}

static const char *errors(void) {
    static char text[4096];
    read_text("err.txt", text, sizeof text);
    return text;
}

static void assert_loads(const char *path) {
    cornu_model *model = cornu_load(path);
    assert_ok(model);
    cornu_model_free(model);
}

static void assert_same_files(const char *a, const char *b) {
    static char x[1 << 16], y[1 << 16];
    read_text(a, x, sizeof x);
    read_text(b, y, sizeof y);
    ck_assert_msg(strcmp(x, y) == 0, "%s and %s differ", a, b);
}

/* ---- signals --------------------------------------------------------------------------------- */

/* The program is told to end once its first checkpoint is there, and is begun again. */
static void interrupt_and_go_on(const char *name, int status) {
    char line[1024], told[64];
    expect_success(FIT "--epochs 120 --seed 3 --quiet --history whole.json --csv-log whole.csv");
    (void)remove("interrupted.keras");
    snprintf(
        line, sizeof line,
        "$cornu " FIT "--epochs 120 --seed 3 --quiet --history h.json --csv-log h.csv "
        "--checkpoint interrupted.keras --backup kept & "
        "while [ ! -e interrupted.keras ]; do sleep 0.01; done; kill -%s $!; wait $!",
        name
    );
    ck_assert_msg(shell(line) == status, "status is not %d: %s", status, errors());
    snprintf(told, sizeof told, "cornu fit: stopped by signal %d after ", status - 128);
    ck_assert_msg(strstr(errors(), told) != NULL, "%s", errors());
    ck_assert_msg(strstr(errors(), "the same command goes on from kept\n") != NULL, "%s", errors());
    assert_loads("interrupted.keras");
    ck_assert(file_exists("kept/latest.npz"));
    expect_success(FIT "--epochs 120 --seed 3 --quiet --history h.json --csv-log h.csv "
                       "--checkpoint interrupted.keras --backup kept");
    assert_same_files("h.json", "whole.json");
    assert_same_files("h.csv", "whole.csv");
    ck_assert(!file_exists("kept"));
}

START_TEST(ctrl_c_ends_fit_with_130_and_the_next_run_goes_on) { interrupt_and_go_on("INT", 130); }
END_TEST

START_TEST(sigterm_ends_fit_with_143_and_the_next_run_goes_on) { interrupt_and_go_on("TERM", 143); }
END_TEST

/* ---- writing that cannot be done ------------------------------------------------------------- */

START_TEST(a_pipe_that_nobody_reads_is_told_and_leaves_the_checkpoint) {
    expect_success(FIT "--quiet --checkpoint piped.keras");
    int status =
        shell("$cornu " FIT "--epochs 2000 --checkpoint piped.keras | true; exit ${PIPESTATUS[0]}");
    ck_assert_msg(status == 1, "status %d: %s", status, errors());
    ck_assert_msg(
        strstr(errors(), "standard output cannot be written: Broken pipe") != NULL, "%s", errors()
    );
    assert_loads("piped.keras");
}
END_TEST

START_TEST(a_closed_standard_output_is_told) {
    ck_assert_int_eq(shell("$cornu " FIT "--checkpoint closed.keras >&-"), 1);
    ck_assert_msg(strstr(errors(), "standard output cannot be written") != NULL, "%s", errors());
}
END_TEST

/* The size of files is limited, which fails as a full disk does. */
START_TEST(a_full_disk_leaves_the_checkpoint_and_the_backup_of_before) {
    expect_success(FIT "--quiet --seed 1 --checkpoint full.keras");
    struct stat before, after;
    ck_assert_int_eq(stat("full.keras", &before), 0);
    int status = shell("ulimit -f 1; $cornu " FIT "--quiet --epochs 9 --checkpoint full.keras");
    ck_assert_msg(status == 1, "status %d: %s", status, errors());
    ck_assert_msg(
        strstr(errors(), "full.keras") && strstr(errors(), "cannot be written: File too large"),
        "%s", errors()
    );
    ck_assert_int_eq(stat("full.keras", &after), 0);
    ck_assert_msg(before.st_ino == after.st_ino, "the checkpoint was replaced");
    assert_loads("full.keras");
    ck_assert_int_ne(shell("ls full.keras.*.tmp >/dev/null"), 0); /* nothing half-written */
    status = shell("ulimit -f 1; $cornu " FIT "--quiet --save x.keras --backup full_backup");
    ck_assert_msg(status == 1, "status %d: %s", status, errors());
    ck_assert_msg(strstr(errors(), "full_backup/latest.npz") != NULL, "%s", errors());
}
END_TEST

START_TEST(a_small_disk_that_is_full_leaves_the_checkpoint_of_before) {
    if (shell("mkdir -p small && mount -t tmpfs -o size=24k tmpfs small") != 0) {
        printf("SKIPPED: no small disk may be mounted here\n");
        return;
    }
    int first = shell("$cornu " FIT "--quiet --checkpoint small/a.keras");
    (void)shell("head -c 64k /dev/zero >small/filler");
    int status = shell("$cornu " FIT "--quiet --checkpoint small/a.keras --csv-log small/log.csv");
    char told[4096];
    snprintf(told, sizeof told, "%s", errors());
    cornu_model *model = cornu_load("small/a.keras");
    (void)shell("umount small");
    ck_assert_int_eq(first, 0);
    ck_assert_msg(status == 1, "status %d: %s", status, told);
    ck_assert_msg(strstr(told, "No space left on device") != NULL, "%s", told);
    assert_ok(model);
    cornu_model_free(model);
}
END_TEST

/* Root may write everywhere: as another user, where there is a way to become one. */
START_TEST(a_folder_that_cannot_be_written_is_told_at_once) {
    expect_success(FIT "--quiet --checkpoint locked/a.keras");
    ck_assert_int_eq(chmod("locked", 0555), 0);
    const char *as = geteuid() == 0 ? "setpriv --reuid=65534 --clear-groups" : "";
    if (*as && shell("setpriv --reuid=65534 --clear-groups $cornu --version >/dev/null") != 0) {
        printf("SKIPPED: there is no other user to be\n");
        return;
    }
    char line[1024];
    snprintf(
        line, sizeof line, "%s $cornu " FIT "--quiet --epochs 50 --checkpoint locked/a.keras", as
    );
    int status = shell(line);
    ck_assert_msg(status == 1, "status %d: %s", status, errors());
    ck_assert_msg(
        strstr(errors(), "locked/a.keras") && strstr(errors(), "Permission denied"), "%s", errors()
    );
    snprintf(
        line, sizeof line, "%s $cornu " FIT "--quiet --save x.keras --backup locked/backup", as
    );
    ck_assert_int_eq(shell(line), 1);
    ck_assert_msg(
        strstr(errors(), "the folder") && strstr(errors(), "cannot be made"), "%s", errors()
    );
    ck_assert_int_eq(chmod("locked", 0755), 0);
    assert_loads("locked/a.keras");
}
END_TEST

CORNU_TESTS(ending) {
    TCase *tc = cornu_test_case(suite, "ending");
    tcase_add_checked_fixture(tc, make_model, NULL);
    tcase_add_test(tc, ctrl_c_ends_fit_with_130_and_the_next_run_goes_on);
    tcase_add_test(tc, sigterm_ends_fit_with_143_and_the_next_run_goes_on);
    tcase_add_test(tc, a_pipe_that_nobody_reads_is_told_and_leaves_the_checkpoint);
    tcase_add_test(tc, a_closed_standard_output_is_told);
    tcase_add_test(tc, a_full_disk_leaves_the_checkpoint_and_the_backup_of_before);
    tcase_add_test(tc, a_small_disk_that_is_full_leaves_the_checkpoint_of_before);
    tcase_add_test(tc, a_folder_that_cannot_be_written_is_told_at_once);
}
