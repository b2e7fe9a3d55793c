/* Objects from argument structs: copying, checking, freeing what the table of fields describes. */
#include "nn/class.h"

#include <string.h>

#include "base/memory.h"
#include "base/object.h"
#include "base/text.h"

void *cornu_pointer_get_(const void *args, size_t offset) {
    void *pointer; /* copied as bytes: the members have many pointer types */
    memcpy(&pointer, (const char *)args + offset, sizeof pointer);
    return pointer;
}

void cornu_pointer_set_(void *args, size_t offset, const void *pointer) {
    memcpy((char *)args + offset, &pointer, sizeof pointer);
}

bool cornu_field_is_object_(const cornu_field *field, cornu_family *family) {
    switch (field->type) {
    case CORNU_FIELD_INITIALIZER:
        return *family = CORNU_FAMILY_INITIALIZER, true;
    case CORNU_FIELD_REGULARIZER:
        return *family = CORNU_FAMILY_REGULARIZER, true;
    case CORNU_FIELD_CONSTRAINT:
        return *family = CORNU_FAMILY_CONSTRAINT, true;
    case CORNU_FIELD_LAYER:
        return *family = CORNU_FAMILY_LAYER, true;
    case CORNU_FIELD_SCHEDULE:
        return *family = CORNU_FAMILY_SCHEDULE, true;
    case CORNU_FIELD_LOSS:
        return *family = CORNU_FAMILY_LOSS, true;
    case CORNU_FIELD_OPTIMIZER:
        return *family = CORNU_FAMILY_OPTIMIZER, true;
    default:
        return false;
    }
}

static bool is_text(const cornu_field *field) {
    return field->type == CORNU_FIELD_STRING || field->type == CORNU_FIELD_ACTIVATION;
}

size_t cornu_field_list_item_(const cornu_field *field) {
    switch (field->type) {
    case CORNU_FIELD_FLOATS:
        return sizeof(double);
    case CORNU_FIELD_INTS:
        return sizeof(int64_t);
    case CORNU_FIELD_TEXTS:
        return sizeof(char *);
    default:
        return 0;
    }
}

/* Lists in argument structs begin alike, whatever their items. */
typedef struct list {
    void *items;
    size_t count;
} list;

void cornu_list_free_(const cornu_field *field, const void *args) {
    list found;
    memcpy(&found, (const char *)args + field->offset, sizeof found);
    for (size_t i = 0; field->type == CORNU_FIELD_TEXTS && found.items && i < found.count; i++)
        cornu_free_(cornu_pointer_get_(found.items, i * sizeof(char *)));
    cornu_free_(found.items);
}

static size_t args_size(const void *args) {
    size_t size;
    memcpy(&size, args, sizeof size);
    return size;
}

void cornu_args_release_(const cornu_class *cls, const void *args) {
    if (cls == NULL || args == NULL) return;
    cornu_family family;
    for (size_t i = 0; i < cls->field_count; i++) {
        const cornu_field *field = &cls->fields[i];
        /* an older caller's struct may end before it */
        if (cornu_field_is_object_(field, &family) &&
            field->offset + sizeof(void *) <= args_size(args))
            cornu_object_release_(cornu_pointer_get_(args, field->offset));
    }
}

const void *cornu_object_args_(const void *object) {
    const cornu_class *cls = ((const cornu_instance *)object)->cls;
    return cls->args_offset != 0 ? (const char *)object + cls->args_offset : NULL;
}

const void *cornu_object_member_(const void *object, const char *name, const cornu_field **field) {
    const cornu_class *cls = ((const cornu_instance *)object)->cls;
    const char *args = cornu_object_args_(object);
    if (args == NULL) return NULL;
    for (size_t i = 0; i < cls->field_count; i++) {
        if (strcmp(cls->fields[i].name, name) != 0) continue;
        if (field != NULL) *field = &cls->fields[i];
        return args + cls->fields[i].offset;
    }
    return NULL;
}

/* In each of the next two the member is borrowed before, and the object's own, or empty,
 * afterwards. */
static cornu_status copy_text(const cornu_field *field, char *copy) {
    const char *text = cornu_pointer_get_(copy, field->offset);
    char *own = cornu_strdup_(text);
    cornu_pointer_set_(copy, field->offset, own);
    return text == NULL || own != NULL ? CORNU_OK : CORNU_ENOMEM;
}

static cornu_status copy_list(const cornu_field *field, char *copy) {
    size_t item = cornu_field_list_item_(field);
    list from, own = {0};
    memcpy(&from, copy + field->offset, sizeof from);
    memcpy(copy + field->offset, &own, sizeof own);
    if (from.count == 0) return CORNU_OK;
    own.items = cornu_alloc_array_(from.count, item);
    if (own.items == NULL) return CORNU_ENOMEM;
    own.count = from.count;
    if (field->type != CORNU_FIELD_TEXTS) memcpy(own.items, from.items, from.count * item);
    cornu_status status = CORNU_OK;
    for (size_t i = 0; field->type == CORNU_FIELD_TEXTS && i < from.count; i++) {
        char *text = cornu_strdup_(cornu_pointer_get_(from.items, i * item));
        cornu_pointer_set_(own.items, i * item, text);
        if (text == NULL) status = CORNU_ENOMEM;
    }
    memcpy(copy + field->offset, &own, sizeof own);
    return status;
}

/* Duplicates the texts and lists of `args`, all borrowed still, and checks the texts that name an
 * activation. */
