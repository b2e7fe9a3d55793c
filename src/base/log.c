/* The environment is read once, by the first question. */
#include "base/log.h"

#include "base/thread.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const char *const names[CORNU_LOG_TOPIC_COUNT] = {
#define NAME(name, text) [CORNU_LOG_##name] = text,
    CORNU_LOG_TOPICS(NAME)
#undef NAME
};

static cornu_once once = CORNU_ONCE_INIT;
static bool on[CORNU_LOG_TOPIC_COUNT];

static void read_environment(void) {
    const char *list = getenv("CORNU_LOG");
    while (list && *list) {
        size_t length = strcspn(list, ", ");
        bool known = length == 0;
        for (int i = 0; i < CORNU_LOG_TOPIC_COUNT; i++) {
            bool all = length == 3 && memcmp(list, "all", 3) == 0;
            if (all || (strlen(names[i]) == length && memcmp(list, names[i], length) == 0)) {
                on[i] = known = true;
            }
        }
        if (!known) fprintf(stderr, "cornu: CORNU_LOG: no topic '%.*s'\n", (int)length, list);
        list += length;
        list += strspn(list, ", ");
    }
}

bool cornu_log_on_(cornu_log_topic topic) {
    cornu_call_once_(&once, read_environment);
    return on[topic];
}

void cornu_log_(cornu_log_topic topic, const char *format, ...) {
    if (!cornu_log_on_(topic)) return;
    va_list arguments;
    va_start(arguments, format);
    flockfile(stderr); /* a line is one piece, also among threads */
    fprintf(stderr, "cornu %s: ", names[topic]);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    funlockfile(stderr);
    va_end(arguments);
}
