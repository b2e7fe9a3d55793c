/* What the layers that change images at random share.
 * keras/src/layers/preprocessing/image_preprocessing/base_image_preprocessing_layer.py */
#ifndef CORNU_LAYERS_PREPROCESSING_IMAGE_RANDOM_H
#define CORNU_LAYERS_PREPROCESSING_IMAGE_RANDOM_H

#include <cornu/layers/preprocessing.h>

/* Numbers that are drawn: low to high. */
typedef struct cornu_draw {
    double low, high;
} cornu_draw;

/* The range that a factor stands for: one number f for -f to f, but not below the bounds; two for
 * what lies between them. None given: `missing`, or an error if that is NAN. All numbers must lie
 * within the bounds. */
cornu_status cornu_factor_read_(
    cornu_floats given, const char *name, cornu_draw bounds, double missing, cornu_draw *factor
);
/* The same where Keras' base class reads the factor: of two numbers the first may be below the
 * bounds and the second above. */
cornu_status cornu_base_factor_read_(
    cornu_floats given, const char *name, cornu_draw bounds, double missing, cornu_draw *factor
);
/* Writes it as Keras keeps it: a number, or a list of two. */
cornu_status cornu_factor_write_(cornu_config *config, const char *name, cornu_floats given);
/* The range of values, 0 to 255 unless given. */
cornu_status cornu_value_range_read_(cornu_floats given, cornu_draw *range);
cornu_status cornu_draw_write_(cornu_config *config, const char *name, cornu_draw draw);

/* One number for each image, [batch, 1, 1, 1], from a range that may be a single number. */
cornu_tensor *cornu_draw_each_(
    cornu_seed_generator *seeds, const cornu_tensor *images, cornu_draw draw
);
/* Images in the type of the layer, as a batch: *single says that there was but one.
 * CORNU_ESHAPE. */
cornu_tensor *cornu_images_(const cornu_layer *layer, cornu_tensor *x, bool *single);
/* Back to one image, if it was one. */
cornu_tensor *cornu_images_back_(cornu_tensor *images, bool single);
/* (x - from.low) / (from.high - from.low) stretched over `to`. */
cornu_tensor *cornu_change_range_(cornu_tensor *x, cornu_draw from, cornu_draw to);

/* ---- layers for colours: one factor, one range of values ---- */
typedef struct cornu_color_layer {
    cornu_layer base;
    cornu_image_color_args args;
    cornu_draw factor, range;
    cornu_seed_generator *seeds;
    bool channels_first;
} cornu_color_layer;
extern const cornu_image_color_args cornu_color_defaults_;
extern const cornu_field cornu_color_fields_[];
enum { CORNU_COLOR_FIELD_COUNT = 7 };
cornu_status cornu_color_init_(void *object, cornu_draw bounds, double missing);
cornu_status cornu_color_get_config_(const void *object, cornu_config *config);
/* `change` gets a batch of images in the type of the layer; outside of training it is not asked. */
typedef cornu_tensor *cornu_color_change(const cornu_color_layer *self, cornu_tensor *images);
cornu_tensor *cornu_color_call_(
    cornu_layer *layer, cornu_tensor *x, const cornu_call_context *context,
    cornu_color_change *change
);
/* The members of such a class besides name and init. */
#define CORNU_COLOR_CLASS_                                                                         \
    .size = sizeof(cornu_color_layer), .args_offset = offsetof(cornu_color_layer, args),           \
    .defaults = &cornu_color_defaults_, .fields = cornu_color_fields_,                             \
    .field_count = CORNU_COLOR_FIELD_COUNT, .get_config = cornu_color_get_config_, .call = call

/* ---- colours (keras/src/ops/image.py) ---- */
/* One grey channel in place of three. */
cornu_tensor *cornu_rgb_to_grayscale_(cornu_tensor *images, bool channels_first);
/* The three channels, each with the axis of channels of size 1. CORNU_ESHAPE. */
cornu_status cornu_channels_(cornu_tensor *images, bool channels_first, cornu_tensor *channels[3]);
void cornu_rgb_to_hsv_(cornu_tensor *const rgb[3], cornu_tensor *hsv[3]);
/* Joined to images again. */
cornu_tensor *cornu_hsv_to_rgb_(cornu_tensor *const hsv[3], bool channels_first);

/* ---- layers that move pixels ---- */
typedef struct cornu_move {
    bool nearest; /* interpolation */
    enum { CORNU_FILL_REFLECT, CORNU_FILL_WRAP, CORNU_FILL_NEAREST, CORNU_FILL_CONSTANT } fill;
    double value;
    bool channels_first;
    cornu_seed_generator *seeds;
} cornu_move;
cornu_status cornu_move_read_(
    cornu_layer *layer, const char *fill_mode, const char *interpolation, double fill_value,
    int64_t seed, const char *data_format, cornu_move *move
);
/* The pixel at (x, y) of the result is that at (a0 x + a1 y + a2, b0 x + b1 y + b2) of the image:
 * `matrix` has those six, each [batch, 1, 1] or a scalar. keras.ops.image.affine_transform */
cornu_tensor *cornu_affine_(
    const cornu_move *move, cornu_tensor *images, cornu_tensor *const matrix[6]
);
/* The pixels at places (x, y), each [batch, rows, columns], of images [batch, rows, columns,
 * channels] with a pixel or more, whatever the format. keras.ops.image.map_coordinates */
cornu_tensor *cornu_pixels_at_(
    const cornu_move *move, cornu_tensor *images, cornu_tensor *x, cornu_tensor *y
);

#endif
