/* Legacy .h5 files as Keras 3 writes them: model_config and training_config as attributes of the
 * root, the weights of each layer in a group of its name, below "model_weights" if it is a whole
 * model.
 * keras/src/legacy/saving/legacy_h5_format.py: save_model_to_hdf5, save_weights_to_hdf5_group */
#include "base/memory.h"
#include "nn/optimizer.h"
#include "save/legacy.h"

#include <stdio.h>
#include <string.h>

enum { header_limit = 64512 /* bytes of one attribute: HDF5_OBJECT_HEADER_LIMIT */ };

typedef struct writer {
    cornu_h5 *file;
    const char *root;
    cornu_legacy_names names;
    cornu_legacy_layers layers;
    cornu_legacy_layer own;
} writer;

/* ---- lists of names -------------------------------------------------------------------------- */

/* How large the list is as NumPy has it: all texts as long as the longest. */
static size_t padded_size(const char *const *texts, size_t count) {
    size_t longest = 0;
    for (size_t i = 0; i < count; i++) {
        size_t length = strlen(texts[i]);
        longest = length > longest ? length : longest;
    }
    return longest * count;
}

/* Where piece `index` of `pieces` begins; numpy.array_split gives the first ones one more. */
static size_t piece_begin(size_t count, size_t pieces, size_t index) {
    size_t each = count / pieces, more = count % pieces;
    return index * each + (index < more ? index : more);
}

static bool pieces_fit(const char *const *texts, size_t count, size_t pieces) {
    for (size_t i = 0; i < pieces; i++) {
        size_t begin = piece_begin(count, pieces, i), end = piece_begin(count, pieces, i + 1);
        /* the whole list's type is that of its longest text */
        if (count > 0 && end > begin &&
            padded_size(texts, count) / count * (end - begin) > header_limit)
            return false;
    }
    return true;
}

static cornu_status write_names(
    cornu_h5 *file, const char *path, const char *name, const char *const *texts, size_t count
) {
    for (size_t i = 0; i < count; i++) {
        if (strlen(texts[i]) > header_limit)
            CORNU_FAIL(CORNU_EINVAL, "a name of %zu bytes is too long", strlen(texts[i]));
    }
    if (count == 0 || padded_size(texts, count) <= header_limit)
        return cornu_h5_write_bytes_list_(file, path, name, texts, count);
    size_t pieces = 2;
    while (!pieces_fit(texts, count, pieces)) pieces++;
    for (size_t i = 0; i < pieces; i++) {
        char part[64];
        size_t begin = piece_begin(count, pieces, i), end = piece_begin(count, pieces, i + 1);
        (void)snprintf(part, sizeof part, "%s%zu", name, i);
        CORNU_TRY(cornu_h5_write_padded_list_(file, path, part, texts + begin, end - begin));
    }
    return CORNU_OK;
}

/* ---- groups ---------------------------------------------------------------------------------- */

/* A group with these variables under their names. */
static cornu_status write_group(
    writer *self, const char *path, cornu_tensor *const *variables, size_t count
) {
    const char **names = cornu_alloc_array_(count, sizeof *names);
    if (!names) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) names[i] = cornu_legacy_name_(&self->names, variables[i]);
    cornu_status status = cornu_h5_write_group_(self->file, path);
    if (status == CORNU_OK) status = write_names(self->file, path, "weight_names", names, count);
    for (size_t i = 0; status == CORNU_OK && i < count; i++) {
        char *place = cornu_format_("%s/%s", path, names[i]);
        status = place ? cornu_h5_write_tensor_(self->file, place, variables[i]) : CORNU_ENOMEM;
        cornu_free_(place);
    }
    cornu_free_((void *)names);
    return status;
}

static cornu_status write_layer(
    writer *self, const char *name, cornu_tensor *const *variables, size_t count
) {
    char *path = cornu_format_("%s%s%s", self->root, *self->root ? "/" : "", name);
    if (!path) return CORNU_ENOMEM;
    cornu_status status = write_group(self, path, variables, count);
    cornu_free_(path);
    return status;
}

