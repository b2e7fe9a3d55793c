/* Muon: the momentum of a matrix, made orthogonal by Newton-Schulz iterations; everything that is
 * no matrix, embeddings and what is named is left to AdamW. keras/src/optimizers/muon.py.
 * https://arxiv.org/abs/2502.16982 */
#include "moments.h"

#include <ctype.h>
#include <string.h>

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_muon_args args;
    size_t *slots; /* where in cornu_optimizer_variables those of each variable begin; owned */
} muon;

/* Whether a text stands in another, upper and lower case being the same. */
static bool occurs(const char *text, const char *wanted) {
    for (; *text; text++) {
        size_t i = 0;
        while (wanted[i] && tolower((unsigned char)text[i]) == wanted[i]) i++;
        if (!wanted[i]) return true;
    }
    return false;
}

static cornu_status init(void *object) {
    cornu_texts patterns = ((muon *)object)->args.exclude_layers;
    for (size_t i = 0; i < patterns.count; i++) {
        bool ignored;
        CORNU_TRY(cornu_pattern_search(patterns.items[i], "", &ignored), "exclude_layers");
    }
    return CORNU_OK;
}

static bool is_for_adam(const muon *self, const cornu_tensor *variable) {
    const char *path = cornu_variable_path(variable);
    if (cornu_tensor_rank(variable) != 2) return true;
    if (self->args.exclude_embeddings && occurs(path, "embedding")) return true;
    bool found = false;
    for (size_t i = 0; i < self->args.exclude_layers.count && !found; i++)
        (void)cornu_pattern_search(self->args.exclude_layers.items[i], path, &found); /* see init */
    return found;
}

static double weight_decay(const cornu_optimizer *optimizer, const cornu_tensor *variable) {
    const muon *self = (const muon *)optimizer;
    return is_for_adam(self, variable) ? self->args.adam_weight_decay : self->args.weight_decay;
}

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    muon *self = (muon *)optimizer;
    self->slots = cornu_allocate((variables.count + 1) * sizeof *self->slots);
    if (!self->slots) return CORNU_ENOMEM;
    for (size_t i = 0; i < variables.count; i++) {
        cornu_tensor *variable = variables.items[i];
        self->slots[i] = cornu_optimizer_variables(optimizer).count;
        if (!cornu_optimizer_add_slot(optimizer, variable, "momentum")) return cornu_error_status();
        if (!is_for_adam(self, variable)) continue;
        if (!cornu_optimizer_add_slot(optimizer, variable, "velocity")) return cornu_error_status();
    }
    return CORNU_OK;
}

static void destroy(void *object) { cornu_free(((muon *)object)->slots); }

/* ---- AdamW ---- */
static cornu_status update_adam(
    const muon *self, cornu_tensor *const *slots, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const cornu_optimizer_muon_args *args = &self->args;
    cornu_tensor *m = slots[0], *v = slots[1];
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    cornu_tensor *t = step_of((cornu_optimizer *)(uintptr_t)self, dtype);
    rate = cornu_op_multiply(rate, cornu_scalar(args->adam_lr_ratio));
    cornu_tensor *alpha = cornu_op_divide(
        cornu_op_multiply(rate, cornu_op_sqrt(bias_correction(args->adam_beta_2, t, dtype))),
        bias_correction(args->adam_beta_1, t, dtype)
    );
    CORNU_TRY(approach(m, gradient, args->adam_beta_1));
    CORNU_TRY(approach(v, cornu_op_square(gradient), args->adam_beta_2));
    cornu_tensor *root = cornu_op_add(cornu_op_sqrt(v), cornu_scalar(args->epsilon));
    return cornu_assign_sub(variable, cornu_op_divide(cornu_op_multiply(m, alpha), root));
}

/* ---- Muon ---- */
/* A matrix with the same singular vectors and singular values near 1: x -> a x + (b A + c A A) x,
 * A = x x^T, several times. */
