/* Layers: what their classes can say, and what can be done with a layer. Those that Keras has are
 * made by <cornu/layers.h>.
 *
 * The Keras side of it: https://keras.io/api/layers/base_layer/
 *
 * Example, a layer called and looked at without a model:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         cornu_layer *dense = cornu_layer_dense(3, .activation = "relu");
 *         cornu_check(dense);
 *         CORNU_SCOPE {
 *             cornu_tensor *x = cornu_op_ones(cornu_shape(2, 4), CORNU_FLOAT32);
 *             cornu_check(cornu_call(dense, x));                         // builds it: [2, 3]
 *         }
 *         int64_t parameters = cornu_layer_parameter_count(dense);       // 4 * 3 + 3
 *         cornu_layer_free(dense);
 *         return parameters == 15 ? 0 : 1;
 *     }
 */
#ifndef CORNU_LAYER_H
#define CORNU_LAYER_H

#include <cornu/class.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cornu_layer_class cornu_layer_class;
typedef struct cornu_cell_class cornu_cell_class;
typedef struct cornu_vocabulary_class cornu_vocabulary_class;

/* A tensor that a call gives by name: Keras' layer(x, count_weights=w). */
typedef struct cornu_call_argument {
    const char *name;
    size_t index; /* in the list, where the argument is one */
    cornu_tensor *tensor;
} cornu_call_argument;

/* How a layer is being called. */
typedef struct cornu_call_context {
    bool training;
    size_t input_count;
    /* one per input, bool, NULL where there is none; NULL: no masks at all */
    cornu_tensor *const *masks;
    /* keyword arguments of the call, as a functional model recorded them; may be NULL */
    const cornu_config *kwargs;
    /* positional arguments that are no tensors, likewise; may be NULL */
    const cornu_config *args;
    const cornu_call_argument *arguments; /* tensors given by name; masks are in `masks` */
    size_t argument_count;
} cornu_call_context;

struct cornu_layer {
    CORNU_OBJECT_MEMBERS(layer);
    bool trainable; /* as cornu_layer_set_trainable left it */
    bool built;
    cornu_dtype compute_dtype, variable_dtype; /* of its dtype policy */
    struct cornu_layer_state *state_;          /* weights, sublayers, seeds, losses */
};

typedef enum cornu_masking {
    /* the layer knows nothing of masks: it computes as without one, and none comes out */
    CORNU_MASK_STOPS,
    CORNU_MASK_PASSES,   /* the output has the input's mask */
    CORNU_MASK_CONSUMES, /* used inside, none comes out */
    CORNU_MASK_PRODUCES  /* compute_mask makes one */
} cornu_masking;

