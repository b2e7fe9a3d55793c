/* The table of a model's layers. Keras: keras/src/utils/summary_utils.py, print_summary. */
#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/terminal.h"
#include "base/text.h"
#include "model/graph.h"
#include "model/table.h"
#include "nn/optimizer.h"

/* ---- numbers ---- */
/* 1234567 -> 1,234,567 */
static void add_count(cornu_text *out, int64_t count) {
    char digits[32];
    int length = snprintf(digits, sizeof digits, "%lld", (long long)count);
    for (int i = 0; i < length; i++) {
        if (i > 0 && (length - i) % 3 == 0) cornu_text_add_(out, ",");
        cornu_text_add_bytes_(out, &digits[i], 1);
    }
}

typedef struct {
    int64_t count;
    double bytes;
} weight_size;

static void add_size(weight_size *sum, cornu_tensor_list weights) {
    for (size_t i = 0; i < weights.count; i++) {
        int64_t size = cornu_tensor_size(weights.items[i]);
        sum->count += size;
        sum->bytes += (double)size * (double)cornu_dtype_size(cornu_tensor_dtype(weights.items[i]));
    }
}

static void add_total(cornu_text *out, const char *what, weight_size size) {
    static const char *const units[] = {"B", "KB", "MB", "GB", "TB", "PB"};
    size_t unit = 0;
    while (size.bytes >= 1024 && unit + 1 < sizeof units / sizeof *units) {
        size.bytes /= 1024;
        unit++;
    }
    cornu_text_format_(out, " %s: ", what);
    add_count(out, size.count);
    cornu_text_format_(out, " (%.2f %s)\n", size.bytes, units[unit]);
}

static void add_totals(cornu_text *out, cornu_model *model) {
    weight_size trainable = {0}, fixed = {0}, kept = {0};
    add_size(&trainable, cornu_layer_trainable_weights(&model->base));
    add_size(&fixed, cornu_layer_non_trainable_weights(&model->base));
    const cornu_optimizer *optimizer =
        model->training != NULL ? cornu_training_class_.optimizer(model) : NULL;
    bool with_optimizer = optimizer != NULL && optimizer->built;
    if (with_optimizer) {
        const struct cornu_optimizer_state *state = optimizer->state_;
        add_size(&kept, (cornu_tensor_list){state->variables, state->variable_count});
    }
    weight_size all = {
        trainable.count + fixed.count + kept.count, trainable.bytes + fixed.bytes + kept.bytes};
    add_total(out, "Total params", all);
    add_total(out, "Trainable params", trainable);
    add_total(out, "Non-trainable params", fixed);
    if (with_optimizer) add_total(out, "Optimizer params", kept);
}

/* ---- rows ---- */
static char *count_text(cornu_layer *layer) {
    cornu_text text = {0};
    if (!layer->built && !cornu_built_when_made_(layer)) cornu_text_add_(&text, "0 (unbuilt)");
    else add_count(&text, cornu_layer_parameter_count(layer));
    return cornu_text_take_(&text);
}

/* "dense[0][0], other[0][0]": what the calls of a layer take, or "-". */
static char *connections(const struct cornu_topology *graph, const cornu_layer *layer) {
    cornu_text text = {0};
    int node_count = 0;
    for (size_t i = 0; i < graph->step_count; i++) node_count += graph->steps[i].layer == layer;
    for (int node = 0; node < node_count; node++) {
        for (size_t i = 0; i < graph->step_count; i++) {
            const cornu_graph_step *step = &graph->steps[i];
            if (step->layer != layer || step->node_index != node) continue;
            for (size_t k = 0; k < step->input_count; k++) {
                const cornu_graph_slot *slot = &graph->slots[step->inputs[k]];
                cornu_text_format_(
                    &text, "%s%s[%d][%zu]", text.length > 0 ? ", " : "", slot->layer->name,
                    slot->node_index, slot->tensor_index
                );
            }
        }
    }
    if (text.length == 0) cornu_text_add_(&text, "-");
    return cornu_text_take_(&text);
}

static cornu_status add_row(
    cornu_text *out, const cornu_table *table, const cornu_model *model, size_t index
) {
    cornu_layer *layer = cornu_model_layer_at(model, index);
    char *cells[CORNU_TABLE_COLUMNS] = {
        cornu_format_("%s (%s)", cornu_layer_name(layer), layer->cls->name),
        cornu_layer_shape_text_(model, index),
        count_text(layer),
        table->column_count > 3 ? connections(model->graph, layer) : cornu_strdup_(""),
    };
    bool complete = cells[0] != NULL && cells[1] != NULL && cells[2] != NULL && cells[3] != NULL;
    if (complete) cornu_table_row_(table, out, (const char *const *)cells, index == 0);
    for (size_t i = 0; i < CORNU_TABLE_COLUMNS; i++) cornu_free_(cells[i]);
    return complete ? CORNU_OK : cornu_error_status();
}

/* Keras leaves four columns of the terminal free. */
static size_t line_length(FILE *stream, size_t wanted) {
    enum { NARROWEST = 40 };
    int width = cornu_terminal_width_(stream) - 4;
    if (width < NARROWEST) width = NARROWEST;
    return (size_t)width < wanted ? (size_t)width : wanted;
}

static cornu_status write_summary(cornu_text *out, cornu_model *model, FILE *stream) {
    static const char *const header[] = {"Layer (type)", "Output Shape", "Param #", "Connected to"};
    bool chain = model->graph == NULL || cornu_graph_is_chain_(model->graph);
    cornu_table table = {.right = {false, false, true, false}};
    if (chain)
        cornu_table_lay_out_(&table, line_length(stream, 88), (const double[]){0.45, 0.80, 1.0}, 3);
    else
        cornu_table_lay_out_(
            &table, line_length(stream, 108), (const double[]){0.3, 0.56, 0.74, 1.0}, 4
        );
    cornu_text_format_(out, "Model: \"%s\"\n", model->base.name);
    cornu_table_header_(&table, out, header);
    for (size_t i = 0; i < cornu_model_layer_count(model); i++)
        CORNU_TRY(add_row(out, &table, model, i));
    cornu_table_end_(&table, out);
    add_totals(out, model);
    return out->status;
}

cornu_status cornu_summary(cornu_model *model, FILE *stream) {
    if (model == NULL) return cornu_error_null("model");
    if (stream == NULL) stream = stdout;
    cornu_text text = {0};
    cornu_status status = write_summary(&text, model, stream);
    if (status == CORNU_OK && (fputs(text.data, stream) == EOF || fflush(stream) == EOF))
        status = cornu_error_set(CORNU_EIO, __FILE__, __LINE__, "the summary could not be written");
    cornu_text_free_(&text);
    return status;
}
