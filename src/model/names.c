/* Names of the layers of a model. Keras: keras/src/utils/naming.py, auto_name; there a counter
 * for the whole process, here one per model, so that a program gives the same names each time. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/map.h"
#include "base/memory.h"
#include "model/graph.h"

/* A name that was given stays; one that was made may change when the layer joins another model. */
static bool name_was_given(const cornu_layer *layer) {
    if (layer->name == NULL) return false;
    if (cornu_layer_is_model_(layer)) return ((const cornu_model *)(const void *)layer)->named;
    const void *member = cornu_object_member_(layer, "name", NULL);
    return member != NULL && cornu_pointer_get_(member, 0) != NULL;
}

static cornu_status refuse(const cornu_layer *layer, const cornu_layer *other) {
    CORNU_FAIL(
        CORNU_EINVAL,
        "two layers of the model have the name '%s', a %s and a %s; give each its own", layer->name,
        other->cls->name, layer->cls->name
    );
}

/* base, base_1, base_2, ...: the first that is free. `next` remembers where the search for a base
 * ended, so that a thousand layers of a class do not take a million steps. */
static cornu_status free_name(
    const char *base, const cornu_map *used, cornu_map *next, char **name
) {
    for (uintptr_t k = (uintptr_t)cornu_map_get_text_(next, base);; k++) {
        *name =
            k == 0 ? cornu_strdup_(base) : cornu_format_("%s_%llu", base, (unsigned long long)k);
        if (*name == NULL) return CORNU_ENOMEM;
        if (cornu_map_get_text_(used, *name) == NULL)
            return cornu_map_put_text_(next, base, (void *)(k + 1));
        cornu_free_(*name);
        *name = NULL;
    }
}

static cornu_status name_layer(cornu_layer *layer, cornu_map *used, cornu_map *next) {
    if (layer->name != NULL && cornu_map_get_text_(used, layer->name) == NULL)
        return cornu_map_put_text_(used, layer->name, layer);
    char *base = cornu_snake_case_(layer->cls->name), *name = NULL;
    if (base == NULL) return CORNU_ENOMEM;
    cornu_status status = free_name(base, used, next, &name);
    cornu_free_(base);
    if (status == CORNU_OK) status = cornu_map_put_text_(used, name, layer);
    if (status != CORNU_OK) return cornu_free_(name), status;
    cornu_free_(layer->name);
    layer->name = name;
    return CORNU_OK;
}

static cornu_status name_all(
    cornu_layer *const *layers, size_t count, cornu_map *used, cornu_map *next
) {
    for (size_t i = 0; i < count; i++) {
        if (!name_was_given(layers[i])) continue;
        const cornu_layer *other = cornu_map_get_text_(used, layers[i]->name);
        if (other != NULL && other != layers[i]) return refuse(layers[i], other);
        CORNU_TRY(cornu_map_put_text_(used, layers[i]->name, layers[i]));
    }
    for (size_t i = 0; i < count; i++) {
        if (!name_was_given(layers[i])) CORNU_TRY(name_layer(layers[i], used, next));
    }
    return CORNU_OK;
}

cornu_status cornu_name_layers_(cornu_layer *const *layers, size_t count) {
    cornu_map used = {0}, next = {0};
    cornu_status status = name_all(layers, count, &used, &next);
    cornu_map_free_(&used);
    cornu_map_free_(&next);
    return status;
}
