/* Event files for TensorBoard: numbers, distributions and pictures over steps.
 *
 * cornu_callback_tensor_board writes them for a fit; these functions are for values of one's own.
 * Files are TFRecords of protobuf messages, written record by record, whole or not at all. They
 * need protobuf-c when cornu is built. https://www.tensorflow.org/tutorials/load_data/tfrecord
 *
 * Example:
 *
 *     cornu_events *events = cornu_events_open("logs/mine");
 *     cornu_check(events);
 *     for (int64_t step = 0; step < 100; step++)
 *         cornu_check(cornu_events_scalar(events, "square", step, (double)(step * step)));
 *     cornu_events_close(events);
 */
#ifndef CORNU_EVENTS_H
#define CORNU_EVENTS_H

#include <cornu/tensor.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct cornu_events cornu_events;
/* CORNU_OK, or CORNU_EUNSUPPORTED if cornu was built without protobuf-c. */
CORNU_API cornu_status cornu_events_check(void);
/* A new file in `folder`, which is made if need be; *new*. CORNU_EIO; CORNU_EUNSUPPORTED if cornu
 * was built without protobuf-c. */
CORNU_API cornu_events *cornu_events_open(const char *folder);
/* Goes on with a file of which the first `size` bytes count. CORNU_EIO, CORNU_EFORMAT (a shorter
 * file). */
CORNU_API cornu_events *cornu_events_continue(const char *path, int64_t size);
CORNU_API void cornu_events_close(cornu_events *events); /* NULL is fine */
CORNU_API const char *cornu_events_path(const cornu_events *events); /* *borrowed* */
CORNU_API int64_t cornu_events_size(const cornu_events *events);     /* bytes so far */
/* Has all reach the disk. CORNU_EIO. */
CORNU_API cornu_status cornu_events_sync(cornu_events *events);

/* A number under a name at a step, as float32. CORNU_EIO, CORNU_ENOMEM. */
CORNU_API cornu_status
cornu_events_scalar(cornu_events *events, const char *tag, int64_t step, double value);
/* The distribution of a tensor's elements in 30 buckets; those that are not finite are left out.
 * CORNU_ESTATE (a tensor without values). */
CORNU_API cornu_status cornu_events_histogram(
    cornu_events *events, const char *tag, int64_t step, const cornu_tensor *values
);
/* Pictures [count, height, width, channels] of 1 (grey), 3 or 4 channels, of which the first three
 * are written as PNG: uint8 as it is, others from 0 to 1. CORNU_ESHAPE. */
CORNU_API cornu_status cornu_events_image(
    cornu_events *events, const char *tag, int64_t step, const cornu_tensor *images
);
/* A model's architecture as JSON (cornu_model_to_json), for TensorBoard's conceptual graph. */
CORNU_API cornu_status
cornu_events_keras_model(cornu_events *events, const char *tag, int64_t step, const char *json);

#ifdef __cplusplus
}
#endif
#endif
