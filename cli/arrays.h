/* Arrays on the command line: .npy, .npz, .csv and .h5:dataset in, .npy out. */
#ifndef CORNU_CLI_ARRAYS_H
#define CORNU_CLI_ARRAYS_H

#include "options.h"

/* Tensors read from files; freed by arrays_free. */
typedef struct arrays {
    cornu_tensor *items[TEXTS_MAX];
    size_t count;
} arrays;

/* Reads one array: "x.npy", "a.npz" (of one array) or "a.npz:name", "t.csv" (all columns, numbers
 * under a line of names) or "t.csv:column", "f.h5:group/dataset"; *new*. */
cornu_tensor *array_load(const char *path);
/* The same for an option that may be missing: leaves *tensor alone if `path` is NULL. */
cornu_status array_load_optional(const char *path, cornu_tensor **tensor);
/* Reads all files of an option, in order. After a failure `list` holds those that were read. */
cornu_status arrays_load(arrays *list, const texts *paths);
void arrays_free(arrays *list);
cornu_tensor_list arrays_list(const arrays *list);
/* Sample weights: one array for all outputs, or a list with one for each. */
cornu_tensor *arrays_single(const arrays *list); /* NULL if there is not exactly one */
cornu_tensor_list arrays_several(const arrays *list); /* empty below two */

/* Ensures that an option was given once per input or output ("--input") of the model. */
cornu_status arrays_expect(const texts *paths, const char *name, size_t expected, const char *what);

/* Ensures that an output can be written as .npy, before anything is computed. */
cornu_status array_check_output(const char *path);
/* Writes an array; bfloat16, which NumPy does not know, as float32. */
cornu_status array_save(const char *path, cornu_tensor *tensor);

#endif
