/* What a convolution takes over from its only reader, which then is the convolution:
 *
 *     normalize by statistics that last    the kernel is scaled once, and an offset remains
 *     addition of one number per channel   the offset
 *     addition of a tensor of its shape    the summand, with which a residual block ends
 *     relu, and a minimum after it         relu, and its limit
 *
 * in this order. Inference in this way: Jacob et al. (2018), section 3.2. */
#include "ops/conv.h"

#include "base/memory.h"
#include "graph/graph.h"

#include <string.h>

CORNU_OP_DECLARE(add);
CORNU_OP_DECLARE(subtract);
CORNU_OP_DECLARE(multiply);
CORNU_OP_DECLARE(normalize);

typedef struct pair {
    cornu_graph *graph;
    size_t conv, reader;
} pair;

static cornu_graph_node *conv_of(const pair *p) { return &p->graph->nodes[p->conv]; }
static cornu_graph_node *reader_of(const pair *p) { return &p->graph->nodes[p->reader]; }
static const cornu_tensor *tensor_of(const pair *p, uint32_t value) {
    return p->graph->values[value].tensor;
}

/* The reader becomes the convolution, with `extra` as one more input unless it is NULL. */
static cornu_status take_over(const pair *p, const uint32_t *extra, int code) {
    cornu_graph_node *conv = conv_of(p), *reader = reader_of(p);
    size_t count = conv->input_count + (extra != NULL);
    uint32_t *inputs = cornu_alloc_array_(count, sizeof *inputs);
    if (!inputs) return CORNU_ENOMEM;
    memcpy(inputs, conv->inputs, conv->input_count * sizeof *inputs);
    if (extra != NULL) inputs[count - 1] = *extra;
    cornu_free_(reader->inputs);
    reader->inputs = inputs;
    reader->input_count = count;
    reader->attrs = conv->attrs;
    reader->attrs.code |= code;
    reader->op = conv->op;
    reader->origin = conv->origin;
    conv->dead = true;
    return CORNU_OK;
}

/* The value that stands for x of a view x -> value. */
static uint32_t behind_views(const pair *p, uint32_t value) {
    for (;;) {
        const cornu_value *v = &p->graph->values[value];
        if (v->kind != CORNU_VALUE_RESULT) return value;
        const cornu_graph_node *node = &p->graph->nodes[v->node];
        if (!(node->op->flags & CORNU_OP_VIEW)) return value;
        value = node->inputs[0];
    }
}

/* Whether a tensor has one number per channel, along the last axis. */
static bool per_channel(const pair *p, uint32_t value) {
    const cornu_tensor *t = tensor_of(p, value), *y = tensor_of(p, conv_of(p)->out);
    int64_t channels = y->shape.dims[y->shape.rank - 1];
    return t->shape.rank >= 1 && t->shape.rank <= y->shape.rank && t->dtype == y->dtype &&
           t->size == channels && t->shape.dims[t->shape.rank - 1] == channels;
}

static bool same_shape(const pair *p, uint32_t value) {
    const cornu_tensor *t = tensor_of(p, value), *y = tensor_of(p, conv_of(p)->out);
    return t->dtype == y->dtype && cornu_shape_equal(&t->shape, &y->shape);
}

/* The other operand of a reader of two, or the convolution's own value if it reads that twice. */
static uint32_t other_operand(const pair *p) {
    const cornu_graph_node *reader = reader_of(p);
    return reader->inputs[reader->inputs[0] == conv_of(p)->out ? 1 : 0];
}

