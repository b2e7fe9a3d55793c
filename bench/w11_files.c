/* W11: how long it takes to load a model's weights, beside reading the same bytes, and what a file
 * that nobody vouches for costs beside a trusted one.
 *   w11_files                          medians over fresh processes as lines of JSON
 *   w11_files --packed FILE            also for a model's .keras that holds weights packed by gzip
 *   w11_files --make FILE MEGABYTES    writes a model of so many megabytes
 *   w11_files --read|--load|--trusted FILE    one run: prints seconds and the peak memory
 * All files lie in the system's cache: the question is what is added to reading them. */
#include "support/bench.h"

#include <fcntl.h>
#include <spawn.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ROUNDS = 9, WIDTH = 4096 };

/* ---- one run --------------------------------------------------------------------------------- */

/* Layers of 64 MiB and what is left over. */
static void make(const char *path, int64_t megabytes) {
    int64_t left = megabytes * 1000000 / 4, inputs = WIDTH;
    cornu_model *model = cornu_sequential(cornu_input(WIDTH));
    cornu_check(model);
    for (; left > inputs; left -= inputs * WIDTH) {
        int64_t units = left < inputs * WIDTH ? left / inputs : WIDTH;
        cornu_initializer *drawn = cornu_initializer_random_normal(.seed = left);
        cornu_check(
            cornu_sequential_add(model, cornu_layer_dense(units, .kernel_initializer = drawn))
        );
        inputs = units;
    }
    cornu_check(cornu_save(model, path));
    cornu_model_free(model);
}

static double read_bytes(const char *path) {
    double start = bench_now();
    int file = open(path, O_RDONLY);
    struct stat about;
    if (file < 0 || fstat(file, &about) != 0) return perror(path), exit(1), 0;
    size_t size = (size_t)about.st_size, done = 0;
    char *bytes = malloc(size);
    ssize_t got = bytes ? 1 : 0;
    for (; done < size && got > 0; done += (size_t)got) got = read(file, bytes + done, size - done);
    double seconds = bench_now() - start;
    if (done != size) exit(1);
    free(bytes);
    close(file);
    return seconds;
}

static double load(const char *path, bool trusted) {
    double start = bench_now();
    cornu_model *model = cornu_load_model(path, .trusted = trusted);
    double seconds = bench_now() - start;
    cornu_check(model);
    cornu_model_free(model);
    return seconds;
}

/* getrusage would give the parent's, whose memory a child has until it becomes another program. */
static double peak_megabytes(void) {
    FILE *status = fopen("/proc/self/status", "r");
    char line[256];
    double kilobytes = 0;
    while (status && fgets(line, sizeof line, status)) {
        if (sscanf(line, "VmHWM: %lf", &kilobytes) == 1) break;
    }
    if (status) fclose(status);
    return kilobytes * 1024.0 / 1e6;
}

static int run(const char *what, const char *path) {
    double seconds =
        strcmp(what, "--read") == 0 ? read_bytes(path) : load(path, strcmp(what, "--trusted") == 0);
    printf("%.6f %.1f\n", seconds, peak_megabytes());
    return 0;
}

/* ---- many runs ------------------------------------------------------------------------------- */

typedef struct runs {
    const char *what;
    double seconds[ROUNDS], megabytes[ROUNDS];
} runs;

