/* The families of classes: their names, their built-in tables, what they give their objects, and
 * the public functions that all of them have alike. */
#include "nn/class.h"

#include <string.h>

#include "base/object.h"
#include "nn/layer.h"
#include "nn/loss.h"
#include "nn/metric.h"
#include "nn/optimizer.h"

/* family, plural, CAPITALS, Keras' module */
#define FAMILIES(X)                                                                                \
    X(layer, layers, LAYER, "keras.layers")                                                        \
    X(loss, losses, LOSS, "keras.losses")                                                          \
    X(metric, metrics, METRIC, "keras.metrics")                                                    \
    X(optimizer, optimizers, OPTIMIZER, "keras.optimizers")                                        \
    X(schedule, schedules, SCHEDULE, "keras.optimizers.schedules")                                 \
    X(callback, callbacks, CALLBACK, "keras.callbacks")                                            \
    X(initializer, initializers, INITIALIZER, "keras.initializers")                                \
    X(regularizer, regularizers, REGULARIZER, "keras.regularizers")                                \
    X(constraint, constraints, CONSTRAINT, "keras.constraints")                                    \
    X(activation, activations, ACTIVATION, "keras.activations")

/* The tables that cmake/registry.cmake writes. */
#define DEFINE(family, plural, capitals, module)                                                   \
    extern const cornu_##family##_class *const cornu_builtin_##plural##_[];                        \
    extern const size_t cornu_builtin_##plural##_count_;                                           \
    static const void *family##_at(size_t index) { return cornu_builtin_##plural##_[index]; }      \
    static void family##_destroy(void *object) {                                                   \
        cornu_object_destroy_(CORNU_FAMILY_##capitals, object);                                    \
    }
FAMILIES(DEFINE)
#undef DEFINE

