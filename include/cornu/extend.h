/* Writing layers, losses, metrics, optimizers, callbacks, initializers, ... of one's own. The
 * built-in ones are written with nothing but this header and those it includes.
 *
 * A class is one constant struct; an object is a struct that begins with its base. The arguments of
 * an object live in an argument struct inside it, described by a table of fields. From that table
 * the library copies arguments, writes and reads configs (.keras files), and checks them; a class
 * with a table needs no get_config.
 *
 * The Keras side of it: https://keras.io/guides/making_new_layers_and_models_via_subclassing/
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     typedef struct {
 *         CORNU_LAYER_ARGS(my_scale_args);
 *         CORNU_ARG(double, factor, 1);
 *     } my_scale_args;
 *
 *     typedef struct { cornu_layer base; my_scale_args args; } my_scale;
 *
 *     static cornu_tensor *call(
 *         cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
 *     ) {
 *         const my_scale *self = (const my_scale *)layer;
 *         (void)context;
 *         return cornu_op_multiply(inputs[0], cornu_scalar(self->args.factor));
 *     }
 *
 *     static const my_scale_args defaults = {CORNU_LAYER_DEFAULTS(my_scale_args), .factor = 1};
 *     static const cornu_field fields[] = {
 *         CORNU_LAYER_FIELDS(my_scale_args), CORNU_FIELD(my_scale_args, FLOAT, factor)
 *     };
 *     static const cornu_layer_class my_scale_class = {
 *         CORNU_CLASS_ARGS(my_scale, args, defaults, fields),
 *         .name = "MyPackage>MyScale", .call = call,
 *     };
 *
 *     int main(void) {
 *         cornu_check(cornu_register_layer(&my_scale_class)); // so that files with it can be read
 *         const my_scale_args args = {CORNU_LAYER_DEFAULTS(my_scale_args), .factor = 3};
 *         cornu_model *model = cornu_sequential(
 *             cornu_input(2), cornu_layer_create(&my_scale_class, &args));
 *         CORNU_SCOPE {
 *             cornu_tensor *y = cornu_call(model, cornu_op_ones(cornu_shape(1, 2), CORNU_FLOAT32));
 *             cornu_check(y);
 *             if (cornu_tensor_get(y, 0) != 3) return 1;
 *         }
 *         cornu_check(cornu_save(model, "scaled.keras"));
 *         cornu_model *copy = cornu_load("scaled.keras");         // finds the class by its name
 *         cornu_check(copy);
 *         cornu_model_free(copy);
 *         cornu_model_free(model);
 *     }
 */
#ifndef CORNU_EXTEND_H
#define CORNU_EXTEND_H

#include <cornu/ops.h>
#include <cornu/random.h>
#include <math.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cornu_layer cornu_layer;
typedef struct cornu_loss cornu_loss;
typedef struct cornu_metric cornu_metric;
typedef struct cornu_optimizer cornu_optimizer;
typedef struct cornu_schedule cornu_schedule;
typedef struct cornu_callback cornu_callback;
typedef struct cornu_initializer cornu_initializer;
typedef struct cornu_regularizer cornu_regularizer;
typedef struct cornu_constraint cornu_constraint;
typedef struct cornu_model cornu_model;
typedef struct cornu_logs cornu_logs;
typedef struct cornu_state cornu_state;
typedef struct cornu_run cornu_run;

/* Frees what a caller gave beside a function of his own. */
typedef void cornu_free_function(void *user);

/* ---- configs --------------------------------------------------------------------------------- */
/* A JSON object as Keras writes it in config.json. Borrowed inside get_config and from_config.
 * Setters copy what they are given and replace what stands under the key; CORNU_ENOMEM. Getters
 * leave *value alone and return CORNU_OK if the key is missing; CORNU_EINVAL names a key with a
 * value of the wrong kind. */
