/* The texts of keras.datasets: reviews and newswires as lists of the numbers of words.
 * keras/src/datasets/imdb.py, keras/src/datasets/reuters.py */
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "data/dataset.h"
#include "data/sequences.h"
#include "save/archive.h"
#include "save/keras_datasets.h"
#include "save/pickle.h"
#include "tensor/npy.h"
#include "tensor/tensor.h"
#include <cornu/save.h>
#include <string.h>

/* Texts and their labels, [texts]. */
typedef struct texts {
    cornu_sequences *x;
    cornu_tensor *y;
} texts;

static void clear(texts *self) {
    cornu_sequences_free(self->x);
    cornu_tensor_free(self->y);
    *self = (texts){NULL};
}

/* ---- reading --------------------------------------------------------------------------------- */

static cornu_status read_lists(cornu_archive *archive, const char *member, texts *to) {
    char *bytes;
    size_t size;
    CORNU_TRY(cornu_archive_read_(archive, member, (uint64_t)1 << 34, &bytes, &size));
    to->x = cornu_pickled_lists_(bytes, size, member);
    cornu_free_(bytes);
    return to->x ? CORNU_OK : cornu_error_status();
}

static cornu_status read_labels(cornu_archive *archive, const char *member, texts *to) {
    char *bytes;
    size_t size;
    CORNU_TRY(cornu_archive_read_(archive, member, (uint64_t)1 << 30, &bytes, &size));
    cornu_tensor *read = cornu_npy_from_memory_(bytes, size, member);
    cornu_free_(bytes);
    if (!read) return cornu_error_status();
    bool fits = cornu_tensor_rank(read) == 1 && read->size == (int64_t)to->x->count;
    to->y = fits ? cornu_tensor_converted_(read, CORNU_INT32) : NULL;
    cornu_tensor_free(read);
    if (!fits)
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' has not a label for each of %zu texts", member, to->x->count
        );
    return to->y ? CORNU_OK : CORNU_ENOMEM;
}

/* ---- choosing -------------------------------------------------------------------------------- */

static bool is_common(const cornu_load_texts_args *args, int64_t word, int64_t num_words) {
    return args->skip_top <= word && word < num_words;
}

/* A text as it is given out but for rare words: with its start, and numbers moved up. */
static cornu_status add_text(
    const cornu_load_texts_args *args, const texts *from, size_t index, cornu_sequences *to
) {
    size_t length, at = 0;
    const int32_t *words = cornu_sequences_get(from->x, index, &length);
    bool starts = args->start_char != CORNU_NONE;
    CORNU_TRY(cornu_sequences_add_(to, NULL, length + starts));
    int32_t *out = to->values + to->starts[to->count - 1];
    if (starts) out[at++] = (int32_t)args->start_char;
    for (size_t i = 0; i < length; i++) {
        int64_t word = words[i] + args->index_from;
        if (word < INT32_MIN || word > INT32_MAX)
            CORNU_FAIL(CORNU_EINVAL, "index_from makes a word's number %lld", (long long)word);
        out[at++] = (int32_t)word;
    }
    return CORNU_OK;
}

/* The texts in this order that are short enough. */
static cornu_status in_order(
    const cornu_load_texts_args *args, const texts *from, const int64_t *order, texts *to
) {
    if (!from->x || !from->y) return CORNU_ENOMEM; /* what reading left, had it failed */
    size_t count = from->x->count, kept = 0;
    int32_t *labels = cornu_alloc_array_(count + 1, sizeof *labels);
    const int32_t *given = from->y->storage->data;
    bool starts = args->start_char != CORNU_NONE;
    to->x = cornu_sequences_empty_();
    cornu_status status = labels && to->x ? CORNU_OK : CORNU_ENOMEM;
    for (size_t i = 0; i < count && status == CORNU_OK; i++) {
        size_t index = (size_t)order[i], length;
        (void)cornu_sequences_get(from->x, index, &length);
        if (args->maxlen != CORNU_NONE && (int64_t)(length + starts) >= args->maxlen) continue;
        labels[kept++] = given[index];
        status = add_text(args, from, index, to->x);
    }
    if (status == CORNU_OK && kept == 0)
        status = cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "no text is shorter than maxlen %lld",
            (long long)args->maxlen
        );
    if (status == CORNU_OK) {
        to->y = cornu_tensor_from(CORNU_INT32, cornu_shape((int64_t)kept), labels);
        if (!to->y) status = CORNU_ENOMEM;
    }
    cornu_free_(labels);
    return status;
}

