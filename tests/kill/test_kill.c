/* SIGKILL at random moments: a training program is killed and started again until it is done. Its
 * weights and history must have the bits of a run that was left alone, and every file must be
 * readable at every moment. */
#include "support/support.h"
#include <cornu/cornu.h>
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

enum { NEVER = -1 };

static uint32_t random_state = 2463534242u;

/* Marsaglia's xorshift: the moments are the same in each run of the test, as far as time is. */
static uint32_t next_random(void) {
    random_state ^= random_state << 13;
    random_state ^= random_state >> 17;
    random_state ^= random_state << 5;
    return random_state;
}

static double seconds(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Runs the program, and kills it after `delay` seconds (NEVER: not). Whether it was killed. */
static bool run(const char *folder, double delay) {
    char *const arguments[] = {CORNU_KILLED_RUN, (char *)folder, NULL};
    posix_spawn_file_actions_t actions;
    ck_assert_int_eq(posix_spawn_file_actions_init(&actions), 0);
    ck_assert_int_eq(
        posix_spawn_file_actions_addopen(&actions, STDOUT_FILENO, "/dev/null", O_WRONLY, 0), 0
    );
    pid_t child;
    ck_assert_int_eq(posix_spawn(&child, arguments[0], &actions, NULL, arguments, environ), 0);
    posix_spawn_file_actions_destroy(&actions);
    if (delay != NEVER) {
        const struct timespec wait = {(time_t)delay, (long)((delay - (double)(time_t)delay) * 1e9)};
        nanosleep(&wait, NULL);
        kill(child, SIGKILL);
    }
    int result;
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    if (WIFSIGNALED(result)) {
        ck_assert_msg(
            WTERMSIG(result) == SIGKILL, "the program died of signal %d", WTERMSIG(result)
        );
        return true;
    }
    ck_assert_msg(WEXITSTATUS(result) == 0, "the program failed with %d", WEXITSTATUS(result));
    return false;
}

static char *path_in(const char *folder, const char *name) {
    static char texts[4][512];
    static int used;
    char *text = texts[used++ % 4];
    snprintf(text, sizeof texts[0], "%s/%s", folder, name);
    return text;
}

static bool exists(const char *path) {
    struct stat about;
    return stat(path, &about) == 0;
}

/* *new* */
static char *whole_file(const char *path, size_t *size) {
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "%s", path);
    char *bytes = malloc(1 << 20);
    *size = fread(bytes, 1, 1 << 20, file);
    ck_assert_msg(*size < 1 << 20, "%s is larger than expected", path);
    fclose(file);
    return bytes;
}

/* ---- what must hold at every moment ---------------------------------------------------------- */

static void check_csv(const char *path) {
    size_t size;
    char *text = whole_file(path, &size);
    ck_assert_msg(size == 0 || text[size - 1] == '\n', "%s ends within a line", path);
    int separators = -1, in_line = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] == ',') in_line++;
        if (text[i] != '\n') continue;
        if (separators < 0) separators = in_line;
        ck_assert_msg(in_line == separators, "%s: lines of different length", path);
        in_line = 0;
    }
    free(text);
}

static void check_files(const char *folder) {
    char *path = path_in(folder, "backup/latest.npz");
    if (exists(path)) {
        cornu_state *state = cornu_state_load(path);
        assert_ok(state);
        cornu_state_free(state);
    }
    path = path_in(folder, "best.keras");
    if (exists(path)) {
        cornu_model *model = cornu_load(path);
        assert_ok(model);
        char *weights = path_in(folder, "last.weights.h5");
        if (exists(weights)) assert_ok(cornu_load_weights(model, weights));
        cornu_model_free(model);
    }
    path = path_in(folder, "history.csv");
    if (exists(path)) check_csv(path);
}

/* ---- what must hold at the end --------------------------------------------------------------- */

static void assert_same_file(const char *folder, const char *name) {
    size_t size, expected_size;
    char *expected = whole_file(path_in("undisturbed", name), &expected_size);
    char *found = whole_file(path_in(folder, name), &size);
    ck_assert_msg(
        size == expected_size && memcmp(found, expected, size) == 0,
        "%s/%s is not that of the undisturbed run", folder, name
    );
    free(found);
    free(expected);
}

/* Removes what is in the folder; fails if there is anything but the program's own files. */
static void empty_folder(const char *folder, bool only_known) {
    static const char *const known[] = {
        "best.keras", "last.weights.h5", "history.csv", "history.npy", "final.weights.h5"};
    DIR *open = opendir(folder);
    for (struct dirent *entry; open && (entry = readdir(open));) {
        if (entry->d_name[0] == '.') continue;
        bool is_known = false;
        for (size_t i = 0; i < sizeof known / sizeof *known; i++)
            is_known = is_known || strcmp(known[i], entry->d_name) == 0;
        ck_assert_msg(is_known || !only_known, "%s/%s was left behind", folder, entry->d_name);
        if (strcmp(entry->d_name, "backup") == 0) empty_folder(path_in(folder, "backup"), false);
        (void)remove(path_in(folder, entry->d_name));
    }
    if (open) closedir(open);
}

static void make_empty(const char *folder) {
    assert_ok(cornu_make_folder(folder));
    empty_folder(folder, false);
}

/* Kills at `count` random moments at least, and a few runs to their end. */
static void kill_and_compare(int count) {
    make_empty("undisturbed");
    run("undisturbed", NEVER); /* once to have it in memory, once for the time */
    make_empty("undisturbed");
    double begin = seconds();
    ck_assert(!run("undisturbed", NEVER));
    double whole = seconds() - begin;
    int kills = 0, runs = 0, most = 0;
    for (; kills < count; runs++) {
        int in_run = 0;
        make_empty("killed");
        while (run("killed", whole * 0.6 * next_random() / UINT32_MAX)) {
            in_run++;
            check_files("killed");
        }
        assert_same_file("killed", "final.weights.h5");
        assert_same_file("killed", "history.npy");
        assert_same_file("killed", "history.csv");
        ck_assert_msg(!exists("killed/backup"), "the backup was left behind");
        kills += in_run;
        most = in_run > most ? in_run : most;
    }
    printf(
        "%d kills in %d runs of %.0f ms, at most %d in one: all end with the same bits\n", kills,
        runs, whole * 1e3, most
    );
}

START_TEST(a_run_that_is_killed_a_few_times_ends_with_the_same_bits) { kill_and_compare(20); }
END_TEST

START_TEST(two_hundred_and_fifty_kills_change_no_bit) { kill_and_compare(250); }
END_TEST

CORNU_TESTS(kill) {
    TCase *few = cornu_test_case(suite, "kill");
    tcase_add_test(few, a_run_that_is_killed_a_few_times_ends_with_the_same_bits);
    TCase *many = cornu_test_case(suite, "kill often");
    tcase_set_tags(many, "slow");
    tcase_set_timeout(many, 600);
    tcase_add_test(many, two_hundred_and_fifty_kills_change_no_bit);
}
