/* Recording ops on symbolic tensors as the operations of Keras: cornu_op_add(x, y) becomes a node
 * Add of the functional graph. Keras: keras/src/ops/operation.py, symbolic_call. */
#include "ops/symbolic.h"

#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "model/operation.h"

static bool has_snake_name(const cornu_operation_class *cls, const char *name) {
    char snake[64];
    return strcmp(cornu_to_snake_case_(cls->layer.name, snake, sizeof snake), name) == 0;
}

static const cornu_operation_class *find(const char *name) {
    const cornu_operation_class *cls = cornu_operation_find_(has_snake_name, name);
    if (cls != NULL) return cls;
    CORNU_FAIL_NULL(
        CORNU_EUNSUPPORTED,
        "is no operation of functional graphs: put it into a layer, which can be called on "
        "symbolic tensors"
    );
}

/* ---- settings ---- */
static cJSON *int_list(const int64_t *values, int count) {
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; list != NULL && i < count; i++)
        if (cornu_json_put_(list, NULL, cornu_json_int_(values[i])) != CORNU_OK)
            return cJSON_Delete(list), NULL;
    return list;
}

static cJSON *axes_json(const cornu_axes *axes) {
    int64_t values[CORNU_MAX_RANK];
    if (axes->count == 0) return cJSON_CreateNull();
    if (axes->count == 1) return cornu_json_int_(axes->axis[0]);
    int count = axes->count < CORNU_MAX_RANK ? axes->count : CORNU_MAX_RANK;
    for (int i = 0; i < count; i++) values[i] = axes->axis[i];
    return int_list(values, count);
}

static cJSON *bound_json(const int64_t *bounds, int axis) {
    if (bounds == NULL || bounds[axis] == CORNU_SLICE_NONE) return cJSON_CreateNull();
    return cornu_json_int_(bounds[axis]);
}

static cornu_status put_slice(cJSON *key, const cornu_op_setting *setting, int axis) {
    cJSON *slice = cJSON_CreateObject(), *config = cJSON_CreateObject();
    cornu_status status = cornu_json_put_(key, NULL, slice);
    if (status != CORNU_OK) return cJSON_Delete(config), status;
    status = cornu_json_put_(slice, "class_name", cJSON_CreateString("__slice__"));
    if (status != CORNU_OK) return cJSON_Delete(config), status;
    CORNU_TRY(cornu_json_put_(slice, "config", config));
    CORNU_TRY(cornu_json_put_(config, "start", bound_json(setting->start, axis)));
    CORNU_TRY(cornu_json_put_(config, "stop", bound_json(setting->stop, axis)));
    return cornu_json_put_(config, "step", bound_json(setting->step, axis));
}

static cornu_status put_slices(cJSON *args, const cornu_op_setting *setting) {
    cJSON *key = cJSON_CreateArray();
    CORNU_TRY(cornu_json_put_(args, NULL, key));
    for (int i = 0; i < setting->sizes.rank; i++) CORNU_TRY(put_slice(key, setting, i));
    return CORNU_OK;
}

static cornu_status put_pairs(cJSON *config, const cornu_op_setting *setting) {
    cJSON *list = cJSON_CreateArray();
    CORNU_TRY(cornu_json_put_(config, setting->name, list));
    for (int i = 0; i < setting->sizes.rank; i++) {
        const int64_t pair[2] = {setting->start[i], setting->stop[i]};
        CORNU_TRY(cornu_json_put_(list, NULL, int_list(pair, 2)));
    }
    return CORNU_OK;
}

static cornu_status put_setting(cJSON *config, cJSON *args, const cornu_op_setting *setting) {
    switch (setting->kind) {
    case CORNU_SETTING_INT:
        return cornu_json_put_(config, setting->name, cornu_json_int_(setting->integer));
    case CORNU_SETTING_NUMBER:
        return cornu_json_put_(config, setting->name, cornu_json_float_(setting->number));
    case CORNU_SETTING_BOOL:
        return cornu_json_put_(config, setting->name, cJSON_CreateBool(setting->integer != 0));
    case CORNU_SETTING_TEXT:
        return cornu_json_put_(config, setting->name, cJSON_CreateString(setting->text));
    case CORNU_SETTING_AXES:
        return cornu_json_put_(config, setting->name, axes_json(&setting->axes));
    case CORNU_SETTING_SIZES:
        return cornu_json_put_(
            config, setting->name, int_list(setting->sizes.dims, setting->sizes.rank)
        );
    case CORNU_SETTING_PAIRS:
        return put_pairs(config, setting);
    case CORNU_SETTING_SLICES:
        break;
    }
    return put_slices(args, setting);
}

/* ---- tensors ---- */
static cJSON *values_json(const cornu_tensor *tensor, int axis, int64_t *next) {
    bool real = cornu_dtype_is_float(cornu_tensor_dtype(tensor));
    if (axis == cornu_tensor_rank(tensor)) {
        double value = cornu_tensor_get(tensor, (*next)++);
        if (cornu_tensor_dtype(tensor) == CORNU_BOOL) return cJSON_CreateBool(value != 0);
        return real ? cornu_json_float_(value) : cornu_json_int_((int64_t)value);
    }
    cJSON *list = cJSON_CreateArray();
    for (int64_t i = 0; list != NULL && i < cornu_tensor_dim(tensor, axis); i++)
        if (cornu_json_put_(list, NULL, values_json(tensor, axis + 1, next)) != CORNU_OK)
            return cJSON_Delete(list), NULL;
    return list;
}

