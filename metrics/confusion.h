/* Counts of true and false positives and negatives at thresholds, on which precision, recall, AUC
 * and their relatives stand. */
#ifndef CORNU_METRICS_CONFUSION_H
#define CORNU_METRICS_CONFUSION_H

#include <cornu/metrics.h>

/* Begins the struct of such a metric. Each count is [thresholds], or with several labels
 * [thresholds, labels]; NULL: not wanted. */
typedef struct cornu_confusion {
    cornu_metric base;
    cornu_tensor *tp, *fp, *tn, *fn;
    cornu_tensor *thresholds; /* [thresholds]; owned */
    bool even;                /* 0, 1/n, 2/n, ... 1: counted in buckets */
    bool open_ends;           /* the first lies below 0 and the last above 1 */
} cornu_confusion;

/* How a batch is counted. */
typedef struct cornu_confusion_rule {
    int64_t top_k;    /* only the largest predictions are positive; CORNU_NONE: no limit */
    int64_t class_id; /* only this class counts; CORNU_NONE: all */
    bool multi_label; /* classes are counted apart */
    cornu_tensor *label_weights; /* [classes], or NULL */
} cornu_confusion_rule;

/* A threshold that every prediction is above of, except those that top_k sorted out. */
#define CORNU_CONFUSION_ALL_ (-1e10)

/* A list as a float32 tensor; *new*. */
cornu_tensor *cornu_confusion_list_(cornu_floats values);
/* Sets thresholds, whatever they are. */
cornu_status cornu_confusion_keep_(cornu_confusion *self, cornu_floats thresholds);
/* Sets thresholds as they are given, or the one otherwise; checks that they are in 0..1. */
cornu_status cornu_confusion_set_(cornu_confusion *self, cornu_floats given, double otherwise);
/* `count` thresholds spread evenly from 0 to 1; with open_ends a little below and above. */
cornu_status cornu_confusion_spread_(cornu_confusion *self, int64_t count, bool open_ends);
/* Which counts are kept. */
enum { CORNU_COUNT_TP = 1, CORNU_COUNT_FP = 2, CORNU_COUNT_TN = 4, CORNU_COUNT_FN = 8 };
/* Makes the variables; labels 0: counts are vectors. */
cornu_status cornu_confusion_build_(cornu_confusion *self, unsigned counts, int64_t labels);
cornu_status cornu_confusion_update_(
    cornu_confusion *self, const cornu_confusion_rule *rule, cornu_tensor *y_true,
    cornu_tensor *y_pred, cornu_tensor *weights
);
void cornu_confusion_destroy_(void *metric);
/* Whether such a threshold list is one that cornu_confusion_spread_ would make, as Keras asks. */
bool cornu_confusion_is_even_(const double *thresholds, size_t count);

#endif
