/* Functional models: the graph between symbolic inputs and outputs.
 * Keras: keras/src/models/functional.py, keras/src/ops/function.py. */
#include <string.h>

#include "base/memory.h"
#include "model/graph.h"

/* ---- construction ---- */
static cornu_status describe_slot(
    const cornu_graph_slot *slot, cornu_shape *shape, cornu_dtype *dtype, char **name
) {
    *shape = slot->shape;
    if (dtype != NULL) *dtype = slot->dtype;
    *name = cornu_strdup_(slot->layer->name);
    return *name != NULL ? CORNU_OK : CORNU_ENOMEM;
}

static cornu_status describe(cornu_model *model) {
    const struct cornu_topology *graph = model->graph;
    CORNU_TRY(cornu_model_set_counts_(model, graph->input_count, graph->output_count));
    for (size_t i = 0; i < graph->input_count; i++) {
        CORNU_TRY(describe_slot(
            &graph->slots[i], &model->input_shapes[i], &model->input_dtypes[i],
            &model->input_names[i]
        ));
    }
    for (size_t i = 0; i < graph->output_count; i++) {
        CORNU_TRY(describe_slot(
            &graph->slots[graph->outputs[i]], &model->output_shapes[i], NULL,
            &model->output_names[i]
        ));
    }
    return CORNU_OK;
}

typedef struct {
    const struct cornu_topology *graph;
    const size_t *slots; /* NULL: the inputs */
    size_t next, count;
} leaf_filling;

/* ["layer", node, tensor]. Keras counts the calls of a functional model from 1 here, and from 0 in
 * the arguments of calls: number 0 was its making. */
static cornu_status fill_leaf(cJSON *leaf, void *user) {
    leaf_filling *filling = user;
    if (filling->next >= filling->count)
        CORNU_FAIL(CORNU_EINVAL, "the structure has more than %zu tensors", filling->count);
    size_t at = filling->slots != NULL ? filling->slots[filling->next] : filling->next;
    const cornu_graph_slot *slot = &filling->graph->slots[at];
    bool functional = slot->layer->cls == &cornu_functional_class_;
    filling->next++;
    while (leaf->child != NULL) cJSON_Delete(cJSON_DetachItemViaPointer(leaf, leaf->child));
    CORNU_TRY(cornu_json_put_(leaf, NULL, cJSON_CreateString(slot->layer->name)));
    CORNU_TRY(cornu_json_put_(leaf, NULL, cornu_json_int_(slot->node_index + (functional ? 1 : 0)))
    );
    return cornu_json_put_(leaf, NULL, cornu_json_int_((int64_t)slot->tensor_index));
}

cornu_status cornu_functional_refresh_(cornu_model *model) {
    const struct cornu_topology *graph = model->graph;
    leaf_filling inputs = {.graph = graph, .count = graph->input_count};
    leaf_filling outputs = {graph, graph->outputs, 0, graph->output_count};
    CORNU_TRY(
        cornu_structure_visit_(model->input_structure, cornu_structure_is_leaf_, fill_leaf, &inputs)
    );
    return cornu_structure_visit_(
        model->output_structure, cornu_structure_is_leaf_, fill_leaf, &outputs
    );
}

static cornu_status construct(
    cornu_model *model, cornu_tensor_list inputs, cornu_tensor_list outputs
) {
    CORNU_TRY(cornu_topology_new_(inputs, outputs, &model->graph));
    struct cornu_topology *graph = model->graph;
    for (size_t i = 0; i < graph->layer_count; i++) {
        graph->owned = i + 1;
        CORNU_TRY(cornu_layer_add_layer(&model->base, NULL, graph->layers[i]));
    }
    CORNU_TRY(describe(model));
    CORNU_TRY(cornu_functional_refresh_(model));
    model->base.built = true;
    return CORNU_OK;
}

cornu_model *cornu_functional_make_(
    cornu_tensor_list inputs, cornu_tensor_list outputs, cJSON *input_structure,
    cJSON *output_structure, const char *name
) {
    cornu_model *model = cornu_model_make_(&cornu_functional_class_, name);
    if (model == NULL) {
        cJSON_Delete(input_structure);
        cJSON_Delete(output_structure);
        return NULL;
    }
    model->input_structure = input_structure;
    model->output_structure = output_structure;
    if (construct(model, inputs, outputs) == CORNU_OK) return model;
    (void)cornu_model_error_context_(model);
    cornu_model_free(model);
    return NULL;
}

/* The list in flattened order, and its structure. */
static cornu_status arrange(
    cornu_tensor_list given, const char *const *keys, cornu_tensor **sorted, size_t *order,
    cJSON **structure
) {
    *structure = cornu_structure_new_(given.count, keys, order);
    if (*structure == NULL) return cornu_error_status();
    for (size_t i = 0; i < given.count; i++) sorted[order[i]] = given.items[i];
    return CORNU_OK;
}

