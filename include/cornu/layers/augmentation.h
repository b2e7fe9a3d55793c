/* Layers that change or mix images, in training; outside of it they leave them as they are unless
 * it says otherwise. Images are [rows, columns, channels], one or a batch, or with "channels_first"
 * [channels, rows, columns]. Of the dictionaries that Keras takes besides there are those of images
 * and labels, for MixUp and CutMix: labels [batch, classes] are the argument "labels" of the call,
 * and come out, mixed alike, behind the images:
 *
 *     cornu_call_argument argument = {.name = "labels", .tensor = labels};
 *     cornu_call_context context = {
 *         .training = true, .arguments = &argument, .argument_count = 1};
 *     cornu_tensor *mixed[2];
 *     cornu_layer_call_many(mix_up, cornu_tensors(images), &context, mixed);
 *
 * https://keras.io/api/layers/preprocessing_layers/ */
#ifndef CORNU_LAYERS_AUGMENTATION_H
#define CORNU_LAYERS_AUGMENTATION_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Spreads the values of each channel, over the whole batch, so that all are about equally frequent,
 * in steps of 1 / bins. keras/src/layers/preprocessing/image_preprocessing/equalization.py */
typedef struct cornu_layer_equalization_args {
    CORNU_LAYER_ARGS(cornu_layer_equalization_args);
    CORNU_ARG(cornu_floats, value_range, {}); /* 0 to 255 */
    CORNU_ARG(int64_t, bins, 256);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_equalization_args;
#define CORNU_LAYER_EQUALIZATION_DEFAULTS                                                          \
    CORNU_LAYER_DEFAULTS(cornu_layer_equalization_args), .bins = 256,                              \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_equalization_new(const cornu_layer_equalization_args *args);

/* Layers one after the other as one layer: cornu_layer_pipeline(cornu_layer_random_flip(), ...).
 * keras/src/layers/preprocessing/pipeline.py */
typedef struct cornu_layer_pipeline_args {
    CORNU_LAYER_ARGS(cornu_layer_pipeline_args);
    CORNU_ARG(cornu_layer *const *, layers, NULL); /* taken; each with one input and one output */
    CORNU_ARG(size_t, layer_count, 0);
} cornu_layer_pipeline_args;
#define CORNU_LAYER_PIPELINE_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_pipeline_args)
CORNU_API cornu_layer *cornu_layer_pipeline_new(const cornu_layer_pipeline_args *args);

/* Blurs images with a probability drawn from `factor`; the deviations across and down are drawn
 * from `sigma`, the same for a whole batch.
 * keras/src/layers/preprocessing/image_preprocessing/random_gaussian_blur.py */
typedef struct cornu_layer_random_gaussian_blur_args {
    CORNU_LAYER_ARGS(cornu_layer_random_gaussian_blur_args);
    CORNU_ARG(cornu_floats, factor, {});    /* 0 .. 1; 0 to 1 */
    CORNU_ARG(cornu_ints, kernel_size, {}); /* odd, one or two (across, down); 3 */
    CORNU_ARG(cornu_floats, sigma, {});     /* 0 .. 1; 0 to 1 */
    CORNU_ARG(cornu_floats, value_range, {}); /* results are cut off there; 0 to 255 */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_random_gaussian_blur_args;
#define CORNU_LAYER_RANDOM_GAUSSIAN_BLUR_DEFAULTS                                                  \
    CORNU_LAYER_DEFAULTS(cornu_layer_random_gaussian_blur_args), .seed = CORNU_NONE,               \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_random_gaussian_blur_new(
    const cornu_layer_random_gaussian_blur_args *args
);

/* Fills a rectangle of each image, with a probability drawn from `factor`. The shares of its sides
 * are the roots of numbers drawn from `scale`.
 * keras/src/layers/preprocessing/image_preprocessing/random_erasing.py */
typedef struct cornu_layer_random_erasing_args {
    CORNU_LAYER_ARGS(cornu_layer_random_erasing_args);
    CORNU_ARG(cornu_floats, factor, {});      /* 0 .. 1; 0 to 1 */
    CORNU_ARG(cornu_floats, scale, {});       /* 0 .. 1; 0.02 to 0.33 */
    CORNU_ARG(cornu_floats, fill_value, {});  /* one, or one per channel of three; normal noise */
    CORNU_ARG(cornu_floats, value_range, {}); /* fillings are cut off there; 0 to 255 */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_random_erasing_args;
#define CORNU_LAYER_RANDOM_ERASING_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_random_erasing_args), .seed = CORNU_NONE,                     \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_random_erasing_new(const cornu_layer_random_erasing_args *args);

/* RandomBrightness, RandomContrast, RandomSaturation and RandomHue one after the other, those whose
 * factors are given. keras/src/layers/preprocessing/image_preprocessing/random_color_jitter.py */
typedef struct cornu_layer_random_color_jitter_args {
    CORNU_LAYER_ARGS(cornu_layer_random_color_jitter_args);
    CORNU_ARG(cornu_floats, value_range, {}); /* 0 to 255 */
    CORNU_ARG(cornu_floats, brightness_factor, {});
    CORNU_ARG(cornu_floats, contrast_factor, {});
    CORNU_ARG(cornu_floats, saturation_factor, {});
    CORNU_ARG(cornu_floats, hue_factor, {});
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_random_color_jitter_args;
#define CORNU_LAYER_RANDOM_COLOR_JITTER_DEFAULTS                                                   \
    CORNU_LAYER_DEFAULTS(cornu_layer_random_color_jitter_args), .seed = CORNU_NONE,                \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_random_color_jitter_new(
    const cornu_layer_random_color_jitter_args *args
);

/* Adds to each image another one of the batch, with weights w and 1 - w, w drawn from the beta
 * distribution of alpha and alpha. Zhang et al., "mixup: Beyond Empirical Risk Minimization"
 * (2018). keras/src/layers/preprocessing/image_preprocessing/mix_up.py */
typedef struct cornu_layer_mix_up_args {
    CORNU_LAYER_ARGS(cornu_layer_mix_up_args);
    CORNU_ARG(double, alpha, 0.2); /* above 0 */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_mix_up_args;
#define CORNU_LAYER_MIX_UP_DEFAULTS                                                                \
    CORNU_LAYER_DEFAULTS(cornu_layer_mix_up_args), .alpha = 0.2, .seed = CORNU_NONE,               \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_mix_up_new(const cornu_layer_mix_up_args *args);

/* Puts a rectangle of another image of the batch in place of that of each image. Its share of the
 * image is 1 - w, w drawn from the beta distribution of a and a, a from `factor`. Yun et al.,
 * "CutMix" (2019). A single image stays as it is.
 * keras/src/layers/preprocessing/image_preprocessing/cut_mix.py */
typedef struct cornu_layer_cut_mix_args {
    CORNU_LAYER_ARGS(cornu_layer_cut_mix_args);
    CORNU_ARG(cornu_floats, factor, {}); /* 0 .. 1; 0 to 1 */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_cut_mix_args;
#define CORNU_LAYER_CUT_MIX_DEFAULTS                                                               \
    CORNU_LAYER_DEFAULTS(cornu_layer_cut_mix_args), .seed = CORNU_NONE,                            \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_cut_mix_new(const cornu_layer_cut_mix_args *args);

/* Moves three corners of each image, with a probability drawn from `factor`, by up to half of
 * `scale` times their coordinates; the one at the origin stays.
 * keras/src/layers/preprocessing/image_preprocessing/random_perspective.py */
typedef struct cornu_layer_random_perspective_args {
    CORNU_LAYER_ARGS(cornu_layer_random_perspective_args);
    CORNU_ARG(cornu_floats, factor, {}); /* 0 .. 1; 0 to 1 */
    CORNU_ARG(double, scale, 1); /* 0 .. 1 */
    CORNU_ARG(const char *, interpolation, "bilinear");
    CORNU_ARG(double, fill_value, 0); /* what comes from outside */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_random_perspective_args;
#define CORNU_LAYER_RANDOM_PERSPECTIVE_DEFAULTS                                                    \
    CORNU_LAYER_DEFAULTS(cornu_layer_random_perspective_args), .scale = 1,                         \
    .interpolation = "bilinear", .seed = CORNU_NONE,                                               \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_random_perspective_new(
    const cornu_layer_random_perspective_args *args
);

/* Moves each pixel by a smooth random field, with a probability drawn from `factor`; its strength,
 * drawn from `scale`, is that of a whole batch.
 * keras/src/layers/preprocessing/image_preprocessing/random_elastic_transform.py */
typedef struct cornu_layer_random_elastic_transform_args {
    CORNU_LAYER_ARGS(cornu_layer_random_elastic_transform_args);
    CORNU_ARG(cornu_floats, factor, {}); /* 0 .. 1; 0 to 1 */
    CORNU_ARG(cornu_floats, scale, {}); /* 0 .. 1; 0 to 1 */
    CORNU_ARG(const char *, interpolation, "bilinear");
    CORNU_ARG(const char *, fill_mode, "reflect");
    CORNU_ARG(double, fill_value, 0);
    CORNU_ARG(cornu_floats, value_range, {}); /* results are cut off there; 0 to 255 */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_random_elastic_transform_args;
#define CORNU_LAYER_RANDOM_ELASTIC_TRANSFORM_DEFAULTS                                              \
    CORNU_LAYER_DEFAULTS(cornu_layer_random_elastic_transform_args),                               \
    .interpolation = "bilinear", .fill_mode = "reflect", .seed = CORNU_NONE,                       \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_random_elastic_transform_new(
    const cornu_layer_random_elastic_transform_args *args
);

/* `num_ops` times one of eleven changes, the same for a whole batch: shear, translation, rotation,
 * brightness, colour degeneration, contrast, sharpness, posterization, solarization, AutoContrast
 * and Equalization. Numbers of a change that comes twice are drawn anew (Keras draws them once).
 * keras/src/layers/preprocessing/image_preprocessing/rand_augment.py */
typedef struct cornu_layer_rand_augment_args {
    CORNU_LAYER_ARGS(cornu_layer_rand_augment_args);
    CORNU_ARG(cornu_floats, value_range, {}); /* 0 to 255 */
    CORNU_ARG(int64_t, num_ops, 2);
    CORNU_ARG(cornu_floats, factor, {}); /* strength, 0 .. 1; 0 to 0.5 */
    CORNU_ARG(const char *, interpolation, "bilinear");
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_rand_augment_args;
#define CORNU_LAYER_RAND_AUGMENT_DEFAULTS                                                          \
    CORNU_LAYER_DEFAULTS(cornu_layer_rand_augment_args), .num_ops = 2,                             \
    .interpolation = "bilinear", .seed = CORNU_NONE,                                               \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_rand_augment_new(
    const cornu_layer_rand_augment_args *args
);

/* A mixture of images with `num_chains` chains of up to `chain_depth` of RandAugment's changes,
 * each the same for a whole batch, in random proportions. Without `all_ops` colours are left alone.
 * Keras writes num_chains and chain_depth into configs the other way round; here they stay apart.
 * keras/src/layers/preprocessing/image_preprocessing/aug_mix.py */
typedef struct cornu_layer_aug_mix_args {
    CORNU_LAYER_ARGS(cornu_layer_aug_mix_args);
    CORNU_ARG(cornu_floats, value_range, {}); /* 0 to 255 */
    CORNU_ARG(int64_t, num_chains, 3);
    CORNU_ARG(int64_t, chain_depth, 3);
    CORNU_ARG(cornu_floats, factor, {});      /* strength, 0 .. 1; 0 to 0.3 */
    CORNU_ARG(double, alpha, 1); /* of the distributions of proportions: large ones are even */
    CORNU_ARG(bool, all_ops, true);
    CORNU_ARG(const char *, interpolation, "bilinear");
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_aug_mix_args;
#define CORNU_LAYER_AUG_MIX_DEFAULTS                                                               \
    CORNU_LAYER_DEFAULTS(cornu_layer_aug_mix_args), .num_chains = 3, .chain_depth = 3, .alpha = 1, \
    .all_ops = true, .interpolation = "bilinear", .seed = CORNU_NONE,                              \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_aug_mix_new(const cornu_layer_aug_mix_args *args);

/* Values spread by the histograms of tiles, [rows, columns] of them: each pixel by those around it.
 * A bin counts up to clip_limit times what it would have if all were equal. In inference, too.
 * keras/src/layers/preprocessing/image_preprocessing/clahe.py */
typedef struct cornu_layer_contrast_limited_adaptive_histogram_equalization_args {
    CORNU_LAYER_ARGS(cornu_layer_contrast_limited_adaptive_histogram_equalization_args);
    CORNU_ARG(cornu_floats, value_range, {}); /* 0 to 255 */
    CORNU_ARG(double, clip_limit, 4);         /* none unless positive */
    CORNU_ARG(cornu_shape, tile_grid_size, {}); /* 8, 8 */
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_contrast_limited_adaptive_histogram_equalization_args;
#define CORNU_LAYER_CONTRAST_LIMITED_ADAPTIVE_HISTOGRAM_EQUALIZATION_DEFAULTS                      \
    CORNU_LAYER_DEFAULTS(cornu_layer_contrast_limited_adaptive_histogram_equalization_args),       \
    .clip_limit = 4, .tile_grid_size = {.rank = 2, .dims = {8, 8}},                                \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_contrast_limited_adaptive_histogram_equalization_new(
    const cornu_layer_contrast_limited_adaptive_histogram_equalization_args *args
);

/* In Keras cuts or fills the boxes of a dictionary to `max_number`; images alone stay as they are.
 * keras/src/layers/preprocessing/image_preprocessing/max_num_bounding_box.py */
typedef struct cornu_layer_max_num_bounding_boxes_args {
    CORNU_LAYER_ARGS(cornu_layer_max_num_bounding_boxes_args);
    CORNU_ARG(int64_t, max_number, -1); /* must be given */
    CORNU_ARG(int64_t, fill_value, -1);
} cornu_layer_max_num_bounding_boxes_args;
#define CORNU_LAYER_MAX_NUM_BOUNDING_BOXES_DEFAULTS                                                \
    CORNU_LAYER_DEFAULTS(cornu_layer_max_num_bounding_boxes_args),                                 \
    .max_number = -1, .fill_value = -1
CORNU_API cornu_layer *cornu_layer_max_num_bounding_boxes_new(
    const cornu_layer_max_num_bounding_boxes_args *args
);

#ifndef __cplusplus
#define cornu_layer_equalization(...) CORNU_LAYER_KW_(equalization, EQUALIZATION, __VA_ARGS__)
/* the layers, and nothing else */
#define cornu_layer_pipeline(...)                                                                  \
    CORNU_LAYER_KW_(                                                                               \
        pipeline, PIPELINE, .layers = (cornu_layer *const[]){__VA_ARGS__},                         \
        .layer_count = sizeof((cornu_layer *const[]){__VA_ARGS__}) / sizeof(cornu_layer *)         \
    )
#define cornu_layer_random_gaussian_blur(...)                                                      \
    CORNU_LAYER_KW_(random_gaussian_blur, RANDOM_GAUSSIAN_BLUR, __VA_ARGS__)
#define cornu_layer_random_erasing(...) CORNU_LAYER_KW_(random_erasing, RANDOM_ERASING, __VA_ARGS__)
#define cornu_layer_random_color_jitter(...)                                                       \
    CORNU_LAYER_KW_(random_color_jitter, RANDOM_COLOR_JITTER, __VA_ARGS__)
#define cornu_layer_random_perspective(...)                                                        \
    CORNU_LAYER_KW_(random_perspective, RANDOM_PERSPECTIVE, __VA_ARGS__)
#define cornu_layer_random_elastic_transform(...)                                                  \
    CORNU_LAYER_KW_(random_elastic_transform, RANDOM_ELASTIC_TRANSFORM, __VA_ARGS__)
#define cornu_layer_rand_augment(...) CORNU_LAYER_KW_(rand_augment, RAND_AUGMENT, __VA_ARGS__)
#define cornu_layer_aug_mix(...) CORNU_LAYER_KW_(aug_mix, AUG_MIX, __VA_ARGS__)
#define cornu_layer_contrast_limited_adaptive_histogram_equalization(...)                          \
    CORNU_LAYER_KW_(                                                                               \
        contrast_limited_adaptive_histogram_equalization,                                          \
        CONTRAST_LIMITED_ADAPTIVE_HISTOGRAM_EQUALIZATION, __VA_ARGS__                              \
    )
#define cornu_layer_max_num_bounding_boxes(...)                                                    \
    CORNU_LAYER_KW_(max_num_bounding_boxes, MAX_NUM_BOUNDING_BOXES, .max_number = __VA_ARGS__)
#define cornu_layer_mix_up(...) CORNU_LAYER_KW_(mix_up, MIX_UP, __VA_ARGS__)
#define cornu_layer_cut_mix(...) CORNU_LAYER_KW_(cut_mix, CUT_MIX, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
