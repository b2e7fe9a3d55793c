/* What the layers that change or mix whole images share, beyond image_random.h. */
#ifndef CORNU_LAYERS_PREPROCESSING_AUGMENT_H
#define CORNU_LAYERS_PREPROCESSING_AUGMENT_H

#include <cornu/layers/augmentation.h>

#include "image_random.h"

/* A factor from 0 to 1: two numbers, or one for 0 to that number; none given: `missing`. */
cornu_status cornu_share_read_(
    cornu_floats given, const char *name, cornu_draw missing, cornu_draw *share
);
/* Batches [batch, rows, columns, channels], whatever the format, and back. */
cornu_tensor *cornu_to_channels_last_(cornu_tensor *images, bool channels_first);
cornu_tensor *cornu_from_channels_last_(cornu_tensor *images, bool channels_first);
/* Images that something is done to, [batch, 1, 1, 1] bool: each with a probability drawn from
 * `factor`. */
cornu_tensor *cornu_chosen_(
    cornu_seed_generator *seeds, const cornu_tensor *images, cornu_draw factor
);
/* Whether a pixel of [batch, rows, columns, channels] lies in a rectangle at a random place whose
 * sides are shares of those of the image, [batch, 1, 1, 1] or scalars: [batch, rows, columns, 1].
 */
cornu_tensor *cornu_rectangle_(
    cornu_seed_generator *seeds, const cornu_tensor *images, cornu_tensor *width,
    cornu_tensor *height
);
/* Logarithms of draws from the gamma distribution of shape `alpha` (a scalar or of the given shape)
 * and scale 1: log g[a] - log g[b] is the log odds of a draw from the beta distribution, and a
 * softmax of several gives one from Dirichlet's. Marsaglia and Tsang, "A simple method for
 * generating gamma variables" (2000). */
cornu_tensor *cornu_log_gamma_draw_(
    cornu_seed_generator *seeds, cornu_shape shape, cornu_dtype dtype, cornu_tensor *alpha
);
/* A draw from the beta distribution of alpha and alpha. */
cornu_tensor *cornu_beta_draw_(
    cornu_seed_generator *seeds, cornu_shape shape, cornu_dtype dtype, cornu_tensor *alpha
);
/* How images of a batch are mixed with others of it: the share that each keeps of itself,
 * [batch, 1, 1, 1], and which others come in. Without a share nothing is mixed. */
typedef struct cornu_mixture {
    cornu_tensor *share, *order;
} cornu_mixture;
typedef cornu_tensor *cornu_mix_function(
    cornu_layer *layer, cornu_tensor *images, cornu_mixture *mixture
);
/* x, [batch, ...], mixed with others: share has as many axes. */
cornu_tensor *cornu_mixed_(cornu_tensor *x, cornu_tensor *share, cornu_tensor *order);
/* The call of a layer that mixes images in training, by `change`, and labels [batch, classes] that
 * a call gives by name: both come out then. */
size_t cornu_mixed_count_(const cornu_layer *layer, const cornu_config *kwargs);
cornu_status cornu_mix_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_mix_function *change
);

/* The seed of the index-th layer inside a layer: another for each. */
int64_t cornu_inner_seed_(int64_t seed, int index);

#endif
