/* Compiled steps: a step is traced once for every signature - what it does, and the types and shapes of the batch - and replayed
 * from then on. https://keras.io/api/models/model_training_apis/ (run_eagerly) */
#include "base/log.h"
#include "base/memory.h"
#include "graph/plan.h"
#include "nn/layer.h"
#include "train/training.h"
#include <cornu/threads.h>

enum {
    MOST_TENSORS = 16, /* of a batch: more of them are stepped through eagerly */
    MOST_PLANS = 8     /* kept per model; the one that was not used for longest makes room */
};

/* What a plan was traced for. */
typedef struct signature {
    cornu_step_kind kind;
    unsigned phase; /* of the optimizer */
    int threads;
    uint64_t generation; /* of layers: weights or trainable marks changed since */
    size_t input_count, count;
    bool weighted;
    cornu_spec specs[MOST_TENSORS]; /* inputs, targets, sample weight */
} signature;

typedef struct entry {
    signature signature;
    cornu_plan *plan;
    cornu_plan_state *state;
    uint64_t used; /* when it ran last */
} entry;

struct cornu_compiled_steps {
    entry entries[MOST_PLANS];
    size_t count;
    uint64_t clock;
};

static void entry_free(entry *e) {
    cornu_plan_state_free_(e->state);
    cornu_plan_free_(e->plan);
    *e = (entry){0};
}

void cornu_compiled_steps_free_(struct cornu_compiled_steps *steps) {
    if (!steps) return;
    for (size_t i = 0; i < steps->count; i++) entry_free(&steps->entries[i]);
    cornu_free_(steps);
}

/* ---- signatures ---- */

static size_t list_tensors(const cornu_batch *batch, cornu_step_kind kind, cornu_tensor **tensors) {
    size_t count = 0;
    for (size_t i = 0; i < batch->input_count; i++) tensors[count++] = batch->inputs[i];
    if (kind == CORNU_STEP_PREDICT) return count;
    for (size_t i = 0; i < batch->target_count; i++) tensors[count++] = batch->targets[i];
    if (batch->sample_weight) tensors[count++] = batch->sample_weight;
    return count;
}

static signature signature_of(
    const cornu_model *model, const cornu_batch *batch, cornu_step_kind kind,
    cornu_tensor *const *tensors, size_t count
) {
    signature s = {
        .kind = kind, .threads = cornu_num_threads(), .generation = cornu_layer_generation_()};
    s.input_count = batch->input_count;
    s.weighted = kind != CORNU_STEP_PREDICT && batch->sample_weight;
    s.count = count;
    if (kind == CORNU_STEP_TRAIN && model->training->optimizer)
        s.phase = cornu_optimizer_look_(model->training->optimizer);
    for (size_t i = 0; i < count; i++)
        s.specs[i] = (cornu_spec){tensors[i]->dtype, tensors[i]->shape};
    return s;
}

static bool same(const signature *a, const signature *b) {
    if (a->kind != b->kind || a->phase != b->phase || a->threads != b->threads ||
        a->generation != b->generation || a->input_count != b->input_count ||
        a->count != b->count || a->weighted != b->weighted) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->specs[i].dtype != b->specs[i].dtype ||
            !cornu_shape_equal(&a->specs[i].shape, &b->specs[i].shape))
            return false;
    }
    return true;
}

/* ---- making a plan ---- */

/* The step on stand-ins for the batch's tensors. */
static cornu_status trace_step(cornu_model *model, const cornu_batch *batch, cornu_step_kind kind) {
    cornu_tensor *tensors[MOST_TENSORS], *stand_ins[MOST_TENSORS];
    size_t count = list_tensors(batch, kind, tensors);
    for (size_t i = 0; i < count; i++) {
        stand_ins[i] = cornu_trace_input_(tensors[i]->dtype, tensors[i]->shape);
        if (!stand_ins[i]) return cornu_error_status();
    }
    cornu_batch traced = *batch;
    traced.inputs = stand_ins;
    traced.targets = stand_ins + batch->input_count;
    if (kind == CORNU_STEP_PREDICT) traced.target_count = 0;
    traced.sample_weight =
        kind != CORNU_STEP_PREDICT && batch->sample_weight ? stand_ins[count - 1] : NULL;
    cornu_tensor *few[MOST_TENSORS], **outputs = few;
    if (kind == CORNU_STEP_TRAIN) return cornu_step_train_eagerly_(model, &traced);
    if (kind == CORNU_STEP_TEST) return cornu_step_test_eagerly_(model, &traced);
    size_t output_count = cornu_model_output_count(model);
    if (output_count > MOST_TENSORS &&
        !(outputs = cornu_alloc_array_(output_count, sizeof *outputs)))
        return CORNU_ENOMEM;
    cornu_status status = cornu_step_predict_eagerly_(model, &traced, outputs);
    output_count = cornu_model_output_count(model); /* known for sure once it ran */
    for (size_t i = 0; i < output_count && status == CORNU_OK; i++)
        status = cornu_trace_output_(outputs[i]);
    if (outputs != few) cornu_free_(outputs);
    return status;
}