static cornu_status copy_texts(const cornu_class *cls, char *copy) {
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < cls->field_count; i++) {
        const cornu_field *field = &cls->fields[i];
        bool listed = cornu_field_list_item_(field) != 0;
        if (!is_text(field) && !listed) continue;
        if (status !=
            CORNU_OK) /* an object that is half copied must not free what is not its own */
            memset(copy + field->offset, 0, listed ? sizeof(list) : sizeof(char *));
        else status = listed ? copy_list(field, copy) : copy_text(field, copy);
    }
    CORNU_TRY(status);
    cornu_activation_function *function;
    for (size_t i = 0; i < cls->field_count; i++)
        if (cls->fields[i].type == CORNU_FIELD_ACTIVATION)
            CORNU_TRY(
                cornu_activation_get(cornu_pointer_get_(copy, cls->fields[i].offset), &function),
                "%s", cls->fields[i].name
            );
    return CORNU_OK;
}

static cornu_status make_default_initializers(const cornu_class *cls, char *copy) {
    for (size_t i = 0; i < cls->field_count; i++) {
        const cornu_field *field = &cls->fields[i];
        if (field->type != CORNU_FIELD_INITIALIZER || field->class_name == NULL) continue;
        if (cornu_pointer_get_(copy, field->offset) != NULL) continue;
        cornu_initializer *initializer = cornu_initializer_get(field->class_name);
        if (initializer == NULL) return cornu_error_status();
        cornu_pointer_set_(copy, field->offset, initializer);
    }
    return CORNU_OK;
}

/* A NULL object in `args` while an error is pending is a maker that failed, not an argument left
 * out. */
static bool has_failed_object(const cornu_class *cls, const void *args) {
    if (cornu_error_status() == CORNU_OK) return false;
    cornu_family family;
    for (size_t i = 0; i < cls->field_count; i++) {
        const cornu_field *field = &cls->fields[i];
        if (cornu_field_is_object_(field, &family) &&
            field->offset + sizeof(void *) <= args_size(args) &&
            cornu_pointer_get_(args, field->offset) == NULL)
            return true;
    }
    return false;
}

static cornu_status fill(cornu_family family, cornu_instance *object) {
    const cornu_class *cls = object->cls;
    char *copy = (char *)object + cls->args_offset;
    if (cls->args_offset != 0) {
        CORNU_TRY(copy_texts(cls, copy));
        CORNU_TRY(make_default_initializers(cls, copy));
        const void *member = cornu_object_member_(object, "name", NULL);
        const char *name = member != NULL ? cornu_pointer_get_(member, 0) : NULL;
        object->name = cornu_strdup_(name);
        if (name != NULL && object->name == NULL) return CORNU_ENOMEM;
    }
    return cornu_family_prepare_(family, object);
}

/* Names the class before the message, unless it does so itself. */
static void add_context(const cornu_class *cls, const char *name) {
    if (cornu_starts_with_(cornu_error_message(), cls->name)) return;
    if (name != NULL) cornu_error_context("%s '%s'", cls->name, name);
    else cornu_error_context("%s", cls->name);
}

void *cornu_object_begin_(cornu_family family, const cornu_class *cls, const void *args) {
    if (cls == NULL) return (void)cornu_error_null("class"), NULL;
    if (args != NULL && (cls->defaults == NULL || args_size(args) < sizeof(size_t))) {
        cornu_error_set(
            CORNU_EINVAL, __FILE__, __LINE__, "%s: %s", cls->name,
            cls->defaults == NULL ? "takes no arguments"
                                  : "the size of the arguments is not set (size_)"
        );
        return NULL;
    }
    if (args != NULL && has_failed_object(cls, args)) return cornu_args_release_(cls, args), NULL;
    cornu_instance *object = cornu_alloc_(cls->size);
    if (object == NULL) return cornu_args_release_(cls, args), NULL;
    cornu_object_init_(object, cornu_family_destroy_(family));
    object->cls = cls;
    if (cls->args_offset != 0) {
        size_t size = args_size(cls->defaults);
        char *copy = (char *)object + cls->args_offset;
        memcpy(copy, cls->defaults, size);
        if (args != NULL) memcpy(copy, args, args_size(args) < size ? args_size(args) : size);
        memcpy(copy, &size, sizeof size);
    }
    if (fill(family, object) == CORNU_OK) return object;
    add_context(cls, NULL);
    cornu_object_release_(object);
    return NULL;
}

void *cornu_object_finish_(void *object) {
    cornu_instance *instance = object;
    if (instance->cls->init == NULL || instance->cls->init(object) == CORNU_OK) return object;
    add_context(instance->cls, instance->name);
    cornu_object_release_(object);
    return NULL;
}

void *cornu_object_create_(cornu_family family, const cornu_class *cls, const void *args) {
    void *object = cornu_object_begin_(family, cls, args);
    return object != NULL ? cornu_object_finish_(object) : NULL;
}

void cornu_object_destroy_(cornu_family family, void *object) {
    cornu_instance *instance = object;
    const cornu_class *cls = instance->cls;
    if (cls->destroy != NULL) cls->destroy(object);
    cornu_family_dispose_(family, object);
    const void *args = cornu_object_args_(object);
    if (args != NULL) {
        cornu_args_release_(cls, args);
        for (size_t i = 0; i < cls->field_count; i++) {
            const cornu_field *field = &cls->fields[i];
            if (is_text(field)) cornu_free_(cornu_pointer_get_(args, field->offset));
            else if (cornu_field_list_item_(field) != 0) cornu_list_free_(field, args);
        }
    }
    cornu_free_(instance->name);
    cornu_free_(object);
}
