/* Masks: what a class says becomes of them is what becomes of them, and what they hide changes
 * nothing. See check_layer.h. */
#include "support/check_layer.h"

#include <string.h>

#include "model/graph.h"
#include "support/support.h"

static int warnings;

static void count_warning(const char *message, void *user) {
    (void)message, (void)user;
    warnings++;
}

/* [batch, time], true up to the length of each row. */
static cornu_tensor *lengths_mask(const int64_t *lengths, int64_t batch, int64_t time) {
    cornu_tensor *mask = cornu_tensor_new(CORNU_BOOL, cornu_shape(batch, time));
    for (int64_t i = 0; i < batch * time; i++)
        ((bool *)cornu_tensor_data_mut(mask))[i] = i % time < lengths[i / time];
    return cornu_scope_add_(mask);
}

/* Calls as a model does. A padded layer is built for an unknown time. */
static cornu_status call(
    const check_layer_case *c, cornu_layer *layer, cornu_tensor_list x, cornu_tensor *const *masks,
    cornu_tensor **outputs, cornu_tensor **out_masks
) {
    const cornu_call_context context = {.input_count = x.count, .masks = masks};
    if (!layer->built) {
        cornu_shape shapes[CHECK_LAYER_INPUTS];
        for (size_t i = 0; i < x.count; i++) {
            shapes[i] = *cornu_tensor_shape(x.items[i]);
            shapes[i].dims[0] = -1;
            if (c->padded) shapes[i].dims[1] = -1;
        }
        CORNU_TRY(cornu_layer_build(layer, shapes, x.count));
    }
    return cornu_call_masked_(layer, x.items, &context, outputs, out_masks);
}

/* ---- a layer that stops masks: it says so, once, and computes as without ---- */
static const char *check_stopped(const check_layer_case *c, cornu_layer *layer) {
    cornu_tensor *inputs[CHECK_LAYER_INPUTS], *masks[CHECK_LAYER_INPUTS];
    cornu_tensor *plain[CHECK_LAYER_OUTPUTS], *masked[CHECK_LAYER_OUTPUTS];
    cornu_tensor *out_masks[CHECK_LAYER_OUTPUTS];
    cornu_tensor_list x = check_layer_inputs_(c, CORNU_FLOAT32, inputs);
    for (size_t i = 0; i < x.count; i++) {
        const int64_t half[] = {1, 1, 1, 1, 1, 1, 1, 1};
        int64_t time = cornu_tensor_rank(inputs[i]) > 1 ? cornu_tensor_dim(inputs[i], 1) : 1;
        masks[i] = lengths_mask(half, c->input.dims[0], time);
    }
    OK_OR_WRONG(call(c, layer, x, NULL, plain, out_masks), "without a mask");
    warnings = 0;
    cornu_on_warning(count_warning, NULL);
    cornu_status status = call(c, layer, x, masks, masked, out_masks);
    if (status == CORNU_OK) status = call(c, layer, x, masks, masked, out_masks);
    cornu_on_warning(NULL, NULL);
    OK_OR_WRONG(status, "with a mask");
    if (out_masks[0] != NULL) WRONG("it stops masks, and yet one comes out");
    if (warnings != 1) WRONG("it drops a mask and says so %d times, not once", warnings);
    const char *wrong = cornu_test_same_(masked[0], plain[0], 0, 0);
    if (wrong != NULL) WRONG("it stops masks, and yet one changes the result: %s", wrong);
    return NULL;
}

/* ---- padding ---- */
enum { TIME = 5 };

/* One row without its padding: [1, length, ...]. */
static cornu_tensor *row(cornu_tensor *x, int64_t index, int64_t length) {
    int64_t start[CORNU_MAX_RANK] = {index};
    cornu_shape extent = *cornu_tensor_shape(x);
    extent.dims[0] = 1;
    if (extent.rank > 1 && extent.dims[1] == TIME) extent.dims[1] = length;
    return cornu_op_slice(x, start, extent);
}

/* All inputs have the time of the padded batch; what is hidden is zero, or is made of other
 * numbers. */
