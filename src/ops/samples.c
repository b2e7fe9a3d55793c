/* Sample inputs for the tests that loop over the op table. */
#include "ops/samples.h"

#include <math.h>

/* Kronecker's sequence: the fractions of i * g for irrational g are all different and evenly
 * spread. Salts step by a number that no multiple of g comes near, so that no two elements tie,
 * whichever tensors they are in. */
static double fraction(int64_t i, int salt) {
    double x = (double)(i + 1) * 0.6180339887498949 + salt * 0.4142135623730951;
    return 0.02 + 0.96 * (x - floor(x));
}

static cornu_tensor *make(cornu_shape shape, double low, double high, int salt, bool both_signs) {
    cornu_tensor *sample = cornu_tensor_new(CORNU_FLOAT64, shape);
    if (sample == NULL) return NULL;
    double *values = sample->storage->data;
    for (int64_t i = 0; i < sample->size; i++) {
        double value = low + (high - low) * fraction(i, salt);
        values[i] = both_signs && (i + salt) % 2 == 1 ? -value : value;
    }
    return cornu_scope_add_(sample);
}

cornu_tensor *cornu_sample_tensor_(cornu_shape shape, double low, double high, int salt) {
    return make(shape, low, high, salt, false);
}

cornu_tensor *cornu_sample_signed_(cornu_shape shape, double low, double high, int salt) {
    return make(shape, low, high, salt, true);
}

cornu_tensor *cornu_sample_bools_(cornu_shape shape, int salt) {
    cornu_tensor *sample = cornu_tensor_new(CORNU_BOOL, shape);
    if (sample == NULL) return NULL;
    for (int64_t i = 0; i < sample->size; i++)
        cornu_element_set_(CORNU_BOOL, sample->storage->data, i, fraction(i, salt) < 0.5);
    return cornu_scope_add_(sample);
}

static bool one(int index, double low, double high, bool both, cornu_tensor **inputs, int *count) {
    const cornu_shape shapes[] = {cornu_shape(2, 3), cornu_shape(7), cornu_shape(1, 3, 2)};
    if (index >= (int)(sizeof shapes / sizeof *shapes)) return false;
    inputs[0] = make(shapes[index], low, high, index, both);
    *count = 1;
    return true;
}

static bool two(int index, double low, double high, bool both, cornu_tensor **inputs, int *count) {
    const cornu_shape left[] = {cornu_shape(2, 3), cornu_shape(3, 1), cornu_shape(2, 1, 4)};
    const cornu_shape right[] = {cornu_shape(2, 3), cornu_shape(5), cornu_shape(3, 1)};
    if (index >= (int)(sizeof left / sizeof *left)) return false;
    inputs[0] = make(left[index], low, high, 2 * index, both);
    inputs[1] = make(right[index], low, high, 2 * index + 1, both);
    *count = 2;
    return true;
}

bool cornu_sample_one_(int index, double low, double high, cornu_tensor **inputs, int *count) {
    return one(index, low, high, false, inputs, count);
}

bool cornu_sample_one_signed_(
    int index, double low, double high, cornu_tensor **inputs, int *count
) {
    return one(index, low, high, true, inputs, count);
}

bool cornu_sample_two_(int index, double low, double high, cornu_tensor **inputs, int *count) {
    return two(index, low, high, false, inputs, count);
}

bool cornu_sample_two_signed_(
    int index, double low, double high, cornu_tensor **inputs, int *count
) {
    return two(index, low, high, true, inputs, count);
}
