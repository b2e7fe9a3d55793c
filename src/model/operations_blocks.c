/* Operations that move blocks of elements between axes: rearrange, depth_to_space, unfold, splits.
 * Keras: keras/src/ops/einops.py, keras/src/ops/nn.py, keras/src/ops/numpy.py. */
#include <ctype.h>
#include <string.h>

#include "model/operation.h"
#include "nn/json.h"

/* ---- rearrange ---- */
enum { NAMES_MAX = CORNU_MAX_RANK };

/* One side of "b (h1 h) c -> b c (h h1)": names in order, and how many stand in each group. */
typedef struct {
    const char *name[NAMES_MAX];
    int length[NAMES_MAX];
    int names, group[NAMES_MAX], groups;
} pattern_side;

static bool is_letter(char c) { return isalnum((unsigned char)c) != 0 || c == '_'; }

static cornu_status read_side(const char *text, const char *end, pattern_side *side) {
    bool open = false;
    *side = (pattern_side){.names = 0};
    while (text < end) {
        if (*text == '(' || *text == ')') {
            if (open != (*text == ')') || (*text == '(' && side->groups == NAMES_MAX))
                CORNU_FAIL(CORNU_EINVAL, "'pattern' has brackets that do not match");
            open = !open;
            if (open) side->group[side->groups++] = 0;
            text++;
        } else if (is_letter(*text)) {
            if (side->names == NAMES_MAX || (!open && side->groups == NAMES_MAX))
                CORNU_FAIL(CORNU_EUNSUPPORTED, "'pattern' has more than %d axes", NAMES_MAX);
            const char *from = text;
            while (text < end && is_letter(*text)) text++;
            side->name[side->names] = from;
            side->length[side->names++] = (int)(text - from);
            if (!open) side->group[side->groups++] = 0;
            side->group[side->groups - 1]++;
        } else if (isspace((unsigned char)*text)) {
            text++;
        } else {
            CORNU_FAIL(
                CORNU_EUNSUPPORTED, "'pattern' must hold names and brackets, not '%c'", *text
            );
        }
    }
    if (open) CORNU_FAIL(CORNU_EINVAL, "'pattern' has brackets that do not match");
    return CORNU_OK;
}

static int place_of(const pattern_side *side, const char *name, int length) {
    for (int i = 0; i < side->names; i++)
        if (side->length[i] == length && strncmp(side->name[i], name, (size_t)length) == 0)
            return i;
    return -1;
}

/* The size of each name on the left: of its axis, as given, or what is left of its group. */
static cornu_status name_sizes(
    const cornu_operation_call *call, const pattern_side *left, const cornu_tensor *x,
    cornu_shape *sizes
) {
    const cJSON *member;
    sizes->rank = left->names;
    for (int i = 0; i < left->names; i++) sizes->dims[i] = -1;
    cJSON_ArrayForEach(member, call->kwargs) {
        int at = place_of(left, member->string, (int)strlen(member->string));
        if (at >= 0)
            CORNU_TRY(cornu_operation_int_(call, CORNU_SETTING, member->string, &sizes->dims[at]));
    }
    for (int group = 0, at = 0; group < left->groups; at += left->group[group++]) {
        int64_t whole = cornu_tensor_dim(x, group), known = 1;
        int open = -1, unknown = 0;
        for (int i = at; i < at + left->group[group]; i++) {
            if (sizes->dims[i] < 0) open = i, unknown++;
            else if (sizes->dims[i] > 0 && known <= INT32_MAX) known *= sizes->dims[i];
            else known = 0;
        }
        if (unknown > 1 || known == 0 || whole % known != 0 || (unknown == 0 && known != whole))
            CORNU_FAIL(
                CORNU_ESHAPE, "axis %d of size %lld does not split as 'pattern' says", group,
                (long long)whole
            );
        if (open >= 0) sizes->dims[open] = whole / known;
    }
    return CORNU_OK;
}

