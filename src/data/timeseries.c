/* Windows of a series. keras/src/utils/timeseries_dataset_utils.py */
#include "base/memory.h"
#include "data/dataset.h"
#include "data/rows.h"
#include "tensor/tensor.h"
#include <cornu/random.h>
#include <string.h>

typedef struct series {
    cornu_timeseries_dataset_args args; /* data and targets retained */
    int64_t first, windows;
    /* the walk */
    cornu_epoch_plan plan;
    int64_t next, end, *order;
} series;

static void free_walk(void *user) {
    cornu_free_(((series *)user)->order);
    cornu_free_(user);
}

static void free_series(void *user) {
    series *self = user;
    cornu_tensor_free(self->args.data);
    cornu_tensor_free(self->args.targets);
    free_walk(self);
}

static cornu_status open_walk(void *user, void **walk) {
    series *copy = cornu_alloc_(sizeof *copy);
    if (!copy) return CORNU_ENOMEM;
    *copy = *(const series *)user;
    copy->order = NULL;
    *walk = copy;
    return CORNU_OK;
}

static cornu_status begin(void *user, const cornu_epoch_plan *plan) {
    series *self = user;
    const cornu_timeseries_dataset_args *args = &self->args;
    int64_t count;
    self->plan = *plan;
    if (args->batch_size > 0) self->plan.batch_size = args->batch_size;
    cornu_plan_range_(plan, self->windows, &self->next, &count);
    self->plan.first = self->next;
    self->end = self->next + count;
    cornu_free_(self->order);
    self->order = NULL;
    bool own = args->batch_size > 0; /* a pipeline of its own says itself whether it is shuffled */
    if (!(own ? args->shuffle : args->shuffle || plan->shuffle) || count < 2) return CORNU_OK;
    self->order = cornu_alloc_array_((size_t)count, sizeof *self->order);
    if (!self->order) return CORNU_ENOMEM;
    int64_t seed = args->seed == CORNU_NONE ? plan->seed : args->seed;
    CORNU_TRY(cornu_order_(seed, plan->epoch, count, self->order));
    for (int64_t i = 0; i < count; i++) self->order[i] += self->next;
    return CORNU_OK;
}

static int64_t window_at(const series *self, int64_t index) {
    return self->order ? self->order[index - self->plan.first] : index;
}

/* [size, length, ...] */
static cornu_tensor *windows(const series *self, int64_t size) {
    const cornu_tensor *data = self->args.data;
    int64_t length = self->args.sequence_length;
    cornu_shape shape = {.rank = data->shape.rank + 1, .dims = {size, length}};
    for (int i = 1; i < data->shape.rank; i++) shape.dims[i + 1] = data->shape.dims[i];
    cornu_tensor *made = cornu_tensor_uninitialised_(data->dtype, shape);
    size_t bytes = (size_t)(data->size / data->shape.dims[0]) * cornu_dtype_size(data->dtype);
    char *to = made ? made->storage->data : NULL;
    for (int64_t i = 0; made && i < size; i++) {
        int64_t step = self->first + window_at(self, self->next + i) * self->args.sequence_stride;
        for (int64_t k = 0; k < length; k++, to += bytes, step += self->args.sampling_rate)
            memcpy(to, (const char *)data->storage->data + (size_t)step * bytes, bytes);
    }
    return made;
}

static cornu_tensor *targets(const series *self, int64_t size) {
    int64_t *rows = cornu_alloc_array_((size_t)size, sizeof *rows);
    if (!rows) return NULL;
    for (int64_t i = 0; i < size; i++)
        rows[i] = self->first + window_at(self, self->next + i) * self->args.sequence_stride;
    cornu_tensor *made = cornu_rows_gather_(self->args.targets, rows, size);
    cornu_free_(rows);
    return made;
}

static cornu_status next(void *user, cornu_batch *batch) {
    series *self = user;
    int64_t left = self->end - self->next;
    int64_t size = left < self->plan.batch_size ? left : self->plan.batch_size;
    cornu_batch_clear(batch);
    if (size == 0) return CORNU_OK;
    CORNU_TRY(cornu_batch_reserve_(batch, 1, self->args.targets ? 1 : 0));
    batch->inputs[0] = windows(self, size);
    if (!batch->inputs[0]) return cornu_error_status();
    if (self->args.targets && !(batch->targets[0] = targets(self, size)))
        return cornu_error_status();
    batch->size = size;
    batch->last = size == left;
    self->next += size;
    return CORNU_OK;
}

