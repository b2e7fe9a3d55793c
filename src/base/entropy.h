/* Bits that nobody can foretell, for seeds that were not given. */
#ifndef CORNU_BASE_ENTROPY_H
#define CORNU_BASE_ENTROPY_H

#include <stdint.h>

/* 64 bits from the system; from clock and addresses where it has none to give. */
uint64_t cornu_entropy_(void);

#endif
