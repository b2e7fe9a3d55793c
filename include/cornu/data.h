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

#include <cornu/extend.h>

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
    cornu_tensor **sample_weights; /* in place of sample_weight: one per target, none NULL */
    size_t sample_weight_count;    /* 0, or target_count */
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
    /* (optional) A walk of its own, which `begin` and `next` then get in place of `user`, so that
     * the dataset can be walked through by several at once. `close` ends it. Without these, one
     * walk at a time is possible. */
    cornu_status (*open)(void *user, void **walk);
    void (*close)(void *walk);
    /* (optional) How many batches an epoch has, or CORNU_INFINITE or CORNU_UNKNOWN, if the dataset
     * makes its batches itself whatever the plan's size; CORNU_NONE: it does as it is told. */
    int64_t (*batch_count)(void *user);
} cornu_dataset_class;
enum { CORNU_INFINITE = -1, CORNU_UNKNOWN = -2 };
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
    CORNU_ARG(cornu_tensor_list, sample_weights, {}); /* in place of it: one per target */
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

/* ---- pipelines ------------------------------------------------------------------------------- */
/* New datasets from others, as in tf.data. An element is a sample, or after cornu_dataset_batch a
 * batch. Every function gives a *new* dataset and retains those it is given; what it walks through
 * in an epoch depends on the epoch's number and the seed alone. fit shuffles arrays and files; in a
 * pipeline, samples are shuffled where cornu_dataset_shuffle stands. CORNU_EINVAL for a count out
 * of range; a NULL dataset gives the pending error.
 *
 *     cornu_dataset *some = cornu_dataset_take(all, 1000);
 *     cornu_dataset *mixed = cornu_dataset_shuffle(some, 256, .seed = 1);
 *     cornu_dataset *batches = cornu_dataset_batch(mixed, 32, .drop_remainder = true);
 */
/* Changes a batch in place by cornu_batch_replace; the number of samples must stay. Ops may be used
 * freely: it runs in a scope, maybe in another thread. A failed status ends the walk with it. */
typedef cornu_status cornu_map_function(void *user, cornu_batch *batch);
/* `free_user` (may be NULL) gets `user` when the dataset is freed, also on failure. */
CORNU_API cornu_dataset *cornu_dataset_map(
    cornu_dataset *dataset, cornu_map_function *function, void *user, cornu_free_function *free_user
);
/* Puts a tensor, which is retained, in the place of another: cornu_batch_replace(&batch->inputs[0],
 * y). */
CORNU_API cornu_status cornu_batch_replace(cornu_tensor **place, cornu_tensor *tensor);
/* Keeps the elements for which *keep is set. */
typedef cornu_status cornu_filter_function(void *user, const cornu_batch *element, bool *keep);
CORNU_API cornu_dataset *cornu_dataset_filter(
    cornu_dataset *dataset, cornu_filter_function *function, void *user,
    cornu_free_function *free_user
);
/* Draws each element from a buffer of `buffer_size`, in which the next takes its place. */
typedef struct cornu_dataset_shuffle_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_dataset_shuffle_args));
    CORNU_ARG(cornu_dataset *, dataset, NULL);
    CORNU_ARG(int64_t, buffer_size, 0);
    CORNU_ARG(int64_t, seed, CORNU_NONE); /* none: that of the walk (.seed of fit) */
    CORNU_ARG(bool, reshuffle_each_iteration, true);
} cornu_dataset_shuffle_args;
#define CORNU_DATASET_SHUFFLE_DEFAULTS                                                             \
    .size_ = sizeof(cornu_dataset_shuffle_args), .seed = CORNU_NONE,                               \
    .reshuffle_each_iteration = true
