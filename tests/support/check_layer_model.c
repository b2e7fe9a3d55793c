/* A layer in a model: the same numbers eagerly, compiled, and after saving and loading; trained,
 * eagerly and compiled alike. See check_layer.h. */
#include "support/check_layer.h"

#include <math.h>
#include <stdio.h>

#include "model/model.h"
#include "support/support.h"

/* ---- a weight before the layer, so that derivatives flow through it ---- */
/* x + factor * x^2: neither a scale nor a shift, which normalising layers would undo. */
typedef struct {
    CORNU_LAYER_ARGS(bend_args);
} bend_args;
typedef struct {
    cornu_layer base;
    bend_args args;
    cornu_tensor *factor;
} bend;

static cornu_status bend_build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    (void)shapes, (void)count;
    cornu_initializer *ones = cornu_initializer_get("ones");
    cornu_tensor *factor =
        cornu_layer_add_weight(layer, "factor", cornu_shape(), .initializer = ones);
    cornu_initializer_free(ones);
    ((bend *)layer)->factor = factor;
    return factor != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *bend_call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    (void)context;
    cornu_tensor *factor = cornu_layer_cast(layer, ((bend *)layer)->factor);
    return cornu_op_add(inputs[0], cornu_op_multiply(factor, cornu_op_square(inputs[0])));
}

static const bend_args bend_defaults = {CORNU_LAYER_DEFAULTS(bend_args)};
static const cornu_field bend_fields[] = {CORNU_LAYER_FIELDS(bend_args)};
static const cornu_layer_class bend_class = {
    CORNU_CLASS_ARGS(bend, args, bend_defaults, bend_fields),
    .name = "Test>Bend",
    .build = bend_build,
    .call = bend_call,
};

/* ---- models ---- */
static cornu_model *make_model(const check_layer_case *c) {
    cornu_shape shapes[CHECK_LAYER_INPUTS];
    cornu_tensor *in[CHECK_LAYER_INPUTS], *x[CHECK_LAYER_INPUTS], *out[CHECK_LAYER_OUTPUTS];
    size_t count = check_layer_shapes_(c, shapes);
    for (size_t i = 0; i < count; i++) {
        cornu_input_tensor_args args = {CORNU_INPUT_TENSOR_DEFAULTS};
        args.dtype = check_layer_dtype_(c);
        for (int k = 1; k < shapes[i].rank; k++) args.shape[k - 1] = shapes[i].dims[k];
        x[i] = in[i] = cornu_input_tensor_new(&args);
        if (args.dtype == CORNU_FLOAT32)
            x[i] = cornu_call(cornu_layer_create(&bend_class, NULL), in[i]);
    }
    cornu_layer *layer = check_layer_make_(c, "float32");
    size_t output_count = cornu_layer_output_count(layer);
    if (cornu_layer_call_many(layer, (cornu_tensor_list){x, count}, NULL, out) != CORNU_OK)
        return NULL;
    const cornu_functional_args args = {
        CORNU_FUNCTIONAL_DEFAULTS, .inputs = {in, count}, .outputs = {out, output_count}};
    return cornu_functional_new(&args);
}

static const char *predict(
    const check_layer_case *c, cornu_model *model, cornu_tensor_list x, cornu_tensor **outputs
) {
    cornu_tensor *first =
        cornu_predict(model, .inputs = x, .outputs = outputs, .batch_size = c->input.dims[0]);
    OK_OR_WRONG(cornu_test_status_(first), "predict");
    cornu_tensor_free(first);
    for (size_t i = 0; i < cornu_model_output_count(model); i++) cornu_scope_add_(outputs[i]);
    return NULL;
}

/* Other values than those that layers begin with, or a file that holds none would pass. Positive
 * ones: there are variances among them. */
static const char *draw_weights(cornu_model *model) {
    cornu_tensor_list weights = cornu_layer_weights(cornu_model_layer(model));
    for (size_t i = 0; i < weights.count; i++) {
        cornu_tensor *w = weights.items[i];
        if (!cornu_dtype_is_float(cornu_tensor_dtype(w))) continue;
        cornu_tensor *value = cornu_random_uniform(
            *cornu_tensor_shape(w), .seed = 40 + (int64_t)i, .minval = 0.3, .maxval = 1.2
        );
        OK_OR_WRONG(cornu_assign(w, value), "assign");
    }
    return NULL;
}

static const char *same(
    cornu_tensor *const *got, cornu_tensor *const *wanted, size_t count, double tolerance,
    const char *what
) {
    for (size_t i = 0; i < count; i++) {
        const char *wrong = cornu_test_same_(got[i], wanted[i], tolerance, tolerance);
        if (wrong != NULL) WRONG("%s, number %zu: %s", what, i, wrong);
    }
    return NULL;
}

/* ---- the checks ---- */
static const char *check_eager(
    cornu_model *model, cornu_tensor_list x, cornu_tensor *const *compiled
) {
    cornu_tensor *eager[CHECK_LAYER_OUTPUTS];
    OK_OR_WRONG(cornu_layer_call_many(cornu_model_layer(model), x, NULL, eager), "eager call");
    return same(compiled, eager, cornu_model_output_count(model), 1e-5, "compiled, not eager");
}

