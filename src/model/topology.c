/* From symbolic inputs and outputs to the calls between them, in an order that can be run, and
 * to the layers in the order in which Keras keeps, saves and prints them: by depth, the longest
 * way to an output; among equals as a walk from the outputs meets them.
 * keras/src/ops/function.py, map_graph. */
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "model/graph.h"

enum { NO_INPUT = -1 };

/* A call as the walk sees it, or an input of the model. */
typedef struct node {
    cornu_graph_call *call; /* NULL: an input that is an inner tensor of another graph */
    cornu_layer *layer;
    uint64_t serial;
    int64_t input; /* which input of the model; NO_INPUT: none */
    size_t next;   /* the walk: which input of the call comes next */
    bool entered, finished;
    size_t finish;   /* place among the finished */
    size_t layer_at; /* in walk.layers */
    int64_t depth;
    int node_index;
    size_t first_slot;
} node;

typedef struct layer_entry {
    cornu_layer *layer;
    uint64_t serial; /* of its first call */
    int64_t order;   /* as the walk met it; unconnected inputs come before */
    int64_t depth;
    int calls;
} layer_entry;

typedef struct walk {
    cornu_tensor_list inputs;
    node **input_nodes;
    node **nodes; /* all, owned */
    size_t node_count, node_capacity;
    node **finished; /* each after those that feed it */
    size_t finished_count, finished_capacity;
    node **stack;
    size_t stack_count, stack_capacity;
    layer_entry *layers;
    size_t layer_count, layer_capacity;
    cornu_map by_call, by_layer; /* node; index in `layers` plus 1 */
} walk;

/* ---- nodes ---- */
static node *add_node(walk *w, cornu_graph_call *call, cornu_layer *layer, uint64_t serial) {
    if (CORNU_RESERVE_(w->nodes, w->node_capacity, w->node_count + 1) != CORNU_OK) return NULL;
    node *n = cornu_alloc_(sizeof *n);
    if (n == NULL) return NULL;
    *n = (node
    ){.call = call, .layer = cornu_layer_retain(layer), .serial = serial, .input = NO_INPUT};
    w->nodes[w->node_count++] = n;
    return n;
}

static bool same_tensor(const cornu_tensor *a, const cornu_tensor *b) {
    return a->history->call == b->history->call &&
           a->history->tensor_index == b->history->tensor_index;
}

/* The node that gives a tensor: an input of the model before the call that made it. */
static node *node_of(walk *w, const cornu_tensor *tensor) {
    for (size_t i = 0; i < w->inputs.count; i++) {
        if (same_tensor(w->inputs.items[i], tensor)) return w->input_nodes[i];
    }
    cornu_graph_call *call = tensor->history->call;
    node *n = cornu_map_get_(&w->by_call, (uintptr_t)call);
    if (n != NULL) return n;
    if (call->input_count == 0) {
        const char *name = call->layer->name;
        CORNU_FAIL_NULL(
            CORNU_EINVAL,
            "an output depends on the input%s%s%s, which is not among the inputs given",
            name != NULL ? " '" : "", name != NULL ? name : "", name != NULL ? "'" : ""
        );
    }
    n = add_node(w, call, call->layer, call->serial);
    if (n == NULL || cornu_map_put_(&w->by_call, (uintptr_t)call, n) != CORNU_OK) return NULL;
    return n;
}

static cornu_status check_symbolic(cornu_tensor_list list, const char *what) {
    if (list.count == 0) CORNU_FAIL(CORNU_EINVAL, "a functional model needs at least one %s", what);
    for (size_t i = 0; i < list.count; i++) {
        if (list.items[i] == NULL) return cornu_error_null(what);
        if (list.items[i]->history == NULL)
            CORNU_FAIL(
                CORNU_EINVAL,
                "%s %zu has values; a functional model lies between tensors made by "
                "cornu_input_tensor and by calls on them",
                what, i
            );
    }
    return CORNU_OK;
}