cornu_model *cornu_functional_new(const cornu_functional_args *args) {
    size_t inputs = args->inputs.count, outputs = args->outputs.count;
    cornu_tensor **tensors = cornu_alloc_array_(inputs + outputs, sizeof *tensors);
    size_t *order = cornu_alloc_array_(inputs + outputs, sizeof *order);
    cJSON *in = NULL, *out = NULL;
    cornu_model *model = NULL;
    cornu_status status = tensors != NULL && order != NULL ? CORNU_OK : CORNU_ENOMEM;
    if (status == CORNU_OK) status = arrange(args->inputs, args->input_keys, tensors, order, &in);
    if (status == CORNU_OK)
        status = arrange(args->outputs, args->output_keys, tensors + inputs, order + inputs, &out);
    if (status == CORNU_OK) {
        model = cornu_functional_make_(
            (cornu_tensor_list){tensors, inputs}, (cornu_tensor_list){tensors + inputs, outputs},
            in, out, args->name
        );
    } else {
        cJSON_Delete(in);
        cJSON_Delete(out);
    }
    cornu_free_(tensors);
    cornu_free_(order);
    return model;
}

/* ---- running ---- */
/* Room for one run. */
typedef struct frame {
    cornu_tensor **values, **masks;    /* one per slot */
    cornu_tensor **inputs, **in_masks; /* of the current step */
    cornu_tensor **outputs, **out_masks;
    cornu_call_argument *arguments; /* likewise */
} frame;

static bool any_mask(cornu_tensor *const *masks, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (masks[i] != NULL) return true;
    }
    return false;
}

/* Keras 3 records masks as tensors of the graph, which come before those that are implied. */
static bool is_mask(const cornu_call_argument *argument) {
    return strcmp(argument->name, "mask") == 0;
}

static cornu_status run_step(
    const cornu_graph_step *step, frame *f, const cornu_call_context *outer
) {
    size_t positional = step->input_count - step->argument_count;
    for (size_t i = 0; i < step->input_count; i++)
        f->inputs[i] = f->values[step->inputs[step->order[i]]];
    for (size_t i = 0; i < positional; i++) f->in_masks[i] = f->masks[step->inputs[step->order[i]]];
    for (size_t i = 0; i < step->argument_count; i++) {
        f->arguments[i] = step->arguments[i];
        f->arguments[i].tensor = f->inputs[positional + i];
        if (is_mask(&f->arguments[i]) && f->arguments[i].index < positional)
            f->in_masks[f->arguments[i].index] = f->arguments[i].tensor;
    }
    const cJSON *training = cJSON_GetObjectItemCaseSensitive(step->kwargs, "training");
    cornu_call_context context = {
        .training = cJSON_IsBool(training) ? cJSON_IsTrue(training) : outer->training,
        .input_count = positional,
        .masks = any_mask(f->in_masks, positional) ? f->in_masks : NULL,
        .kwargs = cornu_config_of_(step->kwargs),
        .args = cornu_config_of_(step->args),
        .arguments = f->arguments,
        .argument_count = step->argument_count,
    };
    CORNU_TRY(cornu_call_masked_(step->layer, f->inputs, &context, f->outputs, f->out_masks));
    for (size_t i = 0; i < step->output_count; i++) {
        f->values[step->first_output + i] = f->outputs[i];
        f->masks[step->first_output + i] = f->out_masks[i];
    }
    return CORNU_OK;
}

static cornu_status run(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context, frame *f
) {
    const struct cornu_topology *graph = model->graph;
    CORNU_TRY(cornu_model_prepare_inputs_(model, inputs, context->input_count, f->values));
    for (size_t i = 0; context->masks != NULL && i < graph->input_count; i++)
        f->masks[i] = context->masks[i];
    for (size_t i = 0; i < graph->step_count; i++)
        CORNU_TRY(run_step(&graph->steps[i], f, context));
    return CORNU_OK;
}

cornu_status cornu_functional_run_(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_tensor **masks
) {
    const struct cornu_topology *graph = model->graph;
    size_t slots = graph->slot_count, widest = graph->widest;
    cornu_tensor **room = cornu_alloc_array_(2 * slots + 4 * widest, sizeof *room);
    if (room == NULL) return CORNU_ENOMEM;
    cornu_tensor **ends = room + 2 * slots;
    frame f = {room, room + slots, ends, ends + widest, ends + 2 * widest, ends + 3 * widest, NULL};
    f.arguments = cornu_alloc_array_(graph->most_arguments, sizeof *f.arguments);
    cornu_status status = f.arguments != NULL ? run(model, inputs, context, &f) : CORNU_ENOMEM;
    for (size_t i = 0; status == CORNU_OK && i < graph->output_count; i++) {
        outputs[i] = f.values[graph->outputs[i]];
        if (masks != NULL) masks[i] = f.masks[graph->outputs[i]];
    }
    cornu_free_(f.arguments);
    cornu_free_(room);
    return status;
}

const cornu_layer_class cornu_functional_class_ = {
    .name = "Functional",
    .size = sizeof(cornu_model),
    .destroy = cornu_model_destroy_,
    .get_config = cornu_model_get_config_,
    .call_many = cornu_model_call_,
    .output_count = cornu_model_layer_output_count_,
    .masking = CORNU_MASK_STOPS, /* run.c asks the model itself */
    .any_dtype = true,
};
