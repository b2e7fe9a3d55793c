/* The gradient check: derivatives against central finite differences, which know nothing of the
 * chain rule.
 *
 * With f_0 the function itself and f_k the gradients of w . f_(k-1) with respect to all inputs,
 * order n compares the derivative of w . f_(n-1) with its difference quotient; f_(n-1) is computed
 * through n-1 nested tapes. */
#include "base/memory.h"
#include "tensor/tensor.h"
#include <cornu/tape.h>

#include <float.h>
#include <math.h>

typedef struct check {
    cornu_gradient_function *function;
    void *user;
    cornu_tensor_list inputs;
} check;

/* A weight between 0.5 and 1.5 with either sign for element `index` of output `output`:
 * splitmix64's finaliser. */
static double weight(size_t output, int64_t index) {
    uint64_t z = (uint64_t)index * UINT64_C(0x9e3779b97f4a7c15) +
                 ((uint64_t)output + 1) * UINT64_C(0xd1342543de82ef95);
    z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
    z ^= z >> 31;
    double size = 0.5 + (double)(z >> 11) * 0x1p-53;
    return z & 1 ? size : -size;
}

/* The weights of one output, belonging to the scope. */
static cornu_tensor *weights_like(const cornu_tensor *tensor, size_t output) {
    cornu_tensor *weights = cornu_tensor_new(tensor->dtype, tensor->shape);
    if (weights == NULL) return NULL;
    void *data = cornu_tensor_data_mut(weights);
    for (int64_t i = 0; i < tensor->size; i++) {
        cornu_element_set_(tensor->dtype, data, i, weight(output, i));
    }
    return cornu_scope_add_(weights);
}

static size_t output_count(const check *c, int level) { return level == 0 ? 1 : c->inputs.count; }

/* A list of pointers, zeroed, freed by whoever asked. */
static cornu_tensor **list_new(size_t count) {
    return cornu_alloc_array_(count, sizeof(cornu_tensor *));
}

static cornu_status evaluate(
    const check *c, int level, cornu_tensor *const *inputs, cornu_tensor **outputs
);

/* The gradients of w . f_level with respect to all inputs; NULL where there is no dependence. */
static cornu_status differentiate(
    const check *c, int level, cornu_tensor *const *inputs, cornu_tensor **gradients
) {
    size_t count = output_count(c, level);
    cornu_tensor **outputs = list_new(count), **targets = list_new(count),
                 **upstream = list_new(count);
    cornu_status status = CORNU_ENOMEM;
    if (outputs == NULL || targets == NULL || upstream == NULL) goto done;

    cornu_tape *tape = cornu_tape_begin();
    if (tape == NULL) goto done;
    for (size_t i = 0; i < c->inputs.count; i++) {
        if ((status = cornu_tape_watch(tape, inputs[i])) != CORNU_OK) goto done;
    }
    if ((status = evaluate(c, level, inputs, outputs)) != CORNU_OK) goto done;
    size_t connected = 0;
    for (size_t i = 0; i < count; i++) {
        if (outputs[i] == NULL) continue;
        targets[connected] = outputs[i];
        upstream[connected] = weights_like(outputs[i], i);
        if (upstream[connected] == NULL) {
            status = CORNU_ENOMEM;
            goto done;
        }
        connected++;
    }
    status = cornu_tape_gradient_of(
        tape, (cornu_tensor_list){targets, connected}, upstream,
        (cornu_tensor_list){inputs, c->inputs.count}, gradients
    );

done:
    cornu_free_(outputs);
    cornu_free_(targets);
    cornu_free_(upstream);
    return status;
}

/* f_level. */
static cornu_status evaluate(
    const check *c, int level, cornu_tensor *const *inputs, cornu_tensor **outputs
) {
    if (level > 0) return differentiate(c, level - 1, inputs, outputs);
    outputs[0] = c->function(inputs, c->inputs.count, c->user);
    return outputs[0] != NULL ? CORNU_OK : cornu_error_null("the function's result");
}

/* w . (f(above) - f(below)), the difference first, which keeps the digits that a difference of sums
 * would lose. */
static double weighted_difference(
    cornu_tensor *const *above, cornu_tensor *const *below, size_t count
) {
    double sum = 0;
    for (size_t k = 0; k < count; k++) {
        if (above[k] == NULL || below[k] == NULL) continue;
        for (int64_t i = 0; i < above[k]->size; i++) {
            sum += weight(k, i) * (cornu_tensor_get(above[k], i) - cornu_tensor_get(below[k], i));
        }
    }
    return sum;
}

