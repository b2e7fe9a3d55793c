/* Machine and process by POSIX calls. */
#include "base/host.h"

#include <sched.h>
#include <stdio.h>
#include <time.h>
#include <unistd.h>

char *cornu_host_name_(char *text, size_t size) {
    if (gethostname(text, size) != 0 || !*text) snprintf(text, size, "localhost");
    text[size - 1] = '\0';
    return text;
}

long cornu_process_id_(void) { return (long)getpid(); }

double cornu_wall_seconds_(void) {
    struct timespec now;
    if (clock_gettime(CLOCK_REALTIME, &now) != 0) return 0;
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

int cornu_processors_(void) {
    cpu_set_t set;
    int count = sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 0;
    if (count == 0) count = (int)sysconf(_SC_NPROCESSORS_ONLN); /* more than a set holds */
    return count < 1 ? 1 : count;
}
