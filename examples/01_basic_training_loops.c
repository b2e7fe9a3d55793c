/* Basic training loops: a linear model, fitted first by a loop of our own and then by compile and
 * fit. Follows https://www.tensorflow.org/guide/basic_training_loops step by step:
 *
 *   1. data: y = 3x + 2 with noise        4. a training loop: tape, gradients, assign_sub
 *   2. a model: variables and a function  5. the same model the way of Keras: save its weights,
 *   3. a loss                                compile it, fit it
 *
 * Exit status 0 if W and b came close to 3 and 2, and both ways agree. */
#include <cornu/cornu.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/plot.h"

enum { EPOCHS = 10, POINTS = 201 };
static const double true_w = 3, true_b = 2, learning_rate = 0.1;

/* ---- the model: two variables and what is done with them ------------------------------------- */
typedef struct {
    cornu_tensor *w, *b; /* scalars */
} linear;

static linear linear_new(double w, double b) {
    linear model = {
        .w = cornu_variable(cornu_scalar(w), .name = "w"),
        .b = cornu_variable(cornu_scalar(b), .name = "b"),
    };
    cornu_check(model.w);
    cornu_check(model.b);
    return model;
}

static void linear_free(linear *model) {
    cornu_tensor_free(model->w);
    cornu_tensor_free(model->b);
}

static cornu_tensor *linear_call(void *user, cornu_tensor *x) {
    linear *model = user;
    return cornu_op_add(cornu_op_multiply(model->w, x), model->b);
}

/* The same model the way of Keras, called like any layer. */
static cornu_tensor *keras_call(void *user, cornu_tensor *x) {
    cornu_model *model = user;
    return cornu_call(model, x);
}

/* ---- the loss: the mean of squared errors ---------------------------------------------------- */
static cornu_tensor *l2_loss(cornu_tensor *target, cornu_tensor *predicted) {
    return cornu_op_mean(cornu_op_square(cornu_op_subtract(target, predicted)));
}

/* ---- the training loop ----------------------------------------------------------------------- */
/* What happened: entry 0 is the start, entry e the state after epoch e. */
typedef struct {
    double w[EPOCHS + 1], b[EPOCHS + 1], loss[EPOCHS + 1];
} record;

static void note(record *r, int epoch, const linear *model, double loss) {
    r->w[epoch] = cornu_tensor_item(model->w);
    r->b[epoch] = cornu_tensor_item(model->b);
    r->loss[epoch] = loss;
    printf(
        "%s %2d: W = %.4f, b = %.4f, loss = %.5f\n", epoch == 0 ? "Start" : "Epoch", epoch,
        r->w[epoch], r->b[epoch], loss
    );
}

/* One step of gradient descent over all points. */
static void train(
    cornu_model_function *call, void *user, linear *model, cornu_tensor *x, cornu_tensor *y
) {
    CORNU_SCOPE { /* frees, at its end, everything that was computed inside */
        cornu_tape *tape = cornu_tape_begin();
        cornu_tensor *loss = l2_loss(y, call(user, x));
        cornu_tensor *gradients[2]; /* d loss / d w, d loss / d b */
        cornu_check(cornu_tape_gradient(tape, loss, cornu_tensors(model->w, model->b), gradients));
        cornu_tensor *rate = cornu_scalar(learning_rate);
        cornu_check(cornu_assign_sub(model->w, cornu_op_multiply(rate, gradients[0])));
        cornu_check(cornu_assign_sub(model->b, cornu_op_multiply(rate, gradients[1])));
    }
}

/* The loss as the model stands. */
static double current_loss(
    cornu_model_function *call, void *user, cornu_tensor *x, cornu_tensor *y
) {
    double value = NAN;
    CORNU_SCOPE {
        cornu_tensor *loss = l2_loss(y, call(user, x));
        cornu_check(loss);
        value = cornu_tensor_item(loss);
    }
    return value;
}

/* Trains `model`, whose outputs `call(user, x)` computes. */
static record training_loop(
    cornu_model_function *call, void *user, linear *model, cornu_tensor *x, cornu_tensor *y
) {
    record r;
    note(&r, 0, model, current_loss(call, user, x, y));
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        train(call, user, model, x, y);
        note(&r, epoch, model, current_loss(call, user, x, y));
    }
    return r;
}

/* ---- pictures -------------------------------------------------------------------------------- */
static void draw_data(cornu_tensor *x, cornu_tensor *y) {
    plot *p = plot_new("Data: y = 3x + 2 with noise", "x", "y");
    plot_tensors(p, PLOT_POINTS, "data", x, y);
    plot_write(p, "linear_data");
}

static void draw_predictions(
    cornu_tensor *x, cornu_tensor *y, cornu_tensor *truth, cornu_tensor *before, cornu_tensor *after
) {
    plot *p = plot_new("Predictions before and after training", "x", "y");
    plot_tensors(p, PLOT_POINTS, "data", x, y);
    plot_tensors(p, PLOT_LINE, "truth", x, truth);
    plot_tensors(p, PLOT_LINE, "untrained", x, before);
    plot_tensors(p, PLOT_DASHES, "trained", x, after);
    plot_write(p, "linear_predictions");
}

