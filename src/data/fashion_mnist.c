/* Fashion-MNIST, 70,000 images of clothes. https://github.com/zalandoresearch/fashion-mnist;
 * keras.datasets.fashion_mnist */
#include "base/file.h"
#include "base/memory.h"
#include <cornu/data.h>
#include <cornu/ops.h>
#include <stdlib.h>

static const char *const labels[] = {
    "T-shirt/top", "Trouser", "Pullover", "Dress", "Coat",
    "Sandal",      "Shirt",   "Sneaker",  "Bag",   "Ankle boot",
};

const char *cornu_fashion_mnist_label(int64_t label) {
    return label >= 0 && label < 10 ? labels[label] : "?";
}

/* The folders that are searched, in this order: environment variable and what follows it. */
static const struct {
    const char *variable, *rest;
} folders[] = {
    {"CORNU_DATA", "/fashion-mnist"},
    {"HOME", "/.keras/datasets/fashion-mnist"},
    {NULL, "/usr/share/datasets/fashion-mnist"},
};

/* The file's path in the first folder that has it, gzip'd or not; *new*. */
static char *find(const char *name) {
    static const char *const endings[] = {".gz", ""};
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        const char *start = folders[i].variable ? getenv(folders[i].variable) : "";
        for (size_t j = 0; start && j < 2; j++) {
            char *path = cornu_format_("%s%s/%s%s", start, folders[i].rest, name, endings[j]);
            if (!path || cornu_file_exists_(path)) return path;
            cornu_free_(path);
        }
    }
    CORNU_FAIL_NULL(
        CORNU_EIO,
        "Fashion-MNIST: no %s.gz in $CORNU_DATA/fashion-mnist, ~/.keras/datasets/fashion-mnist or "
        "/usr/share/datasets/fashion-mnist (Debian and Ubuntu: apt install dataset-fashion-mnist)",
        name
    );
}

static cornu_tensor *load(const char *name) {
    char *path = find(name);
    cornu_tensor *tensor = path ? cornu_load_idx(path) : NULL;
    cornu_free_(path);
    return tensor;
}

/* Labels as int32, as Keras' models take them. */
static cornu_tensor *load_labels(const char *name) {
    cornu_tensor *bytes = load(name), *result = NULL;
    CORNU_SCOPE { result = cornu_tensor_retain(cornu_op_cast(bytes, CORNU_INT32)); }
    cornu_tensor_free(bytes);
    return result;
}

static cornu_dataset *load_part(const char *images_name, const char *labels_name) {
    cornu_tensor *images = load(images_name);
    cornu_tensor *targets = images ? load_labels(labels_name) : NULL;
    cornu_dataset *dataset =
        targets ? cornu_dataset_from_tensors(
                      cornu_tensors(images), .targets = cornu_tensors(targets), .scale = 1.0 / 255
                  )
                : NULL;
    cornu_tensor_free(images);
    cornu_tensor_free(targets);
    return dataset;
}

cornu_status cornu_load_fashion_mnist(cornu_dataset **train, cornu_dataset **test) {
    *test = NULL;
    *train = load_part("train-images-idx3-ubyte", "train-labels-idx1-ubyte");
    if (*train) *test = load_part("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte");
    if (*test) return CORNU_OK;
    cornu_dataset_free(*train);
    *train = NULL;
    return cornu_error_status();
}
