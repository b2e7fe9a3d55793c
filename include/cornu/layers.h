/* The built-in layers, one header per family. https://keras.io/api/layers/
 *
 * A maker gives a *new* layer, which a model takes. Arguments carry Keras' names and defaults;
 * every layer also takes .name, .dtype (its dtype policy) and .trainable. Makers fail with
 * CORNU_EINVAL if a value does not fit, and CORNU_EUNKNOWN for a name that is not known. */
#ifndef CORNU_LAYERS_H
#define CORNU_LAYERS_H

#include <cornu/constraints.h>
#include <cornu/initializers.h>
#include <cornu/layers/activation.h>
#include <cornu/layers/applications.h>
#include <cornu/layers/attention.h>
#include <cornu/layers/augmentation.h>
#include <cornu/layers/convolutional.h>
#include <cornu/layers/core.h>
#include <cornu/layers/merging.h>
#include <cornu/layers/normalization.h>
#include <cornu/layers/pooling.h>
#include <cornu/layers/preprocessing.h>
#include <cornu/layers/recurrent.h>
#include <cornu/layers/regularization.h>
#include <cornu/layers/reshaping.h>
#include <cornu/regularizers.h>

#endif
