/* The fast backend: vectorised and threaded loops of our own, matrix products through oneDNN where
 * it is there. Its buffers are host memory. What it has no kernel for runs on the reference
 * backend. */
#include "cpu.h"
#include "threads.h"

#include "base/memory.h"

int64_t cornu_operand_size_(const cornu_operand *operand) {
    int64_t size = 1;
    for (int i = 0; i < operand->rank; i++) size *= operand->dims[i];
    return size;
}

cornu_operand cornu_operand_like_(cornu_dtype dtype, const cornu_operand *other) {
    cornu_shape shape = {.rank = other->rank};
    for (int i = 0; i < other->rank; i++) shape.dims[i] = other->dims[i];
    return cornu_operand_dense_(dtype, &shape);
}

static void buffer_free(void *buffer, size_t size) {
    (void)size;
    cornu_free_(buffer);
}

static cornu_status kernel_create(const cornu_kernel_desc *desc, cornu_kernel **kernel) {
    switch (desc->kind) {
    case CORNU_KERNEL_ELEMENTWISE:
        return cornu_cpu_elementwise_(desc, kernel);
    case CORNU_KERNEL_MOVE:
        return cornu_cpu_move_(desc, kernel);
    case CORNU_KERNEL_REDUCE:
        return cornu_cpu_reduce_(desc, kernel);
    case CORNU_KERNEL_MATMUL:
        return desc->program_length > 0 ? cornu_cpu_product_(desc, kernel)
                                        : cornu_cpu_matmul_(desc, kernel);
    case CORNU_KERNEL_CUMSUM:
        return cornu_cpu_cumsum_(desc, kernel);
    case CORNU_KERNEL_GATHER:
        return cornu_cpu_gather_(desc, kernel);
    case CORNU_KERNEL_SCATTER_ADD:
        return cornu_cpu_scatter_add_(desc, kernel);
    case CORNU_KERNEL_SOFTMAX:
        return cornu_cpu_softmax_(desc, kernel);
    case CORNU_KERNEL_LABEL_LOG_SOFTMAX:
    case CORNU_KERNEL_LABEL_SOFTMAX_GRADIENT:
        return cornu_cpu_label_softmax_(desc, kernel);
    case CORNU_KERNEL_RANDOM:
        return cornu_cpu_random_(desc, kernel);
    case CORNU_KERNEL_CONV:
    case CORNU_KERNEL_CONV_INPUT:
    case CORNU_KERNEL_CONV_WEIGHTS:
        return cornu_cpu_conv_(desc, kernel);
    case CORNU_KERNEL_POOL:
    case CORNU_KERNEL_POOL_GRADIENT:
        return cornu_cpu_pool_(desc, kernel);
    case CORNU_KERNEL_LSTM:
    case CORNU_KERNEL_LSTM_GRADIENT:
    case CORNU_KERNEL_GRU:
    case CORNU_KERNEL_GRU_GRADIENT:
        return cornu_cpu_recurrent_(desc, kernel);
    case CORNU_KERNEL_MOMENTS:
    case CORNU_KERNEL_MOMENT_PRODUCTS:
        return cornu_cpu_moments_(desc, kernel);
    default:
        return CORNU_EUNSUPPORTED;
    }
}

const cornu_backend cornu_backend_cpu_ = {
    .name = "cpu",
    .buffer_alloc = cornu_alloc_aligned_,
    .buffer_free = buffer_free,
    .kernel_create = kernel_create,
    .takes_program = cornu_cpu_takes_program_,
    .parallel = cornu_parallel_,
    .limit_threads = cornu_threads_limit_,
    .gather_rows = cornu_cpu_gather_rows_,
};
