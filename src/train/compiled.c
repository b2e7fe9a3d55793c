/* Compiled steps: a step is traced once for every signature - what it does, and the types and
 * shapes of the batch - and replayed from then on. https://keras.io/api/models/model_training_apis/
 * (run_eagerly) */
#include "base/log.h"
#include "base/memory.h"
#include "base/thread.h"
#include "nn/layer.h"
#include "train/edge.h"
#include <cornu/threads.h>
#include <stdatomic.h>

/* Plans live as long as the model is compiled as it is. Several threads may predict at once, so
 * their table has a lock; only one thread trains, which takes none. */
struct cornu_compiled_steps {
    cornu_plan_table training; /* train and test */
    cornu_plan_table predicting;
    struct cornu_results *results;            /* NULL: nobody has asked for logs yet */
    cornu_edge edges[CORNU_STEP_PREDICT + 1]; /* one per kind of step */
    cornu_mutex mutex;                        /* of `predicting` and its edge */
};

void cornu_compiled_steps_free_(struct cornu_compiled_steps *steps) {
    if (!steps) return;
    cornu_plan_table_clear_(&steps->training);
    cornu_plan_table_clear_(&steps->predicting);
    cornu_results_free_(steps->results);
    cornu_mutex_free_(&steps->mutex);
    cornu_free_(steps);
}

static cornu_status steps_new(struct cornu_compiled_steps **steps) {
    struct cornu_compiled_steps *made = cornu_alloc_(sizeof *made);
    if (!made) return CORNU_ENOMEM;
    cornu_status status = cornu_mutex_init_(&made->mutex);
    if (status != CORNU_OK) return cornu_free_(made), status;
    *steps = made;
    return CORNU_OK;
}

/* The model's plans; made by the first thread that asks. */
static cornu_status steps_of(cornu_model *model, struct cornu_compiled_steps **steps) {
    *steps = atomic_load_explicit(&model->compiled, memory_order_acquire);
    if (*steps) return CORNU_OK;
    struct cornu_compiled_steps *made, *none = NULL;
    CORNU_TRY(steps_new(&made));
    if (atomic_compare_exchange_strong(&model->compiled, &none, made))
        return *steps = made, CORNU_OK;
    cornu_compiled_steps_free_(made);
    *steps = none; /* another thread was quicker */
    return CORNU_OK;
}

struct cornu_results **cornu_compiled_results_(const cornu_model *model) {
    struct cornu_compiled_steps *steps =
        atomic_load_explicit(&model->compiled, memory_order_acquire);
    bool eagerly = cornu_run_eagerly() || (model->training && model->training->run_eagerly);
    if (eagerly || cornu_trace_current_()) return NULL;
    return steps && steps->training.count > 0 ? &steps->results : NULL;
}

/* ---- signatures ---- */

/* The tensors that enter the plan: strings do not, but what the edge made of them does. `edge` may
 * be NULL. */
static size_t list_tensors(
    const cornu_batch *batch, const cornu_edge_batch *edge, cornu_step_kind kind,
    cornu_tensor **tensors
) {
    size_t count = 0;
    for (size_t i = 0; i < batch->input_count; i++)
        if (batch->inputs[i]->dtype != CORNU_STRING) tensors[count++] = batch->inputs[i];
    if (kind != CORNU_STEP_PREDICT) {
        for (size_t i = 0; i < batch->target_count; i++) tensors[count++] = batch->targets[i];
        if (batch->sample_weight) tensors[count++] = batch->sample_weight;
        for (size_t i = 0; i < batch->sample_weight_count; i++)
            tensors[count++] = batch->sample_weights[i];
    }
    for (size_t i = 0; edge && i < edge->value_count; i++)
        if (edge->values[i]->dtype != CORNU_STRING) tensors[count++] = edge->values[i];
    return count;
}

