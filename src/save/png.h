/* Pictures as PNG, for event files. */
#ifndef CORNU_SAVE_PNG_H
#define CORNU_SAVE_PNG_H

#include <cornu/error.h>

/* The file of a picture of 1, 3 or 4 bytes per pixel, row by row; *new* (cornu_free_). */
cornu_status cornu_png_(
    const uint8_t *pixels, uint32_t width, uint32_t height, unsigned channels, uint8_t **file,
    size_t *size
);

#endif
