/* Layers: their state, weights, sublayers and losses. Keras: keras/src/layers/layer.py. */
#include "nn/layer.h"

#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "base/object.h"
#include "base/text.h"
#include "nn/budget.h"
#include "nn/placeholder.h"
#include "tensor/tensor.h"

static atomic_uint_fast64_t generation;

uint64_t cornu_layer_generation_(void) {
    return atomic_load_explicit(&generation, memory_order_relaxed) + cornu_variable_generation_();
}

static void note_change(void) { atomic_fetch_add_explicit(&generation, 1, memory_order_relaxed); }

/* "mixed_float16": computes in float16, keeps float32. Any other policy is the name of one type for
 * both. */
static cornu_status set_policy(cornu_layer *layer, const char *policy) {
    static const char mixed[] = "mixed_";
    layer->state_->dtype_policy = cornu_strdup_(policy);
    if (layer->state_->dtype_policy == NULL) return CORNU_ENOMEM;
    if (strncmp(policy, mixed, sizeof mixed - 1) != 0) {
        CORNU_TRY(cornu_dtype_from_name(policy, &layer->compute_dtype), "dtype policy");
        layer->variable_dtype = layer->compute_dtype;
        return CORNU_OK;
    }
    CORNU_TRY(
        cornu_dtype_from_name(policy + sizeof mixed - 1, &layer->compute_dtype),
        "dtype policy '%s'", policy
    );
    layer->variable_dtype = CORNU_FLOAT32;
    if (layer->compute_dtype != CORNU_FLOAT16 && layer->compute_dtype != CORNU_BFLOAT16)
        CORNU_FAIL(
            CORNU_EUNKNOWN, "no dtype policy '%s'; there are mixed_float16 and mixed_bfloat16",
            policy
        );
    return CORNU_OK;
}

cornu_status cornu_layer_prepare_(cornu_layer *layer) {
    layer->state_ = cornu_alloc_(sizeof *layer->state_);
    if (layer->state_ == NULL) return CORNU_ENOMEM;
    layer->state_->floating = true;
    const bool *trainable = cornu_object_member_(layer, "trainable", NULL);
    layer->trainable = trainable == NULL || *trainable;
    const cornu_field *field = NULL;
    const void *regularizer = cornu_object_member_(layer, "activity_regularizer", &field);
    if (regularizer != NULL && field->type == CORNU_FIELD_REGULARIZER &&
        !layer->cls->activity_inside)
        layer->state_->activity_regularizer = cornu_pointer_get_(regularizer, 0);
    const void *member = cornu_object_member_(layer, "dtype", NULL);
    const char *policy = member != NULL ? cornu_pointer_get_(member, 0) : NULL;
    return set_policy(layer, policy != NULL ? policy : "float32");
}

void cornu_layer_dispose_(cornu_layer *layer) {
    struct cornu_layer_state *state = layer->state_;
    if (state == NULL) return;
    cornu_layer_clear_losses_(layer);
    for (size_t i = 0; i < state->weight_count; i++) {
        cornu_tensor_free(state->weights[i].variable);
        cornu_regularizer_free(state->weights[i].regularizer);
        cornu_constraint_free(state->weights[i].constraint);
    }
    for (size_t i = 0; i < state->sublayer_count; i++) {
        cornu_free_(state->sublayers[i].attribute);
        cornu_layer_free(state->sublayers[i].layer);
    }
    for (size_t i = 0; i < state->seed_count; i++) cornu_seed_generator_free(state->seeds[i]);
    cornu_free_(state->weights);
    cornu_free_(state->sublayers);
    cornu_free_(state->seeds);
    cornu_free_(state->losses);
    cornu_free_(state->build_shapes);
    cornu_free_(state->dtype_policy);
    cornu_free_(state->all);
    cornu_free_(state->trainable);
    cornu_free_(state->fixed);
    cornu_free_(state);
}

