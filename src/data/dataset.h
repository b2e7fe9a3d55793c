/* The inside of a dataset. */
#ifndef CORNU_DATA_DATASET_H
#define CORNU_DATA_DATASET_H

#include "base/object.h"
#include <cornu/data.h>

struct cornu_dataset {
    cornu_object object;
    const cornu_dataset_class *cls;
    void *user;
    bool in_use; /* by the one walk that is possible, of a class without `open` */
};

/* Batches of an epoch, CORNU_INFINITE, CORNU_UNKNOWN, or CORNU_NONE: as the plan's size has it. */
int64_t cornu_dataset_batch_count_(const cornu_dataset *dataset);
/* Whether its elements are batches, whose size nobody else decides. */
bool cornu_dataset_is_batched_(const cornu_dataset *dataset);

/* The first `count` samples (at least 1) of a dataset made from arrays, on the same memory. */
bool cornu_dataset_is_arrays_(const cornu_dataset *dataset);
cornu_dataset *cornu_arrays_take_(const cornu_dataset *dataset, int64_t count);
/* Lets all threads gather the batches of a walk, whose caller waits for each; nothing for datasets
 * that are not made from arrays. */
void cornu_arrays_gather_together_(const cornu_dataset *dataset, void *walk);

/* The range of samples that a plan takes of `total`. */
void cornu_plan_range_(const cornu_epoch_plan *plan, int64_t total, int64_t *first, int64_t *count);
/* A random order of the numbers 0 .. count-1, which depends on seed and epoch alone. */
cornu_status cornu_order_(int64_t seed, int64_t epoch, int64_t count, int64_t *order);
/* Shuffles as numpy.random.RandomState(seed).shuffle does: the bits of Mersenne Twister. */
void cornu_numpy_shuffle_(uint32_t seed, int64_t *order, int64_t count);
/* Two orders one after the other, by the numbers of one generator. */
void cornu_numpy_shuffle_two_(
    uint32_t seed, int64_t *first, int64_t first_count, int64_t *second, int64_t second_count
);
/* About how many bytes gathering one batch copies; -1 if that is not known. Decides whether a
 * thread of its own pays. */
int64_t cornu_dataset_batch_bytes_(const cornu_dataset *dataset, const cornu_epoch_plan *plan);
/* How many gathered batches of so many bytes are in memory at a time. */
size_t cornu_batches_at_once_(int64_t bytes);

#endif
