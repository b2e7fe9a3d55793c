/* Options and masks of calls of attention layers. */
#include "attention.h"

const char *const cornu_attention_arguments_[] = {"query", "value", "key", NULL};

bool cornu_attention_option_(const cornu_config *kwargs, const char *name) {
    bool value = false;
    if (kwargs != NULL && cornu_config_get_bool(kwargs, name, &value) != CORNU_OK)
        cornu_error_clear(); /* a number in place of a bool; Python takes 1 for true */
    return value;
}

size_t cornu_attention_output_count_(const cornu_layer *self, const cornu_config *kwargs) {
    (void)self;
    return cornu_attention_option_(kwargs, "return_attention_scores") ? 2 : 1;
}

cornu_tensor *cornu_attention_mask_of_(const cornu_call_context *context, size_t input) {
    static const char *const names[] = {"query_mask", "value_mask", "key_mask"};
    cornu_tensor *given = cornu_call_argument_get(context, names[input], 0);
    if (given != NULL) return given;
    return context->masks != NULL && input < context->input_count ? context->masks[input] : NULL;
}

cornu_tensor *cornu_attention_near_(int64_t queries, int64_t keys, bool causal, int64_t window) {
    cornu_tensor *i = cornu_op_arange(0, (double)queries, 1, CORNU_INT32); /* [queries] */
    cornu_tensor *j = cornu_op_arange(0, (double)keys, 1, CORNU_INT32);    /* [keys] */
    cornu_tensor *near = NULL;
    i = cornu_op_reshape(i, cornu_shape(1, queries, 1));
    j = cornu_op_reshape(j, cornu_shape(1, 1, keys));
    if (causal) near = cornu_op_greater_equal(i, j);
    if (window <= 0) return near;
    cornu_tensor *distance = cornu_op_absolute(cornu_op_subtract(i, j));
    cornu_tensor *inside = cornu_op_less(distance, cornu_scalar_of(CORNU_INT32, (double)window));
    return causal ? cornu_op_logical_and(near, inside) : inside;
}

cornu_status cornu_attention_both_(cornu_tensor **a, cornu_tensor *b) {
    if (b == NULL) return cornu_error_null("mask");
    *a = *a != NULL ? cornu_op_logical_and(*a, b) : cornu_op_cast(b, CORNU_BOOL);
    return *a != NULL ? CORNU_OK : cornu_error_status();
}

cornu_tensor *cornu_attention_compute_mask_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)self;
    (void)inputs;
    return context->masks != NULL ? context->masks[0] : NULL;
}