struct cornu_layer_class {
    CORNU_CLASS_MEMBERS;
    /* (optional) Makes the weights; `shapes` are those of the inputs, -1 where a size is unknown
     * (the batch). */
    cornu_status (*build)(cornu_layer *self, const cornu_shape *shapes, size_t count);
    /* Computes the output from the inputs. Calls ops only; what it returns belongs to the scope.
     * One of call, call_many. */
    cornu_tensor *(*call)(
        cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
    );
    /* For layers with several outputs: fills outputs[0 .. output_count(self)-1]. */
    cornu_status (*call_many)(
        cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
        cornu_tensor **outputs
    );
    /* (optional) default 1. `kwargs` are the keyword arguments of the call, or NULL. */
    size_t (*output_count)(const cornu_layer *self, const cornu_config *kwargs);
    /* (optional) Default: found by running `call` on tensors without values. */
    cornu_status (*output_shape)(
        const cornu_layer *self, const cornu_shape *inputs, size_t count, cornu_shape *outputs
    );
    /* (optional) The mask of the output; default: see `masking`. */
    cornu_tensor *(*compute_mask)(
        cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
    );
    /* (optional) How many of the outputs have that mask; default: the first. */
    size_t (*masked_outputs)(const cornu_layer *self);
    /* What becomes of an incoming mask. */
    cornu_masking masking;
    bool any_dtype; /* inputs are not cast to the compute type (Embedding, preprocessing, models) */
    /* (optional) The names of the inputs of a call that takes them one by one, NULL-ended: "query",
     * "value", "key". The last may stand for all that follow, "initial_state[]". Without names, the
     * inputs are one list. Models write calls as Keras does. */
    const char *const *arguments;
    /* (optional) What the layer keeps from call to call goes back to what it was at first. */
    cornu_status (*reset_state)(cornu_layer *self);
    const cornu_cell_class *cell; /* (optional) it can be the cell of a recurrent layer */
    /* (optional) Learns from data what no gradient teaches (Keras: adapt). The layer is built. */
    cornu_status (*adapt)(cornu_layer *self, cornu_tensor *data);
    /* (optional) The layer works on the host and not by ops: on strings, or with tables. It says
     * here which type it gives, and has output_shape. `call` then always sees values: at the input
     * of a model such layers run before the compiled step; elsewhere the model must run eagerly. */
    cornu_dtype (*host_output)(const cornu_layer *self);
    const cornu_vocabulary_class *vocabulary; /* (optional) the layer looks terms up in one */
    /* its activity_regularizer is that of layers inside, not of its own outputs
     * (MultiHeadAttention) */
    bool activity_inside;
};

/* What makes a layer one with a vocabulary, which files keep beside the weights (assets/...). */
struct cornu_vocabulary_class {
    /* The terms, strings or int64 [count], with those for masks and unknown ones in front if
     * `special`; *new*. */
    cornu_tensor *(*get)(const cornu_layer *self, bool special);
    /* Takes terms, with or without special ones in front, and for output_mode "tf_idf" a weight for
     * each of them. */
    cornu_status (*set)(cornu_layer *self, cornu_tensor *terms, cornu_floats idf_weights);
    int64_t (*size)(const cornu_layer *self);
    /* Whether the terms stand in the layer's config, so that files need not keep them apart. */
    bool (*in_config)(const cornu_layer *self);
    /* The weights of the terms, float32, *new*; NULL without an error: there are none. */
    cornu_tensor *(*idf_weights)(const cornu_layer *self);
};

/* What makes a layer the cell of a recurrent layer, which takes it from step to step. Shapes of
 * inputs are those of one step, [batch, ...]. */
struct cornu_cell_class {
    size_t (*state_count)(const cornu_layer *self);
    cornu_status (*state_shape)(
        const cornu_layer *self, size_t index, const cornu_shape *input, cornu_shape *state
    );
    /* (optional) Default: that of the first state. */
    cornu_status (*output_shape)(
        const cornu_layer *self, const cornu_shape *input, cornu_shape *output
    );
    /* (optional) A sequence begins: random draws that hold for all its steps are made anew. */
    void (*begin)(cornu_layer *self);
    /* (optional) What a step computes of its input alone, for one step, [batch, ...], or for all at
     * once, [batch, time, ...]. Default: the input as it is. */
    cornu_tensor *(*project)(
        cornu_layer *self, cornu_tensor *x, const cornu_call_context *context
    );
    /* One step: of what `project` gave for it and the states, outputs[0] and the new states. */
    cornu_status (*step)(
        cornu_layer *self, cornu_tensor *x, cornu_tensor *const *states,
        const cornu_call_context *context, cornu_tensor **outputs
    );
    /* (optional) All steps at once, of the inputs [batch, time, ...] as they are, with `reverse`
     * from the last to the first, under a mask [batch, time] or NULL: outputs[0], [batch, time,
     * ...] in the order of the inputs, and the states after the step that was taken last. *done
     * says whether the cell can do so with its settings; if not, the steps are taken one by one.
     * Where nothing was unmasked yet, outputs[0] may be the state before. */
    cornu_status (*sequence)(
        cornu_layer *self, cornu_tensor *x, cornu_tensor *const *states, cornu_tensor *mask,
        bool reverse, const cornu_call_context *context, cornu_tensor **outputs, bool *done
    );
};

