/* Class weights become sample weights: each sample weighs what its class does, 1 if the class is
 * not listed. The class is the target's integer value, or the place of its largest entry (one-hot).
 * keras/src/trainers/data_adapters/data_adapter_utils.py, class_weight_to_sample_weights */
#include "tensor/tensor.h"
#include "train/training.h"
#include <math.h>

/* y: [batch], [batch, 1] or [batch, classes] */
static int64_t class_of(const cornu_tensor *y, int64_t sample, int64_t width) {
    if (width == 1) return (int64_t)nearbyint(cornu_tensor_get(y, sample));
    int64_t best = 0;
    double largest = -INFINITY;
    for (int64_t i = 0; i < width; i++) {
        double value = cornu_tensor_get(y, sample * width + i);
        if (!(value > largest)) continue;
        largest = value;
        best = i;
    }
    return best;
}

static double weight_of(const cornu_class_weight *weights, size_t count, int64_t label) {
    for (size_t i = 0; i < count; i++)
        if (weights[i].label == label) return weights[i].weight;
    return 1;
}

/* The tensor of an earlier batch if it fits and only we hold it. */
static cornu_status make_room(cornu_tensor **room, cornu_shape shape) {
    cornu_tensor *old = *room;
    if (old && cornu_shape_equal(&old->shape, &shape) &&
        atomic_load(&old->object.references) == 1 && cornu_storage_exclusive_(old->storage))
        return CORNU_OK;
    *room = cornu_tensor_new(CORNU_FLOAT32, shape);
    cornu_tensor_free(old);
    return *room ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_class_weight_apply_(
    const cornu_class_weight *weights, size_t count, cornu_tensor **room, cornu_batch *batch
) {
    if (count == 0) return CORNU_OK;
    if (batch->target_count != 1)
        CORNU_FAIL(
            CORNU_EINVAL, "class_weight needs a model with one target, %zu given",
            batch->target_count
        );
    const cornu_tensor *y = batch->targets[0];
    int rank = cornu_tensor_rank(y);
    if (rank < 1 || rank > 2) {
        char text[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "class_weight needs one label per sample; the target has shape %s",
            cornu_shape_format(cornu_tensor_shape(y), text, sizeof text)
        );
    }
    const cornu_tensor *given =
        batch->sample_weight_count ? batch->sample_weights[0] : batch->sample_weight;
    if (given)
        CORNU_FAIL(CORNU_EINVAL, "class_weight and sample_weight cannot be given at the same time");
    CORNU_TRY(make_room(room, cornu_shape(batch->size)));
    int64_t width = rank == 1 ? 1 : cornu_tensor_dim(y, 1);
    float *values = cornu_tensor_data_mut(*room);
    if (!values) return cornu_error_status();
    for (int64_t i = 0; i < batch->size; i++)
        values[i] = (float)weight_of(weights, count, class_of(y, i, width));
    batch->sample_weight = *room;
    batch->sample_weights = NULL;
    batch->sample_weight_count = 0;
    return CORNU_OK;
}
