/* Texts that grow, and the name that a misspelt one may have meant. */
#ifndef CORNU_BASE_TEXT_H
#define CORNU_BASE_TEXT_H

#include <cornu/base.h>
#include <cornu/error.h>
#include <stdarg.h>

/* A growing text:
 *
 *     cornu_text text = {0};
 *     cornu_text_format_(&text, "%d layers\n", n);
 *     ...
 *     char *result = cornu_text_take_(&text);      // *new*, or NULL if any step ran out of memory
 *
 * Steps after a failure do nothing, so one check at the end is enough. */
typedef struct cornu_text {
    char *data; /* always ended by 0 once something was added; NULL before */
    size_t length, capacity;
    cornu_status status;
} cornu_text;

void cornu_text_add_(cornu_text *text, const char *more);
void cornu_text_add_bytes_(cornu_text *text, const void *bytes, size_t count);
void cornu_text_repeat_(cornu_text *text, char c, size_t count);
void cornu_text_format_(cornu_text *text, const char *format, ...) CORNU_PRINTF_(2, 3);
void cornu_text_vformat_(cornu_text *text, const char *format, va_list arguments);
/* Hands the text over and empties `text`; "" if nothing was added. NULL with CORNU_ENOMEM after a
 * failure. */
char *cornu_text_take_(cornu_text *text);
void cornu_text_free_(cornu_text *text);

/* Insertions, deletions, replacements and swaps of neighbours that turn one into the other,
 * letters' case apart. Texts longer than 63 characters count as far apart. */
size_t cornu_edit_distance_(const char *a, const char *b);
/* The candidate that `name` is likely a misspelling of, or NULL if none is near. *borrowed* from
 * the list. NULL candidates are passed over. */
const char *cornu_closest_(const char *name, const char *const *candidates, size_t count);

bool cornu_starts_with_(const char *text, const char *start);
bool cornu_ends_with_(const char *text, const char *end);

/* dense from Dense, batch_normalization from BatchNormalization, conv2d from Conv2D: Keras'
 * to_snake_case. `size` bytes of `snake` are written at most. Returns `snake`. */
char *cornu_to_snake_case_(const char *camel, char *snake, size_t size);

#endif
