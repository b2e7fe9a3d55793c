/* A text that grows. */
#ifndef CORNU_CALLBACKS_GROWING_TEXT_H
#define CORNU_CALLBACKS_GROWING_TEXT_H

#include <cornu/base.h>

/* Zero-initialise it; cornu_free(text.data) at the end. Once memory has run out nothing more is
 * added, so that one look at `failed` is enough. */
typedef struct cornu_growing_text {
    char *data; /* ended by 0; NULL before anything was added */
    size_t length, capacity;
    bool failed;
} cornu_growing_text;

void cornu_growing_text_add_(cornu_growing_text *text, const char *more);

#endif
