/* Texts for the examples: reading them from files, taking them apart into words, numbering the
 * words.
 *
 *     size_t count;
 *     char **words = text_read("/usr/share/dict/ngerman", "\n", &count);
 *     vocabulary *known = vocabulary_new(words, count, 8000);
 *     vocabulary_encode(known, "to be or not to be", ids, 32);
 *     vocabulary_free(known);
 *     text_free(words, count);
 *
 * Running out of memory ends the program. */
#ifndef CORNU_EXAMPLES_TEXT_H
#define CORNU_EXAMPLES_TEXT_H

#include <cornu/cornu.h>

/* The pieces of a file between separators, empty ones left out; *new*. NULL if the file cannot be
 * read. */
char **text_read(const char *path, const char *separator, size_t *count);
void text_free(char **texts, size_t count);

/* Puts `count` indices into an order that depends on the seed alone; *new*. */
size_t *text_shuffled(size_t count, unsigned seed);

/* Words and marks, numbered from 2 by how often they occur. 0 stands for no word, 1 for all that
 * have no number. */
typedef struct vocabulary vocabulary;
/* Of the words of these texts the size - 2 most frequent. Letters count as small ones. */
vocabulary *vocabulary_new(char *const *texts, size_t count, int32_t size);
void vocabulary_free(vocabulary *words);
/* The numbers of the first `length` words, and zeros after the last one. */
void vocabulary_encode(const vocabulary *words, const char *text, int32_t *ids, int64_t length);

#endif
