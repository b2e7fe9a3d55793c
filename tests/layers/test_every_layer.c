/* Every class of layers that there is, by the registry, through the whole of check_layer. A class
 * without a sample in tests/support/layer_samples.c fails. */
#include <string.h>

#include "nn/class.h"
#include "support/check_layer.h"
#include "support/support.h"

/* The function of the sample of Lambda. */
static cornu_tensor *twice(cornu_tensor *x) { return cornu_op_add(x, x); }
static const cornu_activation_class twice_class = {"Samples>twice", twice};

/* Once: without forks all tests share one registry. */
static void setup(void) {
    static bool registered;
    if (!registered) assert_ok(cornu_register_activation(&twice_class));
    registered = true;
}

START_TEST(holds_the_contract_of_layers) {
    const cornu_layer_class *cls = cornu_family_builtin_(CORNU_FAMILY_LAYER, (size_t)_i);
    size_t samples = 0;
    for (size_t i = 0; i < layer_sample_count; i++) {
        if (strcmp(layer_samples[i].class_name, cls->name) != 0) continue;
        const char *wrong = check_whole_layer_(&layer_samples[i]);
        if (wrong != NULL)
            ck_abort_msg(
                "%s %s: %s", cls->name, layer_samples[i].config ? layer_samples[i].config : "{}",
                wrong
            );
        samples++;
    }
    ck_assert_msg(samples > 0, "%s has no sample in layer_samples.c", cls->name);
}
END_TEST

START_TEST(every_sample_is_of_a_class) {
    for (size_t i = 0; i < layer_sample_count; i++)
        ck_assert_msg(
            cornu_class_find_(CORNU_FAMILY_LAYER, layer_samples[i].class_name) != NULL,
            "there is no class %s", layer_samples[i].class_name
        );
}
END_TEST

CORNU_TESTS(every_layer) {
    TCase *tc = cornu_test_case(suite, "every layer");
    int count = (int)cornu_family_builtin_count_(CORNU_FAMILY_LAYER);
    tcase_add_checked_fixture(tc, setup, NULL);
    tcase_add_loop_test(tc, holds_the_contract_of_layers, 0, count);
    tcase_add_test(tc, every_sample_is_of_a_class);
}
