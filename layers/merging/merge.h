/* What the layers that merge elementwise share. */
#ifndef CORNU_LAYERS_MERGING_MERGE_H
#define CORNU_LAYERS_MERGING_MERGE_H

#include <cornu/layers/merging.h>

/* Checks that there are inputs and that their shapes broadcast. */
cornu_status cornu_merge_build_(cornu_layer *layer, const cornu_shape *shapes, size_t count);
/* Of the input that has the most axes. */
int cornu_merge_rank_(cornu_tensor *const *inputs, const cornu_call_context *context);
/* An input with so many axes: new ones stand after the batch. */
cornu_tensor *cornu_merge_input_(cornu_tensor *x, int rank);
bool cornu_merge_has_mask_(const cornu_call_context *context, size_t i);
/* The mask of an input that has one, with an axis for the features. */
cornu_tensor *cornu_merge_input_mask_(const cornu_call_context *context, size_t i);
/* Folds the inputs, aligned, from the left. */
cornu_tensor *cornu_merge_fold_(
    cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor *(*merge)(cornu_tensor *a, cornu_tensor *b)
);
/* The same for functions without a neutral element: an absent position takes the other's value. */
cornu_tensor *cornu_merge_fold_present_(
    cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor *(*merge)(cornu_tensor *a, cornu_tensor *b)
);
/* All masks joined by "or"; NULL if an input has none. */
cornu_tensor *cornu_merge_mask_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);

#endif
