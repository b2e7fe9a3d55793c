/* ContrastLimitedAdaptiveHistogramEqualization: values of an image spread by the histograms of the
 * tiles around each pixel. Zuiderveld, "Contrast limited adaptive histogram equalization" (1994).
 * keras/src/layers/preprocessing/image_preprocessing/clahe.py */
#include "augment.h"

typedef cornu_layer_contrast_limited_adaptive_histogram_equalization_args clahe_args;

typedef struct {
    cornu_layer base;
    clahe_args args;
    cornu_draw range;
    bool channels_first;
} clahe;

enum { BINS = 256 };

static cornu_status init(void *object) {
    clahe *self = object;
    const cornu_shape *grid = &self->args.tile_grid_size;
    if (grid->rank != 2 || grid->dims[0] < 1 || grid->dims[1] < 1 || grid->dims[0] > 1024 ||
        grid->dims[1] > 1024)
        CORNU_FAIL(CORNU_EINVAL, "tile_grid_size must be two numbers from 1 to 1024");
    CORNU_TRY(cornu_is_channels_first(self->args.data_format, &self->channels_first));
    return cornu_value_range_read_(self->args.value_range, &self->range);
}

/* A batch of images as tiles: how many, and of what size, along rows and columns. */
typedef struct {
    int64_t batch, channels, grid[2], tile[2];
} tiling;

/* Numbers along one axis of [batch, rows, columns, channels]. */
static cornu_tensor *along(cornu_dtype dtype, const double *numbers, int64_t count, int axis) {
    cornu_shape shape = cornu_shape(1, 1, 1, 1);
    shape.dims[axis] = count;
    cornu_tensor *made = cornu_tensor_from(CORNU_FLOAT64, cornu_shape(count), numbers);
    cornu_tensor *result = cornu_op_cast(cornu_op_reshape(made, shape), dtype);
    cornu_tensor_free(made);
    return result;
}

/* 0, step, 2 step, ... along an axis */
static cornu_tensor *multiples(int64_t count, int64_t step, int axis) {
    cornu_shape shape = cornu_shape(1, 1, 1, 1);
    shape.dims[axis] = count;
    cornu_tensor *numbers = cornu_op_arange(0, (double)(count * step), (double)step, CORNU_INT64);
    return cornu_op_reshape(numbers, shape);
}

/* ---- what each tile makes of each value ---- */
/* How often each value is there, float32 [tiles, BINS]; `values` are int64, from 0 to 255. */
static cornu_tensor *histograms(cornu_tensor *values, const tiling *t) {
    int64_t tiles = t->batch * t->grid[0] * t->grid[1] * t->channels;
    int64_t pixels = t->tile[0] * t->tile[1];
    const cornu_shape split = {
        .rank = 6, .dims = {t->batch, t->grid[0], t->tile[0], t->grid[1], t->tile[1], t->channels}};
    values = cornu_op_transpose(cornu_op_reshape(values, split), cornu_axes(0, 1, 3, 5, 2, 4));
    values = cornu_op_reshape(values, cornu_shape(tiles, pixels));
    cornu_tensor *first = cornu_op_reshape(
        cornu_op_arange(0, (double)(tiles * BINS), BINS, CORNU_INT64), cornu_shape(tiles, 1)
    );
    cornu_tensor *ids = cornu_op_reshape(cornu_op_add(values, first), cornu_shape(-1));
    cornu_tensor *ones = cornu_op_ones(cornu_shape(tiles * pixels), CORNU_FLOAT32);
    return cornu_op_reshape(
        cornu_op_segment_sum(ones, ids, tiles * BINS), cornu_shape(tiles, BINS)
    );
}

/* The new values, [tiles * BINS]. What a bin has above the limit is shared by all. */
static cornu_tensor *tables(cornu_tensor *counts, double pixels, double clip_limit) {
    const cornu_axes bins = cornu_axes(1);
    if (clip_limit > 0) {
        cornu_tensor *clipped = cornu_op_clip(counts, 0, clip_limit * pixels / BINS);
        cornu_tensor *excess =
            cornu_op_sum(cornu_op_subtract(counts, clipped), .axis = bins, .keepdims = true);
        counts = cornu_op_add(clipped, cornu_op_divide(excess, cornu_scalar(BINS)));
    }
    cornu_tensor *sums = cornu_op_cumsum(counts, 1);
    cornu_tensor *least = cornu_op_min(sums, .axis = bins, .keepdims = true);
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(pixels), least);
    cornu_tensor *none = cornu_op_equal(rest, cornu_scalar(0));
    rest = cornu_op_where(none, cornu_op_ones_like(rest), rest);
    sums = cornu_op_multiply(cornu_op_subtract(sums, least), cornu_scalar(255));
    return cornu_op_reshape(cornu_op_clip(cornu_op_divide(sums, rest), 0, 255), cornu_shape(-1));
}

/* ---- between the middles of tiles ---- */
/* For places along an axis: where the tiles before and behind begin in the tables, and how far the
 * place is on the way from one to the other. */
typedef struct {
    cornu_tensor *before, *behind, *way;
} neighbours;

static double tile_at(double place, int64_t grid) {
    return fmin(fmax(place - 1, 0), (double)grid - 1);
}