static cornu_status write_layer_names(writer *self) {
    const char **names = cornu_alloc_array_(self->layers.count, sizeof *names);
    if (!names) return CORNU_ENOMEM;
    for (size_t i = 0; i < self->layers.count; i++) {
        const char *name = self->layers.items[i].layer->name;
        names[i] = name ? name : "";
    }
    cornu_status status =
        write_names(self->file, self->root, "layer_names", names, self->layers.count);
    cornu_free_((void *)names);
    return status;
}

static cornu_status write_weights(writer *self) {
    if (*self->root) CORNU_TRY(cornu_h5_write_group_(self->file, self->root));
    CORNU_TRY(write_layer_names(self));
    CORNU_TRY(cornu_h5_write_bytes_(self->file, self->root, "backend", CORNU_BACKEND_NAME));
    CORNU_TRY(cornu_h5_write_bytes_(self->file, self->root, "keras_version", CORNU_KERAS_VERSION));
    for (size_t i = 0; i < self->layers.count; i++) {
        const cornu_legacy_layer *layer = &self->layers.items[i];
        const char *name = layer->layer->name ? layer->layer->name : "";
        CORNU_TRY(write_layer(self, name, layer->variables, layer->count), "layer '%s'", name);
    }
    return write_layer(self, "top_level_model_weights", self->own.variables, self->own.count);
}

static cornu_status write_optimizer(writer *self, const cornu_optimizer *optimizer) {
    const struct cornu_optimizer_state *state = optimizer->state_;
    CORNU_TRY(cornu_legacy_names_add_optimizer_(&self->names, optimizer));
    return write_group(self, "optimizer_weights", state->variables, state->variable_count);
}

static cornu_status write_whole(
    writer *self, const cornu_model *model, const char *config, const char *training
) {
    CORNU_TRY(cornu_h5_write_text_(self->file, "", "keras_version", CORNU_KERAS_VERSION));
    CORNU_TRY(cornu_h5_write_text_(self->file, "", "backend", CORNU_BACKEND_NAME));
    CORNU_TRY(cornu_h5_write_bytes_(self->file, "", "model_config", config));
    if (training) CORNU_TRY(cornu_h5_write_bytes_(self->file, "", "training_config", training));
    CORNU_TRY(write_weights(self));
    const cornu_optimizer *optimizer =
        model->training ? cornu_training_class_.optimizer(model) : NULL;
    return optimizer ? write_optimizer(self, optimizer) : CORNU_OK;
}

static size_t bytes_of(const cornu_legacy_layers *layers) {
    size_t bytes = 0;
    for (size_t i = 0; i < layers->count; i++) {
        for (size_t k = 0; k < layers->items[i].count; k++) {
            const cornu_tensor *variable = layers->items[i].variables[k];
            bytes += (size_t)cornu_tensor_size(variable) *
                     cornu_dtype_size(cornu_tensor_dtype(variable));
        }
    }
    return bytes;
}

cornu_status cornu_legacy_image_(
    cornu_model *model, const char *config, const char *training, char **image, size_t *size
) {
    writer self = {.root = config ? "model_weights" : ""};
    *image = NULL;
    *size = 0;
    cornu_status status = cornu_legacy_layers_make_(&self.layers, model);
    if (status == CORNU_OK) status = cornu_legacy_own_(&self.own, model);
    if (status == CORNU_OK) status = cornu_legacy_names_make_(&self.names, model);
    if (status == CORNU_OK) status = cornu_h5_create_(&self.file, bytes_of(&self.layers));
    if (status == CORNU_OK)
        status = config ? write_whole(&self, model, config, training) : write_weights(&self);
    if (status == CORNU_OK) status = cornu_h5_image_(self.file, image, size);
    cornu_h5_close_(self.file);
    cornu_legacy_names_free_(&self.names);
    cornu_legacy_layers_free_(&self.layers);
    cornu_free_(self.own.variables);
    return status;
}
