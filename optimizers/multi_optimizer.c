/* MultiOptimizer: each variable is left to the optimizer that a map of patterns names for its path.
 * keras/src/optimizers/multi_optimizer.py, with OptimizerMap */
#include <cornu/optimizers.h>
#include <string.h>

extern const cornu_optimizer_class cornu_optimizer_multi_optimizer_class;

/* What one of the optimizers has to do. */
typedef struct {
    cornu_optimizer *optimizer; /* owned */
    cornu_tensor **variables;   /* retained */
    cornu_tensor **gradients;   /* room for those of a step */
    cornu_constraint **constraints;
    size_t count;
} share;

typedef struct {
    cornu_optimizer base;
    cornu_optimizer_multi_optimizer_args args;
    /* the map: a pattern (owned), and which of the shares it leads to */
    char **patterns;
    size_t *targets;
    size_t pattern_count;
    share shares[CORNU_INNER_MAX]; /* in the order of the map, the default's last */
    size_t share_count, default_share;
    size_t *share_of; /* which share each variable of a step is in */
} multi_optimizer;

/* ---- making one ------------------------------------------------------------------------------ */

static void forget_variables(multi_optimizer *self) {
    for (size_t i = 0; i < self->share_count; i++) {
        share *one = &self->shares[i];
        for (size_t k = 0; k < one->count; k++) cornu_tensor_free(one->variables[k]);
        cornu_free(one->variables);
        cornu_free(one->gradients);
        cornu_free(one->constraints);
        *one = (share){.optimizer = one->optimizer};
    }
    cornu_free(self->share_of);
    self->share_of = NULL;
}

static void destroy(void *object) {
    multi_optimizer *self = object;
    forget_variables(self);
    for (size_t i = 0; i < self->share_count; i++) cornu_optimizer_free(self->shares[i].optimizer);
    for (size_t i = 0; i < self->pattern_count; i++) cornu_free(self->patterns[i]);
    cornu_free(self->patterns);
    cornu_free(self->targets);
}

/* The optimizer's share, which is made if it has none. It stays the caller's. */
static cornu_status share_for(multi_optimizer *self, cornu_optimizer *optimizer, size_t *index) {
    if (!optimizer) return cornu_error_null("an optimizer of the map");
    for (*index = 0; *index < self->share_count; ++*index)
        if (self->shares[*index].optimizer == optimizer) return CORNU_OK;
    if (optimizer->cls->inner)
        CORNU_FAIL(CORNU_EINVAL, "a %s cannot stand inside a MultiOptimizer", optimizer->cls->name);
    /* the base keeps three bits of the state of each, and those of this one */
    if (self->share_count == CORNU_INNER_MAX - 1)
        CORNU_FAIL(CORNU_EINVAL, "more than %d optimizers", CORNU_INNER_MAX - 1);
    self->shares[self->share_count++].optimizer = cornu_optimizer_retain(optimizer);
    return CORNU_OK;
}

static cornu_status add_entry(
    multi_optimizer *self, const char *pattern, cornu_optimizer *optimizer
) {
    bool ignored;
    if (!pattern) return cornu_error_null("pattern");
    CORNU_TRY(cornu_pattern_fullmatch(pattern, "", &ignored));
    size_t size = strlen(pattern) + 1;
    char *copy = cornu_allocate(size);
    if (!copy) return CORNU_ENOMEM;
    memcpy(copy, pattern, size);
    self->patterns[self->pattern_count] = copy;
    return share_for(self, optimizer, &self->targets[self->pattern_count++]);
}

static cornu_status make_room(multi_optimizer *self, size_t patterns) {
    self->patterns = cornu_allocate((patterns + 1) * sizeof *self->patterns);
    self->targets = cornu_allocate((patterns + 1) * sizeof *self->targets);
    return self->patterns && self->targets ? CORNU_OK : CORNU_ENOMEM;
}

static cornu_status init(void *object) {
    multi_optimizer *self = object;
    if (self->share_count > 0) return CORNU_OK; /* from_config has read everything */
    cornu_optimizer_map_list map = self->args.optimizer_map;
    cornu_optimizer *rest = self->args.default_optimizer;
    self->args.optimizer_map = (cornu_optimizer_map_list){0}; /* the caller's memory */
    self->args.default_optimizer = NULL;
    if (!rest && cornu_error_status() == CORNU_OK)
        CORNU_FAIL(CORNU_EINVAL, "a default optimizer must be given, for what no pattern fits");
    CORNU_TRY(make_room(self, map.count));
    for (size_t i = 0; i < map.count; i++)
        CORNU_TRY(add_entry(self, map.items[i].pattern, map.items[i].optimizer));
    return share_for(self, rest, &self->default_share);
}

