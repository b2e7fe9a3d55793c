/* Everything that a run of fit has become: weights and other states of the layers, the optimizer's
 * state, metrics, what callbacks know, the history, the place in the data, and the random numbers.
 * With the same program and data, a run that goes on from there ends with the same bits.
 * keras/src/callbacks/backup_and_restore.py (which keeps weights, optimizer, epoch and step) */
#include "train/keep.h"
#include "base/memory.h"
#include "base/text.h"
#include "nn/layer.h"
#include "nn/metric.h"
#include "ops/seed.h"
#include <cornu/random.h>
#include <stdio.h>
#include <string.h>

enum { FORMAT = 1 };

/* ---- variables ------------------------------------------------------------------------------- */

/* Saving and loading walk through the same variables in the same order. */
typedef struct variables {
    cornu_state *state;
    bool load, copy; /* copy: the values are to stay as they are now */
    size_t count;
} variables;

static cornu_status variable(variables *self, cornu_tensor *tensor) {
    char key[24];
    if (!tensor) return cornu_error_status();
    snprintf(key, sizeof key, "%zu", self->count++);
    if (self->copy) {
        cornu_tensor *copied = cornu_tensor_copy(tensor);
        cornu_status status =
            copied ? cornu_state_set_tensor(self->state, key, copied) : cornu_error_status();
        cornu_tensor_free(copied);
        return status;
    }
    return self->load ? cornu_state_read_tensor(self->state, key, tensor)
                      : cornu_state_set_tensor(self->state, key, tensor);
}

static cornu_status layer_variables(cornu_layer *layer, void *user) {
    variables *self = user;
    const struct cornu_layer_state *own = layer->state_;
    for (size_t i = 0; i < own->weight_count; i++)
        CORNU_TRY(variable(self, own->weights[i].variable), "layer '%s'", layer->name);
    for (size_t i = 0; i < own->seed_count; i++)
        CORNU_TRY(
            variable(self, cornu_seed_generator_state(own->seeds[i])), "layer '%s'", layer->name
        );
    return CORNU_OK;
}

static cornu_status model_variables(cornu_run *run, variables *self) {
    return cornu_layer_walk_(cornu_model_layer(run->model), layer_variables, self);
}

static cornu_status optimizer_variables(cornu_run *run, variables *self) {
    cornu_optimizer *optimizer = run->model->training->optimizer;
    if (!optimizer) return CORNU_OK;
    cornu_tensor_list list = cornu_optimizer_variables(optimizer);
    for (size_t i = 0; i < list.count; i++)
        CORNU_TRY(variable(self, list.items[i]), "optimizer '%s'", cornu_optimizer_name(optimizer));
    return CORNU_OK;
}

static cornu_status metric_variables(cornu_metric *metric, variables *self) {
    if (!metric) return CORNU_OK;
    cornu_tensor_list list = cornu_metric_variables(metric);
    for (size_t i = 0; i < list.count; i++)
        CORNU_TRY(variable(self, list.items[i]), "metric '%s'", cornu_metric_name(metric));
    return CORNU_OK;
}

static cornu_status all_metrics(cornu_run *run, variables *self) {
    const struct cornu_training *training = run->model->training;
    CORNU_TRY(metric_variables(training->loss_tracker, self));
    for (size_t i = 0; i < training->output_count; i++)
        CORNU_TRY(metric_variables(training->losses[i].tracker, self));
    for (size_t i = 0; i < training->metric_count; i++)
        CORNU_TRY(metric_variables(training->metrics[i].metric, self));
    return CORNU_OK;
}

cornu_state *cornu_copy_metrics_(cornu_run *run) {
    variables self = {.state = cornu_state_new(), .copy = true};
    if (!self.state || all_metrics(run, &self) == CORNU_OK) return self.state;
    cornu_state_free(self.state);
    return NULL;
}

cornu_status cornu_restore_metrics_(cornu_run *run, cornu_state *metrics) {
    variables self = {.state = metrics, .load = true};
    return all_metrics(run, &self);
}