static void log_plan(const cornu_graph *graph, const cornu_plan *plan) {
    cornu_text text = {0};
    if (cornu_log_on_(CORNU_LOG_GRAPH)) cornu_graph_dump_(graph, &text);
    if (cornu_log_on_(CORNU_LOG_PLAN)) cornu_plan_dump_(plan, &text);
    if (text.length)
        cornu_log_(
            cornu_log_on_(CORNU_LOG_GRAPH) ? CORNU_LOG_GRAPH : CORNU_LOG_PLAN, "step\n%s", text.data
        );
    cornu_text_free_(&text);
}

static cornu_status make(
    cornu_model *model, const cornu_batch *batch, cornu_step_kind kind, entry *e
) {
    cornu_graph *graph;
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_TRY(cornu_trace_begin_(&graph));
    CORNU_SCOPE { status = trace_step(model, batch, kind); }
    if (status != CORNU_OK) {
        cornu_trace_cancel_();
        return status;
    }
    CORNU_TRY(cornu_trace_end_());
    status = cornu_graph_optimize_(graph);
    if (status == CORNU_OK) status = cornu_plan_create_(graph, &e->plan);
    if (status == CORNU_OK) log_plan(graph, e->plan);
    cornu_graph_free_(graph);
    if (status == CORNU_OK) status = cornu_plan_state_create_(e->plan, &e->state);
    if (status != CORNU_OK) entry_free(e);
    return status;
}

static entry *least_used(struct cornu_compiled_steps *steps) {
    entry *oldest = &steps->entries[0];
    if (steps->count < MOST_PLANS) return &steps->entries[steps->count++];
    for (size_t i = 1; i < steps->count; i++) {
        if (steps->entries[i].used < oldest->used) oldest = &steps->entries[i];
    }
    entry_free(oldest);
    return oldest;
}

static cornu_status find(
    cornu_model *model, const cornu_batch *batch, const signature *wanted, entry **found
) {
    struct cornu_training *training = model->training;
    if (!training->compiled && !(training->compiled = cornu_alloc_(sizeof *training->compiled)))
        return CORNU_ENOMEM;
    struct cornu_compiled_steps *steps = training->compiled;
    for (size_t i = 0; i < steps->count; i++) {
        if (steps->entries[i].plan && same(&steps->entries[i].signature, wanted))
            return *found = &steps->entries[i], CORNU_OK;
    }
    entry *e = least_used(steps);
    CORNU_TRY(make(model, batch, wanted->kind, e));
    e->signature = *wanted;
    e->signature.generation = cornu_layer_generation_(); /* layers may have been built on the way */
    *found = e;
    return CORNU_OK;
}

/* ---- running ---- */

bool cornu_step_is_compiled_(const cornu_model *model, const cornu_batch *batch) {
    return model->training && !model->training->run_eagerly && !cornu_trace_current_() &&
           batch->input_count + batch->target_count + 1 <= MOST_TENSORS;
}

cornu_status cornu_step_compiled_(
    cornu_model *model, const cornu_batch *batch, cornu_step_kind kind, cornu_tensor **outputs
) {
    cornu_tensor *tensors[MOST_TENSORS];
    size_t count = list_tensors(batch, kind, tensors);
    signature wanted = signature_of(model, batch, kind, tensors, count);
    entry *e;
    CORNU_TRY(find(model, batch, &wanted, &e));
    e->used = ++model->training->compiled->clock;
    CORNU_TRY(cornu_plan_run_(e->state, tensors));
    for (size_t i = 0; outputs && i < e->plan->output_count; i++) {
        outputs[i] = cornu_scope_add_(cornu_plan_output_(e->state, i));
        if (!outputs[i]) return cornu_error_status();
    }
    return CORNU_OK;
}