static cornu_signature signature_of(
    const cornu_model *model, const cornu_batch *batch, cornu_step_kind kind,
    cornu_tensor *const *tensors, size_t count
) {
    cornu_signature s;
    s.kind = kind;
    s.phase = 0;
    s.threads = cornu_num_threads();
    s.exact = cornu_exact();
    s.generation = cornu_layer_generation_();
    s.input_count = batch->input_count;
    s.weight_count = kind == CORNU_STEP_PREDICT ? 0 : batch->sample_weight_count;
    s.weighted = kind != CORNU_STEP_PREDICT && batch->sample_weight;
    s.count = count;
    if (kind == CORNU_STEP_TRAIN && model->training->optimizer)
        s.phase = cornu_optimizer_watch_(model->training->optimizer);
    for (size_t i = 0; i < count; i++)
        s.specs[i] = (cornu_spec){tensors[i]->dtype, tensors[i]->shape};
    return s;
}

/* ---- making a plan ---- */

/* Strings have no place in a graph: what stands for them is no part of the trace. */
static cornu_tensor *stand_in(const cornu_tensor *of) {
    if (of->dtype != CORNU_STRING) return cornu_trace_input_(of->dtype, of->shape);
    return cornu_scope_add_(cornu_tensor_abstract_(of->dtype, of->shape));
}

/* Behind the targets. */
static cornu_status stand_in_for_weights(const cornu_batch *batch, cornu_batch *traced) {
    traced->sample_weights = traced->targets + batch->target_count;
    traced->sample_weight_count = batch->sample_weight_count;
    for (size_t i = 0; i < batch->sample_weight_count; i++) {
        traced->sample_weights[i] = stand_in(batch->sample_weights[i]);
        if (!traced->sample_weights[i]) return cornu_error_status();
    }
    if (!batch->sample_weight) return CORNU_OK;
    traced->sample_weight = stand_in(batch->sample_weight);
    return traced->sample_weight ? CORNU_OK : cornu_error_status();
}

static cornu_status stand_in_for(
    const cornu_batch *batch, cornu_step_kind kind, cornu_tensor **stand_ins, cornu_batch *traced
) {
    *traced = *batch;
    traced->inputs = stand_ins;
    traced->targets = stand_ins + batch->input_count;
    traced->sample_weight = NULL;
    traced->sample_weights = NULL;
    traced->sample_weight_count = 0;
    if (kind == CORNU_STEP_PREDICT) traced->target_count = 0;
    for (size_t i = 0; i < traced->input_count + traced->target_count; i++) {
        stand_ins[i] = stand_in(
            i < batch->input_count ? batch->inputs[i] : batch->targets[i - batch->input_count]
        );
        if (!stand_ins[i]) return cornu_error_status();
    }
    return kind == CORNU_STEP_PREDICT ? CORNU_OK : stand_in_for_weights(batch, traced);
}

static cornu_status run_traced(cornu_model *model, const cornu_batch *batch, cornu_step_kind kind) {
    cornu_tensor *few[CORNU_MOST_TENSORS], **outputs = few;
    if (kind == CORNU_STEP_TRAIN) return cornu_step_train_eagerly_(model, batch);
    if (kind == CORNU_STEP_TEST) return cornu_step_test_eagerly_(model, batch);
    size_t output_count = cornu_model_output_count(model);
    if (output_count > CORNU_MOST_TENSORS &&
        !(outputs = cornu_alloc_array_(output_count, sizeof *outputs)))
        return CORNU_ENOMEM;
    cornu_status status = cornu_step_predict_eagerly_(model, batch, outputs);
    output_count = cornu_model_output_count(model); /* known for sure once it ran */
    for (size_t i = 0; i < output_count && status == CORNU_OK; i++)
        status = cornu_trace_output_(outputs[i]);
    if (outputs != few) cornu_free_(outputs);
    return status;
}

