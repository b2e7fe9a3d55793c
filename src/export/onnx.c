/* A model as ONNX: the ops of its prediction, one after the other. The prediction is traced for two
 * batch sizes; what is different there depends on the batch and is computed from it in the file. */
#include "export/onnx.h"
#include "base/file.h"
#include "base/memory.h"

#include <string.h>

enum { IR_VERSION = 8, OPSET = 18 };

/* ---- values ---- */
/* Constants that the batch makes larger consist of equal rows. */
static void write_growing_constant(
    cornu_onnx *onnx, const char *name, const cornu_tensor *tensor, const cornu_tensor *other
) {
    int64_t rows = tensor->shape.rank > 0 ? tensor->shape.dims[0] : 0;
    if (rows != CORNU_ONNX_BATCH || other->shape.dims[0] != CORNU_ONNX_OTHER_BATCH) {
        cornu_onnx_fail_(onnx, "a constant that depends on the batch size: give batch_size");
        return;
    }
    size_t row = (size_t)(tensor->size / rows) * cornu_dtype_size(tensor->dtype);
    const char *data = tensor->storage->data, *others = other->storage->data;
    bool same = true;
    for (int64_t i = 0; i < other->shape.dims[0]; i++)
        same = same && memcmp(others + (size_t)i * row, data, row) == 0;
    if (!same) cornu_onnx_fail_(onnx, "a constant that depends on the sample: give batch_size");
    cornu_tensor one = *tensor;
    one.shape.dims[0] = 1;
    one.size = tensor->size / rows;
    const char *first = cornu_onnx_name_(onnx, "%s_row", name);
    cornu_onnx_initializer_(onnx, first, &one);
    CORNU_ONNX_OP_(
        onnx, "Expand", name, first,
        cornu_onnx_sizes_(onnx, tensor->shape.dims, other->shape.dims, tensor->shape.rank)
    );
}

static void write_constant(cornu_onnx *onnx, uint32_t value) {
    const cornu_value *v = &onnx->traced->values[value];
    const cornu_tensor *other = onnx->other ? onnx->other->values[value].tensor : v->tensor;
    bool variable = v->kind == CORNU_VALUE_VARIABLE;
    onnx->names[value] =
        variable ? cornu_onnx_name_(onnx, "%s:%u", cornu_variable_path(v->tensor), (unsigned)value)
                 : cornu_onnx_name_(onnx, "constant:%u", (unsigned)value);
    if (!v->tensor->storage || !v->tensor->storage->data)
        cornu_onnx_fail_(onnx, "a constant without values");
    else if (onnx->status != CORNU_OK) return;
    else if (cornu_shape_equal(&v->tensor->shape, &other->shape))
        cornu_onnx_initializer_(onnx, onnx->names[value], v->tensor);
    else write_growing_constant(onnx, onnx->names[value], v->tensor, other);
}

/* ---- both traces ---- */
static bool same_value(const cornu_graph *a, const cornu_graph *b, uint32_t value) {
    return a->values[value].kind == b->values[value].kind &&
           a->values[value].tensor->dtype == b->values[value].tensor->dtype &&
           a->values[value].tensor->shape.rank == b->values[value].tensor->shape.rank;
}

static bool same_node(const cornu_graph_node *a, const cornu_graph_node *b) {
    return a->op == b->op && a->dead == b->dead && a->input_count == b->input_count &&
           a->out == b->out &&
           memcmp(a->inputs, b->inputs, a->input_count * sizeof *a->inputs) == 0;
}

static cornu_status compare(const cornu_graph *a, const cornu_graph *b) {
    bool same = a->node_count == b->node_count && a->value_count == b->value_count;
    for (size_t i = 0; same && i < a->node_count; i++) same = same_node(&a->nodes[i], &b->nodes[i]);
    for (uint32_t i = 0; same && i < a->value_count; i++) same = same_value(a, b, i);
    if (same) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EUNSUPPORTED,
        "what the model computes depends on the batch size: give batch_size for the export"
    );
}

