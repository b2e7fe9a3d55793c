/* Connectionist temporal classification: the loss, and reading labels off the outputs.
 * Keras: keras/src/ops/nn.py, keras/src/backend/jax/nn.py. */
#include <string.h>

#include "model/operation.h"

static cornu_tensor *ctc_loss(const cornu_operation_call *call) {
    int64_t blank = 0;
    cornu_tensor *given[4];
    static const char *const names[] = {"target", "output", "target_length", "output_length"};
    for (int i = 0; i < 4; i++) {
        given[i] = cornu_operation_tensor_(call, i, names[i]);
        if (given[i] == NULL) return NULL;
    }
    if (cornu_operation_int_(call, CORNU_SETTING, "mask_index", &blank) != CORNU_OK) return NULL;
    return cornu_op_ctc_loss(given[0], given[1], given[2], given[3], blank);
}

static size_t two(const cJSON *config, cornu_tensor_list inputs) {
    (void)config;
    (void)inputs;
    return 2;
}

/* The likeliest class of each step, without blanks and, if asked, repetitions; -1 behind them. With
 * minus the sum of the outputs that were chosen. */
static cornu_status ctc_decode(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    const char *strategy = "greedy";
    bool merge = true;
    int64_t width = 0, paths = 0; /* of a search that is not greedy */
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "inputs");
    cornu_tensor *length = x != NULL ? cornu_operation_tensor_(call, 1, "sequence_lengths") : NULL;
    (void)count;
    if (length == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_text_(call, "strategy", &strategy));
    CORNU_TRY(cornu_operation_bool_(call, CORNU_SETTING, "merge_repeated", &merge));
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "beam_width", &width));
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "top_paths", &paths));
    if (strcmp(strategy, "greedy") != 0)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "'strategy' must be greedy, got '%.100s'", strategy);
    if (cornu_tensor_rank(x) != 3) CORNU_FAIL(CORNU_ESHAPE, "wants inputs [batch, time, classes]");
    int64_t time = cornu_tensor_dim(x, 1), mask = cornu_tensor_dim(x, 2) - 1;
    CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, "mask_index", &mask));
    cornu_tensor *blank = cornu_scalar_of(CORNU_INT32, (double)mask);
    cornu_tensor *step = cornu_op_arange(0, (double)time, 1, CORNU_INT32);
    length = cornu_op_expand_dims(cornu_op_cast(length, CORNU_INT32), 1);
    cornu_tensor *past = cornu_op_greater_equal(step, length);
    cornu_tensor *label = cornu_op_where(past, blank, cornu_op_argmax(x, -1));
    cornu_tensor *score = cornu_op_max(x, .axis = cornu_axes(-1));
    score = cornu_op_where(past, cornu_op_zeros_like(score), score);
    cornu_tensor *kept = label;
    if (merge && time > 1) {
        cornu_tensor *later = cornu_part_(label, 1, 1, time);
        cornu_tensor *again = cornu_op_equal(later, cornu_part_(label, 1, 0, time - 1));
        later = cornu_op_where(again, blank, later);
        kept = cornu_op_concatenate(cornu_tensors(cornu_part_(label, 1, 0, 1), later), 1);
    }
    cornu_tensor *none = cornu_op_equal(kept, blank);
    cornu_tensor *order = cornu_op_where(none, cornu_scalar_of(CORNU_INT32, (double)time), step);
    label = cornu_op_where(none, cornu_scalar_of(CORNU_INT32, -1), kept);
    label = cornu_op_take_along_axis(label, cornu_op_argsort(order, -1), -1);
    outputs[0] = cornu_op_expand_dims(label, 0);
    outputs[1] = cornu_op_negative(cornu_op_sum(score, .axis = cornu_axes(1), .keepdims = true));
    return CORNU_OK;
}

const cornu_operation_class cornu_operations_ctc_[] = {
    CORNU_OPERATION_MANY_(CTCDecode, nn, ctc_decode, two),
    CORNU_OPERATION_(CTCLoss, nn, compute, ctc_loss),
    {.layer = {.name = NULL}},
};