CORNU_API cornu_dataset *cornu_dataset_shuffle_new(const cornu_dataset_shuffle_args *args);
/* Batches of this size, whatever fit's; the last may be smaller. */
typedef struct cornu_dataset_batch_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_dataset_batch_args));
    CORNU_ARG(cornu_dataset *, dataset, NULL);
    CORNU_ARG(int64_t, batch_size, 0);
    CORNU_ARG(bool, drop_remainder, false);
} cornu_dataset_batch_args;
#define CORNU_DATASET_BATCH_DEFAULTS .size_ = sizeof(cornu_dataset_batch_args)
CORNU_API cornu_dataset *cornu_dataset_batch_new(const cornu_dataset_batch_args *args);
#ifndef __cplusplus
#define cornu_dataset_shuffle(...)                                                                 \
    CORNU_KW_(cornu_dataset_shuffle_new(                                                           \
        &(cornu_dataset_shuffle_args){CORNU_DATASET_SHUFFLE_DEFAULTS, .dataset = __VA_ARGS__}))
#define cornu_dataset_batch(...)                                                                   \
    CORNU_KW_(cornu_dataset_batch_new(                                                             \
        &(cornu_dataset_batch_args){CORNU_DATASET_BATCH_DEFAULTS, .dataset = __VA_ARGS__}))
#endif
/* The samples of batches one by one. */
CORNU_API cornu_dataset *cornu_dataset_unbatch(cornu_dataset *dataset);
/* Epoch after epoch of the dataset, `count` times, or for ever with CORNU_INFINITE. */
CORNU_API cornu_dataset *cornu_dataset_repeat(cornu_dataset *dataset, int64_t count);
/* The first `count` elements, or all if there are fewer; all but the first `count`. */
CORNU_API cornu_dataset *cornu_dataset_take(cornu_dataset *dataset, int64_t count);
CORNU_API cornu_dataset *cornu_dataset_skip(cornu_dataset *dataset, int64_t count);
/* Keeps the elements of the first epoch in memory; later ones come from there. */
CORNU_API cornu_dataset *cornu_dataset_cache(cornu_dataset *dataset);
/* A thread that is up to `buffer_size` batches ahead of whoever takes them. */
CORNU_API cornu_dataset *cornu_dataset_prefetch(cornu_dataset *dataset, int64_t buffer_size);
/* Elements side by side until the shortest dataset ends: the inputs of all datasets of `inputs`,
 * the inputs of those of `targets` as targets, the input of `sample_weight` (may be NULL) as
 * weights, or its inputs, one per target. A dataset alone in `inputs` keeps its own targets and
 * weights. CORNU_EINVAL if some are batched and others not. */
typedef struct cornu_dataset_list {
    cornu_dataset *const *items;
    size_t count;
} cornu_dataset_list;
#ifndef __cplusplus
#define cornu_datasets(...)                                                                        \
    ((cornu_dataset_list){(cornu_dataset *const[]){__VA_ARGS__},                                   \
                          sizeof((cornu_dataset *const[]){__VA_ARGS__}) / sizeof(cornu_dataset *)})
#endif
CORNU_API cornu_dataset *cornu_dataset_zip(
    cornu_dataset_list inputs, cornu_dataset_list targets, cornu_dataset *sample_weight
);
/* One dataset after the other. */
CORNU_API cornu_dataset *cornu_dataset_concatenate(cornu_dataset *first, cornu_dataset *second);
/* `block_length` elements of each of `cycle_length` datasets in turn; when one ends, the next of
 * the list takes its place. */
CORNU_API cornu_dataset *cornu_dataset_interleave(
    cornu_dataset_list datasets, int64_t cycle_length, int64_t block_length
);
/* Elements of an epoch, CORNU_INFINITE or CORNU_UNKNOWN. */
CORNU_API int64_t cornu_dataset_cardinality(const cornu_dataset *dataset);

/* Keras' split_dataset: all samples are read into memory, and parted into the first and the last.
 * A size from 0 to 1 is a fraction, a larger one a number of samples, NAN the rest. Both *new*.
 * CORNU_EINVAL for sizes that do not fit. keras/src/utils/dataset_utils.py */
