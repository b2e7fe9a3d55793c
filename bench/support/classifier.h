/* Training of a compiled model, the three ways in which the workloads measure it. */
#ifndef BENCH_SUPPORT_CLASSIFIER_H
#define BENCH_SUPPORT_CLASSIFIER_H

#include "support/bench.h"

/* The modes, for bench_parse: "batch" hands batches that lie in memory to cornu_train_on_batch,
 * which is what the other side measures; "fit" is the same steps through cornu_fit with its own
 * batches; "eager" is "batch" without the compiled step. */
extern const char *const bench_classifier_modes[];

/* Compiles `model` with `loss`, trains it on x and y (all are taken, and the optimizer) and prints
 * the line of JSON. */
void bench_training(
    const bench_options *options, cornu_model *model, cornu_optimizer *optimizer, cornu_loss *loss,
    cornu_tensor *x, cornu_tensor *y
);
/* The same with sparse categorical cross-entropy on logits. */
void bench_classifier(
    const bench_options *options, cornu_model *model, cornu_optimizer *optimizer, cornu_tensor *x,
    cornu_tensor *y
);

#endif
