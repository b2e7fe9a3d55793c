/* An autoencoder: a picture of 784 points goes through 32 numbers and comes out again, as like
 * itself as the net can make it. Encoder and decoder are models of their own, which the third one
 * calls: what it learns, they know.
 *
 * On the test images of Fashion-MNIST the mean squared error after four epochs is 0.0100; saying
 * the average picture each time would have 0.0866.
 *
 * Writes autoencoder.png and .svg (a row of pictures, and below them what came out), and
 * encoder.keras. CORNU_EXAMPLE_SMALL=1 takes a part of the data and one epoch.
 * After https://blog.keras.io/building-autoencoders-in-keras.html */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "support/plot.h"

enum { SIDE = 28, CODE = 32 };

/* [28, 28] -> [14, 14, 16] -> [7, 7, 32] -> 32 */
static cornu_model *make_encoder(void) {
    return cornu_sequential(
        cornu_input(SIDE, SIDE), cornu_layer_reshape(cornu_shape(SIDE, SIDE, 1)),
        cornu_layer_conv2d(16, 3, .strides = 2, .padding = "same", .activation = "relu"),
        cornu_layer_conv2d(32, 3, .strides = 2, .padding = "same", .activation = "relu"),
        cornu_layer_flatten(), cornu_layer_dense(CODE, .name = "code")
    );
}

/* and back */
static cornu_model *make_decoder(void) {
    return cornu_sequential(
        cornu_input(CODE), cornu_layer_dense(7 * 7 * 32, .activation = "relu"),
        cornu_layer_reshape(cornu_shape(7, 7, 32)),
        cornu_layer_conv2d_transpose(16, 3, .strides = 2, .padding = "same", .activation = "relu"),
        cornu_layer_conv2d_transpose(
            1, 3, .strides = 2, .padding = "same", .activation = "sigmoid"
        ),
        cornu_layer_reshape(cornu_shape(SIDE, SIDE))
    );
}

/* Points from 0 to 1, [count, 28, 28]; *new*. */
static cornu_tensor *pictures(const cornu_dataset *dataset, int64_t most) {
    cornu_tensor *bytes = cornu_dataset_input(dataset, 0), *scaled = NULL;
    int64_t count = cornu_dataset_sample_count(dataset);
    if (count > most) count = most;
    CORNU_SCOPE {
        const int64_t start[3] = {0};
        cornu_tensor *part = cornu_op_slice(bytes, start, cornu_shape(count, SIDE, SIDE));
        scaled = cornu_op_divide(cornu_op_cast(part, CORNU_FLOAT32), cornu_scalar(255));
        cornu_check(scaled);
        scaled = cornu_tensor_retain(scaled);
    }
    return scaled;
}

/* The first pictures, and below them what comes out for them. */
static void draw(cornu_model *model, cornu_tensor *images) {
    enum { COLUMNS = 10, POINTS = SIDE * SIDE };
    CORNU_SCOPE {
        const int64_t start[3] = {0};
        cornu_tensor *first = cornu_op_slice(images, start, cornu_shape(COLUMNS, SIDE, SIDE));
        cornu_tensor *both =
            cornu_op_concatenate(cornu_tensors(first, cornu_call(model, first)), 0);
        cornu_tensor *bytes =
            cornu_op_cast(cornu_op_multiply(both, cornu_scalar(255)), CORNU_UINT8);
        cornu_check(bytes);
        char *captions[2 * COLUMNS];
        bool wrong[2 * COLUMNS] = {false};
        for (int i = 0; i < 2 * COLUMNS; i++) captions[i] = i < COLUMNS ? "in" : "out";
        plot *page = plot_new("784 points, through 32 numbers", "", "");
        plot_images(page, bytes, 2 * COLUMNS, COLUMNS, captions, wrong);
        plot_write(page, "autoencoder");
    }
}

int main(void) {
    cornu_set_random_seed(1);
    bool small = getenv("CORNU_EXAMPLE_SMALL") != NULL;
    cornu_dataset *train, *test;
    cornu_check(cornu_load_fashion_mnist(&train, &test));
    cornu_tensor *x = pictures(train, small ? 256 : 60000);
    cornu_tensor *test_x = pictures(test, small ? 64 : 10000);

    cornu_model *encoder = make_encoder(), *decoder = make_decoder(), *model = NULL;
    cornu_check(encoder);
    cornu_check(decoder);
    /* the graph takes a reference to each; these are for afterwards */
    cornu_model_retain(encoder);
    cornu_model_retain(decoder);
    CORNU_SCOPE {
        cornu_tensor *image = cornu_input_tensor(SIDE, SIDE);
        cornu_tensor *out = cornu_call(decoder, cornu_call(encoder, image));
        model = cornu_functional(cornu_tensors(image), cornu_tensors(out), .name = "autoencoder");
        cornu_check(model);
    }
    cornu_check(cornu_summary(model, NULL));
    cornu_check(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.learning_rate = 2e-3),
        .loss = cornu_loss_binary_crossentropy(), .metrics = cornu_metrics("mse")
    ));
    cornu_history *history = cornu_fit(
        model, x, x, .epochs = small ? 1 : 4, .batch_size = 128, .validation_x = test_x,
        .validation_y = test_x, .seed = 1
    );
    cornu_check(history);
    double error = cornu_history_get(history, "val_mse", cornu_history_epochs(history) - 1);
    printf("Mean squared error of test images: %.4f\n", error);

    cornu_tensor *codes = cornu_predict(encoder, test_x); /* [count, 32] */
    cornu_check(codes);
    printf(
        "%lld test images as codes of %d numbers\n", (long long)cornu_tensor_dim(codes, 0), CODE
    );
    cornu_check(cornu_save(encoder, "encoder.keras"));
    draw(model, test_x);

    cornu_tensor_free(codes);
    cornu_history_free(history);
    cornu_model_free(model);
    cornu_model_free(encoder);
    cornu_model_free(decoder);
    cornu_tensor_free(x);
    cornu_tensor_free(test_x);
    cornu_dataset_free(train);
    cornu_dataset_free(test);
    if (small || error <= 0.013) return EXIT_SUCCESS;
    fprintf(stderr, "a mean squared error of at most 0.013 was expected\n");
    return EXIT_FAILURE;
}
