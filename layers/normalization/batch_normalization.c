/* BatchNormalization: by the statistics of the batch in training, by their moving averages in
 * inference. Ioffe and Szegedy (2015), with renorm Ioffe (2017);
 * keras/src/layers/normalization/batch_normalization.py */
#include "moments.h"

/* Keras' epsilon, which keeps a batch that is masked entirely from dividing by 0. */
static const double no_division_by_zero = 1e-7;

typedef struct {
    cornu_layer base;
    cornu_layer_batch_normalization_args args;
    cornu_axes axis;            /* counted from the front */
    cornu_axes reduced;         /* the others */
    int64_t size;               /* of the axis */
    cornu_tensor *gamma, *beta; /* [size], or NULL */
    cornu_tensor *moving_mean, *moving_variance;
    cornu_tensor *moving_stddev, *renorm_mean, *renorm_stddev; /* with renorm */
} batch_normalization;

static cornu_status init(void *object) {
    const cornu_layer_batch_normalization_args *args = &((batch_normalization *)object)->args;
    if (args->renorm_rmax < args->renorm_rmin)
        CORNU_FAIL(
            CORNU_EINVAL, "rmax of renorm_clipping must not be below rmin, got %g and %g",
            args->renorm_rmax, args->renorm_rmin
        );
    if (args->renorm_dmax < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "dmax of renorm_clipping must not be negative, got %g", args->renorm_dmax
        );
    if (args->synchronized)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "synchronized: there is one device to take statistics of");
    return CORNU_OK;
}

/* ---- weights ---- */
static cornu_tensor *add_statistic(
    batch_normalization *self, const char *name, cornu_initializer *initializer
) {
    return cornu_layer_add_weight(
        &self->base, name, cornu_shape(self->size), .initializer = initializer, .trainable = false
    );
}

/* The standard deviation begins as the root of what the variance begins with. */
static cornu_status take_root(cornu_tensor *stddev) {
    cornu_status status = CORNU_ENOMEM;
    CORNU_SCOPE { status = cornu_assign(stddev, cornu_op_sqrt(stddev)); }
    return status;
}

static cornu_status add_renorm(batch_normalization *self) {
    const cornu_layer_batch_normalization_args *args = &self->args;
    self->moving_stddev = add_statistic(self, "moving_stddev", args->moving_variance_initializer);
    self->renorm_mean = add_statistic(self, "renorm_mean", args->moving_mean_initializer);
    self->renorm_stddev = add_statistic(self, "renorm_stddev", args->moving_variance_initializer);
    if (self->moving_stddev == NULL || self->renorm_mean == NULL || self->renorm_stddev == NULL)
        return cornu_error_status();
    CORNU_TRY(take_root(self->moving_stddev));
    return take_root(self->renorm_stddev);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    batch_normalization *self = (batch_normalization *)layer;
    const cornu_layer_batch_normalization_args *args = &self->args;
    cornu_shape sizes;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    cornu_axes given = {.count = 1, .axis = {(int)args->axis}};
    CORNU_TRY(cornu_norm_axes_(&given, &shapes[0], &self->axis));
    CORNU_TRY(cornu_norm_sizes_(&self->axis, &shapes[0], &sizes));
    self->size = sizes.dims[0];
    self->reduced = (cornu_axes){0};
    for (int i = 0; i < shapes[0].rank; i++)
        if (i != self->axis.axis[0]) self->reduced.axis[self->reduced.count++] = i;
    if (args->scale) {
        self->gamma = cornu_layer_add_weight(
            layer, "gamma", sizes, .initializer = args->gamma_initializer,
            .regularizer = args->gamma_regularizer, .constraint = args->gamma_constraint
        );
        if (self->gamma == NULL) return cornu_error_status();
    }
    if (args->center) {
        self->beta = cornu_layer_add_weight(
            layer, "beta", sizes, .initializer = args->beta_initializer,
            .regularizer = args->beta_regularizer, .constraint = args->beta_constraint
        );
        if (self->beta == NULL) return cornu_error_status();
    }
    self->moving_mean = add_statistic(self, "moving_mean", args->moving_mean_initializer);
    self->moving_variance =
        add_statistic(self, "moving_variance", args->moving_variance_initializer);
    if (self->moving_mean == NULL || self->moving_variance == NULL) return cornu_error_status();
    return args->renorm ? add_renorm(self) : CORNU_OK;
}

