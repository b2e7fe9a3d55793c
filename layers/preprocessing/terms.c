/* Terms in a hash table with open addressing. */
#include "terms.h"

#include "hash.h"

#include <string.h>

static bool same(const cornu_term *term, cornu_bytes bytes, uint64_t hash) {
    return term->hash == hash && term->bytes.size == bytes.size &&
           memcmp(term->bytes.data, bytes.data, bytes.size) == 0;
}

/* The slot of a term, or the free one where it would go. */
static size_t slot_of(const cornu_terms *terms, cornu_bytes bytes, uint64_t hash) {
    size_t at = (size_t)hash & (terms->slot_count - 1);
    while (terms->slots[at] != 0 && !same(&terms->items[terms->slots[at] - 1], bytes, hash))
        at = (at + 1) & (terms->slot_count - 1);
    return at;
}

int64_t cornu_terms_find_(const cornu_terms *terms, cornu_bytes bytes) {
    if (terms->count == 0) return -1;
    return (int64_t)terms->slots[slot_of(terms, bytes, cornu_fingerprint_(bytes))] - 1;
}

static cornu_status grow_slots(cornu_terms *terms) {
    size_t count = terms->slot_count > 0 ? 2 * terms->slot_count : 64;
    size_t *slots = cornu_allocate(count * sizeof *slots);
    if (slots == NULL) return CORNU_ENOMEM;
    cornu_free(terms->slots);
    terms->slots = slots;
    terms->slot_count = count;
    for (size_t i = 0; i < terms->count; i++)
        slots[slot_of(terms, terms->items[i].bytes, terms->items[i].hash)] = i + 1;
    return CORNU_OK;
}

static cornu_status grow_items(cornu_terms *terms) {
    size_t capacity = terms->capacity > 0 ? 2 * terms->capacity : 32;
    cornu_term *items = cornu_allocate(capacity * sizeof *items);
    if (items == NULL) return CORNU_ENOMEM;
    if (terms->count > 0) memcpy(items, terms->items, terms->count * sizeof *items);
    cornu_free(terms->items);
    terms->items = items;
    terms->capacity = capacity;
    return CORNU_OK;
}

cornu_status cornu_terms_add_(cornu_terms *terms, cornu_bytes bytes, size_t *index, bool *added) {
    uint64_t hash = cornu_fingerprint_(bytes);
    if (2 * (terms->count + 1) > terms->slot_count) CORNU_TRY(grow_slots(terms));
    if (terms->count == terms->capacity) CORNU_TRY(grow_items(terms));
    size_t at = slot_of(terms, bytes, hash);
    *added = terms->slots[at] == 0;
    *index = *added ? terms->count : terms->slots[at] - 1;
    if (!*added) return CORNU_OK;
    char *copy = cornu_allocate(bytes.size + 1);
    if (copy == NULL) return CORNU_ENOMEM;
    if (bytes.size > 0) memcpy(copy, bytes.data, bytes.size);
    terms->items[terms->count++] = (cornu_term){.bytes = {copy, bytes.size}, .hash = hash};
    terms->slots[at] = terms->count;
    return CORNU_OK;
}

void cornu_terms_free_(cornu_terms *terms) {
    for (size_t i = 0; i < terms->count; i++)
        cornu_free((void *)(uintptr_t)terms->items[i].bytes.data);
    cornu_free(terms->items);
    cornu_free(terms->slots);
    *terms = (cornu_terms){0};
}
