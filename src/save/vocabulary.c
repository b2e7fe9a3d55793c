/* See vocabulary.h. */
#include "save/vocabulary.h"

#include "base/memory.h"
#include "base/text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

/* A vocabulary of millions of long terms still fits. */
static const uint64_t vocabulary_limit = (uint64_t)1 << 28;

static const cornu_vocabulary_class *vocabulary_of(const cornu_layer *layer) {
    return layer != NULL ? layer->cls->vocabulary : NULL;
}

static char *asset_name(const char *path) {
    return cornu_format_("assets/%s%svocabulary.txt", path, *path ? "/" : "");
}

/* ---- writing --------------------------------------------------------------------------------- */

/* The terms, one on each line, the last without a line end. */
static char *text_of(const cornu_layer *layer, size_t *size) {
    cornu_text text = {0};
    cornu_tensor *terms = layer->cls->vocabulary->get(layer, true);
    if (!terms) return NULL;
    for (int64_t i = 0; i < cornu_tensor_size(terms); i++) {
        if (i > 0) cornu_text_add_(&text, "\n");
        if (cornu_tensor_dtype(terms) == CORNU_STRING) {
            cornu_bytes term = cornu_tensor_bytes(terms, i);
            cornu_text_add_bytes_(&text, term.data, term.size);
        } else {
            const int64_t *numbers = cornu_tensor_data(terms);
            cornu_text_format_(&text, "%" PRId64, numbers[i]);
        }
    }
    cornu_tensor_free(terms);
    *size = text.length;
    return cornu_text_take_(&text);
}

static cornu_status add(cornu_assets *assets, const cornu_saved *saved) {
    CORNU_TRY(CORNU_RESERVE_(assets->items, assets->capacity, assets->count + 1));
    cornu_archive_member *member = &assets->items[assets->count];
    char *name = asset_name(saved->path);
    char *text = name ? text_of(saved->layer, &member->size) : NULL;
    if (!text) {
        cornu_free_(name);
        return CORNU_ENOMEM;
    }
    member->name = name;
    member->data = text;
    assets->count++;
    return CORNU_OK;
}

cornu_status cornu_assets_make_(cornu_assets *assets, cornu_model *model) {
    cornu_saved_tree tree;
    cornu_status status = cornu_saved_tree_make_(&tree, model);
    for (size_t i = 0; i < tree.count && status == CORNU_OK; i++) {
        const cornu_vocabulary_class *vocabulary = vocabulary_of(tree.items[i].layer);
        if (vocabulary && !vocabulary->in_config(tree.items[i].layer))
            status = add(assets, &tree.items[i]);
    }
    cornu_saved_tree_free_(&tree);
    return status;
}

void cornu_assets_free_(cornu_assets *assets) {
    for (size_t i = 0; i < assets->count; i++) {
        cornu_free_((void *)(uintptr_t)assets->items[i].name);
        cornu_free_((void *)(uintptr_t)assets->items[i].data);
    }
    cornu_free_(assets->items);
    *assets = (cornu_assets){0};
}

