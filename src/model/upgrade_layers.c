/* Layers of Keras 1 and 2 by their names and arguments of today. Keras 1 to 2: keras/legacy/
 * interfaces.py of Keras 2.3; 2 to 3: what Keras 3's layers do with arguments they once had. */
#include <string.h>

#include "base/memory.h"
#include "model/graph.h"
#include "model/upgrade.h"
#include "nn/json.h"

/* Classes that only changed their names. */
static const struct {
    const char *from, *to;
} classes[] = {
    {"AtrousConvolution1D", "Conv1D"},
    {"AtrousConvolution2D", "Conv2D"},
    {"BatchNormalizationV1", "BatchNormalization"},
    {"BatchNormalizationV2", "BatchNormalization"},
    {"Convolution1D", "Conv1D"},
    {"Convolution2D", "Conv2D"},
    {"Convolution3D", "Conv3D"},
    {"Convolution1DTranspose", "Conv1DTranspose"},
    {"Convolution2DTranspose", "Conv2DTranspose"},
    {"Convolution3DTranspose", "Conv3DTranspose"},
    {"CuDNNGRU", "GRU"},
    {"CuDNNLSTM", "LSTM"},
    {"Deconvolution2D", "Conv2DTranspose"},
    {"Deconvolution3D", "Conv3DTranspose"},
    {"SeparableConvolution1D", "SeparableConv1D"},
    {"SeparableConvolution2D", "SeparableConv2D"},
    {"SyncBatchNormalization", "BatchNormalization"},
    {"TimeDistributedDense", "Dense"},
};

/* Arguments that changed their names. `of`: the beginning of the names of today's classes, or ""
 * for all; the first line that fits counts. */
static const struct {
    const char *of, *from, *to;
} arguments[] = {
    {"Embedding", "init", "embeddings_initializer"},
    {"Embedding", "W_regularizer", "embeddings_regularizer"},
    {"Embedding", "W_constraint", "embeddings_constraint"},
    {"PReLU", "init", "alpha_initializer"},
    {"", "init", "kernel_initializer"},
    {"", "inner_init", "recurrent_initializer"},
    {"", "inner_activation", "recurrent_activation"},
    {"", "depthwise_init", "depthwise_initializer"},
    {"", "pointwise_init", "pointwise_initializer"},
    {"", "W_regularizer", "kernel_regularizer"},
    {"", "U_regularizer", "recurrent_regularizer"},
    {"", "b_regularizer", "bias_regularizer"},
    {"", "W_constraint", "kernel_constraint"},
    {"", "b_constraint", "bias_constraint"},
    {"", "dropout_W", "dropout"},
    {"", "dropout_U", "recurrent_dropout"},
    {"", "beta_init", "beta_initializer"},
    {"", "gamma_init", "gamma_initializer"},
    {"", "nb_filter", "filters"},
    {"", "filter_length", "kernel_size"},
    {"", "border_mode", "padding"},
    {"", "subsample", "strides"},
    {"", "subsample_length", "strides"},
    {"", "atrous_rate", "dilation_rate"},
    {"", "dim_ordering", "data_format"},
    {"", "bias", "use_bias"},
    {"Dense", "output_dim", "units"},
    {"LSTM", "output_dim", "units"},
    {"GRU", "output_dim", "units"},
    {"SimpleRNN", "output_dim", "units"},
    {"AveragePooling1D", "pool_length", "pool_size"},
    {"AveragePooling1D", "stride", "strides"},
    {"MaxPooling1D", "pool_length", "pool_size"},
    {"MaxPooling1D", "stride", "strides"},
    {"UpSampling1D", "length", "size"},
    {"GaussianNoise", "sigma", "stddev"},
    {"Dropout", "p", "rate"},
    {"GaussianDropout", "p", "rate"},
    {"SpatialDropout", "p", "rate"},
    {"LeakyReLU", "alpha", "negative_slope"},
    {"InputLayer", "batch_input_shape", "batch_shape"},
    {"InputLayer", "input_dtype", "dtype"},
    {"CategoryEncoding", "max_tokens", "num_tokens"},
};