static cornu_tensor *orthogonal(const muon *self, cornu_tensor *x) {
    const cornu_optimizer_muon_args *args = &self->args;
    if (!x) return NULL;
    bool tall = cornu_tensor_dim(x, 0) > cornu_tensor_dim(x, 1);
    if (tall) x = cornu_op_transpose(x, cornu_axes(1, 0));
    cornu_tensor *norm = cornu_op_sqrt(cornu_op_sum(cornu_op_square(x)));
    x = cornu_op_divide(x, cornu_op_add(norm, cornu_scalar(1e-7)));
    for (int64_t i = 0; i < args->ns_steps; i++) {
        cornu_tensor *square = cornu_op_matmul(x, x, .transpose_b = true);
        cornu_tensor *fourth =
            cornu_op_matmul(cornu_op_multiply(square, cornu_scalar(args->muon_c)), square);
        cornu_tensor *factor =
            cornu_op_add(cornu_op_multiply(square, cornu_scalar(args->muon_b)), fourth);
        x = cornu_op_add(
            cornu_op_multiply(x, cornu_scalar(args->muon_a)), cornu_op_matmul(factor, x)
        );
    }
    return tall ? cornu_op_transpose(x, cornu_axes(1, 0)) : x;
}

static cornu_status update_muon(
    const muon *self, cornu_tensor *m, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    cornu_tensor *momentum = cornu_scalar(self->args.momentum);
    CORNU_TRY(cornu_assign(m, cornu_op_add(cornu_op_multiply(m, momentum), gradient)));
    cornu_tensor *direction = m;
    if (self->args.nesterov) direction = cornu_op_add(gradient, cornu_op_multiply(m, momentum));
    cornu_tensor *step = cornu_op_multiply(rate, orthogonal(self, direction));
    if (!isnan(self->args.rms_rate)) { /* as long as a step of Adam */
        int64_t rows = cornu_tensor_dim(variable, 0), columns = cornu_tensor_dim(variable, 1);
        double longer = sqrt((double)(rows > columns ? rows : columns));
        step = cornu_op_multiply(step, cornu_scalar(longer * self->args.rms_rate));
    }
    return cornu_assign_sub(variable, step);
}

static cornu_status update(
    cornu_optimizer *optimizer, size_t index, cornu_tensor *gradient, cornu_tensor *variable,
    cornu_tensor *rate
) {
    const muon *self = (muon *)optimizer;
    cornu_tensor *const *slots = cornu_optimizer_variables(optimizer).items + self->slots[index];
    if (is_for_adam(self, variable)) return update_adam(self, slots, gradient, variable, rate);
    return update_muon(self, slots[0], gradient, variable, rate);
}

static const cornu_optimizer_muon_args defaults = {CORNU_OPTIMIZER_MUON_DEFAULTS, .name = "muon"};
static const cornu_field fields[] = {
    CORNU_OPTIMIZER_FIELDS(cornu_optimizer_muon_args),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, adam_beta_1),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, adam_beta_2),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, epsilon),
    CORNU_FIELD(cornu_optimizer_muon_args, TEXTS, exclude_layers),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, muon_a),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, muon_b),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, muon_c),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, adam_lr_ratio),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, momentum),
    CORNU_FIELD(cornu_optimizer_muon_args, INT, ns_steps),
    CORNU_FIELD(cornu_optimizer_muon_args, BOOL, nesterov),
    CORNU_FIELD(cornu_optimizer_muon_args, BOOL, exclude_embeddings),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, adam_weight_decay),
    CORNU_FIELD(cornu_optimizer_muon_args, FLOAT, rms_rate),
};
static const char *const aliases[] = {"muon", NULL};

CORNU_OPTIMIZER_CLASS(muon){
    CORNU_CLASS_ARGS(muon, args, defaults, fields),
    .name = "Muon",
    .init = init,
    .build = build,
    .update = update,
    .weight_decay = weight_decay,
    .destroy = destroy,
    .aliases = aliases,
};

cornu_optimizer *cornu_optimizer_muon_new(const cornu_optimizer_muon_args *args) {
    return cornu_optimizer_create(&cornu_optimizer_muon_class, args);
}
