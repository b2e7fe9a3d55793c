/* The argument of --class-weight. */
#ifndef CORNU_CLI_CLASS_WEIGHT_H
#define CORNU_CLI_CLASS_WEIGHT_H

#include "cli.h"

/* Reads {"0": 1.0, "1": 2.5}: class index to weight, as Keras' class_weight. *weights is *new* memory (free), also NULL for none. */
cornu_status class_weight_parse(const char *text, cornu_class_weight **weights, size_t *count);

#endif
