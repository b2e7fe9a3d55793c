/* The data sets of keras.datasets, from files that are there. keras/src/datasets */
#include "save/keras_datasets.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/rows.h"
#include "tensor/tensor.h"
#include <cornu/save.h>
#include <stdlib.h>
#include <string.h>

/* ---- finding files --------------------------------------------------------------------------- */

static const struct {
    const char *variable, *rest;
    bool without_home; /* only if CORNU_HOME is not set */
} folders[] = {
    {"CORNU_HOME", "", false},
    {"HOME", "/.cache/cornu", true},
    {"CORNU_DATA", "", false},
    {"HOME", "/.keras/datasets", false},
};

/* The path of a file in the first folder that has it, or NULL (no error but CORNU_ENOMEM). */
static char *look_for(const char *name) {
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        const char *start = getenv(folders[i].variable);
        if (!start || (folders[i].without_home && getenv("CORNU_HOME"))) continue;
        char *path = cornu_format_("%s%s/%s", start, folders[i].rest, name);
        if (!path || cornu_file_exists_(path)) return path;
        cornu_free_(path);
    }
    return NULL;
}

char *cornu_find_data_(const char *name) {
    char *path = look_for(name);
    if (path || cornu_error_status() == CORNU_ENOMEM) return path;
    CORNU_FAIL_NULL(
        CORNU_EIO,
        "no '%s' in $CORNU_HOME (or ~/.cache/cornu), $CORNU_DATA or ~/.keras/datasets; nothing is "
        "downloaded",
        name
    );
}

/* ---- making datasets ------------------------------------------------------------------------- */

static cornu_dataset *make(cornu_tensor *x, cornu_tensor *y, bool images) {
    cornu_tensor *labels = NULL;
    if (!x || !y) return NULL;
    bool whole = !cornu_dtype_is_float(cornu_tensor_dtype(y));
    labels = whole ? cornu_tensor_converted_(y, CORNU_INT32) : cornu_tensor_retain(y);
    cornu_dataset *made = labels ? cornu_dataset_from_tensors(
                                       cornu_tensors(x), .targets = cornu_tensors(labels),
                                       .scale = images ? 1.0 / 255 : 0
                                   )
                                 : NULL;
    cornu_tensor_free(labels);
    return made;
}

static cornu_status both(cornu_dataset **train, cornu_dataset **test) {
    if (*train && *test) return CORNU_OK;
    cornu_dataset_free(*train);
    cornu_dataset_free(*test);
    *train = *test = NULL;
    return cornu_error_status();
}

/* x_train, y_train, x_test, y_test of an archive. */
static cornu_status load_parts(
    const char *path, bool images, cornu_dataset **train, cornu_dataset **test
) {
    *train = *test = NULL;
    cornu_npz *arrays = path ? cornu_load_npz(path) : NULL;
    if (!arrays) return cornu_error_status();
    *train = make(cornu_npz_get(arrays, "x_train"), cornu_npz_get(arrays, "y_train"), images);
    if (*train)
        *test = make(cornu_npz_get(arrays, "x_test"), cornu_npz_get(arrays, "y_test"), images);
    cornu_npz_free(arrays);
    cornu_status status = both(train, test);
    return status == CORNU_OK ? CORNU_OK : cornu_error_context("'%s'", path);
}

/* ---- MNIST ----------------------------------------------------------------------------------- */

static cornu_tensor *load_idx(const char *name) {
    static const char *const endings[] = {"", ".gz"};
    for (size_t i = 0; i < 2; i++) {
        char *file = cornu_format_("mnist/%s%s", name, endings[i]);
        char *path = file ? look_for(file) : NULL;
        cornu_tensor *made = path ? cornu_load_idx(path) : NULL;
        bool over = path || !file || cornu_error_status() == CORNU_ENOMEM;
        cornu_free_(file);
        cornu_free_(path);
        if (over) return made;
    }
    return NULL;
}

static cornu_dataset *load_idx_part(const char *images, const char *labels) {
    cornu_tensor *x = load_idx(images), *y = x ? load_idx(labels) : NULL;
    cornu_dataset *made = make(x, y, true);
    cornu_tensor_free(x);
    cornu_tensor_free(y);
    return made;
}

cornu_status cornu_load_mnist(cornu_dataset **train, cornu_dataset **test) {
    cornu_error_clear();
    *train = *test = NULL;
    char *path = look_for("mnist.npz");
    if (path) {
        cornu_status status = load_parts(path, true, train, test);
        cornu_free_(path);
        return status;
    }
    *train = load_idx_part("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    if (*train) *test = load_idx_part("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
    if ((!*train || !*test) && cornu_error_status() == CORNU_OK)
        cornu_free_(cornu_find_data_("mnist.npz"));
    return both(train, test);
}

/* ---- CIFAR ----------------------------------------------------------------------------------- */

enum { PIXELS = 32 * 32, CIFAR_IMAGE = 3 * PIXELS };

/* Adds the records of one file: `skip` bytes, a label, an image plane after plane. */
static cornu_status read_cifar(
    const char *name, size_t before, size_t after, size_t records, uint8_t *images, int32_t *labels
) {
    char *path = cornu_find_data_(name), *bytes = NULL;
    size_t size = 0, record = before + 1 + after + CIFAR_IMAGE;
    if (!path) return cornu_error_status();
    cornu_status status = cornu_file_read_(path, records * record, &bytes, &size);
    if (status == CORNU_OK && size != records * record)
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "'%s' has %zu bytes, expected %zu", path, size,
            records * record
        );
    for (size_t i = 0; status == CORNU_OK && i < records; i++) {
        const uint8_t *at = (const uint8_t *)bytes + i * record;
        labels[i] = at[before];
        at += before + 1 + after;
        for (size_t k = 0; k < CIFAR_IMAGE; k++)
            images[i * CIFAR_IMAGE + k] = at[(k % 3) * PIXELS + k / 3];
    }
    cornu_free_(bytes);
    cornu_free_(path);
    return status;
}

