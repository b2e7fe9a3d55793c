/* Counts of true and false positives and negatives at thresholds.
 * keras/src/metrics/metrics_utils.py, update_confusion_matrix_variables */
#include "confusion.h"

/* Keras' epsilon. */
static const double epsilon = 1e-7;

bool cornu_confusion_is_even_(const double *thresholds, size_t count) {
    bool even = count >= 3;
    for (size_t i = 0; even && i < count; i++) {
        double wanted = (double)i / (double)(count - 1);
        even = fabs(thresholds[i] - wanted) <= epsilon + 1e-5 * wanted;
    }
    return even;
}

cornu_tensor *cornu_confusion_list_(cornu_floats values) {
    float *narrow = cornu_allocate(values.count * sizeof *narrow);
    if (!narrow) return NULL;
    for (size_t i = 0; i < values.count; i++) narrow[i] = (float)values.items[i];
    cornu_shape shape = cornu_shape((int64_t)values.count);
    cornu_tensor *list = cornu_tensor_from(CORNU_FLOAT32, shape, narrow);
    cornu_free(narrow);
    return list;
}

cornu_status cornu_confusion_keep_(cornu_confusion *self, cornu_floats thresholds) {
    self->thresholds = cornu_confusion_list_(thresholds);
    return self->thresholds ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_confusion_set_(cornu_confusion *self, cornu_floats given, double otherwise) {
    for (size_t i = 0; i < given.count; i++) {
        if (!(given.items[i] >= 0 && given.items[i] <= 1)) {
            CORNU_FAIL(
                CORNU_EINVAL, "%s: thresholds must be in 0..1, got %g", self->base.cls->name,
                given.items[i]
            );
        }
    }
    if (given.count == 0) return cornu_confusion_keep_(self, (cornu_floats){&otherwise, 1});
    self->even = cornu_confusion_is_even_(given.items, given.count);
    return cornu_confusion_keep_(self, given);
}

cornu_status cornu_confusion_spread_(cornu_confusion *self, int64_t count, bool open_ends) {
    if (count < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "%s: num_thresholds must be positive, got %lld", self->base.cls->name,
            (long long)count
        );
    if (count == 1) return cornu_confusion_keep_(self, cornu_floats(0.5));
    double *values = cornu_allocate((size_t)count * sizeof *values);
    if (!values) return CORNU_ENOMEM;
    for (int64_t i = 0; i < count; i++) values[i] = (double)i / (double)(count - 1);
    if (open_ends) values[0] = -epsilon, values[count - 1] = 1 + epsilon;
    self->even = true;
    self->open_ends = open_ends;
    cornu_status status = cornu_confusion_keep_(self, (cornu_floats){values, (size_t)count});
    cornu_free(values);
    return status;
}

void cornu_confusion_destroy_(void *metric) {
    cornu_tensor_free(((cornu_confusion *)metric)->thresholds);
}

cornu_status cornu_confusion_build_(cornu_confusion *self, unsigned counts, int64_t labels) {
    static const char *const names[] = {
        "true_positives", "false_positives", "true_negatives", "false_negatives"};
    cornu_tensor **places[] = {&self->tp, &self->fp, &self->tn, &self->fn};
    int64_t count = cornu_tensor_size(self->thresholds);
    cornu_shape shape = labels > 0 ? cornu_shape(count, labels) : cornu_shape(count);
    for (unsigned i = 0; i < 4; i++) {
        if (!(counts & 1u << i)) continue;
        *places[i] = cornu_metric_add_variable(&self->base, names[i], shape);
        if (!*places[i]) return cornu_error_status();
    }
    return CORNU_OK;
}

/* ---- a batch as tables ----------------------------------------------------------------------- */

/* Samples and labels of a batch, [samples, labels]; one label unless they are counted apart. */
typedef struct batch {
    cornu_tensor *y_pred;
    cornu_tensor *positive, *negative; /* the weight of what is true, and of what is not */
} batch;

/* Predictions that are not among the k largest fall below every threshold. */
static cornu_tensor *keep_top(cornu_tensor *y_pred, int64_t k) {
    cornu_tensor *order = cornu_op_argsort(cornu_op_negative(y_pred), -1);
    cornu_tensor *rank = cornu_op_argsort(order, -1);
    cornu_tensor *kept = cornu_op_less(rank, cornu_scalar_of(CORNU_INT32, (double)k));
    return cornu_op_where(kept, y_pred, cornu_scalar(CORNU_CONFUSION_ALL_));
}

static cornu_tensor *only_class(cornu_tensor *x, int64_t id) {
    if (!x) return NULL;
    int rank = cornu_tensor_rank(x);
    if (rank < 2 || id < 0 || id >= cornu_tensor_dim(x, -1))
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "there is no class_id %lld in %lld classes", (long long)id,
            (long long)(rank < 2 ? 1 : cornu_tensor_dim(x, -1))
        );
    int64_t start[CORNU_MAX_RANK] = {0};
    cornu_shape size = *cornu_tensor_shape(x);
    start[rank - 1] = id;
    size.dims[rank - 1] = 1;
    return cornu_op_slice(x, start, size);
}

