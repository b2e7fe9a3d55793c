/* Ops as operators of ONNX (https://onnx.ai/onnx/operators/, opset 18). Most have one of the same
 * meaning; the others are put together from several. */
#include "export/onnx.h"

#include <string.h>

#define OP(...) CORNU_ONNX_OP_(onnx, __VA_ARGS__)

static const char *cast(cornu_onnx *onnx, const char *output, const char *x, cornu_dtype dtype) {
    const char *made = OP("Cast", output, x);
    cornu_onnx_int_(onnx, "to", cornu_onnx_dtype_(dtype));
    return made;
}

static bool is_float(const cornu_tensor *tensor) { return cornu_dtype_is_float(tensor->dtype); }

/* An operand as truth: what is not 0. */
static const char *truth(cornu_onnx *onnx, const cornu_onnx_op *op, int index) {
    if (op->in[index]->dtype == CORNU_BOOL) return op->inputs[index];
    return cast(onnx, NULL, op->inputs[index], CORNU_BOOL);
}

/* ---- elementwise ---- */
static const struct {
    const char *op, *onnx;
} same[] = {
    {"absolute", "Abs"},
    {"add", "Add"},
    {"arccos", "Acos"},
    {"arccosh", "Acosh"},
    {"arcsin", "Asin"},
    {"arcsinh", "Asinh"},
    {"arctan", "Atan"},
    {"arctanh", "Atanh"},
    {"ceil", "Ceil"},
    {"cos", "Cos"},
    {"cosh", "Cosh"},
    {"divide", "Div"},
    {"equal", "Equal"},
    {"erf", "Erf"},
    {"exp", "Exp"},
    {"floor", "Floor"},
    {"greater", "Greater"},
    {"isinf", "IsInf"},
    {"isnan", "IsNaN"},
    {"less", "Less"},
    {"log", "Log"},
    {"maximum", "Max"},
    {"minimum", "Min"},
    {"multiply", "Mul"},
    {"negative", "Neg"},
    {"power", "Pow"},
    {"relu", "Relu"},
    {"round", "Round"},
    {"sigmoid", "Sigmoid"},
    {"sign", "Sign"},
    {"sin", "Sin"},
    {"sinh", "Sinh"},
    {"softplus", "Softplus"},
    {"sqrt", "Sqrt"},
    {"subtract", "Sub"},
    {"tan", "Tan"},
    {"tanh", "Tanh"},
    {"reciprocal", "Reciprocal"},
    {"stop_gradient", "Identity"},
    {"greater_equal", "GreaterOrEqual"},
    {"less_equal", "LessOrEqual"},
};

static bool write_same(cornu_onnx *onnx, const cornu_onnx_op *op) {
    for (size_t i = 0; i < sizeof same / sizeof *same; i++) {
        if (strcmp(op->node->op->name, same[i].op) != 0) continue;
        cornu_onnx_add_(onnx, same[i].onnx, op->output, op->inputs, op->node->input_count);
        return true;
    }
    return false;
}

/* Whole numbers are rounded already. */
static void write_rounding(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *x = op->inputs[0], *zero;
    if (!is_float(op->in[0])) {
        OP("Identity", op->output, x);
    } else { /* trunc */
        zero = cornu_onnx_number_(onnx, op->in[0]->dtype, 0);
        OP("Where", op->output, OP("Less", NULL, x, zero), OP("Ceil", NULL, x),
           OP("Floor", NULL, x));
    }
}

static void write_square(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Mul", op->output, op->inputs[0], op->inputs[0]);
}

static void write_rsqrt(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Reciprocal", op->output, OP("Sqrt", NULL, op->inputs[0]));
}

/* (x - mean) factor, and an offset where there is a fourth input */
static void write_normalize(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *centred = OP("Sub", NULL, op->inputs[0], op->inputs[1]);
    bool shifted = op->node->input_count == 4;
    const char *scaled = OP("Mul", shifted ? NULL : op->output, centred, op->inputs[2]);
    if (shifted) OP("Add", op->output, scaled, op->inputs[3]);
}

static void write_expm1(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Sub", op->output, OP("Exp", NULL, op->inputs[0]),
       cornu_onnx_number_(onnx, op->in[0]->dtype, 1));
}

static void write_log1p(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *one = cornu_onnx_number_(onnx, op->in[0]->dtype, 1);
    OP("Log", op->output, OP("Add", NULL, op->inputs[0], one));
}

