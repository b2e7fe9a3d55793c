/* Files: Keras' .keras archives and .weights.h5. Everything is written beside its target, flushed
 * to disk and renamed, so that a file is either the old one or the new one. With
 * CORNU_FILE_LOCKING=1 in the environment HDF5's locks are heeded and held besides. Layout:
 * https://keras.io/guides/serialization_and_saving/
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         cornu_model *model = cornu_sequential(cornu_input(4), cornu_layer_dense(2));
 *         cornu_check(cornu_save(model, "model.keras"));            // opens in Keras 3
 *         cornu_check(cornu_save_weights(model, "model.weights.h5"));
 *         cornu_model *copy = cornu_load("model.keras");            // new
 *         cornu_check(copy);
 *         cornu_check(cornu_load_weights(copy, "model.weights.h5"));
 *         char path[64];
 *         cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(copy));
 *         cornu_check(cornu_weight_path(copy, weights.items[0], path, sizeof path));
 *         printf("%s\n", path);                                     // layers/dense/vars/0
 *         cornu_model_free(copy);
 *         cornu_model_free(model);
 *     }
 */
#ifndef CORNU_SAVE_H
#define CORNU_SAVE_H

#include <cornu/data.h>
#include <cornu/model.h>
#include <cornu/sequences.h>
#include <cornu/state.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The whole model: architecture, weights, compile settings, optimizer state. `path` ends in
 * ".keras", or in ".h5" or ".hdf5" for the format that Keras 1 and 2 had and Keras 3 still reads.
 * CORNU_EIO; CORNU_EINVAL (another ending); CORNU_EUNSUPPORTED (a model around a function in C,
 * which cannot be described; in .h5 also operations on tensors); CORNU_ESTATE names a layer that
 * has no weights yet. */
CORNU_API cornu_status cornu_save(cornu_model *model, const char *path);
typedef struct cornu_save_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_save_args));
    CORNU_ARG(const char *, path, NULL);
    /* A few samples for each input of the model, borrowed: they and what the model gives for them
     * go into a .keras file, for cornu_check_file. Keras does not look at them. */
    CORNU_ARG(cornu_tensor_list, self_test_inputs, {});
    /* With these, of a compiled model, also the losses of a few steps of training on them, taken by
     * a copy that is loaded from the file; borrowed. */
    CORNU_ARG(cornu_tensor_list, self_test_targets, {});
    CORNU_ARG(int64_t, self_test_steps, 3);
} cornu_save_args;
#define CORNU_SAVE_DEFAULTS .size_ = sizeof(cornu_save_args), .self_test_steps = 3
/* The same; CORNU_EINVAL for inputs of another number than the model's, or in .h5, which has no
 * place for a self-test; CORNU_ESTATE for targets and a model that is not compiled;
 * CORNU_EUNSUPPORTED for targets and a model whose training is random. */
CORNU_API cornu_status cornu_save_with(cornu_model *model, const cornu_save_args *args);
#ifndef __cplusplus
#define cornu_save_model(model, ...)                                                               \
    CORNU_KW_(cornu_save_with(                                                                     \
        (model), &(cornu_save_args){CORNU_SAVE_DEFAULTS, .path = __VA_ARGS__}                      \
    ))
#endif
/* *new* model, compiled if the file says so: a .keras archive, or a whole model in a legacy .h5 of
 * Keras 1.2, 2 or tf.keras, whose arguments and weights are converted to those of today. CORNU_EIO,
 * CORNU_EFORMAT; CORNU_EUNKNOWN lists every unknown class with its place in one message;
 * CORNU_EUNSUPPORTED (encrypted, weights that are not HDF5, Python's lambdas, an argument that is
 * not known here); CORNU_ESHAPE and CORNU_EINVAL for weights and arguments that do not fit. */
