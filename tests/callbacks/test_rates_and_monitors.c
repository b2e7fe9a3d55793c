/* Callbacks that set the learning rate, swap weights, look for NaN and tell servers. */
#include "base/object.h"
#include "support/support.h"
#include <arpa/inet.h>
#include <cornu/cornu.h>
#include <math.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* y = w * x with w = 1; validation gives the same loss as training would after the epoch. */
static cornu_model *small_model(cornu_optimizer *optimizer) {
    cornu_model *model = cornu_sequential(
        cornu_input(1),
        cornu_layer_dense(1, .use_bias = false, .kernel_initializer = cornu_initializer_ones())
    );
    assert_ok(cornu_compile(model, .optimizer = optimizer, .loss = cornu_loss_mean_squared_error())
    );
    return model;
}

static cornu_tensor *data(float factor) {
    const float values[] = {factor, 2 * factor, 3 * factor, 4 * factor};
    return cornu_scope_add_(cornu_test_tensor(cornu_shape(4, 1), values));
}

static cornu_history *fit_for(cornu_model *model, int64_t epochs, cornu_callback *callback) {
    return cornu_fit(
        model, data(1), data(2), .epochs = epochs, .batch_size = 4, .verbose = 0,
        .validation_x = data(1), .validation_y = data(2), .callbacks = cornu_callbacks(callback)
    );
}

/* ---- learning rates -------------------------------------------------------------------------- */

static double halve_after_two(void *user, int64_t epoch, double rate) {
    ++*(int *)user;
    return epoch < 2 ? rate : rate / 2;
}

