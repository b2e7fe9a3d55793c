/* The way back: from the last recorded op to the first, each turns the gradient of its result into
 * those of its inputs.
 *
 * Gradients are held by reference in a map from tensor ids; what a derivative computes on the way
 * dies with a scope around each op. A gradient is complete when the walk reaches the op that made
 * the tensor, since all readers were recorded after it, and is let go of there. So is the op
 * itself, unless the tape is persistent. */
#include "autodiff/tape.h"

#include "base/memory.h"
#include <cornu/ops.h>

/* ---- checks ---- */
static cornu_status check_float(const cornu_tensor *tensor, const char *what, size_t index) {
    if (cornu_dtype_is_float(tensor->dtype)) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EDTYPE, "%s %zu is of type %s; only floats have gradients", what, index,
        cornu_dtype_name(tensor->dtype)
    );
}

static cornu_status check_upstream(
    const cornu_tensor *target, const cornu_tensor *upstream, size_t index
) {
    if (upstream == NULL) return CORNU_OK; /* ones */
    if (!cornu_shape_equal(&target->shape, &upstream->shape)) {
        char wanted[256], got[256];
        CORNU_FAIL(
            CORNU_ESHAPE, "target %zu has shape %s, its upstream gradient %s", index,
            cornu_shape_format(&target->shape, wanted, sizeof wanted),
            cornu_shape_format(&upstream->shape, got, sizeof got)
        );
    }
    if (upstream->dtype != target->dtype) {
        CORNU_FAIL(
            CORNU_EDTYPE, "target %zu is of type %s, its upstream gradient of type %s", index,
            cornu_dtype_name(target->dtype), cornu_dtype_name(upstream->dtype)
        );
    }
    return CORNU_OK;
}

static cornu_status check_arguments(
    const cornu_tape *tape, cornu_tensor_list targets, cornu_tensor *const *upstream,
    cornu_tensor_list sources
) {
    if (tape == NULL) return cornu_error_null("tape");
    for (size_t i = 0; i < targets.count; i++) {
        if (targets.items[i] == NULL) return cornu_error_null("target");
        CORNU_TRY(check_float(targets.items[i], "target", i));
        if (upstream != NULL) CORNU_TRY(check_upstream(targets.items[i], upstream[i], i));
    }
    for (size_t i = 0; i < sources.count; i++) {
        if (sources.items[i] == NULL) return cornu_error_null("source");
        CORNU_TRY(check_float(sources.items[i], "source", i));
    }
    if (tape->spent) {
        CORNU_FAIL(
            CORNU_ESTATE, "the tape gave its gradient already; begin it with .persistent = true to "
                          "ask more than once"
        );
    }
    return CORNU_OK;
}

/* A vjp that gives a gradient of another shape or type than the input's has a bug; without this
 * check it would show as a wrong result far away. */
static cornu_status check_vjp(const cornu_node *node, int index, const cornu_tensor *gradient) {
    const cornu_tensor *input = node->inputs[index];
    char wanted[256], got[256];
    if (!cornu_shape_equal(&gradient->shape, &input->shape)) {
        CORNU_FAIL(
            CORNU_ESHAPE, "input %d has shape %s, but its gradient %s", index,
            cornu_shape_format(&input->shape, wanted, sizeof wanted),
            cornu_shape_format(&gradient->shape, got, sizeof got)
        );
    }
    if (gradient->dtype != input->dtype) {
        CORNU_FAIL(
            CORNU_EDTYPE, "input %d is of type %s, but its gradient of type %s", index,
            cornu_dtype_name(input->dtype), cornu_dtype_name(gradient->dtype)
        );
    }
    return CORNU_OK;
}

/* ---- the walk ---- */
static bool is_watched(const cornu_tape *tape, const cornu_tensor *source) {
    bool trainable = source->variable != NULL && source->variable->trainable;
    return trainable || cornu_id_map_find_(&tape->watched, source->id) != NULL;
}

/* Enters into `map` what lies between the watched sources and anything: no other gradient is of
 * use. */
