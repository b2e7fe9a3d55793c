/* Models: Sequential, functional graphs, and models around a function of the user's own. A model is
 * a layer too. https://keras.io/api/models/
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         cornu_model *classifier = cornu_sequential( // new; takes its layers
 *             cornu_input(8),
 *             cornu_layer_dense(16, .activation = "relu"),
 *             cornu_layer_dense(3));
 *         cornu_check(classifier);
 *         cornu_check(cornu_summary(classifier, stdout));
 *
 *         cornu_model *model = NULL; // a graph with two outputs
 *         CORNU_SCOPE {
 *             cornu_tensor *in = cornu_input_tensor(8, .name = "in");
 *             cornu_tensor *hidden = cornu_call(cornu_layer_dense(16, .activation = "relu"), in);
 *             cornu_tensor *label = cornu_call(cornu_layer_dense(3, .name = "label"), hidden);
 *             cornu_tensor *price = cornu_call(cornu_layer_dense(1, .name = "price"), hidden);
 *             model = cornu_functional(cornu_tensors(in), cornu_tensors(label, price));
 *             cornu_check(model);
 *         }
 *         cornu_model_free(model);
 *         cornu_model_free(classifier);
 *     }
 */
#ifndef CORNU_MODEL_H
#define CORNU_MODEL_H

#include <cornu/layers.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Sequential ------------------------------------------------------------------------------ */
/* cornu_sequential(cornu_input(28, 28), cornu_layer_flatten(), cornu_layer_dense(10)): *new*; the
 * layers are taken, also on failure. Any NULL among them (a maker that failed) gives NULL and keeps
 * the error. Without an input layer the model is built by its first call. A model inside goes in by
 * cornu_model_layer(m). CORNU_EINVAL (a layer twice, an input layer that is not the first, a name
 * twice), and what the layers say when they are built (CORNU_ESHAPE).
 * https://keras.io/api/models/sequential/ */
CORNU_API cornu_model *cornu_sequential_new(
    const char *name, cornu_layer *const *layers, size_t count
);
#ifndef __cplusplus
#define cornu_sequential(...)                                                                      \
    CORNU_KW_(cornu_sequential_new(                                                                \
        NULL, (cornu_layer *const[]){__VA_ARGS__},                                                 \
        sizeof((cornu_layer *const[]){__VA_ARGS__}) / sizeof(cornu_layer *)))
#endif
/* Appends a layer; taken, also on failure, which leaves the model as it was. CORNU_ESTATE for a
 * model that is no Sequential; otherwise as above. */
CORNU_API cornu_status cornu_sequential_add(cornu_model *model, cornu_layer *layer);

/* ---- functional ------------------------------------------------------------------------------ */
/* A symbolic tensor: cornu_input_tensor(32, 32, 3, .name = "image"), sizes of one sample, -1 for an
 * unknown one. Belongs to the scope. CORNU_ESHAPE (too many axes, a size below -1). */
typedef struct cornu_input_tensor_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_input_tensor_args));
    CORNU_ARG(int64_t, shape[CORNU_MAX_RANK], {}); /* ends at the first 0 */
    CORNU_ARG(const char *, name, NULL);
    CORNU_ARG(cornu_dtype, dtype, CORNU_FLOAT32);
    CORNU_ARG(int64_t, batch_size, -1);
} cornu_input_tensor_args;
#define CORNU_INPUT_TENSOR_DEFAULTS .size_ = sizeof(cornu_input_tensor_args), .batch_size = -1
CORNU_API cornu_tensor *cornu_input_tensor_new(const cornu_input_tensor_args *args);
#ifndef __cplusplus
#define cornu_input_tensor(...)                                                                    \
    CORNU_KW_(cornu_input_tensor_new(                                                              \
        &(cornu_input_tensor_args){CORNU_INPUT_TENSOR_DEFAULTS, .shape[0] = __VA_ARGS__}))
#endif

/* Calls on symbolic tensors (cornu_call) are recorded, and so are ops: cornu_op_add(x, h). The
 * graph takes a fresh layer, or a fresh model, at its first such call, so that it need not be
 * freed; who goes on using a model of his own after that retains it first. Models hold the layers
 * between their inputs and outputs. */
