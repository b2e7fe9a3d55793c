/* What the layers that embed integers share. */
#ifndef CORNU_LAYERS_CORE_EMBEDDING_H
#define CORNU_LAYERS_CORE_EMBEDDING_H

#include <cornu/layers/core.h>

cornu_status cornu_embedding_check_(int64_t input_dim, int64_t output_dim);
/* The rows of `embeddings` that the indices, of any type, name. */
cornu_tensor *cornu_embedding_look_up_(
    cornu_layer *layer, cornu_tensor *embeddings, cornu_tensor *indices
);

#endif
