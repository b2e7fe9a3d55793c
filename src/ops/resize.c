/* Images in other sizes. keras/src/ops/image.py, Resize; the weights are those of
 * jax.image.scale_and_translate: centres of pixels stand at halves, weights that fall beyond the
 * border are left out and the others scaled up, and with antialias a kernel that makes an image
 * smaller is as much wider.
 *
 * Rows and columns are resampled one after the other, each by a matrix. */
#include <cornu/ops.h>

#include "base/memory.h"
#include "ops/axis_product.h"
#include "ops/promote.h"
#include "ops/stencil.h"
#include "ops/symbolic.h"

#include <math.h>
#include <string.h>

/* ---- kernels: the weight of a pixel at distance x >= 0 ---- */
static double triangle(double x) { return x < 1 ? 1 - x : 0; }

/* Keys' cubic with a = -1/2 */
static double cubic(double x) {
    if (x >= 2) return 0;
    return x >= 1 ? ((-0.5 * x + 2.5) * x - 4) * x + 2 : ((1.5 * x - 2.5) * x) * x + 1;
}

static double lanczos(double x, double radius) {
    const double pi = 3.14159265358979323846;
    if (x > radius) return 0;
    return x > 1e-3 ? radius * sin(pi * x) * sin(pi * x / radius) / (pi * pi * x * x) : 1;
}

static double lanczos3(double x) { return lanczos(x, 3); }
static double lanczos5(double x) { return lanczos(x, 5); }

typedef double weight_function(double distance);
static const struct {
    const char *name;
    weight_function *weight; /* NULL: the nearest pixel */
} kernels[] = {
    {"nearest", NULL},      {"bilinear", triangle}, {"bicubic", cubic},
    {"lanczos3", lanczos3}, {"lanczos5", lanczos5},
};

static cornu_status kernel_of(const char *name, weight_function **weight) {
    if (name == NULL) name = "bilinear";
    for (size_t i = 0; i < sizeof kernels / sizeof *kernels; i++)
        if (strcmp(kernels[i].name, name) == 0) return *weight = kernels[i].weight, CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL,
        "interpolation must be \"nearest\", \"bilinear\", \"bicubic\", \"lanczos3\" or "
        "\"lanczos5\", got \"%s\"",
        name
    );
}

/* ---- one axis ---- */
/* One row of the matrix: the weights of `size` pixels for a new pixel centred at `centre`. */
static void weigh(double *row, int64_t size, double centre, double width, weight_function *weight) {
    double total = 0;
    for (int64_t k = 0; k < size; k++) total += row[k] = weight(fabs(centre - (double)k) / width);
    bool inside = centre >= -0.5 && centre <= (double)size - 0.5 && fabs(total) > 1e-4;
    for (int64_t k = 0; k < size; k++) row[k] = inside ? row[k] / total : 0;
}

static cornu_tensor *resample(
    cornu_tensor *x, int axis, int64_t count, weight_function *weight, bool antialias
) {
    int64_t size = x->shape.dims[axis];
    double ratio = (double)size / (double)count;
    double *matrix = cornu_alloc_array_((size_t)(count * size), sizeof *matrix);
    if (matrix == NULL) return NULL;
    for (int64_t i = 0; i < count; i++) {
        double centre = ((double)i + 0.5) * ratio - 0.5;
        weigh(matrix + i * size, size, centre, antialias && ratio > 1 ? ratio : 1, weight);
    }
    cornu_tensor *y = cornu_axis_product_(matrix, count, x, axis);
    cornu_free_(matrix);
    return y;
}

static cornu_tensor *nearest(cornu_tensor *x, int axis, int64_t count) {
    int64_t size = x->shape.dims[axis];
    cornu_tensor *index = cornu_scope_add_(cornu_tensor_new(CORNU_INT64, cornu_shape(count)));
    int64_t *to = index != NULL ? cornu_tensor_data_mut(index) : NULL;
    if (to == NULL) return NULL;
    for (int64_t i = 0; i < count; i++)
        to[i] = (int64_t)floor(((double)i + 0.5) * (double)size / (double)count);
    return cornu_op_take(x, index, axis);
}

/* ---- public ---- */
static cornu_status check(
    const cornu_op_image_resize_args *args, weight_function **weight, int *first_axis
) {
    const cornu_tensor *x = args->x;
    char text[256];
    bool channels_first;
    if (x == NULL) return cornu_error_null("x");
    CORNU_TRY(cornu_is_channels_first(args->data_format, &channels_first));
    CORNU_TRY(kernel_of(args->interpolation, weight));
    int rank = x->shape.rank, rows = channels_first ? rank - 2 : rank - 3;
    if (rank != 3 && rank != 4)
        CORNU_FAIL(
            CORNU_ESHAPE, "images of 3 axes, or batches of them, are needed, got the shape %s",
            cornu_shape_format(&x->shape, text, sizeof text)
        );
    if (args->rows < 1 || args->columns < 1)
        CORNU_FAIL(
            CORNU_EINVAL, "the new size must be positive, got %lld x %lld", (long long)args->rows,
            (long long)args->columns
        );
    if (x->shape.dims[rows] < 1 || x->shape.dims[rows + 1] < 1)
        CORNU_FAIL(CORNU_ESHAPE, "an image without pixels cannot be resized");
    *first_axis = rows;
    return CORNU_OK;
}

cornu_tensor *cornu_op_image_resize_new(const cornu_op_image_resize_args *args) {
    const char *kind = args->interpolation != NULL ? args->interpolation : "bilinear";
    if (cornu_is_symbolic_(args->x))
        return cornu_symbolic_unary_(
            "resize", args->x,
            CORNU_SETTINGS_(
                CORNU_SET_SIZES_("size", cornu_shape(args->rows, args->columns)),
                CORNU_SET_TEXT_("interpolation", kind),
                CORNU_SET_BOOL_("antialias", args->antialias),
                cornu_set_data_format_(args->data_format)
            )
        );
    weight_function *weight = NULL;
    int axis = 0;
    if (check(args, &weight, &axis) != CORNU_OK)
        return (void)cornu_error_context("image_resize"), NULL;
    cornu_tensor *x = args->x;
    if (weight != NULL) x = cornu_as_(x, cornu_real_type_(x->dtype));
    const int64_t counts[2] = {args->rows, args->columns};
    for (int i = 0; i < 2 && x != NULL; i++) {
        if (x->shape.dims[axis + i] == counts[i]) continue;
        x = weight != NULL ? resample(x, axis + i, counts[i], weight, args->antialias)
                           : nearest(x, axis + i, counts[i]);
    }
    /* a result of its own, also where nothing changes */
    return x != args->x ? x : cornu_op_reshape(x, x->shape);
}
