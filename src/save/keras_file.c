/* The public face: .keras archives and .weights.h5 files. keras/src/saving/saving_api.py,
 * saving_lib.py */
#include <cornu/save.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "model/upgrade.h"
#include "nn/budget.h"
#include "nn/optimizer.h"
#include "nn/placeholder.h"
#include "save/legacy.h"
#include "save/self_test.h"
#include "save/shards.h"
#include "save/vocabulary.h"

#include <stdio.h>
#include <string.h>

#define WEIGHTS_MEMBER "model.weights.h5"

/* A config is text; even a network of many thousand layers stays far below. */
static const uint64_t config_limit = (uint64_t)1 << 24;

static cornu_status check_ending(const char *path, const char *ending, const char *what) {
    if (!path) return cornu_error_null("path");
    if (cornu_ends_with_(path, ending)) return CORNU_OK;
    CORNU_FAIL(CORNU_EINVAL, "'%s': %s must end in '%s'", path, what, ending);
}

/* ---- weights --------------------------------------------------------------------------------- */

/* Keras' older format goes by these names. */
static bool is_legacy_name(const char *path) {
    return path && !cornu_ends_with_(path, ".weights.h5") &&
           (cornu_ends_with_(path, ".h5") || cornu_ends_with_(path, ".hdf5"));
}

static cornu_status save_shards(cornu_model *model, const cornu_save_weights_args *args) {
    const double gigabyte = 1024.0 * 1024.0 * 1024.0;
    if (!(args->max_shard_size > 0))
        CORNU_FAIL(CORNU_EINVAL, "max_shard_size must be positive, got %g", args->max_shard_size);
    CORNU_TRY(cornu_weights_check_built_(model));
    cornu_saved_tree tree;
    cornu_status status =
        cornu_weights_tree_(&tree, model, args->objects_to_skip, args->skip_count);
    if (status == CORNU_OK)
        status = cornu_shards_write_(&tree, args->path, args->max_shard_size * gigabyte);
    cornu_saved_tree_free_(&tree);
    return status;
}

cornu_status cornu_save_weights_with(cornu_model *model, const cornu_save_weights_args *args) {
    if (!model) return cornu_error_null("model");
    if (!args) return cornu_error_null("args");
    const char *path = args->path;
    if (cornu_is_shard_map_(path)) {
        CORNU_TRY(save_shards(model, args), "save_weights");
        return CORNU_OK;
    }
    bool legacy = is_legacy_name(path);
    if (!legacy)
        CORNU_TRY(check_ending(path, ".weights.h5", "the name of a weights file"), "save_weights");
    if (legacy && args->skip_count > 0)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "save_weights: '%s': objects_to_skip needs a .weights.h5", path
        );
    CORNU_TRY(cornu_weights_check_built_(model), "save_weights");
    char *image = NULL;
    size_t size = 0;
    CORNU_TRY(
        legacy
            ? cornu_legacy_image_(model, NULL, NULL, &image, &size)
            : cornu_weights_image_(model, args->objects_to_skip, args->skip_count, &image, &size),
        "save_weights"
    );
    cornu_status status = cornu_file_write_(path, image, size);
    cornu_free_(image);
    CORNU_TRY(status, "save_weights");
    return CORNU_OK;
}

cornu_status(cornu_save_weights)(cornu_model *model, const char *path) {
    return cornu_save_weights_with(
        model, &(cornu_save_weights_args){CORNU_SAVE_WEIGHTS_DEFAULTS, .path = path}
    );
}

/* The weights inside an archive as an open file. With `checksum`, which lives no longer than the
 * file, the caller settles it; otherwise it is right. */
static cornu_status open_member(
    cornu_archive *archive, bool trusted, cornu_h5 **file, cornu_checksum **checksum
) {
    cornu_input *input = NULL;
    cornu_checksum *made = NULL;
    if (!cornu_archive_has_(archive, WEIGHTS_MEMBER) &&
        cornu_archive_has_(archive, "model.weights.npz")) {
        CORNU_FAIL(
            CORNU_EUNSUPPORTED,
            "the weights are in model.weights.npz, which Keras fills with Python pickles: they can "
            "run code and are not read; save with weights in %s",
            WEIGHTS_MEMBER
        );
    }
    const uint64_t limit = SIZE_MAX / 4;
    CORNU_TRY(
        checksum ? cornu_archive_input_unchecked_(archive, WEIGHTS_MEMBER, limit, &input, &made)
                 : cornu_archive_input_(archive, WEIGHTS_MEMBER, limit, &input)
    );
    cornu_status status = cornu_h5_open_input_(file, input, trusted);
    if (status == CORNU_OK) {
        if (checksum) *checksum = made;
        return CORNU_OK;
    }
    cornu_checksum_free_(made);
    return cornu_error_context(WEIGHTS_MEMBER);
}

