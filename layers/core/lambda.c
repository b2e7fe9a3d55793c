/* Lambda: a function as a layer. keras/src/layers/core/lambda_layer.py
 *
 * In a file the function is a name, and what the name means is known only to the program that
 * registered it. Code from a file (Python's lambdas) is never run. */
#include <cornu/layers/core.h>

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_lambda_args args;
    cornu_activation_function *function;
} lambda;

static cornu_status init(void *object) {
    lambda *self = object;
    const char *name = self->args.function;
    if (name == NULL || strchr(name, '>') == NULL)
        CORNU_FAIL(
            CORNU_EINVAL,
            "function must be the name of a registered function, 'Package>name', got %s",
            name != NULL ? name : "none"
        );
    return cornu_activation_get(name, &self->function);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    return ((lambda *)layer)->function(inputs[0]);
}

/* Keyword arguments for the function, which Keras always writes; here it has none. */
static cornu_status get_config(const void *object, cornu_config *config) {
    (void)object;
    return cornu_config_set_object(config, "arguments") != NULL ? CORNU_OK : cornu_error_status();
}

static const cornu_layer_lambda_args defaults = {CORNU_LAYER_LAMBDA_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_lambda_args),
    CORNU_FIELD(cornu_layer_lambda_args, ACTIVATION, function),
    /* found by running the function */
    {"output_shape", CORNU_FIELD_SIZES, offsetof(cornu_layer_lambda_args, output_shape), NULL,
     true},
};

CORNU_LAYER_CLASS(lambda){
    CORNU_CLASS_ARGS(lambda, args, defaults, fields),
    .name = "Lambda",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_lambda_new(const cornu_layer_lambda_args *args) {
    return cornu_layer_create(&cornu_layer_lambda_class, args);
}
