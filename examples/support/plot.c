/* Pictures through gnuplot: a picture is a gnuplot script with its data inside. See the header. */
#include "plot.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The data blocks come first in a script, the command that draws them last; both grow at once, so
 * each has a file of its own until plot_write joins them. */
struct plot {
    FILE *data;
    FILE *command;
    int series;  /* data blocks so far */
    size_t rows; /* of a page of images; 0: a picture of curves */
    size_t columns;
};

plot *plot_new(const char *title, const char *x_label, const char *y_label) {
    plot *p = calloc(1, sizeof *p);
    if (p != NULL) {
        p->data = tmpfile();
        p->command = tmpfile();
    }
    if (p == NULL || p->data == NULL || p->command == NULL) {
        fprintf(stderr, "no picture '%s': a temporary file cannot be opened\n", title);
        if (p != NULL && p->data != NULL) fclose(p->data);
        free(p);
        return NULL;
    }
    fprintf(p->data, "set encoding utf8\nset title '%s'\n", title);
    fprintf(p->data, "set xlabel '%s'\nset ylabel '%s'\n", x_label, y_label);
    fprintf(p->data, "set grid\nset key outside below\n");
    return p;
}

/* Opens a data block and says how it is to be drawn. */
static void begin_series(plot *p, plot_style style, const char *label) {
    static const char *const styles[] = {
        [PLOT_POINTS] = "points pointtype 7 pointsize 0.5",
        [PLOT_LINE] = "lines linewidth 2",
        [PLOT_DASHES] = "lines linewidth 2 dashtype 2",
    };
    fprintf(p->data, "$series%d << END\n", p->series);
    fprintf(
        p->command, "%s$series%d using 1:2 with %s title '%s'", p->series == 0 ? "plot " : ", ",
        p->series, styles[style], label
    );
    p->series++;
}

static void end_series(plot *p) { fprintf(p->data, "END\n"); }

void plot_series(
    plot *p, plot_style style, const char *label, const double *x, const double *y, size_t count
) {
    if (p == NULL) return;
    begin_series(p, style, label);
    for (size_t i = 0; i < count; i++)
        fprintf(p->data, "%.9g %.9g\n", x != NULL ? x[i] : (double)i, y[i]);
    end_series(p);
}

void plot_tensors(
    plot *p, plot_style style, const char *label, const cornu_tensor *x, const cornu_tensor *y
) {
    if (p == NULL) return;
    begin_series(p, style, label);
    for (int64_t i = 0; i < cornu_tensor_size(x); i++)
        fprintf(p->data, "%.9g %.9g\n", cornu_tensor_get(x, i), cornu_tensor_get(y, i));
    end_series(p);
}

void plot_history(plot *p, const cornu_history *history, const char *name, const char *label) {
    if (p == NULL) return;
    begin_series(p, PLOT_LINE, label);
    for (size_t i = 0; i < cornu_history_epochs(history); i++)
        fprintf(
            p->data, "%lld %.9g\n", (long long)cornu_history_epoch(history, i) + 1,
            cornu_history_get(history, name, i)
        );
    end_series(p);
    fprintf(p->data, "set xtics 1\n");
}

void plot_images(
    plot *p, const cornu_tensor *images, size_t count, size_t columns, char *const *captions,
    const bool *wrong
) {
    if (p == NULL) return;
    size_t height = (size_t)cornu_tensor_dim(images, 1),
           width = (size_t)cornu_tensor_dim(images, 2);
    size_t rows = (count + columns - 1) / columns;
    const unsigned char *pixels = cornu_tensor_data(images);

    /* the page is one grey image of cells with a margin around, and room for a caption below */
    size_t cell_height = height + 8, cell_width = width + 8;
    fprintf(p->data, "$page << END\n");
    for (size_t y = 0; y < rows * cell_height; y++) {
        for (size_t x = 0; x < columns * cell_width; x++) {
            size_t image = y / cell_height * columns + x / cell_width;
            size_t row = y % cell_height, column = x % cell_width - 4; /* wraps left of the image */
            bool inside = image < count && row < height && column < width;
            fprintf(
                p->data, "%d ", inside ? 255 - pixels[(image * height + row) * width + column] : 255
            );
        }
        fprintf(p->data, "\n");
    }
    fprintf(p->data, "END\n");
    for (size_t i = 0; i < count; i++)
        fprintf(
            p->data, "set label '%s' at %zu,%zu center front font ',9' textcolor rgb '%s'\n",
            captions[i], i % columns * cell_width + cell_width / 2,
            i / columns * cell_height + height + 3, wrong[i] ? "#c00000" : "#000000"
        );
    fprintf(
        p->data, "set palette gray\nset cbrange [0:255]\nunset colorbox\nunset key\nunset tics\n"
                 "unset border\nunset grid\nset size ratio -1\nset yrange [*:*] reverse\n"
    );
    fprintf(p->command, "plot $page matrix with image");
    p->rows = rows;
    p->columns = columns;
}

static void copy(FILE *from, FILE *to) {
    char block[4096];
    size_t size;
    rewind(from);
    while ((size = fread(block, 1, sizeof block, from)) > 0) fwrite(block, 1, size, to);
}

/* Writes the whole script: the data, then the drawing once for each kind of file. */
static bool write_script(plot *p, const char *path, const char *name) {
    static const char *const terminals[][2] = {{"pngcairo", "png"}, {"svg", "svg"}};
    FILE *script = fopen(path, "w");
    if (script == NULL) return false;
    size_t width = p->rows > 0 ? 124 * p->columns : 800;
    size_t height = p->rows > 0 ? 130 * p->rows + 40 : 500;
    copy(p->data, script);
    for (size_t i = 0; i < 2; i++) {
        fprintf(
            script, "set terminal %s noenhanced background rgb 'white' size %zu,%zu\n",
            terminals[i][0], width, height
        );
        fprintf(script, "set output '%s.%s'\n", name, terminals[i][1]);
        copy(p->command, script);
        fprintf(script, "\n");
    }
    bool written = !ferror(script);
    return fclose(script) == 0 && written;
}

void plot_write(plot *p, const char *name) {
    char script[256], command[600];
    if (p == NULL) return;
    snprintf(script, sizeof script, "%s.gp", name);
    bool written = write_script(p, script, name);
    fclose(p->data);
    fclose(p->command);
    free(p);
    if (!written) {
        fprintf(stderr, "no picture %s: %s cannot be written\n", name, script);
        return;
    }

    snprintf(
        command, sizeof command, "command -v gnuplot >/dev/null || exit 127; gnuplot '%s'", script
    );
    fflush(NULL); /* the program that is started must not print before us */
    if (system(command) == 0) {
        remove(script);
        printf("Wrote %s.png and %s.svg\n", name, name);
    } else {
        printf("No pictures %s.png, %s.svg: draw them with 'gnuplot %s'\n", name, name, script);
    }
}