cornu_status cornu_layer_error_context_(const cornu_layer *layer) {
    if (layer->name != NULL)
        return cornu_error_context("layer '%s' (%s)", layer->name, layer->cls->name);
    return cornu_error_context("layer %s", layer->cls->name);
}

const char *cornu_layer_class_name(const cornu_layer *layer) {
    return layer != NULL ? layer->cls->name : ((void)cornu_error_null("layer"), NULL);
}

const char *cornu_layer_name(const cornu_layer *layer) {
    if (layer == NULL) return (void)cornu_error_null("layer"), NULL;
    return layer->name != NULL ? layer->name : layer->cls->name;
}

cornu_layer *cornu_layer_as_layer_(void *layer) { return layer; }

/* ---- weights ---- */
/* The initializer, or what Keras takes without one; *new*. */
static cornu_initializer *initializer_of(const cornu_add_weight_args *args, cornu_dtype dtype) {
    if (args->initializer != NULL) return cornu_initializer_retain(args->initializer);
    return cornu_initializer_get(cornu_dtype_is_float(dtype) ? "GlorotUniform" : "Zeros");
}

/* Its path is "dense/kernel", by which optimizers tell weights apart. Without a value (NULL) it is
 * one of a model whose values are still to come. */
static cornu_tensor *named_variable(
    const cornu_add_weight_args *args, cornu_dtype dtype, cornu_tensor *value
) {
    const char *layer = args->layer->name != NULL ? args->layer->name : args->layer->cls->name;
    char *path = cornu_format_("%s/%s", layer, args->name != NULL ? args->name : "variable");
    if (path == NULL) return NULL;
    const cornu_variable_args about = {
        .size_ = sizeof about,
        .value = value,
        .name = args->name,
        .path = path,
        .trainable = args->trainable && args->layer->trainable,
    };
    cornu_tensor *variable = value != NULL
                                 ? cornu_variable_new(&about)
                                 : cornu_variable_uninitialised_(dtype, args->shape, &about);
    cornu_free_(path);
    return variable;
}

static cornu_tensor *make_placeholder(
    const cornu_add_weight_args *args, cornu_dtype dtype, cornu_initializer *initializer
) {
    cornu_tensor *variable = named_variable(args, dtype, NULL);
    if (variable == NULL || cornu_placeholders_add_(variable, initializer) == CORNU_OK)
        return variable;
    cornu_tensor_free(variable);
    return NULL;
}

static cornu_tensor *make_initialised(
    const cornu_add_weight_args *args, cornu_dtype dtype, cornu_initializer *initializer
) {
    cornu_tensor *variable = NULL;
    cornu_scope *scope = cornu_scope_begin();
    if (scope == NULL) return NULL;
    cornu_tensor *value = cornu_initializer_call(initializer, args->shape, dtype);
    if (value != NULL && !cornu_shape_equal(cornu_tensor_shape(value), &args->shape))
        cornu_error_set(
            CORNU_ESHAPE, __FILE__, __LINE__,
            "the initializer gave another shape than it was asked for"
        );
    else if (value != NULL) variable = named_variable(args, dtype, value);
    cornu_scope_end(scope);
    return variable;
}

static cornu_tensor *make_variable(const cornu_add_weight_args *args) {
    cornu_dtype dtype = args->layer->variable_dtype;
    if (args->dtype != NULL && cornu_dtype_from_name(args->dtype, &dtype) != CORNU_OK) return NULL;
    if (!cornu_shape_known_(&args->shape)) {
        char text[256];
        CORNU_FAIL_NULL(
            CORNU_ESHAPE,
            "a weight cannot have the shape %s; the sizes of the input that it depends on must be "
            "known",
            cornu_shape_format(&args->shape, text, sizeof text)
        );
    }
    int64_t elements = 0;
    size_t bytes = 0;
    if (cornu_shape_check_(dtype, &args->shape, &elements, &bytes) != CORNU_OK ||
        cornu_budget_take_(bytes) != CORNU_OK) {
        return NULL;
    }
    cornu_initializer *initializer = initializer_of(args, dtype);
    if (initializer == NULL) return NULL;
    cornu_tensor *variable =
        (cornu_placeholders_wanted_(bytes) ? make_placeholder : make_initialised
        )(args, dtype, initializer);
    cornu_initializer_free(initializer);
    return variable;
}

