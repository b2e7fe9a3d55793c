/* The weights file of a model: a group <path>/vars with the object's name for every object, a
 * dataset for every variable. keras/src/saving/saving_lib.py, H5IOStore */
#include "base/memory.h"
#include "save/vocabulary.h"

static cornu_status write_object(cornu_h5 *file, const cornu_saved *saved) {
    char *group = cornu_format_("%s%svars", saved->path, *saved->path ? "/" : "");
    if (!group) return CORNU_ENOMEM;
    cornu_status status = cornu_h5_write_group_(file, group);
    if (status == CORNU_OK && saved->name) {
        status = cornu_h5_write_text_(file, group, "name", saved->name);
    }
    for (size_t i = 0; i < saved->variable_count && status == CORNU_OK; i++) {
        char *path = cornu_format_("%s/%zu", group, i);
        status = path ? cornu_h5_write_tensor_(file, path, saved->variables[i]) : CORNU_ENOMEM;
        cornu_free_(path);
    }
    if (status == CORNU_OK) status = cornu_idf_weights_write_(file, group, saved->layer);
    cornu_free_(group);
    return status;
}

static size_t bytes_of(const cornu_saved_tree *tree) {
    size_t bytes = 0;
    for (size_t i = 0; i < tree->count; i++) {
        for (size_t k = 0; k < tree->items[i].variable_count; k++) {
            const cornu_tensor *variable = tree->items[i].variables[k];
            bytes += (size_t)cornu_tensor_size(variable) *
                     cornu_dtype_size(cornu_tensor_dtype(variable));
        }
    }
    return bytes;
}

static cornu_status write_tree(const cornu_saved_tree *tree, char **image, size_t *size) {
    cornu_h5 *file = NULL;
    CORNU_TRY(cornu_h5_create_(&file, bytes_of(tree)));
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < tree->count && status == CORNU_OK; i++) {
        status = write_object(file, &tree->items[i]);
    }
    if (status == CORNU_OK) status = cornu_h5_image_(file, image, size);
    cornu_h5_close_(file);
    return status;
}

/* Takes what the list names out of a tree, with all below it; indices of parents are used up. */
static cornu_status leave_out(
    cornu_saved_tree *tree, cornu_layer *const *skipped, size_t skipped_count
) {
    if (skipped_count == 0) return CORNU_OK;
    bool *out = cornu_alloc_array_(tree->count, sizeof *out);
    if (!out) return CORNU_ENOMEM;
    for (size_t i = 0; i < tree->count; i++) {
        const cornu_saved *saved = &tree->items[i];
        out[i] = saved->parent != SIZE_MAX && out[saved->parent];
        for (size_t k = 0; saved->layer && !out[i] && k < skipped_count; k++)
            out[i] = skipped[k] == saved->layer;
    }
    size_t kept = 0;
    for (size_t i = 0; i < tree->count; i++) {
        if (out[i]) cornu_free_(tree->items[i].path);
        else tree->items[kept++] = tree->items[i];
    }
    tree->count = kept;
    cornu_free_(out);
    return CORNU_OK;
}

cornu_status cornu_weights_tree_(
    cornu_saved_tree *tree, cornu_model *model, cornu_layer *const *skipped, size_t skipped_count
) {
    cornu_optimizer *optimizer = model->training ? cornu_training_class_.optimizer(model) : NULL;
    CORNU_TRY(cornu_saved_tree_make_(tree, model));
    if (optimizer) CORNU_TRY(cornu_saved_add_optimizer_(tree, optimizer));
    return leave_out(tree, skipped, skipped_count);
}

cornu_status cornu_weights_image_(
    cornu_model *model, cornu_layer *const *skipped, size_t skipped_count, char **image,
    size_t *size
) {
    *image = NULL;
    *size = 0;
    cornu_saved_tree tree;
    cornu_status status = cornu_weights_tree_(&tree, model, skipped, skipped_count);
    if (status == CORNU_OK) status = write_tree(&tree, image, size);
    cornu_saved_tree_free_(&tree);
    return status;
}
