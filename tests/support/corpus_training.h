/* Kinds train and resume of the corpus: what a case is trained on, and how. */
#ifndef CORNU_TESTS_CORPUS_TRAINING_H
#define CORNU_TESTS_CORPUS_TRAINING_H

#include "support/corpus.h"

/* Arrays belong to the scope in which they were read. */
typedef struct corpus_training {
    cornu_tensor *x[CORPUS_ARRAYS_MAX], *y[CORPUS_ARRAYS_MAX], *sample_weight[CORPUS_ARRAYS_MAX];
    cornu_tensor *validation_x[CORPUS_ARRAYS_MAX], *validation_y[CORPUS_ARRAYS_MAX];
    cornu_tensor *validation_weight[CORPUS_ARRAYS_MAX];
    size_t x_count, y_count, weight_count;
    size_t validation_x_count, validation_y_count, validation_weight_count;
    cornu_class_weight class_weight[64];
    size_t class_weight_count;
    int64_t batch_size, epochs, initial_epoch;
    double validation_split;
    double rtol, atol; /* of history, batch logs and evaluation */
} corpus_training;

cornu_status corpus_training_read(const corpus_case *c, corpus_training *t);
/* Evaluates as the case does before training; `logs` to be cleared. */
cornu_status corpus_training_evaluate(
    const corpus_training *t, cornu_model *model, cornu_logs *logs
);
/* Trains as the case does; takes the callback. *new* */
cornu_history *corpus_training_fit(
    const corpus_training *t, cornu_model *model, cornu_callback *callback
);

/* A number of an object, or `otherwise`. */
double corpus_number(const cJSON *object, const char *key, double otherwise);

#endif
