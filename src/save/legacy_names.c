/* The names by which legacy files know variables: "sequential/dense/kernel" of a layer in a
 * Sequential model, "dense/kernel" in a functional one, and "adam/sequential_dense_kernel_momentum"
 * of an optimizer. Keras: Variable.path, Optimizer.add_variable_from_reference */
#include "base/map.h"
#include "base/memory.h"
#include "base/text.h"
#include "nn/optimizer.h"
#include "save/legacy.h"

#include <string.h>

static cornu_status name_below(cornu_legacy_names *names, const char *prefix, cornu_layer *layer);

/* "prefix/kernel", and "prefix/kernel_1" if that is taken. */
static cornu_status name_one(
    cornu_legacy_names *names, const char *prefix, const cornu_tensor *variable
) {
    if (cornu_map_get_(&names->by_variable, (uintptr_t)variable)) return CORNU_OK;
    for (size_t n = 0;; n++) {
        const char *own = cornu_variable_name(variable);
        const char *slash = *prefix ? "/" : "";
        if (!own || !*own) own = "variable";
        char *name = n == 0 ? cornu_format_("%s%s%s", prefix, slash, own)
                            : cornu_format_("%s%s%s_%zu", prefix, slash, own, n);
        if (!name) return CORNU_ENOMEM;
        if (cornu_map_get_text_(&names->taken, name)) {
            cornu_free_(name);
            continue;
        }
        cornu_status status = CORNU_RESERVE_(names->items, names->capacity, names->count + 1);
        if (status != CORNU_OK) return cornu_free_(name), status;
        names->items[names->count++] = name;
        CORNU_TRY(cornu_map_put_text_(&names->taken, name, name));
        return cornu_map_put_(&names->by_variable, (uintptr_t)variable, name);
    }
}

static const char *scope_name(const cornu_layer *layer, char *buffer, size_t size) {
    if (layer->name) return layer->name;
    return cornu_to_snake_case_(layer->cls->name, buffer, size);
}

/* The layers of a functional model were called before there was the model: it is not in their
 * names. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status name_layer(cornu_legacy_names *names, const char *prefix, cornu_layer *layer) {
    char buffer[128];
    const char *own = scope_name(layer, buffer, sizeof buffer);
    char *scope = NULL;
    if (layer->cls == &cornu_functional_class_) scope = cornu_strdup_("");
    else if (layer->cls == &cornu_sequential_class_) scope = cornu_strdup_(own);
    else scope = cornu_format_("%s%s%s", prefix, *prefix ? "/" : "", own);
    if (!scope) return CORNU_ENOMEM;
    cornu_status status = name_below(names, scope, layer);
    cornu_free_(scope);
    return status;
}

/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status name_below(cornu_legacy_names *names, const char *prefix, cornu_layer *layer) {
    const struct cornu_layer_state *state = layer->state_;
    for (size_t i = 0; i < state->weight_count; i++)
        CORNU_TRY(name_one(names, prefix, state->weights[i].variable));
    for (size_t i = 0; i < state->sublayer_count; i++)
        CORNU_TRY(name_layer(names, prefix, state->sublayers[i].layer));
    return CORNU_OK;
}

cornu_status cornu_legacy_names_make_(cornu_legacy_names *names, cornu_model *model) {
    *names = (cornu_legacy_names){0};
    return name_layer(names, "", &model->base);
}

/* "adam/sequential_dense_kernel_momentum" */
static cornu_status name_state(
    cornu_legacy_names *names, const cornu_optimizer *optimizer, const cornu_tensor *variable,
    const cornu_tensor *of
) {
    const char *reference = of ? cornu_map_get_(&names->by_variable, (uintptr_t)of) : NULL;
    char *prefix = NULL;
    if (!reference) return name_one(names, cornu_optimizer_name(optimizer), variable);
    prefix = cornu_format_(
        "%s/%s_%s", cornu_optimizer_name(optimizer), reference, cornu_variable_name(variable)
    );
    if (!prefix) return CORNU_ENOMEM;
    char *own = strchr(prefix, '/') + 1;
    for (char *c = own; *c; c++) *c = (char)(*c == '/' ? '_' : *c);
    cornu_status status = CORNU_RESERVE_(names->items, names->capacity, names->count + 1);
    if (status != CORNU_OK) return cornu_free_(prefix), status;
    names->items[names->count++] = prefix;
    return cornu_map_put_(&names->by_variable, (uintptr_t)variable, prefix);
}

cornu_status cornu_legacy_names_add_optimizer_(
    cornu_legacy_names *names, const cornu_optimizer *optimizer
) {
    const cornu_optimizer *inner =
        optimizer->cls->inner ? optimizer->cls->inner(optimizer, 0) : NULL;
    /* what belongs to the optimizer inside has its name */
    if (inner) CORNU_TRY(cornu_legacy_names_add_optimizer_(names, inner));
    const struct cornu_optimizer_state *state = optimizer->state_;
    for (size_t i = 0; i < state->variable_count; i++) {
        if (cornu_map_get_(&names->by_variable, (uintptr_t)state->variables[i])) continue;
        CORNU_TRY(name_state(names, optimizer, state->variables[i], state->references[i]));
    }
    return CORNU_OK;
}

const char *cornu_legacy_name_(const cornu_legacy_names *names, const cornu_tensor *variable) {
    return cornu_map_get_(&names->by_variable, (uintptr_t)variable);
}

void cornu_legacy_names_free_(cornu_legacy_names *names) {
    for (size_t i = 0; i < names->count; i++) cornu_free_(names->items[i]);
    cornu_free_(names->items);
    cornu_map_free_(&names->taken);
    cornu_map_free_(&names->by_variable);
}