/* An input that is an inner tensor gets an InputLayer of its own, as in Keras. */
static cornu_status add_inputs(walk *w) {
    w->input_nodes = cornu_alloc_array_(w->inputs.count, sizeof *w->input_nodes);
    if (w->input_nodes == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < w->inputs.count; i++) {
        const cornu_tensor *tensor = w->inputs.items[i];
        for (size_t k = 0; k < i; k++) {
            if (same_tensor(w->inputs.items[k], tensor))
                CORNU_FAIL(CORNU_EINVAL, "inputs %zu and %zu are the same tensor", k, i);
        }
        cornu_graph_call *call = tensor->history->call;
        if (call->input_count == 0) {
            w->input_nodes[i] = add_node(w, call, call->layer, call->serial);
        } else {
            cornu_layer *layer = cornu_input_layer_(NULL, &tensor->shape, tensor->dtype);
            if (layer == NULL) return cornu_error_status();
            layer->state_->floating = false;
            w->input_nodes[i] = add_node(w, NULL, layer, call->serial);
            cornu_layer_free(layer);
        }
        if (w->input_nodes[i] == NULL) return cornu_error_status();
        w->input_nodes[i]->input = (int64_t)i;
    }
    return CORNU_OK;
}

/* ---- the walk ---- */
static cornu_status enter(walk *w, node *n, int64_t order) {
    uintptr_t at = (uintptr_t)cornu_map_get_(&w->by_layer, (uintptr_t)n->layer);
    if (at == 0) {
        CORNU_TRY(CORNU_RESERVE_(w->layers, w->layer_capacity, w->layer_count + 1));
        w->layers[w->layer_count++] =
            (layer_entry){.layer = n->layer, .serial = n->serial, .order = order};
        at = w->layer_count;
        CORNU_TRY(cornu_map_put_(&w->by_layer, (uintptr_t)n->layer, (void *)at));
    }
    n->layer_at = at - 1;
    if (n->serial < w->layers[at - 1].serial) w->layers[at - 1].serial = n->serial;
    n->entered = true;
    return CORNU_OK;
}

static cornu_status finish(walk *w, node *n) {
    CORNU_TRY(CORNU_RESERVE_(w->finished, w->finished_capacity, w->finished_count + 1));
    n->finished = true;
    n->finish = w->finished_count;
    w->finished[w->finished_count++] = n;
    return CORNU_OK;
}

/* Depth first from an output. A stack of its own: a chain of layers may be longer than the thread's
 * stack would bear. */
static cornu_status visit(walk *w, const cornu_tensor *output) {
    node *n = node_of(w, output);
    while (n != NULL) {
        if (!n->finished) {
            if (!n->entered) CORNU_TRY(enter(w, n, (int64_t)w->layer_count));
            CORNU_TRY(CORNU_RESERVE_(w->stack, w->stack_capacity, w->stack_count + 1));
            w->stack[w->stack_count++] = n;
        }
        n = NULL;
        while (n == NULL && w->stack_count > 0) {
            node *top = w->stack[w->stack_count - 1];
            if (top->input == NO_INPUT && top->next < top->call->input_count) {
                n = node_of(w, top->call->inputs[top->next++]);
                if (n == NULL) return cornu_error_status();
            } else {
                CORNU_TRY(finish(w, top));
                w->stack_count--;
            }
        }
        if (n == NULL) return CORNU_OK;
    }
    return cornu_error_status();
}

/* Consumers come before producers here, so that a node's depth is final when it is passed on. All
 * calls of a shared layer count as deep as its deepest. */
static cornu_status find_depths(walk *w) {
    for (size_t i = w->finished_count; i-- > 0;) {
        node *n = w->finished[i];
        layer_entry *layer = &w->layers[n->layer_at];
        if (n->depth < layer->depth) n->depth = layer->depth;
        layer->depth = n->depth;
        for (size_t k = 0; n->input == NO_INPUT && k < n->call->input_count; k++) {
            node *producer = node_of(w, n->call->inputs[k]);
            if (producer == NULL) return cornu_error_status();
            if (producer->depth < n->depth + 1) producer->depth = n->depth + 1;
        }
    }
    return CORNU_OK;
}

static int by_depth(const void *a, const void *b) {
    const node *x = *(node *const *)a, *y = *(node *const *)b;
    if (x->depth != y->depth) return x->depth > y->depth ? -1 : 1;
    return x->finish < y->finish ? -1 : 1;
}

static int by_serial(const void *a, const void *b) {
    const node *x = *(node *const *)a, *y = *(node *const *)b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}

