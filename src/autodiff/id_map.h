/* What autodiff knows about tensors, by their ids: a hash table with open addressing. */
#ifndef CORNU_AUTODIFF_ID_MAP_H
#define CORNU_AUTODIFF_ID_MAP_H

#include <cornu/tensor.h>

typedef struct cornu_id_entry {
    uint64_t id; /* 0: the place is free */
    bool source;
    cornu_tensor *gradient; /* owned by whoever set it; the map only holds the pointer */
} cornu_id_entry;

/* All zero is an empty map. */
typedef struct cornu_id_map {
    cornu_id_entry *entries;
    size_t capacity; /* 0 or a power of two */
    size_t count;
} cornu_id_map;

/* NULL if there is none. Entries move when something is added. */
cornu_id_entry *cornu_id_map_find_(const cornu_id_map *map, uint64_t id);
/* The entry of `id`, a zeroed one if it is new; NULL with CORNU_ENOMEM. */
cornu_id_entry *cornu_id_map_add_(cornu_id_map *map, uint64_t id);
/* Frees the table and leaves an empty map. */
void cornu_id_map_clear_(cornu_id_map *map);

#endif
