/* Intersection over union of classes, tp / (tp + fp + fn), from a confusion matrix that grows with
 * the batches. keras/src/metrics/iou_metrics.py
 * The types are whole numbers unless asked otherwise, as in Keras: so are weights. */
#include <cornu/metrics.h>

/* What all five have; the classes that count are NULL where it is all of them. */
typedef struct iou {
    cornu_metric base;
    cornu_tensor *matrix;  /* [classes, classes]: rows are true, columns predicted */
    cornu_tensor *targets; /* int32, the classes whose mean is taken; owned, or NULL */
    int64_t classes, ignore_class;
    bool sparse_true, sparse_pred; /* labels are numbers, not one-hot along `axis` */
    int axis;
    double threshold; /* NAN: predictions are classes; or what is above it is class 1 */
} iou;

typedef struct {
    iou iou;
    cornu_metric_iou_args args;
} iou_metric;

typedef struct {
    iou iou;
    cornu_metric_binary_iou_args args;
} binary_iou;

/* ---- what they share ------------------------------------------------------------------------- */

static cornu_status set_targets(iou *self, cornu_ints ids) {
    const char *name = self->base.cls->name;
    if (self->classes < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "%s: num_classes must be positive, got %lld", name,
            (long long)self->classes
        );
    if (ids.count == 0) return CORNU_OK;
    int32_t *narrow = cornu_allocate(ids.count * sizeof *narrow);
    if (!narrow) return CORNU_ENOMEM;
    for (size_t i = 0; i < ids.count; i++) {
        narrow[i] = (int32_t)ids.items[i];
        if (ids.items[i] >= 0 && ids.items[i] < self->classes) continue;
        cornu_free(narrow);
        CORNU_FAIL(
            CORNU_EINVAL, "%s: target class %lld is not one of %lld classes", name,
            (long long)ids.items[i], (long long)self->classes
        );
    }
    self->targets = cornu_tensor_from(CORNU_INT32, cornu_shape((int64_t)ids.count), narrow);
    cornu_free(narrow);
    return self->targets ? CORNU_OK : cornu_error_status();
}

static void destroy(void *object) { cornu_tensor_free(((iou *)object)->targets); }

