/* Discretization: which bin a number falls in. keras/src/layers/preprocessing/discretization.py */
#include "encode.h"

#include <stdlib.h>
#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_discretization_args args;
    cornu_floats found; /* the boundaries that adapt found, the object's own; none before */
} discretization;

static cornu_status init(void *object) {
    const cornu_layer_discretization_args *args = &((discretization *)object)->args;
    bool bins = args->num_bins != CORNU_NONE;
    if (!bins && args->bin_boundaries.count == 0)
        CORNU_FAIL(CORNU_EINVAL, "needs bin_boundaries or num_bins");
    if (bins && args->num_bins < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "num_bins must not be negative, got %lld", (long long)args->num_bins
        );
    if (!(args->epsilon > 0 && args->epsilon < 1))
        CORNU_FAIL(CORNU_EINVAL, "epsilon must be between 0 and 1, got %g", args->epsilon);
    for (size_t i = 1; i < args->bin_boundaries.count; i++)
        if (!(args->bin_boundaries.items[i] >= args->bin_boundaries.items[i - 1]))
            CORNU_FAIL(CORNU_EINVAL, "bin_boundaries must ascend");
    if (args->sparse) CORNU_FAIL(CORNU_EUNSUPPORTED, "there are no sparse tensors");
    return cornu_encode_check_(args->output_mode, true);
}

static void destroy(void *object) {
    cornu_free((void *)(uintptr_t)((discretization *)object)->found.items);
}

/* What adapt found, or what is in the arguments (of a layer that was adapted and saved, both). */
static const cornu_floats *boundaries(const discretization *self) {
    return self->found.count > 0 ? &self->found : &self->args.bin_boundaries;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const discretization *self = (discretization *)layer;
    const cornu_floats *limits = boundaries(self);
    const char *mode = self->args.output_mode;
    (void)context;
    if (limits->count == 0)
        CORNU_FAIL_NULL(CORNU_ESTATE, "has no boundaries yet: cornu_layer_adapt finds them");
    cornu_shape shape = cornu_shape((int64_t)limits->count);
    cornu_tensor *made = cornu_tensor_from(CORNU_FLOAT64, shape, limits->items);
    cornu_tensor *steps = cornu_op_cast(cornu_op_reshape(made, shape), CORNU_FLOAT32);
    cornu_tensor_free(made);
    cornu_tensor *x = cornu_op_expand_dims(cornu_op_cast(inputs[0], CORNU_FLOAT32), -1);
    cornu_tensor *reached = cornu_op_cast(cornu_op_greater_equal(x, steps), CORNU_INT32);
    cornu_tensor *bin = cornu_op_sum(reached, .axis = cornu_axes(-1));
    cornu_dtype dtype = strcmp(mode, "int") == 0 ? CORNU_INT64 : layer->compute_dtype;
    return cornu_encode_(bin, mode, (int64_t)limits->count + 1, dtype, NULL);
}

/* ---- adapt: quantiles by a summary of values and how many each stands for ---- */
typedef struct {
    double *values, *weights; /* one block */
    size_t count;
} summary;

static cornu_status summary_new(summary *s, size_t count) {
    s->values = cornu_allocate((count > 0 ? count : 1) * 2 * sizeof *s->values);
    s->weights = s->values + count;
    s->count = count;
    return s->values != NULL ? CORNU_OK : CORNU_ENOMEM;
}

static int ascending(const void *a, const void *b) {
    double x = *(const double *)a, y = *(const double *)b;
    return (x > y) - (x < y);
}

/* Every so many of the sorted values, about 1 / epsilon in all. */
static cornu_status summarize(cornu_tensor *data, double epsilon, summary *s) {
    size_t count = (size_t)cornu_tensor_size(data);
    double increment = (double)count * epsilon, step = fmax(increment, 1);
    size_t first = (size_t)increment, stride = (size_t)step;
    double *sorted = cornu_allocate((count > 0 ? count : 1) * sizeof *sorted);
    if (sorted == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) sorted[i] = cornu_tensor_get(data, (int64_t)i);
    qsort(sorted, count, sizeof *sorted, ascending);
    cornu_status status = summary_new(s, count > first ? (count - first - 1) / stride + 1 : 0);
    for (size_t i = 0; status == CORNU_OK && i < s->count; i++) {
        s->values[i] = sorted[first + i * stride];
        s->weights[i] = step;
    }
    cornu_free(sorted);
    return status;
}

