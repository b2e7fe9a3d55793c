/* EinsumDense: activation(einsum(equation, x, kernel) + bias).
 * keras/src/layers/core/einsum_dense.py */
#include <cornu/layers/core.h>
#include <ctype.h>
#include <string.h>

/* "...ab,bc->...ac" in parts. */
typedef struct {
    char input[CORNU_MAX_RANK + 1], kernel[CORNU_MAX_RANK + 1], output[CORNU_MAX_RANK + 1];
    bool elided_left, elided_right;
} equation_parts;

typedef struct {
    cornu_layer base;
    cornu_layer_einsum_dense_args args;
    cornu_activation_function *activation;
    equation_parts parts;
    cornu_tensor *kernel;
    cornu_tensor *bias; /* or NULL */
} einsum_dense;

/* ---- the equation ---- */
static bool skip(const char **at, const char *text) {
    size_t length = strlen(text);
    if (strncmp(*at, text, length) != 0) return false;
    *at += length;
    return true;
}

static bool take_letters(const char **at, char *letters) {
    size_t count = 0;
    while (isalpha((unsigned char)**at)) {
        if (count == CORNU_MAX_RANK || memchr(letters, **at, count) != NULL) return false;
        letters[count++] = *(*at)++;
    }
    letters[count] = '\0';
    return count > 0;
}

static cornu_status parse(const char *equation, equation_parts *parts) {
    const char *at = equation;
    parts->elided_left = skip(&at, "...");
    bool valid = take_letters(&at, parts->input);
    parts->elided_right = valid && !parts->elided_left && skip(&at, "...");
    valid = valid && skip(&at, ",") && take_letters(&at, parts->kernel) && skip(&at, "->");
    valid = valid && skip(&at, "...") == parts->elided_left && take_letters(&at, parts->output);
    valid = valid && skip(&at, "...") == parts->elided_right && *at == '\0';
    if (!valid)
        CORNU_FAIL(
            CORNU_EINVAL,
            "the equation '%.50s' is not of the form 'ab,bc->ac', '...ab,bc->...ac' or "
            "'ab...,bc->ac...'",
            equation
        );
    return CORNU_OK;
}

static cornu_status init(void *object) {
    einsum_dense *self = object;
    const cornu_layer_einsum_dense_args *args = &self->args;
    if (args->equation == NULL) CORNU_FAIL(CORNU_EINVAL, "needs an equation");
    CORNU_TRY(parse(args->equation, &self->parts));
    for (const char *axis = args->bias_axes; axis != NULL && *axis != '\0'; axis++)
        if (strchr(self->parts.output, *axis) == NULL)
            CORNU_FAIL(
                CORNU_EINVAL, "bias_axes names '%c', which the output of '%s' has not", *axis,
                args->equation
            );
    return cornu_activation_get(args->activation, &self->activation);
}

/* ---- shapes ---- */
static int64_t *size_of(cornu_shape *sizes, const char *letters, char letter) {
    const char *at = strchr(letters, letter);
    return at != NULL ? &sizes->dims[at - letters] : NULL;
}

/* The sizes of the axes that input and output name. The output's are given without the batch, which
 * is its first axis unless that is elided. */
static cornu_status find_sizes(
    const einsum_dense *self, const cornu_shape *shape, cornu_shape *input, cornu_shape *output
) {
    const equation_parts *parts = &self->parts;
    const cornu_shape *given = &self->args.output_shape;
    int letters = (int)strlen(parts->input), outputs = (int)strlen(parts->output);
    bool elided = parts->elided_left || parts->elided_right;
    char text[256];
    if (elided ? shape->rank < letters : shape->rank != letters)
        CORNU_FAIL(
            CORNU_ESHAPE, "the equation '%s' does not fit an input of shape %s",
            self->args.equation, cornu_shape_format(shape, text, sizeof text)
        );
    int first = parts->elided_left ? shape->rank - letters : 0;
    *input = (cornu_shape){.rank = letters};
    for (int i = 0; i < letters; i++) input->dims[i] = shape->dims[first + i];
    bool names_batch = !parts->elided_left || first == 0;
    int named = outputs - (names_batch ? 1 : 0);
    if (given->rank != named)
        CORNU_FAIL(
            CORNU_ESHAPE, "output_shape must have %d sizes for the equation '%s', got %s", named,
            self->args.equation, cornu_shape_format(given, text, sizeof text)
        );
    *output = (cornu_shape){.rank = outputs};
    if (names_batch) output->dims[0] = shape->dims[0];
    for (int i = 0; i < named; i++) output->dims[i + outputs - named] = given->dims[i];
    for (int i = 0; i < letters; i++) {
        const int64_t *size = size_of(output, parts->output, parts->input[i]);
        if (size != NULL && *size >= 0 && input->dims[i] >= 0 && *size != input->dims[i])
            CORNU_FAIL(
                CORNU_ESHAPE, "output_shape says %lld for axis '%c', the input of shape %s %lld",
                (long long)*size, parts->input[i], cornu_shape_format(shape, text, sizeof text),
                (long long)input->dims[i]
            );
    }
    return CORNU_OK;
}

