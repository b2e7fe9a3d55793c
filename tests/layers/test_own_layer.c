/* The layer of docs/adding-a-layer.md, word for word, passes the check of the built-in ones. */
#include <cornu/cornu.h>

#include "support/check_layer.h"
#include "support/support.h"

/* clang-format off */
typedef struct low_rank_args {
    CORNU_LAYER_ARGS(low_rank_args);
    CORNU_ARG(int64_t, units, 0);
    CORNU_ARG(int64_t, rank, 4);
    CORNU_ARG(const char *, activation, NULL);
    CORNU_ARG(cornu_initializer *, kernel_initializer, NULL);
} low_rank_args;

typedef struct low_rank {
    cornu_layer base;
    low_rank_args args;
    cornu_activation_function *activation;
    cornu_tensor *down; /* [features, rank] */
    cornu_tensor *up;   /* [rank, units] */
} low_rank;

static cornu_status init(void *object) {
    low_rank *self = object;
    const low_rank_args *args = &self->args;
    if (args->units <= 0 || args->rank <= 0)
        CORNU_FAIL(CORNU_EINVAL, "units and rank must be positive, got %lld and %lld",
                   (long long)args->units, (long long)args->rank);
    return cornu_activation_get(args->activation, &self->activation);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    low_rank *self = (low_rank *)layer;
    const low_rank_args *args = &self->args;
    if (count != 1 || shapes[0].rank < 2)
        CORNU_FAIL(CORNU_ESHAPE, "wants one input [batch, ..., features]");
    int64_t features = shapes[0].dims[shapes[0].rank - 1];
    self->down = cornu_layer_add_weight(layer, "down", cornu_shape(features, args->rank),
                                        .initializer = args->kernel_initializer);
    self->up = cornu_layer_add_weight(layer, "up", cornu_shape(args->rank, args->units),
                                      .initializer = args->kernel_initializer);
    return self->down && self->up ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *call(cornu_layer *layer, cornu_tensor *const *inputs,
                          const cornu_call_context *context) {
    low_rank *self = (low_rank *)layer;
    (void)context; /* context->training, context->masks */
    cornu_tensor *x = cornu_op_matmul(inputs[0], cornu_layer_cast(layer, self->down));
    return self->activation(cornu_op_matmul(x, cornu_layer_cast(layer, self->up)));
}

static const low_rank_args defaults = {CORNU_LAYER_DEFAULTS(low_rank_args), .rank = 4};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(low_rank_args),
    CORNU_FIELD(low_rank_args, INT, units),
    CORNU_FIELD(low_rank_args, INT, rank),
    CORNU_FIELD(low_rank_args, ACTIVATION, activation),
    CORNU_FIELD_DEFAULT(low_rank_args, INITIALIZER, kernel_initializer, "GlorotUniform"),
};

static const cornu_layer_class low_rank_class = {
    CORNU_CLASS_ARGS(low_rank, args, defaults, fields),
    .name = "MyPackage>LowRank",
    .init = init,
    .build = build,
    .call = call,
    .masking = CORNU_MASK_PASSES,
};
/* clang-format on */

START_TEST(the_layer_of_the_documentation_passes_the_layer_check) {
    assert_ok(cornu_register_layer(&low_rank_class));
    check_layer(
            .class_name = "MyPackage>LowRank",
            .config = "{\"units\": 3, \"rank\": 2, \"activation\": \"tanh\"}",
            .input = {3, {2, 4, 5}}, .output = {3, {2, 4, 3}}, .weights = 2, .too_few_axes = 1
    );
    assert_fails(
        cornu_layer_create(&low_rank_class, NULL), CORNU_EINVAL,
        "MyPackage>LowRank: units and rank must be positive"
    );
}
END_TEST

CORNU_TESTS(own_layer) {
    TCase *tc = cornu_test_case(suite, "own_layer");
    tcase_add_test(tc, the_layer_of_the_documentation_passes_the_layer_check);
}
