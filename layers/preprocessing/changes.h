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

/* Makes the layers, as parts of `owner`. */
cornu_status cornu_changes_make_(
    cornu_layer *owner, const cornu_change_settings *settings, cornu_changes *changes
);
cornu_status cornu_changes_build_(
    const cornu_changes *changes, const cornu_shape *shapes, size_t count
);
/* One of them at random, for the whole batch; also none, with `or_none`. All are computed and one
 * is chosen, since a compiled step has no branches. */
cornu_tensor *cornu_change_any_(
    const cornu_changes *changes, cornu_seed_generator *seeds, cornu_tensor *images, bool or_none
);

#endif
