/* Scopes: who frees the many small results of ops.
 *
 *     CORNU_SCOPE {
 *         cornu_tensor *loss = cornu_op_mean(cornu_op_square(cornu_op_subtract(y, predicted)));
 *         ...
 *     }    the three results are gone; what was kept or retained is not
 */
#ifndef CORNU_SCOPE_H
#define CORNU_SCOPE_H

#include <cornu/error.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cornu_tensor cornu_tensor; /* see tensor.h */

/* Everything that ops make inside belongs to the scope and is freed at its end, on every way out
 * (break and return included: break leaves the block). */
typedef struct cornu_scope cornu_scope;
CORNU_API cornu_scope *cornu_scope_begin(void);
/* Ends `scope` and all scopes begun after it and still open. */
CORNU_API void cornu_scope_end(cornu_scope *scope);
/* Moves a result from the innermost scope to the next one outward and returns it. */
CORNU_API cornu_tensor *cornu_keep(cornu_tensor *tensor);
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
