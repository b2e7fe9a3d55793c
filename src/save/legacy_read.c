/* Weights out of a legacy .h5: layers are matched in order, those without weights left aside on
 * both sides, or by name. As with newer files everything is compared and told first, then read
 * aside, then put in place at once. keras/src/legacy/saving/legacy_h5_format.py:
 * load_weights_from_hdf5_group, load_weights_from_hdf5_group_by_name */
#include "base/memory.h"
#include "save/legacy.h"
#include "save/misfits.h"
#include "tensor/tensor.h"

#include <stdio.h>
#include <string.h>

#define TOP_LEVEL "top_level_model_weights"

/* One layer of the file. */
typedef struct stored {
    const char *name; /* borrowed from the reader's names */
    char **paths;     /* of its datasets */
    cornu_h5_found *found;
    size_t count;
} stored;

/* A value that will be put in place. */
typedef struct change {
    cornu_tensor *variable; /* borrowed */
    cornu_tensor *value;
} change;

typedef struct reader {
    cornu_h5 *file;
    const char *root;
    const cornu_weights_options *options;
    char *version, *backend;
    cornu_h5_texts names;
    stored *stored;
    size_t stored_count;
    stored own; /* of the model itself */
    cornu_legacy_layers layers;
    cornu_legacy_layer model_own;
    cornu_misfits misfits;
    change *changes;
    size_t change_count, change_capacity;
} reader;

cornu_status cornu_legacy_root_(cornu_h5 *file, const char **root) {
    static const char *const places[] = {"", "model_weights"};
    *root = NULL;
    for (size_t i = 0; i < 2 && !*root; i++) {
        /* a list too long for one attribute is split into layer_names0, layer_names1, ... */
        static const char *const lists[] = {"layer_names", "layer_names0"};
        for (size_t k = 0; k < 2 && !*root; k++) {
            cornu_h5_texts names;
            CORNU_TRY(cornu_h5_read_texts_(file, places[i], lists[k], &names));
            cornu_free_(names.items);
            if (names.there) *root = places[i];
        }
    }
    return CORNU_OK;
}

/* ---- names ----------------------------------------------------------------------------------- */

/* Adds the texts of `more` to those of `all`, in new memory. */
static cornu_status append(cornu_h5_texts *all, const cornu_h5_texts *more) {
    const cornu_h5_texts *lists[] = {all, more};
    size_t count = all->count + more->count, bytes = 0;
    for (size_t l = 0; l < 2; l++)
        for (size_t i = 0; i < lists[l]->count; i++) bytes += strlen(lists[l]->items[i]) + 1;
    char **items = cornu_alloc_(count * sizeof(char *) + bytes + 1);
    if (!items) return CORNU_ENOMEM;
    char *to = (char *)(items + count);
    size_t n = 0;
    for (size_t l = 0; l < 2; l++) {
        for (size_t i = 0; i < lists[l]->count; i++) {
            size_t size = strlen(lists[l]->items[i]) + 1;
            items[n++] = memcpy(to, lists[l]->items[i], size);
            to += size;
        }
    }
    cornu_free_(all->items);
    *all = (cornu_h5_texts){items, count, true};
    return CORNU_OK;
}

cornu_status cornu_legacy_read_names_(
    cornu_h5 *file, const char *path, const char *name, cornu_h5_texts *names
) {
    CORNU_TRY(cornu_h5_read_texts_(file, path, name, names));
    if (names->there) return CORNU_OK;
    for (size_t piece = 0;; piece++) {
        char part[64];
        cornu_h5_texts more;
        (void)snprintf(part, sizeof part, "%s%zu", name, piece);
        cornu_status status = cornu_h5_read_texts_(file, path, part, &more);
        bool there = more.there;
        if (status == CORNU_OK && there) status = append(names, &more);
        cornu_free_(more.items);
        if (status != CORNU_OK) {
            cornu_free_(names->items);
            *names = (cornu_h5_texts){0};
            return status;
        }
        if (!there) return CORNU_OK;
    }
}

/* ---- what the file has ----------------------------------------------------------------------- */

/* Nested models count as one layer; a list may name one dataset again and again. */
enum { most_names = 10000 };

static cornu_status find_dataset(reader *self, stored *layer, size_t index) {
    cornu_h5_found *found = &layer->found[index];
    CORNU_TRY(cornu_h5_find_(self->file, layer->paths[index], found));
    if (found->kind == CORNU_H5_DATASET) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EFORMAT, "'%s' is listed among the weights, but is no dataset", layer->paths[index]
    );
}

