/* A program's own file, written as durably as the library's. */
#include <cornu/save.h>

#include "base/file.h"

cornu_status cornu_save_bytes(const char *path, const void *bytes, size_t size) {
    if (!path) return cornu_error_null("path");
    if (!bytes && size > 0) return cornu_error_null("bytes");
    return cornu_file_write_(path, bytes, size);
}
