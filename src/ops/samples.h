/* Inputs for the samples of ops: deterministic float64 tensors that belong to the scope. */
#ifndef CORNU_OPS_SAMPLES_H
#define CORNU_OPS_SAMPLES_H

#include "graph/op.h"

/* Numbers strictly between low and high, all different from one another and from those of other
 * salts. */
cornu_tensor *cornu_sample_tensor_(cornu_shape shape, double low, double high, int salt);
/* The same with every other sign turned: both sides of zero, and nothing near it if low is above
 * it. */
cornu_tensor *cornu_sample_signed_(cornu_shape shape, double low, double high, int salt);
/* Bools, about half of them true. */
cornu_tensor *cornu_sample_bools_(cornu_shape shape, int salt);

/* Whole sample functions: inputs of several shapes for one operand, and of broadcasting shapes for
 * two. */
bool cornu_sample_one_(int index, double low, double high, cornu_tensor **inputs, int *count);
bool cornu_sample_one_signed_(
    int index, double low, double high, cornu_tensor **inputs, int *count
);
bool cornu_sample_two_(int index, double low, double high, cornu_tensor **inputs, int *count);
bool cornu_sample_two_signed_(
    int index, double low, double high, cornu_tensor **inputs, int *count
);

#endif
