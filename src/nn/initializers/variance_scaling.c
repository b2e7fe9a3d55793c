/* Deviations that follow from the number of inputs and outputs of a unit.
 * keras/src/initializers/random_initializers.py: VarianceScaling, GlorotUniform, ... */
#include <cornu/initializers.h>
#include <string.h>

/* Inputs and outputs of a unit, for a dense kernel [in, out] or a convolution's [window..., in,
 * out]. Keras: compute_fans. */
static void fans(const cornu_shape *shape, double *fan_in, double *fan_out) {
    double window = 1; /* sizes may multiply beyond int64_t */
    for (int i = 0; i + 2 < shape->rank; i++) window *= (double)shape->dims[i];
    *fan_in = *fan_out = shape->rank == 0 ? 1 : (double)shape->dims[shape->rank - 1];
    if (shape->rank < 2) return;
    *fan_in = (double)shape->dims[shape->rank - 2] * window;
    *fan_out *= window;
}

static cornu_tensor *draw(
    cornu_shape shape, cornu_dtype dtype, int64_t seed, double scale, const char *mode,
    const char *distribution
) {
    double fan_in, fan_out;
    fans(&shape, &fan_in, &fan_out);
    double fan = strcmp(mode, "fan_in") == 0    ? fan_in
                 : strcmp(mode, "fan_out") == 0 ? fan_out
                                                : (fan_in + fan_out) / 2;
    double variance = scale / fmax(1, fan);
    if (strcmp(distribution, "uniform") == 0) {
        double limit = sqrt(3 * variance);
        return cornu_random_uniform(
            shape, .dtype = dtype, .seed = seed, .minval = -limit, .maxval = limit
        );
    }
    if (strcmp(distribution, "untruncated_normal") == 0)
        return cornu_random_normal(shape, .dtype = dtype, .seed = seed, .stddev = sqrt(variance));
    /* the deviation of a normal distribution cut off at two deviations */
    static const double truncated = 0.87962566103423978;
    return cornu_random_truncated_normal(
        shape, .dtype = dtype, .seed = seed, .stddev = sqrt(variance) / truncated
    );
}

/* ---- VarianceScaling ---- */
typedef struct {
    cornu_initializer base;
    cornu_initializer_variance_scaling_args args;
} variance_scaling;

static bool one_of(const char *text, const char *const *list, size_t count) {
    for (size_t i = 0; text != NULL && i < count; i++)
        if (strcmp(text, list[i]) == 0) return true;
    return false;
}

static cornu_status init(void *object) {
    static const char *const modes[] = {"fan_in", "fan_out", "fan_avg"};
    static const char *const distributions[] = {
        "truncated_normal", "untruncated_normal", "uniform", "normal"};
    const cornu_initializer_variance_scaling_args *args = &((variance_scaling *)object)->args;
    if (!(args->scale > 0) || isinf(args->scale))
        CORNU_FAIL(CORNU_EINVAL, "scale must be positive, got %g", args->scale);
    if (!one_of(args->mode, modes, 3))
        CORNU_FAIL(
            CORNU_EINVAL, "mode must be \"fan_in\", \"fan_out\" or \"fan_avg\", got \"%s\"",
            args->mode ? args->mode : ""
        );
    if (!one_of(args->distribution, distributions, 4))
        CORNU_FAIL(
            CORNU_EINVAL,
            "distribution must be \"truncated_normal\", \"untruncated_normal\" or \"uniform\", got "
            "\"%s\"",
            args->distribution ? args->distribution : ""
        );
    return CORNU_OK;
}

static cornu_tensor *call(cornu_initializer *initializer, cornu_shape shape, cornu_dtype dtype) {
    const cornu_initializer_variance_scaling_args *args = &((variance_scaling *)initializer)->args;
    return draw(shape, dtype, args->seed, args->scale, args->mode, args->distribution);
}

/* Keras keeps which axes are inputs and outputs here; null: all by the usual rule. */
static cornu_status get_config(const void *object, cornu_config *config) {
    (void)object;
    CORNU_TRY(cornu_config_set_null(config, "input_axes"));
    return cornu_config_set_null(config, "output_axes");
}

static const cornu_initializer_variance_scaling_args defaults = {
    CORNU_INITIALIZER_VARIANCE_SCALING_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_initializer_variance_scaling_args, INT, seed),
    CORNU_FIELD(cornu_initializer_variance_scaling_args, FLOAT, scale),
    CORNU_FIELD(cornu_initializer_variance_scaling_args, STRING, mode),
    CORNU_FIELD(cornu_initializer_variance_scaling_args, STRING, distribution),
};

CORNU_INITIALIZER_CLASS(variance_scaling){
    CORNU_CLASS_ARGS(variance_scaling, args, defaults, fields),
    .name = "VarianceScaling",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_initializer *cornu_initializer_variance_scaling_new(
    const cornu_initializer_variance_scaling_args *args
) {
    return cornu_initializer_create(&cornu_initializer_variance_scaling_class, args);
}

/* ---- its well-known cases ---- */
typedef struct {
    cornu_initializer base;
    cornu_initializer_seed_args args;
} seeded;

static const cornu_initializer_seed_args seed_defaults = {CORNU_INITIALIZER_SEED_DEFAULTS};
static const cornu_field seed_fields[] = {CORNU_FIELD(cornu_initializer_seed_args, INT, seed)};

static int64_t seed_of(const cornu_initializer *self) { return ((const seeded *)self)->args.seed; }

static cornu_tensor *glorot_normal(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    return draw(shape, dtype, seed_of(self), 1, "fan_avg", "truncated_normal");
}
static cornu_tensor *glorot_uniform(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    return draw(shape, dtype, seed_of(self), 1, "fan_avg", "uniform");
}
static cornu_tensor *he_normal(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    return draw(shape, dtype, seed_of(self), 2, "fan_in", "truncated_normal");
}
static cornu_tensor *he_uniform(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    return draw(shape, dtype, seed_of(self), 2, "fan_in", "uniform");
}
static cornu_tensor *lecun_normal(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    return draw(shape, dtype, seed_of(self), 1, "fan_in", "truncated_normal");
}
static cornu_tensor *lecun_uniform(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype) {
    return draw(shape, dtype, seed_of(self), 1, "fan_in", "uniform");
}

#define SEEDED CORNU_CLASS_ARGS(seeded, args, seed_defaults, seed_fields), .get_config = get_config
CORNU_INITIALIZER_CLASS(glorot_normal){SEEDED, .name = "GlorotNormal", .call = glorot_normal};
CORNU_INITIALIZER_CLASS(glorot_uniform){SEEDED, .name = "GlorotUniform", .call = glorot_uniform};
CORNU_INITIALIZER_CLASS(he_normal){SEEDED, .name = "HeNormal", .call = he_normal};
CORNU_INITIALIZER_CLASS(he_uniform){SEEDED, .name = "HeUniform", .call = he_uniform};
CORNU_INITIALIZER_CLASS(lecun_normal){SEEDED, .name = "LecunNormal", .call = lecun_normal};
CORNU_INITIALIZER_CLASS(lecun_uniform){SEEDED, .name = "LecunUniform", .call = lecun_uniform};

#define MAKER(name)                                                                                \
    cornu_initializer *cornu_initializer_##name##_new(const cornu_initializer_seed_args *args) {   \
        return cornu_initializer_create(&cornu_initializer_##name##_class, args);                  \
    }
MAKER(glorot_normal)
MAKER(glorot_uniform)
MAKER(he_normal)
MAKER(he_uniform)
MAKER(lecun_normal)
MAKER(lecun_uniform)