/* y = (conv(x, w) - mean) factor + offset = conv(x, w factor) + (offset - mean factor) */
static cornu_status absorb_normalize(pair *p) {
    const cornu_graph_node *reader = reader_of(p);
    uint32_t in[4] = {0}, offset;
    size_t count = reader->input_count;
    memcpy(in, reader->inputs, count * sizeof *in);
    uint32_t w = conv_of(p)->inputs[1], scaled;
    for (size_t k = 1; k < count; k++)
        if (!cornu_graph_lasts_(p->graph, in[k])) return CORNU_OK;
    if (in[0] != conv_of(p)->out || !cornu_graph_lasts_(p->graph, w)) return CORNU_OK;
    cornu_graph *graph = p->graph;
    CORNU_TRY(cornu_graph_insert_(
        graph, p->reader++, &cornu_op_class_multiply_, (uint32_t[]){w, in[2]}, 2, &scaled
    ));
    CORNU_TRY(cornu_graph_insert_(
        graph, p->reader++, &cornu_op_class_multiply_, (uint32_t[]){in[1], in[2]}, 2, &offset
    ));
    if (count == 4) {
        CORNU_TRY(cornu_graph_insert_(
            graph, p->reader++, &cornu_op_class_subtract_, (uint32_t[]){in[3], offset}, 2, &offset
        ));
        CORNU_TRY(take_over(p, &offset, CORNU_CONV_OFFSET));
    } else {
        uint32_t twice, none; /* -offset = offset - 2 offset, exactly */
        CORNU_TRY(cornu_graph_insert_(
            graph, p->reader++, &cornu_op_class_add_, (uint32_t[]){offset, offset}, 2, &twice
        ));
        CORNU_TRY(cornu_graph_insert_(
            graph, p->reader++, &cornu_op_class_subtract_, (uint32_t[]){offset, twice}, 2, &none
        ));
        CORNU_TRY(take_over(p, &none, CORNU_CONV_OFFSET));
    }
    reader_of(p)->inputs[1] = scaled;
    return CORNU_OK;
}

static cornu_status absorb_add(const pair *p) {
    int code = conv_of(p)->attrs.code;
    uint32_t other = other_operand(p);
    if (other == conv_of(p)->out || !same_shape(p, reader_of(p)->out)) return CORNU_OK;
    if (code == 0 && per_channel(p, other)) {
        uint32_t plain = behind_views(p, other);
        if (tensor_of(p, plain)->shape.rank != 1) return CORNU_OK;
        return take_over(p, &plain, CORNU_CONV_OFFSET);
    }
    bool open = !(code & (CORNU_CONV_SUMMAND | CORNU_CONV_RELU));
    return open && same_shape(p, other) ? take_over(p, &other, CORNU_CONV_SUMMAND) : CORNU_OK;
}

/* min(relu(y), limit), the limit being a constant above 0 */
static cornu_status absorb_limit(const pair *p) {
    const cornu_value *other = &p->graph->values[other_operand(p)];
    const cornu_attrs *attrs = &conv_of(p)->attrs;
    if (!(attrs->code & CORNU_CONV_RELU) || attrs->value[0] > 0) return CORNU_OK;
    if (other->kind != CORNU_VALUE_CONSTANT || other->tensor->size != 1) return CORNU_OK;
    double limit = cornu_element_get_(other->tensor->dtype, other->tensor->storage->data, 0);
    if (!(limit > 0) || !same_shape(p, reader_of(p)->out)) return CORNU_OK;
    CORNU_TRY(take_over(p, NULL, 0));
    reader_of(p)->attrs.value[0] = limit;
    return CORNU_OK;
}

cornu_status cornu_conv_absorb_(cornu_graph *graph, size_t node, size_t reader) {
    pair p = {graph, node, reader};
    const cornu_op_class *op = reader_of(&p)->op;
    int code = conv_of(&p)->attrs.code;
    if (tensor_of(&p, conv_of(&p)->out)->dtype != CORNU_FLOAT32) return CORNU_OK;
    if (op == &cornu_op_class_normalize_ && code == 0) return absorb_normalize(&p);
    if (!(op->flags & CORNU_OP_ELEMENTWISE)) return CORNU_OK;
    if (op->code == CORNU_EW_ADD) return absorb_add(&p);
    if (op->code == CORNU_EW_RELU && !(code & CORNU_CONV_RELU))
        return take_over(&p, NULL, CORNU_CONV_RELU);
    return op->code == CORNU_EW_MINIMUM ? absorb_limit(&p) : CORNU_OK;
}