/* Arguments that every layer has, and their fields and defaults. Put CORNU_LAYER_ARGS first in the
 * argument struct. */
#define CORNU_LAYER_ARGS(args)                                                                     \
    CORNU_ARG(size_t, size_, sizeof(args));                                                        \
    /* NULL: made from the class' name when the layer joins a model */                             \
    CORNU_ARG(const char *, name, NULL);                                                           \
    /* dtype policy: "float32", "float64", "bfloat16", "mixed_bfloat16", ... */                    \
    CORNU_ARG(const char *, dtype, NULL);                                                          \
    CORNU_ARG(bool, trainable, true)
/* The keyword call of a built-in layer: its name, and in capitals as in that of its defaults. */
#define CORNU_LAYER_KW_(name, NAME, ...)                                                           \
    CORNU_KW_(cornu_layer_##name##_new(                                                            \
        &(cornu_layer_##name##_args){CORNU_LAYER_##NAME##_DEFAULTS, __VA_ARGS__}))
#define CORNU_LAYER_DEFAULTS(args) .size_ = sizeof(args), .trainable = true
#define CORNU_LAYER_FIELDS(args)                                                                   \
    CORNU_FIELD(args, STRING, name), CORNU_FIELD(args, BOOL, trainable),                           \
        CORNU_FIELD(args, STRING, dtype)

/* Makes a layer of a class from its argument struct (NULL: defaults). *new*; the objects in `args`
 * are taken, also on failure. What the class' `init` says; CORNU_EUNKNOWN (an activation, a dtype
 * policy) proposes the nearest name; CORNU_EINVAL (size_ not set), CORNU_ENOMEM. */
CORNU_API cornu_layer *cornu_layer_create(const cornu_layer_class *cls, const void *args);
CORNU_API cornu_layer *cornu_layer_retain(cornu_layer *layer);
CORNU_API void cornu_layer_free(cornu_layer *layer);

typedef struct cornu_add_weight_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_add_weight_args));
    CORNU_ARG(cornu_layer *, layer, NULL);
    CORNU_ARG(const char *, name, NULL);
    CORNU_ARG(cornu_shape, shape, {});
    CORNU_ARG(cornu_initializer *, initializer, NULL); /* borrowed; NULL: glorot uniform */
    CORNU_ARG(cornu_regularizer *, regularizer, NULL); /* retained */
    CORNU_ARG(cornu_constraint *, constraint, NULL);   /* retained */
    CORNU_ARG(bool, trainable, true);
    CORNU_ARG(const char *, dtype, NULL);              /* NULL: the layer's variable type */
} cornu_add_weight_args;
#define CORNU_ADD_WEIGHT_DEFAULTS .size_ = sizeof(cornu_add_weight_args), .trainable = true
CORNU_API cornu_tensor *cornu_layer_add_weight_new(const cornu_add_weight_args *args);
/* Adds a variable to a layer being built: cornu_layer_add_weight(self, "kernel", cornu_shape(4, 3),
 * .initializer = i). *borrowed* from the layer. CORNU_ESHAPE (a size that is not known), and what
 * the initializer says. */
#ifndef __cplusplus
#define cornu_layer_add_weight(...)                                                                \
    CORNU_KW_(cornu_layer_add_weight_new(                                                          \
        &(cornu_add_weight_args){CORNU_ADD_WEIGHT_DEFAULTS, .layer = __VA_ARGS__}))
#endif
/* A weight in the type that the layer computes in: mixed policies keep weights in float32. Belongs
 * to the scope. */
CORNU_API cornu_tensor *cornu_layer_cast(cornu_layer *self, cornu_tensor *weight);
/* Lists a weight of a layer below among the layer's own as well, as Keras does where a layer keeps
 * one of another as an attribute: it is saved in both places. */
