/* Pictures from files, whatever their format, and their size made another.
 * keras/src/utils/image_dataset_utils.py, load_image; tf.image.resize without antialiasing */
#include "data/image.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/object.h"
#include "tensor/tensor.h"
#include <cornu/ops.h>
#include <cornu/scope.h>
#include <math.h>
#include <string.h>

cornu_status cornu_image_claim_(
    const char *format, int64_t width, int64_t height, int channels, size_t size, int64_t per_byte
) {
    const int64_t always_fine = (int64_t)1 << 22; /* pixels */
    if (width * channels > CORNU_IMAGE_LIMIT / height)
        CORNU_FAIL(
            CORNU_EFORMAT, "a %s of %lld x %lld pixels is too large", format, (long long)width,
            (long long)height
        );
    if (width * height <= always_fine || width * height / per_byte <= (int64_t)size)
        return CORNU_OK;
    CORNU_FAIL(
        CORNU_EFORMAT, "damaged %s: %zu bytes cannot hold %lld x %lld pixels", format, size,
        (long long)width, (long long)height
    );
}

cornu_tensor *cornu_load_image(const char *path, int channels) {
    char *bytes;
    size_t size;
    cornu_tensor *image = NULL;
    if (channels != 0 && channels != 1 && channels != 3 && channels != 4)
        CORNU_FAIL_NULL(CORNU_EINVAL, "an image has 1, 3 or 4 channels, not %d", channels);
    if (cornu_file_read_(path, (size_t)1 << 30, &bytes, &size) != CORNU_OK) return NULL;
    if (size >= 8 && memcmp(bytes, "\x89PNG\r\n\x1a\n", 8) == 0)
        image = cornu_png_decode_(bytes, size, channels);
    else if (size >= 3 && memcmp(bytes, "\xff\xd8\xff", 3) == 0)
        image = cornu_jpeg_decode_(bytes, size, channels);
    else
        (void
        )cornu_error_set(CORNU_EUNSUPPORTED, __FILE__, __LINE__, "neither a PNG nor a JPEG file");
    cornu_free_(bytes);
    if (!image) (void)cornu_error_context("'%s'", path);
    return image;
}

/* The part of the image that is used; beyond its edges everything is black. */
typedef struct window {
    const cornu_tensor *image;
    int64_t top, left, height, width;
} window;

static window window_of(const cornu_tensor *image, const cornu_image_fit *fit) {
    int64_t height = image->shape.dims[0], width = image->shape.dims[1];
    window part = {image, 0, 0, height, width};
    int64_t by_width = (int64_t)((double)(width * fit->height) / (double)fit->width);
    int64_t by_height = (int64_t)((double)(height * fit->width) / (double)fit->height);
    if (fit->crop) {
        part.height = by_width < 1 ? 1 : by_width < height ? by_width : height;
        part.width = by_height < 1 ? 1 : by_height < width ? by_height : width;
        part.top = (height - part.height) / 2;
        part.left = (width - part.width) / 2;
    } else if (fit->pad) {
        part.height = by_width > height ? by_width : height;
        part.width = by_height > width ? by_height : width;
        part.top = -((part.height - height) / 2);
        part.left = -((part.width - width) / 2);
    }
    return part;
}

static float pixel(const window *part, int64_t y, int64_t x, int64_t channel) {
    const int64_t *dims = part->image->shape.dims;
    y += part->top;
    x += part->left;
    if (y < 0 || x < 0 || y >= dims[0] || x >= dims[1]) return 0;
    const uint8_t *data = part->image->storage->data;
    return data[(y * dims[1] + x) * dims[2] + channel];
}

/* Where a pixel of the result lies between two of the source: centres lie on centres. */
static void place(
    int64_t index, double scale, int64_t size, int64_t *low, int64_t *high, float *t
) {
    float at = ((float)index + 0.5f) * (float)scale - 0.5f, floored = floorf(at);
    *low = floored < 0 ? 0 : (int64_t)floored;
    *high = (int64_t)ceilf(at) < size - 1 ? (int64_t)ceilf(at) : size - 1;
    if (*high < 0) *high = 0;
    *t = at - floored;
}

static int64_t nearest(int64_t index, double scale, int64_t size) {
    int64_t at = (int64_t)floorf(((float)index + 0.5f) * (float)scale);
    return at < size - 1 ? at : size - 1;
}

static void resize_here(const window *part, const cornu_image_fit *fit, float *to) {
    int64_t channels = part->image->shape.dims[2];
    double down = (double)part->height / (double)fit->height;
    double across = (double)part->width / (double)fit->width;
    for (int64_t i = 0; i < fit->height; i++) {
        int64_t y0, y1;
        float v;
        place(i, down, part->height, &y0, &y1, &v);
        if (fit->nearest) y0 = nearest(i, down, part->height);
        for (int64_t k = 0; k < fit->width; k++) {
            int64_t x0, x1;
            float u;
            place(k, across, part->width, &x0, &x1, &u);
            if (fit->nearest) x0 = nearest(k, across, part->width);
            for (int64_t c = 0; c < channels; c++) {
                float a = pixel(part, y0, x0, c);
                if (fit->nearest) {
                    *to++ = a;
                    continue;
                }
                float b = pixel(part, y0, x1, c);
                float d = pixel(part, y1, x0, c), e = pixel(part, y1, x1, c);
                float top = a + (b - a) * u, bottom = d + (e - d) * u;
                *to++ = top + (bottom - top) * v;
            }
        }
    }
}

/* Wider kernels are those of the op. */
static cornu_status resize_by_op(const window *part, const cornu_image_fit *fit, float *to) {
    cornu_status status = CORNU_ENOMEM; /* if there is no memory for the scope itself */
    CORNU_SCOPE {
        int64_t channels = part->image->shape.dims[2];
        cornu_tensor *source = cornu_scope_add_(cornu_tensor_uninitialised_(
            CORNU_FLOAT32, cornu_shape(1, part->height, part->width, channels)
        ));
        float *values = source ? source->storage->data : NULL;
        for (int64_t i = 0; values && i < part->height; i++)
            for (int64_t k = 0; k < part->width; k++)
                for (int64_t c = 0; c < channels; c++) *values++ = pixel(part, i, k, c);
        cornu_tensor *made =
            cornu_op_image_resize(source, fit->height, fit->width, .interpolation = fit->smoother);
        status = made ? CORNU_OK : cornu_error_status();
        if (made) memcpy(to, cornu_tensor_data(made), (size_t)made->size * sizeof *to);
    }
    return status;
}

cornu_status cornu_image_resize_(const cornu_tensor *image, const cornu_image_fit *fit, float *to) {
    window part = window_of(image, fit);
    if (fit->smoother) return resize_by_op(&part, fit, to);
    resize_here(&part, fit, to);
    return CORNU_OK;
}