static void draw_weights(const record *r) {
    const double ends[2] = {0, EPOCHS}, w[2] = {true_w, true_w}, b[2] = {true_b, true_b};
    plot *p = plot_new("Weights over the epochs", "epoch", "value");
    plot_series(p, PLOT_LINE, "W", NULL, r->w, EPOCHS + 1);
    plot_series(p, PLOT_LINE, "b", NULL, r->b, EPOCHS + 1);
    plot_series(p, PLOT_DASHES, "true W", ends, w, 2);
    plot_series(p, PLOT_DASHES, "true b", ends, b, 2);
    plot_write(p, "linear_weights");
}

/* ---- the whole story ------------------------------------------------------------------------- */
static int failures;

static void expect(bool holds, const char *claim) {
    printf("%s: %s\n", holds ? "ok" : "NOT SO", claim);
    failures += !holds;
}

/* A loop of our own; gives what happened. */
static record first_principles(cornu_tensor *x, cornu_tensor *y, cornu_tensor *truth) {
    linear model = linear_new(5, 0);
    cornu_tensor_list variables = cornu_tensors(model.w, model.b);
    printf("Variables:\n");
    for (size_t i = 0; i < variables.count; i++)
        printf(
            "    %s = %g\n", cornu_variable_name(variables.items[i]),
            cornu_tensor_item(variables.items[i])
        );
    expect(cornu_tensor_item(linear_call(&model, cornu_scalar(3))) == 15, "the model maps 3 to 15");

    cornu_tensor *before = linear_call(&model, x); /* [201] */
    record r = training_loop(linear_call, &model, &model, x, y);
    draw_predictions(x, y, truth, before, linear_call(&model, x));
    draw_weights(&r);
    linear_free(&model);
    return r;
}

/* The same model as one of Keras' kind goes through the same loop, and into a file. */
static void as_a_keras_model(cornu_tensor *x, cornu_tensor *y, const record *expected) {
    linear parts = linear_new(5, 0);
    cornu_model *model = cornu_subclass(linear_call, &parts, cornu_tensors(parts.w, parts.b));
    cornu_check(model);
    record r = training_loop(keras_call, model, &parts, x, y);
    expect(
        r.w[EPOCHS] == expected->w[EPOCHS] && r.b[EPOCHS] == expected->b[EPOCHS],
        "the Keras-style model learns the same W and b"
    );
    cornu_check(cornu_save_weights(model, "linear.weights.h5"));

    linear other = linear_new(0, 0);
    cornu_model *loaded = cornu_subclass(linear_call, &other, cornu_tensors(other.w, other.b));
    cornu_check(cornu_load_weights(loaded, "linear.weights.h5"));
    expect(
        cornu_tensor_equal(parts.w, other.w) && cornu_tensor_equal(parts.b, other.b),
        "the weights read back from linear.weights.h5 are equal to the last bit"
    );
    cornu_model_free(loaded);
    cornu_model_free(model);
    linear_free(&other);
    linear_free(&parts);
}

/* And with compile and fit, which reports the loss of each epoch before its update: its loss of
 * epoch e is that of our own loop after epoch e - 1. */
static void with_compile_and_fit(cornu_tensor *x, cornu_tensor *y, const record *own) {
    linear parts = linear_new(5, 0);
    cornu_model *model = cornu_subclass(linear_call, &parts, cornu_tensors(parts.w, parts.b));
    cornu_check(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = learning_rate),
        .loss = cornu_loss_mean_squared_error(), .run_eagerly = false
    ));
    cornu_history *history = cornu_fit(model, x, y, .epochs = EPOCHS, .batch_size = 1000);
    cornu_check(history);

    printf("           fit's loss   own loop, before the update   after it\n");
    double largest = 0;
    for (int epoch = 1; epoch <= EPOCHS; epoch++) {
        double loss = cornu_history_get(history, "loss", (size_t)epoch - 1);
        double before = own->loss[epoch - 1];
        printf("Epoch %2d: %10.6f %29.6f %10.6f\n", epoch, loss, before, own->loss[epoch]);
        largest = fmax(largest, fabs(loss - before) / before);
    }
    printf("Largest relative difference: %.2g\n", largest);
    expect(largest <= 1e-6, "fit and our own loop agree on every epoch's loss");
    double w = cornu_tensor_item(parts.w), b = cornu_tensor_item(parts.b);
    printf("fit ends with W = %.4f, b = %.4f\n", w, b);
    expect(fabs(w - true_w) <= 0.35 && fabs(b - true_b) <= 0.35, "fit comes close to the truth");
    cornu_history_free(history);
    cornu_model_free(model);
    linear_free(&parts);
}

int main(void) {
    cornu_set_random_seed(1); /* the order in which fit takes the points */
    CORNU_SCOPE {
        cornu_tensor *x = cornu_op_linspace(-2, 2, POINTS);
        cornu_tensor *truth =
            cornu_op_add(cornu_op_multiply(x, cornu_scalar(true_w)), cornu_scalar(true_b));
        cornu_tensor *y = cornu_op_add(truth, cornu_random_normal(cornu_shape(POINTS), .seed = 1));
        cornu_check(y);
        draw_data(x, y);

        printf("\nA training loop of our own\n");
        record own = first_principles(x, y, truth);
        expect(
            fabs(own.w[EPOCHS] - true_w) <= 0.35 && fabs(own.b[EPOCHS] - true_b) <= 0.35,
            "W and b come close to the truth"
        );
        printf("\nThe same loop, a model of Keras' kind\n");
        as_a_keras_model(x, y, &own);
        printf("\ncompile and fit\n");
        with_compile_and_fit(x, y, &own);
    }
    return failures == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
