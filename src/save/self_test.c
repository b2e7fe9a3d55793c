/* Writing and checking self-tests: the model runs layer by layer, without training. */
#include "save/self_test.h"

#include "base/memory.h"
#include "model/model.h"
#include "tensor/npy.h"
#include <cornu/save.h>

#include <math.h>

#define FOLDER "cornu/self_test/"

/* a few samples, no data set */
static const uint64_t member_limit = (uint64_t)1 << 30;

static cornu_status run(cornu_model *model, cornu_tensor *const *inputs, cornu_tensor **outputs) {
    const cornu_call_context inference = {.input_count = cornu_model_input_count(model)};
    CORNU_TRY(cornu_model_run_(model, inputs, &inference, outputs), "self-test");
    return CORNU_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static cornu_status add(
    cornu_assets *assets, const char *kind, size_t index, const cornu_tensor *tensor
) {
    CORNU_TRY(CORNU_RESERVE_(assets->items, assets->capacity, assets->count + 1));
    cornu_archive_member *member = &assets->items[assets->count];
    char *name = cornu_format_(FOLDER "%s_%zu.npy", kind, index), *bytes = NULL;
    if (!name) return CORNU_ENOMEM;
    cornu_status status = cornu_npy_to_memory_(tensor, &bytes, &member->size);
    if (status != CORNU_OK) {
        (void)cornu_error_context("self-test: %s %zu", kind, index);
        cornu_free_(name);
        return status;
    }
    member->name = name;
    member->data = bytes;
    assets->count++;
    return CORNU_OK;
}

cornu_status cornu_self_test_make_(
    cornu_assets *assets, cornu_model *model, cornu_tensor_list inputs
) {
    size_t wanted = cornu_model_input_count(model), made = cornu_model_output_count(model);
    if (inputs.count != wanted)
        CORNU_FAIL(
            CORNU_EINVAL, "self_test_inputs: the model has %zu inputs, %zu given", wanted,
            inputs.count
        );
    cornu_tensor **outputs = cornu_alloc_array_(made, sizeof(cornu_tensor *));
    if (!outputs) return cornu_error_status();
    cornu_scope *scope = cornu_scope_begin();
    cornu_status status = scope ? run(model, inputs.items, outputs) : cornu_error_status();
    for (size_t i = 0; status == CORNU_OK && i < wanted; i++)
        status = add(assets, "input", i, inputs.items[i]);
    for (size_t i = 0; status == CORNU_OK && i < made; i++)
        status = add(assets, "output", i, outputs[i]);
    if (scope) cornu_scope_end(scope);
    cornu_free_(outputs);
    return status;
}

/* ---- checking -------------------------------------------------------------------------------- */

static cornu_status read_tensor(
    cornu_archive *archive, const char *kind, size_t index, cornu_tensor **tensor
) {
    char *name = cornu_format_(FOLDER "%s_%zu.npy", kind, index), *bytes = NULL;
    size_t size = 0;
    cornu_status status =
        name ? cornu_archive_read_(archive, name, member_limit, &bytes, &size) : CORNU_ENOMEM;
    if (status == CORNU_OK) {
        *tensor = cornu_npy_from_memory_(bytes, size, name);
        if (!*tensor) status = cornu_error_status();
    }
    cornu_free_(bytes);
    cornu_free_(name);
    return status;
}

static cornu_status compare(
    const cornu_check_file_args *args, size_t index, const cornu_tensor *expected,
    const cornu_tensor *found
) {
    if (!cornu_shape_equal(cornu_tensor_shape(expected), cornu_tensor_shape(found))) {
        char a[256], b[256];
        CORNU_FAIL(
            CORNU_EFORMAT, "the self-test fails: output %zu: expected shape %s, got %s", index,
            cornu_shape_format(cornu_tensor_shape(expected), a, sizeof a),
            cornu_shape_format(cornu_tensor_shape(found), b, sizeof b)
        );
    }
    for (int64_t i = 0; i < cornu_tensor_size(expected); i++) {
        double a = cornu_tensor_get(expected, i), b = cornu_tensor_get(found, i);
        bool same = a == b || (isnan(a) && isnan(b)) || /* infinities are near to nothing else */
                    (isfinite(a) && fabs(a - b) <= args->atol + args->rtol * fabs(a));
        if (same) continue;
        CORNU_FAIL(
            CORNU_EFORMAT, "the self-test fails: output %zu, element %lld: expected %.9g, got %.9g",
            index, (long long)i, a, b
        );
    }
    return CORNU_OK;
}

/* `tensors`: room for the inputs, then for what is expected, then for what comes out. */
static cornu_status check_with(
    const cornu_check_file_args *args, cornu_archive *archive, cornu_model *model,
    cornu_tensor **tensors
) {
    size_t inputs = cornu_model_input_count(model), outputs = cornu_model_output_count(model);
    cornu_tensor **expected = tensors + inputs, **found = expected + outputs;
    for (size_t i = 0; i < inputs; i++) CORNU_TRY(read_tensor(archive, "input", i, &tensors[i]));
    for (size_t i = 0; i < outputs; i++) CORNU_TRY(read_tensor(archive, "output", i, &expected[i]));
    cornu_scope *scope = cornu_scope_begin();
    if (!scope) return cornu_error_status();
    cornu_status status = run(model, tensors, found);
    for (size_t i = 0; status == CORNU_OK && i < outputs; i++)
        status = compare(args, i, expected[i], found[i]);
    cornu_scope_end(scope);
    return status;
}

static cornu_status check_model(
    const cornu_check_file_args *args, cornu_archive *archive, cornu_model *model
) {
    size_t owned = cornu_model_input_count(model) + cornu_model_output_count(model);
    cornu_tensor **tensors =
        cornu_alloc_array_(owned + cornu_model_output_count(model), sizeof(cornu_tensor *));
    if (!tensors) return CORNU_ENOMEM;
    cornu_status status = check_with(args, archive, model, tensors);
    for (size_t i = 0; i < owned; i++) cornu_tensor_free(tensors[i]);
    cornu_free_(tensors);
    return status;
}

static cornu_status check_archive(const cornu_check_file_args *args, cornu_archive *archive) {
    if (!cornu_archive_has_(archive, FOLDER "output_0.npy"))
        CORNU_FAIL(CORNU_EUNKNOWN, "there is no self-test in the file");
    const cornu_load_args load = {
        .size_ = sizeof load, .path = args->path, .trusted = args->trusted};
    cornu_model *model = cornu_load_with(&load);
    if (!model) return cornu_error_status();
    cornu_status status = check_model(args, archive, model);
    cornu_model_free(model);
    return status;
}

cornu_status cornu_check_file_with(const cornu_check_file_args *args) {
    if (!args || !args->path) return cornu_error_null(args ? "path" : "args");
    if (!(args->rtol >= 0) || !(args->atol >= 0))
        CORNU_FAIL(
            CORNU_EINVAL, "rtol and atol cannot be negative, got %g and %g", args->rtol, args->atol
        );
    cornu_archive *archive = NULL;
    CORNU_TRY(cornu_archive_open_(&archive, args->path), "check");
    cornu_status status = check_archive(args, archive);
    cornu_archive_close_(archive);
    CORNU_TRY(status, "'%s'", args->path);
    return CORNU_OK;
}