/* Into its place among the weights, for which there is room. */
static void insert_weight(struct cornu_layer_state *state, cornu_weight weight) {
    size_t at = state->weight_count;
    while (weight.trainable && at > 0 && !state->weights[at - 1].trainable) at--;
    memmove(
        state->weights + at + 1, state->weights + at,
        (state->weight_count - at) * sizeof *state->weights
    );
    state->weights[at] = weight;
    state->weight_count++;
    note_change();
}

cornu_tensor *cornu_layer_add_weight_new(const cornu_add_weight_args *args) {
    if (args->layer == NULL) return (void)cornu_error_null("layer"), NULL;
    struct cornu_layer_state *state = args->layer->state_;
    const char *name = args->name != NULL ? args->name : "variable";
    if (CORNU_RESERVE_(state->weights, state->weight_capacity, state->weight_count + 1) != CORNU_OK)
        return NULL;
    cornu_tensor *variable = make_variable(args);
    if (variable == NULL) return (void)cornu_error_context("weight '%s'", name), NULL;
    insert_weight(
        state,
        (cornu_weight){
            .variable = variable,
            .regularizer = cornu_regularizer_retain(args->regularizer),
            .constraint = cornu_constraint_retain(args->constraint),
            .trainable = args->trainable,
        }
    );
    return variable;
}

cornu_status cornu_layer_share_weight(cornu_layer *self, cornu_tensor *weight) {
    if (self == NULL || weight == NULL) return cornu_error_null(self == NULL ? "layer" : "weight");
    struct cornu_layer_state *state = self->state_;
    CORNU_TRY(CORNU_RESERVE_(state->weights, state->weight_capacity, state->weight_count + 1));
    insert_weight(
        state,
        (cornu_weight
        ){.variable = cornu_tensor_retain(weight), .trainable = cornu_variable_trainable(weight)}
    );
    return CORNU_OK;
}

cornu_tensor *cornu_layer_cast(cornu_layer *self, cornu_tensor *weight) {
    if (self == NULL || weight == NULL)
        return (void)cornu_error_null(self == NULL ? "layer" : "weight"), NULL;
    cornu_dtype dtype = cornu_tensor_dtype(weight);
    return dtype != self->compute_dtype && cornu_dtype_is_float(dtype)
               ? cornu_op_cast(weight, self->compute_dtype)
               : weight;
}

/* ---- what else a layer has ---- */
cornu_status cornu_layer_add_layer(
    cornu_layer *self, const char *attribute, cornu_layer *sublayer
) {
    if (self == NULL || sublayer == NULL) {
        cornu_layer_free(sublayer);
        return cornu_error_null("layer");
    }
    struct cornu_layer_state *state = self->state_;
    char *own = cornu_strdup_(attribute);
    /* models name their layers; an attribute's layer goes by its class */
    if (attribute != NULL && sublayer->name == NULL)
        sublayer->name = cornu_snake_case_(sublayer->cls->name);
    if ((attribute != NULL && (own == NULL || sublayer->name == NULL)) ||
        CORNU_RESERVE_(state->sublayers, state->sublayer_capacity, state->sublayer_count + 1) !=
            CORNU_OK) {
        cornu_free_(own);
        cornu_layer_free(sublayer);
        return CORNU_ENOMEM;
    }
    sublayer->state_->floating = false;
    note_change();
    state->sublayers[state->sublayer_count++] = (cornu_sublayer){own, sublayer};
    return CORNU_OK;
}

cornu_layer *cornu_layer_clone(const cornu_layer *layer) {
    cJSON *config = cornu_object_config_(layer);
    if (config == NULL) return NULL;
    cornu_layer *clone =
        cornu_object_from_config_(CORNU_FAMILY_LAYER, (const cornu_class *)layer->cls, config);
    cJSON_Delete(config);
    return clone;
}