/* `files`: patterns of names, each of `records` records. */
static cornu_dataset *load_cifar(
    const char *const *files, size_t count, size_t records, size_t before, size_t after
) {
    int64_t samples = (int64_t)(count * records);
    cornu_tensor *x = cornu_tensor_new(CORNU_UINT8, cornu_shape(samples, 32, 32, 3));
    cornu_tensor *y = x ? cornu_tensor_new(CORNU_INT32, cornu_shape(samples, 1)) : NULL;
    cornu_status status = y ? CORNU_OK : cornu_error_status();
    for (size_t i = 0; y && i < count && status == CORNU_OK; i++)
        status = read_cifar(
            files[i], before, after, records,
            (uint8_t *)x->storage->data + i * records * CIFAR_IMAGE,
            (int32_t *)y->storage->data + i * records
        );
    cornu_dataset *made = status == CORNU_OK ? make(x, y, true) : NULL;
    cornu_tensor_free(x);
    cornu_tensor_free(y);
    return made;
}

cornu_status cornu_load_cifar10(cornu_dataset **train, cornu_dataset **test) {
    static const char *const files[] = {
        "cifar-10-batches-bin/data_batch_1.bin", "cifar-10-batches-bin/data_batch_2.bin",
        "cifar-10-batches-bin/data_batch_3.bin", "cifar-10-batches-bin/data_batch_4.bin",
        "cifar-10-batches-bin/data_batch_5.bin", "cifar-10-batches-bin/test_batch.bin"};
    *test = NULL;
    *train = load_cifar(files, 5, 10000, 0, 0);
    if (*train) *test = load_cifar(files + 5, 1, 10000, 0, 0);
    return both(train, test);
}

cornu_status cornu_load_cifar100(bool coarse, cornu_dataset **train, cornu_dataset **test) {
    static const char *const files[] = {"cifar-100-binary/train.bin", "cifar-100-binary/test.bin"};
    *test = NULL;
    *train = load_cifar(files, 1, 50000, !coarse, coarse);
    if (*train) *test = load_cifar(files + 1, 1, 10000, !coarse, coarse);
    return both(train, test);
}

/* ---- houses ---------------------------------------------------------------------------------- */

static cornu_dataset *some_rows(
    const cornu_tensor *x, const cornu_tensor *y, const int64_t *order, int64_t count
) {
    cornu_tensor *a = cornu_rows_gather_(x, order, count);
    cornu_tensor *b = a ? cornu_rows_gather_(y, order, count) : NULL;
    cornu_dataset *made = make(a, b, false);
    cornu_tensor_free(a);
    cornu_tensor_free(b);
    return made;
}

/* Keras: np.random.RandomState(113).shuffle, the last fifth is the test. */
static cornu_status part(
    const cornu_tensor *x, const cornu_tensor *y, int64_t limit, cornu_dataset **train,
    cornu_dataset **test
) {
    if (!x || !y) return cornu_error_status();
    int64_t count = cornu_tensor_rank(x) > 0 ? cornu_tensor_dim(x, 0) : 0;
    if (count < 5 || cornu_tensor_rank(y) < 1 || cornu_tensor_dim(y, 0) != count)
        CORNU_FAIL(CORNU_EFORMAT, "x and y have not the same samples, at least five");
    if (limit > 0 && limit < count) count = limit;
    int64_t kept = (int64_t)((double)count * (1 - 0.2));
    int64_t *order = cornu_alloc_array_((size_t)count, sizeof *order);
    if (!order) return CORNU_ENOMEM;
    for (int64_t i = 0; i < count; i++) order[i] = i;
    cornu_numpy_shuffle_(113, order, count);
    *train = some_rows(x, y, order, kept);
    if (*train) *test = some_rows(x, y, order + kept, count - kept);
    cornu_free_(order);
    return both(train, test);
}

static cornu_status load_houses(
    const char *name, int64_t limit, cornu_dataset **train, cornu_dataset **test
) {
    *train = *test = NULL;
    char *path = cornu_find_data_(name);
    cornu_npz *arrays = path ? cornu_load_npz(path) : NULL;
    cornu_status status =
        arrays ? part(cornu_npz_get(arrays, "x"), cornu_npz_get(arrays, "y"), limit, train, test)
               : cornu_error_status();
    if (arrays && status != CORNU_OK) (void)cornu_error_context("'%s'", path);
    cornu_npz_free(arrays);
    cornu_free_(path);
    return status;
}

cornu_status cornu_load_boston_housing(cornu_dataset **train, cornu_dataset **test) {
    return load_houses("boston_housing.npz", 0, train, test);
}

cornu_status cornu_load_california_housing(
    bool small, cornu_dataset **train, cornu_dataset **test
) {
    return load_houses("california_housing.npz", small ? 600 : 0, train, test);
}