CORNU_API cornu_model *cornu_load(const char *path);
typedef struct cornu_load_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_load_args));
    CORNU_ARG(const char *, path, NULL);
    CORNU_ARG(bool, compile, true); /* restore optimizer, loss and metrics too */
    /* The file is your own: HDF5 is read in this process. Otherwise another one reads it,
     * cornu-read, which can touch nothing else, so that a hostile file can crash or occupy only
     * that one. Where it cannot be started (CORNU_EUNSUPPORTED), this is the way to load at all.
     * A trusted model may also need any memory: of another no block may be larger than 256 MiB, 64
     * times its file and 4096 times the batch together, when it is loaded, predicts or evaluates
     * (CORNU_ENOMEM). */
    CORNU_ARG(bool, trusted, false);
} cornu_load_args;
#define CORNU_LOAD_DEFAULTS .size_ = sizeof(cornu_load_args), .compile = true
CORNU_API cornu_model *cornu_load_with(const cornu_load_args *args);
#ifndef __cplusplus
#define cornu_load_model(...)                                                                      \
    CORNU_KW_(cornu_load_with(&(cornu_load_args){CORNU_LOAD_DEFAULTS, .path = __VA_ARGS__}))
#endif

typedef struct cornu_check_file_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_check_file_args));
    CORNU_ARG(const char *, path, NULL);
    CORNU_ARG(double, rtol, 1e-4); /* |expected - found| <= atol + rtol * |expected| */
    CORNU_ARG(double, atol, 1e-5);
    CORNU_ARG(bool, trusted, false); /* as in cornu_load_args */
} cornu_check_file_args;
#define CORNU_CHECK_FILE_DEFAULTS                                                                  \
    .size_ = sizeof(cornu_check_file_args), .rtol = 1e-4, .atol = 1e-5
/* Loads a .keras file and runs the self-test in it: does the model still give what it gave where
 * the file was written? CORNU_EFORMAT names the first difference; CORNU_EUNKNOWN: the file has no
 * self-test; also what cornu_load says. */
CORNU_API cornu_status cornu_check_file_with(const cornu_check_file_args *args);
#ifndef __cplusplus
#define cornu_check_file(...)                                                                      \
    CORNU_KW_(cornu_check_file_with(                                                               \
        &(cornu_check_file_args){CORNU_CHECK_FILE_DEFAULTS, .path = __VA_ARGS__}))
#endif

/* What a model's file (.keras or legacy .h5) needs that is not here, before any of it is made:
 * which version of Keras wrote it, then a line for every unknown class and argument with its place,
 * and for every argument whose meaning has changed. *new* text (cornu_free); `problems` (may be
 * NULL) gets how many of the lines stand in the way of loading. CORNU_EIO, CORNU_EFORMAT. */
CORNU_API char *cornu_file_report(const char *path, size_t *problems);

/* The weights, and the optimizer's state if the model is compiled. `path` ends in ".weights.h5", or
 * in ".h5" or ".hdf5" for the weights alone in the older format. CORNU_ESTATE names a layer that
 * has no weights yet. */
CORNU_API cornu_status cornu_save_weights(cornu_model *model, const char *path);
typedef struct cornu_save_weights_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_save_weights_args));
    CORNU_ARG(const char *, path, NULL);
    CORNU_ARG(double, max_shard_size, 5); /* of a path ending in ".weights.json": gigabytes */
    /* layers that are left out, with all below them; borrowed. Not in .h5 of the older format:
     * CORNU_EUNSUPPORTED */
    CORNU_ARG(cornu_layer *const *, objects_to_skip, NULL);
    CORNU_ARG(size_t, skip_count, 0);
} cornu_save_weights_args;
#define CORNU_SAVE_WEIGHTS_DEFAULTS                                                                \
    .size_ = sizeof(cornu_save_weights_args), .max_shard_size = 5
/* The same; a path that ends in ".weights.json" becomes a map of several files beside it, none with
 * more than `max_shard_size` gigabytes of weights. CORNU_EINVAL names a variable larger than that.
 */
