/* Lists of different lengths behind one another. */
#ifndef CORNU_DATA_SEQUENCES_H
#define CORNU_DATA_SEQUENCES_H

#include <cornu/sequences.h>

struct cornu_sequences {
    int32_t *values;
    size_t *starts; /* [capacity + 1]: list i is values[starts[i]] .. values[starts[i + 1] - 1] */
    size_t count, capacity, value_capacity;
};

/* *new*, empty. */
cornu_sequences *cornu_sequences_empty_(void);
/* Adds a list; its items stay to be written if `items` is NULL. CORNU_ENOMEM. */
cornu_status cornu_sequences_add_(cornu_sequences *self, const int32_t *items, size_t length);

#endif
