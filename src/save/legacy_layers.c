/* The layers of a model as legacy files list them, each with its variables in their order. Keras:
 * _legacy_weights in keras/src/legacy/saving/legacy_h5_format.py */
#include "base/memory.h"
#include "save/legacy.h"

#include <string.h>

static cornu_status fill(cornu_legacy_layer *filled, cornu_layer *layer) {
    cornu_tensor_list trained = cornu_layer_trainable_weights(layer);
    if (!trained.items) return cornu_error_status();
    cornu_tensor_list fixed = cornu_layer_non_trainable_weights(layer);
    if (!fixed.items) return cornu_error_status();
    filled->layer = layer;
    filled->variables = cornu_alloc_array_(trained.count + fixed.count, sizeof(cornu_tensor *));
    if (!filled->variables) return CORNU_ENOMEM;
    filled->count = trained.count + fixed.count;
    if (trained.count) {
        memcpy(filled->variables, trained.items, trained.count * sizeof(cornu_tensor *));
    }
    if (fixed.count) {
        memcpy(
            filled->variables + trained.count, fixed.items, fixed.count * sizeof(cornu_tensor *)
        );
    }
    return CORNU_OK;
}

cornu_status cornu_legacy_layers_make_(cornu_legacy_layers *layers, cornu_model *model) {
    const struct cornu_layer_state *state = model->base.state_;
    *layers = (cornu_legacy_layers){0};
    layers->items = cornu_alloc_array_(state->sublayer_count, sizeof *layers->items);
    if (!layers->items) return CORNU_ENOMEM;
    for (size_t i = 0; i < state->sublayer_count; i++) {
        if (!cornu_is_saved_(&model->base, &state->sublayers[i])) continue;
        layers->count++;
        CORNU_TRY(fill(&layers->items[layers->count - 1], state->sublayers[i].layer));
    }
    return CORNU_OK;
}

void cornu_legacy_layers_free_(cornu_legacy_layers *layers) {
    for (size_t i = 0; i < layers->count; i++) cornu_free_(layers->items[i].variables);
    cornu_free_(layers->items);
    *layers = (cornu_legacy_layers){0};
}

cornu_status cornu_legacy_own_(cornu_legacy_layer *own, cornu_model *model) {
    const struct cornu_layer_state *state = model->base.state_;
    *own = (cornu_legacy_layer){.layer = &model->base};
    own->variables = cornu_alloc_array_(state->weight_count, sizeof(cornu_tensor *));
    if (!own->variables) return CORNU_ENOMEM;
    for (size_t i = 0; i < state->weight_count; i++)
        own->variables[own->count++] = state->weights[i].variable;
    return CORNU_OK;
}
