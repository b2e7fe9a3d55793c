/* A state is a list of tensors under texts: numbers are scalars, texts are arrays of bytes. */
#include <cornu/state.h>

#include "base/map.h"
#include "base/memory.h"

#include <stdio.h>
#include <string.h>

enum { PATH_SIZE = 512 }; /* of a key behind its groups, with the 0 at its end */

typedef struct entry {
    char *key;
    cornu_tensor *value;
} entry;

struct cornu_state {
    entry *entries;
    size_t count, capacity;
    cornu_map places; /* key -> index + 1 */
    char *group;      /* "callbacks/0/", or "" */
};

cornu_state *cornu_state_new(void) {
    cornu_state *state = cornu_alloc_(sizeof *state);
    if (state && !(state->group = cornu_strdup_(""))) {
        cornu_free_(state);
        return NULL;
    }
    return state;
}

void cornu_state_free(cornu_state *state) {
    if (!state) return;
    for (size_t i = 0; i < state->count; i++) {
        cornu_free_(state->entries[i].key);
        cornu_tensor_free(state->entries[i].value);
    }
    cornu_free_(state->entries);
    cornu_map_free_(&state->places);
    cornu_free_(state->group);
    cornu_free_(state);
}

cornu_status cornu_state_enter(cornu_state *state, const char *group) {
    if (!group || !*group || strchr(group, '/'))
        CORNU_FAIL(
            CORNU_EINVAL, "a group's name is a text without slashes, got \"%s\"", group ? group : ""
        );
    char *inner = cornu_format_("%s%s/", state->group, group);
    if (!inner) return CORNU_ENOMEM;
    cornu_free_(state->group);
    state->group = inner;
    return CORNU_OK;
}

void cornu_state_leave(cornu_state *state) {
    size_t length = strlen(state->group);
    if (length == 0) return;
    for (length--; length > 0 && state->group[length - 1] != '/';) length--;
    state->group[length] = '\0';
}

/* Looking takes no memory: that there is none must not pass for a key that is not there. */
static entry *find(const cornu_state *state, const char *key) {
    char path[PATH_SIZE];
    int length = snprintf(path, sizeof path, "%s%s", state->group, key);
    if (length < 0 || length >= PATH_SIZE) return NULL; /* nothing of that length was set */
    uintptr_t place = (uintptr_t)cornu_map_get_text_(&state->places, path);
    return place ? &state->entries[place - 1] : NULL;
}

/* The value is taken, also on failure. */
static cornu_status set(cornu_state *state, const char *key, cornu_tensor *value) {
    if (!value) return cornu_error_status();
    entry *found = find(state, key);
    if (found) {
        cornu_tensor_free(found->value);
        found->value = value;
        return CORNU_OK;
    }
    cornu_status status = CORNU_RESERVE_(state->entries, state->capacity, state->count + 1);
    char *path = status == CORNU_OK ? cornu_format_("%s%s", state->group, key) : NULL;
    if (!path) status = CORNU_ENOMEM;
    if (status == CORNU_OK)
        status = cornu_map_put_text_(&state->places, path, (void *)(uintptr_t)(state->count + 1));
    if (status == CORNU_OK) {
        state->entries[state->count++] = (entry){path, value};
        return CORNU_OK;
    }
    cornu_free_(path);
    cornu_tensor_free(value);
    return status;
}

static cornu_status check_key(const cornu_state *state, const char *key) {
    if (!key || !*key) CORNU_FAIL(CORNU_EINVAL, "a key is a text that is not empty");
    if (strlen(state->group) + strlen(key) < PATH_SIZE) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "a key with its groups has less than %d bytes; too long: '%s%.100s...'",
        PATH_SIZE, state->group, key
    );
}

cornu_status cornu_state_set_int(cornu_state *state, const char *key, int64_t value) {
    CORNU_TRY(check_key(state, key));
    return set(state, key, cornu_tensor_from(CORNU_INT64, (cornu_shape){0}, &value));
}

cornu_status cornu_state_set_float(cornu_state *state, const char *key, double value) {
    CORNU_TRY(check_key(state, key));
    return set(state, key, cornu_tensor_from(CORNU_FLOAT64, (cornu_shape){0}, &value));
}

cornu_status cornu_state_set_text(cornu_state *state, const char *key, const char *text) {
    CORNU_TRY(check_key(state, key));
    if (!text) return cornu_error_null("text");
    /* with the 0 at its end, so that no array is empty */
    const cornu_shape shape = {.rank = 1, .dims = {(int64_t)strlen(text) + 1}};
    return set(state, key, cornu_tensor_from(CORNU_UINT8, shape, text));
}

