/* The version of the linked library; a program compares it with CORNU_VERSION of its headers. */
#include <cornu/base.h>

const char *cornu_version(void) { return CORNU_VERSION; }
