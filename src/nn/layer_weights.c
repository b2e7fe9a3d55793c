/* The lists of a layer's weights, and setting them all. */
#include <string.h>

#include "base/memory.h"
#include "nn/layer.h"

typedef struct {
    cornu_tensor **items;
    size_t count, capacity;
} variables;

static cornu_status collect(cornu_layer *layer, void *user) {
    variables *found = user;
    const struct cornu_layer_state *state = layer->state_;
    for (size_t i = 0; i < state->weight_count; i++) {
        bool known = false; /* a weight may belong to two layers */
        for (size_t k = 0; k < found->count && !known; k++)
            known = found->items[k] == state->weights[i].variable;
        if (known) continue;
        CORNU_TRY(CORNU_RESERVE_(found->items, found->capacity, found->count + 1));
        found->items[found->count++] = state->weights[i].variable;
    }
    return CORNU_OK;
}

/* Keeps a list under the layer, so that it can be lent. An unchanged one stays where it is: callers
 * may hold the last. */
static cornu_tensor_list keep(
    cornu_tensor ***list, size_t *count, cornu_tensor **items, size_t item_count
) {
    if (*list != NULL && *count == item_count &&
        memcmp(*list, items, item_count * sizeof *items) == 0) {
        cornu_free_(items);
    } else {
        cornu_free_(*list);
        *list = items;
        *count = item_count;
    }
    return (cornu_tensor_list){*list, *count};
}

enum which { ALL, TRAINABLE, FIXED };

static cornu_tensor_list list(cornu_layer *layer, enum which which) {
    variables found = {0};
    cornu_tensor_list none = {NULL, 0};
    if (cornu_layer_walk_(layer, collect, &found) != CORNU_OK ||
        CORNU_RESERVE_(found.items, found.capacity, 1) != CORNU_OK) {
        cornu_free_(found.items);
        return none;
    }
    size_t count = 0;
    for (size_t i = 0; i < found.count; i++) {
        bool trained = layer->trainable && cornu_variable_trainable(found.items[i]);
        if (which == ALL || trained == (which == TRAINABLE)) found.items[count++] = found.items[i];
    }
    struct cornu_layer_state *state = layer->state_;
    if (which == ALL) return keep(&state->all, &state->all_count, found.items, count);
    if (which == TRAINABLE)
        return keep(&state->trainable, &state->trainable_count, found.items, count);
    return keep(&state->fixed, &state->fixed_count, found.items, count);
}

cornu_tensor_list cornu_layer_weights(cornu_layer *layer) { return list(layer, ALL); }
cornu_tensor_list cornu_layer_trainable_weights(cornu_layer *layer) {
    return list(layer, TRAINABLE);
}
cornu_tensor_list cornu_layer_non_trainable_weights(cornu_layer *layer) {
    return list(layer, FIXED);
}

int64_t cornu_layer_parameter_count(cornu_layer *layer) {
    cornu_tensor_list weights = cornu_layer_weights(layer);
    int64_t count = 0;
    for (size_t i = 0; i < weights.count; i++) count += cornu_tensor_size(weights.items[i]);
    return count;
}

cornu_status cornu_layer_set_weights(cornu_layer *layer, cornu_tensor_list values) {
    if (layer == NULL) return cornu_error_null("layer");
    cornu_tensor_list weights = cornu_layer_weights(layer);
    if (weights.items == NULL) return cornu_error_status();
    if (weights.count != values.count) {
        cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "has %zu weights, got values for %zu", weights.count,
            values.count
        );
        return cornu_layer_error_context_(layer);
    }
    for (size_t i = 0; i < values.count; i++) {
        if (values.items[i] == NULL) return cornu_error_null("weight value");
        const cornu_shape *wanted = cornu_tensor_shape(weights.items[i]),
                          *given = cornu_tensor_shape(values.items[i]);
        if (cornu_shape_equal(wanted, given)) continue;
        char a[256], b[256];
        cornu_error_set(
            CORNU_ESHAPE, __FILE__, __LINE__,
            "weight '%s' has the shape %s, got a value of shape %s",
            cornu_variable_name(weights.items[i]), cornu_shape_format(wanted, a, sizeof a),
            cornu_shape_format(given, b, sizeof b)
        );
        return cornu_layer_error_context_(layer);
    }
    for (size_t i = 0; i < values.count; i++)
        CORNU_TRY(cornu_assign(weights.items[i], values.items[i]));
    return CORNU_OK;
}

char *cornu_layer_config_text(const cornu_layer *layer) {
    cJSON *config = cornu_object_config_(layer);
    char *text = config != NULL ? cornu_json_print_(config) : NULL;
    cJSON_Delete(config);
    return text;
}
