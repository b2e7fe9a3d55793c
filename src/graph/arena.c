/* Placing buffers in one arena by their lifetimes. */
#include "base/memory.h"
#include "graph/plan.h"

#include <stdlib.h>

enum { ALIGNMENT = 64 };

static size_t aligned(size_t size) { return (size + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT; }

static int larger_first(const void *a, const void *b) {
    const cornu_lifetime *const *x = a, *const *y = b;
    if ((*x)->size != (*y)->size) return (*x)->size < (*y)->size ? 1 : -1;
    return *x < *y ? -1 : 1; /* the same order on every machine */
}

static bool meet(const cornu_lifetime *a, const cornu_lifetime *b) {
    return a->first <= b->last && b->first <= a->last;
}

/* The lowest offset at which nothing that is placed and lives at the same time is in the way.
 * `placed` is ordered by offset. */
static size_t lowest_fit(const cornu_lifetime *one, cornu_lifetime *const *placed, size_t count) {
    size_t offset = 0, size = aligned(one->size);
    for (size_t i = 0; i < count; i++) {
        if (!meet(one, placed[i])) continue;
        if (placed[i]->offset >= offset + size) break;
        size_t end = placed[i]->offset + aligned(placed[i]->size);
        if (end > offset) offset = end;
    }
    return offset;
}

cornu_status cornu_arena_place_(cornu_lifetime *lifetimes, size_t count, size_t *arena_size) {
    cornu_lifetime **order = cornu_alloc_array_(count, sizeof *order),
                   **placed = cornu_alloc_array_(count, sizeof *placed);
    *arena_size = 0;
    if (!order || !placed) {
        cornu_free_(order);
        cornu_free_(placed);
        return CORNU_ENOMEM;
    }
    for (size_t i = 0; i < count; i++) order[i] = &lifetimes[i];
    qsort(order, count, sizeof *order, larger_first);
    for (size_t i = 0; i < count; i++) {
        order[i]->offset = lowest_fit(order[i], placed, i);
        size_t at = i, end = order[i]->offset + aligned(order[i]->size);
        for (; at > 0 && placed[at - 1]->offset > order[i]->offset; at--)
            placed[at] = placed[at - 1];
        placed[at] = order[i];
        if (end > *arena_size) *arena_size = end;
    }
    cornu_free_(order);
    cornu_free_(placed);
    return CORNU_OK;
}