/* Runs "program WHAT path" in a process of its own and reads what it prints. */
static bool run_apart(
    char *program, const char *what, const char *path, double *seconds, double *mb
) {
    int ends[2];
    if (pipe(ends) != 0) return false;
    posix_spawn_file_actions_t actions;
    posix_spawn_file_actions_init(&actions);
    posix_spawn_file_actions_adddup2(&actions, ends[1], STDOUT_FILENO);
    posix_spawn_file_actions_addclose(&actions, ends[0]);
    posix_spawn_file_actions_addclose(&actions, ends[1]);
    char option[16], file[4096], text[64] = "";
    snprintf(option, sizeof option, "%s", what);
    snprintf(file, sizeof file, "%s", path);
    char *arguments[] = {program, option, file, NULL};
    pid_t child;
    bool started = posix_spawn(&child, program, &actions, NULL, arguments, environ) == 0;
    posix_spawn_file_actions_destroy(&actions);
    close(ends[1]);
    bool answered = started && read(ends[0], text, sizeof text - 1) > 0;
    close(ends[0]);
    int status = -1;
    if (started) waitpid(child, &status, 0);
    return answered && status == 0 && sscanf(text, "%lf %lf", seconds, mb) == 2;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Both ways in turn, so that a change of the machine's pace meets both. */
static bool compare(char *program, const char *path, const char *mode, runs *base, runs *other) {
    double ratios[ROUNDS];
    struct stat about;
    if (stat(path, &about) != 0) return perror(path), false;
    /* the first time the file may come from the disk */
    if (!run_apart(program, base->what, path, &base->seconds[0], &base->megabytes[0])) return false;
    for (int i = 0; i < ROUNDS; i++) {
        if (!run_apart(program, base->what, path, &base->seconds[i], &base->megabytes[i]) ||
            !run_apart(program, other->what, path, &other->seconds[i], &other->megabytes[i])) {
            return fprintf(stderr, "w11_files: '%s' could not be read\n", path), false;
        }
        ratios[i] = other->seconds[i] / base->seconds[i];
    }
    qsort(ratios, ROUNDS, sizeof *ratios, by_size);
    qsort(base->seconds, ROUNDS, sizeof(double), by_size);
    qsort(other->seconds, ROUNDS, sizeof(double), by_size);
    qsort(other->megabytes, ROUNDS, sizeof(double), by_size);
    printf(
        "{\"workload\": \"W11\", \"peer\": \"cornu %s\", \"mode\": \"%s\", \"file_mb\": %.1f, "
        "\"base_ms\": %.1f, \"wall_ms\": %.1f, \"ratio\": %.3f, \"ratios\": [%.3f, %.3f], "
        "\"peak_rss_mb\": %.1f}\n",
        cornu_version(), mode, (double)about.st_size / 1e6, 1e3 * base->seconds[ROUNDS / 2],
        1e3 * other->seconds[ROUNDS / 2], ratios[ROUNDS / 2], ratios[0], ratios[ROUNDS - 1],
        other->megabytes[ROUNDS - 1]
    );
    return true;
}

static int measure(const char *packed) {
    char program[4096], folder[] = "/tmp/cornu-w11-XXXXXX", path[64];
    ssize_t length = readlink("/proc/self/exe", program, sizeof program - 1);
    if (length < 0 || mkdtemp(folder) == NULL) return perror("w11_files"), 1;
    program[length] = '\0';
    static const struct {
        int64_t megabytes;
        const char *mode, *base, *other;
    } plain[] = {
        {500, "load / read", "--read", "--load"},
        {100, "confined / trusted", "--trusted", "--load"},
    };
    bool good = true;
    for (size_t i = 0; good && i < sizeof plain / sizeof plain[0]; i++) {
        runs base = {.what = plain[i].base}, other = {.what = plain[i].other};
        snprintf(path, sizeof path, "%s/model.keras", folder);
        make(path, plain[i].megabytes);
        good = compare(program, path, plain[i].mode, &base, &other);
        remove(path);
    }
    rmdir(folder);
    runs base = {.what = "--trusted"}, other = {.what = "--load"};
    if (good && packed)
        good = compare(program, packed, "packed, confined / trusted", &base, &other);
    return good ? 0 : 1;
}

int main(int argc, char **argv) {
    if (argc == 4 && strcmp(argv[1], "--make") == 0) return make(argv[2], atoll(argv[3])), 0;
    if (argc == 3 && strcmp(argv[1], "--packed") == 0) return measure(argv[2]);
    if (argc == 3) return run(argv[1], argv[2]);
    return measure(NULL);
}