CORNU_API cornu_status
cornu_save_weights_with(cornu_model *model, const cornu_save_weights_args *args);
#ifndef __cplusplus
#define cornu_save_weights(model, ...)                                                             \
    CORNU_KW_(cornu_save_weights_with(                                                             \
        (model), &(cornu_save_weights_args){CORNU_SAVE_WEIGHTS_DEFAULTS, .path = __VA_ARGS__}      \
    ))
#endif
typedef struct cornu_load_weights_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_load_weights_args));
    CORNU_ARG(const char *, path, NULL);
    CORNU_ARG(bool, skip_mismatch, false); /* what does not fit keeps its values */
    /* legacy files: layers by their names, not their order; those of other names stay */
    CORNU_ARG(bool, by_name, false);
    /* layers that stay as they are, with all below them; borrowed */
    CORNU_ARG(cornu_layer *const *, objects_to_skip, NULL);
    CORNU_ARG(size_t, skip_count, 0);
    CORNU_ARG(bool, trusted, false); /* as in cornu_load_args */
} cornu_load_weights_args;
#define CORNU_LOAD_WEIGHTS_DEFAULTS .size_ = sizeof(cornu_load_weights_args)
/* Reads a .weights.h5, the weights in a .keras archive, or a legacy .h5 into a built model: all or
 * nothing. CORNU_ESHAPE and CORNU_EFORMAT name every layer that does not fit, expected against
 * found; CORNU_ESTATE one that has no weights yet; CORNU_EIO; CORNU_EUNSUPPORTED (by_name with a
 * file that has no names). An optimizer state of another count is left out, as in Keras. */
CORNU_API cornu_status
cornu_load_weights_with(cornu_model *model, const cornu_load_weights_args *args);
CORNU_API cornu_status cornu_load_weights(cornu_model *model, const char *path);
#ifndef __cplusplus
#define cornu_load_weights(model, ...)                                                             \
    CORNU_KW_(cornu_load_weights_with(                                                             \
        (model), &(cornu_load_weights_args){CORNU_LOAD_WEIGHTS_DEFAULTS, .path = __VA_ARGS__}      \
    ))
#endif
/* Where a weight of a built model stands in a weights file: "layers/dense/vars/0". Writes it to
 * `text` (of `size` bytes). CORNU_EINVAL if the variable is none of the model's, or if the room is
 * too small; CORNU_ESTATE if a layer has no weights yet. */
CORNU_API cornu_status
cornu_weight_path(cornu_model *model, const cornu_tensor *weight, char *text, size_t size);

/* NumPy's .npz archive of `count` arrays under their names. CORNU_EIO; CORNU_EINVAL for a name that
 * is empty or comes twice; CORNU_ESTATE for a tensor without values. */
CORNU_API cornu_status cornu_save_npz(
    const char *path, const char *const *names, cornu_tensor *const *tensors, size_t count
);
/* States (state.h) as .npz archives, which numpy.load opens. Loading gives a *new* state, or NULL.
 * CORNU_EIO, CORNU_EFORMAT (damaged: the archive's checksums are compared). */
CORNU_API cornu_status cornu_state_save(const cornu_state *state, const char *path);
CORNU_API cornu_state *cornu_state_load(const char *path);
/* And reading one, names without ".npy", in the order of the file. *new*. CORNU_EIO; CORNU_EFORMAT
 * (no archive, damaged, an array of Python objects, which would have to run code);
 * CORNU_EUNSUPPORTED (types without a counterpart). */
typedef struct cornu_npz cornu_npz;
CORNU_API cornu_npz *cornu_load_npz(const char *path);
CORNU_API void cornu_npz_free(cornu_npz *arrays); /* NULL is fine */
CORNU_API size_t cornu_npz_count(const cornu_npz *arrays);
/* *borrowed*; NULL past the last (no error pending) */
CORNU_API const char *cornu_npz_name(const cornu_npz *arrays, size_t index);
/* *borrowed*; NULL with CORNU_EUNKNOWN, which lists what there is */
CORNU_API cornu_tensor *cornu_npz_get(const cornu_npz *arrays, const char *name);

