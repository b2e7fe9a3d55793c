/* LSTM and GRU in ONNX: a product for all inputs, and a Scan over time whose body is one step. The
 * operators LSTM and GRU know no masks, have their gates in another order, and give no record. */
#include "export/onnx.h"

#define OP(...) CORNU_ONNX_OP_(onnx, __VA_ARGS__)

/* A body under construction: the builder's graph is put aside for it. */
typedef struct body {
    Onnx__GraphProto outer;
    size_t node_capacity, initializer_capacity, input_capacity, output_capacity;
} body;

static body begin(cornu_onnx *onnx) {
    body outside = {
        onnx->graph, onnx->node_capacity, onnx->initializer_capacity, onnx->input_capacity,
        onnx->output_capacity};
    onnx__graph_proto__init(&onnx->graph);
    onnx->graph.name = outside.outer.name;
    onnx->node_capacity = onnx->initializer_capacity = onnx->input_capacity =
        onnx->output_capacity = 0;
    return outside;
}

/* The body's graph, which lies in the pool; the builder goes on with the outer one. */
static Onnx__GraphProto *end(cornu_onnx *onnx, const body *outside) {
    Onnx__GraphProto *made = cornu_onnx_alloc_(onnx, 1, sizeof *made);
    if (made) *made = onnx->graph;
    onnx->graph = outside->outer;
    onnx->node_capacity = outside->node_capacity;
    onnx->initializer_capacity = outside->initializer_capacity;
    onnx->input_capacity = outside->input_capacity;
    onnx->output_capacity = outside->output_capacity;
    return made;
}

enum { MOST_BLOCKS = 5 };

/* One step: the names that go in, and those that come out. */
typedef struct step {
    const char *x, *mask, *h, *c; /* x: the step's [batch, gates * units], with its bias */
    const char *new_h, *record[MOST_BLOCKS];
    int blocks;
    cornu_dtype dtype;
    int64_t units;
} step;

/* Columns [batch, units] of the gates. */
static const char *gate(cornu_onnx *onnx, const step *s, const char *x, int index) {
    const int64_t from = index * s->units, to = from + s->units, axis = 1;
    return OP(
        "Slice", NULL, x, cornu_onnx_int64s_(onnx, &from, 1), cornu_onnx_int64s_(onnx, &to, 1),
        cornu_onnx_int64s_(onnx, &axis, 1)
    );
}

/* `value` where the step counts, else `instead`, under a name of its own. */
static const char *counted(
    cornu_onnx *onnx, const step *s, const char *value, const char *instead
) {
    return s->mask ? OP("Where", NULL, s->mask, value, instead) : OP("Identity", NULL, value);
}

static void lstm_step(cornu_onnx *onnx, step *s, const char *w) {
    const char *all = OP("Add", NULL, s->x, OP("MatMul", NULL, s->h, w));
    const char *zero = cornu_onnx_number_(onnx, s->dtype, 0), *gates[4];
    for (int i = 0; i < 4; i++)
        gates[i] = OP(i == 2 ? "Tanh" : "Sigmoid", NULL, gate(onnx, s, all, i));
    const char *kept = OP("Mul", NULL, gates[1], s->c);
    const char *cell = OP("Add", NULL, kept, OP("Mul", NULL, gates[0], gates[2]));
    const char *out = OP("Mul", NULL, gates[3], OP("Tanh", NULL, cell));
    s->new_h = counted(onnx, s, out, s->h);
    s->record[0] = counted(onnx, s, cell, s->c);
    for (int i = 0; i < 4; i++) s->record[1 + i] = counted(onnx, s, gates[i], zero);
    s->blocks = 5;
}

static void gru_step(cornu_onnx *onnx, step *s, const char *w, const char *bias) {
    const char *inner = OP("Add", NULL, OP("MatMul", NULL, s->h, w), bias);
    const char *zero = cornu_onnx_number_(onnx, s->dtype, 0), *gates[2];
    for (int i = 0; i < 2; i++)
        gates[i] =
            OP("Sigmoid", NULL, OP("Add", NULL, gate(onnx, s, s->x, i), gate(onnx, s, inner, i)));
    const char *q = gate(onnx, s, inner, 2);
    const char *reset = OP("Mul", NULL, gates[1], q);
    const char *g = OP("Tanh", NULL, OP("Add", NULL, gate(onnx, s, s->x, 2), reset));
    const char *one = cornu_onnx_number_(onnx, s->dtype, 1);
    const char *new_part = OP("Mul", NULL, OP("Sub", NULL, one, gates[0]), g);
    const char *out = OP("Add", NULL, OP("Mul", NULL, gates[0], s->h), new_part);
    s->new_h = counted(onnx, s, out, s->h);
    s->record[0] = counted(onnx, s, gates[0], zero);
    s->record[1] = counted(onnx, s, gates[1], zero);
    s->record[2] = counted(onnx, s, g, zero);
    s->record[3] = counted(onnx, s, q, zero);
    s->blocks = 4;
}

