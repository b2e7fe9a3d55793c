/* States: named numbers, texts and tensors that a callback keeps over a restart.
 *
 * A callback class of one's own writes what it has learned in `save_state` and takes it back in
 * `load_state` (extend.h); cornu_callback_backup_and_restore then makes it part of its file. All
 * values come back with the same bits, NaN and infinities too.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     typedef struct { cornu_callback base; int64_t wait; double best; } my_callback;
 *
 *     static cornu_status save_state(cornu_callback *callback, cornu_state *state) {
 *         const my_callback *self = (const my_callback *)callback;
 *         CORNU_TRY(cornu_state_set_int(state, "wait", self->wait));
 *         return cornu_state_set_float(state, "best", self->best);
 *     }
 *
 *     static cornu_status load_state(cornu_callback *callback, cornu_state *state) {
 *         my_callback *self = (my_callback *)callback;
 *         CORNU_TRY(cornu_state_get_int(state, "wait", &self->wait));
 *         return cornu_state_get_float(state, "best", &self->best);
 *     }
 *
 *     int main(void) {
 *         my_callback before = {.wait = 2, .best = 0.25}, after = {.wait = 0};
 *         cornu_state *state = cornu_state_new();
 *         cornu_check(state);
 *         cornu_check(save_state(&before.base, state));
 *         cornu_check(cornu_state_save(state, "run.npz"));
 *         cornu_state_free(state);
 *         state = cornu_state_load("run.npz");
 *         cornu_check(state);
 *         cornu_check(load_state(&after.base, state));
 *         cornu_state_free(state);
 *         return after.wait == 2 && after.best == 0.25 ? 0 : 1;
 *     }
 */
#ifndef CORNU_STATE_H
#define CORNU_STATE_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* *new*, empty. cornu_state_save and cornu_state_load are in save.h. */
CORNU_API cornu_state *cornu_state_new(void);
CORNU_API void cornu_state_free(cornu_state *state);

/* Keys are relative to the groups that were entered: within "callbacks" and "0", "best" is
 * "callbacks/0/best". CORNU_ENOMEM; leaving is always possible. */
CORNU_API cornu_status cornu_state_enter(cornu_state *state, const char *group);
CORNU_API void cornu_state_leave(cornu_state *state);

/* Sets what stands under the key. A tensor is retained, not copied: its values are read when the
 * state is written. CORNU_EINVAL for a key that is empty or, with its groups, has 512 bytes or
 * more; CORNU_ESTATE for a tensor without values; CORNU_ENOMEM. */
CORNU_API cornu_status cornu_state_set_int(cornu_state *state, const char *key, int64_t value);
CORNU_API cornu_status cornu_state_set_float(cornu_state *state, const char *key, double value);
CORNU_API cornu_status cornu_state_set_text(cornu_state *state, const char *key, const char *text);
CORNU_API cornu_status
cornu_state_set_tensor(cornu_state *state, const char *key, cornu_tensor *tensor);

/* Gets what stands under the key. CORNU_EFORMAT if there is nothing, or something of another kind.
 * A text is *new* memory (cornu_free); a tensor is *borrowed*, NULL after a failure. */
CORNU_API bool cornu_state_has(const cornu_state *state, const char *key);
CORNU_API cornu_status
cornu_state_get_int(const cornu_state *state, const char *key, int64_t *value);
CORNU_API cornu_status
cornu_state_get_float(const cornu_state *state, const char *key, double *value);
CORNU_API cornu_status cornu_state_get_text(const cornu_state *state, const char *key, char **text);
CORNU_API cornu_tensor *cornu_state_get_tensor(const cornu_state *state, const char *key);
/* Gives a variable the values under the key, which must have its type and shape: CORNU_ESHAPE,
 * CORNU_EDTYPE. */
CORNU_API cornu_status
cornu_state_read_tensor(const cornu_state *state, const char *key, cornu_tensor *variable);

/* All that is in it, in the order in which it was set; both *borrowed*. */
CORNU_API size_t cornu_state_count(const cornu_state *state);
CORNU_API const char *cornu_state_key(const cornu_state *state, size_t index);
CORNU_API cornu_tensor *cornu_state_value(const cornu_state *state, size_t index);

#ifdef __cplusplus
}
#endif
#endif
