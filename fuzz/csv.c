/* Tables of texts: read, and each column taken both as numbers and as categories. Seeds: *.csv */
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    /* the first byte says how the rest is to be read */
    bool header = size == 0 || !(data[0] & 1);
    const char *path = fuzz_file(data, size, ".csv");
    cornu_csv *table = cornu_load_csv(path, .header = header);
    for (size_t i = 0; table && i < cornu_csv_columns(table); i++) {
        const char *name = cornu_csv_name(table, i);
        cornu_tensor_free(cornu_csv_numbers(table, cornu_texts(name), CORNU_FLOAT32));
        cornu_tensor_free(cornu_csv_numbers(table, cornu_texts(name), CORNU_INT64));
        cornu_tensor_free(cornu_csv_categories(table, name));
        (void)cornu_csv_category(table, name, 0);
    }
    cornu_csv_free(table);
    cornu_dataset_free(cornu_dataset_from_csv(path, .header = header));
    cornu_error_clear();
    return 0;
}