typedef struct cornu_split_dataset_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_split_dataset_args));
    CORNU_ARG(cornu_dataset *, dataset, NULL);
    CORNU_ARG(cornu_dataset **, left, NULL);  /* out */
    CORNU_ARG(cornu_dataset **, right, NULL); /* out */
    CORNU_ARG(double, left_size, NAN);
    CORNU_ARG(double, right_size, NAN);
    CORNU_ARG(bool, shuffle, false);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_split_dataset_args;
#define CORNU_SPLIT_DATASET_DEFAULTS                                                               \
    .size_ = sizeof(cornu_split_dataset_args), .left_size = NAN, .right_size = NAN,                \
    .seed = CORNU_NONE
CORNU_API cornu_status cornu_split_dataset_with(const cornu_split_dataset_args *args);
#ifndef __cplusplus
/* cornu_split_dataset(dataset, &left, &right, .left_size = 0.8) */
#define cornu_split_dataset(...)                                                                   \
    CORNU_KW_(cornu_split_dataset_with(                                                            \
        &(cornu_split_dataset_args){CORNU_SPLIT_DATASET_DEFAULTS, .dataset = __VA_ARGS__}))
#endif

/* ---- generators ------------------------------------------------------------------------------ */
/* A function that is asked for batch after batch (Keras: a Python generator, or PyDataset): it puts
 * new tensors into the batch's places and sets batch->size; 0: the epoch is over. `batch` is empty
 * but for room for `input_count` inputs and `target_count` targets; sample_weight may be set. The
 * batches are its own: fit's batch size says nothing. `epoch` counts from 0. `batch_count`: batches
 * of an epoch, CORNU_INFINITE or CORNU_UNKNOWN. *new*; `user` is taken if `free_user` is given. */
typedef cornu_status cornu_generator_function(
    void *user, int64_t epoch, int64_t index, cornu_batch *batch
);
typedef struct cornu_dataset_from_generator_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_dataset_from_generator_args));
    CORNU_ARG(cornu_generator_function *, function, NULL);
    CORNU_ARG(void *, user, NULL);
    CORNU_ARG(cornu_free_function *, free_user, NULL);
    CORNU_ARG(size_t, input_count, 1);
    CORNU_ARG(size_t, target_count, 1);
    CORNU_ARG(int64_t, batch_count, CORNU_UNKNOWN);
    CORNU_ARG(size_t, sample_weight_count, 0); /* room for so many in batch->sample_weights */
} cornu_dataset_from_generator_args;
#define CORNU_DATASET_FROM_GENERATOR_DEFAULTS                                                      \
    .size_ = sizeof(cornu_dataset_from_generator_args), .input_count = 1, .target_count = 1,       \
    .batch_count = CORNU_UNKNOWN
CORNU_API cornu_dataset *
cornu_dataset_from_generator_new(const cornu_dataset_from_generator_args *args);
#ifndef __cplusplus
#define cornu_dataset_from_generator(...)                                                          \
    CORNU_KW_(cornu_dataset_from_generator_new(                                                    \
        &(cornu_dataset_from_generator_args){                                                      \
            CORNU_DATASET_FROM_GENERATOR_DEFAULTS, .function = __VA_ARGS__}))
#endif

/* ---- CSV ------------------------------------------------------------------------------------- */
/* A table of texts, as RFC 4180 has it: fields between delimiters, quoted ones with quotes doubled
 * and line ends in them, lines ended by LF or CR LF. *new*. CORNU_EIO; CORNU_EFORMAT names the line
 * (a row of another length, a quote that is not closed, a byte 0).
 * https://www.rfc-editor.org/rfc/rfc4180
 *
 *     cornu_csv *table = cornu_load_csv("houses.csv");
 *     cornu_tensor *x = cornu_csv_numbers(table, cornu_texts("rooms", "age"), CORNU_FLOAT32);
 *     cornu_tensor *y = cornu_csv_categories(table, "kind");     // int32, places in the list of
 *     const char *first = cornu_csv_category(table, "kind", 0);  // kinds, which is sorted
 */