/* Weights [batch] or of more axes as those of y, of the same rank and broadcast. */
static cornu_tensor *spread_weights(cornu_tensor *weights, cornu_tensor *y) {
    weights = cornu_op_expand_dims(cornu_op_cast(weights, CORNU_FLOAT32), -1);
    if (!weights || !y) return NULL;
    if (cornu_tensor_rank(weights) == cornu_tensor_rank(y) + 1)
        weights = cornu_op_squeeze(weights, cornu_axes(-1));
    return cornu_op_broadcast_to(weights, *cornu_tensor_shape(y));
}

static cornu_tensor *as_table(cornu_tensor *x, bool multi_label) {
    if (!x || multi_label) return x;
    return cornu_op_reshape(x, cornu_shape(-1, 1));
}

static cornu_status prepare(
    const cornu_confusion_rule *rule, cornu_tensor *y_true, cornu_tensor *y_pred,
    cornu_tensor *weights, batch *out
) {
    y_true = cornu_op_cast(cornu_op_cast(y_true, CORNU_BOOL), CORNU_FLOAT32);
    y_pred = cornu_op_cast(y_pred, CORNU_FLOAT32);
    CORNU_TRY(cornu_match_ranks(&y_pred, &y_true));
    if (!cornu_shape_equal(cornu_tensor_shape(y_true), cornu_tensor_shape(y_pred))) {
        char a[256], b[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "targets %s and predictions %s must have the same shape",
            cornu_shape_format(cornu_tensor_shape(y_true), a, sizeof a),
            cornu_shape_format(cornu_tensor_shape(y_pred), b, sizeof b)
        );
    }
    if (rule->multi_label && cornu_tensor_rank(y_pred) != 2)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "labels that are counted apart want predictions [batch, labels], not "
            "rank %d",
            cornu_tensor_rank(y_pred)
        );
    if (rule->top_k != CORNU_NONE) y_pred = keep_top(y_pred, rule->top_k);
    if (rule->class_id != CORNU_NONE) {
        y_true = only_class(y_true, rule->class_id);
        y_pred = only_class(y_pred, rule->class_id);
    }
    cornu_tensor *weight = weights ? spread_weights(weights, y_pred) : NULL;
    if (weights && !weight) return cornu_error_status();
    if (rule->label_weights && y_pred) {
        cornu_tensor *per_label =
            cornu_op_broadcast_to(rule->label_weights, *cornu_tensor_shape(y_pred));
        weight = weight ? cornu_op_multiply(weight, per_label) : per_label;
    }
    cornu_tensor *not_true = cornu_op_subtract(cornu_scalar(1), y_true);
    out->positive = weight ? cornu_op_multiply(y_true, weight) : y_true;
    out->negative = weight ? cornu_op_multiply(not_true, weight) : not_true;
    out->y_pred = as_table(y_pred, rule->multi_label);
    out->positive = as_table(out->positive, rule->multi_label);
    out->negative = as_table(out->negative, rule->multi_label);
    return out->y_pred && out->positive && out->negative ? CORNU_OK : cornu_error_status();
}

/* ---- counting -------------------------------------------------------------------------------- */

static cornu_status add(cornu_tensor *variable, cornu_tensor *counts) {
    if (!variable) return CORNU_OK;
    if (!counts) return cornu_error_status();
    return cornu_assign_add(variable, cornu_op_reshape(counts, *cornu_tensor_shape(variable)));
}

