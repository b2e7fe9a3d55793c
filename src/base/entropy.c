/* Entropy from Linux's getrandom. */
#include "base/entropy.h"

#include <sys/random.h>
#include <time.h>
#include <unistd.h>

uint64_t cornu_entropy_(void) {
    uint64_t bits;
    if (getrandom(&bits, sizeof bits, 0) == (ssize_t)sizeof bits) return bits;
    /* two processes started at once differ in their ids, two runs in the time */
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    bits = (uint64_t)now.tv_sec * 1000000007 ^ (uint64_t)now.tv_nsec << 20;
    return bits ^ (uint64_t)getpid() << 40 ^ (uint64_t)(uintptr_t)&bits;
}
