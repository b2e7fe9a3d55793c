/* Bidirectional: a recurrent layer once from the first step and once from the last. Schuster and
 * Paliwal (1997); keras/src/layers/rnn/bidirectional.py */
#include "recurrent.h"

#include <string.h>

typedef struct {
    cornu_layer base;
    cornu_layer_bidirectional_args args;
    cornu_rnn *forward, *backward; /* the base holds them */
} bidirectional;

/* ---- making ---- */
static bool merges(const bidirectional *self) {
    return self->args.merge_mode != NULL && strcmp(self->args.merge_mode, "none") != 0;
}

static cornu_status check_mode(const char *mode) {
    static const char *const modes[] = {"concat", "sum", "mul", "ave", "none"};
    for (size_t i = 0; mode != NULL && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(mode, modes[i]) == 0) return CORNU_OK;
    if (mode == NULL) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL,
        "merge_mode must be \"concat\", \"sum\", \"mul\", \"ave\" or none, got \"%s\"", mode
    );
}

/* Holds `layer` under the attribute, and gives it as a recurrent layer. */
static cornu_status hold(
    bidirectional *self, const char *attribute, cornu_layer *layer, cornu_rnn **rnn
) {
    *rnn = cornu_rnn_of_(layer);
    if (*rnn == NULL)
        CORNU_FAIL(
            CORNU_EINVAL, "%s must be a recurrent layer, got a layer of class %s", attribute,
            cornu_layer_class_name(layer)
        );
    return cornu_layer_add_layer(&self->base, attribute, cornu_layer_retain(layer));
}

/* The layer in the other direction. It belongs to the arguments, as one that was given does. */
static cornu_status make_backward(bidirectional *self) {
    cornu_layer *backward = cornu_layer_clone(self->args.layer);
    self->args.backward_layer = backward;
    cornu_rnn *rnn = cornu_rnn_of_(backward);
    if (rnn == NULL) return cornu_error_status();
    rnn->options.go_backwards = true;
    return cornu_layer_prefix_name(backward, "backward_");
}

static cornu_status check_pair(const cornu_rnn_options *a, const cornu_rnn_options *b) {
    if (a->go_backwards == b->go_backwards)
        CORNU_FAIL(
            CORNU_EINVAL, "layer and backward_layer both have go_backwards = %s; one must go back",
            a->go_backwards ? "true" : "false"
        );
    if (a->return_sequences != b->return_sequences || a->return_state != b->return_state ||
        a->stateful != b->stateful)
        CORNU_FAIL(
            CORNU_EINVAL, "layer and backward_layer must agree in return_sequences, return_state "
                          "and stateful"
        );
    return CORNU_OK;
}

static cornu_status init(void *object) {
    bidirectional *self = object;
    cornu_layer_bidirectional_args *args = &self->args;
    if (args->layer == NULL) CORNU_FAIL(CORNU_EINVAL, "needs a layer");
    CORNU_TRY(check_mode(args->merge_mode));
    CORNU_TRY(hold(self, "forward_layer", args->layer, &self->forward));
    if (args->backward_layer == NULL) CORNU_TRY(make_backward(self), "backward_layer");
    CORNU_TRY(cornu_layer_prefix_name(args->layer, "forward_"));
    CORNU_TRY(hold(self, "backward_layer", args->backward_layer, &self->backward));
    CORNU_TRY(check_pair(&self->forward->options, &self->backward->options));
    /* a masked step must not repeat the output before it, which lies on another side for each */
    bool zeros = self->forward->options.return_sequences;
    self->forward->options.zero_output_for_mask = zeros;
    self->backward->options.zero_output_for_mask = zeros;
    return CORNU_OK;
}

/* ---- shapes ---- */
static size_t states_of(const cornu_rnn *rnn) {
    return cornu_rnn_output_count_(&rnn->base, NULL) - 1;
}

static size_t output_count(const cornu_layer *layer, const cornu_config *kwargs) {
    (void)kwargs;
    const bidirectional *self = (const bidirectional *)layer;
    return (merges(self) ? 1 : 2) + states_of(self->forward) + states_of(self->backward);
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    bidirectional *self = (bidirectional *)layer;
    if (count < 1) CORNU_FAIL(CORNU_EINVAL, "takes an input");
    CORNU_TRY(cornu_layer_build(&self->forward->base, shapes, 1));
    return cornu_layer_build(&self->backward->base, shapes, 1);
}

/* Puts what both directions gave, `forward` and `backward`, in the order of the outputs, but for
 * the first of each. */
#define ARRANGE_STATES(self, forward, backward, outputs)                                           \
    do {                                                                                           \
        size_t at_ = merges(self) ? 1 : 2;                                                         \
        for (size_t i_ = 0; i_ < states_of((self)->forward); i_++)                                 \
            (outputs)[at_++] = (forward)[i_ + 1];                                                  \
        for (size_t i_ = 0; i_ < states_of((self)->backward); i_++)                                \
            (outputs)[at_++] = (backward)[i_ + 1];                                                 \
    } while (0)

static cornu_status output_shape(
    const cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *outputs
) {
    const bidirectional *self = (const bidirectional *)layer;
    size_t forward_count = states_of(self->forward) + 1;
    cornu_shape *forward =
        cornu_allocate((forward_count + states_of(self->backward) + 1) * sizeof *forward);
    if (forward == NULL) return cornu_error_status();
    cornu_shape *backward = forward + forward_count;
    cornu_status status = cornu_rnn_output_shape_(&self->forward->base, inputs, count, forward);
    if (status == CORNU_OK)
        status = cornu_rnn_output_shape_(&self->backward->base, inputs, count, backward);
    if (status == CORNU_OK) {
        int last = forward[0].rank - 1;
        outputs[0] = forward[0];
        if (!merges(self)) outputs[1] = backward[0];
        else if (strcmp(self->args.merge_mode, "concat") == 0)
            outputs[0].dims[last] += backward[0].dims[last];
        ARRANGE_STATES(self, forward, backward, outputs);
    }
    cornu_free(forward);
    return status;
}

