/* Profiles: what is noted about the kernels of a training run, and what a begin and an end
 * check. */
#include "base/file.h"
#include "base/memory.h"
#include "support.h"
#include <cjson/cJSON.h>
#include <string.h>

#define PATH "profile.json"

static cornu_model *network(bool eagerly) {
    cornu_model *model = cornu_sequential(
        cornu_input(20), cornu_layer_dense(16, .activation = "relu", .name = "hidden"),
        cornu_layer_dense(5, .name = "say \"label\"")
    );
    assert_ok(cornu_compile(
        model, .optimizer = cornu_optimizer_adam(),
        .loss = cornu_loss_sparse_categorical_crossentropy(.from_logits = true),
        .run_eagerly = eagerly
    ));
    return model;
}

/* Three steps of 8 samples; the events belong to the caller (cJSON_Delete of *trace). */
static cJSON *profile_fit(bool eagerly, cJSON **trace) {
    cornu_model *model = network(eagerly);
    assert_ok(cornu_profile_begin(PATH));
    cornu_history *history = cornu_fit(
        model, test_samples(24, 20, 0), test_labels(24, 5), .batch_size = 8, .verbose = 0
    );
    assert_ok(history);
    assert_ok(cornu_profile_end());
    cornu_history_free(history);
    cornu_model_free(model);
    char *text;
    size_t size;
    assert_ok(cornu_file_read_(PATH, 0, &text, &size));
    *trace = cJSON_Parse(text);
    cornu_free_(text);
    ck_assert_msg(*trace != NULL, "the profile is no JSON");
    return cJSON_GetObjectItem(*trace, "traceEvents");
}

/* How many events come from a layer and have `part` in their name; *last: one of them. */
static int count(const cJSON *events, const char *layer, const char *part, const cJSON **last) {
    int found = 0;
    const cJSON *event;
    cJSON_ArrayForEach(event, events) {
        const cJSON *args = cJSON_GetObjectItem(event, "args");
        const char *from = cJSON_GetStringValue(cJSON_GetObjectItem(args, "layer"));
        const char *name = cJSON_GetStringValue(cJSON_GetObjectItem(event, "name"));
        if (strcmp(from, layer) != 0 || !strstr(name, part)) continue;
        found++;
        *last = event;
    }
    return found;
}

START_TEST(kernels_are_noted_with_their_layers) {
    cJSON *trace, *events = profile_fit(false, &trace);
    const cJSON *event = NULL;
    ck_assert_int_eq(count(events, "hidden", "matmul", &event), 3);
    /* [8, 20] x [20, 16] + [16] -> [8, 16], and for the way back whether it is above 0 */
    ck_assert_double_eq(
        cJSON_GetNumberValue(cJSON_GetObjectItem(cJSON_GetObjectItem(event, "args"), "bytes")),
        4 * (8 * 20 + 20 * 16 + 16 + 8 * 16) + 4 + 8 * 16
    );
    ck_assert_str_eq(cJSON_GetStringValue(cJSON_GetObjectItem(event, "ph")), "X");
    ck_assert_double_ge(cJSON_GetNumberValue(cJSON_GetObjectItem(event, "dur")), 0);
    ck_assert_int_eq(count(events, "say \"label\"", "matmul", &event), 3);
    ck_assert_int_ge(count(events, "hidden backward", "matmul", &event), 3);
    ck_assert_int_ge(count(events, "Adam", "", &event), 3);
    double before = 0;
    cJSON_ArrayForEach(event, events) {
        double begin = cJSON_GetNumberValue(cJSON_GetObjectItem(event, "ts"));
        ck_assert_double_ge(begin, before);
        before = begin;
    }
    cJSON_Delete(trace);
}
END_TEST

START_TEST(eager_kernels_are_noted_too) {
    cJSON *trace, *events = profile_fit(true, &trace);
    const cJSON *event;
    ck_assert_int_eq(count(events, "hidden", "matmul", &event), 3);
    cJSON_Delete(trace);
}
END_TEST

START_TEST(a_profile_begins_and_ends_once) {
    assert_fails(cornu_profile_end(), CORNU_ESTATE, "begin one first");
    assert_fails(cornu_profile_begin(NULL), CORNU_EINVAL, "path");
    assert_fails(cornu_profile_begin("no/such/folder/p.json"), CORNU_EIO, "no/such/folder");
    assert_ok(cornu_profile_begin(PATH));
    assert_fails(cornu_profile_begin("other.json"), CORNU_ESTATE, "already");
    assert_ok(cornu_profile_end());
    ck_assert(!cornu_file_exists_("other.json"));
}
END_TEST

CORNU_TESTS(profile) {
    TCase *tc = cornu_test_case(suite, "profile");
    tcase_add_test(tc, kernels_are_noted_with_their_layers);
    tcase_add_test(tc, eager_kernels_are_noted_too);
    tcase_add_test(tc, a_profile_begins_and_ends_once);
}
