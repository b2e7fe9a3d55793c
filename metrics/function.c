/* The mean of a function in C. keras/src/trainers/compile_utils.py, get_metric: a function becomes
 * a MeanMetricWrapper. */
#include <cornu/metrics.h>

cornu_metric *cornu_metric_function_new(const cornu_loss_function_args *args) {
    cornu_loss *loss = cornu_loss_function_new(args);
    return loss ? cornu_metric_mean_metric_wrapper(loss, .name = args->name) : NULL;
}