/* ---- arrays in HDF5 files -------------------------------------------------------------------- */
/* A dataset of an HDF5 file, "group/name", as a *new* tensor. CORNU_EIO, CORNU_EFORMAT,
 * CORNU_EUNKNOWN if there is none. */
CORNU_API cornu_tensor *cornu_load_hdf5(const char *path, const char *name);
/* Datasets of a file, samples along their first axis, as a dataset for fit: of files larger than
 * memory, too, since only the rows of a batch are read. What is packed or kept in chunks (h5py does
 * so when asked) is read whole if it has up to `whole_limit` bytes; of larger datasets a part of
 * some MiB of neighbouring rows is unpacked at a time, and shuffling mixes the parts, and the rows
 * of each part. *new*.
 *
 *     cornu_dataset *data = cornu_dataset_from_hdf5("big.h5",
 *         .inputs = cornu_texts("x"), .targets = cornu_texts("y"));
 */
typedef struct cornu_dataset_from_hdf5_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_dataset_from_hdf5_args));
    CORNU_ARG(const char *, path, NULL);
    CORNU_ARG(cornu_texts, inputs, {});
    CORNU_ARG(cornu_texts, targets, {});
    CORNU_ARG(const char *, sample_weight, NULL);
    CORNU_ARG(int64_t, whole_limit, (int64_t)1 << 28);
} cornu_dataset_from_hdf5_args;
#define CORNU_DATASET_FROM_HDF5_DEFAULTS                                                           \
    .size_ = sizeof(cornu_dataset_from_hdf5_args), .whole_limit = (int64_t)1 << 28
CORNU_API cornu_dataset *cornu_dataset_from_hdf5_new(const cornu_dataset_from_hdf5_args *args);
#ifndef __cplusplus
#define cornu_dataset_from_hdf5(...)                                                               \
    CORNU_KW_(cornu_dataset_from_hdf5_new(                                                         \
        &(cornu_dataset_from_hdf5_args){CORNU_DATASET_FROM_HDF5_DEFAULTS, .path = __VA_ARGS__}))
#endif

/* ---- the data sets of keras.datasets --------------------------------------------------------- */
/* For files that are there already; nothing is downloaded. They are looked for in $CORNU_HOME,
 * ~/.cache/cornu (if CORNU_HOME is not set), $CORNU_DATA and ~/.keras/datasets. Both datasets are
 * *new*, and NULL after a failure: CORNU_EIO lists where was searched, CORNU_EFORMAT names a
 * damaged file. https://keras.io/api/datasets/ */
/* mnist.npz, or the four IDX files (plain or gzip'd) in a folder mnist: images [28, 28] as float32
 * in 0..1 when batched, labels int32. cornu/data.h has cornu_load_fashion_mnist. */
CORNU_API cornu_status cornu_load_mnist(cornu_dataset **train, cornu_dataset **test);
/* The binary version, in the folders cifar-10-batches-bin and cifar-100-binary: images [32, 32, 3]
 * likewise, labels int32 [samples, 1]. `coarse`: the 20 groups of CIFAR-100, not its 100 classes.
 */
CORNU_API cornu_status cornu_load_cifar10(cornu_dataset **train, cornu_dataset **test);
CORNU_API cornu_status
cornu_load_cifar100(bool coarse, cornu_dataset **train, cornu_dataset **test);
/* boston_housing.npz and california_housing.npz, shuffled and parted as Keras does with test_split
 * 0.2 and seed 113: the same samples. `small`: the first 600. */
CORNU_API cornu_status cornu_load_boston_housing(cornu_dataset **train, cornu_dataset **test);
CORNU_API cornu_status
cornu_load_california_housing(bool small, cornu_dataset **train, cornu_dataset **test);
/* Texts as lists of the words' numbers, and int32 labels [texts]: imdb.npz and reuters.npz as Keras
 * has them, shuffled, filtered and parted by the same numbers. Their arrays of Python lists are
 * read without running anything: lists of whole numbers, and nothing else.
 *
 *     cornu_text_data texts;
 *     cornu_check(cornu_load_imdb(&texts, .num_words = 10000));
 *     cornu_tensor *x = cornu_pad_sequences(texts.x_train, .maxlen = 80);
 *
 * CORNU_EINVAL if no text is shorter than maxlen; statuses as above.
 * keras/src/datasets/imdb.py, keras/src/datasets/reuters.py */
