/* PNG with one compressed block and no filters. https://www.w3.org/TR/png/ */
#include "save/png.h"

#include "base/memory.h"

#include <string.h>
#include <zlib.h>

enum { CHUNK = 12 }; /* length, kind and checksum around the data of a chunk */

static void put32(uint8_t *to, uint32_t value) {
    for (int i = 0; i < 4; i++) to[i] = (uint8_t)(value >> 8 * (3 - i));
}

/* Around `size` bytes that stand 8 behind *at; moves *at behind the chunk. */
static void seal_chunk(uint8_t **at, const char *kind, size_t size) {
    put32(*at, (uint32_t)size);
    memcpy(*at + 4, kind, 4);
    put32(*at + 8 + size, (uint32_t)crc32(0, *at + 4, (uInt)(size + 4)));
    *at += size + CHUNK;
}

/* Each row gets the mark "no filter" before it; *new*. */
static uint8_t *rows_of(const uint8_t *pixels, size_t row, uint32_t height) {
    uint8_t *rows = cornu_alloc_array_(height, row + 1);
    for (size_t y = 0; rows && y < height; y++)
        memcpy(rows + y * (row + 1) + 1, pixels + y * row, row);
    return rows;
}

cornu_status cornu_png_(
    const uint8_t *pixels, uint32_t width, uint32_t height, unsigned channels, uint8_t **file,
    size_t *size
) {
    static const uint8_t signature[8] = {0x89, 'P', 'N', 'G', '\r', '\n', 0x1a, '\n'};
    size_t row = (size_t)width * channels;
    *file = NULL;
    uint8_t *rows = rows_of(pixels, row, height);
    uLong plain = (uLong)((row + 1) * height);
    uLongf packed = compressBound(plain);
    uint8_t *at = rows ? cornu_alloc_(sizeof signature + 3 * CHUNK + 13 + packed) : NULL;
    *file = at;
    if (at) {
        memcpy(at, signature, sizeof signature);
        at += sizeof signature;
        put32(at + 8, width);
        put32(at + 12, height);
        at[16] = 8;                                                    /* bits */
        at[17] = (uint8_t)(channels == 1 ? 0 : channels == 3 ? 2 : 6); /* grey, RGB, RGBA */
        seal_chunk(&at, "IHDR", 13);
        if (compress2(at + 8, &packed, rows, plain, 6) != Z_OK) {
            cornu_free_(*file);
            *file = NULL;
            (void)cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "a picture cannot be packed");
        } else {
            seal_chunk(&at, "IDAT", packed);
            seal_chunk(&at, "IEND", 0);
            *size = (size_t)(at - *file);
        }
    }
    cornu_free_(rows);
    return *file ? CORNU_OK : CORNU_ENOMEM;
}
