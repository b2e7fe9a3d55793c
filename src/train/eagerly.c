/* The switch that has every step of the program run op by op.
 * tf.config.run_functions_eagerly, tf.config.functions_run_eagerly */
#include "train/training.h"

#include <stdatomic.h>
#include <stdlib.h>
#include <string.h>

static atomic_int mode; /* 0: not asked for yet, 1: off, 2: on */

bool cornu_run_eagerly(void) {
    int now = atomic_load_explicit(&mode, memory_order_relaxed);
    if (now == 0) {
        const char *text = getenv("CORNU_RUN_EAGERLY");
        now = text && *text && strcmp(text, "0") != 0 ? 2 : 1;
        atomic_store_explicit(&mode, now, memory_order_relaxed);
    }
    return now == 2;
}

void cornu_set_run_eagerly(bool eagerly) {
    atomic_store_explicit(&mode, eagerly ? 2 : 1, memory_order_relaxed);
}
