/* Threads, locks and one-time calls. */
#ifndef CORNU_BASE_THREAD_H
#define CORNU_BASE_THREAD_H

#include <cornu/error.h>
#include <pthread.h>

typedef struct cornu_thread {
    pthread_t handle;
} cornu_thread;

/* Starts run(user) in a new thread with all signals blocked there, so that they reach the program's
 * own threads. CORNU_ENOMEM if there can be no more threads. Every thread that was started must be
 * joined. */
cornu_status cornu_thread_start_(cornu_thread *thread, void (*run)(void *user), void *user);
void cornu_thread_join_(cornu_thread *thread);

typedef struct cornu_mutex {
    pthread_mutex_t handle;
} cornu_mutex;
#define CORNU_MUTEX_INIT                                                                           \
    { PTHREAD_MUTEX_INITIALIZER }
cornu_status cornu_mutex_init_(cornu_mutex *mutex);
void cornu_mutex_free_(cornu_mutex *mutex);
void cornu_mutex_lock_(cornu_mutex *mutex);
void cornu_mutex_unlock_(cornu_mutex *mutex);

typedef struct cornu_condition {
    pthread_cond_t handle;
} cornu_condition;
#define CORNU_CONDITION_INIT                                                                       \
    { PTHREAD_COND_INITIALIZER }
cornu_status cornu_condition_init_(cornu_condition *condition);
void cornu_condition_free_(cornu_condition *condition);
/* may wake up without a reason */
void cornu_condition_wait_(cornu_condition *condition, cornu_mutex *mutex);
void cornu_condition_signal_(cornu_condition *condition);
void cornu_condition_broadcast_(cornu_condition *condition);

/* static cornu_once once = CORNU_ONCE_INIT; cornu_call_once_(&once, prepare); */
typedef pthread_once_t cornu_once;
#define CORNU_ONCE_INIT PTHREAD_ONCE_INIT
void cornu_call_once_(cornu_once *once, void (*function)(void));

/* Processors that this process may run on; at least 1. */
int cornu_processor_count_(void);

#endif
