/* Time by the POSIX clocks. */
#include "base/clock.h"

#include <time.h>

double cornu_clock_seconds_(void) {
    struct timespec now;
    (void)clock_gettime(CLOCK_MONOTONIC, &now);
    return (double)now.tv_sec + (double)now.tv_nsec * 1e-9;
}

char *cornu_clock_date_(char *text, size_t size) {
    time_t now = time(NULL);
    struct tm parts;
    if (!localtime_r(&now, &parts) || strftime(text, size, "%Y-%m-%d@%H:%M:%S", &parts) == 0) {
        if (size) text[0] = '\0';
    }
    return text;
}
