/* Gather and scatter-add along one axis, any element type for gather, float32 for scatter-add.
 *
 * Gather copies runs of `inner` elements and runs parallel over the outer axis and the index.
 * Scatter-add must add in the order of the index, so threads share the table instead: its rows, or
 * the outer and the inner axis where many updates go to few rows.
 *
 * Batched (take_along_axis), each element has an index of its own: elements instead of runs, and
 * threads share the outer axis. */
#include "cpu.h"
#include "threads.h"

#include "base/memory.h"
#include <string.h>

enum { MOST_PER_ROW = 2 }; /* updates, on average, for whose sake threads share rows */

typedef struct gather_kernel {
    cornu_kernel base;
    int64_t outer, n, inner; /* of the table */
    int64_t count;           /* numbers in the index; batched: of one outer index */
    int64_t checked;         /* numbers in the index in all */
    size_t item, run;        /* bytes of an element, of `inner` elements */
    bool wide_index;         /* int64, not int32 */
    bool by_rows;            /* scatter-add: threads share the table's rows */
    int threads;
} gather_kernel;

typedef struct gather_job {
    const gather_kernel *kernel;
    const char *from; /* gather: the table; scatter-add: the updates */
    const void *index;
    char *to;
} gather_job;

static int64_t index_at(const gather_kernel *kernel, const void *index, int64_t i) {
    int64_t value = kernel->wide_index ? ((const int64_t *)index)[i] : ((const int32_t *)index)[i];
    return value < 0 ? value + kernel->n : value;
}

static cornu_status check_index(const gather_kernel *kernel, const void *index) {
    for (int64_t i = 0; i < kernel->checked; i++) {
        int64_t value = index_at(kernel, index, i);
        if (value < 0 || value >= kernel->n) {
            int64_t given =
                kernel->wide_index ? ((const int64_t *)index)[i] : ((const int32_t *)index)[i];
            CORNU_FAIL(
                CORNU_EINVAL, "index %lld is outside an axis of size %lld", (long long)given,
                (long long)kernel->n
            );
        }
    }
    return CORNU_OK;
}

static void copy_runs(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const gather_job *job = context;
    const gather_kernel *kernel = job->kernel;
    size_t run = kernel->run;
    for (int64_t p = begin; p < end; p++) {
        int64_t o = p / kernel->count, i = index_at(kernel, job->index, p % kernel->count);
        memcpy(job->to + (size_t)p * run, job->from + (size_t)(o * kernel->n + i) * run, run);
    }
}

static cornu_status execute_gather(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    (void)workspace;
    const gather_kernel *kernel = (const gather_kernel *)base;
    CORNU_TRY(check_index(kernel, buffers[1]));
    gather_job job = {kernel, buffers[0], buffers[1], buffers[2]};
    if (kernel->run > 0) {
        cornu_parallel_(kernel->outer * kernel->count, kernel->threads, copy_runs, &job);
    }
    return CORNU_OK;
}

/* Columns begin .. end - 1 of outer * inner; a part of one row of the table at a time. */
static void add_columns(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const gather_job *job = context;
    const gather_kernel *kernel = job->kernel;
    while (begin < end) {
        int64_t o = begin / kernel->inner, column = begin % kernel->inner;
        int64_t left = end - begin, width = kernel->inner - column;
        if (width > left) width = left;
        float *table = (float *)(void *)job->to + o * kernel->n * kernel->inner + column;
        const float *update =
            (const float *)(const void *)job->from + o * kernel->count * kernel->inner + column;
        for (int64_t i = 0; i < kernel->n; i++) {
            memset(table + i * kernel->inner, 0, (size_t)width * sizeof *table);
        }
        for (int64_t i = 0; i < kernel->count; i++, update += kernel->inner) {
            float *row = table + index_at(kernel, job->index, i) * kernel->inner;
            for (int64_t j = 0; j < width; j++) row[j] += update[j];
        }
        begin += width;
    }
}

/* Rows begin .. end - 1 of outer * n: zeros, and those of all updates that go there, in their
 * order. */
static void add_rows(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const gather_job *job = context;
    const gather_kernel *kernel = job->kernel;
    int64_t inner = kernel->inner;
    while (begin < end) {
        int64_t o = begin / kernel->n, first = begin % kernel->n;
        int64_t left = end - begin, rows = kernel->n - first;
        if (rows > left) rows = left;
        float *table = (float *)(void *)job->to + o * kernel->n * inner;
        const float *update = (const float *)(const void *)job->from + o * kernel->count * inner;
        memset(table + first * inner, 0, (size_t)(rows * inner) * sizeof *table);
        for (int64_t i = 0; i < kernel->count; i++) {
            int64_t row = index_at(kernel, job->index, i);
            if (row < first || row >= first + rows) continue;
            float *to = table + row * inner;
            for (int64_t j = 0; j < inner; j++) to[j] += update[i * inner + j];
        }
        begin += rows;
    }
}

static cornu_status execute_scatter_add(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    (void)workspace;
    const gather_kernel *kernel = (const gather_kernel *)base;
    CORNU_TRY(check_index(kernel, buffers[1]));
    gather_job job = {kernel, buffers[0], buffers[1], buffers[2]};
    if (kernel->by_rows)
        cornu_parallel_(kernel->outer * kernel->n, kernel->threads, add_rows, &job);
    else cornu_parallel_(kernel->outer * kernel->inner, kernel->threads, add_columns, &job);
    return CORNU_OK;
}