typedef struct cornu_csv cornu_csv;
typedef struct cornu_load_csv_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_load_csv_args));
    CORNU_ARG(const char *, path, NULL);
    CORNU_ARG(char, delimiter, ',');
    CORNU_ARG(char, quote, '"');
    CORNU_ARG(bool, header, true); /* the first line has names; else they are "0", "1", ... */
} cornu_load_csv_args;
#define CORNU_LOAD_CSV_DEFAULTS                                                                    \
    .size_ = sizeof(cornu_load_csv_args), .delimiter = ',', .quote = '"', .header = true
CORNU_API cornu_csv *cornu_load_csv_with(const cornu_load_csv_args *args);
CORNU_API void cornu_csv_free(cornu_csv *table); /* NULL is fine */
CORNU_API int64_t cornu_csv_rows(const cornu_csv *table);
CORNU_API size_t cornu_csv_columns(const cornu_csv *table);
/* *borrowed*; NULL with CORNU_EINVAL outside the table */
CORNU_API const char *cornu_csv_name(const cornu_csv *table, size_t column);
CORNU_API const char *cornu_csv_field(const cornu_csv *table, int64_t row, size_t column);
/* The columns of these names (none: all) as numbers, [rows, columns]; *new*. Empty fields, and
 * "NA", are NaN, which integers have not: CORNU_EFORMAT names the line and column of those and of
 * what is no number. CORNU_EUNKNOWN proposes the nearest name; CORNU_EDTYPE. */
CORNU_API cornu_tensor *
cornu_csv_numbers(const cornu_csv *table, cornu_texts columns, cornu_dtype dtype);
/* A column as places in the sorted list of its different texts, int32 [rows]; *new*. The empty text
 * of a missing field is one of them. */
CORNU_API cornu_tensor *cornu_csv_categories(cornu_csv *table, const char *column);
/* The text of a place; *borrowed*, NULL past the last (no error pending). */
CORNU_API const char *cornu_csv_category(cornu_csv *table, const char *column, size_t place);
#ifndef __cplusplus
#define cornu_load_csv(...)                                                                        \
    CORNU_KW_(cornu_load_csv_with(                                                                 \
        &(cornu_load_csv_args){CORNU_LOAD_CSV_DEFAULTS, .path = __VA_ARGS__}))
#endif
/* A CSV file as a dataset: cornu_dataset_from_csv("houses.csv", .targets = cornu_texts("price")).
 * The columns of `numeric` (none: all that are not named elsewhere) are one float32 input [samples,
 * columns], each of `categorical` an int32 input of its own after it. Targets are numbers, or
 * categories if they stand in `categorical` too. *new*; errors as above. */
typedef struct cornu_dataset_from_csv_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_dataset_from_csv_args));
    CORNU_ARG(const char *, path, NULL);
    CORNU_ARG(cornu_texts, targets, {});
    CORNU_ARG(cornu_texts, numeric, {});
    CORNU_ARG(cornu_texts, categorical, {});
    CORNU_ARG(const char *, sample_weight, NULL); /* a column */
    CORNU_ARG(char, delimiter, ',');
    CORNU_ARG(bool, header, true);
} cornu_dataset_from_csv_args;
#define CORNU_DATASET_FROM_CSV_DEFAULTS                                                            \
    .size_ = sizeof(cornu_dataset_from_csv_args), .delimiter = ',', .header = true
CORNU_API cornu_dataset *cornu_dataset_from_csv_new(const cornu_dataset_from_csv_args *args);
#ifndef __cplusplus
#define cornu_dataset_from_csv(...)                                                                \
    CORNU_KW_(cornu_dataset_from_csv_new(                                                          \
        &(cornu_dataset_from_csv_args){CORNU_DATASET_FROM_CSV_DEFAULTS, .path = __VA_ARGS__}))
#endif

