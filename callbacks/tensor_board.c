/* TensorBoard: numbers, distributions and the architecture of a fit, for TensorBoard to show.
 * keras/src/callbacks/tensorboard.py
 *
 * Files are opened when there is something to write: a run that goes on after a restart goes on
 * with its files, cut to what they were when it was kept. */
#include <cornu/callbacks.h>
#include <cornu/events.h>
#include <cornu/model.h>
#include <cornu/save.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

typedef struct {
    cornu_callback base;
    cornu_callback_tensor_board_args args;
    cornu_events *train, *validation; /* NULL: not opened yet */
    int64_t batches;                  /* of training, in all epochs */
    double batch_begin, epoch_begin;  /* seconds */
    int64_t epoch_batches;            /* `batches` when the epoch began */
} tensor_board;

/* ---- files ----------------------------------------------------------------------------------- */

static char *path_in(const char *folder, const char *name) {
    size_t size = strlen(folder) + strlen(name) + 2;
    char *path = cornu_allocate(size);
    if (path) snprintf(path, size, "%s/%s", folder, name);
    return path;
}

static cornu_status open_in(const char *folder, const char *name, cornu_events **events) {
    char *path = path_in(folder, name);
    *events = path ? cornu_events_open(path) : NULL;
    cornu_free(path);
    return *events ? CORNU_OK : cornu_error_status();
}

/* Models that no JSON describes are left out, as in Keras. */
static cornu_status write_model(tensor_board *self, cornu_model *model) {
    cornu_error_clear(); /* NULL means that there is none, unless this says otherwise */
    char *json = cornu_model_to_json(model);
    if (!json && cornu_error_status() == CORNU_ENOMEM) return CORNU_ENOMEM;
    if (!json) return cornu_error_clear(), CORNU_OK;
    cornu_status status = cornu_events_keras_model(self->train, "keras", 0, json);
    cornu_free(json);
    return status;
}

static cornu_status open_train(tensor_board *self, cornu_model *model) {
    if (self->train) return CORNU_OK;
    CORNU_TRY(open_in(self->args.log_dir, "train", &self->train));
    return self->args.write_graph ? write_model(self, model) : CORNU_OK;
}

static cornu_status open_validation(tensor_board *self) {
    if (self->validation) return CORNU_OK;
    return open_in(self->args.log_dir, "validation", &self->validation);
}

static void close_all(tensor_board *self) {
    cornu_events_close(self->train);
    cornu_events_close(self->validation);
    self->train = self->validation = NULL;
}

static void destroy(void *object) { close_all(object); }

static cornu_status init(void *object) {
    const cornu_callback_tensor_board_args *args = &((tensor_board *)object)->args;
    if (!args->log_dir) return cornu_error_null("log_dir");
    if (args->update_freq != CORNU_NONE && args->update_freq < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "update_freq must be at least 1 batch, got %lld",
            (long long)args->update_freq
        );
    if (args->histogram_freq < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "histogram_freq must be at least 0, got %lld",
            (long long)args->histogram_freq
        );
    return CORNU_OK;
}

/* ---- values ---------------------------------------------------------------------------------- */

