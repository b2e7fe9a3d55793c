/* What standard output is. */
#ifndef CORNU_BASE_TERMINAL_H
#define CORNU_BASE_TERMINAL_H

#include <stdbool.h>
#include <stdio.h>

/* Whether the stream is a terminal that a bar can be redrawn on (TERM=dumb is none). */
bool cornu_terminal_is_(FILE *stream);
/* Its columns; 80 if it is no terminal or does not say. */
int cornu_terminal_width_(FILE *stream);

#endif
