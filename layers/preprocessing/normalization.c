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
    cornu_shape given;             /* of mean and variance in the arguments, as the input's axes */
    cornu_tensor *mean, *variance; /* NULL if the arguments say them */
} normalization;

static cornu_status init(void *object) {
    const cornu_layer_normalization_args *args = &((normalization *)object)->args;
    char text[256];
    if (args->mean.count != args->variance.count)
        CORNU_FAIL(
            CORNU_EINVAL, "mean and variance must have equally many numbers, got %zu and %zu",
            args->mean.count, args->variance.count
        );
    if (args->mean_shape.rank > 0 &&
        cornu_shape_size(&args->mean_shape) != (int64_t)args->mean.count)
        CORNU_FAIL(
            CORNU_EINVAL, "mean and variance have %zu numbers for the shape %s", args->mean.count,
            cornu_shape_format(&args->mean_shape, text, sizeof text)
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

/* Where the axes of what is given lie among those of the input: the last are the last ones kept.
 * Arrays of more axes are broadcast as NumPy does it. */
static cornu_status place_given(normalization *self, int rank) {
    const cornu_layer_normalization_args *args = &self->args;
    cornu_shape given = args->mean_shape, *placed = &self->given;
    char text[256], sizes[256];
    int64_t count = (int64_t)args->mean.count;
    if (given.rank == 0 && count == cornu_shape_size(&self->sizes)) given = self->sizes;
    else if (given.rank == 0 && count > 1) given = cornu_shape(count);
    bool all = given.rank > self->kept.count, fits = given.rank <= rank;
    placed->rank = rank;
    for (int i = 0; i < rank; i++) placed->dims[i] = 1;
    for (int i = given.rank, k = self->kept.count; i > 0 && fits; i--) {
        int axis = all ? rank - (given.rank - i) - 1 : self->kept.axis[--k];
        int at = 0;
        while (at < self->kept.count && self->kept.axis[at] != axis) at++;
        int64_t size = at < self->kept.count ? self->sizes.dims[at] : 1;
        placed->dims[axis] = given.dims[i - 1];
        fits = given.dims[i - 1] == 1 || given.dims[i - 1] == size;
    }
    if (fits) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ESHAPE, "mean and variance of shape %s do not fit axes of the sizes %s",
        cornu_shape_format(&given, text, sizeof text),
        cornu_shape_format(&self->sizes, sizes, sizeof sizes)
    );
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    normalization *self = (normalization *)layer;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(find_axes(self, &shapes[0]));
    if (self->args.mean.count > 0) return place_given(self, shapes[0].rank);
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
    if (weight == NULL && given->count == 1)
        return cornu_scalar_of(cornu_tensor_dtype(x), given->items[0]);
    if (weight == NULL) {
        cornu_tensor *made = cornu_tensor_from(CORNU_FLOAT64, self->given, given->items);
        return cornu_op_cast(cornu_scope_own(made), cornu_tensor_dtype(x));
    }
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = 1;
    for (int i = 0; i < self->kept.count; i++) shape.dims[self->kept.axis[i]] = self->sizes.dims[i];
    return cornu_op_reshape(cornu_op_cast(weight, cornu_tensor_dtype(x)), shape);
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
    const normalization *self = object;
    const cornu_layer_normalization_args *args = &self->args;
    cornu_shape shape = args->mean_shape;
    if (args->axis.count == 0) CORNU_TRY(cornu_config_set_ints(config, "axis", NULL, 0));
    if (args->mean.count == 0) {
        CORNU_TRY(cornu_config_set_null(config, "mean"));
        return cornu_config_set_null(config, "variance");
    }
    int64_t count = (int64_t)args->mean.count;
    if (shape.rank == 0 && count > 1)
        shape = count == cornu_shape_size(&self->sizes) ? self->sizes : cornu_shape(count);
    CORNU_TRY(cornu_config_set_array(config, "mean", &shape, args->mean.items));
    return cornu_config_set_array(config, "variance", &shape, args->variance.items);
}

static cornu_status from_config(void *object, const cornu_config *config) {
    cornu_layer_normalization_args *args = &((normalization *)object)->args;
    cornu_shape other = {0};
    double *mean = NULL, *variance = NULL;
    CORNU_TRY(cornu_config_get_array(config, "mean", &args->mean_shape, &mean));
    if (mean != NULL)
        args->mean = (cornu_floats){mean, (size_t)cornu_shape_size(&args->mean_shape)};
    CORNU_TRY(cornu_config_get_array(config, "variance", &other, &variance));
    if (variance != NULL)
        args->variance = (cornu_floats){variance, (size_t)cornu_shape_size(&other)};
    if (mean == NULL || variance == NULL || cornu_shape_equal(&args->mean_shape, &other))
        return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "mean and variance must have the same shape");
}

static const cornu_layer_normalization_args defaults = {CORNU_LAYER_NORMALIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_normalization_args),
    CORNU_FIELD(cornu_layer_normalization_args, AXIS_LIST, axis),
    CORNU_FIELD(cornu_layer_normalization_args, BOOL, invert),
    /* read and written as arrays, by the functions above */
    {"mean_numbers", CORNU_FIELD_FLOATS, offsetof(cornu_layer_normalization_args, mean), NULL,
     true},
    {"variance_numbers", CORNU_FIELD_FLOATS, offsetof(cornu_layer_normalization_args, variance),
     NULL, true},
    CORNU_FIELD_OMITTED(cornu_layer_normalization_args, SHAPE, mean_shape),
};

CORNU_LAYER_CLASS(normalization){
    CORNU_CLASS_ARGS(normalization, args, defaults, fields),
    .name = "Normalization",
    .init = init,
    .get_config = get_config,
    .from_config = from_config,
    .build = build,
    .call = call,
    .adapt = adapt,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_normalization_new(const cornu_layer_normalization_args *args) {
    return cornu_layer_create(&cornu_layer_normalization_class, args);
}