typedef struct cornu_config cornu_config;
CORNU_API cornu_status cornu_config_set_null(cornu_config *config, const char *key);
CORNU_API cornu_status cornu_config_set_bool(cornu_config *config, const char *key, bool value);
CORNU_API cornu_status cornu_config_set_int(cornu_config *config, const char *key, int64_t value);
CORNU_API cornu_status cornu_config_set_float(cornu_config *config, const char *key, double value);
CORNU_API cornu_status
cornu_config_set_string(cornu_config *config, const char *key, const char *value);
CORNU_API cornu_status
cornu_config_set_ints(cornu_config *config, const char *key, const int64_t *values, size_t count);
CORNU_API cornu_status
cornu_config_set_floats(cornu_config *config, const char *key, const double *values, size_t count);
/* Puts an empty object under the key; *borrowed*, NULL with CORNU_ENOMEM. */
CORNU_API cornu_config *cornu_config_set_object(cornu_config *config, const char *key);
CORNU_API bool cornu_config_has(const cornu_config *config, const char *key);
CORNU_API cornu_status
cornu_config_get_bool(const cornu_config *config, const char *key, bool *value);
CORNU_API cornu_status
cornu_config_get_int(const cornu_config *config, const char *key, int64_t *value);
CORNU_API cornu_status
cornu_config_get_float(const cornu_config *config, const char *key, double *value);
/* *borrowed* */
CORNU_API cornu_status
cornu_config_get_string(const cornu_config *config, const char *key, const char **value);
/* One pair of integers per axis, as paddings are written: [[1, 1], [2, 0]]. Getting also takes a
 * single integer, for both sides of all axes, and one integer per axis. */
CORNU_API cornu_status cornu_config_set_pairs(
    cornu_config *config, const char *key, const int64_t (*pairs)[2], size_t count
);
CORNU_API cornu_status cornu_config_get_pairs(
    const cornu_config *config, const char *key, int64_t (*pairs)[2], size_t count
);
/* A list of integers in which null is -1. CORNU_EINVAL above CORNU_MAX_RANK. */
CORNU_API cornu_status
cornu_config_get_sizes(const cornu_config *config, const char *key, cornu_shape *sizes);
/* Layers as a list of serialised objects. Reading gives *new* layers in *new* memory. */
CORNU_API cornu_status cornu_config_set_layers(
    cornu_config *config, const char *key, cornu_layer *const *layers, size_t count
);
CORNU_API cornu_status cornu_config_get_layers(
    const cornu_config *config, const char *key, cornu_layer ***layers, size_t *count
);
/* *borrowed* */
CORNU_API cornu_status
cornu_config_get_object(const cornu_config *config, const char *key, const cornu_config **object);
/* A serialised optimizer; reading gives a *new* one, or leaves *optimizer alone if there is none.
 */
CORNU_API cornu_status cornu_config_set_optimizer(
    cornu_config *config, const char *key, const cornu_optimizer *optimizer
);
CORNU_API cornu_status cornu_config_get_optimizer(
    const cornu_config *config, const char *key, cornu_optimizer **optimizer
);
/* The key of the member at a place, *borrowed*; NULL past the last. */
CORNU_API const char *cornu_config_key(const cornu_config *config, size_t index);

/* Whether a regular expression, as Python writes them, fits somewhere in a text (re.search), or the
 * text as a whole (re.fullmatch). CORNU_EINVAL for what is no pattern, CORNU_EUNSUPPORTED for
 * look-around and references. */
CORNU_API cornu_status
cornu_pattern_search(const char *pattern, const char *text, bool *matches);
CORNU_API cornu_status
cornu_pattern_fullmatch(const char *pattern, const char *text, bool *matches);

/* ---- fields of an argument struct ------------------------------------------------------------ */
/* "None" for numbers: CORNU_NONE for integers, NAN for floats; NULL for texts and objects; rank 0 /
 * count 0 for lists. */
#define CORNU_NONE INT64_MIN

/* Lists in argument structs: .thresholds = cornu_floats(0.3, 0.6). No items: None. Makers copy
 * them. */
typedef struct cornu_floats {
    const double *items;
    size_t count;
} cornu_floats;
typedef struct cornu_ints {
    const int64_t *items;
    size_t count;
} cornu_ints;
typedef struct cornu_texts {
    const char *const *items;
    size_t count;
} cornu_texts;
#ifndef __cplusplus
#define CORNU_LIST_(list, type, ...)                                                               \
    ((list){(const type[]){__VA_ARGS__}, sizeof((const type[]){__VA_ARGS__}) / sizeof(type)})
#define cornu_floats(...) CORNU_LIST_(cornu_floats, double, __VA_ARGS__)
#define cornu_ints(...) CORNU_LIST_(cornu_ints, int64_t, __VA_ARGS__)
#define cornu_texts(...)                                                                           \
    ((cornu_texts){(const char *const[]){__VA_ARGS__},                                             \
                   sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *)})
#endif