/* Keras takes the largest number for num_words, so that the rarest word of all is left out. */
static int64_t words_wanted(const cornu_load_texts_args *args, const texts *parts, size_t count) {
    int64_t most = 0;
    if (args->num_words != CORNU_NONE && args->num_words != 0) return args->num_words;
    for (size_t i = 0; i < count; i++) {
        const cornu_sequences *x = parts[i].x;
        for (size_t k = 0; k < x->starts[x->count]; k++)
            if (x->values[k] > most) most = x->values[k];
    }
    return most;
}

/* Rare words become oov_char, or go. */
static void drop_rare(const cornu_load_texts_args *args, cornu_sequences *x, int64_t num_words) {
    size_t to = 0, from = 0;
    for (size_t i = 0; i < x->count; i++) {
        for (size_t end = x->starts[i + 1]; from < end; from++) {
            bool common = is_common(args, x->values[from], num_words);
            if (!common && args->oov_char == CORNU_NONE) continue;
            x->values[to++] = common ? x->values[from] : (int32_t)args->oov_char;
        }
        x->starts[i + 1] = to;
    }
}

static int64_t *count_up(size_t count) {
    int64_t *order = cornu_alloc_array_(count + 1, sizeof *order);
    for (size_t i = 0; order && i < count; i++) order[i] = (int64_t)i;
    return order;
}

/* ---- the two sets ---------------------------------------------------------------------------- */

static cornu_status choose_imdb(
    const cornu_load_texts_args *args, const texts from[2], texts chosen[2]
) {
    int64_t *orders[2] = {count_up(from[0].x->count), count_up(from[1].x->count)};
    cornu_status status = orders[0] && orders[1] ? CORNU_OK : CORNU_ENOMEM;
    if (status == CORNU_OK)
        cornu_numpy_shuffle_two_(
            (uint32_t)args->seed, orders[0], (int64_t)from[0].x->count, orders[1],
            (int64_t)from[1].x->count
        );
    for (int i = 0; i < 2 && status == CORNU_OK; i++)
        status = in_order(args, &from[i], orders[i], &chosen[i]);
    for (int i = 0; i < 2; i++) cornu_free_(orders[i]);
    CORNU_TRY(status);
    int64_t words = words_wanted(args, chosen, 2);
    for (int i = 0; i < 2; i++) drop_rare(args, chosen[i].x, words);
    return CORNU_OK;
}

static cornu_status load_imdb(
    const cornu_load_texts_args *args, cornu_archive *archive, texts chosen[2]
) {
    texts from[2] = {{NULL}};
    cornu_status status = read_lists(archive, "x_train.npy", &from[0]);
    if (status == CORNU_OK) status = read_labels(archive, "y_train.npy", &from[0]);
    if (status == CORNU_OK) status = read_lists(archive, "x_test.npy", &from[1]);
    if (status == CORNU_OK) status = read_labels(archive, "y_test.npy", &from[1]);
    if (status == CORNU_OK) status = choose_imdb(args, from, chosen);
    clear(&from[0]);
    clear(&from[1]);
    return status;
}

static cornu_status slice(const texts *from, size_t first, size_t end, texts *to) {
    to->x = cornu_sequences_empty_();
    if (!to->x) return CORNU_ENOMEM;
    for (size_t i = first; i < end; i++) {
        size_t length;
        const int32_t *words = cornu_sequences_get(from->x, i, &length);
        CORNU_TRY(cornu_sequences_add_(to->x, words, length));
    }
    const int32_t *labels = (const int32_t *)from->y->storage->data + first;
    to->y = cornu_tensor_from(CORNU_INT32, cornu_shape((int64_t)(end - first)), labels);
    return to->y ? CORNU_OK : cornu_error_status();
}

