/* Ops: a name with rules hung on it, and cornu_emit_, the one door through which every op of the
 * library goes.
 *
 * An op knows its shape rule (infer), which kernel computes it (describe) and its derivative (vjp,
 * written in ops). What happens when an op is emitted depends on its inputs alone: tensors with
 * values are computed at once through the current backend; abstract ones (no values) only get a
 * shape. Recorders (tapes) see both. */
#ifndef CORNU_GRAPH_OP_H
#define CORNU_GRAPH_OP_H

#include "backend/kernel.h"
#include "graph/origin.h"
#include "tensor/tensor.h"

/* A list of axes. In a reduction count 0 means all axes. */
typedef struct cornu_axis_list {
    int count;
    int axis[CORNU_MAX_RANK];
} cornu_axis_list;

/* The settings of an op, one struct for all ops, so that nodes can be compared, hashed and printed
 * without knowing them. Unused members are zero. */
typedef struct cornu_attrs {
    cornu_shape shape;             /* of the result: reshape, full, random, slice's extent, ... */
    cornu_axis_list axes;          /* of a reduction, a permutation, ...; never negative here */
    int64_t start[CORNU_MAX_RANK]; /* slice: first index; pad: elements before */
    int64_t step[CORNU_MAX_RANK];  /* slice: step; pad: elements after */
    cornu_stencil stencil;         /* convolution, pooling */
    double value[4];               /* scalars: fill values, bounds, distribution parameters */
    int64_t count; /* sizes and offsets that are not axes: one_hot's depth, eye's diagonal, ... */
    cornu_dtype dtype; /* the result's type, where the op chooses it */
    int code;          /* which member of a family: cornu_random_code, padding mode, ... */
    bool keepdims, transpose_a, transpose_b, reverse, exclusive, flag;
} cornu_attrs;

bool cornu_attrs_equal_(const cornu_attrs *a, const cornu_attrs *b);

typedef struct cornu_op_class cornu_op_class;
struct cornu_graph;

/* One application of an op. Inputs are the values that were read (aliases: a later assignment does
 * not change them). */
typedef struct cornu_node {
    const cornu_op_class *op;
    int input_count;
    cornu_tensor **inputs;
    cornu_tensor *out;
    cornu_attrs attrs;
    cornu_origin origin; /* of a node that is traced; otherwise unknown */
    uint64_t skip; /* for vjp: bit i set: nobody asks for the gradient of input i, which need not be
                      computed */
} cornu_node;

/* What a result will be. */
typedef struct cornu_spec {
    cornu_dtype dtype;
    cornu_shape shape;
} cornu_spec;

enum {
    CORNU_OP_ELEMENTWISE = 1, /* every output element depends on the broadcast input elements only;
                                 `code` is its cornu_ew_code */
    CORNU_OP_REDUCTION = 2,
    /* the elements of the input in order, or the first of them: shares its buffer, no kernel */
    CORNU_OP_VIEW = 4,
    CORNU_OP_RANDOM = 8,
    CORNU_OP_SMOOTH = 16,     /* has a second derivative worth testing */
    CORNU_OP_NO_GRADIENT = 32, /* no derivative exists (comparisons, argmax): gradients stop here */
    /* repeats its input as NumPy broadcasts: an elementwise reader can do without it */
    CORNU_OP_BROADCAST = 64,
    /* not ELEMENTWISE, but its kernel is an elementwise program that can be spliced into another */
    CORNU_OP_FUSIBLE = 128,
    /* its kernel, a MATMUL, may take the program of what reads its result */
    CORNU_OP_PRODUCT = 256,
    /* row i of the result, along axis 0, is made of row i of input 0 (and of further inputs like
     * the result), and of all of the other inputs; with 2 axes or more */
    CORNU_OP_BY_ROW = 512,
    /* puts zeros behind its input's elements; a reader with TAKES_FRONT can do without them */
    CORNU_OP_LENGTHENS = 1024,
    CORNU_OP_TAKES_FRONT = 2048
};

/* Room in which `describe` writes a kernel's description. */
typedef struct cornu_kernel_request {
    cornu_kernel_desc desc;  /* points to the arrays below or to memory that lives as long */
    cornu_operand *operands; /* input_count + 1 of them, prepared: dense, of the tensors' types and
                                shapes, output last */
    cornu_move *moves;       /* input_count of them, zeroed (MOVE only) */
    cornu_ew_instruction program[4]; /* enough for an op of its own */
} cornu_kernel_request;

/* Samples: inputs and settings on which the test loop over the table exercises the op. `index`
 * counts from 0; returns false past the last. Makes inputs (belonging to the scope; float64, away
 * from kinks) and attrs. */
typedef bool
cornu_op_samples(int index, cornu_attrs *attrs, cornu_tensor **inputs, int *input_count);
enum { CORNU_SAMPLE_INPUTS = 8 };

typedef cornu_status
cornu_infer_rule(cornu_attrs *attrs, cornu_tensor *const *inputs, int input_count, cornu_spec *out);

