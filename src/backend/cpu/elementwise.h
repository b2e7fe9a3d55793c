/* Elementwise kernels on tiles from the inside, for the files that make them and those that run
 * them on parts of a result (product.c). */
#ifndef CORNU_BACKEND_CPU_ELEMENTWISE_H
#define CORNU_BACKEND_CPU_ELEMENTWISE_H

#include "loops.h"

enum { CORNU_TILE = 512 }; /* elements; some tiles together stay inside 32 KB */

typedef struct cornu_tile_source {
    cornu_dtype dtype;
    size_t item;
    int64_t strides[CORNU_MAX_RANK];
    bool direct;   /* read in place */
    bool dense;    /* rows follow one another without a gap */
    bool constant; /* loaded once per thread */
    bool moves;    /* not one number for all elements */
    int64_t extent; /* bytes from the first element to the end of the last one */
} cornu_tile_source;

typedef struct cornu_tile_step {
    cornu_tile_function *run;
    int code;            /* cornu_ew_code; CORNU_TILE_PAIR plus a cornu_cpu_pair; another below */
    uint32_t target;     /* register */
    uint32_t operand[3]; /* registers; unused ones repeat the first */
} cornu_tile_step;
enum { CORNU_TILE_GONE = -1, CORNU_TILE_ADAM = -2, CORNU_TILE_PAIR = 1000 };

/* Where a register goes: straight to the output, or by way of a tile at the end of the program if
 * it must be converted or the output is the buffer of an input that later instructions read. */
typedef struct cornu_tile_result {
    cornu_dtype dtype;
    size_t item;
    uint32_t from; /* register */
    bool can_be_straight;
} cornu_tile_result;

/* Registers are pointers to tiles. Inputs come first, then the results of the instructions. */
typedef struct cornu_tile_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    int inputs, rank, threads;
    bool keeps_rows; /* the last axis stays for itself, and the first input is given by chunks */
    int64_t dims[CORNU_MAX_RANK];
    int64_t rows, inner;   /* product of the outer axes, size of the innermost */
    int64_t tile;          /* elements of a tile: at most `inner`, or a multiple of it */
    int64_t rows_per_tile; /* 0 if rows are cut */
    int64_t tiles_per_row; /* 1 if they are not */
    int64_t tiles;
    uint32_t registers, steps;
    uint32_t tile_slots; /* tiles in a thread's part of the workspace */
    size_t part_size;    /* bytes of that part: register table, tiles */
    int outputs;
    cornu_tile_result *result; /* [outputs] */
    cornu_tile_source *source; /* [inputs] */
    cornu_tile_step *step;     /* [steps] */
    bool *later;               /* [outputs][inputs]: the input is read after the output is made */
    bool can_be_whole;         /* no tile is needed, if no result waits in one */
    bool takes_rows;           /* rows are cut, but the tape can go from one to the next */
    uint32_t *slot;            /* [registers]: its tile in the workspace, or CORNU_NO_SLOT */
    bool *moves;               /* [registers]: an array, not one number or a tile of steps' own */
    cornu_tape_plan *tape;     /* the steps as a tape; NULL: they are run tile by tile */
    uint32_t tape_length;
    bool tape_keeps; /* strips go by way of tiles between some steps */
    bool is_far;     /* inputs are fetched ahead */
    /* of the step CORNU_TILE_ADAM: the registers of w, m, v, g; of the four scalars; of the new m
     * and v */
    uint32_t adam[4], scalar[4], moment[2];
} cornu_tile_kernel;
#define CORNU_NO_SLOT UINT32_MAX

/* Joins instructions that a tile can go through in one pass: what is between them stays in vector
 * registers. */
cornu_status cornu_tile_find_pairs_(cornu_tile_kernel *kernel);
/* Whether a register is an input that is one number for all elements; once axes are merged. */
bool cornu_tile_is_scalar_(const cornu_tile_kernel *kernel, uint32_t reg);
/* Makes the tape of a program that gains by it. */
cornu_status cornu_tile_make_tape_(cornu_tile_kernel *kernel);
/* Joins the steps of Adam's update into one, if the program ends in it. */
void cornu_tile_find_adam_(cornu_tile_kernel *kernel);

/* Bytes of a thread's part of the workspace before its tiles. */
size_t cornu_tile_tables_size_(const cornu_tile_kernel *kernel);
cornu_status cornu_tile_kernel_execute_(
    const cornu_kernel *base, void *const *buffers, void *workspace
);

/* A kernel of which the first input, dense float32 and not in memory as a whole, is given chunk by
 * chunk: rows of the last axis, which is not 1. *new*, freed by its destroy. */
cornu_status cornu_tile_kernel_of_rows_(const cornu_kernel_desc *desc, cornu_tile_kernel **kernel);
/* Runs it on rows row .. row + rows - 1: a multiple of rows_per_tile, as their number unless the
 * last row is among them. `workspace` has part_size bytes, `chunk` the rows of the first input;
 * buffers[0] is not looked at. */
void cornu_tile_kernel_run_rows_(
    const cornu_tile_kernel *kernel, void *const *buffers, char *workspace, const float *chunk,
    int64_t row, int64_t rows
);

/* Where Adam's update finds its arrays, dense float32, and its numbers. */
typedef struct cornu_adam_operands {
    float *w, *m, *v;
    float scalars[4];
} cornu_adam_operands;
/* Whether a kernel by rows is nothing but Adam's update, with the gradient as its first input. */
bool cornu_tile_kernel_is_adam_(const cornu_tile_kernel *kernel);
/* Its operands, if the new values go to where the old ones are. */
bool cornu_tile_kernel_adam_in_place_(
    const cornu_tile_kernel *kernel, void *const *buffers, cornu_adam_operands *adam
);
/* The same for plain gradient descent, w - rate * gradient. */
bool cornu_tile_kernel_is_descent_(const cornu_tile_kernel *kernel);
bool cornu_tile_kernel_descent_in_place_(
    const cornu_tile_kernel *kernel, void *const *buffers, float **w, float *rate
);

/* Whether a kernel by rows adds nothing but one row to all of them, and which input that is; -1 if
 * not. */
int cornu_tile_kernel_shift_(const cornu_tile_kernel *kernel);

#endif
