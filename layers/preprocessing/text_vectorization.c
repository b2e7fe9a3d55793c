/* TextVectorization: texts as numbers of their words.
 * keras/src/layers/preprocessing/text_vectorization.py */
#include "string_lookup.h"
#include "text.h"

#include <inttypes.h>
#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_text_vectorization_args args;
    cornu_text_rules rules;
    cornu_layer *lookup; /* StringLookup */
    int64_t *sizes;      /* of ngrams */
} text_vectorization;

static text_vectorization *of(const cornu_layer *layer) {
    return (text_vectorization *)(uintptr_t)layer;
}
static cornu_lookup *lookup_of(const cornu_layer *layer) {
    return cornu_lookup_of_(of(layer)->lookup);
}

/* ---- arguments ---- */

static bool is(const char *text, const char *name) {
    return text != NULL && strcmp(text, name) == 0;
}

static cornu_status read_rules(text_vectorization *self) {
    const char *standardize = self->args.standardize, *split = self->args.split;
    cornu_text_rules *rules = &self->rules;
    bool both = is(standardize, "lower_and_strip_punctuation");
    rules->lower = both || is(standardize, "lower");
    rules->strip_punctuation = both || is(standardize, "strip_punctuation");
    if (standardize != NULL && !rules->lower && !rules->strip_punctuation)
        CORNU_FAIL(
            CORNU_EINVAL,
            "standardize must be 'lower_and_strip_punctuation', 'lower', 'strip_punctuation' or "
            "none, got '%.50s'",
            standardize
        );
    rules->split = is(split, "whitespace")  ? CORNU_SPLIT_WHITESPACE
                   : is(split, "character") ? CORNU_SPLIT_CHARACTER
                                            : CORNU_SPLIT_NONE;
    if (split != NULL && rules->split == CORNU_SPLIT_NONE)
        CORNU_FAIL(
            CORNU_EINVAL, "split must be 'whitespace', 'character' or none, got '%.50s'", split
        );
    return CORNU_OK;
}

static cornu_status read_ngrams(text_vectorization *self) {
    const cornu_layer_text_vectorization_args *args = &self->args;
    bool up_to = args->ngrams != CORNU_NONE;
    if (up_to && args->ngram_sizes.count > 0)
        CORNU_FAIL(CORNU_EINVAL, "ngrams and ngram_sizes are both given");
    if (!up_to && args->ngram_sizes.count == 0) return CORNU_OK;
    if (up_to && (args->ngrams < 1 || args->ngrams > 1000))
        CORNU_FAIL(CORNU_EINVAL, "ngrams must be from 1 to 1000, got %" PRId64, args->ngrams);
    if (self->rules.split == CORNU_SPLIT_NONE)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "ngrams need texts that are split");
    size_t count = up_to ? (size_t)args->ngrams : args->ngram_sizes.count;
    self->sizes = cornu_allocate(count * sizeof *self->sizes);
    if (self->sizes == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        self->sizes[i] = up_to ? (int64_t)i + 1 : args->ngram_sizes.items[i];
        if (self->sizes[i] < 1)
            CORNU_FAIL(CORNU_EINVAL, "an ngram has one word or more, not %" PRId64, self->sizes[i]);
    }
    self->rules.ngrams = self->sizes;
    self->rules.ngram_count = count;
    return CORNU_OK;
}

static cornu_status make_lookup(text_vectorization *self) {
    const cornu_layer_text_vectorization_args *args = &self->args;
    cornu_layer_string_lookup_args own = {CORNU_LAYER_STRING_LOOKUP_DEFAULTS};
    own.max_tokens = args->max_tokens;
    own.mask_token = "";
    own.vocabulary = args->vocabulary;
    own.idf_weights = args->idf_weights;
    own.output_mode = args->output_mode;
    own.pad_to_max_tokens = args->pad_to_max_tokens;
    own.encoding = args->encoding;
    own.vocabulary_size = args->vocabulary_size;
    self->lookup = cornu_layer_create(&cornu_layer_string_lookup_class, &own);
    if (self->lookup == NULL) return cornu_error_status();
    return cornu_layer_add_layer(&self->base, "_lookup_layer", self->lookup);
}

