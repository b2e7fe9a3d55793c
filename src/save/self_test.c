/* Writing and checking self-tests: for outputs the model runs layer by layer, without training; for
 * losses it trains as the user's programs do. */
#include "save/self_test.h"

#include "base/memory.h"
#include "model/model.h"
#include "tensor/npy.h"
#include <cornu/save.h>

#include <math.h>

#define FOLDER "cornu/self_test/"

/* a few samples, no data set */
static const uint64_t member_limit = (uint64_t)1 << 30;
enum { most_steps = 1000 };

static cornu_status run(cornu_model *model, cornu_tensor *const *inputs, cornu_tensor **outputs) {
    const cornu_call_context inference = {.input_count = cornu_model_input_count(model)};
    CORNU_TRY(cornu_model_run_(model, inputs, &inference, outputs), "self-test");
    return CORNU_OK;
}

/* ---- writing --------------------------------------------------------------------------------- */

static cornu_status add_as(cornu_assets *assets, const cornu_tensor *tensor, char *name) {
    CORNU_TRY(CORNU_RESERVE_(assets->items, assets->capacity, assets->count + 1));
    cornu_archive_member *member = &assets->items[assets->count];
    char *bytes = NULL;
    CORNU_TRY(cornu_npy_to_memory_(tensor, &bytes, &member->size), "self-test: %s", name);
    member->name = name;
    member->data = bytes;
    assets->count++;
    return CORNU_OK;
}

static cornu_status add(
    cornu_assets *assets, const char *kind, size_t index, const cornu_tensor *tensor
) {
    char *name = cornu_format_(FOLDER "%s_%zu.npy", kind, index);
    if (!name) return CORNU_ENOMEM;
    cornu_status status = add_as(assets, tensor, name);
    if (status != CORNU_OK) cornu_free_(name);
    return status;
}

static cornu_status add_losses(
    cornu_assets *assets, cornu_tensor_list targets, const cornu_tensor *losses
) {
    for (size_t i = 0; i < targets.count; i++)
        CORNU_TRY(add(assets, "target", i, targets.items[i]));
    char *name = cornu_strdup_(FOLDER "losses.npy");
    if (!name) return CORNU_ENOMEM;
    cornu_status status = add_as(assets, losses, name);
    if (status != CORNU_OK) cornu_free_(name);
    return status;
}

cornu_status cornu_self_test_check_args_(cornu_model *model, const cornu_save_args *args) {
    if (args->self_test_targets.count == 0) return CORNU_OK;
    if (args->self_test_inputs.count == 0)
        CORNU_FAIL(CORNU_EINVAL, "self_test_targets without self_test_inputs");
    if (args->self_test_steps < 1 || args->self_test_steps > most_steps)
        CORNU_FAIL(
            CORNU_EINVAL, "self_test_steps must be 1 to %d, got %lld", most_steps,
            (long long)args->self_test_steps
        );
    if (!model->training) CORNU_FAIL(CORNU_ESTATE, "self_test_targets: the model is not compiled");
    return CORNU_OK;
}

cornu_status cornu_self_test_make_(
    cornu_assets *assets, cornu_model *model, const cornu_save_args *args, cornu_tensor *losses
) {
    const cornu_tensor_list inputs = args->self_test_inputs;
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
    if (status == CORNU_OK && losses) status = add_losses(assets, args->self_test_targets, losses);
    if (scope) cornu_scope_end(scope);
    cornu_free_(outputs);
    return status;
}

/* The losses of the steps of a copy that is loaded for it. */
static cornu_status train_copy(
    const cornu_load_args *load, cornu_tensor_list inputs, cornu_tensor_list targets,
    cornu_tensor *losses
) {
    cornu_model *copy = cornu_load_with(load);
    if (!copy) return cornu_error_status();
    uint64_t limit = cornu_block_limit_begin_(copy->block_limit);
    cornu_status status =
        copy->training
            ? cornu_training_class_.train_steps(
                  copy, inputs, targets, cornu_tensor_data_mut(losses), cornu_tensor_size(losses)
              )
            : cornu_error_set(CORNU_ESTATE, NULL, 0, "the model in the file is not compiled");
    cornu_block_limit_end_(limit);
    cornu_model_free(copy);
    return status;
}

cornu_status cornu_self_test_losses_(
    const char *path, const cornu_save_args *args, cornu_tensor **losses
) {
    const double same = 1e-6;
    cornu_load_args load = {CORNU_LOAD_DEFAULTS, .path = path, .trusted = true};
    const cornu_shape shape = cornu_shape(args->self_test_steps);
    cornu_tensor *first = cornu_tensor_new(CORNU_FLOAT32, shape);
    cornu_tensor *second = first ? cornu_tensor_new(CORNU_FLOAT32, shape) : NULL;
    cornu_status status = second ? CORNU_OK : cornu_error_status();
    cornu_tensor_list inputs = args->self_test_inputs, targets = args->self_test_targets;
    if (status == CORNU_OK) status = train_copy(&load, inputs, targets, first);
    if (status == CORNU_OK) status = train_copy(&load, inputs, targets, second);
    for (int64_t i = 0; status == CORNU_OK && i < args->self_test_steps; i++) {
        double a = cornu_tensor_get(first, i), b = cornu_tensor_get(second, i);
        if (a == b || fabs(a - b) <= same * fabs(a)) continue;
        status = cornu_error_set(
            CORNU_EUNSUPPORTED, NULL, 0,
            "loss %.9g and %.9g after the same %lld steps: the model's training is random", a, b,
            (long long)i + 1
        );
    }
    cornu_tensor_free(second);
    if (status == CORNU_OK) {
        *losses = first;
        return CORNU_OK;
    }
    cornu_tensor_free(first);
    return cornu_error_context("self_test_targets");
}