cornu_status cornu_state_set_tensor(cornu_state *state, const char *key, cornu_tensor *tensor) {
    CORNU_TRY(check_key(state, key));
    if (!tensor) return cornu_error_null(key);
    if (!cornu_tensor_has_data(tensor)) CORNU_FAIL(CORNU_ESTATE, "'%s' has no values", key);
    return set(state, key, cornu_tensor_retain(tensor));
}

bool cornu_state_has(const cornu_state *state, const char *key) { return find(state, key) != NULL; }

cornu_tensor *cornu_state_get_tensor(const cornu_state *state, const char *key) {
    entry *found = find(state, key);
    if (found) return found->value;
    CORNU_FAIL_NULL(CORNU_EFORMAT, "the state has no '%s%s'", state->group, key);
}

static cornu_status other_kind(
    const cornu_state *state, const char *key, const cornu_tensor *found, const char *wanted
) {
    char shape[256];
    CORNU_FAIL(
        CORNU_EFORMAT, "'%s%s' in the state is %s %s, expected is %s", state->group, key,
        cornu_dtype_name(cornu_tensor_dtype(found)),
        cornu_shape_format(cornu_tensor_shape(found), shape, sizeof shape), wanted
    );
}

static cornu_status get_scalar(
    const cornu_state *state, const char *key, cornu_dtype dtype, const char *wanted, void *value
) {
    const cornu_tensor *found = cornu_state_get_tensor(state, key);
    if (!found) return cornu_error_status();
    if (cornu_tensor_dtype(found) != dtype || cornu_tensor_rank(found) != 0)
        return other_kind(state, key, found, wanted);
    memcpy(value, cornu_tensor_data(found), cornu_dtype_size(dtype));
    return CORNU_OK;
}

cornu_status cornu_state_get_int(const cornu_state *state, const char *key, int64_t *value) {
    return get_scalar(state, key, CORNU_INT64, "an integer", value);
}

cornu_status cornu_state_get_float(const cornu_state *state, const char *key, double *value) {
    return get_scalar(state, key, CORNU_FLOAT64, "a number", value);
}

cornu_status cornu_state_get_text(const cornu_state *state, const char *key, char **text) {
    *text = NULL;
    const cornu_tensor *found = cornu_state_get_tensor(state, key);
    if (!found) return cornu_error_status();
    int64_t size = cornu_tensor_size(found);
    const char *bytes = cornu_tensor_data(found);
    bool fits = cornu_tensor_dtype(found) == CORNU_UINT8 && cornu_tensor_rank(found) == 1 &&
                size > 0 && bytes[size - 1] == '\0';
    if (!fits) return other_kind(state, key, found, "a text");
    *text = cornu_strdup_(bytes);
    return *text ? CORNU_OK : CORNU_ENOMEM;
}

cornu_status cornu_state_read_tensor(
    const cornu_state *state, const char *key, cornu_tensor *variable
) {
    cornu_tensor *found = cornu_state_get_tensor(state, key);
    if (!found) return cornu_error_status();
    char is[256], wanted[256];
    if (cornu_tensor_dtype(found) != cornu_tensor_dtype(variable))
        CORNU_FAIL(
            CORNU_EDTYPE, "'%s%s' in the state is %s, expected is %s", state->group, key,
            cornu_dtype_name(cornu_tensor_dtype(found)),
            cornu_dtype_name(cornu_tensor_dtype(variable))
        );
    if (!cornu_shape_equal(cornu_tensor_shape(found), cornu_tensor_shape(variable)))
        CORNU_FAIL(
            CORNU_ESHAPE, "'%s%s' in the state has shape %s, expected is %s", state->group, key,
            cornu_shape_format(cornu_tensor_shape(found), is, sizeof is),
            cornu_shape_format(cornu_tensor_shape(variable), wanted, sizeof wanted)
        );
    return cornu_assign(variable, found);
}

size_t cornu_state_count(const cornu_state *state) { return state ? state->count : 0; }

const char *cornu_state_key(const cornu_state *state, size_t index) {
    return index < cornu_state_count(state) ? state->entries[index].key : NULL;
}

cornu_tensor *cornu_state_value(const cornu_state *state, size_t index) {
    return index < cornu_state_count(state) ? state->entries[index].value : NULL;
}
