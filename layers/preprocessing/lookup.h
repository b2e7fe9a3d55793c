/* What StringLookup, IntegerLookup and TextVectorization share: a vocabulary, numbers of its terms,
 * and what becomes of those. keras/src/layers/preprocessing/index_lookup.py
 *
 * Terms are sequences of bytes; a number is the eight bytes of its int64_t. */
#ifndef CORNU_LAYERS_PREPROCESSING_LOOKUP_H
#define CORNU_LAYERS_PREPROCESSING_LOOKUP_H

#include "hash.h"
#include "terms.h"

typedef enum cornu_lookup_mode {
    CORNU_LOOKUP_INT,
    CORNU_LOOKUP_ONE_HOT,
    CORNU_LOOKUP_MULTI_HOT,
    CORNU_LOOKUP_COUNT,
    CORNU_LOOKUP_TF_IDF
} cornu_lookup_mode;

typedef struct cornu_lookup {
    /* settings; terms are borrowed */
    bool numbers; /* the terms are int64_t */
    int64_t max_tokens, num_oov_indices;
    bool has_mask, invert, pad_to_max_tokens;
    cornu_bytes mask, oov;
    cornu_lookup_mode mode;
    bool floormod; /* numbers that are not in the vocabulary go by their remainder, not by a hash */
    cornu_hasher hasher;
    /* what it knows */
    bool fixed;          /* the vocabulary came with the arguments: there is nothing to adapt */
    int64_t frozen_size; /* of the vocabulary, special terms included; CORNU_NONE: not known */
    cornu_terms terms;   /* without special ones */
    float *idf;          /* of all numbers that come out; NULL: none */
    size_t idf_count;
    /* while it adapts */
    cornu_terms seen;
    int64_t documents;
} cornu_lookup;

/* Reads output_mode and checks the settings against one another. */
cornu_status cornu_lookup_check_(cornu_lookup *lookup, const char *output_mode, bool sparse);
void cornu_lookup_free_(cornu_lookup *lookup);

int64_t cornu_lookup_first_(const cornu_lookup *lookup); /* the number of the first proper term */
int64_t cornu_lookup_size_(const cornu_lookup *lookup);
/* Sets the vocabulary: terms with or without the special ones in front; idf NULL: none. */
cornu_status cornu_lookup_set_(
    cornu_lookup *lookup, const cornu_bytes *terms, size_t count, cornu_floats idf
);
/* The same for a tensor of strings or of integers. */
cornu_status
cornu_lookup_set_tensor_(cornu_lookup *lookup, cornu_tensor *terms, cornu_floats idf);
/* One term on each line of a file. */
cornu_status cornu_lookup_set_file_(cornu_lookup *lookup, const char *path);
/* The vocabulary as a *new* tensor. */
cornu_tensor *cornu_lookup_vocabulary_(const cornu_lookup *lookup, bool special);
cornu_tensor *cornu_lookup_idf_(const cornu_lookup *lookup); /* *new* */

/* Adapting: begin, one call per occurrence of a term, its document numbered from 1, finish. */
cornu_status cornu_lookup_adapt_begin_(cornu_lookup *lookup);
cornu_status cornu_lookup_see_(cornu_lookup *lookup, cornu_bytes term, int64_t document);
cornu_status cornu_lookup_adapt_finish_(cornu_lookup *lookup, int64_t documents);
/* All three for a tensor, each row of which is a document. */
cornu_status cornu_lookup_adapt_(cornu_lookup *lookup, cornu_tensor *data);

/* Element `index` of a tensor as a term; `number` is room for one. CORNU_EDTYPE. */
cornu_status cornu_lookup_term_(
    const cornu_lookup *lookup, const cornu_tensor *tensor, int64_t index, int64_t *number,
    cornu_bytes *term
);
/* The number of a term. CORNU_EINVAL for one outside the vocabulary if none stands for those. */
cornu_status cornu_lookup_index_(const cornu_lookup *lookup, cornu_bytes term, int64_t *index);
/* What comes out of numbers [rows, columns] by output_mode; belongs to the scope. `shape`: that of
 * the input. */
cornu_tensor *
cornu_lookup_encode_(const cornu_lookup *lookup, int64_t *numbers, const cornu_shape *shape);
/* The same for one vector per row, whose numbers end where `ends` says; not for "int" and
 * "one_hot". */
cornu_tensor *cornu_lookup_rows_(
    const cornu_lookup *lookup, const int64_t *numbers, const int64_t *ends, int64_t rows,
    const cornu_shape *output
);
/* The whole of a call: of a tensor of terms, or, inverted, of numbers. */
cornu_tensor *cornu_lookup_call_(const cornu_lookup *lookup, cornu_tensor *x);
cornu_status cornu_lookup_output_shape_(
    const cornu_lookup *lookup, const cornu_shape *input, cornu_shape *output
);
cornu_dtype cornu_lookup_output_dtype_(const cornu_lookup *lookup);

/* What StringLookup and IntegerLookup are besides their arguments, and what their classes say. */
typedef struct cornu_lookup_layer {
    cornu_layer base;
    cornu_lookup lookup;
    bool in_config; /* the vocabulary is one of the arguments */
} cornu_lookup_layer;
cornu_lookup *cornu_lookup_of_(cornu_layer *layer);
/* Checks the settings, which are there but for the hasher, and takes the terms of the arguments;
 * count 0: none. */
cornu_status cornu_lookup_init_(
    cornu_lookup_layer *self, const char *output_mode, bool sparse, cornu_ints salt,
    const cornu_bytes *terms, size_t count, cornu_floats idf
);
void cornu_lookup_destroy_(void *object);
cornu_tensor *cornu_lookup_layer_call_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
);
cornu_status cornu_lookup_layer_output_shape_(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *outputs
);
cornu_dtype cornu_lookup_layer_output_dtype_(const cornu_layer *layer);
cornu_status cornu_lookup_layer_adapt_(cornu_layer *layer, cornu_tensor *data);
extern const cornu_vocabulary_class cornu_lookup_vocabulary_class_;
/* The members of such a class besides name, arguments, init and configs. */
#define CORNU_LOOKUP_CLASS_                                                                        \
    .destroy = cornu_lookup_destroy_, .call = cornu_lookup_layer_call_,                            \
    .output_shape = cornu_lookup_layer_output_shape_,                                              \
    .host_output = cornu_lookup_layer_output_dtype_, .adapt = cornu_lookup_layer_adapt_,           \
    .vocabulary = &cornu_lookup_vocabulary_class_, .any_dtype = true
/* Reads the file that a maker was given beside its other arguments (NULL: none), which is no field
 * of the config: no file that is loaded may name another file. The layer, or NULL, freed. */
cornu_layer *cornu_lookup_from_file_(cornu_layer *layer, cornu_lookup *lookup, const char *path);

/* CORNU_EUNSUPPORTED if the config names a file, which could be any file of the machine. */
cornu_status cornu_lookup_from_config_(const cornu_config *config);
/* vocabulary_size and salt. */
cornu_status cornu_lookup_get_config_(const cornu_lookup *lookup, cornu_config *config);

#endif
