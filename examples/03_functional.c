/* The functional API: a graph of layers with two inputs, two outputs and a layer that both inputs
 * share. After https://keras.io/guides/functional_api/
 *
 *     left  [8] -> encoder -+              +-> order  [1]: is the left mean the larger one?
 *                           +-> join -> mix
 *     right [8] -> encoder -+              +-> gap    [1]: by how much?
 *
 * The data are random numbers; what is to be learned is known, so the program can judge itself. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>

enum { SIZE = 8 };

/* Joins its inputs along the last axis. A whole layer: the next example explains how it is made. */
typedef struct {
    CORNU_LAYER_ARGS(join_args);
} join_args;
typedef struct {
    cornu_layer base;
    join_args args;
} join;

static cornu_tensor *join_call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)layer;
    return cornu_op_concatenate((cornu_tensor_list){inputs, context->input_count}, -1);
}

static const join_args join_defaults = {CORNU_LAYER_DEFAULTS(join_args)};
static const cornu_field join_fields[] = {CORNU_LAYER_FIELDS(join_args)};
static const cornu_layer_class join_class = {
    CORNU_CLASS_ARGS(join, args, join_defaults, join_fields),
    .name = "Examples>Join",
    .call = join_call,
};

static cornu_model *make_model(void) {
    cornu_model *model = NULL;
    CORNU_SCOPE {
        cornu_tensor *left = cornu_input_tensor(SIZE, .name = "left");
        cornu_tensor *right = cornu_input_tensor(SIZE, .name = "right");

        /* called twice: the same weights look at both sides */
        cornu_layer *encoder = cornu_layer_dense(16, .activation = "relu", .name = "encoder");
        cornu_tensor *a = cornu_call(encoder, left);  /* [batch, 16] */
        cornu_tensor *b = cornu_call(encoder, right); /* [batch, 16] */

        cornu_tensor *h = cornu_call(cornu_layer_create(&join_class, NULL), a, b); /* [batch, 32] */
        h = cornu_call(cornu_layer_dense(32, .activation = "relu", .name = "mix"), h);
        cornu_tensor *order =
            cornu_call(cornu_layer_dense(1, .activation = "sigmoid", .name = "order"), h);
        cornu_tensor *gap = cornu_call(cornu_layer_dense(1, .name = "gap"), h);
        model = cornu_functional(cornu_tensors(left, right), cornu_tensors(order, gap));
    }
    cornu_check(model);
    return model;
}

int main(void) {
    cornu_set_random_seed(1);
    int64_t samples = getenv("CORNU_EXAMPLE_SMALL") != NULL ? 600 : 4000;
    int status = EXIT_FAILURE;
    CORNU_SCOPE {
        cornu_tensor *left = cornu_random_normal(cornu_shape(samples, SIZE));
        cornu_tensor *right = cornu_random_normal(cornu_shape(samples, SIZE));
        /* both [samples, 1] */
        cornu_tensor *gap = cornu_op_subtract(
            cornu_op_mean(left, cornu_axes(-1), .keepdims = true),
            cornu_op_mean(right, cornu_axes(-1), .keepdims = true)
        );
        cornu_tensor *order = cornu_op_cast(cornu_op_greater(gap, cornu_scalar(0)), CORNU_FLOAT32);
        cornu_check(order);

        cornu_model *model = make_model();
        cornu_check(cornu_summary(model, NULL));

        /* a loss, a weight and metrics for each output, in their order */
        cornu_check(cornu_compile(
            model, .optimizer = cornu_optimizer_adam(.learning_rate = 0.01),
            .losses =
                (cornu_loss *[]){cornu_loss_binary_crossentropy(), cornu_loss_mean_squared_error()},
            .loss_count = 2, .loss_weights = (double[]){1, 0.5},
            .metrics_per_output =
                (cornu_metric_list[]){cornu_metrics("accuracy"), cornu_metrics("mae")}
        ));
        cornu_history *history = cornu_fit(
            model, .inputs = cornu_tensors(left, right), .targets = cornu_tensors(order, gap),
            .epochs = 10, .validation_split = 0.2
        );
        cornu_check(history);
        size_t last = cornu_history_epochs(history) - 1;
        double accuracy = cornu_history_get(history, "val_order_accuracy", last);
        double error = cornu_history_get(history, "val_gap_mae", last);
        printf("On unseen samples: order right in %.1f %%", 100 * accuracy);
        printf(", gap wrong by %.3f on average\n", error);
        status = accuracy > 0.85 && error < 0.2 ? EXIT_SUCCESS : EXIT_FAILURE;

        cornu_tensor *outputs[2]; /* [samples, 1] each */
        cornu_tensor *first =
            cornu_predict(model, .inputs = cornu_tensors(left, right), .outputs = outputs);
        cornu_check(first);
        for (int64_t i = 0; i < 3; i++)
            printf(
                "gap %+.3f: predicted %+.3f, left is larger with probability %.3f\n",
                cornu_tensor_get(gap, i), cornu_tensor_get(outputs[1], i),
                cornu_tensor_get(outputs[0], i)
            );
        cornu_tensor_free(first);
        cornu_tensor_free(outputs[0]);
        cornu_tensor_free(outputs[1]);
        cornu_history_free(history);
        cornu_model_free(model);
    }
    return status;
}