/* ---- checking -------------------------------------------------------------------------------- */

static cornu_status read_member(cornu_archive *archive, const char *name, cornu_tensor **tensor) {
    char *bytes = NULL;
    size_t size = 0;
    cornu_status status = cornu_archive_read_(archive, name, member_limit, &bytes, &size);
    if (status == CORNU_OK) {
        *tensor = cornu_npy_from_memory_(bytes, size, name);
        if (!*tensor) status = cornu_error_status();
    }
    cornu_free_(bytes);
    return status;
}

static cornu_status read_tensor(
    cornu_archive *archive, const char *kind, size_t index, cornu_tensor **tensor
) {
    char *name = cornu_format_(FOLDER "%s_%zu.npy", kind, index);
    cornu_status status = name ? read_member(archive, name, tensor) : CORNU_ENOMEM;
    cornu_free_(name);
    return status;
}

static bool near(const cornu_check_file_args *args, double a, double b) {
    return a == b || (isnan(a) && isnan(b)) || /* infinities are near to nothing else */
           (isfinite(a) && fabs(a - b) <= args->atol + args->rtol * fabs(a));
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
        if (near(args, a, b)) continue;
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
    /* the inputs are part of the file */
    uint64_t limit = cornu_block_limit_begin_(model->block_limit);
    cornu_status status = run(model, tensors, found);
    cornu_block_limit_end_(limit);
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

/* The losses of as many steps as the file has, by a copy of its own: the first has run already. */
static cornu_status check_losses_with(
    const cornu_check_file_args *args, const cornu_load_args *load, cornu_tensor_list inputs,
    cornu_tensor_list targets, const cornu_tensor *expected
) {
    if (cornu_tensor_shape(expected)->rank != 1 || cornu_tensor_size(expected) > most_steps)
        CORNU_FAIL(CORNU_EFORMAT, FOLDER "losses.npy is no list of losses");
    cornu_tensor *found = cornu_tensor_new(CORNU_FLOAT32, *cornu_tensor_shape(expected));
    if (!found) return cornu_error_status();
    cornu_status status = train_copy(load, inputs, targets, found);
    for (int64_t i = 0; status == CORNU_OK && i < cornu_tensor_size(expected); i++) {
        double a = cornu_tensor_get(expected, i), b = cornu_tensor_get(found, i);
        if (near(args, a, b)) continue;
        status = cornu_error_set(
            CORNU_EFORMAT, NULL, 0,
            "the self-test fails: loss after step %lld: expected %.9g, got %.9g", (long long)i + 1,
            a, b
        );
    }
    cornu_tensor_free(found);
    return status;
}

static cornu_status check_losses(
    const cornu_check_file_args *args, const cornu_load_args *load, cornu_archive *archive,
    const cornu_model *model
) {
    size_t inputs = cornu_model_input_count(model), targets = 0;
    if (!cornu_archive_has_(archive, FOLDER "losses.npy")) return CORNU_OK;
    cornu_tensor *expected = NULL;
    cornu_tensor **tensors =
        cornu_alloc_array_(inputs + cornu_model_output_count(model), sizeof(cornu_tensor *));
    if (!tensors) return CORNU_ENOMEM;
    cornu_status status = read_member(archive, FOLDER "losses.npy", &expected);
    for (size_t i = 0; status == CORNU_OK && i < inputs; i++)
        status = read_tensor(archive, "input", i, &tensors[i]);
    for (; status == CORNU_OK && targets < cornu_model_output_count(model); targets++)
        status = read_tensor(archive, "target", targets, &tensors[inputs + targets]);
    if (status == CORNU_OK)
        status = check_losses_with(
            args, load, (cornu_tensor_list){.items = tensors, .count = inputs},
            (cornu_tensor_list){.items = tensors + inputs, .count = targets}, expected
        );
    for (size_t i = 0; i < inputs + cornu_model_output_count(model); i++)
        cornu_tensor_free(tensors[i]);
    cornu_tensor_free(expected);
    cornu_free_(tensors);
    return status;
}

static cornu_status check_archive(const cornu_check_file_args *args, cornu_archive *archive) {
    if (!cornu_archive_has_(archive, FOLDER "output_0.npy"))
        CORNU_FAIL(CORNU_EUNKNOWN, "there is no self-test in the file");
    const cornu_load_args load = {
        CORNU_LOAD_DEFAULTS, .path = args->path, .trusted = args->trusted};
    cornu_model *model = cornu_load_with(&load);
    if (!model) return cornu_error_status();
    cornu_status status = check_model(args, archive, model);
    if (status == CORNU_OK) status = check_losses(args, &load, archive, model);
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
