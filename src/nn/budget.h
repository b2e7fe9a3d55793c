/* How much memory a model from a file may take. A config of a few bytes can ask for a layer of any
 * size, whose weights are made before those of the file are compared with them, and for outputs of
 * any size. */
#ifndef CORNU_NN_BUDGET_H
#define CORNU_NN_BUDGET_H

#include <cornu/error.h>

/* From here on weights in this thread may take what a file of this size can hold, or anything if
 * the file is trusted. Give what it returns to the end. */
uint64_t cornu_budget_begin_(uint64_t file_size, bool trusted);
void cornu_budget_end_(uint64_t before);
/* Takes so much of it. CORNU_EFORMAT if there is not so much left. */
cornu_status cornu_budget_take_(uint64_t bytes);
/* What a single block may have when such a model computes, 0 (anything) if the file is trusted:
 * 256 MiB and 64 times the file; with a batch of so many bytes 4096 times these, too. */
uint64_t cornu_budget_of_blocks_(uint64_t file_size, bool trusted);
uint64_t cornu_budget_with_batch_(uint64_t of_blocks, uint64_t batch_bytes);

#endif