/* Kinds of fields and the C type of the member. */
typedef enum cornu_field_type {
    CORNU_FIELD_BOOL,        /* bool */
    CORNU_FIELD_INT,         /* int64_t; None allowed if the default is CORNU_NONE */
    CORNU_FIELD_FLOAT,       /* double; None allowed if the default is NAN */
    CORNU_FIELD_STRING,      /* const char *; None allowed if the default is NULL */
    CORNU_FIELD_SHAPE,       /* cornu_shape: a list of integers; -1 is written as it is */
    /* cornu_shape: a list where -1 stands for None; rank 0: None (Dropout's noise_shape) */
    CORNU_FIELD_SIZES,
    CORNU_FIELD_AXES,        /* cornu_axes: an integer, or a list of several; count 0: None */
    CORNU_FIELD_AXIS_LIST,   /* cornu_axes: a list, even of one; count 0: None */
    CORNU_FIELD_WINDOW,      /* cornu_window: an integer, or a list of one per axis; empty: None */
    CORNU_FIELD_ACTIVATION,  /* const char *: the name of an activation; NULL is "linear" */
    CORNU_FIELD_INITIALIZER, /* cornu_initializer *, taken; `class_name` is made when it is NULL */
    CORNU_FIELD_REGULARIZER, /* cornu_regularizer *, taken; NULL: None */
    CORNU_FIELD_CONSTRAINT,  /* cornu_constraint *, taken; NULL: None */
    CORNU_FIELD_LAYER,       /* cornu_layer *, taken */
    /* cornu_schedule *, taken: stands beside a FLOAT field of the name without _schedule, and wins
     * over it */
    CORNU_FIELD_SCHEDULE,
    CORNU_FIELD_LOSS,        /* cornu_loss *, taken */
    CORNU_FIELD_OPTIMIZER,   /* cornu_optimizer *, taken */
    CORNU_FIELD_FLOATS,      /* cornu_floats, copied; a number in a config is a list of one */
    CORNU_FIELD_INTS,        /* cornu_ints, copied */
    CORNU_FIELD_TEXTS,       /* cornu_texts, copied */
    CORNU_FIELD_TYPE_COUNT
} cornu_field_type;

