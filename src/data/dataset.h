/* The inside of a dataset. */
#ifndef CORNU_DATA_DATASET_H
#define CORNU_DATA_DATASET_H

#include "base/object.h"
#include <cornu/data.h>

struct cornu_dataset {
    cornu_object object;
    const cornu_dataset_class *cls;
    void *user;
};

/* The range of samples that a plan takes of `total`. */
void cornu_plan_range_(const cornu_epoch_plan *plan, int64_t total, int64_t *first, int64_t *count);
/* A random order of the numbers 0 .. count-1, which depends on seed and epoch alone. */
cornu_status cornu_order_(int64_t seed, int64_t epoch, int64_t count, int64_t *order);
/* About how many bytes gathering one batch copies; -1 if that is not known. Decides whether a
 * thread of its own pays. */
int64_t cornu_dataset_batch_bytes_(const cornu_dataset *dataset, const cornu_epoch_plan *plan);
/* How many gathered batches of so many bytes are in memory at a time. */
size_t cornu_batches_at_once_(int64_t bytes);

#endif
