/* What the files of the cpu backend know of one another: a maker per kind of kernel. Each gives
 * CORNU_EUNSUPPORTED, without a message, for what it leaves to the reference. */
#ifndef CORNU_BACKEND_CPU_CPU_H
#define CORNU_BACKEND_CPU_CPU_H

#include "backend/kernel.h"

cornu_status cornu_cpu_elementwise_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
/* Programs in int64 and float64 (elementwise_wide.c); cornu_cpu_elementwise_ turns to it. */
cornu_status cornu_cpu_elementwise_wide_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_move_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_reduce_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_cumsum_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_softmax_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_label_softmax_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_gather_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_scatter_add_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_random_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_matmul_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
/* A product that is small enough for the caches, alone or with a program; and whether there is the
 * latter for a product. */
cornu_status cornu_cpu_product_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
bool cornu_cpu_takes_program_(const cornu_kernel_desc *product);
cornu_status cornu_cpu_conv_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
cornu_status cornu_cpu_pool_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
/* LSTM, GRU, and their ways back. */
cornu_status cornu_cpu_recurrent_(const cornu_kernel_desc *desc, cornu_kernel **kernel);
/* Mean and variance of columns, and the sums of their derivative. */
cornu_status cornu_cpu_moments_(const cornu_kernel_desc *desc, cornu_kernel **kernel);

/* Elements of an operand. */
int64_t cornu_operand_size_(const cornu_operand *operand);
/* A dense operand of the dims of another. */
cornu_operand cornu_operand_like_(cornu_dtype dtype, const cornu_operand *other);
/* Rounds a size up to whole cache lines, so that parts of a workspace stay aligned. */
static inline size_t cornu_aligned_size_(size_t size) { return (size + 63) & ~(size_t)63; }

void cornu_cpu_gather_rows_(const cornu_row_gather *gather);

#endif
