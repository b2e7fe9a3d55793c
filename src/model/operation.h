/* Operations of keras.ops as calls in a functional graph: their classes, and what a class sees of
 * the call that it computes. */
#ifndef CORNU_MODEL_OPERATION_H
#define CORNU_MODEL_OPERATION_H

#include "ops/symbolic.h"
#include "model/graph.h"

typedef struct cornu_operation {
    cornu_layer base;
    cJSON *config; /* as in the file */
} cornu_operation;

/* One call of an operation. Its arguments stand, as Keras has it, in the call or in the config. */
typedef struct cornu_operation_call {
    const cJSON *args, *kwargs, *config;
    cornu_tensor *const *inputs;
    const cornu_call_context *context;
} cornu_operation_call;

/* A layer class, so that graphs need not tell operations from layers. One of the functions. */
typedef struct cornu_operation_class {
    cornu_layer_class layer; /* first */
    const char *module;      /* "numpy" of keras.src.ops.numpy */
    cornu_tensor *(*unary)(cornu_tensor *x);
    cornu_tensor *(*binary)(cornu_tensor *a, cornu_tensor *b);
    cornu_tensor *(*reduce)(const cornu_op_reduce_args *args);
    cornu_tensor *(*compute)(const cornu_operation_call *call);
} cornu_operation_class;

extern const cornu_operation_class cornu_operation_classes_[];
extern const size_t cornu_operation_class_count_;

/* ---- operation.c: what the classes' structs begin with ---- */
void cornu_operation_destroy_(void *object);
cornu_tensor *cornu_operation_compute_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
);

/* ---- symbolic_op.c: ops on symbolic tensors ---- */
cornu_tensor *cornu_record_symbolic_op_(const cornu_symbolic_op *op);

/* ---- arguments of a call: by position, or by name ---- */
/* The JSON of an argument, NULL if it is not given or null. */
const cJSON *cornu_operation_value_(
    const cornu_operation_call *call, int position, const char *name
);
/* As a tensor: one of the inputs, a number, or an array in the file. NULL with an error pending. */
cornu_tensor *cornu_operation_tensor_(
    const cornu_operation_call *call, int position, const char *name
);
/* A list of tensors; at most `room`. */
cornu_status cornu_operation_tensors_(
    const cornu_operation_call *call, int position, const char *name, cornu_tensor **tensors,
    size_t room, size_t *count
);
/* The next four leave *value alone if the argument is not given. */
cornu_status cornu_operation_int_(
    const cornu_operation_call *call, int position, const char *name, int64_t *value
);
cornu_status cornu_operation_number_(
    const cornu_operation_call *call, int position, const char *name, double *value
);
cornu_status cornu_operation_bool_(
    const cornu_operation_call *call, int position, const char *name, bool *value
);
/* An integer or a list of them; null in a list is -1. */
cornu_status cornu_operation_sizes_(
    const cornu_operation_call *call, int position, const char *name, cornu_shape *value
);
cornu_status cornu_operation_axes_(
    const cornu_operation_call *call, int position, const char *name, cornu_axes *value
);

#endif
