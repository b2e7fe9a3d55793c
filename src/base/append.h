/* Files that grow by records: logs. */
#ifndef CORNU_BASE_APPEND_H
#define CORNU_BASE_APPEND_H

#include <cornu/error.h>

typedef struct cornu_appender {
    int file; /* -1: closed */
    char *path;
    int64_t size; /* of what is complete */
} cornu_appender;

/* Opens a file, which is made if need be, and goes to its end; nothing is written or cut yet.
 * CORNU_EIO. */
cornu_status cornu_appender_open_(cornu_appender *appender, const char *path);
/* Cuts the file to its first `size` bytes. CORNU_EIO; CORNU_EFORMAT if it is shorter. */
cornu_status cornu_appender_cut_(cornu_appender *appender, int64_t size);
/* Adds a record as a whole: after a failure, of which a full disk is the usual one, the file is cut
 * back to what it was. CORNU_EIO. */
cornu_status cornu_appender_write_(cornu_appender *appender, const void *bytes, size_t size);
/* Has what was written reach the disk. CORNU_EIO. */
cornu_status cornu_appender_sync_(cornu_appender *appender);
void cornu_appender_close_(cornu_appender *appender); /* also one that is closed */

/* Makes a folder and those above it; nothing if it is there. CORNU_EIO. */
cornu_status cornu_folder_make_(const char *path);

#endif