struct cornu_op_class {
    const char *name; /* as in keras.ops */
    int inputs;       /* -1: any number, at least 1 */
    unsigned flags;
    int code; /* ELEMENTWISE: cornu_ew_code */
    /* Checks inputs and settings, says what comes out; may complete attrs (resolve an axis). Shapes
     * are concrete. */
    cornu_infer_rule *infer;
    /* (optional for VIEW and ELEMENTWISE, which have a default) Fills request->desc. */
    cornu_status (*describe)(const cornu_node *node, cornu_kernel_request *request);
    /* (optional: no gradient) Sets dx[i], the gradient with respect to input i, from dy, the
     * gradient with respect to out. dx[i] comes in NULL and may stay so (no gradient for that
     * input). Shapes must be those of the inputs. Only calls ops. */
    void (*vjp)(const cornu_node *node, cornu_tensor *dy, cornu_tensor **dx);
    cornu_op_samples *samples;
    /* (optional) May take over what node `reader`, the only reader of node `node`, does with its
     * result; does nothing where it cannot. */
    cornu_status (*absorb)(struct cornu_graph *graph, size_t node, size_t reader);
};

/* Defines an op; the build collects these into cornu_op_table_. One per line start: the scan looks
 * for ^CORNU_OP(name). */
#define CORNU_OP(op_name) const cornu_op_class cornu_op_class_##op_name##_ =
#define CORNU_OP_DECLARE(op_name) extern const cornu_op_class cornu_op_class_##op_name##_
extern const cornu_op_class *const cornu_op_table_[];
extern const size_t cornu_op_table_count_;

/* Applies an op. Returns the result, which belongs to the innermost scope, or NULL with an error. A
 * NULL among the inputs returns NULL and keeps the error of whoever failed to make it. `attrs`
 * NULL: all zero. */
cornu_tensor *cornu_emit_(
    const cornu_op_class *op, const cornu_attrs *attrs, cornu_tensor *const *inputs, int input_count
);

/* Abstract tracing: while it is on, every op of the thread gives an abstract result, whatever its
 * inputs, and computes nothing (shape inference of layers). Pairs nest. `suspend` turns it off and
 * returns what `resume` wants back: weights that are made on the way need values. */
void cornu_trace_abstract_begin_(void);
void cornu_trace_abstract_end_(void);
bool cornu_trace_is_abstract_(void);
int cornu_trace_abstract_suspend_(void);
void cornu_trace_abstract_resume_(int depth);

/* Shape rules and descriptions shared by families. Their messages do not name the op: cornu_emit_
 * does. */
cornu_status cornu_infer_same_(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
); /* of input 0 */
cornu_status cornu_infer_broadcast_(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
); /* NumPy; type of input 0 */
cornu_status cornu_infer_predicate_(
    cornu_attrs *attrs, cornu_tensor *const *inputs, int n, cornu_spec *out
); /* broadcast; bool */
cornu_status cornu_broadcast_shapes_(
    const cornu_shape *a, const cornu_shape *b, cornu_shape *out, const char *what
);
/* Operands broadcast to the output, program of one instruction `op->code`, compute type from the
 * operands. */
/* by the op's describe, or the default */
cornu_status cornu_describe_(const cornu_node *node, cornu_kernel_request *request);
/* A dense tensor of `shape` read as one of the shape `out`, to which it broadcasts. */
cornu_operand cornu_operand_broadcast_(
    cornu_dtype dtype, const cornu_shape *shape, const cornu_shape *out
);
/* Leaves out axes of size 1 and merges neighbours where all operands allow it; all have the same
 * dims. */
void cornu_operands_merge_axes_(cornu_operand *operands, int count);
cornu_status cornu_describe_elementwise_(const cornu_node *node, cornu_kernel_request *request);
/* Turns an axis that may be negative into one of 0 .. rank-1; CORNU_EINVAL names `what`. */
cornu_status cornu_axis_resolve_(int axis, int rank, const char *what, int *resolved);

/* Recorders see every op as it is emitted. A thread has a stack of them, innermost last; each
 * decides for itself. */
typedef struct cornu_recorder cornu_recorder;
struct cornu_recorder {
    cornu_recorder *outer;
    bool paused;
    /* `node` is on the stack of the emitter: whoever keeps it copies it with cornu_node_copy_. */
    cornu_status (*record)(cornu_recorder *recorder, const cornu_node *node);
};
void cornu_recorder_push_(cornu_recorder *recorder);
void cornu_recorder_remove_(cornu_recorder *recorder); /* from anywhere in the stack */
/* Whether a recorder of the thread sees what is emitted now. */
bool cornu_is_recorded_(void);
/* Shows a node to every recorder of the thread that is not paused, innermost first. */
cornu_status cornu_record_(const cornu_node *node);

/* *new* copy that keeps alias references to its inputs and output. */
cornu_node *cornu_node_copy_(const cornu_node *node);
void cornu_node_free_(cornu_node *node);

#endif
