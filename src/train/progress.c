/* The progress of an epoch, drawn as Keras draws it. keras/src/utils/progbar.py
 *
 * On a terminal a bar is redrawn in place; elsewhere it is drawn once, when the epoch is complete.
 */
#include "base/clock.h"
#include "base/memory.h"
#include "base/terminal.h"
#include "base/text.h"
#include "train/training.h"
#include <errno.h>
#include <math.h>
#include <stdio.h>
#include <string.h>

enum { BAR_WIDTH = 20 };
static const double redraw_interval = 0.05; /* seconds */

void cornu_progress_begin_(cornu_progress *progress, cornu_verbose verbose, int64_t target) {
    bool terminal = cornu_terminal_is_(stdout);
    if (verbose == CORNU_VERBOSE_AUTO) verbose = terminal ? CORNU_VERBOSE_BAR : CORNU_VERBOSE_LINE;
    cornu_text line = progress->line; /* of the epoch before */
    *progress = (cornu_progress
    ){.verbose = verbose,
      .redraw = terminal && verbose == CORNU_VERBOSE_BAR,
      .target = target,
      .line = line};
    progress->start = progress->last = cornu_clock_seconds_();
}

void cornu_progress_free_(cornu_progress *progress) { cornu_text_free_(&progress->line); }

bool cornu_progress_due_(cornu_progress *progress, int64_t current) {
    double now = cornu_clock_seconds_();
    if (current == 1) progress->first = now; /* the first step also builds the model */
    return progress->redraw &&
           (now - progress->last >= redraw_interval || current == progress->target);
}

static double seconds_per_step(const cornu_progress *progress, int64_t current, double now) {
    if (current < 1) return 0;
    if (current > 1 && progress->first > 0) return (now - progress->first) / (double)(current - 1);
    return (now - progress->start) / (double)current;
}

static void add_step_time(cornu_text *line, double seconds) {
    if (seconds >= 1 || seconds == 0) cornu_text_format_(line, " %.0fs/step", seconds);
    else if (seconds >= 1e-3) cornu_text_format_(line, " %.0fms/step", seconds * 1e3);
    else cornu_text_format_(line, " %.0fus/step", seconds * 1e6);
}

static void add_logs(cornu_text *line, const cornu_logs *logs) {
    for (size_t i = 0; i < logs->count; i++) {
        const cornu_log_entry *entry = &logs->entries[i];
        double value = entry->value;
        if (entry->values) { /* of a vector, the mean */
            value = 0;
            for (size_t k = 0; k < entry->count; k++) value += entry->values[k];
            value /= (double)entry->count;
        }
        cornu_text_format_(line, " - %s: ", entry->name);
        cornu_text_format_(line, fabs(value) > 1e-3 ? "%.4f" : "%.4e", value);
    }
}

static int digits(int64_t number) {
    int count = 1;
    for (; number >= 10; number /= 10) count++;
    return count;
}

/* Time that is left, as "1:02:03", "2:03" or "3s". */
static void write_remaining(char text[64], double seconds) {
    long long whole = (long long)seconds;
    if (seconds > 3600)
        snprintf(text, 64, "%lld:%02lld:%02lld", whole / 3600, whole % 3600 / 60, whole % 60);
    else if (seconds > 60) snprintf(text, 64, "%lld:%02lld", whole / 60, whole % 60);
    else snprintf(text, 64, "%llds", whole);
}

/* Text between colours, which only a terminal gets; `hidden` counts the bytes that take no room. */
static void add_coloured(
    cornu_text *line, bool colour, const char *code, const char *unit, int64_t times,
    int64_t *hidden
) {
    size_t before = line->length;
    if (times <= 0) return;
    if (colour) cornu_text_add_(line, code);
    for (int64_t i = 0; i < times; i++) cornu_text_add_(line, unit);
    if (colour) cornu_text_add_(line, "\033[0m");
    bool heavy_line = unit[0] == '\xe2'; /* three bytes, one column */
    int64_t columns = heavy_line ? times : (int64_t)0;
    if (heavy_line) *hidden += (int64_t)(line->length - before) - columns;
    else *hidden += colour ? (int64_t)(sizeof "\033[1m\033[0m" - 1) : 0;
}

