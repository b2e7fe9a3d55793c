/* .keras archives as a whole: zip, config, weights. Seeds: *.keras */
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cornu_model_free(cornu_load(fuzz_file(data, size, ".keras")));
    cornu_error_clear();
    return 0;
}
