/* Zip by libzip. What an archive says of itself is not trusted: sizes are compared with the bytes
 * that are there before memory is asked for, and members are read by name into memory, never to
 * paths. */
#include "save/archive.h"

#include "base/file.h"
#include "base/memory.h"

#include <string.h>
#include <zip.h>

struct cornu_archive {
    zip_t *zip;
    char *folder;       /* NULL, or an unpacked archive: the members are files there */
    cornu_input *input; /* the file */
    uint64_t cursor;    /* where libzip is in it */
    uint64_t first;     /* where libzip read first since this was set to UINT64_MAX */
    zip_error_t error;
};

enum {
    member_limit = 100000,
    copy_size = 1 << 20,
    /* weights hardly compress, but state that is still zero does so by nearly 1000 to 1: small
       members may, large ones not */
    small_member = 1 << 26,
    most_compression = 100
};

/* ---- reading --------------------------------------------------------------------------------- */

/* What libzip wants of a file, over an input. */
static zip_int64_t answer(void *user, void *data, zip_uint64_t size, zip_source_cmd_t command) {
    cornu_archive *archive = user;
    uint64_t whole = cornu_input_size_(archive->input);
    switch (command) {
    case ZIP_SOURCE_OPEN:
        archive->cursor = 0;
        return 0;
    case ZIP_SOURCE_CLOSE:
    case ZIP_SOURCE_FREE:
        return 0;
    case ZIP_SOURCE_READ: {
        uint64_t left = whole - archive->cursor;
        size_t wanted = (size_t)(size < left ? size : left);
        if (cornu_input_read_(archive->input, archive->cursor, data, wanted) != CORNU_OK) {
            cornu_error_clear(); /* libzip's message follows */
            zip_error_set(&archive->error, ZIP_ER_READ, 0);
            return -1;
        }
        if (archive->first == UINT64_MAX) archive->first = archive->cursor;
        archive->cursor += wanted;
        return (zip_int64_t)wanted;
    }
    case ZIP_SOURCE_SEEK: {
        zip_int64_t to =
            zip_source_seek_compute_offset(archive->cursor, whole, data, size, &archive->error);
        if (to < 0) return -1;
        archive->cursor = (uint64_t)to;
        return 0;
    }
    case ZIP_SOURCE_TELL:
        return (zip_int64_t)archive->cursor;
    case ZIP_SOURCE_STAT: {
        if (size < sizeof(zip_stat_t)) return -1;
        zip_stat_t *about = data;
        zip_stat_init(about);
        about->size = whole;
        about->valid = ZIP_STAT_SIZE;
        return (zip_int64_t)sizeof *about;
    }
    case ZIP_SOURCE_ERROR:
        return zip_error_to_data(&archive->error, data, size);
    case ZIP_SOURCE_SUPPORTS:
        return zip_source_make_command_bitmap(
            ZIP_SOURCE_OPEN, ZIP_SOURCE_READ, ZIP_SOURCE_CLOSE, ZIP_SOURCE_STAT, ZIP_SOURCE_ERROR,
            ZIP_SOURCE_FREE, ZIP_SOURCE_SEEK, ZIP_SOURCE_TELL, ZIP_SOURCE_SUPPORTS, -1
        );
    default:
        zip_error_set(&archive->error, ZIP_ER_OPNOTSUPP, 0);
        return -1;
    }
}

static cornu_status open_zip(cornu_archive *archive) {
    /* to libzip that is an archive without members */
    if (cornu_input_size_(archive->input) == 0) {
        CORNU_FAIL(CORNU_EFORMAT, "not a zip archive: it is empty");
    }
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *source = zip_source_function_create(answer, archive, &error);
    if (source) archive->zip = zip_open_from_source(source, ZIP_RDONLY, &error);
    cornu_status status = CORNU_OK;
    if (!archive->zip) {
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "not a zip archive, or a damaged one: %s",
            zip_error_strerror(&error)
        );
        if (source) zip_source_free(source);
    } else if (zip_get_num_entries(archive->zip, 0) > member_limit) {
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "the archive has more than %d members", member_limit
        );
    }
    zip_error_fini(&error);
    return status;
}

