/* Profiles: events of all threads in one array, written at the end as Chrome's trace events
 * ("Trace Event Format", complete events, ph X). */
#include "base/profile.h"

#include "base/clock.h"
#include "base/file.h"
#include "base/memory.h"
#include "base/text.h"
#include "base/thread.h"

#include <stdio.h>
#include <string.h>

enum { MOST_EVENTS = 1000000, TEXT = 48 };

typedef struct event {
    char what[TEXT], layer[TEXT], kernel[TEXT];
    uint64_t bytes;
    double begin, seconds;
    unsigned thread;
} event;

atomic_bool cornu_profile_active_;

static cornu_mutex mutex = CORNU_MUTEX_INIT;
/* Guarded by `mutex`; path NULL: no profile is being taken. */
static struct {
    char *path;
    double start;
    event *events;
    size_t count, capacity;
    uint64_t lost;
} profile;

/* A small number for each thread that runs kernels. */
static unsigned thread_number(void) {
    static atomic_uint last;
    static _Thread_local unsigned number;
    if (number == 0) number = atomic_fetch_add_explicit(&last, 1, memory_order_relaxed) + 1;
    return number;
}

/* Copies what fits, without cutting through a character of UTF-8. */
static void copy_text(char target[TEXT], const char *text) {
    size_t length = text ? strlen(text) : 0;
    if (length >= TEXT) {
        length = TEXT - 1;
        while (length > 0 && ((unsigned char)text[length] & 0xc0u) == 0x80u) length--;
    }
    if (length > 0) memcpy(target, text, length);
    target[length] = '\0';
}

/* With the lock held. A failure to grow must not become the error of the kernel that ran. */
static bool make_room(void) {
    if (profile.count < profile.capacity) return true;
    if (profile.count >= MOST_EVENTS) return false;
    if (CORNU_RESERVE_(profile.events, profile.capacity, profile.count + 1) == CORNU_OK) {
        return true;
    }
    cornu_error_clear();
    return false;
}

void cornu_profile_note_(const cornu_profile_event *noted) {
    cornu_mutex_lock_(&mutex);
    if (profile.path && make_room()) {
        event *e = &profile.events[profile.count++];
        copy_text(e->what, noted->what);
        copy_text(e->layer, noted->layer);
        copy_text(e->kernel, noted->kernel);
        e->bytes = noted->bytes;
        e->begin = noted->begin;
        e->seconds = noted->end - noted->begin;
        e->thread = thread_number();
    } else {
        profile.lost++;
    }
    cornu_mutex_unlock_(&mutex);
}

/* Whether the file can be written is found out now, not after hours of training. */
static cornu_status try_to_write(const char *path) {
    cornu_writer writer;
    CORNU_TRY(cornu_writer_open_(&writer, path), "profile");
    cornu_writer_abort_(&writer);
    return CORNU_OK;
}

cornu_status cornu_profile_begin(const char *path) {
    if (!path) return cornu_error_null("cornu_profile_begin: path");
    CORNU_TRY(try_to_write(path));
    char *copy = cornu_strdup_(path);
    if (!copy) return CORNU_ENOMEM;
    cornu_mutex_lock_(&mutex);
    bool busy = profile.path != NULL;
    if (!busy) {
        profile.path = copy;
        profile.start = cornu_clock_seconds_();
        profile.lost = 0;
        atomic_store_explicit(&cornu_profile_active_, true, memory_order_relaxed);
    }
    cornu_mutex_unlock_(&mutex);
    if (!busy) return CORNU_OK;
    cornu_free_(copy);
    CORNU_FAIL(CORNU_ESTATE, "a profile is being taken already; end it first");
}

/* ---- writing ---- */

static void add_string(cornu_text *text, const char *string) {
    cornu_text_add_(text, "\"");
    for (; *string; string++) {
        unsigned char c = (unsigned char)*string;
        if (c == '"' || c == '\\') cornu_text_format_(text, "\\%c", c);
        else if (c < 0x20) cornu_text_format_(text, "\\u%04x", c);
        else cornu_text_add_bytes_(text, string, 1);
    }
    cornu_text_add_(text, "\"");
}

static void add_event(cornu_text *text, const event *e, double start) {
    char name[2 * TEXT + 2];
    snprintf(name, sizeof name, "%s%s%s", e->layer, e->layer[0] ? ": " : "", e->what);
    cornu_text_add_(text, "{\"name\": ");
    add_string(text, name);
    cornu_text_format_(
        text,
        ", \"cat\": \"kernel\", \"ph\": \"X\", \"pid\": 1, \"tid\": %u, \"ts\": %.3f, "
        "\"dur\": %.3f, \"args\": {\"layer\": ",
        e->thread, (e->begin - start) * 1e6, e->seconds * 1e6
    );
    add_string(text, e->layer);
    cornu_text_add_(text, ", \"kernel\": ");
    add_string(text, e->kernel);
    cornu_text_format_(text, ", \"bytes\": %llu}}", (unsigned long long)e->bytes);
}

static cornu_status write_events(
    const char *path, const event *events, size_t count, uint64_t lost, double start
) {
    cornu_writer writer;
    cornu_text line = {0};
    CORNU_TRY(cornu_writer_open_(&writer, path));
    cornu_text_format_(
        &line, "{\"displayTimeUnit\": \"ns\", \"otherData\": {\"lost_events\": %llu},\n",
        (unsigned long long)lost
    );
    cornu_text_add_(&line, "\"traceEvents\": [\n");
    for (size_t i = 0; i < count && line.status == CORNU_OK; i++) {
        add_event(&line, &events[i], start);
        cornu_text_add_(&line, i + 1 < count ? ",\n" : "\n");
        (void)cornu_writer_write_(&writer, line.data, line.length); /* kept until the commit */
        line.length = 0;
    }
    cornu_text_add_(&line, "]}\n");
    cornu_status status = line.status;
    if (status == CORNU_OK) (void)cornu_writer_write_(&writer, line.data, line.length);
    cornu_text_free_(&line);
    if (status == CORNU_OK) return cornu_writer_commit_(&writer);
    cornu_writer_abort_(&writer);
    return status;
}

cornu_status cornu_profile_end(void) {
    cornu_mutex_lock_(&mutex);
    char *path = profile.path;
    event *events = profile.events;
    size_t count = profile.count;
    uint64_t lost = profile.lost;
    double start = profile.start;
    profile.path = NULL;
    profile.events = NULL;
    profile.count = profile.capacity = 0;
    atomic_store_explicit(&cornu_profile_active_, false, memory_order_relaxed);
    cornu_mutex_unlock_(&mutex);
    if (!path) CORNU_FAIL(CORNU_ESTATE, "no profile is being taken; begin one first");
    cornu_status status = write_events(path, events, count, lost, start);
    cornu_free_(path);
    cornu_free_(events);
    return status == CORNU_OK ? CORNU_OK : cornu_error_context("profile");
}
