#include "save/hdf5_remote.h"

#include "base/memory.h"
#include "base/process.h"
#include "tensor/tensor.h"

#include <string.h>

struct cornu_h5_remote {
    cornu_process process;
    cornu_shared shared;
    cornu_input *input; /* borrowed */
};

/* How long an answer may take. The program ends itself sooner, by the time that it works; this is
 * for one that was stopped. */
static const double patience = 600;

/* ---- asking ---------------------------------------------------------------------------------- */

/* The other side's words: a text that ends, of characters that a terminal shows. */
static void tame(char *message) {
    message[CORNU_H5_WIRE_MESSAGE - 1] = '\0';
    for (char *c = message; *c; c++) {
        if ((unsigned char)*c < ' ' || *c == 0x7f) *c = '?';
    }
}

static cornu_status send_question(
    cornu_h5_remote *remote, cornu_h5_question *question, const char *path, const char *name
) {
    size_t path_size = strlen(path), name_size = strlen(name);
    if (path_size > CORNU_H5_WIRE_TEXT || name_size > CORNU_H5_WIRE_TEXT) {
        CORNU_FAIL(CORNU_EINVAL, "a path of %zu bytes is too long", path_size + name_size);
    }
    question->path_size = (uint32_t)path_size;
    question->name_size = (uint32_t)name_size;
    CORNU_TRY(cornu_process_send_(&remote->process, question, sizeof *question));
    CORNU_TRY(cornu_process_send_(&remote->process, path, path_size));
    return cornu_process_send_(&remote->process, name, name_size);
}

/* Waits for the answer to the oldest question; its failure becomes this call's. */
static cornu_status receive_answer(cornu_h5_remote *remote, cornu_h5_answer *answer) {
    CORNU_TRY(cornu_process_receive_(&remote->process, answer, sizeof *answer, patience));
    if (answer->version != CORNU_H5_WIRE_VERSION) {
        cornu_process_end_(&remote->process);
        CORNU_FAIL(CORNU_EUNSUPPORTED, "cornu-read is of another version than this library");
    }
    if (answer->status == CORNU_OK) return CORNU_OK;
    tame(answer->message);
    cornu_status status =
        answer->status <= CORNU_ECANCELED ? (cornu_status)answer->status : CORNU_EFORMAT;
    return cornu_error_set(status, NULL, 0, "%s", answer->message);
}

static cornu_status ask(
    cornu_h5_remote *remote, cornu_h5_question *question, const char *path, const char *name,
    cornu_h5_answer *answer
) {
    CORNU_TRY(send_question(remote, question, path, name));
    return receive_answer(remote, answer);
}

static cornu_status not_believed(cornu_h5_remote *remote, const char *path) {
    cornu_process_end_(&remote->process);
    CORNU_FAIL(CORNU_EFORMAT, "'%s': the reader gave an answer that cannot be true", path);
}

/* ---- opening --------------------------------------------------------------------------------- */

static cornu_status start(cornu_h5_remote *remote) {
    uint64_t begin = 0;
    char *program = cornu_process_find_("CORNU_READER", "cornu-read");
    if (!program) return cornu_error_status();
    int file = cornu_input_descriptor_(remote->input, &begin);
    cornu_status status = cornu_shared_make_(&remote->shared);
    if (status == CORNU_OK) {
        const int descriptors[] = {file, remote->shared.descriptor};
        status = cornu_process_start_(&remote->process, program, descriptors, 2);
    }
    if (status == CORNU_OK) {
        cornu_h5_question question = {
            .what = CORNU_H5_ASK_OPEN,
            .offset = begin,
            .size = cornu_input_size_(remote->input),
        };
        cornu_h5_answer answer;
        status = ask(remote, &question, "", "", &answer);
    }
    cornu_free_(program);
    return status;
}

