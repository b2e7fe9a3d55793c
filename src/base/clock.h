/* Time. */
#ifndef CORNU_BASE_CLOCK_H
#define CORNU_BASE_CLOCK_H

#include <stddef.h>

/* Seconds since some moment, never going back. */
double cornu_clock_seconds_(void);
/* The local date as Keras writes it into archives, "2025-01-31@13:05:59"; 20 bytes suffice. Returns
 * `text`. */
char *cornu_clock_date_(char *text, size_t size);

#endif
