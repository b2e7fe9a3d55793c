/* The callbacks of one fit, evaluate or predict. keras/src/callbacks/callback_list.py */
#include "train/training.h"

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

bool cornu_callbacks_have_(cornu_callback_list callbacks, cornu_hook hook) {
    for (size_t i = 0; i < callbacks.count; i++)
        if (plain(callbacks.items[i]->cls, hook) || indexed(callbacks.items[i]->cls, hook))
            return true;
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
