/* Weights of other days: Keras 1 kept the gates of a recurrent layer apart and kernels in other
 * orders of axes, Theano's convolutions turned their kernels around, and the cuDNN layers of
 * Keras 2 kept theirs as that library wants them. Keras 2: preprocess_weights_for_loading and
 * _convert_rnn_weights in tf_keras/saving/legacy/hdf5_format.py */
#include "base/memory.h"
#include "save/legacy.h"
#include "tensor/tensor.h"

#include <string.h>

/* Values on their way; float64 holds every weight exactly. */
typedef struct array {
    cornu_shape shape;
    double *values; /* owned */
} array;

enum { pieces_max = 12 }; /* of one layer in a file: four gates of three weights */

/* What a layer with such weights of its own is; others are not converted. */
typedef enum kind { PLAIN, CONV1D, CONV2D, CONV3D, CONV2D_TRANSPOSE, CONV_LSTM, LSTM, GRU } kind;

static kind kind_of(const cornu_layer *layer) {
    static const struct {
        const char *name;
        kind kind;
    } kinds[] = {
        {"Conv1D", CONV1D},
        {"Conv2D", CONV2D},
        {"Conv3D", CONV3D},
        {"Conv2DTranspose", CONV2D_TRANSPOSE},
        {"ConvLSTM2D", CONV_LSTM},
        {"LSTM", LSTM},
        {"GRU", GRU},
    };
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(layer->cls->name, kinds[i].name) == 0) return kinds[i].kind;
    return PLAIN;
}

/* ---- leaves ---------------------------------------------------------------------------------- */

/* A layer that is converted as a whole, or the own weights of another one. */
typedef struct leaf {
    cornu_layer *layer;
    kind kind;
    size_t trained, fixed; /* how many of its variables are in the first and the second part */
} leaf;

typedef struct leaves {
    const cornu_legacy_layer *top;
    size_t trained; /* the first part of top->variables */
    leaf *items;
    size_t count, capacity;
    bool *seen; /* variables that have their leaf already: layers may be shared */
} leaves;

static cornu_status add_variable(leaves *list, leaf *to, const cornu_tensor *variable) {
    for (size_t i = 0; i < list->top->count; i++) {
        if (list->top->variables[i] != variable || list->seen[i]) continue;
        list->seen[i] = true;
        to->trained += i < list->trained;
        to->fixed += i >= list->trained;
    }
    return CORNU_OK;
}

/* Own weights come before those of layers below, as in every list of weights. */
/* NOLINTNEXTLINE(misc-no-recursion) */
static cornu_status add_leaves(leaves *list, cornu_layer *layer) {
    const struct cornu_layer_state *state = layer->state_;
    leaf made = {.layer = layer, .kind = kind_of(layer)};
    if (made.kind == PLAIN) {
        for (size_t i = 0; i < state->weight_count; i++)
            CORNU_TRY(add_variable(list, &made, state->weights[i].variable));
    } else {
        cornu_tensor_list all = cornu_layer_weights(layer);
        if (!all.items) return cornu_error_status();
        for (size_t i = 0; i < all.count; i++) CORNU_TRY(add_variable(list, &made, all.items[i]));
    }
    if (made.trained + made.fixed > 0) {
        CORNU_TRY(CORNU_RESERVE_(list->items, list->capacity, list->count + 1));
        list->items[list->count++] = made;
    }
    if (made.kind != PLAIN) return CORNU_OK;
    for (size_t i = 0; i < state->sublayer_count; i++)
        CORNU_TRY(add_leaves(list, state->sublayers[i].layer));
    return CORNU_OK;
}

/* How many datasets Keras 1 has for a leaf: each gate had its own three. */
static size_t count_in_keras_1(const leaf *item) {
    size_t count = item->trained + item->fixed;
    if (count != 3) return count;
    return item->kind == LSTM || item->kind == CONV_LSTM ? 12 : item->kind == GRU ? 9 : count;
}

/* ---- arrays ---------------------------------------------------------------------------------- */

static size_t size_of(const array *a) { return (size_t)cornu_shape_size(&a->shape); }

static cornu_status make(array *a, cornu_shape shape) {
    a->shape = shape;
    a->values = cornu_alloc_array_(size_of(a) + 1, sizeof(double));
    return a->values ? CORNU_OK : CORNU_ENOMEM;
}