/* A copy of a float64 tensor with one element changed, belonging to the scope. */
static cornu_tensor *with_element(const cornu_tensor *tensor, int64_t index, double value) {
    cornu_tensor *copy = cornu_tensor_copy(tensor);
    if (copy == NULL) return NULL;
    ((double *)cornu_tensor_data_mut(copy))[index] = value;
    return cornu_scope_add_(copy);
}

/* The difference quotient of w . f_level at one element of one input. */
static cornu_status difference_quotient(
    const check *c, int level, size_t input, int64_t element, cornu_tensor **inputs,
    cornu_tensor **above, cornu_tensor **below, double *quotient
) {
    const cornu_tensor *original = c->inputs.items[input];
    double x = cornu_tensor_get(original, element);
    double step = cbrt(DBL_EPSILON) * fmax(1, fabs(x));
    double high = x + step, low = x - step;

    for (size_t i = 0; i < c->inputs.count; i++) inputs[i] = c->inputs.items[i];
    if ((inputs[input] = with_element(original, element, high)) == NULL) return CORNU_ENOMEM;
    CORNU_TRY(evaluate(c, level, inputs, above));
    if ((inputs[input] = with_element(original, element, low)) == NULL) return CORNU_ENOMEM;
    CORNU_TRY(evaluate(c, level, inputs, below));
    *quotient = weighted_difference(above, below, output_count(c, level)) / (high - low);
    return CORNU_OK;
}

typedef struct worst {
    double error, derivative, quotient;
    size_t input;
    int64_t element;
} worst;

static cornu_status compare(
    const check *c, int level, cornu_tensor *const *gradients, cornu_tensor **inputs,
    cornu_tensor **above, cornu_tensor **below, worst *found
) {
    for (size_t i = 0; i < c->inputs.count; i++) {
        for (int64_t k = 0; k < c->inputs.items[i]->size; k++) {
            cornu_scope *scope = cornu_scope_begin();
            if (scope == NULL) return CORNU_ENOMEM;
            double n = 0;
            cornu_status status = difference_quotient(c, level, i, k, inputs, above, below, &n);
            cornu_scope_end(scope);
            CORNU_TRY(status, "finite differences");
            double a = gradients[i] != NULL ? cornu_tensor_get(gradients[i], k) : 0;
            double error = fabs(a - n) / fmax(1, fmax(fabs(a), fabs(n)));
            /* NaN is the worst of all and stays so */
            if (isnan(found->error) || error <= found->error) continue;
            *found = (worst){error, a, n, i, k};
        }
    }
    return CORNU_OK;
}

cornu_status cornu_check_gradient(
    cornu_gradient_function *function, void *user, cornu_tensor_list inputs, int order,
    double tolerance, double *error
) {
    for (size_t i = 0; i < inputs.count; i++) {
        if (inputs.items[i] == NULL) return cornu_error_null("cornu_check_gradient: input");
        if (inputs.items[i]->dtype != CORNU_FLOAT64 || inputs.items[i]->storage == NULL) {
            CORNU_FAIL(
                CORNU_EDTYPE,
                "cornu_check_gradient: input %zu must be float64 with values, not %s%s", i,
                cornu_dtype_name(inputs.items[i]->dtype),
                inputs.items[i]->storage == NULL ? " without values" : ""
            );
        }
    }
    if (order < 1) CORNU_FAIL(CORNU_EINVAL, "cornu_check_gradient: order is %d, not 1 or 2", order);
    cornu_error_clear();

    const check c = {function, user, inputs};
    int level = order - 1;
    size_t outputs = output_count(&c, level);
    cornu_tensor **gradients = list_new(inputs.count), **changed = list_new(inputs.count);
    cornu_tensor **above = list_new(outputs), **below = list_new(outputs);
    worst found = {.error = 0};
    cornu_status status = CORNU_ENOMEM;
    cornu_scope *scope = NULL;
    if (gradients != NULL && changed != NULL && above != NULL && below != NULL &&
        (scope = cornu_scope_begin()) != NULL) {
        status = differentiate(&c, level, inputs.items, gradients);
        if (status == CORNU_OK)
            status = compare(&c, level, gradients, changed, above, below, &found);
        cornu_scope_end(scope);
    }
    cornu_free_(gradients);
    cornu_free_(changed);
    cornu_free_(above);
    cornu_free_(below);
    CORNU_TRY(status, "cornu_check_gradient");

    if (error != NULL) *error = found.error;
    if (found.error <= tolerance) return CORNU_OK;
    CORNU_FAIL(
        CORNU_EINVAL,
        "cornu_check_gradient: input %zu, element %lld: the derivative of order %d is %.12g, but "
        "finite "
        "differences give %.12g",
        found.input, (long long)found.element, order, found.derivative, found.quotient
    );
}