static cornu_status group_of_variables(
    cornu_run *run, cornu_state *state, bool load, const char *group,
    cornu_status (*visit)(cornu_run *run, variables *self)
) {
    variables self = {.state = state, .load = load};
    int64_t count;
    CORNU_TRY(cornu_state_enter(state, group));
    cornu_status status = visit(run, &self);
    if (status == CORNU_OK && !load)
        status = cornu_state_set_int(state, "count", (int64_t)self.count);
    if (status == CORNU_OK && load) status = cornu_state_get_int(state, "count", &count);
    cornu_state_leave(state);
    CORNU_TRY(status);
    if (load && count != (int64_t)self.count)
        CORNU_FAIL(
            CORNU_EINVAL, "the kept run has %lld variables of the %s, this one has %zu",
            (long long)count, group, self.count
        );
    return CORNU_OK;
}

static cornu_status all_variables(cornu_run *run, cornu_state *state, bool load) {
    CORNU_TRY(group_of_variables(run, state, load, "model", model_variables));
    CORNU_TRY(group_of_variables(run, state, load, "optimizer", optimizer_variables));
    return group_of_variables(run, state, load, "metrics", all_metrics);
}

/* ---- the history ----------------------------------------------------------------------------- */

/* Arrays with an element per epoch, per entry and per value, however long the run is. */
typedef struct flat_history {
    int64_t *epochs, *counts, *sizes;
    double *values;
    cornu_text names; /* each ended by a line feed */
    size_t epoch_count, entry_count, value_count;
} flat_history;

static void free_flat(flat_history *flat) {
    cornu_free_(flat->epochs);
    cornu_free_(flat->counts);
    cornu_free_(flat->sizes);
    cornu_free_(flat->values);
    cornu_text_free_(&flat->names);
}

static cornu_status flatten(const cornu_history *history, flat_history *flat) {
    size_t epochs = cornu_history_epochs(history), entries = 0, values = 0;
    for (size_t i = 0; i < epochs; i++) {
        const cornu_logs *logs = cornu_history_logs(history, i);
        entries += logs->count;
        for (size_t k = 0; k < logs->count; k++) values += logs->entries[k].count;
    }
    flat->epochs = cornu_alloc_array_(epochs + 1, sizeof *flat->epochs);
    flat->counts = cornu_alloc_array_(epochs + 1, sizeof *flat->counts);
    flat->sizes = cornu_alloc_array_(entries + 1, sizeof *flat->sizes);
    flat->values = cornu_alloc_array_(values + 1, sizeof *flat->values);
    if (!flat->epochs || !flat->counts || !flat->sizes || !flat->values) return CORNU_ENOMEM;
    for (size_t i = 0; i < epochs; i++) {
        const cornu_logs *logs = cornu_history_logs(history, i);
        flat->epochs[i] = cornu_history_epoch(history, i);
        flat->counts[i] = (int64_t)logs->count;
        for (size_t k = 0; k < logs->count; k++) {
            const cornu_log_entry *entry = &logs->entries[k];
            const double *from = entry->values ? entry->values : &entry->value;
            flat->sizes[flat->entry_count++] = (int64_t)entry->count;
            memcpy(flat->values + flat->value_count, from, entry->count * sizeof *from);
            flat->value_count += entry->count;
            cornu_text_format_(&flat->names, "%s\n", entry->name);
        }
    }
    flat->epoch_count = epochs;
    return flat->names.status;
}

static cornu_status set_array(
    cornu_state *state, const char *key, cornu_dtype dtype, size_t count, const void *items
) {
    cornu_tensor *tensor = cornu_tensor_from(dtype, cornu_shape((int64_t)count), items);
    if (!tensor) return cornu_error_status();
    cornu_status status = cornu_state_set_tensor(state, key, tensor);
    cornu_tensor_free(tensor);
    return status;
}

