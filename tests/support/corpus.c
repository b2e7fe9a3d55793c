/* Reading the packed corpus, and the loop over the cases of a kind. */
#include "support/corpus.h"

#include "base/object.h"
#include "support/support.h"
#include "tensor/npy.h"

#include <stdlib.h>
#include <string.h>
#include <zip.h>

enum { PATH_ROOM = 512, REPORT_ROOM = 16384 };

/* ---- archives -------------------------------------------------------------------------------- */

static zip_t *open_archive(const char *kind) {
    char path[2 * PATH_ROOM];
    snprintf(path, sizeof path, "%s/conformance/data/%s.zip", CORNU_TESTS_DIR, kind);
    zip_t *archive = zip_open(path, ZIP_RDONLY, NULL);
    if (!archive) (void)cornu_error_set(CORNU_EIO, NULL, 0, "%s cannot be opened", path);
    return archive;
}

/* *new* memory with a 0 byte behind it. */
static char *read_member(zip_t *archive, const char *member, size_t *size) {
    zip_stat_t info;
    if (zip_stat(archive, member, 0, &info) != 0) {
        CORNU_FAIL_NULL(CORNU_EIO, "the corpus has no %s", member);
    }
    char *bytes = calloc(info.size + 1, 1);
    zip_file_t *file = zip_fopen(archive, member, 0);
    bool ok = bytes && file && zip_fread(file, bytes, info.size) == (zip_int64_t)info.size;
    if (file) zip_fclose(file);
    if (!ok) {
        free(bytes);
        CORNU_FAIL_NULL(CORNU_EIO, "%s of the corpus cannot be read", member);
    }
    if (size) *size = info.size;
    return bytes;
}

/* "../../layer/dense/x0.npy" and "x0.npy" to the kind's archive and the member in it. */
static void resolve(const corpus_case *c, const char *path, char *kind, char *member) {
    if (strncmp(path, "../../", 6) == 0) {
        const char *slash = strchr(path + 6, '/');
        snprintf(kind, PATH_ROOM, "%.*s", (int)(slash - path - 6), path + 6);
        snprintf(member, PATH_ROOM, "%s", slash + 1);
    } else {
        snprintf(kind, PATH_ROOM, "%s", c->kind);
        snprintf(member, PATH_ROOM, "%s/%s", c->name, path);
    }
}

char *corpus_bytes(const corpus_case *c, const char *path, size_t *size) {
    char kind[PATH_ROOM], member[PATH_ROOM];
    resolve(c, path, kind, member);
    zip_t *archive = open_archive(kind);
    if (!archive) return NULL;
    char *bytes = read_member(archive, member, size);
    zip_discard(archive);
    return bytes;
}

const char *corpus_text(const corpus_case *c, const char *key) {
    return cJSON_GetStringValue(cJSON_GetObjectItemCaseSensitive(c->json, key));
}

cJSON *corpus_json(const corpus_case *c, const char *path) {
    char *text = corpus_bytes(c, path, NULL);
    cJSON *json = text ? cJSON_Parse(text) : NULL;
    if (text && !json) (void)cornu_error_set(CORNU_EFORMAT, NULL, 0, "%s is no JSON", path);
    free(text);
    return json;
}

cornu_status corpus_extract(const corpus_case *c, const char *path, const char *file) {
    size_t size;
    char *bytes = corpus_bytes(c, path, &size);
    if (!bytes) return cornu_error_status();
    FILE *stream = fopen(file, "wb");
    bool ok = stream && fwrite(bytes, 1, size, stream) == size;
    if (stream && fclose(stream) != 0) ok = false;
    free(bytes);
    if (!ok) CORNU_FAIL(CORNU_EIO, "%s cannot be written", file);
    return CORNU_OK;
}

cornu_model *corpus_model(const corpus_case *c, const char *path, bool compile) {
    char file[PATH_ROOM];
    const char *ending = path ? strrchr(path, '.') : NULL;
    snprintf(file, sizeof file, "%s%s", c->kind, ending ? ending : ".keras");
    if (corpus_extract(c, path, file) != CORNU_OK) return NULL;
    return cornu_load_model(file, .compile = compile);
}

