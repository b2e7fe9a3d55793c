/* Legacy .h5 files, of Keras 1.2 and 2, tf.keras, and Keras 3 where it still writes them: whole
 * models, and weights alone. keras/src/legacy/saving/legacy_h5_format.py */
#ifndef CORNU_SAVE_LEGACY_H
#define CORNU_SAVE_LEGACY_H

#include "base/map.h"
#include "save/weights.h"

/* A layer directly below the model, and its variables in the order of these files: the trainable
 * ones of it and of all below it, then the others. */
typedef struct cornu_legacy_layer {
    cornu_layer *layer;
    cornu_tensor **variables; /* *new*, the items borrowed */
    size_t count;
} cornu_legacy_layer;

/* What a file has for one layer. */
typedef struct cornu_legacy_source {
    cornu_h5 *file;
    const char *version, *backend; /* "1" if the file says none; NULL */
    char *const *paths;            /* of the datasets */
    const cornu_h5_found *found;
    size_t count;
} cornu_legacy_source;

/* ---- legacy_layers.c ---- */
typedef struct cornu_legacy_layers {
    cornu_legacy_layer *items;
    size_t count;
} cornu_legacy_layers;
/* keras' model.layers. Free them also after a failure. */
cornu_status cornu_legacy_layers_make_(cornu_legacy_layers *layers, cornu_model *model);
void cornu_legacy_layers_free_(cornu_legacy_layers *layers);
/* Weights of the model itself, outside its layers: "top_level_model_weights". */
cornu_status cornu_legacy_own_(cornu_legacy_layer *own, cornu_model *model);

/* ---- legacy_convert.c ---- */
/* Whether the datasets are the variables as they are. Otherwise they come from another version,
 * backend or class: */
bool cornu_legacy_direct_(const cornu_legacy_layer *layer, const cornu_legacy_source *source);
/* Reads the datasets and converts them to what the layer has today: one *new* tensor per variable.
 * *fits is false, without values, if no rule leads from the one to the other. */
cornu_status cornu_legacy_convert_(
    const cornu_legacy_layer *layer, const cornu_legacy_source *source, cornu_tensor **values,
    bool *fits
);

/* ---- legacy_read.c ---- */
/* Where weights stand in the file: "", "model_weights", or NULL for another kind of file. */
cornu_status cornu_legacy_root_(cornu_h5 *file, const char **root);
/* A list of names, which is split into "<name>0", "<name>1", ... if it is too long for one
 * attribute. */
cornu_status cornu_legacy_read_names_(
    cornu_h5 *file, const char *path, const char *name, cornu_h5_texts *names
);
cornu_status cornu_legacy_weights_read_(
    cornu_model *model, cornu_h5 *file, const char *root, const cornu_weights_options *options
);

/* ---- legacy_optimizer.c ---- */
/* The state under "optimizer_weights", if the file has one that fits; left out otherwise, as in
 * Keras. */
cornu_status cornu_legacy_optimizer_read_(cornu_optimizer *optimizer, cornu_h5 *file);

/* ---- legacy_names.c ---- */
typedef struct cornu_legacy_names {
    char **items; /* all names, owned */
    size_t count, capacity;
    cornu_map taken;       /* names of the model's variables */
    cornu_map by_variable; /* variable -> its name */
} cornu_legacy_names;
/* Names for all variables of the model. Free them also after a failure. */
cornu_status cornu_legacy_names_make_(cornu_legacy_names *names, cornu_model *model);
cornu_status cornu_legacy_names_add_optimizer_(
    cornu_legacy_names *names, const cornu_optimizer *optimizer
);
const char *cornu_legacy_name_(const cornu_legacy_names *names, const cornu_tensor *variable);
void cornu_legacy_names_free_(cornu_legacy_names *names);

/* ---- legacy_write.c ---- */
/* The bytes of a file; *new*. `config` and `training` (JSON) make it a whole model; NULL for
 * weights alone. */
cornu_status cornu_legacy_image_(
    cornu_model *model, const char *config, const char *training, char **image, size_t *size
);

/* ---- legacy_file.c ---- */
cornu_status cornu_legacy_save_(cornu_model *model, const char *path);
/* *new* model. */
cornu_status cornu_legacy_load_(cornu_h5 *file, bool compile, cornu_model **model);

#endif
