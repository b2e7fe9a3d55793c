/* Data: where batches come from.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) { // 10 samples in batches of 4: 4, 4, 2
 *         cornu_tensor *x = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(10, 28, 28));
 *         cornu_tensor *y = cornu_tensor_new(CORNU_INT32, cornu_shape(10));
 *         cornu_dataset *data =
 *             cornu_dataset_from_tensors(cornu_tensors(x), .targets = cornu_tensors(y));
 *         cornu_check(data);
 *         const cornu_epoch_plan plan = {.batch_size = 4, .shuffle = true, .seed = 1, .count = -1};
 *         cornu_batches *batches = cornu_batches_begin(data, &plan, false);
 *         cornu_check(batches);
 *         cornu_batch batch;
 *         int64_t samples = 0;
 *         do {
 *             cornu_check(cornu_batches_next(batches, &batch)); // batch.inputs[0]: [4, 28, 28]
 *             samples += batch.size;
 *         } while (batch.size > 0);
 *         cornu_batches_end(batches);
 *         cornu_dataset_free(data);
 *         cornu_tensor_free(y);
 *         cornu_tensor_free(x);
 *         return samples == 10 ? 0 : 1;
 *     }
 */
#ifndef CORNU_DATA_H
#define CORNU_DATA_H

#include <cornu/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

/* One batch: what a dataset yields. Tensors [samples, ...] belong to the batch. */
typedef struct cornu_batch {
    cornu_tensor **inputs;
    size_t input_count;
    cornu_tensor **targets;
    size_t target_count;
    cornu_tensor *sample_weight; /* or NULL */
    int64_t size;                /* samples */
    bool last;                   /* of its epoch */
} cornu_batch;

/* Anything that yields samples or batches, again and again, an epoch at a time.
 * Reference-counted: one more, one less; NULL is fine. An epoch at a time is walked through. */
typedef struct cornu_dataset cornu_dataset;
CORNU_API cornu_dataset *cornu_dataset_retain(cornu_dataset *dataset);
CORNU_API void cornu_dataset_free(cornu_dataset *dataset);

/* How an epoch is to be cut. */
typedef struct cornu_epoch_plan {
    int64_t batch_size;
    bool shuffle;
    int64_t seed;       /* of the shuffle; the order depends on seed and epoch alone */
    int64_t epoch;
    int64_t first, count; /* the range of samples to take, before shuffling; count -1: all */
    bool shuffle_in_batches; /* in place of shuffle: samples stay in their batch */
} cornu_epoch_plan;

/* A dataset of one's own: a source that is asked for batch after batch. */
typedef struct cornu_dataset_class {
    const char *name;
    /* (optional) Samples, or -1 if unknown, which is the default. */
    int64_t (*sample_count)(void *user);
    /* (optional) Starts an epoch. */
    cornu_status (*begin)(void *user, const cornu_epoch_plan *plan);
    /* Fills `batch`, whose tensors become the caller's; batch->size 0: the epoch is over. The batch
     * may come with the tensors of an earlier one: they may be written again if nobody else holds
     * them, and are to be freed when they are replaced. May run in another thread than `begin`. */
    cornu_status (*next)(void *user, cornu_batch *batch);
    void (*free_user)(void *user);
} cornu_dataset_class;
/* *new*; `user` is taken, also on failure (CORNU_ENOMEM); `cls` is kept by reference */
CORNU_API cornu_dataset *cornu_dataset_new(const cornu_dataset_class *cls, void *user);
/* Frees what a batch holds and empties it. */
CORNU_API void cornu_batch_clear(cornu_batch *batch);

/* Arrays with the samples along the first axis; retained. `sample_weight` may be NULL. *new*.
 * CORNU_ESHAPE names arrays of different length, empty ones and scalars; CORNU_EINVAL without an
 * input, and for a symbolic one. `scale`: float32 batches of x *
 * scale where the stored type is uint8 (images); 0: as stored. */
typedef struct cornu_dataset_from_tensors_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_dataset_from_tensors_args));
    CORNU_ARG(cornu_tensor_list, inputs, {});
    CORNU_ARG(cornu_tensor_list, targets, {});
    CORNU_ARG(cornu_tensor *, sample_weight, NULL);
    CORNU_ARG(double, scale, 0);
} cornu_dataset_from_tensors_args;
#define CORNU_DATASET_FROM_TENSORS_DEFAULTS .size_ = sizeof(cornu_dataset_from_tensors_args)
CORNU_API cornu_dataset *cornu_dataset_from_tensors_new(const cornu_dataset_from_tensors_args *args
);
#ifndef __cplusplus
#define cornu_dataset_from_tensors(...)                                                            \
    CORNU_KW_(cornu_dataset_from_tensors_new(                                                      \
        &(cornu_dataset_from_tensors_args){                                                        \
            CORNU_DATASET_FROM_TENSORS_DEFAULTS, .inputs = __VA_ARGS__}))
#endif
CORNU_API int64_t cornu_dataset_sample_count(const cornu_dataset *dataset); /* -1: unknown */
/* The arrays of a dataset made from arrays; *borrowed*, NULL for others. */
CORNU_API cornu_tensor *cornu_dataset_input(const cornu_dataset *dataset, size_t index);
CORNU_API cornu_tensor *cornu_dataset_target(const cornu_dataset *dataset, size_t index);
/* The first `count` samples (all, if there are fewer) of a dataset made from arrays, as a dataset
 * on the same memory; *new*. CORNU_EUNSUPPORTED for other datasets, CORNU_EINVAL for a count below
 * 1. */
CORNU_API cornu_dataset *cornu_dataset_take(cornu_dataset *dataset, int64_t count);

/* Walks through one epoch: begin, next until batch->size is 0. With `prefetch` a background thread
 * gathers the next batch while the caller works on this one. */
typedef struct cornu_batches cornu_batches;
/* *new*. CORNU_EINVAL (batch_size below 1), CORNU_ENOMEM, or what the dataset's `begin` says. */
CORNU_API cornu_batches *cornu_batches_begin(
    cornu_dataset *dataset, const cornu_epoch_plan *plan, bool prefetch
);
/* Fills *batch, which belongs to the walk until the next call; batch->size 0: the epoch is over.
 * The status is that of the dataset. */
CORNU_API cornu_status cornu_batches_next(cornu_batches *batches, cornu_batch *batch);
/* Ends the walk, also in the middle of an epoch; NULL is fine. */
CORNU_API void cornu_batches_end(cornu_batches *batches);

/* IDX files (LeCun's MNIST format, http://yann.lecun.com/exdb/mnist/), plain or gzip'd, of any
 * element type; *new*. CORNU_EIO, CORNU_EFORMAT, CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_load_idx(const char *path);
/* Fashion-MNIST: 60,000 and 10,000 images [28, 28], as float32 in 0..1 when batched, labels 0..9
 * (int32). The four files of the original ("train-images-idx3-ubyte.gz", ...) are looked for in
 * $CORNU_DATA/fashion-mnist, ~/.keras/datasets/fashion-mnist and /usr/share/datasets/fashion-mnist
 * (Debian: dataset-fashion-mnist); CORNU_EIO lists where it looked, CORNU_EFORMAT names a damaged
 * one. Both *new*; both NULL after a failure. https://keras.io/api/datasets/fashion_mnist/ */
CORNU_API cornu_status cornu_load_fashion_mnist(cornu_dataset **train, cornu_dataset **test);
/* "T-shirt/top", "Trouser", ... for 0..9; static; "?" for others. */
CORNU_API const char *cornu_fashion_mnist_label(int64_t label);

#ifdef __cplusplus
}
#endif
#endif
