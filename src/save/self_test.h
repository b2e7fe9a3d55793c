/* Self-tests in .keras archives: inputs and the outputs that the model gave for them, as members
 * "cornu/self_test/input_0.npy", "output_0.npy", ...; with targets, "target_0.npy", ..., also the
 * losses of a few steps of training on them, "losses.npy". Keras looks at no members but its own.
 */
#ifndef CORNU_SAVE_SELF_TEST_H
#define CORNU_SAVE_SELF_TEST_H

#include "save/vocabulary.h"
#include <cornu/save.h>

/* Whether there can be the self-test that the arguments of saving want. */
cornu_status cornu_self_test_check_args_(cornu_model *model, const cornu_save_args *args);
/* Runs the model and adds inputs and outputs to the members of an archive, and if `losses` is not
 * NULL targets and losses. */
cornu_status cornu_self_test_make_(
    cornu_assets *assets, cornu_model *model, const cornu_save_args *args, cornu_tensor *losses
);
/* Trains a copy of a model that was saved at `path`; *losses is *new*. CORNU_EUNSUPPORTED if
 * another copy learns something else. */
cornu_status cornu_self_test_losses_(
    const char *path, const cornu_save_args *args, cornu_tensor **losses
);

#endif
