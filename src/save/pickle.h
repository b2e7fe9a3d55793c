/* Python's pickles, as far as they are lists of whole numbers. */
#ifndef CORNU_SAVE_PICKLE_H
#define CORNU_SAVE_PICKLE_H

#include "data/sequences.h"

/* The lists of integers in a .npy file of Python objects in memory, *new*. Nothing in the file is
 * run: whatever is no list of lists of integers in a NumPy array is CORNU_EFORMAT. `name` is for
 * messages. */
cornu_sequences *cornu_pickled_lists_(const char *bytes, size_t size, const char *name);

#endif
