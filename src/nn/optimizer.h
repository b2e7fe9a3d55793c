/* The inside of an optimizer. Its state variables in the order in which Keras saves them:
 * iteration, learning rate (unless a schedule), averages (use_ema), accumulators (gradient
 * accumulation), then the slots of the algorithm. */
#ifndef CORNU_NN_OPTIMIZER_H
#define CORNU_NN_OPTIMIZER_H

#include "nn/class.h"

/* What the count of batches says about a step, looked at on the host before it: a traced step is
 * one of these. */
typedef enum cornu_optimizer_phase {
    CORNU_PHASE_UPDATES = 1,  /* gradients are complete: the variables move */
    CORNU_PHASE_FIRST = 2,    /* the first update: averages begin */
    CORNU_PHASE_OVERWRITES = 4 /* averages become the variables */
} cornu_optimizer_phase;

struct cornu_optimizer_state {
    cornu_tensor **variables; /* the state itself, in file order */
    size_t variable_count, variable_capacity;
    /* of each: the trained variable that it belongs to, or NULL; borrowed */
    const cornu_tensor **references;
    size_t reference_capacity;
    cornu_tensor **trained;   /* the model's variables it was built for; retained */
    size_t trained_count;
    /* where in `variables`; SIZE_MAX: switched off */
    size_t first_average, first_accumulator, first_slot;
    cornu_tensor *iterations, *learning_rate;            /* learning_rate NULL: a schedule */
    /* cornu_optimizer_phase, of the step being computed or traced */
    unsigned phase;
    bool watched; /* traced steps have its phase in their signature */
    bool scaled_outside; /* an optimizer around this one divides by the loss' scale */
    /* without weight decay: variables (retained), and patterns of the names of others (owned) */
    cornu_tensor **undecayed;
    char **undecayed_names;
    size_t undecayed_count, undecayed_capacity, undecayed_name_count, undecayed_name_capacity;
};

/* Called by cornu_object_create_ before the class' init, and when the object is freed. */
cornu_status cornu_optimizer_prepare_(cornu_optimizer *optimizer);
void cornu_optimizer_dispose_(cornu_optimizer *optimizer);
/* Makes the state for these variables; nothing if it is built already (CORNU_ESTATE if for
 * others). */
cornu_status cornu_optimizer_build_(cornu_optimizer *optimizer, cornu_tensor_list variables);
/* One step: clipping, weight decay, the class' update, EMA, accumulation, iterations + 1. Gradients
 * may be NULL (skipped). `constraints` (may be NULL) holds one per variable, or NULL. */
cornu_status cornu_optimizer_step_(
    cornu_optimizer *optimizer, cornu_tensor *const *gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints
);
/* Looks at the count of batches and sets the phase of the next step; returns it. A step does so
 * itself, but not while it is traced. */
unsigned cornu_optimizer_look_(cornu_optimizer *optimizer);
/* The same for the signature of a step about to be traced or replayed. */
unsigned cornu_optimizer_watch_(cornu_optimizer *optimizer);
/* The loss times what a step divides gradients by: `loss_scale_factor`, or the class' own scale.
 * The loss itself if there is none. */
cornu_tensor *cornu_optimizer_scale_loss_(cornu_optimizer *optimizer, cornu_tensor *loss);
/* At the end of fit: with use_ema, the variables become their averages (Keras:
 * finalize_variable_values). */
cornu_status cornu_optimizer_finalize_(cornu_optimizer *optimizer);

#endif