/* The step on stand-ins for the batch's tensors. */
static cornu_status trace_step(
    cornu_model *model, const cornu_batch *batch, cornu_edge_batch *edge, cornu_step_kind kind
) {
    cornu_tensor *stand_ins[CORNU_MOST_TENSORS];
    cornu_batch traced;
    CORNU_TRY(stand_in_for(batch, kind, stand_ins, &traced));
    if (!edge) return run_traced(model, &traced, kind);
    cornu_edge_trace_begin_(edge, stand_ins);
    cornu_status status = run_traced(model, &traced, kind);
    cornu_edge_trace_end_(edge, status == CORNU_OK);
    return status;
}

void cornu_step_log_(const char *what, const cornu_graph *graph, const cornu_plan *plan) {
    cornu_text text = {0};
    if (cornu_log_on_(CORNU_LOG_GRAPH)) cornu_graph_dump_(graph, &text);
    if (cornu_log_on_(CORNU_LOG_PLAN)) cornu_plan_dump_(plan, &text);
    if (text.length)
        cornu_log_(
            cornu_log_on_(CORNU_LOG_GRAPH) ? CORNU_LOG_GRAPH : CORNU_LOG_PLAN, "%s\n%s", what,
            text.data
        );
    cornu_text_free_(&text);
    if (!cornu_log_on_(CORNU_LOG_DOT)) return;
    cornu_text dot = {0};
    cornu_graph_dump_dot_(graph, &dot);
    if (dot.length) cornu_log_(CORNU_LOG_DOT, "%s\n%s", what, dot.data);
    cornu_text_free_(&dot);
}

static cornu_status make_plan(
    cornu_model *model, const cornu_batch *batch, cornu_edge_batch *edge, cornu_step_kind kind,
    cornu_plan **plan
) {
    cornu_graph *graph;
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    if (kind == CORNU_STEP_TRAIN && model->training->optimizer)
        (void)cornu_optimizer_watch_(model->training->optimizer); /* cannot be while it is traced */
    CORNU_TRY(cornu_trace_begin_(&graph));
    CORNU_SCOPE { status = trace_step(model, batch, edge, kind); }
    if (status != CORNU_OK) {
        cornu_trace_cancel_();
        return status;
    }
    CORNU_TRY(cornu_trace_end_());
    status = cornu_graph_optimize_(graph);
    if (status == CORNU_OK) status = cornu_graph_absorb_(graph);
    if (status == CORNU_OK && kind == CORNU_STEP_PREDICT) status = cornu_graph_split_(graph, 0);
    if (status == CORNU_OK) status = cornu_plan_create_(graph, plan);
    if (status == CORNU_OK) cornu_step_log_("step", graph, *plan);
    cornu_graph_free_(graph);
    return status;
}

cornu_status cornu_step_plan_(
    cornu_model *model, const cornu_batch *batch, cornu_step_kind kind, cornu_plan **plan
) {
    return make_plan(model, batch, NULL, kind, plan);
}

/* A step about to be run: the batch as the plan sees it, behind the edge if the model has one. */
typedef struct ready_step {
    cornu_step_kind kind;
    const cornu_batch *batch;
    cornu_edge_batch *edge; /* NULL: none */
    cornu_tensor *tensors[CORNU_MOST_TENSORS];
    size_t count;
    cornu_planned *planned;
    cornu_plan_state *state;
} ready_step;

static cornu_signature sign(cornu_model *model, ready_step *step) {
    step->count = list_tensors(step->batch, step->edge, step->kind, step->tensors);
    return signature_of(model, step->batch, step->kind, step->tensors, step->count);
}

static cornu_status find(cornu_model *model, cornu_plan_table *table, ready_step *step) {
    cornu_signature wanted = sign(model, step);
    step->planned = cornu_plan_table_find_(table, &wanted);
    if (step->planned) return CORNU_OK;
    cornu_plan *plan;
    CORNU_TRY(make_plan(model, step->batch, step->edge, wanted.kind, &plan));
    /* layers may have been built on the way, and calls at the edge found */
    unsigned phase = wanted.phase;
    wanted = sign(model, step);
    wanted.phase = phase;
    return cornu_plan_table_add_(table, &wanted, plan, &step->planned);
}

