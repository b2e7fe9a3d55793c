/* LearningRateScheduler: the learning rate of each epoch from a function.
 * keras/src/callbacks/learning_rate_scheduler.py */
#include "path_template.h"
#include <cornu/callbacks.h>
#include <cornu/model.h>
#include <stdio.h>
#include <string.h>

typedef struct {
    cornu_callback base;
    cornu_callback_learning_rate_scheduler_args args;
} scheduler;

static cornu_status init(void *object) {
    const scheduler *self = object;
    return self->args.schedule ? CORNU_OK : cornu_error_null("schedule");
}

static void destroy(void *object) {
    const scheduler *self = object;
    if (self->args.free_user) self->args.free_user(self->args.user);
}

/* A MultiOptimizer has a rate for each of its optimizers; others have one. */
static cornu_optimizer *optimizer_at(cornu_optimizer *optimizer, size_t index, bool *several) {
    *several = strcmp(optimizer->cls->name, "MultiOptimizer") == 0;
    if (*several) return optimizer->cls->inner(optimizer, index);
    return index == 0 ? optimizer : NULL;
}

static cornu_status set_rate(
    scheduler *self, cornu_optimizer *optimizer, int64_t epoch, const char *which
) {
    double before = cornu_optimizer_learning_rate(optimizer);
    double rate = self->args.schedule(self->args.user, epoch, before);
    if (!isfinite(rate))
        CORNU_FAIL(
            CORNU_EINVAL, "the schedule gives a learning rate of %g for epoch %lld", rate,
            (long long)epoch + 1
        );
    CORNU_TRY(cornu_optimizer_set_learning_rate(optimizer, rate));
    if (self->args.verbose > 0) {
        char text[40];
        cornu_number_text_(rate, text);
        printf(
            "\nEpoch %lld: LearningRateScheduler setting %slearning rate to %s.\n",
            (long long)epoch + 1, which, text
        );
    }
    return CORNU_OK;
}

static cornu_status on_epoch_begin(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    cornu_optimizer *all = cornu_model_optimizer(model), *one;
    bool several;
    char which[160] = "";
    (void)logs;
    for (size_t i = 0; (one = optimizer_at(all, i, &several)); i++) {
        if (several) snprintf(which, sizeof which, "%s_%zu ", cornu_optimizer_name(one), i);
        CORNU_TRY(set_rate((scheduler *)callback, one, epoch, which));
    }
    return CORNU_OK;
}

static cornu_status on_epoch_end(
    cornu_callback *callback, cornu_model *model, int64_t epoch, cornu_logs *logs
) {
    cornu_optimizer *all = cornu_model_optimizer(model), *one;
    bool several;
    char name[128] = "learning_rate";
    (void)callback, (void)epoch;
    for (size_t i = 0; (one = optimizer_at(all, i, &several)); i++) {
        if (several)
            snprintf(name, sizeof name, "learning_rate_%.90s_%zu", cornu_optimizer_name(one), i);
        CORNU_TRY(cornu_logs_set(logs, name, cornu_optimizer_learning_rate(one)));
    }
    return CORNU_OK;
}

static const cornu_callback_learning_rate_scheduler_args defaults = {
    CORNU_CALLBACK_LEARNING_RATE_SCHEDULER_DEFAULTS};

CORNU_CALLBACK_CLASS(learning_rate_scheduler){
    .name = "LearningRateScheduler",
    .size = sizeof(scheduler),
    .args_offset = offsetof(scheduler, args),
    .defaults = &defaults,
    .init = init,
    .destroy = destroy,
    .on_epoch_begin = on_epoch_begin,
    .on_epoch_end = on_epoch_end,
};

cornu_callback *cornu_callback_learning_rate_scheduler_new(
    const cornu_callback_learning_rate_scheduler_args *args
) {
    return cornu_callback_create(&cornu_callback_learning_rate_scheduler_class, args);
}
