/* PNG through libpng. http://www.libpng.org/pub/png/spec/1.2/ */
#include "base/memory.h"
#include "data/image.h"
#include "tensor/tensor.h"
#include <string.h>

#ifdef CORNU_HAVE_PNG
#include <png.h>
#include <setjmp.h>

/* What a byte can unpack to: deflate makes at most 1032 of one. */
enum { most_bits = 8 * 1100 };

typedef struct reading {
    const char *bytes;
    size_t size, at;
    int channels;
    char message[160]; /* of libpng's error */
    cornu_tensor *image;
    png_bytep *rows;
} reading;

static void on_error(png_structp png, png_const_charp text) {
    reading *self = png_get_error_ptr(png);
    strncpy(self->message, text, sizeof self->message - 1);
    png_longjmp(png, 1);
}

static void on_warning(png_structp png, png_const_charp text) { (void)png, (void)text; }

static void on_read(png_structp png, png_bytep to, size_t count) {
    reading *self = png_get_io_ptr(png);
    if (count > self->size - self->at) png_error(png, "the file is cut short");
    memcpy(to, self->bytes + self->at, count);
    self->at += count;
}

/* What libpng is to make of the file's pixels: 8 bits in the channels that are wanted. */
static int set_transforms(png_structp png, png_infop info, int channels) {
    int color = png_get_color_type(png, info);
    bool transparent = png_get_valid(png, info, PNG_INFO_tRNS) != 0;
    bool gray = !(color & PNG_COLOR_MASK_COLOR);
    if (channels == 0) {
        bool alpha = (color & PNG_COLOR_MASK_ALPHA) || transparent;
        channels = alpha ? 4 : gray ? 1 : 3;
    }
    png_set_scale_16(png);
    if (color == PNG_COLOR_TYPE_PALETTE) png_set_palette_to_rgb(png);
    if (gray) png_set_expand_gray_1_2_4_to_8(png);
    if (transparent) png_set_tRNS_to_alpha(png);
    if (channels == 1 && !gray) png_set_rgb_to_gray(png, PNG_ERROR_ACTION_NONE, 0.299, 0.587);
    if (channels >= 3 && gray) png_set_gray_to_rgb(png);
    if (channels == 4) png_set_add_alpha(png, 255, PNG_FILLER_AFTER);
    else png_set_strip_alpha(png);
    (void)png_set_interlace_handling(png);
    png_read_update_info(png, info);
    return channels;
}

/* Everything that libpng may jump out of. */
static cornu_status decode(reading *self, png_structp png, png_infop info) {
    if (setjmp(png_jmpbuf(png))) CORNU_FAIL(CORNU_EFORMAT, "damaged PNG: %s", self->message);
    png_set_read_fn(png, self, on_read);
    png_set_user_limits(png, 1 << 16, 1 << 16);
    png_read_info(png, info);
    int bits = png_get_bit_depth(png, info) * png_get_channels(png, info);
    self->channels = set_transforms(png, info, self->channels);
    png_uint_32 width = png_get_image_width(png, info), height = png_get_image_height(png, info);
    size_t row = (size_t)width * (size_t)self->channels;
    if (png_get_rowbytes(png, info) != row)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "a PNG of an unusual kind");
    CORNU_TRY(cornu_image_claim_("PNG", width, height, self->channels, self->size, most_bits / bits)
    );
    cornu_shape shape = cornu_shape(height, width, self->channels);
    self->image = cornu_tensor_new(CORNU_UINT8, shape);
    self->rows = cornu_alloc_array_(height, sizeof *self->rows);
    if (!self->image || !self->rows) return cornu_error_status();
    for (png_uint_32 i = 0; i < height; i++)
        self->rows[i] = (png_bytep)self->image->storage->data + i * row;
    png_read_image(png, self->rows);
    png_read_end(png, NULL);
    return CORNU_OK;
}

cornu_tensor *cornu_png_decode_(const char *bytes, size_t size, int channels) {
    reading self = {.bytes = bytes, .size = size, .channels = channels};
    png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &self, on_error, on_warning);
    png_infop info = png ? png_create_info_struct(png) : NULL;
    cornu_status status = info ? decode(&self, png, info)
                               : cornu_error_set(CORNU_ENOMEM, __FILE__, __LINE__, "libpng");
    png_destroy_read_struct(&png, &info, NULL);
    cornu_free_(self.rows);
    if (status == CORNU_OK) return self.image;
    cornu_tensor_free(self.image);
    return NULL;
}

#else

cornu_tensor *cornu_png_decode_(const char *bytes, size_t size, int channels) {
    (void)bytes, (void)size, (void)channels;
    CORNU_FAIL_NULL(CORNU_EUNSUPPORTED, "cornu was built without libpng (Debian: libpng-dev)");
}

#endif