static void write_log_base(cornu_onnx *onnx, const cornu_onnx_op *op, double factor) {
    OP("Mul", op->output, OP("Log", NULL, op->inputs[0]),
       cornu_onnx_number_(onnx, op->in[0]->dtype, factor));
}

static void write_log2(cornu_onnx *onnx, const cornu_onnx_op *op) {
    write_log_base(onnx, op, 1.4426950408889634);
}

static void write_log10(cornu_onnx *onnx, const cornu_onnx_op *op) {
    write_log_base(onnx, op, 0.43429448190325176);
}

static void write_isfinite(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *x = op->inputs[0];
    OP("Not", op->output, OP("Or", NULL, OP("IsNaN", NULL, x), OP("IsInf", NULL, x)));
}

/* Towards minus infinity: whole numbers go through double, which holds those that occur. */
static const char *quotient(cornu_onnx *onnx, const cornu_onnx_op *op, const char *output) {
    const char *a = op->inputs[0], *b = op->inputs[1];
    if (is_float(op->out)) return OP("Floor", output, OP("Div", NULL, a, b));
    a = cast(onnx, NULL, a, CORNU_FLOAT64);
    b = cast(onnx, NULL, b, CORNU_FLOAT64);
    return cast(onnx, output, OP("Floor", NULL, OP("Div", NULL, a, b)), op->out->dtype);
}

static void write_floor_divide(cornu_onnx *onnx, const cornu_onnx_op *op) {
    quotient(onnx, op, op->output);
}

static void write_mod(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *whole = OP("Mul", NULL, quotient(onnx, op, NULL), op->inputs[1]);
    OP("Sub", op->output, op->inputs[0], whole);
}

static void write_not_equal(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Not", op->output, OP("Equal", NULL, op->inputs[0], op->inputs[1]));
}

static void write_not(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Not", op->output, truth(onnx, op, 0));
}

static void write_and(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("And", op->output, truth(onnx, op, 0), truth(onnx, op, 1));
}

static void write_or(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Or", op->output, truth(onnx, op, 0), truth(onnx, op, 1));
}

static void write_xor(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Xor", op->output, truth(onnx, op, 0), truth(onnx, op, 1));
}

static void write_where(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Where", op->output, truth(onnx, op, 0), op->inputs[1], op->inputs[2]);
}

static void write_clip(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Min", op->output, OP("Max", NULL, op->inputs[0], op->inputs[1]), op->inputs[2]);
}

static void write_cast(cornu_onnx *onnx, const cornu_onnx_op *op) {
    cast(onnx, op->output, op->inputs[0], op->attrs->dtype);
}

/* ---- reductions ---- */
static const char *axes_of(cornu_onnx *onnx, const cornu_attrs *attrs) {
    int64_t axes[CORNU_MAX_RANK];
    for (int i = 0; i < attrs->axes.count; i++) axes[i] = attrs->axes.axis[i];
    return cornu_onnx_int64s_(onnx, axes, (size_t)attrs->axes.count);
}

static const char *reduce(
    cornu_onnx *onnx, const cornu_onnx_op *op, const char *kind, const char *output, const char *x
) {
    const char *made = op->attrs->axes.count == 0 ? OP("Identity", output, x)
                                                  : OP(kind, output, x, axes_of(onnx, op->attrs));
    if (op->attrs->axes.count > 0) cornu_onnx_int_(onnx, "keepdims", op->attrs->keepdims);
    return made;
}

static void write_sum(cornu_onnx *onnx, const cornu_onnx_op *op) {
    reduce(onnx, op, "ReduceSum", op->output, op->inputs[0]);
}
static void write_mean(cornu_onnx *onnx, const cornu_onnx_op *op) {
    reduce(onnx, op, "ReduceMean", op->output, op->inputs[0]);
}
static void write_prod(cornu_onnx *onnx, const cornu_onnx_op *op) {
    reduce(onnx, op, "ReduceProd", op->output, op->inputs[0]);
}
static void write_max(cornu_onnx *onnx, const cornu_onnx_op *op) {
    reduce(onnx, op, "ReduceMax", op->output, op->inputs[0]);
}
static void write_min(cornu_onnx *onnx, const cornu_onnx_op *op) {
    reduce(onnx, op, "ReduceMin", op->output, op->inputs[0]);
}

