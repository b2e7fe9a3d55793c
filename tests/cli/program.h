/* Running the program `cornu` in the working folder, and looking at what it printed and left. */
#ifndef CORNU_TESTS_CLI_PROGRAM_H
#define CORNU_TESTS_CLI_PROGRAM_H

#include "support/support.h"

#include <cornu/cornu.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the last run printed. */
typedef struct outcome {
    int status;
    char out[16384], err[4096];
} outcome;

static inline void read_text(const char *path, char *text, size_t size) {
    FILE *file = fopen(path, "rb");
    size_t length = file ? fread(text, 1, size - 1, file) : 0;
    text[length] = '\0';
    if (file) fclose(file);
}

/* Runs "cornu ARGUMENTS", words as a shell splits them. */
static inline const outcome *run_program(const char *arguments) {
    static outcome o;
    char line[4096];
    snprintf(line, sizeof line, "'%s' %s >out.txt 2>err.txt </dev/null", CORNU_PROGRAM, arguments);
    int result = system(line);
    o.status = WIFEXITED(result) ? WEXITSTATUS(result) : -1;
    read_text("out.txt", o.out, sizeof o.out);
    read_text("err.txt", o.err, sizeof o.err);
    return &o;
}

static inline bool file_exists(const char *path) { return access(path, F_OK) == 0; }

/* The run succeeds and prints nothing on standard error. */
static inline const outcome *expect_success(const char *arguments) {
    const outcome *o = run_program(arguments);
    ck_assert_msg(o->status == 0, "cornu %s: status %d: %s", arguments, o->status, o->err);
    ck_assert_msg(o->err[0] == '\0', "cornu %s: %s", arguments, o->err);
    return o;
}

/* The run ends with status 1 and one line "cornu COMMAND: ...PART..." on standard error; `output` (may be NULL) does not come to be. */
static inline void expect_failure(const char *arguments, const char *part, const char *output) {
    char start[64];
    snprintf(start, sizeof start, "cornu %.*s: ", (int)strcspn(arguments, " "), arguments);
    if (output) remove(output);
    const outcome *o = run_program(arguments);
    ck_assert_msg(o->status == 1, "cornu %s: status %d: %s", arguments, o->status, o->err);
    ck_assert_msg(strncmp(o->err, start, strlen(start)) == 0, "no '%s' before: %s", start, o->err);
    ck_assert_msg(strstr(o->err, part) != NULL, "no '%s' in: %s", part, o->err);
    const char *newline = strchr(o->err, '\n');
    ck_assert_msg(newline && newline[1] == '\0', "not one line: %s", o->err);
    ck_assert_msg(!output || !file_exists(output), "'%s' was left behind", output);
}

/* Writes float32 numbers as an array of the given shape. */
static inline void write_floats(const char *path, cornu_shape shape, const float *values) {
    cornu_tensor *tensor = cornu_test_tensor(shape, values);
    assert_ok(cornu_save_npy(path, tensor));
    cornu_tensor_free(tensor);
}
#define WRITE_FLOATS(path, shape, ...) write_floats(path, shape, (const float[]){__VA_ARGS__})

/* model.keras: 2 inputs -> 1 output, y = 2 a + 3 b + 1, compiled with SGD, MSE and MAE; samples x.npy and targets y.npy, four of each. */
static inline void make_model(void) {
    cornu_model *model = cornu_sequential(cornu_input(2), cornu_layer_dense(1));
    cornu_tensor *kernel = cornu_test_tensor(cornu_shape(2, 1), (const float[]){2, 3});
    cornu_tensor *bias = cornu_test_tensor(cornu_shape(1), (const float[]){1});
    assert_ok(cornu_layer_set_weights(cornu_model_layer(model), cornu_tensors(kernel, bias)));
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.1),
        .loss = cornu_loss_mean_squared_error(), .metrics = cornu_metrics("mae")
    ));
    assert_ok(cornu_save(model, "model.keras"));
    cornu_tensor_free(kernel);
    cornu_tensor_free(bias);
    cornu_model_free(model);
    WRITE_FLOATS("x.npy", cornu_shape(4, 2), 0, 0, 1, 0, 0, 1, 1, 1);
    WRITE_FLOATS(
        "y.npy", cornu_shape(4, 1), 2, 3, 4, 7
    ); /* predictions 1, 3, 4, 6: errors 1, 0, 0, 1 */
}

#endif
