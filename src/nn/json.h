/* Marks that cornu keeps on cJSON nodes, in bits of `type` that cJSON does not use but copies. */
#ifndef CORNU_NN_JSON_H
#define CORNU_NN_JSON_H

#include <cjson/cJSON.h>
#include <stdbool.h>
#include <stdint.h>

enum {
    CORNU_JSON_FLOAT = 1 << 12, /* a number that is written as a float: "1.0", not "1" */
    CORNU_JSON_READ = 1 << 13   /* a member of a config that a class' from_config has looked at */
};

/* The number as int64_t; false if it is no integer or does not fit. Integers beyond 2^53, which a
 * double cannot hold, are exact. */
bool cornu_json_as_int_(const cJSON *json, int64_t *value);
/* An integer, written without a decimal point (1.0 in the file counts as one too). */
bool cornu_json_is_integral_(const cJSON *json);

#endif
