/* The weights of a model as a tree of paths, and that tree in an HDF5 file: what .weights.h5 and
 * .keras have in common. */
#ifndef CORNU_SAVE_WEIGHTS_H
#define CORNU_SAVE_WEIGHTS_H

#include "model/graph.h"
#include "save/hdf5.h"

/* The version whose files are written, and who has computed what is in them. */
#define CORNU_KERAS_VERSION "3.16.0"
#define CORNU_BACKEND_NAME "cornu"

/* One object with variables of its own: the model, a layer at any depth, or the optimizer. */
typedef struct cornu_saved {
    char *path;         /* "" for the model itself, "layers/dense_1", "optimizer" */
    size_t parent;      /* its index in the tree; SIZE_MAX for the model */
    size_t own;         /* where the object's own part begins in `path` */
    bool attribute;     /* that part is the name of an attribute, not a place in a container */
    cornu_layer *layer; /* NULL: the optimizer */
    const char *name;   /* borrowed from the object; NULL: it has none */
    cornu_tensor **variables; /* vars/0, vars/1, ...; borrowed */
    size_t variable_count;
} cornu_saved;

typedef struct cornu_saved_tree {
    cornu_saved *items; /* parents before children */
    size_t count, capacity;
    cornu_tensor **variables; /* what items[].variables point into */
} cornu_saved_tree;

/* The layers of a model in the order of Keras' walk, each once. Free it also after a failure. */
cornu_status cornu_saved_tree_make_(cornu_saved_tree *tree, cornu_model *model);
void cornu_saved_tree_free_(cornu_saved_tree *tree);
/* Adds the optimizer's state, "optimizer/vars", below the model if the tree has one. */
cornu_status cornu_saved_add_optimizer_(cornu_saved_tree *tree, cornu_optimizer *optimizer);

/* Whether a layer belongs to keras' `layers` of its owner: operations do not, nor the input layer
 * of a Sequential model, and only there. */
bool cornu_is_saved_(const cornu_layer *owner, const cornu_sublayer *sublayer);

/* How weights are loaded. */
typedef struct cornu_weights_options {
    bool skip_mismatch; /* what does not fit keeps its values */
    bool by_name;       /* legacy files: layers are found by their names */
    cornu_layer *const *skipped; /* left alone, with all below them */
    size_t skipped_count;
} cornu_weights_options;

/* CORNU_ESTATE names a layer that has no weights yet because the model was never built. */
cornu_status cornu_weights_check_built_(cornu_model *model);

/* Everything that a weights file has: the layers, and the optimizer's state if the model is
 * compiled; without those in `skipped` and all below them. Free it also after a failure. */
cornu_status cornu_weights_tree_(
    cornu_saved_tree *tree, cornu_model *model, cornu_layer *const *skipped, size_t skipped_count
);
/* The bytes of a weights file of such a tree; *new* memory. */
cornu_status cornu_weights_image_(
    cornu_model *model, cornu_layer *const *skipped, size_t skipped_count, char **image,
    size_t *size
);
/* Reads the weights of all layers, and the optimizer's if `optimizer` is not NULL: all or nothing,
 * but for what the options leave out. */
cornu_status cornu_weights_read_(
    cornu_model *model, cornu_optimizer *optimizer, cornu_h5 *file,
    const cornu_weights_options *options
);
/* The optimizer's state alone. */
cornu_status cornu_optimizer_state_read_(cornu_optimizer *optimizer, cornu_h5 *file);

#endif