/* ---- the graph ---- */
static void write_node(cornu_onnx *onnx, size_t index) {
    const cornu_graph *a = onnx->traced, *b = onnx->other ? onnx->other : a;
    const cornu_graph_node *node = &a->nodes[index];
    const char **names = cornu_onnx_alloc_(onnx, node->input_count, sizeof *names);
    if (!names) return;
    cornu_onnx_op op = {.node = node, .attrs = &node->attrs, .other = &b->nodes[index].attrs};
    for (size_t i = 0; i < node->input_count; i++) {
        names[i] = onnx->names[node->inputs[i]];
        if (i >= sizeof op.in / sizeof *op.in) continue;
        op.inputs[i] = names[i];
        op.in[i] = a->values[node->inputs[i]].tensor;
        op.other_in[i] = b->values[node->inputs[i]].tensor;
    }
    op.all_inputs = names;
    op.out = a->values[node->out].tensor;
    op.other_out = b->values[node->out].tensor;
    op.output = onnx->names[node->out] =
        cornu_onnx_name_(onnx, "%s:%u", node->op->name, (unsigned)node->out);
    cornu_onnx_write_(onnx, &op);
}

static cornu_shape open_shape(const cornu_onnx *onnx, uint32_t value) {
    cornu_shape shape = onnx->traced->values[value].tensor->shape;
    if (!onnx->other) return shape;
    const cornu_shape *other = &onnx->other->values[value].tensor->shape;
    for (int i = 0; i < shape.rank; i++)
        if (shape.dims[i] != other->dims[i]) shape.dims[i] = -1;
    return shape;
}

/* Values are numbered in the order in which they were made, but for inputs and constants, which
 * nothing comes before. */
static void write_graph(cornu_onnx *onnx, const cornu_model *model) {
    const cornu_graph *graph = onnx->traced;
    for (size_t i = 0; i < graph->input_count; i++) {
        uint32_t value = graph->inputs[i];
        cornu_shape shape = open_shape(onnx, value);
        onnx->names[value] = cornu_onnx_name_(onnx, "%s", model->input_names[i]);
        cornu_onnx_declare_(
            onnx, false, onnx->names[value], graph->values[value].tensor->dtype, &shape
        );
    }
    for (uint32_t i = 0; i < graph->value_count; i++)
        if (graph->values[i].kind == CORNU_VALUE_CONSTANT ||
            graph->values[i].kind == CORNU_VALUE_VARIABLE)
            write_constant(onnx, i);
    for (size_t i = 0; i < graph->node_count && onnx->status == CORNU_OK; i++)
        if (!graph->nodes[i].dead) write_node(onnx, i);
}

/* Whether an earlier output or an input has the name. */
static bool is_taken(const cornu_onnx *onnx, const char *name) {
    for (size_t i = 0; i < onnx->graph.n_output; i++)
        if (strcmp(onnx->graph.output[i]->name, name) == 0) return true;
    for (size_t i = 0; i < onnx->graph.n_input; i++)
        if (strcmp(onnx->graph.input[i]->name, name) == 0) return true;
    return false;
}

static void write_outputs(cornu_onnx *onnx, const cornu_model *model) {
    const cornu_graph *graph = onnx->traced;
    for (size_t i = 0; i < graph->output_count && onnx->status == CORNU_OK; i++) {
        uint32_t value = graph->outputs[i];
        cornu_shape shape = open_shape(onnx, value);
        const char *name = cornu_onnx_name_(onnx, "%s", model->output_names[i]);
        for (unsigned n = 1; is_taken(onnx, name) && onnx->status == CORNU_OK; n++)
            name = cornu_onnx_name_(onnx, "%s_%u", model->output_names[i], n);
        CORNU_ONNX_OP_(onnx, "Identity", name, onnx->names[value]);
        cornu_onnx_declare_(onnx, true, name, graph->values[value].tensor->dtype, &shape);
    }
}

