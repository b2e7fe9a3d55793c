/* See text.h. */
#include "support/text.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *room(size_t count, size_t size) {
    void *memory = calloc(count > 0 ? count : 1, size);
    if (memory == NULL) {
        fprintf(stderr, "out of memory\n");
        exit(EXIT_FAILURE);
    }
    return memory;
}

/* ---- files ---- */
static char *read_file(const char *path) {
    FILE *file = fopen(path, "rb");
    if (file == NULL) return NULL;
    fseek(file, 0, SEEK_END);
    long size = ftell(file);
    rewind(file);
    char *text = room((size_t)(size > 0 ? size : 0) + 1, 1);
    text[fread(text, 1, (size_t)(size > 0 ? size : 0), file)] = '\0';
    fclose(file);
    return text;
}

/* Like strstr, which sanitizers let measure the whole rest of the text at each call. */
static char *find_next(char *at, const char *separator, size_t width) {
    for (; *at != '\0'; at++)
        if (*at == *separator && strncmp(at, separator, width) == 0) return at;
    return NULL;
}

char **text_read(const char *path, const char *separator, size_t *count) {
    char *text = read_file(path);
    if (text == NULL) return NULL;
    size_t most = 1, width = strlen(separator);
    for (char *at = find_next(text, separator, width); at != NULL;
         at = find_next(at + width, separator, width))
        most++;
    char **pieces = room(most, sizeof *pieces);
    *count = 0;
    for (char *at = text, *next; at != NULL; at = next) {
        next = find_next(at, separator, width);
        if (next != NULL) *next = '\0', next += width;
        if (*at == '\0') continue;
        size_t length = strlen(at) + 1;
        pieces[*count] = room(length, 1);
        memcpy(pieces[(*count)++], at, length);
    }
    free(text);
    return pieces;
}

void text_free(char **texts, size_t count) {
    for (size_t i = 0; texts != NULL && i < count; i++) free(texts[i]);
    free(texts);
}

size_t *text_shuffled(size_t count, unsigned seed) {
    size_t *order = room(count, sizeof *order);
    unsigned long long state = seed;
    for (size_t i = 0; i < count; i++) order[i] = i;
    for (size_t i = count; i > 1; i--) { /* Fisher and Yates, Knuth's MMIX generator */
        state = state * 6364136223846793005u + 1442695040888963407u;
        size_t k = (size_t)((state >> 33) % i), kept = order[i - 1];
        order[i - 1] = order[k];
        order[k] = kept;
    }
    return order;
}

/* ---- words ---- */
enum { LONGEST = 64, BUCKETS = 1 << 16 };

typedef struct word {
    char text[LONGEST];
    size_t times;
    int32_t id;
    struct word *next; /* in its bucket */
} word;

struct vocabulary {
    word *buckets[BUCKETS];
};

static bool is_letter(unsigned char c) { return isalnum(c) || c >= 128; }

/* Copies the next word, or a mark by itself, and returns what follows; NULL at the end. */
static const char *next_word(const char *text, char *out) {
    size_t length = 0;
    while (isspace((unsigned char)*text)) text++;
    if (*text == '\0') return NULL;
    do {
        if (length + 1 < LONGEST) out[length++] = (char)tolower((unsigned char)*text);
        text++;
    } while (is_letter((unsigned char)text[-1]) && is_letter((unsigned char)*text));
    out[length] = '\0';
    return text;
}

static word **bucket_of(vocabulary *words, const char *text) {
    unsigned hash = 2166136261u; /* FNV-1a */
    for (; *text != '\0'; text++) hash = (hash ^ (unsigned char)*text) * 16777619u;
    return &words->buckets[hash % BUCKETS];
}

static word *find(const vocabulary *words, const char *text) {
    word *at = *bucket_of((vocabulary *)words, text);
    while (at != NULL && strcmp(at->text, text) != 0) at = at->next;
    return at;
}

/* The more frequent first; among equals by the alphabet, so that the order is always the same. */
static int by_times(const void *a, const void *b) {
    const word *x = *(word *const *)a, *y = *(word *const *)b;
    if (x->times != y->times) return x->times > y->times ? -1 : 1;
    return strcmp(x->text, y->text);
}

vocabulary *vocabulary_new(char *const *texts, size_t count, int32_t size) {
    vocabulary *words = room(1, sizeof *words);
    char text[LONGEST];
    size_t distinct = 0;
    for (size_t i = 0; i < count; i++)
        for (const char *at = next_word(texts[i], text); at != NULL; at = next_word(at, text)) {
            word *known = find(words, text), **bucket = bucket_of(words, text);
            if (known == NULL) {
                known = room(1, sizeof *known);
                memcpy(known->text, text, strlen(text) + 1);
                known->id = 1;
                known->next = *bucket;
                *bucket = known;
                distinct++;
            }
            known->times++;
        }
    word **sorted = room(distinct, sizeof *sorted);
    size_t n = 0;
    for (size_t i = 0; i < BUCKETS; i++)
        for (word *at = words->buckets[i]; at != NULL; at = at->next) sorted[n++] = at;
    qsort(sorted, n, sizeof *sorted, by_times);
    for (size_t i = 0; i < n && (int32_t)i + 2 < size; i++) sorted[i]->id = (int32_t)i + 2;
    free(sorted);
    return words;
}

void vocabulary_free(vocabulary *words) {
    for (size_t i = 0; words != NULL && i < BUCKETS; i++)
        for (word *at = words->buckets[i], *next; at != NULL; at = next) {
            next = at->next;
            free(at);
        }
    free(words);
}

void vocabulary_encode(const vocabulary *words, const char *text, int32_t *ids, int64_t length) {
    char found[LONGEST];
    for (int64_t i = 0; i < length; i++) {
        text = text != NULL ? next_word(text, found) : NULL;
        const word *known = text != NULL ? find(words, found) : NULL;
        ids[i] = text == NULL ? 0 : known != NULL ? known->id : 1;
    }
}
