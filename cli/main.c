/* The program `cornu`: trains and asks Keras models from the command line. Exit status 0 on
 * success; otherwise 1, or 130 if Ctrl-C ended a training, and one line on standard error. */
#include "cli.h"
#include "options.h"

#include <stdlib.h>
#include <string.h>

static const command *const commands[] = {
    &command_summary, &command_predict, &command_evaluate, &command_fit,     &command_grad,
    &command_loss,    &command_metric,  &command_export,   &command_convert, &command_check,
};
enum { COMMAND_COUNT = sizeof commands / sizeof commands[0] };

static void print_help(void) {
    printf("usage: cornu COMMAND ...\n\n");
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        printf("  %-9s %s\n", commands[i]->name, commands[i]->summary);
    }
    printf("\n  cornu COMMAND --help     the options of a command\n"
           "  cornu --version          the version of the library\n\n"
           "MODEL is a .keras archive or an .h5 file of Keras. Arrays are .npy, .npz:name,\n"
           ".csv:column or .h5:dataset. An option that takes an array is repeated for models\n"
           "with several inputs or outputs, in the flattened order of the model's structure.\n");
}

static const command *find_command(const char *name) {
    for (size_t i = 0; i < COMMAND_COUNT; i++) {
        if (strcmp(commands[i]->name, name) == 0) return commands[i];
    }
    return NULL;
}

static cornu_status unknown_command(const char *name) {
    const char *names[COMMAND_COUNT];
    for (size_t i = 0; i < COMMAND_COUNT; i++) names[i] = commands[i]->name;
    const char *near = nearest_name(name, names, COMMAND_COUNT);
    if (near) USAGE_FAIL("no command '%s'; did you mean '%s'?", name, near);
    USAGE_FAIL("no command '%s'; 'cornu --help' lists the commands", name);
}

/* The pending error as one line: messages that list several things have several. */
static void print_error(const char *name) {
    fprintf(stderr, "cornu%s%s: ", name ? " " : "", name ? name : "");
    const char *message = cornu_error_message();
    for (const char *c = message; *c; c++) {
        if (*c != '\n') {
            fputc(*c, stderr);
        } else if (c[1] != '\0') {
            fputs("; ", stderr);
            while (c[1] == ' ' || c[1] == '\n') c++;
        }
    }
    fputc('\n', stderr);
}

/* Text that did not reach the disk or the pipe is a failure too. */
static cornu_status close_output(void) {
    if (fflush(stdout) == 0 && !ferror(stdout)) return CORNU_OK;
    return cornu_error_set(CORNU_EIO, NULL, 0, "standard output could not be written");
}

void *cli_allocate(size_t count, size_t size) {
    void *memory = calloc(count ? count : 1, size);
    if (!memory) (void)cornu_error_set(CORNU_ENOMEM, NULL, 0, "out of memory");
    return memory;
}

int main(int argc, char **argv) {
    cornu_report_write_errors(); /* a closed pipe is told, like a full disk */
    const char *name = argc > 1 ? argv[1] : "--help";
    if (strcmp(name, "--help") == 0 || strcmp(name, "-h") == 0 || strcmp(name, "help") == 0) {
        print_help();
        return argc > 1 && close_output() == CORNU_OK ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    if (strcmp(name, "--version") == 0) {
        printf("cornu %s\n", cornu_version());
        return close_output() == CORNU_OK ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    const command *found = find_command(name);
    cornu_status status = CORNU_OK;
    if (!found) {
        status = unknown_command(name);
    } else {
        cornu_scope *scope = cornu_scope_begin();
        status = scope ? found->run(found, argc - 2, argv + 2) : cornu_error_status();
        cornu_scope_end(scope);
        if (status == CORNU_OK) status = close_output();
    }
    if (status == CORNU_OK) return EXIT_SUCCESS;
    print_error(found ? found->name : NULL);
    /* as a shell says of a program that a signal ended: 130 after Ctrl-C */
    return status == CORNU_ECANCELED ? 128 + cornu_stopped_by_signal() : EXIT_FAILURE;
}