/* ---- the file ---- */
typedef struct file_buffer {
    ProtobufCBuffer base;
    cornu_writer *writer;
} file_buffer;

static void append(ProtobufCBuffer *buffer, size_t size, const uint8_t *bytes) {
    cornu_writer_write_(((file_buffer *)(void *)buffer)->writer, bytes, size);
}

static cornu_status write_file(cornu_onnx *onnx, const char *path) {
    Onnx__ModelProto model = ONNX__MODEL_PROTO__INIT;
    Onnx__OperatorSetIdProto opset = ONNX__OPERATOR_SET_ID_PROTO__INIT;
    Onnx__OperatorSetIdProto *opsets[] = {&opset};
    char producer[] = "cornu", domain[] = "", version[32];
    snprintf(version, sizeof version, "%s", cornu_version());
    opset.domain = domain;
    opset.has_version = model.has_ir_version = true;
    opset.version = OPSET;
    model.ir_version = IR_VERSION;
    model.producer_name = producer;
    model.producer_version = version;
    model.graph = &onnx->graph;
    model.opset_import = opsets;
    model.n_opset_import = 1;
    if (onnx__model_proto__get_packed_size(&model) > INT32_MAX)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "a file of ONNX holds 2 GB at most; this model is larger");
    cornu_writer writer;
    CORNU_TRY(cornu_writer_open_(&writer, path));
    file_buffer buffer = {{append}, &writer};
    (void)onnx__model_proto__pack_to_buffer(&model, &buffer.base);
    return cornu_writer_commit_(&writer);
}

static cornu_status write_model(cornu_onnx *onnx, cornu_model *model, const char *path) {
    onnx__graph_proto__init(&onnx->graph);
    size_t length = strlen(cornu_layer_name(&model->base)) + 1;
    char *name = cornu_onnx_alloc_(onnx, length, 1);
    onnx->names = cornu_onnx_alloc_(onnx, onnx->traced->value_count, sizeof *onnx->names);
    if (!onnx->names) return onnx->status;
    onnx->graph.name = memcpy(name, cornu_layer_name(&model->base), length);
    write_graph(onnx, model);
    write_outputs(onnx, model);
    return onnx->status == CORNU_OK ? write_file(onnx, path) : onnx->status;
}

static cornu_status trace(
    cornu_model *model, const cornu_export_args *args, int64_t size, cornu_graph **graph
) {
    CORNU_TRY(cornu_export_trace_(model, args->input_shapes, size, graph));
    if ((*graph)->assignment_count == 0) return cornu_graph_drop_dead_(*graph);
    CORNU_FAIL(
        CORNU_EUNSUPPORTED, "ONNX cannot express a model that keeps state between calls ('%s')",
        cornu_variable_path((*graph)->assignments[0].variable)
    );
}

cornu_status cornu_export_onnx_(cornu_model *model, const cornu_export_args *args) {
    bool open = args->batch_size == CORNU_NONE;
    cornu_graph *first = NULL, *second = NULL;
    cornu_onnx_pool pool = {0};
    cornu_status status = trace(model, args, open ? CORNU_ONNX_BATCH : args->batch_size, &first);
    if (status == CORNU_OK && open) status = trace(model, args, CORNU_ONNX_OTHER_BATCH, &second);
    if (status == CORNU_OK && open) status = compare(first, second);
    if (status == CORNU_OK) {
        cornu_onnx onnx = {.pool = &pool, .traced = first, .other = second};
        status = write_model(&onnx, model, args->path);
    }
    for (size_t i = 0; i < pool.count; i++) cornu_free_(pool.blocks[i]);
    cornu_free_(pool.blocks);
    cornu_graph_free_(first);
    cornu_graph_free_(second);
    return status;
}
