/* GroupNormalization: each group of channels of each sample by its own mean and variance. Wu and He
 * (2018); keras/src/layers/normalization/group_normalization.py */
#include "moments.h"

typedef struct {
    cornu_layer base;
    cornu_layer_group_normalization_args args;
    cornu_axes axis; /* counted from the front */
    int64_t channels, groups;
    cornu_tensor *gamma, *beta; /* [channels], or NULL */
} group_normalization;

static cornu_status init(void *object) {
    const cornu_layer_group_normalization_args *args = &((group_normalization *)object)->args;
    if (args->groups < 1 && args->groups != -1)
        CORNU_FAIL(
            CORNU_EINVAL, "groups must be positive, or -1 for one per channel, got %lld",
            (long long)args->groups
        );
    if (args->axis < -CORNU_MAX_RANK || args->axis >= CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_EINVAL, "there is no axis %lld", (long long)args->axis);
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    group_normalization *self = (group_normalization *)layer;
    const cornu_layer_group_normalization_args *args = &self->args;
    cornu_shape sizes;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    cornu_axes given = {.count = 1, .axis = {(int)args->axis}};
    CORNU_TRY(cornu_norm_axes_(&given, &shapes[0], &self->axis));
    CORNU_TRY(cornu_norm_sizes_(&self->axis, &shapes[0], &sizes));
    self->channels = sizes.dims[0];
    self->groups = args->groups == -1 ? self->channels : args->groups;
    if (self->axis.axis[0] == 0)
        CORNU_FAIL(CORNU_ESHAPE, "axis 0 is the batch; name the axis of the channels");
    if (shapes[0].rank >= CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_ESHAPE, "takes inputs of %d axes at most", CORNU_MAX_RANK - 1);
    if (self->channels % self->groups != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "%lld channels cannot be divided into %lld groups",
            (long long)self->channels, (long long)self->groups
        );
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
    return CORNU_OK;
}

/* [batch, .., channels, ..] as [batch, .., groups, channels / groups, ..], and the axes of a group:
 * all but the batch and the groups. */
static cornu_tensor *divide(const group_normalization *self, cornu_tensor *x, cornu_axes *inside) {
    const cornu_shape *shape = cornu_tensor_shape(x);
    int axis = self->axis.axis[0];
    cornu_shape divided = {.rank = shape->rank + 1};
    *inside = (cornu_axes){0};
    for (int i = 0; i < shape->rank; i++) divided.dims[i < axis ? i : i + 1] = shape->dims[i];
    divided.dims[axis] = self->groups;
    divided.dims[axis + 1] = self->channels / self->groups;
    for (int i = 1; i < divided.rank; i++)
        if (i != axis) inside->axis[inside->count++] = i;
    return cornu_op_reshape(x, divided);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const group_normalization *self = (group_normalization *)layer;
    cornu_tensor *x = cornu_norm_widen_(inputs[0]);
    cornu_axes inside;
    (void)context;
    if (cornu_tensor_rank(x) <= self->axis.axis[0] ||
        cornu_tensor_dim(x, self->axis.axis[0]) != self->channels) {
        char text[256];
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "was built for %lld channels on axis %d, got the shape %s",
            (long long)self->channels, self->axis.axis[0],
            cornu_shape_format(cornu_tensor_shape(x), text, sizeof text)
        );
    }
    cornu_tensor *groups = divide(self, x, &inside);
    cornu_tensor *mean = cornu_op_mean(groups, .axis = inside, .keepdims = true);
    cornu_tensor *squared = cornu_op_square(cornu_op_subtract(groups, mean));
    cornu_tensor *variance = cornu_op_mean(squared, .axis = inside, .keepdims = true);
    groups = cornu_norm_apply_(groups, mean, variance, NULL, NULL, self->args.epsilon);
    cornu_tensor *y = cornu_op_reshape(groups, *cornu_tensor_shape(x));
    if (self->gamma != NULL)
        y = cornu_op_multiply(y, cornu_norm_weight_(self->gamma, &self->axis, x));
    if (self->beta != NULL) y = cornu_op_add(y, cornu_norm_weight_(self->beta, &self->axis, x));
    return cornu_op_cast(y, layer->compute_dtype);
}

static const cornu_layer_group_normalization_args defaults = {
    CORNU_LAYER_GROUP_NORMALIZATION_DEFAULTS};
#define FIELD(type, member) CORNU_FIELD(cornu_layer_group_normalization_args, type, member)
#define INITIALIZER(member, usual)                                                                 \
    CORNU_FIELD_DEFAULT(cornu_layer_group_normalization_args, INITIALIZER, member, usual)
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_group_normalization_args),
    FIELD(INT, groups),
    FIELD(INT, axis),
    FIELD(FLOAT, epsilon),
    FIELD(BOOL, center),
    FIELD(BOOL, scale),
    INITIALIZER(beta_initializer, "Zeros"),
    INITIALIZER(gamma_initializer, "Ones"),
    FIELD(REGULARIZER, beta_regularizer),
    FIELD(REGULARIZER, gamma_regularizer),
    FIELD(CONSTRAINT, beta_constraint),
    FIELD(CONSTRAINT, gamma_constraint),
};

CORNU_LAYER_CLASS(group_normalization){
    CORNU_CLASS_ARGS(group_normalization, args, defaults, fields),
    .name = "GroupNormalization",
    .init = init,
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};

cornu_layer *cornu_layer_group_normalization_new(const cornu_layer_group_normalization_args *args) {
    return cornu_layer_create(&cornu_layer_group_normalization_class, args);
}
