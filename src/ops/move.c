/* Descriptions of MOVE kernels, which serve transpose, slice, pad, concatenate, tile, broadcast_to
 * and others. */
#include "ops/move.h"

bool cornu_move_loop_(
    cornu_move *move, int64_t size, int64_t source_stride, int64_t target_stride
) {
    if (size == 1) return true;
    int last = move->rank - 1;
    if (last >= 0 && move->source_strides[last] == size * source_stride &&
        move->target_strides[last] == size * target_stride) {
        move->dims[last] *= size;
    } else {
        if (++last == CORNU_MAX_RANK) return false;
        move->dims[last] = size;
        move->rank = last + 1;
    }
    move->source_strides[last] = source_stride;
    move->target_strides[last] = target_stride;
    return true;
}

cornu_status cornu_move_describe_(cornu_kernel_request *request) {
    request->desc.kind = CORNU_KERNEL_MOVE;
    request->desc.moves = request->moves;
    return CORNU_OK;
}

int64_t cornu_span_(const cornu_shape *shape, int from, int to) {
    int64_t product = 1;
    for (int i = from; i < to; i++) product *= shape->dims[i];
    return product;
}
