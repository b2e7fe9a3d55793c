/* Prints the names in the tables that the scan wrote: ops, then layers. */
#include "graph/op.h"

#include <cornu/extend.h>
#include <stdio.h>

extern const cornu_layer_class *const cornu_builtin_layers_[];
extern const size_t cornu_builtin_layers_count_;

int main(void) {
    for (size_t i = 0; i < cornu_op_table_count_; i++) printf("%s ", cornu_op_table_[i]->name);
    printf("|");
    for (size_t i = 0; i < cornu_builtin_layers_count_; i++)
        printf(" %s", cornu_builtin_layers_[i]->name);
    printf("\n");
    return 0;
}
