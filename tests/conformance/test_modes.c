/* Compiled equals eager, for the cases of the corpus: what a case computes is computed in both
 * modes, from a model read anew each time, and compared. In exact mode to the bit; otherwise to
 * 1e-6 of each number and of the largest one of its array, since convolutions may take what follows
 * them into their kernels (src/graph/absorb.c). */
#include "support/corpus_training.h"
#include "support/support.h"

#include "graph/graph.h"
#include "graph/plan.h"

#include <cornu/threads.h>
#include <stdlib.h>
#include <string.h>

enum { ARRAYS_MAX = 1024, GRADIENTS_MAX = 256 };
static const double tolerance = 1e-6;

/* Everything that a case computed, in the order of computing. It owns the arrays: callbacks note
 * some in scopes of their own. */
typedef struct record {
    cornu_tensor *arrays[ARRAYS_MAX];
    char names[ARRAYS_MAX][128];
    size_t count;
} record;

/* Takes the array. */
static cornu_status note(record *r, const char *name, cornu_tensor *array) {
    if (!array) return cornu_error_status();
    if (r->count == ARRAYS_MAX) {
        cornu_tensor_free(array);
        CORNU_FAIL(CORNU_EINVAL, "more than %d arrays", (int)ARRAYS_MAX);
    }
    snprintf(r->names[r->count], sizeof r->names[0], "%s", name);
    r->arrays[r->count++] = array;
    return CORNU_OK;
}

static cornu_status note_copy(record *r, const char *name, const cornu_tensor *array) {
    return note(r, name, cornu_tensor_copy(array));
}

static cornu_status note_logs(record *r, const char *what, const cornu_logs *logs) {
    for (size_t i = 0; i < logs->count; i++) {
        const cornu_log_entry *e = &logs->entries[i];
        const double *values = e->values ? e->values : &e->value;
        int64_t count = e->values ? (int64_t)e->count : 1;
        char name[128];
        snprintf(name, sizeof name, "%s %s", what, e->name);
        CORNU_TRY(note(r, name, cornu_tensor_from(CORNU_FLOAT64, cornu_shape(count), values)));
    }
    return CORNU_OK;
}

static void forget(record *r) {
    while (r->count > 0) cornu_tensor_free(r->arrays[--r->count]);
}

/* ---- comparing ------------------------------------------------------------------------------- */

static bool is_near(double a, double b, double largest) {
    if (isnan(a) || isnan(b)) return isnan(a) && isnan(b);
    return a == b || fabs(a - b) <= tolerance * (fabs(b) + largest);
}

static bool has_same_bits(const cornu_tensor *a, const cornu_tensor *b) {
    if (cornu_tensor_dtype(a) == CORNU_STRING) return cornu_tensor_equal(a, b);
    size_t bytes = (size_t)cornu_tensor_size(a) * cornu_dtype_size(cornu_tensor_dtype(a));
    return memcmp(cornu_tensor_data(a), cornu_tensor_data(b), bytes) == 0;
}

static cornu_status compare_arrays(
    const char *name, const cornu_tensor *compiled, const cornu_tensor *eager
) {
    bool alike = cornu_tensor_dtype(compiled) == cornu_tensor_dtype(eager) &&
                 cornu_shape_equal(cornu_tensor_shape(compiled), cornu_tensor_shape(eager));
    if (!alike) CORNU_FAIL(CORNU_EINVAL, "%s: another type or shape", name);
    if (has_same_bits(compiled, eager)) return CORNU_OK;
    double largest = 0;
    bool floats = cornu_dtype_is_float(cornu_tensor_dtype(eager));
    for (int64_t i = 0; floats && i < cornu_tensor_size(eager); i++) {
        double size = fabs(cornu_tensor_get(eager, i));
        if (isfinite(size)) largest = fmax(largest, size);
    }
    for (int64_t i = 0; i < cornu_tensor_size(eager); i++) {
        double a = cornu_tensor_get(compiled, i), b = cornu_tensor_get(eager, i);
        if (!cornu_exact() && floats && is_near(a, b, largest)) continue;
        if (cornu_exact() && a == b) continue; /* the element that differs comes later */
        CORNU_FAIL(
            CORNU_EINVAL, "%s: element %lld is %.9g compiled, %.9g eager; the largest is %.3g",
            name, (long long)i, a, b, largest
        );
    }
    if (!cornu_exact()) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "%s: other bits that mean the same numbers", name);
}

