/* Sequential: a chain of layers, each with one input. Keras: keras/src/models/sequential.py. The
 * input layer stands beside the chain: it is in the config, but not among the layers. */
#include <string.h>

#include "base/memory.h"
#include "model/graph.h"

static cornu_model *as_model(cornu_layer *layer) { return (cornu_model *)(void *)layer; }

/* ---- adding layers ---- */
static cornu_status check_layer(const cornu_model *model, const cornu_layer *layer) {
    if (model->base.cls != &cornu_sequential_class_)
        CORNU_FAIL(
            CORNU_ESTATE, "layers can be added to a Sequential, not to a %s", model->base.cls->name
        );
    if (layer == &model->base) CORNU_FAIL(CORNU_EINVAL, "a model cannot contain itself");
    for (size_t i = 0; i < model->base.state_->sublayer_count; i++) {
        if (model->base.state_->sublayers[i].layer == layer)
            CORNU_FAIL(
                CORNU_EINVAL, "layer '%s' (%s) is in the model already", cornu_layer_name(layer),
                layer->cls->name
            );
    }
    if (!cornu_is_input_layer_(layer)) return CORNU_OK;
    if (model->base.state_->sublayer_count > 0 || model->input_layer != NULL)
        CORNU_FAIL(CORNU_EINVAL, "the input layer must be the first, and the only one");
    return CORNU_OK;
}

cornu_status cornu_sequential_append_(cornu_model *model, cornu_layer *layer) {
    cornu_status status = check_layer(model, layer);
    if (status != CORNU_OK) return cornu_layer_free(layer), status;
    if (!cornu_is_input_layer_(layer)) return cornu_layer_add_layer(&model->base, NULL, layer);
    layer->state_->floating = false;
    model->input_layer = layer;
    return CORNU_OK;
}

static cornu_status name_layers(cornu_model *model) {
    struct cornu_layer_state *state = model->base.state_;
    cornu_layer **layers = cornu_alloc_array_(state->sublayer_count + 1, sizeof *layers);
    if (layers == NULL) return CORNU_ENOMEM;
    size_t count = 0;
    if (model->input_layer != NULL) layers[count++] = model->input_layer;
    for (size_t i = 0; i < state->sublayer_count; i++) layers[count++] = state->sublayers[i].layer;
    cornu_status status = cornu_name_layers_(layers, count);
    cornu_free_(layers);
    return status;
}

cornu_status cornu_sequential_set_input_(
    cornu_model *model, const cornu_shape *shape, cornu_dtype dtype
) {
    model->input_layer = cornu_input_layer_(NULL, shape, dtype);
    if (model->input_layer == NULL) return cornu_error_status();
    model->input_layer->state_->floating = false;
    return name_layers(model);
}

/* A model at the front says itself what it takes. */
static cornu_status input_of_first(cornu_model *model) {
    struct cornu_layer_state *state = model->base.state_;
    if (model->input_layer != NULL || state->sublayer_count == 0) return CORNU_OK;
    cornu_layer *first = state->sublayers[0].layer;
    if (!cornu_layer_is_model_(first) || !first->built) return CORNU_OK;
    const cornu_model *inner = as_model(first);
    if (inner->input_count != 1 || inner->input_shapes == NULL) return CORNU_OK;
    return cornu_sequential_set_input_(model, &inner->input_shapes[0], inner->input_dtypes[0]);
}

cornu_status cornu_sequential_settle_(cornu_model *model) {
    CORNU_TRY(name_layers(model));
    CORNU_TRY(input_of_first(model));
    model->base.built = false;
    if (model->input_layer == NULL || model->base.state_->sublayer_count == 0) return CORNU_OK;
    cornu_shape shape;
    cornu_dtype dtype;
    CORNU_TRY(cornu_input_layer_spec_(model->input_layer, &shape, &dtype));
    return cornu_layer_build(&model->base, &shape, 1);
}

/* Takes the layers that are left when one of them, or the model, could not be made. */
static cornu_model *give_up(cornu_model *model, cornu_layer *const *layers, size_t count) {
    for (size_t i = 0; i < count; i++) cornu_layer_free(layers[i]);
    cornu_model_free(model);
    return NULL;
}

cornu_model *cornu_sequential_new(const char *name, cornu_layer *const *layers, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (layers[i] == NULL) return (void)cornu_error_null("layer"), give_up(NULL, layers, count);
    }
    cornu_model *model = cornu_model_make_(&cornu_sequential_class_, name);
    if (model == NULL) return give_up(NULL, layers, count);
    for (size_t i = 0; i < count; i++) {
        if (cornu_sequential_append_(model, layers[i]) != CORNU_OK) {
            (void)cornu_model_error_context_(model);
            return give_up(model, layers + i + 1, count - i - 1);
        }
    }
    if (cornu_sequential_settle_(model) == CORNU_OK) return model;
    (void)cornu_model_error_context_(model);
    return give_up(model, NULL, 0);
}

