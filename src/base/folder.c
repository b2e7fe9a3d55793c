/* Folders by POSIX calls. */
#include "base/folder.h"
#include "base/memory.h"
#include <dirent.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static int compare(const void *a, const void *b) {
    return strcmp(((const cornu_folder_entry *)a)->name, ((const cornu_folder_entry *)b)->name);
}

static cornu_status add(cornu_folder *folder, const char *path, const char *name) {
    char *full = cornu_format_("%s/%s", path, name);
    struct stat link, about;
    if (!full) return CORNU_ENOMEM;
    bool there = lstat(full, &link) == 0 && stat(full, &about) == 0;
    cornu_free_(full);
    if (!there || !(S_ISDIR(about.st_mode) || S_ISREG(about.st_mode))) return CORNU_OK;
    CORNU_TRY(CORNU_RESERVE_(folder->entries, folder->capacity, folder->count + 1));
    char *own = cornu_strdup_(name);
    if (!own) return CORNU_ENOMEM;
    folder->entries[folder->count++] =
        (cornu_folder_entry){own, S_ISDIR(about.st_mode), S_ISLNK(link.st_mode)};
    return CORNU_OK;
}

cornu_status cornu_folder_read_(cornu_folder *folder, const char *path) {
    *folder = (cornu_folder){0};
    if (!path) return cornu_error_null("path");
    DIR *stream = opendir(path);
    if (!stream) CORNU_FAIL(CORNU_EIO, "folder '%s': %s", path, strerror(errno));
    cornu_status status = CORNU_OK;
    const struct dirent *entry;
    while (status == CORNU_OK && (entry = readdir(stream)))
        if (strcmp(entry->d_name, ".") != 0 && strcmp(entry->d_name, "..") != 0)
            status = add(folder, path, entry->d_name);
    (void)closedir(stream);
    if (status == CORNU_OK && folder->count > 1)
        qsort(folder->entries, folder->count, sizeof *folder->entries, compare);
    return status;
}

void cornu_folder_free_(cornu_folder *folder) {
    for (size_t i = 0; i < folder->count; i++) cornu_free_(folder->entries[i].name);
    cornu_free_(folder->entries);
    *folder = (cornu_folder){0};
}