/* ---- statistics of the batch ---- */
static cornu_tensor *sum_of(const batch_normalization *self, cornu_tensor *x) {
    return cornu_op_sum(x, .axis = self->reduced, .keepdims = true);
}

/* Of what the mask (one axis less than x) marks as present. */
static cornu_status masked_moments(
    const batch_normalization *self, cornu_tensor *x, cornu_tensor *mask, cornu_tensor **mean,
    cornu_tensor **variance
) {
    if (cornu_tensor_rank(mask) != cornu_tensor_rank(x) - 1) {
        char a[256], b[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "the mask must have one axis less than the input, got %s and %s",
            cornu_shape_format(cornu_tensor_shape(mask), a, sizeof a),
            cornu_shape_format(cornu_tensor_shape(x), b, sizeof b)
        );
    }
    cornu_tensor *present = cornu_op_broadcast_to(
        cornu_op_expand_dims(cornu_op_cast(mask, cornu_tensor_dtype(x)), -1), *cornu_tensor_shape(x)
    );
    cornu_tensor *count = cornu_op_add(sum_of(self, present), cornu_scalar(no_division_by_zero));
    cornu_tensor *known = cornu_op_multiply(present, x);
    *mean = cornu_op_divide(sum_of(self, known), count);
    cornu_tensor *squared = cornu_op_square(cornu_op_subtract(known, *mean));
    *variance = cornu_op_divide(sum_of(self, cornu_op_multiply(present, squared)), count);
    return *variance != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status moments(
    const batch_normalization *self, cornu_tensor *x, const cornu_call_context *context,
    cornu_tensor **mean, cornu_tensor **variance
) {
    if (context->masks != NULL && context->masks[0] != NULL)
        return masked_moments(self, x, context->masks[0], mean, variance);
    return cornu_op_moments(x, self->reduced, true, mean, variance);
}

/* ---- moving averages ---- */
/* The new value of an average: momentum * average + (1 - momentum) * value, [size]. */
static cornu_tensor *moved(cornu_tensor *average, cornu_tensor *value, double momentum) {
    cornu_dtype dtype = cornu_tensor_dtype(average);
    value = cornu_op_cast(cornu_op_reshape(value, *cornu_tensor_shape(average)), dtype);
    return cornu_op_add(
        cornu_op_multiply(average, cornu_scalar(momentum)),
        cornu_op_multiply(value, cornu_scalar(1 - momentum))
    );
}

static cornu_status move(cornu_tensor *average, cornu_tensor *value, double momentum) {
    return cornu_assign(average, moved(average, value, momentum));
}

static cornu_status update(
    const batch_normalization *self, cornu_tensor *mean, cornu_tensor *variance
) {
    CORNU_TRY(move(self->moving_mean, mean, self->args.momentum));
    return move(self->moving_variance, variance, self->args.momentum);
}

/* Renorm averages the standard deviation; the variance that inference uses is derived from it. */
static cornu_status update_renorm(
    const batch_normalization *self, cornu_tensor *mean, cornu_tensor *stddev
) {
    const cornu_layer_batch_normalization_args *args = &self->args;
    CORNU_TRY(move(self->renorm_mean, mean, args->renorm_momentum));
    CORNU_TRY(move(self->renorm_stddev, stddev, args->renorm_momentum));
    CORNU_TRY(move(self->moving_mean, mean, args->momentum));
    cornu_tensor *average = moved(self->moving_stddev, stddev, args->momentum);
    CORNU_TRY(cornu_assign(self->moving_stddev, average));
    cornu_tensor *variance =
        cornu_op_subtract(cornu_op_square(average), cornu_scalar(args->epsilon));
    return cornu_assign(self->moving_variance, cornu_op_relu(variance));
}

/* (x r + d) gamma + beta = x (r gamma) + (d gamma + beta), where r and d lead from the batch's
 * statistics to the moving ones and count as constants. */
static cornu_status renorm(
    const batch_normalization *self, cornu_tensor *mean, cornu_tensor *variance,
    cornu_tensor **gamma, cornu_tensor **beta
) {
    const cornu_layer_batch_normalization_args *args = &self->args;
    cornu_tensor *stddev = cornu_op_sqrt(cornu_op_add(variance, cornu_scalar(args->epsilon)));
    cornu_tensor *usual = cornu_op_maximum(
        cornu_norm_weight_(self->renorm_stddev, &self->axis, mean),
        cornu_scalar(sqrt(args->epsilon))
    );
    cornu_tensor *r = cornu_op_divide(stddev, usual);
    cornu_tensor *d = cornu_op_divide(
        cornu_op_subtract(mean, cornu_norm_weight_(self->renorm_mean, &self->axis, mean)), usual
    );
    if (!isnan(args->renorm_rmin)) r = cornu_op_maximum(r, cornu_scalar(args->renorm_rmin));
    if (!isnan(args->renorm_rmax)) r = cornu_op_minimum(r, cornu_scalar(args->renorm_rmax));
    if (!isnan(args->renorm_dmax)) d = cornu_op_clip(d, -args->renorm_dmax, args->renorm_dmax);
    r = cornu_op_stop_gradient(r);
    d = cornu_op_stop_gradient(d);
    if (*gamma != NULL) d = cornu_op_multiply(d, *gamma);
    *gamma = *gamma != NULL ? cornu_op_multiply(r, *gamma) : r;
    *beta = *beta != NULL ? cornu_op_add(d, *beta) : d;
    if (*gamma == NULL || *beta == NULL) return cornu_error_status();
    return update_renorm(self, mean, stddev);
}

/* ---- call ---- */
static cornu_status check_shape(const batch_normalization *self, cornu_tensor *x) {
    char text[256];
    if (cornu_tensor_rank(x) != self->reduced.count + 1 ||
        cornu_tensor_dim(x, self->axis.axis[0]) != self->size)
        CORNU_FAIL(
            CORNU_ESHAPE, "was built for %d axes and the size %lld of axis %d, got the shape %s",
            self->reduced.count + 1, (long long)self->size, self->axis.axis[0],
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    return CORNU_OK;
}

/* Statistics and weights come with an axis for each of x's. */
static cornu_tensor *apply(
    const batch_normalization *self, cornu_tensor *x, cornu_tensor *mean, cornu_tensor *variance,
    cornu_tensor *gamma, cornu_tensor *beta
) {
    cornu_shape size = cornu_shape(self->size);
    cornu_tensor *scale = gamma != NULL ? cornu_op_reshape(gamma, size) : NULL;
    cornu_tensor *offset = beta != NULL ? cornu_op_reshape(beta, size) : NULL;
    /* without them the op would take it that there is none */
    if ((gamma != NULL && scale == NULL) || (beta != NULL && offset == NULL)) return NULL;
    return cornu_op_batch_normalization(
        x, cornu_op_reshape(mean, size), cornu_op_reshape(variance, size),
        .axis = self->axis.axis[0], .epsilon = self->args.epsilon, .scale = scale, .offset = offset
    );
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const batch_normalization *self = (batch_normalization *)layer;
    if (check_shape(self, inputs[0]) != CORNU_OK) return NULL;
    cornu_tensor *x = cornu_norm_widen_(inputs[0]), *mean, *variance;
    cornu_tensor *gamma = cornu_norm_weight_(self->gamma, &self->axis, x);
    cornu_tensor *beta = cornu_norm_weight_(self->beta, &self->axis, x);
    if ((self->gamma != NULL && gamma == NULL) || (self->beta != NULL && beta == NULL)) return NULL;
    if (context->training && layer->trainable) {
        if (moments(self, x, context, &mean, &variance) != CORNU_OK) return NULL;
        cornu_status status = self->args.renorm ? renorm(self, mean, variance, &gamma, &beta)
                                                : update(self, mean, variance);
        if (status != CORNU_OK) return NULL;
    } else {
        mean = cornu_norm_weight_(self->moving_mean, &self->axis, x);
        variance = cornu_norm_weight_(self->moving_variance, &self->axis, x);
    }
    x = apply(self, x, mean, variance, gamma, beta);
    return cornu_op_cast(x, layer->compute_dtype);
}

/* ---- config ---- */
static cornu_status put_clipping(const batch_normalization *self, cornu_config *config) {
    const cornu_layer_batch_normalization_args *args = &self->args;
    bool none = isnan(args->renorm_rmax) && isnan(args->renorm_rmin) && isnan(args->renorm_dmax);
    if (none) return cornu_config_set_null(config, "renorm_clipping");
    cornu_config *clipping = cornu_config_set_object(config, "renorm_clipping");
    if (clipping == NULL) return cornu_error_status();
    if (!isnan(args->renorm_rmax))
        CORNU_TRY(cornu_config_set_float(clipping, "rmax", args->renorm_rmax));
    if (!isnan(args->renorm_rmin))
        CORNU_TRY(cornu_config_set_float(clipping, "rmin", args->renorm_rmin));
    if (!isnan(args->renorm_dmax))
        CORNU_TRY(cornu_config_set_float(clipping, "dmax", args->renorm_dmax));
    return CORNU_OK;
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const batch_normalization *self = object;
    CORNU_TRY(put_clipping(self, config));
    return cornu_config_set_float(config, "renorm_momentum", self->args.renorm_momentum);
}

static cornu_status from_config(void *object, const cornu_config *config) {
    cornu_layer_batch_normalization_args *args = &((batch_normalization *)object)->args;
    const cornu_config *clipping = NULL;
    CORNU_TRY(cornu_config_get_object(config, "renorm_clipping", &clipping));
    CORNU_TRY(cornu_config_get_float(clipping, "rmax", &args->renorm_rmax));
    CORNU_TRY(cornu_config_get_float(clipping, "rmin", &args->renorm_rmin));
    return cornu_config_get_float(clipping, "dmax", &args->renorm_dmax);
}

static const cornu_layer_batch_normalization_args defaults = {
    CORNU_LAYER_BATCH_NORMALIZATION_DEFAULTS};
#define FIELD(type, member) CORNU_FIELD(cornu_layer_batch_normalization_args, type, member)
#define INITIALIZER(member, usual)                                                                 \
    CORNU_FIELD_DEFAULT(cornu_layer_batch_normalization_args, INITIALIZER, member, usual)
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_batch_normalization_args),
    FIELD(INT, axis),
    FIELD(FLOAT, momentum),
    FIELD(FLOAT, epsilon),
    FIELD(BOOL, center),
    FIELD(BOOL, scale),
    INITIALIZER(beta_initializer, "Zeros"),
    INITIALIZER(gamma_initializer, "Ones"),
    INITIALIZER(moving_mean_initializer, "Zeros"),
    INITIALIZER(moving_variance_initializer, "Ones"),
    FIELD(REGULARIZER, beta_regularizer),
    FIELD(REGULARIZER, gamma_regularizer),
    FIELD(CONSTRAINT, beta_constraint),
    FIELD(CONSTRAINT, gamma_constraint),
    FIELD(BOOL, synchronized),
    FIELD(BOOL, renorm),
    /* written after renorm_clipping, where Keras has it */
    CORNU_FIELD_OMITTED(cornu_layer_batch_normalization_args, FLOAT, renorm_momentum),
};

CORNU_LAYER_CLASS(batch_normalization){
    CORNU_CLASS_ARGS(batch_normalization, args, defaults, fields),
    .name = "BatchNormalization",
    .init = init,
    .get_config = get_config,
    .from_config = from_config,
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_batch_normalization_new(const cornu_layer_batch_normalization_args *args) {
    return cornu_layer_create(&cornu_layer_batch_normalization_class, args);
}
