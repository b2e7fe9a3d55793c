/* One oneDNN primitive with the memory objects of its arguments: what the kernels that oneDNN
 * computes share, in versions 2 and 3 of its C API.
 *
 * Rules that measurements and its documentation give: the scratchpad is the caller's, since the
 * library's own is not safe when two threads execute one primitive; a primitive runs with the
 * number of threads it was made for (a backward convolution hangs otherwise); implementations
 * called "ref" are hundreds of times slower than a loop of our own and are refused. */
#ifndef CORNU_BACKEND_CPU_ONEDNN_PRIMITIVE_H
#define CORNU_BACKEND_CPU_ONEDNN_PRIMITIVE_H

#include "backend/kernel.h"

#include <oneapi/dnnl/dnnl.h>

/* A layout is a handle in version 3 and a value in version 2; functions that read one take a handle
 * there and a pointer here. */
typedef dnnl_memory_desc_t cornu_onednn_layout;
#if DNNL_VERSION_MAJOR >= 3
typedef const_dnnl_memory_desc_t cornu_onednn_layout_ref;
#define CORNU_ONEDNN_REF(layout) (layout)
#else
typedef const dnnl_memory_desc_t *cornu_onednn_layout_ref;
#define CORNU_ONEDNN_REF(layout) (&(layout))
#endif
/* Of float32; strides NULL: whatever the primitive likes best. */
dnnl_status_t cornu_onednn_layout_make_(
    cornu_onednn_layout *layout, int rank, const int64_t *dims, const int64_t *strides
);
void cornu_onednn_layout_free_(cornu_onednn_layout *layout);

enum { CORNU_ONEDNN_ARGUMENTS = 4 };
typedef struct cornu_onednn_session cornu_onednn_session;
typedef struct cornu_onednn_primitive {
    int threads;
    int count; /* of arguments */
    struct {
        int name;           /* DNNL_ARG_.. */
        dnnl_query_t query; /* of its layout */
    } argument[CORNU_ONEDNN_ARGUMENTS];
    dnnl_engine_t engine;
    dnnl_primitive_desc_t desc;
    dnnl_primitive_t primitive;
    char implementation[64];
    /* one slot: what the latest execution left for the next one */
    _Atomic(cornu_onednn_session *) *spare;
} cornu_onednn_primitive;

/* Makes the descriptor: called with the engine and with attributes that ask for a scratchpad of the
 * caller's. */
typedef dnnl_status_t cornu_onednn_describe(
    cornu_onednn_primitive *primitive, dnnl_primitive_attr_t attributes, void *context
);
/* Makes a primitive whose threads and arguments are set. CORNU_EUNSUPPORTED, without a message, if
 * there is no implementation, or none but the slow one. What was made is freed by destroy. */
cornu_status cornu_onednn_create_(
    cornu_onednn_primitive *primitive, cornu_onednn_describe *describe, void *context
);
/* The layout of an argument. */
cornu_onednn_layout_ref cornu_onednn_layout_of_(
    const cornu_onednn_primitive *primitive, int argument
);
/* Bytes of the scratchpad, which is an argument like the others. */
size_t cornu_onednn_scratchpad_(const cornu_onednn_primitive *primitive);
/* buffers[i] belongs to argument i. */
cornu_status cornu_onednn_execute_(
    const cornu_onednn_primitive *primitive, void *const *buffers
);
void cornu_onednn_destroy_(cornu_onednn_primitive *primitive);
cornu_status cornu_onednn_failed_(dnnl_status_t status, const char *what);

#endif
