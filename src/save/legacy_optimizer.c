/* The state of an optimizer in a legacy .h5. Keras 3 keeps its variables in the order of today;
 * tf.keras from 2.11 on does as well, with other names ("Adam/m/dense/kernel:0"); before, and in
 * Keras 2, there is no learning rate, and slot stands after slot ("Adam/dense/kernel/m:0").
 * keras/src/legacy/saving/legacy_h5_format.py: load_optimizer_weights_from_hdf5_group */
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "nn/optimizer.h"
#include "save/legacy.h"
#include "tensor/tensor.h"

#include <string.h>

#define GROUP "optimizer_weights"

typedef struct state_reader {
    cornu_h5 *file;
    struct cornu_optimizer_state *state;
    cornu_h5_texts names;
    cornu_h5_found *found;
    size_t *source; /* of each variable of the state: which dataset; SIZE_MAX: none */
    cornu_tensor **values;
} state_reader;

static char *path_of(const state_reader *self, size_t index) {
    return cornu_format_(GROUP "/%s", self->names.items[index]);
}

static bool fits(const state_reader *self, size_t variable, size_t dataset) {
    return cornu_shape_equal(
        cornu_tensor_shape(self->state->variables[variable]), &self->found[dataset].shape
    );
}

/* The order of today. */
static bool map_in_order(state_reader *self) {
    bool same = self->names.count == self->state->variable_count;
    for (size_t i = 0; same && i < self->names.count; i++) {
        same = fits(self, i, i);
        self->source[i] = i;
    }
    return same;
}

/* How many variables stand in front of the slots here: iterations, and the learning rate. */
static size_t heading(const state_reader *self) { return self->state->learning_rate ? 2 : 1; }

/* Here the slots of a variable stand together (Adam), or one slot of all variables (RMSprop). */
static size_t slot_of(const state_reader *self, size_t slots, size_t variable, size_t slot) {
    const struct cornu_optimizer_state *state = self->state;
    size_t first = heading(self);
    bool together = slots > 1 && state->references[first] == state->references[first + 1];
    return together ? first + variable * slots + slot
                    : first + slot * state->trained_count + variable;
}

/* "iter", then slot after slot; the learning rate was no variable then. */
static bool map_by_slot(state_reader *self) {
    const struct cornu_optimizer_state *state = self->state;
    size_t trained = state->trained_count, first = heading(self);
    if (trained == 0 || state->variable_count < first || self->names.count == 0) return false;
    size_t slots = (state->variable_count - first) / trained;
    /* Keras 2 has one number for each trained variable more if Adam keeps no maxima */
    bool idle = self->names.count == 1 + (slots + 1) * trained;
    if (slots * trained + first != state->variable_count ||
        (!idle && self->names.count != 1 + slots * trained) || !fits(self, 0, 0))
        return false;
    self->source[0] = 0;
    if (first == 2) self->source[1] = SIZE_MAX;
    for (size_t slot = 0; slot < slots; slot++) {
        for (size_t i = 0; i < trained; i++) {
            size_t variable = slot_of(self, slots, i, slot), dataset = 1 + slot * trained + i;
            if (!fits(self, variable, dataset)) return false;
            self->source[variable] = dataset;
        }
    }
    return true;
}

static cornu_status look(state_reader *self, bool *complete) {
    *complete = true;
    for (size_t i = 0; i < self->names.count; i++) {
        char *path = path_of(self, i);
        if (!path) return CORNU_ENOMEM;
        cornu_status status = cornu_h5_find_(self->file, path, &self->found[i]);
        cornu_free_(path);
        CORNU_TRY(status);
        *complete = *complete && self->found[i].kind == CORNU_H5_DATASET;
    }
    return CORNU_OK;
}

static cornu_status read_values(state_reader *self) {
    for (size_t i = 0; i < self->state->variable_count; i++) {
        if (self->source[i] == SIZE_MAX) continue;
        const cornu_tensor *variable = self->state->variables[i];
        const cornu_shape *shape = cornu_tensor_shape(variable);
        self->values[i] = cornu_tensor_new(cornu_tensor_dtype(variable), *shape);
        void *data = self->values[i] ? cornu_tensor_data_mut(self->values[i]) : NULL;
        char *path = data ? path_of(self, self->source[i]) : NULL;
        cornu_status status =
            path ? cornu_h5_read_(self->file, path, cornu_tensor_dtype(variable), shape, data)
                 : cornu_error_status();
        cornu_free_(path);
        CORNU_TRY(status);
    }
    for (size_t i = 0; i < self->state->variable_count; i++) {
        if (self->values[i])
            cornu_variable_set_storage_(self->state->variables[i], self->values[i]->storage);
    }
    return CORNU_OK;
}

static cornu_status read(state_reader *self, const cornu_optimizer *optimizer) {
    bool complete;
    size_t count = self->state->variable_count;
    self->found = cornu_alloc_array_(self->names.count, sizeof *self->found);
    self->source = cornu_alloc_array_(count, sizeof *self->source);
    self->values = cornu_alloc_array_(count, sizeof *self->values);
    if (!self->found || !self->source || !self->values) return CORNU_ENOMEM;
    CORNU_TRY(look(self, &complete));
    if (complete && (map_in_order(self) || map_by_slot(self))) return read_values(self);
    cornu_log_(
        CORNU_LOG_SAVE,
        "the state of optimizer '%s' is left out: it has %zu variables, the file has %zu, or of "
        "other shapes",
        cornu_optimizer_name(optimizer), count, self->names.count
    );
    return CORNU_OK;
}

cornu_status cornu_legacy_optimizer_read_(cornu_optimizer *optimizer, cornu_h5 *file) {
    state_reader self = {.file = file, .state = optimizer->state_};
    CORNU_TRY(cornu_legacy_read_names_(file, GROUP, "weight_names", &self.names));
    cornu_status status = self.names.count ? read(&self, optimizer) : CORNU_OK;
    for (size_t i = 0; self.values && i < self.state->variable_count; i++)
        cornu_tensor_free(self.values[i]);
    cornu_free_(self.values);
    cornu_free_(self.source);
    cornu_free_(self.found);
    cornu_free_(self.names.items);
    return status;
}
