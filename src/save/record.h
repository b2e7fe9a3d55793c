/* TFRecord: the length, its checksum, the bytes, theirs. */
#ifndef CORNU_SAVE_RECORD_H
#define CORNU_SAVE_RECORD_H

#include <stddef.h>
#include <stdint.h>

enum { CORNU_RECORD_HEAD = 12, CORNU_RECORD_TAIL = 4 };

/* CRC32C (Castagnoli) of some bytes, rotated and offset, as records have it. */
uint32_t cornu_record_checksum_(const void *bytes, size_t size);
/* Puts head and tail around `size` bytes that stand CORNU_RECORD_HEAD bytes behind `record`. */
void cornu_record_seal_(uint8_t *record, size_t size);

#endif
