/* The machine's own limits, against which bench/README.md reads the other numbers: multiply-adds
 * that stay in registers, float32 matmuls of the library at sizes where nothing but the kernel
 * counts, and a triad a[i] = b[i] + s * c[i] over arrays that fit a cache or do not.
 *   limits --threads 2
 * prints one line of JSON. */
#include "support/bench.h"

#include <stdlib.h>
#include <string.h>
#include <threads.h>

static const char *const modes[] = {"all", NULL};
enum { MAX_THREADS = 64 };

/* built for several processors, the best chosen when the program starts */
#if defined(__x86_64__) && defined(__GNUC__) && !defined(__clang__)
#define FOR_PROCESSORS __attribute__((target_clones("avx512f", "fma", "default")))
#else
#define FOR_PROCESSORS
#endif

/* ---- in every thread at once ----------------------------------------------------------------- */
typedef struct part {
    float *a, *b, *c; /* [count] each, the thread's own */
    int64_t count, repeats;
    float result; /* so that nothing is optimised away */
} part;

/* Seconds that `work` takes on all parts side by side. */
static double together(int (*work)(void *), part *parts, int threads) {
    thrd_t ids[MAX_THREADS];
    double start = bench_now();
    for (int i = 1; i < threads; i++) {
        if (thrd_create(&ids[i], work, &parts[i]) != thrd_success) exit(1);
    }
    work(&parts[0]);
    for (int i = 1; i < threads; i++) thrd_join(ids[i], NULL);
    return bench_now() - start;
}

/* ---- registers ------------------------------------------------------------------------------- */
/* 24 independent sums of 16 floats: enough to hide the latency of every multiply-add. */
enum { LANES = 16, SUMS = 24 };
typedef float lanes __attribute__((vector_size(LANES * sizeof(float))));

FOR_PROCESSORS static float multiply_add(int64_t repeats) {
    lanes sums[SUMS], x, y;
    for (int i = 0; i < LANES; i++) x[i] = 0.999f, y[i] = 1e-3f;
    /* different numbers, or one sum would serve for all */
    for (int i = 0; i < SUMS; i++) sums[i] = y * (float)i;
    for (int64_t r = 0; r < repeats; r++) {
#pragma GCC unroll 24
        for (int i = 0; i < SUMS; i++) sums[i] = sums[i] * x + y;
    }
    float total = 0;
    for (int i = 0; i < SUMS; i++) total += sums[i][0];
    return total;
}

static int multiply_add_part(void *user) {
    part *p = user;
    p->result = multiply_add(p->repeats);
    return 0;
}

static double register_gflops(int threads, double seconds) {
    part parts[MAX_THREADS] = {0};
    double best = 0;
    int64_t repeats = 1 << 16;
    for (double spent = 0; spent < seconds;) {
        for (int i = 0; i < threads; i++) parts[i].repeats = repeats;
        double elapsed = together(multiply_add_part, parts, threads);
        double rate = 2.0 * LANES * SUMS * (double)repeats * threads / elapsed * 1e-9;
        if (rate > best) best = rate;
        if (elapsed < 0.05) repeats *= 2;
        spent += elapsed;
    }
    return best;
}

/* ---- memory ---------------------------------------------------------------------------------- */
FOR_PROCESSORS static void triad(
    float *restrict a, const float *restrict b, const float *restrict c, int64_t count
) {
    for (int64_t i = 0; i < count; i++) a[i] = b[i] + 0.5f * c[i];
}

static int triad_part(void *user) {
    part *p = user;
    for (int64_t r = 0; r < p->repeats; r++) {
        triad(p->a, p->b, p->c, p->count);
        p->b[r % p->count] = p->a[0]; /* the next round cannot be left out */
    }
    return 0;
}

/* Three arrays of `bytes` for each thread; bytes read and written, without the line that a write
 * fetches first. */
static double triad_gbytes(int threads, double seconds, size_t bytes) {
    part parts[MAX_THREADS] = {0};
    for (int i = 0; i < threads; i++) {
        float **arrays[] = {&parts[i].a, &parts[i].b, &parts[i].c};
        for (int k = 0; k < 3; k++) {
            *arrays[k] = aligned_alloc(64, bytes);
            if (*arrays[k] == NULL) return perror("limits"), exit(1), 0;
            memset(*arrays[k], 0, bytes);
        }
        parts[i].count = (int64_t)(bytes / sizeof(float));
    }
    double best = 0;
    int64_t repeats = 1;
    for (double spent = 0; spent < seconds;) {
        for (int i = 0; i < threads; i++) parts[i].repeats = repeats;
        double elapsed = together(triad_part, parts, threads);
        double rate = 3.0 * (double)bytes * (double)repeats * threads / elapsed * 1e-9;
        if (rate > best) best = rate;
        if (elapsed < 0.1) repeats *= 2;
        spent += elapsed;
    }
    for (int i = 0; i < threads; i++) free(parts[i].a), free(parts[i].b), free(parts[i].c);
    return best;
}

/* ---- matmul of the library ------------------------------------------------------------------- */
typedef struct product {
    cornu_tensor *a, *b; /* [m, k], [k, n] */
} product;

static cornu_status multiply(void *user, int64_t count) {
    product *p = user;
    for (int64_t i = 0; i < count; i++) {
        CORNU_SCOPE {
            if (cornu_op_matmul(p->a, p->b) == NULL) return cornu_error_status();
        }
    }
    return CORNU_OK;
}

static double matmul_gflops(int64_t m, int64_t n, int64_t k, double seconds) {
    double rate = 0;
    CORNU_SCOPE {
        product p = {
            cornu_random_normal(cornu_shape(m, k), .seed = 1),
            cornu_random_normal(cornu_shape(k, n), .seed = 2),
        };
        cornu_check(p.a);
        cornu_check(p.b);
        rate = bench_measure(multiply, &p, seconds).per_second;
    }
    return rate * 2.0 * (double)m * (double)n * (double)k * 1e-9;
}

int main(int argc, char **argv) {
    bench_options options = bench_parse(
        argc, argv, (bench_options){.workload = "limits", .batch = 1, .seconds = 1}, modes
    );
    int threads = options.threads < MAX_THREADS ? options.threads : MAX_THREADS;
    double s = options.seconds;
    printf("{\"workload\": \"limits\", \"threads\": %d, ", threads);
    printf("\"registers_gflops\": %.1f, ", register_gflops(threads, s));
    printf("\"matmul_2048_gflops\": %.1f, ", matmul_gflops(2048, 2048, 2048, s));
    printf("\"matmul_256x2048x2048_gflops\": %.1f, ", matmul_gflops(256, 2048, 2048, s));
    printf("\"matmul_128x128x784_gflops\": %.1f, ", matmul_gflops(128, 128, 784, s));
    printf("\"matmul_32x128x784_gflops\": %.1f, ", matmul_gflops(32, 128, 784, s));
    printf("\"triad_l2_gbytes\": %.1f, ", triad_gbytes(threads, s, 192 << 10));
    printf("\"triad_l3_gbytes\": %.1f, ", triad_gbytes(threads, s, 3 << 20));
    printf("\"triad_memory_gbytes\": %.1f}\n", triad_gbytes(threads, s, 512 << 20));
    return 0;
}
