/* Symbolic tensors: abstract tensors that know which call of which layer made them. A call on
 * them is recorded, not computed. Keras: keras/src/backend/common/keras_tensor.py,
 * keras/src/ops/node.py. */
#include <string.h>
#include <threads.h>

#include "base/memory.h"
#include "model/graph.h"
#include "model/operation.h"

/* ---- calls and histories ---- */
static void call_destroy(void *object) {
    cornu_graph_call *call = object;
    for (size_t i = 0; i < call->input_count; i++) cornu_tensor_free(call->inputs[i]);
    cornu_layer_free(call->layer);
    cJSON_Delete(call->args);
    cJSON_Delete(call->kwargs);
    cornu_free_(call->inputs);
    cornu_free_(call);
}

/* The graph adopts the maker's reference of a fresh layer; of others it takes one of its own. */
static cornu_layer *take_layer(cornu_layer *layer) {
    if (!layer->state_->floating) return cornu_layer_retain(layer);
    layer->state_->floating = false;
    return layer;
}

/* A call that holds its layer, inputs and arguments; all are taken, also on failure. */
static cornu_graph_call *call_new(
    cornu_layer *layer, cornu_tensor_list inputs, cJSON *args, cJSON *kwargs
) {
    cornu_graph_call *call = cornu_alloc_(sizeof *call);
    cornu_tensor **held = cornu_alloc_array_(inputs.count, sizeof *held);
    if (call == NULL || held == NULL) {
        cornu_free_(call);
        cornu_free_(held);
        cornu_layer_free(layer);
        cJSON_Delete(args);
        cJSON_Delete(kwargs);
        return NULL;
    }
    cornu_object_init_(call, call_destroy);
    call->serial = cornu_tensor_id_();
    call->layer = layer;
    call->inputs = held;
    call->input_count = inputs.count;
    call->output_count =
        inputs.count > 0 ? cornu_layer_call_output_count_(layer, cornu_config_of_(kwargs)) : 1;
    call->args = args;
    call->kwargs = kwargs;
    for (size_t i = 0; i < inputs.count; i++) held[i] = cornu_tensor_retain(inputs.items[i]);
    return call;
}

static void history_free(struct cornu_symbolic *history) {
    cornu_object_release_(history->call);
    cornu_free_(history);
}

/* The index-th output of a call; belongs to the scope. */
static cornu_tensor *output_new(
    cornu_graph_call *call, size_t index, const cornu_shape *shape, cornu_dtype dtype
) {
    cornu_symbolic *history = cornu_alloc_(sizeof *history);
    if (history == NULL) return NULL;
    cornu_tensor *tensor = cornu_tensor_abstract_(dtype, *shape);
    if (tensor == NULL) return cornu_free_(history), NULL;
    history->call = cornu_object_retain_(call);
    history->tensor_index = index;
    tensor->history = history;
    tensor->history_free = history_free;
    return cornu_scope_add_(tensor);
}

/* ---- calling a layer ---- */
static cornu_status check_inputs(cornu_tensor_list inputs) {
    for (size_t i = 0; i < inputs.count; i++) {
        if (inputs.items[i]->history == NULL)
            CORNU_FAIL(
                CORNU_EUNSUPPORTED,
                "input %zu has values, another one is symbolic; a graph takes symbolic tensors "
                "only",
                i
            );
    }
    return CORNU_OK;
}

/* Shapes and types of the inputs in the order in which the layer takes them. */
static cornu_status describe_inputs(
    const cornu_layer *layer, cornu_tensor_list inputs, const cJSON *args, const cJSON *kwargs,
    cornu_call_argument *arguments, size_t *count, cornu_shape *shapes, cornu_dtype *dtypes
) {
    size_t *order = cornu_alloc_array_(inputs.count, sizeof *order);
    if (order == NULL) return CORNU_ENOMEM;
    cornu_status status =
        cornu_call_arguments_settle_(layer, inputs.count, args, kwargs, arguments, count, order);
    for (size_t i = 0; i < inputs.count && status == CORNU_OK; i++) {
        shapes[i] = *cornu_tensor_shape(inputs.items[order[i]]);
        dtypes[i] = cornu_tensor_dtype(inputs.items[order[i]]);
    }
    cornu_free_(order);
    return status == CORNU_OK ? CORNU_OK : cornu_layer_error_context_(layer);
}

