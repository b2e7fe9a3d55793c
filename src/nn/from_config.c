/* From configs to objects: each member of a "config" is read as the table of fields says. */
#include "nn/class.h"

#include <string.h>

#include "base/memory.h"
#include "base/object.h"
#include "base/text.h"
#include "nn/json.h"
#include "nn/layer.h"

/* Keys that Keras writes, or wrote once, and that change nothing here, whatever their value. Every
 * other unknown key must have a value that stands for "not used". */
static const char *const without_effect[] = {
    "batch_input_shape", /* Keras 2: the input shape of a first layer; src/model reads it */
    "input_shape",         "input_dim",   "input_length", /* Embedding in Keras 2 */
    "implementation", /* LSTM and GRU in Keras 2: which of two equal formulas computes them */
    "use_cudnn",           "jit_compile", /* optimizers of Keras 2 */
    "is_legacy_optimizer",
};
/* The same for initializers: Keras 2 wrote the type of the weight. */
static const char *const without_effect_on_initializers[] = {"dtype"};

static bool contains(const char *const *list, size_t count, const char *key) {
    for (size_t i = 0; i < count; i++)
        if (strcmp(list[i], key) == 0) return true;
    return false;
}
#define CONTAINS(list, key) contains((list), sizeof(list) / sizeof *(list), (key))

/* null, false, 0, "" and empty lists switch off whatever the key is about. */
static bool stands_for_unused(const cJSON *value) {
    if (cJSON_IsNull(value) || cJSON_IsFalse(value)) return true;
    if (cJSON_IsNumber(value)) return value->valuedouble == 0;
    if (cJSON_IsString(value)) return value->valuestring[0] == '\0';
    return (cJSON_IsArray(value) || cJSON_IsObject(value)) && value->child == NULL;
}

static cornu_status check_unknown(
    cornu_family family, const cornu_class *cls, const cJSON *config
) {
    const cJSON *item;
    cornu_text unknown = {0}; /* all of them, so that a user learns them at once */
    cJSON_ArrayForEach(item, config) {
        bool known = (item->type & CORNU_JSON_READ) != 0;
        for (size_t i = 0; i < cls->field_count && !known; i++)
            known = cls->fields[i].type != CORNU_FIELD_SCHEDULE &&
                    strcmp(cls->fields[i].name, item->string) == 0;
        if (known || stands_for_unused(item) || CONTAINS(without_effect, item->string)) continue;
        if (family == CORNU_FAMILY_INITIALIZER &&
            CONTAINS(without_effect_on_initializers, item->string))
            continue;
        cornu_text_format_(&unknown, "%s'%s'", unknown.length > 0 ? ", " : "", item->string);
    }
    cornu_status status = unknown.status;
    if (status == CORNU_OK && unknown.length > 0)
        status = cornu_error_set(
            CORNU_EUNSUPPORTED, __FILE__, __LINE__, "the config has %s, which %s does not know",
            unknown.data, cls->name
        );
    cornu_text_free_(&unknown);
    return status;
}

/* ---- values ---- */
static cornu_status wrong_kind(const char *wanted, const cJSON *value) {
    char *text = cornu_json_print_(value);
    cornu_status status =
        text != NULL ? cornu_error_set(
                           CORNU_EINVAL, __FILE__, __LINE__, "must be %s, got %.100s", wanted, text
                       )
                     : CORNU_ENOMEM;
    cornu_free_(text);
    return status;
}

static const char *text_of(const cJSON *object, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(object, key));
}

static const char *class_of(const cJSON *object) {
    const char *name = text_of(object, "class_name");
    return name != NULL ? name : "";
}

/* {"class_name": "__tuple__", "items": [...]} of older files is a list; {"class_name": "__numpy__",
 * ...} of one number a number. */
static const cJSON *plain(const cJSON *value) {
    if (!cJSON_IsObject(value)) return value;
    if (strcmp(class_of(value), "__tuple__") == 0)
        return cJSON_GetObjectItemCaseSensitive(value, "items");
    if (strcmp(class_of(value), "__numpy__") == 0)
        return cJSON_GetObjectItemCaseSensitive(
            cJSON_GetObjectItemCaseSensitive(value, "config"), "value"
        );
    return value;
}

/* A list of integers, or a single one. `none`: what null stands for in the list; CORNU_NONE: it is
 * not allowed. */
