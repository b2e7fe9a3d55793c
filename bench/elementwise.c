/* Chains of elementwise operations, fused by cornu and as loops written by hand: what the executor
 * of fused programs costs. A step reads a batch [N, 1024] and updates variables, so that neither
 * side copies anything. One line of JSON per chain and size; --mode takes one chain alone.
 *
 *     normalise   out += 0.1 * (max((x - mean) * scale + offset, 0) - out), three of [1024]: 7
 *     momentum    m = 0.9 * m + x; w -= 0.01 * m: 4 operations, two results
 *     polynomial  out = (((((c6 x + c5) x + c4) x + c3) x + c2) x + c1) x + c0: 12 operations */
#include "support/bench.h"

#include <math.h>
#include <stdlib.h>

enum { WIDTH = 1024 };
static const char *const modes[] = {"all", "normalise", "momentum", "polynomial", NULL};
static const float coefficients[] = {1.0F, 0.5F, 0.25F, 0.125F, 0.0625F, 0.03125F, 0.015625F};
enum { DEGREE = sizeof coefficients / sizeof coefficients[0] - 1 };

/* What the chains work on: arrays of both sides, cornu's in variables. */
typedef struct arrays {
    cornu_tensor *x;                              /* [rows, WIDTH] */
    cornu_tensor *mean, *scale, *offset;          /* [WIDTH] */
    cornu_tensor *first, *second;                 /* variables [rows, WIDTH]: out; or w, m */
    cornu_tensor *first_by_hand, *second_by_hand; /* [rows, WIDTH] */
    int64_t rows;
    int threads;
} arrays;

/* ---- by hand --------------------------------------------------------------------------------- */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_EACH_MACHINE __attribute__((target_clones("avx512f", "avx2", "default")))
#else
#define FOR_EACH_MACHINE
#endif

static const float *numbers(const cornu_tensor *t) { return cornu_tensor_data(t); }

FOR_EACH_MACHINE static void normalise_row(
    float *restrict out, const float *restrict x, const float *restrict mean,
    const float *restrict scale, const float *restrict offset
) {
    for (int j = 0; j < WIDTH; j++) {
        float t = (x[j] - mean[j]) * scale[j] + offset[j];
        t = t > 0 ? t : 0;
        out[j] += 0.1F * (t - out[j]);
    }
}

FOR_EACH_MACHINE static void momentum_row(
    float *restrict w, float *restrict m, const float *restrict x
) {
    for (int j = 0; j < WIDTH; j++) {
        m[j] = 0.9F * m[j] + x[j];
        w[j] -= 0.01F * m[j];
    }
}

FOR_EACH_MACHINE static void polynomial_row(float *restrict out, const float *restrict x) {
    for (int j = 0; j < WIDTH; j++) {
        float y = coefficients[DEGREE];
        for (int k = DEGREE - 1; k >= 0; k--) y = y * x[j] + coefficients[k];
        out[j] = y;
    }
}

static void normalise_by_hand(const arrays *a) {
    float *out = cornu_tensor_data_mut(a->first_by_hand);
    const float *x = numbers(a->x), *mean = numbers(a->mean), *scale = numbers(a->scale);
    const float *offset = numbers(a->offset);
#pragma omp parallel for num_threads(a->threads) if (a->threads > 1)
    for (int64_t r = 0; r < a->rows; r++)
        normalise_row(out + r * WIDTH, x + r * WIDTH, mean, scale, offset);
}

static void momentum_by_hand(const arrays *a) {
    float *w = cornu_tensor_data_mut(a->first_by_hand);
    float *m = cornu_tensor_data_mut(a->second_by_hand);
    const float *x = numbers(a->x);
#pragma omp parallel for num_threads(a->threads) if (a->threads > 1)
    for (int64_t r = 0; r < a->rows; r++) momentum_row(w + r * WIDTH, m + r * WIDTH, x + r * WIDTH);
}

static void polynomial_by_hand(const arrays *a) {
    float *out = cornu_tensor_data_mut(a->first_by_hand);
    const float *x = numbers(a->x);
#pragma omp parallel for num_threads(a->threads) if (a->threads > 1)
    for (int64_t r = 0; r < a->rows; r++) polynomial_row(out + r * WIDTH, x + r * WIDTH);
}

/* ---- by cornu: steps of a model that has nothing else to do --------------------------------- */
static cornu_status normalise(cornu_model *model, const cornu_batch *batch, void *user) {
    const arrays *a = user;
    (void)model;
    cornu_tensor *t = cornu_op_subtract(batch->inputs[0], a->mean);
    t = cornu_op_add(cornu_op_multiply(t, a->scale), a->offset);
    t = cornu_op_subtract(cornu_op_maximum(t, cornu_scalar(0)), a->first);
    return cornu_assign_add(a->first, cornu_op_multiply(cornu_scalar(0.1), t));
}

static cornu_status momentum(cornu_model *model, const cornu_batch *batch, void *user) {
    const arrays *a = user;
    (void)model;
    cornu_tensor *m = cornu_op_multiply(cornu_scalar(0.9), a->second);
    m = cornu_op_add(m, batch->inputs[0]);
    CORNU_TRY(cornu_assign(a->second, m));
    return cornu_assign_sub(a->first, cornu_op_multiply(cornu_scalar(0.01), m));
}

static cornu_status polynomial(cornu_model *model, const cornu_batch *batch, void *user) {
    const arrays *a = user;
    (void)model;
    cornu_tensor *x = batch->inputs[0], *y = cornu_op_multiply(x, cornu_scalar(coefficients[6]));
    for (int k = DEGREE - 1; k >= 0; k--) {
        y = cornu_op_add(y, cornu_scalar(coefficients[k]));
        if (k > 0) y = cornu_op_multiply(y, x);
    }
    return cornu_assign(a->first, y);
}