typedef struct cornu_field {
    const char *name;       /* Keras' name of the argument */
    cornu_field_type type;
    size_t offset;          /* in the argument struct */
    const char *class_name; /* INITIALIZER: the default class, "GlorotUniform"; otherwise NULL */
    /* not written to configs (but accepted); an object is, if it is not NULL */
    bool omit;
} cornu_field;
#define CORNU_FIELD(args, type, member)                                                            \
    { #member, CORNU_FIELD_##type, offsetof(args, member), NULL, false }
#define CORNU_FIELD_OMITTED(args, type, member)                                                    \
    { #member, CORNU_FIELD_##type, offsetof(args, member), NULL, true }
#define CORNU_FIELD_DEFAULT(args, type, member, class_name)                                        \
    { #member, CORNU_FIELD_##type, offsetof(args, member), class_name, false }

/* ---- what all classes and objects have ------------------------------------------------------- */
/* Members at the beginning of every class struct. Objects are made zeroed, then get a copy of the
 * arguments (texts are duplicated, objects taken), then `init`. Functions that fail return a status
 * with the error pending, or NULL; the library adds which object it was. */
#define CORNU_CLASS_MEMBERS                                                                        \
    const char *name;          /* Keras' class name, or "Package>Name" for one of your own */      \
    size_t size;               /* of the object's struct */                                        \
    size_t args_offset;        /* of the argument struct inside it; 0: it has none */              \
    /* an argument struct with the defaults; begins with its own size */                           \
    const void *defaults;                                                                          \
    const cornu_field *fields; /* the table of arguments */                                        \
    size_t field_count;                                                                            \
    /* (optional) checks the arguments; messages need not name the class */                        \
    cornu_status (*init)(void *self);                                                              \
    /* (optional) frees what init, build and calls made of their own */                            \
    void (*destroy)(void *self);                                                                   \
    /* (optional) adds to a config what the table does not say; reads it back into self before     \
       init */                                                                                     \
    cornu_status (*get_config)(const void *self, cornu_config *config);                            \
    cornu_status (*from_config)(void *self, const cornu_config *config)
typedef struct cornu_class { CORNU_CLASS_MEMBERS; } cornu_class;

#ifndef __cplusplus
#define CORNU_CLASS_ARGS(type, member, default_args, table)                                        \
    .size = sizeof(type), .args_offset = offsetof(type, member), .defaults = &(default_args),      \
    .fields = (table),                                                                             \
    .field_count = sizeof(table) / sizeof((table)[0])
#endif

typedef struct cornu_object_head {
    int references_;
    void (*destroy_)(void *object);
} cornu_object_head;

/* Every object begins so; `cls` is the class struct of its family. */
#define CORNU_OBJECT_MEMBERS(family)                                                               \
    cornu_object_head head;                                                                        \
    const cornu_##family##_class *cls;                                                             \
    char *name /* the object's own name; NULL until it has one */

/* ---- layers ---------------------------------------------------------------------------------- */
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
    /* (optional) All steps at once, of what `project` gave for them, under a mask [batch, time] or
     * NULL: outputs[0], [batch, time, ...], and the states after the last step. *done says whether
     * the cell can do so with its settings; if not, the steps are taken one by one. Where nothing
     * was unmasked yet, outputs[0] may be the state before. */
    cornu_status (*sequence)(
        cornu_layer *self, cornu_tensor *x, cornu_tensor *const *states, cornu_tensor *mask,
        const cornu_call_context *context, cornu_tensor **outputs, bool *done
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

/* The function of an activation's name ("relu", "gelu", ... or a registered "Package>name"); NULL,
 * "linear": identity. CORNU_EUNKNOWN proposes the nearest name. */
typedef cornu_tensor *cornu_activation_function(cornu_tensor *x);
typedef struct cornu_activation_class {
    const char *name;
    cornu_activation_function *call;
} cornu_activation_class;
CORNU_API cornu_status cornu_activation_get(const char *name, cornu_activation_function **function);

/* ---- initializers, regularizers, constraints ------------------------------------------------- */
typedef struct cornu_initializer_class {
    CORNU_CLASS_MEMBERS;
    /* belongs to the scope */
    cornu_tensor *(*call)(cornu_initializer *self, cornu_shape shape, cornu_dtype dtype);
} cornu_initializer_class;
struct cornu_initializer {
    CORNU_OBJECT_MEMBERS(initializer);
};
typedef struct cornu_regularizer_class {
    CORNU_CLASS_MEMBERS;
    cornu_tensor *(*call)(cornu_regularizer *self, cornu_tensor *weight); /* scalar */
} cornu_regularizer_class;
struct cornu_regularizer {
    CORNU_OBJECT_MEMBERS(regularizer);
};
typedef struct cornu_constraint_class {
    CORNU_CLASS_MEMBERS;
    cornu_tensor *(*call)(cornu_constraint *self, cornu_tensor *weight); /* the projected weight */
} cornu_constraint_class;
struct cornu_constraint {
    CORNU_OBJECT_MEMBERS(constraint);
};

/* ---- losses ---------------------------------------------------------------------------------- */
typedef struct cornu_loss_class {
    CORNU_CLASS_MEMBERS;
    /* One value per sample (per everything but the reduced last axis); the base applies weights,
     * mask and reduction. y_true comes in y_pred's type unless `any_dtype`, and with a missing or
     * extra last axis of size 1 made equal, as Keras does (squeeze_or_expand). */
    cornu_tensor *(*call)(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred);
    /* (optional) Which of the values of `call` count (bool, of its shape); the others weigh
     * nothing, and means are over the rest. */
    cornu_tensor *(*mask)(cornu_loss *self, cornu_tensor *y_true, cornu_tensor *y_pred);
    bool any_dtype;
    /* (optional) NULL-ended: Keras' function and short names, "mse", "mean_squared_error" */
    const char *const *aliases;
} cornu_loss_class;
struct cornu_loss {
    CORNU_OBJECT_MEMBERS(loss);
    /* "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none" (or NULL) */
    const char *reduction;
    cornu_dtype dtype;
};
#define CORNU_LOSS_ARGS(args)                                                                      \
    CORNU_ARG(size_t, size_, sizeof(args));                                                        \
    CORNU_ARG(const char *, name, NULL);                                                           \
    CORNU_ARG(const char *, reduction, "sum_over_batch_size");                                     \
    CORNU_ARG(const char *, dtype, NULL)
#define CORNU_LOSS_DEFAULTS(args) .size_ = sizeof(args), .reduction = "sum_over_batch_size"
#define CORNU_LOSS_FIELDS(args)                                                                    \
    CORNU_FIELD(args, STRING, name), CORNU_FIELD(args, STRING, reduction),                         \
        CORNU_FIELD_OMITTED(args, STRING, dtype)

/* If the ranks differ by one and the longer shape ends in 1, drops that axis, or gives a vector
 * one, as Keras does before it compares targets with predictions or multiplies by weights. Other
 * ranks stay as they are. CORNU_OK unless an op failed. */
CORNU_API cornu_status cornu_match_ranks(cornu_tensor **a, cornu_tensor **b);

/* The loss of predictions [batch, ...]: a scalar, or one value per sample with reduction "none".
 * `y_true` has the shape of `y_pred`, or for sparse losses that without the last axis.
 * `sample_weight` (NULL: none) is [batch], [batch, 1], or one weight per value. Belongs to the
 * scope. CORNU_ESHAPE; CORNU_EINVAL (a label outside the classes). */
CORNU_API cornu_tensor *cornu_loss_call(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred
);
CORNU_API cornu_tensor *cornu_loss_call_weighted(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight
);
/* The object's name ("mean_squared_error"). */
CORNU_API const char *cornu_loss_name(const cornu_loss *loss);

/* ---- metrics --------------------------------------------------------------------------------- */
typedef struct cornu_metric_class {
    CORNU_CLASS_MEMBERS;
    /* Makes the state with cornu_metric_add_variable; called once, with the first update. */
    cornu_status (*build)(cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred);
    cornu_status (*update)(
        cornu_metric *self, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight
    );
    cornu_tensor *(*result)(cornu_metric *self); /* scalar or vector, belonging to the scope */
    cornu_status (*reset)(cornu_metric *self);   /* (optional) default: every variable to zero */
    const char *const *aliases;                  /* (optional) NULL-ended: "mae", "acc" */
    /* the result is the state itself, not computed from it: what fit shows for an epoch is then,
     * as in Keras, what validation has made of it since */
    bool result_is_state;
    /* a mean over the values of predictions: where these have a mask, it is part of the weights
     * (Keras: MeanMetricWrapper). Other metrics do not hear of masks. */
    bool masked_mean;
} cornu_metric_class;
struct cornu_metric {
    CORNU_OBJECT_MEMBERS(metric);
    cornu_dtype dtype;
    bool built;
    struct cornu_metric_state *state_;
};
#define CORNU_METRIC_ARGS(args)                                                                    \
    CORNU_ARG(size_t, size_, sizeof(args));                                                        \
    CORNU_ARG(const char *, name, NULL);                                                           \
    CORNU_ARG(const char *, dtype, NULL)
#define CORNU_METRIC_DEFAULTS(args) .size_ = sizeof(args), .dtype = "float32"
#define CORNU_METRIC_FIELDS(args) CORNU_FIELD(args, STRING, name), CORNU_FIELD(args, STRING, dtype)
/* Adds a state variable of zeros in the metric's type; *borrowed* from it. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_metric_add_variable(
    cornu_metric *self, const char *name, cornu_shape shape
);

/* Takes in a batch. `y_pred` is NULL for Mean and Sum, whose values are in `y_true`;
 * `sample_weight` may be NULL. CORNU_ESHAPE, CORNU_EDTYPE; CORNU_EINVAL (a label outside the
 * classes). */
CORNU_API cornu_status cornu_metric_update(
    cornu_metric *metric, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight
);
/* The value so far: a scalar, or a vector; belongs to the scope. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_metric_result(cornu_metric *metric);
/* Forgets what was taken in. */
CORNU_API cornu_status cornu_metric_reset(cornu_metric *metric);
CORNU_API const char *cornu_metric_name(const cornu_metric *metric);
CORNU_API cornu_tensor_list cornu_metric_variables(cornu_metric *metric); /* *borrowed* */

/* ---- optimizers and schedules ---------------------------------------------------------------- */
typedef struct cornu_optimizer_class {
    CORNU_CLASS_MEMBERS;
    /* Makes the slots of all variables, in the order in which they are saved (keras-file-formats:
     * "interleaved" or "by slot"). */
    cornu_status (*build)(cornu_optimizer *self, cornu_tensor_list variables);
    /* Applies one gradient to variable `index`: reads and assigns with ops. Clipping, weight decay,
     * EMA, accumulation and the count of iterations are the base's. `learning_rate` is a scalar of
     * the variable's type. */
    cornu_status (*update)(
        cornu_optimizer *self, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
        cornu_tensor *learning_rate
    );
    cornu_status (*finish)(cornu_optimizer *self); /* (optional) after all variables */
    const char *const *aliases;
    cornu_status (*begin)(cornu_optimizer *self);  /* (optional) before all variables */
    /* (optional) The weight decay of a variable, NAN for none; default: the argument. */
    double (*weight_decay)(const cornu_optimizer *self, const cornu_tensor *variable);
    /* (optional) An optimizer around others: the one of that index, borrowed; NULL past the last,
     * of which there are CORNU_INNER_MAX at most. It has `apply` in place of `update`, and shares
     * their variables after building them. */
    cornu_optimizer *(*inner)(const cornu_optimizer *self, size_t index);
    /* (optional) The whole step: clipping and all that is left to the inner optimizers. */
    cornu_status (*apply)(
        cornu_optimizer *self, cornu_tensor *const *gradients, cornu_tensor_list variables,
        cornu_constraint *const *constraints
    );
    /* (optional) What the loss is multiplied by before gradients are taken, a scalar. */
    cornu_tensor *(*loss_scale)(cornu_optimizer *self);
    /* an optimizer around others counts its steps itself; otherwise the first of them does */
    bool counts;
} cornu_optimizer_class;
enum { CORNU_INNER_MAX = 9 };
struct cornu_optimizer {
    CORNU_OBJECT_MEMBERS(optimizer);
    bool built;
    struct cornu_optimizer_state *state_;
};
/* Arguments of every optimizer, with Keras' defaults; learning_rate and weight_decay defaults
 * differ by class. */
#define CORNU_OPTIMIZER_ARGS(args, rate)                                                           \
    CORNU_ARG(size_t, size_, sizeof(args));                                                        \
    CORNU_ARG(double, learning_rate, rate);                                                        \
    /* taken; wins over learning_rate */                                                           \
    CORNU_ARG(cornu_schedule *, learning_rate_schedule, NULL);                                     \
    CORNU_ARG(double, weight_decay, NAN);                                                          \
    CORNU_ARG(double, clipnorm, NAN);                                                              \
    CORNU_ARG(double, clipvalue, NAN);                                                             \
    CORNU_ARG(double, global_clipnorm, NAN);                                                       \
    CORNU_ARG(bool, use_ema, false);                                                               \
    CORNU_ARG(double, ema_momentum, 0.99);                                                         \
    CORNU_ARG(int64_t, ema_overwrite_frequency, CORNU_NONE);                                       \
    CORNU_ARG(double, loss_scale_factor, NAN);                                                     \
    CORNU_ARG(int64_t, gradient_accumulation_steps, CORNU_NONE);                                   \
    CORNU_ARG(const char *, name, NULL)
#define CORNU_OPTIMIZER_DEFAULTS(args, rate) CORNU_OPTIMIZER_DEFAULTS_DECAYING(args, rate, NAN)
#define CORNU_OPTIMIZER_DEFAULTS_DECAYING(args, rate, decay)                                       \
    .size_ = sizeof(args), .learning_rate = (rate), .weight_decay = (decay), .clipnorm = NAN,      \
    .clipvalue = NAN,                                                                              \
    .global_clipnorm = NAN, .ema_momentum = 0.99, .ema_overwrite_frequency = CORNU_NONE,           \
    .loss_scale_factor = NAN,                                                                      \
    .gradient_accumulation_steps = CORNU_NONE
#define CORNU_OPTIMIZER_FIELDS(args)                                                               \
    CORNU_FIELD(args, STRING, name), CORNU_FIELD(args, FLOAT, learning_rate),                      \
        CORNU_FIELD(args, SCHEDULE, learning_rate_schedule),                                       \
        CORNU_FIELD(args, FLOAT, weight_decay), CORNU_FIELD(args, FLOAT, clipnorm),                \
        CORNU_FIELD(args, FLOAT, global_clipnorm), CORNU_FIELD(args, FLOAT, clipvalue),            \
        CORNU_FIELD(args, BOOL, use_ema), CORNU_FIELD(args, FLOAT, ema_momentum),                  \
        CORNU_FIELD(args, INT, ema_overwrite_frequency),                                           \
        CORNU_FIELD(args, FLOAT, loss_scale_factor),                                               \
        CORNU_FIELD(args, INT, gradient_accumulation_steps)
/* Adds a slot of zeros like `variable`; *borrowed*. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_optimizer_add_slot(
    cornu_optimizer *self, cornu_tensor *variable, const char *name
);
/* Adds a state variable of its own shape, filled with `initial`, float32 or of another type;
 * *borrowed*. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_optimizer_add_variable(
    cornu_optimizer *self, const char *name, cornu_shape shape, double initial
);
CORNU_API cornu_tensor *cornu_optimizer_add_typed(
    cornu_optimizer *self, const char *name, cornu_dtype dtype, cornu_shape shape, double initial
);
/* Adds a slot that begins with the value that `variable` has now. */
CORNU_API cornu_tensor *cornu_optimizer_add_copy(
    cornu_optimizer *self, cornu_tensor *variable, const char *name
);
/* For an optimizer around another: makes the slots of the inner one, and adds its variables to the
 * own list, which is how they are saved. Scaling the loss is the outer one's from now on. */
CORNU_API cornu_status cornu_optimizer_build_inner(
    cornu_optimizer *self, cornu_optimizer *inner, cornu_tensor_list variables
);
/* The number of batches so far, an int32 scalar variable; *borrowed*. */
CORNU_API cornu_tensor *cornu_optimizer_iterations(cornu_optimizer *self);
/* The number of updates so far: the same, unless gradients are accumulated over several batches.
 * Belongs to the scope. */
CORNU_API cornu_tensor *cornu_optimizer_updates(cornu_optimizer *self);

/* One step: variables[i] moves against gradients[i] (NULL: it stays). The first call makes the
 * slots; later calls must name the same variables (CORNU_ESTATE). CORNU_ESHAPE names a gradient
 * that does not fit. */
CORNU_API cornu_status cornu_optimizer_apply(
    cornu_optimizer *optimizer, cornu_tensor *const *gradients, cornu_tensor_list variables
);
/* The same, and then what constraints[i] (NULL: nothing) makes of each variable. */
CORNU_API cornu_status cornu_optimizer_apply_constrained(
    cornu_optimizer *optimizer, cornu_tensor *const *gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints
);
/* Variables that are in the list, or in whose name ("bias") one of the texts, regular expressions,
 * is found, get no weight decay; replaces what an earlier call said. CORNU_ESTATE once a step was
 * taken, CORNU_EINVAL for a text that is no pattern. */
CORNU_API cornu_status cornu_optimizer_exclude_from_weight_decay(
    cornu_optimizer *optimizer, cornu_tensor_list variables, cornu_texts names
);
/* With use_ema, the variables become their averages, which fit does after its last epoch. */
CORNU_API cornu_status cornu_optimizer_finalize_variable_values(cornu_optimizer *optimizer);
/* The learning rate now (of the schedule, if there is one), and setting it (CORNU_ESTATE with a
 * schedule). */
CORNU_API double cornu_optimizer_learning_rate(cornu_optimizer *optimizer);
CORNU_API cornu_status
cornu_optimizer_set_learning_rate(cornu_optimizer *optimizer, double learning_rate);
/* With use_ema: variables and their moving averages change places; or the averages begin anew from
 * the variables. Optimizers inside others are reached. CORNU_ESTATE if there are no averages. */
CORNU_API cornu_status cornu_optimizer_swap_averages(cornu_optimizer *optimizer);
CORNU_API cornu_status cornu_optimizer_reset_averages(cornu_optimizer *optimizer);
/* State variables in the order in which Keras saves them; *borrowed*. */
CORNU_API cornu_tensor_list cornu_optimizer_variables(cornu_optimizer *optimizer);
CORNU_API const char *cornu_optimizer_name(const cornu_optimizer *optimizer);

typedef struct cornu_schedule_class {
    CORNU_CLASS_MEMBERS;
    cornu_tensor *(*call)(cornu_schedule *self, cornu_tensor *step); /* float32 scalar */
} cornu_schedule_class;
struct cornu_schedule {
    CORNU_OBJECT_MEMBERS(schedule);
};
/* The rate at a step, a float32 scalar that belongs to the scope. */
CORNU_API cornu_tensor *cornu_schedule_call(cornu_schedule *schedule, int64_t step);

/* ---- callbacks ------------------------------------------------------------------------------- */
/* Where fit stands between two steps, or between two epochs. */
typedef struct cornu_pause {
    int64_t epoch;    /* of the batch that has just ended, from 0 */
    int64_t batches;  /* of this epoch that are done */
    bool epoch_ended; /* validation is done, the history has its entry */
    bool interrupted; /* a signal ends fit here (cornu_stop_on_signals) */
} cornu_pause;

typedef struct cornu_callback_class {
    CORNU_CLASS_MEMBERS;
    /* All optional. `logs` may be read and added to. A failed status stops fit with that error; to
     * stop without one, call cornu_model_stop_training. */
    cornu_status (*on_train_begin)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_train_end)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_epoch_begin)(
        cornu_callback *self, cornu_model *model, int64_t epoch, cornu_logs *logs
    );
    cornu_status (*on_epoch_end)(
        cornu_callback *self, cornu_model *model, int64_t epoch, cornu_logs *logs
    );
    cornu_status (*on_train_batch_begin)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_train_batch_end)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_test_begin)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_test_end)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_test_batch_begin)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_test_batch_end)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_predict_begin)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_predict_end)(cornu_callback *self, cornu_model *model, cornu_logs *logs);
    cornu_status (*on_predict_batch_begin)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    cornu_status (*on_predict_batch_end)(
        cornu_callback *self, cornu_model *model, int64_t batch, cornu_logs *logs
    );
    /* Whether this object reads the logs that on_train_batch_end and on_test_batch_end are called
     * with: they are computed only for those who do. NULL: whoever has the hooks does. */
    bool (*reads_batches)(const cornu_callback *self);
    /* What the object has learned since on_train_begin, and taking it back in another process, for
     * runs that are kept (state.h). The keys are the object's own. */
    cornu_status (*save_state)(cornu_callback *self, cornu_state *state);
    cornu_status (*load_state)(cornu_callback *self, cornu_state *state);
    /* fit begins; all callbacks have had their on_train_begin. The only place for
     * cornu_run_continue. */
    cornu_status (*on_run_begin)(cornu_callback *self, cornu_run *run);
    /* Between two steps, once all callbacks have heard of the end of the batch or of the epoch: the
     * moment for cornu_run_keep. */
    cornu_status (*on_pause)(cornu_callback *self, cornu_run *run, const cornu_pause *pause);
} cornu_callback_class;
struct cornu_callback {
    CORNU_OBJECT_MEMBERS(callback);
};

