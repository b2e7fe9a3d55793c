/* Models when memory runs out: every allocation fails once, and nothing may be left behind. */
#include <cornu/cornu.h>

#include "model/model.h"
#include "support/failing_allocator.h"
#include "support/support.h"

static cornu_status from_pending(const void *object) {
    return object != NULL ? CORNU_OK : cornu_error_status();
}

static cornu_status make_sequential(void *user) {
    (void)user;
    cornu_model *model = cornu_sequential(
        cornu_input(4), cornu_layer_dense(3, .activation = "relu"), cornu_layer_dropout(0.5),
        cornu_layer_dense(2)
    );
    cornu_status status = from_pending(model);
    cornu_model_free(model);
    return status;
}

static const char config[] =
    "{\"class_name\": \"Functional\", \"config\": {\"name\": \"m\", \"layers\": ["
    "{\"class_name\": \"InputLayer\", \"config\": {\"batch_shape\": [null, 2], \"name\": \"in\"}, "
    "\"name\": \"in\", \"inbound_nodes\": []}, "
    "{\"class_name\": \"Dense\", \"config\": {\"name\": \"d\", \"units\": 2}, \"name\": \"d\", "
    "\"inbound_nodes\": [{\"args\": [{\"class_name\": \"__keras_tensor__\", \"config\": "
    "{\"shape\": "
    "[null, 2], \"dtype\": \"float32\", \"keras_history\": [\"in\", 0, 0]}}], \"kwargs\": {}}, "
    "{\"args\": [{\"class_name\": \"__keras_tensor__\", \"config\": {\"shape\": [null, 2], "
    "\"dtype\": "
    "\"float32\", \"keras_history\": [\"d\", 0, 0]}}], \"kwargs\": {}}]}], "
    "\"input_layers\": {\"x\": [\"in\", 0, 0]}, \"output_layers\": [[\"d\", 1, 0]]}}";

/* Reads a graph, runs it, writes its config and its summary's table. */
static cornu_status read_run_and_write(void *user) {
    cornu_tensor *x = user, *y;
    cornu_model *model = cornu_model_from_json(config);
    if (model == NULL) return cornu_error_status();
    cornu_status status = CORNU_OK;
    CORNU_SCOPE { status = cornu_model_run_(model, &x, NULL, &y); }
    if (status == CORNU_OK) {
        char *text = cornu_model_to_json(model);
        status = from_pending(text);
        cornu_free(text);
    }
    if (status == CORNU_OK) {
        char *dot = cornu_model_to_dot(model);
        status = from_pending(dot);
        cornu_free(dot);
    }
    cornu_model_free(model);
    return status;
}

START_TEST(a_sequential_that_cannot_be_made_leaves_nothing) {
    size_t runs;
    const char *wrong = cornu_test_every_failure(make_sequential, NULL, &runs);
    if (wrong != NULL) ck_abort_msg("%s", wrong);
    ck_assert_uint_gt(runs, 40);
}
END_TEST

START_TEST(a_graph_that_cannot_be_read_leaves_nothing) {
    cornu_tensor *x = cornu_test_tensor(cornu_shape(1, 2), (const float[]){1, 2});
    size_t runs;
    const char *wrong = cornu_test_every_failure(read_run_and_write, x, &runs);
    if (wrong != NULL) ck_abort_msg("%s", wrong);
    ck_assert_uint_gt(runs, 100);
    cornu_tensor_free(x);
}
END_TEST

CORNU_TESTS(memory) {
    cornu_test_allocator_install();
    TCase *tc = cornu_test_case(suite, "memory");
    tcase_add_test(tc, a_sequential_that_cannot_be_made_leaves_nothing);
    tcase_add_test(tc, a_graph_that_cannot_be_read_leaves_nothing);
}
