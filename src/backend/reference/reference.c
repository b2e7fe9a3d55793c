/* The table of kinds, the checks that they share, and the backend's entry. */
#include "backend/reference/reference.h"

#include "base/memory.h"

static const cornu_reference_kind *const kinds[CORNU_KERNEL_KIND_COUNT] = {
    [CORNU_KERNEL_ELEMENTWISE] = &cornu_reference_elementwise_,
    [CORNU_KERNEL_MOVE] = &cornu_reference_move_,
    [CORNU_KERNEL_REDUCE] = &cornu_reference_reduce_,
    [CORNU_KERNEL_CUMSUM] = &cornu_reference_cumsum_,
    [CORNU_KERNEL_MATMUL] = &cornu_reference_matmul_,
    [CORNU_KERNEL_GATHER] = &cornu_reference_gather_,
    [CORNU_KERNEL_SCATTER_ADD] = &cornu_reference_scatter_add_,
    [CORNU_KERNEL_SOFTMAX] = &cornu_reference_softmax_,
    [CORNU_KERNEL_LABEL_LOG_SOFTMAX] = &cornu_reference_label_log_softmax_,
    [CORNU_KERNEL_LABEL_SOFTMAX_GRADIENT] = &cornu_reference_label_softmax_gradient_,
    [CORNU_KERNEL_IOTA] = &cornu_reference_iota_,
    [CORNU_KERNEL_RANDOM] = &cornu_reference_random_,
    [CORNU_KERNEL_ARGSORT] = &cornu_reference_argsort_,
    [CORNU_KERNEL_CONV] = &cornu_reference_conv_,
    [CORNU_KERNEL_CONV_INPUT] = &cornu_reference_conv_input_,
    [CORNU_KERNEL_CONV_WEIGHTS] = &cornu_reference_conv_weights_,
    [CORNU_KERNEL_POOL] = &cornu_reference_pool_,
    [CORNU_KERNEL_POOL_GRADIENT] = &cornu_reference_pool_gradient_,
    [CORNU_KERNEL_LSTM] = &cornu_reference_lstm_,
    [CORNU_KERNEL_LSTM_GRADIENT] = &cornu_reference_lstm_gradient_,
    [CORNU_KERNEL_GRU] = &cornu_reference_gru_,
    [CORNU_KERNEL_GRU_GRADIENT] = &cornu_reference_gru_gradient_,
    [CORNU_KERNEL_MOMENTS] = &cornu_reference_moments_,
    [CORNU_KERNEL_MOMENT_PRODUCTS] = &cornu_reference_moment_products_,
    [CORNU_KERNEL_FACTOR] = &cornu_reference_factor_,
    [CORNU_KERNEL_TRIANGULAR_SOLVE] = &cornu_reference_triangular_solve_,
};

typedef struct reference_kernel {
    cornu_kernel base;
    const cornu_reference_kind *kind;
    cornu_kernel_desc *desc; /* owned */
} reference_kernel;

static const char *kind_name(const cornu_kernel_desc *desc) { return kinds[desc->kind]->name; }

int64_t cornu_reference_size_(const cornu_operand *operand) {
    int64_t size = 1;
    for (int i = 0; i < operand->rank; i++) size *= operand->dims[i];
    return size;
}

bool cornu_reference_integer_(cornu_dtype dtype) { return !cornu_dtype_is_float(dtype); }

cornu_status cornu_reference_need_dense_(const cornu_kernel_desc *desc, int operand) {
    const cornu_operand *o = &desc->operands[operand];
    if (cornu_reference_size_(o) == 0) return CORNU_OK;
    int64_t stride = 1;
    for (int i = o->rank - 1; i >= 0; i--) {
        /* the stride of an axis of size 1 is never used */
        if (o->strides[i] != stride && o->dims[i] != 1)
            CORNU_FAIL(
                CORNU_EINVAL,
                "%s kernel: operand %d is not dense: axis %d has stride %lld, not %lld",
                kind_name(desc), operand, i, (long long)o->strides[i], (long long)stride
            );
        stride *= o->dims[i];
    }
    return CORNU_OK;
}

cornu_status cornu_reference_need_rank_(const cornu_kernel_desc *desc, int operand, int rank) {
    if (desc->operands[operand].rank != rank)
        CORNU_FAIL(
            CORNU_EINVAL, "%s kernel: operand %d has rank %d instead of %d", kind_name(desc),
            operand, desc->operands[operand].rank, rank
        );
    return CORNU_OK;
}

