/* Normalization: (x - mean) / sqrt(variance), by statistics that are given or found in data.
 * keras/src/layers/preprocessing/normalization.py */
#include <cornu/layers/preprocessing.h>

/* Keras' epsilon: the least standard deviation that is divided by. */
static const double least_stddev = 1e-7;

typedef struct {
    cornu_layer base;
    cornu_layer_normalization_args args;
    cornu_axes kept;               /* counted from the front, in order */
    cornu_shape sizes;             /* of the kept axes */
    cornu_tensor *mean, *variance; /* NULL if the arguments say them */
} normalization;

static cornu_status init(void *object) {
    const cornu_layer_normalization_args *args = &((normalization *)object)->args;
    if (args->mean.count != args->variance.count)
        CORNU_FAIL(
            CORNU_EINVAL, "mean and variance must have equally many numbers, got %zu and %zu",
            args->mean.count, args->variance.count
        );
    return CORNU_OK;
}

static cornu_status find_axes(normalization *self, const cornu_shape *shape) {
    const cornu_axes *given = &self->args.axis;
    char text[256];
    bool kept[CORNU_MAX_RANK] = {false};
    for (int i = 0; i < given->count; i++) {
        int axis = given->axis[i] < 0 ? given->axis[i] + shape->rank : given->axis[i];
        if (axis < 0 || axis >= shape->rank || shape->dims[axis] < 0)
            CORNU_FAIL(
                CORNU_ESHAPE, "axis %d must be an axis of known size, got an input of shape %s",
                given->axis[i], cornu_shape_format(shape, text, sizeof text)
            );
        kept[axis] = true;
    }
    self->kept = (cornu_axes){0};
    self->sizes = (cornu_shape){0};
    for (int i = 0; i < shape->rank; i++) {
        if (!kept[i]) continue;
        self->kept.axis[self->kept.count++] = i;
        self->sizes.dims[self->sizes.rank++] = shape->dims[i];
    }
    return CORNU_OK;
}

static cornu_tensor *add_statistic(
    cornu_layer *layer, const char *name, cornu_shape shape, const char *initial, const char *dtype
) {
    cornu_initializer *initializer = cornu_initializer_get(initial);
    if (initializer == NULL) return NULL;
    cornu_tensor *made = cornu_layer_add_weight(
        layer, name, shape, .initializer = initializer, .trainable = false, .dtype = dtype
    );
    cornu_initializer_free(initializer);
    return made;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    normalization *self = (normalization *)layer;
    size_t given = self->args.mean.count;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(find_axes(self, &shapes[0]));
    int64_t wanted = cornu_shape_size(&self->sizes);
    if (given > 1 && (int64_t)given != wanted)
        CORNU_FAIL(
            CORNU_ESHAPE, "mean and variance have %zu numbers; the axes have %lld", given,
            (long long)wanted
        );
    if (given > 0) return CORNU_OK;
    self->mean = add_statistic(layer, "mean", self->sizes, "Zeros", NULL);
    self->variance = add_statistic(layer, "variance", self->sizes, "Ones", NULL);
    /* how many samples were seen, which older files have; nothing reads it */
    cornu_tensor *seen = add_statistic(layer, "count", cornu_shape(), "Zeros", "int32");
    return self->mean != NULL && self->variance != NULL && seen != NULL ? CORNU_OK
                                                                        : cornu_error_status();
}

/* In the type of x, with axes of size 1 for those that are not kept. */
static cornu_tensor *spread(
    const normalization *self, cornu_tensor *weight, const cornu_floats *given, cornu_tensor *x
) {
    cornu_shape shape = {.rank = cornu_tensor_rank(x)};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = 1;
    if (weight == NULL && given->count == 1)
        return cornu_scalar_of(cornu_tensor_dtype(x), given->items[0]);
    for (int i = 0; i < self->kept.count; i++) shape.dims[self->kept.axis[i]] = self->sizes.dims[i];
    if (weight != NULL)
        return cornu_op_reshape(cornu_op_cast(weight, cornu_tensor_dtype(x)), shape);
    cornu_tensor *made = cornu_tensor_from(CORNU_FLOAT64, self->sizes, given->items);
    cornu_tensor *result = cornu_op_cast(cornu_op_reshape(made, shape), cornu_tensor_dtype(x));
    cornu_tensor_free(made);
    return result;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const normalization *self = (normalization *)layer;
    const cornu_layer_normalization_args *args = &self->args;
    cornu_tensor *x = cornu_op_cast(inputs[0], layer->compute_dtype);
    (void)context;
    if (x == NULL) return NULL;
    cornu_tensor *mean = spread(self, self->mean, &args->mean, x);
    cornu_tensor *stddev = cornu_op_maximum(
        cornu_op_sqrt(spread(self, self->variance, &args->variance, x)), cornu_scalar(least_stddev)
    );
    if (args->invert) return cornu_op_add(mean, cornu_op_multiply(x, stddev));
    return cornu_op_divide(cornu_op_subtract(x, mean), stddev);
}

static cornu_status adapt(cornu_layer *layer, cornu_tensor *data) {
    normalization *self = (normalization *)layer;
    cornu_axes others = {0};
    if (self->mean == NULL) CORNU_FAIL(CORNU_ESTATE, "mean and variance were given");
    int rank = cornu_tensor_rank(data);
    for (int i = 0, k = 0; i < rank; i++) {
        if (k < self->kept.count && self->kept.axis[k] == i) k++;
        else others.axis[others.count++] = i;
    }
    cornu_tensor *x = cornu_op_cast(data, layer->variable_dtype);
    /* no axes would mean all of them */
    cornu_tensor *mean = others.count > 0 ? cornu_op_mean(x, .axis = others) : x;
    cornu_tensor *variance =
        others.count > 0 ? cornu_op_var(x, .axis = others) : cornu_op_zeros_like(x);
    if (mean == NULL || variance == NULL) return cornu_error_status();
    CORNU_TRY(cornu_assign(self->mean, mean));
    return cornu_assign(self->variance, variance);
}

/* Keras writes no axes as an empty list, and refuses a list of one number for them. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const cornu_layer_normalization_args *args = &((const normalization *)object)->args;
    if (args->mean.count == 1) {
        CORNU_TRY(cornu_config_set_float(config, "mean", args->mean.items[0]));
        CORNU_TRY(cornu_config_set_float(config, "variance", args->variance.items[0]));
    }
    return args->axis.count > 0 ? CORNU_OK : cornu_config_set_ints(config, "axis", NULL, 0);
}

static const cornu_layer_normalization_args defaults = {CORNU_LAYER_NORMALIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_normalization_args),
    CORNU_FIELD(cornu_layer_normalization_args, AXIS_LIST, axis),
    CORNU_FIELD(cornu_layer_normalization_args, BOOL, invert),
    CORNU_FIELD(cornu_layer_normalization_args, FLOATS, mean),
    CORNU_FIELD(cornu_layer_normalization_args, FLOATS, variance),
};

CORNU_LAYER_CLASS(normalization){
    CORNU_CLASS_ARGS(normalization, args, defaults, fields),
    .name = "Normalization",
    .init = init,
    .get_config = get_config,
    .build = build,
    .call = call,
    .adapt = adapt,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_normalization_new(const cornu_layer_normalization_args *args) {
    return cornu_layer_create(&cornu_layer_normalization_class, args);
}
