/* Tracing: the ops of a step become nodes of a graph instead of being computed. Tensors of a trace
 * are abstract and carry the number of their value; variables are versions, a new one after each
 * assignment. */
#include "base/memory.h"
#include "graph/graph.h"

#include <stdatomic.h>

/* What a variable is at this point of the trace. */
struct cornu_variable_version {
    cornu_tensor *variable; /* borrowed from a value */
    uint32_t value;
    bool assigned;
};

static _Thread_local cornu_graph *current;

cornu_graph *cornu_trace_current_(void) { return current; }

static cornu_status add_value(
    cornu_graph *graph, cornu_value_kind kind, cornu_tensor *tensor, size_t node, uint32_t *value
) {
    CORNU_TRY(CORNU_RESERVE_(graph->values, graph->value_capacity, graph->value_count + 1));
    *value = (uint32_t)graph->value_count++;
    graph->values[*value] = (cornu_value){kind, cornu_tensor_retain(tensor), node};
    return CORNU_OK;
}

cornu_status cornu_graph_add_constant_(cornu_graph *graph, cornu_tensor *tensor, uint32_t *value) {
    return add_value(graph, CORNU_VALUE_CONSTANT, tensor, 0, value);
}

/* The variable's place among the versions; made, as what it holds at the beginning, when it is not
 * there. */
static cornu_status version_of(
    cornu_graph *graph, cornu_tensor *variable, struct cornu_variable_version **version
) {
    for (size_t i = 0; i < graph->version_count; i++) {
        if (graph->versions[i].variable->id == variable->id)
            return *version = &graph->versions[i], CORNU_OK;
    }
    uint32_t value;
    CORNU_TRY(CORNU_RESERVE_(graph->versions, graph->version_capacity, graph->version_count + 1));
    CORNU_TRY(add_value(graph, CORNU_VALUE_VARIABLE, variable, 0, &value));
    *version = &graph->versions[graph->version_count++];
    **version = (struct cornu_variable_version){variable, value, false};
    return CORNU_OK;
}

static bool is_traced(const cornu_tensor *tensor) { return tensor->trace == current->trace; }

/* The number of the value that a tensor stands for, whatever it is. */
static cornu_status value_of(cornu_tensor *tensor, uint32_t *value) {
    if (is_traced(tensor)) return *value = tensor->value, CORNU_OK;
    if (tensor->variable) {
        struct cornu_variable_version *version;
        CORNU_TRY(version_of(current, tensor, &version));
        return *value = version->value, CORNU_OK;
    }
    if (!tensor->storage)
        CORNU_FAIL(
            CORNU_ESTATE, "a tensor without values that does not belong to the step being traced"
        );
    return cornu_graph_add_constant_(current, tensor, value);
}

static cornu_status note_assignment(cornu_tensor *variable, cornu_tensor *value) {
    uint32_t number;
    if (value->dtype != variable->dtype) {
        CORNU_FAIL(
            CORNU_EDTYPE,
            "assign to variable '%s' of type %s: cast the value, of type %s, in a traced step",
            variable->variable->name, cornu_dtype_name(variable->dtype),
            cornu_dtype_name(value->dtype)
        );
    }
    CORNU_TRY(value_of(value, &number));
    struct cornu_variable_version *version;
    CORNU_TRY(version_of(current, variable, &version));
    version->value = number;
    version->assigned = true;
    return CORNU_OK;
}

cornu_status cornu_trace_begin_(cornu_graph **graph) {
    static atomic_uint last;
    if (current) CORNU_FAIL(CORNU_ESTATE, "this thread is tracing a step already");
    cornu_graph *made = cornu_alloc_(sizeof *made);
    if (!made) return CORNU_ENOMEM;
    made->trace = atomic_fetch_add(&last, 1) + 1;
    current = *graph = made;
    cornu_variable_trace_(note_assignment);
    return CORNU_OK;
}

/* A tensor of the trace that stands for `value`; *new*. */
static cornu_tensor *stand_in(uint32_t value) {
    const cornu_tensor *of = current->values[value].tensor;
    cornu_tensor *tensor = cornu_tensor_abstract_(of->dtype, of->shape);
    if (!tensor) return NULL;
    tensor->trace = current->trace;
    tensor->value = value;
    return tensor;
}

cornu_tensor *cornu_trace_input_(cornu_dtype dtype, cornu_shape shape) {
    cornu_tensor *tensor = cornu_tensor_abstract_(dtype, shape);
    if (!tensor) return NULL;
    uint32_t value;
    if (CORNU_RESERVE_(current->inputs, current->input_capacity, current->input_count + 1) !=
            CORNU_OK ||
        add_value(current, CORNU_VALUE_INPUT, tensor, 0, &value) != CORNU_OK) {
        cornu_tensor_free(tensor);
        return NULL;
    }
    current->inputs[current->input_count++] = value;
    tensor->trace = current->trace;
    tensor->value = value;
    return cornu_scope_add_(tensor);
}