static int64_t sample_count(void *user) {
    const series *self = user;
    return self->args.batch_size > 0 ? -1 : self->windows;
}

static int64_t batch_count(void *user) {
    const series *self = user;
    int64_t size = self->args.batch_size;
    return size > 0 ? (self->windows + size - 1) / size : CORNU_NONE;
}

static const cornu_dataset_class series_class = {
    .name = "timeseries",
    .sample_count = sample_count,
    .begin = begin,
    .next = next,
    .free_user = free_series,
    .open = open_walk,
    .close = free_walk,
    .batch_count = batch_count};

static cornu_status at_least(const char *name, int64_t value, int64_t least) {
    if (value >= least) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "%s must be at least %lld, got %lld", name, (long long)least, (long long)value
    );
}

/* Which steps windows may use, and how many windows there are; Keras' rules. */
static cornu_status measure(series *self) {
    const cornu_timeseries_dataset_args *args = &self->args;
    if (!args->data) return cornu_error_null("data");
    if (!args->data->storage || cornu_tensor_rank(args->data) < 1)
        CORNU_FAIL(CORNU_ESHAPE, "data must have values along a first axis, the steps");
    if (cornu_tensor_rank(args->data) == CORNU_MAX_RANK)
        CORNU_FAIL(CORNU_ESHAPE, "data has %d axes, windows would have more", CORNU_MAX_RANK);
    int64_t steps = cornu_tensor_dim(args->data, 0);
    int64_t start = args->start_index == CORNU_NONE ? 0 : args->start_index;
    int64_t end = args->end_index == CORNU_NONE ? steps : args->end_index;
    CORNU_TRY(at_least("sequence_length", args->sequence_length, 1));
    CORNU_TRY(at_least("sequence_stride", args->sequence_stride, 1));
    CORNU_TRY(at_least("sampling_rate", args->sampling_rate, 1));
    CORNU_TRY(at_least("batch_size", args->batch_size, 0));
    CORNU_TRY(at_least("start_index", start, 0));
    if (args->sampling_rate >= steps || args->sequence_stride >= steps)
        CORNU_FAIL(
            CORNU_EINVAL, "sampling_rate and sequence_stride must be below the %lld steps",
            (long long)steps
        );
    if (!(start < end && end <= steps) || args->end_index == steps)
        CORNU_FAIL(
            CORNU_EINVAL, "steps %lld up to %lld are no part of the %lld steps", (long long)start,
            (long long)end, (long long)steps
        );
    if (args->sequence_length > steps)
        CORNU_FAIL(
            CORNU_EINVAL, "sequence_length %lld is more than the %lld steps",
            (long long)args->sequence_length, (long long)steps
        );
    if (args->targets && (!args->targets->storage || cornu_tensor_rank(args->targets) < 1))
        CORNU_FAIL(CORNU_ESHAPE, "targets must have values along a first axis, the steps");
    /* where a window may begin, counted from `start`; it needs a target there */
    int64_t starts = end - start - (args->sequence_length - 1) * args->sampling_rate;
    int64_t given = args->targets ? cornu_tensor_dim(args->targets, 0) - start : starts;
    if (given < starts) starts = given;
    self->first = start;
    self->windows = starts > 0 ? (starts + args->sequence_stride - 1) / args->sequence_stride : 0;
    if (self->windows > 0) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL, "%lld steps hold no window of %lld steps, each %lld apart, with a target",
        (long long)(end - start), (long long)args->sequence_length, (long long)args->sampling_rate
    );
}

cornu_dataset *cornu_timeseries_dataset_new(const cornu_timeseries_dataset_args *args) {
    series *self = cornu_alloc_(sizeof *self);
    if (!self) return NULL;
    self->args = *args;
    if (measure(self) != CORNU_OK) {
        cornu_free_(self);
        (void)cornu_error_context("timeseries_dataset_from_array");
        return NULL;
    }
    cornu_tensor_retain(args->data);
    cornu_tensor_retain(args->targets);
    if (args->shuffle && args->seed == CORNU_NONE) self->args.seed = cornu_random_next_seed();
    return cornu_dataset_new(&series_class, self);
}