cornu_status cornu_archive_open_(cornu_archive **archive, const char *path) {
    *archive = NULL;
    cornu_archive *opened = cornu_alloc_(sizeof *opened);
    if (!opened) return CORNU_ENOMEM;
    zip_error_init(&opened->error);
    bool unpacked = cornu_folder_exists_(path);
    if (unpacked) opened->folder = cornu_strdup_(path);
    cornu_status status = !unpacked        ? cornu_input_open_(&opened->input, path)
                          : opened->folder ? CORNU_OK
                                           : CORNU_ENOMEM;
    if (status == CORNU_OK && !unpacked) {
        status = open_zip(opened);
        if (status != CORNU_OK) (void)cornu_error_context("'%s'", path);
    }
    if (status == CORNU_OK) {
        *archive = opened;
    } else {
        cornu_archive_close_(opened);
    }
    return status;
}

void cornu_archive_close_(cornu_archive *archive) {
    if (!archive) return;
    if (archive->zip) zip_discard(archive->zip);
    zip_error_fini(&archive->error);
    cornu_input_close_(archive->input);
    cornu_free_(archive->folder);
    cornu_free_(archive);
}

uint64_t cornu_archive_size_(const cornu_archive *archive) {
    return archive->folder ? UINT64_MAX : cornu_input_size_(archive->input);
}

/* A member's file in a folder; NULL with CORNU_EFORMAT for a name that leads out of it. *new*. */
static char *file_in_folder(const cornu_archive *archive, const char *name) {
    if (name[0] == '/' || strstr(name, "..")) {
        CORNU_FAIL_NULL(CORNU_EFORMAT, "'%s' is no name of a member", name);
    }
    return cornu_format_("%s/%s", archive->folder, name);
}

static cornu_status open_in_folder(
    const cornu_archive *archive, const char *name, uint64_t limit, cornu_input **input
) {
    char *path = file_in_folder(archive, name);
    if (!path) return cornu_error_status();
    cornu_status status = CORNU_OK;
    if (cornu_file_exists_(path)) {
        status = cornu_input_open_(input, path);
    } else {
        status = cornu_error_set(CORNU_EFORMAT, __FILE__, __LINE__, "the folder has no '%s'", name);
    }
    cornu_free_(path);
    CORNU_TRY(status);
    if (cornu_input_size_(*input) <= limit) return CORNU_OK;
    uint64_t size = cornu_input_size_(*input);
    cornu_input_close_(*input);
    *input = NULL;
    CORNU_FAIL(
        CORNU_EFORMAT, "'%s' has %llu bytes, more than the %llu that are expected here", name,
        (unsigned long long)size, (unsigned long long)limit
    );
}

static bool has_in_folder(const cornu_archive *archive, const char *name) {
    char *path = file_in_folder(archive, name);
    bool there = path && cornu_file_exists_(path);
    if (!path) cornu_error_clear();
    cornu_free_(path);
    return there;
}

bool cornu_archive_has_(const cornu_archive *archive, const char *name) {
    if (archive->folder) return has_in_folder(archive, name);
    return zip_name_locate(archive->zip, name, 0) >= 0;
}

size_t cornu_archive_count_(const cornu_archive *archive) {
    if (archive->folder) return 0; /* members are asked for by name */
    zip_int64_t count = zip_get_num_entries(archive->zip, 0);
    return count > 0 ? (size_t)count : 0;
}

const char *cornu_archive_name_(const cornu_archive *archive, size_t index) {
    const char *name = zip_get_name(archive->zip, index, ZIP_FL_ENC_RAW);
    if (!name) CORNU_FAIL_NULL(CORNU_EFORMAT, "member %zu of the archive has no name", index);
    return name;
}

