/* Matrix products through oneDNN.
 *
 * Rules that measurements and its documentation give: the scratchpad is the caller's, since the
 * library's own is not safe when two threads execute one primitive; a primitive runs with the
 * number of threads it was made for; implementations called "ref" are hundreds of times slower than
 * a loop of our own and are refused. */
#include "onednn.h"

#if defined(CORNU_HAVE_ONEDNN)
#include "cpu.h"
#include "threads.h"

#include "base/memory.h"
#include <oneapi/dnnl/dnnl.h>
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

#if DNNL_VERSION_MAJOR >= 3
typedef dnnl_memory_desc_t memory_desc; /* a handle */
#else
typedef dnnl_memory_desc_t memory_desc; /* a value */
#endif

enum { SOURCE, WEIGHTS, TARGET, SCRATCH, MEMORIES };

/* What one execution needs for itself. */
typedef struct session {
    dnnl_stream_t stream;
    dnnl_memory_t memory[MEMORIES];
} session;

typedef struct matmul_kernel {
    cornu_kernel base;
    cornu_matmul_shape shape;
    int threads;
    char implementation[64];
    /* matmul only; sgemm needs none of it */
    dnnl_engine_t engine;
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    _Atomic(session *) *spare; /* one slot: what the latest execution left for the next one */
} matmul_kernel;

/* Products below this many multiplications are not worth a second thread. */
enum { WORTH_A_TEAM = 1 << 17 };

static cornu_status failed(dnnl_status_t status, const char *what) {
    if (status == dnnl_out_of_memory) CORNU_FAIL(CORNU_ENOMEM, "oneDNN: out of memory in %s", what);
    CORNU_FAIL(CORNU_ESTATE, "oneDNN: %s failed with status %d", what, (int)status);
}

#define DNNL_TRY(call, what)                                                                       \
    do {                                                                                           \
        dnnl_status_t dnnl_status_ = (call);                                                       \
        if (dnnl_status_ != dnnl_success) return failed(dnnl_status_, (what));                     \
    } while (0)

static void session_free(session *s) {
    if (!s) return;
    for (int i = 0; i < MEMORIES; i++) {
        if (s->memory[i]) (void)dnnl_memory_destroy(s->memory[i]);
    }
    if (s->stream) (void)dnnl_stream_destroy(s->stream);
    cornu_free_(s);
}

/* The layouts that the primitive was made for: of source, weights, target and scratchpad. */
static dnnl_status_t memory_create(const matmul_kernel *kernel, int which, dnnl_memory_t *memory) {
    static const dnnl_query_t query[MEMORIES] = {
        dnnl_query_src_md, dnnl_query_weights_md, dnnl_query_dst_md, dnnl_query_scratchpad_md};
#if DNNL_VERSION_MAJOR >= 3
    const_dnnl_memory_desc_t desc = dnnl_primitive_desc_query_md(kernel->desc, query[which], 0);
#else
    const dnnl_memory_desc_t *desc = dnnl_primitive_desc_query_md(kernel->desc, query[which], 0);
#endif
    return dnnl_memory_create(memory, desc, kernel->engine, DNNL_MEMORY_NONE);
}

static cornu_status session_new(const matmul_kernel *kernel, session **out) {
    session *s = cornu_alloc_(sizeof *s);
    if (!s) return CORNU_ENOMEM;
    dnnl_status_t status =
        dnnl_stream_create(&s->stream, kernel->engine, dnnl_stream_default_flags);
    for (int i = 0; status == dnnl_success && i < MEMORIES; i++) {
        status = memory_create(kernel, i, &s->memory[i]);
    }
    if (status != dnnl_success) {
        session_free(s);
        return failed(status, "memory objects");
    }
    *out = s;
    return CORNU_OK;
}