static double seconds(void) {
    struct timespec now;
    if (timespec_get(&now, TIME_UTC) != TIME_UTC) return 0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

/* Of a metric with several values, each under its number. */
static cornu_status write_entry(
    cornu_events *events, const char *before, const char *name, const char *after,
    const cornu_log_entry *entry, int64_t step
) {
    char tag[256];
    for (size_t i = 0; i < entry->count; i++) {
        int length = snprintf(tag, sizeof tag, "%s%s%s", before, name, after);
        if (entry->values && length > 0 && (size_t)length < sizeof tag)
            snprintf(tag + length, sizeof tag - (size_t)length, "/%zu", i);
        double value = entry->values ? entry->values[i] : entry->value;
        CORNU_TRY(cornu_events_scalar(events, tag, step, value));
    }
    return CORNU_OK;
}

static bool is_validation(const cornu_log_entry *entry) {
    return strncmp(entry->name, "val_", 4) == 0;
}

static cornu_status write_epoch(
    tensor_board *self, cornu_model *model, int64_t epoch, const cornu_logs *logs
) {
    for (size_t i = 0; i < logs->count; i++) {
        const cornu_log_entry *entry = &logs->entries[i];
        bool validation = is_validation(entry);
        if (strcmp(entry->name, "learning_rate") == 0) continue; /* below, in any case */
        if (validation) CORNU_TRY(open_validation(self));
        CORNU_TRY(write_entry(
            validation ? self->validation : self->train, "epoch_",
            validation ? entry->name + 4 : entry->name, "", entry, epoch
        ));
    }
    double rate = cornu_optimizer_learning_rate(cornu_model_optimizer(model));
    CORNU_TRY(cornu_events_scalar(self->train, "epoch_learning_rate", epoch, rate));
    if (!self->args.write_steps_per_second) return CORNU_OK;
    double speed = (double)(self->batches - self->epoch_batches) / (seconds() - self->epoch_begin);
    return cornu_events_scalar(self->train, "epoch_steps_per_second", epoch, speed);
}

/* A weight as a picture, as Keras turns and cuts it: vectors are a row, matrices lie on their
 * longer side, of more axes each kernel is a picture. Others are left out. */
static cornu_tensor *image_of(cornu_tensor *weight) {
    cornu_tensor *image = cornu_op_squeeze(weight, cornu_axes());
    if (!image) return NULL;
    const cornu_shape *shape = cornu_tensor_shape(image);
    const int64_t *d = shape->dims;
    switch (shape->rank) {
    case 1:
        return cornu_op_reshape(image, cornu_shape(1, d[0], 1, 1));
    case 2:
        if (d[0] > d[1]) {
            image = cornu_op_transpose(image, cornu_axes(1, 0));
            if (!image) return NULL;
            d = cornu_tensor_shape(image)->dims;
        }
        return cornu_op_reshape(image, cornu_shape(1, d[0], d[1], 1));
    case 3:
        image = cornu_op_transpose(image, cornu_axes(2, 0, 1));
        if (!image) return NULL;
        d = cornu_tensor_shape(image)->dims;
        return cornu_op_reshape(image, cornu_shape(d[0], d[1], d[2], 1));
    default:
        return image;
    }
}

static bool is_image(const cornu_tensor *tensor) {
    int64_t channels = cornu_tensor_rank(tensor) == 4 ? cornu_tensor_dim(tensor, 3) : 0;
    return channels == 1 || channels == 3 || channels == 4;
}

static cornu_status write_image(tensor_board *self, cornu_tensor *weight, int64_t epoch) {
    char tag[300];
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    snprintf(tag, sizeof tag, "%s/image", cornu_variable_path(weight));
    CORNU_SCOPE {
        cornu_tensor *image = image_of(weight);
        status = image ? CORNU_OK : cornu_error_status();
        if (image && is_image(image)) status = cornu_events_image(self->train, tag, epoch, image);
    }
    return status;
}

static cornu_status write_weights(tensor_board *self, cornu_model *model, int64_t epoch) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    if (!weights.items) return cornu_error_status();
    for (size_t i = 0; i < weights.count; i++) {
        char tag[300];
        snprintf(tag, sizeof tag, "%s/histogram", cornu_variable_path(weights.items[i]));
        CORNU_TRY(cornu_events_histogram(self->train, tag, epoch, weights.items[i]));
        if (self->args.write_images) CORNU_TRY(write_image(self, weights.items[i], epoch));
    }
    return CORNU_OK;
}

/* ---- hooks ----------------------------------------------------------------------------------- */

/* What cannot be written is known before hours of training, not after. */
static cornu_status on_train_begin(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    tensor_board *self = (tensor_board *)callback;
    (void)model, (void)logs;
    close_all(self);
    self->batches = 0;
    CORNU_TRY(cornu_events_check());
    return cornu_make_folder(self->args.log_dir);
}

static cornu_status on_train_end(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    (void)model, (void)logs;
    close_all((tensor_board *)callback);
    return CORNU_OK;
}

static cornu_status on_epoch_begin(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    tensor_board *self = (tensor_board *)callback;
    (void)model, (void)epoch, (void)logs;
    self->epoch_begin = seconds();
    self->epoch_batches = self->batches;
    return CORNU_OK;
}

static cornu_status on_epoch_end(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    tensor_board *self = (tensor_board *)callback;
    CORNU_TRY(open_train(self, model));
    CORNU_TRY(write_epoch(self, model, epoch, logs));
    bool due = self->args.histogram_freq > 0 && epoch % self->args.histogram_freq == 0;
    return due ? write_weights(self, model, epoch) : CORNU_OK;
}

static cornu_status on_train_batch_begin(
    cornu_callback *callback, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    tensor_board *self = (tensor_board *)callback;
    (void)model, (void)batch, (void)logs;
    self->batches++;
    if (self->args.write_steps_per_second) self->batch_begin = seconds();
    return CORNU_OK;
}

