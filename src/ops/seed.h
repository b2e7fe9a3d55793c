/* The default sequence of seeds, for a run that is to go on after a restart. */
#ifndef CORNU_OPS_SEED_H
#define CORNU_OPS_SEED_H

#include <stdint.h>

typedef struct cornu_seed_sequence {
    uint64_t key; /* 0: not chosen yet */
    uint32_t length; /* seeds that were taken */
} cornu_seed_sequence;

cornu_seed_sequence cornu_seed_sequence_get_(void);
void cornu_seed_sequence_set_(cornu_seed_sequence sequence);

#endif
