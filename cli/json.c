/* JSON out. */
#include "json.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void add(json_text *json, const char *bytes, size_t count) {
    if (json->status != CORNU_OK) return;
    if (json->length + count + 1 > json->capacity) {
        size_t capacity = (json->length + count + 1) * 2;
        char *data = realloc(json->data, capacity);
        if (!data) {
            json->status = cornu_error_set(CORNU_ENOMEM, NULL, 0, "out of memory");
            return;
        }
        json->data = data;
        json->capacity = capacity;
    }
    memcpy(json->data + json->length, bytes, count);
    json->length += count;
    json->data[json->length] = '\0';
}

void json_free(json_text *json) {
    free(json->data);
    *json = (json_text){0};
}

void json_raw(json_text *json, const char *text) { add(json, text, strlen(text)); }

void json_string(json_text *json, const char *text) {
    json_raw(json, "\"");
    for (const char *c = text; *c; c++) {
        char escaped[8];
        if (*c == '"' || *c == '\\') {
            snprintf(escaped, sizeof escaped, "\\%c", *c);
        } else if ((unsigned char)*c < 0x20) {
            snprintf(escaped, sizeof escaped, "\\u%04x", (unsigned)*c);
        } else {
            snprintf(escaped, sizeof escaped, "%c", *c);
        }
        json_raw(json, escaped);
    }
    json_raw(json, "\"");
}

void json_number(json_text *json, double value) {
    char text[40];
    if (isnan(value)) {
        snprintf(text, sizeof text, "NaN");
    } else if (isinf(value)) {
        snprintf(text, sizeof text, value < 0 ? "-Infinity" : "Infinity");
    } else {
        snprintf(text, sizeof text, "%.17g", value);
    }
    json_raw(json, text);
}

void json_numbers(json_text *json, const double *values, size_t count) {
    json_raw(json, "[");
    for (size_t i = 0; i < count; i++) {
        if (i > 0) json_raw(json, ", ");
        json_number(json, values[i]);
    }
    json_raw(json, "]");
}

/* The part of `tensor` below `axis` that begins at element `first`. */
static void nested(
    json_text *json, const cornu_tensor *tensor, int axis, int64_t first, int64_t size
) {
    const cornu_shape *shape = cornu_tensor_shape(tensor);
    if (axis == shape->rank) {
        json_number(json, cornu_tensor_get(tensor, first));
        return;
    }
    int64_t count = shape->dims[axis];
    json_raw(json, "[");
    for (int64_t i = 0; i < count; i++) {
        if (i > 0) json_raw(json, ", ");
        nested(json, tensor, axis + 1, first + i * (size / count), size / count);
    }
    json_raw(json, "]");
}

void json_tensor(json_text *json, const cornu_tensor *tensor) {
    nested(json, tensor, 0, 0, cornu_tensor_size(tensor));
}

void json_log_value(json_text *json, const cornu_log_entry *entry) {
    if (entry->values) {
        json_numbers(json, entry->values, entry->count);
    } else {
        json_number(json, entry->value);
    }
}

void json_logs(json_text *json, const cornu_logs *logs) {
    json_raw(json, "{");
    for (size_t i = 0; i < logs->count; i++) {
        if (i > 0) json_raw(json, ", ");
        json_string(json, logs->entries[i].name);
        json_raw(json, ": ");
        json_log_value(json, &logs->entries[i]);
    }
    json_raw(json, "}");
}

cornu_status json_save(json_text *json, const char *path) {
    json_raw(json, "\n");
    CORNU_TRY(json->status);
    return cornu_save_bytes(path, json->data, json->length);
}

cornu_status json_print(json_text *json) {
    CORNU_TRY(json->status);
    puts(json->data ? json->data : "");
    return CORNU_OK;
}

static char *read_all(FILE *file, const char *path) {
    size_t length = 0, capacity = 4096;
    char *data = cli_allocate(capacity, 1);
    while (data) {
        length += fread(data + length, 1, capacity - length - 1, file);
        if (length + 1 < capacity) break;
        char *larger = realloc(data, capacity *= 2);
        if (!larger) {
            free(data);
            CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory");
        }
        data = larger;
    }
    if (data && ferror(file)) {
        free(data);
        (void)cornu_error_set(CORNU_EIO, NULL, 0, "'%s': %s", path, strerror(errno));
        return NULL;
    }
    if (data) data[length] = '\0';
    return data;
}

char *text_load(const char *path) {
    FILE *file = fopen(path, "rb");
    if (!file) {
        (void)cornu_error_set(CORNU_EIO, NULL, 0, "'%s': %s", path, strerror(errno));
        return NULL;
    }
    char *text = read_all(file, path);
    fclose(file);
    return text;
}