static int layers_by_depth(const void *a, const void *b) {
    const layer_entry *x = a, *y = b;
    if (x->depth != y->depth) return x->depth > y->depth ? -1 : 1;
    return x->order < y->order ? -1 : x->order > y->order;
}

static int layers_by_serial(const void *a, const void *b) {
    const layer_entry *x = a, *y = b;
    return x->serial < y->serial ? -1 : x->serial > y->serial;
}

/* Numbers the calls of each layer in the order of making; then producers come first. */
static void sort_nodes(walk *w) {
    qsort(w->finished, w->finished_count, sizeof *w->finished, by_serial);
    for (size_t i = 0; i < w->finished_count; i++)
        w->finished[i]->node_index = w->layers[w->finished[i]->layer_at].calls++;
    qsort(w->finished, w->finished_count, sizeof *w->finished, by_depth);
}

static cornu_status map_graph(walk *w, cornu_tensor_list outputs) {
    CORNU_TRY(check_symbolic(w->inputs, "input"));
    CORNU_TRY(check_symbolic(outputs, "output"));
    CORNU_TRY(add_inputs(w));
    for (size_t i = 0; i < outputs.count; i++) CORNU_TRY(visit(w, outputs.items[i]));
    CORNU_TRY(find_depths(w));
    for (size_t i = 0; i < w->inputs.count; i++) {
        if (w->input_nodes[i]->finished) continue;
        CORNU_TRY(enter(w, w->input_nodes[i], (int64_t)i - (int64_t)w->inputs.count));
        CORNU_TRY(finish(w, w->input_nodes[i]));
    }
    if (w->finished_count > 0) sort_nodes(w);
    return CORNU_OK;
}

/* ---- the graph ---- */
static cornu_status name_layers(walk *w, cornu_layer **room) {
    qsort(w->layers, w->layer_count, sizeof *w->layers, layers_by_serial);
    for (size_t i = 0; i < w->layer_count; i++) room[i] = w->layers[i].layer;
    return cornu_name_layers_(room, w->layer_count);
}

static cornu_status keep_layers(walk *w, struct cornu_topology *graph) {
    graph->layers = cornu_alloc_array_(w->layer_count, sizeof *graph->layers);
    if (graph->layers == NULL) return CORNU_ENOMEM;
    CORNU_TRY(name_layers(w, graph->layers));
    qsort(w->layers, w->layer_count, sizeof *w->layers, layers_by_depth);
    for (size_t i = 0; i < w->layer_count; i++)
        graph->layers[i] = cornu_layer_retain(w->layers[i].layer);
    graph->layer_count = w->layer_count;
    return CORNU_OK;
}

static size_t slot_of(walk *w, const cornu_tensor *tensor) {
    const node *n = node_of(w, tensor); /* exists: the walk has been here */
    return n->input != NO_INPUT ? (size_t)n->input : n->first_slot + tensor->history->tensor_index;
}

static cornu_status copy_arguments(const cornu_graph_call *call, cornu_graph_step *step) {
    if (call->args != NULL) step->args = cJSON_Duplicate(call->args, true);
    if (call->kwargs != NULL) step->kwargs = cJSON_Duplicate(call->kwargs, true);
    if ((call->args != NULL && step->args == NULL) ||
        (call->kwargs != NULL && step->kwargs == NULL))
        CORNU_FAIL(CORNU_ENOMEM, "out of memory for the arguments of a call");
    CORNU_TRY(cornu_call_arguments_(step->kwargs, &step->arguments, &step->named_count));
    step->argument_count = step->named_count;
    return cornu_call_arguments_settle_(
        step->layer, step->input_count, step->args, step->kwargs, step->arguments,
        &step->argument_count, step->order
    );
}

