/* JSON out: a text that grows. Numbers keep all their digits; NaN and infinities are written as Python's json writes them. */
#ifndef CORNU_CLI_JSON_H
#define CORNU_CLI_JSON_H

#include "cli.h"

/* Steps after a failed one do nothing, so that one check of `status` at the end is enough. */
typedef struct json_text {
    char *data;
    size_t length, capacity;
    cornu_status status;
} json_text;

void json_free(json_text *json);
void json_raw(json_text *json, const char *text);
void json_string(json_text *json, const char *text);
void json_number(json_text *json, double value);
/* A number, or a list of numbers for several. */
void json_numbers(json_text *json, const double *values, size_t count);
/* A tensor as nested lists; a scalar as a number. */
void json_tensor(json_text *json, const cornu_tensor *tensor);
/* {"loss": 0.5, "accuracy": 0.75} */
void json_logs(json_text *json, const cornu_logs *logs);
/* One entry of logs as a value. */
void json_log_value(json_text *json, const cornu_log_entry *entry);

/* Writes the text and a newline to a file, whole or not at all. */
cornu_status json_save(json_text *json, const char *path);
/* Prints it to standard output. */
cornu_status json_print(json_text *json);

/* A whole text file; *new* memory, free. CORNU_EIO. */
char *text_load(const char *path);

#endif
