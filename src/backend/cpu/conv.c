/* Convolutions of float32, and who computes them:
 *
 *     channels each for themselves    loops of our own (depthwise.c); oneDNN for gradients of
 *                                     images without dilation
 *     kernels of 3x3, stride 1        Winograd's algorithm, which multiplies less (winograd.c)
 *     kernels of one place            a product of our own (pointwise.c)
 *     everything else                 oneDNN; where that is not there, or in exact mode, a matrix
 *                                     product with the windows written out
 *
 * Other types are left to the reference. */
#include "onednn.h"
#include "threads.h"
#include "window.h"

static bool is_depthwise(const cornu_kernel_desc *desc) {
    const cornu_operand *w = &desc->operands[desc->kind == CORNU_KERNEL_CONV_WEIGHTS ? 2 : 1];
    return desc->stencil->groups > 1 && w->dims[w->rank - 2] == 1;
}

/* Whether every channel has one kernel, so that our own loops keep its sums in registers. */
static bool is_plain_depthwise(const cornu_kernel_desc *desc) {
    if (desc->kind != CORNU_KERNEL_CONV || !is_depthwise(desc)) return false;
    cornu_window_axes a = cornu_window_axes_(
        desc->stencil, &desc->operands[0], &desc->operands[desc->operand_count - 1],
        &desc->operands[1]
    );
    return cornu_cpu_depthwise_finishes_(&a);
}

static bool suits_onednn(const cornu_kernel_desc *desc) {
    const cornu_stencil *s = desc->stencil;
    const cornu_operand *w = &desc->operands[desc->kind == CORNU_KERNEL_CONV_WEIGHTS ? 2 : 1];
    if (cornu_exact()) return false;
    if (!is_depthwise(desc)) return true;
    bool dilated = s->dilation[0] != 1 || s->dilation[1] != 1;
    return s->rank == 2 && w->dims[w->rank - 1] == s->groups && desc->kind != CORNU_KERNEL_CONV &&
           !dilated;
}

cornu_status cornu_cpu_conv_(const cornu_kernel_desc *desc, cornu_kernel **kernel) {
    int extra = ((desc->code & CORNU_CONV_OFFSET) != 0) + ((desc->code & CORNU_CONV_SUMMAND) != 0);
    if (desc->stencil == NULL || desc->operand_count != 3 + extra) return CORNU_EUNSUPPORTED;
    for (int i = 0; i < desc->operand_count; i++) {
        if (desc->operands[i].dtype != CORNU_FLOAT32 ||
            cornu_operand_size_(&desc->operands[i]) == 0)
            return CORNU_EUNSUPPORTED;
    }
    cornu_status status = CORNU_EUNSUPPORTED;
    if (!cornu_exact()) status = cornu_cpu_winograd_(desc, kernel);
    if (status == CORNU_EUNSUPPORTED && !cornu_exact()) status = cornu_cpu_pointwise_(desc, kernel);
    if (status != CORNU_EUNSUPPORTED) return status;
    if (is_plain_depthwise(desc)) return cornu_cpu_depthwise_(desc, kernel);
    if (desc->code != 0) return cornu_cpu_conv_finish_(desc, kernel);
    if (suits_onednn(desc)) status = cornu_onednn_conv_(desc, kernel);
    if (status != CORNU_EUNSUPPORTED) return status;
    return is_depthwise(desc) ? cornu_cpu_depthwise_(desc, kernel)
                              : cornu_cpu_conv_product_(desc, kernel);
}
