/* The built-in optimizers. */
#ifndef CORNU_OPTIMIZERS_H
#define CORNU_OPTIMIZERS_H

#include <cornu/extend.h>

#endif
