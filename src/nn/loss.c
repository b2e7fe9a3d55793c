/* The base of losses: types, weights, masks and reduction around a class' values per sample.
 * keras/src/losses/loss.py: Loss.__call__, reduce_weighted_values, apply_mask,
 * squeeze_or_expand_to_same_rank. */
#include "nn/loss.h"
#include <string.h>

typedef struct {
    CORNU_LOSS_ARGS(common_args);
} common_args;

cornu_status cornu_loss_prepare_(cornu_loss *loss) {
    static const char *const known[] = {
        "sum_over_batch_size", "sum", "mean", "mean_with_sample_weight", "none"};
    const common_args *args = cornu_object_args_(loss);
    loss->dtype = CORNU_FLOAT32;
    loss->reduction = known[0];
    if (!args) return CORNU_OK;
    if (args->dtype)
        CORNU_TRY(cornu_dtype_from_name(args->dtype, &loss->dtype), "%s", loss->cls->name);
    const char *wanted = args->reduction ? args->reduction : "none";
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(wanted, known[i]) == 0) return loss->reduction = known[i], CORNU_OK;
    }
    CORNU_FAIL(
        CORNU_EINVAL,
        "%s: reduction '%s' is not one of sum_over_batch_size, sum, mean, mean_with_sample_weight, "
        "none",
        loss->cls->name, wanted
    );
}

const char *cornu_loss_name(const cornu_loss *loss) { return loss->name; }

/* The shorter loses or gains its missing axis of size 1; vectors gain, so that [b] * [b, 1] is not
 * [b, b]. */
static cornu_status match_longer(cornu_tensor **longer, cornu_tensor **shorter) {
    int rank = cornu_tensor_rank(*longer);
    if (cornu_tensor_dim(*longer, -1) != 1) return CORNU_OK;
    if (rank == 2) {
        *shorter = cornu_op_expand_dims(*shorter, -1);
        return *shorter ? CORNU_OK : cornu_error_status();
    }
    *longer = cornu_op_squeeze(*longer, cornu_axes(-1));
    return *longer ? CORNU_OK : cornu_error_status();
}

cornu_status cornu_match_ranks(cornu_tensor **a, cornu_tensor **b) {
    if (!*a || !*b) return cornu_error_null("tensor");
    int rank_a = cornu_tensor_rank(*a), rank_b = cornu_tensor_rank(*b);
    if (rank_a == rank_b + 1) return match_longer(a, b);
    if (rank_b == rank_a + 1) return match_longer(b, a);
    return CORNU_OK;
}

/* Folds a mask into the weights. Where the mean is over all values, the valid ones are scaled up by
 * total / valid, so that the masked ones do not dilute it. */
static cornu_tensor *weights_with_mask(
    const cornu_loss *loss, cornu_tensor *weights, cornu_tensor *mask
) {
    if (!mask) return weights;
    mask = cornu_op_cast(mask, loss->dtype);
    if (strcmp(loss->reduction, "mean") == 0 ||
        strcmp(loss->reduction, "sum_over_batch_size") == 0) {
        cornu_tensor *total =
            mask ? cornu_scalar_of(loss->dtype, (double)cornu_tensor_size(mask)) : NULL;
        mask = cornu_op_multiply(mask, cornu_op_divide_no_nan(total, cornu_op_sum(mask)));
    }
    if (!weights) return mask;
    if (cornu_match_ranks(&mask, &weights) != CORNU_OK) return NULL;
    return cornu_op_multiply(weights, mask);
}

static cornu_tensor *reduce(const cornu_loss *loss, cornu_tensor *values, cornu_tensor *weights) {
    if (!values || strcmp(loss->reduction, "none") == 0 || cornu_tensor_rank(values) == 0)
        return values;
    cornu_tensor *sum = cornu_op_sum(values);
    if (strcmp(loss->reduction, "sum") == 0) return sum;
    cornu_tensor *divisor =
        strcmp(loss->reduction, "mean_with_sample_weight") == 0 && weights
            ? cornu_op_sum(weights)
            : cornu_scalar_of(cornu_tensor_dtype(values), (double)cornu_tensor_size(values));
    return cornu_op_divide_no_nan(sum, divisor);
}

cornu_tensor *cornu_loss_compute_(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight,
    cornu_tensor *mask
) {
    if (!loss || !y_true || !y_pred)
        return (void)cornu_error_null(!loss ? "loss" : !y_true ? "y_true" : "y_pred"), NULL;
    cornu_dtype dtype = cornu_tensor_dtype(y_pred) == CORNU_FLOAT64 ? CORNU_FLOAT64 : loss->dtype;
    y_pred = cornu_op_cast(y_pred, dtype);
    if (!loss->cls->any_dtype) y_true = cornu_op_cast(y_true, dtype);
    if (cornu_match_ranks(&y_true, &y_pred) != CORNU_OK) goto failed;
    cornu_tensor *values = loss->cls->call(loss, y_true, y_pred);
    if (loss->cls->mask && values) {
        cornu_tensor *own = loss->cls->mask(loss, y_true, y_pred);
        if (!own && cornu_error_status() != CORNU_OK) goto failed;
        if (own && mask && !(own = cornu_op_logical_and(mask, own))) goto failed;
        if (own) mask = own;
    }
    cornu_tensor *weights = sample_weight ? cornu_op_cast(sample_weight, dtype) : NULL;
    if (sample_weight && !weights) goto failed;
    if (mask && !(weights = weights_with_mask(loss, weights, mask))) goto failed;
    if (weights) {
        if (!values || cornu_match_ranks(&values, &weights) != CORNU_OK) goto failed;
        values = cornu_op_multiply(values, weights);
    }
    cornu_tensor *result = reduce(loss, values, weights);
    if (result) return result;
failed:
    (void)cornu_error_context("loss '%s'", loss->name ? loss->name : loss->cls->name);
    return NULL;
}

cornu_tensor *cornu_loss_call_weighted(
    cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred, cornu_tensor *sample_weight
) {
    return cornu_loss_compute_(loss, y_true, y_pred, sample_weight, NULL);
}

cornu_tensor *cornu_loss_call(cornu_loss *loss, cornu_tensor *y_true, cornu_tensor *y_pred) {
    return cornu_loss_compute_(loss, y_true, y_pred, NULL, NULL);
}
