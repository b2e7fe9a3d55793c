/* Data and networks that several workloads share. */
#include "support/bench.h"

#include <stdlib.h>

void bench_fashion(cornu_tensor **images, cornu_tensor **labels) {
    cornu_dataset *train, *test;
    cornu_check(cornu_load_fashion_mnist(&train, &test));
    CORNU_SCOPE {
        cornu_tensor *bytes = cornu_dataset_input(train, 0); /* [60000, 28, 28], uint8 */
        cornu_tensor *flat = cornu_op_reshape(bytes, cornu_shape(-1, 784));
        cornu_tensor *scaled =
            cornu_op_multiply(cornu_op_cast(flat, CORNU_FLOAT32), cornu_scalar(1.0 / 255));
        cornu_check(scaled);
        *images = cornu_tensor_retain(scaled);
        *labels = cornu_tensor_retain(cornu_dataset_target(train, 0));
    }
    cornu_dataset_free(train);
    cornu_dataset_free(test);
}

cornu_tensor *bench_integers(cornu_shape shape, int64_t limit, int64_t seed) {
    cornu_tensor *integers = NULL;
    CORNU_SCOPE {
        cornu_tensor *drawn =
            cornu_random_uniform(shape, .maxval = (double)limit, .seed = seed); /* may round up */
        drawn = cornu_op_minimum(cornu_op_floor(drawn), cornu_scalar((double)limit - 1));
        integers = cornu_tensor_retain(cornu_op_cast(drawn, CORNU_INT32));
    }
    cornu_check(integers);
    return integers;
}

cornu_tensor *bench_normal(cornu_shape shape, int64_t seed) {
    cornu_tensor *numbers = NULL;
    CORNU_SCOPE { numbers = cornu_tensor_retain(cornu_random_normal(shape, .seed = seed)); }
    cornu_check(numbers);
    return numbers;
}

/* The part of `array` that batch `index` takes, over the same memory. */
static cornu_tensor *batch_over(cornu_tensor *array, int64_t index, int64_t batch) {
    cornu_shape shape = *cornu_tensor_shape(array);
    cornu_dtype dtype = cornu_tensor_dtype(array);
    int64_t elements = cornu_tensor_size(array) / shape.dims[0] * batch;
    shape.dims[0] = batch;
    char *data = (char *)cornu_tensor_data(array) + index * elements * cornu_dtype_size(dtype);
    return cornu_tensor_wrap(dtype, shape, data, NULL, NULL);
}

bench_batches bench_batches_of(cornu_tensor *x, cornu_tensor *y, int64_t batch) {
    bench_batches batches = {.count = cornu_tensor_dim(x, 0) / batch};
    batches.x = malloc((size_t)batches.count * sizeof(cornu_tensor *));
    batches.y = malloc((size_t)batches.count * sizeof(cornu_tensor *));
    cornu_check((const void *)batches.x);
    cornu_check((const void *)batches.y);
    for (int64_t i = 0; i < batches.count; i++) {
        batches.x[i] = batch_over(x, i, batch);
        batches.y[i] = batch_over(y, i, batch);
        cornu_check(batches.x[i]);
        cornu_check(batches.y[i]);
    }
    return batches;
}

void bench_batches_free(bench_batches *batches) {
    for (int64_t i = 0; i < batches->count; i++) {
        cornu_tensor_free(batches->x[i]);
        cornu_tensor_free(batches->y[i]);
    }
    free(batches->x);
    free(batches->y);
}

cornu_model *bench_mlp(cornu_shape shape) {
    cornu_model *model = cornu_sequential(
        shape.rank == 2 ? cornu_input(28, 28) : cornu_input(784), cornu_layer_flatten(),
        cornu_layer_dense(128, .activation = "relu"), cornu_layer_dense(10)
    );
    cornu_check(model);
    return model;
}

cornu_model *bench_cnn(void) {
    cornu_model *model = cornu_sequential(
        cornu_input(28, 28, 1),
        cornu_layer_conv2d(32, .kernel_size = {{3, 3}}, .activation = "relu"),
        cornu_layer_max_pooling2d(),
        cornu_layer_conv2d(64, .kernel_size = {{3, 3}}, .activation = "relu"),
        cornu_layer_max_pooling2d(), cornu_layer_flatten(), cornu_layer_dropout(0.5),
        cornu_layer_dense(10)
    );
    cornu_check(model);
    return model;
}
