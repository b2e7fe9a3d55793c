/* From a text to its words. */
#ifndef CORNU_LAYERS_PREPROCESSING_TEXT_H
#define CORNU_LAYERS_PREPROCESSING_TEXT_H

#include <cornu/layers/preprocessing.h>

typedef enum cornu_text_split {
    CORNU_SPLIT_NONE,
    CORNU_SPLIT_WHITESPACE,
    CORNU_SPLIT_CHARACTER
} cornu_text_split;

/* How; zero-initialise it. */
typedef struct cornu_text_rules {
    bool lower, strip_punctuation;
    cornu_text_split split;
    const int64_t *ngrams; /* of how many words; borrowed */
    size_t ngram_count;
} cornu_text_rules;

/* Words and the memory that they lie in, used again for one text after the other; zero-initialise
 * it. */
typedef struct cornu_words {
    cornu_bytes *items;
    size_t count, capacity;
    char *text; /* the standardized text */
    size_t text_size, text_capacity;
    char *joined; /* ngrams of several words */
    size_t joined_capacity;
} cornu_words;

/* The text without capitals (of ASCII) or punctuation, as the rules say, as one word. */
cornu_status
cornu_words_standardize_(cornu_words *words, const cornu_text_rules *rules, cornu_bytes text);
/* That, split and put together to ngrams. */
cornu_status
cornu_words_make_(cornu_words *words, const cornu_text_rules *rules, cornu_bytes text);
void cornu_words_free_(cornu_words *words);

#endif
