/* The argument of --class-weight: a flat JSON object, class index to weight. */
#include "class_weight.h"

#include <cjson/cJSON.h>
#include <errno.h>
#include <stdlib.h>

static cornu_status read_entry(const cJSON *entry, cornu_class_weight *weight) {
    char *end = NULL;
    errno = 0;
    long long label = strtoll(entry->string, &end, 10);
    if (end == entry->string || *end != '\0' || errno == ERANGE || label < 0) {
        USAGE_FAIL("--class-weight: '%s' is no class index", entry->string);
    }
    if (!cJSON_IsNumber(entry)) {
        USAGE_FAIL("--class-weight: the weight of class %lld is no number", label);
    }
    *weight = (cornu_class_weight){.label = label, .weight = entry->valuedouble};
    return CORNU_OK;
}

cornu_status class_weight_parse(const char *text, cornu_class_weight **weights, size_t *count) {
    *weights = NULL;
    *count = 0;
    cJSON *object = cJSON_ParseWithOpts(text, NULL, true);
    if (!cJSON_IsObject(object) || !object->child) {
        cJSON_Delete(object);
        USAGE_FAIL(
            "--class-weight wants a JSON object like {\"0\": 1.0, \"1\": 2.5}, got '%s'", text
        );
    }
    cornu_status status = CORNU_OK;
    *weights = cli_allocate((size_t)cJSON_GetArraySize(object), sizeof **weights);
    if (!*weights) status = CORNU_ENOMEM;
    for (const cJSON *e = object->child; status == CORNU_OK && e; e = e->next) {
        status = read_entry(e, &(*weights)[*count]);
        *count += 1;
    }
    cJSON_Delete(object);
    return status;
}
