/* What does not fit when weights are read: gathered for all layers, then told in one message. */
#ifndef CORNU_SAVE_MISFITS_H
#define CORNU_SAVE_MISFITS_H

#include "base/text.h"
#include <cornu/tensor.h>

typedef struct cornu_misfits {
    cornu_text text;
    size_t count, told;
    bool other_than_shapes; /* one of them is not about a shape */
} cornu_misfits;

/* Notes one; `what` is copied. NULL stands for a text that there was no memory for. */
cornu_status cornu_misfits_add_(cornu_misfits *misfits, bool shape, const char *what);
/* CORNU_OK without any; otherwise CORNU_ESHAPE or CORNU_EFORMAT with as many as a message holds. */
cornu_status cornu_misfits_verdict_(const cornu_misfits *misfits);
void cornu_misfits_free_(cornu_misfits *misfits);

/* Whether a variable can take what a file has: the shape must be the same; numbers of any kind are
 * converted as Keras does, but no fraction is dropped unseen. `what`: *new* text about the
 * difference, NULL if there is none; *shape: it is one of shape. */
cornu_status cornu_misfit_of_(
    const cornu_tensor *variable, const char *place, const cornu_shape *shape, cornu_dtype dtype,
    char **what, bool *is_shape
);

#endif