static void take(array *to, array *from) {
    cornu_free_(to->values);
    *to = *from;
    *from = (array){0};
}

/* Output axis i is input axis axes[i]. */
static cornu_status permute(array *a, const int *axes) {
    cornu_shape shape = a->shape;
    int64_t stride[CORNU_MAX_RANK], step = 1, index[CORNU_MAX_RANK] = {0};
    for (int i = shape.rank - 1; i >= 0; i--) {
        stride[i] = step;
        step *= shape.dims[i];
    }
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = a->shape.dims[axes[i]];
    array made = {0};
    CORNU_TRY(make(&made, shape));
    for (size_t n = 0; n < size_of(a); n++) {
        int64_t from = 0;
        for (int i = 0; i < shape.rank; i++) from += index[i] * stride[axes[i]];
        made.values[n] = a->values[from];
        for (int i = shape.rank - 1; i >= 0 && ++index[i] == shape.dims[i]; i--) index[i] = 0;
    }
    take(a, &made);
    return CORNU_OK;
}

/* Turns a kernel around: all axes but the last two run backwards, which is reading the positions
 * before those two from the end. */
static void turn_around(array *kernel) {
    if (kernel->shape.rank < 3) return;
    size_t block = (size_t
    )(kernel->shape.dims[kernel->shape.rank - 1] * kernel->shape.dims[kernel->shape.rank - 2]);
    size_t count = block ? size_of(kernel) / block : 0;
    for (size_t i = 0; i < count / 2; i++) {
        double *a = kernel->values + i * block, *b = kernel->values + (count - 1 - i) * block;
        for (size_t k = 0; k < block; k++) {
            double kept = a[k];
            a[k] = b[k];
            b[k] = kept;
        }
    }
}

/* Joins gates along the last axis: parts[order[0]], parts[order[1]], ... */
static cornu_status join(
    array *joined, const array *parts, const int *order, int count, bool *fits
) {
    cornu_shape shape = parts[order[0]].shape;
    *fits = shape.rank > 0;
    for (int i = 1; *fits && i < count; i++)
        *fits = cornu_shape_equal(&shape, &parts[order[i]].shape);
    if (!*fits) return CORNU_OK;
    size_t width = (size_t)shape.dims[shape.rank - 1];
    size_t rows = width ? size_of(&parts[order[0]]) / width : 0;
    shape.dims[shape.rank - 1] *= count;
    CORNU_TRY(make(joined, shape));
    for (size_t row = 0; row < rows; row++) {
        for (int i = 0; i < count; i++) {
            memcpy(
                joined->values + (row * (size_t)count + (size_t)i) * width,
                parts[order[i]].values + row * width, width * sizeof(double)
            );
        }
    }
    return CORNU_OK;
}

/* ---- rules ----------------------------------------------------------------------------------- */

static bool channels_first(const cornu_layer *layer) {
    const void *member = cornu_object_member_(layer, "data_format", NULL);
    const char *format = member ? cornu_pointer_get_(member, 0) : NULL;
    return format && strcmp(format, "channels_first") == 0;
}

static bool has_shape(const array *a, const cornu_tensor *variable) {
    return cornu_shape_equal(&a->shape, cornu_tensor_shape(variable));
}

/* kernel, recurrent kernel and bias from three weights per gate; `order` of the gates today. */
static cornu_status join_gates(array *pieces, size_t *count, const int *order, bool *fits) {
    int gates = (int)*count / 3;
    array made[3] = {0};
    cornu_status status = CORNU_OK;
    *fits = true;
    for (int w = 0; w < 3 && *fits && status == CORNU_OK; w++) {
        int places[4];
        for (int g = 0; g < gates; g++) places[g] = order[g] * 3 + w;
        status = join(&made[w], pieces, places, gates, fits);
    }
    for (int w = 0; w < 3; w++) {
        if (status == CORNU_OK && *fits) take(&pieces[w], &made[w]);
        cornu_free_(made[w].values);
    }
    if (status == CORNU_OK && *fits) {
        for (size_t i = 3; i < *count; i++) take(&pieces[i], &(array){0});
        *count = 3;
    }
    return status;
}