/* `step` is how far the tables of tiles that follow one another are apart. */
static cornu_status find_neighbours(const tiling *t, int axis, int64_t step, neighbours *found) {
    int64_t size = t->grid[axis] * t->tile[axis], grid = t->grid[axis];
    double *numbers = cornu_allocate((size_t)(3 * size) * sizeof *numbers);
    if (numbers == NULL) return CORNU_ENOMEM;
    double *before = numbers, *behind = numbers + size, *way = behind + size;
    float tile = (float)t->tile[axis];
    for (int64_t i = 0; i < size; i++) {
        float place = ((float)i - tile / 2) / tile + 1, low = floorf(place);
        before[i] = tile_at(low, grid) * (double)step;
        behind[i] = tile_at(low + 1, grid) * (double)step;
        way[i] = place - low;
    }
    found->before = along(CORNU_INT64, before, size, axis + 1);
    found->behind = along(CORNU_INT64, behind, size, axis + 1);
    found->way = along(CORNU_FLOAT32, way, size, axis + 1);
    cornu_free(numbers);
    return found->way != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_tensor *between(cornu_tensor *a, cornu_tensor *b, cornu_tensor *way) {
    cornu_tensor *rest = cornu_op_subtract(cornu_scalar(1), way);
    return cornu_op_add(cornu_op_multiply(a, rest), cornu_op_multiply(b, way));
}

/* What the tables of the four tiles around each pixel say, mixed. */
static cornu_tensor *look_up(cornu_tensor *table, cornu_tensor *values, const tiling *t) {
    neighbours rows, columns;
    int64_t step = t->channels * BINS;
    if (find_neighbours(t, 0, t->grid[1] * step, &rows) != CORNU_OK ||
        find_neighbours(t, 1, step, &columns) != CORNU_OK)
        return NULL;
    values = cornu_op_add(values, multiples(t->channels, BINS, 3));
    values = cornu_op_add(values, multiples(t->batch, t->grid[0] * t->grid[1] * step, 0));
    cornu_tensor *mixed[2];
    for (int i = 0; i < 2; i++) {
        cornu_tensor *row = cornu_op_add(values, i == 0 ? rows.before : rows.behind);
        cornu_tensor *a = cornu_op_take(table, cornu_op_add(row, columns.before), 0);
        cornu_tensor *b = cornu_op_take(table, cornu_op_add(row, columns.behind), 0);
        mixed[i] = between(a, b, columns.way);
    }
    return between(mixed[0], mixed[1], rows.way);
}

/* Images of float32, from 0 to 255, [batch, rows, columns, channels]. */
static cornu_tensor *equalize(const clahe *self, cornu_tensor *images) {
    const int64_t none[4] = {0}, *grid = self->args.tile_grid_size.dims;
    int64_t after[4] = {0};
    cornu_shape shape = *cornu_tensor_shape(images);
    tiling t = {.batch = shape.dims[0], .channels = shape.dims[3]};
    for (int i = 0; i < 2; i++) {
        t.grid[i] = grid[i];
        t.tile[i] = (shape.dims[i + 1] + grid[i] - 1) / grid[i];
        after[i + 1] = t.tile[i] * grid[i] - shape.dims[i + 1];
        if (after[i + 1] > shape.dims[i + 1])
            CORNU_FAIL_NULL(
                CORNU_ESHAPE, "images of %lld places along axis %d are too small for %lld tiles",
                (long long)shape.dims[i + 1], i + 1, (long long)grid[i]
            );
    }
    cornu_tensor *values = cornu_op_pad(images, none, after, CORNU_PAD_SYMMETRIC, 0);
    values = cornu_op_cast(cornu_op_trunc(cornu_op_clip(values, 0, 255)), CORNU_INT64);
    cornu_tensor *table =
        tables(histograms(values, &t), (double)(t.tile[0] * t.tile[1]), self->args.clip_limit);
    return cornu_op_slice(look_up(table, values, &t), none, shape);
}

/* In the type that the images have: Keras, too, applies it outside of training. */
static cornu_tensor *call(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context
) {
    const clahe *self = (clahe *)layer;
    const cornu_draw bytes = {0, 255};
    cornu_dtype dtype = cornu_tensor_dtype(inputs[0]);
    bool single = false;
    (void)context;
    cornu_tensor *images = cornu_images_(layer, inputs[0], &single);
    images = cornu_to_channels_last_(images, self->channels_first);
    if (images == NULL) return NULL;
    if (cornu_tensor_size(images) > 0) {
        images = cornu_op_cast(images, CORNU_FLOAT32);
        images = cornu_change_range_(images, self->range, bytes);
        images = images != NULL ? equalize(self, images) : NULL;
        images = cornu_change_range_(images, bytes, self->range);
    }
    images = cornu_op_cast(images, dtype);
    return cornu_images_back_(cornu_from_channels_last_(images, self->channels_first), single);
}

static cornu_status get_config(const void *object, cornu_config *config) {
    return cornu_draw_write_(config, "value_range", ((const clahe *)object)->range);
}

static const clahe_args defaults = {
    CORNU_LAYER_CONTRAST_LIMITED_ADAPTIVE_HISTOGRAM_EQUALIZATION_DEFAULTS};
static const cornu_field fields[] = {
    CORNU_LAYER_FIELDS(clahe_args),
    CORNU_FIELD(clahe_args, FLOATS, value_range),
    CORNU_FIELD(clahe_args, FLOAT, clip_limit),
    CORNU_FIELD(clahe_args, SHAPE, tile_grid_size),
    CORNU_FIELD(clahe_args, STRING, data_format),
};

CORNU_LAYER_CLASS(contrast_limited_adaptive_histogram_equalization){
    CORNU_CLASS_ARGS(clahe, args, defaults, fields),
    .name = "ContrastLimitedAdaptiveHistogramEqualization",
    .init = init,
    .get_config = get_config,
    .call = call,
};

cornu_layer *cornu_layer_contrast_limited_adaptive_histogram_equalization_new(const clahe_args *args
) {
    return cornu_layer_create(
        &cornu_layer_contrast_limited_adaptive_histogram_equalization_class, args
    );
}