static cornu_status read_ints(const cJSON *value, int64_t none, int64_t *items, int *count) {
    *count = 0;
    if (cJSON_IsNumber(value)) {
        *count = 1;
        return cornu_json_as_int_(value, items) ? CORNU_OK
                                                : wrong_kind("an integer or a list of them", value);
    }
    if (!cJSON_IsArray(value)) return wrong_kind("a list of integers", value);
    const cJSON *item;
    cJSON_ArrayForEach(item, value) {
        if (*count == CORNU_MAX_RANK)
            CORNU_FAIL(CORNU_ESHAPE, "has more than %d numbers", CORNU_MAX_RANK);
        if (cJSON_IsNull(item) && none != CORNU_NONE) items[*count] = none;
        else if (!cornu_json_as_int_(item, &items[*count]))
            return wrong_kind("a list of integers", value);
        ++*count;
    }
    return CORNU_OK;
}

static cornu_status read_axes(const cJSON *value, cornu_axes *axes) {
    int64_t items[CORNU_MAX_RANK];
    CORNU_TRY(read_ints(value, CORNU_NONE, items, &axes->count));
    for (int i = 0; i < axes->count; i++) {
        if (items[i] < -CORNU_MAX_RANK || items[i] >= CORNU_MAX_RANK)
            CORNU_FAIL(CORNU_EINVAL, "there is no axis %lld", (long long)items[i]);
        axes->axis[i] = (int)items[i];
    }
    return CORNU_OK;
}

static cornu_status read_window(const cJSON *value, cornu_window *window) {
    int64_t items[CORNU_MAX_RANK];
    int count;
    *window = (cornu_window){{0}};
    CORNU_TRY(read_ints(value, CORNU_NONE, items, &count));
    if (count > 3) CORNU_FAIL(CORNU_EINVAL, "has %d numbers; there are at most 3 axes", count);
    for (int i = 0; i < count; i++) {
        /* 0 would end the list */
        if (items[i] < 1)
            CORNU_FAIL(CORNU_EINVAL, "must be positive, got %lld", (long long)items[i]);
        window->size[i] = items[i];
    }
    /* unlike a number, a list of one does not stand for all axes */
    if (count == 1 && !cJSON_IsNumber(value)) window->size[1] = -1;
    return CORNU_OK;
}

/* A dtype policy: its name, or {"class_name": "DTypePolicy", "config": {"name": ...}}. */
static cornu_status read_dtype(const cJSON *value, const char **text) {
    if (cJSON_IsString(value)) return *text = value->valuestring, CORNU_OK;
    if (!cJSON_IsObject(value)) return wrong_kind("a dtype policy", value);
    const char *cls = class_of(value);
    if (strcmp(cls, "DTypePolicy") != 0 && strcmp(cls, "FloatDTypePolicy") != 0 &&
        strcmp(cls, "Policy") != 0)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "dtype policies of class '%s' are not supported", cls);
    const cJSON *name =
        cJSON_GetObjectItemCaseSensitive(cJSON_GetObjectItemCaseSensitive(value, "config"), "name");
    if (!cJSON_IsString(name)) return wrong_kind("a dtype policy with a name", value);
    *text = name->valuestring;
    return CORNU_OK;
}

/* {"class_name": "function", "config": "relu", "registered_name": "relu" or "package>name"}. */
static const char *function_name(const cJSON *value) {
    const char *registered = text_of(value, "registered_name");
    if (registered != NULL && strchr(registered, '>') != NULL) return registered;
    return text_of(value, "config");
}

static cornu_status refuse_code(const cJSON *value) {
    if (strcmp(class_of(value), "__lambda__") == 0)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "a Python lambda is program code; it is not loaded");
    return CORNU_OK;
}

static cornu_status read_activation(const cornu_class *cls, const cJSON *value, const char **text) {
    if (cJSON_IsString(value)) return *text = value->valuestring, CORNU_OK;
    if (!cJSON_IsObject(value)) return wrong_kind("the name of an activation", value);
    CORNU_TRY(refuse_code(value));
    if (strcmp(class_of(value), "function") != 0) {
        if (!cornu_layer_may_activate_(cls))
            CORNU_FAIL(
                CORNU_EUNSUPPORTED, "the layer '%s' as an activation is not supported here",
                class_of(value)
            );
        return *text = "linear", CORNU_OK; /* the layer follows (layer_activation.c) */
    }
    *text = function_name(value);
    return *text != NULL ? CORNU_OK : wrong_kind("the name of an activation", value);
}

