/* Standardizing and splitting of texts, and ngrams, as TensorFlow's string ops do it for Keras:
 * strings.lower and strings.split know ASCII, strings.unicode_split UTF-8.
 * keras/src/layers/preprocessing/text_vectorization.py: _preprocess */
#include "text.h"

#include <string.h>

static cornu_status reserve(void **memory, size_t *capacity, size_t needed) {
    if (needed <= *capacity) return CORNU_OK;
    size_t grown = needed > 2 * *capacity ? needed : 2 * *capacity;
    void *more = cornu_allocate(grown);
    if (more == NULL) return CORNU_ENOMEM;
    if (*capacity > 0) memcpy(more, *memory, *capacity);
    cornu_free(*memory);
    *memory = more;
    *capacity = grown;
    return CORNU_OK;
}

static cornu_status reserve_text(char **memory, size_t *capacity, size_t needed) {
    void *raw = *memory;
    cornu_status status = reserve(&raw, capacity, needed);
    *memory = raw;
    return status;
}

static cornu_status add(cornu_words *words, const char *data, size_t size) {
    void *raw = words->items;
    size_t bytes = words->capacity * sizeof *words->items;
    cornu_status status = reserve(&raw, &bytes, (words->count + 1) * sizeof *words->items);
    words->items = raw;
    words->capacity = bytes / sizeof *words->items;
    CORNU_TRY(status);
    words->items[words->count++] = (cornu_bytes){data, size};
    return CORNU_OK;
}

void cornu_words_free_(cornu_words *words) {
    cornu_free(words->items);
    cornu_free(words->text);
    cornu_free(words->joined);
    *words = (cornu_words){0};
}

cornu_status cornu_words_standardize_(
    cornu_words *words, const cornu_text_rules *rules, cornu_bytes text
) {
    static const char punctuation[] = "!\"#$%&()*+,-./:;<=>?@[\\]^_`{|}~'";
    words->count = words->text_size = 0;
    CORNU_TRY(reserve_text(&words->text, &words->text_capacity, text.size + 1));
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];
        if (rules->lower && c >= 'A' && c <= 'Z') c = (char)(c - 'A' + 'a');
        if (rules->strip_punctuation && c != '\0' && strchr(punctuation, c) != NULL) continue;
        words->text[words->text_size++] = c;
    }
    return add(words, words->text, words->text_size);
}

/* ---- splitting ---- */

static bool is_space(char c) { return c == ' ' || (c >= '\t' && c <= '\r'); }

static cornu_status split_words(cornu_words *words) {
    const char *text = words->text;
    words->count = 0;
    for (size_t i = 0; i < words->text_size;) {
        while (i < words->text_size && is_space(text[i])) i++;
        size_t first = i;
        while (i < words->text_size && !is_space(text[i])) i++;
        if (i > first) CORNU_TRY(add(words, text + first, i - first));
    }
    return CORNU_OK;
}

/* The bytes of the character at the beginning of a text; *valid: they are one. Of a sequence that
 * is none, the longest beginning of one is taken together. */
static size_t character(const unsigned char *s, size_t size, bool *valid) {
    unsigned char first = s[0], low = 0x80, high = 0xbf;
    size_t length = first < 0x80                     ? 1
                    : first >= 0xc2 && first <= 0xdf ? 2
                    : (first & 0xf0) == 0xe0         ? 3
                    : first >= 0xf0 && first <= 0xf4 ? 4
                                                     : 0;
    *valid = length == 1;
    if (length <= 1) return 1;
    if (first == 0xe0) low = 0xa0;  /* no longer than need be, */
    if (first == 0xed) high = 0x9f; /* no surrogates, */
    if (first == 0xf0) low = 0x90;
    if (first == 0xf4) high = 0x8f; /* nothing beyond U+10FFFF */
    for (size_t i = 1; i < length; i++) {
        if (i >= size || s[i] < low || s[i] > high) return i;
        low = 0x80;
        high = 0xbf;
    }
    *valid = true;
    return length;
}

static cornu_status split_characters(cornu_words *words) {
    static const char replacement[] = "\xef\xbf\xbd"; /* U+FFFD */
    words->count = 0;
    for (size_t i = 0; i < words->text_size;) {
        bool valid;
        const char *at = words->text + i;
        size_t length = character((const unsigned char *)at, words->text_size - i, &valid);
        CORNU_TRY(add(words, valid ? at : replacement, valid ? length : 3));
        i += length;
    }
    return CORNU_OK;
}

/* ---- ngrams ---- */

static size_t joined_size(const cornu_bytes *items, size_t count) {
    size_t size = count - 1; /* spaces */
    for (size_t i = 0; i < count; i++) size += items[i].size;
    return size;
}

/* All of the first number of words, then all of the second, ... `words` holds the single words,
 * which the ngrams replace. */
static cornu_status make_ngrams(cornu_words *words, const cornu_text_rules *rules) {
    size_t single = words->count, needed = 1;
    for (size_t k = 0; k < rules->ngram_count; k++)
        for (size_t i = 0; i + (size_t)rules->ngrams[k] <= single; i++)
            needed += joined_size(words->items + i, (size_t)rules->ngrams[k]);
    CORNU_TRY(reserve_text(&words->joined, &words->joined_capacity, needed));
    char *next = words->joined;
    for (size_t k = 0; k < rules->ngram_count; k++) {
        size_t length = (size_t)rules->ngrams[k];
        for (size_t i = 0; i + length <= single; i++) {
            char *first = next;
            for (size_t j = 0; j < length; j++) {
                cornu_bytes word = words->items[i + j];
                if (j > 0) *next++ = ' ';
                if (word.size > 0) memcpy(next, word.data, word.size);
                next += word.size;
            }
            CORNU_TRY(add(words, first, (size_t)(next - first)));
        }
    }
    words->count -= single;
    memmove(words->items, words->items + single, words->count * sizeof *words->items);
    return CORNU_OK;
}

cornu_status cornu_words_make_(
    cornu_words *words, const cornu_text_rules *rules, cornu_bytes text
) {
    CORNU_TRY(cornu_words_standardize_(words, rules, text));
    if (rules->split == CORNU_SPLIT_WHITESPACE) CORNU_TRY(split_words(words));
    if (rules->split == CORNU_SPLIT_CHARACTER) CORNU_TRY(split_characters(words));
    return rules->ngram_count > 0 ? make_ngrams(words, rules) : CORNU_OK;
}
