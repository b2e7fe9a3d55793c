/* The reference backend: plain C, every kind of kernel, every type. It is the oracle that other
 * backends are measured against and what they fall back to, so it is written to be read: one file
 * per kind, values pass through double or int64.
 *
 * A kind is three functions over a description; the kernel is a copy of the description. */
#ifndef CORNU_BACKEND_REFERENCE_REFERENCE_H
#define CORNU_BACKEND_REFERENCE_REFERENCE_H

#include "backend/kernel.h"

typedef struct cornu_reference_kind {
    const char *name;
    /* Says what is wrong with a description of this kind; operand count and types were checked
     * before. */
    cornu_status (*check)(const cornu_kernel_desc *desc);
    /* (optional) Bytes of workspace; NULL: none. */
    size_t (*workspace)(const cornu_kernel_desc *desc);
    cornu_status (*run)(const cornu_kernel_desc *desc, void *const *buffers, void *workspace);
} cornu_reference_kind;

extern const cornu_reference_kind cornu_reference_elementwise_, cornu_reference_move_,
    cornu_reference_reduce_, cornu_reference_cumsum_, cornu_reference_matmul_,
    cornu_reference_gather_, cornu_reference_scatter_add_, cornu_reference_softmax_,
    cornu_reference_label_log_softmax_, cornu_reference_label_softmax_gradient_,
    cornu_reference_iota_, cornu_reference_random_, cornu_reference_argsort_,
    cornu_reference_conv_, cornu_reference_conv_input_, cornu_reference_conv_weights_,
    cornu_reference_pool_, cornu_reference_pool_gradient_, cornu_reference_lstm_,
    cornu_reference_lstm_gradient_, cornu_reference_gru_, cornu_reference_gru_gradient_,
    cornu_reference_moments_, cornu_reference_moment_products_, cornu_reference_factor_,
    cornu_reference_triangular_solve_;
void cornu_reference_gather_rows_(const cornu_row_gather *gather);

/* Words for checks. The index of the output, and the output itself. */
static inline int cornu_reference_out_at_(const cornu_kernel_desc *desc) {
    return desc->operand_count - 1;
}
static inline const cornu_operand *cornu_reference_out_(const cornu_kernel_desc *desc) {
    return &desc->operands[desc->operand_count - 1];
}
int64_t cornu_reference_size_(const cornu_operand *operand); /* elements */
bool cornu_reference_integer_(cornu_dtype dtype);            /* integers and bool */
/* CORNU_EINVAL with a message unless the operand is dense, has this rank, is of integer type, or is
 * shaped like another. */
cornu_status cornu_reference_need_dense_(const cornu_kernel_desc *desc, int operand);
cornu_status cornu_reference_need_rank_(const cornu_kernel_desc *desc, int operand, int rank);
cornu_status cornu_reference_need_integer_(const cornu_kernel_desc *desc, int operand);
cornu_status cornu_reference_need_like_(const cornu_kernel_desc *desc, int operand, int other);
cornu_status cornu_reference_need_count_(const cornu_kernel_desc *desc, int operand_count);

/* Where the elementwise interpreter computes one instruction for `count` elements: r from a, b, c.
 */
void cornu_reference_step_float_(
    cornu_ew_code code, double *r, const double *a, const double *b, const double *c, int count
);
void cornu_reference_step_int_(
    cornu_ew_code code, int64_t *r, const int64_t *a, const int64_t *b, const int64_t *c, int count
);
bool cornu_reference_step_int_has_(cornu_ew_code code);

#endif
