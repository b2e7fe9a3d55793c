/* Weights in several files: "x.weights.json" says which of "x_00000.weights.h5" and its followers
 * has the group of each object. keras/src/saving/saving_lib.py: ShardedH5IOStore */
#include "save/shards.h"

#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"

#include <string.h>

enum { shard_limit = 10000, map_limit = 1 << 26 };

static const char ending[] = ".weights.json";

/* ---- names ----------------------------------------------------------------------------------- */

/* The path of a file beside another; *new*. */
static char *beside(const char *path, const char *name) {
    const char *slash = strrchr(path, '/');
    return slash ? cornu_format_("%.*s/%s", (int)(slash - path), path, name) : cornu_strdup_(name);
}

/* "x_00001.weights.h5"; *new*. */
static char *shard_name(const char *path, size_t index) {
    const char *slash = strrchr(path, '/'), *base = slash ? slash + 1 : path;
    size_t length = strlen(base) - strlen(ending);
    return cornu_format_("%.*s_%05zu.weights.h5", (int)length, base, index);
}

bool cornu_is_shard_map_(const char *path) {
    return path && cornu_ends_with_(path, ending) && strlen(path) > strlen(ending);
}

/* ---- reading --------------------------------------------------------------------------------- */

typedef struct reader {
    const char *path; /* of the map */
    bool trusted;
    cJSON *seen; /* names of shards that are open, as an object's keys */
    cornu_h5 *first;
    size_t count;
} reader;

/* A file of the map's own folder, and nothing else. */
static cornu_status open_shard(reader *self, const char *name) {
    if (strchr(name, '/') || strchr(name, '\\') || !cornu_ends_with_(name, ".h5")) {
        CORNU_FAIL(CORNU_EFORMAT, "'%s' is no name of a shard", name);
    }
    if (cJSON_GetObjectItemCaseSensitive(self->seen, name)) return CORNU_OK;
    if (self->count == shard_limit) CORNU_FAIL(CORNU_EFORMAT, "there are too many shards");
    if (!cJSON_AddTrueToObject(self->seen, name)) CORNU_FAIL(CORNU_ENOMEM, "out of memory");
    char *path = beside(self->path, name);
    if (!path) return CORNU_ENOMEM;
    cornu_input *input = NULL;
    cornu_h5 *opened = NULL;
    cornu_status status = cornu_input_open_(&input, path);
    if (status == CORNU_OK) status = cornu_h5_open_input_(&opened, input, self->trusted);
    if (status != CORNU_OK) (void)cornu_error_context("'%s'", path);
    cornu_free_(path);
    CORNU_TRY(status);
    self->count++;
    if (self->first) cornu_h5_chain_(self->first, opened);
    else self->first = opened;
    return CORNU_OK;
}

static cornu_status open_listed(reader *self, const cJSON *entry) {
    const char *name = cJSON_GetStringValue(entry);
    if (name) return open_shard(self, name);
    if (!cJSON_IsArray(entry)) CORNU_FAIL(CORNU_EFORMAT, "an entry of 'weight_map' is no name");
    for (const cJSON *item = entry->child; item; item = item->next) {
        name = cJSON_GetStringValue(item);
        if (!name) CORNU_FAIL(CORNU_EFORMAT, "an entry of 'weight_map' is no name");
        CORNU_TRY(open_shard(self, name));
    }
    return CORNU_OK;
}

static cornu_status open_all(reader *self, const cJSON *json) {
    const cJSON *map = cJSON_GetObjectItemCaseSensitive(json, "weight_map");
    if (!cJSON_IsObject(map) || !map->child) CORNU_FAIL(CORNU_EFORMAT, "there is no 'weight_map'");
    self->seen = cJSON_CreateObject();
    if (!self->seen) CORNU_FAIL(CORNU_ENOMEM, "out of memory");
    cornu_status status = CORNU_OK;
    for (const cJSON *item = map->child; item && status == CORNU_OK; item = item->next)
        status = open_listed(self, item);
    cJSON_Delete(self->seen);
    return status;
}