static cornu_status mark_useful(
    const cornu_tape *tape, cornu_tensor_list sources, cornu_id_map *map
) {
    for (size_t i = 0; i < sources.count; i++) {
        /* an op recorded for its other operand's sake may have read this one */
        if (!is_watched(tape, sources.items[i])) continue;
        cornu_id_entry *entry = cornu_id_map_add_(map, sources.items[i]->id);
        if (entry == NULL) return CORNU_ENOMEM;
        entry->source = true;
    }
    for (size_t i = 0; i < tape->count; i++) {
        const cornu_node *node = tape->nodes[i];
        for (int k = 0; k < node->input_count; k++) {
            if (!cornu_dtype_is_float(node->inputs[k]->dtype)) continue;
            if (cornu_id_map_find_(map, node->inputs[k]->id) == NULL) continue;
            if (cornu_id_map_add_(map, node->out->id) == NULL) return CORNU_ENOMEM;
            break;
        }
    }
    return CORNU_OK;
}

static cornu_status accumulate(cornu_id_entry *entry, cornu_tensor *gradient) {
    cornu_tensor *sum =
        entry->gradient == NULL ? gradient : cornu_op_add(entry->gradient, gradient);
    if (sum == NULL) return cornu_error_status();
    cornu_tensor_retain(sum);
    cornu_tensor_free(entry->gradient);
    entry->gradient = sum;
    return CORNU_OK;
}

