/* The changes of images among which RandAugment and AugMix draw. */
#ifndef CORNU_LAYERS_PREPROCESSING_CHANGES_H
#define CORNU_LAYERS_PREPROCESSING_CHANGES_H

#include "augment.h"

enum { CORNU_CHANGE_MOST = 11 };

/* What the layers of all changes are made with. */
typedef struct cornu_change_settings {
    cornu_draw factor, range;
    const char *interpolation, *data_format, *dtype;
    int64_t seed;
    bool colors; /* also brightness, colour degeneration, contrast and sharpness */
} cornu_change_settings;

typedef struct cornu_changes {
    cornu_layer *layers[CORNU_CHANGE_MOST]; /* the owner holds them */
    int count;
} cornu_changes;

/* What both are besides their arguments. */
typedef struct cornu_change_layer {
    cornu_layer base;
    cornu_changes changes;
    cornu_change_settings settings;
    cornu_seed_generator *seeds;
} cornu_change_layer;
/* Reads factor (none given: 0 to `usual`) and value_range, and makes the layers. Of the settings,
 * the others are given. */
cornu_status cornu_change_init_(
    cornu_change_layer *self, cornu_floats factor, double usual, cornu_floats value_range
);
cornu_status cornu_change_build_(cornu_layer *layer, const cornu_shape *shapes, size_t count);
/* In training `change` gets a batch of images. */
typedef cornu_tensor *cornu_change_function(const cornu_change_layer *self, cornu_tensor *images);
cornu_tensor *cornu_change_call_(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context,
    cornu_change_function *change
);
cornu_status cornu_change_get_config_(const void *object, cornu_config *config);
/* One of them at random, for the whole batch; also none, with `or_none`. All are computed and one
 * is chosen, since a compiled step has no branches. */
cornu_tensor *cornu_change_any_(
    const cornu_changes *changes, cornu_seed_generator *seeds, cornu_tensor *images, bool or_none
);

#endif