static cornu_status build(cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred) {
    iou *self = (iou *)metric;
    (void)y_true, (void)y_pred;
    self->matrix = cornu_metric_add_variable(
        metric, "total_confusion_matrix", cornu_shape(self->classes, self->classes)
    );
    return self->matrix ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *flat(cornu_tensor *x) { return cornu_op_reshape(x, cornu_shape(-1)); }

/* Classes as int32 [samples]. */
static cornu_tensor *classes_of(const iou *self, cornu_tensor *y, bool sparse) {
    if (!sparse) y = cornu_op_argmax(y, self->axis);
    return flat(cornu_op_cast(y, CORNU_INT32));
}

static cornu_tensor *predicted(const iou *self, cornu_tensor *y_pred) {
    if (!isnan(self->threshold))
        y_pred = cornu_op_greater_equal(y_pred, cornu_scalar(self->threshold));
    return classes_of(self, y_pred, self->sparse_pred);
}

/* Weights [samples] in the metric's type, 0 for what is ignored. */
static cornu_tensor *weights_of(const iou *self, cornu_tensor *labels, cornu_tensor *weights) {
    cornu_dtype dtype = self->base.dtype;
    if (!labels) return NULL;
    weights = weights ? flat(cornu_op_cast(weights, dtype)) : cornu_scalar_of(dtype, 1);
    weights = cornu_op_broadcast_to(weights, *cornu_tensor_shape(labels));
    if (self->ignore_class == CORNU_NONE) return weights;
    cornu_tensor *ignored = cornu_scalar_of(CORNU_INT32, (double)self->ignore_class);
    cornu_tensor *counts = cornu_op_cast(cornu_op_not_equal(labels, ignored), dtype);
    return cornu_op_multiply(weights, counts);
}

static cornu_status update(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *weights
) {
    iou *self = (iou *)metric;
    if (!y_pred) return cornu_error_null("y_pred");
    y_true = classes_of(self, y_true, self->sparse_true);
    y_pred = predicted(self, y_pred);
    weights = weights_of(self, y_true, weights);
    /* each sample is one element of the matrix; classes that do not exist count nowhere */
    cornu_tensor *count = cornu_scalar_of(CORNU_INT32, (double)self->classes);
    cornu_tensor *zero = cornu_scalar_of(CORNU_INT32, 0);
    cornu_tensor *exists = cornu_op_logical_and(
        cornu_op_logical_and(cornu_op_greater_equal(y_true, zero), cornu_op_less(y_true, count)),
        cornu_op_logical_and(cornu_op_greater_equal(y_pred, zero), cornu_op_less(y_pred, count))
    );
    cornu_tensor *place = cornu_op_add(cornu_op_multiply(y_true, count), y_pred);
    place = cornu_op_where(exists, place, cornu_scalar_of(CORNU_INT32, -1));
    /* summed in float64, which holds whole numbers exactly */
    cornu_tensor *sums = cornu_op_segment_sum(
        cornu_op_cast(weights, CORNU_FLOAT64), place, self->classes * self->classes
    );
    sums = cornu_op_reshape(sums, cornu_shape(self->classes, self->classes));
    return cornu_assign_add(self->matrix, cornu_op_cast(sums, metric->dtype));
}

static cornu_tensor *result(cornu_metric *metric) {
    const iou *self = (iou *)metric;
    cornu_tensor *matrix = cornu_op_cast(self->matrix, CORNU_FLOAT32);
    cornu_tensor *unit = cornu_op_eye(self->classes, self->classes, 0, CORNU_FLOAT32);
    cornu_tensor *tp = cornu_op_sum(cornu_op_multiply(matrix, unit), .axis = cornu_axes(0));
    cornu_tensor *sizes = cornu_op_add(
        cornu_op_sum(matrix, .axis = cornu_axes(0)), cornu_op_sum(matrix, .axis = cornu_axes(1))
    );
    cornu_tensor *all = cornu_op_subtract(sizes, tp); /* of the union, [classes] */
    if (self->targets) {
        tp = cornu_op_take(tp, self->targets, 0);
        all = cornu_op_take(all, self->targets, 0);
    }
    /* the mean is over the classes that occur */
    cornu_tensor *occurs = cornu_op_greater(all, cornu_scalar(1e-9));
    cornu_tensor *count = cornu_op_sum(cornu_op_cast(occurs, CORNU_FLOAT32));
    cornu_tensor *ratios = cornu_op_divide(tp, cornu_op_add(all, cornu_scalar(1e-7)));
    return cornu_op_divide(cornu_op_sum(ratios), count);
}

/* ---- IoU, MeanIoU, OneHotIoU, OneHotMeanIoU -------------------------------------------------- */

static cornu_status init_iou(void *object) {
    iou_metric *self = object;
    const cornu_metric_iou_args *args = &self->args;
    self->iou.classes = args->num_classes;
    self->iou.ignore_class = args->ignore_class;
    self->iou.sparse_true = args->sparse_y_true;
    self->iou.sparse_pred = args->sparse_y_pred;
    self->iou.axis = (int)args->axis;
    self->iou.threshold = NAN;
    return set_targets(&self->iou, args->target_class_ids);
}

static const cornu_metric_iou_args iou_defaults = {CORNU_METRIC_IOU_DEFAULTS, .name = "io_u"};
static const cornu_metric_iou_args mean_defaults = {CORNU_METRIC_IOU_DEFAULTS, .name = "mean_io_u"};
static const cornu_metric_iou_args one_hot_defaults = {
    CORNU_METRIC_ONE_HOT_IOU_DEFAULTS, .name = "one_hot_io_u"};
static const cornu_metric_iou_args one_hot_mean_defaults = {
    CORNU_METRIC_ONE_HOT_IOU_DEFAULTS, .name = "one_hot_mean_io_u"};
/* Fields after those of every metric; which of them a class has is what tells the four apart. */
#define NUM_CLASSES CORNU_FIELD(cornu_metric_iou_args, INT, num_classes)
#define TARGETS CORNU_FIELD(cornu_metric_iou_args, INTS, target_class_ids)
#define IGNORE CORNU_FIELD(cornu_metric_iou_args, INT, ignore_class)
#define SPARSE_TRUE CORNU_FIELD(cornu_metric_iou_args, BOOL, sparse_y_true)
#define SPARSE_PRED CORNU_FIELD(cornu_metric_iou_args, BOOL, sparse_y_pred)
#define AXIS CORNU_FIELD(cornu_metric_iou_args, INT, axis)
static const cornu_field iou_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_iou_args),
    NUM_CLASSES,
    TARGETS,
    IGNORE,
    SPARSE_TRUE,
    SPARSE_PRED,
    AXIS,
};
static const cornu_field mean_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_iou_args), NUM_CLASSES, IGNORE, SPARSE_TRUE, SPARSE_PRED, AXIS,
};
static const cornu_field one_hot_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_iou_args), NUM_CLASSES, TARGETS, IGNORE, SPARSE_PRED, AXIS,
};
static const cornu_field one_hot_mean_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_iou_args), NUM_CLASSES, IGNORE, SPARSE_PRED, AXIS,
};

