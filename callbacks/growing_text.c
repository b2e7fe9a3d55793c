/* Texts that double their room. */
#include "growing_text.h"
#include <string.h>

void cornu_growing_text_add_(cornu_growing_text *text, const char *more) {
    size_t length = strlen(more);
    if (text->failed) return;
    if (text->length + length + 1 > text->capacity) {
        size_t capacity = 2 * (text->length + length + 1);
        char *larger = cornu_allocate(capacity);
        text->failed = !larger;
        if (!larger) return;
        if (text->data) memcpy(larger, text->data, text->length);
        cornu_free(text->data);
        text->data = larger;
        text->capacity = capacity;
    }
    memcpy(text->data + text->length, more, length + 1);
    text->length += length;
}
