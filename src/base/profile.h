/* Notes for a profile: who runs a kernel says so here, if somebody wants to know. */
#ifndef CORNU_BASE_PROFILE_H
#define CORNU_BASE_PROFILE_H

#include <cornu/profile.h>
#include <stdatomic.h>
#include <stdint.h>

/* What ran. Texts are copied, cut where they are long; NULL is fine but for `what`. */
typedef struct cornu_profile_event {
    const char *what;  /* ops */
    const char *layer;
    const char *kernel; /* implementation */
    uint64_t bytes;
    double begin, end; /* cornu_clock_seconds_ */
} cornu_profile_event;

extern atomic_bool cornu_profile_active_;

/* Whether events are wanted: the only thing that costs anything while they are not. */
static inline bool cornu_profile_on_(void) {
    return atomic_load_explicit(&cornu_profile_active_, memory_order_relaxed);
}

/* Without a profile, or without memory, the event is lost. */
void cornu_profile_note_(const cornu_profile_event *event);

#endif
