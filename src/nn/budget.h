/* How much memory the weights of a model may take while it is made from a file. A config of a few
 * bytes can ask for a layer of any size, and its weights are made before those of the file are
 * compared with them. */
#ifndef CORNU_NN_BUDGET_H
#define CORNU_NN_BUDGET_H

#include <cornu/error.h>

/* From here on weights in this thread may take what a file of this size can hold, or anything if
 * the file is trusted. Give what it returns to the end. */
uint64_t cornu_budget_begin_(uint64_t file_size, bool trusted);
void cornu_budget_end_(uint64_t before);
/* Takes so much of it. CORNU_EFORMAT if there is not so much left. */
cornu_status cornu_budget_take_(uint64_t bytes);

#endif