static cornu_status open_h5(const char *path, bool trusted, cornu_h5 **file) {
    cornu_input *input = NULL;
    CORNU_TRY(cornu_input_open_(&input, path));
    cornu_status locked = cornu_input_lock_(input);
    if (locked != CORNU_OK) {
        cornu_input_close_(input);
        return locked;
    }
    CORNU_TRY(cornu_h5_open_input_(file, input, trusted), "'%s'", path);
    return CORNU_OK;
}

static cornu_status open_weights(const char *path, bool trusted, cornu_h5 **file) {
    *file = NULL;
    if (is_legacy_name(path)) return open_h5(path, trusted, file);
    if (cornu_is_shard_map_(path)) return cornu_shards_open_(file, path, trusted);
    if (cornu_ends_with_(path, ".keras")) {
        cornu_archive *archive = NULL;
        CORNU_TRY(cornu_archive_open_(&archive, path));
        cornu_status status = open_member(archive, trusted, file, NULL);
        cornu_archive_close_(archive);
        CORNU_TRY(status, "'%s'", path);
        return CORNU_OK;
    }
    CORNU_TRY(check_ending(path, ".weights.h5", "the name of a weights file"));
    return open_h5(path, trusted, file);
}

/* The file says itself which of the two formats it has. */
static cornu_status load_weights(
    cornu_model *model, cornu_h5 *file, const cornu_weights_options *options
) {
    const char *root = NULL;
    CORNU_TRY(cornu_legacy_root_(file, &root));
    if (root) return cornu_legacy_weights_read_(model, file, root, options);
    if (options->by_name) {
        CORNU_FAIL(
            CORNU_EUNSUPPORTED,
            "by_name is for legacy .h5 files; this one finds weights by their places in the model"
        );
    }
    cornu_optimizer *optimizer = model->training ? cornu_training_class_.optimizer(model) : NULL;
    CORNU_TRY(cornu_weights_read_(model, optimizer, file, options));
    return cornu_vocabularies_read_(model, NULL, file);
}

cornu_status cornu_load_weights_with(cornu_model *model, const cornu_load_weights_args *args) {
    if (!model) return cornu_error_null("model");
    if (!args) return cornu_error_null("args");
    if (!args->path) return cornu_error_null("path");
    const cornu_weights_options options = {
        .skip_mismatch = args->skip_mismatch,
        .by_name = args->by_name,
        .skipped = args->objects_to_skip,
        .skipped_count = args->skip_count,
    };
    cornu_h5 *file = NULL;
    CORNU_TRY(open_weights(args->path, args->trusted, &file), "load_weights");
    cornu_status status = load_weights(model, file, &options);
    cornu_h5_close_(file);
    CORNU_TRY(status, "load_weights: '%s'", args->path);
    return CORNU_OK;
}

cornu_status(cornu_load_weights)(cornu_model *model, const char *path) {
    return cornu_load_weights_with(
        model, &(cornu_load_weights_args){CORNU_LOAD_WEIGHTS_DEFAULTS, .path = path}
    );
}

/* ---- the whole model ------------------------------------------------------------------------- */

/* config.json: the model with its compile settings; *new* text. */
static char *config_text(cornu_model *model) {
    cJSON *config = cornu_model_serialize_(model);
    if (!config) return NULL;
    /* a model that was never compiled has {} there */
    cJSON *compiled =
        model->training ? cornu_training_class_.compile_config(model) : cJSON_CreateObject();
    bool complete = compiled && cJSON_AddItemToObject(config, "compile_config", compiled);
    if (!complete) cJSON_Delete(compiled);
    char *text = complete ? cornu_json_print_(config) : NULL;
    cJSON_Delete(config);
    if (!text && cornu_error_status() == CORNU_OK) {
        (void)cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "config.json");
    }
    return text;
}