static void draw_bar(cornu_progress *progress, int64_t current, const cornu_logs *logs, bool end) {
    cornu_text *line = &progress->line;
    double now = cornu_clock_seconds_(), step = seconds_per_step(progress, current, now);
    bool colour = progress->redraw;
    int64_t hidden = 0;
    char text[64];
    if (progress->redraw) cornu_text_add_(line, "\r");
    size_t begin = line->length;
    if (progress->target > 0) {
        snprintf(
            text, sizeof text, "%*lld/%lld", digits(progress->target), (long long)current,
            (long long)progress->target
        );
        int64_t full = BAR_WIDTH * current / progress->target;
        if (full > BAR_WIDTH) full = BAR_WIDTH;
        add_coloured(line, colour, "\033[1m", text, 1, &hidden);
        cornu_text_add_(line, " ");
        add_coloured(line, colour, "\033[32m", "━", full, &hidden);
        add_coloured(line, colour, "\033[37m", "━", BAR_WIDTH - full, &hidden);
    } else {
        cornu_text_format_(line, "%7lld/Unknown", (long long)current);
    }
    if (progress->target > 0 && !end)
        write_remaining(text, step * (double)(progress->target - current));
    else snprintf(text, sizeof text, "%.0fs", now - progress->start);
    cornu_text_add_(line, " ");
    add_coloured(line, colour, "\033[1m", text, 1, &hidden);
    add_step_time(line, step);
    add_logs(line, logs);
    int64_t width = (int64_t)(line->length - begin) - hidden;
    if (progress->redraw && progress->drawn_width > width) /* what is left of a longer line */
        cornu_text_repeat_(line, ' ', (size_t)(progress->drawn_width - width));
    progress->drawn_width = width;
}

static void draw_line(cornu_progress *progress, int64_t current, const cornu_logs *logs) {
    cornu_text *line = &progress->line;
    double now = cornu_clock_seconds_();
    int64_t target = progress->target > 0 ? progress->target : current;
    cornu_text_format_(
        line, "%*lld/%lld - %.0fs -", digits(target), (long long)current, (long long)target,
        now - progress->start
    );
    add_step_time(line, seconds_per_step(progress, current, now));
    add_logs(line, logs);
}

/* A reader that went away, or a full disk, ends the work whose progress is shown. */
static cornu_status print(const char *text) {
    if (fputs(text, stdout) >= 0 && fflush(stdout) == 0) return CORNU_OK;
    CORNU_FAIL(CORNU_EIO, "standard output cannot be written: %s", strerror(errno));
}

/* A line for which there is no memory is left out. The next one takes its room. */
static cornu_status put(cornu_progress *progress) {
    cornu_text *line = &progress->line;
    cornu_status status = CORNU_OK;
    if (line->status == CORNU_OK && line->data) status = print(line->data);
    else cornu_error_clear();
    line->length = 0;
    line->status = CORNU_OK;
    return status;
}

cornu_status cornu_progress_heading_(
    const cornu_progress *progress, int64_t epoch, int64_t epochs
) {
    char text[64];
    if (progress->verbose == CORNU_VERBOSE_SILENT) return CORNU_OK;
    snprintf(text, sizeof text, "Epoch %lld/%lld\n", (long long)epoch, (long long)epochs);
    return print(text);
}

cornu_status cornu_progress_update_(
    cornu_progress *progress, int64_t current, const cornu_logs *logs
) {
    if (!progress->redraw) return CORNU_OK;
    draw_bar(progress, current, logs, false);
    progress->last = cornu_clock_seconds_();
    return put(progress);
}

cornu_status cornu_progress_end_(
    cornu_progress *progress, int64_t current, const cornu_logs *logs
) {
    if (progress->verbose == CORNU_VERBOSE_SILENT) return CORNU_OK;
    if (progress->verbose == CORNU_VERBOSE_BAR) draw_bar(progress, current, logs, true);
    else draw_line(progress, current, logs);
    cornu_text_add_(&progress->line, "\n");
    return put(progress);
}
