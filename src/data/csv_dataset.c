/* A CSV file as a dataset: one input of all numbers, one of each category. */
#include "base/memory.h"
#include "data/dataset.h"
#include <cornu/data.h>
#include <string.h>

typedef struct reading {
    const cornu_dataset_from_csv_args *args;
    cornu_csv *table;
    cornu_tensor **inputs, **targets;
    size_t input_count, target_count;
    cornu_tensor *sample_weight;
} reading;

static bool contains(cornu_texts list, const char *name) {
    for (size_t i = 0; i < list.count; i++)
        if (strcmp(list.items[i], name) == 0) return true;
    return false;
}

static cornu_status add(cornu_tensor **list, size_t *count, cornu_tensor *tensor) {
    if (!tensor) return cornu_error_status();
    list[(*count)++] = tensor;
    return CORNU_OK;
}

/* The columns asked for, or those that nobody else has. */
static cornu_status read_numbers(reading *self) {
    const cornu_dataset_from_csv_args *args = self->args;
    if (args->numeric.count)
        return add(
            self->inputs, &self->input_count,
            cornu_csv_numbers(self->table, args->numeric, CORNU_FLOAT32)
        );
    size_t columns = cornu_csv_columns(self->table), count = 0;
    const char **names = cornu_alloc_array_(columns, sizeof *names);
    if (!names) return CORNU_ENOMEM;
    for (size_t i = 0; i < columns; i++) {
        const char *name = cornu_csv_name(self->table, i);
        bool weight = args->sample_weight && strcmp(args->sample_weight, name) == 0;
        bool taken = contains(args->targets, name) || contains(args->categorical, name) || weight;
        if (!taken) names[count++] = name;
    }
    cornu_status status = CORNU_OK;
    if (count > 0) {
        const cornu_texts list = {names, count};
        cornu_tensor *numbers = cornu_csv_numbers(self->table, list, CORNU_FLOAT32);
        status = add(self->inputs, &self->input_count, numbers);
    }
    cornu_free_(names);
    return status;
}

static cornu_status read_all(reading *self) {
    const cornu_dataset_from_csv_args *args = self->args;
    self->inputs = cornu_alloc_array_(args->categorical.count + 1, sizeof *self->inputs);
    self->targets = cornu_alloc_array_(args->targets.count, sizeof *self->targets);
    if (!self->inputs || !self->targets) return CORNU_ENOMEM;
    CORNU_TRY(read_numbers(self));
    for (size_t i = 0; i < args->categorical.count; i++) {
        const char *name = args->categorical.items[i];
        if (contains(args->targets, name)) continue;
        CORNU_TRY(add(self->inputs, &self->input_count, cornu_csv_categories(self->table, name)));
    }
    for (size_t i = 0; i < args->targets.count; i++) {
        const char *name = args->targets.items[i];
        cornu_tensor *target =
            contains(args->categorical, name)
                ? cornu_csv_categories(self->table, name)
                : cornu_csv_numbers(self->table, cornu_texts(name), CORNU_FLOAT32);
        CORNU_TRY(add(self->targets, &self->target_count, target));
    }
    if (!args->sample_weight) return CORNU_OK;
    self->sample_weight =
        cornu_csv_numbers(self->table, cornu_texts(args->sample_weight), CORNU_FLOAT32);
    return self->sample_weight ? CORNU_OK : cornu_error_status();
}

cornu_dataset *cornu_dataset_from_csv_new(const cornu_dataset_from_csv_args *args) {
    reading self = {
        .args = args,
        .table = cornu_load_csv(args->path, .delimiter = args->delimiter, .header = args->header)};
    cornu_dataset *made = NULL;
    if (self.table && read_all(&self) == CORNU_OK)
        made = cornu_dataset_from_tensors(
            ((cornu_tensor_list){self.inputs, self.input_count}),
            .targets = {self.targets, self.target_count}, .sample_weight = self.sample_weight
        );
    if (!made && self.table) (void)cornu_error_context("'%s'", args->path);
    for (size_t i = 0; i < self.input_count; i++) cornu_tensor_free(self.inputs[i]);
    for (size_t i = 0; i < self.target_count; i++) cornu_tensor_free(self.targets[i]);
    cornu_tensor_free(self.sample_weight);
    cornu_free_(self.inputs);
    cornu_free_(self.targets);
    cornu_csv_free(self.table);
    return made;
}