cornu_status cornu_idf_weights_write_(cornu_h5 *file, const char *group, const cornu_layer *layer) {
    const cornu_vocabulary_class *vocabulary = vocabulary_of(layer);
    if (!vocabulary) return CORNU_OK;
    cornu_error_clear(); /* NULL means that there are none, unless this says otherwise */
    cornu_tensor *weights = vocabulary->idf_weights(layer);
    if (!weights) return cornu_error_status();
    char *path = cornu_format_("%s/idf_weights", group);
    cornu_status status = path ? cornu_h5_write_tensor_(file, path, weights) : CORNU_ENOMEM;
    cornu_free_(path);
    cornu_tensor_free(weights);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

/* The lines of a text; line ends become zeros. Empty ones at the end are left out, as Keras does.
 */
static cornu_bytes *split_lines(char *text, size_t size, size_t *count) {
    size_t lines = 1, next = 0;
    while (size > 0 && text[size - 1] == '\n') size--;
    for (size_t i = 0; i < size; i++) lines += text[i] == '\n';
    cornu_bytes *items = cornu_alloc_array_(lines, sizeof *items);
    if (!items) return NULL;
    for (size_t i = 0, first = 0; i <= size && size > 0; i++) {
        if (i < size && text[i] != '\n') continue;
        items[next++] = (cornu_bytes){text + first, i - first};
        text[i] = '\0';
        first = i + 1;
    }
    *count = next;
    return items;
}

static cornu_tensor *integers(const cornu_bytes *lines, size_t count) {
    int64_t *numbers = cornu_alloc_array_(count, sizeof *numbers);
    cornu_tensor *made = NULL;
    bool right = numbers != NULL;
    for (size_t i = 0; i < count && right; i++) {
        char *end = NULL;
        numbers[i] = strtoll(lines[i].data, &end, 10);
        right = end != lines[i].data && *end == '\0';
        if (!right)
            (void)cornu_error_set(
                CORNU_EFORMAT, NULL, 0, "line %zu, '%.50s', is no integer", i + 1, lines[i].data
            );
    }
    if (right) made = cornu_tensor_from(CORNU_INT64, cornu_shape((int64_t)count), numbers);
    cornu_free_(numbers);
    return made;
}

/* The terms in an archive, *new*; NULL without an error: the file is empty, since the layer never
 * had any. */
static cornu_tensor *read_terms(
    cornu_archive *archive, const char *name, const cornu_layer *layer
) {
    char *text = NULL;
    size_t size = 0, count = 0;
    if (cornu_archive_read_(archive, name, vocabulary_limit, &text, &size) != CORNU_OK) return NULL;
    cornu_bytes *lines = split_lines(text, size, &count);
    cornu_tensor *made = NULL;
    cornu_tensor *like = lines && count > 0 ? layer->cls->vocabulary->get(layer, true) : NULL;
    if (like && cornu_tensor_dtype(like) == CORNU_STRING)
        made = cornu_tensor_from_bytes(cornu_shape((int64_t)count), lines);
    else if (like) made = integers(lines, count);
    cornu_tensor_free(like);
    cornu_free_(lines);
    cornu_free_(text);
    return made;
}

/* The weights of the terms, at most as many as a layer can use; none if the file has none. */
static cornu_status read_idf(cornu_h5 *file, const char *path, double **values, size_t *count) {
    char *name = cornu_format_("%s%svars/idf_weights", path, *path ? "/" : "");
    cornu_h5_found found = {0};
    *values = NULL;
    *count = 0;
    cornu_status status = name ? cornu_h5_find_(file, name, &found) : CORNU_ENOMEM;
    if (status == CORNU_OK && found.kind == CORNU_H5_DATASET) {
        int64_t size = found.shape.rank == 1 ? found.shape.dims[0] : -1;
        if (size < 0)
            status = cornu_error_set(CORNU_EFORMAT, NULL, 0, "'%s' is no list of numbers", name);
        else if (!(*values = cornu_alloc_array_((size_t)size, sizeof **values)))
            status = CORNU_ENOMEM;
        else status = cornu_h5_read_(file, name, CORNU_FLOAT64, &found.shape, *values);
        *count = size > 0 ? (size_t)size : 0;
    }
    cornu_free_(name);
    return status;
}

static cornu_status read_one(const cornu_saved *saved, cornu_archive *archive, cornu_h5 *file) {
    cornu_layer *layer = saved->layer;
    double *idf;
    size_t count;
    CORNU_TRY(read_idf(file, saved->path, &idf, &count));
    if (!archive && count == 0) return cornu_free_(idf), CORNU_OK;
    char *name = asset_name(saved->path);
    cornu_error_clear();
    cornu_tensor *terms = !name     ? NULL
                          : archive ? read_terms(archive, name, layer)
                                    : layer->cls->vocabulary->get(layer, true);
    cornu_status status = terms ? CORNU_OK : cornu_error_status();
    bool known = terms && (count > 0 || archive);
    if (known) status = cornu_layer_set_vocabulary(layer, terms, (cornu_floats){idf, count});
    cornu_tensor_free(terms);
    cornu_free_(name);
    cornu_free_(idf);
    return status;
}

cornu_status cornu_vocabularies_read_(cornu_model *model, cornu_archive *archive, cornu_h5 *file) {
    cornu_saved_tree tree;
    cornu_status status = cornu_saved_tree_make_(&tree, model);
    for (size_t i = 0; i < tree.count && status == CORNU_OK; i++) {
        const cornu_vocabulary_class *vocabulary = vocabulary_of(tree.items[i].layer);
        if (!vocabulary || vocabulary->in_config(tree.items[i].layer)) continue;
        status = read_one(&tree.items[i], archive, file);
        if (status != CORNU_OK)
            (void)cornu_error_context("vocabulary of layer '%s'", tree.items[i].path);
    }
    cornu_saved_tree_free_(&tree);
    return status;
}
