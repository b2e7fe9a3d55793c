/* Which files below a folder are samples, and of which class.
 * keras/src/utils/dataset_utils.py: index_directory, get_training_or_validation_split */
#ifndef CORNU_DATA_FILE_INDEX_H
#define CORNU_DATA_FILE_INDEX_H

#include <cornu/data.h>

typedef struct cornu_file_index {
    char **paths; /* [count] */
    int32_t *labels;
    size_t count, capacity, label_capacity;
    char **classes; /* [class_count]; none without labels */
    size_t class_count;
} cornu_file_index;

typedef struct cornu_file_index_args {
    const char *directory;
    bool labelled;
    cornu_texts class_names;    /* none: all folders, sorted */
    cornu_ints label_list;      /* with `labelled`: the labels of all files; none: by folders */
    const char *const *endings; /* in small letters, NULL-ended */
    bool follow_links, shuffle;
    int64_t seed; /* CORNU_NONE: one of the default sequence */
    double validation_split;
    const char *subset; /* "training", "validation" or NULL */
} cornu_file_index_args;

/* CORNU_EIO; CORNU_EINVAL for arguments that do not fit, and where no file is found. Free it in any
 * case. */
cornu_status cornu_file_index_make_(cornu_file_index *index, const cornu_file_index_args *args);
void cornu_file_index_free_(cornu_file_index *index);

/* The labels of samples as label_mode has them; *new*. */
typedef enum cornu_label_mode {
    CORNU_LABELS_NONE,
    CORNU_LABELS_INT,
    CORNU_LABELS_CATEGORICAL,
    CORNU_LABELS_BINARY
} cornu_label_mode;
cornu_status cornu_label_mode_of_(const char *labels, const char *mode, cornu_label_mode *found);
/* CORNU_EINVAL for labels that the mode cannot express. */
cornu_status cornu_check_labels_(const cornu_file_index *index, cornu_label_mode mode);
cornu_tensor *cornu_file_labels_(
    const cornu_file_index *index, cornu_label_mode mode, const int64_t *samples, int64_t count
);

#endif
