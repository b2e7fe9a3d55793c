/* SIGKILL while a model is saved: at every moment there is a file that can be loaded, the old one
 * or the new one, and never a mixture. */
#include "support/support.h"
#include <cornu/cornu.h>

#include <dirent.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

extern char **environ;

static double now(void) {
    struct timespec time;
    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec + (double)time.tv_nsec * 1e-9;
}

/* All weights have one number. */
static void check_weights(cornu_model *model, const char *path) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    float first = *(const float *)cornu_tensor_data(weights.items[0]);
    ck_assert_float_ge(first, 1);
    for (size_t i = 0; i < weights.count; i++) {
        const float *values = cornu_tensor_data(weights.items[i]);
        int64_t count = cornu_tensor_size(weights.items[i]), differ = 0;
        for (int64_t k = 0; k < count; k++) differ += values[k] != first;
        ck_assert_msg(differ == 0, "%s is a mixture of two saves", path);
    }
}

static void check_files(void) {
    cornu_model *model = cornu_load("saved/model.keras");
    assert_ok(model);
    check_weights(model, "model.keras");
    assert_ok(cornu_load_weights(model, "saved/model.weights.h5"));
    check_weights(model, "model.weights.h5");
    cornu_model_free(model);
}

static int entries(void) {
    int count = 0;
    DIR *listing = opendir("saved");
    for (struct dirent *entry; listing && (entry = readdir(listing));) {
        count += entry->d_name[0] != '.';
    }
    if (listing) closedir(listing);
    return count;
}

static void wait_until(double moment) {
    double left = moment - now();
    if (left <= 0) return;
    const struct timespec time = {(time_t)left, (long)((left - (double)(time_t)left) * 1e9)};
    nanosleep(&time, NULL);
}

static pid_t start(char *megabytes) {
    char folder[] = "saved";
    char program[] = CORNU_KILLED_SAVE;
    char *arguments[] = {program, folder, megabytes, NULL};
    pid_t child;
    ck_assert_int_eq(posix_spawn(&child, program, NULL, NULL, arguments, environ), 0);
    return child;
}

static void end(pid_t child) {
    int result;
    kill(child, SIGKILL);
    ck_assert_int_eq(waitpid(child, &result, 0), child);
    ck_assert_msg(WIFSIGNALED(result) && WTERMSIG(result) == SIGKILL, "the program ended itself");
}

/* `count` kills, spread over the time that a start and two saves take. */
static void kill_savers(int count, char *megabytes) {
    assert_ok(cornu_make_folder("saved"));
    (void)unlink("saved/model.keras");
    (void)unlink("saved/model.weights.h5");
    double begin = now();
    pid_t child = start(megabytes);
    while (access("saved/model.weights.h5", F_OK) != 0 && now() - begin < 300) {
        wait_until(now() + 1e-3);
    }
    double whole = now() - begin;
    end(child);
    int most_left = 0;
    for (int i = 0; i < count; i++) {
        double turn = i * 0.618033988749895; /* the golden ratio spreads moments evenly */
        begin = now();
        child = start(megabytes);
        wait_until(begin + whole * 1.1 * (turn - (int)turn));
        end(child);
        check_files();
        int left = entries() - 2;
        most_left = left > most_left ? left : most_left;
    }
    /* what one killed writer leaves, the next one of that file removes */
    ck_assert_int_le(most_left, 2);
    printf(
        "%d kills within %.0f ms of saving %s MB twice: a whole file each time, at most %d "
        "unfinished ones beside it\n",
        count, whole * 1e3, megabytes, most_left
    );
}

START_TEST(a_few_kills_leave_a_whole_file) {
    char megabytes[] = "2";
    kill_savers(10, megabytes);
}
END_TEST

START_TEST(two_hundred_kills_while_200_megabytes_are_saved_leave_a_whole_file) {
    char megabytes[] = "200";
    kill_savers(200, megabytes);
}
END_TEST

CORNU_TESTS(save_kill) {
    TCase *few = cornu_test_case(suite, "save_kill");
    tcase_add_test(few, a_few_kills_leave_a_whole_file);
    TCase *many = cornu_test_case(suite, "save_kill_often");
    tcase_set_tags(many, "slow");
    tcase_set_timeout(many, 600);
    tcase_add_test(many, two_hundred_kills_while_200_megabytes_are_saved_leave_a_whole_file);
}
