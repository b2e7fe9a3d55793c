/* Where the files of keras.datasets are. */
#ifndef CORNU_SAVE_KERAS_DATASETS_H
#define CORNU_SAVE_KERAS_DATASETS_H

/* The path of a file in the first folder that has it, *new*; NULL with CORNU_EIO, which lists the
 * folders. */
char *cornu_find_data_(const char *name);

#endif