cornu_status cornu_trace_output_(cornu_tensor *tensor) {
    uint32_t value;
    if (!tensor) return cornu_error_null("output of the step");
    CORNU_TRY(value_of(tensor, &value));
    CORNU_TRY(CORNU_RESERVE_(current->outputs, current->output_capacity, current->output_count + 1)
    );
    current->outputs[current->output_count++] = value;
    return CORNU_OK;
}

static void stop(void) {
    current = NULL;
    cornu_variable_trace_(NULL);
}

cornu_graph *cornu_trace_suspend_(void) {
    cornu_graph *graph = current;
    stop();
    return graph;
}

void cornu_trace_resume_(cornu_graph *graph) {
    current = graph;
    cornu_variable_trace_(graph ? note_assignment : NULL);
}

cornu_status cornu_trace_end_(void) {
    cornu_graph *graph = current;
    if (graph->name_lost) {
        cornu_trace_cancel_();
        CORNU_FAIL(CORNU_ENOMEM, "no memory for the names of a traced step");
    }
    for (size_t i = 0; i < graph->version_count; i++) {
        const struct cornu_variable_version *version = &graph->versions[i];
        if (!version->assigned) continue;
        cornu_status status = CORNU_RESERVE_(
            graph->assignments, graph->assignment_capacity, graph->assignment_count + 1
        );
        if (status != CORNU_OK) {
            cornu_trace_cancel_();
            return status;
        }
        graph->assignments[graph->assignment_count++] =
            (cornu_assignment){cornu_tensor_retain(version->variable), version->value};
    }
    cornu_free_(graph->versions);
    graph->versions = NULL;
    graph->version_count = graph->version_capacity = 0;
    stop();
    return CORNU_OK;
}

void cornu_trace_cancel_(void) {
    cornu_graph *graph = current;
    stop();
    cornu_graph_free_(graph);
}

void cornu_graph_free_(cornu_graph *graph) {
    if (!graph) return;
    for (size_t i = 0; i < graph->value_count; i++) cornu_tensor_free(graph->values[i].tensor);
    for (size_t i = 0; i < graph->node_count; i++) cornu_free_(graph->nodes[i].inputs);
    for (size_t i = 0; i < graph->assignment_count; i++)
        cornu_tensor_free(graph->assignments[i].variable);
    cornu_free_(graph->values);
    cornu_free_(graph->nodes);
    cornu_free_(graph->inputs);
    cornu_free_(graph->outputs);
    cornu_free_(graph->assignments);
    for (size_t i = 0; i < graph->name_count; i++) cornu_free_(graph->names[i]);
    cornu_free_(graph->names);
    cornu_free_(graph->versions);
    cornu_free_(graph);
}

/* ---- for emit ---- */

/* Ops on nothing but constants are computed while tracing: they are constants. */
bool cornu_trace_wants_(const cornu_node *node) {
    if (!current) return false;
    for (int i = 0; i < node->input_count; i++) {
        if (is_traced(node->inputs[i]) || node->inputs[i]->variable) return true;
    }
    return false;
}

cornu_status cornu_trace_add_(cornu_node *node) {
    cornu_graph *graph = current;
    cornu_spec spec;
    CORNU_TRY(node->op->infer(&node->attrs, node->inputs, node->input_count, &spec));
    CORNU_TRY(CORNU_RESERVE_(graph->nodes, graph->node_capacity, graph->node_count + 1));
    uint32_t *inputs = cornu_alloc_array_((size_t)node->input_count, sizeof *inputs);
    if (!inputs) return CORNU_ENOMEM;
    cornu_status status = CORNU_OK;
    for (int i = 0; i < node->input_count && status == CORNU_OK; i++)
        status = value_of(node->inputs[i], &inputs[i]);
    uint32_t out = 0;
    if (status == CORNU_OK && !(node->out = cornu_tensor_abstract_(spec.dtype, spec.shape)))
        status = CORNU_ENOMEM;
    if (status == CORNU_OK)
        status = add_value(graph, CORNU_VALUE_RESULT, node->out, graph->node_count, &out);
    if (status != CORNU_OK) return cornu_free_(inputs), status;
    node->out->trace = graph->trace;
    node->out->value = out;
    graph->nodes[graph->node_count++] = (cornu_graph_node
    ){.op = node->op,
      .attrs = node->attrs,
      .input_count = (size_t)node->input_count,
      .inputs = inputs,
      .out = out,
      .origin = cornu_origin_()};
    return CORNU_OK;
}

cornu_tensor *cornu_trace_snapshot_(cornu_tensor *tensor) {
    if (!current || !tensor->variable) return cornu_tensor_alias_(tensor);
    uint32_t value;
    if (value_of(tensor, &value) != CORNU_OK) return NULL;
    cornu_tensor *made = stand_in(value);
    if (made) made->id = tensor->id;
    return made;
}
