/* Archives of NumPy's arrays, as states of training. Seeds: *.npz */
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cornu_state_free(cornu_state_load(fuzz_file(data, size, ".npz")));
    cornu_error_clear();
    return 0;
}