const char *cornu_layer_dtype_policy(const cornu_layer *layer) {
    return layer != NULL ? layer->state_->dtype_policy : NULL;
}

cornu_status cornu_layer_prefix_name(cornu_layer *layer, const char *prefix) {
    if (layer == NULL) return cornu_error_null("layer");
    char *name =
        layer->name != NULL ? cornu_strdup_(layer->name) : cornu_snake_case_(layer->cls->name);
    if (name == NULL) return CORNU_ENOMEM;
    char *prefixed = cornu_starts_with_(name, prefix) ? cornu_strdup_(name)
                                                      : cornu_format_("%s%s", prefix, name);
    cornu_free_(name);
    if (prefixed == NULL) return CORNU_ENOMEM;
    cornu_free_(layer->name);
    layer->name = prefixed;
    return CORNU_OK;
}

cornu_seed_generator *cornu_layer_add_seed(cornu_layer *self, int64_t seed) {
    if (self == NULL) return (void)cornu_error_null("layer"), NULL;
    struct cornu_layer_state *state = self->state_;
    if (CORNU_RESERVE_(state->seeds, state->seed_capacity, state->seed_count + 1) != CORNU_OK)
        return NULL;
    cornu_seed_generator *generator = cornu_seed_generator_new(seed);
    if (generator != NULL) state->seeds[state->seed_count++] = generator;
    return generator;
}

static _Thread_local int losses_off;

void cornu_layer_losses_off_(bool off) { losses_off += off ? 1 : -1; }

cornu_status cornu_layer_add_loss(cornu_layer *self, cornu_tensor *loss) {
    if (self == NULL || loss == NULL) return cornu_error_null(self == NULL ? "layer" : "loss");
    if (cornu_tensor_size(loss) != 1) {
        char text[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "a loss that is added must be a scalar, got the shape %s",
            cornu_shape_format(cornu_tensor_shape(loss), text, sizeof text)
        );
    }
    if (losses_off > 0) return CORNU_OK;
    struct cornu_layer_state *state = self->state_;
    CORNU_TRY(CORNU_RESERVE_(state->losses, state->loss_capacity, state->loss_count + 1));
    state->losses[state->loss_count++] = cornu_tensor_retain(loss);
    return CORNU_OK;
}

cornu_status cornu_layer_set_trainable(cornu_layer *layer, bool trainable) {
    if (layer == NULL) return cornu_error_null("layer");
    note_change();
    struct cornu_layer_state *state = layer->state_;
    layer->trainable = trainable;
    for (size_t i = 0; i < state->weight_count; i++)
        if (state->weights[i].trainable)
            cornu_variable_set_trainable(state->weights[i].variable, trainable);
    for (size_t i = 0; i < state->sublayer_count; i++)
        CORNU_TRY(cornu_layer_set_trainable(state->sublayers[i].layer, trainable));
    return CORNU_OK;
}

/* ---- all layers below ---- */
typedef struct {
    cornu_layer **items;
    size_t count, capacity;
} visited_layers;

static cornu_status walk(
    cornu_layer *layer, visited_layers *seen, cornu_status (*visit)(cornu_layer *, void *),
    void *user
) {
    for (size_t i = 0; i < seen->count; i++)
        if (seen->items[i] == layer) return CORNU_OK;
    CORNU_TRY(CORNU_RESERVE_(seen->items, seen->capacity, seen->count + 1));
    seen->items[seen->count++] = layer;
    CORNU_TRY(visit(layer, user));
    for (size_t i = 0; i < layer->state_->sublayer_count; i++)
        CORNU_TRY(walk(layer->state_->sublayers[i].layer, seen, visit, user));
    return CORNU_OK;
}

cornu_status cornu_layer_walk_(
    cornu_layer *layer, cornu_status (*visit)(cornu_layer *layer, void *user), void *user
) {
    if (layer == NULL) return cornu_error_null("layer");
    visited_layers seen = {0};
    cornu_status status = walk(layer, &seen, visit, user);
    cornu_free_(seen.items);
    return status;
}