/* Truth is reduced as the numbers 0 and 1. */
static void reduce_truth(cornu_onnx *onnx, const cornu_onnx_op *op, const char *kind) {
    const char *numbers = cast(onnx, NULL, truth(onnx, op, 0), CORNU_INT32);
    cast(onnx, op->output, reduce(onnx, op, kind, NULL, numbers), CORNU_BOOL);
}

static void write_any(cornu_onnx *onnx, const cornu_onnx_op *op) {
    reduce_truth(onnx, op, "ReduceMax");
}
static void write_all(cornu_onnx *onnx, const cornu_onnx_op *op) {
    reduce_truth(onnx, op, "ReduceMin");
}

static void arg(cornu_onnx *onnx, const cornu_onnx_op *op, const char *kind) {
    const char *found = OP(kind, NULL, op->inputs[0]);
    cornu_onnx_int_(onnx, "axis", op->attrs->axes.axis[0]);
    cornu_onnx_int_(onnx, "keepdims", op->attrs->keepdims);
    cast(onnx, op->output, found, op->out->dtype);
}

static void write_argmax(cornu_onnx *onnx, const cornu_onnx_op *op) { arg(onnx, op, "ArgMax"); }
static void write_argmin(cornu_onnx *onnx, const cornu_onnx_op *op) { arg(onnx, op, "ArgMin"); }

static void write_cumsum(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const int64_t axis = op->attrs->axes.axis[0];
    OP("CumSum", op->output, op->inputs[0], cornu_onnx_int64s_(onnx, &axis, 1));
    cornu_onnx_int_(onnx, "exclusive", op->attrs->exclusive);
    cornu_onnx_int_(onnx, "reverse", op->attrs->reverse);
}

static void write_softmax(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Softmax", op->output, op->inputs[0]);
    cornu_onnx_int_(onnx, "axis", -1);
}

static void write_log_softmax(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("LogSoftmax", op->output, op->inputs[0]);
    cornu_onnx_int_(onnx, "axis", -1);
}

static void write_argsort(cornu_onnx *onnx, const cornu_onnx_op *op) {
    int last = op->out->shape.rank - 1;
    OP("TopK", NULL, op->inputs[0], cornu_onnx_int64s_(onnx, &op->out->shape.dims[last], 1));
    cornu_onnx_int_(onnx, "largest", 0);
    cast(onnx, op->output, cornu_onnx_output_(onnx), op->out->dtype);
}

/* ---- shapes ---- */
/* Sizes of a result in both traces. */
static const char *result_sizes(cornu_onnx *onnx, const cornu_onnx_op *op) {
    return cornu_onnx_sizes_(
        onnx, op->out->shape.dims, op->other_out->shape.dims, op->out->shape.rank
    );
}

static void write_reshape(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Reshape", op->output, op->inputs[0], result_sizes(onnx, op));
    cornu_onnx_int_(onnx, "allowzero", 1);
}

/* The first elements, in another shape. */
static void write_front(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const int64_t flat = -1, zero = 0;
    const char *all = OP("Reshape", NULL, op->inputs[0], cornu_onnx_int64s_(onnx, &flat, 1));
    const char *some =
        OP("Slice", NULL, all, cornu_onnx_int64s_(onnx, &zero, 1),
           cornu_onnx_sizes_(onnx, &op->out->size, &op->other_out->size, 1));
    OP("Reshape", op->output, some, result_sizes(onnx, op));
    cornu_onnx_int_(onnx, "allowzero", 1);
}

static void write_broadcast_to(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("Expand", op->output, op->inputs[0], result_sizes(onnx, op));
}

static void write_tile(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *repeats = cornu_onnx_sizes_(
        onnx, op->attrs->shape.dims, op->other->shape.dims, op->attrs->shape.rank
    );
    OP("Tile", op->output, op->inputs[0], repeats);
}

static void write_transpose(cornu_onnx *onnx, const cornu_onnx_op *op) {
    int64_t order[CORNU_MAX_RANK];
    int rank = op->out->shape.rank;
    for (int i = 0; i < rank; i++) order[i] = op->attrs->axes.axis[i];
    OP("Transpose", op->output, op->inputs[0]);
    cornu_onnx_ints_(onnx, "perm", order, (size_t)rank);
}