/* ---- configs --------------------------------------------------------------------------------- */

static cornu_status get_config(const void *object, cornu_config *config) {
    const multi_optimizer *self = object;
    cornu_config *wrapped = cornu_config_set_object(config, "optimizer_map");
    if (!wrapped) return CORNU_ENOMEM;
    CORNU_TRY(cornu_config_set_string(wrapped, "module", "keras.optimizers"));
    CORNU_TRY(cornu_config_set_string(wrapped, "class_name", "OptimizerMap"));
    cornu_config *map = cornu_config_set_object(wrapped, "config");
    if (!map) return CORNU_ENOMEM;
    CORNU_TRY(cornu_config_set_optimizer(
        map, "default_optimizer", self->shares[self->default_share].optimizer
    ));
    cornu_config *entries = cornu_config_set_object(map, "optimizer_map");
    if (!entries) return CORNU_ENOMEM;
    for (size_t i = 0; i < self->pattern_count; i++)
        CORNU_TRY(cornu_config_set_optimizer(
            entries, self->patterns[i], self->shares[self->targets[i]].optimizer
        ));
    return cornu_config_set_null(wrapped, "registered_name");
}

static cornu_status read_entries(multi_optimizer *self, const cornu_config *entries) {
    size_t count = 0;
    while (cornu_config_key(entries, count)) count++;
    CORNU_TRY(make_room(self, count));
    for (size_t i = 0; i < count; i++) {
        const char *pattern = cornu_config_key(entries, i);
        cornu_optimizer *optimizer = NULL;
        CORNU_TRY(cornu_config_get_optimizer(entries, pattern, &optimizer));
        cornu_status status = add_entry(self, pattern, optimizer);
        cornu_optimizer_free(optimizer);
        CORNU_TRY(status);
    }
    return CORNU_OK;
}

static cornu_status from_config(void *object, const cornu_config *config) {
    multi_optimizer *self = object;
    const cornu_config *wrapped = NULL, *map = NULL, *entries = NULL;
    cornu_optimizer *rest = NULL;
    double ignored = 0;
    CORNU_TRY(cornu_config_get_object(config, "optimizer_map", &wrapped));
    CORNU_TRY(cornu_config_get_object(config, "optim_map", &wrapped)); /* its first name */
    CORNU_TRY(cornu_config_get_object(wrapped, "config", &map));
    CORNU_TRY(cornu_config_get_float(config, "learning_rate", &ignored)); /* has none */
    CORNU_TRY(cornu_config_get_float(config, "ema_momentum", &ignored));
    if (!map) CORNU_FAIL(CORNU_EFORMAT, "the config has no 'optimizer_map'");
    CORNU_TRY(cornu_config_get_object(map, "optimizer_map", &entries));
    CORNU_TRY(read_entries(self, entries));
    CORNU_TRY(cornu_config_get_optimizer(map, "default_optimizer", &rest));
    cornu_status status = share_for(self, rest, &self->default_share);
    cornu_optimizer_free(rest);
    return status;
}

/* ---- steps ----------------------------------------------------------------------------------- */

/* The one pattern that is the variable's path, or fits it; the last share if none does. */
static cornu_status choose(
    const multi_optimizer *self, const cornu_tensor *variable, size_t *chosen
) {
    const char *path = cornu_variable_path(variable), *first = NULL;
    *chosen = self->default_share;
    for (size_t i = 0; i < self->pattern_count; i++)
        if (strcmp(self->patterns[i], path) == 0) return *chosen = self->targets[i], CORNU_OK;
    for (size_t i = 0; i < self->pattern_count; i++) {
        bool fits;
        CORNU_TRY(cornu_pattern_fullmatch(self->patterns[i], path, &fits));
        if (fits && first)
            CORNU_FAIL(
                CORNU_EINVAL, "the variable '%s' fits both '%s' and '%s'", path, first,
                self->patterns[i]
            );
        if (!fits) continue;
        first = self->patterns[i];
        *chosen = self->targets[i];
    }
    return CORNU_OK;
}

