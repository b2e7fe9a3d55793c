/* Event files: protobuf messages in records.
 * https://github.com/tensorflow/tensorboard/tree/master/tensorboard/plugins: the files
 * metadata.py and summary_v2.py of the plugins scalar, histogram, image and graph */
#include <cornu/events.h>

#include "base/append.h"
#include "base/host.h"
#include "base/memory.h"
#include "save/png.h"
#include "save/record.h"

#include <event.pb-c.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

struct cornu_events {
    cornu_appender file;
};

void cornu_events_close(cornu_events *events) {
    if (!events) return;
    cornu_appender_close_(&events->file);
    cornu_free_(events);
}

const char *cornu_events_path(const cornu_events *events) { return events->file.path; }

int64_t cornu_events_size(const cornu_events *events) { return events->file.size; }

cornu_status cornu_events_sync(cornu_events *events) { return cornu_appender_sync_(&events->file); }

/* ---- records --------------------------------------------------------------------------------- */

static cornu_status write_event(cornu_events *events, Cornu__Event *event) {
    event->wall_time = cornu_wall_seconds_();
    size_t size = cornu__event__get_packed_size(event);
    uint8_t *record = cornu_alloc_(CORNU_RECORD_HEAD + size + CORNU_RECORD_TAIL);
    if (!record) return CORNU_ENOMEM;
    (void)cornu__event__pack(event, record + CORNU_RECORD_HEAD);
    cornu_record_seal_(record, size);
    cornu_status status =
        cornu_appender_write_(&events->file, record, CORNU_RECORD_HEAD + size + CORNU_RECORD_TAIL);
    cornu_free_(record);
    return status;
}

/* The first event of a file tells its kind. */
static cornu_status write_version(cornu_events *events) {
    Cornu__SourceMetadata source = CORNU__SOURCE_METADATA__INIT;
    source.writer = (char *)"cornu";
    Cornu__Event event = CORNU__EVENT__INIT;
    event.what_case = CORNU__EVENT__WHAT_FILE_VERSION;
    event.file_version = (char *)"brain.Event:2";
    event.source_metadata = &source;
    return write_event(events, &event);
}

static cornu_status write_value(
    cornu_events *events, const char *tag, int64_t step, Cornu__Tensor *tensor,
    Cornu__SummaryMetadata *metadata
) {
    Cornu__Summary__Value value = CORNU__SUMMARY__VALUE__INIT, *values[1] = {&value};
    value.tag = (char *)tag;
    value.tensor = tensor;
    value.metadata = metadata;
    Cornu__Summary summary = CORNU__SUMMARY__INIT;
    summary.n_value = 1;
    summary.value = values;
    Cornu__Event event = CORNU__EVENT__INIT;
    event.step = step;
    event.what_case = CORNU__EVENT__WHAT_SUMMARY;
    event.summary = &summary;
    return write_event(events, &event);
}

/* Which of TensorBoard's plugins the value is for. */
static cornu_status write_for(
    cornu_events *events, const char *plugin, const char *content, Cornu__DataClass data_class,
    const char *tag, int64_t step, Cornu__Tensor *tensor
) {
    if (!tag || !*tag) CORNU_FAIL(CORNU_EINVAL, "a tag is a text that is not empty");
    Cornu__SummaryMetadata__PluginData data = CORNU__SUMMARY_METADATA__PLUGIN_DATA__INIT;
    data.plugin_name = (char *)plugin;
    data.content.data = (uint8_t *)content;
    data.content.len = content ? strlen(content) : 0;
    Cornu__SummaryMetadata metadata = CORNU__SUMMARY_METADATA__INIT;
    metadata.plugin_data = &data;
    metadata.data_class = data_class;
    return write_value(events, tag, step, tensor, &metadata);
}

/* ---- files ----------------------------------------------------------------------------------- */

cornu_status cornu_events_check(void) { return CORNU_OK; }

/* "events.out.tfevents.1700000000.host.1234.0.v2", as TensorFlow calls them; *new*. */
static char *new_path(const char *folder) {
    char host[256];
    size_t length = strlen(folder);
    for (int number = 0;; number++) {
        char *path = cornu_format_(
            "%s%sevents.out.tfevents.%lld.%s.%ld.%d.v2", folder,
            length > 0 && folder[length - 1] == '/' ? "" : "/", (long long)cornu_wall_seconds_(),
            cornu_host_name_(host, sizeof host), cornu_process_id_(), number
        );
        FILE *there = path ? fopen(path, "rb") : NULL;
        if (!there) return path;
        fclose(there);
        cornu_free_(path);
    }
}

