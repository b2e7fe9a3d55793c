/* The plans of a model by what they were traced for, and the states in which they run. A table is
 * not locked: training is one thread's business, and prediction locks around it (compiled.c). */
#ifndef CORNU_TRAIN_PLAN_TABLE_H
#define CORNU_TRAIN_PLAN_TABLE_H

#include "graph/plan.h"
#include "train/training.h"

enum {
    CORNU_MOST_TENSORS = 16, /* of a batch: more of them are stepped through eagerly */
    CORNU_MOST_PLANS = 8,    /* of a table; the one that was not used for longest makes room */
    CORNU_MOST_IDLE = 8      /* states of a plan that are kept while nobody runs them */
};

/* What a plan was traced for. */
typedef struct cornu_signature {
    cornu_step_kind kind;
    unsigned phase; /* of the optimizer */
    int threads;
    bool exact;
    uint64_t generation; /* of layers: weights or trainable marks changed since */
    size_t input_count, count;
    size_t weight_count; /* of sample weights for each target */
    bool weighted;       /* by one array for all of them */
    cornu_spec specs[CORNU_MOST_TENSORS]; /* inputs, targets, sample weights */
} cornu_signature;

typedef struct cornu_planned {
    cornu_signature signature;
    cornu_plan *plan;
    cornu_plan_state *idle[CORNU_MOST_IDLE];
    size_t idle_count;
    size_t users; /* states that are out, and the table */
    uint64_t used; /* when it was last asked for */
} cornu_planned;

typedef struct cornu_plan_table {
    cornu_planned *plans[CORNU_MOST_PLANS];
    size_t count;
    uint64_t clock;
} cornu_plan_table;

/* NULL, without an error, if there is none. */
cornu_planned *cornu_plan_table_find_(cornu_plan_table *table, const cornu_signature *signature);
/* Adds a plan, taken also on failure, and throws out the oldest if the table is full. */
cornu_status cornu_plan_table_add_(
    cornu_plan_table *table, const cornu_signature *signature, cornu_plan *plan,
    cornu_planned **added
);
void cornu_plan_table_clear_(cornu_plan_table *table);

/* A state to run the plan in: one that is idle, or a new one. Until it is put back the plan stays,
 * even if the table throws it out. */
cornu_status cornu_planned_take_(cornu_planned *planned, cornu_plan_state **state);
void cornu_planned_put_(cornu_planned *planned, cornu_plan_state *state);

#endif
