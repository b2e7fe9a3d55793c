/* The program that test_save_kill.c kills: saves a model again and again, each time with all
 * weights set to the next whole number, from one on that a killed one did not have.
 *
 *     killed_save FOLDER MEGABYTES */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static void fill(cornu_model *model, float value) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    for (size_t i = 0; i < weights.count; i++) {
        float *values = cornu_tensor_data_mut(weights.items[i]);
        cornu_check(values);
        int64_t count = cornu_tensor_size(weights.items[i]);
        for (int64_t k = 0; k < count; k++) values[k] = value;
    }
}

int main(int argc, char **argv) {
    if (argc != 3) return EXIT_FAILURE;
    char model_path[512], weights_path[512];
    snprintf(model_path, sizeof model_path, "%s/model.keras", argv[1]);
    snprintf(weights_path, sizeof weights_path, "%s/model.weights.h5", argv[1]);
    /* two kernels of half the size each: [512, units] and [units, 512] floats */
    int64_t units = 256 * strtol(argv[2], NULL, 10);
    cornu_model *model = cornu_sequential(
        cornu_input(512), cornu_layer_dense(units, .kernel_initializer = cornu_initializer_zeros()),
        cornu_layer_dense(512, .kernel_initializer = cornu_initializer_zeros())
    );
    cornu_check(model);
    for (float generation = (float)(getpid() % 65536 + 1);; generation++) {
        fill(model, generation);
        cornu_check(cornu_save(model, model_path));
        cornu_check(cornu_save_weights(model, weights_path));
    }
}