/* ---- time series ----------------------------------------------------------------------------- */
/* Windows of a series: cornu_timeseries_dataset_from_array(data, targets, 10). `data` [steps, ...]
 * and `targets` [steps, ...] (may be NULL) are retained. Window i begins at step start_index + i *
 * sequence_stride and has `sequence_length` steps, each `sampling_rate` apart; its target is
 * targets[start_index + i * sequence_stride]. Batches of `batch_size` windows [windows, length,
 * ...]; 0: samples, whose batches fit makes. *new*. CORNU_EINVAL for arguments out of range.
 * keras/src/utils/timeseries_dataset_utils.py */
typedef struct cornu_timeseries_dataset_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_timeseries_dataset_args));
    CORNU_ARG(cornu_tensor *, data, NULL);
    CORNU_ARG(cornu_tensor *, targets, NULL);
    CORNU_ARG(int64_t, sequence_length, 0);
    CORNU_ARG(int64_t, sequence_stride, 1);
    CORNU_ARG(int64_t, sampling_rate, 1);
    CORNU_ARG(int64_t, batch_size, 128);
    CORNU_ARG(bool, shuffle, false);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(int64_t, start_index, CORNU_NONE);
    CORNU_ARG(int64_t, end_index, CORNU_NONE);
} cornu_timeseries_dataset_args;
#define CORNU_TIMESERIES_DATASET_DEFAULTS                                                          \
    .size_ = sizeof(cornu_timeseries_dataset_args), .sequence_stride = 1, .sampling_rate = 1,      \
    .batch_size = 128, .seed = CORNU_NONE, .start_index = CORNU_NONE, .end_index = CORNU_NONE
CORNU_API cornu_dataset *
cornu_timeseries_dataset_new(const cornu_timeseries_dataset_args *args);
#ifndef __cplusplus
#define cornu_timeseries_dataset_from_array(...)                                                   \
    CORNU_KW_(cornu_timeseries_dataset_new(                                                        \
        &(cornu_timeseries_dataset_args){CORNU_TIMESERIES_DATASET_DEFAULTS, .data = __VA_ARGS__}))
#endif

/* ---- folders of images and texts ------------------------------------------------------------- */
/* What Keras' *_dataset_from_directory share. Every folder below `directory` is a class, whose
 * number is its place among the sorted names (or in `class_names`); files below it, at any depth,
 * are its samples, in the order of their paths. label_mode: "int" (int32 [samples]), "categorical"
 * (float32, one-hot), "binary" (float32 [samples, 1], two classes) or NULL (none). labels:
 * "inferred", or NULL: no labels, all files below `directory`; or label_list gives the label of
 * every file, in the order of the folders' paths and then of the files' names (the classes are then
 * its different numbers). validation_split with subset "training" or "validation" takes the first
 * or the last part, after shuffling by `seed` if `shuffle` is set; "both" gives the first part, and
 * the other one, never shuffled again, in *validation. Links to folders are followed with
 * follow_links only. */
/* Images, PNG or JPEG: float32 [samples, height, width, channels],
 * 0..255. color_mode "rgb", "rgba" or "grayscale"; interpolation "bilinear", "nearest", "bicubic",
 * "lanczos3" or "lanczos5".
 * crop_to_aspect_ratio cuts the largest middle part of the wanted proportions, pad_to_aspect_ratio
 * puts the image on black; otherwise it is stretched. Read when they are wanted, by the thread that
 * makes batches. batch_size 0: samples, whose batches fit makes. *new*. CORNU_EIO, CORNU_EINVAL;
 * damaged files are CORNU_EFORMAT when they are read.
 * keras/src/utils/image_dataset_utils.py */