static cornu_status read_object(
    cornu_family family, const cJSON *value, void *args, size_t offset
) {
    /* a layer in an argument may be a model, which is read further up */
    void *object = family == CORNU_FAMILY_LAYER ? cornu_nested_layer_read_(value)
                                                : cornu_object_deserialize_(family, value);
    if (object == NULL) return cornu_error_status();
    cornu_object_release_(cornu_pointer_get_(args, offset));
    cornu_pointer_set_(args, offset, object);
    return CORNU_OK;
}

/* The SCHEDULE field that belongs to a FLOAT field, or NULL. */
static const cornu_field *schedule_of(const cornu_class *cls, const cornu_field *field) {
    size_t length = strlen(field->name);
    for (size_t i = 0; i < cls->field_count; i++) {
        const cornu_field *other = &cls->fields[i];
        if (other->type == CORNU_FIELD_SCHEDULE && strncmp(other->name, field->name, length) == 0 &&
            strcmp(other->name + length, "_schedule") == 0)
            return other;
    }
    return NULL;
}

/* The FLOATS field that takes a list in the place of a FLOAT field's number, or NULL. */
static const cornu_field *list_of(const cornu_class *cls, const cornu_field *field) {
    size_t length = strlen(field->name);
    for (size_t i = 0; i < cls->field_count; i++) {
        const cornu_field *other = &cls->fields[i];
        if (other->type == CORNU_FIELD_FLOATS && strncmp(other->name, field->name, length) == 0 &&
            strcmp(other->name + length, "s") == 0)
            return other;
    }
    return NULL;
}

static bool read_item(const cornu_field *field, const cJSON *value, void *items, size_t index) {
    const char *text = cJSON_GetStringValue(value);
    if (field->type == CORNU_FIELD_TEXTS)
        return cornu_pointer_set_(items, index * sizeof text, text), text != NULL;
    if (field->type == CORNU_FIELD_INTS) return cornu_json_as_int_(value, (int64_t *)items + index);
    ((double *)items)[index] = cJSON_IsNumber(value) ? value->valuedouble : 0;
    return cJSON_IsNumber(value);
}

/* A list of any length, or a single value. The items are new memory, their texts borrowed. */
static cornu_status read_list(const cornu_field *field, const cJSON *value, void *member) {
    cornu_floats made = {0}; /* all lists begin alike */
    size_t count = cJSON_IsArray(value) ? (size_t)cJSON_GetArraySize(value) : 1;
    if (count == 0) return memcpy(member, &made, sizeof made), CORNU_OK;
    void *items = cornu_alloc_array_(count, cornu_field_list_item_(field));
    if (items == NULL) return CORNU_ENOMEM;
    bool right = true;
    if (cJSON_IsArray(value)) {
        const cJSON *item;
        cJSON_ArrayForEach(item, value) right =
            right && read_item(field, item, items, made.count++);
    } else {
        right = read_item(field, value, items, made.count++);
    }
    if (!right) {
        cornu_free_(items);
        return wrong_kind(
            field->type == CORNU_FIELD_TEXTS  ? "a list of texts"
            : field->type == CORNU_FIELD_INTS ? "a list of integers"
                                              : "a number or a list of numbers",
            value
        );
    }
    made.items = items;
    memcpy(member, &made, sizeof made);
    return CORNU_OK;
}

static cornu_status read_null(const cornu_field *field, char *member) {
    static const cornu_shape no_shape;
    static const cornu_axes no_axes;
    static const cornu_window no_window;
    switch (field->type) {
    case CORNU_FIELD_BOOL:
        CORNU_FAIL(CORNU_EINVAL, "must be true or false, got null");
    case CORNU_FIELD_INT:
        if (memcmp(member, &(int64_t){CORNU_NONE}, sizeof(int64_t)) != 0)
            CORNU_FAIL(CORNU_EINVAL, "must be an integer, got null");
        return CORNU_OK;
    case CORNU_FIELD_FLOAT:
        if (!isnan(*(const double *)(const void *)member))
            CORNU_FAIL(CORNU_EINVAL, "must be a number, got null");
        return CORNU_OK;
    case CORNU_FIELD_SHAPE:
    case CORNU_FIELD_SIZES:
        memcpy(member, &no_shape, sizeof no_shape);
        return CORNU_OK;
    case CORNU_FIELD_AXES:
    case CORNU_FIELD_AXIS_LIST:
        memcpy(member, &no_axes, sizeof no_axes);
        return CORNU_OK;
    case CORNU_FIELD_FLOATS:
    case CORNU_FIELD_INTS:
    case CORNU_FIELD_TEXTS:
        memset(member, 0, sizeof(cornu_floats)); /* all lists begin alike */
        return CORNU_OK;
    case CORNU_FIELD_WINDOW:
        memcpy(member, &no_window, sizeof no_window);
        return CORNU_OK;
    case CORNU_FIELD_ACTIVATION: /* none is the linear one, not the default */
        cornu_pointer_set_(member, 0, NULL);
        return CORNU_OK;
    case CORNU_FIELD_STRING: /* a loss that does not reduce is not one with the default */
        if (strcmp(field->name, "reduction") == 0) cornu_pointer_set_(member, 0, NULL);
        return CORNU_OK;
    default:
        return CORNU_OK; /* a text keeps its default, an object stays away */
    }
}

