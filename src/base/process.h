/* A helper program at the other end of a channel: started, spoken to, and ended again. It gets
 * three things of this process and nothing else: the channel, and what descriptors it is handed. */
#ifndef CORNU_BASE_PROCESS_H
#define CORNU_BASE_PROCESS_H

#include <cornu/base.h>
#include <cornu/error.h>

/* The numbers of the descriptors in the helper. */
enum { CORNU_PROCESS_CHANNEL = 3, CORNU_PROCESS_FIRST = 4, CORNU_PROCESS_MOST = 4 };

typedef struct cornu_process {
    int id;      /* 0: none */
    int handle;  /* names the process even after its id was given away; -1: none */
    int channel; /* -1: closed */
} cornu_process;

/* The path of an installed helper program: the value of the environment variable `variable`, or
 * libexec/cornu/NAME near this library or program. *new*; NULL with CORNU_EUNSUPPORTED. */
char *cornu_process_find_(const char *variable, const char *name);

/* Starts `program` with descriptors[i] as its number CORNU_PROCESS_FIRST + i, without arguments,
 * terminal and signals of its own. Never a fork of this process: its locks may be held. CORNU_EIO.
 */
cornu_status cornu_process_start_(
    cornu_process *process, const char *program, const int *descriptors, size_t count
);
/* Through the channel, whole or not at all. CORNU_EIO: the other side is gone, or `seconds` have
 * passed; the process is ended then. */
cornu_status cornu_process_send_(cornu_process *process, const void *data, size_t size);
cornu_status cornu_process_receive_(
    cornu_process *process, void *data, size_t size, double seconds
);
/* Ends the process at once; a process that is none is fine. */
void cornu_process_end_(cornu_process *process);

/* The same channel seen from the helper: false at its end. */
bool cornu_channel_send_(const void *data, size_t size);
bool cornu_channel_receive_(void *data, size_t size);

/* Memory that two processes see. */
typedef struct cornu_shared {
    int descriptor; /* -1: none */
    void *memory;   /* this side's view; NULL: none */
    size_t size;    /* of the view */
} cornu_shared;

/* `size` may grow by cornu_shared_grow_, never shrink: the other side cannot take memory away from
 * under this one. CORNU_ENOMEM. */
cornu_status cornu_shared_make_(cornu_shared *shared);
/* At least `size` bytes of memory in this side's view. CORNU_ENOMEM. */
cornu_status cornu_shared_grow_(cornu_shared *shared, size_t size);
void cornu_shared_free_(cornu_shared *shared);
/* In the helper: a view of what was handed over. NULL if it is not that large. */
void *cornu_shared_view_(int descriptor, size_t size);
void cornu_shared_forget_(void *memory, size_t size);

#endif
