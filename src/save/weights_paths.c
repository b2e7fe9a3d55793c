/* Where a model's variables stand in a weights file. An element of a container is found under its
 * class' name in snake case with a counter, an attribute under its own name.
 * keras/src/saving/saving_lib.py: _save_state, _walk_saveable, _save_container_state */
#include "base/map.h"
#include "base/memory.h"
#include "nn/optimizer.h"
#include "save/weights.h"

#include <string.h>

typedef struct {
    cornu_saved_tree *tree;
    cornu_map visited; /* layers that have their place already */
} walker;

/* Adds an object below `parent` (SIZE_MAX: it is the root) at the path of `part`s joined by
 * slashes. */
static cornu_status add(
    cornu_saved_tree *tree, size_t parent, const char *container, const char *part, size_t *index
) {
    CORNU_TRY(CORNU_RESERVE_(tree->items, tree->capacity, tree->count + 1));
    const char *above = parent == SIZE_MAX ? "" : tree->items[parent].path;
    cornu_saved *added = &tree->items[tree->count];
    *added = (cornu_saved){.parent = parent, .attribute = !*container};
    added->own = strlen(above) + (*above != '\0');
    added->path = cornu_format_(
        "%s%s%s%s%s", above, *above ? "/" : "", container, *container ? "/" : "", part
    );
    if (!added->path) return CORNU_ENOMEM;
    *index = tree->count++;
    return CORNU_OK;
}

bool cornu_is_saved_(const cornu_layer *owner, const cornu_sublayer *sublayer) {
    if (cornu_is_operation_(sublayer->layer)) return false;
    return owner->cls != &cornu_sequential_class_ || sublayer->attribute ||
           strcmp(sublayer->layer->cls->name, "InputLayer") != 0;
}

/* An attribute "cells[]" is a list: its elements stand in the container "cells". */
static size_t attribute_length(const char *attribute) {
    size_t length = strlen(attribute);
    bool is_list = length > 2 && strcmp(attribute + length - 2, "[]") == 0;
    return is_list ? length - 2 : length;
}

/* The container that a sublayer stands in: "layers", "cells", or "" for a plain attribute. *new*.
 */
static char *container_of(const cornu_sublayer *sublayer) {
    if (!sublayer->attribute) return cornu_strdup_("layers");
    size_t length = attribute_length(sublayer->attribute);
    if (!sublayer->attribute[length]) return cornu_strdup_("");
    return cornu_format_("%.*s", (int)length, sublayer->attribute);
}

/* The container "layers" first, then attributes by name, those with an underscore in front last. */
static bool comes_before(const cornu_sublayer *a, const cornu_sublayer *b) {
    if (!a->attribute || !b->attribute) return !a->attribute && b->attribute;
    bool a_hidden = a->attribute[0] == '_', b_hidden = b->attribute[0] == '_';
    if (a_hidden != b_hidden) return b_hidden;
    return strcmp(a->attribute, b->attribute) < 0;
}

static void sort(const cornu_sublayer **items, size_t count) {
    for (size_t i = 1; i < count; i++) { /* by insertion: equal ones keep their order */
        const cornu_sublayer *moved = items[i];
        size_t k = i;
        for (; k > 0 && comes_before(moved, items[k - 1]); k--) items[k] = items[k - 1];
        items[k] = moved;
    }
}

/* "dense", then "dense_1", "dense_2" within one container; `used` counts names, each as its address
 * in the map. *new*. */
static char *name_in_container(cornu_map *used, const char *container, const cornu_layer *layer) {
    char *snake = cornu_snake_case_(layer->cls->name);
    char *key = snake ? cornu_format_("%s/%s", container, snake) : NULL;
    char *name = NULL;
    if (key) {
        uintptr_t before = (uintptr_t)cornu_map_get_text_(used, key);
        if (cornu_map_put_text_(used, key, (void *)(before + 1)) == CORNU_OK) {
            name = before ? cornu_format_("%s_%zu", snake, (size_t)before) : cornu_strdup_(snake);
        }
    }
    cornu_free_(key);
    cornu_free_(snake);
    return name;
}

static cornu_status visit(walker *walk, size_t index, cornu_layer *layer);

