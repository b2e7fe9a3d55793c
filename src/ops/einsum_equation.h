/* The equation of an einsum, taken apart. */
#ifndef CORNU_OPS_EINSUM_EQUATION_H
#define CORNU_OPS_EINSUM_EQUATION_H

#include <cornu/tensor.h>

/* Labels are small numbers: 0 .. 51 for A-Z, a-z; from CORNU_EINSUM_ELLIPSIS on for the axes under
 * "...", the last of them first, so that operands with fewer such axes align at the right, as in
 * broadcasting. */
enum { CORNU_EINSUM_ELLIPSIS = 52, CORNU_EINSUM_LABELS = CORNU_EINSUM_ELLIPSIS + CORNU_MAX_RANK };

/* The labels of a tensor's axes, outermost first. */
typedef struct cornu_labels {
    int count;
    int label[CORNU_MAX_RANK];
} cornu_labels;

typedef struct cornu_equation {
    const char *text; /* borrowed, for messages */
    size_t operand_count;
    cornu_labels *operands; /* one per operand */
    cornu_labels result;
    int64_t size[CORNU_EINSUM_LABELS]; /* of each label; 0 uses: undefined */
    int uses[CORNU_EINSUM_LABELS];     /* how often it stands on the left */
} cornu_equation;

/* Reads `text` for operands of the given shapes: checks sizes, works out the result if no arrow
 * says it. `operands` has room for all operands. CORNU_EINVAL (syntax), CORNU_ESHAPE (ranks,
 * sizes). */
cornu_status cornu_equation_read_(
    const char *text, cornu_tensor_list tensors, cornu_labels *operands, cornu_equation *equation
);

bool cornu_labels_have_(const cornu_labels *labels, int label);

#endif
