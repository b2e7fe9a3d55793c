/* What the benchmark programs share: options, a clock, medians, and the line of JSON that every
 * program prints. The fields are those of the other side's script, peers/torch_workloads.py, so
 * that bench/run.py can put both in one table. */
#ifndef BENCH_SUPPORT_BENCH_H
#define BENCH_SUPPORT_BENCH_H

#include <cornu/cornu.h>

typedef struct bench_options {
    const char *workload;
    const char *mode; /* one of the program's modes; the first is the default */
    int threads;
    int64_t batch;
    double seconds;      /* to measure for, warm-up not counted */
    const char *profile; /* file for a profile of some further steps, or NULL */
} bench_options;

/* Reads --threads, --seconds, --batch, --mode and --profile and sets the library's threads.
 * `defaults` has the workload's name, batch and mode; `modes` is the NULL-ended list that --mode
 * may choose from. Prints what is wrong and exits with status 2 on bad options. */
bench_options bench_parse(int argc, char **argv, bench_options defaults, const char *const *modes);

/* Whether --mode chose `mode`. */
bool bench_mode_is(const bench_options *options, const char *mode);

/* Runs `count` steps of the workload; an error is reported by the library's message. */
typedef cornu_status bench_work(void *user, int64_t count);

typedef struct bench_rate {
    double per_second; /* median over the chunks */
    double spread;     /* (fastest - slowest) / median */
} bench_rate;

/* Steps per second of `work`: warms up for a fifth of `seconds`, then times nine chunks (fewer if
 * a step is long) and takes their median. Ends the program on an error. */
bench_rate bench_measure(bench_work *work, void *user, double seconds);

/* Prints the line of JSON for a rate in steps per second. `last_loss` NAN: none to show. */
void bench_print(const bench_options *options, bench_rate rate, double last_loss);

/* With --profile FILE, runs a few more steps of `work` and writes down where their time goes. */
void bench_profile(const bench_options *options, bench_work *work, void *user);

/* Seconds of a clock that only moves forward. */
double bench_now(void);

/* Float32 images [60000, 784] scaled to 0..1 and their labels, in memory as the other side has
 * them, so that W2 measures steps and not the data path (W10 does that). Both *new*. */
void bench_fashion(cornu_tensor **images, cornu_tensor **labels);

/* Whole numbers 0 .. limit - 1 by chance, as int32; *new*. */
cornu_tensor *bench_integers(cornu_shape shape, int64_t limit, int64_t seed);
/* Standard normal numbers; *new*. */
cornu_tensor *bench_normal(cornu_shape shape, int64_t seed);

/* Consecutive batches of two arrays that lie in memory: tensors over parts of them, nothing is
 * copied. They are made once, so that a step costs what a step costs. */
typedef struct bench_batches {
    cornu_tensor **x, **y;
    int64_t count;
    int64_t next; /* the one that the next step takes */
} bench_batches;
bench_batches bench_batches_of(cornu_tensor *x, cornu_tensor *y, int64_t batch);
void bench_batches_free(bench_batches *batches);

/* W3's and W8's network: two convolutions with pooling on images [28, 28, 1]; *new*, not
 * compiled. */
cornu_model *bench_cnn(void);
/* W2's, W9's and W10's network: 784 -> Dense 128 relu -> Dense 10; *new*, not compiled. `shape` is
 * that of one sample, [784] or [28, 28]. */
cornu_model *bench_mlp(cornu_shape shape);

#endif
