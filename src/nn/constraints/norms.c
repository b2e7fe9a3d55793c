/* MaxNorm, MinMaxNorm, UnitNorm and NonNeg. keras/src/constraints/constraints.py */
#include <cornu/constraints.h>

static const double epsilon = 1e-7; /* keeps a column of zeros from being divided by zero */

static cornu_tensor *constant(const cornu_tensor *like, double value) {
    return cornu_scalar_of(cornu_tensor_dtype(like), value);
}

/* Lengths over `axis`, kept as axes of size 1. */
static cornu_tensor *lengths(cornu_tensor *weight, cornu_axes axis) {
    return cornu_op_sqrt(cornu_op_sum(cornu_op_square(weight), .axis = axis, .keepdims = true));
}

/* weight * wanted / length */
static cornu_tensor *rescale(cornu_tensor *weight, cornu_tensor *wanted, cornu_tensor *length) {
    cornu_tensor *divisor = cornu_op_add(length, constant(weight, epsilon));
    return cornu_op_multiply(weight, cornu_op_divide(wanted, divisor));
}

static cornu_status check_range(double low, double high) {
    if (!(low >= 0 && low <= high))
        CORNU_FAIL(CORNU_EINVAL, "needs 0 <= min_value <= max_value, got %g and %g", low, high);
    return CORNU_OK;
}

/* ---- MaxNorm ---- */
typedef struct {
    cornu_constraint base;
    cornu_constraint_max_norm_args args;
} max_norm;

static cornu_status max_norm_init(void *object) {
    return check_range(0, ((max_norm *)object)->args.max_value);
}

static cornu_tensor *max_norm_call(cornu_constraint *self, cornu_tensor *weight) {
    const cornu_constraint_max_norm_args *args = &((max_norm *)self)->args;
    cornu_tensor *length = lengths(weight, args->axis);
    return rescale(weight, cornu_op_clip(length, 0, args->max_value), length);
}

static const cornu_constraint_max_norm_args max_norm_defaults = {
    CORNU_CONSTRAINT_MAX_NORM_DEFAULTS};
static const cornu_field max_norm_fields[] = {
    CORNU_FIELD(cornu_constraint_max_norm_args, FLOAT, max_value),
    CORNU_FIELD(cornu_constraint_max_norm_args, AXES, axis),
};

CORNU_CONSTRAINT_CLASS(max_norm){
    CORNU_CLASS_ARGS(max_norm, args, max_norm_defaults, max_norm_fields),
    .name = "MaxNorm",
    .init = max_norm_init,
    .call = max_norm_call,
};

cornu_constraint *cornu_constraint_max_norm_new(const cornu_constraint_max_norm_args *args) {
    return cornu_constraint_create(&cornu_constraint_max_norm_class, args);
}

/* ---- MinMaxNorm ---- */
typedef struct {
    cornu_constraint base;
    cornu_constraint_min_max_norm_args args;
} min_max_norm;

static cornu_status min_max_norm_init(void *object) {
    const cornu_constraint_min_max_norm_args *args = &((min_max_norm *)object)->args;
    if (!(args->rate >= 0 && args->rate <= 1))
        CORNU_FAIL(CORNU_EINVAL, "rate must be a number from 0 to 1, got %g", args->rate);
    return check_range(args->min_value, args->max_value);
}

static cornu_tensor *min_max_norm_call(cornu_constraint *self, cornu_tensor *weight) {
    const cornu_constraint_min_max_norm_args *args = &((min_max_norm *)self)->args;
    cornu_tensor *length = lengths(weight, args->axis);
    cornu_tensor *inside = cornu_op_clip(length, args->min_value, args->max_value);
    cornu_tensor *wanted = cornu_op_add(
        cornu_op_multiply(inside, constant(weight, args->rate)),
        cornu_op_multiply(length, constant(weight, 1 - args->rate))
    );
    return rescale(weight, wanted, length);
}

static const cornu_constraint_min_max_norm_args min_max_norm_defaults = {
    CORNU_CONSTRAINT_MIN_MAX_NORM_DEFAULTS};
static const cornu_field min_max_norm_fields[] = {
    CORNU_FIELD(cornu_constraint_min_max_norm_args, FLOAT, min_value),
    CORNU_FIELD(cornu_constraint_min_max_norm_args, FLOAT, max_value),
    CORNU_FIELD(cornu_constraint_min_max_norm_args, FLOAT, rate),
    CORNU_FIELD(cornu_constraint_min_max_norm_args, AXES, axis),
};

CORNU_CONSTRAINT_CLASS(min_max_norm){
    CORNU_CLASS_ARGS(min_max_norm, args, min_max_norm_defaults, min_max_norm_fields),
    .name = "MinMaxNorm",
    .init = min_max_norm_init,
    .call = min_max_norm_call,
};

cornu_constraint *cornu_constraint_min_max_norm_new(const cornu_constraint_min_max_norm_args *args
) {
    return cornu_constraint_create(&cornu_constraint_min_max_norm_class, args);
}

/* ---- UnitNorm ---- */
typedef struct {
    cornu_constraint base;
    cornu_constraint_unit_norm_args args;
} unit_norm;

static cornu_tensor *unit_norm_call(cornu_constraint *self, cornu_tensor *weight) {
    cornu_tensor *length = lengths(weight, ((unit_norm *)self)->args.axis);
    return cornu_op_divide(weight, cornu_op_add(length, constant(weight, epsilon)));
}

static const cornu_constraint_unit_norm_args unit_norm_defaults = {
    CORNU_CONSTRAINT_UNIT_NORM_DEFAULTS};
static const cornu_field unit_norm_fields[] = {
    CORNU_FIELD(cornu_constraint_unit_norm_args, AXES, axis),
};

CORNU_CONSTRAINT_CLASS(unit_norm){
    CORNU_CLASS_ARGS(unit_norm, args, unit_norm_defaults, unit_norm_fields),
    .name = "UnitNorm",
    .call = unit_norm_call,
};

cornu_constraint *cornu_constraint_unit_norm_new(const cornu_constraint_unit_norm_args *args) {
    return cornu_constraint_create(&cornu_constraint_unit_norm_class, args);
}

/* ---- NonNeg ---- */
static cornu_tensor *non_neg_call(cornu_constraint *self, cornu_tensor *weight) {
    (void)self;
    return cornu_op_maximum(weight, constant(weight, 0));
}

CORNU_CONSTRAINT_CLASS(non_neg){
    .size = sizeof(cornu_constraint),
    .name = "NonNeg",
    .call = non_neg_call,
};

cornu_constraint *cornu_constraint_non_neg(void) {
    return cornu_constraint_create(&cornu_constraint_non_neg_class, NULL);
}

/* ---- all constraints ---- */
cornu_tensor *cornu_constraint_call(cornu_constraint *constraint, cornu_tensor *weight) {
    if (constraint == NULL || weight == NULL)
        return (void)cornu_error_null(constraint == NULL ? "constraint" : "weight"), NULL;
    cornu_tensor *value = constraint->cls->call(constraint, weight);
    if (value == NULL) cornu_error_context("%s", constraint->cls->name);
    return value;
}
