/* Built into each example beside its source, in which cornu_model_free is called watched_model_free
 * (tests/CMakeLists.txt): the weights that a model ends with are appended to the file CORNU_WATCHED
 * before it is freed. */
#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>

CORNU_API void watched_model_free(cornu_model *model);

static void write_weights(cornu_model *model, FILE *file) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    for (size_t i = 0; i < weights.count; i++) {
        const cornu_tensor *weight = weights.items[i];
        size_t item = cornu_dtype_size(cornu_tensor_dtype(weight));
        fwrite(cornu_tensor_data(weight), item, (size_t)cornu_tensor_size(weight), file);
    }
}

void watched_model_free(cornu_model *model) {
    FILE *file = fopen(getenv("CORNU_WATCHED"), "ab");
    if (file == NULL) abort();
    write_weights(model, file);
    if (fclose(file) != 0) abort();
    cornu_model_free(model);
}
