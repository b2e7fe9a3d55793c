/* Lists of tensors in a state. */
#include "kept_tensors.h"
#include <stdio.h>

cornu_status cornu_callback_save_tensors_(
    cornu_state *state, const char *name, cornu_tensor_list tensors
) {
    char key[64];
    snprintf(key, sizeof key, "%ss", name);
    CORNU_TRY(cornu_state_set_int(state, key, (int64_t)tensors.count));
    for (size_t i = 0; i < tensors.count; i++) {
        snprintf(key, sizeof key, "%s%zu", name, i);
        CORNU_TRY(cornu_state_set_tensor(state, key, tensors.items[i]));
    }
    return CORNU_OK;
}

cornu_status cornu_callback_load_tensors_(
    const cornu_state *state, const char *name, cornu_tensor ***tensors, size_t *count
) {
    char key[64];
    int64_t wanted;
    *tensors = NULL;
    *count = 0;
    snprintf(key, sizeof key, "%ss", name);
    CORNU_TRY(cornu_state_get_int(state, key, &wanted));
    if (wanted == 0) return CORNU_OK;
    if (wanted < 0 || (uint64_t)wanted > cornu_state_count(state))
        CORNU_FAIL(CORNU_EFORMAT, "'%s' in the state is %lld", key, (long long)wanted);
    *tensors = cornu_allocate((size_t)wanted * sizeof **tensors);
    if (!*tensors) return CORNU_ENOMEM;
    for (; *count < (size_t)wanted; ++*count) {
        snprintf(key, sizeof key, "%s%zu", name, *count);
        cornu_tensor *tensor = cornu_state_get_tensor(state, key);
        if (!tensor) return cornu_error_status();
        (*tensors)[*count] = cornu_tensor_retain(tensor);
    }
    return CORNU_OK;
}
