/* Weights without initial values. A model that is made from a file gets its values from there, so
 * that drawing others first would only cost time and the same memory again. A placeholder is a
 * variable over memory that was never touched, which takes no pages from the system. */
#ifndef CORNU_NN_PLACEHOLDER_H
#define CORNU_NN_PLACEHOLDER_H

#include <cornu/initializers.h>
#include <cornu/tensor.h>

struct cornu_storage;

typedef struct cornu_placeholder {
    cornu_tensor *variable;
    cornu_initializer *initializer;
    struct cornu_storage *storage; /* that of the variable until somebody gives it values */
} cornu_placeholder;

typedef struct cornu_placeholders {
    cornu_placeholder *items;
    size_t count, capacity;
    struct cornu_placeholders *outer; /* that was noted to before */
} cornu_placeholders;

/* From here to the end the weights that are made in this thread become placeholders, noted in
 * `list` (all zero), except small ones. */
void cornu_placeholders_begin_(cornu_placeholders *list);
void cornu_placeholders_end_(cornu_placeholders *list);
/* Gives initial values to those that got no others since. */
cornu_status cornu_placeholders_settle_(cornu_placeholders *list);
void cornu_placeholders_free_(cornu_placeholders *list);

/* Whether a weight of so many bytes is to become one now. */
bool cornu_placeholders_wanted_(size_t bytes);
/* Notes a variable that was made over memory without values. CORNU_ENOMEM. */
cornu_status cornu_placeholders_add_(cornu_tensor *variable, cornu_initializer *initializer);

#endif
