/* What a tape is made of, for the two files that work on it: tape.c records, gradient.c walks back.
 */
#ifndef CORNU_AUTODIFF_TAPE_H
#define CORNU_AUTODIFF_TAPE_H

#include "autodiff/id_map.h"
#include "base/object.h"
#include "graph/op.h"
#include <cornu/tape.h>

struct cornu_tape {
    cornu_object object;
    cornu_recorder recorder;
    bool persistent;
    bool spent; /* gave its gradient and is not persistent */
    cornu_id_map
        watched; /* watched tensors, trainable variables met, and everything computed from them */
    cornu_node *
        *nodes; /* in the order of recording: a node stands after those that made its inputs */
    size_t count, capacity;
};

/* Forgets what was recorded and stops recording. */
void cornu_tape_clear_(cornu_tape *tape);

#endif
