/* The list that weights are noted in while their values are still to come. */
#include "nn/placeholder.h"

#include "base/memory.h"
#include "tensor/tensor.h"

/* what is smaller than a page shares one with others */
static const size_t least_bytes = 4096;

static _Thread_local cornu_placeholders *current;

void cornu_placeholders_begin_(cornu_placeholders *list) {
    list->outer = current;
    current = list;
}

void cornu_placeholders_end_(cornu_placeholders *list) { current = list->outer; }

bool cornu_placeholders_wanted_(size_t bytes) { return current && bytes >= least_bytes; }

cornu_status cornu_placeholders_add_(cornu_tensor *variable, cornu_initializer *initializer) {
    CORNU_TRY(CORNU_RESERVE_(current->items, current->capacity, current->count + 1));
    /* with a second holder the storage is not written to but replaced: see tensor/tensor.h */
    current->items[current->count++] = (cornu_placeholder){
        cornu_tensor_retain(variable),
        cornu_initializer_retain(initializer),
        cornu_object_retain_(variable->storage),
    };
    return CORNU_OK;
}

static cornu_status settle(const cornu_placeholder *unset) {
    cornu_tensor *value =
        cornu_initializer_call(unset->initializer, unset->variable->shape, unset->variable->dtype);
    return value ? cornu_assign(unset->variable, value) : cornu_error_status();
}

cornu_status cornu_placeholders_settle_(cornu_placeholders *list) {
    for (size_t i = 0; i < list->count; i++) {
        if (list->items[i].variable->storage != list->items[i].storage) continue;
        cornu_scope *scope = cornu_scope_begin();
        if (!scope) return cornu_error_status();
        cornu_status status = settle(&list->items[i]);
        cornu_scope_end(scope);
        CORNU_TRY(status, "%s", cornu_variable_path(list->items[i].variable));
    }
    return CORNU_OK;
}

void cornu_placeholders_free_(cornu_placeholders *list) {
    for (size_t i = 0; i < list->count; i++) {
        cornu_tensor_free(list->items[i].variable);
        cornu_initializer_free(list->items[i].initializer);
        cornu_object_release_(list->items[i].storage);
    }
    cornu_free_(list->items);
    *list = (cornu_placeholders){0};
}