typedef struct cornu_image_dataset_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_image_dataset_args));
    CORNU_ARG(const char *, directory, NULL);
    CORNU_ARG(const char *, labels, "inferred");
    CORNU_ARG(const char *, label_mode, "int");
    CORNU_ARG(cornu_texts, class_names, {});
    CORNU_ARG(const char *, color_mode, "rgb");
    CORNU_ARG(int64_t, batch_size, 32);
    CORNU_ARG(int64_t, image_size[2], {}); /* height, width; 0: 256 */
    CORNU_ARG(bool, shuffle, true);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(double, validation_split, 0);
    CORNU_ARG(const char *, subset, NULL);
    CORNU_ARG(const char *, interpolation, "bilinear");
    CORNU_ARG(bool, follow_links, false);
    CORNU_ARG(bool, crop_to_aspect_ratio, false);
    CORNU_ARG(bool, pad_to_aspect_ratio, false);
    CORNU_ARG(cornu_ints, label_list, {});          /* in place of "inferred" */
    CORNU_ARG(cornu_dataset **, validation, NULL);  /* out, with subset "both"; *new* */
} cornu_image_dataset_args;
#define CORNU_IMAGE_DATASET_DEFAULTS                                                               \
    .size_ = sizeof(cornu_image_dataset_args), .labels = "inferred", .label_mode = "int",          \
    .color_mode = "rgb", .batch_size = 32, .shuffle = true, .seed = CORNU_NONE,                    \
    .interpolation = "bilinear"
CORNU_API cornu_dataset *cornu_image_dataset_new(const cornu_image_dataset_args *args);
#ifndef __cplusplus
#define cornu_image_dataset_from_directory(...)                                                    \
    CORNU_KW_(cornu_image_dataset_new(                                                             \
        &(cornu_image_dataset_args){CORNU_IMAGE_DATASET_DEFAULTS, .directory = __VA_ARGS__}))
#endif
/* Texts, files that end in .txt: CORNU_STRING [samples], the bytes as they are; `max_length`: no
 * more than so many of them. Everything else as for images. Such a model begins with a layer that
 * makes numbers of texts, TextVectorization for one. *new*. CORNU_EIO, CORNU_EINVAL.
 * keras/src/utils/text_dataset_utils.py */
typedef struct cornu_text_dataset_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_text_dataset_args));
    CORNU_ARG(const char *, directory, NULL);
    CORNU_ARG(const char *, labels, "inferred");
    CORNU_ARG(const char *, label_mode, "int");
    CORNU_ARG(cornu_texts, class_names, {});
    CORNU_ARG(int64_t, batch_size, 32);
    CORNU_ARG(int64_t, max_length, CORNU_NONE);
    CORNU_ARG(bool, shuffle, true);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(double, validation_split, 0);
    CORNU_ARG(const char *, subset, NULL);
    CORNU_ARG(bool, follow_links, false);
    CORNU_ARG(cornu_ints, label_list, {});
    CORNU_ARG(cornu_dataset **, validation, NULL);
} cornu_text_dataset_args;
#define CORNU_TEXT_DATASET_DEFAULTS                                                                \
    .size_ = sizeof(cornu_text_dataset_args), .labels = "inferred", .label_mode = "int",           \
    .batch_size = 32, .max_length = CORNU_NONE, .shuffle = true, .seed = CORNU_NONE
CORNU_API cornu_dataset *cornu_text_dataset_new(const cornu_text_dataset_args *args);
#ifndef __cplusplus
#define cornu_text_dataset_from_directory(...)                                                     \
    CORNU_KW_(cornu_text_dataset_new(                                                              \
        &(cornu_text_dataset_args){CORNU_TEXT_DATASET_DEFAULTS, .directory = __VA_ARGS__}))
#endif
/* Class names and paths of a dataset from a folder; *borrowed*, NULL past the last or for other
 * datasets (no error pending). */
CORNU_API const char *cornu_dataset_class_name(const cornu_dataset *dataset, size_t index);
CORNU_API const char *cornu_dataset_file_path(const cornu_dataset *dataset, size_t index);
/* One image as uint8 [height, width, channels]; channels 1, 3 or 4, 0: as the file has them. *new*.
 * CORNU_EIO; CORNU_EFORMAT; CORNU_EUNSUPPORTED for other formats, or without the library. */
CORNU_API cornu_tensor *cornu_load_image(const char *path, int channels);

/* ---- walking --------------------------------------------------------------------------------- */
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
