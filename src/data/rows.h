/* Rows of batches: views on some of them, and batches put together from several. */
#ifndef CORNU_DATA_ROWS_H
#define CORNU_DATA_ROWS_H

#include <cornu/data.h>

/* Rows first .. first + count - 1 of a tensor, on the same memory; *new*. */
cornu_tensor *cornu_rows_view_(cornu_tensor *tensor, int64_t first, int64_t count);
/* Rows `order[0 .. count-1]`, copied; *new*. */
cornu_tensor *cornu_rows_gather_(const cornu_tensor *tensor, const int64_t *order, int64_t count);
/* The same tensors in another batch, `to`, which is empty. */
cornu_status cornu_batch_share_(const cornu_batch *from, cornu_batch *to);
cornu_status cornu_batch_rows_(
    const cornu_batch *from, int64_t first, int64_t count, cornu_batch *to
);
/* All parts one after the other. CORNU_ESHAPE, CORNU_EDTYPE if they do not fit. */
cornu_status cornu_batch_join_(const cornu_batch *parts, size_t count, cornu_batch *to);
/* Room for so many tensors in an empty batch. */
cornu_status cornu_batch_reserve_(cornu_batch *batch, size_t inputs, size_t targets);
/* Room for weights of each target in such a batch; 0: nothing. Clears the batch on failure. */
cornu_status cornu_batch_reserve_weights_(cornu_batch *batch, size_t count);
size_t cornu_batch_tensor_count_(const cornu_batch *batch);
/* The place of tensor `index`: inputs, then targets, then the weights. */
cornu_tensor **cornu_batch_place_(cornu_batch *batch, size_t index);

#endif
