/* The built-in metrics. */
#ifndef CORNU_METRICS_H
#define CORNU_METRICS_H

#include <cornu/extend.h>

#endif
