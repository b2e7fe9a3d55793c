/* From objects to configs: what the table of fields says, then what the class adds. The order of
 * keys is the table's. */
#include "nn/class.h"

#include <string.h>

#include "nn/json.h"
#include "nn/layer.h"
#include "nn/optimizer.h"

static cJSON *checked(cJSON *json) {
    if (json == NULL && cornu_error_status() == CORNU_OK)
        cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "out of memory for the config");
    return json;
}

/* Adds `value` (taken, NULL if it could not be made). */
static cornu_status add(cJSON *object, const char *key, cJSON *value) {
    if (checked(value) == NULL) return cornu_error_status();
    if (cJSON_AddItemToObject(object, key, value)) return CORNU_OK;
    cJSON_Delete(value);
    CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
}

static cJSON *text_or_null(const char *text) {
    return text != NULL ? cJSON_CreateString(text) : cJSON_CreateNull();
}

/* {"module": ..., "class_name": ..., "config": config, "registered_name": registered}; `config` is
 * taken. */
static cJSON *wrap(
    const char *module, const char *class_name, cJSON *config, const char *registered
) {
    cJSON *object = checked(cJSON_CreateObject());
    if (object == NULL || checked(config) == NULL)
        return cJSON_Delete(object), cJSON_Delete(config), NULL;
    cornu_status status = add(object, "module", text_or_null(module));
    if (status == CORNU_OK) status = add(object, "class_name", cJSON_CreateString(class_name));
    if (status != CORNU_OK) return cJSON_Delete(object), cJSON_Delete(config), NULL;
    status = add(object, "config", config);
    if (status == CORNU_OK) status = add(object, "registered_name", text_or_null(registered));
    if (status != CORNU_OK) return cJSON_Delete(object), NULL;
    return object;
}

static cJSON *ints(const int64_t *values, int count, bool none) {
    cJSON *list = cJSON_CreateArray();
    for (int i = 0; i < count && list != NULL; i++) {
        cJSON *item = none && values[i] == -1 ? cJSON_CreateNull() : cornu_json_int_(values[i]);
        if (item != NULL) cJSON_AddItemToArray(list, item);
        else cJSON_Delete(list), list = NULL;
    }
    return list;
}

static bool counts_steps(const cornu_field *field) {
    return strcmp(field->name, "decay_steps") == 0 || strcmp(field->name, "warmup_steps") == 0 ||
           strcmp(field->name, "first_decay_steps") == 0 || strcmp(field->name, "boundaries") == 0;
}

static cJSON *list_item(const cornu_field *field, const void *items, size_t index) {
    if (field->type == CORNU_FIELD_FLOATS) {
        double value = ((const double *)items)[index];
        return counts_steps(field) && value == trunc(value) && fabs(value) < 1e15
                   ? cornu_json_int_((int64_t)value)
                   : cornu_json_float_(value);
    }
    if (field->type == CORNU_FIELD_INTS) return cornu_json_int_(((const int64_t *)items)[index]);
    return cJSON_CreateString(((const char *const *)items)[index]);
}

/* An empty list of texts stays a list, as Keras keeps it; the others are None. */
static cJSON *list(const cornu_field *field, const void *member) {
    cornu_floats found; /* all lists begin alike */
    memcpy(&found, member, sizeof found);
    if (found.count == 0 && field->type != CORNU_FIELD_TEXTS) return cJSON_CreateNull();
    cJSON *made = cJSON_CreateArray();
    for (size_t i = 0; i < found.count && made != NULL; i++) {
        cJSON *item = list_item(field, found.items, i);
        if (item != NULL) cJSON_AddItemToArray(made, item);
        else cJSON_Delete(made), made = NULL;
    }
    return made;
}

static cJSON *axes(const cornu_axes *value, bool always_list) {
    int64_t items[CORNU_MAX_RANK];
    for (int i = 0; i < value->count; i++) items[i] = value->axis[i];
    if (value->count == 0) return cJSON_CreateNull();
    return value->count == 1 && !always_list ? cornu_json_int_(items[0])
                                             : ints(items, value->count, false);
}