/* Arguments that say nothing to the classes of today. */
static const struct {
    const char *of, *name;
} idle[] = {
    {"", "input_dtype"},
    {"", "consume_less"},
    {"BatchNormalization", "fused"},
    {"DepthwiseConv", "kernel_initializer"},
    {"DepthwiseConv", "kernel_regularizer"},
    {"DepthwiseConv", "kernel_constraint"},
    {"SeparableConv", "kernel_initializer"},
    {"SeparableConv", "kernel_regularizer"},
    {"SeparableConv", "kernel_constraint"},
    {"Conv2DTranspose", "output_shape"}, /* of Keras 1; it follows from the others */
    {"Conv3DTranspose", "output_shape"},
    {"MultiHeadAttention", "query_shape"},
    {"MultiHeadAttention", "key_shape"},
    {"MultiHeadAttention", "value_shape"},
};

static cJSON *get(const cJSON *config, const char *key) {
    return cJSON_GetObjectItemCaseSensitive(config, key);
}

static bool begins(const char *name, const char *start) {
    return strncmp(name, start, strlen(start)) == 0;
}

static cornu_status note(const cornu_upgrade *upgrade, const char *path, const char *text) {
    return upgrade->note != NULL ? upgrade->note(upgrade->user, path, text) : CORNU_OK;
}

/* ---- values ---- */
static cornu_status upgrade_data_format(cJSON *config) {
    const char *value = cornu_upgrade_text_(config, "data_format");
    if (value == NULL) return CORNU_OK;
    if (strcmp(value, "th") == 0)
        return cornu_upgrade_set_(config, "data_format", cJSON_CreateString("channels_first"));
    if (strcmp(value, "tf") == 0)
        return cornu_upgrade_set_(config, "data_format", cJSON_CreateString("channels_last"));
    return CORNU_OK;
}

/* Keras 1 gave the sides of a window one by one. */
static cornu_status gather_sizes(cJSON *config, const char *const *keys, size_t count) {
    if (get(config, keys[0]) == NULL) return CORNU_OK;
    cJSON *list = cJSON_CreateArray();
    for (size_t i = 0; list != NULL && i < count; i++) {
        cJSON *item = cJSON_DetachItemFromObjectCaseSensitive(config, keys[i]);
        if (item != NULL) cJSON_AddItemToArray(list, item);
    }
    return cornu_upgrade_set_(config, "kernel_size", list);
}

/* {"name": "MaxNorm", "m": 2}: Keras 1 put class and arguments side by side. */
static cornu_status upgrade_penalty(cJSON *config, const char *key) {
    cJSON *object = get(config, key);
    const char *name = cornu_upgrade_text_(object, "name");
    if (name == NULL || get(object, "class_name") != NULL) return CORNU_OK;
    if (strcmp(name, "WeightRegularizer") == 0 || strcmp(name, "ActivityRegularizer") == 0 ||
        strcmp(name, "L1L2Regularizer") == 0)
        name = "L1L2";
    cJSON *made = cJSON_CreateObject();
    cornu_status status = cornu_upgrade_set_(made, "class_name", cJSON_CreateString(name));
    if (status == CORNU_OK) {
        cJSON *inner = cJSON_DetachItemFromObjectCaseSensitive(config, key);
        cJSON_DeleteItemFromObjectCaseSensitive(inner, "name");
        status = cornu_upgrade_rename_(inner, "m", "max_value");
        cornu_status added = cornu_upgrade_set_(made, "config", inner);
        if (status == CORNU_OK) status = added;
    }
    if (status == CORNU_OK) return cornu_upgrade_set_(config, key, made);
    cJSON_Delete(made);
    return status;
}

static cornu_status upgrade_penalties(cJSON *config) {
    static const char *const keys[] = {
        "kernel_regularizer",   "recurrent_regularizer",  "bias_regularizer",
        "activity_regularizer", "embeddings_regularizer", "gamma_regularizer",
        "beta_regularizer",     "kernel_constraint",      "recurrent_constraint",
        "bias_constraint",      "embeddings_constraint",  "gamma_constraint",
        "beta_constraint",
    };
    for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
        CORNU_TRY(upgrade_penalty(config, keys[i]));
    return CORNU_OK;
}

