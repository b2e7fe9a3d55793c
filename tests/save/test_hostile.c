/* Files that were made to do harm (tools/make_hostile.py): one for each way in which loaders of
 * Keras' formats were attacked. Each is refused with a message that says why, or is harmless; none
 * writes a file, takes much memory or much time. */
#include "base/memory.h"
#include "base/text.h"
#include "support/support.h"
#include <cornu/cornu.h>

#include <dirent.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#define HOSTILE(name) CORNU_TESTS_DIR "/save/hostile/" name

typedef enum outcome { REFUSED, LOADED, EITHER } outcome;

static const struct {
    const char *file;
    outcome outcome;
    const char *part; /* of the message of a refusal */
} models[] = {
    {"control.keras", LOADED, NULL},
    /* CVE-2021-37678: YAML configs run code */
    {"yaml.keras", REFUSED, "not valid JSON"},
    /* CVE-2024-3660, CVE-2026-12481: Python's bytecode in Lambda layers and functions */
    {"lambda_layer.keras", REFUSED, "Lambda"},
    {"lambda_safe_mode_null.keras", REFUSED, "Lambda"},
    {"lambda_activation.keras", REFUSED, "lambda is program code"},
    /* CVE-2024-55459, CVE-2025-12060, CVE-2025-12638, GHSA-hqp4-2352-xf5r: members that leave their
     * folder; members are never written to files here */
    {"member_dotdot.keras", LOADED, NULL},
    {"member_absolute.keras", LOADED, NULL},
    {"config_is_link.keras", REFUSED, "not valid JSON"},
    /* CVE-2025-1550: a config names any module of Python */
    {"any_module.keras", REFUSED, "unknown classes: layers/1"},
    {"another_dense.keras", REFUSED, "layers/1 'dense': mine.layers.Dense"},
    {"any_module_model.keras", REFUSED, "unknown classes: eval"},
    /* CVE-2025-8747: a config names a function of Keras that downloads */
    {"gadget_get_file.keras", REFUSED, "no activation 'get_file'"},
    {"gadget_initializer.keras", REFUSED, "'get_file'"},
    /* CVE-2025-9905: legacy files are loaded without the checks of new ones */
    {"legacy_lambda.h5", REFUSED, "Lambda"},
    {"legacy_list.h5", REFUSED, "lists 20000 weights"},
    /* CVE-2025-9906: a config switches the checks off */
    {"unsafe_deserialization.keras", REFUSED, "enable_unsafe_deserialization"},
    {"unsafe_deserialization_layer.keras", REFUSED, "enable_unsafe_deserialization"},
    /* CVE-2025-12058: vocabularies from any path or address */
    {"vocabulary_path_string.keras", REFUSED, "vocabulary"},
    {"vocabulary_path_integer.keras", REFUSED, "vocabulary"},
    {"vocabulary_path_text.keras", REFUSED, "vocabulary"},
    {"vocabulary_url.keras", REFUSED, "vocabulary"},
    /* CVE-2025-49655, CVE-2026-1462: layers that load other frameworks' code */
    {"torch_module.keras", REFUSED, "TorchModuleWrapper"},
    {"tfsm_layer.keras", REFUSED, "TFSMLayer"},
    {"jax_layer.keras", REFUSED, "JaxLayer"},
    /* CVE-2026-0897, CVE-2026-12570: shapes that ask for more memory than there is */
    {"h5_huge_contiguous.keras", REFUSED, "claims 4398046511104 bytes"},
    {"h5_huge_chunked.keras", REFUSED, "claims 4398046511104 bytes"},
    {"h5_huge_chunk.keras", REFUSED, "chunks far larger than itself"},
    {"h5_wrapping_shape.keras", REFUSED, "impossible shape"},
    {"h5_many_axes.keras", REFUSED, "32 axes"},
    {"huge_units.keras", REFUSED, "more than the file can hold"},
    {"huge_units_product.keras", REFUSED, "weight 'kernel'"},
    /* CVE-2026-1669 and keras PRs 22899 to 23303: values from other files, and links at any step */
    {"h5_external_link.keras", REFUSED, "is an external link"},
    {"h5_external_group.keras", REFUSED, "'layers' is an external link"},
    {"h5_external_vars.keras", REFUSED, "'vars' is an external link"},
    {"h5_external_storage.keras", REFUSED, "in another file"},
    {"h5_virtual.keras", REFUSED, "a virtual one"},
    {"h5_soft_link.keras", REFUSED, "is a soft link"},
    {"h5_soft_group.keras", REFUSED, "'dense' is a soft link"},
    {"h5_cycle.keras", REFUSED, "is missing"},
    /* CVE-2026-12479: names of layers that become names of files */
    {"layer_name_leaves_folder.keras", REFUSED, "cannot contain '/'"},
    {"asset_of_layer.keras", REFUSED, "cannot contain '/'"},
    /* zip bombs, sizes that lie, two readings of one archive */
    {"bomb_config.keras", REFUSED, "more than the 16777216 that are expected"},
    {"bomb_weights.keras", REFUSED, "claims to unpack"},
    {"huge_size.keras", REFUSED, "claims to unpack"},
    {"two_configs.keras", REFUSED, "more than one 'config.json'"},
    {"no_weights.keras", REFUSED, "model.weights.h5"},
    /* what parsers die of */
    {"deep_json.keras", REFUSED, "nested too deeply"},
    {"h5_tree_overflow.keras", REFUSED, "cannot be read"},
    {"h5_heap_outside.keras", REFUSED, "cannot be read"},
    {"h5_text_heap.keras", EITHER, "text"},
    /* types and filters that weights do not have */
    {"h5_strings.keras", REFUSED, "a type that weights do not have"},
    {"h5_references.keras", REFUSED, "a type that weights do not have"},
    {"h5_compound.keras", REFUSED, "a type that weights do not have"},
    {"h5_unknown_filter.keras", REFUSED, "the filter 32000"},
    {"h5_named_type.keras", REFUSED, "is missing"},
    {"h5_complex.keras", REFUSED, "a type that weights do not have"},
    {"h5_nothing_stored.keras", REFUSED, "claims 48 bytes, but the file has 0"},
    {"h5_null_space.keras", REFUSED, "has no values"},
    {"h5_group_as_weight.keras", REFUSED, "'kernel' (vars/0) of shape (4, 3) is missing"},
    {"h5_weight_as_group.keras", REFUSED, "'bias' (vars/1) of shape (3,) is missing"},
    {"h5_transposed.keras", REFUSED, "expected shape (4, 3), found (3, 4)"},
    {"bzip2.keras", REFUSED, "packed by method 12"},
    {"encrypted.keras", REFUSED, "is encrypted"},
    {"pickled_weights.keras", REFUSED, "Python pickles"},
    /* numbers that are none, or no sizes */
    {"units_inf.keras", REFUSED, "units: must be an integer, got Infinity"},
    {"units_nan.keras", REFUSED, "units: must be an integer, got NaN"},
    {"units_digits.keras", REFUSED, "too many digits"},
    {"units_fraction.keras", REFUSED, "units: must be an integer, got 2.5"},
    {"units_true.keras", REFUSED, "units: must be an integer, got true"},
    {"units_64_bits.keras", REFUSED, "units: must be an integer, got 9.2"},
    {"name_steers_terminal.keras", REFUSED, "no activation 're?lu?[2J'"},
    {"layers_of_junk.keras", REFUSED, "layers/3 '': an object without class_name"},
    {"repeats_names.keras", REFUSED, "two layers of the model have the name 'dense'"},
    {"wrappers.keras", REFUSED, "TimeDistributed"},
    /* graphs that are none */
    {"graph_cycle.keras", REFUSED, "the graph has a cycle"},
    {"graph_no_output.keras", REFUSED, "'nothing'"},
    {"graph_output_node.keras", REFUSED, "a call that is not there of layer 'a'"},
    {"graph_output_index.keras", REFUSED, "an output that is not there of layer 'a'"},
    {"graph_repeats_names.keras", REFUSED, "two layers have the name 'a'"},
    {"graph_no_inputs.keras", REFUSED, "'input_layers' is empty"},
    {"graph_input_node.keras", REFUSED, "a call that is not there of layer 'x'"},
    {"graph_text_as_input.keras", REFUSED, "positional arguments that are no tensors"},
    {"graph_no_history.keras", REFUSED, "a tensor without 'keras_history'"},
    {"graph_doubles.keras", REFUSED, "layer 'c5"},
};

