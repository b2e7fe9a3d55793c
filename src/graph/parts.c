/* Splitting a prediction by samples: where no op couples the samples of a batch, a few of them go
 * through the whole graph before the next ones, so that what one op makes is still in the cache
 * when the next one reads it; several threads then take samples of their own, and never wait for
 * one another within a layer. */
#include "base/memory.h"
#include "graph/graph.h"
#include <cornu/threads.h>

enum {
    PART_BYTES = 8 << 20,   /* of the largest op of a part: what the last-level cache keeps */
    WORTH_IT = 1 << 22,     /* bytes of a batch's largest op */
    WORTH_A_TEAM = 1 << 20, /* multiplications of a batch */
    BUSY = 64,              /* multiplications per number moved, above which memory matters less */
    SAMPLES_OF_BUSY = 4,    /* that a part has in any case then: kernels are read less often */
    NEAR_WEIGHTS = 1 << 17, /* numbers that each thread keeps in a cache of its own */
    REUSE = 8,              /* multiplications for each number of more weights than that */
};

typedef struct splitter {
    cornu_graph *graph;
    int64_t batch;
    bool *by_sample; /* [values]: axis 0 is that of the samples; others depend on no input */
    double moved, multiplications; /* of a sample: numbers, products */
    double weights;                /* numbers of kernels and matrices */
    int64_t largest;               /* bytes that one op moves for a sample */
} splitter;

static const cornu_shape *shape_of(const splitter *s, uint32_t value) {
    return &s->graph->values[value].tensor->shape;
}

static bool has_samples(const splitter *s, uint32_t value) {
    const cornu_shape *shape = shape_of(s, value);
    return shape->rank > 0 && shape->dims[0] == s->batch;
}

/* ---- which ops keep samples apart ---- */

static bool elementwise_keeps(const splitter *s, const cornu_graph_node *node) {
    int rank = shape_of(s, node->out)->rank;
    for (size_t k = 0; k < node->input_count; k++) {
        const cornu_shape *in = shape_of(s, node->inputs[k]);
        bool same = in->rank == rank;
        if (s->by_sample[node->inputs[k]] ? !same : same && in->dims[0] != 1) return false;
    }
    return true;
}

static bool reduction_keeps(const cornu_graph_node *node) {
    for (int i = 0; i < node->attrs.axes.count; i++)
        if (node->attrs.axes.axis[i] == 0) return false;
    return node->attrs.axes.count > 0;
}

static bool product_keeps(const splitter *s, const cornu_graph_node *node) {
    return shape_of(s, node->inputs[0])->rank >= 2 && !node->attrs.transpose_a &&
           shape_of(s, node->inputs[1])->rank == 2;
}

/* Row i of the result is made of row i of input 0, of the same row of inputs like the result, and
 * of what depends on no sample. */
static bool rows_keep(const splitter *s, const cornu_graph_node *node) {
    const cornu_shape *out = shape_of(s, node->out);
    for (size_t k = 2; k < node->input_count; k++)
        if (s->by_sample[node->inputs[k]] && !cornu_shape_equal(shape_of(s, node->inputs[k]), out))
            return false;
    return out->rank >= 2;
}

static bool keeps_apart(const splitter *s, const cornu_graph_node *node) {
    unsigned flags = node->op->flags;
    if (!has_samples(s, node->out)) return false;
    if (flags & CORNU_OP_ELEMENTWISE) return elementwise_keeps(s, node);
    if (!s->by_sample[node->inputs[0]]) return false;
    if (flags & CORNU_OP_VIEW) return true;
    if (flags & CORNU_OP_REDUCTION) return reduction_keeps(node);
    if (node->input_count > 1 && s->by_sample[node->inputs[1]]) return false;
    if (flags & CORNU_OP_PRODUCT) return product_keeps(s, node);
    return (flags & CORNU_OP_BY_ROW) && rows_keep(s, node);
}

/* ---- what an op costs ---- */

static void count_costs(splitter *s, const cornu_graph_node *node) {
    double out = (double)s->graph->values[node->out].tensor->size / (double)s->batch, moved = out;
    if (node->op->flags & CORNU_OP_VIEW) return;
    for (size_t k = 0; k < node->input_count; k++)
        if (s->by_sample[node->inputs[k]])
            moved += (double)s->graph->values[node->inputs[k]].tensor->size / (double)s->batch;
    s->moved += moved;
    int64_t bytes = (int64_t)moved * (int64_t)sizeof(float);
    if (bytes > s->largest) s->largest = bytes;
    /* a kernel or a matrix: each of its numbers meets each place of the result, column by column */
    if (node->input_count < 2 || (node->op->flags & CORNU_OP_ELEMENTWISE)) return;
    const cornu_tensor *w = s->graph->values[node->inputs[1]].tensor;
    if (w->shape.rank < 2) return;
    s->multiplications += out * (double)w->size / (double)w->shape.dims[w->shape.rank - 1];
    if (!s->by_sample[node->inputs[1]]) s->weights += (double)w->size;
}

