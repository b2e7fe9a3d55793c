/* ctc_loss: minus the logarithm of the probability of all ways in which the outputs over time can
 * spell the labels. Connectionist temporal classification, Graves et al. 2006.
 * keras/src/ops/nn.py, CTCLoss
 *
 * The forward recursion of the paper, in logarithms. Between labels, before the first and after the
 * last there may be blanks: the states are blank, label 1, blank, label 2, ... */
#include <cornu/ops.h>

#include <math.h>

#include "ops/symbolic.h"

/* The logarithm of an impossible event: far below all others, but finite, so that gradients are. */
static const double impossible = -1e30;

static cornu_tensor *number(double value) { return cornu_scalar_of(CORNU_INT32, value); }

static cornu_status check(const cornu_tensor *target, const cornu_tensor *output) {
    char a[256], b[256];
    if (cornu_tensor_rank(target) != 2 || cornu_tensor_rank(output) != 3)
        CORNU_FAIL(
            CORNU_ESHAPE,
            "CTC wants labels [batch, length] and logits [batch, time, classes], got %s and %s",
            cornu_shape_format(cornu_tensor_shape(target), a, sizeof a),
            cornu_shape_format(cornu_tensor_shape(output), b, sizeof b)
        );
    if (cornu_tensor_dim(output, 1) == 0)
        CORNU_FAIL(CORNU_ESHAPE, "CTC wants logits of at least one time step");
    return CORNU_OK;
}

/* Labels [batch, n] as states [batch, 2n + 1]. */
static cornu_tensor *states_of(cornu_tensor *labels, double blank) {
    int64_t batch = cornu_tensor_dim(labels, 0), length = cornu_tensor_dim(labels, 1);
    cornu_tensor *blanks = cornu_op_full(cornu_shape(batch, length), blank, CORNU_INT32);
    cornu_tensor *pairs = cornu_op_stack(cornu_tensors(blanks, labels), 2);
    pairs = cornu_op_reshape(pairs, cornu_shape(batch, 2 * length));
    cornu_tensor *last = cornu_op_full(cornu_shape(batch, 1), blank, CORNU_INT32);
    return cornu_op_concatenate(cornu_tensors(pairs, last), 1);
}

/* x [batch, states], moved on by some states; what enters is `value`. */
static cornu_tensor *moved(cornu_tensor *x, int64_t by, double value) {
    if (x == NULL) return NULL;
    int64_t count = cornu_tensor_dim(x, 1), kept = count > by ? count - by : 0;
    cornu_shape shape = cornu_shape(cornu_tensor_dim(x, 0), kept);
    x = cornu_op_slice(x, (const int64_t[]){0, 0}, shape);
    return cornu_op_pad(
        x, (const int64_t[]){0, count - kept}, (const int64_t[]){0, 0}, CORNU_PAD_CONSTANT, value
    );
}

/* The value of a state per sample, [batch]; impossible for a negative state. */
static cornu_tensor *at_state(cornu_tensor *x, cornu_tensor *state) {
    cornu_tensor *there = cornu_op_greater_equal(state, number(0));
    cornu_tensor *index = cornu_op_maximum(state, number(0));
    cornu_tensor *value = cornu_op_take_along_axis(x, cornu_op_expand_dims(index, 1), 1);
    return cornu_op_where(there, cornu_op_squeeze(value, cornu_axes(1)), cornu_scalar(impossible));
}

static cornu_tensor *log_add(cornu_tensor_list terms) {
    return cornu_op_logsumexp(cornu_op_stack(terms, -1), .axis = cornu_axes(-1));
}

/* The logarithms of the probabilities of being in each state at the end, [batch, states].
 * `log_p` [batch, time, states]: of seeing each state's class at each time. A sample ends after
 * `length` steps, NULL for all. */
static cornu_tensor *forward(
    cornu_tensor *log_p, cornu_tensor *states, double blank, cornu_tensor *length
) {
    if (log_p == NULL || states == NULL) return NULL;
    int64_t batch = cornu_tensor_dim(log_p, 0), time = cornu_tensor_dim(log_p, 1);
    int64_t count = cornu_tensor_dim(log_p, 2);
    cornu_tensor *never = cornu_scalar(impossible);
    /* a label may follow the one before without a blank if it is another one */
    cornu_tensor *may_skip = cornu_op_logical_and(
        cornu_op_not_equal(states, number(blank)),
        cornu_op_not_equal(states, moved(states, 2, blank))
    );
    cornu_tensor *place = cornu_op_arange(0, (double)count, 1, CORNU_INT32);
    cornu_tensor *begins = cornu_op_less(place, number(2));
    cornu_tensor *alpha = NULL; /* [batch, states] */
    for (int64_t t = 0; t < time; t++) {
        int64_t start[] = {0, t, 0};
        cornu_tensor *now = cornu_op_slice(log_p, start, cornu_shape(batch, 1, count));
        now = cornu_op_squeeze(now, cornu_axes(1));
        if (t == 0) {
            alpha = cornu_op_where(begins, now, never);
            continue;
        }
        cornu_tensor *skipped = cornu_op_where(may_skip, moved(alpha, 2, impossible), never);
        cornu_tensor *ways = log_add(cornu_tensors(alpha, moved(alpha, 1, impossible), skipped));
        cornu_tensor *next = cornu_op_add(now, ways);
        if (length != NULL)
            next = cornu_op_where(cornu_op_greater(length, number((double)t)), next, alpha);
        alpha = next;
        if (alpha == NULL) return NULL;
    }
    return alpha;
}

cornu_tensor *cornu_op_ctc_loss(
    cornu_tensor *target, cornu_tensor *output, cornu_tensor *target_length,
    cornu_tensor *output_length, int64_t mask_index
) {
    cornu_tensor *given[] = {target, output, target_length, output_length};
    if (cornu_any_symbolic_(given, 4))
        return cornu_symbolic_op_(&(cornu_symbolic_op
        ){.name = "ctc_loss",
          .tensors = given,
          .count = 4,
          .settings = CORNU_SETTINGS_(CORNU_SET_INT_("mask_index", mask_index))});
    if (target == NULL || output == NULL || target_length == NULL)
        return (void)cornu_error_null("ctc_loss"), NULL;
    if (check(target, output) != CORNU_OK) return NULL;
    double blank = (double)mask_index;
    cornu_tensor *states = states_of(cornu_op_cast(target, CORNU_INT32), blank);
    cornu_tensor *log_p = cornu_op_take_along_axis(
        cornu_op_log_softmax(output, -1), cornu_op_expand_dims(states, 1), -1
    );
    if (output_length != NULL)
        output_length = cornu_op_expand_dims(cornu_op_cast(output_length, CORNU_INT32), 1);
    cornu_tensor *alpha = forward(log_p, states, blank, output_length);
    /* spelt out: in the last label or in the blank after it */
    cornu_tensor *end = cornu_op_multiply(cornu_op_cast(target_length, CORNU_INT32), number(2));
    cornu_tensor *before = cornu_op_subtract(end, number(1));
    cornu_tensor *loss =
        cornu_op_negative(log_add(cornu_tensors(at_state(alpha, end), at_state(alpha, before))));
    cornu_tensor *spelt = cornu_op_less(loss, cornu_scalar(-impossible / 2));
    return cornu_op_where(spelt, loss, cornu_scalar(INFINITY)); /* labels longer than the time */
}
