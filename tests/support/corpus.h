/* The conformance corpus: numbers that Keras computed, packed by tools/pack_conformance.py into one zip per kind.
 *
 * A case is in scope if the registry knows every class that it names, so that the tests grow with the library. Functions
 * that read cases return what belongs to the scope, or fail with an error that names the file. */
#ifndef CORNU_TESTS_CORPUS_H
#define CORNU_TESTS_CORPUS_H

#include <cjson/cJSON.h>
#include <cornu/cornu.h>
#include <hdf5.h>

typedef struct corpus_case {
    const char *kind, *name;
    cJSON *json; /* case.json */
    double rtol, atol;
} corpus_case;

/* Checks every case in scope of a kind, prints "layer: P passed of N in scope, T in all" and fails the test with a list of the cases
 * that do not pass, or if none is in scope. */
typedef cornu_status corpus_check(const corpus_case *c);
/* The name of something that the registry does not know, or NULL. */
typedef const char *corpus_unknown(const corpus_case *c);
void corpus_run(const char *kind, corpus_unknown *unknown, corpus_check *check);

/* Of cases with a "model", without and with its compile settings, and of those with a "config". */
const char *corpus_model_unknown(const corpus_case *c);
const char *corpus_compiled_model_unknown(const corpus_case *c);
const char *corpus_config_unknown(const corpus_case *c);
/* The first unknown name in Keras' JSON (objects, activations, compile settings), or NULL. */
const char *corpus_json_unknown(const cJSON *json);

/* ---- files of a case ---------------------------------------------------------------------------------------------- */
/* A member, named as in case.json ("x0.npy", "../../layer/dense/x0.npy"); *new* memory, free. */
char *corpus_bytes(const corpus_case *c, const char *path, size_t *size);
/* case.json's text under a key, or NULL. */
const char *corpus_text(const corpus_case *c, const char *key);
cJSON *corpus_json(const corpus_case *c, const char *path); /* *new* */
/* An array; and the array, or list of arrays, whose file names stand under `key` of `object`. NULL and null: none. */
cornu_tensor *corpus_array(const corpus_case *c, const char *path);
cornu_status corpus_arrays(
    const corpus_case *c, const cJSON *object, const char *key, cornu_tensor **arrays, size_t *count
);
enum { CORPUS_ARRAYS_MAX = 16 };
/* The model of a case; *new*. */
cornu_model *corpus_model(const corpus_case *c, const char *path, bool compile);
/* Writes a member to a file of that name in the working folder. */
cornu_status corpus_extract(const corpus_case *c, const char *path, const char *file);

/* Arrays by key: a .npz, or the datasets of a .weights.h5. */
typedef struct corpus_table {
    char **keys;
    cornu_tensor **values;
    size_t count;
} corpus_table;
cornu_status corpus_table_read(const corpus_case *c, const char *path, corpus_table *table);
cornu_tensor *corpus_table_find(const corpus_table *table, const char *key); /* or NULL */
void corpus_table_free(corpus_table *table);

/* ---- comparing ---------------------------------------------------------------------------------------------------- */
/* |got - expected| <= atol + rtol * |expected| everywhere; CORNU_EINVAL says how far off `what` is. */
cornu_status corpus_compare(
    const char *what, const cornu_tensor *got, const cornu_tensor *expected, double rtol,
    double atol
);
/* The same against a number or nested lists in JSON; `got` in row-major order. */
cornu_status corpus_compare_json(
    const char *what, const double *got, size_t count, const cJSON *expected, double rtol,
    double atol
);

#endif