static const char *check_files(
    const check_layer_case *c, cornu_model *model, cornu_tensor_list x, cornu_tensor *const *wanted
) {
    cornu_tensor *got[CHECK_LAYER_OUTPUTS];
    size_t count = cornu_model_output_count(model);
    OK_OR_WRONG(cornu_save(model, "layer.keras"), "save");
    cornu_model *loaded = cornu_load("layer.keras");
    OK_OR_WRONG(cornu_test_status_(loaded), "load");
    const char *wrong = predict(c, loaded, x, got);
    if (wrong == NULL) wrong = same(got, wanted, count, 0, "after saving and loading the model");
    cornu_model_free(loaded);
    if (wrong != NULL) return wrong;

    OK_OR_WRONG(cornu_save_weights(model, "layer.weights.h5"), "save_weights");
    cornu_model *fresh = make_model(c);
    OK_OR_WRONG(cornu_load_weights(fresh, "layer.weights.h5"), "load_weights");
    wrong = predict(c, fresh, x, got);
    if (wrong == NULL) wrong = same(got, wanted, count, 0, "after saving and loading the weights");
    cornu_model_free(fresh);
    return wrong;
}

static const char *train(
    const check_layer_case *c, cornu_model *model, cornu_tensor_list x, cornu_tensor_list y,
    bool eagerly, double *loss
) {
    OK_OR_WRONG(
        cornu_compile(
            model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.01),
            .loss = cornu_loss_mean_squared_error(), .run_eagerly = eagerly
        ),
        "compile"
    );
    cornu_history *history = cornu_fit(
        model, .inputs = x, .targets = y, .epochs = 2, .batch_size = c->input.dims[0],
        .shuffle = false, .verbose = CORNU_VERBOSE_SILENT
    );
    OK_OR_WRONG(cornu_test_status_(history), eagerly ? "fit, eagerly" : "fit, compiled");
    *loss = cornu_history_get(history, "loss", 1);
    cornu_history_free(history);
    return NULL;
}

/* The weight before the layer hears of the loss behind it. */
static const char *check_moved(const check_layer_case *c, cornu_model *model) {
    bool bent = check_layer_dtype_(c) == CORNU_FLOAT32;
    cornu_layer *first = bent ? cornu_model_get_layer(model, "bend") : NULL;
    if (!bent || c->no_gradient) return NULL;
    if (first == NULL) WRONG("%s", cornu_error_message());
    double factor = cornu_tensor_item(cornu_layer_weights(first).items[0]);
    if (factor == 1) WRONG("training moved nothing before the layer");
    return NULL;
}

static const char *check_training(
    const check_layer_case *c, cornu_tensor_list x, cornu_tensor *const *outputs
) {
    cornu_model *models[2] = {make_model(c), make_model(c)};
    cornu_layer *layers[2] = {cornu_model_layer(models[0]), cornu_model_layer(models[1])};
    cornu_tensor *targets[CHECK_LAYER_OUTPUTS];
    size_t count = cornu_model_output_count(models[0]);
    double loss[2];
    OK_OR_WRONG(cornu_layer_set_weights(layers[1], cornu_layer_weights(layers[0])), "set_weights");
    for (size_t i = 0; i < count; i++)
        targets[i] = cornu_random_normal(*cornu_tensor_shape(outputs[i]), .seed = 90 + (int64_t)i);
    const char *wrong = NULL;
    for (int i = 0; i < 2 && wrong == NULL; i++)
        wrong = train(c, models[i], x, (cornu_tensor_list){targets, count}, i == 0, &loss[i]);
    if (wrong == NULL && !(isfinite(loss[0]) && fabs(loss[0] - loss[1]) <= 1e-5 * fabs(loss[0])))
        wrong = check_layer_text_("the loss is %g eagerly, %g compiled", loss[0], loss[1]);
    if (wrong == NULL)
        wrong = same(
            cornu_layer_weights(layers[1]).items, cornu_layer_weights(layers[0]).items,
            cornu_layer_weights(layers[0]).count, 1e-5, "weights after compiled training"
        );
    if (wrong == NULL) wrong = check_moved(c, models[1]);
    cornu_model_free(models[0]);
    cornu_model_free(models[1]);
    return wrong;
}

const char *check_layer_in_model_(const check_layer_case *c) {
    cornu_tensor *inputs[CHECK_LAYER_INPUTS], *outputs[CHECK_LAYER_OUTPUTS];
    cornu_tensor_list x = check_layer_inputs_(c, CORNU_FLOAT32, inputs);
    if (cornu_class_find_(CORNU_FAMILY_LAYER, bend_class.name) == NULL)
        OK_OR_WRONG(cornu_register_layer(&bend_class), "register");
    cornu_model *model = make_model(c);
    if (model == NULL) WRONG("in a model: %s", cornu_error_message());
    const char *wrong = draw_weights(model);
    if (wrong == NULL) wrong = predict(c, model, x, outputs);
    if (wrong == NULL) wrong = check_eager(model, x, outputs);
    if (wrong == NULL) wrong = check_files(c, model, x, outputs);
    /* integers have no derivative, and what nothing reaches is not trained */
    if (wrong == NULL && cornu_dtype_is_float(cornu_tensor_dtype(outputs[0])))
        wrong = check_training(c, x, outputs);
    cornu_model_free(model);
    return wrong;
}