static cJSON *window(const cornu_window *value) {
    int count = 0;
    while (count < 3 && value->size[count] != 0) count++;
    return count > 0 ? ints(value->size, count, false) : cJSON_CreateNull();
}

/* Layers write {"class_name": "DTypePolicy", ...}, the others the plain name. */
static cJSON *dtype(cornu_family family, const char *name) {
    if (name == NULL) name = "float32";
    if (family != CORNU_FAMILY_LAYER) return cJSON_CreateString(name);
    cJSON *config = checked(cJSON_CreateObject());
    if (config == NULL || add(config, "name", cJSON_CreateString(name)) != CORNU_OK)
        return cJSON_Delete(config), NULL;
    return wrap("keras", "DTypePolicy", config, NULL);
}

/* A built-in activation by its name, one of the user's own as a function object. */
static cJSON *activation(const char *name) {
    if (name == NULL) name = "linear";
    const char *mark = strchr(name, '>');
    return mark == NULL ? cJSON_CreateString(name)
                        : wrap("builtins", "function", cJSON_CreateString(mark + 1), name);
}

/* The schedule that stands beside a number, or NULL; *beside says whether the class has such a
 * field at all. */
static const void *schedule_beside(const void *object, const cornu_field *field, bool *beside) {
    char name[64];
    size_t length = strlen(field->name);
    static const char suffix[] = "_schedule";
    *beside = false;
    if (length + sizeof suffix > sizeof name) return NULL;
    memcpy(name, field->name, length);
    memcpy(name + length, suffix, sizeof suffix);
    const cornu_field *found = NULL;
    const void *member = cornu_object_member_(object, name, &found);
    if (member == NULL || found->type != CORNU_FIELD_SCHEDULE) return NULL;
    *beside = true;
    return cornu_pointer_get_(member, 0);
}

static cJSON *number(const void *object, const cornu_field *field, double value) {
    bool beside;
    const void *schedule = schedule_beside(object, field, &beside);
    if (schedule != NULL) return cornu_object_serialize_(CORNU_FAMILY_SCHEDULE, schedule);
    if (isnan(value)) return cJSON_CreateNull();
    /* counts of steps are integers where they are whole, as they are given in Python */
    if (counts_steps(field) && value == trunc(value) && fabs(value) < 1e15)
        return cornu_json_int_((int64_t)value);
    /* Keras keeps such a number, the learning rate, in a float32 variable, and writes that */
    return cornu_json_float_(beside ? (double)(float)value : value);
}

static cJSON *value_of(
    cornu_family family, const void *object, const cornu_field *field, const char *args
) {
    const void *member = args + field->offset;
    cornu_family inner;
    if (cornu_field_is_object_(field, &inner)) {
        const void *item = cornu_pointer_get_(member, 0);
        if (item == NULL) return cJSON_CreateNull();
        return inner == CORNU_FAMILY_LAYER ? cornu_nested_layer_write_(item)
                                           : cornu_object_serialize_(inner, item);
    }
    switch (field->type) {
    case CORNU_FIELD_BOOL:
        return cJSON_CreateBool(*(const bool *)member);
    case CORNU_FIELD_INT: {
        int64_t value = *(const int64_t *)member;
        return value == CORNU_NONE ? cJSON_CreateNull() : cornu_json_int_(value);
    }
    case CORNU_FIELD_FLOAT:
        return number(object, field, *(const double *)member);
    case CORNU_FIELD_STRING:
        if (strcmp(field->name, "dtype") == 0) return dtype(family, cornu_pointer_get_(member, 0));
        /* the name may have been given after the object was made */
        if (strcmp(field->name, "name") == 0)
            return text_or_null(((const cornu_instance *)object)->name);
        return text_or_null(cornu_pointer_get_(member, 0));
    case CORNU_FIELD_ACTIVATION:
        if (family == CORNU_FAMILY_LAYER && ((const cornu_layer *)object)->state_->activation)
            return cornu_nested_layer_write_(((const cornu_layer *)object)->state_->activation);
        return activation(cornu_pointer_get_(member, 0));
    case CORNU_FIELD_SHAPE:
        return ints(
            ((const cornu_shape *)member)->dims, ((const cornu_shape *)member)->rank, false
        );
    case CORNU_FIELD_SIZES: {
        const cornu_shape *sizes = member;
        return sizes->rank == 0 ? cJSON_CreateNull() : ints(sizes->dims, sizes->rank, true);
    }
    case CORNU_FIELD_AXES:
        return axes(member, false);
    case CORNU_FIELD_AXIS_LIST:
        return axes(member, true);
    case CORNU_FIELD_FLOATS:
    case CORNU_FIELD_INTS:
    case CORNU_FIELD_TEXTS:
        return list(field, member);
    case CORNU_FIELD_WINDOW:
        return window(member);
    default:
        return cJSON_CreateNull();
    }
}

