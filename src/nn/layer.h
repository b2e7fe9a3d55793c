/* The inside of a layer: what extend.h keeps behind state_. */
#ifndef CORNU_NN_LAYER_H
#define CORNU_NN_LAYER_H

#include "nn/class.h"

typedef struct cornu_weight {
    cornu_tensor *variable;
    cornu_regularizer *regularizer;
    cornu_constraint *constraint;
} cornu_weight;

typedef struct cornu_sublayer {
    char *attribute; /* its place in weights files, "cell"; NULL: an element of the container "layers" of a model */
    cornu_layer *layer;
} cornu_sublayer;

struct cornu_layer_state {
    cornu_weight *weights;             /* in creation order */
    size_t weight_count, weight_capacity;
    cornu_sublayer *sublayers;
    size_t sublayer_count, sublayer_capacity;
    cornu_seed_generator **seeds;
    size_t seed_count, seed_capacity;
    cornu_tensor **losses;             /* added since the last cornu_layer_clear_losses_ */
    size_t loss_count, loss_capacity;
    cornu_shape *build_shapes;         /* of the inputs it was built for */
    size_t build_shape_count;
    bool floating;                     /* made, and not yet taken by a graph: its first taker adopts the maker's reference */
    char *dtype_policy;                /* "float32", "mixed_bfloat16", ... */
    struct cornu_symbolic *taken_by;    /* symbolic calls, owned by src/model */
    /* lists handed out by cornu_layer_weights and friends */
    cornu_tensor **all, **trainable, **fixed;
    size_t all_count, trainable_count, fixed_count;
};

/* Sum of add_loss and regularisation terms of the layer and all below, or NULL if there are none (no error pending). */
cornu_tensor *cornu_layer_collect_losses_(cornu_layer *layer);
void cornu_layer_clear_losses_(cornu_layer *layer);
/* Calls `visit` for the layer and every layer below, each once, parents first. */
cornu_status cornu_layer_walk_(cornu_layer *layer, cornu_status (*visit)(cornu_layer *layer, void *user), void *user);
/* The constraint of a variable somewhere below `layer`, or NULL. */
cornu_constraint *cornu_layer_constraint_of_(cornu_layer *layer, const cornu_tensor *variable);
/* Hook by which src/model records calls on symbolic tensors (set once, at its first use): cornu_layer_call_many goes there when an input
 * is symbolic. */
typedef cornu_status cornu_symbolic_call(cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context,
                                         cornu_tensor **outputs);
void cornu_layer_on_symbolic_(cornu_symbolic_call *call);
/* Runs `call` for given shapes without values: output shapes, and types. Unknown sizes (-1) are tried with two stand-ins, and what differs
 * between the two results is unknown in the output. Builds the layer first if needed. */
cornu_status cornu_layer_infer_(cornu_layer *layer, const cornu_shape *shapes, const cornu_dtype *dtypes, size_t count,
                                cornu_shape *out_shapes, cornu_dtype *out_dtypes);

#endif
