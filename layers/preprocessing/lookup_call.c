/* From terms to numbers and to vectors, and from numbers back to terms. See lookup.h. */
#include "lookup.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static int64_t oov_start(const cornu_lookup *lookup) {
    return cornu_lookup_first_(lookup) - lookup->num_oov_indices;
}

static int64_t depth_of(const cornu_lookup *lookup) {
    return lookup->pad_to_max_tokens ? lookup->max_tokens : lookup->frozen_size;
}

/* ---- shapes ---- */

cornu_dtype cornu_lookup_output_dtype_(const cornu_lookup *lookup) {
    if (lookup->invert) return lookup->numbers ? CORNU_INT64 : CORNU_STRING;
    return lookup->mode == CORNU_LOOKUP_TF_IDF ? CORNU_FLOAT32 : CORNU_INT64;
}

cornu_status cornu_lookup_output_shape_(
    const cornu_lookup *lookup, const cornu_shape *input, cornu_shape *output
) {
    *output = *input;
    if (lookup->mode == CORNU_LOOKUP_INT) return CORNU_OK;
    int64_t depth = depth_of(lookup);
    if (depth == CORNU_NONE)
        CORNU_FAIL(
            CORNU_ESTATE, "with this output_mode the vocabulary must be known before the layer is "
                          "called: give it, or adapt the layer"
        );
    if (lookup->mode == CORNU_LOOKUP_ONE_HOT) {
        if (input->rank > 1 && input->dims[input->rank - 1] == 1) output->rank--;
        if (output->rank == CORNU_MAX_RANK)
            CORNU_FAIL(CORNU_ESHAPE, "the input has more than %d axes", CORNU_MAX_RANK - 1);
    } else {
        char text[256];
        if (input->rank > 2)
            CORNU_FAIL(
                CORNU_ESHAPE, "with this output_mode an input is [terms] or [batch, terms], got %s",
                cornu_shape_format(input, text, sizeof text)
            );
        if (output->rank > 0) output->rank--;
    }
    output->dims[output->rank++] = depth;
    return CORNU_OK;
}

/* ---- numbers ---- */

static cornu_status outside(const cornu_lookup *lookup, cornu_bytes term, int64_t *index) {
    char text[24];
    int64_t number = 0;
    if (lookup->numbers) memcpy(&number, term.data, sizeof number);
    if (lookup->numbers && lookup->floormod && lookup->num_oov_indices > 1) {
        int64_t rest = number % lookup->num_oov_indices;
        *index = oov_start(lookup) + (rest < 0 ? rest + lookup->num_oov_indices : rest);
        return CORNU_OK;
    }
    if (lookup->numbers) term = cornu_decimal_(number, text);
    if (lookup->num_oov_indices == 0)
        CORNU_FAIL(
            CORNU_EINVAL,
            "'%.*s' is not in the vocabulary, and with num_oov_indices=0 no number stands for such "
            "terms",
            term.size < 50 ? (int)term.size : 50, term.data
        );
    *index = oov_start(lookup);
    if (lookup->num_oov_indices > 1)
        *index += cornu_hasher_bucket_(&lookup->hasher, term, lookup->num_oov_indices);
    return CORNU_OK;
}

cornu_status cornu_lookup_index_(const cornu_lookup *lookup, cornu_bytes term, int64_t *index) {
    bool mask = lookup->has_mask && term.size == lookup->mask.size &&
                memcmp(term.data, lookup->mask.data, term.size) == 0;
    /* masks have the number 0, or count nowhere */
    if (mask) return *index = lookup->mode == CORNU_LOOKUP_INT ? 0 : INT64_MAX, CORNU_OK;
    int64_t found = cornu_terms_find_(&lookup->terms, term);
    if (found < 0) return outside(lookup, term, index);
    *index = found + cornu_lookup_first_(lookup);
    return CORNU_OK;
}

/* ---- vectors ---- */

static cornu_tensor *one_hot(const int64_t *numbers, int64_t count, cornu_shape shape) {
    int64_t depth = shape.dims[shape.rank - 1];
    cornu_tensor *made = cornu_tensor_new(CORNU_INT64, shape);
    int64_t *data = made != NULL ? cornu_tensor_data_mut(made) : NULL;
    for (int64_t i = 0; data != NULL && i < count; i++)
        if (numbers[i] >= 0 && numbers[i] < depth) data[i * depth + numbers[i]] = 1;
    return cornu_scope_own(made);
}

/* One vector for each row, which ends where `ends` says. */
static cornu_tensor *tally(
    const cornu_lookup *lookup, const int64_t *numbers, const int64_t *ends, int64_t rows,
    cornu_shape shape
) {
    int64_t depth = shape.dims[shape.rank - 1], next = 0;
    cornu_tensor *made = cornu_tensor_new(CORNU_INT64, shape);
    int64_t *data = made != NULL ? cornu_tensor_data_mut(made) : NULL;
    for (int64_t row = 0; data != NULL && row < rows; row++, data += depth)
        for (; next < ends[row]; next++) {
            if (numbers[next] < 0 || numbers[next] >= depth) continue;
            if (lookup->mode == CORNU_LOOKUP_MULTI_HOT) data[numbers[next]] = 1;
            else data[numbers[next]]++;
        }
    return cornu_scope_own(made);
}

