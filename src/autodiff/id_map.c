/* See the header. Ids count up from 1, so a multiplication spreads them well; nothing is ever
 * removed. */
#include "autodiff/id_map.h"

#include "base/memory.h"

/* Where `id` is, or the free place where it belongs. The table is never full. */
static cornu_id_entry *place(cornu_id_entry *entries, size_t capacity, uint64_t id) {
    size_t i = (size_t)((id * UINT64_C(0x9e3779b97f4a7c15)) >> 32) & (capacity - 1);
    while (entries[i].id != 0 && entries[i].id != id) i = (i + 1) & (capacity - 1);
    return &entries[i];
}

static cornu_status grow(cornu_id_map *map) {
    size_t capacity = map->capacity > 0 ? 2 * map->capacity : 32;
    cornu_id_entry *entries = cornu_alloc_array_(capacity, sizeof *entries);
    if (entries == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < map->capacity; i++) {
        const cornu_id_entry *old = &map->entries[i];
        if (old->id != 0) *place(entries, capacity, old->id) = *old;
    }
    cornu_free_(map->entries);
    map->entries = entries;
    map->capacity = capacity;
    return CORNU_OK;
}

cornu_id_entry *cornu_id_map_find_(const cornu_id_map *map, uint64_t id) {
    if (map->count == 0) return NULL;
    cornu_id_entry *entry = place(map->entries, map->capacity, id);
    return entry->id == id ? entry : NULL;
}

cornu_id_entry *cornu_id_map_add_(cornu_id_map *map, uint64_t id) {
    cornu_id_entry *entry = cornu_id_map_find_(map, id);
    if (entry != NULL) return entry;
    if (2 * (map->count + 1) > map->capacity && grow(map) != CORNU_OK) return NULL;
    entry = place(map->entries, map->capacity, id);
    entry->id = id;
    map->count++;
    return entry;
}

void cornu_id_map_clear_(cornu_id_map *map) {
    cornu_free_(map->entries);
    *map = (cornu_id_map){0};
}
