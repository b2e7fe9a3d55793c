/* Small models and data that tests of training share. */
#ifndef CORNU_TESTS_TRAIN_SUPPORT_H
#define CORNU_TESTS_TRAIN_SUPPORT_H

#include "base/object.h"
#include "support/support.h"
#include <cornu/cornu.h>

/* n samples of [n, features], values of a fixed sequence in -1..1; belongs to the scope. */
static inline cornu_tensor *test_samples(int64_t n, int64_t features, int phase) {
    cornu_tensor *x = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(n, features));
    ck_assert_ptr_nonnull(x);
    float *values = cornu_tensor_data_mut(x);
    for (int64_t i = 0; i < n * features; i++)
        values[i] = (float)((i * 37 + phase * 11) % 41) / 20.5f - 1.0f;
    return cornu_scope_add_(x);
}

/* Labels 0 .. classes-1 in turn, int32 [n]; belongs to the scope. */
static inline cornu_tensor *test_labels(int64_t n, int32_t classes) {
    cornu_tensor *y = cornu_tensor_new(CORNU_INT32, cornu_shape(n));
    ck_assert_ptr_nonnull(y);
    int32_t *values = cornu_tensor_data_mut(y);
    for (int64_t i = 0; i < n; i++) values[i] = (int32_t)(i * 7 % 11) % classes;
    return cornu_scope_add_(y);
}

static inline cornu_initializer *test_constant(double value) {
    cornu_initializer *initializer = cornu_initializer_constant(value);
    ck_assert_ptr_nonnull(initializer);
    return initializer;
}

/* One Dense layer, w = 0.5 and b = 0 everywhere, not compiled. */
static inline cornu_model *test_dense(int64_t features, int64_t units, const char *activation) {
    cornu_model *model = cornu_sequential(
        cornu_input(features),
        cornu_layer_dense(units, .activation = activation, .kernel_initializer = test_constant(0.5))
    );
    ck_assert_msg(model != NULL, "%s", cornu_error_message());
    return model;
}

/* The same, compiled for mean squared error and plain gradient descent. */
static inline cornu_model *test_regression(int64_t features, double rate) {
    cornu_model *model = test_dense(features, 1, NULL);
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = rate),
        .loss = cornu_loss_mean_squared_error()
    ));
    return model;
}

static inline cornu_tensor *test_weight(cornu_model *model, size_t index) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    ck_assert_uint_lt(index, weights.count);
    return weights.items[index];
}

#endif
