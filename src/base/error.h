/* The inside of the error chain, for src/base alone. */
#ifndef CORNU_BASE_ERROR_H
#define CORNU_BASE_ERROR_H

#include <cornu/error.h>

/* Every error of the library passes here: the place for a breakpoint. Makes `status` and `message`
 * pending. */
cornu_status cornu_error_set_(cornu_status status, const char *message);

#endif
