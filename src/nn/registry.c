/* Which classes there are: the built-in ones, collected by the build, and those a program
 * registers. */
#include <ctype.h>
#include <stdatomic.h>
#include <string.h>

#include "base/memory.h"
#include "base/text.h"
#include "base/thread.h"
#include "nn/class.h"

/* Registered classes form a list that only grows, at its head, and is never freed: readers need no
 * lock. */
typedef struct registered {
    const void *cls;
    struct registered *next;
} registered;

static _Atomic(registered *) lists[CORNU_FAMILY_COUNT];
static cornu_mutex registering =
    CORNU_MUTEX_INIT; /* held for as long as a name is looked up and its class added */

/* Further names by which Keras knows classes whose structs have no list of aliases. */
static const struct {
    cornu_family family;
    const char *alias, *name;
} aliases[] = {
    {CORNU_FAMILY_INITIALIZER, "OrthogonalInitializer", "Orthogonal"},
    {CORNU_FAMILY_INITIALIZER, "IdentityInitializer", "Identity"},
    {CORNU_FAMILY_INITIALIZER, "STFTInitializer", "STFT"},
    {CORNU_FAMILY_INITIALIZER, "uniform", "RandomUniform"},
    {CORNU_FAMILY_INITIALIZER, "normal", "RandomNormal"},
    {CORNU_FAMILY_INITIALIZER, "zero", "Zeros"},
    {CORNU_FAMILY_INITIALIZER, "one", "Ones"},
    {CORNU_FAMILY_REGULARIZER, "l1", "L1"},
    {CORNU_FAMILY_REGULARIZER, "l2", "L2"},
    {CORNU_FAMILY_REGULARIZER, "l1_l2", "L1L2"},
};

/* Every class struct begins with its name. */
static const char *name_of(const void *cls) { return *(const char *const *)cls; }

static bool equal_but_for_case(const char *a, const char *b) {
    while (*a != '\0' && tolower((unsigned char)*a) == tolower((unsigned char)*b)) a++, b++;
    return *a == '\0' && *b == '\0';
}

static bool snake_equals(const char *class_name, const char *name) {
    /* no built-in name is near that long, and a search must not fail for want of memory */
    char snake[128];
    return strcmp(cornu_to_snake_case_(class_name, snake, sizeof snake), name) == 0;
}

static bool answers_to(cornu_family family, const void *cls, const char *name) {
    const char *own = name_of(cls);
    if (strcmp(own, name) == 0) return true;
    if (family == CORNU_FAMILY_ACTIVATION || strchr(own, '>') != NULL) return false;
    const char *const *other = cornu_class_aliases_(family, cls);
    for (; other != NULL && *other != NULL; other++)
        if (strcmp(*other, name) == 0) return true;
    for (size_t i = 0; i < sizeof aliases / sizeof *aliases; i++)
        if (aliases[i].family == family && strcmp(aliases[i].alias, name) == 0 &&
            strcmp(aliases[i].name, own) == 0)
            return true;
    if (family == CORNU_FAMILY_OPTIMIZER && equal_but_for_case(own, name))
        return true; /* "rmsprop" */
    return snake_equals(own, name);
}

const void *cornu_class_find_(cornu_family family, const char *name) {
    if (name == NULL) return NULL;
    for (registered *item = atomic_load(&lists[family]); item != NULL; item = item->next)
        if (answers_to(family, item->cls, name)) return item->cls;
    for (size_t i = 0; i < cornu_family_builtin_count_(family); i++)
        if (answers_to(family, cornu_family_builtin_(family, i), name))
            return cornu_family_builtin_(family, i);
    return NULL;
}

bool cornu_class_is_builtin_(cornu_family family, const void *cls) {
    for (size_t i = 0; i < cornu_family_builtin_count_(family); i++)
        if (cornu_family_builtin_(family, i) == cls) return true;
    return false;
}

size_t cornu_class_count_(cornu_family family) {
    size_t count = cornu_family_builtin_count_(family);
    for (registered *item = atomic_load(&lists[family]); item != NULL; item = item->next) count++;
    return count;
}

const void *cornu_class_at_(cornu_family family, size_t index) {
    if (index < cornu_family_builtin_count_(family)) return cornu_family_builtin_(family, index);
    /* the head of the list is the newest, which counts last */
    size_t after = cornu_class_count_(family);
    for (registered *item = atomic_load(&lists[family]); item != NULL; item = item->next)
        if (--after == index) return item->cls;
    return NULL;
}

cornu_status cornu_class_unknown_(cornu_family family, const char *name) {
    size_t count = cornu_class_count_(family), used = 0;
    const char **names = cornu_alloc_array_(count + 1, sizeof *names);
    if (names == NULL) return CORNU_ENOMEM;
    for (size_t i = 0; i < count; i++) {
        const void *cls = cornu_class_at_(family, i);
        if (cls != NULL) names[used++] = name_of(cls);
    }
    const char *near = cornu_closest_(name, names, used);
    const char *kind = cornu_family_name_(family),
               *what = family == CORNU_FAMILY_ACTIVATION ? "" : " class";
    cornu_status status;
    if (near != NULL)
        status = cornu_error_set(
            CORNU_EUNKNOWN, __FILE__, __LINE__, "no %s%s '%.100s'; did you mean '%s'?", kind, what,
            name, near
        );
    else
        status = cornu_error_set(
            CORNU_EUNKNOWN, __FILE__, __LINE__, "no %s%s '%.100s'", kind, what, name
        );
    cornu_free_((void *)names);
    return status;
}

static cornu_status add(cornu_family family, const void *cls) {
    if (cornu_class_find_(family, name_of(cls)) != NULL)
        CORNU_FAIL(
            CORNU_EINVAL, "the %s '%s' is registered already", cornu_family_name_(family),
            name_of(cls)
        );
    registered *item = cornu_alloc_(sizeof *item);
    if (item == NULL) return CORNU_ENOMEM;
    item->cls = cls;
    item->next = atomic_load(&lists[family]);
    atomic_store(&lists[family], item);
    return CORNU_OK;
}

cornu_status cornu_class_register_(cornu_family family, const void *cls) {
    if (cls == NULL) return cornu_error_null("class");
    if (name_of(cls) == NULL)
        CORNU_FAIL(CORNU_EINVAL, "the %s class has no name", cornu_family_name_(family));
    cornu_mutex_lock_(&registering);
    cornu_status status = add(family, cls);
    cornu_mutex_unlock_(&registering);
    return status;
}
