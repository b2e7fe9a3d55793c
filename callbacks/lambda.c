/* LambdaCallback: hooks from functions of the user's own. keras/src/callbacks/lambda_callback.py */
#include <cornu/callbacks.h>

typedef struct {
    cornu_callback base;
    cornu_callback_lambda_args args;
} lambda;

static void destroy(void *object) {
    const lambda *self = object;
    if (self->args.free_user) self->args.free_user(self->args.user);
}

static cornu_status run(
    cornu_callback *callback, cornu_callback_function *function, cornu_model *model, int64_t index,
    cornu_logs *logs
) {
    return function ? function(((lambda *)callback)->args.user, model, index, logs) : CORNU_OK;
}

#define PLAIN(hook)                                                                                \
    static cornu_status hook(cornu_callback *self, cornu_model *model, cornu_logs *logs) {         \
        return run(self, ((lambda *)self)->args.hook, model, -1, logs);                            \
    }
#define INDEXED(hook)                                                                              \
    static cornu_status hook(                                                                      \
        cornu_callback *self, cornu_model *model, int64_t index, cornu_logs *logs                  \
    ) {                                                                                            \
        return run(self, ((lambda *)self)->args.hook, model, index, logs);                         \
    }
PLAIN(on_train_begin)
PLAIN(on_train_end)
INDEXED(on_epoch_begin)
INDEXED(on_epoch_end)
INDEXED(on_train_batch_begin)
INDEXED(on_train_batch_end)

static const cornu_callback_lambda_args defaults = {CORNU_CALLBACK_LAMBDA_DEFAULTS};

CORNU_CALLBACK_CLASS(lambda){
    .name = "LambdaCallback",
    .size = sizeof(lambda),
    .args_offset = offsetof(lambda, args),
    .defaults = &defaults,
    .destroy = destroy,
    .on_train_begin = on_train_begin,
    .on_train_end = on_train_end,
    .on_epoch_begin = on_epoch_begin,
    .on_epoch_end = on_epoch_end,
    .on_train_batch_begin = on_train_batch_begin,
    .on_train_batch_end = on_train_batch_end,
};

cornu_callback *cornu_callback_lambda_new(const cornu_callback_lambda_args *args) {
    cornu_callback *callback = cornu_callback_create(&cornu_callback_lambda_class, args);
    /* There is no init that could fail: without an object, nobody has freed `user` yet. */
    if (!callback && args && args->free_user) args->free_user(args->user);
    return callback;
}
