/* What all models have in common: making, freeing, getters. Keras: keras/src/models/model.py. */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/graph.h"

bool cornu_layer_is_model_(const cornu_layer *layer) {
    return layer->cls == &cornu_sequential_class_ || layer->cls == &cornu_functional_class_ ||
           layer->cls == &cornu_subclass_class_;
}

cornu_model *cornu_model_make_(const cornu_layer_class *cls, const char *name) {
    cornu_model *model =
        cornu_object_create_(CORNU_FAMILY_LAYER, (const cornu_class *)(const void *)cls, NULL);
    if (model == NULL) return NULL;
    model->named = name != NULL;
    model->base.name = name != NULL ? cornu_strdup_(name) : cornu_snake_case_(cls->name);
    if (model->base.name != NULL) return model;
    cornu_model_free(model);
    return NULL;
}

cornu_status cornu_model_error_context_(const cornu_model *model) {
    return cornu_error_context("model '%s'", model->base.name);
}

/* ---- inputs and outputs ---- */
static void free_names(char **names, size_t count) {
    for (size_t i = 0; names != NULL && i < count; i++) cornu_free_(names[i]);
    cornu_free_(names);
}

static void forget_inputs_and_outputs(cornu_model *model) {
    free_names(model->input_names, model->input_count);
    free_names(model->output_names, model->output_count);
    cornu_free_(model->input_shapes);
    cornu_free_(model->input_dtypes);
    cornu_free_(model->output_shapes);
    model->input_names = model->output_names = NULL;
    model->input_shapes = model->output_shapes = NULL;
    model->input_dtypes = NULL;
}

cornu_status cornu_model_set_counts_(cornu_model *model, size_t inputs, size_t outputs) {
    forget_inputs_and_outputs(model);
    model->input_count = inputs;
    model->output_count = outputs;
    model->input_shapes = cornu_alloc_array_(inputs, sizeof *model->input_shapes);
    model->input_dtypes = cornu_alloc_array_(inputs, sizeof *model->input_dtypes);
    model->input_names = cornu_alloc_array_(inputs, sizeof *model->input_names);
    model->output_shapes = cornu_alloc_array_(outputs, sizeof *model->output_shapes);
    model->output_names = cornu_alloc_array_(outputs, sizeof *model->output_names);
    if (model->input_shapes != NULL && model->input_dtypes != NULL && model->input_names != NULL &&
        model->output_shapes != NULL && model->output_names != NULL)
        return CORNU_OK;
    forget_inputs_and_outputs(model);
    return CORNU_ENOMEM;
}

/* The `destroy` of the three classes; the base frees the layers. */
void cornu_model_destroy_(void *object) {
    cornu_model *model = object;
    if (model->training != NULL) cornu_training_class_.destroy(model->training);
    cornu_training_class_.destroy_steps(model->compiled);
    cornu_training_class_.destroy_hooks(model->hooks);
    forget_inputs_and_outputs(model);
    cornu_topology_free_(model->graph);
    cornu_layer_free(model->input_layer);
    cJSON_Delete(model->input_structure);
    cJSON_Delete(model->output_structure);
    if (model->subclass.free_user != NULL) model->subclass.free_user(model->subclass.user);
}

size_t cornu_model_layer_output_count_(const cornu_layer *layer, const cornu_config *kwargs) {
    (void)kwargs;
    const cornu_model *model = (const cornu_model *)(const void *)layer;
    return model->output_count > 0 ? model->output_count : 1;
}

/* ---- as a layer ---- */
cornu_layer *cornu_model_layer(cornu_model *model) {
    if (model == NULL) return (void)cornu_error_null("model"), NULL;
    return &model->base;
}

cornu_layer *cornu_model_as_layer_(void *model) { return cornu_model_layer(model); }

cornu_model *cornu_model_retain(cornu_model *model) {
    if (model != NULL) (void)cornu_layer_retain(&model->base);
    return model;
}

void cornu_model_free(cornu_model *model) {
    if (model != NULL) cornu_layer_free(&model->base);
}

