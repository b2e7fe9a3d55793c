/* Pieces with their own sums, in any order, put together by zlib's crc32_combine. */
#include "save/checksum.h"

#include "base/memory.h"
#include "save/crc32.h"

#include <stdlib.h>
#include <zlib.h>

enum {
    /* smaller pieces are metadata, read more than once and overlapping: not worth a note */
    least_noted = 1 << 16,
    copy_size = 1 << 17 /* stays in a processor's cache */
};

typedef struct {
    uint64_t begin, size;
    uint32_t sum;
} piece;

struct cornu_checksum {
    cornu_input *input;
    uint32_t expected;
    char *name;
    piece *items;
    size_t count, capacity;
};

/* What goes on where the last piece ended belongs to it. Without memory the piece is not noted and
 * will be read again. */
static void note(void *user, uint64_t offset, const void *bytes, size_t size) {
    cornu_checksum *self = user;
    piece *last = self->count ? &self->items[self->count - 1] : NULL;
    if (size < least_noted) return;
    if (last && last->begin + last->size == offset) {
        last->sum = cornu_crc32_(last->sum, bytes, size);
        last->size += size;
        return;
    }
    if (CORNU_RESERVE_(self->items, self->capacity, self->count + 1) != CORNU_OK) {
        cornu_error_clear();
        return;
    }
    self->items[self->count++] = (piece){offset, size, cornu_crc32_(0, bytes, size)};
}

cornu_checksum *cornu_checksum_new_(cornu_input *input, uint32_t crc, const char *name) {
    cornu_checksum *made = cornu_alloc_(sizeof *made);
    if (!made) return NULL;
    *made = (cornu_checksum){.input = input, .expected = crc, .name = cornu_strdup_(name)};
    if (!made->name) {
        cornu_free_(made);
        return NULL;
    }
    cornu_input_watch_(input, note, made);
    return made;
}

void cornu_checksum_free_(cornu_checksum *checksum) {
    if (!checksum) return;
    cornu_free_(checksum->items);
    cornu_free_(checksum->name);
    cornu_free_(checksum);
}

static int by_place(const void *a, const void *b) {
    const piece *x = a, *y = b;
    return (x->begin > y->begin) - (x->begin < y->begin);
}

/* Adds what lies between `begin` and `end` to the sum. */
static cornu_status add_gap(cornu_input *input, uint64_t begin, uint64_t end, uint32_t *sum) {
    if (begin == end) return CORNU_OK;
    char *buffer = cornu_alloc_aligned_(copy_size);
    if (!buffer) return CORNU_ENOMEM;
    cornu_status status = CORNU_OK;
    while (status == CORNU_OK && begin < end) {
        size_t size = end - begin < copy_size ? (size_t)(end - begin) : copy_size;
        status = cornu_input_read_(input, begin, buffer, size);
        if (status == CORNU_OK) *sum = cornu_crc32_(*sum, buffer, size);
        begin += size;
    }
    cornu_free_(buffer);
    return status;
}

cornu_status cornu_checksum_settle_(cornu_checksum *checksum) {
    if (!checksum) return CORNU_OK;
    cornu_input_watch_(checksum->input, NULL, NULL);
    uint32_t sum = 0;
    uint64_t at = 0, size = cornu_input_size_(checksum->input);
    if (checksum->count) qsort(checksum->items, checksum->count, sizeof(piece), by_place);
    for (size_t i = 0; i < checksum->count; i++) {
        const piece *next = &checksum->items[i];
        if (next->begin < at) continue; /* read twice */
        CORNU_TRY(add_gap(checksum->input, at, next->begin, &sum));
        sum = (uint32_t)crc32_combine(sum, next->sum, (z_off_t)next->size);
        at = next->begin + next->size;
    }
    CORNU_TRY(add_gap(checksum->input, at, size, &sum));
    if (sum == checksum->expected) return CORNU_OK;
    CORNU_FAIL(CORNU_EFORMAT, "'%s' in the archive is damaged: CRC error", checksum->name);
}