static cornu_status make_step(walk *w, struct cornu_topology *graph, node *n) {
    cornu_graph_step *step = &graph->steps[graph->step_count];
    graph->step_count++;
    step->inputs = cornu_alloc_array_(n->call->input_count, sizeof *step->inputs);
    step->order = cornu_alloc_array_(n->call->input_count, sizeof *step->order);
    if (step->inputs == NULL || step->order == NULL) return CORNU_ENOMEM;
    step->layer = n->layer;
    step->node_index = n->node_index;
    step->depth = n->depth;
    step->input_count = n->call->input_count;
    step->output_count = n->call->output_count;
    step->first_output = n->first_slot = graph->slot_count;
    graph->slot_count += step->output_count;
    if (graph->widest < step->input_count) graph->widest = step->input_count;
    if (graph->widest < step->output_count) graph->widest = step->output_count;
    for (size_t i = 0; i < step->input_count; i++) {
        step->inputs[i] = slot_of(w, n->call->inputs[i]);
        cornu_graph_slot *slot = &graph->slots[step->inputs[i]];
        slot->shape = n->call->inputs[i]->shape;
        slot->dtype = n->call->inputs[i]->dtype;
    }
    for (size_t i = 0; i < step->output_count; i++) {
        cornu_graph_slot *slot = &graph->slots[step->first_output + i];
        slot->layer = n->layer;
        slot->node_index = n->node_index;
        slot->tensor_index = i;
    }
    CORNU_TRY(copy_arguments(n->call, step));
    if (graph->most_arguments < step->argument_count) graph->most_arguments = step->argument_count;
    return CORNU_OK;
}

static cornu_status fill(walk *w, cornu_tensor_list outputs, struct cornu_topology *graph) {
    size_t slots = w->inputs.count;
    for (size_t i = 0; i < w->finished_count; i++) {
        if (w->finished[i]->input == NO_INPUT) slots += w->finished[i]->call->output_count;
    }
    graph->input_count = graph->slot_count = w->inputs.count;
    graph->slots = cornu_alloc_array_(slots, sizeof *graph->slots);
    graph->steps = cornu_alloc_array_(w->finished_count, sizeof *graph->steps);
    graph->outputs = cornu_alloc_array_(outputs.count, sizeof *graph->outputs);
    if (graph->slots == NULL || graph->steps == NULL || graph->outputs == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < w->inputs.count; i++) {
        graph->slots[i] = (cornu_graph_slot){
            .layer = w->input_nodes[i]->layer,
            .shape = w->inputs.items[i]->shape,
            .dtype = w->inputs.items[i]->dtype,
        };
    }
    for (size_t i = 0; i < w->finished_count; i++) {
        if (w->finished[i]->input == NO_INPUT) CORNU_TRY(make_step(w, graph, w->finished[i]));
    }
    graph->output_count = outputs.count;
    for (size_t i = 0; i < outputs.count; i++) {
        graph->outputs[i] = slot_of(w, outputs.items[i]);
        graph->slots[graph->outputs[i]].shape = outputs.items[i]->shape;
        graph->slots[graph->outputs[i]].dtype = outputs.items[i]->dtype;
    }
    return keep_layers(w, graph);
}

static void walk_free(walk *w) {
    for (size_t i = 0; i < w->node_count; i++) {
        cornu_layer_free(w->nodes[i]->layer);
        cornu_free_(w->nodes[i]);
    }
    cornu_free_(w->nodes);
    cornu_free_(w->input_nodes);
    cornu_free_(w->finished);
    cornu_free_(w->stack);
    cornu_free_(w->layers);
    cornu_map_free_(&w->by_call);
    cornu_map_free_(&w->by_layer);
}

cornu_status cornu_topology_new_(
    cornu_tensor_list inputs, cornu_tensor_list outputs, struct cornu_topology **graph
) {
    *graph = cornu_alloc_(sizeof **graph);
    if (*graph == NULL) return CORNU_ENOMEM;
    walk w = {.inputs = inputs};
    cornu_status status = map_graph(&w, outputs);
    if (status == CORNU_OK) status = fill(&w, outputs, *graph);
    walk_free(&w);
    if (status == CORNU_OK) return CORNU_OK;
    cornu_topology_free_(*graph);
    *graph = NULL;
    return status;
}

void cornu_topology_free_(struct cornu_topology *graph) {
    if (graph == NULL) return;
    for (size_t i = 0; i < graph->step_count; i++) {
        cornu_free_(graph->steps[i].inputs);
        cornu_free_(graph->steps[i].order);
        cornu_free_(graph->steps[i].arguments);
        cJSON_Delete(graph->steps[i].args);
        cJSON_Delete(graph->steps[i].kwargs);
    }
    for (size_t i = graph->owned; i < graph->layer_count; i++) cornu_layer_free(graph->layers[i]);
    cornu_free_(graph->steps);
    cornu_free_(graph->slots);
    cornu_free_(graph->outputs);
    cornu_free_(graph->layers);
    cornu_free_(graph);
}
