/* Convolution and its two transposes through oneDNN.
 *
 * Tensors keep their layout, channels last, from end to end. Of the kernel oneDNN gets a copy in
 * the layout that it likes best, made anew at each execution: that costs 1 to 2 % and is far
 * quicker than convolving from the plain layout. */
#include "onednn.h"

#if defined(CORNU_HAVE_ONEDNN)
#include "cpu.h"
#include "onednn_primitive.h"
#include "threads.h"

#include "backend/window.h"
#include "base/memory.h"
#include <stddef.h>

/* Convolutions below this many multiplications are not worth a second thread. */
enum { WORTH_A_TEAM = 1 << 20 };

/* The arguments of the convolution, after which comes the scratchpad; those of the reorder are
 * source and target. */
enum { INPUT, KERNEL, OUTPUT, SCRATCH, ARGUMENTS };

typedef struct conv_kernel {
    cornu_kernel base;
    cornu_kernel pack, packed; /* the reorder alone, and the convolution without it */
    cornu_kernel_kind kind;
    cornu_onednn_primitive conv, reorder;
    bool reorders;
    size_t copy_at; /* where the kernel's copy lies in the workspace */
} conv_kernel;

/* Where x, w and y stand among the operands of a kind. */
static const int operand_of[3][3] = {{0, 1, 2}, {2, 1, 0}, {0, 2, 1}};
static const int *operands_of(cornu_kernel_kind kind) {
    return operand_of[kind - CORNU_KERNEL_CONV];
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const conv_kernel *kernel = (const conv_kernel *)base;
    const int *at = operands_of(kernel->kind);
    void *arguments[ARGUMENTS] = {buffers[at[0]], buffers[at[1]], buffers[at[2]], workspace};
    if (!kernel->reorders) return cornu_onednn_execute_(&kernel->conv, arguments);
    void *plain = arguments[KERNEL], *copy = (char *)workspace + kernel->copy_at;
    arguments[KERNEL] = copy;
    if (kernel->kind == CORNU_KERNEL_CONV_WEIGHTS) {
        CORNU_TRY(cornu_onednn_execute_(&kernel->conv, arguments));
        return cornu_onednn_execute_(&kernel->reorder, (void *const[]){copy, plain, workspace});
    }
    CORNU_TRY(cornu_onednn_execute_(&kernel->reorder, (void *const[]){plain, copy, workspace}));
    return cornu_onednn_execute_(&kernel->conv, arguments);
}

/* The kernel whose member `packed` or `pack` this is. */
static const conv_kernel *owner(const cornu_kernel *member, size_t offset) {
    return (const conv_kernel *)(const void *)((const char *)member - offset);
}

static cornu_status execute_pack(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const conv_kernel *kernel = owner(base, offsetof(conv_kernel, pack));
    return cornu_onednn_execute_(
        &kernel->reorder, (void *const[]){buffers[0], buffers[1], workspace}
    );
}

static cornu_status execute_packed(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const conv_kernel *kernel = owner(base, offsetof(conv_kernel, packed));
    const int *at = operands_of(kernel->kind);
    void *arguments[ARGUMENTS] = {buffers[at[0]], buffers[at[1]], buffers[at[2]], workspace};
    return cornu_onednn_execute_(&kernel->conv, arguments);
}

static void destroy(cornu_kernel *base) {
    conv_kernel *kernel = (conv_kernel *)base;
    cornu_onednn_destroy_(&kernel->conv);
    cornu_onednn_destroy_(&kernel->reorder);
    cornu_free_(kernel);
}

/* ---- layouts ---- */
/* [batch, spatial.., channels] as oneDNN counts axes: batch, channels, spatial.. */
static dnnl_status_t tensor_layout(const cornu_operand *t, cornu_onednn_layout *layout) {
    dnnl_dims_t dims, strides;
    int64_t stride = 1;
    int last = t->rank - 1;
    for (int i = last; i >= 0; i--) {
        int to = i == 0 ? 0 : i == last ? 1 : i + 1;
        dims[to] = t->dims[i];
        strides[to] = stride;
        stride *= t->dims[i];
    }
    return cornu_onednn_layout_make_(layout, t->rank, dims, strides);
}

