/* The checksums of TFRecords. Castagnoli's polynomial, bit by bit reflected; the mask keeps the
 * checksum of data that hold checksums from being trivial.
 * https://github.com/tensorflow/tensorflow/blob/master/tensorflow/core/lib/io/record_writer.h */
#include "save/record.h"

/* Half a byte at a time: a table of 16, and a few hundred megabytes a second. */
static const uint32_t table[16] = {
    0x00000000, 0x105ec76f, 0x20bd8ede, 0x30e349b1, 0x417b1dbc, 0x5125dad3, 0x61c69362, 0x7198540d,
    0x82f63b78, 0x92a8fc17, 0xa24bb5a6, 0xb21572c9, 0xc38d26c4, 0xd3d3e1ab, 0xe330a81a, 0xf36e6f75,
};

uint32_t cornu_record_checksum_(const void *bytes, size_t size) {
    const uint8_t *at = bytes;
    uint32_t crc = ~UINT32_C(0);
    for (size_t i = 0; i < size; i++) {
        crc ^= at[i];
        crc = crc >> 4 ^ table[crc & 15];
        crc = crc >> 4 ^ table[crc & 15];
    }
    crc = ~crc;
    return (crc >> 15 | crc << 17) + UINT32_C(0xa282ead8);
}

static void put(uint8_t *to, uint64_t value, int count) {
    for (int i = 0; i < count; i++) to[i] = (uint8_t)(value >> 8 * i);
}

void cornu_record_seal_(uint8_t *record, size_t size) {
    put(record, size, 8);
    put(record + 8, cornu_record_checksum_(record, 8), 4);
    uint8_t *end = record + CORNU_RECORD_HEAD + size;
    put(end, cornu_record_checksum_(record + CORNU_RECORD_HEAD, size), 4);
}
