/* LSTM and GRU over time, and the way back, in float32. Rows of the batch know nothing of one
 * another, so each thread takes some of them through all steps by itself. The weights are packed
 * once; each step is one product of a few rows by them and a pass over the gates. */
#include "recurrent.h"

#include "isa.h"
#include "threads.h"

#include "base/memory.h"

enum {
    GROUP = 8,     /* rows, of which a part has a multiple */
    FEW_ROWS = 16, /* of a part, if there are not many parts */
    MANY_PARTS = 8,
    MOST_SUMS = 1 << 24, /* floats, of all parts */
};

typedef struct job {
    const cornu_recurrent_kernel *kernel;
    void *const *buffers;
    float *panels, *sums, *scratch;
} job;

static void run_parts(void *context, int64_t begin, int64_t end, int thread) {
    const job *j = context;
    const cornu_recurrent_kernel *kernel = j->kernel;
    for (int64_t i = begin; i < end; i++) {
        int64_t first = i * kernel->rows, rest = kernel->k.batch - first;
        cornu_recurrent_part part = {
            .kernel = kernel,
            .buffers = j->buffers,
            .panels = j->panels,
            .sums = j->sums + i * kernel->sums,
            .scratch = j->scratch + thread * kernel->scratch,
            .first = first,
            .count = rest < kernel->rows ? rest : kernel->rows,
        };
        if (kernel->k.back) cornu_recurrent_run_back_(&part);
        else cornu_recurrent_run_forward_(&part);
    }
}

static cornu_status execute(const cornu_kernel *base, void *const *buffers, void *workspace) {
    const cornu_recurrent_kernel *kernel = (const cornu_recurrent_kernel *)base;
    job j = {.kernel = kernel, .buffers = buffers, .panels = workspace};
    j.sums = j.panels + kernel->panels;
    j.scratch = j.sums + kernel->parts * kernel->sums;
    if (kernel->k.back) cornu_recurrent_pack_back_(kernel, buffers, j.panels);
    else cornu_recurrent_pack_forward_(kernel, buffers, j.panels);
    cornu_parallel_(kernel->parts, kernel->threads, run_parts, &j);
    if (kernel->k.back) cornu_recurrent_add_parts_(kernel, j.sums, buffers[kernel->k.result]);
    return CORNU_OK;
}

static void destroy(cornu_kernel *kernel) { cornu_free_(kernel); }

/* Two parts at least, for two threads; many with more rows. */
static void cut(cornu_recurrent_kernel *kernel) {
    int64_t batch = kernel->k.batch, sums = (kernel->k.features + kernel->k.units) * kernel->stride;
    kernel->rows = cornu_recurrent_round_((batch + 1) / 2, GROUP);
    if (kernel->rows > FEW_ROWS) kernel->rows = FEW_ROWS;
    if (kernel->rows < GROUP) kernel->rows = GROUP;
    while (kernel->rows < batch) {
        kernel->parts = (batch + kernel->rows - 1) / kernel->rows;
        if (kernel->parts <= MANY_PARTS &&
            (kernel->parts == 2 || kernel->parts * sums <= MOST_SUMS))
            break;
        kernel->rows += GROUP;
    }
    kernel->parts = (batch + kernel->rows - 1) / kernel->rows;
    kernel->threads =
        cornu_threads_for_(batch * kernel->k.time * kernel->k.units * kernel->k.columns / 8);
    if (kernel->threads > kernel->parts)
        kernel->threads = kernel->parts > 0 ? (int)kernel->parts : 1;
}

cornu_status cornu_cpu_recurrent_(const cornu_kernel_desc *desc, cornu_kernel **out) {
    if (desc->operands[0].dtype != CORNU_FLOAT32) return CORNU_EUNSUPPORTED;
    cornu_recurrent_kernel *kernel = cornu_alloc_(sizeof *kernel);
    if (!kernel) return CORNU_ENOMEM;
    kernel->base.execute = execute;
    kernel->base.destroy = destroy;
    kernel->loops = cornu_cpu_loops_();
    kernel->k = cornu_recurrent_layout_(desc);
    kernel->base.implementation = kernel->k.lstm ? "cpu lstm" : "cpu gru";
    int64_t panel = (int64_t)kernel->loops->gemm_columns;
    kernel->stride = cornu_recurrent_round_(kernel->k.columns, panel);
    kernel->wide_x = kernel->k.wants_x ? cornu_recurrent_round_(kernel->k.features, panel) : 0;
    kernel->wide_h = cornu_recurrent_round_(kernel->k.units, panel);
    cut(kernel);
    if (kernel->k.back) cornu_recurrent_plan_back_(kernel);
    else cornu_recurrent_plan_forward_(kernel);
    int64_t size =
        kernel->panels + kernel->parts * kernel->sums + kernel->threads * kernel->scratch;
    kernel->base.workspace_size = (size_t)size * sizeof(float);
    *out = &kernel->base;
    return CORNU_OK;
}
