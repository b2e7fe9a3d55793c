/* The callbacks that `cornu fit` makes of its options. */
#ifndef CORNU_CLI_FIT_CALLBACKS_H
#define CORNU_CLI_FIT_CALLBACKS_H

#include <cornu/cornu.h>

typedef struct fit_callbacks_options {
    const char *backup, *checkpoint, *csv_log, *tensor_board; /* NULL: none */
    int64_t backup_freq;                                      /* CORNU_NONE: every epoch */
} fit_callbacks_options;

enum { FIT_CALLBACKS_MAX = 5 };
typedef struct fit_callbacks {
    cornu_callback *items[FIT_CALLBACKS_MAX];
    size_t count;
} fit_callbacks;

/* Makes what the options ask for, after `first` (may be NULL; taken, also on failure). The backup
 * comes last, so that it knows of all others. */
cornu_status fit_callbacks_make(
    fit_callbacks *made, const fit_callbacks_options *options, cornu_callback *first
);

#endif