/* Fields marked `omit` appear only if they hold an object. */
static bool left_out(const cornu_field *field, const char *args) {
    cornu_family inner;
    if (field->type == CORNU_FIELD_SCHEDULE) return true;
    if (!field->omit) return false;
    return !cornu_field_is_object_(field, &inner) ||
           cornu_pointer_get_(args, field->offset) == NULL;
}

/* What may have changed since the object was made: a layer's `trainable`, an optimizer's learning
 * rate. */
static cornu_status refresh(cornu_family family, const void *object, cJSON *json) {
    cornu_config *config = cornu_config_of_(json);
    if (family == CORNU_FAMILY_LAYER && cornu_config_has(config, "trainable"))
        return cornu_config_set_bool(config, "trainable", ((const cornu_layer *)object)->trainable);
    if (family != CORNU_FAMILY_OPTIMIZER || !cornu_config_has(config, "learning_rate"))
        return CORNU_OK;
    const struct cornu_optimizer_state *state = ((const cornu_optimizer *)object)->state_;
    if (state->scaled_outside && cornu_config_has(config, "loss_scale_factor"))
        CORNU_TRY(cornu_config_set_null(config, "loss_scale_factor"));
    const cornu_tensor *rate = state->learning_rate;
    return rate != NULL ? cornu_config_set_float(config, "learning_rate", cornu_tensor_item(rate))
                        : CORNU_OK;
}

cJSON *cornu_object_config_(const void *object) {
    if (object == NULL) return (void)cornu_error_null("object"), NULL;
    const cornu_class *cls = ((const cornu_instance *)object)->cls;
    cornu_family family = cornu_family_of_(object);
    cJSON *config = checked(cJSON_CreateObject());
    if (config == NULL) return NULL;
    const char *args = cornu_object_args_(object);
    cornu_status status = CORNU_OK;
    for (size_t i = 0; args != NULL && i < cls->field_count && status == CORNU_OK; i++) {
        const cornu_field *field = &cls->fields[i];
        if (!left_out(field, args))
            status = add(config, field->name, value_of(family, object, field, args));
    }
    if (status == CORNU_OK) status = refresh(family, object, config);
    if (status == CORNU_OK && cls->get_config != NULL)
        status = cls->get_config(object, cornu_config_of_(config));
    if (status == CORNU_OK) return config;
    cornu_error_context("%s", cls->name);
    cJSON_Delete(config);
    return NULL;
}

cJSON *cornu_object_serialize_(cornu_family family, const void *object) {
    if (object == NULL) return (void)cornu_error_null(cornu_family_name_(family)), NULL;
    const char *name = ((const cornu_instance *)object)->cls->name;
    const char *mark = strchr(name, '>');
    if (strcmp(name, "function") == 0) { /* as Keras notes functions: by name */
        const char *own = ((const cornu_instance *)object)->name;
        return wrap("builtins", name, text_or_null(own), own);
    }
    cJSON *config = cornu_object_config_(object);
    if (config == NULL) return NULL;
    if (mark != NULL) return wrap(NULL, mark + 1, config, name);
    const char *module = ((const cornu_instance *)object)->cls->module;
    return module != NULL ? wrap(module, name, config, name)
                          : wrap(cornu_family_module_(family), name, config, NULL);
}