/* What the outputs will be; builds the layer. `shapes` and `dtypes` hold inputs, then outputs. */
static cornu_status infer(
    cornu_layer *layer, cornu_tensor_list inputs, cJSON *args, cJSON *kwargs, cornu_shape *shapes,
    cornu_dtype *dtypes
) {
    cornu_call_argument *arguments;
    size_t count;
    CORNU_TRY(cornu_call_arguments_(kwargs, &arguments, &count));
    cornu_status status =
        describe_inputs(layer, inputs, args, kwargs, arguments, &count, shapes, dtypes);
    const cornu_call_context context = {
        .kwargs = cornu_config_of_(kwargs),
        .args = cornu_config_of_(args),
        .arguments = arguments,
        .argument_count = count,
    };
    if (status == CORNU_OK)
        status = cornu_layer_infer_call_(
            layer, shapes, dtypes, inputs.count, &context, shapes + inputs.count,
            dtypes + inputs.count
        );
    cornu_free_(arguments);
    return status;
}

static cornu_status record(
    cornu_graph_call *call, const cornu_shape *shapes, const cornu_dtype *dtypes,
    cornu_tensor **outputs
) {
    for (size_t i = 0; i < call->output_count; i++) {
        outputs[i] = output_new(call, i, &shapes[i], dtypes[i]);
        if (outputs[i] == NULL) return cornu_error_status();
    }
    return CORNU_OK;
}

cornu_status cornu_symbolic_call_(
    cornu_layer *layer, cornu_tensor_list inputs, cJSON *args, cJSON *kwargs, cornu_tensor **outputs
) {
    layer = take_layer(layer);
    size_t room = inputs.count + cornu_layer_call_output_count_(layer, cornu_config_of_(kwargs));
    cornu_shape *shapes = cornu_alloc_array_(room, sizeof *shapes);
    cornu_dtype *dtypes = cornu_alloc_array_(room, sizeof *dtypes);
    cornu_status status = shapes != NULL && dtypes != NULL ? CORNU_OK : CORNU_ENOMEM;
    if (status == CORNU_OK && (status = check_inputs(inputs)) != CORNU_OK)
        (void)cornu_layer_error_context_(layer);
    if (status == CORNU_OK) status = infer(layer, inputs, args, kwargs, shapes, dtypes);
    if (status == CORNU_OK) {
        cornu_graph_call *call = call_new(layer, inputs, args, kwargs);
        status = call == NULL ? CORNU_ENOMEM
                              : record(call, shapes + inputs.count, dtypes + inputs.count, outputs);
        cornu_object_release_(call);
    } else {
        cornu_layer_free(layer);
        cJSON_Delete(args);
        cJSON_Delete(kwargs);
    }
    cornu_free_(shapes);
    cornu_free_(dtypes);
    return status;
}

/* The inputs followed by the tensors that are given by name. */
static cornu_status call_with_arguments(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context, cJSON *kwargs,
    cornu_tensor **outputs
) {
    size_t count = inputs.count + context->argument_count;
    cornu_tensor **all = cornu_alloc_array_(count, sizeof *all);
    if (all == NULL) return cJSON_Delete(kwargs), CORNU_ENOMEM;
    for (size_t i = 0; i < inputs.count; i++) all[i] = inputs.items[i];
    for (size_t i = 0; i < context->argument_count; i++)
        all[inputs.count + i] = context->arguments[i].tensor;
    cornu_status status =
        cornu_symbolic_call_(layer, (cornu_tensor_list){all, count}, NULL, kwargs, outputs);
    cornu_free_(all);
    return status;
}