static cornu_status compare(const record *compiled, const record *eager) {
    if (compiled->count != eager->count) {
        CORNU_FAIL(CORNU_EINVAL, "%zu arrays compiled, %zu eager", compiled->count, eager->count);
    }
    for (size_t i = 0; i < compiled->count; i++)
        CORNU_TRY(compare_arrays(compiled->names[i], compiled->arrays[i], eager->arrays[i]));
    return CORNU_OK;
}

/* Runs `work` on a model of its own in each mode. */
typedef cornu_status corpus_work(const corpus_case *c, cornu_model *model, bool eagerly, record *r);

static cornu_status run_both(const corpus_case *c, bool compile, corpus_work *work) {
    static record records[2];
    cornu_status status = CORNU_OK;
    for (int eagerly = 0; eagerly <= 1 && status == CORNU_OK; eagerly++) {
        cornu_set_random_seed(5);
        cornu_model *model = corpus_model(c, corpus_text(c, "model"), compile);
        cornu_set_run_eagerly(eagerly);
        status = model ? work(c, model, eagerly, &records[eagerly]) : cornu_error_status();
        cornu_set_run_eagerly(false);
        cornu_model_free(model);
    }
    if (status == CORNU_OK) status = compare(&records[0], &records[1]);
    forget(&records[0]);
    forget(&records[1]);
    return status;
}

/* ---- kinds layer and model ------------------------------------------------------------------- */

static cornu_status note_predictions(
    cornu_model *model, cornu_tensor_list inputs, int64_t batch_size, record *r
) {
    cornu_tensor *outputs[CORPUS_ARRAYS_MAX] = {NULL};
    cornu_tensor *first =
        cornu_predict(model, .inputs = inputs, .outputs = outputs, .batch_size = batch_size);
    if (!first) return cornu_error_status();
    cornu_tensor_free(first);
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < cornu_model_output_count(model); i++) {
        cornu_status noted = note(r, "output", outputs[i]);
        if (status == CORNU_OK) status = noted;
    }
    return status;
}

static cornu_status predict(const corpus_case *c, cornu_model *model, bool eagerly, record *r) {
    cornu_tensor *inputs[CORPUS_ARRAYS_MAX];
    size_t count;
    (void)eagerly;
    CORNU_TRY(corpus_arrays(c, c->json, "inputs", inputs, &count));
    return note_predictions(
        model, (cornu_tensor_list){inputs, count}, cornu_tensor_dim(inputs[0], 0), r
    );
}

static cornu_status check_predict(const corpus_case *c) { return run_both(c, false, predict); }

/* ---- kinds train and resume ------------------------------------------------------------------ */

static cornu_status note_batch(void *user, cornu_model *model, int64_t batch, cornu_logs *logs) {
    (void)model, (void)batch;
    return note_logs(user, "batch", logs);
}

static cornu_status note_evaluation(const corpus_training *t, cornu_model *model, record *r) {
    cornu_logs *logs = calloc(1, sizeof *logs);
    cornu_status status = corpus_training_evaluate(t, model, logs);
    if (status == CORNU_OK) status = note_logs(r, "evaluation", logs);
    cornu_logs_clear(logs);
    free(logs);
    return status;
}

static cornu_status note_fit(const corpus_training *t, cornu_model *model, record *r) {
    cornu_history *history = corpus_training_fit(
        t, model, cornu_callback_lambda(.user = r, .on_train_batch_end = note_batch)
    );
    if (!history) return cornu_error_status();
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < cornu_history_epochs(history) && status == CORNU_OK; i++)
        status = note_logs(r, "history", cornu_history_logs(history, i));
    cornu_history_free(history);
    return status;
}

