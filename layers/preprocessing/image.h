/* What the layers for images share. */
#ifndef CORNU_LAYERS_PREPROCESSING_IMAGE_H
#define CORNU_LAYERS_PREPROCESSING_IMAGE_H

#include <cornu/layers/preprocessing.h>

/* Checks "channels_last" or "channels_first", and positive sizes. */
cornu_status cornu_image_check_(int64_t height, int64_t width, const char *data_format);
/* The axes of rows and columns of one image or several; CORNU_ESHAPE for other ranks. */
cornu_status cornu_image_axes_(
    cornu_tensor *x, const char *data_format, int *rows, int *columns
);
/* The window of `size` that begins at `start` along an axis. */
cornu_tensor *cornu_image_window_(cornu_tensor *x, int axis, int64_t start, int64_t size);
/* The largest window in the middle that has the ratio of height and width. */
cornu_tensor *cornu_image_crop_(
    cornu_tensor *x, int rows, int columns, int64_t height, int64_t width
);
/* A border that gives the image that ratio. */
cornu_tensor *cornu_image_pad_(
    cornu_tensor *x, int rows, int columns, int64_t height, int64_t width, double value
);

#endif