static dnnl_status_t run(
    const matmul_kernel *kernel, session *s, void *const *buffers, void *workspace
) {
    static const int argument[MEMORIES] = {
        DNNL_ARG_SRC, DNNL_ARG_WEIGHTS, DNNL_ARG_DST, DNNL_ARG_SCRATCHPAD};
    dnnl_exec_arg_t arguments[MEMORIES];
    for (int i = 0; i < MEMORIES; i++) {
        dnnl_status_t status =
            dnnl_memory_set_data_handle(s->memory[i], i == SCRATCH ? workspace : buffers[i]);
        if (status != dnnl_success) return status;
        arguments[i] = (dnnl_exec_arg_t){argument[i], s->memory[i]};
    }
    dnnl_status_t status =
        dnnl_primitive_execute(kernel->primitive, s->stream, MEMORIES, arguments);
    return status == dnnl_success ? dnnl_stream_wait(s->stream) : status;
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const matmul_kernel *kernel = (const matmul_kernel *)base;
    session *s = atomic_exchange(kernel->spare, NULL);
    if (!s) CORNU_TRY(session_new(kernel, &s));
    int before = cornu_threads_enter_(kernel->threads);
    dnnl_status_t status = run(kernel, s, buffers, workspace);
    cornu_threads_leave_(before);
    session *none = NULL;
    if (!atomic_compare_exchange_strong(kernel->spare, &none, s)) session_free(s);
    DNNL_TRY(status, "matmul");
    return CORNU_OK;
}

static cornu_status execute_sgemm(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    const matmul_kernel *kernel = (const matmul_kernel *)base;
    const cornu_matmul_shape *s = &kernel->shape;
    bool b_transposed = s->b_column != 1;
    int before = cornu_threads_enter_(kernel->threads);
    dnnl_status_t status = dnnl_sgemm(
        'T', b_transposed ? 'T' : 'N', s->m, s->n, s->k, 1.0f, buffers[0], s->a_column, buffers[1],
        b_transposed ? s->b_column : s->b_row, 0.0f, buffers[2], s->n
    );
    cornu_threads_leave_(before);
    DNNL_TRY(status, "sgemm");
    return CORNU_OK;
}

static void destroy(cornu_kernel *base) {
    matmul_kernel *kernel = (matmul_kernel *)base;
    if (kernel->spare) session_free(atomic_load(kernel->spare));
    cornu_free_(kernel->spare);
    if (kernel->primitive) (void)dnnl_primitive_destroy(kernel->primitive);
    if (kernel->desc) (void)dnnl_primitive_desc_destroy(kernel->desc);
    if (kernel->engine) (void)dnnl_engine_destroy(kernel->engine);
    cornu_free_(kernel);
}

/* One of the two last strides is 1 and rows do not overlap. */
static bool plain(int64_t outer, int64_t inner, int64_t outer_size, int64_t inner_size) {
    return (inner == 1 && outer >= inner_size) || (outer == 1 && inner >= outer_size);
}

static bool strides_suit(const cornu_matmul_shape *s) {
    for (int i = 0; i < s->batch_rank; i++) {
        if (s->a_batch[i] < 0 || s->b_batch[i] < 0) return false;
    }
    return plain(s->a_row, s->a_column, s->m, s->k) && plain(s->b_row, s->b_column, s->k, s->n);
}

/* Dims and strides of a (which = SOURCE), b or c. A broadcast batch axis has size 1 there. */
static dnnl_status_t describe(const cornu_matmul_shape *s, int which, memory_desc *desc) {
    dnnl_dims_t dims, strides;
    int rank = s->batch_rank;
    int64_t rows = which == WEIGHTS ? s->k : s->m, columns = which == SOURCE ? s->k : s->n;
    int64_t dense = s->m * s->n;
    for (int i = rank - 1; i >= 0; i--) {
        int64_t stride = which == SOURCE ? s->a_batch[i] : which == WEIGHTS ? s->b_batch[i] : dense;
        dims[i] = stride == 0 ? 1 : s->batch_dims[i];
        strides[i] = stride == 0 ? rows * columns : stride;
        dense *= s->batch_dims[i];
    }
    dims[rank] = rows;
    dims[rank + 1] = columns;
    strides[rank] = which == SOURCE ? s->a_row : which == WEIGHTS ? s->b_row : s->n;
    strides[rank + 1] = which == SOURCE ? s->a_column : which == WEIGHTS ? s->b_column : 1;
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_create_with_strides(desc, rank + 2, dims, dnnl_f32, strides);
#else
    return dnnl_memory_desc_init_by_strides(desc, rank + 2, dims, dnnl_f32, strides);
#endif
}

