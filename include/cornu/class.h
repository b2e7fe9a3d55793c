/* What all classes have in common, whatever they are: their configs, the tables of their arguments,
 * the members that their structs begin with.
 *
 * The arguments of an object live in a struct inside it. A table of fields says what is in that
 * struct; from it the library copies arguments, checks them, and reads and writes configs as Keras
 * does. What the table cannot say goes through get_config and from_config of the class.
 *
 * Example, a layer's table of two arguments (extend.h shows the whole of such a class):
 *
 *     #include <cornu/cornu.h>
 *
 *     typedef struct {
 *         CORNU_LAYER_ARGS(scale_args);
 *         CORNU_ARG(double, factor, 1);
 *         CORNU_ARG(cornu_floats, limits, {});
 *     } scale_args;
 *
 *     static const cornu_field fields[] = {
 *         CORNU_LAYER_FIELDS(scale_args),
 *         CORNU_FIELD(scale_args, FLOAT, factor),
 *         CORNU_FIELD(scale_args, FLOATS, limits),
 *     };
 *
 *     int main(void) {
 *         return sizeof fields / sizeof *fields == 5 ? 0 : 1;
 *     }
 */
#ifndef CORNU_CLASS_H
#define CORNU_CLASS_H

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
/* Numbers of several axes as nested lists, [[1.0, 2.0], [3.0, 4.0]]; rank 0 is a single number.
 * Getting also takes what Keras writes of a NumPy array, and gives *new* memory (cornu_free), or
 * leaves both alone for null. CORNU_EINVAL for lists of uneven lengths. */
CORNU_API cornu_status cornu_config_set_array(
    cornu_config *config, const char *key, const cornu_shape *shape, const double *values
);
CORNU_API cornu_status cornu_config_get_array(
    const cornu_config *config, const char *key, cornu_shape *shape, double **values
);
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
/* A loss as Keras notes the function it is made of: the name of the function under the key, and its
 * arguments as members of their own. */
CORNU_API cornu_status
cornu_config_set_loss_function(cornu_config *config, const char *key, const cornu_loss *loss);
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
    /* cornu_floats, copied; a number in a config is a list of one. Beside a FLOAT field of the name
     * without "s" it takes a list that stands in its place: "alphas" beside "alpha" */
    CORNU_FIELD_FLOATS,
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
    /* (optional) Keras' module of a class that is in none of its public ones */                   \
    const char *module;                                                                            \
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

#ifdef __cplusplus
}
#endif
#endif