static cornu_status seed(
    cornu_tensor_list targets, cornu_tensor *const *upstream, const cornu_id_map *map
) {
    for (size_t i = 0; i < targets.count; i++) {
        cornu_id_entry *entry = cornu_id_map_find_(map, targets.items[i]->id);
        if (entry == NULL) continue; /* does not depend on any source */
        if (upstream == NULL || upstream[i] == NULL) {
            CORNU_TRY(accumulate(entry, cornu_op_ones_like(targets.items[i])));
            continue;
        }
        /* an alias: the gradient of a target that is a source must not follow a variable's
         * assignments */
        cornu_tensor *given = cornu_tensor_alias_(upstream[i]);
        if (given == NULL) return CORNU_ENOMEM;
        cornu_status status = accumulate(entry, given);
        cornu_tensor_free(given);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

/* Runs the derivative of `node` and adds up what it gives; `dx` has room for each input. */
static cornu_status step_back(
    cornu_node *node, cornu_tensor *dy, cornu_tensor **dx, const cornu_id_map *map
) {
    if (node->op->vjp == NULL) CORNU_FAIL(CORNU_EUNSUPPORTED, "the op has no derivative");
    node->skip = 0;
    for (int k = 0; k < node->input_count && k < 64; k++) {
        const cornu_tensor *input = node->inputs[k];
        bool wanted =
            cornu_dtype_is_float(input->dtype) && cornu_id_map_find_(map, input->id) != NULL;
        if (!wanted) node->skip |= UINT64_C(1) << k;
    }
    node->op->vjp(node, dy, dx);
    if (cornu_error_status() != CORNU_OK) return cornu_error_status();
    for (int k = 0; k < node->input_count; k++) {
        if (dx[k] == NULL || !cornu_dtype_is_float(node->inputs[k]->dtype)) continue;
        cornu_id_entry *entry = cornu_id_map_find_(map, node->inputs[k]->id);
        if (entry == NULL) continue;
        CORNU_TRY(check_vjp(node, k, dx[k]));
        CORNU_TRY(accumulate(entry, dx[k]));
    }
    return CORNU_OK;
}

static cornu_status step_back_in_scope(
    cornu_node *node, cornu_tensor *dy, const cornu_id_map *map
) {
    enum { FEW_INPUTS = 8 };
    cornu_tensor *few[FEW_INPUTS] = {NULL};
    cornu_tensor **dx = few;
    if (node->input_count > FEW_INPUTS) {
        dx = cornu_alloc_array_((size_t)node->input_count, sizeof *dx);
        if (dx == NULL) return CORNU_ENOMEM;
    }
    cornu_status status = CORNU_ENOMEM;
    cornu_scope *scope = cornu_scope_begin();
    if (scope != NULL) {
        status = step_back(node, dy, dx, map);
        cornu_scope_end(scope);
    }
    if (dx != few) cornu_free_(dx);
    return status;
}

static cornu_status walk_back(cornu_tape *tape, const cornu_id_map *map) {
    for (size_t i = tape->count; i-- > 0;) {
        cornu_node *node = tape->nodes[i];
        cornu_id_entry *entry = cornu_id_map_find_(map, node->out->id);
        if (entry != NULL && entry->gradient != NULL) {
            cornu_origin before = cornu_origin_();
            cornu_origin_set_((cornu_origin){node->origin.name, true});
            cornu_status status = step_back_in_scope(node, entry->gradient, map);
            cornu_origin_set_(before);
            CORNU_TRY(status, "gradient of %s", node->op->name);
            if (!entry->source) {
                cornu_tensor_free(entry->gradient);
                entry->gradient = NULL;
            }
        }
        if (!tape->persistent) {
            cornu_node_free_(node);
            tape->count = i;
        }
    }
    return CORNU_OK;
}

static cornu_status run(
    cornu_tape *tape, cornu_tensor_list targets, cornu_tensor *const *upstream,
    cornu_tensor_list sources, cornu_id_map *map
) {
    CORNU_TRY(mark_useful(tape, sources, map));
    cornu_scope *scope = cornu_scope_begin();
    if (scope == NULL) return CORNU_ENOMEM;
    cornu_status status = seed(targets, upstream, map);
    if (status == CORNU_OK) status = walk_back(tape, map);
    cornu_scope_end(scope);
    return status;
}

/* Hands the sources' gradients to the caller's scope. */
static cornu_status hand_out(
    cornu_tensor_list sources, const cornu_id_map *map, cornu_tensor **gradients
) {
    for (size_t i = 0; i < sources.count; i++) {
        const cornu_id_entry *entry = cornu_id_map_find_(map, sources.items[i]->id);
        if (entry == NULL || entry->gradient == NULL) continue;
        gradients[i] = cornu_scope_add_(cornu_tensor_retain(entry->gradient));
        if (gradients[i] == NULL) return CORNU_ENOMEM;
    }
    return CORNU_OK;
}

cornu_status cornu_tape_gradient_of(
    cornu_tape *tape, cornu_tensor_list targets, cornu_tensor *const *upstream,
    cornu_tensor_list sources, cornu_tensor **gradients
) {
    for (size_t i = 0; i < sources.count; i++) gradients[i] = NULL;
    CORNU_TRY(check_arguments(tape, targets, upstream, sources), "cornu_tape_gradient");
    /* a derivative tells of its failure by the pending error alone, so an old one must not lie
     * about */
    cornu_error_clear();

    bool was_paused = tape->recorder.paused;
    tape->recorder.paused = true; /* other tapes do see the derivatives' ops */
    cornu_id_map map = {0};
    cornu_status status = run(tape, targets, upstream, sources, &map);
    if (status == CORNU_OK) status = hand_out(sources, &map, gradients);
    tape->recorder.paused = was_paused;

    for (size_t i = 0; i < map.capacity; i++) cornu_tensor_free(map.entries[i].gradient);
    cornu_id_map_clear_(&map);
    if (!tape->persistent) {
        tape->spent = true;
        cornu_tape_clear_(tape);
    }
    if (status == CORNU_OK) return CORNU_OK;
    for (size_t i = 0; i < sources.count; i++) gradients[i] = NULL;
    return (void)cornu_error_context("cornu_tape_gradient"), status;
}

cornu_status cornu_tape_gradient(
    cornu_tape *tape, cornu_tensor *target, cornu_tensor_list sources, cornu_tensor **gradients
) {
    cornu_tensor *const targets[] = {target};
    return cornu_tape_gradient_of(tape, (cornu_tensor_list){targets, 1}, NULL, sources, gradients);
}