/* [spatial.., in / groups, out] as oneDNN counts axes: groups (if there are several), out / groups,
 * in / groups, spatial.. `plain` is how it lies in memory, `any` leaves the choice. */
static dnnl_status_t kernel_layout(
    const cornu_operand *w, int64_t groups, bool any, cornu_onednn_layout *layout
) {
    dnnl_dims_t dims, strides;
    int rank = w->rank - 2, n = 0;
    int64_t in = w->dims[rank], out = w->dims[rank + 1];
    if (groups > 1) {
        dims[n] = groups;
        strides[n++] = out / groups;
    }
    dims[n] = out / groups;
    strides[n++] = 1;
    dims[n] = in;
    strides[n++] = out;
    int64_t stride = in * out;
    for (int i = rank - 1; i >= 0; i--) {
        dims[n + i] = w->dims[i];
        strides[n + i] = stride;
        stride *= w->dims[i];
    }
    return cornu_onednn_layout_make_(layout, n + rank, dims, any ? NULL : strides);
}

/* ---- the convolution ---- */
typedef struct conv_request {
    const cornu_kernel_desc *desc;
    cornu_onednn_layout x, w, y;
    dnnl_dims_t stride, dilation, before, after;
} conv_request;

#if DNNL_VERSION_MAJOR >= 3
static dnnl_status_t make_forward(
    const conv_request *r, dnnl_engine_t engine, dnnl_primitive_attr_t attr,
    dnnl_primitive_desc_t *desc
) {
    return dnnl_convolution_forward_primitive_desc_create(
        desc, engine, dnnl_forward_training, dnnl_convolution_direct, r->x, r->w, NULL, r->y,
        r->stride, r->dilation, r->before, r->after, attr
    );
}

static dnnl_status_t make_desc(
    cornu_onednn_primitive *p, const conv_request *r, dnnl_primitive_attr_t attr
) {
    if (r->desc->kind == CORNU_KERNEL_CONV) return make_forward(r, p->engine, attr, &p->desc);
    dnnl_primitive_desc_t hint = NULL;
    dnnl_status_t status = make_forward(r, p->engine, attr, &hint);
    if (status != dnnl_success) return status;
    if (r->desc->kind == CORNU_KERNEL_CONV_INPUT)
        status = dnnl_convolution_backward_data_primitive_desc_create(
            &p->desc, p->engine, dnnl_convolution_direct, r->x, r->w, r->y, r->stride, r->dilation,
            r->before, r->after, hint, attr
        );
    else
        status = dnnl_convolution_backward_weights_primitive_desc_create(
            &p->desc, p->engine, dnnl_convolution_direct, r->x, r->w, NULL, r->y, r->stride,
            r->dilation, r->before, r->after, hint, attr
        );
    (void)dnnl_primitive_desc_destroy(hint);
    return status;
}
#else
static dnnl_status_t make_desc(
    cornu_onednn_primitive *p, const conv_request *r, dnnl_primitive_attr_t attr
) {
    dnnl_convolution_desc_t op;
    dnnl_status_t status;
    if (r->desc->kind == CORNU_KERNEL_CONV)
        status = dnnl_dilated_convolution_forward_desc_init(
            &op, dnnl_forward_training, dnnl_convolution_direct, &r->x, &r->w, NULL, &r->y,
            r->stride, r->dilation, r->before, r->after
        );
    else if (r->desc->kind == CORNU_KERNEL_CONV_INPUT)
        status = dnnl_dilated_convolution_backward_data_desc_init(
            &op, dnnl_convolution_direct, &r->x, &r->w, &r->y, r->stride, r->dilation, r->before,
            r->after
        );
    else
        status = dnnl_dilated_convolution_backward_weights_desc_init(
            &op, dnnl_convolution_direct, &r->x, &r->w, NULL, &r->y, r->stride, r->dilation,
            r->before, r->after
        );
    if (status != dnnl_success) return status;
    return dnnl_primitive_desc_create(&p->desc, &op, attr, p->engine, NULL);
}
#endif

