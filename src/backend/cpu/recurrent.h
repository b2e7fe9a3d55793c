/* LSTM and GRU of the cpu backend: what the way forward (recurrent_forward.c) and the way back
 * (recurrent_back.c) have in common. */
#ifndef CORNU_BACKEND_CPU_RECURRENT_H
#define CORNU_BACKEND_CPU_RECURRENT_H

#include "cpu.h"
#include "gemm_panels.h"
#include "loops.h"

#include "backend/recurrent.h"

#include <string.h>

/* The batch is cut into parts of some rows, each of which goes through all steps by itself. The
 * parts depend on the shapes alone, so that sums over the batch have the same bits whatever the
 * number of threads. Sizes are in floats. */
typedef struct cornu_recurrent_kernel {
    cornu_kernel base;
    const cornu_cpu_loops *loops;
    cornu_recurrent_layout k;
    int64_t rows, parts;
    int threads;
    int64_t stride;      /* columns rounded up to whole panels: of rows of sums */
    int64_t wide_x, wide_h; /* back: features and units, likewise */
    int64_t panels;      /* of the weights, packed once */
    int64_t sums;        /* back: of a part, of the gradients of w, v and b */
    int64_t scratch;     /* of a thread */
} cornu_recurrent_kernel;

/* What a thread works on. */
typedef struct cornu_recurrent_part {
    const cornu_recurrent_kernel *kernel;
    void *const *buffers;
    const float *panels;
    float *sums, *scratch;
    int64_t first, count; /* rows of the batch */
} cornu_recurrent_part;

/* Packs the weights; runs a part; the sizes of panels, sums and scratch. */
void cornu_recurrent_pack_forward_(
    const cornu_recurrent_kernel *kernel, void *const *buffers, float *panels
);
void cornu_recurrent_run_forward_(const cornu_recurrent_part *part);
void cornu_recurrent_plan_forward_(cornu_recurrent_kernel *kernel);
void cornu_recurrent_pack_back_(
    const cornu_recurrent_kernel *kernel, void *const *buffers, float *panels
);
void cornu_recurrent_run_back_(const cornu_recurrent_part *part);
void cornu_recurrent_plan_back_(cornu_recurrent_kernel *kernel);
/* Adds up the parts' gradients of the weights. */
void cornu_recurrent_add_parts_(
    const cornu_recurrent_kernel *kernel, const float *sums, float *result
);

/* Takes room for so many floats, or for so many lines of a list, from a thread's memory, of which
 * *next is the first float that is free. NULL: only counts. */
static inline float *cornu_recurrent_take_room_(float *memory, int64_t *next, int64_t count) {
    float *taken = memory != NULL ? memory + *next : NULL;
    *next += cornu_lines_of_(count) * CORNU_LINE;
    return taken;
}

static inline const float **cornu_recurrent_take_lines_(
    float *memory, int64_t *next, int64_t count
) {
    int64_t floats = count * (int64_t)(sizeof(void *) / sizeof(float));
    return (const float **)(void *)cornu_recurrent_take_room_(memory, next, floats);
}

static inline int64_t cornu_recurrent_round_(int64_t x, int64_t step) {
    return (x + step - 1) / step * step;
}

/* Whether a step of a row is not masked. */
static inline bool cornu_recurrent_counts_(
    const cornu_recurrent_part *part, int64_t row, int64_t t
) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    if (k->mask < 0) return true;
    return ((const unsigned char *)part->buffers[k->mask])[row * k->time + t] != 0;
}

/* h of a row at step t of y, or what it was at first for a step that there is not. */
static inline const float *cornu_recurrent_state_(
    const cornu_recurrent_part *part, int64_t row, int64_t t
) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    if (t < 0 || t >= k->time) return (const float *)part->buffers[k->h] + row * k->units;
    return (const float *)part->buffers[k->y] + (row * k->time + t) * k->units;
}

/* What the row's gates read of the step before t: c, or h for GRU. */
static inline const float *cornu_recurrent_before_gates_(
    const cornu_recurrent_part *part, int64_t row, int64_t t
) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    int64_t before = cornu_recurrent_before_(k, t);
    if (!k->lstm) return cornu_recurrent_state_(part, row, before);
    if (before < 0 || before >= k->time)
        return (const float *)part->buffers[k->c] + row * k->units;
    return (const float *)part->buffers[k->y] + cornu_recurrent_record_(k, row, before);
}

/* The row [x, h] of step t: what the products of the step read. */
static inline void cornu_recurrent_take_inputs_(
    const cornu_recurrent_part *part, float *to, int64_t i, int64_t t
) {
    const cornu_recurrent_layout *k = &part->kernel->k;
    int64_t row = part->first + i;
    const float *x = (const float *)part->buffers[k->x] + (row * k->time + t) * k->features;
    const float *h = cornu_recurrent_state_(part, row, cornu_recurrent_before_(k, t));
    memcpy(to, x, (size_t)k->features * sizeof *to);
    memcpy(to + k->features, h, (size_t)k->units * sizeof *to);
}

#endif