static cornu_status write_history(const flat_history *flat, cornu_state *state) {
    CORNU_TRY(set_array(state, "epochs", CORNU_INT64, flat->epoch_count, flat->epochs));
    CORNU_TRY(set_array(state, "counts", CORNU_INT64, flat->epoch_count, flat->counts));
    CORNU_TRY(set_array(state, "sizes", CORNU_INT64, flat->entry_count, flat->sizes));
    CORNU_TRY(set_array(state, "values", CORNU_FLOAT64, flat->value_count, flat->values));
    return cornu_state_set_text(state, "names", flat->names.data);
}

static cornu_status save_history(const cornu_history *history, cornu_state *state) {
    if (cornu_history_epochs(history) == 0) return CORNU_OK;
    flat_history flat = {0};
    cornu_status status = flatten(history, &flat);
    if (status == CORNU_OK) status = write_history(&flat, state);
    free_flat(&flat);
    return status;
}

/* An array of the state as it is read: element after element, and no further. */
typedef struct array {
    const void *items;
    int64_t count, next;
} array;

static cornu_status open_array(
    const cornu_state *state, const char *key, cornu_dtype dtype, array *opened
) {
    const cornu_tensor *tensor = cornu_state_get_tensor(state, key);
    if (!tensor) return cornu_error_status();
    if (cornu_tensor_dtype(tensor) != dtype || cornu_tensor_rank(tensor) != 1)
        CORNU_FAIL(CORNU_EFORMAT, "'%s' of the kept history is no list of numbers", key);
    *opened = (array){cornu_tensor_data(tensor), cornu_tensor_size(tensor), 0};
    return CORNU_OK;
}

static cornu_status damaged_history(void) {
    CORNU_FAIL(CORNU_EFORMAT, "the kept history contradicts itself");
}

typedef struct history_arrays {
    array epochs, counts, sizes, values;
    const char *name; /* the next one */
} history_arrays;

static cornu_status read_entry(history_arrays *from, cornu_logs *logs) {
    char name[sizeof logs->entries[0].name];
    const char *end = strchr(from->name, '\n');
    size_t length = end ? (size_t)(end - from->name) : sizeof name;
    if (length >= sizeof name || from->sizes.next == from->sizes.count) return damaged_history();
    int64_t size = ((const int64_t *)from->sizes.items)[from->sizes.next++];
    if (size < 1 || size > from->values.count - from->values.next) return damaged_history();
    memcpy(name, from->name, length);
    name[length] = '\0';
    from->name = end + 1;
    const double *values = (const double *)from->values.items + from->values.next;
    from->values.next += size;
    return size == 1 ? cornu_logs_set(logs, name, *values)
                     : cornu_logs_set_vector(logs, name, values, (size_t)size);
}

static cornu_status read_epochs(history_arrays *from, cornu_run *run) {
    for (int64_t i = 0; i < from->epochs.count; i++) {
        if (i >= from->counts.count) return damaged_history();
        int64_t count = ((const int64_t *)from->counts.items)[i];
        cornu_logs_clear(&run->logs);
        for (int64_t k = 0; k < count; k++) CORNU_TRY(read_entry(from, &run->logs));
        int64_t epoch = ((const int64_t *)from->epochs.items)[i];
        CORNU_TRY(cornu_history_add_(run->history, epoch, &run->logs));
    }
    return CORNU_OK;
}

static cornu_status load_history(cornu_run *run, const cornu_state *state) {
    if (!cornu_state_has(state, "epochs")) return CORNU_OK;
    history_arrays from = {.name = NULL};
    char *names;
    CORNU_TRY(open_array(state, "epochs", CORNU_INT64, &from.epochs));
    CORNU_TRY(open_array(state, "counts", CORNU_INT64, &from.counts));
    CORNU_TRY(open_array(state, "sizes", CORNU_INT64, &from.sizes));
    CORNU_TRY(open_array(state, "values", CORNU_FLOAT64, &from.values));
    CORNU_TRY(cornu_state_get_text(state, "names", &names));
    from.name = names;
    cornu_status status = read_epochs(&from, run);
    cornu_free_(names);
    return status;
}