/* ---- makers and registries, alike for all families ------------------------------------------- */
/* cornu_<family>_create(class, args): *new*, objects in args taken. cornu_<family>_get(name):
 * *new*, from Keras' class name, function name or alias, with default arguments (CORNU_EUNKNOWN
 * proposes the nearest). cornu_<family>_from_json(text): from Keras' serialised object.
 * cornu_register_<family>(class): makes a class known by its name; kept by reference, so it must be
 * constant; CORNU_EINVAL if the name is taken. _retain adds a reference, _free drops one. */
#define CORNU_FAMILY_(family)                                                                      \
    CORNU_API cornu_##family *cornu_##family##_create(const cornu_##family##_class *cls,           \
    const void *args);                                                                             \
    CORNU_API cornu_##family *cornu_##family##_get(const char *name);                              \
    CORNU_API cornu_##family *cornu_##family##_from_json(const char *json);                        \
    CORNU_API cornu_##family *cornu_##family##_retain(cornu_##family *object);                     \
    CORNU_API void cornu_##family##_free(cornu_##family *object);                                  \
    CORNU_API cornu_status cornu_register_##family(const cornu_##family##_class *cls);
CORNU_FAMILY_(loss)
CORNU_FAMILY_(metric)
CORNU_FAMILY_(optimizer)
CORNU_FAMILY_(schedule)
CORNU_FAMILY_(callback)
CORNU_FAMILY_(initializer)
CORNU_FAMILY_(regularizer)
CORNU_FAMILY_(constraint)
CORNU_API cornu_layer *cornu_layer_from_json(const char *json);
CORNU_API cornu_status cornu_register_layer(const cornu_layer_class *cls);
CORNU_API cornu_status cornu_register_activation(const cornu_activation_class *cls);