/* ---- single classes ---- */
/* Merge was one class for what are seven today. */
static cornu_status upgrade_merge(cJSON *object, cJSON *config, const char *path) {
    static const struct {
        const char *mode, *name;
    } modes[] = {
        {"sum", "Add"},     {"mul", "Multiply"}, {"concat", "Concatenate"},
        {"ave", "Average"}, {"max", "Maximum"},  {"dot", "Dot"},
        {"cos", "Dot"},
    };
    const char *mode = cornu_upgrade_text_(config, "mode"), *name = NULL;
    for (size_t i = 0; mode != NULL && i < sizeof modes / sizeof *modes; i++)
        if (strcmp(mode, modes[i].mode) == 0) name = modes[i].name;
    if (name == NULL || get(config, "layers") != NULL)
        CORNU_FAIL(
            CORNU_EUNSUPPORTED, "%s: a Merge layer%s%s cannot be expressed today", path,
            name == NULL ? " of mode " : " with branches of its own",
            name == NULL && mode != NULL ? mode : ""
        );
    cJSON *kept = cJSON_CreateObject();
    if (kept == NULL) CORNU_FAIL(CORNU_ENOMEM, "out of memory for the config");
    cornu_status status = CORNU_OK;
    if (get(config, "name") != NULL)
        status = cornu_upgrade_set_(kept, "name", cJSON_Duplicate(get(config, "name"), true));
    if (status == CORNU_OK && strcmp(name, "Concatenate") == 0 && get(config, "concat_axis"))
        status =
            cornu_upgrade_set_(kept, "axis", cJSON_Duplicate(get(config, "concat_axis"), true));
    if (status == CORNU_OK && strcmp(name, "Dot") == 0 && get(config, "dot_axes"))
        status = cornu_upgrade_set_(kept, "axes", cJSON_Duplicate(get(config, "dot_axes"), true));
    if (status == CORNU_OK && strcmp(mode, "cos") == 0)
        status = cornu_upgrade_set_(kept, "normalize", cJSON_CreateTrue());
    if (status == CORNU_OK)
        status = cornu_upgrade_set_(object, "class_name", cJSON_CreateString(name));
    if (status != CORNU_OK) return cJSON_Delete(kept), status;
    return cornu_upgrade_set_(object, "config", kept);
}

/* One axis may stand in a list; normalising by sample, as Keras 1 could, is another layer. */
static cornu_status upgrade_batch_normalization(cJSON *config, const char *path) {
    const cJSON *axis = get(config, "axis"), *mode = get(config, "mode");
    if (cJSON_IsArray(axis) && cJSON_GetArraySize(axis) == 1) {
        int64_t value;
        if (!cornu_json_as_int_(axis->child, &value))
            CORNU_FAIL(CORNU_EINVAL, "%s: 'axis' is no integer", path);
        CORNU_TRY(cornu_upgrade_set_(config, "axis", cornu_json_int_(value)));
    }
    if (!cJSON_IsNumber(mode)) return CORNU_OK;
    if (mode->valueint != 0 && mode->valueint != 2)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "%s: BatchNormalization with mode=1 is no more", path);
    cJSON_DeleteItemFromObjectCaseSensitive(config, "mode");
    return CORNU_OK;
}

static cornu_status upgrade_recurrent(cJSON *config, const char *old, const char *name) {
    const char *forget = cornu_upgrade_text_(config, "forget_bias_init");
    if (get(config, "forget_bias_init") != NULL) {
        bool one = forget != NULL && (strcmp(forget, "one") == 0 || strcmp(forget, "ones") == 0);
        CORNU_TRY(cornu_upgrade_set_(config, "unit_forget_bias", cJSON_CreateBool(one)));
        cJSON_DeleteItemFromObjectCaseSensitive(config, "forget_bias_init");
    }
    /* before there was a choice, the reset gate came first, but not in cuDNN */
    if (strncmp(name, "GRU", 3) == 0 && get(config, "reset_after") == NULL)
        return cornu_upgrade_set_(
            config, "reset_after", cJSON_CreateBool(strcmp(old, "CuDNNGRU") == 0)
        );
    return CORNU_OK;
}

static cornu_status upgrade_thresholded(cJSON *object, cJSON *config) {
    CORNU_TRY(cornu_upgrade_set_(object, "class_name", cJSON_CreateString("ReLU")));
    return cornu_upgrade_rename_(config, "theta", "threshold");
}