/* Reads one member. Texts are borrowed from the config; objects are new. */
static cornu_status read_field(
    const cornu_class *cls, const cornu_field *field, const cJSON *value, char *args
) {
    void *member = args + field->offset;
    const char *text = NULL;
    cornu_family family;
    value = plain(value);
    if (value == NULL || cJSON_IsNull(value)) return read_null(field, member);
    if (cornu_field_is_object_(field, &family))
        return read_object(family, value, args, field->offset);
    switch (field->type) {
    case CORNU_FIELD_BOOL:
        if (!cJSON_IsBool(value)) return wrong_kind("true or false", value);
        *(bool *)member = cJSON_IsTrue(value);
        return CORNU_OK;
    case CORNU_FIELD_INT:
        return cornu_json_as_int_(value, member) ? CORNU_OK : wrong_kind("an integer", value);
    case CORNU_FIELD_FLOAT: {
        const cornu_field *schedule = schedule_of(cls, field), *list = list_of(cls, field);
        if (cJSON_IsObject(value) && schedule != NULL)
            return read_object(CORNU_FAMILY_SCHEDULE, value, args, schedule->offset);
        if (cJSON_IsArray(value) && list != NULL)
            return read_list(list, value, args + list->offset);
        if (!cJSON_IsNumber(value)) return wrong_kind("a number", value);
        *(double *)member = value->valuedouble;
        return CORNU_OK;
    }
    case CORNU_FIELD_STRING:
        if (strcmp(field->name, "dtype") == 0) CORNU_TRY(read_dtype(value, &text));
        else if (cJSON_IsString(value)) text = value->valuestring;
        else return wrong_kind("a text", value);
        break;
    case CORNU_FIELD_ACTIVATION:
        CORNU_TRY(read_activation(cls, value, &text));
        break;
    case CORNU_FIELD_SHAPE:
    case CORNU_FIELD_SIZES:
        return read_ints(value, -1, ((cornu_shape *)member)->dims, &((cornu_shape *)member)->rank);
    case CORNU_FIELD_AXES:
    case CORNU_FIELD_AXIS_LIST:
        return read_axes(value, member);
    case CORNU_FIELD_FLOATS:
    case CORNU_FIELD_INTS:
    case CORNU_FIELD_TEXTS:
        return read_list(field, value, member);
    case CORNU_FIELD_WINDOW:
        return read_window(value, member);
    default:
        CORNU_FAIL(CORNU_EINVAL, "the table of fields holds an unknown kind, %d", (int)field->type);
    }
    cornu_pointer_set_(args, field->offset, text);
    return CORNU_OK;
}

static cornu_status read_fields(const cornu_class *cls, const cJSON *config, char *args) {
    for (size_t i = 0; i < cls->field_count; i++) {
        const cornu_field *field = &cls->fields[i];
        if (field->type == CORNU_FIELD_SCHEDULE) continue; /* comes with its FLOAT field */
        const cJSON *value = cJSON_GetObjectItemCaseSensitive(config, field->name);
        if (value != NULL)
            CORNU_TRY(read_field(cls, field, value, args), "%s: %s", cls->name, field->name);
    }
    return CORNU_OK;
}

/* Frees the lists that read_list made; those of the defaults are nobody's. */
static void release_lists(const cornu_class *cls, const char *args) {
    for (size_t i = 0; i < cls->field_count; i++) {
        const cornu_field *field = &cls->fields[i];
        if (cornu_field_list_item_(field) == 0) continue;
        void *items = cornu_pointer_get_(args, field->offset);
        if (items != cornu_pointer_get_(cls->defaults, field->offset)) cornu_free_(items);
    }
}