static cornu_status init(void *object) {
    text_vectorization *self = object;
    const cornu_layer_text_vectorization_args *args = &self->args;
    bool ints = is(args->output_mode, "int");
    self->base.compute_dtype = CORNU_STRING;
    if (args->sparse || args->ragged)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "there are no %s tensors", args->sparse ? "sparse" : "ragged"
        );
    if (args->output_sequence_length != CORNU_NONE) {
        if (!ints) CORNU_FAIL(CORNU_EINVAL, "output_sequence_length is for output_mode 'int' only");
        if (args->output_sequence_length < 1)
            CORNU_FAIL(
                CORNU_EINVAL, "output_sequence_length must be positive, got %" PRId64,
                args->output_sequence_length
            );
    }
    CORNU_TRY(read_rules(self));
    CORNU_TRY(read_ngrams(self));
    if (is(args->output_mode, "one_hot") && self->rules.split != CORNU_SPLIT_NONE)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "output_mode 'one_hot' needs texts that are not split");
    return make_lookup(self);
}

static void destroy(void *object) { cornu_free(((text_vectorization *)object)->sizes); }

/* ---- shapes ---- */

static cornu_status check_texts(const text_vectorization *self, const cornu_shape *input) {
    bool split = self->rules.split != CORNU_SPLIT_NONE;
    char text[256];
    bool fits = input->rank >= 1 &&
                (!split || input->rank == 1 || (input->rank == 2 && input->dims[1] == 1));
    if (!fits)
        CORNU_FAIL(
            CORNU_ESHAPE, "takes texts [batch]%s, got %s", split ? " or [batch, 1]" : " or more",
            cornu_shape_format(input, text, sizeof text)
        );
    return CORNU_OK;
}

static cornu_status output_shape(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *output
) {
    const text_vectorization *self = of(layer);
    const cornu_shape *input = inputs;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    CORNU_TRY(check_texts(self, input));
    bool split = self->rules.split != CORNU_SPLIT_NONE, ints = is(self->args.output_mode, "int");
    int64_t length = self->args.output_sequence_length;
    *output = *input;
    if (split) *output = cornu_shape(input->dims[0], -1);
    if (!ints) {
        /* without splitting, [batch] is a word for each row */
        if (!split && input->rank == 1) *output = cornu_shape(input->dims[0], 1);
        cornu_shape rows = *output;
        return cornu_lookup_output_shape_(lookup_of(layer), &rows, output);
    }
    if (length != CORNU_NONE) {
        if (output->rank == 1)
            CORNU_FAIL(
                CORNU_ESHAPE, "with output_sequence_length and without split, an input is "
                              "[batch, words]"
            );
        output->dims[output->rank - 1] = length;
    }
    return CORNU_OK;
}

static cornu_dtype output_dtype(const cornu_layer *layer) {
    return cornu_lookup_output_dtype_(lookup_of(layer));
}

/* ---- calls ---- */

/* The numbers of the words of all texts, one after the other, and where each text ends. */
typedef struct numbers {
    int64_t *items, *ends;
    size_t count, capacity;
} numbers;

static cornu_status reserve(numbers *n, size_t needed) {
    if (needed <= n->capacity) return CORNU_OK;
    size_t grown = needed > 2 * n->capacity ? needed : 2 * n->capacity;
    int64_t *more = cornu_allocate(grown * sizeof *more);
    if (more == NULL) return CORNU_ENOMEM;
    if (n->count > 0) memcpy(more, n->items, n->count * sizeof *more);
    cornu_free(n->items);
    n->items = more;
    n->capacity = grown;
    return CORNU_OK;
}

static cornu_status number_text(
    const text_vectorization *self, cornu_words *words, cornu_bytes text, numbers *n
) {
    const cornu_lookup *lookup = lookup_of(&self->base);
    CORNU_TRY(cornu_words_make_(words, &self->rules, text));
    CORNU_TRY(reserve(n, n->count + words->count + 1));
    for (size_t i = 0; i < words->count; i++)
        CORNU_TRY(cornu_lookup_index_(lookup, words->items[i], &n->items[n->count + i]));
    n->count += words->count;
    return CORNU_OK;
}

static cornu_status number_all(const text_vectorization *self, const cornu_tensor *x, numbers *n) {
    cornu_words words = {0};
    int64_t size = cornu_tensor_size(x);
    n->ends = cornu_allocate((size_t)(size + 1) * sizeof *n->ends);
    cornu_status status = n->ends != NULL ? reserve(n, 1) : CORNU_ENOMEM;
    for (int64_t i = 0; i < size && status == CORNU_OK; i++) {
        cornu_bytes text = cornu_tensor_bytes(x, i);
        status = text.data != NULL ? number_text(self, &words, text, n) : cornu_error_status();
        n->ends[i] = (int64_t)n->count;
    }
    cornu_words_free_(&words);
    return status;
}