/* The only member of this name. With two of them, readers could disagree on which one counts. */
static cornu_status locate(const cornu_archive *archive, const char *name, zip_uint64_t *index) {
    zip_int64_t count = zip_get_num_entries(archive->zip, 0);
    size_t found = 0;
    for (zip_int64_t i = 0; i < count; i++) {
        const char *other = zip_get_name(archive->zip, (zip_uint64_t)i, ZIP_FL_ENC_RAW);
        if (!other || strcmp(other, name) != 0) continue;
        *index = (zip_uint64_t)i;
        found++;
    }
    if (found == 1) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EFORMAT, found ? "the archive has more than one '%s'" : "the archive has no '%s'",
        name
    );
}

static cornu_status check_sizes(
    const cornu_archive *archive, const char *name, const zip_stat_t *about, uint64_t limit
) {
    const zip_uint64_t needed = ZIP_STAT_SIZE | ZIP_STAT_COMP_SIZE | ZIP_STAT_COMP_METHOD;
    if ((about->valid & needed) != needed || about->comp_size > cornu_input_size_(archive->input)) {
        CORNU_FAIL(CORNU_EFORMAT, "'%s' in the archive is cut short or damaged", name);
    }
    if (about->comp_method != ZIP_CM_STORE && about->comp_method != ZIP_CM_DEFLATE) {
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "'%s' is packed by method %d; stored and deflate can be read", name,
            (int)about->comp_method
        );
    }
    if ((about->valid & ZIP_STAT_ENCRYPTION_METHOD) && about->encryption_method != ZIP_EM_NONE) {
        CORNU_FAIL(CORNU_EUNSUPPORTED, "'%s' is encrypted", name);
    }
    if (about->size > limit) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' has %llu bytes, more than the %llu that are expected here", name,
            (unsigned long long)about->size, (unsigned long long)limit
        );
    }
    bool stored = about->comp_method == ZIP_CM_STORE;
    if (stored ? about->size != about->comp_size
               : about->size > small_member && about->size / most_compression > about->comp_size) {
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s' claims to unpack from %llu to %llu bytes", name,
            (unsigned long long)about->comp_size, (unsigned long long)about->size
        );
    }
    return CORNU_OK;
}

/* Where the bytes of a member go. */
typedef cornu_status member_sink(void *user, const char *data, size_t size);

static cornu_status read_through(
    zip_file_t *file, const char *name, uint64_t size, member_sink *sink, void *user
) {
    char *buffer = cornu_alloc_(copy_size);
    if (!buffer) return CORNU_ENOMEM;
    uint64_t used = 0;
    zip_int64_t got = 0;
    cornu_status status = CORNU_OK;
    /* the checksum is compared at the end, which only a further read reaches; nothing may follow
     * there */
    while (status == CORNU_OK && used <= size && (got = zip_fread(file, buffer, copy_size)) > 0) {
        used += (uint64_t)got;
        if (used <= size) status = sink(user, buffer, (size_t)got);
    }
    if (status == CORNU_OK && (got != 0 || used != size)) {
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "'%s' in the archive is damaged: %s", name,
            got < 0 ? zip_file_strerror(file) : "its size is not what the archive says"
        );
    }
    cornu_free_(buffer);
    return status;
}

/* Finds a member, believes its sizes if they can be, and reads it. */
static cornu_status find_member(
    const cornu_archive *archive, const char *name, uint64_t limit, zip_uint64_t *index,
    zip_stat_t *about
) {
    CORNU_TRY(locate(archive, name, index));
    if (zip_stat_index(archive->zip, *index, 0, about) != 0) {
        CORNU_FAIL(CORNU_EFORMAT, "'%s' cannot be read: %s", name, zip_strerror(archive->zip));
    }
    return check_sizes(archive, name, about, limit);
}

static cornu_status read_member(
    cornu_archive *archive, const char *name, zip_uint64_t index, uint64_t size, member_sink *sink,
    void *user
) {
    zip_file_t *file = zip_fopen_index(archive->zip, index, 0);
    if (!file) {
        CORNU_FAIL(CORNU_EFORMAT, "'%s' cannot be read: %s", name, zip_strerror(archive->zip));
    }
    cornu_status status = read_through(file, name, size, sink, user);
    (void)zip_fclose(file);
    return status;
}

