/* W1: y = w * x + b, two scalars, 201 points in one batch, mean squared error, SGD 0.1. There is
 * next to no arithmetic in a step (about 1,600 flops): it measures what a step costs by itself.
 *   step  the compiled step of a model that was built from a function (cornu_train_on_batch)
 *   fit   the same through cornu_fit, whose every step is an epoch: data path, logs and history too
 *   loop  a loop of one's own with tape and cornu_assign_sub, every op run as it is called
 */
#include "support/bench.h"

static const char *const modes[] = {"step", "fit", "loop", NULL};

typedef struct linear {
    cornu_tensor *w, *b; /* scalars */
    cornu_tensor *x, *y; /* [201] */
    cornu_model *model;
    double loss;
} linear;

static cornu_tensor *linear_call(void *user, cornu_tensor *x) {
    linear *l = user;
    return cornu_op_add(cornu_op_multiply(l->w, x), l->b);
}

static cornu_status train_step(void *user, int64_t count) {
    linear *l = user;
    for (int64_t i = 0; i < count; i++) {
        cornu_logs logs = {0};
        CORNU_TRY(cornu_train_on_batch(l->model, l->x, l->y, NULL, &logs));
        l->loss = cornu_logs_get(&logs, "loss");
        cornu_logs_clear(&logs);
    }
    return CORNU_OK;
}

static cornu_status train_fit(void *user, int64_t count) {
    linear *l = user;
    cornu_history *history = cornu_fit(
        l->model, l->x, l->y, .epochs = count, .batch_size = cornu_tensor_size(l->x),
        .shuffle = false, .verbose = CORNU_VERBOSE_SILENT
    );
    if (history == NULL) return cornu_error_status();
    l->loss = cornu_history_get(history, "loss", cornu_history_epochs(history) - 1);
    cornu_history_free(history);
    return CORNU_OK;
}

static cornu_status train_loop(void *user, int64_t count) {
    linear *l = user;
    for (int64_t i = 0; i < count; i++) {
        CORNU_SCOPE {
            cornu_tape *tape = cornu_tape_begin();
            cornu_tensor *error = cornu_op_subtract(l->y, linear_call(l, l->x));
            cornu_tensor *loss = cornu_op_mean(cornu_op_square(error));
            cornu_tensor *grad[2];
            CORNU_TRY(cornu_tape_gradient(tape, loss, cornu_tensors(l->w, l->b), grad));
            CORNU_TRY(cornu_assign_sub(l->w, cornu_op_multiply(cornu_scalar(0.1), grad[0])));
            CORNU_TRY(cornu_assign_sub(l->b, cornu_op_multiply(cornu_scalar(0.1), grad[1])));
            l->loss = cornu_tensor_item(loss);
        }
    }
    return CORNU_OK;
}

int main(int argc, char **argv) {
    bench_options options =
        bench_parse(argc, argv, (bench_options){.workload = "W1", .batch = 201}, modes);
    linear l = {0};
    CORNU_SCOPE {
        l.w = cornu_variable(cornu_scalar(5), .name = "w");
        l.b = cornu_variable(cornu_scalar(0), .name = "b");
        l.x = cornu_tensor_retain(cornu_op_linspace(-2, 2, options.batch));
        l.y = cornu_tensor_retain(
            cornu_op_add(cornu_op_multiply(l.x, cornu_scalar(3)), cornu_scalar(2))
        );
    }
    l.model = cornu_subclass(linear_call, &l, cornu_tensors(l.w, l.b));
    cornu_check(l.model);
    cornu_check(cornu_compile(
        l.model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.1),
        .loss = cornu_loss_mean_squared_error()
    ));

    bench_work *work = bench_mode_is(&options, "step")  ? train_step
                       : bench_mode_is(&options, "fit") ? train_fit
                                                        : train_loop;
    bench_print(&options, bench_measure(work, &l, options.seconds), l.loss);

    cornu_model_free(l.model);
    cornu_tensor_free(l.w);
    cornu_tensor_free(l.b);
    cornu_tensor_free(l.x);
    cornu_tensor_free(l.y);
    return 0;
}
