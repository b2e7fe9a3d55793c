/* The public face of export: keras/src/export/__init__.py */
#include "export/export.h"

#include "base/memory.h"
#include "base/text.h"

#include <ctype.h>
#include <string.h>

/* What a function in C may be called: the file's name, with '_' for what is no letter or digit. */
static char *name_of(const char *path) {
    const char *base = strrchr(path, '/');
    base = base ? base + 1 : path;
    size_t length = strlen(base) - strlen(".c");
    char *name =
        cornu_format_("%s%.*s", isdigit((unsigned char)*base) ? "_" : "", (int)length, base);
    for (char *c = name; c && *c; c++)
        if (!isalnum((unsigned char)*c)) *c = '_';
    return name;
}

static bool is_identifier(const char *name) {
    if (!isalpha((unsigned char)*name) && *name != '_') return false;
    for (; *name; name++)
        if (!isalnum((unsigned char)*name) && *name != '_') return false;
    return true;
}

static cornu_status export_c(const cornu_export_args *args) {
    if (args->name && !is_identifier(args->name))
        CORNU_FAIL(CORNU_EINVAL, "'%s' cannot begin the name of a function in C", args->name);
    char *name = args->name ? cornu_strdup_(args->name) : name_of(args->path);
    if (!name) return CORNU_ENOMEM;
    cornu_status status = cornu_export_c_(args->model, args, name);
    cornu_free_(name);
    return status;
}

static cornu_status export_any(const cornu_export_args *args) {
    if (!args->model) return cornu_error_null("model");
    if (!args->path) return cornu_error_null("path");
    if (args->batch_size != CORNU_NONE && args->batch_size < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "batch_size must be at least 1, got %lld", (long long)args->batch_size
        );
    if (cornu_ends_with_(args->path, ".onnx")) return cornu_export_onnx_(args->model, args);
    if (cornu_ends_with_(args->path, ".c")) return export_c(args);
    CORNU_FAIL(CORNU_EINVAL, "'%s': the name of an export must end in '.onnx' or '.c'", args->path);
}

cornu_status cornu_export_with(const cornu_export_args *args) {
    CORNU_TRY(export_any(args), "export");
    return CORNU_OK;
}
