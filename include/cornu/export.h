/* Export: a model as a file for others to run. Inference only: what the model computes with
 * training = false. https://keras.io/api/models/model_saving_apis/export/
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         cornu_model *model = cornu_sequential(
 *             cornu_input(4), cornu_layer_dense(8, .activation = "relu"), cornu_layer_dense(2));
 *         cornu_check(model);
 *         cornu_check(cornu_export(model, "tiny.onnx"));                  // for ONNX Runtime
 *         cornu_check(cornu_export(model, "tiny.c", .batch_size = 1));    // for any C compiler
 *         cornu_model_free(model);
 *     }
 */
#ifndef CORNU_EXPORT_H
#define CORNU_EXPORT_H

#include <cornu/model.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Writes a built model. What comes out is told by the path's ending:
 *
 * - ".onnx": a graph of the standard operators (opset 18) with the weights inside, that takes
 *   batches of any size, or of `batch_size`. Inputs are called as the model's input layers are,
 *   outputs as the layers that make them.
 * - ".c": one self-contained C99 file without dependencies but the C library, for small models:
 *   weights and work memory are static arrays, nothing is allocated. Its function
 *   `void NAME_predict(const float *x, ..., float *y, ...)` takes one batch of `batch_size` (1 if
 *   not given); NAME is `name`, or made of the file's name. It is not for two threads at once.
 *
 * Sizes of inputs that the model leaves open, other than the batch, are given in `input_shapes`
 * (one per input, with the batch). C computes values of 16 bits in float. The model is not
 * changed. CORNU_ESTATE (a model that is not built), CORNU_EINVAL (another ending, a batch size
 * below 1, a name that is no identifier in C), CORNU_ESHAPE (an input of unknown size, a shape that
 * does not fit), CORNU_EUNSUPPORTED names the operation that the format cannot express, or the
 * library that this build lacks (ONNX wants protobuf-c); CORNU_EIO. A failure leaves no file
 * behind. */
typedef struct cornu_export_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_export_args));
    CORNU_ARG(cornu_model *, model, NULL);
    CORNU_ARG(const char *, path, NULL);
    CORNU_ARG(int64_t, batch_size, CORNU_NONE);
    CORNU_ARG(const char *, name, NULL);
    CORNU_ARG(const cornu_shape *, input_shapes, NULL);
} cornu_export_args;
#define CORNU_EXPORT_DEFAULTS .size_ = sizeof(cornu_export_args), .batch_size = CORNU_NONE
CORNU_API cornu_status cornu_export_with(const cornu_export_args *args);
#ifndef __cplusplus
/* cornu_export(model, "model.onnx", .batch_size = 1) */
#define cornu_export(model_, ...)                                                                  \
    CORNU_KW_(cornu_export_with(                                                                   \
        &(cornu_export_args){CORNU_EXPORT_DEFAULTS, .model = (model_), .path = __VA_ARGS__}))
#endif

#ifdef __cplusplus
}
#endif
#endif