START_TEST(the_scheduler_sets_the_rate_of_each_epoch_and_logs_it) {
    int calls = 0;
    cornu_model *model = small_model(cornu_optimizer_sgd(.learning_rate = 0.5));
    cornu_history *history =
        fit_for(model, 4, cornu_callback_learning_rate_scheduler(halve_after_two, .user = &calls));
    assert_ok(history);
    const double expected[] = {0.5, 0.5, 0.25, 0.125};
    for (size_t i = 0; i < 4; i++)
        ck_assert_double_eq(cornu_history_get(history, "learning_rate", i), expected[i]);
    ck_assert_int_eq(calls, 4);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

static double no_number(void *user, int64_t epoch, double rate) {
    (void)user, (void)epoch;
    return rate * NAN;
}

START_TEST(a_rate_that_is_no_number_is_refused) {
    cornu_model *model = small_model(cornu_optimizer_sgd());
    assert_fails(
        fit_for(model, 1, cornu_callback_learning_rate_scheduler(no_number)), CORNU_EINVAL,
        "gives a learning rate of"
    );
    assert_fails(cornu_callback_learning_rate_scheduler(NULL), CORNU_EINVAL, "schedule");
    cornu_model_free(model);
}
END_TEST

/* With a rate of 0 nothing improves after the first epoch; the numbers are Keras' own rule. */
START_TEST(the_rate_is_reduced_on_a_plateau_down_to_its_minimum) {
    cornu_model *model = small_model(cornu_optimizer_sgd(.learning_rate = 1e-12));
    cornu_history *history = fit_for(
        model, 8,
        cornu_callback_reduce_lr_on_plateau(
                .factor = 0.5, .patience = 2, .cooldown = 1, .min_lr = 1.5e-13
        )
    );
    assert_ok(history);
    /* epoch 0 is the best; 1 and 2 are waited for; 3 cools down, yet counts; ... */
    const double expected[] = {1e-12, 1e-12, 1e-12, 5e-13, 5e-13, 2.5e-13, 2.5e-13, 1.5e-13};
    for (size_t i = 0; i < 8; i++)
        ck_assert_double_eq_tol(cornu_history_get(history, "learning_rate", i), expected[i], 1e-18);
    cornu_history_free(history);
    assert_fails(
        cornu_callback_reduce_lr_on_plateau(.factor = 1), CORNU_EINVAL, "factor must be below 1"
    );
    cornu_model_free(model);
}
END_TEST

/* ---- averages -------------------------------------------------------------------------------- */

static double weight_of(cornu_model *model) {
    return cornu_tensor_get(cornu_layer_weights(cornu_model_layer(model)).items[0], 0);
}

START_TEST(validation_is_done_with_the_averages_and_training_without) {
    cornu_model *plain = small_model(cornu_optimizer_sgd(.learning_rate = 0.01));
    cornu_history *raw = fit_for(plain, 2, cornu_callback_history());
    assert_ok(raw);
    cornu_model *model =
        small_model(cornu_optimizer_sgd(.learning_rate = 0.01, .use_ema = true, .ema_momentum = .5)
        );
    cornu_history *history = fit_for(model, 2, cornu_callback_swap_ema_weights());
    assert_ok(history);
    /* the loss on the way is that of the same weights */
    for (size_t i = 0; i < 2; i++)
        ck_assert_double_eq(
            cornu_history_get(history, "loss", i), cornu_history_get(raw, "loss", i)
        );
    /* w: 1, 1.15, 1.2775; averages: 1.15, (1.15 + 1.2775) / 2; the loss is 7.5 (2 - w)^2 */
    ck_assert_double_eq_tol(cornu_history_get(raw, "val_loss", 1), 7.5 * 0.7225 * 0.7225, 1e-5);
    ck_assert_double_eq_tol(
        cornu_history_get(history, "val_loss", 1), 7.5 * 0.78625 * 0.78625, 1e-5
    );
    ck_assert_double_eq_tol(weight_of(model), 1.21375, 1e-6); /* as fit with use_ema ends */
    cornu_history_free(history);
    cornu_history_free(raw);
    cornu_model_free(model);
    cornu_model_free(plain);
}
END_TEST

static cornu_status note_weight(void *user, cornu_model *model, int64_t epoch, cornu_logs *logs) {
    (void)logs;
    ((double *)user)[epoch] = weight_of(model);
    return CORNU_OK;
}

START_TEST(later_callbacks_see_the_averages_with_swap_on_epoch) {
    double seen[2];
    cornu_model *model =
        small_model(cornu_optimizer_sgd(.learning_rate = 0.01, .use_ema = true, .ema_momentum = .5)
        );
    cornu_history *history = cornu_fit(
        model, data(1), data(2), .epochs = 2, .batch_size = 4, .verbose = 0,
        .callbacks = cornu_callbacks(
            cornu_callback_swap_ema_weights(.swap_on_epoch = true),
            cornu_callback_lambda(.user = seen, .on_epoch_end = note_weight)
        )
    );
    assert_ok(history);
    ck_assert_double_eq_tol(seen[0], 1.15, 1e-6);
    ck_assert_double_eq_tol(seen[1], 1.21375, 1e-6);
    ck_assert_double_eq_tol(weight_of(model), 1.21375, 1e-6);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

START_TEST(averages_are_missed_by_name) {
    cornu_model *model = small_model(cornu_optimizer_sgd());
    assert_fails(
        fit_for(model, 1, cornu_callback_swap_ema_weights()), CORNU_ESTATE, "made without use_ema"
    );
    cornu_model_free(model);
}
END_TEST

/* ---- NaN ------------------------------------------------------------------------------------- */

static cornu_model *explosive_model(cornu_layer *layer) {
    cornu_model *model = cornu_sequential(
        cornu_input(1),
        cornu_layer_dense(2, .name = "first", .kernel_initializer = cornu_initializer_ones()),
        layer, cornu_layer_dense(1, .name = "last")
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_sgd(.learning_rate = 0.01),
        .loss = cornu_loss_mean_squared_error()
    ));
    return model;
}

START_TEST(the_first_layer_that_goes_wrong_forward_is_named) {
    cornu_model *model = explosive_model(cornu_layer_dense(
        2, .name = "guilty", .kernel_initializer = cornu_initializer_constant(3e38)
    ));
    assert_fails(
        fit_for(model, 1, cornu_callback_terminate_on_nan(.find_layer = true)), CORNU_ENAN,
        "comes from 'guilty', op matmul, forward"
    );
    cornu_model_free(model);
}
END_TEST

START_TEST(data_that_are_no_numbers_are_named) {
    cornu_model *model = small_model(cornu_optimizer_sgd());
    cornu_tensor *x = data(1);
    ((float *)cornu_tensor_data_mut(x))[2] = NAN;
    assert_fails(
        cornu_fit(
            model, x, data(2), .verbose = 0,
            .callbacks = cornu_callbacks(cornu_callback_terminate_on_nan(.find_layer = true))
        ),
        CORNU_ENAN, "input 0 of the batch is not finite"
    );
    cornu_model_free(model);
}
END_TEST

/* sqrt'(0) is infinite, and 0 times that is NaN: the loss is fine, the gradient is not. */
static cornu_tensor *root(cornu_tensor *x) {
    return cornu_op_sqrt(cornu_op_multiply(x, cornu_scalar(0)));
}

static const cornu_activation_class root_class = {.name = "Test>root", .call = root};

START_TEST(a_value_that_goes_wrong_backward_is_named) {
    assert_ok(cornu_register_activation(&root_class));
    cornu_model *model = explosive_model(cornu_layer_activation("Test>root", .name = "guilty"));
    cornu_nan_place place;
    cornu_tensor *x = data(1), *y = data(2);
    const cornu_batch batch = {
        .inputs = &x, .input_count = 1, .targets = &y, .target_count = 1, .size = 4};
    assert_ok(cornu_find_nan(model, &batch, &place));
    ck_assert(place.found && place.backward);
    ck_assert_str_eq(place.name, "guilty");
    cornu_model_free(model);
}
END_TEST

START_TEST(finite_values_are_left_alone) {
    cornu_model *model = small_model(cornu_optimizer_sgd());
    cornu_history *history = fit_for(model, 2, cornu_callback_terminate_on_nan(.find_layer = true));
    assert_ok(history);
    cornu_history_free(history);
    cornu_model_free(model);
}
END_TEST

/* ---- a server -------------------------------------------------------------------------------- */

typedef struct {
    int listener;
    char root[64], request[4096];
    const char *answer;
} server;

static void *serve(void *user) {
    server *self = user;
    int file = accept(self->listener, NULL, NULL);
    size_t used = 0;
    ck_assert_int_ge(file, 0);
    for (;;) { /* until the length that the header tells is there */
        ssize_t got = read(file, self->request + used, sizeof self->request - 1 - used);
        if (got <= 0) break;
        used += (size_t)got;
        self->request[used] = '\0';
        const char *length = strstr(self->request, "Content-Length: ");
        const char *body = strstr(self->request, "\r\n\r\n");
        if (length && body && strlen(body + 4) >= (size_t)atoi(length + 16)) break;
    }
    ck_assert_int_gt((int)write(file, self->answer, strlen(self->answer)), 0);
    close(file);
    return NULL;
}

static void start(server *self, pthread_t *thread) {
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t size = sizeof address;
    self->listener = socket(AF_INET, SOCK_STREAM, 0);
    ck_assert_int_ge(self->listener, 0);
    ck_assert_int_eq(bind(self->listener, (struct sockaddr *)&address, size), 0);
    ck_assert_int_eq(listen(self->listener, 1), 0);
    ck_assert_int_eq(getsockname(self->listener, (struct sockaddr *)&address, &size), 0);
    snprintf(self->root, sizeof self->root, "http://127.0.0.1:%d", ntohs(address.sin_port));
    ck_assert_int_eq(pthread_create(thread, NULL, serve, self), 0);
}

static cornu_status monitor(server *to, bool json, bool required) {
    cornu_model *model = small_model(cornu_optimizer_sgd(.learning_rate = 0));
    cornu_history *history = cornu_fit(
        model, data(1), data(2), .epochs = 1, .verbose = 0,
        .callbacks = cornu_callbacks(cornu_callback_remote_monitor(
                .root = to->root, .send_as_json = json, .required = required,
                .headers = cornu_texts("X-Run: 7")
        ))
    );
    cornu_status status = history ? CORNU_OK : cornu_error_status();
    cornu_history_free(history);
    cornu_model_free(model);
    return status;
}

START_TEST(logs_reach_the_server_as_a_form_or_as_json) {
    for (int json = 0; json < 2; json++) {
        server at = {.answer = "HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n"};
        pthread_t thread;
        start(&at, &thread);
        assert_ok(monitor(&at, json, true));
        pthread_join(thread, NULL);
        close(at.listener);
        ck_assert_ptr_nonnull(strstr(at.request, "POST /publish/epoch/end/ HTTP/1.1\r\n"));
        ck_assert_ptr_nonnull(strstr(at.request, "\r\nX-Run: 7\r\n"));
        const char *body = strstr(at.request, "\r\n\r\n") + 4;
        ck_assert_str_eq(
            body, json ? "{\"epoch\": 0, \"loss\": 7.5}"
                       : "data=%7B%22epoch%22%3A+0%2C+%22loss%22%3A+7.5%7D"
        );
    }
}
END_TEST

static void note_warning(const char *message, void *user) { snprintf(user, 256, "%s", message); }

START_TEST(a_server_that_refuses_or_is_not_there_is_an_error_only_if_required) {
    server at = {.answer = "HTTP/1.1 503 Service Unavailable\r\n\r\n"};
    pthread_t thread;
    start(&at, &thread);
    assert_fails(monitor(&at, true, true), CORNU_EIO, "answers '503 Service Unavailable'");
    pthread_join(thread, NULL);
    close(at.listener); /* now nobody is there */
    assert_fails(monitor(&at, true, true), CORNU_EIO, "cannot be reached: Connection refused");
    char warned[256] = "";
    cornu_on_warning(note_warning, warned);
    assert_ok(monitor(&at, true, false));
    cornu_on_warning(NULL, NULL);
    ck_assert_msg(strstr(warned, "RemoteMonitor: '127.0.0.1'") != NULL, "%s", warned);
}
END_TEST

START_TEST(addresses_that_lead_elsewhere_are_refused) {
    assert_fails(
        cornu_callback_remote_monitor(.root = "https://localhost"), CORNU_EUNSUPPORTED, "https"
    );
    assert_fails(cornu_callback_remote_monitor(.root = "localhost"), CORNU_EINVAL, "http://");
    assert_fails(
        cornu_callback_remote_monitor(.root = "http://localhost", .path = "@evil/"), CORNU_EINVAL,
        "path must begin with '/'"
    );
    assert_fails(
        cornu_http_post("http://169.254.169.254/latest", .timeout = 1), CORNU_EIO, "local link"
    );
    assert_fails(
        cornu_http_post("http://127.0.0.1:1/", .headers = "A: b\r\nno line"), CORNU_EINVAL,
        "headers are lines"
    );
    assert_fails(cornu_http_check("http://:80/"), CORNU_EINVAL, "names no host");
    assert_fails(cornu_http_check("http://a:99999/"), CORNU_EINVAL, "up to 65535");
    assert_fails(cornu_http_check("http://a b/"), CORNU_EINVAL, "no spaces");
}
END_TEST

START_TEST(names_of_keras_are_known_and_orbax_is_refused) {
    cornu_callback *logger = cornu_callback_get("ProgbarLogger");
    assert_ok(logger);
    cornu_callback_free(logger);
    assert_fails(cornu_callback_get("OrbaxCheckpoint"), CORNU_EUNSUPPORTED, "a format of JAX");
}
END_TEST

CORNU_TESTS(rates_and_monitors) {
    TCase *tc = cornu_test_case(suite, "rates and monitors");
    tcase_add_test(tc, the_scheduler_sets_the_rate_of_each_epoch_and_logs_it);
    tcase_add_test(tc, a_rate_that_is_no_number_is_refused);
    tcase_add_test(tc, the_rate_is_reduced_on_a_plateau_down_to_its_minimum);
    tcase_add_test(tc, validation_is_done_with_the_averages_and_training_without);
    tcase_add_test(tc, later_callbacks_see_the_averages_with_swap_on_epoch);
    tcase_add_test(tc, averages_are_missed_by_name);
    tcase_add_test(tc, the_first_layer_that_goes_wrong_forward_is_named);
    tcase_add_test(tc, data_that_are_no_numbers_are_named);
    tcase_add_test(tc, a_value_that_goes_wrong_backward_is_named);
    tcase_add_test(tc, finite_values_are_left_alone);
    tcase_add_test(tc, logs_reach_the_server_as_a_form_or_as_json);
    tcase_add_test(tc, a_server_that_refuses_or_is_not_there_is_an_error_only_if_required);
    tcase_add_test(tc, addresses_that_lead_elsewhere_are_refused);
    tcase_add_test(tc, names_of_keras_are_known_and_orbax_is_refused);
}
