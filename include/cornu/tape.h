/* Automatic differentiation: a tape records the ops of its thread and runs their derivatives
 * backwards. Derivatives are ops too, so that tapes nest: a gradient can be differentiated again.
 * After TensorFlow's GradientTape (https://www.tensorflow.org/api_docs/python/tf/GradientTape).
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         CORNU_SCOPE {
 *             cornu_tensor *x = cornu_scalar_of(CORNU_FLOAT64, 2);
 *             cornu_tape *outer = cornu_tape_begin(), *inner = cornu_tape_begin();
 *             cornu_check(cornu_tape_watch(outer, x));
 *             cornu_check(cornu_tape_watch(inner, x));
 *             cornu_tensor *y = cornu_op_multiply(cornu_op_square(x), x); // x^3
 *             cornu_tensor *first, *second;
 *             cornu_check(cornu_tape_gradient(inner, y, cornu_tensors(x), &first));
 *             cornu_check(cornu_tape_gradient(outer, first, cornu_tensors(x), &second));
 *             if (cornu_tensor_item(first) != 12) return 1;  // 3 x^2
 *             if (cornu_tensor_item(second) != 12) return 1; // 6 x
 *         }
 *     }
 */
#ifndef CORNU_TAPE_H
#define CORNU_TAPE_H

#include <cornu/ops.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cornu_tape cornu_tape;

typedef struct cornu_tape_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_tape_args));
    CORNU_ARG(bool, persistent, false); /* more than one gradient may be asked for */
} cornu_tape_args;
#define CORNU_TAPE_DEFAULTS .size_ = sizeof(cornu_tape_args)
/* Starts to record the ops of the calling thread; the tape belongs to the innermost scope, whose
 * end ends it. Trainable variables are watched by themselves. NULL with CORNU_ENOMEM. */
CORNU_API cornu_tape *cornu_tape_begin_new(const cornu_tape_args *args);
#ifndef __cplusplus
#define cornu_tape_begin(...)                                                                      \
    CORNU_KW_(cornu_tape_begin_new(&(cornu_tape_args){CORNU_TAPE_DEFAULTS, __VA_ARGS__}))
#endif
/* Watches a tensor that is not a trainable variable: what is computed from it from now on.
 * CORNU_EDTYPE for integers and bools; CORNU_ESTATE if the tape gave its gradient already. */
CORNU_API cornu_status cornu_tape_watch(cornu_tape *tape, cornu_tensor *tensor);
/* Stops recording; what was recorded stays. NULL is fine. */
CORNU_API void cornu_tape_stop(cornu_tape *tape);
/* gradients[i] = d target / d sources[i], of sources[i]'s shape, belonging to the innermost scope;
 * NULL where sources[i] is not watched or the target does not depend on it. A target of several
 * elements is summed. Ends the recording of a tape that is not persistent (CORNU_ESTATE when asked
 * again). CORNU_EDTYPE for what is no float; CORNU_EUNSUPPORTED names an op without a derivative;
 * CORNU_ENOMEM. After a failure all gradients are NULL. A pending error is cleared first. */
CORNU_API cornu_status cornu_tape_gradient(
    cornu_tape *tape, cornu_tensor *target, cornu_tensor_list sources, cornu_tensor **gradients
);
/* The same with a gradient of the target given: sum over targets of d (upstream[i] * targets[i]).
 * upstream[i], or upstream itself, NULL: ones. Its shape and type are those of targets[i]
 * (CORNU_ESHAPE, CORNU_EDTYPE). */
CORNU_API cornu_status cornu_tape_gradient_of(
    cornu_tape *tape, cornu_tensor_list targets, cornu_tensor *const *upstream,
    cornu_tensor_list sources, cornu_tensor **gradients
);

/* Compares derivatives with central finite differences. `function` computes a float tensor from
 * `inputs` (float64), with ops alone; what is differentiated is the sum of its elements, each times
 * a fixed weight, so that errors in several elements do not cancel. The largest difference |a - n|
 * / max(1, |a|, |n|) goes to *error (may be NULL). CORNU_EINVAL with the place if it is above
 * `tolerance`, CORNU_EDTYPE for other inputs. `order` 1, or 2 to check the derivative of the
 * derivative: the gradients' elements are then weighted likewise (CORNU_EINVAL for another). The
 * step is the cube root of the machine's epsilon times max(1, |x|).
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     static cornu_tensor *function(cornu_tensor *const *inputs, size_t count, void *user) {
 *         (void)count, (void)user;
 *         return cornu_op_tanh(cornu_op_matmul(inputs[0], inputs[1]));
 *     }
 *
 *     int main(void) {
 *         CORNU_SCOPE {
 *             cornu_tensor *a = cornu_random_normal(cornu_shape(2, 3), .dtype = CORNU_FLOAT64);
 *             cornu_tensor *b = cornu_random_normal(cornu_shape(3, 4), .dtype = CORNU_FLOAT64);
 *             cornu_tensor_list inputs = cornu_tensors(a, b);
 *             cornu_check(cornu_check_gradient(function, NULL, inputs, 2, 1e-6, NULL));
 *         }
 *     }
 */
typedef cornu_tensor *
cornu_gradient_function(cornu_tensor *const *inputs, size_t count, void *user);
CORNU_API cornu_status cornu_check_gradient(
    cornu_gradient_function *function, void *user, cornu_tensor_list inputs, int order,
    double tolerance, double *error
);

#ifdef __cplusplus
}
#endif
#endif