static cornu_status load_reuters(
    const cornu_load_texts_args *args, cornu_archive *archive, texts chosen[2]
) {
    texts from = {NULL}, all = {NULL};
    cornu_status status = read_lists(archive, "x.npy", &from);
    if (status == CORNU_OK) status = read_labels(archive, "y.npy", &from);
    int64_t *order = status == CORNU_OK ? count_up(from.x->count) : NULL;
    if (status == CORNU_OK && !order) status = CORNU_ENOMEM;
    if (status == CORNU_OK) {
        cornu_numpy_shuffle_((uint32_t)args->seed, order, (int64_t)from.x->count);
        status = in_order(args, &from, order, &all);
    }
    if (status == CORNU_OK) {
        drop_rare(args, all.x, words_wanted(args, &all, 1));
        size_t train = (size_t)((double)all.x->count * (1 - args->test_split));
        status = slice(&all, 0, train, &chosen[0]);
        if (status == CORNU_OK) status = slice(&all, train, all.x->count, &chosen[1]);
    }
    cornu_free_(order);
    clear(&from);
    clear(&all);
    return status;
}

/* ---- the public functions -------------------------------------------------------------------- */

static cornu_status in_range(const char *name, int64_t value, int64_t least) {
    if (value == CORNU_NONE || (value >= least && value <= INT32_MAX)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "%s must be from %lld to 2^31 - 1, got %lld", name, (long long)least,
        (long long)value
    );
}

static cornu_status check(const cornu_load_texts_args *args) {
    CORNU_TRY(in_range("num_words", args->num_words, 0));
    CORNU_TRY(in_range("skip_top", args->skip_top, 0));
    CORNU_TRY(in_range("maxlen", args->maxlen, 1));
    CORNU_TRY(in_range("start_char", args->start_char, INT32_MIN));
    CORNU_TRY(in_range("oov_char", args->oov_char, INT32_MIN));
    CORNU_TRY(in_range("index_from", args->index_from, INT32_MIN));
    if (args->seed < 0 || args->seed > UINT32_MAX)
        CORNU_FAIL(
            CORNU_EINVAL, "seed must be from 0 to 2^32 - 1, got %lld", (long long)args->seed
        );
    if (args->test_split >= 0 && args->test_split <= 1) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "test_split must be from 0 to 1, got %g", args->test_split);
}

typedef cornu_status loader(
    const cornu_load_texts_args *args, cornu_archive *archive, texts chosen[2]
);

static cornu_status load(const cornu_load_texts_args *args, const char *usual, loader *function) {
    if (!args->data) return cornu_error_null("data");
    *args->data = (cornu_text_data){NULL};
    CORNU_TRY(check(args));
    char *path = args->path ? cornu_strdup_(args->path) : cornu_find_data_(usual);
    if (!path) return cornu_error_status();
    cornu_archive *archive = NULL;
    texts chosen[2] = {{NULL}};
    cornu_status status = cornu_archive_open_(&archive, path);
    if (status == CORNU_OK) {
        status = function(args, archive, chosen);
        if (status != CORNU_OK) (void)cornu_error_context("'%s'", path);
    }
    cornu_archive_close_(archive);
    cornu_free_(path);
    *args->data = (cornu_text_data){chosen[0].x, chosen[1].x, chosen[0].y, chosen[1].y};
    if (status != CORNU_OK) cornu_text_data_clear(args->data);
    return status;
}

cornu_status cornu_load_imdb_with(const cornu_load_texts_args *args) {
    return load(args, "imdb.npz", load_imdb);
}

cornu_status cornu_load_reuters_with(const cornu_load_texts_args *args) {
    return load(args, "reuters.npz", load_reuters);
}

void cornu_text_data_clear(cornu_text_data *data) {
    if (!data) return;
    cornu_sequences_free(data->x_train);
    cornu_sequences_free(data->x_test);
    cornu_tensor_free(data->y_train);
    cornu_tensor_free(data->y_test);
    *data = (cornu_text_data){NULL};
}
