/* config.json alone, which in an archive a checksum would hide from changes: parsed, upgraded,
 * built, and written again. Seeds: *.json */
#include "model/graph.h"
#include "model/upgrade.h"
#include "nn/budget.h"
#include "support/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    cJSON *config = cornu_json_parse_((const char *)data, size, "config.json");
    if (config && cornu_upgrade_model_(&(cornu_upgrade){0}, config) == CORNU_OK) {
        uint64_t before = cornu_budget_begin_(size, false);
        cornu_model *model = cornu_model_from_config_(config);
        cornu_budget_end_(before);
        if (model) cJSON_Delete(cornu_model_serialize_(model));
        cornu_model_free(model);
    }
    cJSON_Delete(config);
    cornu_error_clear();
    return 0;
}