CORNU_API cornu_status cornu_layer_share_weight(cornu_layer *self, cornu_tensor *weight);
/* Adds a sublayer under an attribute name, which is its place in weights files ("cell",
 * "forward_layer"; "cells[]" for each element of a list "cells"). Taken, also on failure
 * (CORNU_ENOMEM). */
CORNU_API cornu_status
cornu_layer_add_layer(cornu_layer *self, const char *attribute, cornu_layer *sublayer);
/* Adds a random stream; *borrowed* from the layer. CORNU_ENOMEM. */
CORNU_API cornu_seed_generator *cornu_layer_add_seed(cornu_layer *self, int64_t seed);
/* Adds a scalar to the loss of the step being computed (Keras: add_loss); retained. CORNU_ESHAPE
 * for other shapes. */
CORNU_API cornu_status cornu_layer_add_loss(cornu_layer *self, cornu_tensor *loss);

/* *borrowed*, both */
CORNU_API const char *cornu_layer_name(const cornu_layer *layer);
CORNU_API const char *cornu_layer_class_name(const cornu_layer *layer);
/* of it and all below */
CORNU_API cornu_status cornu_layer_set_trainable(cornu_layer *layer, bool trainable);
/* Makes the weights for inputs of these shapes (batch included, -1 where a size is unknown), or
 * does nothing if that was done. After a failure the layer is as it was. What the class' `build`
 * says. */
CORNU_API cornu_status
cornu_layer_build(cornu_layer *layer, const cornu_shape *shapes, size_t count);
/* As Keras' layer.weights: the layer's own trainable weights, its own others, then the same of each
 * layer below; every weight once. The two other lists are the parts of it that are trained now and
 * those that are not. Lists are *borrowed* until the layer changes; `items` is NULL after a failure
 * (CORNU_ENOMEM), and only then. */
CORNU_API cornu_tensor_list cornu_layer_weights(cornu_layer *layer);
CORNU_API cornu_tensor_list cornu_layer_trainable_weights(cornu_layer *layer);
CORNU_API cornu_tensor_list cornu_layer_non_trainable_weights(cornu_layer *layer);
/* What the layer and those below keep from call to call goes back to what it was at first: the
 * states of recurrent layers with `stateful`. */
CORNU_API cornu_status cornu_layer_reset_state(cornu_layer *layer);
/* A *new* layer with the same config, and weights of its own. */
CORNU_API cornu_layer *cornu_layer_clone(const cornu_layer *layer);
/* The name of its dtype policy; *borrowed*. */
CORNU_API const char *cornu_layer_dtype_policy(const cornu_layer *layer);
/* Puts a prefix before the layer's name (or what its class is called), unless it stands there. */
CORNU_API cornu_status cornu_layer_prefix_name(cornu_layer *layer, const char *prefix);
/* Number of elements of all weights. */
CORNU_API int64_t cornu_layer_parameter_count(cornu_layer *layer);
/* Sets all weights from values in the order of cornu_layer_weights, which stay the caller's; all or
 * nothing. CORNU_EINVAL (another number of them), CORNU_ESHAPE. */
CORNU_API cornu_status cornu_layer_set_weights(cornu_layer *layer, cornu_tensor_list values);
/* The object's config as JSON text ({"units": 3, ...}); *new* memory, cornu_free.
 * CORNU_ENOMEM. */
CORNU_API char *cornu_layer_config_text(const cornu_layer *layer);

/* Calls a layer, or a model, on one or several tensors and gives its (first) output, which belongs
 * to the scope. NULL with CORNU_ESHAPE, CORNU_EDTYPE, CORNU_EINVAL (another number of inputs),
 * CORNU_EUNSUPPORTED (some inputs symbolic, others not). On tensors with values: builds the layer
 * if need be, and computes. On symbolic ones (from cornu_input_tensor): records the call, and the
 * graph takes the layer at the first call, so that a layer may be called often and need not be
 * freed. */
