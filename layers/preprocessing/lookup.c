/* Vocabularies: checking, setting, learning from data. See lookup.h. */
#include "lookup.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- settings ---- */

static cornu_status read_mode(const char *mode, cornu_lookup_mode *read) {
    static const struct {
        const char *name;
        cornu_lookup_mode mode;
    } modes[] = {
        {"int", CORNU_LOOKUP_INT},
        {"one_hot", CORNU_LOOKUP_ONE_HOT},
        {"multi_hot", CORNU_LOOKUP_MULTI_HOT},
        {"count", CORNU_LOOKUP_COUNT},
        {"tf_idf", CORNU_LOOKUP_TF_IDF},
        {"binary", CORNU_LOOKUP_MULTI_HOT}, /* names of older versions */
        {"tf-idf", CORNU_LOOKUP_TF_IDF},
    };
    for (size_t i = 0; mode != NULL && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(mode, modes[i].name) == 0) return *read = modes[i].mode, CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL,
        "output_mode must be 'int', 'one_hot', 'multi_hot', 'count' or 'tf_idf', got '%.50s'",
        mode != NULL ? mode : ""
    );
}

cornu_status cornu_lookup_check_(cornu_lookup *lookup, const char *output_mode, bool sparse) {
    CORNU_TRY(read_mode(output_mode, &lookup->mode));
    if (lookup->max_tokens != CORNU_NONE && lookup->max_tokens <= 1)
        CORNU_FAIL(
            CORNU_EINVAL, "max_tokens must be greater than 1, got %" PRId64, lookup->max_tokens
        );
    if (lookup->pad_to_max_tokens && lookup->max_tokens == CORNU_NONE)
        CORNU_FAIL(CORNU_EINVAL, "pad_to_max_tokens needs max_tokens");
    if (lookup->num_oov_indices < 0 || lookup->num_oov_indices > INT32_MAX)
        CORNU_FAIL(
            CORNU_EINVAL, "num_oov_indices must not be negative, got %" PRId64,
            lookup->num_oov_indices
        );
    if (lookup->invert && lookup->mode != CORNU_LOOKUP_INT)
        CORNU_FAIL(
            CORNU_EINVAL, "with invert, output_mode must be 'int', got '%.50s'", output_mode
        );
    if (lookup->frozen_size != CORNU_NONE && lookup->frozen_size < 0)
        CORNU_FAIL(CORNU_EINVAL, "vocabulary_size must not be negative");
    if (sparse) CORNU_FAIL(CORNU_EUNSUPPORTED, "there are no sparse tensors");
    return CORNU_OK;
}

void cornu_lookup_free_(cornu_lookup *lookup) {
    cornu_terms_free_(&lookup->terms);
    cornu_terms_free_(&lookup->seen);
    cornu_free(lookup->idf);
    lookup->idf = NULL;
}

/* The number of the first one for terms outside the vocabulary: masks have a number only where
 * numbers come out. */
static int64_t oov_start(const cornu_lookup *lookup) {
    return lookup->has_mask && lookup->mode == CORNU_LOOKUP_INT ? 1 : 0;
}

int64_t cornu_lookup_first_(const cornu_lookup *lookup) {
    return oov_start(lookup) + lookup->num_oov_indices;
}

int64_t cornu_lookup_size_(const cornu_lookup *lookup) {
    return (int64_t)lookup->terms.count + cornu_lookup_first_(lookup);
}

/* ---- setting ---- */