/* ---- the place in the data, and the random numbers ------------------------------------------- */

static cornu_status save_walk(const cornu_walk *walk, cornu_state *state) {
    cornu_walk_place place = cornu_walk_place_(walk);
    CORNU_TRY(cornu_state_set_int(state, "open", place.open));
    CORNU_TRY(cornu_state_set_int(state, "number", place.number));
    CORNU_TRY(cornu_state_set_int(state, "passes", place.passes));
    CORNU_TRY(cornu_state_set_int(state, "in_pass", place.in_pass));
    return cornu_state_set_int(state, "taken", place.taken);
}

static cornu_status load_walk(cornu_walk *walk, const cornu_state *state) {
    cornu_walk_place place;
    int64_t open;
    CORNU_TRY(cornu_state_get_int(state, "open", &open));
    CORNU_TRY(cornu_state_get_int(state, "number", &place.number));
    CORNU_TRY(cornu_state_get_int(state, "passes", &place.passes));
    CORNU_TRY(cornu_state_get_int(state, "in_pass", &place.in_pass));
    CORNU_TRY(cornu_state_get_int(state, "taken", &place.taken));
    place.open = open != 0;
    return cornu_walk_seek_(walk, &place);
}

static cornu_status save_random(const cornu_run *run, cornu_state *state) {
    cornu_seed_sequence seeds = cornu_seed_sequence_get_();
    CORNU_TRY(cornu_state_set_int(state, "key", (int64_t)seeds.key));
    CORNU_TRY(cornu_state_set_int(state, "length", seeds.length));
    return cornu_state_set_int(state, "shuffle", run->train.plan.seed);
}

static cornu_status load_random(cornu_run *run, const cornu_state *state) {
    int64_t key, length;
    CORNU_TRY(cornu_state_get_int(state, "key", &key));
    CORNU_TRY(cornu_state_get_int(state, "length", &length));
    CORNU_TRY(cornu_state_get_int(state, "shuffle", &run->train.plan.seed));
    cornu_seed_sequence_set_((cornu_seed_sequence){(uint64_t)key, (uint32_t)length});
    return CORNU_OK;
}

/* ---- arguments that must be the same within an epoch ----------------------------------------- */

typedef struct argument {
    const char *name;
    int64_t value;
} argument;
enum { ARGUMENT_COUNT = 4 };

static void list_arguments(const cornu_run *run, argument arguments[ARGUMENT_COUNT]) {
    const cornu_fit_args *args = run->args;
    int64_t samples = cornu_dataset_sample_count(run->train.dataset);
    arguments[0] = (argument){"batch_size", args->batch_size};
    arguments[1] = (argument){"steps_per_epoch", args->steps_per_epoch};
    arguments[2] = (argument){"shuffle", args->shuffle};
    arguments[3] = (argument
    ){"the number of samples", run->train.plan.count < 0 ? samples : run->train.plan.count};
}

static cornu_status save_arguments(const cornu_run *run, cornu_state *state) {
    argument arguments[ARGUMENT_COUNT];
    list_arguments(run, arguments);
    for (size_t i = 0; i < ARGUMENT_COUNT; i++)
        CORNU_TRY(cornu_state_set_int(state, arguments[i].name, arguments[i].value));
    return CORNU_OK;
}

static cornu_status check_arguments(const cornu_run *run, const cornu_state *state) {
    argument arguments[ARGUMENT_COUNT];
    list_arguments(run, arguments);
    for (size_t i = 0; i < ARGUMENT_COUNT; i++) {
        int64_t kept;
        CORNU_TRY(cornu_state_get_int(state, arguments[i].name, &kept));
        if (kept != arguments[i].value)
            CORNU_FAIL(
                CORNU_EINVAL,
                "%s is %lld here and was %lld in the run that was kept in the middle of an epoch",
                arguments[i].name, (long long)arguments[i].value, (long long)kept
            );
    }
    return CORNU_OK;
}

