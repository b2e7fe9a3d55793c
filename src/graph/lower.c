/* Lowering: from nodes to kernels. A node alone is described by its op; several elementwise ones
 * become one program, which a product may have in front. */
#include "base/memory.h"
#include "graph/plan.h"

#include <string.h>

/* ---- one node ---- */

cornu_status cornu_graph_describe_(
    const cornu_graph *graph, const cornu_graph_node *node, cornu_description *description
) {
    size_t n = node->input_count;
    size_t tensors = n * sizeof(cornu_tensor *), moves = n * sizeof(cornu_move),
           operands = (n + 1) * sizeof(cornu_operand);
    memset(description, 0, sizeof *description);
    char *room = description->room = cornu_alloc_(tensors + moves + operands);
    if (!room) return CORNU_ENOMEM;
    cornu_node *made = &description->node;
    made->op = node->op;
    made->attrs = node->attrs;
    made->input_count = (int)n;
    description->request.moves = (cornu_move *)(void *)room;
    description->request.operands = (cornu_operand *)(void *)(room + moves);
    made->inputs = (cornu_tensor **)(void *)(room + moves + operands);
    for (size_t k = 0; k < n; k++) made->inputs[k] = graph->values[node->inputs[k]].tensor;
    made->out = graph->values[node->out].tensor;
    cornu_status status = cornu_describe_(made, &description->request);
    if (status == CORNU_OK) return CORNU_OK;
    cornu_description_free_(description);
    return cornu_error_context("%s", node->op->name);
}

void cornu_description_free_(cornu_description *description) {
    cornu_free_(description->room);
    description->room = NULL;
}

static cornu_status add_operand(cornu_lowered *lowered, uint32_t value) {
    CORNU_TRY(
        CORNU_RESERVE_(lowered->operands, lowered->operand_capacity, lowered->operand_count + 1)
    );
    lowered->operands[lowered->operand_count++] = value;
    return CORNU_OK;
}

static cornu_status lower_node(
    const cornu_graph *graph, const cornu_graph_node *node, cornu_lowered *lowered
) {
    cornu_description description;
    CORNU_TRY(cornu_graph_describe_(graph, node, &description));
    cornu_status status =
        cornu_kernel_get_(cornu_backend_current_(), &description.request.desc, &lowered->kernel);
    cornu_description_free_(&description);
    for (size_t k = 0; k < node->input_count && status == CORNU_OK; k++)
        status = add_operand(lowered, node->inputs[k]);
    return status == CORNU_OK ? add_operand(lowered, node->out)
                              : cornu_error_context("%s", node->op->name);
}

/* ---- several ---- */

/* A single op's program may be longer than what is fused; an instruction reads three operands and
 * makes one at most. */
enum { LARGEST_PROGRAM = 2 * CORNU_LARGEST_UNIT, LARGEST_OPERANDS = 4 * LARGEST_PROGRAM };

typedef struct program {
    const cornu_graph *graph;
    cornu_lowered *lowered; /* gets the values of the inputs */
    cornu_ew_instruction code[LARGEST_PROGRAM];
    uint32_t made_by
        [LARGEST_PROGRAM]; /* the value that an instruction makes, or NO_VALUE inside an op */
    int length;
    uint32_t product; /* the value that is register 0, or NO_VALUE */
    size_t first;     /* of the operands: the program's inputs, after those of the product */
} program;
#define NO_VALUE UINT32_MAX
/* While the number of inputs is not known, the register of instruction i is written as this plus
 * i. */
#define INSTRUCTION 0x8000u