static int entries(const char *folder) {
    int count = 0;
    DIR *listing = opendir(folder);
    ck_assert_ptr_nonnull(listing);
    while (readdir(listing)) count++;
    closedir(listing);
    return count;
}

static void check_refusal(const char *part) {
    ck_assert_int_ne(cornu_error_status(), CORNU_ENOMEM);
    ck_assert_msg(
        strstr(cornu_error_message(), part), "'%s' does not say '%s'", cornu_error_message(), part
    );
    ck_assert_ptr_null(strchr(cornu_error_message(), '\n'));
    cornu_error_clear();
}

static void try_model(int i, bool trusted) {
    int here = entries("."), above = entries("..");
    char *path = cornu_format_(HOSTILE("%s"), models[i].file);
    cornu_model *model = cornu_load_model(path, .trusted = trusted);
    if (models[i].outcome != EITHER) ck_assert((model != NULL) == (models[i].outcome == LOADED));
    if (!model) check_refusal(models[i].part);
    cornu_model_free(model);
    cornu_free_(path);
    ck_assert_int_eq(entries("."), here);
    ck_assert_int_eq(entries(".."), above);
    ck_assert_int_ne(access("/tmp/cornu_owned", F_OK), 0);
#ifndef __SANITIZE_ADDRESS__
    struct rusage usage;
    ck_assert_int_eq(getrusage(RUSAGE_SELF, &usage), 0);
    ck_assert_int_lt(usage.ru_maxrss, 512 * 1024); /* kilobytes */
#endif
}