static cornu_status distribute(multi_optimizer *self, cornu_tensor_list variables) {
    forget_variables(self);
    self->share_of = cornu_allocate((variables.count + 1) * sizeof *self->share_of);
    if (!self->share_of) return CORNU_ENOMEM;
    for (size_t i = 0; i < self->share_count; i++) {
        share *one = &self->shares[i];
        one->variables = cornu_allocate((variables.count + 1) * sizeof(cornu_tensor *));
        one->gradients = cornu_allocate((variables.count + 1) * sizeof(cornu_tensor *));
        one->constraints = cornu_allocate((variables.count + 1) * sizeof(cornu_constraint *));
        if (!one->variables || !one->gradients || !one->constraints) return CORNU_ENOMEM;
    }
    for (size_t i = 0; i < variables.count; i++) {
        CORNU_TRY(choose(self, variables.items[i], &self->share_of[i]));
        share *one = &self->shares[self->share_of[i]];
        one->variables[one->count++] = cornu_tensor_retain(variables.items[i]);
    }
    return CORNU_OK;
}

static cornu_status build(cornu_optimizer *optimizer, cornu_tensor_list variables) {
    multi_optimizer *self = (multi_optimizer *)optimizer;
    CORNU_TRY(distribute(self, variables));
    for (size_t i = 0; i < self->share_count; i++) {
        const share *one = &self->shares[i];
        const cornu_tensor_list list = {one->variables, one->count};
        CORNU_TRY(cornu_optimizer_build_inner(optimizer, one->optimizer, list));
    }
    return CORNU_OK;
}

static cornu_optimizer *inner(const cornu_optimizer *optimizer, size_t index) {
    const multi_optimizer *self = (const multi_optimizer *)optimizer;
    return index < self->share_count ? self->shares[index].optimizer : NULL;
}

static cornu_status apply(
    cornu_optimizer *optimizer, cornu_tensor *const *gradients, cornu_tensor_list variables,
    cornu_constraint *const *constraints
) {
    multi_optimizer *self = (multi_optimizer *)optimizer;
    double scale = self->args.loss_scale_factor;
    size_t filled[CORNU_INNER_MAX] = {0};
    for (size_t i = 0; i < variables.count; i++) {
        share *one = &self->shares[self->share_of[i]];
        size_t place = filled[self->share_of[i]]++;
        one->constraints[place] = constraints ? constraints[i] : NULL;
        one->gradients[place] = gradients[i];
        if (!gradients[i] || isnan(scale)) continue;
        one->gradients[place] = cornu_op_divide(gradients[i], cornu_scalar(scale));
        if (!one->gradients[place]) return cornu_error_status();
    }
    for (size_t i = 0; i < self->share_count; i++) {
        const share *one = &self->shares[i];
        const cornu_tensor_list list = {one->variables, one->count};
        if (one->count == 0) continue;
        CORNU_TRY(cornu_optimizer_apply_constrained(
            one->optimizer, one->gradients, list, one->constraints
        ));
    }
    return cornu_assign_add(cornu_optimizer_iterations(optimizer), cornu_scalar_of(CORNU_INT32, 1));
}

static const cornu_optimizer_multi_optimizer_args defaults = {
    CORNU_OPTIMIZER_MULTI_OPTIMIZER_DEFAULTS, .name = "multi_optimizer"};
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_optimizer_multi_optimizer_args, STRING, name),
    CORNU_FIELD(cornu_optimizer_multi_optimizer_args, FLOAT, loss_scale_factor),
};

CORNU_OPTIMIZER_CLASS(multi_optimizer){
    CORNU_CLASS_ARGS(multi_optimizer, args, defaults, fields),
    .name = "MultiOptimizer",
    .init = init,
    .destroy = destroy,
    .get_config = get_config,
    .from_config = from_config,
    .build = build,
    .inner = inner,
    .apply = apply,
    .counts = true,
};

cornu_optimizer *cornu_optimizer_multi_optimizer_new(
    const cornu_optimizer_multi_optimizer_args *args
) {
    cornu_optimizer *made = cornu_optimizer_create(&cornu_optimizer_multi_optimizer_class, args);
    /* everything was taken: what is kept has been retained */
    cornu_optimizer_free(args->default_optimizer);
    for (size_t i = 0; i < args->optimizer_map.count; i++)
        cornu_optimizer_free(args->optimizer_map.items[i].optimizer);
    return made;
}
