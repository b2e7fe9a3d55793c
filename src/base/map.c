/* The hash map; removal shifts entries back instead of leaving graves (Knuth, TAOCP 6.4, algorithm
 * R). */
#include "base/map.h"

#include "base/memory.h"

#include <string.h>

uint64_t cornu_hash_(uint64_t hash, uint64_t part) {
    /* the finaliser of MurmurHash3 over the two, the first turned so that order matters */
    uint64_t x = (hash << 23 | hash >> 41) ^ part;
    x += 0x9e3779b97f4a7c15u;
    x = (x ^ (x >> 33)) * 0xff51afd7ed558ccdu;
    x = (x ^ (x >> 33)) * 0xc4ceb9fe1a85ec53u;
    return x ^ (x >> 33);
}

uint64_t cornu_hash_bytes_(uint64_t hash, const void *bytes, size_t count) {
    const unsigned char *at = bytes;
    for (; count >= 8; count -= 8, at += 8) {
        uint64_t part;
        memcpy(&part, at, 8);
        hash = cornu_hash_(hash, part);
    }
    uint64_t rest = count;
    for (size_t i = 0; i < count; i++) rest = rest << 8 | at[i];
    return cornu_hash_(hash, rest);
}

static uint64_t text_key(const char *text) { return cornu_hash_bytes_(0, text, strlen(text)); }

static size_t home(const cornu_map *map, uint64_t key) {
    return (size_t)cornu_hash_(0, key) & (map->capacity - 1);
}

static bool same(const cornu_map_slot *slot, uint64_t key, const char *text) {
    return slot->key == key && (!text || strcmp(slot->text, text) == 0);
}

/* The slot of the key, or the free one where it belongs; the map must have a free slot. */
static cornu_map_slot *find(const cornu_map *map, uint64_t key, const char *text) {
    size_t i = home(map, key);
    while (map->slots[i].used && !same(&map->slots[i], key, text))
        i = (i + 1) & (map->capacity - 1);
    return &map->slots[i];
}

static cornu_status grow(cornu_map *map) {
    if (map->capacity && map->count + 1 <= map->capacity / 4 * 3) return CORNU_OK;
    cornu_map larger = {.count = map->count, .capacity = map->capacity ? map->capacity * 2 : 8};
    larger.slots = cornu_alloc_array_(larger.capacity, sizeof *larger.slots);
    if (!larger.slots) return CORNU_ENOMEM;
    for (size_t i = 0; i < map->capacity; i++) {
        cornu_map_slot *slot = &map->slots[i];
        if (slot->used) *find(&larger, slot->key, slot->text) = *slot;
    }
    cornu_free_(map->slots);
    *map = larger;
    return CORNU_OK;
}

static cornu_status put(cornu_map *map, uint64_t key, const char *text, void *value) {
    CORNU_TRY(grow(map));
    cornu_map_slot *slot = find(map, key, text);
    if (!slot->used) {
        char *copy = cornu_strdup_(text);
        if (text && !copy) return CORNU_ENOMEM;
        *slot = (cornu_map_slot){.key = key, .text = copy, .used = true};
        map->count++;
    }
    slot->value = value;
    return CORNU_OK;
}

static void *get(const cornu_map *map, uint64_t key, const char *text) {
    if (!map->count) return NULL;
    const cornu_map_slot *slot = find(map, key, text);
    return slot->used ? slot->value : NULL;
}

static void *take(cornu_map *map, uint64_t key, const char *text) {
    if (!map->count) return NULL;
    cornu_map_slot *slot = find(map, key, text);
    if (!slot->used) return NULL;
    void *value = slot->value;
    cornu_free_(slot->text);
    size_t mask = map->capacity - 1, hole = (size_t)(slot - map->slots);
    for (size_t i = (hole + 1) & mask; map->slots[i].used; i = (i + 1) & mask) {
        /* an entry may move into the hole if that is no earlier than its home */
        size_t from_home = (i - home(map, map->slots[i].key)) & mask;
        if (from_home >= ((i - hole) & mask)) {
            map->slots[hole] = map->slots[i];
            hole = i;
        }
    }
    map->slots[hole] = (cornu_map_slot){0};
    map->count--;
    return value;
}

cornu_status cornu_map_put_(cornu_map *map, uint64_t key, void *value) {
    return put(map, key, NULL, value);
}

cornu_status cornu_map_put_text_(cornu_map *map, const char *key, void *value) {
    return put(map, text_key(key), key, value);
}

void *cornu_map_get_(const cornu_map *map, uint64_t key) { return get(map, key, NULL); }

void *cornu_map_get_text_(const cornu_map *map, const char *key) {
    return get(map, text_key(key), key);
}

void *cornu_map_remove_(cornu_map *map, uint64_t key) { return take(map, key, NULL); }

void *cornu_map_remove_text_(cornu_map *map, const char *key) {
    return take(map, text_key(key), key);
}

void cornu_map_clear_(cornu_map *map) {
    for (size_t i = 0; i < map->capacity; i++) {
        cornu_free_(map->slots[i].text);
        map->slots[i] = (cornu_map_slot){0};
    }
    map->count = 0;
}

void cornu_map_free_(cornu_map *map) {
    cornu_map_clear_(map);
    cornu_free_(map->slots);
    *map = (cornu_map){0};
}

bool cornu_map_next_(const cornu_map *map, size_t *position, const cornu_map_slot **slot) {
    while (*position < map->capacity) {
        *slot = &map->slots[(*position)++];
        if ((*slot)->used) return true;
    }
    return false;
}