static cornu_tensor *rearrange(const cornu_operation_call *call) {
    cornu_tensor *x = cornu_operation_tensor_(call, 0, "tensor");
    const char *pattern = cJSON_GetStringValue(cornu_operation_value_(call, 1, "pattern"));
    const char *arrow = pattern != NULL ? strstr(pattern, "->") : NULL;
    pattern_side left, right;
    cornu_shape sizes = {0}, shape = {0};
    cornu_axes order = {0};
    if (x == NULL) return NULL;
    if (arrow == NULL) CORNU_FAIL_NULL(CORNU_EFORMAT, "'pattern' must be a string with ->");
    if (read_side(pattern, arrow, &left) != CORNU_OK ||
        read_side(arrow + 2, arrow + strlen(arrow), &right) != CORNU_OK)
        return NULL;
    if (left.groups != cornu_tensor_rank(x) || left.names != right.names)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "'pattern' %.100s does not fit a tensor of %d axes", pattern,
            cornu_tensor_rank(x)
        );
    if (name_sizes(call, &left, x, &sizes) != CORNU_OK) return NULL;
    for (int group = 0, at = 0; group < right.groups; group++) {
        shape.dims[shape.rank++] = 1;
        for (int i = 0; i < right.group[group]; i++, at++) {
            int from = place_of(&left, right.name[at], right.length[at]);
            if (from < 0 || place_of(&right, right.name[at], right.length[at]) != at)
                CORNU_FAIL_NULL(
                    CORNU_EINVAL, "'pattern' must have each name once on both sides: '%.*s'",
                    right.length[at], right.name[at]
                );
            order.axis[order.count++] = from;
            shape.dims[group] *= sizes.dims[from];
        }
    }
    x = cornu_op_reshape(x, sizes);
    if (order.count > 0) x = cornu_op_transpose(x, order);
    return cornu_op_reshape(x, shape);
}

/* ---- depth and space ---- */
/* Images [batch, rows, columns, channels] or with channels first, and how large the blocks are. */
static cornu_tensor *blocks_of(
    const cornu_operation_call *call, int64_t *block, bool *channels_first
) {
    const char *data_format = NULL;
    cornu_tensor *x = cornu_operation_x_(call);
    *block = 0;
    if (x == NULL || cornu_operation_int_(call, CORNU_SETTING, "block_size", block) != CORNU_OK ||
        cornu_operation_text_(call, "data_format", &data_format) != CORNU_OK ||
        cornu_is_channels_first(data_format, channels_first) != CORNU_OK)
        return NULL;
    if (*block < 1 || *block > 1 << 15 || cornu_tensor_rank(x) != 4)
        CORNU_FAIL_NULL(
            CORNU_EINVAL, "wants images of four axes and a positive 'block_size', got %lld",
            (long long)*block
        );
    return *channels_first ? cornu_op_transpose(x, cornu_axes(0, 2, 3, 1)) : x;
}

/* Turns [batch, rows, columns, b, b, channels], the places of each block together, into
 * [batch, rows, b, columns, b, channels], places as in the image, and back; in `shape`, with the
 * channels where they were. */
static cornu_tensor *exchange_blocks(
    cornu_tensor *x, cornu_shape blocks, cornu_shape shape, bool channels_first
) {
    x = cornu_op_transpose(cornu_op_reshape(x, blocks), cornu_axes(0, 1, 3, 2, 4, 5));
    x = cornu_op_reshape(x, shape);
    return channels_first ? cornu_op_transpose(x, cornu_axes(0, 3, 1, 2)) : x;
}

static cornu_tensor *depth_to_space(const cornu_operation_call *call) {
    int64_t b;
    bool first;
    cornu_tensor *x = blocks_of(call, &b, &first);
    if (x == NULL) return NULL;
    const cornu_shape s = *cornu_tensor_shape(x);
    if (s.dims[3] % (b * b) != 0)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "%lld channels do not fill blocks of %lld by %lld", (long long)s.dims[3],
            (long long)b, (long long)b
        );
    int64_t channels = s.dims[3] / (b * b);
    return exchange_blocks(
        x, cornu_shape(s.dims[0], s.dims[1], s.dims[2], b, b, channels),
        cornu_shape(s.dims[0], s.dims[1] * b, s.dims[2] * b, channels), first
    );
}

static cornu_tensor *space_to_depth(const cornu_operation_call *call) {
    int64_t b;
    bool first;
    cornu_tensor *x = blocks_of(call, &b, &first);
    if (x == NULL) return NULL;
    const cornu_shape s = *cornu_tensor_shape(x);
    int64_t rows = s.dims[1] / b, columns = s.dims[2] / b;
    if (s.dims[1] % b != 0 || s.dims[2] % b != 0)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "%lld rows and %lld columns are no whole blocks of %lld",
            (long long)s.dims[1], (long long)s.dims[2], (long long)b
        );
    return exchange_blocks(
        x, cornu_shape(s.dims[0], rows, b, columns, b, s.dims[3]),
        cornu_shape(s.dims[0], rows, columns, b * b * s.dims[3]), first
    );
}

/* ---- unfold and fold ---- */
/* Windows over the rows and columns of [batch, channels, rows, columns]; count: places of each. */
typedef struct {
    int64_t size[2], dilation[2], padding[2], stride[2], padded[2], count[2];
} windows;

static cornu_status two_numbers(
    const cornu_operation_call *call, const char *name, int64_t least, int64_t numbers[2]
) {
    cornu_shape given = {.rank = 1, .dims = {numbers[0]}};
    CORNU_TRY(cornu_operation_sizes_(call, CORNU_SETTING, name, &given));
    for (int i = 0; i < 2; i++) {
        numbers[i] = given.dims[given.rank == 2 ? i : 0];
        if (given.rank < 1 || given.rank > 2 || numbers[i] < least || numbers[i] > 1 << 24)
            CORNU_FAIL(
                CORNU_EINVAL, "'%s' must be one number or two, of %lld or more", name,
                (long long)least
            );
    }
    return CORNU_OK;
}

