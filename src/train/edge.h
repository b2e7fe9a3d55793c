/* The edge of a compiled step: layers that work on the host (lookups, splitting of texts, hashing)
 * at the inputs of a model. They cannot be part of a plan, so they run before it, and what they
 * give enters the plan beside the tensors of the batch.
 *
 * Which calls these are is found by the first trace: a layer of the host that is called on an
 * input, or on what another such layer gave, is run there and then and noted. From then on the
 * noted calls run before the plan is chosen, since the sizes that they give choose it. */
#ifndef CORNU_TRAIN_EDGE_H
#define CORNU_TRAIN_EDGE_H

#include "train/plan_table.h"

/* One call: its inputs are the batch's, and behind them what the calls before it gave. */
typedef struct cornu_edge_call {
    cornu_layer *layer; /* borrowed: the generation says when it may be gone */
    size_t inputs[CORNU_MOST_TENSORS];
    int ranks[CORNU_MOST_TENSORS]; /* strings may lose or get a last axis of size 1 on the way */
    size_t input_count;
} cornu_edge_call;

/* The calls of one kind of step; zero-initialise it. */
typedef struct cornu_edge {
    uint64_t generation; /* of layers, that the rest holds for; 0: none */
    bool needed;         /* the model has layers of the host */
    cornu_edge_call calls[CORNU_MOST_TENSORS];
    size_t call_count;
} cornu_edge;

/* A batch on its way through the edge. */
typedef struct cornu_edge_batch {
    cornu_edge *edge;
    cornu_batch batch; /* with the inputs as the model wants them */
    cornu_tensor *inputs[CORNU_MOST_TENSORS];
    cornu_tensor *values[CORNU_MOST_TENSORS]; /* what the calls gave; retained */
    size_t value_count;
    /* while a step is traced: what stands for the inputs and the values in it */
    cornu_tensor *stand_ins[CORNU_MOST_TENSORS], *traced[CORNU_MOST_TENSORS];
    cornu_edge_call calls[CORNU_MOST_TENSORS]; /* as this trace has them */
    size_t traced_count;
} cornu_edge_batch;

/* Whether the model's steps have such an edge, looked up once for a generation of layers. */
cornu_status cornu_edge_needed_(cornu_edge *edge, cornu_model *model, bool *needed);
/* Prepares the batch, which may make tensors that belong to the scope, and runs the calls that are
 * known. `leave` it also after a failure. */
cornu_status cornu_edge_enter_(
    cornu_edge *edge, const cornu_model *model, const cornu_batch *batch, cornu_edge_batch *entered
);
void cornu_edge_leave_(cornu_edge_batch *entered);
/* A step on the batch is about to be traced, with these stand-ins for its inputs, and was. */
void cornu_edge_trace_begin_(cornu_edge_batch *entered, cornu_tensor *const *stand_ins);
void cornu_edge_trace_end_(cornu_edge_batch *entered, bool complete);

#endif
