/* The axes of a convolution or a pooling as every backend wants them: three spatial axes, whatever
 * the description has, those that are missing in front with one place each. */
#ifndef CORNU_BACKEND_WINDOW_H
#define CORNU_BACKEND_WINDOW_H

#include "backend/kernel.h"

typedef struct cornu_window_axes {
    int64_t batch, in_channels, out_channels, groups;
    int64_t in[3], out[3], size[3], stride[3], dilation[3], before[3];
    int64_t in_places, out_places, taps; /* products of in, out, size */
} cornu_window_axes;

/* Of x[batch, in.., channels] and y[batch, out.., channels]; the sizes of the window are those of
 * w, or the stencil's if w is NULL. */
static inline cornu_window_axes cornu_window_axes_(
    const cornu_stencil *stencil, const cornu_operand *x, const cornu_operand *y,
    const cornu_operand *w
) {
    int rank = stencil->rank, missing = 3 - rank;
    cornu_window_axes a = {
        .batch = x->dims[0],
        .in_channels = x->dims[rank + 1],
        .out_channels = y->dims[rank + 1],
        .groups = stencil->groups,
        .in_places = 1,
        .out_places = 1,
        .taps = 1,
    };
    for (int i = 0; i < 3; i++) {
        int from = i - missing;
        bool there = from >= 0;
        a.in[i] = there ? x->dims[1 + from] : 1;
        a.out[i] = there ? y->dims[1 + from] : 1;
        a.size[i] = !there ? 1 : w != NULL ? w->dims[from] : stencil->size[from];
        a.stride[i] = there ? stencil->stride[from] : 1;
        a.dilation[i] = there ? stencil->dilation[from] : 1;
        a.before[i] = there ? stencil->before[from] : 0;
        a.in_places *= a.in[i];
        a.out_places *= a.out[i];
        a.taps *= a.size[i];
    }
    return a;
}

/* Which input place of an axis element `tap` of the window at `place` reads; false outside. */
static inline bool cornu_window_reads_(
    const cornu_window_axes *a, int axis, int64_t place, int64_t tap, int64_t *input
) {
    *input = place * a->stride[axis] + tap * a->dilation[axis] - a->before[axis];
    return *input >= 0 && *input < a->in[axis];
}

/* The number of a place or a tap taken apart along three axes, the last fastest. */
static inline void cornu_window_split_(int64_t number, const int64_t sizes[3], int64_t at[3]) {
    at[2] = number % sizes[2];
    at[1] = number / sizes[2] % sizes[1];
    at[0] = number / sizes[2] / sizes[1];
}

/* The same for all three axes at once: the number of the input place. */
static inline bool cornu_window_locate_(
    const cornu_window_axes *a, const int64_t place[3], const int64_t tap[3], int64_t *input
) {
    int64_t at[3];
    for (int i = 0; i < 3; i++)
        if (!cornu_window_reads_(a, i, place[i], tap[i], &at[i])) return false;
    *input = (at[0] * a->in[1] + at[1]) * a->in[2] + at[2];
    return true;
}

#endif