/* Declares what the body takes: the states, then the step of x and of the mask. */
static void declare_inputs(cornu_onnx *onnx, step *s, bool lstm, bool masked) {
    const cornu_shape row = {.rank = 2, .dims = {-1, -1}}, flags = {.rank = 1, .dims = {-1}};
    s->h = cornu_onnx_name_(onnx, "h%u", onnx->serial++);
    cornu_onnx_declare_(onnx, false, s->h, s->dtype, &row);
    if (lstm) {
        s->c = cornu_onnx_name_(onnx, "c_state%u", onnx->serial++);
        cornu_onnx_declare_(onnx, false, s->c, s->dtype, &row);
    }
    s->x = cornu_onnx_name_(onnx, "x%u", onnx->serial++);
    cornu_onnx_declare_(onnx, false, s->x, s->dtype, &row);
    if (!masked) return;
    s->mask = cornu_onnx_name_(onnx, "mask%u", onnx->serial++);
    cornu_onnx_declare_(onnx, false, s->mask, CORNU_BOOL, &flags);
}

/* What it gives: the states, then h and the record of the step. */
static void declare_outputs(cornu_onnx *onnx, const step *s, bool lstm) {
    const cornu_shape row = {.rank = 2, .dims = {-1, -1}};
    cornu_onnx_declare_(onnx, true, OP("Identity", NULL, s->new_h), s->dtype, &row);
    if (lstm) cornu_onnx_declare_(onnx, true, OP("Identity", NULL, s->record[0]), s->dtype, &row);
    cornu_onnx_declare_(onnx, true, s->new_h, s->dtype, &row);
    const char *record = cornu_onnx_add_(onnx, "Concat", NULL, s->record, (size_t)s->blocks);
    cornu_onnx_int_(onnx, "axis", 1);
    cornu_onnx_declare_(onnx, true, record, s->dtype, &row);
}

static Onnx__GraphProto *make_body(
    cornu_onnx *onnx, const cornu_onnx_op *op, bool lstm, bool masked, const char *bias
) {
    body outside = begin(onnx);
    step s = {.dtype = op->in[0]->dtype, .units = op->in[2]->shape.dims[0]};
    declare_inputs(onnx, &s, lstm, masked);
    if (masked) {
        const int64_t axis = 1;
        s.mask = OP("Unsqueeze", NULL, s.mask, cornu_onnx_int64s_(onnx, &axis, 1));
    }
    if (lstm) lstm_step(onnx, &s, op->inputs[2]);
    else gru_step(onnx, &s, op->inputs[2], bias);
    declare_outputs(onnx, &s, lstm);
    return end(onnx, &outside);
}

/* Row `index` of GRU's bias, [1, 3 * units]. */
static const char *bias_row(cornu_onnx *onnx, const cornu_onnx_op *op, int64_t index) {
    return OP("Gather", NULL, op->inputs[3], cornu_onnx_int64s_(onnx, &index, 1));
}

static void scan(cornu_onnx *onnx, const cornu_onnx_op *op, bool lstm) {
    int states = lstm ? 2 : 1;
    bool masked = op->node->input_count == 5 + (size_t)states;
    const char *of_x = lstm ? op->inputs[3] : bias_row(onnx, op, 0);
    const char *of_h = lstm ? NULL : bias_row(onnx, op, 1);
    const char *x = OP("Add", NULL, OP("MatMul", NULL, op->inputs[0], op->inputs[1]), of_x);
    Onnx__GraphProto *step_graph = make_body(onnx, op, lstm, masked, of_h);
    const char *inputs[4], *made[2];
    size_t count = 0;
    for (int i = 0; i < states; i++) inputs[count++] = op->inputs[4 + i];
    inputs[count++] = x;
    if (masked) inputs[count++] = op->inputs[4 + states];
    cornu_onnx_add_(onnx, "Scan", NULL, inputs, count);
    for (int i = 1; i < states; i++) (void)cornu_onnx_output_(onnx);
    for (int i = 0; i < 2; i++) made[i] = cornu_onnx_output_(onnx);
    const int64_t time[] = {1, 1}, places[] = {1, 0};
    const int64_t turned = op->attrs->reverse ? 1 : 0, turns[] = {turned, turned};
    cornu_onnx_subgraph_(onnx, "body", step_graph);
    cornu_onnx_int_(onnx, "num_scan_inputs", masked ? 2 : 1);
    cornu_onnx_ints_(onnx, "scan_input_axes", time, masked ? 2 : 1);
    cornu_onnx_ints_(onnx, "scan_input_directions", turns, masked ? 2 : 1);
    cornu_onnx_ints_(onnx, "scan_output_axes", places, 2);
    cornu_onnx_ints_(onnx, "scan_output_directions", turns, 2);
    const int64_t flat = -1; /* h, [batch, time, units], and the record, [time, batch, ...] */
    for (int i = 0; i < 2; i++)
        made[i] = OP("Reshape", NULL, made[i], cornu_onnx_int64s_(onnx, &flat, 1));
    cornu_onnx_add_(onnx, "Concat", op->output, made, 2);
    cornu_onnx_int_(onnx, "axis", 0);
}

void cornu_onnx_lstm_(cornu_onnx *onnx, const cornu_onnx_op *op) { scan(onnx, op, true); }
void cornu_onnx_gru_(cornu_onnx *onnx, const cornu_onnx_op *op) { scan(onnx, op, false); }