static cornu_status look_at(reader *self, const char *name, stored *layer) {
    char *group = cornu_format_("%s%s%s", self->root, *self->root ? "/" : "", name);
    if (!group) return CORNU_ENOMEM;
    cornu_h5_texts names = {0};
    cornu_status status = cornu_legacy_read_names_(self->file, group, "weight_names", &names);
    layer->name = name;
    if (status == CORNU_OK && names.count > most_names) {
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "'%s' lists %zu weights; at most %d are read", group,
            names.count, most_names
        );
    }
    if (status == CORNU_OK) {
        layer->paths = cornu_alloc_array_(names.count, sizeof *layer->paths);
        layer->found = cornu_alloc_array_(names.count, sizeof *layer->found);
        if (!layer->paths || !layer->found) status = CORNU_ENOMEM;
    }
    for (size_t i = 0; status == CORNU_OK && i < names.count; i++) {
        layer->paths[i] = cornu_format_("%s/%s", group, names.items[i]);
        layer->count++;
        status = layer->paths[i] ? find_dataset(self, layer, i) : CORNU_ENOMEM;
    }
    cornu_free_(names.items);
    cornu_free_(group);
    return status;
}

static cornu_status look(reader *self) {
    CORNU_TRY(cornu_h5_read_text_(self->file, self->root, "keras_version", &self->version));
    CORNU_TRY(cornu_h5_read_text_(self->file, self->root, "backend", &self->backend));
    if (!self->version && !(self->version = cornu_strdup_("1"))) return CORNU_ENOMEM;
    CORNU_TRY(cornu_legacy_read_names_(self->file, self->root, "layer_names", &self->names));
    self->stored = cornu_alloc_array_(self->names.count, sizeof *self->stored);
    if (!self->stored) return CORNU_ENOMEM;
    for (size_t i = 0; i < self->names.count; i++) {
        stored *layer = &self->stored[self->stored_count];
        self->stored_count++;
        CORNU_TRY(look_at(self, self->names.items[i], layer));
    }
    return look_at(self, TOP_LEVEL, &self->own);
}

static void forget_stored(stored *layer) {
    for (size_t i = 0; i < layer->count; i++) cornu_free_(layer->paths[i]);
    cornu_free_(layer->paths);
    cornu_free_(layer->found);
}

/* ---- one layer ------------------------------------------------------------------------------- */

static cornu_status misfit(reader *self, const cornu_legacy_layer *layer, bool shape, char *what) {
    if (!what) return CORNU_ENOMEM;
    char *line = cornu_format_(
        "layer '%s' (%s): %s", layer->layer->name ? layer->layer->name : "",
        layer->layer->cls->name, what
    );
    cornu_free_(what);
    cornu_status status = CORNU_OK;
    if (line && self->options->skip_mismatch) {
        cornu_warn("load_weights: left as it is: %s", line);
    } else {
        status = cornu_misfits_add_(&self->misfits, shape, line);
    }
    cornu_free_(line);
    return status;
}

static cornu_status misfit_of_count(
    reader *self, const cornu_legacy_layer *layer, const stored *from
) {
    return misfit(
        self, layer, false,
        cornu_format_(
            "expected %zu weights, found %zu in '%s'", layer->count, from->count, from->name
        )
    );
}

static cornu_status put(reader *self, cornu_tensor *variable, cornu_tensor *value) {
    cornu_status status =
        CORNU_RESERVE_(self->changes, self->change_capacity, self->change_count + 1);
    if (status == CORNU_OK) self->changes[self->change_count++] = (change){variable, value};
    else cornu_tensor_free(value);
    return status;
}

static cornu_status read_one(
    reader *self, const stored *from, size_t index, cornu_tensor *variable
) {
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    const cornu_shape *shape = cornu_tensor_shape(variable);
    cornu_tensor *value = cornu_tensor_new(dtype, *shape);
    void *data = value ? cornu_tensor_data_mut(value) : NULL;
    cornu_status status = data ? cornu_h5_read_(self->file, from->paths[index], dtype, shape, data)
                               : cornu_error_status();
    if (status == CORNU_OK) return put(self, variable, value);
    cornu_tensor_free(value);
    return status;
}

/* Datasets that are the variables as they are, or are told to be something else. */
static cornu_status take_as_they_are(
    reader *self, const cornu_legacy_layer *layer, const stored *from
) {
    if (from->count != layer->count) return misfit_of_count(self, layer, from);
    for (size_t i = 0; i < layer->count; i++) {
        char *what = NULL;
        bool shape = false;
        CORNU_TRY(cornu_misfit_of_(
            layer->variables[i], from->paths[i], &from->found[i].shape, from->found[i].dtype, &what,
            &shape
        ));
        if (what) {
            CORNU_TRY(misfit(self, layer, shape, what));
        } else if (self->misfits.count == 0) { /* otherwise nothing will be put in place */
            CORNU_TRY(read_one(self, from, i, layer->variables[i]));
        }
    }
    return CORNU_OK;
}

static cornu_status take_converted(
    reader *self, const cornu_legacy_layer *layer, const cornu_legacy_source *source, bool *taken
) {
    cornu_tensor **values = cornu_alloc_array_(layer->count, sizeof *values);
    if (!values) return CORNU_ENOMEM;
    cornu_status status = cornu_legacy_convert_(layer, source, values, taken);
    for (size_t i = 0; status == CORNU_OK && *taken && i < layer->count; i++) {
        status = put(self, layer->variables[i], values[i]);
        values[i] = NULL;
    }
    for (size_t i = 0; i < layer->count; i++) cornu_tensor_free(values[i]);
    cornu_free_(values);
    return status;
}