/* Keras 1.1 had (filters, channels, length, 1), Keras 1.2 (length, 1, channels, filters). */
static cornu_status conv1d_of_keras_1(array *kernel, const cornu_tensor *variable) {
    const cornu_shape *wanted = cornu_tensor_shape(variable);
    cornu_shape *shape = &kernel->shape;
    if (shape->rank != 4 || wanted->rank != 3) return CORNU_OK;
    if (shape->dims[0] != wanted->dims[0] || shape->dims[1] != 1 ||
        shape->dims[3] != wanted->dims[2]) {
        CORNU_TRY(permute(kernel, (const int[]){2, 3, 1, 0}));
    }
    if (shape->dims[1] == 1) *shape = cornu_shape(shape->dims[0], shape->dims[2], shape->dims[3]);
    return CORNU_OK;
}

static cornu_status from_keras_1(
    const leaf *item, cornu_tensor *const *variables, array *pieces, size_t *count, bool *fits
) {
    static const int lstm_gates[] = {0, 2, 1, 3}, gru_gates[] = {0, 1, 2}; /* i, c, f, o before */
    int rank = *count > 0 ? pieces[0].shape.rank : 0;
    bool first = channels_first(item->layer);
    switch (item->kind) {
    case CONV1D:
        return conv1d_of_keras_1(&pieces[0], variables[0]);
    case CONV2D:
        return first && rank == 4 ? permute(&pieces[0], (const int[]){2, 3, 1, 0}) : CORNU_OK;
    case CONV2D_TRANSPOSE:
        if (rank != 4) return CORNU_OK;
        return permute(&pieces[0], first ? (const int[]){2, 3, 0, 1} : (const int[]){0, 1, 3, 2});
    case CONV3D:
        return first && rank == 5 ? permute(&pieces[0], (const int[]){2, 3, 4, 1, 0}) : CORNU_OK;
    case GRU:
        return *count == 9 ? join_gates(pieces, count, gru_gates, fits) : CORNU_OK;
    case LSTM:
        return *count == 12 ? join_gates(pieces, count, lstm_gates, fits) : CORNU_OK;
    case CONV_LSTM:
        if (*count != 12) return CORNU_OK;
        CORNU_TRY(join_gates(pieces, count, lstm_gates, fits));
        for (int i = 0; *fits && first && i < 2; i++) {
            if (pieces[i].shape.rank == 4)
                CORNU_TRY(permute(&pieces[i], (const int[]){2, 3, 1, 0}));
        }
        return CORNU_OK;
    default:
        return CORNU_OK;
    }
}

static cornu_status convolution(
    const leaf *item, const char *backend, cornu_tensor *const *variables, array *pieces
) {
    int kernels = item->kind == CONV_LSTM ? 2 : 1;
    bool turned = backend && strcmp(backend, "theano") == 0;
    for (int i = 0; turned && i < kernels; i++) turn_around(&pieces[i]);
    if (pieces[0].shape.rank != 4 || has_shape(&pieces[0], variables[0])) return CORNU_OK;
    for (int i = 0; i < kernels; i++) {
        if (pieces[i].shape.rank == 4) CORNU_TRY(permute(&pieces[i], (const int[]){3, 2, 0, 1}));
    }
    return CORNU_OK;
}

/* Gate by gate: the transposed recurrent kernel; of the input kernel the values in the order of
 * rows put down by columns, which keeps its shape. */
static cornu_status kernels_of_cudnn(array *pieces, int64_t units, int gates) {
    for (int p = 0; p < 2; p++) {
        array made = {0};
        int64_t rows = pieces[p].shape.dims[0], width = units * gates;
        CORNU_TRY(make(&made, pieces[p].shape));
        for (int64_t g = 0; g < gates; g++) {
            for (int64_t r = 0; r < rows; r++) {
                for (int64_t c = 0; c < units; c++) {
                    /* element (r, c) of the gate; transposing and laying out by columns reads
                       the c-th of `rows` long stretches */
                    int64_t n = c * rows + r;
                    int64_t from_row = p == 1 ? c : n / units, from_column = p == 1 ? r : n % units;
                    made.values[r * width + g * units + c] =
                        pieces[p].values[from_row * width + g * units + from_column];
                }
            }
        }
        take(&pieces[p], &made);
    }
    return CORNU_OK;
}

