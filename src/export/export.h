/* What the files of export share. A model is exported from the graph of its prediction: every layer
 * is known by its ops, and a new layer needs nothing here. */
#ifndef CORNU_EXPORT_EXPORT_H
#define CORNU_EXPORT_EXPORT_H

#include "backend/kernel.h"
#include "base/text.h"
#include "graph/graph.h"
#include "model/model.h"
#include <cornu/export.h>

/* ---- trace.c ---- */
/* The prediction of a model for batches of one size; *new*, cornu_graph_free_. `given`: shapes of
 * the inputs, or NULL. */
cornu_status cornu_export_trace_(
    cornu_model *model, const cornu_shape *given, int64_t batch_size, cornu_graph **graph
);

/* ---- onnx.c ---- */
cornu_status cornu_export_onnx_(cornu_model *model, const cornu_export_args *args);

/* ---- c_source.c ---- */
cornu_status cornu_export_c_(cornu_model *model, const cornu_export_args *args, const char *name);

/* ---- describing_backend.c ---- */
/* A backend whose kernels compute nothing and know what they were made of: a plan made with it is a
 * program to be read. */
extern const cornu_backend cornu_backend_describing_;
const cornu_kernel_desc *cornu_described_(const cornu_kernel *kernel);

/* ---- c_kernels.c ---- */
/* Writes one kernel as a block of C; operands[i] is the expression of operand i's first element's
 * address. CORNU_EUNSUPPORTED for a kind that has no place in a prediction. */
cornu_status cornu_c_kernel_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
);
/* The name of a type in C, and its bytes there: float for types of 16 bits. */
const char *cornu_c_type_(cornu_dtype dtype);
size_t cornu_c_size_(cornu_dtype dtype);
/* The loops over an operand's axes, and the end of them; indices are i0, i1, ... */
void cornu_c_loops_(cornu_text *text, int rank, const int64_t *dims);
/* ... + i0 * stride + i1 * stride */
void cornu_c_place_(cornu_text *text, int rank, const int64_t *strides, int64_t offset);

/* ---- c_elementwise.c, c_window.c, c_recurrent.c ---- */
cornu_status cornu_c_elementwise_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
);
cornu_status cornu_c_window_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
);
cornu_status cornu_c_recurrent_(
    cornu_text *text, const cornu_kernel_desc *desc, const char *const *operands
);
/* Writes the functions that expressions in `body` call. */
void cornu_c_functions_(cornu_text *text, const char *body);

#endif