static cornu_status on_train_batch_end(
    cornu_callback *callback, cornu_model *model, int64_t batch, cornu_logs *logs
) {
    tensor_board *self = (tensor_board *)callback;
    (void)batch;
    int64_t every = self->args.update_freq;
    if (every == CORNU_NONE || self->batches % every != 0) return CORNU_OK;
    CORNU_TRY(open_train(self, model));
    if (self->args.write_steps_per_second) {
        double speed = 1 / (seconds() - self->batch_begin);
        CORNU_TRY(cornu_events_scalar(self->train, "batch_steps_per_second", self->batches, speed));
    }
    for (size_t i = 0; i < logs->count; i++) {
        const cornu_log_entry *entry = &logs->entries[i];
        CORNU_TRY(write_entry(self->train, "batch_", entry->name, "", entry, self->batches));
    }
    return CORNU_OK;
}

static cornu_status on_test_end(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    tensor_board *self = (tensor_board *)callback;
    cornu_optimizer *optimizer = cornu_model_optimizer(model);
    if (!optimizer) return CORNU_OK;
    int64_t step = (int64_t)cornu_tensor_item(cornu_optimizer_iterations(optimizer));
    CORNU_TRY(open_validation(self));
    for (size_t i = 0; i < logs->count; i++) {
        const cornu_log_entry *entry = &logs->entries[i];
        CORNU_TRY(
            write_entry(self->validation, "evaluation_", entry->name, "_vs_iterations", entry, step)
        );
    }
    return CORNU_OK;
}

static bool reads_batches(const cornu_callback *callback) {
    return ((const tensor_board *)callback)->args.update_freq != CORNU_NONE;
}

/* ---- over a restart -------------------------------------------------------------------------- */

static cornu_status save_file(cornu_state *state, const char *name, cornu_events *events) {
    char key[32];
    if (!events) return CORNU_OK;
    CORNU_TRY(cornu_state_set_text(state, name, cornu_events_path(events)));
    snprintf(key, sizeof key, "%s_size", name);
    CORNU_TRY(cornu_state_set_int(state, key, cornu_events_size(events)));
    return cornu_events_sync(events);
}

static cornu_status load_file(const cornu_state *state, const char *name, cornu_events **events) {
    char key[32], *path;
    int64_t size;
    if (!cornu_state_has(state, name)) return CORNU_OK;
    snprintf(key, sizeof key, "%s_size", name);
    CORNU_TRY(cornu_state_get_int(state, key, &size));
    CORNU_TRY(cornu_state_get_text(state, name, &path));
    *events = cornu_events_continue(path, size);
    cornu_free(path);
    return *events ? CORNU_OK : cornu_error_status();
}

static cornu_status save_state(cornu_callback *callback, cornu_state *state) {
    tensor_board *self = (tensor_board *)callback;
    CORNU_TRY(cornu_state_set_int(state, "batches", self->batches));
    CORNU_TRY(save_file(state, "train", self->train));
    return save_file(state, "validation", self->validation);
}

static cornu_status load_state(cornu_callback *callback, cornu_state *state) {
    tensor_board *self = (tensor_board *)callback;
    CORNU_TRY(cornu_state_get_int(state, "batches", &self->batches));
    self->epoch_batches = self->batches;
    close_all(self);
    CORNU_TRY(load_file(state, "train", &self->train));
    return load_file(state, "validation", &self->validation);
}

static const cornu_callback_tensor_board_args defaults = {CORNU_CALLBACK_TENSOR_BOARD_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_tensor_board_args, STRING, log_dir),
    CORNU_FIELD(cornu_callback_tensor_board_args, INT, histogram_freq),
    CORNU_FIELD(cornu_callback_tensor_board_args, BOOL, write_graph),
    CORNU_FIELD(cornu_callback_tensor_board_args, BOOL, write_images),
    CORNU_FIELD(cornu_callback_tensor_board_args, BOOL, write_steps_per_second),
    CORNU_FIELD(cornu_callback_tensor_board_args, INT, update_freq),
};

CORNU_CALLBACK_CLASS(tensor_board){
    CORNU_CLASS_ARGS(tensor_board, args, defaults, fields),
    .name = "TensorBoard",
    .init = init,
    .destroy = destroy,
    .on_train_begin = on_train_begin,
    .on_train_end = on_train_end,
    .on_epoch_begin = on_epoch_begin,
    .on_epoch_end = on_epoch_end,
    .on_train_batch_begin = on_train_batch_begin,
    .on_train_batch_end = on_train_batch_end,
    .on_test_end = on_test_end,
    .reads_batches = reads_batches,
    .save_state = save_state,
    .load_state = load_state,
};

cornu_callback *cornu_callback_tensor_board_new(const cornu_callback_tensor_board_args *args) {
    return cornu_callback_create(&cornu_callback_tensor_board_class, args);
}
