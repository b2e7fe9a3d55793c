/* Self-tests in .keras archives: inputs and the outputs that the model gave for them, as members
 * "cornu/self_test/input_0.npy", "output_0.npy", ... Keras looks at no members but its own. */
#ifndef CORNU_SAVE_SELF_TEST_H
#define CORNU_SAVE_SELF_TEST_H

#include "save/vocabulary.h"

/* Runs the model and adds both to the members of an archive. */
cornu_status cornu_self_test_make_(
    cornu_assets *assets, cornu_model *model, cornu_tensor_list inputs
);

#endif