/* ---- arrays ---------------------------------------------------------------------------------- */

cornu_tensor *corpus_array(const corpus_case *c, const char *path) {
    size_t size;
    char *bytes = corpus_bytes(c, path, &size);
    cornu_tensor *tensor = bytes ? cornu_npy_from_memory_(bytes, size, path) : NULL;
    free(bytes);
    return tensor ? cornu_scope_add_(tensor) : NULL;
}

cornu_status corpus_arrays(
    const corpus_case *c, const cJSON *object, const char *key, cornu_tensor **arrays, size_t *count
) {
    const cJSON *value = cJSON_GetObjectItemCaseSensitive(object, key);
    *count = 0;
    if (cJSON_IsString(value)) {
        arrays[(*count)++] = corpus_array(c, value->valuestring);
        return arrays[0] ? CORNU_OK : cornu_error_status();
    }
    const cJSON *item;
    cJSON_ArrayForEach(item, value) {
        if (*count == CORPUS_ARRAYS_MAX) CORNU_FAIL(CORNU_EINVAL, "too many arrays under %s", key);
        arrays[*count] = corpus_array(c, item->valuestring);
        if (!arrays[(*count)++]) return cornu_error_status();
    }
    return CORNU_OK;
}

/* ---- tables ---------------------------------------------------------------------------------- */

/* Takes `value`. */
static cornu_status add_row(
    corpus_table *table, const char *key, size_t length, cornu_tensor *value
) {
    if (!value) return cornu_error_status();
    table->keys = realloc(table->keys, (table->count + 1) * sizeof *table->keys);
    table->values = realloc(table->values, (table->count + 1) * sizeof *table->values);
    table->keys[table->count] = strndup(key, length);
    table->values[table->count++] = value;
    return CORNU_OK;
}

static zip_t *open_in_memory(const void *bytes, size_t size) {
    zip_error_t error;
    zip_source_t *source = zip_source_buffer_create(bytes, size, 0, &error);
    zip_t *archive = source ? zip_open_from_source(source, ZIP_RDONLY, &error) : NULL;
    if (source && !archive) zip_source_free(source);
    return archive;
}

static cornu_status read_npz(const void *bytes, size_t size, corpus_table *table) {
    zip_t *archive = open_in_memory(bytes, size);
    if (!archive) CORNU_FAIL(CORNU_EFORMAT, "no .npz archive");
    cornu_status status = CORNU_OK;
    for (zip_int64_t i = 0; status == CORNU_OK && i < zip_get_num_entries(archive, 0); i++) {
        const char *name = zip_get_name(archive, (zip_uint64_t)i, 0);
        size_t length = strlen(name) - strlen(".npy"), member_size = 0;
        char *member = read_member(archive, name, &member_size);
        cornu_tensor *value = member ? cornu_npy_from_memory_(member, member_size, name) : NULL;
        free(member);
        status = add_row(table, name, length, value);
    }
    zip_discard(archive);
    return status;
}

/* The visitor of h5: floating-point and integer datasets as float64. */
static herr_t add_dataset(hid_t file, const char *path, const H5O_info_t *info, void *user) {
    if (info->type != H5O_TYPE_DATASET) return 0;
    hid_t set = H5Dopen2(file, path, H5P_DEFAULT), space = H5Dget_space(set);
    cornu_shape shape = {.rank = H5Sget_simple_extent_ndims(space)};
    hsize_t dims[CORNU_MAX_RANK] = {0};
    H5Sget_simple_extent_dims(space, dims, NULL);
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = (int64_t)dims[i];
    hid_t type = H5Dget_type(set);
    bool numeric = H5Tget_class(type) == H5T_FLOAT || H5Tget_class(type) == H5T_INTEGER;
    cornu_status status = CORNU_OK;
    if (numeric) {
        cornu_tensor *value = cornu_tensor_new(CORNU_FLOAT64, shape);
        void *data = value ? cornu_tensor_data_mut(value) : NULL;
        if (data) H5Dread(set, H5T_NATIVE_DOUBLE, H5S_ALL, H5S_ALL, H5P_DEFAULT, data);
        status = add_row(user, path, strlen(path), value);
    }
    H5Tclose(type);
    H5Sclose(space);
    H5Dclose(set);
    return status == CORNU_OK ? 0 : -1;
}

