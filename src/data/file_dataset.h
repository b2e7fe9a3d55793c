/* Datasets of files below a folder, each of which is a sample: what pictures and texts share.
 * keras/src/utils/image_dataset_utils.py, keras/src/utils/text_dataset_utils.py */
#ifndef CORNU_DATA_FILE_DATASET_H
#define CORNU_DATA_FILE_DATASET_H

#include "data/file_index.h"

/* Reads the files of a batch into one tensor [count, ...]; *new*. */
typedef cornu_tensor *cornu_read_samples_function(
    const void *settings, const cornu_file_index *index, const int64_t *samples, int64_t count
);

typedef struct cornu_file_dataset_args {
    cornu_file_index_args files; /* `labelled` and `seed` are set from the fields below */
    const char *labels, *label_mode;
    int64_t batch_size; /* 0: as the plan has it */
    int64_t seed;       /* CORNU_NONE: one of the default sequence */
    cornu_read_samples_function *read;
    const void *settings; /* of `read`; copied */
    size_t settings_size;
    cornu_dataset **validation; /* out, with subset "both" */
    bool in_order;              /* walks go through the files as the index has them */
} cornu_file_dataset_args;

/* Initialises what the arguments of all datasets of folders have in common. */
#define CORNU_FOLDER_ARGS_(args, ending_list)                                                      \
    .files =                                                                                       \
        {.directory = (args)->directory,                                                           \
         .class_names = (args)->class_names,                                                       \
         .label_list = (args)->label_list,                                                         \
         .endings = (ending_list),                                                                 \
         .follow_links = (args)->follow_links,                                                     \
         .shuffle = (args)->shuffle,                                                               \
         .validation_split = (args)->validation_split,                                             \
         .subset = (args)->subset},                                                                \
    .labels = (args)->labels, .label_mode = (args)->label_mode, .batch_size = (args)->batch_size,  \
    .seed = (args)->seed, .validation = (args)->validation

/* *new*. CORNU_EIO; CORNU_EINVAL for arguments that do not fit, and where no file is found. */
cornu_dataset *cornu_file_dataset_new_(const cornu_file_dataset_args *args);

#endif
