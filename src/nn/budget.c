#include "nn/budget.h"

#include <inttypes.h>

static _Thread_local uint64_t left = UINT64_MAX;

/* always + times * size, or UINT64_MAX if that is more */
static uint64_t allowance(uint64_t always, uint64_t times, uint64_t size) {
    uint64_t bytes;
    bool over = __builtin_mul_overflow(times, size, &bytes) ||
                __builtin_add_overflow(bytes, always, &bytes);
    return over ? UINT64_MAX : bytes;
}

uint64_t cornu_budget_begin_(uint64_t file_size, bool trusted) {
    /* weights hardly compress, those of a new model that are all zero very well: small ones may */
    uint64_t before = left;
    left = trusted ? UINT64_MAX : allowance((uint64_t)1 << 27, 100, file_size);
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

uint64_t cornu_budget_of_blocks_(uint64_t file_size, bool trusted) {
    return trusted ? 0 : allowance((uint64_t)1 << 28, 64, file_size);
}

uint64_t cornu_budget_with_batch_(uint64_t of_blocks, uint64_t batch_bytes) {
    return of_blocks == 0 ? 0 : allowance(of_blocks, 4096, batch_bytes);
}
