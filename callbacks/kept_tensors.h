/* Lists of tensors that a callback keeps over a restart. */
#ifndef CORNU_CALLBACKS_KEPT_TENSORS_H
#define CORNU_CALLBACKS_KEPT_TENSORS_H

#include <cornu/state.h>

/* Under "<name>s" their number, under "<name>0", "<name>1", ... the tensors. */
cornu_status
cornu_callback_save_tensors_(cornu_state *state, const char *name, cornu_tensor_list tensors);
/* Fills *tensors (*new* memory with references, cornu_free) and *count; without any, *tensors is
 * NULL. After a failure *count of them are there. */
cornu_status cornu_callback_load_tensors_(
    const cornu_state *state, const char *name, cornu_tensor ***tensors, size_t *count
);

#endif
