/* NumPy's arrays. Seeds: *.npy */
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cornu_tensor_free(cornu_load_npy(fuzz_file(data, size, ".npy")));
    cornu_error_clear();
    return 0;
}