/* [rows, length] with zeros behind what is shorter; without a length, that of the longest row. */
static cornu_tensor *pad(const numbers *n, int64_t rows, cornu_shape shape) {
    int64_t first = 0;
    int64_t *length = &shape.dims[shape.rank - 1];
    if (*length < 0) {
        *length = 0;
        for (int64_t i = 0; i < rows; first = n->ends[i++])
            if (n->ends[i] - first > *length) *length = n->ends[i] - first;
        first = 0;
    }
    cornu_tensor *made = cornu_tensor_new(CORNU_INT64, shape);
    int64_t *data = made != NULL ? cornu_tensor_data_mut(made) : NULL;
    for (int64_t i = 0; data != NULL && i < rows; first = n->ends[i++], data += *length) {
        int64_t taken = n->ends[i] - first < *length ? n->ends[i] - first : *length;
        if (taken > 0) memcpy(data, n->items + first, (size_t)taken * sizeof *data);
    }
    return cornu_scope_own(made);
}

static cornu_tensor *finish(
    const text_vectorization *self, const cornu_shape *input, numbers *n, cornu_shape output
) {
    const cornu_lookup *lookup = lookup_of(&self->base);
    bool split = self->rules.split != CORNU_SPLIT_NONE;
    if (split && lookup->mode == CORNU_LOOKUP_INT) return pad(n, input->dims[0], output);
    if (split) return cornu_lookup_rows_(lookup, n->items, n->ends, input->dims[0], &output);
    if (self->args.output_sequence_length != CORNU_NONE) {
        int64_t size = (int64_t)n->count, columns = input->dims[input->rank - 1];
        int64_t rows = columns > 0 ? size / columns : 0;
        for (int64_t i = 0; i < rows; i++) n->ends[i] = (i + 1) * columns;
        return pad(n, rows, output);
    }
    cornu_shape shape = *input;
    if (lookup->mode != CORNU_LOOKUP_INT && shape.rank == 1) shape = cornu_shape(shape.dims[0], 1);
    return cornu_lookup_encode_(lookup, n->items, &shape);
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const text_vectorization *self = of(layer);
    const cornu_shape *input = cornu_tensor_shape(inputs[0]);
    cornu_shape output;
    numbers n = {0};
    (void)context;
    if (output_shape(layer, input, 1, &output) != CORNU_OK) return NULL;
    cornu_tensor *made =
        number_all(self, inputs[0], &n) == CORNU_OK ? finish(self, input, &n, output) : NULL;
    cornu_free(n.items);
    cornu_free(n.ends);
    return made;
}

/* ---- adapting ---- */

static cornu_status see(cornu_lookup *lookup, const cornu_words *words, int64_t document) {
    for (size_t i = 0; i < words->count; i++)
        CORNU_TRY(cornu_lookup_see_(lookup, words->items[i], document));
    return CORNU_OK;
}

static cornu_status adapt(cornu_layer *layer, cornu_tensor *data) {
    const text_vectorization *self = of(layer);
    cornu_lookup *lookup = lookup_of(layer);
    cornu_words words = {0};
    CORNU_TRY(check_texts(self, cornu_tensor_shape(data)));
    int64_t documents = cornu_tensor_dim(data, 0), size = cornu_tensor_size(data);
    int64_t row = documents > 0 && size >= documents ? size / documents : 1;
    cornu_status status = cornu_lookup_adapt_begin_(lookup);
    for (int64_t i = 0; i < size && status == CORNU_OK; i++) {
        cornu_bytes text = cornu_tensor_bytes(data, i);
        status = text.data != NULL ? cornu_words_make_(&words, &self->rules, text)
                                   : cornu_error_status();
        if (status == CORNU_OK) status = see(lookup, &words, i / row + 1);
    }
    cornu_words_free_(&words);
    return status == CORNU_OK ? cornu_lookup_adapt_finish_(lookup, documents) : status;
}

/* ---- the config ---- */

/* `ngrams` is a number or a list; the size is that of the vocabulary as it is. */
static cornu_status get_config(const void *object, cornu_config *config) {
    const text_vectorization *self = object;
    const cornu_layer_text_vectorization_args *args = &self->args;
    const cornu_ints *sizes = &args->ngram_sizes;
    if (args->vocabulary.count == 0) CORNU_TRY(cornu_config_set_null(config, "vocabulary"));
    if (sizes->count > 0)
        CORNU_TRY(cornu_config_set_ints(config, "ngrams", sizes->items, sizes->count));
    else if (args->ngrams == CORNU_NONE) CORNU_TRY(cornu_config_set_null(config, "ngrams"));
    else CORNU_TRY(cornu_config_set_int(config, "ngrams", args->ngrams));
    return cornu_config_set_int(
        config, "vocabulary_size", cornu_lookup_size_(lookup_of(&self->base))
    );
}

