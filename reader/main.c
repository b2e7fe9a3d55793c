/* cornu-read: reads HDF5 files that nobody vouches for, on behalf of the library, which starts it
 * (src/save/hdf5_remote.h). It gets the file and a piece of shared memory as open descriptors,
 * gives up the right to anything else, and answers questions until the channel closes. If libhdf5
 * crashes on the file or never comes to an end, this process dies of it and the library reports a
 * damaged file. */
#include "base/memory.h"
#include "base/process.h"
#include "base/sandbox.h"
#include "save/hdf5_remote.h"
#include "save/hdf5_types.h"

#include <stdio.h>
#include <string.h>

enum { seconds_per_question = 2 };

/* libhdf5 keeps chunks, trees and heaps in memory. */
static uint64_t memory_for(uint64_t file_size) {
    const uint64_t base = (uint64_t)1 << 29;
    return file_size < UINT64_MAX / 8 ? base + 4 * file_size : UINT64_MAX;
}

static cornu_status open_file(const cornu_h5_question *question, cornu_h5 **file) {
    uint64_t size = 0;
    cornu_input *input = NULL;
    cornu_h5_prepare_();
    CORNU_TRY(cornu_sandbox_size_(CORNU_H5_WIRE_FILE, &size));
    if (question->offset > size || question->size > size - question->offset) {
        CORNU_FAIL(CORNU_EIO, "the file became shorter");
    }
    CORNU_TRY(cornu_sandbox_enter_(
        CORNU_PROCESS_CHANNEL, CORNU_H5_WIRE_MEMORY, memory_for(question->size)
    ));
    CORNU_TRY(
        cornu_input_adopt_(&input, CORNU_H5_WIRE_FILE, question->offset, question->size, "the file")
    );
    cornu_sandbox_limit_(seconds_per_question);
    return cornu_h5_open_input_(file, input, true);
}

static cornu_status find(cornu_h5 *file, const char *path, cornu_h5_answer *answer) {
    cornu_h5_found found;
    CORNU_TRY(cornu_h5_find_(file, path, &found));
    answer->kind = found.kind;
    answer->dtype = found.dtype;
    answer->shape = found.shape;
    answer->place = found.place;
    answer->rows = found.rows;
    return CORNU_OK;
}

/* The memory that answers go into, of at least this size. It stays mapped, since touching new pages
 * costs as much as filling them. */
static void *shared_memory(size_t size) {
    static void *memory;
    static size_t mapped;
    if (size <= mapped) return memory;
    cornu_shared_forget_(memory, mapped);
    memory = cornu_shared_view_(CORNU_H5_WIRE_MEMORY, size);
    mapped = memory ? size : 0;
    return memory;
}

static cornu_status read_values(
    cornu_h5 *file, const char *path, const cornu_h5_question *question
) {
    void *values = shared_memory((size_t)question->size);
    if (!values) CORNU_FAIL(CORNU_ENOMEM, "'%s': no shared memory", path);
    return cornu_h5_read_(file, path, (cornu_dtype)question->dtype, &question->shape, values);
}

static cornu_status read_rows(cornu_h5 *file, const char *path, const cornu_h5_question *question) {
    const cornu_h5_found found = {
        .kind = CORNU_H5_DATASET, .dtype = (cornu_dtype)question->dtype, .shape = question->shape};
    char *memory = shared_memory((size_t)(question->slot + question->size));
    if (!memory) CORNU_FAIL(CORNU_ENOMEM, "'%s': no shared memory", path);
    return cornu_h5_read_rows_(
        file, path, &found, (int64_t)question->offset, (int64_t)question->rows,
        memory + question->slot
    );
}

/* One text after the other, as far as there is room; the answer says how much they take. */
static cornu_status read_texts(
    cornu_h5 *file, const char *path, const char *name, const cornu_h5_question *question,
    cornu_h5_answer *answer
) {
    cornu_h5_texts texts;
    CORNU_TRY(cornu_h5_read_texts_(file, path, name, &texts));
    answer->kind = texts.there ? CORNU_H5_OTHER : CORNU_H5_NOTHING;
    answer->count = texts.count;
    for (size_t i = 0; i < texts.count; i++) answer->size += strlen(texts.items[i]) + 1;
    cornu_status status = CORNU_OK;
    size_t room = (size_t)question->size;
    if (answer->size > 0 && answer->size <= room) {
        char *memory = shared_memory(room), *to = memory;
        if (!memory) status = cornu_error_set(CORNU_ENOMEM, NULL, 0, "'%s': no memory", path);
        for (size_t i = 0; memory && i < texts.count; i++) {
            size_t size = strlen(texts.items[i]) + 1;
            memcpy(to, texts.items[i], size);
            to += size;
        }
    }
    cornu_free_(texts.items);
    return status;
}

static cornu_status serve(
    cornu_h5 **file, const cornu_h5_question *question, const char *path, const char *name,
    cornu_h5_answer *answer
) {
    if (!*file && question->what != CORNU_H5_ASK_OPEN) {
        CORNU_FAIL(CORNU_ESTATE, "no file is open");
    }
    switch (question->what) {
    case CORNU_H5_ASK_OPEN:
        return *file ? CORNU_OK : open_file(question, file);
    case CORNU_H5_ASK_FIND:
        return find(*file, path, answer);
    case CORNU_H5_ASK_READ:
        return read_values(*file, path, question);
    case CORNU_H5_ASK_ROWS:
        return read_rows(*file, path, question);
    case CORNU_H5_ASK_TEXTS:
        return read_texts(*file, path, name, question, answer);
    default:
        CORNU_FAIL(CORNU_EUNSUPPORTED, "question %u is not known", (unsigned)question->what);
    }
}

/* Unpacking is faster than this by far. */
static unsigned seconds_for(const cornu_h5_question *question) {
    const uint64_t per_second = (uint64_t)1 << 24;
    bool values = question->what == CORNU_H5_ASK_READ || question->what == CORNU_H5_ASK_ROWS;
    uint64_t more = values ? question->size / per_second : 0;
    return seconds_per_question + (unsigned)(more < 36000 ? more : 36000);
}

int main(void) {
    static cornu_h5_question question;
    static cornu_h5_answer answer;
    static char path[CORNU_H5_WIRE_TEXT + 1], name[CORNU_H5_WIRE_TEXT + 1];
    cornu_h5 *file = NULL;
    while (cornu_channel_receive_(&question, sizeof question)) {
        if (question.path_size > CORNU_H5_WIRE_TEXT || question.name_size > CORNU_H5_WIRE_TEXT ||
            !cornu_channel_receive_(path, question.path_size) ||
            !cornu_channel_receive_(name, question.name_size)) {
            break;
        }
        path[question.path_size] = name[question.name_size] = '\0';
        answer = (cornu_h5_answer){.version = CORNU_H5_WIRE_VERSION};
        if (file) cornu_sandbox_limit_(seconds_for(&question));
        answer.status = serve(&file, &question, path, name, &answer);
        cornu_sandbox_limit_(0);
        (void)snprintf(answer.message, sizeof answer.message, "%s", cornu_error_message());
        cornu_error_clear();
        if (!cornu_channel_send_(&answer, sizeof answer)) break;
    }
    cornu_sandbox_leave_(0);
}
