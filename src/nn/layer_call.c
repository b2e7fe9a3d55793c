/* Calling a layer: building it at the first call, casting inputs to the type it computes in,
 * messages that name it, masks. */
#include "base/memory.h"
#include "graph/op.h"
#include "nn/layer.h"
#include "tensor/tensor.h"

#include <string.h>

static cornu_symbolic_call
    *symbolic_call; /* src/model's; set before the first symbolic tensor exists */

void cornu_layer_on_symbolic_(cornu_symbolic_call *call) { symbolic_call = call; }

size_t cornu_layer_call_output_count_(const cornu_layer *layer, const cornu_config *kwargs) {
    if (layer == NULL) return 0;
    return layer->cls->output_count != NULL ? layer->cls->output_count(layer, kwargs) : 1;
}

size_t cornu_layer_output_count(const cornu_layer *layer) {
    return cornu_layer_call_output_count_(layer, NULL);
}

/* ---- building ---- */
static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    struct cornu_layer_state *state = layer->state_;
    cornu_shape *kept = cornu_alloc_array_(count, sizeof *kept);
    if (kept == NULL) return CORNU_ENOMEM;
    if (count > 0) memcpy(kept, shapes, count * sizeof *kept);
    cornu_free_(state->build_shapes);
    state->build_shapes = kept;
    state->build_shape_count = count;
    if (layer->cls->build != NULL) CORNU_TRY(layer->cls->build(layer, shapes, count));
    layer->built = true;
    return CORNU_OK;
}

/* A build that failed half-way leaves no weights and sublayers behind, so that it can be tried
 * again. */
static void forget_since(struct cornu_layer_state *state, size_t weights, size_t sublayers) {
    if (weights == 0)
        while (state->weight_count > 0) {
            cornu_weight *last = &state->weights[--state->weight_count];
            cornu_tensor_free(last->variable);
            cornu_regularizer_free(last->regularizer);
            cornu_constraint_free(last->constraint);
        }
    while (state->sublayer_count > sublayers) {
        cornu_sublayer *last = &state->sublayers[--state->sublayer_count];
        cornu_free_(last->attribute);
        cornu_layer_free(last->layer);
    }
}

cornu_status cornu_layer_build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    if (layer == NULL) return cornu_error_null("layer");
    if (layer->built) return CORNU_OK;
    size_t weights = layer->state_->weight_count, sublayers = layer->state_->sublayer_count;
    int depth = cornu_trace_abstract_suspend_(
    ); /* weights need values even when only shapes are being found */
    cornu_status status = build(layer, shapes, count);
    cornu_trace_abstract_resume_(depth);
    if (status == CORNU_OK) return CORNU_OK;
    forget_since(layer->state_, weights, sublayers);
    return cornu_layer_error_context_(layer);
}

/* ---- calling ---- */
static bool is_symbolic(const cornu_tensor *tensor) { return tensor->history != NULL; }

static cornu_status build_for(cornu_layer *layer, cornu_tensor *const *inputs, size_t count) {
    if (layer->built) return CORNU_OK;
    cornu_shape *shapes = cornu_alloc_array_(count, sizeof *shapes);
    if (shapes == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) shapes[i] = *cornu_tensor_shape(inputs[i]);
    cornu_status status = cornu_layer_build(layer, shapes, count);
    cornu_free_(shapes);
    return status;
}

/* Floats come in the compute type; integers and bools stay, being indices or masks as a rule. */
static cornu_status cast_inputs(
    const cornu_layer *layer, cornu_tensor *const *inputs, size_t count, cornu_tensor **cast
) {
    for (size_t i = 0; i < count; i++) {
        cornu_dtype dtype = cornu_tensor_dtype(inputs[i]);
        bool as_is =
            layer->cls->any_dtype || !cornu_dtype_is_float(dtype) || dtype == layer->compute_dtype;
        cast[i] = as_is ? inputs[i] : cornu_op_cast(inputs[i], layer->compute_dtype);
        if (cast[i] == NULL) return cornu_error_status();
    }
    return CORNU_OK;
}

