/* Pipeline: layers one after the other as one layer. keras/src/layers/preprocessing/pipeline.py */
#include <cornu/layers/augmentation.h>

typedef struct {
    cornu_layer base;
    cornu_layer_pipeline_args args;
    cornu_layer **read;   /* of a config, until init; references of this object */
    cornu_layer **layers; /* the base holds them */
    size_t count;
} pipeline;

static void drop_read(pipeline *self) {
    for (size_t i = 0; self->read != NULL && i < self->args.layer_count; i++)
        cornu_layer_free(self->read[i]);
    cornu_free(self->read);
    self->read = NULL;
}

static cornu_status add(pipeline *self, cornu_layer *layer) {
    if (layer == NULL) return cornu_error_null("layer");
    if (cornu_layer_output_count(layer) != 1)
        CORNU_FAIL(
            CORNU_EINVAL, "a layer of class %s has several outputs: each must have one",
            cornu_layer_class_name(layer)
        );
    CORNU_TRY(cornu_layer_add_layer(&self->base, "_pipeline_layers[]", cornu_layer_retain(layer)));
    self->layers[self->count++] = layer;
    return CORNU_OK;
}

static cornu_status init(void *object) {
    pipeline *self = object;
    if (self->args.layer_count == 0) CORNU_FAIL(CORNU_EINVAL, "layers must name a layer");
    self->layers = cornu_allocate(self->args.layer_count * sizeof *self->layers);
    if (self->layers == NULL) return cornu_error_status();
    for (size_t i = 0; i < self->args.layer_count; i++) CORNU_TRY(add(self, self->args.layers[i]));
    drop_read(self);
    self->args.layers = NULL; /* the caller's list may end now */
    return CORNU_OK;
}

static void destroy(void *object) {
    pipeline *self = object;
    drop_read(self);
    cornu_free(self->layers);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    const pipeline *self = object;
    return cornu_config_set_layers(config, "layers", self->layers, self->count);
}

static cornu_status from_config(void *object, const cornu_config *config) {
    pipeline *self = object;
    CORNU_TRY(cornu_config_get_layers(config, "layers", &self->read, &self->args.layer_count));
    self->args.layers = self->read;
    return CORNU_OK;
}

static cornu_status build(cornu_layer *layer, const cornu_shape *shapes, size_t count) {
    pipeline *self = (pipeline *)layer;
    if (count != 1) CORNU_FAIL(CORNU_EINVAL, "takes one input, got %zu", count);
    cornu_shape shape = shapes[0];
    for (size_t i = 0; i < self->count; i++) {
        cornu_shape output;
        CORNU_TRY(cornu_layer_build(self->layers[i], &shape, 1));
        CORNU_TRY(cornu_layer_output_shape(self->layers[i], &shape, 1, &output));
        shape = output;
    }
    return CORNU_OK;
}

/* The mask of what a layer gives. */
static cornu_tensor *mask_after(
    cornu_layer *layer, cornu_tensor *x, cornu_tensor *mask, bool training
) {
    const cornu_call_context context = {
        .training = training, .input_count = 1, .masks = mask != NULL ? &mask : NULL};
    if (layer->cls->compute_mask != NULL) return layer->cls->compute_mask(layer, &x, &context);
    return layer->cls->masking == CORNU_MASK_PASSES ? mask : NULL;
}

static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const pipeline *self = (const pipeline *)layer;
    cornu_tensor *x = inputs[0], *mask = context->masks != NULL ? context->masks[0] : NULL;
    for (size_t i = 0; x != NULL && i < self->count; i++) {
        const cornu_call_context inner = {
            .training = context->training, .masks = mask != NULL ? &mask : NULL};
        cornu_tensor *y = NULL;
        if (cornu_layer_call_many(self->layers[i], cornu_tensors(x), &inner, &y) != CORNU_OK)
            return NULL;
        if (i + 1 < self->count) mask = mask_after(self->layers[i], x, mask, context->training);
        x = y;
    }
    return x;
}

/* A layer behind the first would have to be called once more to make a mask of its own; nothing
 * comes out of such pipelines. */
static cornu_tensor *compute_mask(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const pipeline *self = (const pipeline *)layer;
    cornu_tensor *mask = context->masks != NULL ? context->masks[0] : NULL;
    for (size_t i = 0; i < self->count; i++) {
        if (i > 0 && self->layers[i]->cls->compute_mask != NULL) return NULL;
        mask = mask_after(self->layers[i], inputs[0], mask, context->training);
    }
    return mask;
}

static const cornu_layer_pipeline_args defaults = {CORNU_LAYER_PIPELINE_DEFAULTS};
/* Keras' Pipeline takes its layers and a name, and refuses a file that holds more. */
static const cornu_field fields[] = {
    CORNU_FIELD(cornu_layer_pipeline_args, STRING, name),
    CORNU_FIELD_OMITTED(cornu_layer_pipeline_args, BOOL, trainable),
    CORNU_FIELD_OMITTED(cornu_layer_pipeline_args, STRING, dtype),
};

CORNU_LAYER_CLASS(pipeline){
    CORNU_CLASS_ARGS(pipeline, args, defaults, fields),
    .name = "Pipeline",
    .init = init,
    .destroy = destroy,
    .get_config = get_config,
    .from_config = from_config,
    .build = build,
    .call = call,
    .compute_mask = compute_mask,
    .any_dtype = true,
};

cornu_layer *cornu_layer_pipeline_new(const cornu_layer_pipeline_args *args) {
    cornu_layer *layer = cornu_layer_create(&cornu_layer_pipeline_class, args);
    for (size_t i = 0; i < args->layer_count; i++) cornu_layer_free(args->layers[i]);
    return layer;
}
