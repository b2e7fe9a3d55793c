/* POSIX threads behind a face of our own. Locking calls cannot fail when used rightly; what they
 * return is checked by assert. */
#include "base/thread.h"

#include "base/memory.h"

#include <assert.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <unistd.h>

typedef struct start {
    void (*run)(void *user);
    void *user;
} start;

static void *enter(void *memory) {
    start here = *(start *)memory;
    cornu_free_(memory);
    here.run(here.user);
    return NULL;
}

cornu_status cornu_thread_start_(cornu_thread *thread, void (*run)(void *user), void *user) {
    start *memory = cornu_alloc_(sizeof *memory);
    if (!memory) return CORNU_ENOMEM;
    *memory = (start){run, user};
    sigset_t all, before; /* a new thread inherits the mask */
    sigfillset(&all);
    pthread_sigmask(SIG_SETMASK, &all, &before);
    int code = pthread_create(&thread->handle, NULL, enter, memory);
    pthread_sigmask(SIG_SETMASK, &before, NULL);
    if (code != 0) {
        cornu_free_(memory);
        CORNU_FAIL(CORNU_ENOMEM, "a thread cannot be started: %s", strerror(code));
    }
    return CORNU_OK;
}

void cornu_thread_join_(cornu_thread *thread) {
    int code = pthread_join(thread->handle, NULL);
    assert(code == 0);
    (void)code;
}

cornu_status cornu_mutex_init_(cornu_mutex *mutex) {
    int code = pthread_mutex_init(&mutex->handle, NULL);
    if (code != 0) CORNU_FAIL(CORNU_ENOMEM, "a lock cannot be made: %s", strerror(code));
    return CORNU_OK;
}

void cornu_mutex_free_(cornu_mutex *mutex) { (void)pthread_mutex_destroy(&mutex->handle); }

void cornu_mutex_lock_(cornu_mutex *mutex) {
    int code = pthread_mutex_lock(&mutex->handle);
    assert(code == 0);
    (void)code;
}

void cornu_mutex_unlock_(cornu_mutex *mutex) {
    int code = pthread_mutex_unlock(&mutex->handle);
    assert(code == 0);
    (void)code;
}

cornu_status cornu_condition_init_(cornu_condition *condition) {
    int code = pthread_cond_init(&condition->handle, NULL);
    if (code != 0) CORNU_FAIL(CORNU_ENOMEM, "a condition cannot be made: %s", strerror(code));
    return CORNU_OK;
}

void cornu_condition_free_(cornu_condition *condition) {
    (void)pthread_cond_destroy(&condition->handle);
}

void cornu_condition_wait_(cornu_condition *condition, cornu_mutex *mutex) {
    int code = pthread_cond_wait(&condition->handle, &mutex->handle);
    assert(code == 0);
    (void)code;
}

void cornu_condition_signal_(cornu_condition *condition) {
    (void)pthread_cond_signal(&condition->handle);
}

void cornu_condition_broadcast_(cornu_condition *condition) {
    (void)pthread_cond_broadcast(&condition->handle);
}

void cornu_call_once_(cornu_once *once, void (*function)(void)) {
    int code = pthread_once(once, function);
    assert(code == 0);
    (void)code;
}

int cornu_processor_count_(void) {
#ifdef __linux__
    cpu_set_t allowed; /* what taskset and containers leave us */
    if (sched_getaffinity(0, sizeof allowed, &allowed) == 0 && CPU_COUNT(&allowed) > 0) {
        return CPU_COUNT(&allowed);
    }
#endif
    long count = sysconf(_SC_NPROCESSORS_ONLN);
    return count > 0 ? (int)count : 1;
}