START_TEST(a_hostile_model_is_refused_or_harmless) { try_model(_i, false); }
END_TEST

/* The same rules hold for those who read in their own process; what they give up is the limit on
 * the model's size and the process around libhdf5. */
START_TEST(trust_does_not_open_what_files_refer_to) {
    if (cornu_starts_with_(models[_i].file, "huge_units.")) return;
    try_model(_i, true);
}
END_TEST

/* A few bytes that ask for an output of any size. */
START_TEST(what_a_model_computes_is_in_proportion_to_its_file) {
    cornu_model *model = cornu_load(HOSTILE("huge_output.keras"));
    cornu_tensor *x = cornu_tensor_new(CORNU_FLOAT32, cornu_shape(1, 4));
    assert_ok(model);
    assert_fails(cornu_predict(model, x), CORNU_ENOMEM, "4294967296 bytes in one piece");
    cornu_model_free(model);
    cornu_tensor_free(x);
}
END_TEST

START_TEST(hostile_weights_are_refused_and_leave_the_model_alone) {
    static const struct {
        const char *file, *part;
    } weights[] = {
        {HOSTILE("huge_contiguous.weights.h5"), "claims 4398046511104 bytes"},
        {HOSTILE("external_link.weights.h5"), "is an external link"},
        {HOSTILE("h5_virtual.keras"), "a virtual one"},
        {HOSTILE("pickled.npy"), ".weights.h5"},
    };
    cornu_model *model = cornu_load(HOSTILE("control.keras"));
    assert_ok(model);
    for (size_t i = 0; i < sizeof weights / sizeof weights[0]; i++) {
        ck_assert_int_ne(cornu_load_weights(model, weights[i].file), CORNU_OK);
        check_refusal(weights[i].part);
    }
    cornu_tensor_list kept = cornu_layer_weights(cornu_model_layer(model));
    assert_values(kept.items[0], 0, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11);
    cornu_model_free(model);
}
END_TEST

/* Datasets of Keras that were pickles, and the GGUF loaders' overflows of shapes, as arrays. */
START_TEST(hostile_arrays_are_refused) {
    int here = entries(".");
    assert_fails(cornu_load_npy(HOSTILE("pickled.npy")), CORNU_EFORMAT, "|O");
    assert_fails(cornu_load_npy(HOSTILE("huge.npy")), CORNU_EFORMAT, "4398046511104");
    assert_fails(cornu_load_npy(HOSTILE("wrapping.npy")), CORNU_ESHAPE, "4294967296");
    assert_fails(cornu_load_npy(HOSTILE("negative.npy")), CORNU_EFORMAT, "");
    assert_fails(cornu_load_npy(HOSTILE("expression.npy")), CORNU_EFORMAT, "");
    assert_fails(cornu_load_npy(HOSTILE("long_header.npy")), CORNU_EFORMAT, "");
    assert_fails(cornu_load_idx(HOSTILE("cut.idx.gz")), CORNU_EFORMAT, "");
    assert_fails(cornu_load_csv(HOSTILE("open_quote.csv")), CORNU_EFORMAT, "line 2");
    assert_fails(cornu_load_csv(HOSTILE("zero_byte.csv")), CORNU_EFORMAT, "a byte 0");
    assert_fails(cornu_load_idx(HOSTILE("huge.idx")), CORNU_ESHAPE, "");
    assert_fails(cornu_load_idx(HOSTILE("many_axes.idx")), CORNU_EFORMAT, "255 axes");
    ck_assert_int_eq(entries("."), here);
}
END_TEST

CORNU_TESTS(hostile) {
    TCase *tc = cornu_test_case(suite, "hostile");
    const int count = sizeof models / sizeof models[0];
    tcase_add_loop_test(tc, a_hostile_model_is_refused_or_harmless, 0, count);
    tcase_add_loop_test(tc, trust_does_not_open_what_files_refer_to, 0, count);
    tcase_add_test(tc, what_a_model_computes_is_in_proportion_to_its_file);
    tcase_add_test(tc, hostile_weights_are_refused_and_leave_the_model_alone);
    tcase_add_test(tc, hostile_arrays_are_refused);
}
