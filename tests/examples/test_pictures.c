/* The pictures that the examples drew, in the scratch folders of their tests, which run before. */
#include "support/support.h"

#include <png.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *example, *name;
    unsigned width, height;
} pictures[] = {
    {"01_basic_training_loops", "linear_data", 800, 500},
    {"01_basic_training_loops", "linear_predictions", 800, 500},
    {"01_basic_training_loops", "linear_weights", 800, 500},
    {"02_fashion_mnist", "fashion_loss", 800, 500},
    {"02_fashion_mnist", "fashion_accuracy", 800, 500},
    {"02_fashion_mnist", "fashion_predictions", 8 * 124, 5 * 130 + 40},
    {"06_convnet", "convnet_accuracy", 800, 500},
    {"09_autoencoder", "autoencoder", 10 * 124, 2 * 130 + 40},
    {"10_time_series", "forecast", 800, 500},
};

/* Where gnuplot is missing, the example leaves the script instead. */
static bool left_undrawn(const char *folder, const char *name) {
    char path[256];
    snprintf(path, sizeof path, "%s/%s.gp", folder, name);
    FILE *script = fopen(path, "r");
    if (script != NULL) fclose(script);
    return script != NULL;
}

START_TEST(every_picture_is_drawn_as_png_and_svg) {
    char folder[128], path[256];
    snprintf(folder, sizeof folder, "../example_%s", pictures[_i].example);
    if (left_undrawn(folder, pictures[_i].name)) return;

    png_image image = {.version = PNG_IMAGE_VERSION};
    snprintf(path, sizeof path, "%s/%s.png", folder, pictures[_i].name);
    ck_assert_msg(png_image_begin_read_from_file(&image, path), "%s: %s", path, image.message);
    ck_assert_uint_eq(image.width, pictures[_i].width);
    ck_assert_uint_eq(image.height, pictures[_i].height);
    image.format = PNG_FORMAT_GRAY;
    unsigned char *pixels = malloc(PNG_IMAGE_SIZE(image));
    ck_assert_ptr_nonnull(pixels);
    ck_assert_msg(png_image_finish_read(&image, NULL, pixels, 0, NULL), "%s", image.message);
    size_t dark = 0, size = PNG_IMAGE_SIZE(image);
    for (size_t i = 0; i < size; i++) dark += pixels[i] < 200;
    ck_assert_uint_gt(dark, size / 200); /* something stands on the white ground */
    ck_assert_uint_lt(dark, size / 2);
    free(pixels);

    char text[4096];
    snprintf(path, sizeof path, "%s/%s.svg", folder, pictures[_i].name);
    FILE *svg = fopen(path, "r");
    ck_assert_msg(svg != NULL, "%s is missing", path);
    text[fread(text, 1, sizeof text - 1, svg)] = '\0';
    ck_assert_ptr_nonnull(strstr(text, "<svg"));
    ck_assert_int_eq(fseek(svg, -10, SEEK_END), 0);
    text[fread(text, 1, sizeof text - 1, svg)] = '\0';
    ck_assert_ptr_nonnull(strstr(text, "</svg>"));
    fclose(svg);
}
END_TEST

CORNU_TESTS(pictures) {
    TCase *tc = cornu_test_case(suite, "pictures");
    tcase_add_loop_test(
        tc, every_picture_is_drawn_as_png_and_svg, 0, (int)(sizeof pictures / sizeof pictures[0])
    );
}
