/* Takes a layer, declared in a line or two, through everything that holds for every layer (Keras:
 * run_layer_test).
 *
 *     check_layer(.class_name = "Dense", .config = "{\"units\": 3}",
 *                 .input = {2, {2, 8}}, .output = {2, {2, 3}}, .weights = 2);
 *
 * From its config: made, built for an unknown batch, inferred shape = computed shape = `output`,
 * the number of weights, a config that reads back to the same config, in float64 derivatives with
 * respect to inputs and weights against finite differences.
 *
 * check_whole_layer_, to which tests/layers/test_every_layer.c gives the table layer_samples, asks
 * for more: ranks that do not fit, an empty batch, saving and loading, the compiled step against
 * the eager one, training, masks. */
#ifndef CORNU_TESTS_CHECK_LAYER_H
#define CORNU_TESTS_CHECK_LAYER_H

#include <cornu/cornu.h>
#include <cornu/extend.h>

enum { CHECK_LAYER_INPUTS = 4, CHECK_LAYER_OUTPUTS = 8 };

typedef struct check_layer_case {
    const char *class_name;
    const char *config;    /* members beside name, dtype and trainable; NULL: {} */
    cornu_shape input, output;
    size_t weights;
    int too_few_axes;      /* an input of this rank must be refused with CORNU_ESHAPE; 0: none is */
    bool training;         /* for the shapes; derivatives are those of inference */
    bool no_gradient;

    /* ---- what check_whole_layer_ reads besides; it looks at `output` and `weights` only where
     * they are given ---- */
    cornu_shape more[CHECK_LAYER_INPUTS - 1]; /* further inputs; rank 0: none */
    bool strings;  /* the inputs hold texts; there are no derivatives then */
    int64_t below; /* the inputs are integers from 1 to below - 1; 0: they are floats */
    /* ranks of the first input that are taken; 0: only that of `input`; ANY_RANK is the highest */
    int lowest_rank, highest_rank;
    cornu_masking masking; /* what the class must say */
    /* the steps along axis 1 that a mask hides change nothing in the others */
    bool padded;
    /* the mask is that of steps which hold nothing but zeros */
    bool masks_zeros;
    /* draws random numbers in training, or leaves a state behind: two calls differ */
    bool random;
    /* what cannot be called in a functional model, or not in this form, and why */
    const char *no_model;
} check_layer_case;
enum { ANY_RANK = CORNU_MAX_RANK };

/* NULL, or what is wrong (a text that lives until the next call). */
const char *check_layer_(const check_layer_case *expected);
const char *check_whole_layer_(const check_layer_case *expected);
#define check_layer(...)                                                                           \
    cornu_test_report_(check_layer_(&(check_layer_case){__VA_ARGS__}), "check_layer")

/* One sample or several of every class of layers. */
extern const check_layer_case layer_samples[];
extern const size_t layer_sample_count;

/* ---- shared by the files of the check ---- */
/* A text made of a format, for a check to return. */
const char *check_layer_text_(const char *format, ...) CORNU_PRINTF_(1, 2);
#define WRONG(...) return check_layer_text_(__VA_ARGS__)
#define OK_OR_WRONG(call, what)                                                                    \
    do {                                                                                           \
        if ((call) != CORNU_OK) WRONG("%s: %s", (what), cornu_error_message());                    \
    } while (0)

/* {"class_name": ..., "config": {members, "dtype": ...}} */
cornu_layer *check_layer_make_(const check_layer_case *c, const char *dtype);
/* The type of the inputs. */
cornu_dtype check_layer_dtype_(const check_layer_case *c);
/* The shapes of the inputs; returns how many. */
size_t check_layer_shapes_(const check_layer_case *c, cornu_shape *shapes);
/* Values for the index-th input; they belong to the scope. */
cornu_tensor *
check_layer_sample_(const check_layer_case *c, size_t index, cornu_dtype dtype, cornu_shape shape);
/* All inputs as the case says them. */
cornu_tensor_list
check_layer_inputs_(const check_layer_case *c, cornu_dtype dtype, cornu_tensor **inputs);

/* check_layer_model.c: in a model, saved and loaded, compiled, trained. */
const char *check_layer_in_model_(const check_layer_case *c);
/* check_layer_mask.c */
const char *check_layer_masks_(const check_layer_case *c);

#endif