/* Padding behind is what the sizes leave; it is below 0 where strides do not reach the end. */
static void place(conv_request *r) {
    const cornu_kernel_desc *desc = r->desc;
    const int *at = operands_of(desc->kind);
    const cornu_operand *x = &desc->operands[at[0]], *w = &desc->operands[at[1]],
                        *y = &desc->operands[at[2]];
    const cornu_stencil *s = desc->stencil;
    for (int i = 0; i < s->rank; i++) {
        int64_t reach = (w->dims[i] - 1) * s->dilation[i] + 1;
        r->stride[i] = s->stride[i];
        r->dilation[i] = s->dilation[i] - 1;
        r->before[i] = s->before[i];
        r->after[i] = (y->dims[1 + i] - 1) * s->stride[i] + reach - x->dims[1 + i] - s->before[i];
    }
}

static dnnl_status_t describe_conv(
    cornu_onednn_primitive *p, dnnl_primitive_attr_t attributes, void *context
) {
    conv_request r = {.desc = context};
    const int *at = operands_of(r.desc->kind);
    const cornu_operand *operands = r.desc->operands;
    place(&r);
    dnnl_status_t status = tensor_layout(&operands[at[0]], &r.x);
    if (status == dnnl_success)
        status = kernel_layout(&operands[at[1]], r.desc->stencil->groups, true, &r.w);
    if (status == dnnl_success) status = tensor_layout(&operands[at[2]], &r.y);
    if (status == dnnl_success) status = make_desc(p, &r, attributes);
    cornu_onednn_layout_free_(&r.x);
    cornu_onednn_layout_free_(&r.w);
    cornu_onednn_layout_free_(&r.y);
    return status;
}

static cornu_onednn_primitive conv_arguments(cornu_kernel_kind kind) {
    cornu_onednn_primitive p = {
        .count = ARGUMENTS,
        .argument =
            {
                {DNNL_ARG_SRC, dnnl_query_src_md},
                {DNNL_ARG_WEIGHTS, dnnl_query_weights_md},
                {DNNL_ARG_DST, dnnl_query_dst_md},
                {DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md},
            },
    };
    if (kind != CORNU_KERNEL_CONV) {
        p.argument[OUTPUT].name = DNNL_ARG_DIFF_DST;
        p.argument[OUTPUT].query = dnnl_query_diff_dst_md;
    }
    if (kind == CORNU_KERNEL_CONV_INPUT) {
        p.argument[INPUT].name = DNNL_ARG_DIFF_SRC;
        p.argument[INPUT].query = dnnl_query_diff_src_md;
    }
    if (kind == CORNU_KERNEL_CONV_WEIGHTS) {
        p.argument[KERNEL].name = DNNL_ARG_DIFF_WEIGHTS;
        p.argument[KERNEL].query = dnnl_query_diff_weights_md;
    }
    return p;
}

/* ---- the kernel's copy ---- */
typedef struct reorder_request {
    cornu_onednn_layout_ref from, to;
} reorder_request;

static dnnl_status_t describe_reorder(
    cornu_onednn_primitive *p, dnnl_primitive_attr_t attributes, void *context
) {
    const reorder_request *r = context;
    return dnnl_reorder_primitive_desc_create(
        &p->desc, r->from, p->engine, r->to, p->engine, attributes
    );
}