static const struct {
    const char *name, *module;
    const void *(*at)(size_t index);
    const size_t *count;
    void (*destroy)(void *object);
} families[CORNU_FAMILY_COUNT] = {
#define ROW(family, plural, capitals, module)                                                      \
    [CORNU_FAMILY_##capitals] = {                                                                  \
        #family, module, family##_at, &cornu_builtin_##plural##_count_, family##_destroy},
    FAMILIES(ROW)
#undef ROW
};

const char *cornu_family_name_(cornu_family family) { return families[family].name; }
const char *cornu_family_module_(cornu_family family) { return families[family].module; }
size_t cornu_family_builtin_count_(cornu_family family) { return *families[family].count; }
const void *cornu_family_builtin_(cornu_family family, size_t index) {
    return families[family].at(index);
}
void (*cornu_family_destroy_(cornu_family family))(void *object) {
    return families[family].destroy;
}

cornu_family cornu_family_of_(const void *object) {
    const cornu_object_head *head = object;
    unsigned family = 0;
    while (family + 1 < CORNU_FAMILY_COUNT && families[family].destroy != head->destroy_) family++;
    return (cornu_family)family;
}

const char *const *cornu_class_aliases_(cornu_family family, const void *cls) {
    switch (family) {
    case CORNU_FAMILY_LOSS:
        return ((const cornu_loss_class *)cls)->aliases;
    case CORNU_FAMILY_METRIC:
        return ((const cornu_metric_class *)cls)->aliases;
    case CORNU_FAMILY_OPTIMIZER:
        return ((const cornu_optimizer_class *)cls)->aliases;
    default:
        return NULL;
    }
}

/* ---- what objects have before init ---- */
/* Losses, metrics and optimizers are called after their class unless they are named. */
static cornu_status prepare_name(void *object) {
    cornu_instance *instance = object;
    if (instance->name == NULL) instance->name = cornu_snake_case_(instance->cls->name);
    return instance->name != NULL ? CORNU_OK : CORNU_ENOMEM;
}

cornu_status cornu_family_prepare_(cornu_family family, void *object) {
    switch (family) {
    case CORNU_FAMILY_LAYER:
        return cornu_layer_prepare_(object);
    case CORNU_FAMILY_LOSS:
        CORNU_TRY(prepare_name(object));
        return cornu_loss_prepare_(object);
    case CORNU_FAMILY_METRIC:
        CORNU_TRY(prepare_name(object));
        return cornu_metric_prepare_(object);
    case CORNU_FAMILY_OPTIMIZER:
        CORNU_TRY(prepare_name(object));
        return cornu_optimizer_prepare_(object);
    default:
        return CORNU_OK;
    }
}

void cornu_family_dispose_(cornu_family family, void *object) {
    switch (family) {
    case CORNU_FAMILY_LAYER:
        cornu_layer_dispose_(object);
        break;
    case CORNU_FAMILY_METRIC:
        cornu_metric_dispose_(object);
        break;
    case CORNU_FAMILY_OPTIMIZER:
        cornu_optimizer_dispose_(object);
        break;
    default:
        break;
    }
}

/* ---- the public functions ---- */
static void *get(cornu_family family, const char *name) {
    if (name == NULL) return (void)cornu_error_null(families[family].name), NULL;
    const cornu_class *cls = cornu_class_find_(family, name);
    if (cls == NULL) return (void)cornu_class_unknown_(family, name), NULL;
    return cornu_object_create_(family, cls, NULL);
}

static void *from_json(cornu_family family, const char *text) {
    if (text == NULL) return (void)cornu_error_null("JSON text"), NULL;
    cJSON *json = cornu_json_parse_(text, strlen(text), families[family].name);
    if (json == NULL) return NULL;
    void *object = cornu_object_deserialize_(family, json);
    cJSON_Delete(json);
    return object;
}

#define PUBLIC(family, capitals)                                                                   \
    cornu_##family *cornu_##family##_create(const cornu_##family##_class *cls, const void *args) { \
        return cornu_object_create_(                                                               \
            CORNU_FAMILY_##capitals, (const cornu_class *)(const void *)cls, args                  \
        );                                                                                         \
    }                                                                                              \
    cornu_##family *cornu_##family##_from_json(const char *json) {                                 \
        return from_json(CORNU_FAMILY_##capitals, json);                                           \
    }                                                                                              \
    cornu_##family *cornu_##family##_retain(cornu_##family *object) {                              \
        return cornu_object_retain_(object);                                                       \
    }                                                                                              \
    void cornu_##family##_free(cornu_##family *object) { cornu_object_release_(object); }          \
    cornu_status cornu_register_##family(const cornu_##family##_class *cls) {                      \
        return cornu_class_register_(CORNU_FAMILY_##capitals, cls);                                \
    }
#define PUBLIC_GET(family, capitals)                                                               \
    cornu_##family *cornu_##family##_get(const char *name) {                                       \
        return get(CORNU_FAMILY_##capitals, name);                                                 \
    }

PUBLIC(layer, LAYER)
PUBLIC(loss, LOSS)
PUBLIC(metric, METRIC)
PUBLIC(optimizer, OPTIMIZER)
PUBLIC(schedule, SCHEDULE)
PUBLIC(callback, CALLBACK)
PUBLIC(initializer, INITIALIZER)
PUBLIC(regularizer, REGULARIZER)
PUBLIC(constraint, CONSTRAINT)
PUBLIC_GET(loss, LOSS)
PUBLIC_GET(metric, METRIC)
PUBLIC_GET(optimizer, OPTIMIZER)
PUBLIC_GET(schedule, SCHEDULE)
PUBLIC_GET(callback, CALLBACK)
PUBLIC_GET(initializer, INITIALIZER)
PUBLIC_GET(regularizer, REGULARIZER)
PUBLIC_GET(constraint, CONSTRAINT)

cornu_status cornu_register_activation(const cornu_activation_class *cls) {
    return cornu_class_register_(CORNU_FAMILY_ACTIVATION, cls);
}