/* ---- getters ---- */
const char *cornu_model_name(const cornu_model *model) {
    return model != NULL ? model->base.name : ((void)cornu_error_null("model"), NULL);
}

size_t cornu_model_input_count(const cornu_model *model) {
    return model != NULL ? model->input_count : 0;
}

size_t cornu_model_output_count(const cornu_model *model) {
    return model != NULL ? cornu_model_layer_output_count_(&model->base, NULL) : 0;
}

const cornu_shape *cornu_model_input_shape(const cornu_model *model, size_t index) {
    if (model == NULL || model->input_shapes == NULL || index >= model->input_count) return NULL;
    return &model->input_shapes[index];
}

const cornu_shape *cornu_model_output_shape(const cornu_model *model, size_t index) {
    if (model == NULL || model->output_shapes == NULL || index >= model->output_count) return NULL;
    const cornu_shape *shape = &model->output_shapes[index];
    return shape->rank >= 0 ? shape : NULL; /* a function that has not run yet */
}

cornu_dtype cornu_model_input_dtype(const cornu_model *model, size_t index) {
    if (model == NULL || model->input_dtypes == NULL || index >= model->input_count)
        return CORNU_FLOAT32;
    return model->input_dtypes[index];
}

const char *cornu_model_output_name(const cornu_model *model, size_t index) {
    if (model == NULL || model->output_names == NULL || index >= model->output_count) return NULL;
    return model->output_names[index];
}

const char *cornu_model_input_name(const cornu_model *model, size_t index) {
    if (model == NULL || model->input_names == NULL || index >= model->input_count) return NULL;
    return model->input_names[index];
}

size_t cornu_model_layer_count(const cornu_model *model) {
    return model != NULL ? model->base.state_->sublayer_count : 0;
}

cornu_layer *cornu_model_layer_at(const cornu_model *model, size_t index) {
    if (index >= cornu_model_layer_count(model)) return NULL;
    return model->base.state_->sublayers[index].layer;
}

static cornu_status unknown_layer(const cornu_model *model, const char *name) {
    size_t count = cornu_model_layer_count(model);
    const char **names = cornu_alloc_array_(count, sizeof *names);
    if (names == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) names[i] = cornu_layer_name(cornu_model_layer_at(model, i));
    const char *closest = cornu_closest_(name, names, count);
    cornu_error_set(
        CORNU_EUNKNOWN, __FILE__, __LINE__, "model '%s' has no layer '%s'%s%s%s", model->base.name,
        name, closest != NULL ? "; did you mean '" : "", closest != NULL ? closest : "",
        closest != NULL ? "'?" : ""
    );
    cornu_free_(names);
    return CORNU_EUNKNOWN;
}

cornu_layer *cornu_model_get_layer(const cornu_model *model, const char *name) {
    if (model == NULL || name == NULL)
        return (void)cornu_error_null(model == NULL ? "model" : "name"), NULL;
    for (size_t i = 0; i < cornu_model_layer_count(model); i++) {
        cornu_layer *layer = cornu_model_layer_at(model, i);
        if (layer->name != NULL && strcmp(layer->name, name) == 0) return layer;
    }
    if (model->input_layer != NULL && strcmp(model->input_layer->name, name) == 0)
        return model->input_layer;
    (void)unknown_layer(model, name);
    return NULL;
}

cornu_tensor_list cornu_model_weights(cornu_model *model) {
    if (model == NULL) return (void)cornu_error_null("model"), (cornu_tensor_list){0};
    return cornu_layer_weights(&model->base);
}

cornu_status cornu_model_set_weights(cornu_model *model, cornu_tensor_list values) {
    if (model == NULL) return cornu_error_null("model");
    return cornu_layer_set_weights(&model->base, values);
}

cornu_status cornu_model_set_trainable(cornu_model *model, bool trainable) {
    if (model == NULL) return cornu_error_null("model");
    return cornu_layer_set_trainable(&model->base, trainable);
}

void cornu_model_stop_training(cornu_model *model) {
    if (model != NULL) model->stop_training = true;
}

bool cornu_model_validates(const cornu_model *model) { return model != NULL && model->validates; }
