/* Layers that prepare data. https://keras.io/api/layers/preprocessing_layers/ */
#ifndef CORNU_LAYERS_PREPROCESSING_H
#define CORNU_LAYERS_PREPROCESSING_H

#include <cornu/extend.h>

#ifdef __cplusplus
extern "C" {
#endif

/* scale * x + offset: cornu_layer_rescaling(1.0 / 255). `scales` and `offsets` hold one number for
 * each index of the last axis instead. */
typedef struct cornu_layer_rescaling_args {
    CORNU_LAYER_ARGS(cornu_layer_rescaling_args);
    CORNU_ARG(double, scale, NAN); /* must be given, or scales */
    CORNU_ARG(double, offset, 0);
    CORNU_ARG(cornu_floats, scales, {});
    CORNU_ARG(cornu_floats, offsets, {});
} cornu_layer_rescaling_args;
#define CORNU_LAYER_RESCALING_DEFAULTS                                                             \
    CORNU_LAYER_DEFAULTS(cornu_layer_rescaling_args), .scale = NAN
CORNU_API cornu_layer *cornu_layer_rescaling_new(const cornu_layer_rescaling_args *args);

/* (x - mean) / sqrt(variance), with mean and variance of each index of the axes (none: one of all),
 * as they are given or as cornu_layer_adapt finds them in data. `invert` goes the other way. Given
 * are one number, one for each index of all axes together, or an array of mean_shape, whose axes
 * are the last ones of `axis` (in order) and may have the size 1. */
typedef struct cornu_layer_normalization_args {
    CORNU_LAYER_ARGS(cornu_layer_normalization_args);
    CORNU_ARG(cornu_axes, axis, {}); /* the last one unless given; cornu_axes(): none */
    CORNU_ARG(cornu_floats, mean, {});
    CORNU_ARG(cornu_floats, variance, {});
    CORNU_ARG(bool, invert, false);
    CORNU_ARG(cornu_shape, mean_shape, {}); /* of mean and variance */
} cornu_layer_normalization_args;
#define CORNU_LAYER_NORMALIZATION_DEFAULTS                                                         \
    CORNU_LAYER_DEFAULTS(cornu_layer_normalization_args), .axis = {.count = 1, .axis = {-1}}
CORNU_API cornu_layer *cornu_layer_normalization_new(const cornu_layer_normalization_args *args);

/* The middle of images [batch, rows, columns, channels], or of one without batch. Smaller ones are
 * resized so that they fill the window. */
typedef struct cornu_layer_center_crop_args {
    CORNU_LAYER_ARGS(cornu_layer_center_crop_args);
    CORNU_ARG(int64_t, height, 0);
    CORNU_ARG(int64_t, width, 0);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_center_crop_args;
#define CORNU_LAYER_CENTER_CROP_DEFAULTS                                                           \
    CORNU_LAYER_DEFAULTS(cornu_layer_center_crop_args), .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_center_crop_new(const cornu_layer_center_crop_args *args);

/* Images of another size. The ratio of the sides may be kept by leaving out what is too long
 * (crop_to_aspect_ratio) or by a border of fill_value (pad_to_aspect_ratio). Integers are
 * rounded. */
typedef struct cornu_layer_resizing_args {
    CORNU_LAYER_ARGS(cornu_layer_resizing_args);
    CORNU_ARG(int64_t, height, 0);
    CORNU_ARG(int64_t, width, 0);
    /* "nearest", "bilinear", "bicubic", "lanczos3", "lanczos5" */
    CORNU_ARG(const char *, interpolation, "bilinear");
    CORNU_ARG(bool, crop_to_aspect_ratio, false);
    CORNU_ARG(bool, pad_to_aspect_ratio, false);
    CORNU_ARG(const char *, fill_mode, "constant"); /* the only one */
    CORNU_ARG(double, fill_value, 0);
    CORNU_ARG(bool, antialias, false);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_resizing_args;
#define CORNU_LAYER_RESIZING_DEFAULTS                                                              \
    CORNU_LAYER_DEFAULTS(cornu_layer_resizing_args), .interpolation = "bilinear",                  \
    .fill_mode = "constant", .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_resizing_new(const cornu_layer_resizing_args *args);

/* Integers from 0 to num_tokens - 1 as vectors. "one_hot": one vector for each, in place of a last
 * axis of size 1 or as a new one; "multi_hot": [batch, n] -> [batch, num_tokens], 1 for what
 * occurs; "count": how often it does, or, with the tensor argument count_weights, the sum of its
 * weights. */
typedef struct cornu_layer_category_encoding_args {
    CORNU_LAYER_ARGS(cornu_layer_category_encoding_args);
    CORNU_ARG(int64_t, num_tokens, CORNU_NONE); /* must be given */
    CORNU_ARG(const char *, output_mode, "multi_hot");
    CORNU_ARG(bool, sparse, false); /* there are no sparse tensors: false */
} cornu_layer_category_encoding_args;
#define CORNU_LAYER_CATEGORY_ENCODING_DEFAULTS                                                     \
    CORNU_LAYER_DEFAULTS(cornu_layer_category_encoding_args), .num_tokens = CORNU_NONE,            \
    .output_mode = "multi_hot"
CORNU_API cornu_layer *cornu_layer_category_encoding_new(
    const cornu_layer_category_encoding_args *args
);

/* Which bin a number falls in: how many of the boundaries, which ascend, it has reached. Either the
 * boundaries are given, or cornu_layer_adapt finds such that num_bins bins hold about as many of
 * the data each, within epsilon. output_mode "int", or as for CategoryEncoding. */
typedef struct cornu_layer_discretization_args {
    CORNU_LAYER_ARGS(cornu_layer_discretization_args);
    CORNU_ARG(cornu_floats, bin_boundaries, {});
    CORNU_ARG(int64_t, num_bins, CORNU_NONE);
    CORNU_ARG(double, epsilon, 0.01);
    CORNU_ARG(const char *, output_mode, "int");
    CORNU_ARG(bool, sparse, false); /* there are no sparse tensors: false */
} cornu_layer_discretization_args;
#define CORNU_LAYER_DISCRETIZATION_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_discretization_args), .num_bins = CORNU_NONE,                 \
    .epsilon = 0.01, .output_mode = "int"
CORNU_API cornu_layer *cornu_layer_discretization_new(
    const cornu_layer_discretization_args *args
);

/* Numbers of texts by a vocabulary, which is given or learnt (cornu_layer_adapt). With output_mode
 * "int" 0 stands for mask_token if there is one, then num_oov_indices numbers stand for what is not
 * in the vocabulary, then its terms follow in order. "one_hot": a vector for each text;
 * "multi_hot", "count" and "tf_idf": [batch, texts] -> [batch, size of the vocabulary]: 1 for what
 * occurs, how often it does, or that times idf_weights. `invert` goes from numbers to texts. Works
 * on the host: at the input of a model, or in one that runs eagerly.
 * keras/src/layers/preprocessing/string_lookup.py */
typedef struct cornu_layer_string_lookup_args {
    CORNU_LAYER_ARGS(cornu_layer_string_lookup_args);
    CORNU_ARG(int64_t, max_tokens, CORNU_NONE); /* special terms included */
    CORNU_ARG(int64_t, num_oov_indices, 1);     /* 0: a text outside the vocabulary is an error */
    CORNU_ARG(const char *, mask_token, NULL);
    CORNU_ARG(const char *, oov_token, "[UNK]"); /* what `invert` gives for those */
    CORNU_ARG(cornu_texts, vocabulary, {});
    /* instead: a file with a term on each line; files of models keep the terms, not the path */
    CORNU_ARG(const char *, vocabulary_file, NULL);
    CORNU_ARG(cornu_floats, idf_weights, {});
    CORNU_ARG(bool, invert, false);
    CORNU_ARG(const char *, output_mode, "int");
    CORNU_ARG(bool, pad_to_max_tokens, false);
    CORNU_ARG(bool, sparse, false);           /* there are no sparse tensors: false */
    CORNU_ARG(const char *, encoding, "utf-8"); /* the only one */
    /* one number or two: texts outside the vocabulary go to their numbers by SipHash */
    CORNU_ARG(cornu_ints, salt, {});
    CORNU_ARG(int64_t, vocabulary_size, CORNU_NONE); /* of a vocabulary that is yet to come */
} cornu_layer_string_lookup_args;
#define CORNU_LAYER_STRING_LOOKUP_DEFAULTS                                                         \
    CORNU_LAYER_DEFAULTS(cornu_layer_string_lookup_args), .max_tokens = CORNU_NONE,                \
    .num_oov_indices = 1, .oov_token = "[UNK]", .output_mode = "int", .encoding = "utf-8",         \
    .vocabulary_size = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_string_lookup_new(const cornu_layer_string_lookup_args *args);

/* The same for integers, which are int64. oov_method says how those outside the vocabulary share
 * several numbers: "floormod", by their remainder, or "farmhash".
 * keras/src/layers/preprocessing/integer_lookup.py */
typedef struct cornu_layer_integer_lookup_args {
    CORNU_LAYER_ARGS(cornu_layer_integer_lookup_args);
    CORNU_ARG(int64_t, max_tokens, CORNU_NONE);
    CORNU_ARG(int64_t, num_oov_indices, 1);
    CORNU_ARG(int64_t, mask_token, CORNU_NONE);
    CORNU_ARG(int64_t, oov_token, -1);
    CORNU_ARG(cornu_ints, vocabulary, {});
    CORNU_ARG(const char *, vocabulary_file, NULL);
    CORNU_ARG(const char *, vocabulary_dtype, "int64"); /* the only one */
    CORNU_ARG(cornu_floats, idf_weights, {});
    CORNU_ARG(bool, invert, false);
    CORNU_ARG(const char *, output_mode, "int");
    CORNU_ARG(bool, sparse, false);
    CORNU_ARG(bool, pad_to_max_tokens, false);
    CORNU_ARG(const char *, oov_method, "floormod");
    CORNU_ARG(cornu_ints, salt, {});
    CORNU_ARG(int64_t, vocabulary_size, CORNU_NONE);
} cornu_layer_integer_lookup_args;
#define CORNU_LAYER_INTEGER_LOOKUP_DEFAULTS                                                        \
    CORNU_LAYER_DEFAULTS(cornu_layer_integer_lookup_args), .max_tokens = CORNU_NONE,               \
    .num_oov_indices = 1, .mask_token = CORNU_NONE, .oov_token = -1, .vocabulary_dtype = "int64",  \
    .output_mode = "int", .oov_method = "floormod", .vocabulary_size = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_integer_lookup_new(
    const cornu_layer_integer_lookup_args *args
);

/* Texts or integers as numbers from 0 to num_bins - 1 by a hash that is the same everywhere:
 * FarmHash64, or SipHash64 under a salt. What equals the mask value has the number 0, and nothing
 * else has. Works on the host. keras/src/layers/preprocessing/hashing.py */
typedef struct cornu_layer_hashing_args {
    CORNU_LAYER_ARGS(cornu_layer_hashing_args); /* dtype: "int64" for output_mode "int" */
    CORNU_ARG(int64_t, num_bins, CORNU_NONE);   /* must be given */
    CORNU_ARG(int64_t, mask_value, CORNU_NONE);
    CORNU_ARG(const char *, mask_text, NULL);   /* mask_value for texts */
    CORNU_ARG(cornu_ints, salt, {});            /* one number or two */
    CORNU_ARG(const char *, output_mode, "int"); /* or as for CategoryEncoding */
    CORNU_ARG(bool, sparse, false);
} cornu_layer_hashing_args;
#define CORNU_LAYER_HASHING_DEFAULTS                                                               \
    CORNU_LAYER_DEFAULTS(cornu_layer_hashing_args), .num_bins = CORNU_NONE,                        \
    .mask_value = CORNU_NONE, .output_mode = "int"
CORNU_API cornu_layer *cornu_layer_hashing_new(const cornu_layer_hashing_args *args);

/* One hash of several features together: inputs of texts or integers, all [batch], [batch, 1] or
 * scalars. output_mode "int" or "one_hot". Works on the host.
 * keras/src/layers/preprocessing/hashed_crossing.py */
typedef struct cornu_layer_hashed_crossing_args {
    CORNU_LAYER_ARGS(cornu_layer_hashed_crossing_args); /* dtype: "int64" for "int" */
    CORNU_ARG(int64_t, num_bins, CORNU_NONE);           /* must be given */
    CORNU_ARG(const char *, output_mode, "int");
    CORNU_ARG(bool, sparse, false);
} cornu_layer_hashed_crossing_args;
#define CORNU_LAYER_HASHED_CROSSING_DEFAULTS                                                       \
    CORNU_LAYER_DEFAULTS(cornu_layer_hashed_crossing_args), .num_bins = CORNU_NONE,                \
    .output_mode = "int"
CORNU_API cornu_layer *cornu_layer_hashed_crossing_new(
    const cornu_layer_hashed_crossing_args *args
);

/* Texts, [batch] or [batch, 1], as numbers of their words: standardized, split, put together to
 * ngrams, looked up as StringLookup does ("" is the mask, "[UNK]" what is not in the vocabulary).
 * output_mode "int": [batch, words], padded with 0 to the longest text or to
 * output_sequence_length; "multi_hot", "count", "tf_idf": [batch, size of the vocabulary]. Works on
 * the host. keras/src/layers/preprocessing/text_vectorization.py */
typedef struct cornu_layer_text_vectorization_args {
    CORNU_LAYER_ARGS(cornu_layer_text_vectorization_args);
    CORNU_ARG(int64_t, max_tokens, CORNU_NONE);
    /* "lower", "strip_punctuation", both together, or NULL */
    CORNU_ARG(const char *, standardize, "lower_and_strip_punctuation");
    CORNU_ARG(const char *, split, "whitespace"); /* "character", or NULL: texts are words */
    CORNU_ARG(int64_t, ngrams, CORNU_NONE);       /* of 1 to so many words */
    CORNU_ARG(cornu_ints, ngram_sizes, {});       /* instead: of these numbers of words */
    CORNU_ARG(const char *, output_mode, "int");
    CORNU_ARG(int64_t, output_sequence_length, CORNU_NONE);
    CORNU_ARG(bool, pad_to_max_tokens, false);
    CORNU_ARG(cornu_texts, vocabulary, {});
    CORNU_ARG(const char *, vocabulary_file, NULL);
    CORNU_ARG(cornu_floats, idf_weights, {});
    CORNU_ARG(bool, sparse, false);             /* there are neither sparse nor */
    CORNU_ARG(bool, ragged, false);             /* ragged tensors: false */
    CORNU_ARG(const char *, encoding, "utf-8"); /* the only one */
    CORNU_ARG(int64_t, vocabulary_size, CORNU_NONE);
} cornu_layer_text_vectorization_args;
#define CORNU_LAYER_TEXT_VECTORIZATION_DEFAULTS                                                    \
    CORNU_LAYER_DEFAULTS(cornu_layer_text_vectorization_args), .max_tokens = CORNU_NONE,           \
    .standardize = "lower_and_strip_punctuation", .split = "whitespace", .ngrams = CORNU_NONE,     \
    .output_mode = "int", .output_sequence_length = CORNU_NONE, .encoding = "utf-8",               \
    .vocabulary_size = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_text_vectorization_new(
    const cornu_layer_text_vectorization_args *args
);

/* The short-time Fourier transform of signals [batch, time, channels], by convolution with kernels
 * that begin as a windowed transform and can be trained. mode: "log" or "magnitude" of the
 * spectrum, "psd" (its power), "real", "imag", "angle", or "stft" (real and imaginary parts after
 * one another). Gives [batch, frames, channels * frequencies], or with expand_dims [batch, frames,
 * frequencies, channels]; "channels_first" has the channels before the frames.
 * keras/src/layers/preprocessing/stft_spectrogram.py */
typedef struct cornu_layer_stft_spectrogram_args {
    CORNU_LAYER_ARGS(cornu_layer_stft_spectrogram_args);
    CORNU_ARG(const char *, mode, "log");
    CORNU_ARG(int64_t, frame_length, 256);
    CORNU_ARG(int64_t, frame_step, CORNU_NONE);  /* half a frame */
    CORNU_ARG(int64_t, fft_length, CORNU_NONE);  /* the next power of two */
    CORNU_ARG(const char *, window, "hann");     /* "hamming", ...; NULL: none */
    CORNU_ARG(bool, periodic, false);
    CORNU_ARG(const char *, scaling, "density"); /* "spectrum", or NULL */
    CORNU_ARG(const char *, padding, "valid");   /* "same" */
    CORNU_ARG(bool, expand_dims, false);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_stft_spectrogram_args;
#define CORNU_LAYER_STFT_SPECTROGRAM_DEFAULTS                                                      \
    CORNU_LAYER_DEFAULTS(cornu_layer_stft_spectrogram_args), .mode = "log", .frame_length = 256,   \
    .frame_step = CORNU_NONE, .fft_length = CORNU_NONE, .window = "hann", .scaling = "density",    \
    .padding = "valid", .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_stft_spectrogram_new(
    const cornu_layer_stft_spectrogram_args *args
);

/* Mel spectrograms of signals: [.., samples] -> [.., num_mel_bins, frames], [samples] and [batch,
 * samples] alike. keras/src/layers/preprocessing/mel_spectrogram.py */
typedef struct cornu_layer_mel_spectrogram_args {
    CORNU_LAYER_ARGS(cornu_layer_mel_spectrogram_args);
    CORNU_ARG(int64_t, fft_length, 2048);
    CORNU_ARG(int64_t, sequence_stride, 512);
    CORNU_ARG(int64_t, sequence_length, CORNU_NONE); /* of the window; fft_length */
    CORNU_ARG(const char *, window, "hann");         /* "hamming"; NULL: none */
    CORNU_ARG(int64_t, sampling_rate, 16000);
    CORNU_ARG(int64_t, num_mel_bins, 128);
    CORNU_ARG(double, min_freq, 20);
    CORNU_ARG(double, max_freq, NAN);     /* half of sampling_rate */
    CORNU_ARG(bool, power_to_db, true);
    CORNU_ARG(double, top_db, 80);        /* nothing lies further below the largest value */
    CORNU_ARG(double, mag_exp, 2);        /* 1: magnitude, 2: power */
    CORNU_ARG(double, min_power, 1e-10);
    CORNU_ARG(double, ref_power, 1);
} cornu_layer_mel_spectrogram_args;
#define CORNU_LAYER_MEL_SPECTROGRAM_DEFAULTS                                                       \
    CORNU_LAYER_DEFAULTS(cornu_layer_mel_spectrogram_args), .fft_length = 2048,                    \
    .sequence_stride = 512, .sequence_length = CORNU_NONE, .window = "hann",                       \
    .sampling_rate = 16000, .num_mel_bins = 128, .min_freq = 20, .max_freq = NAN,                  \
    .power_to_db = true, .top_db = 80, .mag_exp = 2, .min_power = 1e-10, .ref_power = 1
CORNU_API cornu_layer *cornu_layer_mel_spectrogram_new(
    const cornu_layer_mel_spectrogram_args *args
);

/* Colours changed at random in training, by one number drawn from `factor` for each image; outside
 * of training images stay as they are. One factor f stands for -f to f (from 0 where it cannot be
 * negative), two for the range between them: two equal ones are no longer random. Images are [rows,
 * columns, channels], one or a batch. Results lie in value_range. */
typedef struct cornu_image_color_args {
    CORNU_LAYER_ARGS(cornu_image_color_args);
    CORNU_ARG(cornu_floats, factor, {});      /* must be given */
    CORNU_ARG(cornu_floats, value_range, {}); /* 0 to 255 */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_image_color_args;
#define CORNU_IMAGE_COLOR_DEFAULTS                                                                 \
    CORNU_LAYER_DEFAULTS(cornu_image_color_args), .seed = CORNU_NONE,                              \
    .data_format = "channels_last"
/* adds a share of the range, factor in -1 .. 1. */
typedef cornu_image_color_args cornu_layer_random_brightness_args;
#define CORNU_LAYER_RANDOM_BRIGHTNESS_DEFAULTS CORNU_IMAGE_COLOR_DEFAULTS
CORNU_API cornu_layer *cornu_layer_random_brightness_new(const cornu_image_color_args *args);
/* goes towards grey: 0 not at all, 1 wholly. */
typedef cornu_image_color_args cornu_layer_random_color_degeneration_args;
#define CORNU_LAYER_RANDOM_COLOR_DEGENERATION_DEFAULTS CORNU_IMAGE_COLOR_DEFAULTS
CORNU_API cornu_layer *cornu_layer_random_color_degeneration_new(
    const cornu_image_color_args *args
);
/* multiplies the distance from the mean of each channel by a number from 1 - low to 1 + high. */
typedef cornu_image_color_args cornu_layer_random_contrast_args;
#define CORNU_LAYER_RANDOM_CONTRAST_DEFAULTS CORNU_IMAGE_COLOR_DEFAULTS
CORNU_API cornu_layer *cornu_layer_random_contrast_new(const cornu_image_color_args *args);
/* turns the hue by up to half of the circle times factor, either way. */
typedef cornu_image_color_args cornu_layer_random_hue_args;
#define CORNU_LAYER_RANDOM_HUE_DEFAULTS CORNU_IMAGE_COLOR_DEFAULTS
CORNU_API cornu_layer *cornu_layer_random_hue_new(const cornu_image_color_args *args);
/* gives the negative with this probability. */
typedef cornu_image_color_args cornu_layer_random_invert_args;
#define CORNU_LAYER_RANDOM_INVERT_DEFAULTS CORNU_IMAGE_COLOR_DEFAULTS
CORNU_API cornu_layer *cornu_layer_random_invert_new(const cornu_image_color_args *args);
/* keeps so many bits of eight, 1 .. 8. */
typedef cornu_image_color_args cornu_layer_random_posterization_args;
#define CORNU_LAYER_RANDOM_POSTERIZATION_DEFAULTS CORNU_IMAGE_COLOR_DEFAULTS
CORNU_API cornu_layer *cornu_layer_random_posterization_new(const cornu_image_color_args *args);
/* 0 grey, 0.5 as it is, 1 fully saturated. */
typedef cornu_image_color_args cornu_layer_random_saturation_args;
#define CORNU_LAYER_RANDOM_SATURATION_DEFAULTS CORNU_IMAGE_COLOR_DEFAULTS
CORNU_API cornu_layer *cornu_layer_random_saturation_new(const cornu_image_color_args *args);
/* 0 blurred, 0.5 as it is, 1 sharpened. */
typedef cornu_image_color_args cornu_layer_random_sharpness_args;
#define CORNU_LAYER_RANDOM_SHARPNESS_DEFAULTS CORNU_IMAGE_COLOR_DEFAULTS
CORNU_API cornu_layer *cornu_layer_random_sharpness_new(const cornu_image_color_args *args);

/* Stretches the values of each channel of each image over the whole range, in training and outside.
 * keras/src/layers/preprocessing/image_preprocessing/auto_contrast.py */
typedef struct cornu_layer_auto_contrast_args {
    CORNU_LAYER_ARGS(cornu_layer_auto_contrast_args);
    CORNU_ARG(cornu_floats, value_range, {}); /* 0 to 255 */
} cornu_layer_auto_contrast_args;
#define CORNU_LAYER_AUTO_CONTRAST_DEFAULTS CORNU_LAYER_DEFAULTS(cornu_layer_auto_contrast_args)
CORNU_API cornu_layer *cornu_layer_auto_contrast_new(const cornu_layer_auto_contrast_args *args);

/* Makes images grey with the probability `factor`, in training. */
typedef struct cornu_layer_random_grayscale_args {
    CORNU_LAYER_ARGS(cornu_layer_random_grayscale_args);
    CORNU_ARG(double, factor, 0.5);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_random_grayscale_args;
#define CORNU_LAYER_RANDOM_GRAYSCALE_DEFAULTS                                                      \
    CORNU_LAYER_DEFAULTS(cornu_layer_random_grayscale_args), .factor = 0.5, .seed = CORNU_NONE,    \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_random_grayscale_new(
    const cornu_layer_random_grayscale_args *args
);

/* Adds a number to images and turns what is at a threshold or above it into its negative, in
 * training. Both numbers are drawn from 0 (or the first factor) to 255 times the factor. */
typedef struct cornu_layer_solarization_args {
    CORNU_LAYER_ARGS(cornu_layer_solarization_args);
    CORNU_ARG(cornu_floats, addition_factor, {});  /* 0 */
    CORNU_ARG(cornu_floats, threshold_factor, {}); /* 0 */
    CORNU_ARG(cornu_floats, value_range, {});      /* 0 to 255 */
    CORNU_ARG(int64_t, seed, CORNU_NONE);
} cornu_layer_solarization_args;
#define CORNU_LAYER_SOLARIZATION_DEFAULTS                                                          \
    CORNU_LAYER_DEFAULTS(cornu_layer_solarization_args), .seed = CORNU_NONE
CORNU_API cornu_layer *cornu_layer_solarization_new(const cornu_layer_solarization_args *args);

/* In training a window of images at a random place, the same for a whole batch; images that are no
 * larger than it are cut to its ratio and resized. Outside of training images stay as they are.
 * keras/src/layers/preprocessing/image_preprocessing/random_crop.py */
typedef struct cornu_layer_random_crop_args {
    CORNU_LAYER_ARGS(cornu_layer_random_crop_args);
    CORNU_ARG(int64_t, height, 0); /* must be given, both */
    CORNU_ARG(int64_t, width, 0);
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_random_crop_args;
#define CORNU_LAYER_RANDOM_CROP_DEFAULTS                                                           \
    CORNU_LAYER_DEFAULTS(cornu_layer_random_crop_args), .seed = CORNU_NONE,                        \
    .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_random_crop_new(const cornu_layer_random_crop_args *args);

/* Mirrors images at random in training: "horizontal", "vertical" or "horizontal_and_vertical". */
typedef struct cornu_layer_random_flip_args {
    CORNU_LAYER_ARGS(cornu_layer_random_flip_args);
    CORNU_ARG(const char *, mode, "horizontal_and_vertical");
    CORNU_ARG(int64_t, seed, CORNU_NONE);
    CORNU_ARG(const char *, data_format, "channels_last");
} cornu_layer_random_flip_args;
#define CORNU_LAYER_RANDOM_FLIP_DEFAULTS                                                           \
    CORNU_LAYER_DEFAULTS(cornu_layer_random_flip_args), .mode = "horizontal_and_vertical",         \
    .seed = CORNU_NONE, .data_format = "channels_last"
CORNU_API cornu_layer *cornu_layer_random_flip_new(const cornu_layer_random_flip_args *args);

/* Moves, turns, scales or shears images at random in training; what comes from outside is filled:
 * fill_mode "reflect", "wrap", "nearest" or "constant". Interpolation "bilinear" or "nearest".
 * keras/src/layers/preprocessing/image_preprocessing/random_translation.py, ... */
#define CORNU_IMAGE_MOVE_ARGS_                                                                     \
    CORNU_ARG(const char *, fill_mode, "reflect");                                                 \
    CORNU_ARG(const char *, interpolation, "bilinear");                                            \
    CORNU_ARG(int64_t, seed, CORNU_NONE);                                                          \
    CORNU_ARG(double, fill_value, 0);                                                              \
    CORNU_ARG(const char *, data_format, "channels_last")
#define CORNU_IMAGE_MOVE_DEFAULTS_(args)                                                           \
    CORNU_LAYER_DEFAULTS(args), .fill_mode = "reflect", .interpolation = "bilinear",               \
    .seed = CORNU_NONE, .data_format = "channels_last"
/* By shares of height and width, down and to the right. */
typedef struct cornu_layer_random_translation_args {
    CORNU_LAYER_ARGS(cornu_layer_random_translation_args);
    CORNU_ARG(cornu_floats, height_factor, {}); /* must be given, both; -1 .. 1 */
    CORNU_ARG(cornu_floats, width_factor, {});
    CORNU_IMAGE_MOVE_ARGS_;
} cornu_layer_random_translation_args;
#define CORNU_LAYER_RANDOM_TRANSLATION_DEFAULTS                                                    \
    CORNU_IMAGE_MOVE_DEFAULTS_(cornu_layer_random_translation_args)
CORNU_API cornu_layer *cornu_layer_random_translation_new(
    const cornu_layer_random_translation_args *args
);
/* By shares of a whole turn, against the clock. */
typedef struct cornu_layer_random_rotation_args {
    CORNU_LAYER_ARGS(cornu_layer_random_rotation_args);
    CORNU_ARG(cornu_floats, factor, {}); /* must be given; -1 .. 1 */
    CORNU_IMAGE_MOVE_ARGS_;
} cornu_layer_random_rotation_args;
#define CORNU_LAYER_RANDOM_ROTATION_DEFAULTS                                                       \
    CORNU_IMAGE_MOVE_DEFAULTS_(cornu_layer_random_rotation_args)
CORNU_API cornu_layer *cornu_layer_random_rotation_new(
    const cornu_layer_random_rotation_args *args
);
/* Out (positive) or in, by shares of the size; without width_factor both sides alike. */
typedef struct cornu_layer_random_zoom_args {
    CORNU_LAYER_ARGS(cornu_layer_random_zoom_args);
    CORNU_ARG(cornu_floats, height_factor, {}); /* must be given; -1 .. 1 */
    CORNU_ARG(cornu_floats, width_factor, {});
    CORNU_IMAGE_MOVE_ARGS_;
} cornu_layer_random_zoom_args;
#define CORNU_LAYER_RANDOM_ZOOM_DEFAULTS CORNU_IMAGE_MOVE_DEFAULTS_(cornu_layer_random_zoom_args)
CORNU_API cornu_layer *cornu_layer_random_zoom_new(const cornu_layer_random_zoom_args *args);
/* Along both axes, either way. */
typedef struct cornu_layer_random_shear_args {
    CORNU_LAYER_ARGS(cornu_layer_random_shear_args);
    CORNU_ARG(cornu_floats, x_factor, {}); /* 0 .. 1; 0 unless given */
    CORNU_ARG(cornu_floats, y_factor, {});
    CORNU_IMAGE_MOVE_ARGS_;
} cornu_layer_random_shear_args;
#define CORNU_LAYER_RANDOM_SHEAR_DEFAULTS CORNU_IMAGE_MOVE_DEFAULTS_(cornu_layer_random_shear_args)
CORNU_API cornu_layer *cornu_layer_random_shear_new(const cornu_layer_random_shear_args *args);

#ifndef __cplusplus
#define cornu_layer_random_brightness(...)                                                         \
    CORNU_LAYER_KW_(random_brightness, RANDOM_BRIGHTNESS, .factor = __VA_ARGS__)
#define cornu_layer_random_color_degeneration(...)                                                 \
    CORNU_LAYER_KW_(random_color_degeneration, RANDOM_COLOR_DEGENERATION, .factor = __VA_ARGS__)
#define cornu_layer_random_contrast(...)                                                           \
    CORNU_LAYER_KW_(random_contrast, RANDOM_CONTRAST, .factor = __VA_ARGS__)
#define cornu_layer_random_hue(...)                                                                \
    CORNU_LAYER_KW_(random_hue, RANDOM_HUE, .factor = __VA_ARGS__)
#define cornu_layer_random_invert(...)                                                             \
    CORNU_LAYER_KW_(random_invert, RANDOM_INVERT, .factor = __VA_ARGS__)
#define cornu_layer_random_posterization(...)                                                      \
    CORNU_LAYER_KW_(random_posterization, RANDOM_POSTERIZATION, .factor = __VA_ARGS__)
#define cornu_layer_random_saturation(...)                                                         \
    CORNU_LAYER_KW_(random_saturation, RANDOM_SATURATION, .factor = __VA_ARGS__)
#define cornu_layer_random_sharpness(...)                                                          \
    CORNU_LAYER_KW_(random_sharpness, RANDOM_SHARPNESS, .factor = __VA_ARGS__)
#define cornu_layer_auto_contrast(...)                                                             \
    CORNU_LAYER_KW_(auto_contrast, AUTO_CONTRAST, __VA_ARGS__)
#define cornu_layer_random_grayscale(...)                                                          \
    CORNU_LAYER_KW_(random_grayscale, RANDOM_GRAYSCALE, __VA_ARGS__)
#define cornu_layer_solarization(...) CORNU_LAYER_KW_(solarization, SOLARIZATION, __VA_ARGS__)
#define cornu_layer_random_crop(...)                                                               \
    CORNU_LAYER_KW_(random_crop, RANDOM_CROP, .height = __VA_ARGS__)
#define cornu_layer_random_flip(...) CORNU_LAYER_KW_(random_flip, RANDOM_FLIP, __VA_ARGS__)
#define cornu_layer_random_translation(...)                                                        \
    CORNU_LAYER_KW_(random_translation, RANDOM_TRANSLATION, .height_factor = __VA_ARGS__)
#define cornu_layer_random_rotation(...)                                                           \
    CORNU_LAYER_KW_(random_rotation, RANDOM_ROTATION, .factor = __VA_ARGS__)
#define cornu_layer_random_zoom(...)                                                               \
    CORNU_LAYER_KW_(random_zoom, RANDOM_ZOOM, .height_factor = __VA_ARGS__)
#define cornu_layer_random_shear(...) CORNU_LAYER_KW_(random_shear, RANDOM_SHEAR, __VA_ARGS__)
#define cornu_layer_stft_spectrogram(...)                                                          \
    CORNU_LAYER_KW_(stft_spectrogram, STFT_SPECTROGRAM, __VA_ARGS__)
#define cornu_layer_mel_spectrogram(...)                                                           \
    CORNU_LAYER_KW_(mel_spectrogram, MEL_SPECTROGRAM, __VA_ARGS__)
#define cornu_layer_string_lookup(...)                                                             \
    CORNU_LAYER_KW_(string_lookup, STRING_LOOKUP, __VA_ARGS__)
#define cornu_layer_integer_lookup(...)                                                            \
    CORNU_LAYER_KW_(integer_lookup, INTEGER_LOOKUP, __VA_ARGS__)
#define cornu_layer_hashing(...) CORNU_LAYER_KW_(hashing, HASHING, .num_bins = __VA_ARGS__)
#define cornu_layer_hashed_crossing(...)                                                           \
    CORNU_LAYER_KW_(hashed_crossing, HASHED_CROSSING, .num_bins = __VA_ARGS__)
#define cornu_layer_text_vectorization(...)                                                        \
    CORNU_LAYER_KW_(text_vectorization, TEXT_VECTORIZATION, __VA_ARGS__)
#define cornu_layer_rescaling(...) CORNU_LAYER_KW_(rescaling, RESCALING, .scale = __VA_ARGS__)
#define cornu_layer_normalization(...) CORNU_LAYER_KW_(normalization, NORMALIZATION, __VA_ARGS__)
#define cornu_layer_center_crop(...)                                                               \
    CORNU_LAYER_KW_(center_crop, CENTER_CROP, .height = __VA_ARGS__)
#define cornu_layer_resizing(...) CORNU_LAYER_KW_(resizing, RESIZING, .height = __VA_ARGS__)
#define cornu_layer_category_encoding(...)                                                         \
    CORNU_LAYER_KW_(category_encoding, CATEGORY_ENCODING, .num_tokens = __VA_ARGS__)
#define cornu_layer_discretization(...)                                                            \
    CORNU_LAYER_KW_(discretization, DISCRETIZATION, __VA_ARGS__)
#endif

#ifdef __cplusplus
}
#endif
#endif