static cornu_status create_reorder(conv_kernel *kernel, cornu_onednn_layout_ref plain) {
    static const cornu_onednn_primitive arguments = {
        .count = 3,
        .argument =
            {
                {DNNL_ARG_FROM, dnnl_query_src_md},
                {DNNL_ARG_TO, dnnl_query_dst_md},
                {DNNL_ARG_SCRATCHPAD, dnnl_query_scratchpad_md},
            },
    };
    cornu_onednn_layout_ref liked = cornu_onednn_layout_of_(&kernel->conv, KERNEL);
    kernel->reorders = !dnnl_memory_desc_equal(plain, liked);
    kernel->base.workspace_size = cornu_onednn_scratchpad_(&kernel->conv);
    if (!kernel->reorders) return CORNU_OK;
    reorder_request request = {plain, liked};
    if (kernel->kind == CORNU_KERNEL_CONV_WEIGHTS) request = (reorder_request){liked, plain};
    int threads = kernel->conv.threads;
    kernel->reorder = arguments;
    kernel->reorder.threads = threads;
    cornu_status status = cornu_onednn_create_(&kernel->reorder, describe_reorder, &request);
    if (status != CORNU_OK) return status;
    size_t scratch = cornu_onednn_scratchpad_(&kernel->reorder);
    if (scratch < kernel->base.workspace_size) scratch = kernel->base.workspace_size;
    kernel->copy_at = cornu_aligned_size_(scratch);
    kernel->base.workspace_size = kernel->copy_at + dnnl_memory_desc_get_size(liked);
    if (kernel->kind == CORNU_KERNEL_CONV_WEIGHTS) return CORNU_OK;
    kernel->pack = (cornu_kernel
    ){.execute = execute_pack,
      .workspace_size = kernel->copy_at,
      .implementation = kernel->reorder.implementation};
    kernel->packed = (cornu_kernel
    ){.execute = execute_packed,
      .workspace_size = kernel->copy_at,
      .implementation = kernel->conv.implementation};
    kernel->base.pack = &kernel->pack;
    kernel->base.packed = &kernel->packed;
    kernel->base.pack_operand = operands_of(kernel->kind)[KERNEL];
    kernel->base.pack_size = dnnl_memory_desc_get_size(liked);
    return CORNU_OK;
}

static cornu_status create(conv_kernel *kernel, const cornu_kernel_desc *desc) {
    cornu_onednn_layout plain = {0};
    cornu_status status =
        cornu_onednn_create_(&kernel->conv, describe_conv, (void *)(uintptr_t)desc);
    if (status != CORNU_OK) return status;
    const cornu_operand *w = &desc->operands[operands_of(desc->kind)[1]];
    dnnl_status_t made = kernel_layout(w, desc->stencil->groups, false, &plain);
    status = made == dnnl_success ? create_reorder(kernel, CORNU_ONEDNN_REF(plain))
                                  : cornu_onednn_failed_(made, "layout of a kernel");
    cornu_onednn_layout_free_(&plain);
    return status;
}

cornu_status cornu_onednn_conv_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    conv_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    const int *at = operands_of(desc->kind);
    cornu_window_axes a = cornu_window_axes_(
        desc->stencil, &desc->operands[at[0]], &desc->operands[at[2]], &desc->operands[at[1]]
    );
    int64_t work = a.batch * a.out_places * a.taps * (a.in_channels / a.groups) * a.out_channels;
    kernel->kind = desc->kind;
    kernel->conv = conv_arguments(desc->kind);
    kernel->conv.threads = work < WORTH_A_TEAM ? 1 : cornu_num_threads();
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->base.implementation = kernel->conv.implementation;
    cornu_status status = create(kernel, desc);
    if (status != CORNU_OK) {
        destroy(&kernel->base);
        return status;
    }
    *out = &kernel->base;
    return CORNU_OK;
}
#else
cornu_status cornu_onednn_conv_(const cornu_kernel_desc *desc, cornu_kernel **kernel) {
    (void)desc, (void)kernel;
    return CORNU_EUNSUPPORTED;
}
#endif
