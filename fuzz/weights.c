/* .weights.h5 into a model that stands. libhdf5 looks at the file in cornu-read; what is looked for
 * here is what it can make this process do. Seeds: *.weights.h5 */
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    (void)cornu_load_weights(fuzz_model(), fuzz_file(data, size, ".weights.h5"));
    cornu_error_clear();
    return 0;
}
