/* File names with places for numbers: "best-{epoch:02d}-{val_loss:.2f}.keras". */
#ifndef CORNU_CALLBACKS_PATH_TEMPLATE_H
#define CORNU_CALLBACKS_PATH_TEMPLATE_H

#include <cornu/logs.h>

/* Writes the path that `pattern` stands for, as Python's str.format does: {name} and {name:spec}
 * with a name of the logs, "epoch" or "batch" (both counted from 1; batch 0: there is none), and a
 * spec of fill 0, width, precision and a type of d, e, f, g or %; {{ and }} are braces. CORNU_EINVAL
 * names what does not fit. */
cornu_status cornu_path_format_(
    const char *pattern, int64_t epoch, int64_t batch, const cornu_logs *logs, char *path,
    size_t size
);
/* A double as Python prints it: the shortest text that reads back as the same number. */
void cornu_number_text_(double value, char text[40]);

#endif
