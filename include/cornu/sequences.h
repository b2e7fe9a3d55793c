/* Lists of different lengths, as the words of texts are, and labels as vectors.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         const int32_t first[] = {7, 8, 9}, second[] = {5};
 *         cornu_sequences *words = cornu_sequences_new(
 *             (const int32_t *const[]){first, second}, (const size_t[]){3, 1}, 2);
 *         cornu_check(words);
 *         cornu_tensor *x = cornu_pad_sequences(words, .maxlen = 4); // 0 7 8 9, 0 0 0 5
 *         cornu_check(x);
 *         double last = cornu_tensor_get(x, 7);
 *         cornu_tensor_free(x);
 *         cornu_sequences_free(words);
 *         return last == 5 ? 0 : 1;
 *     }
 */
#ifndef CORNU_SEQUENCES_H
#define CORNU_SEQUENCES_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Lists of integers. */
typedef struct cornu_sequences cornu_sequences;
/* `count` lists, which are copied; *new*. CORNU_EINVAL (NULL), CORNU_ENOMEM. */
CORNU_API cornu_sequences *
cornu_sequences_new(const int32_t *const *items, const size_t *lengths, size_t count);
CORNU_API void cornu_sequences_free(cornu_sequences *sequences); /* NULL is fine */
CORNU_API size_t cornu_sequences_count(const cornu_sequences *sequences);
/* A list, *borrowed*, and its length in *length (may be NULL); NULL past the last (no error
 * pending). */
CORNU_API const int32_t *
cornu_sequences_get(const cornu_sequences *sequences, size_t index, size_t *length);

/* cornu_pad_sequences(sequences, .maxlen = 80): the lists as rows, [count, maxlen], *new*. Longer
 * ones lose their beginning ("pre") or their end ("post"), shorter ones get `value` at their
 * beginning or end. CORNU_EINVAL (a maxlen below 1, or none where all lists are empty; other words
 * than "pre" and "post"; a value that `dtype` does not have), CORNU_EDTYPE (texts).
 * keras/src/utils/sequence_utils.py */
typedef struct cornu_pad_sequences_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_pad_sequences_args));
    CORNU_ARG(const cornu_sequences *, sequences, NULL);
    CORNU_ARG(int64_t, maxlen, CORNU_NONE); /* none: the longest */
    CORNU_ARG(cornu_dtype, dtype, CORNU_INT32);
    CORNU_ARG(const char *, padding, "pre");
    CORNU_ARG(const char *, truncating, "pre");
    CORNU_ARG(double, value, 0);
} cornu_pad_sequences_args;
#define CORNU_PAD_SEQUENCES_DEFAULTS                                                               \
    .size_ = sizeof(cornu_pad_sequences_args), .maxlen = CORNU_NONE, .dtype = CORNU_INT32,         \
    .padding = "pre", .truncating = "pre"
CORNU_API cornu_tensor *cornu_pad_sequences_with(const cornu_pad_sequences_args *args);
#ifndef __cplusplus
#define cornu_pad_sequences(...)                                                                   \
    CORNU_KW_(cornu_pad_sequences_with(                                                            \
        &(cornu_pad_sequences_args){CORNU_PAD_SEQUENCES_DEFAULTS, .sequences = __VA_ARGS__}))
#endif

/* Labels as vectors with a one in their place: x [...] or [..., 1] of whole numbers gives float32
 * [..., num_classes], *new*. CORNU_NONE: one class more than the largest label. CORNU_EINVAL names
 * a label that is no class. keras/src/utils/numerical_utils.py */
CORNU_API cornu_tensor *cornu_to_categorical(cornu_tensor *x, int64_t num_classes);

#ifdef __cplusplus
}
#endif
#endif