typedef struct {
    const cornu_tensor *variable;
    cornu_constraint *constraint;
} constraint_search;

static cornu_status find_constraint(cornu_layer *layer, void *user) {
    constraint_search *search = user;
    for (size_t i = 0; i < layer->state_->weight_count; i++)
        if (layer->state_->weights[i].variable == search->variable &&
            layer->state_->weights[i].constraint != NULL) /* a shared one is listed without */
            search->constraint = layer->state_->weights[i].constraint;
    return CORNU_OK;
}

cornu_constraint *cornu_layer_constraint_of_(cornu_layer *layer, const cornu_tensor *variable) {
    constraint_search search = {variable, NULL};
    return cornu_layer_walk_(layer, find_constraint, &search) == CORNU_OK ? search.constraint
                                                                          : NULL;
}

static cornu_status reset_state(cornu_layer *layer, void *user) {
    (void)user;
    if (layer->cls->reset_state == NULL) return CORNU_OK;
    cornu_status status = layer->cls->reset_state(layer);
    return status == CORNU_OK ? CORNU_OK : cornu_layer_error_context_(layer);
}

cornu_status cornu_layer_reset_state(cornu_layer *layer) {
    cornu_scope *scope = cornu_scope_begin();
    if (scope == NULL) return cornu_error_status();
    cornu_status status = cornu_layer_walk_(layer, reset_state, NULL);
    cornu_scope_end(scope);
    return status;
}

/* ---- losses ---- */
static cornu_status add_to(cornu_tensor **sum, cornu_tensor *loss) {
    if (loss != NULL) *sum = *sum != NULL ? cornu_op_add(*sum, loss) : loss;
    return loss != NULL && *sum != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status add_losses(cornu_layer *layer, void *user) {
    cornu_tensor **sum = user;
    struct cornu_layer_state *state = layer->state_;
    for (size_t i = 0; i < state->loss_count; i++) CORNU_TRY(add_to(sum, state->losses[i]));
    for (size_t i = 0; i < state->weight_count; i++) {
        cornu_regularizer *regularizer = state->weights[i].regularizer;
        /* Keras leaves out the terms of what is not trained */
        if (regularizer == NULL || !cornu_variable_trainable(state->weights[i].variable)) continue;
        cornu_tensor *loss = regularizer->cls->call(regularizer, state->weights[i].variable);
        if (add_to(sum, loss) != CORNU_OK) {
            cornu_error_context(
                "regularizer of '%s'", cornu_variable_name(state->weights[i].variable)
            );
            return cornu_layer_error_context_(layer);
        }
    }
    return CORNU_OK;
}

cornu_tensor *cornu_layer_collect_losses_(cornu_layer *layer) {
    cornu_tensor *sum = NULL;
    return cornu_layer_walk_(layer, add_losses, &sum) == CORNU_OK ? sum : NULL;
}

static void drop_losses(cornu_layer *layer) {
    struct cornu_layer_state *state = layer->state_;
    for (size_t i = 0; i < state->loss_count; i++) cornu_tensor_free(state->losses[i]);
    state->loss_count = 0;
    for (size_t i = 0; i < state->sublayer_count; i++) drop_losses(state->sublayers[i].layer);
}

bool cornu_layer_has_activity_below(const cornu_layer *layer) {
    const struct cornu_layer_state *state = layer->state_;
    for (size_t i = 0; i < state->sublayer_count; i++) {
        const cornu_layer *below = state->sublayers[i].layer;
        if (below->state_->activity_regularizer != NULL || cornu_layer_has_activity_below(below))
            return true;
    }
    return false;
}

/* Without cornu_layer_walk_, which allocates: dropping must not fail. */
void cornu_layer_clear_losses_(cornu_layer *layer) {
    if (layer != NULL && layer->state_ != NULL) drop_losses(layer);
}