/* What an output costs, per sample. */
static cornu_tensor *activity_loss(cornu_regularizer *regularizer, cornu_tensor *output) {
    cornu_tensor *loss = regularizer->cls->call(regularizer, output);
    int64_t batch = output->shape.rank > 0 ? output->shape.dims[0] : 1;
    return batch > 1 ? cornu_op_divide(loss, cornu_scalar((double)batch)) : loss;
}

/* ---- layers of the host ---- */
static _Thread_local struct {
    cornu_host_call *call;
    void *user;
} host;

void cornu_layer_on_host_(cornu_host_call *call, void *user) {
    host.call = call;
    host.user = user;
}

/* What the layer will give. A size that it does not know stands for itself by many times the
 * batch, which differs between two attempts at finding shapes (layer_infer.c). */
static cornu_status infer_host(
    cornu_layer *layer, cornu_tensor *const *inputs, size_t count, cornu_tensor **outputs
) {
    cornu_shape *shapes = cornu_alloc_array_(count, sizeof *shapes), out;
    if (shapes == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) shapes[i] = inputs[i]->shape;
    cornu_status status = layer->cls->output_shape(layer, shapes, count, &out);
    int64_t batch = count > 0 && shapes[0].rank > 0 ? shapes[0].dims[0] : 1;
    cornu_free_(shapes);
    CORNU_TRY(status);
    for (int i = 0; i < out.rank; i++)
        if (out.dims[i] < 0) out.dims[i] = 30 * batch;
    outputs[0] = cornu_scope_add_(cornu_tensor_abstract_(layer->cls->host_output(layer), out));
    return outputs[0] != NULL ? CORNU_OK : cornu_error_status();
}

static bool lacks_values(cornu_tensor *const *inputs, size_t count) {
    for (size_t i = 0; i < count; i++)
        if (inputs[i]->storage == NULL) return true;
    return false;
}

static cornu_status call_host(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    if (cornu_trace_is_abstract_()) return infer_host(layer, inputs, context->input_count, outputs);
    if (host.call != NULL) return host.call(host.user, layer, inputs, context, outputs);
    CORNU_FAIL(
        CORNU_EUNSUPPORTED, "works on values, which a step has none of while it is being traced; "
                            "compile with run_eagerly"
    );
}

/* ---- tensors given by name ---- */
/* Which of the arguments of the call being computed were asked for; those past the 64th count as
 * asked for. */
static _Thread_local struct {
    const cornu_call_argument *arguments;
    uint64_t taken;
} named;

static void take_named(const cornu_call_argument *arguments, size_t index) {
    if (named.arguments == arguments && index < 64) named.taken |= UINT64_C(1) << index;
}

cornu_tensor *cornu_call_argument_get(
    const cornu_call_context *context, const char *name, size_t index
) {
    for (size_t i = 0; i < context->argument_count; i++) {
        const cornu_call_argument *argument = &context->arguments[i];
        if (argument->index != index || strcmp(argument->name, name) != 0) continue;
        take_named(context->arguments, i);
        return argument->tensor;
    }
    return NULL;
}

void cornu_call_arguments_take_(const cornu_call_context *context) {
    for (size_t i = 0; i < context->argument_count; i++) take_named(context->arguments, i);
}

/* As Python refuses a keyword that a function does not have. Masks may be of no use. */
static cornu_status check_named(const cornu_call_context *context) {
    for (size_t i = 0; i < context->argument_count && i < 64; i++) {
        const char *name = context->arguments[i].name;
        size_t length = strlen(name);
        bool mask = length >= 4 && strcmp(name + length - 4, "mask") == 0;
        if (!mask && !(named.taken >> i & 1))
            CORNU_FAIL(CORNU_EINVAL, "takes no tensor by the name '%.50s'", name);
    }
    return CORNU_OK;
}

static cornu_status call_class(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    if (layer->cls->call_many != NULL)
        return layer->cls->call_many(layer, inputs, context, outputs);
    if (layer->cls->call == NULL) CORNU_FAIL(CORNU_EUNSUPPORTED, "the class has no call");
    outputs[0] = layer->cls->call(layer, inputs, context);
    return CORNU_OK;
}