static cornu_status find_and_take(cornu_model *model, cornu_plan_table *table, ready_step *step) {
    CORNU_TRY(find(model, table, step));
    return cornu_planned_take_(step->planned, &step->state);
}

/* ---- running ---- */

bool cornu_step_is_compiled_(const cornu_model *model, const cornu_batch *batch) {
    bool eagerly = cornu_run_eagerly() || (model->training && model->training->run_eagerly);
    return !eagerly && !cornu_trace_current_() &&
           batch->input_count + batch->target_count + batch->sample_weight_count + 1 <=
               CORNU_MOST_TENSORS;
}

static cornu_status run_step(cornu_model *model, cornu_plan_table *table, ready_step *step) {
    CORNU_TRY(find_and_take(model, table, step));
    cornu_status status = cornu_plan_run_(step->state, step->tensors);
    cornu_planned_put_(step->planned, step->state);
    return status;
}

cornu_status cornu_step_compiled_(
    cornu_model *model, const cornu_batch *batch, cornu_step_kind kind
) {
    struct cornu_compiled_steps *steps;
    ready_step step = {.kind = kind, .batch = batch};
    bool has_edge;
    CORNU_TRY(steps_of(model, &steps));
    CORNU_TRY(cornu_edge_needed_(&steps->edges[kind], model, &has_edge));
    if (!has_edge) return run_step(model, &steps->training, &step);
    cornu_edge_batch edge;
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE {
        status = cornu_edge_enter_(&steps->edges[kind], model, batch, &edge);
        step.batch = &edge.batch;
        step.edge = &edge;
        if (status == CORNU_OK) status = run_step(model, &steps->training, &step);
        cornu_edge_leave_(&edge);
    }
    return status;
}

static cornu_status run_and_copy(
    const cornu_plan *plan, cornu_plan_state *state, cornu_tensor *const *inputs,
    cornu_tensor **outputs
) {
    CORNU_TRY(cornu_plan_run_(state, inputs));
    for (size_t i = 0; i < plan->output_count; i++) {
        outputs[i] = cornu_scope_add_(cornu_plan_output_(state, i));
        if (!outputs[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

/* Threads run side by side, each in a state of its own; a step that assigns variables, which is not
 * usual when predicting, runs alone. Tracing happens under the lock: threads that wait for the same
 * plan get it, instead of making it twice. */
cornu_status cornu_step_predict_compiled_(
    cornu_model *model, const cornu_batch *batch, cornu_tensor **outputs
) {
    struct cornu_compiled_steps *steps;
    ready_step step = {.kind = CORNU_STEP_PREDICT, .batch = batch};
    cornu_edge_batch edge;
    bool has_edge;
    CORNU_TRY(steps_of(model, &steps));
    cornu_mutex_lock_(&steps->mutex);
    cornu_edge *known = &steps->edges[CORNU_STEP_PREDICT];
    cornu_status status = cornu_edge_needed_(known, model, &has_edge);
    if (status == CORNU_OK && has_edge) {
        status = cornu_edge_enter_(known, model, batch, &edge);
        step.batch = &edge.batch;
        step.edge = &edge;
    }
    if (status == CORNU_OK) status = find_and_take(model, &steps->predicting, &step);
    if (status == CORNU_OK) {
        bool alone = step.planned->plan->assigns;
        if (!alone) cornu_mutex_unlock_(&steps->mutex);
        status = run_and_copy(step.planned->plan, step.state, step.tensors, outputs);
        if (!alone) cornu_mutex_lock_(&steps->mutex);
        cornu_planned_put_(step.planned, step.state);
    }
    cornu_mutex_unlock_(&steps->mutex);
    if (step.edge) cornu_edge_leave_(step.edge);
    return status;
}
