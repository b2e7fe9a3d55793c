/* Rows of an array that become a batch: copied, or bytes of images scaled to numbers. Threads share
 * columns, about as they share the sum of the product that comes next (gemm_direct.c): each then
 * reads what lies in its own cache. */
#include "cpu.h"
#include "isa.h"
#include "threads.h"

#include <string.h>

enum { LINE = 64, MOST_FETCHED = 4096 /* bytes of a row: the processor goes on by itself */ };

typedef struct rows_job {
    const cornu_row_gather *gather;
    int64_t shares;
} rows_job;

static const char *row_of(const cornu_row_gather *g, int64_t i) {
    int64_t row = g->order ? g->order[i] : g->first + i;
    return g->from + (size_t)(row * g->size) * g->item;
}

/* Where a share begins: no line of a row in the usual alignment belongs to two. */
static int64_t column_of(const rows_job *job, int64_t share) {
    int64_t column = job->gather->size * share / job->shares;
    return share < job->shares ? column - column % (LINE / (int64_t)sizeof(float)) : column;
}

static void run(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const rows_job *job = context;
    const cornu_row_gather *g = job->gather;
    const cornu_cpu_loops *loops = cornu_cpu_loops_();
    int64_t first = column_of(job, begin), last = column_of(job, end);
    size_t at = (size_t)first * g->item, bytes = (size_t)(last - first) * g->item;
    for (int64_t i = 0; i < g->rows; i++) {
        const char *from = row_of(g, i) + at;
        /* shuffled rows lie anywhere: the next one comes while this one is worked on */
        const char *next = i + 1 < g->rows ? row_of(g, i + 1) + at : from;
        for (size_t b = 0; b < bytes && b < MOST_FETCHED; b += LINE) __builtin_prefetch(next + b);
        if (g->scale == 0) {
            memcpy(g->to + (size_t)(i * g->size) * g->item + at, from, bytes);
            continue;
        }
        float *to = (float *)(void *)g->to + i * g->size + first;
        loops->scale_bytes(to, (const uint8_t *)from, (size_t)(last - first), (float)g->scale);
    }
}

void cornu_cpu_gather_rows_(const cornu_row_gather *gather) {
    int threads = gather->together ? cornu_threads_for_(gather->rows * gather->size) : 1;
    rows_job job = {gather, threads};
    cornu_parallel_(threads, threads, run, &job);
}