/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status visit_sublayer(
    walker *walk, size_t parent, const cornu_sublayer *sublayer, cornu_map *used
) {
    cornu_layer *layer = sublayer->layer;
    char *container = container_of(sublayer);
    if (!container) return CORNU_ENOMEM;
    /* the counter runs on for layers that have their place elsewhere already */
    char *name =
        *container ? name_in_container(used, container, layer) : cornu_strdup_(sublayer->attribute);
    cornu_status status = name ? CORNU_OK : CORNU_ENOMEM;
    if (name && !cornu_map_get_(&walk->visited, (uintptr_t)layer)) {
        size_t index = 0;
        status = add(walk->tree, parent, container, name, &index);
        if (status == CORNU_OK) status = visit(walk, index, layer);
    }
    cornu_free_(container);
    cornu_free_(name);
    return status;
}

/* Notes a layer's own variables and goes on to the layers below. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status visit(walker *walk, size_t index, cornu_layer *layer) {
    const struct cornu_layer_state *state = layer->state_;
    CORNU_TRY(cornu_map_put_(&walk->visited, (uintptr_t)layer, layer));
    walk->tree->items[index].layer = layer;
    walk->tree->items[index].name = layer->name;
    walk->tree->items[index].variable_count = state->weight_count;

    const cornu_sublayer **order = cornu_alloc_array_(state->sublayer_count, sizeof *order);
    if (!order) return CORNU_ENOMEM;
    size_t count = 0;
    for (size_t i = 0; i < state->sublayer_count; i++) {
        if (cornu_is_saved_(layer, &state->sublayers[i])) order[count++] = &state->sublayers[i];
    }
    sort(order, count);
    cornu_map used = {0};
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < count && status == CORNU_OK; i++) {
        status = visit_sublayer(walk, index, order[i], &used);
    }
    cornu_map_free_(&used);
    cornu_free_(order);
    return status;
}

/* One array for the variables of all layers: lists must not move while the tree grows. */
static cornu_status gather_variables(cornu_saved_tree *tree) {
    size_t total = 0, next = 0;
    for (size_t i = 0; i < tree->count; i++) total += tree->items[i].variable_count;
    tree->variables = cornu_alloc_array_(total, sizeof *tree->variables);
    if (!tree->variables) return CORNU_ENOMEM;
    for (size_t i = 0; i < tree->count; i++) {
        cornu_saved *saved = &tree->items[i];
        saved->variables = tree->variables + next;
        for (size_t k = 0; k < saved->variable_count; k++) {
            tree->variables[next++] = saved->layer->state_->weights[k].variable;
        }
    }
    return CORNU_OK;
}

cornu_status cornu_saved_tree_make_(cornu_saved_tree *tree, cornu_model *model) {
    *tree = (cornu_saved_tree){0};
    walker walk = {.tree = tree};
    size_t root = 0;
    cornu_status status = add(tree, SIZE_MAX, "", "", &root);
    if (status == CORNU_OK) status = visit(&walk, root, &model->base);
    cornu_map_free_(&walk.visited);
    return status == CORNU_OK ? gather_variables(tree) : status;
}

static cornu_status add_state(
    cornu_saved_tree *tree, size_t parent, const char *part, cornu_optimizer *optimizer,
    size_t *index
) {
    CORNU_TRY(add(tree, parent, "", part, index));
    cornu_saved *saved = &tree->items[*index];
    saved->name = cornu_optimizer_name(optimizer);
    saved->variables = optimizer->state_->variables;
    saved->variable_count = optimizer->state_->variable_count;
    return CORNU_OK;
}

/* What is inside another optimizer is saved once more under its attribute. */
cornu_status cornu_saved_add_optimizer_(cornu_saved_tree *tree, cornu_optimizer *optimizer) {
    size_t index = 0, below;
    CORNU_TRY(add_state(tree, tree->count ? 0 : SIZE_MAX, "optimizer", optimizer, &index));
    cornu_optimizer *inner = optimizer->cls->inner ? optimizer->cls->inner(optimizer, 0) : NULL;
    return inner ? add_state(tree, index, "inner_optimizer", inner, &below) : CORNU_OK;
}

void cornu_saved_tree_free_(cornu_saved_tree *tree) {
    for (size_t i = 0; i < tree->count; i++) cornu_free_(tree->items[i].path);
    cornu_free_(tree->items);
    cornu_free_(tree->variables);
    *tree = (cornu_saved_tree){0};
}

static cornu_status check_built(cornu_layer *layer, void *user) {
    (void)user;
    if (layer->built || !layer->cls->build || cornu_layer_is_model_(layer)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_ESTATE,
        "layer '%s' (%s) has no weights yet: call the model once, or cornu_model_build it",
        layer->name ? layer->name : "", layer->cls->name
    );
}

cornu_status cornu_weights_check_built_(cornu_model *model) {
    return cornu_layer_walk_(&model->base, check_built, NULL);
}