/* hard_sigmoid kept its name and changed its slope from 1/5 to 1/6. */
static cornu_status note_hard_sigmoid(
    const cornu_upgrade *upgrade, const cJSON *config, const char *path
) {
    static const char *const keys[] = {"activation", "recurrent_activation"};
    if (upgrade->version == NULL || upgrade->version[0] >= '3') return CORNU_OK;
    for (size_t i = 0; i < 2; i++) {
        const char *value = cornu_upgrade_text_(config, keys[i]);
        if (value != NULL && strcmp(value, "hard_sigmoid") == 0)
            CORNU_TRY(note(
                upgrade, path,
                "hard_sigmoid is computed as Keras 3 does, clip(x / 6 + 1/2, 0, 1); Keras 1 and 2 "
                "computed clip(x / 5 + 1/2, 0, 1)"
            ));
    }
    return CORNU_OK;
}

/* ---- all layers ---- */
static cornu_status rename_arguments(cJSON *config, const char *name) {
    for (size_t i = 0; i < sizeof arguments / sizeof *arguments; i++) {
        if (begins(name, arguments[i].of))
            CORNU_TRY(cornu_upgrade_rename_(config, arguments[i].from, arguments[i].to));
    }
    for (size_t i = 0; i < sizeof idle / sizeof *idle; i++) {
        if (begins(name, idle[i].of)) cJSON_DeleteItemFromObjectCaseSensitive(config, idle[i].name);
    }
    return CORNU_OK;
}

/* One group is what a convolution without groups has. */
static void drop_single_group(cJSON *config, const char *name) {
    const cJSON *groups = get(config, "groups");
    const cornu_class *cls = cornu_class_find_(CORNU_FAMILY_LAYER, name);
    if (cls == NULL || !cJSON_IsNumber(groups) || groups->valuedouble != 1) return;
    for (size_t i = 0; i < cls->field_count; i++)
        if (strcmp(cls->fields[i].name, "groups") == 0) return;
    cJSON_DeleteItemFromObjectCaseSensitive(config, "groups");
}

static cornu_status upgrade_class(
    const cornu_upgrade *upgrade, cJSON *object, cJSON *config, const char *old, const char *path
) {
    static const char *const sides_2d[] = {"nb_row", "nb_col"};
    static const char *const sides_3d[] = {"kernel_dim1", "kernel_dim2", "kernel_dim3"};
    const char *name = old;
    for (size_t i = 0; i < sizeof classes / sizeof *classes; i++)
        if (strcmp(old, classes[i].from) == 0) name = classes[i].to;
    if (strcmp(name, old) != 0)
        CORNU_TRY(cornu_upgrade_set_(object, "class_name", cJSON_CreateString(name)));
    CORNU_TRY(rename_arguments(config, name));
    CORNU_TRY(gather_sizes(config, sides_2d, 2));
    CORNU_TRY(gather_sizes(config, sides_3d, 3));
    CORNU_TRY(upgrade_data_format(config));
    CORNU_TRY(upgrade_penalties(config));
    drop_single_group(config, name);
    if (strcmp(old, "SyncBatchNormalization") == 0)
        CORNU_TRY(cornu_upgrade_set_(config, "synchronized", cJSON_CreateTrue()));
    if (strcmp(name, "BatchNormalization") == 0)
        CORNU_TRY(upgrade_batch_normalization(config, path));
    if (begins(name, "LSTM") || begins(name, "GRU"))
        CORNU_TRY(upgrade_recurrent(config, old, name));
    if (strcmp(name, "ThresholdedReLU") == 0) CORNU_TRY(upgrade_thresholded(object, config));
    return note_hard_sigmoid(upgrade, config, path);
}

cornu_status cornu_upgrade_layer_(const cornu_upgrade *upgrade, cJSON *object, const char *path) {
    const char *name = cornu_upgrade_text_(object, "class_name");
    const char *registered = cornu_upgrade_text_(object, "registered_name");
    cJSON *config = get(object, "config");
    bool own = strchr(name, '>') != NULL || (registered != NULL && strchr(registered, '>') != NULL);
    if (own || cornu_is_operation_config_(object)) return CORNU_OK;
    if (strcmp(name, "Merge") == 0) return upgrade_merge(object, config, path);
    char *old = cornu_strdup_(name); /* the member may be replaced */
    if (old == NULL) return CORNU_ENOMEM;
    cornu_status status = upgrade_class(upgrade, object, config, old, path);
    cornu_free_(old);
    return status;
}
