/* Signals by sigaction. */
#include "base/signal.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static volatile sig_atomic_t caught;

enum { KIND_COUNT = 2 };
static const int kinds[KIND_COUNT] = {SIGINT, SIGTERM};
static struct sigaction before[KIND_COUNT];
static bool watching;

static void note(int number) { caught = number; }

/* Also anew, after one of them came. */
static cornu_status watch(void) {
    /* the second one finds the default action; slow calls go on where they were */
    struct sigaction action = {.sa_handler = note, .sa_flags = (int)SA_RESETHAND | SA_RESTART};
    (void)sigemptyset(&action.sa_mask);
    for (int i = 0; i < KIND_COUNT; i++) {
        if (sigaction(kinds[i], &action, watching ? NULL : &before[i]) == 0) continue;
        int code = errno;
        while (i-- > 0) (void)sigaction(kinds[i], &before[i], NULL);
        CORNU_FAIL(CORNU_EUNSUPPORTED, "signals cannot be watched: %s", strerror(code));
    }
    return CORNU_OK;
}

cornu_status cornu_signal_watch_(bool on) {
    caught = 0;
    if (on) CORNU_TRY(watch());
    for (int i = 0; i < KIND_COUNT && watching && !on; i++)
        (void)sigaction(kinds[i], &before[i], NULL);
    watching = on;
    return CORNU_OK;
}

void cornu_signal_ignore_writing_(void) {
    (void)signal(SIGPIPE, SIG_IGN);
    (void)signal(SIGXFSZ, SIG_IGN);
}

int cornu_signal_(void) { return caught; }

bool cornu_signal_is_watched_(void) { return watching; }
