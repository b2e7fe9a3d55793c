/* The builder of ONNX graphs: nodes, attributes, constants, names. Everything made lies in the pool
 * and is freed with it. */
#include "base/memory.h"
#include "export/onnx.h"

#include <string.h>

void cornu_onnx_fail_(cornu_onnx *onnx, const char *what) {
    if (onnx->status == CORNU_OK)
        onnx->status =
            cornu_error_set(CORNU_EUNSUPPORTED, __FILE__, __LINE__, "ONNX cannot express %s", what);
}

/* ---- memory ---- */
static void *keep(cornu_onnx *onnx, void *block) {
    cornu_onnx_pool *pool = onnx->pool;
    if (!block || CORNU_RESERVE_(pool->blocks, pool->capacity, pool->count + 1) != CORNU_OK) {
        cornu_free_(block);
        onnx->status = CORNU_ENOMEM;
        return NULL;
    }
    return pool->blocks[pool->count++] = block;
}

void *cornu_onnx_alloc_(cornu_onnx *onnx, size_t count, size_t size) {
    if (onnx->status != CORNU_OK) return NULL;
    return keep(onnx, cornu_alloc_array_(count > 0 ? count : 1, size));
}

const char *cornu_onnx_name_(cornu_onnx *onnx, const char *format, ...) {
    if (onnx->status != CORNU_OK) return "";
    va_list arguments;
    va_start(arguments, format);
    char *name = keep(onnx, cornu_vformat_(format, arguments));
    va_end(arguments);
    return name ? name : "";
}

/* Appends a message to an array of pointers that lies in the pool. */
static bool append(cornu_onnx *onnx, void *array, size_t *count, size_t *capacity, void *message) {
    void ***items = array;
    if (!message) return false;
    if (*count == *capacity) {
        size_t grown = *capacity > 0 ? 2 * *capacity : 16;
        void **more = cornu_onnx_alloc_(onnx, grown, sizeof *more);
        if (!more) return false;
        if (*count > 0) memcpy(more, *items, *count * sizeof *more);
        *items = more;
        *capacity = grown;
    }
    (*items)[(*count)++] = message;
    return true;
}

/* protobuf-c has strings that may be written, though it never does */
static char *writable(const char *text) {
    union {
        const char *constant;
        char *text;
    } u = {text};
    return u.text;
}

/* ---- nodes ---- */
enum { MOST_OUTPUTS = 8, MOST_ATTRIBUTES = 8 };

const char *cornu_onnx_add_(
    cornu_onnx *onnx, const char *op, const char *output, const char *const *inputs, size_t count
) {
    if (!output) output = cornu_onnx_name_(onnx, "t%u", onnx->serial++);
    Onnx__NodeProto *node = cornu_onnx_alloc_(onnx, 1, sizeof *node);
    char **names = cornu_onnx_alloc_(onnx, count + MOST_OUTPUTS, sizeof *names);
    Onnx__AttributeProto **attributes =
        cornu_onnx_alloc_(onnx, MOST_ATTRIBUTES, sizeof *attributes);
    if (!attributes) return "";
    onnx__node_proto__init(node);
    node->op_type = writable(op);
    node->attribute = attributes;
    for (size_t i = 0; i < count; i++) names[i] = writable(inputs[i]);
    node->input = names;
    node->n_input = count;
    node->output = names + count;
    node->output[node->n_output++] = writable(output);
    Onnx__GraphProto *graph = &onnx->graph;
    append(onnx, &graph->node, &graph->n_node, &onnx->node_capacity, node);
    return output;
}

/* The node that was added last, or NULL after a failure. */
static Onnx__NodeProto *last(cornu_onnx *onnx) {
    return onnx->status == CORNU_OK ? onnx->graph.node[onnx->graph.n_node - 1] : NULL;
}

const char *cornu_onnx_output_(cornu_onnx *onnx) {
    const char *name = cornu_onnx_name_(onnx, "t%u", onnx->serial++);
    Onnx__NodeProto *node = last(onnx);
    if (node) node->output[node->n_output++] = writable(name);
    return name;
}

static Onnx__AttributeProto *attribute(
    cornu_onnx *onnx, const char *name, Onnx__AttributeProto__AttributeType type
) {
    Onnx__AttributeProto *made = cornu_onnx_alloc_(onnx, 1, sizeof *made);
    Onnx__NodeProto *node = last(onnx);
    if (!made || !node) return NULL;
    onnx__attribute_proto__init(made);
    made->name = writable(name);
    made->has_type = true;
    made->type = type;
    node->attribute[node->n_attribute++] = made;
    return made;
}

void cornu_onnx_int_(cornu_onnx *onnx, const char *name, int64_t value) {
    Onnx__AttributeProto *made = attribute(onnx, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INT);
    if (made) made->has_i = true, made->i = value;
}

