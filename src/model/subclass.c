/* A model around a function of the user's own: what a subclass of keras.Model is in Python. Its
 * variables and tracked layers are trained and saved as those of any other model. */
#include <string.h>

#include "base/memory.h"
#include "model/graph.h"

/* ---- construction ---- */
/* Files have the trainable variables first; otherwise the order given stays. */
static cornu_status add_variables(cornu_model *model, cornu_tensor_list variables, bool trainable) {
    struct cornu_layer_state *state = model->base.state_;
    for (size_t i = 0; i < variables.count; i++) {
        cornu_tensor *variable = variables.items[i];
        if (variable == NULL) return cornu_error_null("variable");
        if (!cornu_tensor_is_variable(variable))
            CORNU_FAIL(CORNU_EINVAL, "tensor %zu of the variables is none (see cornu_variable)", i);
        if (cornu_variable_trainable(variable) != trainable) continue;
        CORNU_TRY(CORNU_RESERVE_(state->weights, state->weight_capacity, state->weight_count + 1));
        state->weights[state->weight_count++] =
            (cornu_weight){.variable = cornu_tensor_retain(variable), .trainable = trainable};
    }
    return CORNU_OK;
}

static cornu_status set_up(cornu_model *model, const cornu_subclass_args *args) {
    if (args->call == NULL && args->call_many == NULL)
        CORNU_FAIL(CORNU_EINVAL, "a model needs a function, call or call_many");
    if (args->call != NULL && args->call_many != NULL)
        CORNU_FAIL(CORNU_EINVAL, "call and call_many are both given");
    if (args->output_count == 0 || (args->call != NULL && args->output_count != 1))
        CORNU_FAIL(
            CORNU_EINVAL, "output_count is %zu; call gives one output, call_many at least one",
            args->output_count
        );
    CORNU_TRY(add_variables(model, args->variables, true));
    return add_variables(model, args->variables, false);
}

cornu_model *cornu_subclass_new(const cornu_subclass_args *args) {
    cornu_model *model = cornu_model_make_(&cornu_subclass_class_, args->name);
    if (model == NULL) {
        if (args->free_user != NULL) args->free_user(args->user);
        return NULL;
    }
    model->subclass = *args;
    model->subclass.variables =
        (cornu_tensor_list){0}; /* the caller's list; the weights are kept */
    model->subclass.name = NULL;
    model->output_count = args->output_count;
    model->input_count = args->call != NULL ? 1 : 0;
    if (set_up(model, args) == CORNU_OK) return model;
    (void)cornu_model_error_context_(model);
    cornu_model_free(model);
    return NULL;
}

static cornu_status name_tracked(cornu_model *model) {
    struct cornu_layer_state *state = model->base.state_;
    cornu_layer **layers = cornu_alloc_array_(state->sublayer_count, sizeof *layers);
    if (layers == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < state->sublayer_count; i++) layers[i] = state->sublayers[i].layer;
    cornu_status status = cornu_name_layers_(layers, state->sublayer_count);
    cornu_free_(layers);
    return status;
}

static cornu_status check_tracked(
    const cornu_model *model, const char *attribute, const cornu_layer *layer
) {
    const struct cornu_layer_state *state = model->base.state_;
    if (model->base.cls != &cornu_subclass_class_)
        CORNU_FAIL(
            CORNU_ESTATE, "a %s knows its layers; only a model around a function tracks others",
            model->base.cls->name
        );
    if (layer == &model->base) CORNU_FAIL(CORNU_EINVAL, "a model cannot contain itself");
    for (size_t i = 0; i < state->sublayer_count; i++) {
        if (strcmp(state->sublayers[i].attribute, attribute) == 0)
            CORNU_FAIL(
                CORNU_EINVAL, "there is a layer under the attribute '%s' already", attribute
            );
    }
    return CORNU_OK;
}

cornu_status cornu_model_track(cornu_model *model, const char *attribute, cornu_layer *layer) {
    if (model == NULL || attribute == NULL || layer == NULL) {
        cornu_layer_free(layer);
        return cornu_error_null(model == NULL ? "model" : layer == NULL ? "layer" : "attribute");
    }
    cornu_status status = check_tracked(model, attribute, layer);
    if (status != CORNU_OK) {
        cornu_layer_free(layer);
        return cornu_model_error_context_(model);
    }
    CORNU_TRY(cornu_layer_add_layer(&model->base, attribute, layer));
    return name_tracked(model);
}

/* ---- building and running ---- */
static cornu_status name_ends(char **names, const char *what, size_t count) {
    for (size_t i = 0; i < count; i++) {
        names[i] = count == 1 ? cornu_strdup_(what) : cornu_format_("%s_%zu", what, i + 1);
        if (names[i] == NULL) return CORNU_ENOMEM;
    }
    return CORNU_OK;
}

/* Keeps what is known of the inputs. What comes out is known when the function has run. */
static cornu_status build(cornu_layer *self, const cornu_shape *shapes, size_t count) {
    cornu_model *model = (cornu_model *)(void *)self;
    if (model->subclass.call != NULL && count != 1)
        CORNU_FAIL(CORNU_EINVAL, "the model's function takes one input, got %zu", count);
    CORNU_TRY(cornu_model_set_counts_(model, count, model->subclass.output_count));
    for (size_t i = 0; i < count; i++) {
        model->input_shapes[i] = shapes[i];
        if (shapes[i].rank > 0) model->input_shapes[i].dims[0] = -1;
        model->input_dtypes[i] = CORNU_FLOAT32;
    }
    for (size_t i = 0; i < model->output_count; i++)
        model->output_shapes[i].rank = -1; /* not known yet */
    CORNU_TRY(name_ends(model->input_names, "input", count));
    return name_ends(model->output_names, "output", model->output_count);
}

cornu_status cornu_subclass_run_(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_tensor **masks
) {
    const cornu_subclass_args *args = &model->subclass;
    if (context->input_count != model->input_count)
        CORNU_FAIL(
            CORNU_EINVAL, "the model was built for %zu input%s, got %zu", model->input_count,
            model->input_count == 1 ? "" : "s", context->input_count
        );
    if (args->call != NULL) {
        outputs[0] = args->call(args->user, inputs[0]);
    } else {
        CORNU_TRY(args->call_many(args->user, inputs, context, outputs));
    }
    for (size_t i = 0; i < args->output_count; i++) {
        if (outputs[i] == NULL) return cornu_error_null("the output of the model's function");
        model->output_shapes[i] = *cornu_tensor_shape(outputs[i]);
        if (model->output_shapes[i].rank > 0) model->output_shapes[i].dims[0] = -1;
        if (masks != NULL) masks[i] = NULL;
    }
    return CORNU_OK;
}

const cornu_layer_class cornu_subclass_class_ = {
    .name = "Model",
    .size = sizeof(cornu_model),
    .destroy = cornu_model_destroy_,
    .get_config = cornu_model_get_config_,
    .build = build,
    .call_many = cornu_model_call_,
    .output_count = cornu_model_layer_output_count_,
    .masking = CORNU_MASK_STOPS,
    .any_dtype = true,
};
