/* The inside of a layer: what extend.h keeps behind state_. */
#ifndef CORNU_NN_LAYER_H
#define CORNU_NN_LAYER_H

#include <stdatomic.h>

#include "nn/class.h"

typedef struct cornu_weight {
    cornu_tensor *variable;
    cornu_regularizer *regularizer;
    cornu_constraint *constraint;
    bool trainable; /* its kind: what it would be if the layer were trainable */
} cornu_weight;

typedef struct cornu_sublayer {
    /* its place in weights files, "cell"; "cells[]": an element of the list "cells"; NULL: an
     * element of the container "layers" of a model */
    char *attribute;
    cornu_layer *layer;
} cornu_sublayer;

struct cornu_layer_state {
    /* the trainable kind first, each in creation order: vars/0, vars/1, ... of files */
    cornu_weight *weights;
    size_t weight_count, weight_capacity;
    cornu_sublayer *sublayers;
    size_t sublayer_count, sublayer_capacity;
    cornu_seed_generator **seeds;
    size_t seed_count, seed_capacity;
    cornu_tensor **losses;             /* added since the last cornu_layer_clear_losses_ */
    size_t loss_count, loss_capacity;
    cornu_shape *build_shapes;         /* of the inputs it was built for */
    size_t build_shape_count;
    /* made, and not yet taken by a graph: its first taker adopts the maker's reference */
    bool floating;
    atomic_bool told_of_mask; /* that it drops masks was said; once is enough */
    char *dtype_policy;                /* "float32", "mixed_bfloat16", ... */
    cornu_regularizer *activity_regularizer; /* borrowed from the arguments; NULL: none */
    cornu_layer *activation;           /* one of the sublayers, applied last; NULL: none */
    struct cornu_symbolic *taken_by;    /* symbolic calls, owned by src/model */
    /* lists handed out by cornu_layer_weights and friends */
    cornu_tensor **all, **trainable, **fixed;
    size_t all_count, trainable_count, fixed_count;
};

/* What a new layer gets before init, and what is taken back at its end. */
cornu_status cornu_layer_prepare_(cornu_layer *layer);
void cornu_layer_dispose_(cornu_layer *layer);

/* A layer in place of the name of an activation: whether objects of the class take one, taking the
 * one of a config, and applying it. */
bool cornu_layer_may_activate_(const cornu_class *cls);
cornu_status cornu_layer_read_activation_(cornu_layer *layer, const cJSON *config);
cornu_status cornu_layer_activate_(
    cornu_layer *layer, const cornu_call_context *context, cornu_tensor **output
);

/* Goes up whenever any layer gets a weight or a sublayer or changes what is trainable: what was
 * derived from the lists of weights before is out of date. */
uint64_t cornu_layer_generation_(void);
/* Sum of add_loss and regularisation terms of the layer and all below, or NULL if there are none
 * (no error pending). */
cornu_tensor *cornu_layer_collect_losses_(cornu_layer *layer);
void cornu_layer_clear_losses_(cornu_layer *layer);
/* How many outputs a call with these keyword arguments (NULL: none) has. */
size_t cornu_layer_call_output_count_(const cornu_layer *layer, const cornu_config *kwargs);
/* While losses are off in this thread, layers add none: predictions want none, and several threads
 * may predict with one layer at once. Calls nest. */
void cornu_layer_losses_off_(bool off);
/* Calls `visit` for the layer and every layer below, each once, parents first. */
cornu_status cornu_layer_walk_(
    cornu_layer *layer, cornu_status (*visit)(cornu_layer *layer, void *user), void *user
);
/* The constraint of a variable somewhere below `layer`, or NULL. */
cornu_constraint *cornu_layer_constraint_of_(cornu_layer *layer, const cornu_tensor *variable);
/* "layer 'hidden' (Dense)", or "layer Dense" without a name, before the pending message; returns
 * the pending status. */
cornu_status cornu_layer_error_context_(const cornu_layer *layer);
/* The mask of the output of a call (NULL: none): what compute_mask makes, or the first mask that
 * came in if the class passes masks. A class that stops masks, as most of Keras' layers that change
 * the shape do, gives none. */
cornu_status cornu_layer_output_mask_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **mask
);
/* Hook by which src/model records calls on symbolic tensors (set once, at its first use):
 * cornu_layer_call_many goes there when an input is symbolic. */
typedef cornu_status cornu_symbolic_call(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);
void cornu_layer_on_symbolic_(cornu_symbolic_call *call);
/* Hook by which a step that this thread traces has layers of the host (`host_output`) run before
 * it, on tensors that have no values yet; NULL: there is none. */
typedef cornu_status cornu_host_call(
    void *user, cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);
/* All tensors given by name are asked for. */
void cornu_call_arguments_take_(const cornu_call_context *context);
void cornu_layer_on_host_(cornu_host_call *call, void *user);
/* Runs `call` for given shapes without values: output shapes, and types. Unknown sizes (-1) are
 * tried with two stand-ins, and what differs between the two results is unknown in the output.
 * Builds the layer first if needed. */
cornu_status cornu_layer_infer_(
    cornu_layer *layer, const cornu_shape *shapes, const cornu_dtype *dtypes, size_t count,
    cornu_shape *out_shapes, cornu_dtype *out_dtypes
);
/* The same for a certain call (its training and masks do not count). The last
 * context->argument_count of the `count` inputs are the tensors that it gives by name. */
cornu_status cornu_layer_infer_call_(
    cornu_layer *layer, const cornu_shape *shapes, const cornu_dtype *dtypes, size_t count,
    const cornu_call_context *context, cornu_shape *out_shapes, cornu_dtype *out_dtypes
);

#endif
