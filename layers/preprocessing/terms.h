/* A set of terms, each with its number in the order in which they came: a vocabulary, or the terms
 * that adapting has seen, with how often. */
#ifndef CORNU_LAYERS_PREPROCESSING_TERMS_H
#define CORNU_LAYERS_PREPROCESSING_TERMS_H

#include <cornu/layers/preprocessing.h>

typedef struct cornu_term {
    cornu_bytes bytes; /* the set's own copy, followed by a 0 */
    uint64_t hash;
    int64_t count;     /* occurrences */
    int64_t documents; /* in how many documents */
    int64_t last;      /* the document that it was seen in last, from 1 */
} cornu_term;

/* Zero-initialise it. */
typedef struct cornu_terms {
    cornu_term *items;
    size_t count, capacity;
    size_t *slots; /* number + 1 of the term whose hash leads here; 0: free */
    size_t slot_count;
} cornu_terms;

/* The number of a term, or -1. */
int64_t cornu_terms_find_(const cornu_terms *terms, cornu_bytes bytes);
/* Adds a term; *index is its number, *added whether it is new. */
cornu_status
cornu_terms_add_(cornu_terms *terms, cornu_bytes bytes, size_t *index, bool *added);
void cornu_terms_free_(cornu_terms *terms);

#endif