/* Counts times what each term weighs. */
static cornu_tensor *weigh(const cornu_lookup *lookup, cornu_tensor *counts) {
    if (counts == NULL) return NULL;
    int64_t depth = cornu_tensor_dim(counts, -1);
    if (lookup->idf == NULL || (int64_t)lookup->idf_count != depth)
        CORNU_FAIL_NULL(
            CORNU_ESTATE, "has no idf_weights yet: give them with the vocabulary, or "
                          "adapt the layer"
        );
    cornu_tensor *made = cornu_tensor_new(CORNU_FLOAT32, *cornu_tensor_shape(counts));
    float *data = made != NULL ? cornu_tensor_data_mut(made) : NULL;
    const int64_t *from = cornu_tensor_data(counts);
    for (int64_t i = 0; data != NULL && i < cornu_tensor_size(counts); i++)
        data[i] = (float)from[i] * lookup->idf[i % depth];
    return cornu_scope_own(made);
}

cornu_tensor *cornu_lookup_rows_(
    const cornu_lookup *lookup, const int64_t *numbers, const int64_t *ends, int64_t rows,
    const cornu_shape *output
) {
    cornu_tensor *counts = tally(lookup, numbers, ends, rows, *output);
    return lookup->mode == CORNU_LOOKUP_TF_IDF ? weigh(lookup, counts) : counts;
}

cornu_tensor *cornu_lookup_encode_(
    const cornu_lookup *lookup, int64_t *numbers, const cornu_shape *shape
) {
    cornu_shape output;
    int64_t count = cornu_shape_size(shape);
    if (lookup->mode == CORNU_LOOKUP_INT)
        return cornu_scope_own(cornu_tensor_from(CORNU_INT64, *shape, numbers));
    if (cornu_lookup_output_shape_(lookup, shape, &output) != CORNU_OK) return NULL;
    if (lookup->mode == CORNU_LOOKUP_ONE_HOT) return one_hot(numbers, count, output);
    int64_t rows = shape->rank > 1 ? shape->dims[0] : 1;
    int64_t *ends = cornu_allocate((size_t)(rows > 0 ? rows : 1) * sizeof *ends);
    if (ends == NULL) return NULL;
    for (int64_t i = 0; i < rows; i++) ends[i] = (i + 1) * (count / rows);
    cornu_tensor *made = cornu_lookup_rows_(lookup, numbers, ends, rows, &output);
    cornu_free(ends);
    return made;
}

/* ---- calls ---- */

static cornu_tensor *to_numbers(const cornu_lookup *lookup, const cornu_tensor *x) {
    int64_t size = cornu_tensor_size(x), number;
    int64_t *numbers = cornu_allocate((size_t)(size > 0 ? size : 1) * sizeof *numbers);
    cornu_status status = numbers != NULL ? CORNU_OK : CORNU_ENOMEM;
    for (int64_t i = 0; i < size && status == CORNU_OK; i++) {
        cornu_bytes term = {0};
        status = cornu_lookup_term_(lookup, x, i, &number, &term);
        if (status == CORNU_OK) status = cornu_lookup_index_(lookup, term, &numbers[i]);
    }
    cornu_tensor *made = NULL;
    if (status == CORNU_OK) made = cornu_lookup_encode_(lookup, numbers, cornu_tensor_shape(x));
    cornu_free(numbers);
    return made;
}

/* The term of a number; those of none give the term for unknown ones. */
static cornu_bytes term_of(const cornu_lookup *lookup, int64_t number) {
    int64_t at = number - cornu_lookup_first_(lookup);
    if (number == 0 && lookup->has_mask) return lookup->mask;
    if (at < 0 || at >= (int64_t)lookup->terms.count) return lookup->oov;
    return lookup->terms.items[at].bytes;
}

static cornu_tensor *to_terms(const cornu_lookup *lookup, const cornu_tensor *x) {
    int64_t size = cornu_tensor_size(x);
    cornu_shape shape = *cornu_tensor_shape(x);
    if (cornu_tensor_dtype(x) == CORNU_STRING)
        CORNU_FAIL_NULL(CORNU_EDTYPE, "with invert it takes numbers, got strings");
    cornu_bytes *items = cornu_allocate((size_t)(size > 0 ? size : 1) * sizeof *items);
    int64_t *numbers = cornu_allocate((size_t)(size > 0 ? size : 1) * sizeof *numbers);
    cornu_tensor *made = NULL;
    if (items != NULL && numbers != NULL) {
        for (int64_t i = 0; i < size; i++) {
            double number = cornu_tensor_get(x, i);
            items[i] = term_of(lookup, number >= 0 && number < 0x1p53 ? (int64_t)number : -1);
            if (lookup->numbers) memcpy(&numbers[i], items[i].data, sizeof *numbers);
        }
        made = lookup->numbers ? cornu_tensor_from(CORNU_INT64, shape, numbers)
                               : cornu_tensor_from_bytes(shape, items);
    }
    cornu_free(items);
    cornu_free(numbers);
    return cornu_scope_own(made);
}

cornu_tensor *cornu_lookup_call_(const cornu_lookup *lookup, cornu_tensor *x) {
    return lookup->invert ? to_terms(lookup, x) : to_numbers(lookup, x);
}
