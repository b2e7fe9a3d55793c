/* The results of all metrics as one plan, so that logs can be read after every batch: as Keras' own
 * train step does, which is traced together with its results.
 * keras/src/trainers/trainer.py: train_step, get_metrics_result */
#include "base/memory.h"
#include "graph/origin.h"
#include "graph/plan.h"
#include "train/training.h"
#include <cornu/threads.h>

/* What results were traced for. Metrics make their variables with the first batch, and are chosen
 * with it. */
typedef struct signature {
    size_t shown, built; /* results, and those whose metrics have seen a batch */
    int threads;
    bool exact;
} signature;

struct cornu_results {
    signature signature;
    cornu_plan *plan; /* NULL: a metric computes its result on the host */
    cornu_plan_state *state;
    double *values; /* room for the longest result */
};

static void clear(struct cornu_results *results) {
    cornu_plan_state_free_(results->state);
    cornu_plan_free_(results->plan);
    cornu_free_(results->values);
    *results = (struct cornu_results){0};
}

void cornu_results_free_(struct cornu_results *results) {
    if (!results) return;
    clear(results);
    cornu_free_(results);
}

static signature sign(const struct cornu_training *training) {
    signature s = {.threads = cornu_num_threads(), .exact = cornu_exact()};
    cornu_shown_result result;
    for (; cornu_training_result_at_(training, s.shown, &result); s.shown++)
        s.built += result.metric->built;
    return s;
}

static bool same(const signature *a, const signature *b) {
    return a->shown == b->shown && a->built == b->built && a->threads == b->threads &&
           a->exact == b->exact;
}

/* Values of variables that a metric wants to see on the host are NaN and an error. */
static cornu_status trace_result(cornu_metric *metric) {
    cornu_error_clear();
    cornu_tensor *value = cornu_metric_result(metric);
    if (!value || cornu_error_status() != CORNU_OK) return cornu_error_status();
    return cornu_trace_output_(value);
}

static cornu_status trace(const struct cornu_training *training, cornu_graph **graph) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    cornu_shown_result result;
    CORNU_TRY(cornu_trace_begin_(graph));
    cornu_origin before = cornu_origin_enter_("results");
    CORNU_SCOPE {
        status = CORNU_OK;
        for (size_t i = 0; status == CORNU_OK; i++) {
            if (!cornu_training_result_at_(training, i, &result)) break;
            status = trace_result(result.metric);
        }
    }
    cornu_origin_set_(before);
    if (status == CORNU_OK) return cornu_trace_end_();
    cornu_trace_cancel_();
    return status;
}

static cornu_status plan_of(cornu_graph *graph, struct cornu_results *results) {
    CORNU_TRY(cornu_graph_optimize_(graph));
    CORNU_TRY(cornu_plan_create_(graph, &results->plan));
    cornu_step_log_("results", graph, results->plan);
    CORNU_TRY(cornu_plan_state_create_(results->plan, &results->state));
    size_t longest = 1;
    for (size_t i = 0; i < results->plan->output_count; i++) {
        size_t size = (size_t)cornu_shape_size(&results->plan->output_specs[i].shape);
        if (size > longest) longest = size;
    }
    results->values = cornu_alloc_array_(longest, sizeof *results->values);
    return results->values ? CORNU_OK : CORNU_ENOMEM;
}

/* Whatever cannot be traced is left to ops, which say what is wrong if anything is. */
static cornu_status make(struct cornu_results *results, const struct cornu_training *training) {
    cornu_graph *graph;
    cornu_status status = trace(training, &graph);
    if (status == CORNU_OK) {
        bool assigns = graph->assignment_count > 0; /* reading must change nothing */
        if (!assigns) status = plan_of(graph, results);
        cornu_graph_free_(graph);
    }
    if (status != CORNU_OK) clear(results);
    if (status == CORNU_ENOMEM) return status;
    cornu_error_clear();
    results->signature = sign(training);
    return CORNU_OK;
}

static cornu_status find(
    struct cornu_results **results, const struct cornu_training *training,
    struct cornu_results **found
) {
    if (!*results) *results = cornu_alloc_(sizeof **results);
    *found = *results;
    if (!*found) return CORNU_ENOMEM;
    signature wanted = sign(training);
    if (same(&(*found)->signature, &wanted)) return CORNU_OK;
    clear(*found);
    return make(*found, training);
}

cornu_status cornu_results_planned_(
    struct cornu_results **results, const struct cornu_training *training, cornu_logs *logs,
    bool *planned
) {
    struct cornu_results *found;
    cornu_shown_result result;
    CORNU_TRY(find(results, training, &found));
    *planned = found->plan != NULL;
    if (!*planned) return CORNU_OK;
    CORNU_TRY(cornu_plan_run_(found->state, NULL));
    for (size_t i = 0; cornu_training_result_at_(training, i, &result); i++) {
        const cornu_spec *spec = &found->plan->output_specs[i];
        const void *data = cornu_plan_output_data_(found->state, i);
        size_t count = (size_t)cornu_shape_size(&spec->shape);
        for (size_t k = 0; k < count; k++)
            found->values[k] = cornu_element_get_(spec->dtype, data, (int64_t)k);
        CORNU_TRY(cornu_logs_set_vector(logs, result.name, found->values, count));
    }
    return CORNU_OK;
}