static cornu_status read_h5(void *bytes, size_t size, corpus_table *table) {
    hid_t access = H5Pcreate(H5P_FILE_ACCESS);
    H5Pset_fapl_core(access, 1 << 16, 0);
    H5Pset_file_image(access, bytes, size);
    hid_t file = H5Fopen("table", H5F_ACC_RDONLY, access);
    herr_t result = file < 0 ? -1
                             : H5Ovisit2(
                                   file, H5_INDEX_NAME, H5_ITER_INC, (H5O_iterate_t)add_dataset,
                                   table, H5O_INFO_BASIC
                               );
    if (file >= 0) H5Fclose(file);
    H5Pclose(access);
    if (result < 0) CORNU_FAIL(CORNU_EFORMAT, "the HDF5 file cannot be read");
    return CORNU_OK;
}

cornu_status corpus_table_read(const corpus_case *c, const char *path, corpus_table *table) {
    size_t size, length = strlen(path);
    char *bytes = corpus_bytes(c, path, &size);
    if (!bytes) return cornu_error_status();
    bool npz = length > 4 && strcmp(path + length - 4, ".npz") == 0;
    cornu_status status = npz ? read_npz(bytes, size, table) : read_h5(bytes, size, table);
    free(bytes);
    return status;
}

cornu_tensor *corpus_table_find(const corpus_table *table, const char *key) {
    for (size_t i = 0; i < table->count; i++) {
        if (strcmp(table->keys[i], key) == 0) return table->values[i];
    }
    return NULL;
}

void corpus_table_free(corpus_table *table) {
    for (size_t i = 0; i < table->count; i++) {
        free(table->keys[i]);
        cornu_tensor_free(table->values[i]);
    }
    free(table->keys);
    free(table->values);
    *table = (corpus_table){0};
}

/* ---- scope ----------------------------------------------------------------------------------- */

/* The name outlives the JSON that it comes from. */
static const char *keep_name(const char *name) {
    static char kept[128];
    if (!name) return NULL;
    snprintf(kept, sizeof kept, "%s", name);
    return kept;
}

const char *corpus_config_unknown(const corpus_case *c) {
    cJSON *json = corpus_json(c, corpus_text(c, "config"));
    const char *unknown = json ? keep_name(corpus_json_unknown(json)) : cornu_error_message();
    cJSON_Delete(json);
    return unknown;
}

/* config.json of a case's model; *new*, or NULL. */
static cJSON *model_config(const corpus_case *c) {
    size_t size;
    char *bytes = corpus_bytes(c, corpus_text(c, "model"), &size);
    zip_t *archive = bytes ? open_in_memory(bytes, size) : NULL;
    char *text = archive ? read_member(archive, "config.json", NULL) : NULL;
    cJSON *json = text ? cJSON_Parse(text) : NULL;
    free(text);
    if (archive) zip_discard(archive);
    free(bytes);
    return json;
}

const char *corpus_compiled_model_unknown(const corpus_case *c) {
    cJSON *json = model_config(c);
    const char *unknown = json ? keep_name(corpus_json_unknown(json)) : "an unreadable model";
    cJSON_Delete(json);
    return unknown;
}

const char *corpus_model_unknown(const corpus_case *c) {
    cJSON *json = model_config(c);
    cJSON_DeleteItemFromObject(json, "compile_config");
    const char *unknown = json ? keep_name(corpus_json_unknown(json)) : "an unreadable model";
    cJSON_Delete(json);
    return unknown;
}

/* ---- comparing ------------------------------------------------------------------------------- */

cornu_status corpus_compare(
    const char *what, const cornu_tensor *got, const cornu_tensor *expected, double rtol,
    double atol
) {
    const char *wrong = cornu_test_same_(got, expected, rtol, atol);
    if (wrong) CORNU_FAIL(CORNU_EINVAL, "%s %s", what, wrong);
    return CORNU_OK;
}

/* Compares the numbers below `expected` with got[*at], ...; false: the next one differs, or
 * there are too few. */