static cornu_status windows_of(
    const cornu_operation_call *call, const int64_t *sizes, windows *made
) {
    *made = (windows){.dilation = {1}, .stride = {1}};
    CORNU_TRY(two_numbers(call, "kernel_size", 1, made->size));
    CORNU_TRY(two_numbers(call, "dilation", 1, made->dilation));
    CORNU_TRY(two_numbers(call, "padding", 0, made->padding));
    CORNU_TRY(two_numbers(call, "stride", 1, made->stride));
    for (int i = 0; i < 2; i++) {
        int64_t reach = (made->size[i] - 1) * made->dilation[i] + 1;
        made->padded[i] = sizes[i] + 2 * made->padding[i];
        made->count[i] = 1 + (made->padded[i] - reach) / made->stride[i];
        if (made->padded[i] < reach)
            CORNU_FAIL(
                CORNU_ESHAPE, "a window of %lld places is larger than the images, %lld",
                (long long)reach, (long long)made->padded[i]
            );
    }
    return CORNU_OK;
}

/* [size, count]: where the elements of the windows along an axis are. */
static cornu_tensor *places_of(const windows *w, int axis) {
    cornu_tensor *within = cornu_op_arange(0, (double)w->size[axis], 1, CORNU_INT32);
    cornu_tensor *start = cornu_op_arange(0, (double)w->count[axis], 1, CORNU_INT32);
    within = cornu_op_multiply(within, cornu_scalar_of(CORNU_INT32, (double)w->dilation[axis]));
    start = cornu_op_multiply(start, cornu_scalar_of(CORNU_INT32, (double)w->stride[axis]));
    return cornu_op_add(cornu_op_expand_dims(within, 1), start);
}

static cornu_tensor *unfold(const cornu_operation_call *call) {
    windows w;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL) return NULL;
    if (cornu_tensor_rank(x) != 4)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "wants images [batch, channels, rows, columns]");
    const cornu_shape s = *cornu_tensor_shape(x);
    if (windows_of(call, s.dims + 2, &w) != CORNU_OK) return NULL;
    const int64_t sides[] = {0, 0, w.padding[0], w.padding[1]};
    x = cornu_op_pad(x, sides, sides, CORNU_PAD_CONSTANT, 0);
    x = cornu_op_take(x, places_of(&w, 1), 3); /* [batch, channels, rows, kw, ow] */
    x = cornu_op_take(x, places_of(&w, 0), 2); /* [batch, channels, kh, oh, kw, ow] */
    x = cornu_op_transpose(x, cornu_axes(0, 1, 2, 4, 3, 5));
    return cornu_op_reshape(
        x, cornu_shape(s.dims[0], s.dims[1] * w.size[0] * w.size[1], w.count[0] * w.count[1])
    );
}

/* The transpose: what several windows have of a place is added up. */
static cornu_tensor *fold(const cornu_operation_call *call) {
    windows w;
    int64_t size[2] = {-1};
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL || two_numbers(call, "output_size", 1, size) != CORNU_OK ||
        windows_of(call, size, &w) != CORNU_OK)
        return NULL;
    int64_t in_window = w.size[0] * w.size[1], in_all = w.count[0] * w.count[1];
    if (w.padded[0] * w.padded[1] > INT32_MAX)
        CORNU_FAIL_NULL(CORNU_ESHAPE, "images of more than %d places are too large", INT32_MAX);
    if (cornu_tensor_rank(x) != 3 || cornu_tensor_dim(x, 1) % in_window != 0 ||
        cornu_tensor_dim(x, 2) != in_all)
        CORNU_FAIL_NULL(
            CORNU_ESHAPE, "wants [batch, channels * %lld, %lld]", (long long)in_window,
            (long long)in_all
        );
    int64_t batch = cornu_tensor_dim(x, 0), channels = cornu_tensor_dim(x, 1) / in_window;
    cornu_tensor *row =
        cornu_op_multiply(places_of(&w, 0), cornu_scalar_of(CORNU_INT32, (double)w.padded[1]));
    row = cornu_op_reshape(row, cornu_shape(w.size[0], 1, w.count[0], 1));
    cornu_tensor *column =
        cornu_op_reshape(places_of(&w, 1), cornu_shape(1, w.size[1], 1, w.count[1]));
    x = cornu_op_reshape(x, cornu_shape(batch * channels, in_window * in_all));
    x = cornu_op_segment_sum(
        cornu_op_transpose(x, cornu_axes()), cornu_flat_(cornu_op_add(row, column)),
        w.padded[0] * w.padded[1]
    );
    x = cornu_op_reshape(
        cornu_op_transpose(x, cornu_axes()), cornu_shape(batch, channels, w.padded[0], w.padded[1])
    );
    const int64_t start[] = {0, 0, w.padding[0], w.padding[1]};
    return cornu_op_slice(x, start, cornu_shape(batch, channels, size[0], size[1]));
}

