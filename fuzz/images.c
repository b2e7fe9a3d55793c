/* PNG and JPEG pictures, which the reader tells apart by their first bytes. A PNG's checksums would
 * hide every change from what lies behind them, so they are mended first. Seeds: *.png, *.jpg */
#include "save/crc32.h"
#include "support/fuzz.h"

#include <stdlib.h>
#include <string.h>

static uint32_t big_endian(const uint8_t *at) {
    return (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 | (uint32_t)at[2] << 8 | at[3];
}

/* Chunk after chunk: length, kind, data, checksum of kind and data. */
static void mend_checksums(uint8_t *bytes, size_t size) {
    const size_t around = 12;
    for (size_t at = 8; at < size && size - at >= around;) {
        size_t length = big_endian(bytes + at);
        if (length > size - at - around) return;
        uint32_t sum = cornu_crc32_(0, bytes + at + 4, length + 4);
        for (int i = 0; i < 4; i++) bytes[at + 8 + length + i] = (uint8_t)(sum >> (24 - 8 * i));
        at += length + around;
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
    static const int channels[] = {0, 1, 3, 4};
    uint8_t *bytes = malloc(size + 1);
    if (!bytes) return 0;
    if (size) memcpy(bytes, data, size);
    if (size > 8 && memcmp(bytes, "\x89PNG", 4) == 0) mend_checksums(bytes, size);
    const char *path = fuzz_file(bytes, size, ".png");
    free(bytes);
    for (size_t i = 0; i < sizeof channels / sizeof channels[0]; i++) {
        cornu_tensor_free(cornu_load_image(path, channels[i]));
        cornu_error_clear();
    }
    return 0;
}