cornu_status cornu_shards_open_(cornu_h5 **file, const char *path, bool trusted) {
    reader self = {.path = path, .trusted = trusted};
    char *text = NULL;
    size_t size = 0;
    *file = NULL;
    CORNU_TRY(cornu_file_read_(path, map_limit, &text, &size));
    cJSON *json = cornu_json_parse_(text, size, "the map of shards");
    cornu_free_(text);
    cornu_status status = json ? open_all(&self, json) : cornu_error_status();
    cJSON_Delete(json);
    if (status == CORNU_OK) {
        *file = self.first;
        return CORNU_OK;
    }
    cornu_h5_close_(self.first);
    CORNU_TRY(status, "'%s'", path);
    return CORNU_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

typedef struct writer {
    const char *path; /* of the map */
    double limit;     /* bytes of a shard */
    cornu_h5 *file;   /* the shard being filled */
    char *name;       /* its name */
    size_t index;     /* of the next one */
    double filled, total;
    cJSON *map;
} writer;

static cornu_status close_shard(writer *self) {
    char *image = NULL, *path = beside(self->path, self->name);
    size_t size = 0;
    cornu_status status = path ? cornu_h5_image_(self->file, &image, &size) : CORNU_ENOMEM;
    if (status == CORNU_OK) status = cornu_file_write_(path, image, size);
    cornu_free_(image);
    cornu_free_(path);
    cornu_h5_close_(self->file);
    self->file = NULL;
    return status;
}

static cornu_status begin_shard(writer *self) {
    cornu_free_(self->name);
    self->name = shard_name(self->path, self->index++);
    self->filled = 0;
    return self->name ? cornu_h5_create_(&self->file, 0) : CORNU_ENOMEM;
}

static cornu_status no_memory(void) { CORNU_FAIL(CORNU_ENOMEM, "out of memory for the map"); }

/* A list of the shard that was noted first and this one. */
static cornu_status note_second(writer *self, const char *key, const cJSON *first) {
    cJSON *list = cJSON_CreateArray(), *copy = cJSON_Duplicate(first, true);
    cJSON *name = cJSON_CreateString(self->name);
    if (list && copy && name) {
        cJSON_AddItemToArray(list, copy);
        cJSON_AddItemToArray(list, name);
        if (cJSON_ReplaceItemInObjectCaseSensitive(self->map, key, list)) return CORNU_OK;
        copy = name = NULL; /* the list has them */
    }
    cJSON_Delete(list);
    cJSON_Delete(copy);
    cJSON_Delete(name);
    return no_memory();
}

/* "/layers/dense/vars": the shard that has it, or a list once there are two. */
static cornu_status note_key(writer *self, const char *key) {
    cJSON *entry = cJSON_GetObjectItemCaseSensitive(self->map, key);
    if (!entry) return cJSON_AddStringToObject(self->map, key, self->name) ? CORNU_OK : no_memory();
    if (!cJSON_IsArray(entry)) {
        bool noted = strcmp(cJSON_GetStringValue(entry), self->name) == 0;
        return noted ? CORNU_OK : note_second(self, key, entry);
    }
    const cJSON *last = cJSON_GetArrayItem(entry, cJSON_GetArraySize(entry) - 1);
    if (strcmp(cJSON_GetStringValue(last), self->name) == 0) return CORNU_OK;
    cJSON *name = cJSON_CreateString(self->name);
    return name && cJSON_AddItemToArray(entry, name) ? CORNU_OK : no_memory();
}

static cornu_status note(writer *self, const char *group) {
    char *key = cornu_format_("/%s", group);
    if (!key) return CORNU_ENOMEM;
    cornu_status status = note_key(self, key);
    cornu_free_(key);
    return status;
}

static cornu_status write_variable(
    writer *self, const char *group, size_t index, const cornu_tensor *variable
) {
    double size = (double)cornu_tensor_size(variable) *
                  (double)cornu_dtype_size(cornu_tensor_dtype(variable));
    if (size > self->limit) {
        CORNU_FAIL(
            CORNU_EINVAL, "'%s/%zu' has %.0f bytes, more than a shard may have (%.0f)", group,
            index, size, self->limit
        );
    }
    self->total += size;
    if (self->filled + size > self->limit) {
        CORNU_TRY(close_shard(self));
        CORNU_TRY(begin_shard(self));
        CORNU_TRY(cornu_h5_write_group_(self->file, group));
    }
    self->filled += size;
    char *path = cornu_format_("%s/%zu", group, index);
    cornu_status status = path ? cornu_h5_write_tensor_(self->file, path, variable) : CORNU_ENOMEM;
    cornu_free_(path);
    return status == CORNU_OK ? note(self, group) : status;
}

static cornu_status write_object(writer *self, const cornu_saved *saved) {
    char *group = cornu_format_("%s%svars", saved->path, *saved->path ? "/" : "");
    if (!group) return CORNU_ENOMEM;
    cornu_status status = cornu_h5_write_group_(self->file, group);
    if (status == CORNU_OK && saved->name)
        status = cornu_h5_write_text_(self->file, group, "name", saved->name);
    for (size_t i = 0; i < saved->variable_count && status == CORNU_OK; i++)
        status = write_variable(self, group, i, saved->variables[i]);
    cornu_free_(group);
    return status;
}

/* The map comes last: until it is there, the old one is. */
static cornu_status write_map(const writer *self, cJSON *json) {
    cJSON *metadata = cJSON_AddObjectToObject(json, "metadata");
    cJSON *total = metadata ? cornu_json_float_(self->total) : NULL;
    if (!total || !cJSON_AddItemToObject(metadata, "total_size", total)) return no_memory();
    cJSON *map = cJSON_Duplicate(self->map, true);
    if (!map || !cJSON_AddItemToObject(json, "weight_map", map)) return no_memory();
    char *text = cornu_json_print_(json);
    if (!text) return no_memory();
    cornu_status status = cornu_file_write_(self->path, text, strlen(text));
    cornu_free_(text);
    return status;
}

cornu_status cornu_shards_write_(const cornu_saved_tree *tree, const char *path, double limit) {
    writer self = {.path = path, .limit = limit, .map = cJSON_CreateObject()};
    cJSON *json = cJSON_CreateObject();
    cornu_status status = self.map && json ? begin_shard(&self) : no_memory();
    for (size_t i = 0; i < tree->count && status == CORNU_OK; i++)
        status = write_object(&self, &tree->items[i]);
    if (status == CORNU_OK) status = close_shard(&self);
    if (status == CORNU_OK) status = write_map(&self, json);
    cornu_h5_close_(self.file);
    cornu_free_(self.name);
    cJSON_Delete(self.map);
    cJSON_Delete(json);
    return status;
}
