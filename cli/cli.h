/* What all commands share: how a command is described, and how it fails. */
#ifndef CORNU_CLI_H
#define CORNU_CLI_H

#include <cornu/cornu.h>

/* One command of the program. `run` gets the words after the command's name. */
typedef struct command {
    const char *name;
    const char *arguments; /* the positional ones, as the help shows them: "MODEL" */
    const char *summary;   /* one line */
    cornu_status (*run)(const struct command *command, int argc, char **argv);
} command;

extern const command command_summary, command_predict, command_evaluate, command_fit, command_grad,
    command_loss, command_metric, command_export, command_convert,
    command_check;

/* Sets an error of the user's making, which needs no place in the source, and returns it. */
#define USAGE_FAIL(...) return cornu_error_set(CORNU_EINVAL, NULL, 0, __VA_ARGS__)

/* malloc that sets CORNU_ENOMEM. */
void *cli_allocate(size_t count, size_t size);

#endif