static cornu_status note_state(cornu_model *model, record *r) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    for (size_t i = 0; i < weights.count; i++)
        CORNU_TRY(note_copy(r, cornu_variable_name(weights.items[i]), weights.items[i]));
    cornu_tensor_list state = cornu_optimizer_variables(cornu_model_optimizer(model));
    for (size_t i = 0; i < state.count; i++)
        CORNU_TRY(note_copy(r, cornu_variable_name(state.items[i]), state.items[i]));
    return CORNU_OK;
}

static cornu_status train(const corpus_case *c, cornu_model *model, bool eagerly, record *r) {
    static corpus_training t;
    (void)eagerly;
    CORNU_TRY(corpus_training_read(c, &t));
    CORNU_TRY(note_evaluation(&t, model, r));
    CORNU_TRY(note_fit(&t, model, r));
    CORNU_TRY(note_state(model, r));
    CORNU_TRY(note_evaluation(&t, model, r));
    return note_predictions(model, (cornu_tensor_list){t.x, t.x_count}, 32, r);
}

static cornu_status check_train(const corpus_case *c) { return run_both(c, true, train); }

/* ---- kind gradient --------------------------------------------------------------------------- */

/* The arguments of a case; eager ones are values, traced ones stand-ins for them. */
typedef struct differentiation {
    cornu_tensor *inputs[CORPUS_ARRAYS_MAX], *upstream[CORPUS_ARRAYS_MAX];
    cornu_tensor *outputs[CORPUS_ARRAYS_MAX];
    size_t input_count, output_count;
    cornu_tensor *sources[GRADIENTS_MAX], *gradients[GRADIENTS_MAX];
    size_t source_count;
} differentiation;

static cornu_status differentiate(const corpus_case *c, cornu_model *model, differentiation *d) {
    cornu_call_context context = {
        .training = cJSON_IsTrue(cJSON_GetObjectItem(c->json, "training")),
        .input_count = d->input_count};
    cornu_tape *tape = cornu_tape_begin();
    if (!tape) return cornu_error_status();
    cornu_tensor_list weights = cornu_layer_trainable_weights(cornu_model_layer(model));
    d->source_count = 0;
    for (size_t i = 0; i < weights.count; i++) d->sources[d->source_count++] = weights.items[i];
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(c->json, "input_grads")) {
        cornu_tensor *input = d->inputs[strtoul(item->valuestring + strlen("input:"), NULL, 10)];
        CORNU_TRY(cornu_tape_watch(tape, input));
        d->sources[d->source_count++] = input;
    }
    CORNU_TRY(cornu_layer_call_many(
        cornu_model_layer(model), (cornu_tensor_list){d->inputs, d->input_count}, &context,
        d->outputs
    ));
    return cornu_tape_gradient_of(
        tape, (cornu_tensor_list){d->outputs, d->output_count}, d->upstream,
        (cornu_tensor_list){d->sources, d->source_count}, d->gradients
    );
}

static cornu_status differentiate_traced(
    const corpus_case *c, cornu_model *model, const differentiation *eager
) {
    static differentiation d;
    d = *eager;
    for (size_t i = 0; i < d.input_count; i++) {
        cornu_tensor *of = d.inputs[i];
        d.inputs[i] = cornu_trace_input_(cornu_tensor_dtype(of), *cornu_tensor_shape(of));
        if (!d.inputs[i]) return cornu_error_status();
    }
    CORNU_TRY(differentiate(c, model, &d));
    for (size_t i = 0; i < d.output_count; i++) CORNU_TRY(cornu_trace_output_(d.outputs[i]));
    for (size_t i = 0; i < d.source_count; i++)
        if (d.gradients[i]) CORNU_TRY(cornu_trace_output_(d.gradients[i]));
    return CORNU_OK;
}