/* `losses`: NULL, or those of the self-test's steps. */
static cornu_status save(
    cornu_model *model, const cornu_save_args *args, const char *config, const char *path,
    cornu_tensor *losses
) {
    char date[32], metadata[128];
    (void)snprintf(
        metadata, sizeof metadata, "{\"keras_version\": \"%s\", \"date_saved\": \"%s\"}",
        CORNU_KERAS_VERSION, cornu_clock_date_(date, sizeof date)
    );
    char *image = NULL;
    size_t size = 0;
    CORNU_TRY(cornu_weights_image_(model, NULL, 0, &image, &size));
    const cornu_archive_member members[] = {
        {"metadata.json", metadata, strlen(metadata)},
        {"config.json", config, strlen(config)},
        {WEIGHTS_MEMBER, image, size},
    };
    cornu_assets assets = {0};
    const size_t count = sizeof members / sizeof members[0];
    cornu_status status = cornu_assets_make_(&assets, model);
    if (status == CORNU_OK && args->self_test_inputs.count > 0)
        status = cornu_self_test_make_(&assets, model, args, losses);
    cornu_archive_member *all = NULL;
    if (status == CORNU_OK) {
        all = cornu_alloc_array_(count + assets.count, sizeof *all);
        if (!all) status = CORNU_ENOMEM;
    }
    if (status == CORNU_OK) {
        memcpy(all, members, sizeof members);
        if (assets.count > 0) memcpy(all + count, assets.items, assets.count * sizeof *all);
        status = cornu_archive_write_(path, all, count + assets.count);
    }
    cornu_free_(all);
    cornu_assets_free_(&assets);
    cornu_free_(image);
    return status;
}

/* The losses come from copies that are loaded from a file without them, as whoever checks the file
 * will do. */
static cornu_status save_with_losses(
    cornu_model *model, const cornu_save_args *args, const char *config
) {
    const char *path = args->path;
    char *draft =
        cornu_format_("%.*s.self-test.keras", (int)(strlen(path) - strlen(".keras")), path);
    if (!draft) return CORNU_ENOMEM;
    cornu_tensor *losses = NULL;
    cornu_status status = save(model, args, config, draft, NULL);
    if (status == CORNU_OK) status = cornu_self_test_losses_(draft, args, &losses);
    (void)remove(draft);
    cornu_free_(draft);
    if (status == CORNU_OK) status = save(model, args, config, path, losses);
    cornu_tensor_free(losses);
    return status;
}

cornu_status cornu_save_with(cornu_model *model, const cornu_save_args *args) {
    if (!model) return cornu_error_null("model");
    if (!args) return cornu_error_null("args");
    const char *path = args->path;
    if (is_legacy_name(path)) {
        if (args->self_test_inputs.count > 0)
            CORNU_FAIL(CORNU_EINVAL, "save: '%s': a self-test needs a .keras file", path);
        CORNU_TRY(cornu_weights_check_built_(model), "save");
        CORNU_TRY(cornu_legacy_save_(model, path), "save");
        return CORNU_OK;
    }
    CORNU_TRY(check_ending(path, ".keras", "the name of a model's file"), "save");
    CORNU_TRY(cornu_self_test_check_args_(model, args), "save");
    char *config = config_text(model);
    if (!config) return cornu_error_context("save");
    cornu_status status = args->self_test_targets.count > 0 ? save_with_losses(model, args, config)
                                                            : save(model, args, config, path, NULL);
    cornu_free_(config);
    CORNU_TRY(status, "save");
    return CORNU_OK;
}

cornu_status cornu_save(cornu_model *model, const char *path) {
    return cornu_save_with(model, &(cornu_save_args){CORNU_SAVE_DEFAULTS, .path = path});
}

/* Optimizer, loss and metrics, and the state of the optimizer, which is made for all variables
 * first, trained or not. */
static cornu_status restore_training(cornu_model *model, const cJSON *settings, cornu_h5 *file) {
    CORNU_TRY(cornu_training_class_.compile_from_config(model, settings));
    cornu_optimizer *optimizer = model->training ? cornu_training_class_.optimizer(model) : NULL;
    if (!optimizer) return CORNU_OK;
    cornu_tensor_list trained = cornu_layer_trainable_weights(&model->base);
    if (!trained.items) return cornu_error_status();
    CORNU_TRY(cornu_optimizer_build_(optimizer, trained));
    return cornu_optimizer_state_read_(optimizer, file);
}

/* The model that a config describes, within what a file of this size can hold. */
static cornu_model *make_model(
    const cJSON *config, const cornu_archive *archive, bool trusted, cornu_placeholders *unset
) {
    uint64_t size = cornu_archive_size_(archive), blocks = cornu_budget_of_blocks_(size, trusted);
    uint64_t before = cornu_budget_begin_(size, trusted);
    uint64_t limit = cornu_block_limit_begin_(blocks);
    cornu_placeholders_begin_(unset);
    cornu_model *made = cornu_model_from_config_(config);
    cornu_placeholders_end_(unset);
    cornu_block_limit_end_(limit);
    cornu_budget_end_(before);
    if (made) made->block_limit = blocks;
    return made;
}

