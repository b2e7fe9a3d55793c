/* Layers as activations of layers, Dense(8, activation=LeakyReLU(0.1)): the layer is held under the
 * attribute "activation", and called on what its owner gives. That is possible where the activation
 * comes last. Keras: keras/src/activations/__init__.py, serialize and get. */
#include <string.h>

#include "nn/json.h"
#include "nn/layer.h"

static const char attribute[] = "activation";

static const cJSON *activation_of(const cJSON *config) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(config, attribute);
    const char *name = cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(value, "class_name"));
    return name != NULL && strcmp(name, "function") != 0 ? value : NULL;
}

bool cornu_layer_may_activate_(const cornu_class *cls) {
    static const char *const names[] = {
        "Activation",  "Conv1D",          "Conv2D",          "Conv3D",          "Conv1DTranspose",
        "Dense",       "DepthwiseConv1D", "DepthwiseConv2D", "Conv2DTranspose", "Conv3DTranspose",
        "EinsumDense", "SeparableConv1D", "SeparableConv2D", "TernaryDense",
    };
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strcmp(cls->name, names[i]) == 0) return true;
    return false;
}

cornu_status cornu_layer_read_activation_(cornu_layer *layer, const cJSON *config) {
    const cJSON *value = activation_of(config);
    if (value == NULL || !cornu_layer_may_activate_((const cornu_class *)layer->cls))
        return CORNU_OK;
    cornu_layer *activation = cornu_nested_layer_read_(value);
    if (activation == NULL) return cornu_error_context("%s", attribute);
    CORNU_TRY(cornu_layer_add_layer(layer, attribute, activation));
    if (cornu_layer_output_count(activation) != 1)
        CORNU_FAIL(
            CORNU_EINVAL, "activation: a layer with one output is needed, not a %s",
            activation->cls->name
        );
    layer->state_->activation = activation;
    return CORNU_OK;
}

cornu_status cornu_layer_activate_(
    cornu_layer *layer, const cornu_call_context *context, cornu_tensor **output
) {
    cornu_layer *activation = layer->state_->activation;
    if (activation == NULL || *output == NULL) return CORNU_OK;
    cornu_shape shape = *cornu_tensor_shape(*output);
    if (shape.rank > 0) shape.dims[0] = -1; /* other batches may follow */
    CORNU_TRY(cornu_layer_build(activation, &shape, 1));
    const cornu_call_context own = {.training = context->training};
    cornu_tensor_list list = {output, 1};
    cornu_tensor *result = NULL;
    CORNU_TRY(cornu_layer_call_many(activation, list, &own, &result));
    *output = result;
    return CORNU_OK;
}
