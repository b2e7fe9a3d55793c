/* What all families of classes share: objects made from argument structs, the registry, configs. */
#ifndef CORNU_NN_CLASS_H
#define CORNU_NN_CLASS_H

#include <cornu/extend.h>
#include <cjson/cJSON.h>

/* cornu_config is a view of a cJSON object. */
struct cornu_config;
cJSON *cornu_config_json_(const cornu_config *config);
cornu_config *cornu_config_of_(cJSON *object);

typedef enum cornu_family {
    CORNU_FAMILY_LAYER,
    CORNU_FAMILY_LOSS,
    CORNU_FAMILY_METRIC,
    CORNU_FAMILY_OPTIMIZER,
    CORNU_FAMILY_SCHEDULE,
    CORNU_FAMILY_CALLBACK,
    CORNU_FAMILY_INITIALIZER,
    CORNU_FAMILY_REGULARIZER,
    CORNU_FAMILY_CONSTRAINT,
    CORNU_FAMILY_ACTIVATION,
    CORNU_FAMILY_COUNT
} cornu_family;

/* Every object begins like this, whatever its family. */
typedef struct cornu_instance {
    cornu_object_head head;
    const cornu_class *cls;
    char *name;
} cornu_instance;

/* Makes an object: zeroed, arguments copied by the field table, name set, base prepared by the
 * family, then cls->init. The objects inside `args` are taken, also on failure. */
void *cornu_object_create_(cornu_family family, const cornu_class *cls, const void *args);
const void *cornu_object_args_(const void *object); /* the argument struct inside, or NULL */
/* The same in two steps, between which the members that the table does not know are filled in.
 * `finish` calls init, and drops the object if that fails. */
void *cornu_object_begin_(cornu_family family, const cornu_class *cls, const void *args);
void *cornu_object_finish_(void *object);
/* Drops the objects inside an argument struct that nobody took. */
void cornu_args_release_(const cornu_class *cls, const void *args);
/* The member of the object's argument struct that the table calls `name`, and the field (may be
 * NULL); NULL if there is none. */
const void *cornu_object_member_(const void *object, const char *name, const cornu_field **field);
/* Pointers in argument structs, whatever they point to. */
void *cornu_pointer_get_(const void *args, size_t offset);
void cornu_pointer_set_(void *args, size_t offset, const void *pointer);
bool cornu_field_is_object_(const cornu_field *field, cornu_family *family);
/* The size of an item if the field is a list, or 0; and freeing such a list with its texts. */
size_t cornu_field_list_item_(const cornu_field *field);
void cornu_list_free_(const cornu_field *field, const void *args);

/* Reads `config` (the inner "config" object) into a new object of the class. Unknown keys with a
 * value that is not null/false are CORNU_EUNSUPPORTED and named; those listed as known to Keras and
 * without effect here are skipped (see class.c). */
void *cornu_object_from_config_(cornu_family family, const cornu_class *cls, const cJSON *config);
/* The inner config, and the whole serialised object {"module", "class_name", "config",
 * "registered_name"}; *new* cJSON. */
cJSON *cornu_object_config_(const void *object);
cJSON *cornu_object_serialize_(cornu_family family, const void *object);
/* From a serialised object, a function object ({"class_name": "function", "config": "mse"}) or a
 * plain name. */
void *cornu_object_deserialize_(cornu_family family, const cJSON *json);

/* Sets *plain to a *new* serialised metric that stands for one in which a function is named, or to
 * NULL if this one names none. */
cornu_status cornu_metric_without_function_(const cJSON *json, cJSON **plain);

/* The same for a layer in an argument of another layer, which may be a model. src/model defines
 * them, as it does what models are. `read` gives a *new* layer. */
void *cornu_nested_layer_read_(const cJSON *json);
cJSON *cornu_nested_layer_write_(const void *layer);

/* Lookup by class name, registered name or alias. NULL without an error if there is none;
 * `cornu_class_unknown_` makes the error with the nearest name ("no layer class 'Dens'; did you
 * mean 'Dense'?"). */
const void *cornu_class_find_(cornu_family family, const char *name);
/* Whether a serialised object is of a module outside of Keras, where a class that has the name of
 * one of Keras' is another one; not so if it says a registered name. */
bool cornu_is_foreign_(const cJSON *object);
bool cornu_class_is_builtin_(cornu_family family, const void *cls);
cornu_status cornu_class_unknown_(cornu_family family, const char *name);
cornu_status cornu_class_register_(cornu_family family, const void *cls);
size_t cornu_class_count_(cornu_family family);
const void *cornu_class_at_(cornu_family family, size_t index);
const char *cornu_family_name_(cornu_family family);   /* "layer" */
const char *cornu_family_module_(cornu_family family); /* "keras.layers" */
cornu_family cornu_family_of_(const void *object);
size_t cornu_family_builtin_count_(cornu_family family);
const void *cornu_family_builtin_(cornu_family family, size_t index);
/* NULL-ended, or NULL */
const char *const *cornu_class_aliases_(cornu_family family, const void *cls);
/* What a family gives its objects before init, and takes back after the class' destroy. */
cornu_status cornu_family_prepare_(cornu_family family, void *object);
void cornu_family_dispose_(cornu_family family, void *object);
/* what head.destroy_ of its objects is */
void (*cornu_family_destroy_(cornu_family family))(void *object);
void cornu_object_destroy_(cornu_family family, void *object);

/* JSON text in Python's dialect: NaN, Infinity; whole input checked; nesting limited; duplicate
 * keys refused. CORNU_EFORMAT. The printer writes floats as Python's repr does (shortest, "1.0"
 * stays a float) and ASCII only. */
cJSON *cornu_json_parse_(const char *text, size_t length, const char *what);
char *cornu_json_print_(const cJSON *json);
cJSON *cornu_json_float_(double value); /* a number that prints as a float */
cJSON *cornu_json_int_(int64_t value);

/* "Conv2DTranspose" -> "conv2d_transpose": how classes are called in weights files and automatic
 * names. *new* text. */
char *cornu_snake_case_(const char *class_name);

#endif
