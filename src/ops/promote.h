/* Type promotion, and the ways in which public functions emit elementwise ops: cast the operands,
 * emit, done. */
#ifndef CORNU_OPS_PROMOTE_H
#define CORNU_OPS_PROMOTE_H

#include "graph/op.h"

/* The type in which operands of two types meet: bool < uint8, int8 < int16 < int32 < int64 <
 * bfloat16, float16 < float32 < float64. Two types of equal rank meet in the next wider one (uint8
 * and int8 in int16, the half floats in float32). */
cornu_dtype cornu_promote_types_(cornu_dtype a, cornu_dtype b);
/* The same for tensors, which may be weak: a weak one takes the type of the others, or float32 if
 * those are integers. */
cornu_dtype cornu_promote_tensors_(cornu_tensor *const *tensors, int count);
/* `type` if it is a float, else float32: where functions of real numbers are computed. */
cornu_dtype cornu_real_type_(cornu_dtype type);

/* x itself if it has the type already, else a cast. NULL gives NULL. */
cornu_tensor *cornu_as_(cornu_tensor *x, cornu_dtype dtype);
/* A scalar of x's type: constants of formulas, so that float64 loses no digits and narrow floats
 * stay narrow. */
cornu_tensor *cornu_like_(cornu_tensor *x, double value);

/* Emitters; results of nothing but weak scalars are weak. */
cornu_tensor *cornu_emit_unary_(const cornu_op_class *op, cornu_tensor *x); /* in x's own type */
cornu_tensor *cornu_emit_real_(const cornu_op_class *op, cornu_tensor *x); /* integers as float32 */
cornu_tensor *cornu_emit_binary_(const cornu_op_class *op, cornu_tensor *a, cornu_tensor *b);
cornu_tensor *cornu_emit_real_binary_(const cornu_op_class *op, cornu_tensor *a, cornu_tensor *b);
cornu_tensor *
cornu_emit_logical_(const cornu_op_class *op, cornu_tensor *a, cornu_tensor *b); /* as bools */

#endif