/* CuDNNLSTM and CuDNNGRU are known by their biases, two for each gate in one row. */
static cornu_status recurrent(
    const leaf *item, cornu_tensor *const *variables, array *pieces, size_t count
) {
    int gates = item->kind == LSTM ? 4 : 3;
    if (count != 3 || pieces[0].shape.rank != 2 || pieces[1].shape.rank != 2) return CORNU_OK;
    int64_t units = pieces[1].shape.dims[0];
    cornu_shape *bias = &pieces[2].shape;
    if (bias->rank != 1 || bias->dims[0] != 2 * units * gates ||
        pieces[0].shape.dims[1] != units * gates || pieces[1].shape.dims[1] != units * gates)
        return CORNU_OK;
    const cornu_shape *wanted = cornu_tensor_shape(variables[2]);
    if (item->kind == GRU && wanted->rank == 1) {
        CORNU_FAIL(CORNU_ESHAPE, "weights of a CuDNNGRU do not fit a GRU with reset_after=False");
    }
    CORNU_TRY(kernels_of_cudnn(pieces, units, gates));
    if (item->kind == GRU) {
        *bias = cornu_shape(2, units * gates);
        return CORNU_OK;
    }
    for (int64_t i = 0; i < units * gates; i++)
        pieces[2].values[i] += pieces[2].values[i + units * gates];
    *bias = cornu_shape(units * gates);
    return CORNU_OK;
}

static cornu_status convert_leaf(
    const leaf *item, const cornu_legacy_source *source, cornu_tensor *const *variables,
    array *pieces, size_t *count, bool *fits
) {
    *fits = true;
    if (source->version[0] == '1') CORNU_TRY(from_keras_1(item, variables, pieces, count, fits));
    if (!*fits || *count == 0) return CORNU_OK;
    if (item->kind == LSTM || item->kind == GRU) return recurrent(item, variables, pieces, *count);
    return item->kind == PLAIN ? CORNU_OK : convolution(item, source->backend, variables, pieces);
}

/* ---- a layer --------------------------------------------------------------------------------- */

bool cornu_legacy_direct_(const cornu_legacy_layer *layer, const cornu_legacy_source *source) {
    bool same = source->count == layer->count && source->version[0] != '1' &&
                !(source->backend && strcmp(source->backend, "theano") == 0);
    for (size_t i = 0; same && i < layer->count; i++) {
        same = source->found[i].kind == CORNU_H5_DATASET &&
               cornu_shape_equal(&source->found[i].shape, cornu_tensor_shape(layer->variables[i]));
    }
    return same;
}

static cornu_status read_piece(const cornu_legacy_source *source, size_t index, array *piece) {
    CORNU_TRY(make(piece, source->found[index].shape));
    return cornu_h5_read_(
        source->file, source->paths[index], CORNU_FLOAT64, &piece->shape, piece->values
    );
}

static cornu_status finish_piece(
    const array *piece, const cornu_tensor *variable, cornu_tensor **value
) {
    cornu_dtype dtype = cornu_tensor_dtype(variable);
    *value = cornu_tensor_new(dtype, piece->shape);
    void *data = *value ? cornu_tensor_data_mut(*value) : NULL;
    if (!data) return cornu_error_status();
    cornu_convert_(dtype, data, CORNU_FLOAT64, piece->values, size_of(piece));
    return CORNU_OK;
}

/* `first` and `second`: where the leaf's datasets are in the two parts of the file's list; likewise
 * its variables. */
typedef struct position {
    size_t first, second, first_variable, second_variable;
} position;

static cornu_status read_leaf(
    const leaf *item, const cornu_legacy_layer *layer, const cornu_legacy_source *source,
    size_t counts[2], const position *at, cornu_tensor **values, bool *fits
) {
    array pieces[pieces_max] = {0};
    cornu_tensor *variables[pieces_max];
    size_t count = counts[0] + counts[1], wanted = item->trained + item->fixed, places[pieces_max];
    cornu_status status = CORNU_OK;
    for (size_t i = 0; i < wanted; i++) {
        places[i] =
            i < item->trained ? at->first_variable + i : at->second_variable + (i - item->trained);
        variables[i] = layer->variables[places[i]];
    }
    for (size_t i = 0; i < count && status == CORNU_OK; i++) {
        size_t index = i < counts[0] ? at->first + i : at->second + (i - counts[0]);
        status = read_piece(source, index, &pieces[i]);
    }
    *fits = true;
    if (status == CORNU_OK) status = convert_leaf(item, source, variables, pieces, &count, fits);
    *fits = *fits && count == wanted;
    for (size_t i = 0; i < wanted && *fits && status == CORNU_OK; i++) {
        *fits = has_shape(&pieces[i], variables[i]);
        if (*fits) status = finish_piece(&pieces[i], variables[i], &values[places[i]]);
    }
    for (size_t i = 0; i < pieces_max; i++) cornu_free_(pieces[i].values);
    return status;
}

