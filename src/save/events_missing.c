/* Event files where cornu is built without protobuf-c: every maker says so. */
#include <cornu/events.h>

static cornu_status missing(void) {
    CORNU_FAIL(
        CORNU_EUNSUPPORTED, "event files for TensorBoard need protobuf-c, and cornu was built "
                            "without it (Debian: libprotobuf-c-dev, protobuf-c-compiler)"
    );
}

cornu_status cornu_events_check(void) { return missing(); }

cornu_events *cornu_events_open(const char *folder) {
    (void)folder;
    (void)missing();
    return NULL;
}

cornu_events *cornu_events_continue(const char *path, int64_t size) {
    (void)path, (void)size;
    (void)missing();
    return NULL;
}

cornu_status cornu_events_scalar(
    cornu_events *events, const char *tag, int64_t step, double value
) {
    (void)events, (void)tag, (void)step, (void)value;
    return missing();
}

cornu_status cornu_events_histogram(
    cornu_events *events, const char *tag, int64_t step, const cornu_tensor *values
) {
    (void)events, (void)tag, (void)step, (void)values;
    return missing();
}

cornu_status cornu_events_image(
    cornu_events *events, const char *tag, int64_t step, const cornu_tensor *images
) {
    (void)events, (void)tag, (void)step, (void)images;
    return missing();
}

cornu_status cornu_events_keras_model(
    cornu_events *events, const char *tag, int64_t step, const char *json
) {
    (void)events, (void)tag, (void)step, (void)json;
    return missing();
}

void cornu_events_close(cornu_events *events) { (void)events; } /* there never is one */

const char *cornu_events_path(const cornu_events *events) {
    (void)events;
    return "";
}

int64_t cornu_events_size(const cornu_events *events) {
    (void)events;
    return 0;
}

cornu_status cornu_events_sync(cornu_events *events) {
    (void)events;
    return missing();
}