/* ---- the call ---- */
static cornu_tensor *merge(const char *mode, cornu_tensor *a, cornu_tensor *b) {
    if (strcmp(mode, "sum") == 0) return cornu_op_add(a, b);
    if (strcmp(mode, "mul") == 0) return cornu_op_multiply(a, b);
    if (strcmp(mode, "ave") == 0) return cornu_op_divide(cornu_op_add(a, b), cornu_scalar(2));
    return cornu_op_concatenate(cornu_tensors(a, b), -1);
}

/* Calls one of the layers with `count` of the initial states that were given, from `first` on.
 * `room` holds 2 * (count + 1) tensors. */
static cornu_status call_one(
    cornu_rnn *rnn, cornu_tensor *const *inputs, const cornu_call_context *context, size_t first,
    size_t count, cornu_tensor **room, cornu_tensor **outputs
) {
    cornu_call_context own = {
        .training = context->training,
        .masks = room + count + 1,
    };
    room[0] = inputs[0];
    room[count + 1] = context->masks != NULL ? context->masks[0] : NULL;
    for (size_t i = 0; i < count; i++) {
        room[i + 1] = cornu_rnn_given_state_(inputs, context, first + i);
        room[count + 2 + i] = NULL;
    }
    rnn->options.in_order = true; /* in this call, not in those that others make of the layer */
    cornu_status status =
        cornu_layer_call_many(&rnn->base, (cornu_tensor_list){room, count + 1}, &own, outputs);
    rnn->options.in_order = false;
    return status;
}

static cornu_status merge_outputs(
    const bidirectional *self, cornu_tensor *const *forward, cornu_tensor *const *backward,
    cornu_tensor **outputs
) {
    outputs[0] = forward[0];
    if (!merges(self)) outputs[1] = backward[0];
    else outputs[0] = merge(self->args.merge_mode, forward[0], backward[0]);
    ARRANGE_STATES(self, forward, backward, outputs);
    return outputs[0] != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status call_many(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    bidirectional *self = (bidirectional *)layer;
    size_t given = cornu_rnn_given_states_(context), half = given / 2;
    size_t forward_count = states_of(self->forward) + 1;
    size_t total = forward_count + states_of(self->backward) + 1 + 2 * (half + 1);
    if (given % 2 != 0)
        CORNU_FAIL(
            CORNU_EINVAL, "initial_state holds %zu tensors; each direction takes half of them",
            given
        );
    cornu_tensor **forward = cornu_allocate(total * sizeof(cornu_tensor *));
    if (forward == NULL) return cornu_error_status();
    cornu_tensor **backward = forward + forward_count;
    cornu_tensor **room = forward + total - 2 * (half + 1);
    cornu_status status = call_one(self->forward, inputs, context, 0, half, room, forward);
    if (status == CORNU_OK)
        status = call_one(self->backward, inputs, context, half, half, room, backward);
    if (status == CORNU_OK) status = merge_outputs(self, forward, backward, outputs);
    cornu_free(forward);
    return status;
}

static cornu_tensor *compute_mask(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    return cornu_rnn_mask_(&((bidirectional *)layer)->forward->base, inputs, context);
}

/* Unmerged, the sequences of both directions have it. */
static size_t masked_outputs(const cornu_layer *layer) {
    return merges((const bidirectional *)layer) ? 1 : 2;
}

/* ---- the class ---- */
/* None is null in a config, and "none" here. */
static cornu_status get_config(const void *object, cornu_config *config) {
    return merges(object) ? CORNU_OK : cornu_config_set_null(config, "merge_mode");
}

static cornu_status from_config(void *object, const cornu_config *config) {
    bidirectional *self = object;
    const char *mode = NULL;
    CORNU_TRY(cornu_config_get_string(config, "merge_mode", &mode));
    if (!cornu_config_has(config, "merge_mode") || mode != NULL) return CORNU_OK;
    cornu_free((char *)(uintptr_t)self->args.merge_mode);
    self->args.merge_mode = NULL;
    return CORNU_OK;
}

static const cornu_layer_bidirectional_args defaults = {CORNU_LAYER_BIDIRECTIONAL_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(cornu_layer_bidirectional_args),
    CORNU_FIELD(cornu_layer_bidirectional_args, STRING, merge_mode),
    CORNU_FIELD(cornu_layer_bidirectional_args, LAYER, layer),
    CORNU_FIELD(cornu_layer_bidirectional_args, LAYER, backward_layer),
};

CORNU_LAYER_CLASS(bidirectional){
    CORNU_CLASS_ARGS(bidirectional, args, defaults, fields),
    .name = "Bidirectional",
    .init = init,
    .get_config = get_config,
    .from_config = from_config,
    .build = build,
    .call_many = call_many,
    .output_count = output_count,
    .output_shape = output_shape,
    .compute_mask = compute_mask,
    .masked_outputs = masked_outputs,
    .masking = CORNU_MASK_PRODUCES,
    .arguments = cornu_rnn_arguments_,
};

cornu_layer *cornu_layer_bidirectional_new(const cornu_layer_bidirectional_args *args) {
    return cornu_layer_create(&cornu_layer_bidirectional_class, args);
}
