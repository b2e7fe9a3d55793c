#include "nn/budget.h"

#include <inttypes.h>

static _Thread_local uint64_t left = UINT64_MAX;

uint64_t cornu_budget_begin_(uint64_t file_size, bool trusted) {
    /* weights hardly compress, those of a new model that are all zero very well: small ones may */
    const uint64_t always = (uint64_t)1 << 27, most = 100;
    uint64_t before = left;
    left =
        trusted || file_size >= UINT64_MAX / most - always ? UINT64_MAX : file_size * most + always;
    return before;
}

void cornu_budget_end_(uint64_t before) { left = before; }

cornu_status cornu_budget_take_(uint64_t bytes) {
    if (left == UINT64_MAX) return CORNU_OK;
    if (bytes > left) {
        CORNU_FAIL(
            CORNU_EFORMAT, "%" PRIu64 " bytes are far more than the file can hold values for", bytes
        );
    }
    left -= bytes;
    return CORNU_OK;
}
