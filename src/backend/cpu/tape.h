/* Tapes: elementwise programs as lists of functions on vector registers (tape_functions.inc). */
#ifndef CORNU_BACKEND_CPU_TAPE_H
#define CORNU_BACKEND_CPU_TAPE_H

#include <stddef.h>
#include <stdint.h>

/* What a step does with the strip (X), with one operand in memory (Y), with two (Z). A number says
 * which operand of the operation the strip is. BEGIN: a first LOAD; LAST: a final STORE; CALL: a
 * tile function, of which the strip is the first operand. */
#define CORNU_TAPE_LIST(X, Y, Z)                                                                   \
    X(BEGIN) X(LOAD) X(STORE) X(LAST) X(CALL) X(END) X(NEGATIVE) X(ABSOLUTE) X(SQUARE)             \
    X(RECIPROCAL) X(RELU) X(NOT)                                                                   \
    Y(ADD) Y(SUBTRACT) Y(SUBTRACT_FROM) Y(MULTIPLY) Y(DIVIDE) Y(DIVIDE_INTO) Y(MAXIMUM)            \
    Y(MAXIMUM_OF) Y(MINIMUM) Y(MINIMUM_OF) Y(EQUAL) Y(NOT_EQUAL) Y(LESS) Y(LESS_EQUAL)             \
    Y(GREATER) Y(GREATER_EQUAL) Y(AND) Y(OR)                                                       \
    Z(WHERE_0) Z(WHERE_1) Z(WHERE_2) Z(MULTIPLY_ADD_0) Z(MULTIPLY_ADD_1) Z(MULTIPLY_SUBTRACT_0)    \
    Z(MULTIPLY_SUBTRACT_1) Z(MULTIPLY_DIVIDE_0) Z(MULTIPLY_DIVIDE_2) Z(LERP_0) Z(LERP_1)           \
    Z(LERP_2) Z(LERP_SQUARE_0) Z(LERP_SQUARE_1) Z(LERP_SQUARE_2)
typedef enum cornu_tape_code {
#define CORNU_TAPE_ENUM_(name) CORNU_TAPE_##name,
    CORNU_TAPE_LIST(CORNU_TAPE_ENUM_, CORNU_TAPE_ENUM_, CORNU_TAPE_ENUM_)
#undef CORNU_TAPE_ENUM_
    CORNU_TAPE_COUNT
} cornu_tape_code;

/* Forms of a function: which of its operands in memory are one number for all elements. */
enum { CORNU_TAPE_FIRST_SCALAR = 1, CORNU_TAPE_SECOND_SCALAR = 2, CORNU_TAPE_FORMS = 4 };

/* Stands for functions on vectors, whose type depends on the instruction set. */
typedef void cornu_tape_function(void);

/* A step as the plan has it. */
typedef struct cornu_tape_plan {
    cornu_tape_function *run;
    void (*tile)(float *d, const float *a, const float *b, const float *c, size_t n); /* CALL */
    uint32_t operand[2]; /* registers */
} cornu_tape_plan;

/* A step as a thread runs it: pointers instead of registers, since what a strip waits for is not
 * arithmetic but loads. */
typedef struct cornu_tape_step {
    cornu_tape_function *run;
    void (*tile)(float *d, const float *a, const float *b, const float *c, size_t n);
    float *operand[2];  /* written by STORE and LAST alone */
    ptrdiff_t moves[2]; /* from block to block; 0: what every block uses again, or one number */
} cornu_tape_step;

/* A run over strips that follow one another, `strips` at least 1. */
typedef struct cornu_tape_run {
    cornu_tape_step *tape; /* [length]; operands that move are moved on */
    size_t length, strips;
    size_t block;               /* strips, after which operands move */
    const float *const *ahead;  /* [arrays] read from memory beyond the caches: fetched ahead */
    size_t arrays;
} cornu_tape_run;

#endif