/* Of each axis of the kernel, from where it is known. */
static cornu_status kernel_shape(
    const equation_parts *parts, cornu_shape *input, cornu_shape *output, cornu_shape *kernel
) {
    *kernel = (cornu_shape){.rank = (int)strlen(parts->kernel)};
    for (int i = 0; i < kernel->rank; i++) {
        const int64_t *size = size_of(input, parts->input, parts->kernel[i]);
        if (size == NULL) size = size_of(output, parts->output, parts->kernel[i]);
        if (size == NULL)
            CORNU_FAIL(
                CORNU_EINVAL, "axis '%c' of the kernel is neither in the input nor in the output",
                parts->kernel[i]
            );
        kernel->dims[i] = *size;
    }
    return CORNU_OK;
}

/* From the first axis that bias_axes names to the end, 1 along the others. */
static cornu_shape bias_shape(const einsum_dense *self, const cornu_shape *output, int elided) {
    const equation_parts *parts = &self->parts;
    size_t first = strcspn(parts->output, self->args.bias_axes);
    cornu_shape shape = {0};
    for (size_t i = first; parts->output[i] != '\0'; i++) {
        bool varies = strchr(self->args.bias_axes, parts->output[i]) != NULL;
        shape.dims[shape.rank++] = varies ? output->dims[i] : 1;
    }
    for (int i = 0; parts->elided_right && i < elided; i++) shape.dims[shape.rank++] = 1;
    return shape;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    einsum_dense *self = (einsum_dense *)layer;
    const cornu_layer_einsum_dense_args *args = &self->args;
    cornu_shape input, output, kernel;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(find_sizes(self, &shapes[0], &input, &output));
    CORNU_TRY(kernel_shape(&self->parts, &input, &output, &kernel));
    self->kernel = cornu_layer_add_weight(
        layer, "kernel", kernel, .initializer = args->kernel_initializer,
        .regularizer = args->kernel_regularizer, .constraint = args->kernel_constraint
    );
    if (self->kernel == NULL) return cornu_error_status();
    if (args->bias_axes == NULL || args->bias_axes[0] == '\0') return CORNU_OK;
    /* a size that the output takes from the input */
    for (int i = 0; i < output.rank; i++) {
        const int64_t *size = size_of(&input, self->parts.input, self->parts.output[i]);
        if (output.dims[i] < 0 && size != NULL) output.dims[i] = *size;
    }
    self->bias = cornu_layer_add_weight(
        layer, "bias", bias_shape(self, &output, shapes[0].rank - input.rank),
        .initializer = args->bias_initializer, .regularizer = args->bias_regularizer,
        .constraint = args->bias_constraint
    );
    return self->bias != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    einsum_dense *self = (einsum_dense *)layer;
    cornu_tensor *kernel = cornu_layer_cast(layer, self->kernel);
    (void)context;
    cornu_tensor *x = cornu_op_einsum(self->args.equation, cornu_tensors(inputs[0], kernel));
    if (self->bias != NULL) x = cornu_op_add(x, cornu_layer_cast(layer, self->bias));
    return self->activation(x);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    (void)object;
    return cornu_config_set_null(config, "quantization_config"); /* Keras writes it, unused */
}

static const cornu_layer_einsum_dense_args defaults = {CORNU_LAYER_EINSUM_DENSE_DEFAULTS};
#define FIELD(type, member) CORNU_FIELD(cornu_layer_einsum_dense_args, type, member)
#define INITIALIZER(member, usual)                                                                 \
    CORNU_FIELD_DEFAULT(cornu_layer_einsum_dense_args, INITIALIZER, member, usual)
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_einsum_dense_args),
    FIELD(SIZES, output_shape),
    FIELD(STRING, equation),
    FIELD(ACTIVATION, activation),
    FIELD(STRING, bias_axes),
    INITIALIZER(kernel_initializer, "GlorotUniform"),
    INITIALIZER(bias_initializer, "Zeros"),
    FIELD(REGULARIZER, kernel_regularizer),
    FIELD(REGULARIZER, bias_regularizer),
    FIELD(REGULARIZER, activity_regularizer),
    FIELD(CONSTRAINT, kernel_constraint),
    FIELD(CONSTRAINT, bias_constraint),
};

CORNU_LAYER_CLASS(einsum_dense){
    CORNU_CLASS_ARGS(einsum_dense, args, defaults, fields),
    .name = "EinsumDense",
    .init = init,
    .get_config = get_config,
    .build = build,
    .call = call,
};

cornu_layer *cornu_layer_einsum_dense_new(const cornu_layer_einsum_dense_args *args) {
    return cornu_layer_create(&cornu_layer_einsum_dense_class, args);
}