/* The y at x on the lines between points with ascending x, as numpy.interp. */
static double interpolate(double x, const double *xs, const double *ys, size_t count) {
    if (x <= xs[0]) return ys[0];
    if (x >= xs[count - 1]) return ys[count - 1];
    size_t i = 1;
    while (xs[i] < x) i++;
    return ys[i - 1] + (ys[i] - ys[i - 1]) * (x - xs[i - 1]) / (xs[i] - xs[i - 1]);
}

/* A summary of as many values as there are steps of epsilon in 1. */
static cornu_status compress(summary *s, double epsilon) {
    summary made, sums;
    if ((double)s->count * epsilon < 1) return CORNU_OK;
    CORNU_TRY(summary_new(&made, (size_t)ceil(1 / epsilon)));
    if (summary_new(&sums, s->count) != CORNU_OK) return cornu_free(made.values), CORNU_ENOMEM;
    double total = 0, before = 0;
    for (size_t i = 0; i < s->count; i++) sums.values[i] = total += s->weights[i];
    for (size_t i = 0; i < s->count; i++) sums.weights[i] = sums.values[i] / total; /* shares */
    for (size_t i = 0; i < made.count; i++) {
        double share = epsilon + (double)i * epsilon;
        made.values[i] = interpolate(share, sums.weights, s->values, s->count);
        double sum = interpolate(share, sums.weights, sums.values, s->count);
        made.weights[i] = sum - before;
        before = sum;
    }
    cornu_free(sums.values);
    cornu_free(s->values);
    *s = made;
    return CORNU_OK;
}

static cornu_status adapt(cornu_layer *layer, cornu_tensor *data) {
    discretization *self = (discretization *)layer;
    const cornu_layer_discretization_args *args = &self->args;
    summary s = {0};
    if (args->num_bins == CORNU_NONE)
        CORNU_FAIL(CORNU_ESTATE, "bin_boundaries were given; num_bins asks for adapting");
    if (args->num_bins < 2) CORNU_FAIL(CORNU_EINVAL, "adapting needs two bins or more");
    data = cornu_op_cast(data, CORNU_FLOAT32);
    if (data == NULL) return cornu_error_status();
    cornu_status status = summarize(data, args->epsilon, &s);
    if (status == CORNU_OK) status = compress(&s, args->epsilon);
    if (status == CORNU_OK) status = compress(&s, 1 / (double)args->num_bins);
    if (status == CORNU_OK && s.count < 2)
        status = cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "there are too few data to find boundaries in"
        );
    if (status != CORNU_OK) return cornu_free(s.values), status;
    for (size_t i = 0; i < s.count; i++) s.values[i] = (double)(float)s.values[i]; /* as Keras */
    destroy(self);
    self->found = (cornu_floats){s.values, s.count - 1};
    return CORNU_OK;
}

/* Keras writes the type as a plain text here. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const discretization *self = object;
    const cornu_floats *limits = boundaries(self);
    const char *dtype = self->args.dtype;
    if (limits->count > 0)
        CORNU_TRY(cornu_config_set_floats(config, "bin_boundaries", limits->items, limits->count));
    return cornu_config_set_string(config, "dtype", dtype != NULL ? dtype : "float32");
}

static const cornu_layer_discretization_args defaults = {CORNU_LAYER_DISCRETIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_layer_discretization_args, FLOATS, bin_boundaries),
    CORNU_FIELD(cornu_layer_discretization_args, INT, num_bins),
    CORNU_FIELD(cornu_layer_discretization_args, FLOAT, epsilon),
    CORNU_FIELD(cornu_layer_discretization_args, STRING, output_mode),
    CORNU_FIELD(cornu_layer_discretization_args, BOOL, sparse),
    CORNU_FIELD(cornu_layer_discretization_args, STRING, name),
    CORNU_FIELD(cornu_layer_discretization_args, STRING, dtype),
    CORNU_FIELD_OMITTED(cornu_layer_discretization_args, BOOL, trainable),
};

CORNU_LAYER_CLASS(discretization){
    CORNU_CLASS_ARGS(discretization, args, defaults, fields),
    .name = "Discretization",
    .init = init,
    .destroy = destroy,
    .get_config = get_config,
    .call = call,
    .adapt = adapt,
    .any_dtype = true,
};

cornu_layer *cornu_layer_discretization_new(const cornu_layer_discretization_args *args) {
    return cornu_layer_create(&cornu_layer_discretization_class, args);
}