void cornu_onnx_ints_(cornu_onnx *onnx, const char *name, const int64_t *values, size_t count) {
    Onnx__AttributeProto *made = attribute(onnx, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__INTS);
    int64_t *copy = cornu_onnx_alloc_(onnx, count, sizeof *copy);
    if (!made || !copy) return;
    memcpy(copy, values, count * sizeof *copy);
    made->ints = copy;
    made->n_ints = count;
}

void cornu_onnx_subgraph_(cornu_onnx *onnx, const char *name, Onnx__GraphProto *graph) {
    Onnx__AttributeProto *made =
        attribute(onnx, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__GRAPH);
    if (made) made->g = graph;
}

/* ---- constants ---- */
int cornu_onnx_dtype_(cornu_dtype dtype) {
    static const int types[CORNU_DTYPE_COUNT] = {
        [CORNU_FLOAT32] = 1,  [CORNU_UINT8] = 2,     [CORNU_INT8] = 3, [CORNU_INT16] = 5,
        [CORNU_INT32] = 6,    [CORNU_INT64] = 7,     [CORNU_BOOL] = 9, [CORNU_FLOAT16] = 10,
        [CORNU_FLOAT64] = 11, [CORNU_BFLOAT16] = 16,
    };
    return types[dtype];
}

static Onnx__TensorProto *tensor_of(
    cornu_onnx *onnx, const char *name, cornu_dtype dtype, const int64_t *dims, size_t rank,
    const void *bytes, size_t size
) {
    Onnx__TensorProto *made = cornu_onnx_alloc_(onnx, 1, sizeof *made);
    int64_t *copy = cornu_onnx_alloc_(onnx, rank, sizeof *copy);
    if (!copy) return NULL;
    onnx__tensor_proto__init(made);
    if (rank > 0) memcpy(copy, dims, rank * sizeof *copy);
    made->dims = copy;
    made->n_dims = rank;
    made->has_data_type = made->has_raw_data = true;
    made->data_type = cornu_onnx_dtype_(dtype);
    made->name = writable(name);
    union {
        const void *constant;
        uint8_t *bytes;
    } data = {bytes};
    made->raw_data.data = data.bytes;
    made->raw_data.len = size;
    return made;
}

static void add_initializer(cornu_onnx *onnx, Onnx__TensorProto *tensor) {
    Onnx__GraphProto *graph = &onnx->graph;
    append(onnx, &graph->initializer, &graph->n_initializer, &onnx->initializer_capacity, tensor);
}

static const void *copied(cornu_onnx *onnx, const void *bytes, size_t size) {
    void *copy = cornu_onnx_alloc_(onnx, size, 1);
    if (copy && size > 0) memcpy(copy, bytes, size);
    return copy;
}

const char *cornu_onnx_int64s_(cornu_onnx *onnx, const int64_t *values, size_t count) {
    const char *name = cornu_onnx_name_(onnx, "c%u", onnx->serial++);
    size_t size = count * sizeof *values;
    const int64_t dims = (int64_t)count;
    const void *bytes = copied(onnx, values, size);
    add_initializer(onnx, tensor_of(onnx, name, CORNU_INT64, &dims, 1, bytes, size));
    return name;
}

/* A number in the bytes of a type; returns their count. */
static size_t encode(cornu_dtype dtype, double value, void *bytes) {
    CORNU_SCOPE {
        cornu_tensor *scalar = cornu_scalar_of(dtype, value);
        if (!scalar) continue;
        memcpy(bytes, cornu_tensor_data(scalar), cornu_dtype_size(dtype));
    }
    return cornu_dtype_size(dtype);
}

const char *cornu_onnx_number_(cornu_onnx *onnx, cornu_dtype dtype, double value) {
    const char *name = cornu_onnx_name_(onnx, "c%u", onnx->serial++);
    uint64_t bytes = 0;
    size_t size = encode(dtype, value, &bytes);
    const void *copy = copied(onnx, &bytes, size);
    add_initializer(onnx, tensor_of(onnx, name, dtype, NULL, 0, copy, size));
    return name;
}

void cornu_onnx_tensor_(cornu_onnx *onnx, const char *name, cornu_dtype dtype, const void *value) {
    Onnx__AttributeProto *made =
        attribute(onnx, name, ONNX__ATTRIBUTE_PROTO__ATTRIBUTE_TYPE__TENSOR);
    const void *copy = copied(onnx, value, cornu_dtype_size(dtype));
    const int64_t one = 1;
    Onnx__TensorProto *tensor =
        tensor_of(onnx, "value", dtype, &one, 1, copy, cornu_dtype_size(dtype));
    if (made) made->t = tensor;
}

void cornu_onnx_initializer_(cornu_onnx *onnx, const char *name, const cornu_tensor *tensor) {
    size_t size = (size_t)tensor->size * cornu_dtype_size(tensor->dtype);
    add_initializer(
        onnx, tensor_of(
                  onnx, name, tensor->dtype, tensor->shape.dims, (size_t)tensor->shape.rank,
                  tensor->storage->data, size
              )
    );
}

