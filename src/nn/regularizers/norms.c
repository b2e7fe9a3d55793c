/* L1, L2 and both together. keras/src/regularizers/regularizers.py */
#include <cornu/regularizers.h>

static cornu_status check_factor(const char *name, double factor) {
    if (!(factor >= 0) || isinf(factor))
        CORNU_FAIL(CORNU_EINVAL, "%s must be finite and not negative, got %g", name, factor);
    return CORNU_OK;
}

static cornu_tensor *scaled(cornu_tensor *sum, double factor) {
    if (sum == NULL) return NULL;
    return cornu_op_multiply(sum, cornu_scalar_of(cornu_tensor_dtype(sum), factor));
}

static cornu_tensor *absolute_sum(cornu_tensor *weight, double factor) {
    return scaled(cornu_op_sum(cornu_op_absolute(weight)), factor);
}

static cornu_tensor *square_sum(cornu_tensor *weight, double factor) {
    return scaled(cornu_op_sum(cornu_op_square(weight)), factor);
}

/* ---- L1 ---- */
typedef struct {
    cornu_regularizer base;
    cornu_regularizer_l1_args args;
} l1;

static cornu_status l1_init(void *object) { return check_factor("l1", ((l1 *)object)->args.l1); }

static cornu_tensor *l1_call(cornu_regularizer *self, cornu_tensor *weight) {
    return absolute_sum(weight, ((l1 *)self)->args.l1);
}

static const cornu_regularizer_l1_args l1_defaults = {CORNU_REGULARIZER_L1_DEFAULTS};
static const cornu_field l1_fields[] = {CORNU_FIELD(cornu_regularizer_l1_args, FLOAT, l1)};

CORNU_REGULARIZER_CLASS(l1){
    CORNU_CLASS_ARGS(l1, args, l1_defaults, l1_fields),
    .name = "L1",
    .init = l1_init,
    .call = l1_call,
};

cornu_regularizer *cornu_regularizer_l1_new(const cornu_regularizer_l1_args *args) {
    return cornu_regularizer_create(&cornu_regularizer_l1_class, args);
}

/* ---- L2 ---- */
typedef struct {
    cornu_regularizer base;
    cornu_regularizer_l2_args args;
} l2;

static cornu_status l2_init(void *object) { return check_factor("l2", ((l2 *)object)->args.l2); }

static cornu_tensor *l2_call(cornu_regularizer *self, cornu_tensor *weight) {
    return square_sum(weight, ((l2 *)self)->args.l2);
}

static const cornu_regularizer_l2_args l2_defaults = {CORNU_REGULARIZER_L2_DEFAULTS};
static const cornu_field l2_fields[] = {CORNU_FIELD(cornu_regularizer_l2_args, FLOAT, l2)};

CORNU_REGULARIZER_CLASS(l2){
    CORNU_CLASS_ARGS(l2, args, l2_defaults, l2_fields),
    .name = "L2",
    .init = l2_init,
    .call = l2_call,
};

cornu_regularizer *cornu_regularizer_l2_new(const cornu_regularizer_l2_args *args) {
    return cornu_regularizer_create(&cornu_regularizer_l2_class, args);
}

/* ---- L1L2 ---- */
typedef struct {
    cornu_regularizer base;
    cornu_regularizer_l1_l2_args args;
} l1_l2;

static cornu_status l1_l2_init(void *object) {
    const cornu_regularizer_l1_l2_args *args = &((l1_l2 *)object)->args;
    CORNU_TRY(check_factor("l1", args->l1));
    return check_factor("l2", args->l2);
}

static cornu_tensor *l1_l2_call(cornu_regularizer *self, cornu_tensor *weight) {
    const cornu_regularizer_l1_l2_args *args = &((l1_l2 *)self)->args;
    return cornu_op_add(absolute_sum(weight, args->l1), square_sum(weight, args->l2));
}

static const cornu_regularizer_l1_l2_args l1_l2_defaults = {CORNU_REGULARIZER_L1_L2_DEFAULTS};
static const cornu_field l1_l2_fields[] = {
    CORNU_FIELD(cornu_regularizer_l1_l2_args, FLOAT, l1),
    CORNU_FIELD(cornu_regularizer_l1_l2_args, FLOAT, l2),
};

CORNU_REGULARIZER_CLASS(l1_l2){
    CORNU_CLASS_ARGS(l1_l2, args, l1_l2_defaults, l1_l2_fields),
    .name = "L1L2",
    .init = l1_l2_init,
    .call = l1_l2_call,
};

cornu_regularizer *cornu_regularizer_l1_l2_new(const cornu_regularizer_l1_l2_args *args) {
    return cornu_regularizer_create(&cornu_regularizer_l1_l2_class, args);
}

/* ---- all regularizers ---- */
cornu_tensor *cornu_regularizer_call(cornu_regularizer *regularizer, cornu_tensor *weight) {
    if (regularizer == NULL) return (void)cornu_error_null("regularizer"), NULL;
    cornu_tensor *term = regularizer->cls->call(regularizer, weight);
    if (term == NULL) cornu_error_context("%s", regularizer->cls->name);
    return term;
}
