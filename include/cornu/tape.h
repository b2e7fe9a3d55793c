/* Automatic differentiation: a tape records the ops of its thread and runs their derivatives
 * backwards. Derivatives are ops too, so that tapes nest: a gradient can be differentiated again.
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
/* Starts to record; the tape belongs to the innermost scope, whose end ends it. Trainable variables
 * are watched by themselves. */
CORNU_API cornu_tape *cornu_tape_begin_new(const cornu_tape_args *args);
#ifndef __cplusplus
#define cornu_tape_begin(...)                                                                      \
    CORNU_KW_(cornu_tape_begin_new(&(cornu_tape_args){CORNU_TAPE_DEFAULTS, __VA_ARGS__}))
#endif
/* Watches a tensor that is not a trainable variable. */
CORNU_API cornu_status cornu_tape_watch(cornu_tape *tape, cornu_tensor *tensor);
/* Stops recording; what was recorded stays. */
CORNU_API void cornu_tape_stop(cornu_tape *tape);
/* gradients[i] = d target / d sources[i], of sources[i]'s shape, belonging to the innermost scope;
 * NULL where sources[i] is not watched or the target does not depend on it. A target of several
 * elements is summed. Ends the recording of a tape that is not persistent (CORNU_ESTATE when asked
 * again). */
CORNU_API cornu_status cornu_tape_gradient(
    cornu_tape *tape, cornu_tensor *target, cornu_tensor_list sources, cornu_tensor **gradients
);
/* The same with a gradient of the target given: sum over targets of d (upstream[i] * targets[i]).
 * upstream[i] NULL: ones. */
CORNU_API cornu_status cornu_tape_gradient_of(
    cornu_tape *tape, cornu_tensor_list targets, cornu_tensor *const *upstream,
    cornu_tensor_list sources, cornu_tensor **gradients
);

/* Compares derivatives with central finite differences. `function` computes a float tensor from
 * `inputs` (float64), with ops alone; what is differentiated is the sum of its elements, each times
 * a fixed weight, so that errors in several elements do not cancel. The largest difference |a - n|
 * / max(1, |a|, |n|) goes to *error (may be NULL). CORNU_EINVAL with the place if it is above
 * `tolerance`, CORNU_EDTYPE for other inputs. `order` 1, or 2 to check the derivative of the
 * derivative: the gradients' elements are then weighted likewise. The step is the cube root of the
 * machine's epsilon times max(1, |x|). */
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
