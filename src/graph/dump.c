/* Graphs and plans as text that a person can read, and as Graphviz. */
#include "graph/plan.h"

static const char *spec_text(const cornu_tensor *tensor, char *text, size_t size) {
    char shape[200];
    snprintf(
        text, size, "%s%s", cornu_dtype_name(tensor->dtype),
        cornu_shape_format(&tensor->shape, shape, sizeof shape)
    );
    return text;
}

/* "%7" for results, "w" for variables, the number for scalar constants. */
static void add_value(const cornu_graph *graph, uint32_t value, cornu_text *text) {
    const cornu_value *v = &graph->values[value];
    char spec[256];
    switch (v->kind) {
    case CORNU_VALUE_INPUT:
        cornu_text_format_(text, "input%%%u", value);
        break;
    case CORNU_VALUE_VARIABLE:
        cornu_text_format_(text, "'%s'", v->tensor->variable->name);
        break;
    case CORNU_VALUE_RESULT:
        cornu_text_format_(text, "%%%u", value);
        break;
    case CORNU_VALUE_CONSTANT:
        if (v->tensor->size == 1)
            cornu_text_format_(
                text, "%g", cornu_element_get_(v->tensor->dtype, v->tensor->storage->data, 0)
            );
        else cornu_text_format_(text, "constant %s", spec_text(v->tensor, spec, sizeof spec));
        break;
    }
}

void cornu_graph_dump_(const cornu_graph *graph, cornu_text *text) {
    char spec[256];
    for (size_t i = 0; i < graph->node_count; i++) {
        const cornu_graph_node *node = &graph->nodes[i];
        if (node->dead) continue;
        cornu_text_format_(
            text, "%%%u %s = %s(", node->out,
            spec_text(graph->values[node->out].tensor, spec, sizeof spec), node->op->name
        );
        for (size_t k = 0; k < node->input_count; k++) {
            if (k > 0) cornu_text_add_(text, ", ");
            add_value(graph, node->inputs[k], text);
        }
        cornu_text_add_(text, ")\n");
    }
    for (size_t i = 0; i < graph->assignment_count; i++) {
        cornu_text_format_(text, "'%s' := ", graph->assignments[i].variable->variable->name);
        add_value(graph, graph->assignments[i].value, text);
        cornu_text_add_(text, "\n");
    }
    for (size_t i = 0; i < graph->output_count; i++) {
        cornu_text_format_(text, "output %zu = ", i);
        add_value(graph, graph->outputs[i], text);
        cornu_text_add_(text, "\n");
    }
}

void cornu_graph_dump_dot_(const cornu_graph *graph, cornu_text *text) {
    cornu_text_add_(text, "digraph step {\n    node [shape=box, fontname=\"sans-serif\"];\n");
    for (size_t i = 0; i < graph->node_count; i++) {
        const cornu_graph_node *node = &graph->nodes[i];
        char spec[256];
        if (node->dead) continue;
        cornu_text_format_(
            text, "    v%u [label=\"%s\\n%s\"];\n", node->out, node->op->name,
            spec_text(graph->values[node->out].tensor, spec, sizeof spec)
        );
        for (size_t k = 0; k < node->input_count; k++) {
            if (graph->values[node->inputs[k]].kind != CORNU_VALUE_CONSTANT)
                cornu_text_format_(text, "    v%u -> v%u;\n", node->inputs[k], node->out);
        }
    }
    for (uint32_t i = 0; i < graph->value_count; i++) {
        const cornu_value *v = &graph->values[i];
        if (v->kind == CORNU_VALUE_VARIABLE)
            cornu_text_format_(
                text, "    v%u [label=\"%s\", shape=ellipse];\n", i, v->tensor->variable->name
            );
        if (v->kind == CORNU_VALUE_INPUT)
            cornu_text_format_(text, "    v%u [label=\"input\", shape=ellipse];\n", i);
    }
    cornu_text_add_(text, "}\n");
}

void cornu_plan_dump_(const cornu_plan *plan, cornu_text *text) {
    static const char *const kinds[] = {"arena", "constant", "variable", "input"};
    cornu_text_format_(
        text, "%zu steps, arena of %zu bytes, workspace of %zu\n", plan->step_count,
        plan->arena_size, plan->workspace_size
    );
    for (size_t i = 0; i < plan->step_count; i++) {
        const cornu_step *step = &plan->steps[i];
        cornu_text_format_(
            text, "%3zu %-40s %-32s %-20s", i, step->origin ? step->origin : "",
            step->ops ? step->ops : step->name, step->kernel->implementation
        );
        for (uint32_t k = 0; k < step->operand_count; k++) {
            const cornu_slot *slot = &plan->slots[step->operands[k]];
            if (slot->kind == CORNU_SLOT_VARIABLE)
                cornu_text_format_(text, " '%s'", slot->tensor->variable->name);
            else if (slot->kind == CORNU_SLOT_ARENA)
                cornu_text_format_(text, " @%zu", slot->offset);
            else cornu_text_format_(text, " %s", kinds[slot->kind]);
        }
        cornu_text_add_(text, "\n");
    }
}
