/* Output shapes of the layers inside a model, as Keras prints them.
 * Keras: keras/src/utils/summary_utils.py, format_layer_shape. */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/graph.h"

bool cornu_graph_is_chain_(const struct cornu_topology *graph) {
    if (graph->input_count != 1) return false;
    for (size_t i = 0; i < graph->step_count; i++) {
        if (graph->steps[i].input_count != 1) return false;
        for (size_t k = 0; k < i; k++) {
            if (graph->steps[k].depth == graph->steps[i].depth ||
                graph->steps[k].layer == graph->steps[i].layer)
                return false;
        }
    }
    return true;
}

static void add_shape(cornu_text *text, const cornu_shape *shape) {
    cornu_text_add_(text, "(");
    for (int i = 0; i < shape->rank; i++) {
        cornu_text_add_(text, i > 0 ? ", " : "");
        if (shape->dims[i] < 0) cornu_text_add_(text, "None");
        else cornu_text_format_(text, "%lld", (long long)shape->dims[i]);
    }
    cornu_text_add_(text, ")");
}

/* The outputs of the last call of a layer in a graph. */
static void add_graph_shapes(
    cornu_text *text, const struct cornu_topology *graph, const cornu_layer *layer
) {
    size_t first = SIZE_MAX, count = 1;
    for (size_t i = 0; i < graph->input_count; i++) {
        if (graph->slots[i].layer == layer) first = i;
    }
    int last = -1;
    for (size_t i = 0; i < graph->step_count; i++) {
        const cornu_graph_step *step = &graph->steps[i];
        if (step->layer != layer || step->node_index < last) continue;
        last = step->node_index;
        first = step->first_output;
        count = step->output_count;
    }
    cornu_text_add_(text, count > 1 ? "[" : "");
    for (size_t i = 0; first != SIZE_MAX && i < count; i++) {
        cornu_text_add_(text, i > 0 ? ", " : "");
        add_shape(text, &graph->slots[first + i].shape);
    }
    cornu_text_add_(text, count > 1 ? "]" : "");
}

/* Elsewhere: what comes out for the shapes that the layer was built for. */
static cornu_status add_built_shapes(cornu_text *text, cornu_layer *layer) {
    const struct cornu_layer_state *state = layer->state_;
    size_t inputs = state->build_shape_count, outputs = cornu_layer_output_count(layer);
    if (!layer->built || inputs == 0 || layer->cls == &cornu_subclass_class_)
        return cornu_text_add_(text, "?"), CORNU_OK;
    cornu_shape *shapes = cornu_alloc_array_(outputs, sizeof *shapes);
    cornu_dtype *dtypes = cornu_alloc_array_(inputs, sizeof *dtypes);
    cornu_status status = shapes != NULL && dtypes != NULL ? CORNU_OK : CORNU_ENOMEM;
    for (size_t i = 0; status == CORNU_OK && i < inputs; i++) dtypes[i] = layer->compute_dtype;
    if (status == CORNU_OK)
        status = cornu_layer_infer_(layer, state->build_shapes, dtypes, inputs, shapes, NULL);
    cornu_text_add_(text, outputs > 1 ? "[" : "");
    for (size_t i = 0; status == CORNU_OK && i < outputs; i++) {
        cornu_text_add_(text, i > 0 ? ", " : "");
        add_shape(text, &shapes[i]);
    }
    cornu_text_add_(text, outputs > 1 ? "]" : "");
    cornu_free_(shapes);
    cornu_free_(dtypes);
    return status;
}

char *cornu_layer_shape_text_(const cornu_model *model, size_t layer) {
    cornu_layer *at = cornu_model_layer_at(model, layer);
    cornu_text text = {0};
    if (model->graph != NULL) {
        add_graph_shapes(&text, model->graph, at);
    } else if (add_built_shapes(&text, at) != CORNU_OK) {
        cornu_text_free_(&text);
        return NULL;
    }
    return cornu_text_take_(&text);
}