static void padded_inputs(
    const check_layer_case *c, const int64_t *lengths, cornu_tensor **inputs, cornu_tensor **masks,
    size_t *count
) {
    cornu_shape shapes[CHECK_LAYER_INPUTS];
    *count = check_layer_shapes_(c, shapes);
    for (size_t i = 0; i < *count; i++) {
        shapes[i].dims[1] = TIME;
        masks[i] = lengths_mask(lengths, shapes[i].dims[0], TIME);
        inputs[i] = check_layer_sample_(c, i, CORNU_FLOAT32, shapes[i]);
        if (!c->masks_zeros) continue;
        cornu_tensor *shown = cornu_op_cast(masks[i], cornu_tensor_dtype(inputs[i]));
        while (cornu_tensor_rank(shown) < shapes[i].rank) shown = cornu_op_expand_dims(shown, -1);
        inputs[i] = cornu_op_multiply(inputs[i], shown);
    }
}

static const char *check_row(
    const check_layer_case *c, cornu_layer *layer, cornu_tensor_list x, cornu_tensor *const *padded,
    int64_t index, int64_t length
) {
    cornu_tensor *inputs[CHECK_LAYER_INPUTS], *outputs[CHECK_LAYER_OUTPUTS];
    cornu_tensor *out_masks[CHECK_LAYER_OUTPUTS];
    for (size_t i = 0; i < x.count; i++) inputs[i] = row(x.items[i], index, length);
    OK_OR_WRONG(
        call(c, layer, (cornu_tensor_list){inputs, x.count}, NULL, outputs, out_masks), "one row"
    );
    for (size_t i = 0; i < cornu_layer_output_count(layer); i++) {
        const char *wrong = cornu_test_same_(row(padded[i], index, length), outputs[i], 1e-5, 1e-6);
        if (wrong != NULL)
            WRONG("row %lld, padded, is not what it is alone: %s", (long long)index, wrong);
    }
    return NULL;
}

static const char *check_padding(const check_layer_case *c, cornu_layer *layer) {
    static const int64_t lengths[] = {4, 2, 3, 1, 2, 1, 4, 3};
    cornu_tensor *inputs[CHECK_LAYER_INPUTS], *masks[CHECK_LAYER_INPUTS];
    cornu_tensor *outputs[CHECK_LAYER_OUTPUTS], *out_masks[CHECK_LAYER_OUTPUTS];
    size_t count;
    padded_inputs(c, lengths, inputs, masks, &count);
    cornu_tensor_list x = {inputs, count};
    OK_OR_WRONG(
        call(c, layer, x, c->masks_zeros ? NULL : masks, outputs, out_masks), "a padded batch"
    );
    const char *wrong = NULL;
    for (int64_t i = 0; i < c->input.dims[0] && wrong == NULL; i++)
        wrong = check_row(c, layer, x, outputs, i, lengths[i]);
    if (wrong != NULL) return wrong;
    /* whether a mask comes out is the contract; if one does, it is the one that went in */
    bool timed = cornu_tensor_rank(outputs[0]) > 1 && cornu_tensor_dim(outputs[0], 1) == TIME;
    bool due = (c->masking == CORNU_MASK_PASSES || c->masking == CORNU_MASK_PRODUCES) && timed;
    if (!due && out_masks[0] != NULL) WRONG("a mask comes out that does not fit the output");
    if (due && out_masks[0] == NULL) WRONG("the mask is lost");
    if (due && (wrong = cornu_test_same_(out_masks[0], masks[0], 0, 0)) != NULL)
        WRONG("another mask comes out: %s", wrong);
    return NULL;
}

const char *check_layer_masks_(const check_layer_case *c) {
    static const char *const words[] = {"stops", "passes", "consumes", "produces"};
    cornu_layer *layer = check_layer_make_(c, "float32");
    const char *wrong = NULL;
    if (layer->cls->masking != c->masking)
        wrong = check_layer_text_(
            "the class says that it %s masks, the table that it %s them",
            words[layer->cls->masking], words[c->masking]
        );
    else if (c->masking == CORNU_MASK_STOPS && layer->cls->compute_mask == NULL)
        wrong = check_stopped(c, layer);
    else if (c->padded) wrong = check_padding(c, layer);
    cornu_layer_free(layer);
    return wrong;
}