static cornu_status register_of(program *p, uint32_t value, uint16_t *number) {
    for (int i = 0; i < p->length; i++) {
        if (p->made_by[i] == value)
            return *number = (uint16_t)(INSTRUCTION + (unsigned)i), CORNU_OK;
    }
    size_t before = p->product == NO_VALUE ? 0 : 1; /* registers */
    if (before && value == p->product) return *number = 0, CORNU_OK;
    for (size_t i = p->first; i < p->lowered->operand_count; i++) {
        if (p->lowered->operands[i] == value)
            return *number = (uint16_t)(i - p->first + before), CORNU_OK;
    }
    *number = (uint16_t)(p->lowered->operand_count - p->first + before);
    return add_operand(p->lowered, value);
}

/* Adds the instructions of a node, whose own registers are its inputs and then its instructions. */
static cornu_status add_instructions(
    program *p, const cornu_graph_node *node, const cornu_kernel_desc *desc
) {
    int inputs = (int)node->input_count, first = p->length;
    for (int i = 0; i < desc->program_length; i++) {
        cornu_ew_instruction made = {.code = desc->program[i].code};
        int operands = cornu_ew_operands_((cornu_ew_code)made.code);
        for (int k = 0; k < operands; k++) {
            uint16_t from = desc->program[i].operand[k];
            if (from < inputs) CORNU_TRY(register_of(p, node->inputs[from], &made.operand[k]));
            else made.operand[k] = (uint16_t)(INSTRUCTION + (unsigned)(first + from - inputs));
        }
        p->made_by[p->length] = i + 1 == desc->program_length ? node->out : NO_VALUE;
        p->code[p->length++] = made;
    }
    return CORNU_OK;
}

/* One number many times reads as one element. */
static bool is_uniform(const cornu_value *value) {
    if (value->kind != CORNU_VALUE_CONSTANT || value->tensor->size < 2) return false;
    size_t item = cornu_dtype_size(value->tensor->dtype);
    const char *data = value->tensor->storage->data;
    return memcmp(data, data + item, (size_t)(value->tensor->size - 1) * item) == 0;
}

static void place_registers(program *p, size_t inputs) {
    for (int i = 0; i < p->length; i++) {
        for (int k = 0; k < 3; k++) {
            uint16_t r = p->code[i].operand[k];
            if (r >= INSTRUCTION) p->code[i].operand[k] = (uint16_t)(r - INSTRUCTION + inputs);
        }
    }
}

/* The results that are needed outside become outputs, the product last. */
static cornu_status add_outputs(program *p, const bool *kept, size_t inputs, uint16_t *results) {
    for (int i = 0; i < p->length; i++) {
        if (p->made_by[i] == NO_VALUE || !kept[p->made_by[i]]) continue;
        results[p->lowered->output_count++] = (uint16_t)(inputs + (size_t)i);
        CORNU_TRY(add_operand(p->lowered, p->made_by[i]));
    }
    if (p->product == NO_VALUE || !kept[p->product]) return CORNU_OK;
    results[p->lowered->output_count++] = 0;
    return add_operand(p->lowered, p->product);
}

/* `inputs`: the operands before this one are read. */
static cornu_status create(
    program *p, const cornu_kernel_desc *product, cornu_dtype compute, const cornu_shape *shape,
    size_t inputs, const uint16_t *results
) {
    cornu_operand operands[LARGEST_OPERANDS];
    size_t count = p->lowered->operand_count;
    if (count > LARGEST_OPERANDS) CORNU_FAIL(CORNU_ESTATE, "a fused kernel of %zu operands", count);
    for (size_t i = 0; i < p->first; i++) operands[i] = product->operands[i];
    for (size_t i = p->first; i < count; i++) {
        const cornu_value *value = &p->graph->values[p->lowered->operands[i]];
        operands[i] = cornu_operand_broadcast_(value->tensor->dtype, &value->tensor->shape, shape);
        if (i < inputs && is_uniform(value))
            memset(operands[i].strides, 0, sizeof operands[i].strides);
    }
    if (!product) cornu_operands_merge_axes_(operands, (int)count);
    cornu_kernel_desc desc = {
        .kind = product ? CORNU_KERNEL_MATMUL : CORNU_KERNEL_ELEMENTWISE,
        .operand_count = (int)count,
        .operands = operands,
        .program = p->code,
        .program_length = p->length,
        .output_count = (int)p->lowered->output_count,
        .results = results,
        .compute = compute,
    };
    return cornu_kernel_get_(cornu_backend_current_(), &desc, &p->lowered->kernel);
}