/* A tensor with values. One that cornu_scalar made is a number, as in x * 2; a variable would be
 * frozen into the graph. */
static cornu_status put_constant(cJSON *args, const cornu_tensor *tensor) {
    if (tensor->variable != NULL)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED,
            "the variable '%s' cannot stand in a functional graph, which would keep the value that "
            "it has now: make it a weight of a layer",
            tensor->variable->name
        );
    int64_t next = 0;
    if (tensor->weak) return cornu_json_put_(args, NULL, values_json(tensor, 0, &next));
    cJSON *object = cJSON_CreateObject(), *config;
    CORNU_TRY(cornu_json_put_(args, NULL, object));
    CORNU_TRY(cornu_json_put_(object, "class_name", cJSON_CreateString("__numpy__")));
    config = cJSON_AddObjectToObject(object, "config");
    if (config == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    CORNU_TRY(cornu_json_put_(config, "value", values_json(tensor, 0, &next)));
    const char *type = cornu_dtype_name(cornu_tensor_dtype(tensor));
    return cornu_json_put_(config, "dtype", cJSON_CreateString(type));
}

static cornu_status put_tensors(cJSON *args, const cornu_symbolic_op *op) {
    if (op->list) {
        cJSON *list = cJSON_CreateArray();
        CORNU_TRY(cornu_json_put_(args, NULL, list));
        args = list;
    }
    for (size_t i = 0; i < op->count; i++) {
        if (op->tensors[i] == NULL) {
            CORNU_TRY(cornu_json_put_(args, NULL, cJSON_CreateNull()));
            continue;
        }
        if (!cornu_is_symbolic_(op->tensors[i])) {
            CORNU_TRY(put_constant(args, op->tensors[i]));
            continue;
        }
        cJSON *leaf = cJSON_CreateObject();
        CORNU_TRY(cornu_json_put_(args, NULL, leaf));
        CORNU_TRY(cornu_json_put_(leaf, "class_name", cJSON_CreateString("__keras_tensor__")));
    }
    return CORNU_OK;
}

/* ---- the node ---- */
/* {"class_name": "Softmax", "config": {"axis": -1}}, and the arguments of the call. */
static cornu_status describe(const cornu_symbolic_op *op, cJSON *object, cJSON *args) {
    const cornu_operation_class *cls = find(op->name);
    if (cls == NULL) return cornu_error_status();
    CORNU_TRY(cornu_json_put_(object, "class_name", cJSON_CreateString(cls->layer.name)));
    cJSON *config = cJSON_AddObjectToObject(object, "config");
    if (config == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    CORNU_TRY(put_tensors(args, op));
    const cornu_op_setting *setting = op->settings;
    for (; setting != NULL && setting->name != NULL; setting++)
        CORNU_TRY(put_setting(config, args, setting));
    return CORNU_OK;
}

/* All results in `outputs`, as many as the caller takes. Takes `args` and `operation`. */
static cornu_status call_into(
    const cornu_symbolic_op *op, cornu_layer *operation, cornu_tensor_list inputs, cJSON *args,
    cornu_tensor **outputs
) {
    cornu_status status = cornu_operation_settle_(operation, inputs);
    size_t count = status == CORNU_OK ? cornu_operation_output_count_(operation, NULL) : 0;
    if (status == CORNU_OK && count == (op->outputs > 0 ? op->outputs : 1))
        return cornu_symbolic_call_(operation, inputs, args, NULL, outputs);
    cornu_layer_free(operation);
    cJSON_Delete(args);
    if (status != CORNU_OK) return status;
    CORNU_FAIL(CORNU_EUNSUPPORTED, "the operation has %zu results", count);
}

/* Takes `args`. */
static cornu_tensor *call(const cornu_symbolic_op *op, const cJSON *object, cJSON *args) {
    cornu_layer *operation = cornu_operation_read_(object);
    cornu_tensor **inputs = cornu_alloc_array_(op->count, sizeof *inputs);
    size_t room = op->outputs > 0 ? op->outputs : 1;
    cornu_tensor **outputs = cornu_alloc_array_(room, sizeof *outputs), *output = NULL;
    if (operation == NULL || inputs == NULL || outputs == NULL) {
        cornu_layer_free(operation);
        cJSON_Delete(args);
    } else {
        size_t count = 0;
        for (size_t i = 0; i < op->count; i++)
            if (cornu_is_symbolic_(op->tensors[i])) inputs[count++] = op->tensors[i];
        const cornu_tensor_list list = {inputs, count};
        if (call_into(op, operation, list, args, outputs) == CORNU_OK) {
            output = outputs[0];
            for (size_t i = 1; i < room; i++) op->others[i - 1] = outputs[i];
        }
    }
    cornu_free_(inputs);
    cornu_free_(outputs);
    return output;
}

cornu_tensor *cornu_record_symbolic_op_(const cornu_symbolic_op *op) {
    cJSON *object = cJSON_CreateObject(), *args = cJSON_CreateArray();
    cornu_tensor *output = NULL;
    if (object == NULL || args == NULL) {
        cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "out of memory for an operation");
        cJSON_Delete(args);
    } else if (describe(op, object, args) != CORNU_OK) {
        cJSON_Delete(args);
    } else {
        output = call(op, object, args);
    }
    cJSON_Delete(object);
    return output;
}