cornu_status cornu_reference_need_integer_(const cornu_kernel_desc *desc, int operand) {
    cornu_dtype dtype = desc->operands[operand].dtype;
    if (!cornu_reference_integer_(dtype))
        CORNU_FAIL(
            CORNU_EDTYPE, "%s kernel: operand %d is %s instead of an integer type", kind_name(desc),
            operand, cornu_dtype_name(dtype)
        );
    return CORNU_OK;
}

cornu_status cornu_reference_need_like_(const cornu_kernel_desc *desc, int operand, int other) {
    const cornu_operand *a = &desc->operands[operand], *b = &desc->operands[other];
    CORNU_TRY(cornu_reference_need_rank_(desc, operand, b->rank));
    for (int i = 0; i < a->rank; i++)
        if (a->dims[i] != b->dims[i])
            CORNU_FAIL(
                CORNU_EINVAL, "%s kernel: operands %d and %d differ in axis %d: %lld and %lld",
                kind_name(desc), operand, other, i, (long long)a->dims[i], (long long)b->dims[i]
            );
    return CORNU_OK;
}

cornu_status cornu_reference_need_count_(const cornu_kernel_desc *desc, int operand_count) {
    if (desc->operand_count != operand_count)
        CORNU_FAIL(
            CORNU_EINVAL, "%s kernel: %d operands instead of %d", kind_name(desc),
            desc->operand_count, operand_count
        );
    return CORNU_OK;
}

/* What holds for every kind. */
static cornu_status check(const cornu_kernel_desc *desc) {
    if ((unsigned)desc->kind >= CORNU_KERNEL_KIND_COUNT)
        CORNU_FAIL(CORNU_EINVAL, "there is no kernel kind %d", (int)desc->kind);
    if (desc->operand_count < 1)
        CORNU_FAIL(CORNU_EINVAL, "%s kernel: without operands", kind_name(desc));
    for (int i = 0; i < desc->operand_count; i++) {
        const cornu_operand *o = &desc->operands[i];
        if ((unsigned)o->dtype >= CORNU_DTYPE_COUNT)
            CORNU_FAIL(
                CORNU_EDTYPE, "%s kernel: operand %d has the unknown type %d", kind_name(desc), i,
                (int)o->dtype
            );
        if (o->rank < 0 || o->rank > CORNU_MAX_RANK)
            CORNU_FAIL(
                CORNU_EINVAL, "%s kernel: operand %d has rank %d; 0 to %d are possible",
                kind_name(desc), i, o->rank, CORNU_MAX_RANK
            );
        for (int axis = 0; axis < o->rank; axis++)
            if (o->dims[axis] < 0)
                CORNU_FAIL(
                    CORNU_EINVAL, "%s kernel: operand %d has size %lld in axis %d", kind_name(desc),
                    i, (long long)o->dims[axis], axis
                );
    }
    return kinds[desc->kind]->check(desc);
}

static cornu_status execute(const cornu_kernel *kernel, void *const *buffers, void *workspace) {
    const reference_kernel *self = (const reference_kernel *)kernel;
    return self->kind->run(self->desc, buffers, workspace);
}

static void destroy(cornu_kernel *kernel) {
    cornu_free_(((reference_kernel *)kernel)->desc);
    cornu_free_(kernel);
}

static cornu_status kernel_create(const cornu_kernel_desc *desc, cornu_kernel **kernel) {
    CORNU_TRY(check(desc));
    reference_kernel *self = cornu_alloc_(sizeof *self);
    if (self == NULL) return CORNU_ENOMEM;
    self->desc = cornu_kernel_desc_copy_(desc);
    if (self->desc == NULL) {
        cornu_free_(self);
        return CORNU_ENOMEM;
    }
    self->kind = kinds[desc->kind];
    self->base = (cornu_kernel){
        .execute = execute,
        .destroy = destroy,
        .workspace_size = self->kind->workspace != NULL ? self->kind->workspace(desc) : 0,
        .implementation = "reference",
    };
    *kernel = &self->base;
    return CORNU_OK;
}

static void buffer_free(void *buffer, size_t size) {
    (void)size;
    cornu_free_(buffer);
}

const cornu_backend cornu_backend_reference_ = {
    .name = "reference",
    .buffer_alloc = cornu_alloc_aligned_,
    .buffer_free = buffer_free,
    .kernel_create = kernel_create,
    .gather_rows = cornu_reference_gather_rows_,
};