/* ---- parts along an axis ---- */
static size_t parts_of(const cJSON *config, cornu_tensor_list inputs) {
    const cJSON *given = cJSON_GetObjectItemCaseSensitive(config, "indices_or_sections");
    int64_t parts = 0;
    (void)inputs;
    if (cJSON_IsArray(given)) return (size_t)cJSON_GetArraySize(given) + 1;
    return cornu_json_as_int_(given, &parts) && parts > 0 ? (size_t)parts : 0;
}

/* The first parts have one element more where they cannot be even. */
static cornu_status split_along(
    const cornu_operation_call *call, cornu_tensor *x, int64_t axis, bool even,
    cornu_tensor **outputs, size_t count
) {
    const cJSON *given = cornu_operation_value_(call, CORNU_SETTING, "indices_or_sections");
    int rank = cornu_tensor_rank(x);
    if (axis < 0) axis += rank;
    if (axis < 0 || axis >= rank) CORNU_FAIL(CORNU_EINVAL, "there is no such axis in %d", rank);
    int64_t size = cornu_tensor_dim(x, (int)axis), parts = (int64_t)count, from = 0, to;
    if (even && !cJSON_IsArray(given) && size % parts != 0)
        CORNU_FAIL(
            CORNU_ESHAPE, "%lld elements do not split into %lld even parts", (long long)size,
            (long long)parts
        );
    for (size_t i = 0; i < count; i++, from = to) {
        to = from + size / parts + ((int64_t)i < size % parts);
        if (cJSON_IsArray(given)) to = CORNU_SLICE_NONE;
        if (cJSON_IsArray(given) && i + 1 < count &&
            !cornu_json_as_int_(cJSON_GetArrayItem(given, (int)i), &to))
            CORNU_FAIL(CORNU_EFORMAT, "'indices_or_sections' must hold integers");
        outputs[i] = cornu_part_(x, (int)axis, from, to);
    }
    return CORNU_OK;
}

static cornu_status array_split(
    const cornu_operation_call *call, cornu_tensor **outputs, size_t count
) {
    int64_t axis = 0;
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL) return cornu_error_status();
    CORNU_TRY(cornu_operation_axis_(call, "axis", &axis));
    return split_along(call, x, axis, false, outputs, count);
}
static cornu_status hsplit(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    cornu_tensor *x = cornu_operation_x_(call);
    if (x == NULL) return cornu_error_status();
    return split_along(call, x, cornu_tensor_rank(x) > 1 ? 1 : 0, true, outputs, count);
}
static cornu_status vsplit(const cornu_operation_call *call, cornu_tensor **outputs, size_t count) {
    cornu_tensor *x = cornu_operation_x_(call);
    return x != NULL ? split_along(call, x, 0, true, outputs, count) : cornu_error_status();
}

/* Joined along the third axis, which vectors and matrices get. */
static cornu_tensor *dstack(const cornu_operation_call *call) {
    enum { MOST = 64 };
    cornu_tensor *tensors[MOST];
    size_t count;
    if (cornu_operation_tensors_(call, 0, "xs", tensors, MOST, &count) != CORNU_OK) return NULL;
    for (size_t i = 0; i < count; i++) {
        int rank = cornu_tensor_rank(tensors[i]);
        if (rank < 2) tensors[i] = cornu_op_reshape(tensors[i], cornu_shape(1, -1, 1));
        else if (rank == 2) tensors[i] = cornu_op_expand_dims(tensors[i], 2);
    }
    return cornu_op_concatenate((cornu_tensor_list){tensors, count}, 2);
}

const cornu_operation_class cornu_operations_blocks_[] = {
    CORNU_OPERATION_MANY_(ArraySplit, numpy, array_split, parts_of),
    CORNU_OPERATION_(DepthToSpace, nn, compute, depth_to_space),
    CORNU_OPERATION_(Dstack, numpy, compute, dstack),
    CORNU_OPERATION_(Fold, nn, compute, fold),
    CORNU_OPERATION_MANY_(Hsplit, numpy, hsplit, parts_of),
    CORNU_OPERATION_(Rearrange, einops, compute, rearrange),
    CORNU_OPERATION_(SpaceToDepth, nn, compute, space_to_depth),
    CORNU_OPERATION_(Unfold, nn, compute, unfold),
    CORNU_OPERATION_MANY_(Vsplit, numpy, vsplit, parts_of),
    {.layer = {.name = NULL}},
};
