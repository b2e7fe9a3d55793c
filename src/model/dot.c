/* A model as a Graphviz picture. Keras: keras/src/utils/model_visualization.py, model_to_dot. */
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/graph.h"

/* Between the quotes of a label. */
static void add_escaped(cornu_text *out, const char *text) {
    for (const char *c = text; *c != '\0'; c++) {
        if (*c == '"' || *c == '\\') cornu_text_add_(out, "\\");
        if (*c == '\n') cornu_text_add_(out, "\\n");
        else cornu_text_add_bytes_(out, c, 1);
    }
}

static void add_label(
    cornu_text *out, const char *prefix, size_t index, const cornu_layer *layer, const char *shape
) {
    cornu_text_format_(out, "    %s%zu [label=\"", prefix, index);
    add_escaped(out, cornu_layer_name(layer));
    cornu_text_add_(out, " (");
    add_escaped(out, layer->cls->name);
    cornu_text_format_(out, ")\\n%s\"];\n", shape);
}

static cornu_status add_layers(cornu_text *out, const cornu_model *model) {
    for (size_t i = 0; i < cornu_model_layer_count(model); i++) {
        char *shape = cornu_layer_shape_text_(model, i);
        if (shape == NULL) return cornu_error_status();
        add_label(out, "layer", i, cornu_model_layer_at(model, i), shape);
        cornu_free_(shape);
    }
    return CORNU_OK;
}

static size_t index_of(const cornu_model *model, const cornu_layer *layer) {
    size_t i = 0;
    while (i < cornu_model_layer_count(model) && cornu_model_layer_at(model, i) != layer) i++;
    return i;
}

static void add_edges(cornu_text *out, const cornu_model *model) {
    const struct cornu_topology *graph = model->graph;
    for (size_t i = 0; graph != NULL && i < graph->step_count; i++) {
        const cornu_graph_step *step = &graph->steps[i];
        for (size_t k = 0; k < step->input_count; k++) {
            const cornu_layer *source = graph->slots[step->inputs[k]].layer;
            cornu_text_format_(
                out, "    layer%zu -> layer%zu;\n", index_of(model, source),
                index_of(model, step->layer)
            );
        }
    }
    /* layers of a function have no order that is known */
    if (model->base.cls != &cornu_sequential_class_) return;
    if (model->input_layer != NULL && cornu_model_layer_count(model) > 0)
        cornu_text_add_(out, "    input0 -> layer0;\n");
    for (size_t i = 1; i < cornu_model_layer_count(model); i++)
        cornu_text_format_(out, "    layer%zu -> layer%zu;\n", i - 1, i);
}

static cornu_status write_dot(cornu_text *out, const cornu_model *model) {
    cornu_text_add_(out, "digraph \"");
    add_escaped(out, model->base.name);
    cornu_text_add_(out, "\" {\n    rankdir=TB;\n    node [shape=box];\n");
    if (model->input_layer != NULL) {
        char shape[256] = "";
        if (model->base.built) cornu_shape_format(&model->input_shapes[0], shape, sizeof shape);
        add_label(out, "input", 0, model->input_layer, shape);
    }
    CORNU_TRY(add_layers(out, model));
    add_edges(out, model);
    cornu_text_add_(out, "}\n");
    return out->status;
}

char *cornu_model_to_dot(cornu_model *model) {
    if (model == NULL) return (void)cornu_error_null("model"), NULL;
    cornu_text text = {0};
    if (write_dot(&text, model) == CORNU_OK) return cornu_text_take_(&text);
    cornu_text_free_(&text);
    return NULL;
}