/* The model between symbolic inputs and outputs; *new*. CORNU_EINVAL if an output does not depend
 * on the inputs given, and for a name, a key or an input that comes twice. With keys,
 * inputs and outputs are counted as Keras flattens a dict: by sorted keys, whatever the order
 * here. https://keras.io/guides/functional_api/ */
typedef struct cornu_functional_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_functional_args));
    CORNU_ARG(cornu_tensor_list, inputs, {});
    CORNU_ARG(cornu_tensor_list, outputs, {});
    CORNU_ARG(const char *, name, NULL);
    CORNU_ARG(const char *const *, output_keys, NULL); /* one per output: the outputs are a dict */
    CORNU_ARG(const char *const *, input_keys, NULL);
} cornu_functional_args;
#define CORNU_FUNCTIONAL_DEFAULTS .size_ = sizeof(cornu_functional_args)
CORNU_API cornu_model *cornu_functional_new(const cornu_functional_args *args);
#ifndef __cplusplus
#define cornu_functional(...)                                                                      \
    CORNU_KW_(cornu_functional_new(                                                                \
        &(cornu_functional_args){CORNU_FUNCTIONAL_DEFAULTS, .inputs = __VA_ARGS__}))
#endif

/* ---- a function of one's own ----------------------------------------------------------------- */
/* cornu_subclass(linear_call, &linear, cornu_tensors(w, b)): a model whose call is `call(user, x)`.
 * The variables are retained, and are saved as vars/0, vars/1, ... What `call` returns belongs to
 * the scope, or is NULL with an error pending. *new*; `user` is taken if `free_user` is given, also
 * on failure. CORNU_EINVAL (no function or two, a tensor that is no variable). Layers that the
 * function calls are tracked by cornu_model_track. Keras: a class derived from Model
 * (https://keras.io/api/models/model/).
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     typedef struct { cornu_tensor *w, *b; } linear;
 *
 *     static cornu_tensor *call(void *user, cornu_tensor *x) { // [batch, 2] -> [batch, 3]
 *         const linear *self = user;
 *         return cornu_op_add(cornu_op_matmul(x, self->w), self->b);
 *     }
 *
 *     int main(void) {
 *         linear self;
 *         cornu_model *model = NULL;
 *         CORNU_SCOPE {
 *             self.w = cornu_variable(cornu_random_normal(cornu_shape(2, 3)), .name = "w");
 *             self.b = cornu_variable(cornu_op_zeros(cornu_shape(3), CORNU_FLOAT32), .name = "b");
 *             model = cornu_subclass(call, &self, cornu_tensors(self.w, self.b));
 *             cornu_check(cornu_call(model, cornu_op_ones(cornu_shape(5, 2), CORNU_FLOAT32)));
 *         }
 *         cornu_model_free(model);
 *         cornu_tensor_free(self.w);
 *         cornu_tensor_free(self.b);
 *     }
 */
typedef cornu_tensor *cornu_model_function(void *user, cornu_tensor *x);
typedef cornu_status cornu_model_function_many(
    void *user, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);
typedef struct cornu_subclass_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_subclass_args));
    CORNU_ARG(cornu_model_function *, call, NULL);
    CORNU_ARG(void *, user, NULL);
    CORNU_ARG(cornu_tensor_list, variables, {});
    /* called with `user` when the model is freed */
    CORNU_ARG(cornu_free_function *, free_user, NULL);
    /* in place of call: several inputs or outputs, training flag */
    CORNU_ARG(cornu_model_function_many *, call_many, NULL);
    CORNU_ARG(size_t, output_count, 1);
    CORNU_ARG(const char *, name, NULL);
} cornu_subclass_args;
#define CORNU_SUBCLASS_DEFAULTS .size_ = sizeof(cornu_subclass_args), .output_count = 1
CORNU_API cornu_model *cornu_subclass_new(const cornu_subclass_args *args);
#ifndef __cplusplus
#define cornu_subclass(...)                                                                        \
    CORNU_KW_(cornu_subclass_new(                                                                  \
        &(cornu_subclass_args){CORNU_SUBCLASS_DEFAULTS, .call = __VA_ARGS__}))
#endif
/* Tracks a layer under an attribute name, as `self.dense = Dense(3)` does in Keras; taken,
 * also on failure. "blocks[]" adds to the list `self.blocks`. CORNU_ESTATE for a model that is not
 * made by cornu_subclass; CORNU_EINVAL if the attribute is in use. */
