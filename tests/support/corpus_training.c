/* See corpus_training.h. */
#include "support/corpus_training.h"

#include <stdlib.h>

double corpus_number(const cJSON *object, const char *key, double otherwise) {
    const cJSON *item = cJSON_GetObjectItemCaseSensitive(object, key);
    return cJSON_IsNumber(item) ? item->valuedouble : otherwise;
}

cornu_status corpus_training_read(const corpus_case *c, corpus_training *t) {
    const cJSON *json = c->json, *fit = cJSON_GetObjectItem(json, "fit");
    const cJSON *validation = cJSON_GetObjectItem(json, "validation");
    *t = (corpus_training){.x_count = 0};
    CORNU_TRY(corpus_arrays(c, json, "x", t->x, &t->x_count));
    CORNU_TRY(corpus_arrays(c, json, "y", t->y, &t->y_count));
    CORNU_TRY(corpus_arrays(c, json, "sample_weight", t->sample_weight, &t->weight_count));
    CORNU_TRY(corpus_arrays(c, validation, "x", t->validation_x, &t->validation_x_count));
    CORNU_TRY(corpus_arrays(c, validation, "y", t->validation_y, &t->validation_y_count));
    CORNU_TRY(corpus_arrays(
        c, validation, "sample_weight", t->validation_weight, &t->validation_weight_count
    ));
    const cJSON *item;
    cJSON_ArrayForEach(item, cJSON_GetObjectItem(json, "class_weight")) {
        if (t->class_weight_count == 64) CORNU_FAIL(CORNU_EINVAL, "more than 64 classes");
        t->class_weight[t->class_weight_count++] = (cornu_class_weight
        ){.label = strtoll(item->string, NULL, 10), .weight = item->valuedouble};
    }
    t->batch_size = (int64_t)corpus_number(fit, "batch_size", 32);
    t->epochs = (int64_t)corpus_number(fit, "epochs", 1);
    t->initial_epoch = (int64_t)corpus_number(fit, "initial_epoch", 0);
    t->validation_split = corpus_number(fit, "validation_split", 0);
    t->rtol = corpus_number(json, "history_rtol", c->rtol);
    t->atol = corpus_number(json, "history_atol", c->atol);
    return CORNU_OK;
}

/* One array for each output; a single one is for all of them. */
static cornu_tensor_list several(cornu_tensor *const *arrays, size_t count) {
    return (cornu_tensor_list){arrays, count > 1 ? count : 0};
}

cornu_status corpus_training_evaluate(
    const corpus_training *t, cornu_model *model, cornu_logs *logs
) {
    return cornu_evaluate(
        model, .inputs = {t->x, t->x_count}, .targets = {t->y, t->y_count},
        .sample_weight = t->weight_count == 1 ? t->sample_weight[0] : NULL,
        .sample_weights = several(t->sample_weight, t->weight_count), .batch_size = t->batch_size,
        .logs = logs, .verbose = CORNU_VERBOSE_SILENT
    );
}

cornu_history *corpus_training_fit(
    const corpus_training *t, cornu_model *model, cornu_callback *callback
) {
    return cornu_fit(
        model, .inputs = {t->x, t->x_count}, .targets = {t->y, t->y_count},
        .sample_weight = t->weight_count == 1 ? t->sample_weight[0] : NULL,
        .sample_weights = several(t->sample_weight, t->weight_count),
        .class_weight = t->class_weight, .class_weight_count = t->class_weight_count,
        .batch_size = t->batch_size, .epochs = t->epochs, .initial_epoch = t->initial_epoch,
        .shuffle = false, .validation_split = t->validation_split,
        .validation_inputs = {t->validation_x, t->validation_x_count},
        .validation_targets = {t->validation_y, t->validation_y_count},
        .validation_sample_weight =
            t->validation_weight_count == 1 ? t->validation_weight[0] : NULL,
        .validation_sample_weights = several(t->validation_weight, t->validation_weight_count),
        .callbacks = cornu_callbacks(callback), .verbose = CORNU_VERBOSE_SILENT
    );
}
