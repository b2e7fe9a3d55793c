/* A small hash map from 64-bit keys or from texts to pointers; open addressing, linear probing. */
#ifndef CORNU_BASE_MAP_H
#define CORNU_BASE_MAP_H

#include <cornu/base.h>
#include <cornu/error.h>

typedef struct cornu_map_slot {
    uint64_t key; /* the key, or a text's hash */
    char *text;   /* the map's own copy; NULL in a map with 64-bit keys */
    void *value;
    bool used;
} cornu_map_slot;

/* Zero-initialise it; one map holds keys of one kind. Values are borrowed. */
typedef struct cornu_map {
    cornu_map_slot *slots;
    size_t count, capacity; /* capacity: a power of two, or 0 */
} cornu_map;

/* Adds or replaces. CORNU_ENOMEM leaves the map as it was. */
cornu_status cornu_map_put_(cornu_map *map, uint64_t key, void *value);
cornu_status cornu_map_put_text_(cornu_map *map, const char *key, void *value);
/* NULL if there is none. */
void *cornu_map_get_(const cornu_map *map, uint64_t key);
void *cornu_map_get_text_(const cornu_map *map, const char *key);
/* Removes and returns the value; NULL if there was none. */
void *cornu_map_remove_(cornu_map *map, uint64_t key);
void *cornu_map_remove_text_(cornu_map *map, const char *key);
/* Forgets all entries and keeps the room. */
void cornu_map_clear_(cornu_map *map);
void cornu_map_free_(cornu_map *map);

/* for (size_t i = 0; cornu_map_next_(&map, &i, &slot); ) { slot->key, slot->text, slot->value }: in
 * no particular order. */
bool cornu_map_next_(const cornu_map *map, size_t *position, const cornu_map_slot **slot);

/* Good mixing for keys that are made of parts: hash = cornu_hash_(hash, part). */
uint64_t cornu_hash_(uint64_t hash, uint64_t part);
uint64_t cornu_hash_bytes_(uint64_t hash, const void *bytes, size_t count);

#endif
