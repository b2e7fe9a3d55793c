/* Writing ONNX: a graph under construction and words to add to it.
 *
 * Functions that add something return the name of its value, which lives as long as the builder.
 * After a failure, which the builder keeps, they do nothing and return "". */
#ifndef CORNU_EXPORT_ONNX_H
#define CORNU_EXPORT_ONNX_H

#include "export/export.h"
#include <onnx.pb-c.h> /* generated of onnx.proto */

/* What is freed all at once. */
typedef struct cornu_onnx_pool {
    void **blocks;
    size_t count, capacity;
} cornu_onnx_pool;

typedef struct cornu_onnx {
    cornu_status status;
    cornu_onnx_pool *pool;
    Onnx__GraphProto graph;
    size_t node_capacity, initializer_capacity, input_capacity, output_capacity;
    unsigned serial; /* of names made up */
    /* the prediction for two batch sizes: sizes that differ depend on the batch. `other` is NULL if
     * the batch size is fixed */
    const cornu_graph *traced, *other;
    const char **names; /* [values] */
    const char *batch;  /* int64 [1], the number of samples; NULL until somebody asks */
} cornu_onnx;

/* The batch sizes of the two traces. */
enum { CORNU_ONNX_BATCH = 2, CORNU_ONNX_OTHER_BATCH = 3 };

/* ---- onnx_build.c ---- */
void *cornu_onnx_alloc_(cornu_onnx *onnx, size_t count, size_t size);
const char *cornu_onnx_name_(cornu_onnx *onnx, const char *format, ...) CORNU_PRINTF_(2, 3);
/* Adds a node with one output, called `output` or, for NULL, by a name made up. */
const char *cornu_onnx_add_(
    cornu_onnx *onnx, const char *op, const char *output, const char *const *inputs, size_t count
);
/* The same with the inputs listed. */
#define CORNU_ONNX_OP_(onnx, op, output, ...)                                                      \
    cornu_onnx_add_(                                                                               \
        onnx, op, output, (const char *const[]){__VA_ARGS__},                                      \
        sizeof((const char *const[]){__VA_ARGS__}) / sizeof(const char *)                          \
    )
/* Further outputs and attributes of the node that was added last. */
const char *cornu_onnx_output_(cornu_onnx *onnx);
void cornu_onnx_int_(cornu_onnx *onnx, const char *name, int64_t value);
void cornu_onnx_ints_(cornu_onnx *onnx, const char *name, const int64_t *values, size_t count);
void cornu_onnx_tensor_(cornu_onnx *onnx, const char *name, cornu_dtype dtype, const void *value);
void cornu_onnx_subgraph_(cornu_onnx *onnx, const char *name, Onnx__GraphProto *graph);
/* Constants: `bytes` are copied; of a tensor, borrowed until the file is written. */
const char *cornu_onnx_int64s_(cornu_onnx *onnx, const int64_t *values, size_t count);
const char *cornu_onnx_number_(cornu_onnx *onnx, cornu_dtype dtype, double value); /* a scalar */
void cornu_onnx_initializer_(
    cornu_onnx *onnx, const char *name, const cornu_tensor *tensor
);
/* Declares an input or output of the graph; sizes below 0 are the batch. */
void cornu_onnx_declare_(
    cornu_onnx *onnx, bool output, const char *name, cornu_dtype dtype, const cornu_shape *shape
);
int cornu_onnx_dtype_(cornu_dtype dtype);
/* int64 [rank] of the sizes in the two traces, some of which may depend on the batch.
 * CORNU_EUNSUPPORTED if one is no multiple of it. */
const char *cornu_onnx_sizes_(
    cornu_onnx *onnx, const int64_t *sizes, const int64_t *other, int count
);
void cornu_onnx_fail_(cornu_onnx *onnx, const char *what);

/* ---- onnx_ops.c, onnx_window.c, onnx_recurrent.c ---- */
/* One op of the trace, as it is for both batch sizes. */
typedef struct cornu_onnx_op {
    const cornu_graph_node *node;
    const cornu_attrs *attrs, *other; /* the same where the batch size is fixed */
    const char *inputs[2 * CORNU_MAX_RANK];
    const cornu_tensor *in[2 * CORNU_MAX_RANK], *out; /* types and shapes */
    const cornu_tensor *other_in[2 * CORNU_MAX_RANK], *other_out;
    const char *const *all_inputs; /* however many */
    const char *output;            /* the name that the result is to have */
} cornu_onnx_op;
typedef void cornu_onnx_writer(cornu_onnx *onnx, const cornu_onnx_op *op);
cornu_onnx_writer cornu_onnx_write_, cornu_onnx_conv_, cornu_onnx_conv_input_,
    cornu_onnx_max_pool_, cornu_onnx_average_pool_, cornu_onnx_lstm_, cornu_onnx_gru_;

#endif
