/* Connectionist temporal classification: minus the logarithm of the probability of all ways in
 * which the outputs over time can spell the labels. keras/src/losses/losses.py, ctc. Graves et al.
 * 2006
 *
 * The forward recursion of the paper, in logarithms. Between labels, before the first and after the
 * last there may be blanks (class 0): the states are blank, label 1, blank, label 2, ... */
#include <cornu/losses.h>

typedef struct {
    cornu_loss base;
    cornu_loss_regression_args args;
} ctc;

/* The logarithm of an impossible event: far below all others, but finite, so that gradients are. */
static const double impossible = -1e30;

static cornu_status check(const cornu_tensor *y_true, const cornu_tensor *y_pred) {
    if (cornu_tensor_rank(y_true) == 2 && cornu_tensor_rank(y_pred) == 3) return CORNU_OK;
    char a[256], b[256];
    CORNU_FAIL(
        CORNU_ESHAPE,
        "CTC wants labels [batch, length] and logits [batch, time, classes], got %s "
        "and %s",
        cornu_shape_format(cornu_tensor_shape(y_true), a, sizeof a),
        cornu_shape_format(cornu_tensor_shape(y_pred), b, sizeof b)
    );
}

/* Labels [batch, n] as states [batch, 2n + 1]. */
static cornu_tensor *states_of(cornu_tensor *labels) {
    int64_t batch = cornu_tensor_dim(labels, 0), length = cornu_tensor_dim(labels, 1);
    cornu_tensor *pairs = cornu_op_stack(cornu_tensors(cornu_op_zeros_like(labels), labels), 2);
    pairs = cornu_op_reshape(pairs, cornu_shape(batch, 2 * length));
    cornu_tensor *last = cornu_op_zeros(cornu_shape(batch, 1), CORNU_INT32);
    return cornu_op_concatenate(cornu_tensors(pairs, last), 1);
}

/* x [batch, states], moved on by some states; what enters is `value`. */
static cornu_tensor *moved(cornu_tensor *x, int64_t by, double value) {
    if (!x) return NULL;
    int64_t count = cornu_tensor_dim(x, 1), kept = count > by ? count - by : 0;
    cornu_shape shape = cornu_shape(cornu_tensor_dim(x, 0), kept);
    x = cornu_op_slice(x, (const int64_t[]){0, 0}, shape);
    return cornu_op_pad(
        x, (const int64_t[]){0, count - kept}, (const int64_t[]){0, 0}, CORNU_PAD_CONSTANT, value
    );
}

/* The value of a state per sample, [batch]; impossible for a negative state. */
static cornu_tensor *at_state(cornu_tensor *x, cornu_tensor *state) {
    cornu_tensor *there = cornu_op_greater_equal(state, cornu_scalar_of(CORNU_INT32, 0));
    cornu_tensor *index = cornu_op_maximum(state, cornu_scalar_of(CORNU_INT32, 0));
    cornu_tensor *value = cornu_op_take_along_axis(x, cornu_op_expand_dims(index, 1), 1);
    return cornu_op_where(there, cornu_op_squeeze(value, cornu_axes(1)), cornu_scalar(impossible));
}

static cornu_tensor *log_add(cornu_tensor_list terms) {
    return cornu_op_logsumexp(cornu_op_stack(terms, -1), .axis = cornu_axes(-1));
}

/* The logarithms of the probabilities of being in each state at the end, [batch, states].
 * `log_p` [batch, time, states]: of seeing each state's class at each time. */
static cornu_tensor *forward(cornu_tensor *log_p, cornu_tensor *states) {
    if (!log_p || !states) return NULL;
    int64_t batch = cornu_tensor_dim(log_p, 0), time = cornu_tensor_dim(log_p, 1);
    int64_t count = cornu_tensor_dim(log_p, 2);
    cornu_tensor *never = cornu_scalar(impossible);
    /* a label may follow the one before without a blank if it is another one */
    cornu_tensor *blank = cornu_scalar_of(CORNU_INT32, 0);
    cornu_tensor *may_skip = cornu_op_logical_and(
        cornu_op_not_equal(states, blank), cornu_op_not_equal(states, moved(states, 2, 0))
    );
    cornu_tensor *place = cornu_op_arange(0, (double)count, 1, CORNU_INT32);
    cornu_tensor *begins = cornu_op_less(place, cornu_scalar_of(CORNU_INT32, 2));
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
        alpha = cornu_op_add(now, ways);
        if (!alpha) return NULL;
    }
    return alpha;
}

static cornu_tensor *call(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred) {
    (void)self;
    if (!y_true || !y_pred || check(y_true, y_pred) != CORNU_OK) return NULL;
    if (cornu_tensor_dim(y_pred, 1) == 0)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "CTC wants logits of at least one time step");
    cornu_tensor *labels = cornu_op_cast(y_true, CORNU_INT32);
    cornu_tensor *states = states_of(labels);
    cornu_tensor *log_p = cornu_op_take_along_axis(
        cornu_op_log_softmax(y_pred, -1), cornu_op_expand_dims(states, 1), -1
    );
    cornu_tensor *alpha = forward(log_p, states);
    cornu_tensor *is_label = cornu_op_not_equal(labels, cornu_scalar_of(CORNU_INT32, 0));
    cornu_tensor *length =
        cornu_op_sum(cornu_op_cast(is_label, CORNU_INT32), .axis = cornu_axes(1));
    /* spelt out: in the last label or in the blank after it */
    cornu_tensor *end = cornu_op_multiply(length, cornu_scalar_of(CORNU_INT32, 2));
    cornu_tensor *before = cornu_op_subtract(end, cornu_scalar_of(CORNU_INT32, 1));
    cornu_tensor *loss =
        cornu_op_negative(log_add(cornu_tensors(at_state(alpha, end), at_state(alpha, before))));
    cornu_tensor *spelt = cornu_op_less(loss, cornu_scalar(-impossible / 2));
    return cornu_op_where(spelt, loss, cornu_scalar(INFINITY)); /* labels longer than the time */
}

static const cornu_loss_regression_args defaults = {CORNU_LOSS_REGRESSION_DEFAULTS, .name = "ctc"};
static const cornu_field fields[] = {CORNU_LOSS_FIELDS(cornu_loss_regression_args)};

CORNU_LOSS_CLASS(ctc){
    CORNU_CLASS_ARGS(ctc, args, defaults, fields),
    .name = "CTC",
    .call = call,
    .any_dtype = true,
};

cornu_loss *cornu_loss_ctc_new(const cornu_loss_regression_args *args) {
    return cornu_loss_create(&cornu_loss_ctc_class, args);
}