/* sum(weight * chosen) over the samples: [thresholds, labels] */
static cornu_tensor *count(cornu_tensor *chosen, cornu_tensor *weight) {
    return cornu_op_sum(
        cornu_op_multiply(chosen, cornu_op_expand_dims(weight, 0)), .axis = cornu_axes(1)
    );
}

/* Compares every prediction with every threshold. */
static cornu_status compare(cornu_confusion *self, const batch *b) {
    cornu_tensor *limits = cornu_op_reshape(self->thresholds, cornu_shape(-1, 1, 1));
    cornu_tensor *above =
        cornu_op_cast(cornu_op_greater(cornu_op_expand_dims(b->y_pred, 0), limits), CORNU_FLOAT32);
    cornu_tensor *below = cornu_op_subtract(cornu_scalar(1), above);
    if (self->tp) CORNU_TRY(add(self->tp, count(above, b->positive)));
    if (self->fp) CORNU_TRY(add(self->fp, count(above, b->negative)));
    if (self->tn) CORNU_TRY(add(self->tn, count(below, b->negative)));
    return self->fn ? add(self->fn, count(below, b->positive)) : CORNU_OK;
}

/* How much weight lies above each threshold, [thresholds, labels]. `bucket` [samples, labels] says
 * between which two a prediction lies, 1 for the first. */
static cornu_tensor *above_each(cornu_tensor *bucket, cornu_tensor *weight, int64_t thresholds) {
    if (!bucket || !weight) return NULL;
    int64_t labels = cornu_tensor_dim(bucket, 1), width = thresholds + 1;
    cornu_tensor *first = cornu_op_arange(0, (double)(labels * width), (double)width, CORNU_INT32);
    cornu_tensor *place = cornu_op_reshape(cornu_op_add(bucket, first), cornu_shape(-1));
    cornu_tensor *sums =
        cornu_op_segment_sum(cornu_op_reshape(weight, cornu_shape(-1)), place, labels * width);
    sums = cornu_op_reshape(sums, cornu_shape(labels, width));
    /* bucket 0 is below every threshold */
    sums = cornu_op_slice(sums, (const int64_t[]){0, 1}, cornu_shape(labels, thresholds));
    sums = cornu_op_flip(cornu_op_cumsum(cornu_op_flip(sums, cornu_axes(1)), 1), cornu_axes(1));
    return cornu_op_transpose(sums, cornu_axes(1, 0));
}

/* Thresholds at equal distances: one pass over the predictions says in which bucket each lies. */
static cornu_status sort_into_buckets(cornu_confusion *self, const batch *b) {
    int64_t thresholds = cornu_tensor_size(self->thresholds);
    cornu_tensor *scaled =
        cornu_op_multiply(cornu_op_clip(b->y_pred, 0, 1), cornu_scalar((double)(thresholds - 1)));
    cornu_tensor *bucket = cornu_op_ceil(scaled); /* a prediction on a threshold is not above it */
    if (self->open_ends) bucket = cornu_op_maximum(bucket, cornu_scalar(1));
    bucket = cornu_op_cast(bucket, CORNU_INT32);
    cornu_tensor *tp = above_each(bucket, b->positive, thresholds);
    cornu_tensor *fp = above_each(bucket, b->negative, thresholds);
    CORNU_TRY(add(self->tp, tp));
    CORNU_TRY(add(self->fp, fp));
    cornu_tensor *negative = cornu_op_sum(b->negative, .axis = cornu_axes(0)); /* [labels] */
    cornu_tensor *positive = cornu_op_sum(b->positive, .axis = cornu_axes(0));
    CORNU_TRY(add(self->tn, cornu_op_subtract(negative, fp)));
    return add(self->fn, cornu_op_subtract(positive, tp));
}

cornu_status cornu_confusion_update_(
    cornu_confusion *self, const cornu_confusion_rule *rule, cornu_tensor *y_true,
    cornu_tensor *y_pred, cornu_tensor *weights
) {
    batch b = {0};
    if (!y_pred) return cornu_error_null("y_pred");
    CORNU_TRY(prepare(rule, y_true, y_pred, weights, &b));
    return self->even ? sort_into_buckets(self, &b) : compare(self, &b);
}
