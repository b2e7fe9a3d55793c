/* IDX arrays, plain or packed by gzip. Seeds: *.idx */
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cornu_tensor_free(cornu_load_idx(fuzz_file(data, size, ".idx")));
    cornu_error_clear();
    return 0;
}
