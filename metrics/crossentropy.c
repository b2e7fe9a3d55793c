/* The cross-entropies as metrics. keras/src/metrics/probabilistic_metrics.py:
 * BinaryCrossentropy, CategoricalCrossentropy, SparseCategoricalCrossentropy */
#include "wrapped_loss.h"

typedef struct {
    cornu_wrapped_loss base;
    cornu_metric_binary_crossentropy_args args;
} binary;

typedef struct {
    cornu_wrapped_loss base;
    cornu_metric_categorical_crossentropy_args args;
} categorical;

typedef struct {
    cornu_wrapped_loss base;
    cornu_metric_sparse_categorical_crossentropy_args args;
} sparse;

static const char *truth(bool value) { return value ? "true" : "false"; }

static cornu_status init_binary(void *object) {
    const cornu_metric_binary_crossentropy_args *args = &((binary *)object)->args;
    return cornu_wrap_loss_(
        object, "BinaryCrossentropy", "\"from_logits\": %s, \"label_smoothing\": %.17g",
        truth(args->from_logits), args->label_smoothing
    );
}

static cornu_status init_categorical(void *object) {
    const cornu_metric_categorical_crossentropy_args *args = &((categorical *)object)->args;
    return cornu_wrap_loss_(
        object, "CategoricalCrossentropy",
        "\"from_logits\": %s, \"label_smoothing\": %.17g, \"axis\": %lld", truth(args->from_logits),
        args->label_smoothing, (long long)args->axis
    );
}

static cornu_status init_sparse(void *object) {
    const cornu_metric_sparse_categorical_crossentropy_args *args = &((sparse *)object)->args;
    const char *logits = truth(args->from_logits);
    if (args->ignore_class == CORNU_NONE) {
        return cornu_wrap_loss_(
            object, "SparseCategoricalCrossentropy", "\"from_logits\": %s, \"axis\": %lld", logits,
            (long long)args->axis
        );
    }
    return cornu_wrap_loss_(
        object, "SparseCategoricalCrossentropy",
        "\"from_logits\": %s, \"axis\": %lld, \"ignore_class\": %lld", logits,
        (long long)args->axis, (long long)args->ignore_class
    );
}

static const cornu_metric_binary_crossentropy_args binary_defaults = {
    CORNU_METRIC_BINARY_CROSSENTROPY_DEFAULTS, .name = "binary_crossentropy"};
static const cornu_metric_categorical_crossentropy_args categorical_defaults = {
    CORNU_METRIC_CATEGORICAL_CROSSENTROPY_DEFAULTS, .name = "categorical_crossentropy"};
static const cornu_metric_sparse_categorical_crossentropy_args sparse_defaults = {
    CORNU_METRIC_SPARSE_CATEGORICAL_CROSSENTROPY_DEFAULTS,
    .name = "sparse_categorical_crossentropy"};
static const cornu_field binary_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_binary_crossentropy_args),
    CORNU_FIELD(cornu_metric_binary_crossentropy_args, BOOL, from_logits),
    CORNU_FIELD(cornu_metric_binary_crossentropy_args, FLOAT, label_smoothing),
};
static const cornu_field categorical_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_categorical_crossentropy_args),
    CORNU_FIELD(cornu_metric_categorical_crossentropy_args, BOOL, from_logits),
    CORNU_FIELD(cornu_metric_categorical_crossentropy_args, FLOAT, label_smoothing),
    CORNU_FIELD(cornu_metric_categorical_crossentropy_args, INT, axis),
};
static const cornu_field sparse_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_sparse_categorical_crossentropy_args),
    CORNU_FIELD(cornu_metric_sparse_categorical_crossentropy_args, BOOL, from_logits),
    CORNU_FIELD(cornu_metric_sparse_categorical_crossentropy_args, INT, ignore_class),
    CORNU_FIELD(cornu_metric_sparse_categorical_crossentropy_args, INT, axis),
};
static const char *const binary_aliases[] = {"bce", "BCE", NULL};

CORNU_METRIC_CLASS(binary_crossentropy){
    CORNU_CLASS_ARGS(binary, args, binary_defaults, binary_fields),
    .name = "BinaryCrossentropy",
    .init = init_binary,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
    .aliases = binary_aliases,
};
CORNU_METRIC_CLASS(categorical_crossentropy){
    CORNU_CLASS_ARGS(categorical, args, categorical_defaults, categorical_fields),
    .name = "CategoricalCrossentropy",
    .init = init_categorical,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
};
CORNU_METRIC_CLASS(sparse_categorical_crossentropy){
    CORNU_CLASS_ARGS(sparse, args, sparse_defaults, sparse_fields),
    .name = "SparseCategoricalCrossentropy",
    .init = init_sparse,
    .destroy = cornu_wrapped_destroy_,
    .build = cornu_mean_build_,
    .masked_mean = true,
    .update = cornu_wrapped_update_,
    .result = cornu_mean_result_,
};

cornu_metric *cornu_metric_binary_crossentropy_new(const cornu_metric_binary_crossentropy_args *args
) {
    return cornu_metric_create(&cornu_metric_binary_crossentropy_class, args);
}
cornu_metric *cornu_metric_categorical_crossentropy_new(
    const cornu_metric_categorical_crossentropy_args *args
) {
    return cornu_metric_create(&cornu_metric_categorical_crossentropy_class, args);
}
cornu_metric *cornu_metric_sparse_categorical_crossentropy_new(
    const cornu_metric_sparse_categorical_crossentropy_args *args
) {
    return cornu_metric_create(&cornu_metric_sparse_categorical_crossentropy_class, args);
}
