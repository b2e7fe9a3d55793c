/* W9: from the start of a process to the first prediction of W2's network, with weights that lie
 * on disk.
 *   w9_startup                      starts itself again and again and prints the median as JSON
 *   w9_startup --save FILE          writes weights
 *   w9_startup --predict FILE       reads them, predicts one image, prints its class
 * The time ends when the class arrives, as it does for the other side. */
#include "support/bench.h"

#include <math.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { RUNS = 25 };

static void save(const char *path) {
    cornu_model *model = bench_mlp(cornu_shape(784));
    cornu_check(cornu_save_weights(model, path));
    cornu_model_free(model);
}

static void predict(const char *path) {
    cornu_model *model = bench_mlp(cornu_shape(784));
    cornu_check(cornu_load_weights(model, path));
    CORNU_SCOPE {
        cornu_tensor *image = cornu_random_uniform(cornu_shape(1, 784), .seed = 1);
        cornu_tensor *logits = cornu_predict_on_batch(model, image); /* [1, 10] */
        cornu_check(logits);
        printf("%d\n", (int)cornu_tensor_get(cornu_op_argmax(logits, -1), 0));
        fflush(stdout);
        cornu_tensor_free(logits);
    }
    cornu_model_free(model);
}

/* Runs "program --predict path"; seconds until its answer, and its peak memory in MiB. */
static bool run_once(char *program, char *path, double *seconds, double *memory) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    char option[] = "--predict";
    char *arguments[] = {program, option, path, NULL};
    pid_t child;
    double start = bench_now();
    bool started = posix_spawn(&child, program, &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    char answer[16];
    bool answered = started && read(ends[0], answer, sizeof answer) > 0;
    *seconds = bench_now() - start;
    close(ends[0]);
    int status = -1;
    struct rusage usage = {0};
    if (started) wait4(child, &status, 0, &usage);
    *memory = (double)usage.ru_maxrss / 1024.0;
    return answered && status == 0;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static int measure(int argc, char **argv) {
    static const char *const modes[] = {"process", NULL};
    bench_options options =
        bench_parse(argc, argv, (bench_options){.workload = "W9", .batch = 1}, modes);
    char threads[16], program[4096], folder[] = "/tmp/cornu-w9-XXXXXX", path[64];
    snprintf(threads, sizeof threads, "%d", options.threads);
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0 || mkdtemp(folder) == NULL) return perror("w9_startup"), 1;
    program[length] = '\0';
    snprintf(path, sizeof path, "%s/mlp.weights.h5", folder);
    save(path);
    setenv("OMP_NUM_THREADS", threads, 1);

    double seconds[RUNS], memory[RUNS], cold, cold_memory;
    bool good = run_once(program, path, &cold, &cold_memory); /* the first reads files from disk */
    for (int i = 0; i < RUNS && good; i++) good = run_once(program, path, &seconds[i], &memory[i]);
    remove(path);
    rmdir(folder);
    if (!good) return fprintf(stderr, "w9_startup: the prediction failed\n"), 1;

    qsort(seconds, RUNS, sizeof *seconds, by_size);
    qsort(memory, RUNS, sizeof *memory, by_size);
    double median = seconds[RUNS / 2];
    printf(
        "{\"workload\": \"W9\", \"peer\": \"cornu %s\", \"threads\": %d, \"dtype\": \"f32\", "
        "\"batch\": 1, \"steps_per_s\": %.3f, \"samples_per_s\": %.2f, \"peak_rss_mb\": %.1f, "
        "\"mode\": \"process\", \"spread\": %.3f, \"wall_ms\": %.2f}\n",
        cornu_version(), options.threads, 1 / median, 1 / median, memory[RUNS / 2],
        (seconds[RUNS - 1] - seconds[0]) / median, 1e3 * median
    );
    return 0;
}

int main(int argc, char **argv) {
    bool path_given = argc == 3;
    if (path_given && strcmp(argv[1], "--save") == 0) return save(argv[2]), 0;
    if (path_given && strcmp(argv[1], "--predict") == 0) return predict(argv[2]), 0;
    return measure(argc, argv);
}