static cornu_status to_memory(void *user, const char *data, size_t size) {
    char **to = user;
    memcpy(*to, data, size);
    *to += size;
    return CORNU_OK;
}

static cornu_status to_input(void *user, const char *data, size_t size) {
    return cornu_input_append_(user, data, size);
}

cornu_status cornu_archive_read_(
    cornu_archive *archive, const char *name, uint64_t limit, char **data, size_t *size
) {
    *data = NULL;
    *size = 0;
    zip_uint64_t index = 0;
    zip_stat_t about;
    if (archive->folder) {
        cornu_input *input = NULL;
        CORNU_TRY(open_in_folder(archive, name, limit, &input));
        cornu_status read = cornu_input_all_(input, limit, data, size);
        cornu_input_close_(input);
        return read;
    }
    CORNU_TRY(find_member(archive, name, limit, &index, &about));
    char *made = cornu_alloc_((size_t)about.size + 1);
    if (!made) return CORNU_ENOMEM;
    char *to = made;
    cornu_status status = read_member(archive, name, index, about.size, to_memory, &to);
    if (status != CORNU_OK) {
        cornu_free_(made);
        return status;
    }
    *data = made;
    *size = (size_t)about.size;
    return CORNU_OK;
}

/* A stored member's bytes lie in the archive as they are, and reading one has shown where. */
static cornu_status stored_input(
    cornu_archive *archive, const char *name, zip_uint64_t index, const zip_stat_t *about,
    cornu_input **input, cornu_checksum **checksum
) {
    zip_file_t *file = zip_fopen_index(archive->zip, index, 0);
    char byte;
    archive->first = UINT64_MAX; /* the member's own header is read already */
    bool shown = file && zip_fread(file, &byte, 1) == 1 && archive->first != UINT64_MAX;
    if (file) (void)zip_fclose(file);
    if (!shown)
        CORNU_FAIL(CORNU_EFORMAT, "'%s' cannot be read: %s", name, zip_strerror(archive->zip));
    CORNU_TRY(cornu_input_part_(input, archive->input, archive->first, about->size));
    if (about->valid & ZIP_STAT_CRC) *checksum = cornu_checksum_new_(*input, about->crc, name);
    if (*checksum) return CORNU_OK;
    cornu_input_close_(*input);
    *input = NULL;
    if (about->valid & ZIP_STAT_CRC) return CORNU_ENOMEM;
    CORNU_FAIL(CORNU_EFORMAT, "'%s' in the archive has no checksum", name);
}

static cornu_status unpacked_input(
    cornu_archive *archive, const char *name, zip_uint64_t index, const zip_stat_t *about,
    cornu_input **input
) {
    CORNU_TRY(cornu_input_scratch_(input, name));
    cornu_status status = read_member(archive, name, index, about->size, to_input, *input);
    if (status == CORNU_OK) return CORNU_OK;
    cornu_input_close_(*input);
    *input = NULL;
    return status;
}

cornu_status cornu_archive_input_unchecked_(
    cornu_archive *archive, const char *name, uint64_t limit, cornu_input **input,
    cornu_checksum **checksum
) {
    *input = NULL;
    *checksum = NULL;
    if (archive->folder) return open_in_folder(archive, name, limit, input);
    zip_uint64_t index = 0;
    zip_stat_t about;
    CORNU_TRY(find_member(archive, name, limit, &index, &about));
    if (about.comp_method == ZIP_CM_STORE && about.size > 0)
        return stored_input(archive, name, index, &about, input, checksum);
    return unpacked_input(archive, name, index, &about, input);
}

