/* Callbacks of `cornu fit`. */
#include "fit_callbacks.h"

#include "options.h"

static cornu_status add(fit_callbacks *made, cornu_callback *callback) {
    if (!callback) return cornu_error_status();
    made->items[made->count++] = callback;
    return CORNU_OK;
}

static cornu_status make(fit_callbacks *made, const fit_callbacks_options *options) {
    if (options->checkpoint) {
        CORNU_TRY(add(made, cornu_callback_model_checkpoint(options->checkpoint)), "--checkpoint");
    }
    if (options->csv_log) {
        CORNU_TRY(add(made, cornu_callback_csv_logger(options->csv_log)), "--csv-log");
    }
    if (options->tensor_board) {
        CORNU_TRY(add(made, cornu_callback_tensor_board(options->tensor_board)), "--tensorboard");
    }
    if (options->backup) {
        CORNU_TRY(
            add(made, cornu_callback_backup_and_restore(
                          options->backup, .save_freq = options->backup_freq
                      )),
            "--backup"
        );
    }
    return CORNU_OK;
}

cornu_status fit_callbacks_make(
    fit_callbacks *made, const fit_callbacks_options *options, cornu_callback *first
) {
    *made = (fit_callbacks){.count = 0};
    if (first) made->items[made->count++] = first;
    cornu_status status = CORNU_OK;
    if (!options->backup && options->backup_freq != CORNU_NONE) {
        status = cornu_error_set(CORNU_EINVAL, NULL, 0, "--backup-freq needs --backup");
    }
    if (status == CORNU_OK) status = make(made, options);
    if (status == CORNU_OK) return CORNU_OK;
    for (size_t i = 0; i < made->count; i++) cornu_callback_free(made->items[i]);
    made->count = 0;
    return status;
}
