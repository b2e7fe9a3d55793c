/* Files: whole ones into memory, and durable writing. */
#ifndef CORNU_BASE_FILE_H
#define CORNU_BASE_FILE_H

#include <cornu/base.h>
#include <cornu/error.h>

/* Reads a whole file of at most `limit` bytes (0: any size). *data is *new* (cornu_free_), one 0
 * byte follows the last. CORNU_EIO with path and reason; CORNU_EFORMAT if it is larger. */
cornu_status cornu_file_read_(const char *path, size_t limit, char **data, size_t *size);
bool cornu_file_exists_(const char *path);
bool cornu_file_locking_(void); /* was it asked for? CORNU_FILE_LOCKING=1 */
bool cornu_folder_exists_(const char *path);

/* A file that comes to be as a whole or not at all: written beside the target under a name of its
 * own, flushed to disk, and renamed over the target. What a killed process left under such a name
 * is removed when the target is written the next time.
 *
 *     cornu_writer writer;
 *     CORNU_TRY(cornu_writer_open_(&writer, path));
 *     cornu_writer_write_(&writer, data, size);             // errors are kept until the commit
 *     return cornu_writer_commit_(&writer);
 *
 * Libraries that want a path get cornu_writer_path_: they open, write and close that file, then
 * commit. Between a successful open and commit or abort exactly one of the two must be called. */
typedef struct cornu_writer {
    int file;
    int replaced;    /* the older file if it is locked, or -1 */
    char *target;    /* where the links of `path` lead */
    char *temporary; /* in the same folder */
    char *buffer;    /* write_ gathers small pieces */
    size_t used;
    cornu_status status; /* the first failure */
} cornu_writer;

cornu_status cornu_writer_open_(cornu_writer *writer, const char *path);
const char *cornu_writer_path_(const cornu_writer *writer);
cornu_status cornu_writer_write_(cornu_writer *writer, const void *data, size_t size);
/* fsync, rename, fsync of the folder. After any failure, also an earlier one of write_, the file is
 * aborted. */
cornu_status cornu_writer_commit_(cornu_writer *writer);
/* Removes what was written. Leaves a pending error alone. */
void cornu_writer_abort_(cornu_writer *writer);

/* open, write and commit in one. */
cornu_status cornu_file_write_(const char *path, const void *data, size_t size);

#endif
