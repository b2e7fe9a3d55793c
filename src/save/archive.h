/* .keras archives: zip files, read and written in memory. Only archive.c knows libzip. */
#ifndef CORNU_SAVE_ARCHIVE_H
#define CORNU_SAVE_ARCHIVE_H

#include "base/input.h"
#include "save/checksum.h"
#include <cornu/error.h>

typedef struct cornu_archive cornu_archive;

/* *new*. CORNU_EIO with the reason, CORNU_EFORMAT if it is no zip file. */
cornu_status cornu_archive_open_(cornu_archive **archive, const char *path);
uint64_t cornu_archive_size_(const cornu_archive *archive); /* of the file */
bool cornu_archive_has_(const cornu_archive *archive, const char *name);
/* The names of its members, *borrowed*; NULL with CORNU_EFORMAT for one that has none. */
size_t cornu_archive_count_(const cornu_archive *archive);
const char *cornu_archive_name_(const cornu_archive *archive, size_t index);
/* The bytes of one member, followed by a 0; *new* (cornu_free_). CORNU_EFORMAT: missing, there
 * twice, damaged, larger than `limit`, or unpacked out of all proportion. */
cornu_status cornu_archive_read_(
    cornu_archive *archive, const char *name, uint64_t limit, char **data, size_t *size
);
/* The same as an input, for members that need not come into memory as a whole; *new*. It may
 * outlive the archive. */
cornu_status cornu_archive_input_(
    cornu_archive *archive, const char *name, uint64_t limit, cornu_input **input
);
/* The same before its checksum is known to be right: settle *checksum when enough has been read,
 * and before anything of it is kept. *checksum is *new*, or NULL if there is nothing to settle. */
cornu_status cornu_archive_input_unchecked_(
    cornu_archive *archive, const char *name, uint64_t limit, cornu_input **input,
    cornu_checksum **checksum
);
void cornu_archive_close_(cornu_archive *archive); /* NULL is fine */

typedef struct cornu_archive_member {
    const char *name;
    const void *data; /* borrowed */
    size_t size;
} cornu_archive_member;
/* Writes an archive of stored members, durably. The same members give the same bytes. */
cornu_status cornu_archive_write_(
    const char *path, const cornu_archive_member *members, size_t count
);

#endif