/* ---- all of it ------------------------------------------------------------------------------- */

static cornu_status save_place(const cornu_run *run, cornu_state *state) {
    CORNU_TRY(cornu_state_set_int(state, "format", FORMAT));
    CORNU_TRY(cornu_state_set_int(state, "epoch", run->place.epoch));
    CORNU_TRY(cornu_state_set_int(state, "batches", run->place.batches));
    CORNU_TRY(cornu_state_set_int(state, "epoch_ended", run->place.epoch_ended));
    if (run->trained) CORNU_TRY(cornu_state_set_int(state, "trained", true));
    bool stops = run->model->stop_training && !run->interrupted;
    return cornu_state_set_int(state, "stops", stops);
}

cornu_status cornu_keep_place_(cornu_state *state, cornu_pause *place) {
    int64_t format, ended;
    CORNU_TRY(cornu_state_get_int(state, "format", &format));
    if (format != FORMAT)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "a kept run of format %lld; this version reads format %d",
            (long long)format, FORMAT
        );
    *place = (cornu_pause){.epoch = 0};
    CORNU_TRY(cornu_state_get_int(state, "epoch", &place->epoch));
    CORNU_TRY(cornu_state_get_int(state, "batches", &place->batches));
    CORNU_TRY(cornu_state_get_int(state, "epoch_ended", &ended));
    place->epoch_ended = ended != 0;
    if (place->epoch < 0 || place->batches < 0 || (place->batches == 0 && !ended))
        CORNU_FAIL(CORNU_EFORMAT, "the kept run stands in no place that there can be");
    return CORNU_OK;
}

/* Runs `function` within a group. */
#define IN_GROUP(state, group, call)                                                               \
    do {                                                                                           \
        CORNU_TRY(cornu_state_enter((state), (group)));                                            \
        cornu_status in_group = (call);                                                            \
        cornu_state_leave(state);                                                                  \
        CORNU_TRY(in_group);                                                                       \
    } while (0)

/* The order of the training data goes on only within an epoch, or where epochs are cut out of
 * longer passes. */
static bool keeps_place(const cornu_run *run, const cornu_pause *place) {
    return !place->epoch_ended || run->train.steps != CORNU_NONE;
}

static bool keeps_validation(const cornu_run *run) {
    return run->validation.dataset && run->validation.steps != CORNU_NONE;
}

cornu_status cornu_run_keep(cornu_run *run, cornu_state *state) {
    CORNU_TRY(save_place(run, state));
    CORNU_TRY(all_variables(run, state, false));
    IN_GROUP(state, "history", save_history(run->history, state));
    IN_GROUP(state, "random", save_random(run, state));
    IN_GROUP(state, "arguments", save_arguments(run, state));
    if (keeps_place(run, &run->place)) IN_GROUP(state, "train", save_walk(&run->train, state));
    if (keeps_validation(run)) IN_GROUP(state, "validation", save_walk(&run->validation, state));
    IN_GROUP(state, "callbacks", cornu_callbacks_save_(run->args->callbacks, state));
    return CORNU_OK;
}

cornu_status cornu_keep_restore_(cornu_run *run, cornu_state *state) {
    int64_t stops;
    run->trained = cornu_state_has(state, "trained");
    if (!run->from.epoch_ended) IN_GROUP(state, "arguments", check_arguments(run, state));
    CORNU_TRY(all_variables(run, state, true));
    IN_GROUP(state, "history", load_history(run, state));
    IN_GROUP(state, "random", load_random(run, state));
    IN_GROUP(state, "callbacks", cornu_callbacks_load_(run->args->callbacks, state));
    if (keeps_place(run, &run->from)) IN_GROUP(state, "train", load_walk(&run->train, state));
    if (keeps_validation(run)) IN_GROUP(state, "validation", load_walk(&run->validation, state));
    CORNU_TRY(cornu_state_get_int(state, "stops", &stops));
    run->model->stop_training = stops != 0;
    return CORNU_OK;
}