cornu_status cornu_archive_input_(
    cornu_archive *archive, const char *name, uint64_t limit, cornu_input **input
) {
    cornu_checksum *checksum = NULL;
    CORNU_TRY(cornu_archive_input_unchecked_(archive, name, limit, input, &checksum));
    cornu_status status = cornu_checksum_settle_(checksum);
    cornu_checksum_free_(checksum);
    if (status == CORNU_OK) return CORNU_OK;
    cornu_input_close_(*input);
    *input = NULL;
    return status;
}

/* ---- writing --------------------------------------------------------------------------------- */

/* As Python's zipfile writes what it is given as bytes: stored, the first of January 1980, mode
 * 0600. */
static bool add_member(zip_t *zip, const cornu_archive_member *member) {
    const zip_uint16_t first_day = 1 << 5 | 1;
    zip_source_t *source = zip_source_buffer(zip, member->data, member->size, 0);
    if (!source) return false;
    zip_int64_t index = zip_file_add(zip, member->name, source, ZIP_FL_ENC_UTF_8);
    if (index < 0) {
        zip_source_free(source);
        return false;
    }
    zip_uint64_t at = (zip_uint64_t)index;
    return zip_set_file_compression(zip, at, ZIP_CM_STORE, 0) == 0 &&
           zip_file_set_dostime(zip, at, 0, first_day, 0) == 0 &&
           zip_file_set_external_attributes(zip, at, 0, ZIP_OPSYS_UNIX, (zip_uint32_t)0600 << 16) ==
               0;
}

/* Fills `target`, which keeps the archive's bytes. */
static cornu_status build(zip_source_t *target, const cornu_archive_member *members, size_t count) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_keep(target); /* zip_close drops one */
    zip_t *zip = zip_open_from_source(target, ZIP_TRUNCATE, &error);
    if (!zip) {
        zip_source_free(target);
        cornu_status status = cornu_error_set(
            CORNU_EIO, __FILE__, __LINE__, "the archive cannot be made: %s",
            zip_error_strerror(&error)
        );
        zip_error_fini(&error);
        return status;
    }
    zip_error_fini(&error);
    bool complete = true;
    for (size_t i = 0; i < count && complete; i++) complete = add_member(zip, &members[i]);
    if (complete && zip_close(zip) == 0) return CORNU_OK;
    cornu_status status = cornu_error_set(
        CORNU_EIO, __FILE__, __LINE__, "the archive cannot be made: %s", zip_strerror(zip)
    );
    zip_discard(zip);
    return status;
}

static cornu_status copy_out(zip_source_t *source, cornu_writer *writer) {
    char *buffer = cornu_alloc_(copy_size);
    if (!buffer) return CORNU_ENOMEM;
    zip_int64_t got = zip_source_open(source) == 0 ? 1 : -1;
    cornu_status status = CORNU_OK;
    while (got > 0 && status == CORNU_OK) {
        got = zip_source_read(source, buffer, copy_size);
        if (got > 0) status = cornu_writer_write_(writer, buffer, (size_t)got);
    }
    if (got < 0 && status == CORNU_OK) {
        status = cornu_error_set(
            CORNU_EIO, __FILE__, __LINE__, "the archive cannot be made: %s",
            zip_error_strerror(zip_source_error(source))
        );
    }
    (void)zip_source_close(source);
    cornu_free_(buffer);
    return status;
}

cornu_status cornu_archive_write_(
    const char *path, const cornu_archive_member *members, size_t count
) {
    zip_error_t error;
    zip_error_init(&error);
    zip_source_t *target = zip_source_buffer_create(NULL, 0, 0, &error);
    zip_error_fini(&error);
    if (!target) CORNU_FAIL(CORNU_ENOMEM, "the archive cannot be made");
    cornu_status status = build(target, members, count);
    cornu_writer writer;
    if (status == CORNU_OK) status = cornu_writer_open_(&writer, path);
    if (status == CORNU_OK) {
        status = copy_out(target, &writer);
        if (status == CORNU_OK) {
            status = cornu_writer_commit_(&writer);
        } else {
            cornu_writer_abort_(&writer);
        }
    }
    zip_source_free(target);
    return status;
}
