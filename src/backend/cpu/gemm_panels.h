/* A few rows of a product by packed panels, while memory that is needed next is asked for.
 *
 * Asked for at once, lines that come from afar are waited for: a processor has some two dozen of
 * them under way at a time. Between multiply-adds they cost nothing. */
#ifndef CORNU_BACKEND_CPU_GEMM_PANELS_H
#define CORNU_BACKEND_CPU_GEMM_PANELS_H

#include "loops.h"

enum { CORNU_LINE = 16 }; /* floats */

/* Lines of memory, each by its first number. */
typedef struct cornu_line_list {
    const float **at;
    size_t count;
} cornu_line_list;

/* How many hold `count` numbers. */
static inline int64_t cornu_lines_of_(int64_t count) {
    return (count + CORNU_LINE - 1) / CORNU_LINE;
}

/* Appends those that hold `count` numbers. */
static inline void cornu_line_list_add_(cornu_line_list *list, const float *from, int64_t count) {
    for (int64_t i = 0; i < count; i += CORNU_LINE) list->at[list->count++] = from + i;
}

/* `rows` rows of a product whose columns are `panels` whole register blocks, `apart` elements from
 * one to the next in b. Asks for the operands' lines meanwhile, and takes off those that it got
 * to. */
void cornu_gemm_panels_(
    const cornu_cpu_loops *loops, cornu_gemm_operands *operands, int64_t rows, int64_t panels,
    int64_t apart
);

#endif
