/* Forecasting: a GRU reads 64 values of a series and says the next 24.
 *
 * The series is made, not measured: the equation of Mackey and Glass (1977) for the number of white
 * blood cells, whose past (17 days ago) drives the present, so that it swings without ever
 * repeating itself:
 *
 *     dx/dt = 0.2 x(t - 17) / (1 + x(t - 17)^10) - 0.1 x(t)
 *
 * The net sees the first 4000 days and is asked about the 1000 after them. Its mean absolute error
 * over all 24 days is 0.022; taking today's value for all that follows would have 0.252.
 *
 * Writes forecast.png and .svg. CORNU_EXAMPLE_SMALL=1 takes a short series and one epoch. */
#include <cornu/cornu.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "support/plot.h"

enum { PAST = 64, FUTURE = 24, DELAY = 17, STEPS_A_DAY = 10 };

/* `days` values, one a day, by the midpoint rule with ten steps a day. */
static double *mackey_glass(int64_t days) {
    int64_t lag = DELAY * STEPS_A_DAY, begin = 300 * STEPS_A_DAY; /* until it has settled */
    int64_t steps = begin + days * STEPS_A_DAY;
    double *x = calloc((size_t)(lag + steps + 1), sizeof *x), h = 1.0 / STEPS_A_DAY;
    double *series = calloc((size_t)days, sizeof *series);
    cornu_check(x);
    cornu_check(series);
    for (int64_t i = 0; i <= lag; i++) x[i] = 1.2;
    for (int64_t i = lag; i < lag + steps; i++) {
        double past = x[i - lag], later = 0.5 * (past + x[i - lag + 1]);
        double half = x[i] + 0.5 * h * (0.2 * past / (1 + pow(past, 10)) - 0.1 * x[i]);
        x[i + 1] = x[i] + h * (0.2 * later / (1 + pow(later, 10)) - 0.1 * half);
    }
    for (int64_t i = 0; i < days; i++) series[i] = x[lag + begin + i * STEPS_A_DAY];
    free(x);
    return series;
}

/* Every stretch of PAST + FUTURE days: [count, PAST, 1] and [count, FUTURE]; *new*. */
static void cut(const double *series, int64_t days, cornu_tensor **x, cornu_tensor **y) {
    int64_t count = days - PAST - FUTURE + 1;
    *x = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(count, PAST, 1));
    *y = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(count, FUTURE));
    cornu_check(*x);
    cornu_check(*y);
    float *past = cornu_tensor_data_mut(*x), *future = cornu_tensor_data_mut(*y);
    for (int64_t i = 0; i < count; i++) {
        for (int64_t k = 0; k < PAST; k++) past[i * PAST + k] = (float)series[i + k];
        for (int64_t k = 0; k < FUTURE; k++) future[i * FUTURE + k] = (float)series[i + PAST + k];
    }
}

/* The error of saying that everything stays as it is on the last day. */
static double error_of_staying(const cornu_tensor *x, const cornu_tensor *y) {
    int64_t count = cornu_tensor_dim(x, 0);
    double sum = 0;
    for (int64_t i = 0; i < count; i++)
        for (int64_t k = 0; k < FUTURE; k++)
            sum += fabs(
                cornu_tensor_get(y, i * FUTURE + k) - cornu_tensor_get(x, i * PAST + PAST - 1)
            );
    return sum / (double)(count * FUTURE);
}

/* One forecast after another, each from its own last day on. */
static void draw(const cornu_tensor *forecasts, const cornu_tensor *y, int64_t days) {
    enum { MOST = 240 };
    double real[MOST], said[MOST];
    int64_t count = 0;
    for (int64_t i = 0; i < days && count + FUTURE <= MOST; i += FUTURE)
        for (int64_t k = 0; k < FUTURE; k++, count++) {
            real[count] = cornu_tensor_get(y, i * FUTURE + k);
            said[count] = cornu_tensor_get(forecasts, i * FUTURE + k);
        }
    plot *p = plot_new("Mackey-Glass: 24 days at a time", "day", "x");
    plot_series(p, PLOT_LINE, "what came", NULL, real, (size_t)count);
    plot_series(p, PLOT_DASHES, "forecast", NULL, said, (size_t)count);
    plot_write(p, "forecast");
}

int main(void) {
    cornu_set_random_seed(1);
    bool small = getenv("CORNU_EXAMPLE_SMALL") != NULL;
    const int64_t known = small ? 400 : 4000, asked = small ? 200 : 1000, epochs = small ? 1 : 15;
    double *series = mackey_glass(known + asked);
    cornu_tensor *x, *y, *test_x, *test_y;
    cut(series, known, &x, &y);
    cut(series + known, asked, &test_x, &test_y);
    free(series);

    cornu_model *model =
        cornu_sequential(cornu_input(PAST, 1), cornu_layer_gru(48), cornu_layer_dense(FUTURE));
    cornu_check(model);
    cornu_check(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(.learning_rate = 3e-3),
        .loss = cornu_loss_mean_squared_error(), .metrics = cornu_metrics("mae")
    ));
    cornu_history *history = cornu_fit(
        model, x, y, .epochs = epochs, .batch_size = 64, .validation_x = test_x,
        .validation_y = test_y, .seed = 1
    );
    cornu_check(history);
    double error = cornu_history_get(history, "val_mae", (size_t)epochs - 1);
    double staying = error_of_staying(test_x, test_y);
    printf("Mean absolute error: %.4f; if all stayed as it is: %.4f\n", error, staying);

    cornu_tensor *forecasts = cornu_predict(model, test_x); /* [count, 24] */
    cornu_check(forecasts);
    draw(forecasts, test_y, cornu_tensor_dim(test_x, 0));
    cornu_check(cornu_save(model, "forecast.keras"));

    cornu_tensor_free(forecasts);
    cornu_history_free(history);
    cornu_model_free(model);
    cornu_tensor_free(x);
    cornu_tensor_free(y);
    cornu_tensor_free(test_x);
    cornu_tensor_free(test_y);
    if (small || error < 0.25 * staying) return EXIT_SUCCESS;
    fprintf(stderr, "a quarter of the error of staying was expected\n");
    return EXIT_FAILURE;
}