static void write_concatenate(cornu_onnx *onnx, const cornu_onnx_op *op) {
    cornu_onnx_add_(onnx, "Concat", op->output, op->all_inputs, op->node->input_count);
    cornu_onnx_int_(onnx, "axis", op->attrs->axes.axis[0]);
}

static void write_pad(cornu_onnx *onnx, const cornu_onnx_op *op) {
    int64_t pads[2 * CORNU_MAX_RANK];
    int rank = op->out->shape.rank;
    for (int i = 0; i < rank; i++) {
        pads[i] = op->attrs->start[i];
        pads[rank + i] = op->attrs->step[i];
        if (op->other->start[i] != pads[i] || op->other->step[i] != pads[rank + i])
            cornu_onnx_fail_(onnx, "padding that depends on the batch size");
    }
    bool truth_values = op->in[0]->dtype == CORNU_BOOL;
    cornu_dtype dtype = truth_values ? CORNU_INT32 : op->in[0]->dtype;
    const char *x = truth_values ? cast(onnx, NULL, op->inputs[0], dtype) : op->inputs[0];
    const char *padded =
        OP("Pad", truth_values ? NULL : op->output, x,
           cornu_onnx_int64s_(onnx, pads, 2 * (size_t)rank),
           cornu_onnx_number_(onnx, dtype, op->attrs->value[0]));
    if (truth_values) cast(onnx, op->output, padded, CORNU_BOOL);
}

/* Where a slice ends: one step past its last element; before the first element is written as far
 * below as can be. */
static int64_t end_of(const cornu_attrs *attrs, const cornu_shape *shape, int axis) {
    int64_t end = attrs->start[axis] + shape->dims[axis] * attrs->step[axis];
    return end < 0 ? INT64_MIN + 1 : end;
}

/* Axes that are read whole are left out, so that those of the batch may have any size. */
static void write_slice(cornu_onnx *onnx, const cornu_onnx_op *op) {
    int64_t starts[CORNU_MAX_RANK], ends[CORNU_MAX_RANK], steps[CORNU_MAX_RANK];
    int64_t other_starts[CORNU_MAX_RANK], other_ends[CORNU_MAX_RANK], axes[CORNU_MAX_RANK];
    int count = 0;
    for (int i = 0; i < op->out->shape.rank; i++) {
        bool whole = op->attrs->start[i] == 0 && op->attrs->step[i] == 1 &&
                     op->out->shape.dims[i] == op->in[0]->shape.dims[i] &&
                     op->other_out->shape.dims[i] == op->other_in[0]->shape.dims[i];
        if (whole) continue;
        starts[count] = op->attrs->start[i];
        other_starts[count] = op->other->start[i];
        ends[count] = end_of(op->attrs, &op->out->shape, i);
        other_ends[count] = end_of(op->other, &op->other_out->shape, i);
        steps[count] = op->attrs->step[i];
        axes[count++] = i;
    }
    if (count == 0) {
        OP("Identity", op->output, op->inputs[0]);
        return;
    }
    OP("Slice", op->output, op->inputs[0], cornu_onnx_sizes_(onnx, starts, other_starts, count),
       cornu_onnx_sizes_(onnx, ends, other_ends, count),
       cornu_onnx_int64s_(onnx, axes, (size_t)count),
       cornu_onnx_int64s_(onnx, steps, (size_t)count));
}

/* ---- making and looking up ---- */
static void write_full(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *number = cornu_onnx_number_(onnx, op->out->dtype, op->attrs->value[0]);
    if (op->out->shape.rank == 0) OP("Identity", op->output, number);
    else OP("Expand", op->output, number, result_sizes(onnx, op));
}

static void write_iota(cornu_onnx *onnx, const cornu_onnx_op *op) {
    if (op->out->shape.dims[0] != op->other_out->shape.dims[0])
        cornu_onnx_fail_(onnx, "numbers counted over the batch");
    double first = op->attrs->value[0], step = op->attrs->value[1];
    /* in double, between two halves of a step, then in the type that is wanted */
    const char *numbers =
        OP("Range", NULL, cornu_onnx_number_(onnx, CORNU_FLOAT64, first),
           cornu_onnx_number_(
               onnx, CORNU_FLOAT64, first + step * ((double)op->out->shape.dims[0] - 0.5)
           ),
           cornu_onnx_number_(onnx, CORNU_FLOAT64, step));
    cast(onnx, op->output, numbers, op->out->dtype);
}