#ifndef __cplusplus
#define cornu_call(layer, ...)                                                                     \
    cornu_layer_call(                                                                              \
        _Generic((layer), cornu_model *: cornu_model_as_layer_,                                    \
                 default: cornu_layer_as_layer_)(layer),                                           \
        cornu_tensors(__VA_ARGS__), false)
#endif
CORNU_API cornu_tensor *cornu_layer_call(
    cornu_layer *layer, cornu_tensor_list inputs, bool training
);
/* The same for all outputs, into outputs[0 .. cornu_layer_output_count(layer)-1], with everything
 * that a call can say; `context` NULL: not training. */
CORNU_API cornu_status cornu_layer_call_many(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);
/* The same for a layer inside a wrapper that takes it as Keras' layer.call (TimeDistributed): its
 * own activity_regularizer adds nothing, those of the layers below it do. */
CORNU_API cornu_status cornu_layer_call_wrapped(
    cornu_layer *layer, cornu_tensor_list inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);
/* Whether a layer below this one has an activity_regularizer. What that adds is divided by the size
 * of the batch, so that several batches must not be joined to one. */
CORNU_API bool cornu_layer_has_activity_below(const cornu_layer *layer);
/* The same with keyword arguments as a JSON object: "{\"use_causal_mask\": true}". There is room in
 * `outputs` for as many as such a call has. */
CORNU_API cornu_status cornu_layer_call_keywords(
    cornu_layer *layer, cornu_tensor_list inputs, const char *keywords, bool training,
    cornu_tensor **outputs
);
/* Has a preprocessing layer learn from data, [samples, ...]: Normalization mean and variance,
 * Discretization the limits of its bins, lookups and TextVectorization their vocabulary, the most
 * frequent term first. Builds the layer. CORNU_EUNSUPPORTED for others,
 * CORNU_ESTATE if its arguments say already what it would learn. */
CORNU_API cornu_status cornu_layer_adapt(cornu_layer *layer, cornu_tensor *data);
/* The vocabulary of StringLookup, IntegerLookup or TextVectorization, in the order of the numbers
 * that the layer gives: strings or int64 [count], *new*. With `special`, what stands for masks and
 * for unknown terms comes first. CORNU_EUNSUPPORTED for other layers. */
CORNU_API cornu_tensor *cornu_layer_vocabulary(const cornu_layer *layer, bool special);
/* How many terms it has, special ones included; -1 with CORNU_EUNSUPPORTED. */
CORNU_API int64_t cornu_layer_vocabulary_size(const cornu_layer *layer);
/* Sets it, in place of what was there; `idf_weights` are for output_mode "tf_idf", one for each
 * term, and none otherwise. CORNU_EINVAL (a term that is there twice, too many terms). */
CORNU_API cornu_status cornu_layer_set_vocabulary(
    cornu_layer *layer, cornu_tensor *terms, cornu_floats idf_weights
);
CORNU_API size_t cornu_layer_output_count(const cornu_layer *layer);
/* What a layer gives for inputs of these shapes, -1 where a size is unknown; builds it. Fills
 * outputs[0 .. cornu_layer_output_count(layer)-1]. CORNU_ESHAPE. */
CORNU_API cornu_status cornu_layer_output_shape(
    cornu_layer *layer, const cornu_shape *inputs, size_t count, cornu_shape *outputs
);
/* The tensor that a call gives by name, or NULL (no error pending). */
CORNU_API cornu_tensor *cornu_call_argument_get(
    const cornu_call_context *context, const char *name, size_t index
);
CORNU_API cornu_layer *cornu_layer_as_layer_(void *layer);
CORNU_API cornu_layer *cornu_model_as_layer_(void *model);

#ifdef __cplusplus
}
#endif
#endif