static const struct chain {
    const char *name;
    cornu_status (*fused)(cornu_model *model, const cornu_batch *batch, void *user);
    void (*by_hand)(const arrays *a);
} chains[] = {
    {"normalise", normalise, normalise_by_hand},
    {"momentum", momentum, momentum_by_hand},
    {"polynomial", polynomial, polynomial_by_hand},
};

/* ---- measuring ------------------------------------------------------------------------------- */
typedef struct side {
    const struct chain *chain;
    arrays *a;
    cornu_model *model;
} side;

static cornu_status run_fused(void *user, int64_t count) {
    side *s = user;
    for (int64_t i = 0; i < count; i++)
        CORNU_TRY(cornu_train_on_batch(s->model, s->a->x, NULL, NULL, NULL));
    return CORNU_OK;
}

static cornu_status run_by_hand(void *user, int64_t count) {
    side *s = user;
    for (int64_t i = 0; i < count; i++) s->chain->by_hand(s->a);
    return CORNU_OK;
}

static cornu_tensor *same(void *user, cornu_tensor *x) {
    (void)user;
    return x;
}

static cornu_tensor *variable_of_zeros(int64_t rows) {
    cornu_tensor *variable = NULL;
    CORNU_SCOPE {
        variable =
            cornu_variable(cornu_op_zeros(cornu_shape(rows, WIDTH), CORNU_FLOAT32), .name = "v");
    }
    cornu_check(variable);
    return variable;
}

static arrays arrays_new(int64_t rows, int threads) {
    return (arrays
    ){.x = bench_normal(cornu_shape(rows, WIDTH), 1),
      .mean = bench_normal(cornu_shape(WIDTH), 2),
      .scale = bench_normal(cornu_shape(WIDTH), 3),
      .offset = bench_normal(cornu_shape(WIDTH), 4),
      .first = variable_of_zeros(rows),
      .second = variable_of_zeros(rows),
      .first_by_hand = variable_of_zeros(rows),
      .second_by_hand = variable_of_zeros(rows),
      .rows = rows,
      .threads = threads};
}

static void arrays_free(arrays *a) {
    cornu_tensor *all[] = {a->x,     a->mean,   a->scale,         a->offset,
                           a->first, a->second, a->first_by_hand, a->second_by_hand};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) cornu_tensor_free(all[i]);
}

/* Both sides start from zeros and do one step: what they get must be the same. */
static double largest_difference(const arrays *a) {
    double largest = 0;
    for (int64_t i = 0; i < cornu_tensor_size(a->first); i++) {
        double difference = cornu_tensor_get(a->first, i) - cornu_tensor_get(a->first_by_hand, i);
        largest = fmax(largest, fabs(difference));
    }
    return largest;
}

enum { ROUNDS = 15 };

static int by_size(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

static double median(double *of_rounds) {
    qsort(of_rounds, ROUNDS, sizeof *of_rounds, by_size);
    return of_rounds[ROUNDS / 2];
}

static void measure(const bench_options *options, const struct chain *chain, int64_t rows) {
    arrays a = arrays_new(rows, options->threads);
    side s = {.chain = chain, .a = &a};
    s.model = cornu_subclass(same, NULL, (cornu_tensor_list){0});
    cornu_check(s.model);
    cornu_check(cornu_compile(s.model, .loss = cornu_loss_mean_squared_error()));
    cornu_step_hooks hooks = {.train_step = chain->fused, .user = &a};
    cornu_check(cornu_model_set_hooks(s.model, &hooks));
    cornu_check(run_fused(&s, 1));
    cornu_check(run_by_hand(&s, 1));
    double difference = largest_difference(&a);
    /* in turn, so that what else the machine does meets both */
    double fused[ROUNDS], by_hand[ROUNDS], ratio[ROUNDS];
    for (int i = 0; i < ROUNDS; i++) {
        fused[i] = 1e6 / bench_measure(run_fused, &s, options->seconds / ROUNDS).per_second;
        by_hand[i] = 1e6 / bench_measure(run_by_hand, &s, options->seconds / ROUNDS).per_second;
        ratio[i] = fused[i] / by_hand[i];
    }
    printf(
        "{\"workload\": \"elementwise\", \"mode\": \"%s\", \"threads\": %d, \"rows\": %lld, "
        "\"fused_us\": %.2f, \"by_hand_us\": %.2f, \"ratio\": %.2f, \"difference\": %.2g}\n",
        chain->name, options->threads, (long long)rows, median(fused), median(by_hand),
        median(ratio), difference
    );
    cornu_model_free(s.model);
    arrays_free(&a);
    if (!(difference < 1e-5)) exit(EXIT_FAILURE);
}

int main(int argc, char **argv) {
    /* arrays of 256 KB, 4 MB and 64 MB: in the second- and third-level cache, and in memory */
    static const int64_t sizes[] = {64, 1024, 16384};
    bench_options options = bench_parse(
        argc, argv, (bench_options){.workload = "elementwise", .batch = 1, .seconds = 1}, modes
    );
    for (size_t c = 0; c < sizeof chains / sizeof chains[0]; c++) {
        if (!bench_mode_is(&options, "all") && !bench_mode_is(&options, chains[c].name)) continue;
        for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++)
            measure(&options, &chains[c], sizes[i]);
    }
    return EXIT_SUCCESS;
}
