/* The inside of StringLookup, which TextVectorization has as a layer. */
#ifndef CORNU_LAYERS_PREPROCESSING_STRING_LOOKUP_H
#define CORNU_LAYERS_PREPROCESSING_STRING_LOOKUP_H

#include "lookup.h"

extern const cornu_layer_class cornu_layer_string_lookup_class;
/* Only UTF-8 is known. */
cornu_status cornu_check_encoding_(const char *encoding);

#endif
