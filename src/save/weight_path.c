/* Where a weight stands in a weights file. */
#include <cornu/save.h>

#include <stdio.h>

#include "save/weights.h"

static cornu_status find(
    const cornu_saved_tree *tree, const cornu_tensor *weight, char *text, size_t size
) {
    for (size_t i = 0; i < tree->count; i++) {
        const cornu_saved *saved = &tree->items[i];
        for (size_t k = 0; k < saved->variable_count; k++) {
            if (saved->variables[k] != weight) continue;
            const char *slash = *saved->path == '\0' ? "" : "/";
            int length = snprintf(text, size, "%s%svars/%zu", saved->path, slash, k);
            if (length < 0 || (size_t)length >= size) {
                CORNU_FAIL(
                    CORNU_EINVAL, "the path of weight '%s' does not fit into %zu bytes",
                    cornu_variable_name(weight), size
                );
            }
            return CORNU_OK;
        }
    }
    CORNU_FAIL(CORNU_EINVAL, "'%s' is no weight of the model", cornu_variable_name(weight));
}

cornu_status cornu_weight_path(
    cornu_model *model, const cornu_tensor *weight, char *text, size_t size
) {
    if (!model) return cornu_error_null("model");
    if (!weight) return cornu_error_null("weight");
    if (!text) return cornu_error_null("text");
    if (!cornu_tensor_is_variable(weight)) CORNU_FAIL(CORNU_EINVAL, "the tensor is no variable");
    cornu_saved_tree tree = {0};
    cornu_status status = cornu_saved_tree_make_(&tree, model);
    if (status == CORNU_OK) status = find(&tree, weight, text, size);
    cornu_saved_tree_free_(&tree);
    return status;
}