typedef struct cornu_text_data {
    cornu_sequences *x_train, *x_test;
    cornu_tensor *y_train, *y_test;
} cornu_text_data;
CORNU_API void cornu_text_data_clear(cornu_text_data *data); /* frees and empties; NULL is fine */
typedef struct cornu_load_texts_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_load_texts_args));
    CORNU_ARG(cornu_text_data *, data, NULL);  /* out: all *new*, all NULL after a failure */
    CORNU_ARG(const char *, path, NULL);       /* none: looked for as above */
    CORNU_ARG(int64_t, num_words, CORNU_NONE); /* rarer words become oov_char */
    CORNU_ARG(int64_t, skip_top, 0);           /* so many of the most frequent words, too */
    CORNU_ARG(int64_t, maxlen, CORNU_NONE);    /* texts of this length and more are left out */
    CORNU_ARG(double, test_split, 0.2);        /* reuters */
    CORNU_ARG(int64_t, seed, 113);
    CORNU_ARG(int64_t, start_char, 1);         /* before every text; CORNU_NONE: nothing */
    CORNU_ARG(int64_t, oov_char, 2);           /* CORNU_NONE: such words are left out */
    CORNU_ARG(int64_t, index_from, 3);         /* added to the numbers of words */
} cornu_load_texts_args;
#define CORNU_LOAD_TEXTS_DEFAULTS                                                                  \
    .size_ = sizeof(cornu_load_texts_args), .num_words = CORNU_NONE, .maxlen = CORNU_NONE,         \
    .test_split = 0.2, .seed = 113, .start_char = 1, .oov_char = 2, .index_from = 3
CORNU_API cornu_status cornu_load_imdb_with(const cornu_load_texts_args *args);
CORNU_API cornu_status cornu_load_reuters_with(const cornu_load_texts_args *args);
#ifndef __cplusplus
#define cornu_load_imdb(...)                                                                       \
    CORNU_KW_(cornu_load_imdb_with(                                                                \
        &(cornu_load_texts_args){CORNU_LOAD_TEXTS_DEFAULTS, .data = __VA_ARGS__}))
#define cornu_load_reuters(...)                                                                    \
    CORNU_KW_(cornu_load_reuters_with(                                                             \
        &(cornu_load_texts_args){CORNU_LOAD_TEXTS_DEFAULTS, .data = __VA_ARGS__}))
#endif

/* A file of `size` bytes, for programs that write beside the library's files and want the same
 * promise. CORNU_EIO. */
CORNU_API cornu_status cornu_save_bytes(const char *path, const void *bytes, size_t size);
/* Makes a folder and those above it that are missing. CORNU_EIO. */
CORNU_API cornu_status cornu_make_folder(const char *path);

/* A file that grows record by record, for callbacks that log. Opening makes it if need be, and
 * neither writes nor cuts; *new*, CORNU_EIO. A record is written as a whole: after a failure (a
 * full disk) the file is what it was. cornu_log_file_cut leaves the first `size` bytes,
 * CORNU_EFORMAT if there are fewer; cornu_log_file_sync has all reach the disk. */
typedef struct cornu_log_file cornu_log_file;
CORNU_API cornu_log_file *cornu_log_file_open(const char *path);
CORNU_API void cornu_log_file_close(cornu_log_file *file);
CORNU_API int64_t cornu_log_file_size(const cornu_log_file *file);
CORNU_API cornu_status cornu_log_file_cut(cornu_log_file *file, int64_t size);
CORNU_API cornu_status cornu_log_file_write(cornu_log_file *file, const void *bytes, size_t size);
CORNU_API cornu_status cornu_log_file_sync(cornu_log_file *file);

#ifdef __cplusplus
}
#endif
#endif
