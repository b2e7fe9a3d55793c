/* Layers of the host in front of a compiled step: see edge.h. */
#include "train/edge.h"

#include "base/memory.h"
#include "graph/graph.h"
#include "model/graph.h"
#include <string.h>

static cornu_status look(cornu_layer *layer, void *user) {
    if (layer->cls->host_output) *(bool *)user = true;
    return CORNU_OK;
}

cornu_status cornu_edge_needed_(cornu_edge *edge, cornu_model *model, bool *needed) {
    uint64_t generation = cornu_layer_generation_() + 1; /* never 0 */
    if (edge->generation != generation) {
        edge->needed = false;
        edge->call_count = 0;
        CORNU_TRY(cornu_layer_walk_(&model->base, look, &edge->needed));
        edge->generation = generation;
    }
    *needed = edge->needed;
    return CORNU_OK;
}

/* Strings that have a last axis of size 1 more or less than the call saw. */
static cornu_tensor *with_rank(cornu_tensor *tensor, int rank) {
    cornu_shape shape = tensor->shape;
    if (tensor->dtype != CORNU_STRING || shape.rank == rank) return tensor;
    if (shape.rank > rank) shape.rank = rank;
    else shape.dims[shape.rank++] = 1;
    return cornu_scope_add_(cornu_strings_view_(tensor, shape));
}

static cornu_tensor *operand(const cornu_edge_batch *entered, size_t index) {
    size_t inputs = entered->batch.input_count;
    return index < inputs ? entered->inputs[index] : entered->values[index - inputs];
}

/* The value of a call, from values, into its place. */
static cornu_status run(cornu_edge_batch *entered, const cornu_edge_call *call, size_t at) {
    cornu_tensor *value, *inputs[CORNU_MOST_TENSORS];
    for (size_t i = 0; i < call->input_count; i++) {
        inputs[i] = with_rank(operand(entered, call->inputs[i]), call->ranks[i]);
        if (!inputs[i]) return cornu_error_status();
    }
    const cornu_tensor_list list = {inputs, call->input_count};
    CORNU_TRY(cornu_layer_call_many(call->layer, list, NULL, &value));
    if (at < entered->value_count) cornu_tensor_free(entered->values[at]);
    else entered->value_count++;
    entered->values[at] = cornu_tensor_retain(value);
    return CORNU_OK;
}

void cornu_edge_leave_(cornu_edge_batch *entered) {
    for (size_t i = 0; i < entered->value_count; i++) cornu_tensor_free(entered->values[i]);
    entered->value_count = 0;
}

cornu_status cornu_edge_enter_(
    cornu_edge *edge, const cornu_model *model, const cornu_batch *batch, cornu_edge_batch *entered
) {
    entered->edge = edge;
    entered->batch = *batch;
    entered->batch.inputs = entered->inputs;
    entered->value_count = entered->traced_count = 0;
    if (batch->input_count > 0)
        memcpy(entered->inputs, batch->inputs, batch->input_count * sizeof *entered->inputs);
    /* so that the layers see the batch's own tensors and not what ops of the step make of them */
    if (model->input_shapes && model->input_count == batch->input_count)
        CORNU_TRY(
            cornu_model_prepare_inputs_(model, entered->inputs, batch->input_count, entered->inputs)
        );
    for (size_t i = 0; i < edge->call_count; i++) CORNU_TRY(run(entered, &edge->calls[i], i));
    return CORNU_OK;
}

/* ---- tracing ---- */

/* Which operand a tensor of the trace stands for. */
static bool find(const cornu_edge_batch *entered, const cornu_tensor *tensor, size_t *index) {
    size_t inputs = entered->batch.input_count;
    for (size_t i = 0; i < inputs + entered->traced_count; i++) {
        const cornu_tensor *of = i < inputs ? entered->stand_ins[i] : entered->traced[i - inputs];
        if (of->id == tensor->id) return *index = i, true;
    }
    return false;
}

static cornu_status describe(
    const cornu_edge_batch *entered, cornu_layer *layer, cornu_tensor *const *inputs, size_t count,
    cornu_edge_call *call
) {
    *call = (cornu_edge_call){.layer = layer, .input_count = count};
    if (count > CORNU_MOST_TENSORS ||
        entered->batch.input_count + entered->batch.target_count + entered->traced_count + 2 >
            CORNU_MOST_TENSORS)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "too many lookups for a compiled step; compile with "
                                "run_eagerly"
        );
    for (size_t i = 0; i < count; i++) {
        call->ranks[i] = inputs[i]->shape.rank;
        if (!find(entered, inputs[i], &call->inputs[i]))
            CORNU_FAIL(
                CORNU_EUNSUPPORTED,
                "works on values: at the inputs of a model it runs before the compiled step, but "
                "here its input is computed by the step; compile with run_eagerly"
            );
    }
    return CORNU_OK;
}

/* The value that was computed before the trace began if it is of the same call; otherwise it is
 * computed now, outside of the trace. */
static cornu_status value_of(cornu_edge_batch *entered, const cornu_edge_call *call) {
    size_t at = entered->traced_count;
    const cornu_edge_call *known = &entered->edge->calls[at];
    bool same = at < entered->value_count && known->layer == call->layer &&
                known->input_count == call->input_count &&
                memcmp(known->inputs, call->inputs, sizeof call->inputs) == 0 &&
                memcmp(known->ranks, call->ranks, sizeof call->ranks) == 0;
    if (same) return CORNU_OK;
    cornu_graph *graph = cornu_trace_suspend_();
    cornu_status status = run(entered, call, at);
    cornu_trace_resume_(graph);
    return status;
}

static cornu_status call_on_host(
    void *user, cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    cornu_edge_batch *entered = user;
    size_t at = entered->traced_count;
    cornu_edge_call *call = &entered->calls[at];
    CORNU_TRY(describe(entered, layer, inputs, context->input_count, call));
    CORNU_TRY(value_of(entered, call));
    const cornu_tensor *value = entered->values[at];
    cornu_tensor *stand_in =
        value->dtype == CORNU_STRING
            ? cornu_scope_add_(cornu_tensor_abstract_(value->dtype, value->shape))
            : cornu_trace_input_(value->dtype, value->shape);
    if (!stand_in) return cornu_error_status();
    entered->traced[entered->traced_count++] = outputs[0] = stand_in;
    return CORNU_OK;
}

void cornu_edge_trace_begin_(cornu_edge_batch *entered, cornu_tensor *const *stand_ins) {
    entered->traced_count = 0;
    for (size_t i = 0; i < entered->batch.input_count; i++) entered->stand_ins[i] = stand_ins[i];
    cornu_layer_on_host_(call_on_host, entered);
}

void cornu_edge_trace_end_(cornu_edge_batch *entered, bool complete) {
    cornu_edge *edge = entered->edge;
    cornu_layer_on_host_(NULL, NULL);
    if (!complete) return;
    while (entered->value_count > entered->traced_count)
        cornu_tensor_free(entered->values[--entered->value_count]);
    edge->call_count = entered->traced_count;
    memcpy(edge->calls, entered->calls, sizeof edge->calls);
    /* layers may have been built on the way, which changes nothing here */
    edge->generation = cornu_layer_generation_() + 1;
}