static cornu_status fill(
    cornu_model *made, const cJSON *config, cornu_archive *archive, cornu_h5 *file,
    const cornu_load_args *args, cornu_placeholders *unset
) {
    if (!made) return cornu_error_status();
    const cornu_weights_options as_they_are = {0};
    CORNU_TRY(cornu_weights_read_(made, NULL, file, &as_they_are));
    CORNU_TRY(cornu_placeholders_settle_(unset));
    cornu_placeholders_free_(unset);
    CORNU_TRY(cornu_vocabularies_read_(made, archive, file));
    const cJSON *settings = cJSON_GetObjectItemCaseSensitive(config, "compile_config");
    /* {} stands for a model that was never compiled */
    if (!args->compile || !cJSON_IsObject(settings) || !settings->child) return CORNU_OK;
    return restore_training(made, settings, file);
}

/* Damaged bytes explain whatever else went wrong with them. */
static cornu_status judge(cornu_status status, cornu_checksum *checksum) {
    if (status == CORNU_OK) return cornu_checksum_settle_(checksum);
    if (!checksum || status == CORNU_ENOMEM) return status;
    char *text = cornu_strdup_(cornu_error_message());
    cornu_error_clear();
    cornu_status settled = cornu_checksum_settle_(checksum);
    if (settled == CORNU_OK) settled = cornu_error_set(status, NULL, 0, "%s", text ? text : "");
    cornu_free_(text);
    return settled;
}

static cornu_status restore(
    cJSON *config, cornu_archive *archive, const cornu_load_args *args, cornu_model **model
) {
    /* tf.keras wrote such archives from 2.12 on, with its arguments */
    CORNU_TRY(cornu_upgrade_model_(&(cornu_upgrade){0}, config));
    cornu_placeholders unset = {0};
    cornu_h5 *file = NULL;
    cornu_checksum *checksum = NULL;
    cornu_model *made = make_model(config, archive, args->trusted, &unset);
    cornu_status status = made ? CORNU_OK : cornu_error_status();
    if (status == CORNU_OK) status = open_member(archive, args->trusted, &file, &checksum);
    if (status == CORNU_OK) status = fill(made, config, archive, file, args, &unset);
    status = judge(status, checksum);
    cornu_h5_close_(file);
    cornu_checksum_free_(checksum);
    cornu_placeholders_free_(&unset);
    if (status == CORNU_OK) {
        *model = made;
    } else {
        cornu_model_free(made);
    }
    return status;
}

static cornu_status load_legacy(const cornu_load_args *args, cornu_model **model) {
    cornu_h5 *file = NULL;
    CORNU_TRY(open_h5(args->path, args->trusted, &file));
    uint64_t size = cornu_h5_size_(file), blocks = cornu_budget_of_blocks_(size, args->trusted);
    uint64_t before = cornu_budget_begin_(size, args->trusted);
    uint64_t limit = cornu_block_limit_begin_(blocks);
    cornu_status status = cornu_legacy_load_(file, args->compile, model);
    cornu_block_limit_end_(limit);
    cornu_budget_end_(before);
    if (status == CORNU_OK) (*model)->block_limit = blocks;
    cornu_h5_close_(file);
    CORNU_TRY(status, "'%s'", args->path);
    return CORNU_OK;
}

static cornu_status load(const cornu_load_args *args, cornu_model **model) {
    const char *path = args->path;
    if (is_legacy_name(path)) return load_legacy(args, model);
    CORNU_TRY(check_ending(path, ".keras", "the name of a model's file"));
    cornu_archive *archive = NULL;
    char *text = NULL;
    size_t size = 0;
    cJSON *config = NULL;
    CORNU_TRY(cornu_archive_open_(&archive, path));
    cornu_status status = cornu_archive_read_(archive, "config.json", config_limit, &text, &size);
    if (status == CORNU_OK) {
        config = cornu_json_parse_(text, size, "config.json");
        if (!config) status = cornu_error_status();
    }
    cornu_free_(text);
    if (status == CORNU_OK) status = restore(config, archive, args, model);
    cJSON_Delete(config);
    cornu_archive_close_(archive);
    CORNU_TRY(status, "'%s'", path);
    return CORNU_OK;
}

cornu_model *cornu_load_with(const cornu_load_args *args) {
    cornu_model *model = NULL;
    if (!args) return (void)cornu_error_null("args"), NULL;
    if (load(args, &model) == CORNU_OK) return model;
    (void)cornu_error_context("load");
    return NULL;
}

cornu_model *cornu_load(const char *path) {
    return cornu_load_with(&(cornu_load_args){CORNU_LOAD_DEFAULTS, .path = path});
}