static bool is_skipped(const reader *self, const cornu_layer *layer) {
    for (size_t i = 0; i < self->options->skipped_count; i++)
        if (self->options->skipped[i] == layer) return true;
    return false;
}

static cornu_status take_layer(reader *self, const cornu_legacy_layer *layer, const stored *from) {
    if (is_skipped(self, layer->layer)) return CORNU_OK;
    const cornu_legacy_source source = {
        self->file, self->version, self->backend, from->paths, from->found, from->count,
    };
    if (!cornu_legacy_direct_(layer, &source)) {
        bool taken = false;
        cornu_status status = take_converted(self, layer, &source, &taken);
        if (status != CORNU_OK) return cornu_layer_error_context_(layer->layer);
        if (taken) return CORNU_OK;
    }
    return take_as_they_are(self, layer, from);
}

/* ---- all layers ------------------------------------------------------------------------------ */

static void add_name(cornu_text *text, const char *name, size_t index) {
    if (index < 12) cornu_text_format_(text, "%s'%s'", index ? ", " : "", name);
    if (index == 12) cornu_text_add_(text, ", ...");
}

static cornu_status count_differs(const reader *self, size_t wanted, size_t found) {
    cornu_text a = {0}, b = {0};
    size_t n = 0;
    for (size_t i = 0; i < self->layers.count; i++) {
        const char *name = self->layers.items[i].layer->name;
        if (self->layers.items[i].count) add_name(&a, name ? name : "", n++);
    }
    n = 0;
    for (size_t i = 0; i < self->stored_count; i++)
        if (self->stored[i].count) add_name(&b, self->stored[i].name, n++);
    cornu_text_add_(&a, "");
    cornu_text_add_(&b, "");
    cornu_status status = a.status != CORNU_OK ? a.status : b.status;
    if (status == CORNU_OK) {
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__,
            "expected %zu layers with weights (%s), found %zu (%s)", wanted, a.data ? a.data : "",
            found, b.data ? b.data : ""
        );
    }
    cornu_text_free_(&a);
    cornu_text_free_(&b);
    return status;
}

static cornu_status take_in_order(reader *self) {
    size_t wanted = 0, found = 0;
    for (size_t i = 0; i < self->layers.count; i++) wanted += self->layers.items[i].count > 0;
    for (size_t i = 0; i < self->stored_count; i++) found += self->stored[i].count > 0;
    if (wanted != found) return count_differs(self, wanted, found);
    size_t k = 0;
    for (size_t i = 0; i < self->layers.count; i++) {
        if (self->layers.items[i].count == 0) continue;
        while (self->stored[k].count == 0) k++;
        CORNU_TRY(take_layer(self, &self->layers.items[i], &self->stored[k++]));
    }
    return CORNU_OK;
}

static cornu_status take_by_name(reader *self) {
    for (size_t k = 0; k < self->stored_count; k++) {
        for (size_t i = 0; i < self->layers.count; i++) {
            const char *name = self->layers.items[i].layer->name;
            if (name && strcmp(name, self->stored[k].name) == 0)
                CORNU_TRY(take_layer(self, &self->layers.items[i], &self->stored[k]));
        }
    }
    return CORNU_OK;
}

static cornu_status take_all(reader *self, cornu_model *model) {
    CORNU_TRY(cornu_legacy_layers_make_(&self->layers, model));
    CORNU_TRY(cornu_legacy_own_(&self->model_own, model));
    CORNU_TRY(self->options->by_name ? take_by_name(self) : take_in_order(self));
    /* files before Keras 2.6 do not have this group, and hardly a model has such weights */
    if (self->model_own.count > 0 || self->own.count > 0)
        CORNU_TRY(take_as_they_are(self, &self->model_own, &self->own));
    CORNU_TRY(cornu_misfits_verdict_(&self->misfits));
    for (size_t i = 0; i < self->change_count; i++)
        cornu_variable_set_storage_(self->changes[i].variable, self->changes[i].value->storage);
    return CORNU_OK;
}

cornu_status cornu_legacy_weights_read_(
    cornu_model *model, cornu_h5 *file, const char *root, const cornu_weights_options *options
) {
    CORNU_TRY(cornu_weights_check_built_(model));
    reader self = {.file = file, .root = root, .options = options};
    cornu_status status = look(&self);
    if (status == CORNU_OK) status = take_all(&self, model);
    for (size_t i = 0; i < self.stored_count; i++) forget_stored(&self.stored[i]);
    forget_stored(&self.own);
    for (size_t i = 0; i < self.change_count; i++) cornu_tensor_free(self.changes[i].value);
    cornu_free_(self.changes);
    cornu_free_(self.stored);
    cornu_free_(self.names.items);
    cornu_free_(self.version);
    cornu_free_(self.backend);
    cornu_free_(self.model_own.variables);
    cornu_legacy_layers_free_(&self.layers);
    cornu_misfits_free_(&self.misfits);
    return status;
}
