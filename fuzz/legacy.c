/* Legacy whole-model files. Seeds: *.h5 */
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cornu_model_free(cornu_load(fuzz_file(data, size, ".h5")));
    cornu_error_clear();
    return 0;
}
