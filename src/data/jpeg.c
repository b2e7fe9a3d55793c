/* JPEG through libjpeg-turbo. https://www.w3.org/Graphics/JPEG/itu-t81.pdf */
#include "base/memory.h"
#include "data/image.h"
#include "tensor/tensor.h"
#include <stdio.h>

#ifdef CORNU_HAVE_JPEG
#include <jerror.h>
#include <jpeglib.h>
#include <setjmp.h>

typedef struct errors {
    struct jpeg_error_mgr base;
    jmp_buf place;
    char message[JMSG_LENGTH_MAX];
} errors;

static void on_error(j_common_ptr codec) {
    errors *self = (errors *)codec->err;
    codec->err->format_message(codec, self->message);
    longjmp(self->place, 1);
}

/* Of the damage that the library papers over, data that are missing are not accepted. */
static void on_message(j_common_ptr codec, int level) {
    if (level < 0 && codec->err->msg_code == JWRN_JPEG_EOF) on_error(codec);
}

enum {
    /* a block of 8 x 8 takes at least one bit, which says that it is like the one before */
    most_pixels = 2 * 8 * 64,
    /* a progressive file goes over the whole picture again with each scan; cameras and programs
       make about ten, and the standard has room for some 190 */
    most_scans = 200
};

typedef struct reading {
    struct jpeg_decompress_struct codec;
    struct jpeg_progress_mgr progress;
    errors errors;
    int channels; /* wanted; 0: those of the file */
    cornu_tensor *image;
} reading;

static void on_progress(j_common_ptr codec) {
    if (((j_decompress_ptr)codec)->input_scan_number <= most_scans) return;
    errors *self = (errors *)codec->err;
    (void)snprintf(self->message, sizeof self->message, "more than %d scans", most_scans);
    longjmp(self->place, 1);
}

/* Everything that libjpeg may jump out of. */
static cornu_status decode(reading *self, const char *bytes, size_t size) {
    struct jpeg_decompress_struct *codec = &self->codec;
    if (setjmp(self->errors.place))
        CORNU_FAIL(CORNU_EFORMAT, "damaged JPEG: %s", self->errors.message);
    jpeg_create_decompress(codec);
    self->progress.progress_monitor = on_progress;
    codec->progress = &self->progress;
    jpeg_mem_src(codec, (const unsigned char *)bytes, (unsigned long)size);
    (void)jpeg_read_header(codec, TRUE);
    if (codec->num_components == 4)
        CORNU_FAIL(CORNU_EUNSUPPORTED, "JPEGs of four inks (CMYK) are not read");
    if (self->channels == 0) self->channels = codec->num_components == 1 ? 1 : 3;
    const int channels = self->channels;
    codec->out_color_space = channels == 1 ? JCS_GRAYSCALE : channels == 4 ? JCS_EXT_RGBA : JCS_RGB;
    int64_t width = codec->image_width, height = codec->image_height;
    CORNU_TRY(cornu_image_claim_("JPEG", width, height, channels, size, most_pixels));
    (void)jpeg_start_decompress(codec);
    self->image = cornu_tensor_new(CORNU_UINT8, cornu_shape(height, width, channels));
    if (!self->image) return cornu_error_status();
    while (codec->output_scanline < codec->output_height) {
        JSAMPROW row = (JSAMPROW)self->image->storage->data +
                       (size_t)codec->output_scanline * (size_t)(width * channels);
        (void)jpeg_read_scanlines(codec, &row, 1);
    }
    (void)jpeg_finish_decompress(codec);
    return CORNU_OK;
}

cornu_tensor *cornu_jpeg_decode_(const char *bytes, size_t size, int channels) {
    reading *self = cornu_alloc_(sizeof *self); /* not on the stack: longjmp would spoil it */
    if (!self) return NULL;
    self->channels = channels;
    self->codec.err = jpeg_std_error(&self->errors.base);
    self->errors.base.error_exit = on_error;
    self->errors.base.emit_message = on_message;
    cornu_status status = decode(self, bytes, size);
    cornu_tensor *image = self->image;
    jpeg_destroy_decompress(&self->codec);
    cornu_free_(self);
    if (status == CORNU_OK) return image;
    cornu_tensor_free(image);
    return NULL;
}

#else

cornu_tensor *cornu_jpeg_decode_(const char *bytes, size_t size, int channels) {
    (void)bytes, (void)size, (void)channels;
    CORNU_FAIL_NULL(
        CORNU_EUNSUPPORTED, "cornu was built without libjpeg (Debian: libjpeg62-turbo-dev)"
    );
}

#endif