cornu_events *cornu_events_open(const char *folder) {
    if (!folder) return (void)cornu_error_null("folder"), NULL;
    if (cornu_folder_make_(folder) != CORNU_OK) return NULL;
    char *path = new_path(folder);
    cornu_events *events = path ? cornu_alloc_(sizeof *events) : NULL;
    cornu_status status = events ? cornu_appender_open_(&events->file, path) : CORNU_ENOMEM;
    if (status == CORNU_OK) status = write_version(events);
    cornu_free_(path);
    if (status == CORNU_OK) return events;
    cornu_events_close(events);
    return NULL;
}

cornu_events *cornu_events_continue(const char *path, int64_t size) {
    cornu_events *events = cornu_alloc_(sizeof *events);
    if (!events) return NULL;
    cornu_status status = cornu_appender_open_(&events->file, path);
    if (status == CORNU_OK) status = cornu_appender_cut_(&events->file, size);
    if (status == CORNU_OK) return events;
    cornu_events_close(events);
    return NULL;
}

/* ---- values ---------------------------------------------------------------------------------- */

cornu_status cornu_events_scalar(
    cornu_events *events, const char *tag, int64_t step, double value
) {
    Cornu__TensorShape shape = CORNU__TENSOR_SHAPE__INIT;
    Cornu__Tensor tensor = CORNU__TENSOR__INIT;
    float number = (float)value;
    tensor.dtype = CORNU__DATA_TYPE__DT_FLOAT;
    tensor.tensor_shape = &shape;
    tensor.n_float_val = 1;
    tensor.float_val = &number;
    return write_for(
        events, "scalars", NULL, CORNU__DATA_CLASS__DATA_CLASS_SCALAR, tag, step, &tensor
    );
}

enum { BUCKETS = 30 };

/* Left edge, right edge, count. One value alone stands in the last of 30 empty buckets. */
static void fill_buckets(const cornu_tensor *values, double buckets[BUCKETS][3]) {
    double low = INFINITY, high = -INFINITY;
    int64_t size = cornu_tensor_size(values);
    for (int64_t i = 0; i < size; i++) {
        double value = cornu_tensor_get(values, i);
        if (!isfinite(value)) continue;
        low = fmin(low, value);
        high = fmax(high, value);
    }
    if (low > high) low = high = 0; /* nothing is finite */
    double width = (high - low) / BUCKETS;
    for (int i = 0; i < BUCKETS; i++) {
        buckets[i][0] = low + width * i;
        buckets[i][1] = i == BUCKETS - 1 ? high : low + width * (i + 1);
        buckets[i][2] = 0;
    }
    for (int64_t i = 0; i < size; i++) {
        double value = cornu_tensor_get(values, i);
        if (!isfinite(value)) continue;
        double place = width > 0 ? floor((value - low) / width) : BUCKETS - 1;
        buckets[place < BUCKETS ? (int)place : BUCKETS - 1][2]++;
    }
}

cornu_status cornu_events_histogram(
    cornu_events *events, const char *tag, int64_t step, const cornu_tensor *values
) {
    if (!values) return cornu_error_null("values");
    if (!cornu_tensor_has_data(values)) CORNU_FAIL(CORNU_ESTATE, "'%s' has no values", tag);
    double buckets[BUCKETS][3];
    fill_buckets(values, buckets);
    Cornu__TensorShape__Dim dims[2] = {
        CORNU__TENSOR_SHAPE__DIM__INIT, CORNU__TENSOR_SHAPE__DIM__INIT};
    Cornu__TensorShape__Dim *dim[2] = {&dims[0], &dims[1]};
    dims[0].size = BUCKETS;
    dims[1].size = 3;
    Cornu__TensorShape shape = CORNU__TENSOR_SHAPE__INIT;
    shape.n_dim = 2;
    shape.dim = dim;
    Cornu__Tensor tensor = CORNU__TENSOR__INIT;
    tensor.dtype = CORNU__DATA_TYPE__DT_DOUBLE;
    tensor.tensor_shape = &shape;
    tensor.n_double_val = BUCKETS * 3;
    tensor.double_val = &buckets[0][0];
    return write_for(
        events, "histograms", NULL, CORNU__DATA_CLASS__DATA_CLASS_TENSOR, tag, step, &tensor
    );
}

