/* What every reference-counted object begins with. */
#ifndef CORNU_BASE_OBJECT_H
#define CORNU_BASE_OBJECT_H

#include <cornu/base.h>
#include <stdatomic.h>

/* Public structs that a user's own struct begins with (cornu_layer, ...) hold a cornu_object as
 * plain bytes; see extend.h, where it is called cornu_object_head and has the same layout. */
typedef struct cornu_object {
    atomic_int references;
    void (*destroy)(void *object); /* frees the object and what it owns */
} cornu_object;

void cornu_object_init_(void *object, void (*destroy)(void *object)); /* one reference */
void *cornu_object_retain_(void *object);                             /* NULL is fine */
void cornu_object_release_(void *object);                             /* NULL is fine */

/* The scope stack holds objects of any kind. Adds a reference's ownership to the innermost scope:
 * the caller's reference is taken, also on failure (the object is released and NULL returned with
 * CORNU_ENOMEM). */
void *cornu_scope_add_(void *object);
/* cornu_keep for an object of any kind: moves it from the innermost scope to the next one outward.
 * On failure it stays where it was and NULL with CORNU_ENOMEM is returned. */
void *cornu_scope_keep_(void *object);
#endif
