/* Time by the POSIX clocks. */
#include "base/clock.h"

#include "base/map.h"

#include <time.h>
#include <unistd.h>

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

uint64_t cornu_clock_entropy_(void) {
    uint64_t bits = 0;
    if (getentropy(&bits, sizeof bits) == 0) return bits;
    struct timespec now;
    (void)clock_gettime(CLOCK_REALTIME, &now);
    bits = cornu_hash_((uint64_t)now.tv_sec, (uint64_t)now.tv_nsec);
    return cornu_hash_(bits, (uint64_t)getpid());
}