static void write_take(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *index = op->inputs[1];
    cornu_dtype dtype = op->in[1]->dtype;
    if (dtype != CORNU_INT32 && dtype != CORNU_INT64) index = cast(onnx, NULL, index, CORNU_INT64);
    OP("Gather", op->output, op->inputs[0], index);
    cornu_onnx_int_(onnx, "axis", op->attrs->axes.axis[0]);
}

static void write_take_along(cornu_onnx *onnx, const cornu_onnx_op *op) {
    OP("GatherElements", op->output, op->inputs[0], cast(onnx, NULL, op->inputs[1], CORNU_INT64));
    cornu_onnx_int_(onnx, "axis", op->attrs->axes.axis[0]);
}

/* ---- products ---- */
/* The last two axes swapped. */
static const char *swapped(cornu_onnx *onnx, const char *x, int rank) {
    int64_t order[CORNU_MAX_RANK];
    for (int i = 0; i < rank; i++) order[i] = i;
    order[rank - 2] = rank - 1;
    order[rank - 1] = rank - 2;
    const char *made = OP("Transpose", NULL, x);
    cornu_onnx_ints_(onnx, "perm", order, (size_t)rank);
    return made;
}

static void write_matmul(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *a = op->inputs[0], *b = op->inputs[1];
    if (op->attrs->transpose_a) a = swapped(onnx, a, op->in[0]->shape.rank);
    if (op->attrs->transpose_b) b = swapped(onnx, b, op->in[1]->shape.rank);
    OP("MatMul", op->output, a, b);
}

/* ---- all ---- */
static const struct {
    const char *op;
    cornu_onnx_writer *write;
} writers[] = {
    {"all", write_all},
    {"any", write_any},
    {"argmax", write_argmax},
    {"argmin", write_argmin},
    {"argsort", write_argsort},
    {"average_pool", cornu_onnx_average_pool_},
    {"broadcast_to", write_broadcast_to},
    {"cast", write_cast},
    {"clip", write_clip},
    {"concatenate", write_concatenate},
    {"conv", cornu_onnx_conv_},
    {"conv_input", cornu_onnx_conv_input_},
    {"cumsum", write_cumsum},
    {"expand_dims", write_reshape},
    {"expm1", write_expm1},
    {"floor_divide", write_floor_divide},
    {"front", write_front},
    {"full", write_full},
    {"gru", cornu_onnx_gru_},
    {"iota", write_iota},
    {"isfinite", write_isfinite},
    {"log10", write_log10},
    {"log1p", write_log1p},
    {"log2", write_log2},
    {"log_softmax", write_log_softmax},
    {"logical_and", write_and},
    {"logical_not", write_not},
    {"logical_or", write_or},
    {"logical_xor", write_xor},
    {"lstm", cornu_onnx_lstm_},
    {"matmul", write_matmul},
    {"max", write_max},
    {"max_pool", cornu_onnx_max_pool_},
    {"mean", write_mean},
    {"min", write_min},
    {"mod", write_mod},
    {"normalize", write_normalize},
    {"not_equal", write_not_equal},
    {"pad", write_pad},
    {"prod", write_prod},
    {"reshape", write_reshape},
    {"rsqrt", write_rsqrt},
    {"slice", write_slice},
    {"softmax", write_softmax},
    {"square", write_square},
    {"squeeze", write_reshape},
    {"sum", write_sum},
    {"take", write_take},
    {"take_along_axis", write_take_along},
    {"tile", write_tile},
    {"transpose", write_transpose},
    {"trunc", write_rounding},
    {"where", write_where},
};

void cornu_onnx_write_(cornu_onnx *onnx, const cornu_onnx_op *op) {
    const char *name = op->node->op->name;
    bool rounds =
        strcmp(name, "floor") == 0 || strcmp(name, "ceil") == 0 || strcmp(name, "round") == 0;
    if (rounds && !is_float(op->in[0])) {
        write_rounding(onnx, op);
        return;
    }
    if (write_same(onnx, op)) return;
    for (size_t i = 0; i < sizeof writers / sizeof *writers; i++)
        if (strcmp(name, writers[i].op) == 0) {
            writers[i].write(onnx, op);
            return;
        }
    cornu_onnx_fail_(onnx, name);
}
