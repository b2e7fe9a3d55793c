/* Options, timing and output of the benchmark programs. */
#include "support/bench.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

enum { CHUNKS = 9 };

/* ---- options --------------------------------------------------------------------------------- */
static void refuse(const char *program, const char *const *modes) {
    fprintf(stderr, "usage: %s [--threads N] [--seconds S] [--batch N] [--profile FILE]", program);
    fprintf(stderr, " [--mode ");
    for (size_t i = 0; modes[i] != NULL; i++) fprintf(stderr, "%s%s", i ? "|" : "", modes[i]);
    fprintf(stderr, "]\n");
    exit(2);
}

static bool known(const char *const *modes, const char *mode) {
    for (size_t i = 0; modes[i] != NULL; i++) {
        if (strcmp(modes[i], mode) == 0) return true;
    }
    return false;
}

bench_options bench_parse(int argc, char **argv, bench_options defaults, const char *const *modes) {
    bench_options options = defaults;
    if (options.mode == NULL) options.mode = modes[0];
    if (options.threads == 0) options.threads = 1;
    if (options.seconds <= 0) options.seconds = 5;
    for (int i = 1; i < argc; i += 2) {
        if (i + 1 == argc) refuse(argv[0], modes);
        const char *name = argv[i];
        char *end = argv[i + 1];
        if (strcmp(name, "--threads") == 0) options.threads = (int)strtol(argv[i + 1], &end, 10);
        else if (strcmp(name, "--batch") == 0) options.batch = strtoll(argv[i + 1], &end, 10);
        else if (strcmp(name, "--seconds") == 0) options.seconds = strtod(argv[i + 1], &end);
        else if (strcmp(name, "--mode") == 0 && known(modes, argv[i + 1])) {
            options.mode = argv[i + 1];
            end += strlen(end);
        }
        if (strcmp(name, "--profile") == 0) {
            options.profile = argv[i + 1];
            end += strlen(end);
        }
        if (end == argv[i + 1] || *end != '\0') refuse(argv[0], modes);
    }
    if (options.batch < 1 || !(options.seconds > 0)) refuse(argv[0], modes);
    cornu_check(cornu_set_num_threads(options.threads));
    cornu_set_random_seed(1);
    return options;
}

bool bench_mode_is(const bench_options *options, const char *mode) {
    return strcmp(options->mode, mode) == 0;
}

/* ---- timing ---------------------------------------------------------------------------------- */
double bench_now(void) {
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + 1e-9 * (double)now.tv_nsec;
}

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double timed(bench_work *work, void *user, int64_t count) {
    double start = bench_now();
    cornu_check(work(user, count));
    return bench_now() - start;
}

bench_rate bench_measure(bench_work *work, void *user, double seconds) {
    cornu_check(work(user, 1)); /* traces, plans and makes kernels: no step like the others */
    /* doubling finds how long a step takes without calling `work` once for each: a fit of one
     * step would measure the call of fit */
    double warm_up = fmin(1.0, 0.2 * seconds), spent = 0, step = 0;
    for (int64_t count = 1; spent < warm_up; count *= 2) {
        double elapsed = timed(work, user, count);
        spent += elapsed;
        step = elapsed / (double)count;
    }
    int chunks = step * CHUNKS > seconds ? (int)fmax(3, seconds / step) : CHUNKS;
    int64_t count = (int64_t)fmax(1, seconds / chunks / step);
    double rates[CHUNKS];
    for (int i = 0; i < chunks; i++) rates[i] = (double)count / timed(work, user, count);
    qsort(rates, (size_t)chunks, sizeof *rates, by_size);
    double median = 0.5 * (rates[(chunks - 1) / 2] + rates[chunks / 2]);
    return (bench_rate){median, (rates[chunks - 1] - rates[0]) / median};
}

void bench_profile(const bench_options *options, bench_work *work, void *user) {
    enum { STEPS = 5 };
    if (options->profile == NULL) return;
    cornu_check(cornu_profile_begin(options->profile));
    cornu_check(work(user, STEPS));
    cornu_check(cornu_profile_end());
}

/* ---- output ---------------------------------------------------------------------------------- */
void bench_print(const bench_options *options, bench_rate rate, double last_loss) {
    struct rusage usage;
    getrusage(RUSAGE_SELF, &usage); /* ru_maxrss is in KiB */
    printf(
        "{\"workload\": \"%s\", \"peer\": \"cornu %s\", \"threads\": %d, \"dtype\": \"f32\", "
        "\"batch\": %lld, \"steps_per_s\": %.3f, \"samples_per_s\": %.2f, \"peak_rss_mb\": %.1f, "
        "\"mode\": \"%s\", \"spread\": %.3f",
        options->workload, cornu_version(), options->threads, (long long)options->batch,
        rate.per_second, rate.per_second * (double)options->batch, (double)usage.ru_maxrss / 1024.0,
        options->mode, rate.spread
    );
    if (!isnan(last_loss)) printf(", \"last_loss\": %.4g", last_loss);
    printf("}\n");
}