CORNU_METRIC_CLASS(iou){
    CORNU_CLASS_ARGS(iou_metric, args, iou_defaults, iou_fields),
    .name = "IoU",
    .init = init_iou,
    .destroy = destroy,
    .build = build,
    .update = update,
    .result = result,
};
CORNU_METRIC_CLASS(mean_iou){
    CORNU_CLASS_ARGS(iou_metric, args, mean_defaults, mean_fields),
    .name = "MeanIoU",
    .init = init_iou,
    .destroy = destroy,
    .build = build,
    .update = update,
    .result = result,
};
CORNU_METRIC_CLASS(one_hot_iou){
    CORNU_CLASS_ARGS(iou_metric, args, one_hot_defaults, one_hot_fields),
    .name = "OneHotIoU",
    .init = init_iou,
    .destroy = destroy,
    .build = build,
    .update = update,
    .result = result,
};
CORNU_METRIC_CLASS(one_hot_mean_iou){
    CORNU_CLASS_ARGS(iou_metric, args, one_hot_mean_defaults, one_hot_mean_fields),
    .name = "OneHotMeanIoU",
    .init = init_iou,
    .destroy = destroy,
    .build = build,
    .update = update,
    .result = result,
};

cornu_metric *cornu_metric_iou_new(const cornu_metric_iou_args *args) {
    return cornu_metric_create(&cornu_metric_iou_class, args);
}
cornu_metric *cornu_metric_mean_iou_new(const cornu_metric_iou_args *args) {
    return cornu_metric_create(&cornu_metric_mean_iou_class, args);
}
cornu_metric *cornu_metric_one_hot_iou_new(const cornu_metric_iou_args *args) {
    return cornu_metric_create(&cornu_metric_one_hot_iou_class, args);
}
cornu_metric *cornu_metric_one_hot_mean_iou_new(const cornu_metric_iou_args *args) {
    return cornu_metric_create(&cornu_metric_one_hot_mean_iou_class, args);
}

/* ---- BinaryIoU ------------------------------------------------------------------------------- */

static cornu_status init_binary(void *object) {
    binary_iou *self = object;
    if (!(self->args.threshold >= 0 && self->args.threshold <= 1)) {
        CORNU_FAIL(
            CORNU_EINVAL, "BinaryIoU: threshold must be in 0..1, got %g", self->args.threshold
        );
    }
    self->iou.classes = 2;
    self->iou.ignore_class = CORNU_NONE;
    self->iou.sparse_true = self->iou.sparse_pred = true;
    self->iou.threshold = self->args.threshold;
    return set_targets(&self->iou, self->args.target_class_ids);
}

static const int64_t both[] = {0, 1};
static const cornu_metric_binary_iou_args binary_defaults = {
    CORNU_METRIC_BINARY_IOU_DEFAULTS, .target_class_ids = {both, 2}, .name = "binary_io_u"};
static const cornu_field binary_fields[] = {
    CORNU_METRIC_FIELDS(cornu_metric_binary_iou_args),
    CORNU_FIELD(cornu_metric_binary_iou_args, INTS, target_class_ids),
    CORNU_FIELD(cornu_metric_binary_iou_args, FLOAT, threshold),
};

CORNU_METRIC_CLASS(binary_iou){
    CORNU_CLASS_ARGS(binary_iou, args, binary_defaults, binary_fields),
    .name = "BinaryIoU",
    .init = init_binary,
    .destroy = destroy,
    .build = build,
    .update = update,
    .result = result,
};

cornu_metric *cornu_metric_binary_iou_new(const cornu_metric_binary_iou_args *args) {
    return cornu_metric_create(&cornu_metric_binary_iou_class, args);
}
