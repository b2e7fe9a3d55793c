/* cornu loss: the value of a loss described by Keras' serialised object. */
#include "arrays.h"
#include "json.h"

#include <stdlib.h>

typedef struct job {
    const char *config, *y_true, *y_pred, *sample_weight;
} job;

static cornu_loss *load_loss(const char *path) {
    char *text = text_load(path);
    if (!text) return NULL;
    cornu_loss *loss = cornu_loss_from_json(text);
    if (!loss) (void)cornu_error_context("'%s'", path);
    free(text);
    return loss;
}

static cornu_status compute(cornu_loss *loss, cornu_tensor *const *tensors) {
    cornu_tensor *value = cornu_loss_call_weighted(loss, tensors[0], tensors[1], tensors[2]);
    if (!value) return cornu_error_status();
    json_text json = {0};
    json_raw(&json, "{\"value\": ");
    json_tensor(&json, value);
    json_raw(&json, "}");
    cornu_status status = json_print(&json);
    json_free(&json);
    return status;
}

static cornu_status run(const command *self, int argc, char **argv) {
    job j = {.config = NULL};
    const option table[] = {
        {"y-true", OPTION_TEXT, &j.y_true, "A.npy", "targets", true},
        {"y-pred", OPTION_TEXT, &j.y_pred, "B.npy", "predictions", true},
        {"sample-weight", OPTION_TEXT, &j.sample_weight, "W.npy", "weights", false},
    };
    bool proceed;
    CORNU_TRY(options_parse(
        self, table, sizeof table / sizeof table[0], &j.config, 1, argc, argv, &proceed
    ));
    if (!proceed) return CORNU_OK;
    cornu_loss *loss = load_loss(j.config);
    if (!loss) return cornu_error_status();
    const char *paths[] = {j.y_true, j.y_pred, j.sample_weight};
    cornu_tensor *tensors[3] = {NULL};
    cornu_status status = CORNU_OK;
    for (size_t i = 0; status == CORNU_OK && i < 3; i++) {
        status = array_load_optional(paths[i], &tensors[i]);
    }
    if (status == CORNU_OK) status = compute(loss, tensors);
    for (size_t i = 0; i < 3; i++) cornu_tensor_free(tensors[i]);
    cornu_loss_free(loss);
    return status;
}

const command command_loss = {"loss", "CONFIG.json", "computes a loss of arrays", run};
