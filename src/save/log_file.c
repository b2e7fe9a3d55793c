/* Log files for callbacks: what base/append.h does, for classes that see public headers only. */
#include <cornu/save.h>

#include "base/append.h"
#include "base/memory.h"

struct cornu_log_file {
    cornu_appender appender;
};

cornu_log_file *cornu_log_file_open(const char *path) {
    cornu_log_file *file = cornu_alloc_(sizeof *file);
    if (file && cornu_appender_open_(&file->appender, path) == CORNU_OK) return file;
    cornu_free_(file);
    return NULL;
}

void cornu_log_file_close(cornu_log_file *file) {
    if (!file) return;
    cornu_appender_close_(&file->appender);
    cornu_free_(file);
}

int64_t cornu_log_file_size(const cornu_log_file *file) { return file->appender.size; }

cornu_status cornu_log_file_cut(cornu_log_file *file, int64_t size) {
    return cornu_appender_cut_(&file->appender, size);
}

cornu_status cornu_log_file_write(cornu_log_file *file, const void *bytes, size_t size) {
    return cornu_appender_write_(&file->appender, bytes, size);
}

cornu_status cornu_log_file_sync(cornu_log_file *file) {
    return cornu_appender_sync_(&file->appender);
}

cornu_status cornu_make_folder(const char *path) { return cornu_folder_make_(path); }
