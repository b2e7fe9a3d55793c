/* Mean and variance of columns, and the sums that their derivative needs: plain sums in double. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"

static cornu_status check(const cornu_kernel_desc *desc) {
    bool products = desc->kind == CORNU_KERNEL_MOMENT_PRODUCTS;
    int last = products ? 3 : 1;
    CORNU_TRY(cornu_reference_need_count_(desc, last + 1));
    CORNU_TRY(cornu_reference_need_rank_(desc, 0, 2));
    CORNU_TRY(cornu_reference_need_rank_(desc, last, 2));
    if (products) {
        CORNU_TRY(cornu_reference_need_rank_(desc, 1, 1));
        CORNU_TRY(cornu_reference_need_like_(desc, 2, 0));
    }
    for (int i = 0; i <= last; i++) CORNU_TRY(cornu_reference_need_dense_(desc, i));
    return CORNU_OK;
}

static double element(const cornu_kernel_desc *desc, void *const *buffers, int operand, int64_t i) {
    return cornu_load_double_at_(desc->operands[operand].dtype, buffers[operand], i);
}

static cornu_status run(const cornu_kernel_desc *desc, void *const *buffers, void *workspace) {
    int64_t rows = desc->operands[0].dims[0], n = desc->operands[0].dims[1];
    (void)workspace;
    for (int64_t j = 0; j < n; j++) {
        double mean = 0, square = 0;
        for (int64_t i = 0; i < rows; i++) mean += element(desc, buffers, 0, i * n + j);
        mean /= (double)rows;
        for (int64_t i = 0; i < rows; i++) {
            double difference = element(desc, buffers, 0, i * n + j) - mean;
            square += difference * difference;
        }
        cornu_store_double_at_(desc->operands[1].dtype, buffers[1], j, mean);
        cornu_store_double_at_(desc->operands[1].dtype, buffers[1], n + j, square / (double)rows);
    }
    return CORNU_OK;
}

static cornu_status run_products(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    int64_t rows = desc->operands[0].dims[0], n = desc->operands[0].dims[1];
    (void)workspace;
    for (int64_t j = 0; j < n; j++) {
        double mean = element(desc, buffers, 1, j), sum = 0, product = 0;
        for (int64_t i = 0; i < rows; i++) {
            double dy = element(desc, buffers, 2, i * n + j);
            sum += dy;
            product += dy * (element(desc, buffers, 0, i * n + j) - mean);
        }
        cornu_store_double_at_(desc->operands[3].dtype, buffers[3], j, sum);
        cornu_store_double_at_(desc->operands[3].dtype, buffers[3], n + j, product);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_moments_ = {"moments", check, NULL, run};
const cornu_reference_kind cornu_reference_moment_products_ = {
    "moment products", check, NULL, run_products};
