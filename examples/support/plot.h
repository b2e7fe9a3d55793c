/* Pictures for the examples: curves, points and pages of small images, drawn by the program
 * gnuplot.
 *
 *     plot *p = plot_new("Loss", "epoch", "loss");
 *     plot_history(p, history, "loss", "training");
 *     plot_history(p, history, "val_loss", "validation");
 *     plot_write(p, "loss");      writes loss.png and loss.svg, and frees p
 *
 * Where gnuplot is missing, plot_write says so and leaves its script (loss.gp) to be drawn
 * elsewhere; a picture is never a reason for an example to fail. */
#ifndef CORNU_EXAMPLES_PLOT_H
#define CORNU_EXAMPLES_PLOT_H

#include <cornu/cornu.h>

typedef struct plot plot;

typedef enum plot_style { PLOT_POINTS, PLOT_LINE, PLOT_DASHES } plot_style;

/* An empty picture; NULL, with a message, if its script cannot be written. All functions take NULL
 * and do nothing then. */
plot *plot_new(const char *title, const char *x_label, const char *y_label);

/* Adds `count` points (x[i], y[i]); x NULL: 0, 1, 2, ... */
void plot_series(
    plot *p, plot_style style, const char *label, const double *x, const double *y, size_t count
);

/* The same from two tensors of one size. */
void plot_tensors(
    plot *p, plot_style style, const char *label, const cornu_tensor *x, const cornu_tensor *y
);

/* Adds the value `name` of every epoch, counted from 1. */
void plot_history(
    plot *p, const cornu_history *history, const char *name, const char *label
);

/* Makes the picture a page of the first `count` grey images of `images`, uint8
 * [samples, height, width], `columns` in a row. captions[i] stands below image i, in red where
 * wrong[i] is true. */
void plot_images(
    plot *p, const cornu_tensor *images, size_t count, size_t columns, char *const *captions,
    const bool *wrong
);

/* Draws NAME.png and NAME.svg into the working directory and frees the picture. */
void plot_write(plot *p, const char *name);

#endif