static dnnl_status_t make_desc(
    matmul_kernel *kernel, memory_desc layout[3], dnnl_primitive_attr_t attr
) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_matmul_primitive_desc_create(
        &kernel->desc, kernel->engine, layout[SOURCE], layout[WEIGHTS], NULL, layout[TARGET], attr
    );
#else
    dnnl_matmul_desc_t op;
    dnnl_status_t status =
        dnnl_matmul_desc_init(&op, &layout[SOURCE], &layout[WEIGHTS], NULL, &layout[TARGET]);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(&kernel->desc, &op, attr, kernel->engine, NULL);
#endif
}

static dnnl_status_t make_primitive(matmul_kernel *kernel) {
    memory_desc layout[3] = {0};
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = dnnl_engine_create(&kernel->engine, dnnl_cpu, 0);
    for (int i = 0; status == dnnl_success && i < 3; i++)
        status = describe(&kernel->shape, i, &layout[i]);
    if (status == dnnl_success) status = dnnl_primitive_attr_create(&attr);
    if (status == dnnl_success) {
        status = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    }
    if (status == dnnl_success) status = make_desc(kernel, layout, attr);
    if (status == dnnl_success) status = dnnl_primitive_create(&kernel->primitive, kernel->desc);
    if (attr) (void)dnnl_primitive_attr_destroy(attr);
#if DNNL_VERSION_MAJOR >= 3
    for (int i = 0; i < 3; i++) {
        if (layout[i]) (void)dnnl_memory_desc_destroy(layout[i]);
    }
#endif
    return status;
}

static size_t scratchpad_size(const matmul_kernel *kernel) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_memory_desc_get_size(
        dnnl_primitive_desc_query_md(kernel->desc, dnnl_query_scratchpad_md, 0)
    );
#else
    const dnnl_memory_desc_t *desc =
        dnnl_primitive_desc_query_md(kernel->desc, dnnl_query_scratchpad_md, 0);
    return desc ? dnnl_memory_desc_get_size(desc) : 0;
#endif
}

/* CORNU_EUNSUPPORTED if there is no implementation, or none but the slow one. */
static cornu_status create_matmul(matmul_kernel *kernel) {
    kernel->spare = cornu_alloc_(sizeof *kernel->spare);
    if (!kernel->spare) return CORNU_ENOMEM;
    atomic_init(kernel->spare, NULL);
    int before = cornu_threads_enter_(kernel->threads);
    dnnl_status_t status = make_primitive(kernel);
    cornu_threads_leave_(before);
    if (status == dnnl_out_of_memory) return failed(status, "matmul creation");
    if (status != dnnl_success) return CORNU_EUNSUPPORTED;
    const char *name = NULL;
    status = dnnl_primitive_desc_query(kernel->desc, dnnl_query_impl_info_str, 0, &name);
    if (status != dnnl_success || !name || strstr(name, "ref")) return CORNU_EUNSUPPORTED;
    (void)snprintf(kernel->implementation, sizeof kernel->implementation, "dnnl %s", name);
    kernel->base.execute = execute;
    kernel->base.workspace_size = scratchpad_size(kernel);
    return CORNU_OK;
}

cornu_status cornu_onednn_matmul_(const cornu_matmul_shape *shape, cornu_kernel **out) {
    if (!strides_suit(shape)) return CORNU_EUNSUPPORTED;
    matmul_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    int64_t work = shape->batch * shape->m * shape->n * shape->k;
    kernel->shape = *shape;
    kernel->threads = work < WORTH_A_TEAM ? 1 : cornu_num_threads();
    kernel->base.destroy = destroy;
    kernel->base.implementation = kernel->implementation;
    cornu_status status = CORNU_OK;
    if (shape->batch_rank == 0 && shape->a_row == 1 && shape->a_column != 1) {
        (void)snprintf(kernel->implementation, sizeof kernel->implementation, "dnnl sgemm");
        kernel->base.execute = execute_sgemm;
    } else {
        status = create_matmul(kernel);
    }
    if (status != CORNU_OK) {
        destroy(&kernel->base);
        return status;
    }
    *out = &kernel->base;
    return CORNU_OK;
}
#else
cornu_status cornu_onednn_matmul_(const cornu_matmul_shape *shape, cornu_kernel **kernel) {
    (void)shape, (void)kernel;
    return CORNU_EUNSUPPORTED;
}
#endif
