/* Warnings: where they go. One handler for the process, since whoever wants them elsewhere wants
 * all of them there. */
#include <stdarg.h>
#include <stdio.h>

#include "base/thread.h"
#include <cornu/error.h>

enum { LONGEST = 768 }; /* as long as an error's message */

static cornu_mutex mutex = CORNU_MUTEX_INIT;

static void to_standard_error(const char *message, void *user) {
    (void)user;
    fprintf(stderr, "cornu: warning: %s\n", message);
}

static cornu_warning_handler *current = to_standard_error;
static void *current_user;

void cornu_on_warning(cornu_warning_handler *handler, void *user) {
    cornu_mutex_lock_(&mutex);
    current = handler != NULL ? handler : to_standard_error;
    current_user = user;
    cornu_mutex_unlock_(&mutex);
}

void cornu_warn(const char *format, ...) {
    char message[LONGEST];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(message, sizeof message, format, arguments);
    va_end(arguments);
    /* read under the lock, called outside of it: a handler may set another one */
    cornu_mutex_lock_(&mutex);
    cornu_warning_handler *handler = current;
    void *user = current_user;
    cornu_mutex_unlock_(&mutex);
    handler(message, user);
}
