/* Layers that change or mix images, in training; outside of it they leave them as they are unless
 * it says otherwise. Images are [rows, columns, channels], one or a batch, or with "channels_first"
 * [channels, rows, columns]. Dictionaries of images, labels and boxes, which Keras takes besides,
 * are not taken: MixUp and CutMix mix images alone.
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
#define cornu_layer_mix_up(...) CORNU_LAYER_KW_(mix_up, MIX_UP, __VA_ARGS__)
#define cornu_layer_cut_mix(...) CORNU_LAYER_KW_(cut_mix, CUT_MIX, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
