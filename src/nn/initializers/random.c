/* Values drawn from one distribution whatever the shape.
 * keras/src/initializers/random_initializers.py */
#include <cornu/initializers.h>

/* ---- RandomNormal, TruncatedNormal ---- */
typedef struct {
    cornu_initializer base;
    cornu_initializer_random_normal_args args;
} normal;

static cornu_status init_normal(void *object) {
    const normal *self = object;
    if (!isfinite(self->args.mean) || !(self->args.stddev >= 0))
        CORNU_FAIL(
            CORNU_EINVAL, "stddev must be 0 or more and mean finite, got stddev %g, mean %g",
            self->args.stddev, self->args.mean
        );
    return CORNU_OK;
}

static cornu_tensor *draw_normal(
    cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype
) {
    const normal *self = (normal *)initializer;
    return cornu_random_normal(
        shape, .dtype = dtype, .seed = self->args.seed, .mean = self->args.mean,
        .stddev = self->args.stddev
    );
}

static cornu_tensor *draw_truncated(
    cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype
) {
    const normal *self = (normal *)initializer;
    return cornu_random_truncated_normal(
        shape, .dtype = dtype, .seed = self->args.seed, .mean = self->args.mean,
        .stddev = self->args.stddev
    );
}

static const cornu_initializer_random_normal_args normal_defaults = {
    CORNU_INITIALIZER_RANDOM_NORMAL_DEFAULTS};
static const cornu_field normal_fields[] = {
    CORNU_FIELD(cornu_initializer_random_normal_args, INT, seed),
    CORNU_FIELD(cornu_initializer_random_normal_args, FLOAT, mean),
    CORNU_FIELD(cornu_initializer_random_normal_args, FLOAT, stddev),
};

CORNU_INITIALIZER_CLASS(random_normal){
    CORNU_CLASS_ARGS(normal, args, normal_defaults, normal_fields),
    .name = "RandomNormal",
    .init = init_normal,
    .call = draw_normal,
};
CORNU_INITIALIZER_CLASS(truncated_normal){
    CORNU_CLASS_ARGS(normal, args, normal_defaults, normal_fields),
    .name = "TruncatedNormal",
    .init = init_normal,
    .call = draw_truncated,
};

cornu_initializer *cornu_initializer_random_normal_new(
    const cornu_initializer_random_normal_args *args
) {
    return cornu_initializer_create(&cornu_initializer_random_normal_class, args);
}

cornu_initializer *cornu_initializer_truncated_normal_new(
    const cornu_initializer_truncated_normal_args *args
) {
    return cornu_initializer_create(&cornu_initializer_truncated_normal_class, args);
}

/* ---- RandomUniform ---- */
typedef struct {
    cornu_initializer base;
    cornu_initializer_random_uniform_args args;
} uniform;

static cornu_status init_uniform(void *object) {
    const uniform *self = object;
    if (!(self->args.minval <= self->args.maxval))
        CORNU_FAIL(
            CORNU_EINVAL, "minval must not be above maxval, got %g and %g", self->args.minval,
            self->args.maxval
        );
    return CORNU_OK;
}

static cornu_tensor *draw_uniform(
    cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype
) {
    const uniform *self = (uniform *)initializer;
    return cornu_random_uniform(
        shape, .dtype = dtype, .seed = self->args.seed, .minval = self->args.minval,
        .maxval = self->args.maxval
    );
}

static const cornu_initializer_random_uniform_args uniform_defaults = {
    CORNU_INITIALIZER_RANDOM_UNIFORM_DEFAULTS};
static const cornu_field uniform_fields[] = {
    CORNU_FIELD(cornu_initializer_random_uniform_args, INT, seed),
    CORNU_FIELD(cornu_initializer_random_uniform_args, FLOAT, minval),
    CORNU_FIELD(cornu_initializer_random_uniform_args, FLOAT, maxval),
};

CORNU_INITIALIZER_CLASS(random_uniform){
    CORNU_CLASS_ARGS(uniform, args, uniform_defaults, uniform_fields),
    .name = "RandomUniform",
    .init = init_uniform,
    .call = draw_uniform,
};

cornu_initializer *cornu_initializer_random_uniform_new(
    const cornu_initializer_random_uniform_args *args
) {
    return cornu_initializer_create(&cornu_initializer_random_uniform_class, args);
}

/* ---- all initializers ---- */
cornu_tensor *cornu_initializer_call(
    cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype
) {
    if (initializer == NULL) return (void)cornu_error_null("initializer"), NULL;
    cornu_tensor *value = initializer->cls->call(initializer, shape, dtype);
    if (value == NULL) cornu_error_context("%s", initializer->cls->name);
    return value;
}