/* A plain leaf with more weights than a conversion has room for is read in stretches, since nothing
 * is converted. */
static cornu_status read_plain(
    const leaf *item, const cornu_legacy_layer *layer, const cornu_legacy_source *source,
    const position *at, cornu_tensor **values, bool *fits
) {
    *fits = true;
    for (size_t i = 0; i < item->trained + item->fixed && *fits; i++) {
        bool trained = i < item->trained;
        size_t index = trained ? at->first + i : at->second + (i - item->trained);
        size_t place = trained ? at->first_variable + i : at->second_variable + (i - item->trained);
        const cornu_tensor *variable = layer->variables[place];
        *fits = cornu_shape_equal(&source->found[index].shape, cornu_tensor_shape(variable));
        if (!*fits) break;
        values[place] = cornu_tensor_new(cornu_tensor_dtype(variable), source->found[index].shape);
        void *data = values[place] ? cornu_tensor_data_mut(values[place]) : NULL;
        if (!data) return cornu_error_status();
        CORNU_TRY(cornu_h5_read_(
            source->file, source->paths[index], cornu_tensor_dtype(variable),
            &source->found[index].shape, data
        ));
    }
    return CORNU_OK;
}

static cornu_status read_leaves(
    const leaves *list, const cornu_legacy_source *source, bool apart, cornu_tensor **values,
    bool *fits
) {
    size_t first_part = 0;
    for (size_t i = 0; i < list->count; i++) {
        const leaf *item = &list->items[i];
        first_part += apart && item->trained ? count_in_keras_1(item) : item->trained;
    }
    position at = {.second = first_part, .second_variable = list->trained};
    for (size_t i = 0; i < list->count && *fits; i++) {
        const leaf *item = &list->items[i];
        size_t counts[2] = {item->trained, item->fixed};
        if (apart && item->trained) counts[0] = count_in_keras_1(item);
        if (apart && !item->trained) counts[1] = count_in_keras_1(item);
        if (item->kind == PLAIN) {
            CORNU_TRY(read_plain(item, list->top, source, &at, values, fits));
        } else if (counts[0] + counts[1] > pieces_max) {
            *fits = false;
        } else {
            CORNU_TRY(read_leaf(item, list->top, source, counts, &at, values, fits));
        }
        at.first += counts[0];
        at.second += counts[1];
        at.first_variable += item->trained;
        at.second_variable += item->fixed;
    }
    return CORNU_OK;
}

static cornu_status convert(
    leaves *list, const cornu_legacy_source *source, cornu_tensor **values, bool *fits
) {
    CORNU_TRY(add_leaves(list, list->top->layer));
    size_t apart = 0;
    for (size_t i = 0; i < list->count; i++) apart += count_in_keras_1(&list->items[i]);
    bool is_apart = source->count != list->top->count;
    *fits = !is_apart || (source->version[0] == '1' && source->count == apart);
    for (size_t i = 0; *fits && i < source->count; i++)
        *fits = source->found[i].kind == CORNU_H5_DATASET;
    return *fits ? read_leaves(list, source, is_apart, values, fits) : CORNU_OK;
}

cornu_status cornu_legacy_convert_(
    const cornu_legacy_layer *layer, const cornu_legacy_source *source, cornu_tensor **values,
    bool *fits
) {
    leaves list = {.top = layer, .trained = layer->count};
    cornu_tensor_list trained = cornu_layer_trainable_weights(layer->layer);
    if (!trained.items) return cornu_error_status();
    if (trained.count < list.trained) list.trained = trained.count;
    list.seen = cornu_alloc_array_(layer->count + 1, sizeof *list.seen);
    if (!list.seen) return CORNU_ENOMEM;
    cornu_status status = convert(&list, source, values, fits);
    for (size_t i = 0; (status != CORNU_OK || !*fits) && i < layer->count; i++) {
        cornu_tensor_free(values[i]);
        values[i] = NULL;
    }
    cornu_free_(list.items);
    cornu_free_(list.seen);
    return status;
}
