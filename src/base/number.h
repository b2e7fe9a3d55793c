/* Numbers in texts, whatever the locale of the program. */
#ifndef CORNU_BASE_NUMBER_H
#define CORNU_BASE_NUMBER_H

#include <stdbool.h>

/* The text as a whole, spaces round it aside, as a decimal number: "-1.5e3", "inf", "nan". False if
 * it is none, hexadecimal ones included. */
bool cornu_number_parse_(const char *text, double *value);

#endif
