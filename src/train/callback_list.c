/* The callbacks of one fit, evaluate or predict. keras/src/callbacks/callback_list.py */
#include "base/memory.h"
#include "train/training.h"
#include <stdio.h>
#include <string.h>

typedef cornu_status plain_hook(cornu_callback *self, cornu_model *model, cornu_logs *logs);
typedef cornu_status indexed_hook(
    cornu_callback *self, cornu_model *model, int64_t index, cornu_logs *logs
);

static plain_hook *plain(const cornu_callback_class *cls, cornu_hook hook) {
    switch (hook) {
    case CORNU_HOOK_TRAIN_BEGIN:
        return cls->on_train_begin;
    case CORNU_HOOK_TRAIN_END:
        return cls->on_train_end;
    case CORNU_HOOK_TEST_BEGIN:
        return cls->on_test_begin;
    case CORNU_HOOK_TEST_END:
        return cls->on_test_end;
    case CORNU_HOOK_PREDICT_BEGIN:
        return cls->on_predict_begin;
    case CORNU_HOOK_PREDICT_END:
        return cls->on_predict_end;
    default:
        return NULL;
    }
}

static indexed_hook *indexed(const cornu_callback_class *cls, cornu_hook hook) {
    switch (hook) {
    case CORNU_HOOK_EPOCH_BEGIN:
        return cls->on_epoch_begin;
    case CORNU_HOOK_EPOCH_END:
        return cls->on_epoch_end;
    case CORNU_HOOK_TRAIN_BATCH_BEGIN:
        return cls->on_train_batch_begin;
    case CORNU_HOOK_TRAIN_BATCH_END:
        return cls->on_train_batch_end;
    case CORNU_HOOK_TEST_BATCH_BEGIN:
        return cls->on_test_batch_begin;
    case CORNU_HOOK_TEST_BATCH_END:
        return cls->on_test_batch_end;
    case CORNU_HOOK_PREDICT_BATCH_BEGIN:
        return cls->on_predict_batch_begin;
    case CORNU_HOOK_PREDICT_BATCH_END:
        return cls->on_predict_batch_end;
    default:
        return NULL;
    }
}

cornu_status cornu_callbacks_call_(
    cornu_callback_list callbacks, cornu_hook hook, cornu_model *model, int64_t index,
    cornu_logs *logs
) {
    for (size_t i = 0; i < callbacks.count; i++) {
        cornu_callback *callback = callbacks.items[i];
        plain_hook *without = plain(callback->cls, hook);
        indexed_hook *with = indexed(callback->cls, hook);
        cornu_status status = without ? without(callback, model, logs)
                              : with  ? with(callback, model, index, logs)
                                      : CORNU_OK;
        CORNU_TRY(status, "callback %s", callback->cls->name);
    }
    return CORNU_OK;
}

cornu_status cornu_callbacks_run_begin_(cornu_callback_list callbacks, cornu_run *run) {
    for (size_t i = 0; i < callbacks.count; i++) {
        const cornu_callback_class *cls = callbacks.items[i]->cls;
        if (cls->on_run_begin)
            CORNU_TRY(cls->on_run_begin(callbacks.items[i], run), "callback %s", cls->name);
    }
    return CORNU_OK;
}

cornu_status cornu_callbacks_pause_(
    cornu_callback_list callbacks, cornu_run *run, const cornu_pause *pause
) {
    for (size_t i = 0; i < callbacks.count; i++) {
        const cornu_callback_class *cls = callbacks.items[i]->cls;
        if (cls->on_pause)
            CORNU_TRY(cls->on_pause(callbacks.items[i], run, pause), "callback %s", cls->name);
    }
    return CORNU_OK;
}

static cornu_status save_one(cornu_callback *callback, cornu_state *state) {
    CORNU_TRY(cornu_state_set_text(state, "class", callback->cls->name));
    return callback->cls->save_state ? callback->cls->save_state(callback, state) : CORNU_OK;
}

static cornu_status load_one(cornu_callback *callback, cornu_state *state) {
    char *found;
    CORNU_TRY(cornu_state_get_text(state, "class", &found));
    cornu_status status = CORNU_OK;
    if (strcmp(found, callback->cls->name) != 0)
        status = cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__,
            "the run was kept with a %s in this place of the list of callbacks", found
        );
    cornu_free_(found);
    CORNU_TRY(status);
    return callback->cls->load_state ? callback->cls->load_state(callback, state) : CORNU_OK;
}

typedef cornu_status one(cornu_callback *callback, cornu_state *state);

static cornu_status for_each(cornu_callback_list callbacks, cornu_state *state, one *function) {
    for (size_t i = 0; i < callbacks.count; i++) {
        char group[24];
        snprintf(group, sizeof group, "%zu", i);
        CORNU_TRY(cornu_state_enter(state, group));
        cornu_status status = function(callbacks.items[i], state);
        cornu_state_leave(state);
        CORNU_TRY(status, "callback %s", callbacks.items[i]->cls->name);
    }
    return CORNU_OK;
}

cornu_status cornu_callbacks_save_(cornu_callback_list callbacks, cornu_state *state) {
    CORNU_TRY(cornu_state_set_int(state, "count", (int64_t)callbacks.count));
    return for_each(callbacks, state, save_one);
}

cornu_status cornu_callbacks_load_(cornu_callback_list callbacks, cornu_state *state) {
    int64_t count;
    CORNU_TRY(cornu_state_get_int(state, "count", &count));
    if (count != (int64_t)callbacks.count)
        CORNU_FAIL(
            CORNU_EINVAL, "the run was kept with %lld callbacks, %zu given", (long long)count,
            callbacks.count
        );
    return for_each(callbacks, state, load_one);
}

bool cornu_callbacks_have_(cornu_callback_list callbacks, cornu_hook hook) {
    for (size_t i = 0; i < callbacks.count; i++) {
        const cornu_callback_class *cls = callbacks.items[i]->cls;
        if (!plain(cls, hook) && !indexed(cls, hook)) continue;
        bool batch_end = hook == CORNU_HOOK_TRAIN_BATCH_END || hook == CORNU_HOOK_TEST_BATCH_END;
        if (!batch_end || !cls->reads_batches || cls->reads_batches(callbacks.items[i]))
            return true;
    }
    return false;
}

cornu_status cornu_callbacks_check_(cornu_callback_list callbacks) {
    for (size_t i = 0; i < callbacks.count; i++)
        if (!callbacks.items[i]) return cornu_error_null("callback");
    return CORNU_OK;
}

void cornu_callbacks_free_(cornu_callback_list callbacks) {
    for (size_t i = 0; i < callbacks.count; i++) cornu_callback_free(callbacks.items[i]);
}
