/* The checksum of a member of an archive, added up from what is read of it anyway, so that a large
 * file is not read once more for its sake. */
#ifndef CORNU_SAVE_CHECKSUM_H
#define CORNU_SAVE_CHECKSUM_H

#include "base/input.h"
#include <cornu/error.h>

typedef struct cornu_checksum cornu_checksum;

/* Follows what is read of `input`, which must live until settling; `crc` is the CRC-32 that all of
 * it should have, `name` is for messages. *new*, NULL without memory. */
cornu_checksum *cornu_checksum_new_(cornu_input *input, uint32_t crc, const char *name);
/* Reads what nobody has read, and compares. CORNU_EFORMAT: the bytes are not those that the
 * archive was made of; CORNU_EIO. NULL is fine, and right. */
cornu_status cornu_checksum_settle_(cornu_checksum *checksum);
/* NULL is fine. Without settling: when the input is read no more. */
void cornu_checksum_free_(cornu_checksum *checksum);

#endif
