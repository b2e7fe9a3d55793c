/* Which machine, which process, what time of the day: for names of files. */
#ifndef CORNU_BASE_HOST_H
#define CORNU_BASE_HOST_H

#include <stddef.h>

/* The machine's name, "localhost" if it has none. Returns `text`. */
char *cornu_host_name_(char *text, size_t size);
long cornu_process_id_(void);
/* Processors that this process may run on; at least 1. */
int cornu_processors_(void);
/* Seconds since 1970. */
double cornu_wall_seconds_(void);

#endif