/* A call that gives tensors by name must find a layer that asks for all of them. */
static cornu_status call_named(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    if (context->argument_count == 0) return call_class(layer, inputs, context, outputs);
    const cornu_call_argument *before = named.arguments;
    uint64_t taken_before = named.taken;
    named.arguments = context->arguments;
    named.taken = 0;
    cornu_status status = call_class(layer, inputs, context, outputs);
    bool computed = status == CORNU_OK && (layer->cls->call == NULL || outputs[0] != NULL);
    if (computed) status = check_named(context);
    named.taken = before == context->arguments ? named.taken | taken_before : taken_before;
    named.arguments = before;
    return status;
}

static cornu_status compute(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    bool wrapped, cornu_tensor **outputs
) {
    size_t output_count = cornu_layer_call_output_count_(layer, context->kwargs);
    if (layer->cls->host_output != NULL &&
        (cornu_trace_is_abstract_() || lacks_values(inputs, context->input_count)))
        return call_host(layer, inputs, context, outputs);
    CORNU_TRY(call_named(layer, inputs, context, outputs));
    CORNU_TRY(cornu_layer_activate_(layer, context, &outputs[0]), "activation");
    for (size_t i = 0; i < output_count; i++)
        if (outputs[i] == NULL) return cornu_error_null("the output");
    cornu_regularizer *regularizer = wrapped ? NULL : layer->state_->activity_regularizer;
    for (size_t i = 0; regularizer != NULL && i < output_count; i++)
        CORNU_TRY(
            cornu_layer_add_loss(layer, activity_loss(regularizer, outputs[i])),
            "activity_regularizer"
        );
    return CORNU_OK;
}

static cornu_status cast_and_compute(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context, bool wrapped,
    cornu_tensor **outputs
) {
    cornu_tensor *few[8], **cast = few;
    if (inputs.count > sizeof few / sizeof *few)
        cast = cornu_alloc_array_(inputs.count, sizeof *cast);
    if (cast == NULL) return CORNU_ENOMEM;
    cornu_status status = cast_inputs(layer, inputs.items, inputs.count, cast);
    cornu_origin before = cornu_origin_enter_(layer->name);
    if (status == CORNU_OK) status = compute(layer, cast, context, wrapped, outputs);
    cornu_origin_set_(before);
    if (cast != few) cornu_free_(cast);
    return status == CORNU_OK ? CORNU_OK : cornu_layer_error_context_(layer);
}

static cornu_status call_many(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context, bool wrapped,
    cornu_tensor **outputs
) {
    if (layer == NULL) return cornu_error_null("layer");
    cornu_call_context complete = context != NULL ? *context : (cornu_call_context){0};
    complete.input_count = inputs.count;
    bool symbolic = false;
    for (size_t i = 0; i < inputs.count; i++) {
        if (inputs.items[i] == NULL) return cornu_error_null("input");
        symbolic = symbolic || is_symbolic(inputs.items[i]);
    }
    for (size_t i = 0; i < complete.argument_count; i++) {
        if (complete.arguments[i].tensor == NULL)
            return cornu_error_null(complete.arguments[i].name);
        symbolic = symbolic || is_symbolic(complete.arguments[i].tensor);
    }
    if (symbolic) {
        if (symbolic_call == NULL) CORNU_FAIL(CORNU_ESTATE, "a symbolic tensor without a graph");
        return symbolic_call(layer, inputs, &complete, outputs);
    }
    CORNU_TRY(build_for(layer, inputs.items, inputs.count));
    return cast_and_compute(layer, inputs, &complete, wrapped, outputs);
}

cornu_status cornu_layer_call_many(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    return call_many(layer, inputs, context, false, outputs);
}

cornu_status cornu_layer_call_wrapped(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    return call_many(layer, inputs, context, true, outputs);
}

cornu_status cornu_layer_call_keywords(
    cornu_layer *layer, cornu_tensor_list inputs, const char *keywords, bool training,
    cornu_tensor **outputs
) {
    if (layer == NULL) return cornu_error_null("layer");
    cJSON *json = cornu_json_parse_(keywords, strlen(keywords), "keyword arguments");
    if (json == NULL) return cornu_layer_error_context_(layer);
    const cornu_call_context context = {
        .training = training, .input_count = inputs.count, .kwargs = cornu_config_of_(json)};
    cornu_status status =
        cJSON_IsObject(json)
            ? cornu_layer_call_many(layer, inputs, &context, outputs)
            : cornu_error_set(
                  CORNU_EINVAL, __FILE__, __LINE__, "keyword arguments must be a JSON object"
              );
    cJSON_Delete(json);
    return status;
}