CORNU_API cornu_status
cornu_model_track(cornu_model *model, const char *attribute, cornu_layer *layer);

/* ---- all models ------------------------------------------------------------------------------ */
/* One more reference, and one less; NULL is fine. */
CORNU_API cornu_model *cornu_model_retain(cornu_model *model);
CORNU_API void cornu_model_free(cornu_model *model);
/* The model seen as a layer; *borrowed*, the same object. */
CORNU_API cornu_layer *cornu_model_layer(cornu_model *model);
/* *borrowed*, like all that the next ones return */
CORNU_API const char *cornu_model_name(const cornu_model *model);
CORNU_API size_t cornu_model_input_count(const cornu_model *model);
CORNU_API size_t cornu_model_output_count(const cornu_model *model);
/* Shape of an input or output, batch included, -1 for unknown sizes; NULL if the model is not
 * built, or has none of that index (no error pending). */
CORNU_API const cornu_shape *cornu_model_input_shape(const cornu_model *model, size_t index);
CORNU_API const cornu_shape *cornu_model_output_shape(const cornu_model *model, size_t index);
CORNU_API cornu_dtype cornu_model_input_dtype(const cornu_model *model, size_t index);
/* Name of an output as it appears in logs and in dict structures (Keras: output_names). */
CORNU_API const char *cornu_model_output_name(const cornu_model *model, size_t index);
CORNU_API const char *cornu_model_input_name(const cornu_model *model, size_t index);
/* with input layers in a functional model */
CORNU_API size_t cornu_model_layer_count(const cornu_model *model);
/* *borrowed* */
CORNU_API cornu_layer *cornu_model_layer_at(const cornu_model *model, size_t index);
/* The layer of that name, *borrowed*, input layers included; NULL with CORNU_EUNKNOWN, which
 * proposes the nearest name. */
CORNU_API cornu_layer *cornu_model_get_layer(const cornu_model *model, const char *name);
/* What cornu_layer_weights, cornu_layer_set_weights and cornu_layer_set_trainable do, for a model
 * with all its layers. To keep values that training will change, copy the tensors. */
CORNU_API cornu_tensor_list cornu_model_weights(cornu_model *model);
CORNU_API cornu_status cornu_model_set_weights(cornu_model *model, cornu_tensor_list values);
CORNU_API cornu_status cornu_model_set_trainable(cornu_model *model, bool trainable);
/* Builds a model without input layer for given input shapes (batch included, -1 allowed); one that
 * is built only checks them. CORNU_ESHAPE, CORNU_EINVAL (another number of inputs), CORNU_ESTATE (a
 * Sequential without layers). */
CORNU_API cornu_status
cornu_model_build(cornu_model *model, const cornu_shape *shapes, size_t count);

/* Ends fit after the batch being trained; for callbacks. */
CORNU_API void cornu_model_stop_training(cornu_model *model);
/* The compiled model's optimizer; *borrowed*, NULL if it is not compiled. */
CORNU_API cornu_optimizer *cornu_model_optimizer(const cornu_model *model);
/* Whether the fit that is running was given validation data; for callbacks. */
CORNU_API bool cornu_model_validates(const cornu_model *model);

/* The table that Keras prints. `stream` NULL: standard output. CORNU_EIO. */
CORNU_API cornu_status cornu_summary(cornu_model *model, FILE *stream);
/* The architecture as Keras' model.to_json(); *new* memory, cornu_free. CORNU_EUNSUPPORTED for a
 * model around a function. And back, without weights: *new*. CORNU_EFORMAT; CORNU_EUNKNOWN lists
 * every unknown class; CORNU_EUNSUPPORTED (an argument that is not known here, Python's lambdas);
 * CORNU_EINVAL (an argument of the wrong kind). */
CORNU_API char *cornu_model_to_json(cornu_model *model);
CORNU_API cornu_model *cornu_model_from_json(const char *json);
/* A *new* model of the same architecture, with the same names and weights of its own, as they are
 * when layers are made; not compiled. Statuses as for the two above (Keras: clone_model). */
CORNU_API cornu_model *cornu_model_clone(cornu_model *model);
/* Graphviz text of the layers (Keras: plot_model); *new* memory, cornu_free. CORNU_ENOMEM. */
CORNU_API char *cornu_model_to_dot(cornu_model *model);

#ifdef __cplusplus
}
#endif
#endif