static cornu_status write_strings(
    cornu_events *events, const char *plugin, const char *content, const char *tag, int64_t step,
    ProtobufCBinaryData *strings, size_t count, bool scalar, Cornu__DataClass data_class
) {
    Cornu__TensorShape__Dim dim = CORNU__TENSOR_SHAPE__DIM__INIT, *dims[1] = {&dim};
    dim.size = (int64_t)count;
    Cornu__TensorShape shape = CORNU__TENSOR_SHAPE__INIT;
    shape.n_dim = scalar ? 0 : 1;
    shape.dim = dims;
    Cornu__Tensor tensor = CORNU__TENSOR__INIT;
    tensor.dtype = CORNU__DATA_TYPE__DT_STRING;
    tensor.tensor_shape = &shape;
    tensor.n_string_val = count;
    tensor.string_val = strings;
    return write_for(events, plugin, content, data_class, tag, step, &tensor);
}

cornu_status cornu_events_keras_model(
    cornu_events *events, const char *tag, int64_t step, const char *json
) {
    if (!json) return cornu_error_null("json");
    ProtobufCBinaryData text = {strlen(json), (uint8_t *)json};
    return write_strings(
        events, "graph_keras_model", "1", tag, step, &text, 1, true,
        CORNU__DATA_CLASS__DATA_CLASS_UNKNOWN
    );
}

enum { MOST_IMAGES = 3 };

/* One picture's bytes; *new*. Values from 0 to 1 become 0 to 255 as TensorFlow has it. */
static uint8_t *pixels_of(const cornu_tensor *images, int64_t index, int64_t size) {
    uint8_t *pixels = cornu_alloc_((size_t)size);
    bool bytes = cornu_tensor_dtype(images) == CORNU_UINT8;
    for (int64_t i = 0; pixels && i < size; i++) {
        double value = cornu_tensor_get(images, index * size + i);
        if (!bytes) value = floor(value * 255.5);
        pixels[i] = (uint8_t)(value > 255 ? 255 : value > 0 ? value : 0);
    }
    return pixels;
}

static cornu_status check_images(const cornu_tensor *images) {
    char text[256];
    int64_t channels = cornu_tensor_rank(images) == 4 ? cornu_tensor_dim(images, 3) : 0;
    bool fits = channels == 1 || channels == 3 || channels == 4;
    for (int axis = 0; fits && axis < 3; axis++)
        fits = cornu_tensor_dim(images, axis) > 0 && cornu_tensor_dim(images, axis) < 1 << 24;
    if (!fits || !cornu_tensor_has_data(images))
        CORNU_FAIL(
            CORNU_ESHAPE, "pictures are [count, height, width, 1, 3 or 4], got %s",
            cornu_shape_format(cornu_tensor_shape(images), text, sizeof text)
        );
    return CORNU_OK;
}

cornu_status cornu_events_image(
    cornu_events *events, const char *tag, int64_t step, const cornu_tensor *images
) {
    if (!images) return cornu_error_null("images");
    CORNU_TRY(check_images(images));
    int64_t height = cornu_tensor_dim(images, 1), width = cornu_tensor_dim(images, 2);
    int64_t channels = cornu_tensor_dim(images, 3), count = cornu_tensor_dim(images, 0);
    if (count > MOST_IMAGES) count = MOST_IMAGES;
    char sizes[2][24];
    snprintf(sizes[0], sizeof sizes[0], "%lld", (long long)width);
    snprintf(sizes[1], sizeof sizes[1], "%lld", (long long)height);
    ProtobufCBinaryData strings[2 + MOST_IMAGES] = {
        {strlen(sizes[0]), (uint8_t *)sizes[0]}, {strlen(sizes[1]), (uint8_t *)sizes[1]}};
    cornu_status status = CORNU_OK;
    for (int64_t i = 0; i < count && status == CORNU_OK; i++) {
        uint8_t *pixels = pixels_of(images, i, height * width * channels);
        ProtobufCBinaryData *file = &strings[2 + i];
        status = pixels ? cornu_png_(
                              pixels, (uint32_t)width, (uint32_t)height, (unsigned)channels,
                              &file->data, &file->len
                          )
                        : CORNU_ENOMEM;
        cornu_free_(pixels);
    }
    if (status == CORNU_OK)
        status = write_strings(
            events, "images", NULL, tag, step, strings, 2 + (size_t)count, false,
            CORNU__DATA_CLASS__DATA_CLASS_BLOB_SEQUENCE
        );
    for (size_t i = 2; i < 2 + MOST_IMAGES; i++) cornu_free_(strings[i].data);
    return status;
}
