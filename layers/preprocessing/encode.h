/* Integers as vectors, for the layers that encode categories. */
#ifndef CORNU_LAYERS_PREPROCESSING_ENCODE_H
#define CORNU_LAYERS_PREPROCESSING_ENCODE_H

#include <cornu/layers/preprocessing.h>

/* Checks "one_hot", "multi_hot" or "count", and "int" where it is allowed. */
cornu_status cornu_encode_check_(const char *mode, bool allow_int);
/* The indices of any integer type as `mode` says; `weights` (may be NULL) count in mode "count". */
cornu_tensor *cornu_encode_(
    cornu_tensor *indices, const char *mode, int64_t depth, cornu_dtype dtype, cornu_tensor *weights
);

#endif
