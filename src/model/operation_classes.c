/* The operations of keras.ops that functional models may hold, by the names of their classes: the
 * tables of operations_*.c together. Keras: keras/src/ops. */
#include "model/operation.h"

static const cornu_operation_class *const tables[] = {
    cornu_operations_elementwise_, cornu_operations_reduce_,  cornu_operations_shape_,
    cornu_operations_index_,       cornu_operations_order_,   cornu_operations_product_,
    cornu_operations_nn_,          cornu_operations_image_,   cornu_operations_blocks_,
    cornu_operations_fourier_,     cornu_operations_scatter_, cornu_operations_nan_,
    cornu_operations_linalg_,      cornu_operations_bits_,    cornu_operations_numeric_,
    cornu_operations_ctc_,         cornu_operations_refused_,
};

const cornu_operation_class *cornu_operation_find_(
    bool (*fits)(const cornu_operation_class *cls, const char *name), const char *name
) {
    for (size_t i = 0; i < sizeof tables / sizeof *tables; i++)
        for (const cornu_operation_class *cls = tables[i]; cls->layer.name != NULL; cls++)
            if (fits(cls, name)) return cls;
    return NULL;
}
