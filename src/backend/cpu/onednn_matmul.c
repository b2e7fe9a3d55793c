/* Matrix products through oneDNN. */
#include "onednn.h"

#if defined(CORNU_HAVE_ONEDNN)
#include "onednn_primitive.h"
#include "threads.h"

#include "base/memory.h"
#include <stdio.h>

enum { SOURCE, WEIGHTS, TARGET, SCRATCH, ARGUMENTS };

typedef struct matmul_kernel {
    cornu_kernel base;
    cornu_matmul_shape shape;
    cornu_onednn_primitive product; /* sgemm needs none of it but the threads */
} matmul_kernel;

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    void *const arguments[ARGUMENTS] = {buffers[0], buffers[1], buffers[2], workspace};
    return cornu_onednn_execute_(&((const matmul_kernel *)base)->product, arguments);
}

static cornu_status execute_sgemm(const cornu_kernel *base, void *const *buffers, void *workspace) {
    (void)workspace;
    const matmul_kernel *kernel = (const matmul_kernel *)base;
    const cornu_matmul_shape *s = &kernel->shape;
    bool b_transposed = s->b_column != 1;
    int before = cornu_threads_enter_(kernel->product.threads);
    dnnl_status_t status = dnnl_sgemm(
        'T', b_transposed ? 'T' : 'N', s->m, s->n, s->k, 1.0f, buffers[0], s->a_column, buffers[1],
        b_transposed ? s->b_column : s->b_row, 0.0f, buffers[2], s->n
    );
    cornu_threads_leave_(before);
    return status == dnnl_success ? CORNU_OK : cornu_onednn_failed_(status, "sgemm");
}

static void destroy(cornu_kernel *base) {
    cornu_onednn_destroy_(&((matmul_kernel *)base)->product);
    cornu_free_(base);
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
static dnnl_status_t layout_of(
    const cornu_matmul_shape *s, int which, cornu_onednn_layout *layout
) {
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
    return cornu_onednn_layout_make_(layout, rank + 2, dims, strides);
}

static dnnl_status_t make_desc(
    cornu_onednn_primitive *p, cornu_onednn_layout layout[3], dnnl_primitive_attr_t attr
) {
#if DNNL_VERSION_MAJOR >= 3
    return dnnl_matmul_primitive_desc_create(
        &p->desc, p->engine, layout[SOURCE], layout[WEIGHTS], NULL, layout[TARGET], attr
    );
#else
    dnnl_matmul_desc_t op;
    dnnl_status_t status =
        dnnl_matmul_desc_init(&op, &layout[SOURCE], &layout[WEIGHTS], NULL, &layout[TARGET]);
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(&p->desc, &op, attr, p->engine, NULL);
#endif
}

static dnnl_status_t describe(
    cornu_onednn_primitive *p, dnnl_primitive_attr_t attributes, void *context
) {
    const cornu_matmul_shape *shape = context;
    cornu_onednn_layout layout[3] = {0};
    dnnl_status_t status = dnnl_success;
    for (int i = 0; status == dnnl_success && i < 3; i++) status = layout_of(shape, i, &layout[i]);
    if (status == dnnl_success) status = make_desc(p, layout, attributes);
    for (int i = 0; i < 3; i++) cornu_onednn_layout_free_(&layout[i]);
    return status;
}

static cornu_status create_matmul(matmul_kernel *kernel) {
    static const cornu_onednn_primitive arguments = {
        .count = ARGUMENTS,
        .argument =
            {
                {DNNL_ARG_SRC, dnnl_query_src_md},
                {DNNL_ARG_WEIGHTS, dnnl_query_weights_md},
                {DNNL_ARG_DST, dnnl_query_dst_md},
                {DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md},
            },
    };
    int threads = kernel->product.threads;
    kernel->product = arguments;
    kernel->product.threads = threads;
    cornu_status status = cornu_onednn_create_(&kernel->product, describe, &kernel->shape);
    if (status != CORNU_OK) return status;
    kernel->base.execute = execute;
    kernel->base.implementation = kernel->product.implementation;
    kernel->base.workspace_size = cornu_onednn_scratchpad_(&kernel->product);
    return CORNU_OK;
}

cornu_status cornu_onednn_matmul_(const cornu_matmul_shape *shape, cornu_kernel **out) {
    if (!strides_suit(shape)) return CORNU_EUNSUPPORTED;
    matmul_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->shape = *shape;
    kernel->product.threads = cornu_matmul_threads_(shape);
    kernel->base.destroy = destroy;
    cornu_status status = CORNU_OK;
    if (shape->batch_rank == 0 && shape->a_row == 1 && shape->a_column != 1) {
        kernel->base.implementation = "dnnl sgemm";
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