/* ---- an index per element ---- */

/* Outer indices begin .. end - 1 of elements of one C type. */
#define TAKE_ELEMENTS(name, type)                                                                  \
    static void name(void *context, int64_t begin, int64_t end, int thread) {                      \
        (void)thread;                                                                              \
        const gather_job *job = context;                                                           \
        const gather_kernel *kernel = job->kernel;                                                 \
        int64_t inner = kernel->inner;                                                             \
        for (int64_t o = begin; o < end; o++) {                                                    \
            const type *table = (const type *)(const void *)job->from + o * kernel->n * inner;     \
            for (int64_t p = o * kernel->count; p < (o + 1) * kernel->count; p += inner) {         \
                for (int64_t j = 0; j < inner; j++) {                                              \
                    int64_t row = index_at(kernel, job->index, p + j);                             \
                    ((type *)(void *)job->to)[p + j] = table[row * inner + j];                     \
                }                                                                                  \
            }                                                                                      \
        }                                                                                          \
    }
TAKE_ELEMENTS(take_1, uint8_t)
TAKE_ELEMENTS(take_2, uint16_t)
TAKE_ELEMENTS(take_4, uint32_t)
TAKE_ELEMENTS(take_8, uint64_t)

static cornu_status execute_take(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    const gather_kernel *kernel = (const gather_kernel *)base;
    CORNU_TRY(check_index(kernel, buffers[1]));
    gather_job job = {kernel, buffers[0], buffers[1], buffers[2]};
    cornu_range_function *take = kernel->item == 1   ? take_1
                                 : kernel->item == 2 ? take_2
                                 : kernel->item == 4 ? take_4
                                                     : take_8;
    cornu_parallel_(kernel->outer, kernel->threads, take, &job);
    return CORNU_OK;
}

static void add_elements(void *context, int64_t begin, int64_t end, int thread) {
    (void)thread;
    const gather_job *job = context;
    const gather_kernel *kernel = job->kernel;
    int64_t inner = kernel->inner, slab = kernel->n * inner;
    const float *update = (const float *)(const void *)job->from;
    for (int64_t o = begin; o < end; o++) {
        float *table = (float *)(void *)job->to + o * slab;
        memset(table, 0, (size_t)slab * sizeof *table);
        for (int64_t p = o * kernel->count; p < (o + 1) * kernel->count; p += inner) {
            for (int64_t j = 0; j < inner; j++)
                table[index_at(kernel, job->index, p + j) * inner + j] += update[p + j];
        }
    }
}

static cornu_status execute_add_elements(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    (void)workspace;
    const gather_kernel *kernel = (const gather_kernel *)base;
    CORNU_TRY(check_index(kernel, buffers[1]));
    gather_job job = {kernel, buffers[0], buffers[1], buffers[2]};
    cornu_parallel_(kernel->outer, kernel->threads, add_elements, &job);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

/* `table` is what the index points into: gather's input, scatter-add's output. */
static cornu_status create(
    const cornu_kernel_desc *desc, const cornu_operand *table, cornu_kernel **out
) {
    const cornu_operand *index = &desc->operands[1];
    bool indexable = index->dtype == CORNU_INT32 || index->dtype == CORNU_INT64;
    if (!indexable || table->rank != 3) return CORNU_EUNSUPPORTED;
    gather_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.destroy = destroy;
    kernel->base.implementation = desc->batched ? "cpu elements" : "cpu rows";
    kernel->outer = table->dims[0];
    kernel->n = table->dims[1];
    kernel->inner = table->dims[2];
    kernel->checked = cornu_operand_size_(index);
    kernel->count = desc->batched ? index->dims[1] * kernel->inner : kernel->checked;
    kernel->item = cornu_dtype_size(table->dtype);
    kernel->run = (size_t)kernel->inner * kernel->item;
    kernel->wide_index = index->dtype == CORNU_INT64;
    int64_t elements = kernel->outer * kernel->count * (desc->batched ? 1 : kernel->inner);
    kernel->threads = cornu_threads_for_(elements);
    *out = &kernel->base;
    return CORNU_OK;
}

cornu_status cornu_cpu_gather_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    CORNU_TRY(create(desc, &desc->operands[0], out));
    (*out)->execute = desc->batched ? execute_take : execute_gather;
    return CORNU_OK;
}

cornu_status cornu_cpu_scatter_add_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    if (desc->operands[2].dtype != CORNU_FLOAT32) return CORNU_EUNSUPPORTED;
    CORNU_TRY(create(desc, &desc->operands[2], out));
    (*out)->execute = desc->batched ? execute_add_elements : execute_scatter_add;
    gather_kernel *kernel = (gather_kernel *)*out;
    /* Most of a large table is zeros; who reads it next, an update of the weights, shares it by
     * rows, and finds them in its own cache. Few rows may be wanted unequally often. */
    kernel->by_rows = !desc->batched && kernel->count <= MOST_PER_ROW * kernel->n;
    if (kernel->by_rows)
        kernel->threads = cornu_threads_for_(kernel->outer * kernel->n * kernel->inner);
    return CORNU_OK;
}
