/* BackupAndRestore: keeps the run in a file, and goes on from there after a restart.
 * keras/src/callbacks/backup_and_restore.py
 *
 * Keras keeps weights, epoch and step; here all that the run has become is kept, so that its end
 * has the same bits as if it had never been killed. */
#include <cornu/callbacks.h>
#include <cornu/save.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    cornu_callback base;
    cornu_callback_backup_and_restore_args args;
    char *latest, *previous; /* files in backup_dir */
    int64_t since_save;      /* batches */
    bool interrupted;
} backup;

static char *path_in(const char *folder, const char *name) {
    size_t length = strlen(folder), size = length + strlen(name) + 2;
    const char *between = length > 0 && folder[length - 1] == '/' ? "" : "/";
    char *path = cornu_allocate(size);
    if (path) snprintf(path, size, "%s%s%s", folder, between, name);
    return path;
}

static cornu_status init(void *object) {
    backup *self = object;
    const cornu_callback_backup_and_restore_args *args = &self->args;
    if (!args->backup_dir) return cornu_error_null("backup_dir");
    if (!*args->backup_dir) CORNU_FAIL(CORNU_EINVAL, "backup_dir is empty");
    if (args->save_freq != CORNU_NONE && args->save_freq < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "save_freq must be at least 1 batch, got %lld", (long long)args->save_freq
        );
    self->latest = path_in(args->backup_dir, "latest.npz");
    self->previous = path_in(args->backup_dir, "previous.npz");
    return self->latest && self->previous ? CORNU_OK : CORNU_ENOMEM;
}

static void destroy(void *object) {
    backup *self = object;
    cornu_free(self->latest);
    cornu_free(self->previous);
}

static bool exists(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file) fclose(file);
    return file != NULL;
}

/* The folder is made first: that it cannot be is known before hours of training, not after. */
static cornu_status on_train_begin(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    backup *self = (backup *)callback;
    (void)model, (void)logs;
    self->since_save = 0;
    self->interrupted = false;
    return cornu_make_folder(self->args.backup_dir);
}

/* The latest file; the one before it where there are two and the latest cannot be read. */
static cornu_status on_run_begin(cornu_callback *callback, cornu_run *run) {
    backup *self = (backup *)callback;
    bool both = self->args.double_checkpoint && exists(self->previous);
    if (!exists(self->latest) && !both) return CORNU_OK;
    cornu_state *state = cornu_state_load(self->latest);
    cornu_status status = state ? CORNU_OK : cornu_error_status();
    bool unreadable = status == CORNU_EIO || status == CORNU_EFORMAT;
    if (unreadable && both) {
        cornu_error_clear();
        state = cornu_state_load(self->previous);
    }
    return state ? cornu_run_continue(run, state) : cornu_error_status();
}

static cornu_status write_backup(backup *self, cornu_run *run) {
    self->since_save = 0; /* which is part of what is kept */
    cornu_state *state = cornu_state_new();
    if (!state) return CORNU_ENOMEM;
    cornu_status status = cornu_run_keep(run, state);
    /* between the two steps there is no latest file, but the one before it */
    if (status == CORNU_OK && self->args.double_checkpoint && exists(self->latest) &&
        rename(self->latest, self->previous) != 0)
        status = cornu_error_set(
            CORNU_EIO, __FILE__, __LINE__, "'%s' cannot be renamed to '%s'", self->latest,
            self->previous
        );
    if (status == CORNU_OK) status = cornu_state_save(state, self->latest);
    cornu_state_free(state);
    return status;
}

static cornu_status on_pause(cornu_callback *callback, cornu_run *run, const cornu_pause *pause) {
    backup *self = (backup *)callback;
    bool by_epoch = self->args.save_freq == CORNU_NONE;
    if (!pause->epoch_ended) self->since_save++;
    bool due = by_epoch ? pause->epoch_ended
                        : pause->epoch_ended || self->since_save >= self->args.save_freq;
    if (pause->interrupted) self->interrupted = due = true;
    return due ? write_backup(self, run) : CORNU_OK;
}

/* The run is over and needs no backup. The folder goes too, if nobody else put anything there. */
static cornu_status on_train_end(cornu_callback *callback, cornu_model *model, cornu_logs *logs) {
    backup *self = (backup *)callback;
    (void)model, (void)logs;
    if (self->interrupted || !self->args.delete_checkpoint) return CORNU_OK;
    (void)remove(self->previous);
    (void)remove(self->latest);
    (void)remove(self->args.backup_dir);
    return CORNU_OK;
}

static const cornu_callback_backup_and_restore_args defaults = {
    CORNU_CALLBACK_BACKUP_AND_RESTORE_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_callback_backup_and_restore_args, STRING, backup_dir),
    CORNU_FIELD(cornu_callback_backup_and_restore_args, INT, save_freq),
    CORNU_FIELD(cornu_callback_backup_and_restore_args, BOOL, double_checkpoint),
    CORNU_FIELD(cornu_callback_backup_and_restore_args, BOOL, delete_checkpoint),
};

CORNU_CALLBACK_CLASS(backup_and_restore){
    CORNU_CLASS_ARGS(backup, args, defaults, fields),
    .name = "BackupAndRestore",
    .init = init,
    .destroy = destroy,
    .on_train_begin = on_train_begin,
    .on_run_begin = on_run_begin,
    .on_pause = on_pause,
    .on_train_end = on_train_end,
};

cornu_callback *cornu_callback_backup_and_restore_new(
    const cornu_callback_backup_and_restore_args *args
) {
    return cornu_callback_create(&cornu_callback_backup_and_restore_class, args);
}
