/* What the targets share. A target is one function, fuzz_one, that hands bytes to one reader and
 * lets go of all it got; whether the reader took or refused them does not matter.
 *
 * tools/fuzz builds the targets with libFuzzer and runs them; the ordinary build links them with
 * replay.c, so that the tests run every seed. */
#ifndef CORNU_FUZZ_SUPPORT_H
#define CORNU_FUZZ_SUPPORT_H

#include <cornu/cornu.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
/* Once before the first input. */
int LLVMFuzzerInitialize(int *argc, char ***argv);

/* The bytes as a file in memory whose name ends in `ending`; *borrowed* until the next call. */
const char *fuzz_file(const uint8_t *data, size_t size, const char *ending);
/* [4] -> Dense(3) with relu -> Dense(2), as the seeds for weights have them; lives on. */
cornu_model *fuzz_model(void);

#endif
