/* Operations of keras.ops as calls in a functional graph: their classes, and what a class sees of
 * the call that it computes. */
#ifndef CORNU_MODEL_OPERATION_H
#define CORNU_MODEL_OPERATION_H

#include "ops/symbolic.h"
#include "model/graph.h"

typedef struct cornu_operation {
    cornu_layer base;
    cJSON *config; /* as in the file */
    size_t outputs; /* of a call; 0 until cornu_operation_settle_ has seen the inputs */
} cornu_operation;

/* The arguments that a class has looked at. What it has not looked at, it would ignore. */
typedef struct cornu_operation_asked {
    const char *names[16];
    int count, positions; /* one more than the last position */
} cornu_operation_asked;

/* One call of an operation. Its arguments stand, as Keras has it, in the call or in the config. */
typedef struct cornu_operation_call {
    const cJSON *args, *kwargs, *config;
    cornu_tensor *const *inputs;
    const cornu_call_context *context;
    cornu_operation_asked *asked;
} cornu_operation_call;

/* A layer class, so that graphs need not tell operations from layers. One of the functions; with
 * `many`, `outputs` says how many there are: of the config and the first input. */
typedef struct cornu_operation_class {
    cornu_layer_class layer; /* first */
    const char *module;      /* "numpy" of keras.src.ops.numpy */
    cornu_tensor *(*unary)(cornu_tensor *x);
    cornu_tensor *(*binary)(cornu_tensor *a, cornu_tensor *b);
    cornu_tensor *(*reduce)(const cornu_op_reduce_args *args);
    cornu_tensor *(*compute)(const cornu_operation_call *call);
    cornu_status (*many)(const cornu_operation_call *call, cornu_tensor **outputs, size_t count);
    size_t (*outputs)(const cJSON *config, cornu_tensor_list inputs);
} cornu_operation_class;

/* An entry of such a table. `kind` is the function's member. */
#define CORNU_OPERATION_(class_name, file, kind, function)                                         \
    {.layer = {.name = #class_name, .size = sizeof(cornu_operation),                               \
               .destroy = cornu_operation_destroy_, .call = cornu_operation_compute_,              \
               .any_dtype = true},                                                                 \
     .module = #file, .kind = function}
#define CORNU_OPERATION_MANY_(class_name, file, function, count)                                   \
    {.layer = {.name = #class_name, .size = sizeof(cornu_operation),                               \
               .destroy = cornu_operation_destroy_, .call_many = cornu_operation_compute_many_,    \
               .output_count = cornu_operation_output_count_, .any_dtype = true},                  \
     .module = #file, .many = function, .outputs = count}

/* ---- operations_*.c: the tables, each ended by an entry without a name ---- */
extern const cornu_operation_class cornu_operations_elementwise_[];
extern const cornu_operation_class cornu_operations_reduce_[];
extern const cornu_operation_class cornu_operations_shape_[];
extern const cornu_operation_class cornu_operations_index_[];
extern const cornu_operation_class cornu_operations_order_[];
extern const cornu_operation_class cornu_operations_product_[];
extern const cornu_operation_class cornu_operations_nn_[];
extern const cornu_operation_class cornu_operations_image_[];
extern const cornu_operation_class cornu_operations_blocks_[];
extern const cornu_operation_class cornu_operations_fourier_[];
extern const cornu_operation_class cornu_operations_scatter_[];
extern const cornu_operation_class cornu_operations_nan_[];
extern const cornu_operation_class cornu_operations_linalg_[];
extern const cornu_operation_class cornu_operations_bits_[];
extern const cornu_operation_class cornu_operations_numeric_[];
extern const cornu_operation_class cornu_operations_ctc_[];
extern const cornu_operation_class cornu_operations_refused_[];
/* NULL if there is none. */
const cornu_operation_class *cornu_operation_find_(
    bool (*fits)(const cornu_operation_class *cls, const char *name), const char *name
);

/* ---- operation.c: what the classes' structs begin with ---- */
void cornu_operation_destroy_(void *object);
cornu_tensor *cornu_operation_compute_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
);
cornu_status cornu_operation_compute_many_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);
size_t cornu_operation_output_count_(const cornu_layer *self, const cornu_config *kwargs);

/* ---- symbolic_op.c: ops on symbolic tensors ---- */
cornu_tensor *cornu_record_symbolic_op_(const cornu_symbolic_op *op);

/* ---- operation_arguments.c: by position in the call, or by name ---- */
/* An argument that Keras' class takes when it is made, and the config holds. */
enum { CORNU_SETTING = -1 };
/* The JSON of an argument, NULL if it is not given or null. */
const cJSON *cornu_operation_value_(
    const cornu_operation_call *call, int position, const char *name
);
/* As a tensor: one of the inputs, a number, or an array in the file. NULL with an error pending. */
cornu_tensor *cornu_operation_tensor_(
    const cornu_operation_call *call, int position, const char *name
);
/* The first argument. */
cornu_tensor *cornu_operation_x_(const cornu_operation_call *call);
/* *tensor is NULL if the argument is not given. */
cornu_status cornu_operation_optional_(
    const cornu_operation_call *call, int position, const char *name, cornu_tensor **tensor
);
/* A list of tensors; at most `room`. */
cornu_status cornu_operation_tensors_(
    const cornu_operation_call *call, int position, const char *name, cornu_tensor **tensors,
    size_t room, size_t *count
);
/* The next leave *value alone if the argument is not given. */
cornu_status cornu_operation_int_(
    const cornu_operation_call *call, int position, const char *name, int64_t *value
);
cornu_status cornu_operation_number_(
    const cornu_operation_call *call, int position, const char *name, double *value
);
cornu_status cornu_operation_bool_(
    const cornu_operation_call *call, int position, const char *name, bool *value
);
cornu_status cornu_operation_text_(
    const cornu_operation_call *call, const char *name, const char **value
);
cornu_status cornu_operation_dtype_(
    const cornu_operation_call *call, const char *name, cornu_dtype *value
);
/* An integer or a list of them; null in a list is -1. */
cornu_status cornu_operation_sizes_(
    const cornu_operation_call *call, int position, const char *name, cornu_shape *value
);
cornu_status cornu_operation_axes_(
    const cornu_operation_call *call, int position, const char *name, cornu_axes *value
);
/* One axis, CORNU_NONE for none. */
cornu_status cornu_operation_axis_(
    const cornu_operation_call *call, const char *name, int64_t *value
);
cornu_status cornu_operation_window_(
    const cornu_operation_call *call, const char *name, cornu_window *value
);
/* CORNU_EUNSUPPORTED if a setting that is false by default is true. */
cornu_status cornu_operation_refuse_(const cornu_operation_call *call, const char *name);
/* CORNU_EUNSUPPORTED names an argument of the call that nobody has looked at. */
cornu_status cornu_operation_all_asked_(const cornu_operation_call *call);

/* ---- operations_shape.c: what others need as well ---- */
cornu_tensor *cornu_flat_(cornu_tensor *x);
/* x[start:stop] along an axis that may be negative. */
cornu_tensor *cornu_part_(cornu_tensor *x, int axis, int64_t start, int64_t stop);
/* The axes moved to the end and made one. */
cornu_tensor *cornu_axes_to_end_(cornu_tensor *x, const cornu_axes *axes);
/* The shape of a reduction over the axes (all, if there are none) that keeps them with size 1. */
cornu_shape cornu_kept_shape_(cornu_tensor *x, const cornu_axes *axes);

#endif
