/* Pictures: decoding, one file per format, and resizing. */
#ifndef CORNU_DATA_IMAGE_H
#define CORNU_DATA_IMAGE_H

#include <cornu/data.h>

/* The most elements that an image may have: a file of a few bytes can announce any size. */
#define CORNU_IMAGE_LIMIT ((int64_t)1 << 30)
/* Is a picture not too large, and can a file of `size` bytes hold it, if a byte stands for at most
 * `per_byte` pixels? CORNU_EFORMAT. A few hundred bytes can claim a gigabyte otherwise. */
cornu_status cornu_image_claim_(
    const char *format, int64_t width, int64_t height, int channels, size_t size, int64_t per_byte
);

/* uint8 [height, width, channels] of a whole file in memory; `channels` 1, 3, 4, or 0 as the file
 * has them; *new*. CORNU_EFORMAT; CORNU_EUNSUPPORTED if cornu was built without the library. */
cornu_tensor *cornu_png_decode_(const char *bytes, size_t size, int channels);
cornu_tensor *cornu_jpeg_decode_(const char *bytes, size_t size, int channels);

typedef struct cornu_image_fit {
    int64_t height, width;
    bool nearest;         /* otherwise bilinear, or */
    const char *smoother; /* "bicubic", "lanczos3", "lanczos5"; NULL: none of them */
    bool crop, pad;
} cornu_image_fit;
/* Writes [height, width, channels] float32 of a uint8 image of as many channels. */
cornu_status
cornu_image_resize_(const cornu_tensor *image, const cornu_image_fit *fit, float *to);

#endif