/* Built-in classes: one per line start, collected by the build (the scan looks for
 * ^CORNU_<FAMILY>_CLASS(name)). */
#define CORNU_LAYER_CLASS(class_name) const cornu_layer_class cornu_layer_##class_name##_class =
#define CORNU_LOSS_CLASS(class_name) const cornu_loss_class cornu_loss_##class_name##_class =
#define CORNU_METRIC_CLASS(class_name) const cornu_metric_class cornu_metric_##class_name##_class =
#define CORNU_OPTIMIZER_CLASS(class_name)                                                          \
    const cornu_optimizer_class cornu_optimizer_##class_name##_class =
#define CORNU_SCHEDULE_CLASS(class_name)                                                           \
    const cornu_schedule_class cornu_schedule_##class_name##_class =
#define CORNU_CALLBACK_CLASS(class_name)                                                           \
    const cornu_callback_class cornu_callback_##class_name##_class =
#define CORNU_INITIALIZER_CLASS(class_name)                                                        \
    const cornu_initializer_class cornu_initializer_##class_name##_class =
#define CORNU_REGULARIZER_CLASS(class_name)                                                        \
    const cornu_regularizer_class cornu_regularizer_##class_name##_class =
#define CORNU_CONSTRAINT_CLASS(class_name)                                                         \
    const cornu_constraint_class cornu_constraint_##class_name##_class =
#define CORNU_ACTIVATION_CLASS(class_name)                                                         \
    const cornu_activation_class cornu_activation_##class_name##_class =

#ifdef __cplusplus
}
#endif
#endif
