/* Creation and execution of oneDNN primitives; see the header. */
#if defined(CORNU_HAVE_ONEDNN)
#include "onednn_primitive.h"

#include "threads.h"

#include "base/memory.h"
#include <stdatomic.h>
#include <stdio.h>
#include <string.h>

/* What one execution needs for itself. */
struct cornu_onednn_session {
    dnnl_stream_t stream;
    dnnl_memory_t memory[CORNU_ONEDNN_ARGUMENTS];
};

cornu_status cornu_onednn_failed_(dnnl_status_t status, const char *what) {
    if (status == dnnl_out_of_memory) CORNU_FAIL(CORNU_ENOMEM, "oneDNN: out of memory in %s", what);
    CORNU_FAIL(CORNU_ESTATE, "oneDNN: %s failed with status %d", what, (int)status);
}

/* ---- layouts ---- */
dnnl_status_t cornu_onednn_layout_make_(
    cornu_onednn_layout *layout, int rank, const int64_t *dims, const int64_t *strides
) {
#if DNNL_VERSION_MAJOR >= 3
    if (strides == NULL)
        return dnnl_memory_desc_create_with_tag(layout, rank, dims, dnnl_f32, dnnl_format_tag_any);
    return dnnl_memory_desc_create_with_strides(layout, rank, dims, dnnl_f32, strides);
#else
    if (strides == NULL)
        return dnnl_memory_desc_init_by_tag(layout, rank, dims, dnnl_f32, dnnl_format_tag_any);
    return dnnl_memory_desc_init_by_strides(layout, rank, dims, dnnl_f32, strides);
#endif
}

void cornu_onednn_layout_free_(cornu_onednn_layout *layout) {
#if DNNL_VERSION_MAJOR >= 3
    if (*layout != NULL) (void)dnnl_memory_desc_destroy(*layout);
#else
    (void)layout;
#endif
}

cornu_onednn_layout_ref cornu_onednn_layout_of_(
    const cornu_onednn_primitive *primitive, int argument
) {
    return dnnl_primitive_desc_query_md(primitive->desc, primitive->argument[argument].query, 0);
}

size_t cornu_onednn_scratchpad_(const cornu_onednn_primitive *primitive) {
    cornu_onednn_layout_ref layout =
        dnnl_primitive_desc_query_md(primitive->desc, dnnl_query_scratchpad_md, 0);
    return layout != NULL ? dnnl_memory_desc_get_size(layout) : 0;
}

/* ---- creation ---- */
static dnnl_status_t make(
    cornu_onednn_primitive *p, cornu_onednn_describe *describe, void *context
) {
    dnnl_primitive_attr_t attr = NULL;
    dnnl_status_t status = dnnl_engine_create(&p->engine, dnnl_cpu, 0);
    if (status == dnnl_success) status = dnnl_primitive_attr_create(&attr);
    if (status == dnnl_success)
        status = dnnl_primitive_attr_set_scratchpad_mode(attr, dnnl_scratchpad_mode_user);
    if (status == dnnl_success) status = describe(p, attr, context);
    if (attr) (void)dnnl_primitive_attr_destroy(attr);
    return status == dnnl_success ? dnnl_primitive_create(&p->primitive, p->desc) : status;
}

cornu_status cornu_onednn_create_(
    cornu_onednn_primitive *p, cornu_onednn_describe *describe, void *context
) {
    p->spare = cornu_alloc_(sizeof *p->spare);
    if (!p->spare) return CORNU_ENOMEM;
    atomic_init(p->spare, NULL);
    int before = cornu_threads_enter_(p->threads);
    dnnl_status_t status = make(p, describe, context);
    cornu_threads_leave_(before);
    if (status == dnnl_out_of_memory) return cornu_onednn_failed_(status, "creation");
    if (status != dnnl_success) return CORNU_EUNSUPPORTED;
    const char *name = NULL;
    status = dnnl_primitive_desc_query(p->desc, dnnl_query_impl_info_str, 0, &name);
    if (status != dnnl_success || !name || strstr(name, "ref")) return CORNU_EUNSUPPORTED;
    (void)snprintf(p->implementation, sizeof p->implementation, "dnnl %s", name);
    return CORNU_OK;
}

/* ---- execution ---- */
static void session_free(cornu_onednn_session *s) {
    if (!s) return;
    for (int i = 0; i < CORNU_ONEDNN_ARGUMENTS; i++) {
        if (s->memory[i]) (void)dnnl_memory_destroy(s->memory[i]);
    }
    if (s->stream) (void)dnnl_stream_destroy(s->stream);
    cornu_free_(s);
}

static cornu_status session_new(const cornu_onednn_primitive *p, cornu_onednn_session **out) {
    cornu_onednn_session *s = cornu_alloc_(sizeof *s);
    if (!s) return CORNU_ENOMEM;
    dnnl_status_t status = dnnl_stream_create(&s->stream, p->engine, dnnl_stream_default_flags);
    for (int i = 0; status == dnnl_success && i < p->count; i++) {
        status = dnnl_memory_create(
            &s->memory[i], cornu_onednn_layout_of_(p, i), p->engine, DNNL_MEMORY_NONE
        );
    }
    if (status != dnnl_success) {
        session_free(s);
        return cornu_onednn_failed_(status, "memory objects");
    }
    *out = s;
    return CORNU_OK;
}

static dnnl_status_t run(
    const cornu_onednn_primitive *p, cornu_onednn_session *s, void *const *buffers
) {
    dnnl_exec_arg_t arguments[CORNU_ONEDNN_ARGUMENTS];
    for (int i = 0; i < p->count; i++) {
        dnnl_status_t status = dnnl_memory_set_data_handle(s->memory[i], buffers[i]);
        if (status != dnnl_success) return status;
        arguments[i] = (dnnl_exec_arg_t){p->argument[i].name, s->memory[i]};
    }
    dnnl_status_t status = dnnl_primitive_execute(p->primitive, s->stream, p->count, arguments);
    return status == dnnl_success ? dnnl_stream_wait(s->stream) : status;
}

cornu_status cornu_onednn_execute_(const cornu_onednn_primitive *p, void *const *buffers) {
    cornu_onednn_session *s = atomic_exchange(p->spare, NULL), *none = NULL;
    if (!s) CORNU_TRY(session_new(p, &s));
    int before = cornu_threads_enter_(p->threads);
    dnnl_status_t status = run(p, s, buffers);
    cornu_threads_leave_(before);
    if (!atomic_compare_exchange_strong(p->spare, &none, s)) session_free(s);
    return status == dnnl_success ? CORNU_OK : cornu_onednn_failed_(status, p->implementation);
}

void cornu_onednn_destroy_(cornu_onednn_primitive *p) {
    if (p->spare) session_free(atomic_load(p->spare));
    cornu_free_(p->spare);
    if (p->primitive) (void)dnnl_primitive_destroy(p->primitive);
    if (p->desc) (void)dnnl_primitive_desc_destroy(p->desc);
    if (p->engine) (void)dnnl_engine_destroy(p->engine);
}
#else
typedef int cornu_onednn_is_not_here; /* a file must not be empty */
#endif