static cornu_status run_plan(const cornu_plan *plan, cornu_tensor *const *inputs, record *r) {
    cornu_plan_state *state;
    CORNU_TRY(cornu_plan_state_create_(plan, &state));
    cornu_status status = cornu_plan_run_(state, inputs);
    for (size_t i = 0; i < plan->output_count && status == CORNU_OK; i++)
        status = note(r, "output or gradient", cornu_plan_output_(state, i));
    cornu_plan_state_free_(state);
    return status;
}

static cornu_status differentiate_compiled(
    const corpus_case *c, cornu_model *model, const differentiation *d, record *r
) {
    cornu_graph *graph;
    cornu_plan *plan = NULL;
    cornu_status status = CORNU_ENOMEM;
    CORNU_TRY(cornu_trace_begin_(&graph));
    CORNU_SCOPE { status = differentiate_traced(c, model, d); }
    if (status != CORNU_OK) return cornu_trace_cancel_(), status;
    status = cornu_trace_end_();
    if (status == CORNU_OK) status = cornu_graph_optimize_(graph);
    if (status == CORNU_OK) status = cornu_graph_absorb_(graph);
    if (status == CORNU_OK) status = cornu_plan_create_(graph, &plan);
    if (status == CORNU_OK) status = run_plan(plan, d->inputs, r);
    cornu_plan_free_(plan);
    cornu_graph_free_(graph);
    return status;
}

static cornu_status differentiate_eagerly(
    const corpus_case *c, cornu_model *model, differentiation *d, record *r
) {
    CORNU_TRY(differentiate(c, model, d));
    for (size_t i = 0; i < d->output_count; i++) CORNU_TRY(note_copy(r, "output", d->outputs[i]));
    for (size_t i = 0; i < d->source_count; i++)
        if (d->gradients[i]) CORNU_TRY(note_copy(r, "gradient", d->gradients[i]));
    return CORNU_OK;
}

static cornu_status take_gradients(
    const corpus_case *c, cornu_model *model, bool eagerly, record *r
) {
    static differentiation d;
    d = (differentiation){.input_count = 0};
    CORNU_TRY(corpus_arrays(c, c->json, "inputs", d.inputs, &d.input_count));
    CORNU_TRY(corpus_arrays(c, c->json, "upstream", d.upstream, &d.output_count));
    CORNU_TRY(
        eagerly ? differentiate_eagerly(c, model, &d, r) : differentiate_compiled(c, model, &d, r)
    );
    /* moving averages and counters of random numbers */
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    for (size_t i = 0; i < weights.count; i++)
        CORNU_TRY(note_copy(r, cornu_variable_name(weights.items[i]), weights.items[i]));
    return CORNU_OK;
}

static cornu_status check_gradient(const corpus_case *c) {
    return run_both(c, false, take_gradients);
}

/* ---- tests ----------------------------------------------------------------------------------- */

static const struct {
    const char *kind;
    corpus_unknown *unknown;
    corpus_check *check;
} kinds[] = {
    {"layer", corpus_model_unknown, check_predict},
    {"model", corpus_model_unknown, check_predict},
    {"gradient", corpus_model_unknown, check_gradient},
    {"train", corpus_compiled_model_unknown, check_train},
    {"resume", corpus_compiled_model_unknown, check_train},
};
enum { KINDS = sizeof kinds / sizeof kinds[0] };

static void run_kind(int index, bool exact) {
    bool before = cornu_exact();
    cornu_set_exact(exact);
    corpus_run(kinds[index].kind, kinds[index].unknown, kinds[index].check);
    cornu_set_exact(before);
}

START_TEST(compiled_is_eager) { run_kind(_i, false); }
END_TEST

START_TEST(compiled_is_eager_to_the_bit_in_exact_mode) { run_kind(_i, true); }
END_TEST

CORNU_TESTS(modes) {
    TCase *tc = cornu_test_case(suite, "modes");
    tcase_add_loop_test(tc, compiled_is_eager, 0, KINDS);
    tcase_add_loop_test(tc, compiled_is_eager_to_the_bit_in_exact_mode, 0, KINDS);
}
