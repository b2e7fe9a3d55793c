/* Scopes: who frees the many small results of ops.
 *
 * Each thread has a stack of scopes. What an op makes belongs to the innermost one, and is freed
 * when that ends; without a scope, when the thread ends. What was kept (one scope outward) or
 * retained (yours, cornu_tensor_free) outlives it.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         cornu_tensor *mean = NULL;
 *         CORNU_SCOPE {
 *             cornu_tensor *x = cornu_random_normal(cornu_shape(1000), .seed = 1);
 *             mean = cornu_keep(cornu_op_mean(cornu_op_square(x)));
 *         } // x and its square are gone, the mean is not
 *         cornu_check(cornu_tensor_print(mean, stdout));
 *     }
 */
#ifndef CORNU_SCOPE_H
#define CORNU_SCOPE_H

#include <cornu/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cornu_tensor cornu_tensor; /* see tensor.h */

/* CORNU_SCOPE { ... }, for gcc and clang: a scope that ends with its block, on every way out (break
 * and return included: break leaves the block, and so does continue). Without memory for the scope
 * the block is left out, with CORNU_ENOMEM pending. Elsewhere: cornu_scope_begin and _end. */
typedef struct cornu_scope cornu_scope;
/* Opens a scope in the calling thread; cornu_scope_end ends it. NULL with CORNU_ENOMEM pending. */
CORNU_API cornu_scope *cornu_scope_begin(void);
/* Ends `scope`, of the same thread, and all scopes begun after it and still open. NULL is fine. */
CORNU_API void cornu_scope_end(cornu_scope *scope);
/* Moves a result from the innermost scope to the next one outward and returns it. What does not
 * belong to the innermost scope, or has no scope around it, stays where it is. NULL keeps the
 * pending error; CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_keep(cornu_tensor *tensor);
/* Hands a *new* tensor over to the innermost scope, as ops do with their results, and returns it.
 * NULL keeps the pending error. */
CORNU_API cornu_tensor *cornu_scope_own(cornu_tensor *tensor);
CORNU_API void cornu_scope_cleanup_(cornu_scope **scope);
#if defined(__GNUC__) || defined(__clang__)
#define CORNU_SCOPE CORNU_SCOPE_COUNTED_(__COUNTER__)
/* numbered, so that a scope in a scope shadows no name */
#define CORNU_SCOPE_COUNTED_(n) CORNU_SCOPE_NAMED_(n)
#define CORNU_SCOPE_NAMED_(n)                                                                      \
    for (cornu_scope * cornu_scope_##n##_                                                          \
             __attribute__((cleanup(cornu_scope_cleanup_))) = cornu_scope_begin();                 \
         cornu_scope_##n##_; cornu_scope_cleanup_(&cornu_scope_##n##_))
#endif

#ifdef __cplusplus
}
#endif
#endif