/* What cornu_layer_call_many does with symbolic inputs. */
static cornu_status call_symbolic(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    cJSON *kwargs = NULL;
    if (context->kwargs != NULL || context->training || context->argument_count > 0) {
        kwargs = context->kwargs != NULL
                     ? cJSON_Duplicate(cornu_config_json_(context->kwargs), true)
                     : cJSON_CreateObject();
        if (kwargs == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the arguments of a call");
    }
    if (context->training && !cJSON_HasObjectItem(kwargs, "training") &&
        cornu_json_put_(kwargs, "training", cJSON_CreateBool(true)) != CORNU_OK)
        return cJSON_Delete(kwargs), CORNU_ENOMEM;
    if (context->argument_count == 0)
        return cornu_symbolic_call_(layer, inputs, NULL, kwargs, outputs);
    if (cornu_call_arguments_put_(kwargs, context->arguments, context->argument_count) != CORNU_OK)
        return cJSON_Delete(kwargs), cornu_error_status();
    return call_with_arguments(layer, inputs, context, kwargs, outputs);
}

static once_flag hook_once = ONCE_FLAG_INIT;
static void hook(void) {
    cornu_layer_on_symbolic_(call_symbolic);
    cornu_on_symbolic_op_(cornu_record_symbolic_op_);
}

/* ---- inputs ---- */
bool cornu_is_input_layer_(const cornu_layer *layer) {
    return strcmp(layer->cls->name, "InputLayer") == 0;
}

cornu_status cornu_input_layer_spec_(
    const cornu_layer *layer, cornu_shape *shape, cornu_dtype *dtype
) {
    const cornu_field *field = NULL;
    const void *member = cornu_object_member_(layer, "batch_shape", &field);
    if (member == NULL || field->type != CORNU_FIELD_SIZES)
        CORNU_FAIL(CORNU_EINVAL, "the class InputLayer says no batch_shape");
    *shape = *(const cornu_shape *)member;
    const void *type = cornu_object_member_(layer, "dtype", NULL);
    const char *name = type != NULL ? cornu_pointer_get_(type, 0) : NULL;
    return cornu_dtype_from_name(name != NULL ? name : "float32", dtype);
}

static cornu_status fill_input_config(
    cJSON *config, const char *name, const cornu_shape *shape, cornu_dtype dtype
) {
    cJSON *sizes = cJSON_AddArrayToObject(config, "batch_shape");
    if (sizes == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    for (int i = 0; i < shape->rank; i++) {
        int64_t size = shape->dims[i];
        CORNU_TRY(
            cornu_json_put_(sizes, NULL, size < 0 ? cJSON_CreateNull() : cornu_json_int_(size))
        );
    }
    CORNU_TRY(cornu_json_put_(config, "dtype", cJSON_CreateString(cornu_dtype_name(dtype))));
    if (name != NULL) CORNU_TRY(cornu_json_put_(config, "name", cJSON_CreateString(name)));
    return CORNU_OK;
}

/* By the registry and a config, since models know no class of layers by include. */
cornu_layer *cornu_input_layer_(const char *name, const cornu_shape *shape, cornu_dtype dtype) {
    const cornu_class *cls = cornu_class_find_(CORNU_FAMILY_LAYER, "InputLayer");
    if (cls == NULL) return (void)cornu_class_unknown_(CORNU_FAMILY_LAYER, "InputLayer"), NULL;
    cJSON *config = cJSON_CreateObject();
    if (config == NULL) CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory for the config");
    cornu_layer *layer = NULL;
    if (fill_input_config(config, name, shape, dtype) == CORNU_OK)
        layer = cornu_object_from_config_(CORNU_FAMILY_LAYER, cls, config);
    cJSON_Delete(config);
    return layer;
}

cornu_tensor *cornu_symbolic_input_(cornu_layer *layer) {
    call_once(&hook_once, hook);
    cornu_shape shape;
    cornu_dtype dtype;
    layer = take_layer(layer);
    if (cornu_input_layer_spec_(layer, &shape, &dtype) != CORNU_OK)
        return cornu_layer_free(layer), NULL;
    cornu_graph_call *call = call_new(layer, (cornu_tensor_list){0}, NULL, NULL);
    if (call == NULL) return NULL;
    cornu_tensor *tensor = output_new(call, 0, &shape, dtype);
    cornu_object_release_(call);
    return tensor;
}

cornu_tensor *cornu_input_tensor_new(const cornu_input_tensor_args *args) {
    cornu_shape shape = {.rank = 1, .dims = {args->batch_size}};
    for (int i = 0; i < CORNU_MAX_RANK && args->shape[i] != 0; i++) {
        if (shape.rank == CORNU_MAX_RANK)
            CORNU_FAIL_NULL(CORNU_ESHAPE, "input tensor: at most %d axes", CORNU_MAX_RANK - 1);
        shape.dims[shape.rank++] = args->shape[i];
    }
    cornu_layer *layer = cornu_input_layer_(args->name, &shape, args->dtype);
    return layer != NULL ? cornu_symbolic_input_(layer) : NULL;
}