cornu_status cornu_sequential_add(cornu_model *model, cornu_layer *layer) {
    if (model == NULL || layer == NULL) {
        cornu_layer_free(layer);
        return cornu_error_null(model == NULL ? "model" : "layer");
    }
    size_t count = model->base.state_->sublayer_count;
    cornu_layer *input_layer = model->input_layer;
    cornu_status status = cornu_sequential_append_(model, layer);
    if (status == CORNU_OK && (status = cornu_sequential_settle_(model)) != CORNU_OK) {
        /* as it was before */
        struct cornu_layer_state *state = model->base.state_;
        if (state->sublayer_count > count)
            cornu_layer_free(state->sublayers[--state->sublayer_count].layer);
        if (model->input_layer != input_layer) {
            cornu_layer_free(model->input_layer);
            model->input_layer = NULL;
        }
        model->base.built = count > 0 && model->input_layer != NULL;
    }
    return status == CORNU_OK ? CORNU_OK : cornu_model_error_context_(model);
}

/* ---- building ---- */
/* Passes shape and type through the chain, building what is not built. */
static cornu_status build_layers(cornu_model *model, cornu_shape *shape, cornu_dtype *dtype) {
    const struct cornu_layer_state *state = model->base.state_;
    for (size_t i = 0; i < state->sublayer_count; i++) {
        cornu_layer *layer = state->sublayers[i].layer;
        cornu_shape out;
        cornu_dtype out_dtype;
        if (cornu_layer_is_model_(layer) && as_model(layer)->input_count > 1)
            CORNU_FAIL(
                CORNU_EINVAL, "layer '%s' (%s) has %zu inputs; in a Sequential each has one",
                layer->name, layer->cls->name, as_model(layer)->input_count
            );
        if (cornu_layer_output_count(layer) != 1)
            CORNU_FAIL(
                CORNU_EINVAL, "layer '%s' (%s) has %zu outputs; in a Sequential each has one",
                layer->name, layer->cls->name, cornu_layer_output_count(layer)
            );
        CORNU_TRY(cornu_layer_infer_(layer, shape, dtype, 1, &out, &out_dtype));
        *shape = out;
        *dtype = out_dtype;
    }
    return CORNU_OK;
}

static cornu_status build(cornu_layer *self, const cornu_shape *shapes, size_t count) {
    cornu_model *model = as_model(self);
    const struct cornu_layer_state *state = self->state_;
    if (state->sublayer_count == 0)
        CORNU_FAIL(CORNU_ESTATE, "a Sequential without layers cannot be built; add layers first");
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "a Sequential has one input, got %zu", count);
    cornu_shape shape = shapes[0];
    if (model->input_layer == NULL) {
        if (shape.rank > 0) shape.dims[0] = -1; /* of the first batch; the next may differ */
        CORNU_TRY(
            cornu_sequential_set_input_(model, &shape, state->sublayers[0].layer->compute_dtype)
        );
    }
    cornu_dtype dtype;
    CORNU_TRY(cornu_input_layer_spec_(model->input_layer, &shape, &dtype));
    self->state_->build_shapes[0] = shape;
    CORNU_TRY(cornu_model_set_counts_(model, 1, 1));
    model->input_shapes[0] = shape;
    model->input_dtypes[0] = dtype;
    model->input_names[0] = cornu_strdup_(model->input_layer->name);
    CORNU_TRY(build_layers(model, &shape, &dtype));
    model->output_shapes[0] = shape;
    const cornu_layer *last = state->sublayers[state->sublayer_count - 1].layer;
    model->output_names[0] = cornu_strdup_(last->name);
    return model->input_names[0] != NULL && model->output_names[0] != NULL ? CORNU_OK
                                                                           : CORNU_ENOMEM;
}

/* ---- running ---- */
cornu_status cornu_sequential_run_(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_tensor **masks
) {
    const struct cornu_layer_state *state = model->base.state_;
    cornu_tensor *value, *mask = context->masks != NULL ? context->masks[0] : NULL;
    CORNU_TRY(cornu_model_prepare_inputs_(model, inputs, context->input_count, &value));
    for (size_t i = 0; i < state->sublayer_count; i++) {
        cornu_call_context inner = {
            .training = context->training,
            .input_count = 1,
            .masks = mask != NULL ? &mask : NULL,
        };
        cornu_tensor *result, *result_mask;
        CORNU_TRY(
            cornu_call_masked_(state->sublayers[i].layer, &value, &inner, &result, &result_mask)
        );
        value = result;
        mask = result_mask;
    }
    outputs[0] = value;
    if (masks != NULL) masks[0] = mask;
    return CORNU_OK;
}

const cornu_layer_class cornu_sequential_class_ = {
    .name = "Sequential",
    .size = sizeof(cornu_model),
    .destroy = cornu_model_destroy_,
    .get_config = cornu_model_get_config_,
    .build = build,
    .call_many = cornu_model_call_,
    .output_count = cornu_model_layer_output_count_,
    .masking = CORNU_MASK_STOPS, /* run.c asks the model itself */
    .any_dtype = true,
};