cornu_status cornu_h5_remote_open_(cornu_h5_remote **remote, cornu_input *input) {
    *remote = NULL;
    cornu_h5_remote *made = cornu_alloc_(sizeof *made);
    if (!made) return CORNU_ENOMEM;
    made->input = input;
    made->process = (cornu_process){.handle = -1, .channel = -1};
    made->shared = (cornu_shared){.descriptor = -1};
    cornu_status status = start(made);
    if (status == CORNU_OK) {
        *remote = made;
    } else {
        cornu_h5_remote_close_(made);
    }
    return status;
}

void cornu_h5_remote_close_(cornu_h5_remote *remote) {
    if (!remote) return;
    cornu_process_end_(&remote->process);
    cornu_shared_free_(&remote->shared);
    cornu_free_(remote);
}

/* ---- datasets -------------------------------------------------------------------------------- */

static bool known_dtype(uint32_t dtype) {
    return dtype <= INT32_MAX && cornu_dtype_size((cornu_dtype)dtype) > 0;
}

/* Is this a dataset that there can be, lying where it says? *bytes: of its values. */
static bool plausible(
    const cornu_h5_remote *remote, const cornu_h5_answer *answer, uint64_t *bytes
) {
    int64_t count = 0;
    size_t size = 0;
    if (!known_dtype(answer->dtype) || answer->shape.rank < 0 ||
        answer->shape.rank > CORNU_MAX_RANK) {
        return false;
    }
    for (int i = 0; i < answer->shape.rank; i++) {
        if (answer->shape.dims[i] < 0) return false;
    }
    if (cornu_shape_check_((cornu_dtype)answer->dtype, &answer->shape, &count, &size) != CORNU_OK) {
        cornu_error_clear();
        return false;
    }
    *bytes = size;
    uint64_t whole = cornu_input_size_(remote->input);
    return answer->place == CORNU_H5_NOWHERE ||
           (answer->place <= whole && size <= whole - answer->place);
}

cornu_status cornu_h5_remote_find_(
    cornu_h5_remote *remote, const char *path, cornu_h5_found *found
) {
    cornu_h5_question question = {.what = CORNU_H5_ASK_FIND};
    cornu_h5_answer answer;
    *found = (cornu_h5_found){.kind = CORNU_H5_NOTHING};
    CORNU_TRY(ask(remote, &question, path, "", &answer));
    uint64_t bytes = 0;
    switch (answer.kind) {
    case CORNU_H5_NOTHING:
        return CORNU_OK;
    case CORNU_H5_GROUP:
        found->kind = CORNU_H5_GROUP;
        return CORNU_OK;
    case CORNU_H5_OTHER:
        found->kind = CORNU_H5_OTHER;
        return CORNU_OK;
    case CORNU_H5_DATASET:
        break;
    default:
        return not_believed(remote, path);
    }
    if (!plausible(remote, &answer, &bytes)) return not_believed(remote, path);
    found->kind = CORNU_H5_DATASET;
    found->dtype = (cornu_dtype)answer.dtype;
    found->place = answer.place;
    found->rows = answer.rows;
    found->shape.rank = answer.shape.rank;
    for (int i = 0; i < answer.shape.rank; i++) found->shape.dims[i] = answer.shape.dims[i];
    return CORNU_OK;
}

/* Values that the program unpacks into shared memory, some rows at a time into one of two slots:
 * while it fills one, what the other has is copied from there. So the memory stays in the caches
 * and the copying costs no time of its own. */
typedef struct {
    cornu_h5_remote *remote;
    const char *path;
    const cornu_h5_found *found;
    cornu_dtype between; /* the type of the values in shared memory */
    int64_t total, step; /* rows */
    size_t row;          /* values in one */
} unpacking;

static int64_t rows_from(const unpacking *self, int64_t first) {
    return self->step < self->total - first ? self->step : self->total - first;
}