cornu_tensor *cornu_layer_call(cornu_layer *layer, cornu_tensor_list inputs, bool training) {
    if (layer == NULL) return (void)cornu_error_null("layer"), NULL;
    cornu_tensor *few[8] = {NULL}, **outputs = few;
    size_t count = cornu_layer_output_count(layer);
    if (count > sizeof few / sizeof *few) outputs = cornu_alloc_array_(count, sizeof *outputs);
    if (outputs == NULL) return NULL;
    cornu_call_context context = {.training = training, .input_count = inputs.count};
    cornu_status status = cornu_layer_call_many(layer, inputs, &context, outputs);
    cornu_tensor *first = status == CORNU_OK ? outputs[0] : NULL;
    if (outputs != few) cornu_free_(outputs);
    return first;
}

/* ---- learning without gradients ---- */
cornu_status cornu_layer_adapt(cornu_layer *layer, cornu_tensor *data) {
    if (layer == NULL || data == NULL) return cornu_error_null(layer == NULL ? "layer" : "data");
    if (layer->cls->adapt == NULL) {
        cornu_error_set(CORNU_EUNSUPPORTED, __FILE__, __LINE__, "has nothing to adapt");
        return cornu_layer_error_context_(layer);
    }
    cornu_shape shape = *cornu_tensor_shape(data);
    if (shape.rank > 0) shape.dims[0] = -1; /* the batch may be another one later */
    CORNU_TRY(cornu_layer_build(layer, &shape, 1));
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE { status = layer->cls->adapt(layer, data); }
    return status == CORNU_OK ? CORNU_OK : cornu_layer_error_context_(layer);
}

/* ---- vocabularies ---- */
static const cornu_vocabulary_class *vocabulary_of(const cornu_layer *layer) {
    if (layer == NULL) return (void)cornu_error_null("layer"), NULL;
    if (layer->cls->vocabulary != NULL) return layer->cls->vocabulary;
    cornu_error_set(CORNU_EUNSUPPORTED, __FILE__, __LINE__, "has no vocabulary");
    (void)cornu_layer_error_context_(layer);
    return NULL;
}

cornu_tensor *cornu_layer_vocabulary(const cornu_layer *layer, bool special) {
    const cornu_vocabulary_class *vocabulary = vocabulary_of(layer);
    return vocabulary != NULL ? vocabulary->get(layer, special) : NULL;
}

int64_t cornu_layer_vocabulary_size(const cornu_layer *layer) {
    const cornu_vocabulary_class *vocabulary = vocabulary_of(layer);
    return vocabulary != NULL ? vocabulary->size(layer) : -1;
}

cornu_status cornu_layer_set_vocabulary(
    cornu_layer *layer, cornu_tensor *terms, cornu_floats idf_weights
) {
    const cornu_vocabulary_class *vocabulary = vocabulary_of(layer);
    if (vocabulary == NULL) return cornu_error_status();
    if (terms == NULL) return cornu_error_null("terms");
    cornu_status status = vocabulary->set(layer, terms, idf_weights);
    return status == CORNU_OK ? CORNU_OK : cornu_layer_error_context_(layer);
}

/* ---- masks ---- */
cornu_status cornu_layer_output_mask_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **mask
) {
    *mask = NULL;
    if (layer->cls->compute_mask != NULL) {
        /* NULL is an answer as well: no mask */
        *mask = layer->cls->compute_mask(layer, inputs, context);
        if (*mask == NULL && cornu_error_status() != CORNU_OK)
            return cornu_layer_error_context_(layer);
        return CORNU_OK;
    }
    if (layer->cls->masking != CORNU_MASK_PASSES || context->masks == NULL) return CORNU_OK;
    for (size_t i = 0; i < context->input_count && *mask == NULL; i++) *mask = context->masks[i];
    return CORNU_OK;
}
