/* What is in a folder. */
#ifndef CORNU_BASE_FOLDER_H
#define CORNU_BASE_FOLDER_H

#include <cornu/base.h>
#include <cornu/error.h>

typedef struct cornu_folder_entry {
    char *name;
    bool folder; /* otherwise a file; anything else is left out */
    bool link;   /* to a file or folder */
} cornu_folder_entry;

typedef struct cornu_folder {
    cornu_folder_entry *entries; /* sorted by the bytes of their names */
    size_t count, capacity;
} cornu_folder;

/* CORNU_EIO with the reason. Free it in any case. */
cornu_status cornu_folder_read_(cornu_folder *folder, const char *path);
void cornu_folder_free_(cornu_folder *folder);

#endif