static cornu_status add_node(program *p, const cornu_graph_node *node, cornu_dtype *compute) {
    cornu_description description;
    CORNU_TRY(cornu_graph_describe_(p->graph, node, &description));
    *compute = description.request.desc.compute;
    cornu_status status =
        p->length + description.request.desc.program_length > LARGEST_PROGRAM
            ? cornu_error_set(CORNU_ESTATE, __FILE__, __LINE__, "a fused program is too long")
            : add_instructions(p, node, &description.request.desc);
    cornu_description_free_(&description);
    return status;
}

/* `product`: the description of the unit's product, or NULL. */
static cornu_status lower_program(
    const cornu_graph *graph, const cornu_unit *unit, const cornu_kernel_desc *product,
    const bool *kept, cornu_lowered *lowered
) {
    program p = {.graph = graph, .lowered = lowered, .product = NO_VALUE};
    uint16_t results[LARGEST_PROGRAM];
    cornu_dtype compute = CORNU_FLOAT32;
    const cornu_shape *shape = &graph->values[graph->nodes[unit->nodes[0]].out].tensor->shape;
    if (product) {
        const cornu_graph_node *node = &graph->nodes[unit->product];
        p.product = node->out;
        p.first = node->input_count;
        for (size_t k = 0; k < node->input_count; k++)
            CORNU_TRY(add_operand(lowered, node->inputs[k]));
    }
    for (size_t i = 0; i < unit->node_count; i++) {
        if (product && unit->nodes[i] == unit->product) continue;
        CORNU_TRY(add_node(&p, &graph->nodes[unit->nodes[i]], &compute));
    }
    size_t inputs = lowered->operand_count;
    size_t registers = inputs - p.first + (product ? 1 : 0);
    place_registers(&p, registers);
    CORNU_TRY(add_outputs(&p, kept, registers, results));
    return create(&p, product, compute, shape, inputs, results);
}

static cornu_status lower_group(
    const cornu_graph *graph, const cornu_unit *unit, const bool *kept, cornu_lowered *lowered
) {
    cornu_description description;
    if (!unit->has_product) return lower_program(graph, unit, NULL, kept, lowered);
    CORNU_TRY(cornu_graph_describe_(graph, &graph->nodes[unit->product], &description));
    cornu_status status = lower_program(graph, unit, &description.request.desc, kept, lowered);
    cornu_description_free_(&description);
    return status;
}

/* Whether anybody wants what the elementwise nodes behind a product make. */
static bool wants_program(const cornu_graph *graph, const cornu_unit *unit, const bool *kept) {
    for (size_t i = 0; i < unit->node_count; i++) {
        if (unit->nodes[i] != unit->product && kept[graph->nodes[unit->nodes[i]].out]) return true;
    }
    return false;
}

cornu_status cornu_unit_lower_(
    const cornu_graph *graph, const cornu_unit *unit, const bool *kept, cornu_lowered *lowered
) {
    lowered->operand_count = 0;
    lowered->output_count = 0;
    const cornu_graph_node *first = &graph->nodes[unit->nodes[0]];
    bool elementwise = first->op->flags & (CORNU_OP_ELEMENTWISE | CORNU_OP_FUSIBLE);
    if (unit->has_product && !wants_program(graph, unit, kept)) {
        lowered->output_count = 1;
        return lower_node(graph, &graph->nodes[unit->product], lowered);
    }
    if (unit->has_product || (elementwise && first->input_count > 0))
        return lower_group(graph, unit, kept, lowered);
    lowered->output_count = 1;
    return lower_node(graph, first, lowered);
}