/* Slots are taken in turn. */
static size_t slot_of(const unpacking *self, int64_t first) {
    size_t slot = (size_t)self->step * self->row * cornu_dtype_size(self->between);
    return first / self->step % 2 ? slot : 0;
}

/* Values that must be looked at one by one, and those without axes, come as a whole. */
static bool in_parts(const cornu_h5_found *found) {
    return found->shape.rank > 0 && found->dtype != CORNU_BOOL;
}

static cornu_status ask_for_rows(const unpacking *self, int64_t first) {
    int64_t count = rows_from(self, first);
    cornu_h5_question question = {
        .what = in_parts(self->found) ? CORNU_H5_ASK_ROWS : CORNU_H5_ASK_READ,
        .dtype = self->found->dtype,
        .shape = self->found->shape,
        .slot = slot_of(self, first),
        .size = (size_t)count * self->row * cornu_dtype_size(self->between),
        .offset = (uint64_t)first,
        .rows = (uint64_t)count,
    };
    return send_question(self->remote, &question, self->path, "");
}

/* A failure with a question open ends the program: nobody will wait for its answer. */
static cornu_status unpack_all(const unpacking *self, cornu_dtype dtype, char *to) {
    const char *memory = self->remote->shared.memory;
    cornu_h5_answer answer;
    CORNU_TRY(ask_for_rows(self, 0));
    for (int64_t first = 0; first < self->total; first += self->step) {
        bool more = self->step < self->total - first;
        cornu_status status = more ? ask_for_rows(self, first + self->step) : CORNU_OK;
        if (status == CORNU_OK) status = receive_answer(self->remote, &answer);
        if (status != CORNU_OK && more) cornu_process_end_(&self->remote->process);
        CORNU_TRY(status);
        size_t count = (size_t)rows_from(self, first) * self->row;
        cornu_fill_soon_(to, count * cornu_dtype_size(dtype));
        cornu_convert_(dtype, to, self->between, memory + slot_of(self, first), count);
        to += count * cornu_dtype_size(dtype);
    }
    return CORNU_OK;
}

static cornu_status unpack(
    cornu_h5_remote *remote, const char *path, const cornu_h5_found *found, cornu_dtype between,
    cornu_dtype dtype, void *values
) {
    const size_t least = (size_t)1 << 16; /* bytes that are worth a question */
    size_t count = (size_t)cornu_shape_size(&found->shape), each = cornu_dtype_size(between);
    unpacking self = {remote, path, found, between, 1, found->rows, count};
    if (in_parts(found) && found->shape.dims[0] > 0) {
        self.total = found->shape.dims[0];
        self.row = count / (size_t)self.total;
    }
    const size_t row_bytes = self.row * each;
    if (row_bytes == 0) return CORNU_OK;
    if (self.step < 1 || (size_t)self.step < least / row_bytes)
        self.step = (int64_t)(least / row_bytes) + 1;
    if (self.step > self.total) self.step = self.total;
    size_t slot = (size_t)self.step * row_bytes;
    size_t needed = self.step < self.total ? 2 * slot : slot;
    CORNU_TRY(cornu_shared_grow_(&remote->shared, needed), "'%s'", path);
    return unpack_all(&self, dtype, values);
}

cornu_status cornu_h5_remote_read_(
    cornu_h5_remote *remote, const char *path, cornu_dtype dtype, const cornu_shape *shape,
    void *values
) {
    cornu_h5_found found;
    CORNU_TRY(cornu_h5_remote_find_(remote, path, &found));
    CORNU_TRY(cornu_h5_check_shape_(path, &found, shape));
    size_t count = (size_t)cornu_shape_size(shape);
    size_t size = count * cornu_dtype_size(found.dtype); /* checked by `plausible` */
    if (count == 0) return CORNU_OK;
    /* bytes that are neither 0 nor 1 become 1 on the way */
    cornu_dtype between = found.dtype == CORNU_BOOL ? CORNU_UINT8 : found.dtype;
    if (found.place == CORNU_H5_NOWHERE) {
        return unpack(remote, path, &found, between, dtype, values);
    }
    if (between == dtype) return cornu_input_read_(remote->input, found.place, values, size);
    void *raw = cornu_alloc_array_(count, cornu_dtype_size(between));
    if (!raw) return CORNU_ENOMEM;
    cornu_status status = cornu_input_read_(remote->input, found.place, raw, size);
    if (status == CORNU_OK) cornu_convert_(dtype, values, between, raw, count);
    cornu_free_(raw);
    return status;
}

