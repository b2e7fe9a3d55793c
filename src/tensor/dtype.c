/* Element types and their names (NumPy's, which Keras uses too). */
#include <cornu/tensor.h>

#include "base/text.h"

#include <string.h>

static const struct {
    const char *name;
    size_t size;
} types[CORNU_DTYPE_COUNT] = {
#define TYPE(dtype, text, bytes) [dtype] = {text, bytes},
    CORNU_DTYPE_LIST(TYPE)
#undef TYPE
};

static bool valid(cornu_dtype dtype) { return (unsigned)dtype < CORNU_DTYPE_COUNT; }

const char *cornu_dtype_name(cornu_dtype dtype) {
    if (dtype == CORNU_STRING) return "string";
    return valid(dtype) ? types[dtype].name : "(no dtype)";
}

size_t cornu_dtype_size(cornu_dtype dtype) { return valid(dtype) ? types[dtype].size : 0; }

bool cornu_dtype_is_float(cornu_dtype dtype) {
    return dtype == CORNU_FLOAT32 || dtype == CORNU_FLOAT64 || dtype == CORNU_BFLOAT16 ||
           dtype == CORNU_FLOAT16;
}

cornu_status cornu_dtype_from_name(const char *name, cornu_dtype *dtype) {
    if (!name) return cornu_error_null("name of a dtype");
    const char *names[CORNU_DTYPE_COUNT];
    for (int i = 0; i < CORNU_DTYPE_COUNT; i++) {
        names[i] = types[i].name;
        if (strcmp(name, names[i]) == 0) {
            *dtype = (cornu_dtype)i;
            return CORNU_OK;
        }
    }
    if (strcmp(name, "string") == 0) return *dtype = CORNU_STRING, CORNU_OK;
    const char *closest = cornu_closest_(name, names, CORNU_DTYPE_COUNT);
    if (closest) {
        CORNU_FAIL(CORNU_EUNKNOWN, "no dtype '%s': did you mean '%s'?", name, closest);
    }
    CORNU_FAIL(CORNU_EUNKNOWN, "no dtype '%s'", name);
}
