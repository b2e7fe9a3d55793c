/* The tape: a recorder that keeps the ops whose results depend on something watched.
 * After TensorFlow's GradientTape, which Keras uses in its first chapter
 * (keras.io/getting_started). */
#include "autodiff/tape.h"

#include "base/memory.h"

/* Whether a result computed from `tensor` depends on something watched. A trainable variable is
 * watched from the first time that it is met: later it may appear as an alias, which has its id but
 * is no variable. */
static cornu_status is_watched(cornu_tape *tape, const cornu_tensor *tensor, bool *watched) {
    *watched = false;
    if (!cornu_dtype_is_float(tensor->dtype)) return CORNU_OK;
    *watched = true;
    if (cornu_id_map_find_(&tape->watched, tensor->id) != NULL) return CORNU_OK;
    *watched = tensor->variable != NULL && tensor->variable->trainable;
    if (*watched && cornu_id_map_add_(&tape->watched, tensor->id) == NULL) return CORNU_ENOMEM;
    return CORNU_OK;
}

static cornu_status record(cornu_recorder *recorder, const cornu_node *node) {
    cornu_tape *tape = (cornu_tape *)((char *)recorder - offsetof(cornu_tape, recorder));
    if (node->op->flags & CORNU_OP_NO_GRADIENT) return CORNU_OK;
    if (!cornu_dtype_is_float(node->out->dtype)) return CORNU_OK;
    bool depends = false;
    for (int i = 0; i < node->input_count; i++) { /* all of them, so that every variable is noted */
        bool watched;
        CORNU_TRY(is_watched(tape, node->inputs[i], &watched));
        depends = depends || watched;
    }
    if (!depends) return CORNU_OK;

    CORNU_TRY(CORNU_RESERVE_(tape->nodes, tape->capacity, tape->count + 1));
    if (cornu_id_map_add_(&tape->watched, node->out->id) == NULL) return CORNU_ENOMEM;
    cornu_node *copy = cornu_node_copy_(node);
    if (copy == NULL) return CORNU_ENOMEM;
    tape->nodes[tape->count++] = copy;
    return CORNU_OK;
}

void cornu_tape_clear_(cornu_tape *tape) {
    cornu_recorder_remove_(&tape->recorder);
    for (size_t i = 0; i < tape->count; i++) cornu_node_free_(tape->nodes[i]);
    cornu_free_(tape->nodes);
    tape->nodes = NULL;
    tape->count = tape->capacity = 0;
    cornu_id_map_clear_(&tape->watched);
}

static void destroy(void *object) {
    cornu_tape_clear_(object);
    cornu_free_(object);
}

cornu_tape *cornu_tape_begin_new(const cornu_tape_args *args) {
    cornu_tape *tape = cornu_alloc_(sizeof *tape);
    if (tape == NULL) return NULL;
    cornu_object_init_(tape, destroy);
    tape->persistent = args != NULL && args->persistent;
    tape->recorder.record = record;
    cornu_recorder_push_(&tape->recorder);
    return cornu_scope_add_(tape);
}

cornu_status cornu_tape_watch(cornu_tape *tape, cornu_tensor *tensor) {
    if (tape == NULL) return cornu_error_null("cornu_tape_watch: tape");
    if (tensor == NULL) return cornu_error_null("cornu_tape_watch: tensor");
    if (tape->spent)
        CORNU_FAIL(CORNU_ESTATE, "cornu_tape_watch: the tape gave its gradient already");
    if (!cornu_dtype_is_float(tensor->dtype)) {
        CORNU_FAIL(
            CORNU_EDTYPE, "cornu_tape_watch: gradients are those of floats, not of %s",
            cornu_dtype_name(tensor->dtype)
        );
    }
    return cornu_id_map_add_(&tape->watched, tensor->id) != NULL ? CORNU_OK : CORNU_ENOMEM;
}

void cornu_tape_stop(cornu_tape *tape) {
    if (tape != NULL) cornu_recorder_remove_(&tape->recorder);
}
