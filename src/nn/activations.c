/* The functions of keras.activations by their names, with Keras' default arguments.
 * https://keras.io/api/layers/activations/ `threshold` is not among them: its arguments have no
 * defaults, so Keras cannot use it by name either. */
#include <cornu/extend.h>
#include <string.h>

#include "nn/class.h"

static cornu_tensor *linear(cornu_tensor *x) { return x; }
static cornu_tensor *leaky_relu(cornu_tensor *x) { return cornu_op_leaky_relu(x, 0.2); }
static cornu_tensor *elu(cornu_tensor *x) { return cornu_op_elu(x, 1); }
static cornu_tensor *celu(cornu_tensor *x) { return cornu_op_celu(x, 1); }
static cornu_tensor *gelu(cornu_tensor *x) { return cornu_op_gelu(x, false); }
static cornu_tensor *glu(cornu_tensor *x) { return cornu_op_glu(x, -1); }
static cornu_tensor *soft_shrink(cornu_tensor *x) { return cornu_op_soft_shrink(x, 0.5); }
static cornu_tensor *hard_shrink(cornu_tensor *x) { return cornu_op_hard_shrink(x, 0.5); }
static cornu_tensor *softmax(cornu_tensor *x) { return cornu_op_softmax(x, -1); }
static cornu_tensor *log_softmax(cornu_tensor *x) { return cornu_op_log_softmax(x, -1); }
static cornu_tensor *sparsemax(cornu_tensor *x) { return cornu_op_sparsemax(x, -1); }
static cornu_tensor *squareplus(cornu_tensor *x) { return cornu_op_squareplus(x, 4); }

/* clang-format off */
CORNU_ACTIVATION_CLASS(celu) {"celu", celu};
CORNU_ACTIVATION_CLASS(elu) {"elu", elu};
CORNU_ACTIVATION_CLASS(exponential) {"exponential", cornu_op_exp};
CORNU_ACTIVATION_CLASS(gelu) {"gelu", gelu};
CORNU_ACTIVATION_CLASS(glu) {"glu", glu};
CORNU_ACTIVATION_CLASS(hard_shrink) {"hard_shrink", hard_shrink};
CORNU_ACTIVATION_CLASS(hard_sigmoid) {"hard_sigmoid", cornu_op_hard_sigmoid};
CORNU_ACTIVATION_CLASS(hard_silu) {"hard_silu", cornu_op_hard_silu};
CORNU_ACTIVATION_CLASS(hard_swish) {"hard_swish", cornu_op_hard_silu};
CORNU_ACTIVATION_CLASS(hard_tanh) {"hard_tanh", cornu_op_hard_tanh};
CORNU_ACTIVATION_CLASS(leaky_relu) {"leaky_relu", leaky_relu};
CORNU_ACTIVATION_CLASS(linear) {"linear", linear};
CORNU_ACTIVATION_CLASS(log_sigmoid) {"log_sigmoid", cornu_op_log_sigmoid};
CORNU_ACTIVATION_CLASS(log_softmax) {"log_softmax", log_softmax};
CORNU_ACTIVATION_CLASS(mish) {"mish", cornu_op_mish};
CORNU_ACTIVATION_CLASS(relu) {"relu", cornu_op_relu};
CORNU_ACTIVATION_CLASS(relu6) {"relu6", cornu_op_relu6};
CORNU_ACTIVATION_CLASS(selu) {"selu", cornu_op_selu};
CORNU_ACTIVATION_CLASS(sigmoid) {"sigmoid", cornu_op_sigmoid};
CORNU_ACTIVATION_CLASS(silu) {"silu", cornu_op_silu};
CORNU_ACTIVATION_CLASS(soft_shrink) {"soft_shrink", soft_shrink};
CORNU_ACTIVATION_CLASS(softmax) {"softmax", softmax};
CORNU_ACTIVATION_CLASS(softplus) {"softplus", cornu_op_softplus};
CORNU_ACTIVATION_CLASS(softsign) {"softsign", cornu_op_softsign};
CORNU_ACTIVATION_CLASS(sparse_plus) {"sparse_plus", cornu_op_sparse_plus};
CORNU_ACTIVATION_CLASS(sparse_sigmoid) {"sparse_sigmoid", cornu_op_sparse_sigmoid};
CORNU_ACTIVATION_CLASS(sparsemax) {"sparsemax", sparsemax};
CORNU_ACTIVATION_CLASS(squareplus) {"squareplus", squareplus};
CORNU_ACTIVATION_CLASS(swish) {"swish", cornu_op_silu};
CORNU_ACTIVATION_CLASS(tanh) {"tanh", cornu_op_tanh};
CORNU_ACTIVATION_CLASS(tanh_shrink) {"tanh_shrink", cornu_op_tanh_shrink};
/* clang-format on */

cornu_status cornu_activation_get(const char *name, cornu_activation_function **function) {
    const cornu_activation_class *cls =
        cornu_class_find_(CORNU_FAMILY_ACTIVATION, name != NULL ? name : "linear");
    if (cls == NULL) return cornu_class_unknown_(CORNU_FAMILY_ACTIVATION, name);
    *function = cls->call;
    return CORNU_OK;
}
