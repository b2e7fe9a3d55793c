/* The built-in losses. */
#ifndef CORNU_LOSSES_H
#define CORNU_LOSSES_H

#include <cornu/extend.h>

#endif
