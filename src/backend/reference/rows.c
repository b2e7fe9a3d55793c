/* Rows of an array that become a batch, one after the other. */
#include "backend/reference/reference.h"

#include <string.h>

void cornu_reference_gather_rows_(const cornu_row_gather *gather) {
    const cornu_row_gather *g = gather;
    size_t bytes = (size_t)g->size * g->item;
    for (int64_t i = 0; i < g->rows; i++) {
        const char *from = g->from + (size_t)(g->order ? g->order[i] : g->first + i) * bytes;
        float *to = (float *)(void *)g->to + i * g->size;
        if (g->scale == 0) memcpy(g->to + (size_t)i * bytes, from, bytes);
        else
            for (int64_t k = 0; k < g->size; k++)
                to[k] = (float)((const uint8_t *)from)[k] * (float)g->scale;
    }
}