/* Callables of Python are objects here, which no text can be. A null means that nothing is done,
 * where the default would do something. */
static cornu_status read_null(const cornu_config *config, const char *key, const char **value) {
    const char *text = NULL;
    if (!cornu_config_has(config, key)) return CORNU_OK;
    CORNU_TRY(cornu_config_get_string(config, key, &text));
    if (text != NULL) return CORNU_OK;
    cornu_free((void *)(uintptr_t)*value);
    *value = NULL;
    return CORNU_OK;
}

static cornu_status from_config(void *object, const cornu_config *config) {
    text_vectorization *self = object;
    cornu_layer_text_vectorization_args *args = &self->args;
    cornu_shape sizes = {0};
    CORNU_TRY(cornu_lookup_from_config_(config));
    CORNU_TRY(read_null(config, "standardize", &args->standardize));
    CORNU_TRY(read_null(config, "split", &args->split));
    if (cornu_config_get_int(config, "ngrams", &args->ngrams) == CORNU_OK) return CORNU_OK;
    cornu_error_clear();
    CORNU_TRY(cornu_config_get_sizes(config, "ngrams", &sizes));
    int64_t *items = cornu_allocate(sizeof sizes.dims);
    if (items == NULL) return CORNU_ENOMEM;
    memcpy(items, sizes.dims, sizeof sizes.dims);
    args->ngram_sizes = (cornu_ints){items, (size_t)sizes.rank};
    return CORNU_OK;
}

/* ---- the vocabulary ---- */
static cornu_tensor *get_vocabulary(const cornu_layer *layer, bool special) {
    return cornu_lookup_vocabulary_(lookup_of(layer), special);
}

static cornu_status set_vocabulary(cornu_layer *layer, cornu_tensor *terms, cornu_floats idf) {
    return cornu_lookup_set_tensor_(lookup_of(layer), terms, idf);
}

static int64_t vocabulary_size(const cornu_layer *layer) {
    return cornu_lookup_size_(lookup_of(layer));
}

static bool in_config(const cornu_layer *layer) { return of(layer)->args.vocabulary.count > 0; }

static cornu_tensor *idf_weights(const cornu_layer *layer) {
    return cornu_lookup_idf_(lookup_of(layer));
}

static const cornu_vocabulary_class vocabulary = {
    .get = get_vocabulary,
    .set = set_vocabulary,
    .size = vocabulary_size,
    .in_config = in_config,
    .idf_weights = idf_weights,
};

static const cornu_layer_text_vectorization_args defaults = {
    CORNU_LAYER_TEXT_VECTORIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_text_vectorization_args),
    CORNU_FIELD(cornu_layer_text_vectorization_args, INT, max_tokens),
    CORNU_FIELD(cornu_layer_text_vectorization_args, STRING, standardize),
    CORNU_FIELD(cornu_layer_text_vectorization_args, STRING, split),
    CORNU_FIELD_OMITTED(cornu_layer_text_vectorization_args, INTS, ngram_sizes),
    CORNU_FIELD(cornu_layer_text_vectorization_args, STRING, output_mode),
    CORNU_FIELD(cornu_layer_text_vectorization_args, INT, output_sequence_length),
    CORNU_FIELD(cornu_layer_text_vectorization_args, BOOL, pad_to_max_tokens),
    CORNU_FIELD(cornu_layer_text_vectorization_args, BOOL, sparse),
    CORNU_FIELD(cornu_layer_text_vectorization_args, BOOL, ragged),
    CORNU_FIELD(cornu_layer_text_vectorization_args, TEXTS, vocabulary),
    CORNU_FIELD(cornu_layer_text_vectorization_args, FLOATS, idf_weights),
    CORNU_FIELD(cornu_layer_text_vectorization_args, STRING, encoding),
    CORNU_FIELD(cornu_layer_text_vectorization_args, INT, vocabulary_size),
};

CORNU_LAYER_CLASS(text_vectorization){
    CORNU_CLASS_ARGS(text_vectorization, args, defaults, fields),
    .name = "TextVectorization",
    .init = init,
    .destroy = destroy,
    .get_config = get_config,
    .from_config = from_config,
    .call = call,
    .output_shape = output_shape,
    .host_output = output_dtype,
    .adapt = adapt,
    .vocabulary = &vocabulary,
    .any_dtype = true,
};

cornu_layer *cornu_layer_text_vectorization_new(const cornu_layer_text_vectorization_args *args) {
    cornu_layer *layer = cornu_layer_create(&cornu_layer_text_vectorization_class, args);
    if (layer == NULL || args == NULL) return layer;
    return cornu_lookup_from_file_(layer, lookup_of(layer), args->vocabulary_file);
}
