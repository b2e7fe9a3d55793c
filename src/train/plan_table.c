/* Plans by signature. Few signatures are in use at a time - full and last batch, train and test -
 * so a table is a short list. */
#include "train/plan_table.h"

#include "base/memory.h"

static bool same(const cornu_signature *a, const cornu_signature *b) {
    if (a->kind != b->kind || a->phase != b->phase || a->threads != b->threads ||
        a->exact != b->exact || a->generation != b->generation ||
        a->input_count != b->input_count || a->count != b->count || a->weighted != b->weighted ||
        a->weight_count != b->weight_count) {
        return false;
    }
    for (size_t i = 0; i < a->count; i++) {
        if (a->specs[i].dtype != b->specs[i].dtype ||
            !cornu_shape_equal(&a->specs[i].shape, &b->specs[i].shape))
            return false;
    }
    return true;
}

static void release(cornu_planned *planned) {
    if (--planned->users > 0) return;
    for (size_t i = 0; i < planned->idle_count; i++) cornu_plan_state_free_(planned->idle[i]);
    cornu_plan_free_(planned->plan);
    cornu_free_(planned);
}

cornu_planned *cornu_plan_table_find_(cornu_plan_table *table, const cornu_signature *signature) {
    for (size_t i = 0; i < table->count; i++) {
        cornu_planned *planned = table->plans[i];
        if (!same(&planned->signature, signature)) continue;
        planned->used = ++table->clock;
        return planned;
    }
    return NULL;
}

/* The place of the plan that was not used for longest, emptied, or a new one. */
static cornu_planned **make_room(cornu_plan_table *table) {
    if (table->count < CORNU_MOST_PLANS) return &table->plans[table->count++];
    size_t oldest = 0;
    for (size_t i = 1; i < table->count; i++) {
        if (table->plans[i]->used < table->plans[oldest]->used) oldest = i;
    }
    release(table->plans[oldest]);
    return &table->plans[oldest];
}

cornu_status cornu_plan_table_add_(
    cornu_plan_table *table, const cornu_signature *signature, cornu_plan *plan,
    cornu_planned **added
) {
    cornu_planned *planned = cornu_alloc_(sizeof *planned);
    if (!planned) {
        cornu_plan_free_(plan);
        return CORNU_ENOMEM;
    }
    planned->signature = *signature;
    planned->plan = plan;
    planned->users = 1;
    planned->used = ++table->clock;
    *make_room(table) = planned;
    *added = planned;
    return CORNU_OK;
}

void cornu_plan_table_clear_(cornu_plan_table *table) {
    for (size_t i = 0; i < table->count; i++) release(table->plans[i]);
    table->count = 0;
}

cornu_status cornu_planned_take_(cornu_planned *planned, cornu_plan_state **state) {
    if (planned->idle_count > 0) *state = planned->idle[--planned->idle_count];
    else CORNU_TRY(cornu_plan_state_create_(planned->plan, state));
    planned->users++;
    return CORNU_OK;
}

void cornu_planned_put_(cornu_planned *planned, cornu_plan_state *state) {
    if (planned->idle_count < CORNU_MOST_IDLE) planned->idle[planned->idle_count++] = state;
    else cornu_plan_state_free_(state);
    release(planned);
}
