/* Reference counts. */
#include "base/object.h"

#include <assert.h>

void cornu_object_init_(void *object, void (*destroy)(void *object)) {
    cornu_object *head = object;
    atomic_init(&head->references, 1);
    head->destroy = destroy;
}

void *cornu_object_retain_(void *object) {
    cornu_object *head = object;
    if (head) atomic_fetch_add_explicit(&head->references, 1, memory_order_relaxed);
    return object;
}

void cornu_object_release_(void *object) {
    cornu_object *head = object;
    if (!head) return;
    /* release, then acquire by the last one: it sees all that other threads wrote to the object */
    int before = atomic_fetch_sub_explicit(&head->references, 1, memory_order_acq_rel);
    assert(before > 0);
    if (before == 1) head->destroy(object);
}