static bool equal(cornu_bytes a, cornu_bytes b) {
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

/* A term in a message. */
static const char *show(const cornu_lookup *lookup, cornu_bytes term, char text[64]) {
    int64_t number;
    if (lookup->numbers) {
        memcpy(&number, term.data, sizeof number);
        snprintf(text, 64, "%" PRId64, number);
    } else {
        snprintf(text, 64, "'%.*s'", term.size < 50 ? (int)term.size : 50, term.data);
    }
    return text;
}

static bool begins_with_special(
    const cornu_lookup *lookup, const cornu_bytes *terms, size_t count
) {
    int64_t first = cornu_lookup_first_(lookup), oov = oov_start(lookup);
    if ((int64_t)count < first) return false;
    for (int64_t i = 0; i < first; i++)
        if (!equal(terms[i], i < oov ? lookup->mask : lookup->oov)) return false;
    return true;
}

static cornu_status check_reserved(const cornu_lookup *lookup, cornu_bytes term) {
    char text[64];
    bool mask = lookup->has_mask && equal(term, lookup->mask);
    if (mask || (lookup->invert && equal(term, lookup->oov)))
        CORNU_FAIL(
            CORNU_EINVAL,
            "the vocabulary has the %s %s among its terms; it may stand at their beginning only, "
            "with all other special ones",
            mask ? "mask_token" : "oov_token", show(lookup, term, text)
        );
    return CORNU_OK;
}

static cornu_status add_terms(
    const cornu_lookup *lookup, const cornu_bytes *terms, size_t count, cornu_terms *made
) {
    char text[64];
    for (size_t i = 0; i < count; i++) {
        size_t index;
        bool added;
        CORNU_TRY(check_reserved(lookup, terms[i]));
        CORNU_TRY(cornu_terms_add_(made, terms[i], &index, &added));
        if (!added)
            CORNU_FAIL(
                CORNU_EINVAL, "the vocabulary has the term %s twice", show(lookup, terms[i], text)
            );
    }
    return CORNU_OK;
}

/* A vocabulary of another size would change what comes out of a layer that is in use. */
static cornu_status check_size(const cornu_lookup *lookup, int64_t size) {
    if (lookup->max_tokens != CORNU_NONE && size > lookup->max_tokens)
        CORNU_FAIL(
            CORNU_EINVAL, "the vocabulary has %" PRId64 " terms, max_tokens allows %" PRId64, size,
            lookup->max_tokens
        );
    bool free_to_change = lookup->mode == CORNU_LOOKUP_INT || lookup->pad_to_max_tokens ||
                          lookup->frozen_size == CORNU_NONE;
    if (!free_to_change && size != lookup->frozen_size)
        CORNU_FAIL(
            CORNU_ESTATE,
            "the vocabulary had %" PRId64 " terms and now has %" PRId64 "; with this output_mode "
            "its size cannot change",
            lookup->frozen_size, size
        );
    return CORNU_OK;
}

/* Weights for all numbers: the special terms get the mean of the others unless they have their own,
 * and padding gets 0. */
static cornu_status spread_idf(
    const cornu_lookup *lookup, cornu_floats idf, bool special, float **made, size_t *made_count
) {
    size_t front = special ? 0 : (size_t)cornu_lookup_first_(lookup), total = front + idf.count;
    double sum = 0;
    if (lookup->pad_to_max_tokens && total < (size_t)lookup->max_tokens)
        total = (size_t)lookup->max_tokens;
    *made = cornu_allocate((total > 0 ? total : 1) * sizeof **made);
    if (*made == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < idf.count; i++) sum += idf.items[i];
    for (size_t i = 0; i < front; i++) (*made)[i] = (float)(sum / (double)idf.count);
    for (size_t i = 0; i < idf.count; i++) (*made)[front + i] = (float)idf.items[i];
    *made_count = total;
    return CORNU_OK;
}

static cornu_status check_idf(
    const cornu_lookup *lookup, size_t count, cornu_floats idf, bool special
) {
    if (lookup->mode != CORNU_LOOKUP_TF_IDF) {
        if (idf.count == 0) return CORNU_OK;
        CORNU_FAIL(CORNU_EINVAL, "idf_weights are for output_mode 'tf_idf' only");
    }
    if (idf.count == 0) CORNU_FAIL(CORNU_EINVAL, "output_mode 'tf_idf' needs idf_weights");
    /* those of a saved layer are padded already */
    bool padded = special && lookup->pad_to_max_tokens && (int64_t)idf.count == lookup->max_tokens;
    if (idf.count != count && !padded)
        CORNU_FAIL(
            CORNU_EINVAL, "there are %zu idf_weights for a vocabulary of %zu terms", idf.count,
            count
        );
    return CORNU_OK;
}

cornu_status cornu_lookup_set_(
    cornu_lookup *lookup, const cornu_bytes *terms, size_t count, cornu_floats idf
) {
    if (count == 0) CORNU_FAIL(CORNU_EINVAL, "the vocabulary is empty");
    bool special = begins_with_special(lookup, terms, count);
    size_t skipped = special ? (size_t)cornu_lookup_first_(lookup) : 0;
    int64_t size = cornu_lookup_first_(lookup) + (int64_t)(count - skipped);
    cornu_terms made = {0};
    float *weights = NULL;
    size_t weight_count = 0;
    CORNU_TRY(check_idf(lookup, count, idf, special));
    CORNU_TRY(check_size(lookup, size));
    cornu_status status = add_terms(lookup, terms + skipped, count - skipped, &made);
    if (status == CORNU_OK && idf.count > 0)
        status = spread_idf(lookup, idf, special, &weights, &weight_count);
    if (status != CORNU_OK) return cornu_terms_free_(&made), status;
    cornu_lookup_free_(lookup);
    lookup->terms = made;
    lookup->idf = weights;
    lookup->idf_count = weight_count;
    lookup->frozen_size = size;
    return CORNU_OK;
}

cornu_status cornu_lookup_term_(
    const cornu_lookup *lookup, const cornu_tensor *tensor, int64_t index, int64_t *number,
    cornu_bytes *term
) {
    if (lookup->numbers) {
        if (cornu_tensor_dtype(tensor) == CORNU_INT64) {
            const int64_t *data = cornu_tensor_data(tensor);
            if (data == NULL) return cornu_error_status();
            *number = data[index];
        } else {
            double value = cornu_tensor_get(tensor, index);
            if (!(value >= -0x1p63 && value < 0x1p63))
                return cornu_tensor_dtype(tensor) == CORNU_STRING
                           ? cornu_error_status()
                           : cornu_error_set(
                                 CORNU_EINVAL, __FILE__, __LINE__, "%g is no integer", value
                             );
            *number = (int64_t)value;
        }
        *term = (cornu_bytes){(const char *)number, sizeof *number};
        return CORNU_OK;
    }
    *term = cornu_tensor_bytes(tensor, index);
    return term->data != NULL ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_lookup_set_tensor_(cornu_lookup *lookup, cornu_tensor *terms, cornu_floats idf) {
    int64_t count = cornu_tensor_size(terms);
    cornu_bytes *items = cornu_allocate((size_t)(count > 0 ? count : 1) * sizeof *items);
    int64_t *numbers = cornu_allocate((size_t)(count > 0 ? count : 1) * sizeof *numbers);
    cornu_status status = items != NULL && numbers != NULL ? CORNU_OK : CORNU_ENOMEM;
    for (int64_t i = 0; i < count && status == CORNU_OK; i++)
        status = cornu_lookup_term_(lookup, terms, i, &numbers[i], &items[i]);
    if (status == CORNU_OK) status = cornu_lookup_set_(lookup, items, (size_t)count, idf);
    cornu_free(items);
    cornu_free(numbers);
    return status;
}

/* ---- files ---- */

/* A line as a term, added. Special terms have no meaning in a file. */
static cornu_status add_line(
    const cornu_lookup *lookup, cornu_terms *made, const char *line, size_t length
) {
    if (length > 0 && line[length - 1] == '\r') length--;
    cornu_bytes term = {line, length};
    int64_t number;
    if (lookup->numbers) {
        char *end = NULL;
        char text[32] = {0};
        if (length > 0 && length < sizeof text) {
            memcpy(text, line, length);
            number = strtoll(text, &end, 10);
        }
        if (end == NULL || end == text || *end != '\0')
            CORNU_FAIL(CORNU_EFORMAT, "'%.*s' is no integer", length < 50 ? (int)length : 50, line);
        term = (cornu_bytes){(const char *)&number, sizeof number};
    }
    return add_terms(lookup, &term, 1, made);
}

static cornu_status read_lines(const cornu_lookup *lookup, FILE *file, cornu_terms *made) {
    size_t capacity = 256, length = 0;
    char *line = cornu_allocate(capacity);
    cornu_status status = line != NULL ? CORNU_OK : CORNU_ENOMEM;
    for (int c = 0; status == CORNU_OK && c != EOF;) {
        c = getc(file);
        if (c == '\n' || (c == EOF && length > 0)) {
            status = add_line(lookup, made, line, length);
            length = 0;
        } else if (c != EOF) {
            if (length == capacity) {
                char *longer = cornu_allocate(2 * capacity);
                if (longer == NULL) status = CORNU_ENOMEM;
                else memcpy(longer, line, length), cornu_free(line), line = longer, capacity *= 2;
            }
            if (status == CORNU_OK) line[length++] = (char)c;
        }
    }
    cornu_free(line);
    if (status == CORNU_OK && ferror(file)) CORNU_FAIL(CORNU_EIO, "cannot be read");
    return status;
}

cornu_status cornu_lookup_set_file_(cornu_lookup *lookup, const char *path) {
    cornu_terms made = {0};
    if (lookup->mode == CORNU_LOOKUP_TF_IDF)
        CORNU_FAIL(CORNU_EINVAL, "with output_mode 'tf_idf' the vocabulary cannot be a file");
    FILE *file = fopen(path, "rb");
    if (file == NULL) CORNU_FAIL(CORNU_EIO, "vocabulary file '%s' cannot be opened", path);
    cornu_status status = read_lines(lookup, file, &made);
    fclose(file);
    if (status == CORNU_OK && made.count == 0)
        status = cornu_error_set(CORNU_EFORMAT, __FILE__, __LINE__, "is empty");
    if (status == CORNU_OK)
        status = check_size(lookup, cornu_lookup_first_(lookup) + (int64_t)made.count);
    if (status != CORNU_OK) {
        cornu_terms_free_(&made);
        return cornu_error_context("vocabulary file '%s'", path);
    }
    cornu_lookup_free_(lookup);
    lookup->terms = made;
    lookup->frozen_size = cornu_lookup_size_(lookup);
    return CORNU_OK;
}

/* ---- what is known ---- */

cornu_tensor *cornu_lookup_vocabulary_(const cornu_lookup *lookup, bool special) {
    int64_t first = special ? cornu_lookup_first_(lookup) : 0, oov = oov_start(lookup);
    int64_t count = first + (int64_t)lookup->terms.count;
    cornu_bytes *items = cornu_allocate((size_t)(count > 0 ? count : 1) * sizeof *items);
    int64_t *numbers = cornu_allocate((size_t)(count > 0 ? count : 1) * sizeof *numbers);
    cornu_tensor *made = NULL;
    if (items != NULL && numbers != NULL) {
        for (int64_t i = 0; i < count; i++) {
            items[i] = i >= first ? lookup->terms.items[i - first].bytes
                       : i < oov  ? lookup->mask
                                  : lookup->oov;
            if (lookup->numbers) memcpy(&numbers[i], items[i].data, sizeof *numbers);
        }
        made = lookup->numbers ? cornu_tensor_from(CORNU_INT64, cornu_shape(count), numbers)
                               : cornu_tensor_from_bytes(cornu_shape(count), items);
    }
    cornu_free(items);
    cornu_free(numbers);
    return made;
}

cornu_tensor *cornu_lookup_idf_(const cornu_lookup *lookup) {
    if (lookup->mode != CORNU_LOOKUP_TF_IDF || lookup->idf == NULL) return NULL;
    return cornu_tensor_from(CORNU_FLOAT32, cornu_shape((int64_t)lookup->idf_count), lookup->idf);
}

cornu_status cornu_lookup_from_config_(const cornu_config *config) {
    const char *path = NULL;
    if (cornu_config_get_string(config, "vocabulary", &path) != CORNU_OK) cornu_error_clear();
    if (path == NULL) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EUNSUPPORTED,
        "the config names the vocabulary file '%.100s'; a model's file holds its terms itself, and "
        "no other file is opened for it",
        path
    );
}

cornu_status cornu_lookup_get_config_(const cornu_lookup *lookup, cornu_config *config) {
    CORNU_TRY(cornu_hasher_get_config_(&lookup->hasher, config));
    if (lookup->frozen_size == CORNU_NONE) return cornu_config_set_null(config, "vocabulary_size");
    return cornu_config_set_int(config, "vocabulary_size", lookup->frozen_size);
}

/* ---- adapting ---- */

cornu_status cornu_lookup_adapt_begin_(cornu_lookup *lookup) {
    if (lookup->fixed)
        CORNU_FAIL(
            CORNU_ESTATE, "its vocabulary was given as an argument; there is nothing to "
                          "adapt"
        );
    cornu_terms_free_(&lookup->seen);
    return CORNU_OK;
}

cornu_status cornu_lookup_see_(cornu_lookup *lookup, cornu_bytes term, int64_t document) {
    size_t index;
    bool added;
    if (lookup->has_mask && equal(term, lookup->mask)) return CORNU_OK;
    if (equal(term, lookup->oov)) return CORNU_OK;
    CORNU_TRY(cornu_terms_add_(&lookup->seen, term, &index, &added));
    cornu_term *item = &lookup->seen.items[index];
    item->count++;
    if (item->last != document) item->documents++;
    item->last = document;
    return CORNU_OK;
}

/* The most frequent first; among equals what sorts last. */
static int by_bytes(const void *a, const void *b) {
    const cornu_term *x = a, *y = b;
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    size_t common = x->bytes.size < y->bytes.size ? x->bytes.size : y->bytes.size;
    int order = common > 0 ? memcmp(y->bytes.data, x->bytes.data, common) : 0;
    if (order != 0) return order;
    return x->bytes.size > y->bytes.size ? -1 : x->bytes.size < y->bytes.size;
}

static int by_number(const void *a, const void *b) {
    const cornu_term *x = a, *y = b;
    int64_t p, q;
    memcpy(&p, x->bytes.data, sizeof p);
    memcpy(&q, y->bytes.data, sizeof q);
    if (x->count != y->count) return x->count > y->count ? -1 : 1;
    return p > q ? -1 : p < q;
}

/* log(1 + documents / (1 + documents with the term)). */
static void learn_idf(const cornu_term *terms, size_t count, int64_t documents, double *idf) {
    for (size_t i = 0; i < count; i++)
        idf[i] = log(1 + (double)documents / (double)(1 + terms[i].documents));
}

cornu_status cornu_lookup_adapt_finish_(cornu_lookup *lookup, int64_t documents) {
    cornu_terms seen = lookup->seen;
    if (seen.count == 0) return CORNU_OK; /* what it knew before stays */
    lookup->seen = (cornu_terms){0};
    qsort(seen.items, seen.count, sizeof *seen.items, lookup->numbers ? by_number : by_bytes);
    size_t count = seen.count;
    int64_t room = lookup->max_tokens != CORNU_NONE
                       ? lookup->max_tokens - cornu_lookup_first_(lookup)
                       : INT64_MAX;
    if (room < 0) room = 0;
    if ((int64_t)count > room) count = (size_t)room;
    cornu_bytes *items = cornu_allocate((count + 1) * sizeof *items);
    double *idf = cornu_allocate((count + 1) * sizeof *idf);
    cornu_status status = items != NULL && idf != NULL ? CORNU_OK : CORNU_ENOMEM;
    if (status == CORNU_OK) {
        for (size_t i = 0; i < count; i++) items[i] = seen.items[i].bytes;
        learn_idf(seen.items, count, documents, idf);
        bool weighted = lookup->mode == CORNU_LOOKUP_TF_IDF;
        status = cornu_lookup_set_(
            lookup, items, count, weighted ? (cornu_floats){idf, count} : (cornu_floats){0}
        );
    }
    cornu_free(items);
    cornu_free(idf);
    cornu_terms_free_(&seen);
    return status;
}

cornu_status cornu_lookup_adapt_(cornu_lookup *lookup, cornu_tensor *data) {
    int64_t size = cornu_tensor_size(data), number;
    /* a list of terms is as many documents */
    int64_t documents = cornu_tensor_rank(data) > 0 ? cornu_tensor_dim(data, 0) : 1;
    int64_t row = documents > 0 && size >= documents ? size / documents : 1;
    CORNU_TRY(cornu_lookup_adapt_begin_(lookup));
    for (int64_t i = 0; i < size; i++) {
        cornu_bytes term = {0};
        CORNU_TRY(cornu_lookup_term_(lookup, data, i, &number, &term));
        CORNU_TRY(cornu_lookup_see_(lookup, term, i / row + 1));
    }
    return cornu_lookup_adapt_finish_(lookup, documents);
}
