/* Ops on symbolic tensors. A public function of cornu/ops.h whose input is one computes nothing: it
 * is recorded in the functional graph as the operation that Keras would record, softmax as Softmax.
 * Which operations there are, and what a graph is, src/model knows, which sets the hook.
 *
 *     cornu_tensor *cornu_op_softmax(cornu_tensor *x, int axis) {
 *         if (cornu_is_symbolic_(x))
 *             return cornu_symbolic_unary_(
 *                 "softmax", x, CORNU_SETTINGS_(CORNU_SET_INT_("axis", axis)));
 *         ...
 *
 * Ops that do not begin so refuse symbolic tensors (cornu_emit_): they could not know the sizes
 * that they need. Keras: keras/src/ops/operation.py, symbolic_call. */
#ifndef CORNU_OPS_SYMBOLIC_H
#define CORNU_OPS_SYMBOLIC_H

#include "tensor/tensor.h"
#include <cornu/ops.h>

typedef enum cornu_setting_kind {
    CORNU_SETTING_INT,
    CORNU_SETTING_NUMBER,
    CORNU_SETTING_BOOL,
    CORNU_SETTING_TEXT,
    CORNU_SETTING_AXES,  /* one: an integer; none: None */
    CORNU_SETTING_SIZES, /* a list */
    CORNU_SETTING_PAIRS, /* a list of [start, stop] */
    CORNU_SETTING_SLICES /* an argument of the call: x[start:stop:step, ...] */
} cornu_setting_kind;

/* An argument of the function that is no tensor, by Keras' name for it. */
typedef struct cornu_op_setting {
    const char *name;
    cornu_setting_kind kind;
    int64_t integer; /* also of BOOL */
    double number;
    const char *text;
    cornu_axes axes;
    cornu_shape sizes; /* SLICES, PAIRS: its rank is how many there are */
    const int64_t *start, *stop, *step;
} cornu_op_setting;
#define CORNU_SETTINGS_(...) ((const cornu_op_setting[]){__VA_ARGS__, {.name = NULL}})
#define CORNU_SET_(type, of, member, value)                                                        \
    { .name = (of), .kind = CORNU_SETTING_##type, .member = (value) }
#define CORNU_SET_INT_(of, value) CORNU_SET_(INT, of, integer, value)
#define CORNU_SET_NUMBER_(of, value) CORNU_SET_(NUMBER, of, number, value)
#define CORNU_SET_BOOL_(of, value) CORNU_SET_(BOOL, of, integer, value)
#define CORNU_SET_TEXT_(of, value) CORNU_SET_(TEXT, of, text, value)
#define CORNU_SET_AXES_(of, value) CORNU_SET_(AXES, of, axes, value)
#define CORNU_SET_SIZES_(of, value) CORNU_SET_(SIZES, of, sizes, value)

typedef struct cornu_symbolic_op {
    const char *name; /* "log_softmax" */
    cornu_tensor *const *tensors;
    size_t count;
    bool list;                        /* the tensors are one argument */
    const cornu_op_setting *settings; /* ends with one without a name; NULL: none */
    bool optional;                    /* NULL among the tensors but the first is None */
    /* the results but the first, where there are several: `outputs` of them in all */
    cornu_tensor **others;
    size_t outputs;
} cornu_symbolic_op;
typedef cornu_tensor *cornu_symbolic_op_hook(const cornu_symbolic_op *op);
void cornu_on_symbolic_op_(cornu_symbolic_op_hook *hook);

bool cornu_is_symbolic_(const cornu_tensor *tensor); /* false for NULL */
bool cornu_any_symbolic_(cornu_tensor *const *tensors, size_t count);
/* Records; NULL among the tensors gives NULL and keeps the error. The result belongs to the
 * scope. */
cornu_tensor *cornu_symbolic_op_(const cornu_symbolic_op *op);
cornu_tensor *cornu_symbolic_unary_(
    const char *name, cornu_tensor *x, const cornu_op_setting *settings
);
cornu_tensor *cornu_symbolic_binary_(const char *name, cornu_tensor *a, cornu_tensor *b);
cornu_tensor *cornu_symbolic_reduce_(const char *name, const cornu_op_reduce_args *args);
/* An operation of one tensor with several results. */
cornu_status cornu_symbolic_many_(
    const char *name, cornu_tensor *x, const cornu_op_setting *settings, cornu_tensor **outputs,
    size_t count
);
/* A window: a number or a list of them, `otherwise` where it is empty; 0: None. */
cornu_op_setting cornu_set_window_(const char *name, const cornu_window *window, int64_t otherwise);
/* What is given, or "channels_last". */
cornu_op_setting cornu_set_data_format_(const char *data_format);
/* The tensors are one argument, a list. */
cornu_tensor *cornu_symbolic_joined_(const char *name, cornu_tensor_list tensors, int axis);

#endif
