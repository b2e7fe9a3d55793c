/* A layer of one's own: radial basis functions, output[j] = exp(-gamma * |x - center[j]|^2), whose
 * centers are learned. It is written exactly as the built-in layers are: an argument struct with a
 * table of its fields, an object struct, one constant class struct. The derivative comes from the
 * ops that `call` uses. The model is trained to tell a ring from the disc inside it, saved, and
 * loaded again.
 *
 * After https://keras.io/guides/making_new_layers_and_models_via_subclassing/ */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>

/* ---- the layer ------------------------------------------------------------------------------- */
/* What a maker is given; the first line adds name, dtype and trainable, which all layers have. */
typedef struct {
    CORNU_LAYER_ARGS(radial_basis_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(double, gamma, 1);
} radial_basis_args;

typedef struct {
    cornu_layer base; /* must come first */
    radial_basis_args args;
    cornu_tensor *centers; /* [units, features]; the base owns it */
} radial_basis;

/* Checks the arguments, once the object has them. */
static cornu_status radial_basis_init(void *object) {
    radial_basis *self = object;
    if (self->args.units <= 0)
        CORNU_FAIL(CORNU_EINVAL, "units must be positive, got %lld", (long long)self->args.units);
    return CORNU_OK;
}

/* Makes the weights, once the shape of the input is known. */
static cornu_status radial_basis_build(
    cornu_layer *layer, const cornu_shape *shapes, size_t count
) {
    radial_basis *self = (radial_basis *)layer;
    if (count != 1 || shapes[0].rank != 2)
        CORNU_FAIL(CORNU_ESHAPE, "takes one input [batch, features]");
    cornu_initializer *normal = cornu_initializer_get("random_normal");
    self->centers = cornu_layer_add_weight(
        layer, "centers", cornu_shape(self->args.units, shapes[0].dims[1]), .initializer = normal
    );
    cornu_initializer_free(normal);
    return self->centers != NULL ? CORNU_OK : cornu_error_status();
}

/* Computes the output with ops. A failure inside passes through as NULL. */
static cornu_tensor *radial_basis_call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    radial_basis *self = (radial_basis *)layer;
    (void)context;
    cornu_tensor *x = cornu_op_expand_dims(inputs[0], 1); /* [batch, 1, features] */
    cornu_tensor *difference =
        cornu_op_subtract(x, cornu_layer_cast(layer, self->centers)); /* [batch, units, features] */
    cornu_tensor *distance =
        cornu_op_sum(cornu_op_square(difference), cornu_axes(-1)); /* [batch, units] */
    return cornu_op_exp(cornu_op_multiply(distance, cornu_scalar(-self->args.gamma)));
}

#define RADIAL_BASIS_DEFAULTS CORNU_LAYER_DEFAULTS(radial_basis_args), .gamma = 1
static const radial_basis_args radial_basis_defaults = {RADIAL_BASIS_DEFAULTS};
/* From this table come get_config and from_config. */
static const cornu_field radial_basis_fields[] = {
    CORNU_LAYER_FIELDS(radial_basis_args),
    CORNU_FIELD(radial_basis_args, INT, units),
    CORNU_FIELD(radial_basis_args, FLOAT, gamma),
};
static const cornu_layer_class radial_basis_class = {
    CORNU_CLASS_ARGS(radial_basis, args, radial_basis_defaults, radial_basis_fields),
    .name = "Examples>RadialBasis", /* as in @register_keras_serializable(package="Examples") */
    .init = radial_basis_init,
    .build = radial_basis_build,
    .call = radial_basis_call,
};
/* layer_radial_basis(12, .gamma = 2) */
#define layer_radial_basis(...)                                                                    \
    CORNU_KW_(cornu_layer_create(                                                                  \
        &radial_basis_class, &(radial_basis_args){RADIAL_BASIS_DEFAULTS, .units = __VA_ARGS__}     \
    ))

/* ---- its use --------------------------------------------------------------------------------- */
int main(void) {
    cornu_set_random_seed(1);
    /* from here on, files and names that speak of "Examples>RadialBasis" find the layer */
    cornu_check(cornu_register_layer(&radial_basis_class));

    int status = EXIT_FAILURE;
    CORNU_SCOPE {
        int64_t samples = getenv("CORNU_EXAMPLE_SMALL") != NULL ? 500 : 2000;
        /* 1 in the ring 1 < |x| < 2, 0 in the disc and in the corners */
        cornu_tensor *x = cornu_random_uniform(cornu_shape(samples, 2), .minval = -2, .maxval = 2);
        cornu_tensor *radius =
            cornu_op_sqrt(cornu_op_sum(cornu_op_square(x), cornu_axes(-1), .keepdims = true)
            ); /* [samples, 1] */
        cornu_tensor *y = cornu_op_cast(
            cornu_op_logical_and(
                cornu_op_greater(radius, cornu_scalar(1)), cornu_op_less(radius, cornu_scalar(2))
            ),
            CORNU_FLOAT32
        );
        cornu_check(y);

        cornu_model *model = cornu_sequential(
            cornu_input(2), layer_radial_basis(32, .gamma = 2, .name = "basis"),
            cornu_layer_dense(1, .activation = "sigmoid")
        );
        cornu_check(model);
        cornu_check(cornu_summary(model, NULL));
        cornu_check(cornu_compile(
            model, .optimizer = cornu_optimizer_adam(.learning_rate = 0.03),
            .loss = cornu_loss_binary_crossentropy(), .metrics = cornu_metrics("accuracy")
        ));
        cornu_history *history = cornu_fit(model, x, y, .epochs = 20);
        cornu_check(history);
        double accuracy = cornu_history_get(history, "accuracy", cornu_history_epochs(history) - 1);

        cornu_check(cornu_save(model, "ring.keras"));
        cornu_model *loaded = cornu_load("ring.keras");
        cornu_check(loaded);
        cornu_tensor *expected = cornu_predict(model, x);
        cornu_tensor *predicted = cornu_predict(loaded, x);
        cornu_check(expected);
        cornu_check(predicted);
        bool same = cornu_tensor_equal(expected, predicted);
        printf("Accuracy %.3f; the model that was loaded again predicts ", accuracy);
        printf("%s\n", same ? "the same to the last bit" : "SOMETHING ELSE");
        status = same && accuracy > 0.85 ? EXIT_SUCCESS : EXIT_FAILURE;

        cornu_tensor_free(expected);
        cornu_tensor_free(predicted);
        cornu_history_free(history);
        cornu_model_free(loaded);
        cornu_model_free(model);
    }
    return status;
}
