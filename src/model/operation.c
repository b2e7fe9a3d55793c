/* Operations in a functional graph: x + 1 on symbolic tensors. To the graph they are layers without
 * weights; files name them by keras.src.ops, and weights files leave them out.
 * Keras: keras/src/ops/operation.py. */
#include "model/operation.h"

#include <stdio.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "nn/json.h"

static const char module_prefix[] = "keras.src.ops.";

static const cornu_operation_class *class_of(const cornu_layer *layer) {
    return (const cornu_operation_class *)(const void *)layer->cls;
}

/* ---- the object ---- */

void cornu_operation_destroy_(void *object) { cJSON_Delete(((cornu_operation *)object)->config); }

bool cornu_is_operation_(const cornu_layer *layer) {
    return layer->cls->destroy == cornu_operation_destroy_;
}

static cornu_operation_call call_of(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_operation_asked *asked
) {
    return (cornu_operation_call){
        .args = cornu_config_json_(context->args),
        .kwargs = cornu_config_json_(context->kwargs),
        .config = ((cornu_operation *)(void *)self)->config,
        .inputs = inputs,
        .context = context,
        .asked = asked,
    };
}

static cornu_tensor *compute(const cornu_operation_class *cls, const cornu_operation_call *call) {
    if (cls->compute != NULL) return cls->compute(call);
    if (cls->binary != NULL) {
        cornu_tensor *a = cornu_operation_tensor_(call, 0, "x1");
        return a != NULL ? cls->binary(a, cornu_operation_tensor_(call, 1, "x2")) : NULL;
    }
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL) return NULL;
    if (cls->unary != NULL) return cls->unary(x);
    cornu_op_reduce_args args = {CORNU_OP_REDUCE_DEFAULTS, .x = x};
    if (cornu_operation_axes_(call, CORNU_SETTING, "axis", &args.axis) != CORNU_OK ||
        cornu_operation_bool_(call, CORNU_SETTING, "keepdims", &args.keepdims) != CORNU_OK)
        return NULL;
    return cls->reduce(&args);
}

cornu_tensor *cornu_operation_compute_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    cornu_operation_asked asked = {0};
    const cornu_operation_call call = call_of(self, inputs, context, &asked);
    cornu_tensor *y = compute(class_of(self), &call);
    return y != NULL && cornu_operation_all_asked_(&call) == CORNU_OK ? y : NULL;
}

/* ---- several outputs ---- */
cornu_status cornu_operation_compute_many_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
) {
    cornu_operation_asked asked = {0};
    const cornu_operation_call call = call_of(self, inputs, context, &asked);
    size_t count = cornu_operation_output_count_(self, NULL);
    CORNU_TRY(class_of(self)->many(&call, outputs, count));
    for (size_t i = 0; i < count; i++)
        if (outputs[i] == NULL) return cornu_error_status();
    return cornu_operation_all_asked_(&call);
}

size_t cornu_operation_output_count_(const cornu_layer *self, const cornu_config *kwargs) {
    (void)kwargs;
    size_t outputs = ((const cornu_operation *)(const void *)self)->outputs;
    return outputs > 0 ? outputs : 1;
}

cornu_status cornu_operation_settle_(cornu_layer *layer, cornu_tensor_list inputs) {
    enum { MOST = 1024 };
    if (!cornu_is_operation_(layer) || class_of(layer)->outputs == NULL) return CORNU_OK;
    cornu_operation *self = (cornu_operation *)(void *)layer;
    size_t count = class_of(layer)->outputs(self->config, inputs);
    if (count < 1 || count > MOST)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED,
            "operation '%s': the number of its results must be known and from 1 to %d",
            class_of(layer)->layer.name, MOST
        );
    self->outputs = count;
    return CORNU_OK;
}

/* ---- files ---- */
static const char *text_of(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

bool cornu_is_operation_config_(const cJSON *object) {
    const char *module = text_of(object, "module");
    return module != NULL && cornu_starts_with_(module, module_prefix);
}

static bool has_name(const cornu_operation_class *cls, const char *name) {
    return strcmp(cls->layer.name, name) == 0;
}

static const cornu_operation_class *find(const char *name) {
    return name != NULL ? cornu_operation_find_(has_name, name) : NULL;
}

bool cornu_operation_known_(const cJSON *object) {
    return find(text_of(object, "class_name")) != NULL;
}

cornu_layer *cornu_operation_read_(const cJSON *object) {
    const char *class_name = text_of(object, "class_name");
    const cornu_operation_class *cls = find(class_name);
    if (cls == NULL)
        CORNU_FAIL_NULL(
            CORNU_EUNKNOWN, "no operation '%.100s'", class_name != NULL ? class_name : ""
        );
    cornu_operation *made = (cornu_operation *)(void *)cornu_layer_create(&cls->layer, NULL);
    if (made == NULL) return NULL;
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(object, "config");
    made->config = cJSON_IsObject(config) ? cJSON_Duplicate(config, true) : cJSON_CreateObject();
    const char *name = text_of(config, "name");
    if (name != NULL) made->base.name = cornu_strdup_(name);
    if (made->config != NULL && (name == NULL || made->base.name != NULL)) return &made->base;
    cornu_layer_free(&made->base);
    CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory for an operation");
}

static cornu_status put(cJSON *object, const cornu_operation *self) {
    const cornu_operation_class *cls = class_of(&self->base);
    char module[64];
    snprintf(module, sizeof module, "%s%s", module_prefix, cls->module);
    CORNU_TRY(cornu_json_put_(object, "module", cJSON_CreateString(module)));
    CORNU_TRY(cornu_json_put_(object, "class_name", cJSON_CreateString(cls->layer.name)));
    cJSON *config = cJSON_Duplicate(self->config, true);
    CORNU_TRY(cornu_json_put_(object, "config", config));
    if (self->base.name != NULL)
        CORNU_TRY(cornu_config_set_string(cornu_config_of_(config), "name", self->base.name));
    return cornu_json_put_(object, "registered_name", cJSON_CreateString(cls->layer.name));
}

cJSON *cornu_operation_write_(const cornu_layer *layer) {
    cJSON *object = cJSON_CreateObject();
    if (object == NULL) CORNU_FAIL_NULL(CORNU_ENOMEM, "out of memory for the config");
    if (put(object, (const cornu_operation *)(const void *)layer) == CORNU_OK) return object;
    cJSON_Delete(object);
    return NULL;
}
