/* front: the first elements of a tensor in another shape, where they are; and front_scatter, its
 * transpose: zeros, with a tensor laid over the first elements. Kernels that make several results
 * put them into one buffer, the largest first. */
#include "ops/front.h"

#include "ops/move.h"
#include "ops/samples.h"

CORNU_OP_DECLARE(front);
CORNU_OP_DECLARE(front_scatter);

static cornu_status check(const cornu_shape *part, const cornu_shape *whole) {
    char wanted[256], given[256];
    if (cornu_shape_size(part) > cornu_shape_size(whole))
        CORNU_FAIL(
            CORNU_ESHAPE, "the shape %s has more elements than %s",
            cornu_shape_format(part, wanted, sizeof wanted),
            cornu_shape_format(whole, given, sizeof given)
        );
    return CORNU_OK;
}

/* ---- front ---- */
static cornu_status infer_front(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    CORNU_TRY(check(&attrs->shape, &inputs[0]->shape));
    *out = (cornu_spec){inputs[0]->dtype, attrs->shape};
    return CORNU_OK;
}

static void vjp_front(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    cornu_attrs attrs = {.shape = node->inputs[0]->shape};
    dx[0] = cornu_emit_(&cornu_op_class_front_scatter_, &attrs, &dy, 1);
}

static bool sample_front(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    if (index > 1) return false;
    attrs->shape = index == 0 ? cornu_shape(2, 3) : cornu_shape(5);
    inputs[0] =
        cornu_sample_tensor_(index == 0 ? cornu_shape(10) : cornu_shape(5, 1), -1, 1, index);
    *count = 1;
    return true;
}

CORNU_OP(front){
    .name = "front",
    .inputs = 1,
    .flags = CORNU_OP_VIEW | CORNU_OP_SMOOTH,
    .infer = infer_front,
    .vjp = vjp_front,
    .samples = sample_front,
};

/* ---- front_scatter ---- */
static cornu_status infer_scatter(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
) {
    (void)n;
    CORNU_TRY(check(&inputs[0]->shape, &attrs->shape));
    *out = (cornu_spec){inputs[0]->dtype, attrs->shape};
    return CORNU_OK;
}

static cornu_status describe_scatter(const cornu_node *node, cornu_kernel_request *request) {
    cornu_move_loop_(&request->moves[0], node->inputs[0]->size, 1, 1);
    request->desc.fill = true;
    return cornu_move_describe_(request);
}

static void vjp_scatter(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx) {
    dx[0] = cornu_front_(dy, node->inputs[0]->shape);
}

static bool sample_scatter(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *count) {
    if (index > 1) return false;
    attrs->shape = index == 0 ? cornu_shape(10) : cornu_shape(5, 1);
    inputs[0] = cornu_sample_tensor_(index == 0 ? cornu_shape(2, 3) : cornu_shape(5), -1, 1, index);
    *count = 1;
    return true;
}

CORNU_OP(front_scatter){
    .name = "front_scatter",
    .inputs = 1,
    .flags = CORNU_OP_SMOOTH | CORNU_OP_LENGTHENS,
    .infer = infer_scatter,
    .describe = describe_scatter,
    .vjp = vjp_scatter,
    .samples = sample_scatter,
};

cornu_tensor *cornu_front_(cornu_tensor *x, cornu_shape shape) {
    cornu_attrs attrs = {.shape = shape};
    return cornu_emit_(&cornu_op_class_front_, &attrs, &x, 1);
}
