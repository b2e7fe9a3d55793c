/* Notes for developers on standard error, by topic: CORNU_LOG=graph,plan ./program (or
 * CORNU_LOG=all). */
#ifndef CORNU_BASE_LOG_H
#define CORNU_BASE_LOG_H

#include <cornu/base.h>

#define CORNU_LOG_TOPICS(X)                                                                        \
    X(GRAPH, "graph") X(PLAN, "plan") X(DOT, "dot") X(KERNEL, "kernel") X(SAVE, "save")            \
    X(DATA, "data")

typedef enum cornu_log_topic {
#define CORNU_LOG_ENUM_(name, text) CORNU_LOG_##name,
    CORNU_LOG_TOPICS(CORNU_LOG_ENUM_)
#undef CORNU_LOG_ENUM_
        CORNU_LOG_TOPIC_COUNT
} cornu_log_topic;

/* Cheap: ask before preparing what is to be logged. */
bool cornu_log_on_(cornu_log_topic topic);
/* Writes "cornu TOPIC: text" and a line end, if the topic is on. */
void cornu_log_(cornu_log_topic topic, const char *format, ...) CORNU_PRINTF_(2, 3);

#endif