/* False: something couples samples, or there is none. */
static bool look(splitter *s) {
    cornu_graph *graph = s->graph;
    if (graph->input_count == 0 || graph->assignment_count > 0) return false;
    for (size_t i = 0; i < graph->input_count; i++) {
        if (!has_samples(s, graph->inputs[i])) return false;
        s->by_sample[graph->inputs[i]] = true;
    }
    for (size_t i = 0; i < graph->node_count; i++) {
        const cornu_graph_node *node = &graph->nodes[i];
        bool depends = false;
        if (node->dead) continue;
        if (node->op->flags & CORNU_OP_RANDOM) return false;
        for (size_t k = 0; k < node->input_count; k++)
            depends = depends || s->by_sample[node->inputs[k]];
        if (!depends) continue;
        if (!keeps_apart(s, node)) return false;
        s->by_sample[node->out] = true;
        count_costs(s, node);
    }
    for (size_t i = 0; i < graph->output_count; i++)
        if (!s->by_sample[graph->outputs[i]]) return false;
    return graph->output_count > 0;
}

/* ---- splitting ---- */

/* The largest divisor of the batch that is at most `most`. */
static int64_t divisor(int64_t batch, int64_t most) {
    for (int64_t part = most < batch ? most : batch; part > 1; part--)
        if (batch % part == 0) return part;
    return 1;
}

/* Whether threads gain by taking samples of their own. Each then reads all weights, from a cache
 * that they share if they are many: they must find something to do with them. */
static bool is_worth_a_team(const splitter *s, int64_t part) {
    return s->multiplications * (double)s->batch >= WORTH_A_TEAM &&
           (s->weights <= NEAR_WEIGHTS || s->multiplications * (double)part >= REUSE * s->weights);
}

static int64_t part_of(const splitter *s) {
    int64_t part = s->batch, threads = cornu_num_threads();
    if (s->largest * s->batch >= WORTH_IT) {
        part = PART_BYTES / s->largest;
        if (s->multiplications > BUSY * s->moved && part < SAMPLES_OF_BUSY) part = SAMPLES_OF_BUSY;
    }
    if (threads > 1 && s->batch >= threads && part > s->batch / threads &&
        is_worth_a_team(s, s->batch / threads))
        part = s->batch / threads;
    if (part >= s->batch) return s->batch;
    if (part < 1) part = 1;
    /* much smaller parts than are wanted, since the batch has no better divisor, do not pay */
    int64_t found = divisor(s->batch, part);
    return 2 * found >= part ? found : s->batch;
}

static cornu_status cut(splitter *s, int64_t part) {
    for (size_t i = 0; i < s->graph->value_count; i++) {
        cornu_value *value = &s->graph->values[i];
        if (!s->by_sample[i]) continue;
        cornu_shape shape = value->tensor->shape;
        shape.dims[0] = part;
        cornu_tensor *fewer = cornu_tensor_abstract_(value->tensor->dtype, shape);
        if (!fewer) return CORNU_ENOMEM;
        cornu_tensor_free(value->tensor);
        value->tensor = fewer;
        if (value->kind != CORNU_VALUE_RESULT) continue;
        cornu_graph_node *node = &s->graph->nodes[value->node];
        cornu_shape *wanted = &node->attrs.shape; /* of a reshape */
        if ((node->op->flags & CORNU_OP_VIEW) && wanted->rank > 0) wanted->dims[0] = part;
    }
    s->graph->rounds = s->batch / part;
    return CORNU_OK;
}

cornu_status cornu_graph_split_(cornu_graph *graph, int64_t wanted) {
    if (graph->input_count == 0 || cornu_exact()) return CORNU_OK;
    const cornu_shape *first = &graph->values[graph->inputs[0]].tensor->shape;
    splitter s = {.graph = graph, .batch = first->rank > 0 ? first->dims[0] : 0};
    if (s.batch < 2) return CORNU_OK;
    s.by_sample = cornu_alloc_array_(graph->value_count, sizeof *s.by_sample);
    if (!s.by_sample) return CORNU_ENOMEM;
    cornu_status status = CORNU_OK;
    int64_t part = !look(&s) ? s.batch : wanted > 0 ? divisor(s.batch, wanted) : part_of(&s);
    if (part < s.batch) status = cut(&s, part);
    cornu_free_(s.by_sample);
    return status;
}