/* ---- inputs and outputs ---- */
static Onnx__TensorShapeProto *shape_of(cornu_onnx *onnx, const cornu_shape *shape) {
    size_t rank = (size_t)shape->rank;
    Onnx__TensorShapeProto *made = cornu_onnx_alloc_(onnx, 1, sizeof *made);
    Onnx__TensorShapeProto__Dimension *sizes = cornu_onnx_alloc_(onnx, rank, sizeof *sizes);
    made = sizes ? made : NULL;
    Onnx__TensorShapeProto__Dimension **list = cornu_onnx_alloc_(onnx, rank, sizeof *list);
    if (!made || !list) return NULL;
    onnx__tensor_shape_proto__init(made);
    for (size_t i = 0; i < rank; i++) {
        onnx__tensor_shape_proto__dimension__init(&sizes[i]);
        if (shape->dims[i] < 0) sizes[i].dim_param = writable("batch");
        else sizes[i].has_dim_value = true, sizes[i].dim_value = shape->dims[i];
        list[i] = &sizes[i];
    }
    made->dim = list;
    made->n_dim = rank;
    return made;
}

void cornu_onnx_declare_(
    cornu_onnx *onnx, bool output, const char *name, cornu_dtype dtype, const cornu_shape *shape
) {
    Onnx__ValueInfoProto *info = cornu_onnx_alloc_(onnx, 1, sizeof *info);
    Onnx__TypeProto *type = cornu_onnx_alloc_(onnx, 1, sizeof *type);
    Onnx__TypeProto__Tensor *tensor = cornu_onnx_alloc_(onnx, 1, sizeof *tensor);
    Onnx__TensorShapeProto *sizes = tensor ? shape_of(onnx, shape) : NULL;
    if (!sizes) return;
    onnx__value_info_proto__init(info);
    onnx__type_proto__init(type);
    onnx__type_proto__tensor__init(tensor);
    info->name = writable(name);
    info->type = type;
    type->tensor_type = tensor;
    tensor->has_elem_type = true;
    tensor->elem_type = cornu_onnx_dtype_(dtype);
    tensor->shape = sizes;
    Onnx__GraphProto *graph = &onnx->graph;
    if (output) append(onnx, &graph->output, &graph->n_output, &onnx->output_capacity, info);
    else append(onnx, &graph->input, &graph->n_input, &onnx->input_capacity, info);
}

/* ---- sizes ---- */
/* The number of samples: the first size of an input whose batch is open. */
static const char *batch_of(cornu_onnx *onnx) {
    if (onnx->batch) return onnx->batch;
    const cornu_graph *a = onnx->traced, *b = onnx->other;
    for (size_t i = 0; i < a->input_count; i++) {
        const cornu_shape *shape = &a->values[a->inputs[i]].tensor->shape;
        const cornu_shape *other = &b->values[b->inputs[i]].tensor->shape;
        if (shape->rank == 0 || shape->dims[0] == other->dims[0]) continue;
        onnx->batch = CORNU_ONNX_OP_(onnx, "Shape", NULL, onnx->names[a->inputs[i]]);
        cornu_onnx_int_(onnx, "start", 0);
        cornu_onnx_int_(onnx, "end", 1);
        return onnx->batch;
    }
    cornu_onnx_fail_(onnx, "a batch size that no input has");
    return "";
}

/* A size that is `factor` batches. */
static const char *multiple(cornu_onnx *onnx, int64_t factor) {
    const char *batch = batch_of(onnx);
    if (factor == 1) return batch;
    return CORNU_ONNX_OP_(onnx, "Mul", NULL, batch, cornu_onnx_int64s_(onnx, &factor, 1));
}

const char *cornu_onnx_sizes_(
    cornu_onnx *onnx, const int64_t *sizes, const int64_t *other, int count
) {
    const char *pieces[CORNU_MAX_RANK];
    size_t piece_count = 0;
    bool open = false;
    for (int i = 0; i < count; i++) open = open || sizes[i] != other[i];
    if (!open) return cornu_onnx_int64s_(onnx, sizes, (size_t)count);
    for (int i = 0; i < count; i++) {
        int64_t factor = sizes[i] / CORNU_ONNX_BATCH;
        if (sizes[i] == other[i]) {
            pieces[piece_count++] = cornu_onnx_int64s_(onnx, &sizes[i], 1);
            continue;
        }
        if (sizes[i] != factor * CORNU_ONNX_BATCH || other[i] != factor * CORNU_ONNX_OTHER_BATCH)
            cornu_onnx_fail_(onnx, "a size that is no multiple of the batch: give batch_size");
        pieces[piece_count++] = multiple(onnx, factor);
    }
    if (piece_count == 1) return pieces[0];
    const char *made = cornu_onnx_add_(onnx, "Concat", NULL, pieces, piece_count);
    cornu_onnx_int_(onnx, "axis", 0);
    return made;
}