cornu_status cornu_h5_remote_rows_(
    cornu_h5_remote *remote, const char *path, const cornu_h5_found *found, int64_t first,
    int64_t count, void *values
) {
    /* the shape was believed when it was found, and the rows lie within it */
    size_t each = (size_t)(cornu_shape_size(&found->shape) / found->shape.dims[0]);
    size_t size = (size_t)count * each * cornu_dtype_size(found->dtype);
    cornu_h5_question question = {
        .what = CORNU_H5_ASK_ROWS,
        .dtype = found->dtype,
        .offset = (uint64_t)first,
        .size = size,
        .rows = (uint64_t)count,
        .shape = found->shape};
    cornu_h5_answer answer;
    CORNU_TRY(cornu_shared_grow_(&remote->shared, size), "'%s'", path);
    CORNU_TRY(ask(remote, &question, path, "", &answer));
    memcpy(values, remote->shared.memory, size);
    return CORNU_OK;
}

/* ---- attributes ------------------------------------------------------------------------------ */

/* Texts one after the other, each ended by 0, as a list. False: there are not so many. */
static cornu_status list_texts(
    const char *memory, size_t size, uint64_t count, cornu_h5_texts *texts, bool *believed
) {
    *believed = count <= size && (size == 0 || memory[size - 1] == '\0');
    if (!*believed) return CORNU_OK;
    texts->items = cornu_alloc_((size_t)count * sizeof(char *) + size + 1);
    if (!texts->items) return CORNU_ENOMEM;
    char *at = (char *)(texts->items + count), *end = at + size;
    if (size) memcpy(at, memory, size); /* the other side may change its own meanwhile */
    end[0] = '\0';
    if (size) end[-1] = '\0';
    for (; texts->count < count && at < end; at += strlen(at) + 1)
        texts->items[texts->count++] = at;
    *believed = texts->count == count && at == end;
    return CORNU_OK;
}

cornu_status cornu_h5_remote_texts_(
    cornu_h5_remote *remote, const char *path, const char *name, cornu_h5_texts *texts
) {
    const size_t usual = (size_t)1 << 16, most = (size_t)1 << 26;
    cornu_h5_question question = {.what = CORNU_H5_ASK_TEXTS, .size = usual};
    cornu_h5_answer answer;
    *texts = (cornu_h5_texts){0};
    CORNU_TRY(cornu_shared_grow_(&remote->shared, usual), "'%s'", path);
    CORNU_TRY(ask(remote, &question, path, name, &answer));
    if (answer.kind == CORNU_H5_NOTHING) return CORNU_OK;
    if (answer.size > usual && answer.size <= most) {
        question.size = answer.size;
        CORNU_TRY(cornu_shared_grow_(&remote->shared, (size_t)answer.size), "'%s'", path);
        CORNU_TRY(ask(remote, &question, path, name, &answer));
    }
    if (answer.size > question.size) return not_believed(remote, path);
    bool believed = false;
    cornu_status status =
        list_texts(remote->shared.memory, (size_t)answer.size, answer.count, texts, &believed);
    if (status == CORNU_OK && !believed) status = not_believed(remote, path);
    texts->there = status == CORNU_OK;
    if (status == CORNU_OK) return CORNU_OK;
    cornu_free_(texts->items);
    *texts = (cornu_h5_texts){0};
    return status;
}