/* The object without its init, made from the members that the table knows. */
static void *begin(cornu_family family, const cornu_class *cls, const cJSON *config) {
    if (cls->args_offset == 0) return cornu_object_begin_(family, cls, NULL);
    size_t size;
    memcpy(&size, cls->defaults, sizeof size);
    char *args = cornu_alloc_(size);
    if (args == NULL) return NULL;
    memcpy(args, cls->defaults, size);
    void *object = NULL;
    if (read_fields(cls, config, args) == CORNU_OK) object = cornu_object_begin_(family, cls, args);
    else cornu_args_release_(cls, args);
    release_lists(cls, args);
    cornu_free_(args);
    return object;
}

void *cornu_object_from_config_(cornu_family family, const cornu_class *cls, const cJSON *config) {
    if (!cJSON_IsObject(config)) {
        cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "%s: the config is no object", cls->name
        );
        return NULL;
    }
    cornu_instance *object = begin(family, cls, config);
    if (object == NULL) return NULL;
    cornu_status status = CORNU_OK;
    if (cls->from_config != NULL)
        status = cls->from_config(object, cornu_config_of_((cJSON *)(uintptr_t)config));
    if (status == CORNU_OK) status = check_unknown(family, cls, config);
    if (status == CORNU_OK && family == CORNU_FAMILY_LAYER)
        status = cornu_layer_read_activation_((cornu_layer *)object, config);
    if (status == CORNU_OK) return cornu_object_finish_(object);
    cornu_error_context("%s", cls->name);
    cornu_object_release_(object);
    return NULL;
}

/* ---- whole objects ---- */
static void *from_name(cornu_family family, const char *name) {
    const cornu_class *cls = cornu_class_find_(family, name);
    if (cls == NULL) return (void)cornu_class_unknown_(family, name), NULL;
    return cornu_object_create_(family, cls, NULL);
}

bool cornu_is_foreign_(const cJSON *object) {
    static const char *const known[] = {"keras", "tf_keras", "tensorflow", "builtins"};
    const char *module = text_of(object, "module");
    const char *registered = text_of(object, "registered_name");
    if (module == NULL || (registered != NULL && strchr(registered, '>') != NULL)) return false;
    size_t length = strcspn(module, ".");
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (strlen(known[i]) == length && strncmp(module, known[i], length) == 0) return false;
    return true;
}

/* NULL with an error that names it, if there is none. */
static const cornu_class *class_for(cornu_family family, const cJSON *json) {
    const char *name = class_of(json), *registered = text_of(json, "registered_name");
    if (registered != NULL && strchr(registered, '>') != NULL) name = registered;
    const cornu_class *cls = cornu_class_find_(family, name);
    if (cls == NULL) return (void)cornu_class_unknown_(family, name), NULL;
    if (cornu_is_foreign_(json) && cornu_class_is_builtin_(family, cls))
        CORNU_FAIL_NULL(
            CORNU_EUNKNOWN, "%s '%.100s' is of module '%.100s', not Keras' own",
            cornu_family_name_(family), name, text_of(json, "module")
        );
    return cls;
}

void *cornu_object_deserialize_(cornu_family family, const cJSON *json) {
    if (cJSON_IsString(json)) return from_name(family, json->valuestring);
    const char *name = class_of(json);
    if (!cJSON_IsObject(json) || name[0] == '\0') {
        cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "not a serialised %s", cornu_family_name_(family)
        );
        return NULL;
    }
    if (refuse_code(json) != CORNU_OK) return NULL;
    if (family == CORNU_FAMILY_METRIC) {
        cJSON *plain = NULL;
        if (cornu_metric_without_function_(json, &plain) != CORNU_OK) return NULL;
        void *metric = plain != NULL ? cornu_object_deserialize_(family, plain) : NULL;
        cJSON_Delete(plain);
        if (plain != NULL) return metric;
    }
    if (strcmp(name, "function") == 0) {
        const char *function = function_name(json);
        return from_name(family, function != NULL ? function : "function");
    }
    const cornu_class *cls = class_for(family, json);
    if (cls == NULL) return NULL;
    const cJSON *config = cJSON_GetObjectItemCaseSensitive(json, "config");
    if (config != NULL && !cJSON_IsNull(config))
        return cornu_object_from_config_(family, cls, config);
    return cornu_object_create_(family, cls, NULL);
}