static bool compare_below(
    const double *got, size_t count, size_t *at, const cJSON *expected, double rtol, double atol
) {
    if (cJSON_IsArray(expected)) {
        const cJSON *item;
        cJSON_ArrayForEach(item, expected) {
            if (!compare_below(got, count, at, item, rtol, atol)) return false;
        }
        return true;
    }
    if (*at >= count) return false;
    double wanted = cJSON_IsNumber(expected) ? expected->valuedouble : NAN;
    if (isnan(wanted) ? !isnan(got[*at])
                      : !(fabs(got[*at] - wanted) <= atol + rtol * fabs(wanted))) {
        return false;
    }
    *at += 1;
    return true;
}

cornu_status corpus_compare_json(
    const char *what, const double *got, size_t count, const cJSON *expected, double rtol,
    double atol
) {
    size_t at = 0;
    if (compare_below(got, count, &at, expected, rtol, atol) && at == count) return CORNU_OK;
    char *text = cJSON_PrintUnformatted(expected);
    cornu_status status = cornu_error_set(
        CORNU_EINVAL, NULL, 0, "%s: number %zu of %zu is %.9g; expected %.100s", what, at + 1,
        count, at < count ? got[at] : NAN, text ? text : "?"
    );
    free(text);
    return status;
}

/* ---- the loop -------------------------------------------------------------------------------- */

typedef struct tally {
    size_t passed, in_scope, total;
    char failures[REPORT_ROOM];
    size_t used;
} tally;

static void note_failure(tally *t, const char *name) {
    int written = snprintf(
        t->failures + t->used, sizeof t->failures - t->used, "\n  %s: %s", name,
        cornu_error_message()
    );
    if (written > 0 && (size_t)written < sizeof t->failures - t->used) t->used += (size_t)written;
}

static void run_case(const corpus_case *c, corpus_unknown *unknown, corpus_check *check, tally *t) {
    t->total++;
    if (unknown(c)) {
        cornu_error_clear();
        return;
    }
    t->in_scope++;
    cornu_scope *scope = cornu_scope_begin();
    if (check(c) == CORNU_OK) {
        t->passed++;
    } else {
        note_failure(t, c->name);
    }
    cornu_error_clear();
    cornu_scope_end(scope);
}

/* The case that begins with this member, if it is a case.json. */
static bool case_name(const char *member, char *name) {
    const char *slash = member ? strchr(member, '/') : NULL;
    if (!slash || strcmp(slash, "/case.json") != 0) return false;
    snprintf(name, PATH_ROOM, "%.*s", (int)(slash - member), member);
    return true;
}

void corpus_run(const char *kind, corpus_unknown *unknown, corpus_check *check) {
    tally *t = calloc(1, sizeof *t);
    zip_t *archive = open_archive(kind);
    ck_assert_msg(archive && t, "%s", cornu_error_message());
    for (zip_int64_t i = 0; i < zip_get_num_entries(archive, 0); i++) {
        char name[PATH_ROOM];
        const char *member = zip_get_name(archive, (zip_uint64_t)i, 0);
        if (!case_name(member, name)) continue;
        corpus_case c = {.kind = kind, .name = name};
        c.json = corpus_json(&c, "case.json");
        ck_assert_msg(c.json != NULL, "%s: %s", name, cornu_error_message());
        c.rtol = cJSON_GetNumberValue(cJSON_GetObjectItem(c.json, "rtol"));
        c.atol = cJSON_GetNumberValue(cJSON_GetObjectItem(c.json, "atol"));
        run_case(&c, unknown, check, t);
        cJSON_Delete(c.json);
    }
    zip_discard(archive);
    printf("%s: %zu passed of %zu in scope, %zu in all\n", kind, t->passed, t->in_scope, t->total);
    bool good = t->passed == t->in_scope && t->in_scope > 0;
    if (!good) printf("%s: failures:%s\n", kind, t->failures);
    fflush(stdout); /* a failing test ends its process at once */
    size_t failed = t->in_scope - t->passed;
    free(t);
    ck_assert_msg(good, "%zu cases of kind %s do not pass (listed above)", failed, kind);
}
