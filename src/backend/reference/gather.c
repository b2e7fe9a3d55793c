/* Gather, and its transpose, scatter-add. Both see a table of `outer` slabs of n rows of `inner`
 * elements, and an index that is either shared by all slabs or, batched, has an entry for every
 * element. */
#include "backend/reference/access.h"
#include "backend/reference/reference.h"
#include "backend/scalar.h"

#include <string.h>

/* `table` and `rows` are operands: what is indexed, and what has an element for every use of the
 * index. */
static cornu_status check_shapes(const cornu_kernel_desc *desc, int table, int rows) {
    const cornu_operand *t = &desc->operands[table], *index = &desc->operands[1],
                        *r = &desc->operands[rows];
    CORNU_TRY(cornu_reference_need_rank_(desc, table, 3));
    CORNU_TRY(cornu_reference_need_integer_(desc, 1));
    for (int i = 0; i < 3; i++) CORNU_TRY(cornu_reference_need_dense_(desc, i));
    if (desc->batched) {
        CORNU_TRY(cornu_reference_need_rank_(desc, 1, 3));
        CORNU_TRY(cornu_reference_need_like_(desc, rows, 1));
        if (index->dims[0] == t->dims[0] && index->dims[2] == t->dims[2]) return CORNU_OK;
    } else {
        int64_t used = t->dims[0] * t->dims[2] * cornu_reference_size_(index);
        if (cornu_reference_size_(r) == used) return CORNU_OK;
    }
    CORNU_FAIL(
        CORNU_EINVAL,
        "gather kernel: the index has %lld elements, which does not fit [%lld, %lld, %lld]",
        (long long)cornu_reference_size_(index), (long long)t->dims[0], (long long)t->dims[1],
        (long long)t->dims[2]
    );
}

static cornu_status check_gather(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 3));
    if (desc->operands[0].dtype != desc->operands[2].dtype)
        CORNU_FAIL(
            CORNU_EDTYPE, "gather kernel: the table is %s, the output %s",
            cornu_dtype_name(desc->operands[0].dtype), cornu_dtype_name(desc->operands[2].dtype)
        );
    return check_shapes(desc, 0, 2);
}

static cornu_status check_scatter(const cornu_kernel_desc *desc) {
    CORNU_TRY(cornu_reference_need_count_(desc, 3));
    return check_shapes(desc, 2, 0);
}

/* Reads one index; negative ones count from the end. */
static cornu_status read_index(
    const cornu_kernel_desc *desc, const void *indices, int64_t at, int64_t n, int64_t *row
) {
    int64_t index = cornu_load_int_at_(desc->operands[1].dtype, indices, at);
    if (index < -n || index >= n)
        CORNU_FAIL(
            CORNU_EINVAL, "index %lld is outside of an axis of size %lld", (long long)index,
            (long long)n
        );
    *row = index < 0 ? index + n : index;
    return CORNU_OK;
}

static cornu_status run_gather(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    (void)workspace;
    const int64_t *dims = desc->operands[0].dims;
    int64_t outer = dims[0], n = dims[1], inner = dims[2], row;
    size_t size = cornu_dtype_size(desc->operands[0].dtype);
    int64_t uses = desc->batched ? desc->operands[1].dims[1] * inner
                                 : cornu_reference_size_(&desc->operands[1]);
    int64_t width = desc->batched ? 1 : inner; /* elements per use of the index */
    const char *table = buffers[0];
    char *out = buffers[2];
    for (int64_t o = 0; o < outer; o++) {
        for (int64_t j = 0; j < uses; j++) {
            CORNU_TRY(
                read_index(desc, buffers[1], desc->batched ? o * uses + j : j, n, &row), "gather"
            );
            int64_t from = (o * n + row) * inner + (desc->batched ? j % inner : 0);
            int64_t to = (o * uses + j) * width;
            memcpy(out + (size_t)to * size, table + (size_t)from * size, (size_t)width * size);
        }
    }
    return CORNU_OK;
}

/* Sums of one slab, as double or int64. */
static size_t scatter_workspace(const cornu_kernel_desc *desc) {
    const int64_t *dims = desc->operands[2].dims;
    return (size_t)(dims[1] * dims[2]) * sizeof(double);
}

/* Adds a run of updates to as many sums. */
static void add_floats(const cornu_run *updates, double *sums) {
    for (int64_t i = 0; i < updates->count; i++)
        sums[i] += cornu_load_double_at_(updates->dtype, updates->data, updates->offset + i);
}

static void add_ints(const cornu_run *updates, int64_t *sums) {
    for (int64_t i = 0; i < updates->count; i++)
        sums[i] = cornu_int_add_(
            sums[i], cornu_load_int_at_(updates->dtype, updates->data, updates->offset + i)
        );
}

static cornu_status run_scatter(
    const cornu_kernel_desc *desc, void *const *buffers, void *workspace
) {
    const cornu_operand *updates = &desc->operands[0], *out = &desc->operands[2];
    int64_t outer = out->dims[0], n = out->dims[1], inner = out->dims[2], slab = n * inner, row;
    bool ints = cornu_reference_integer_(updates->dtype) && cornu_reference_integer_(out->dtype);
    int64_t uses = desc->batched ? desc->operands[1].dims[1] * inner
                                 : cornu_reference_size_(&desc->operands[1]);
    int64_t width = desc->batched ? 1 : inner;
    if (slab == 0) return CORNU_OK;
    for (int64_t o = 0; o < outer; o++) {
        memset(workspace, 0, (size_t)slab * sizeof(double));
        for (int64_t j = 0; j < uses; j++) {
            CORNU_TRY(
                read_index(desc, buffers[1], desc->batched ? o * uses + j : j, n, &row), "scatter"
            );
            int64_t to = row * inner + (desc->batched ? j % inner : 0);
            cornu_run from = {updates->dtype, buffers[0], (o * uses + j) * width, 1, width};
            if (ints) add_ints(&from, (int64_t *)workspace + to);
            else add_floats(&from, (double *)workspace + to);
        }
        cornu_run target = {out->dtype, buffers[2], o * slab, 1, slab};
        if (ints) cornu_store_int_(&target, workspace);
        else cornu_store_double_(&target, workspace);
    }
    return CORNU_OK;
}

const cornu_reference_kind cornu_reference_gather_ = {"gather", check_gather, NULL, run_gather};
const cornu_reference_kind cornu_reference_scatter_add_ = {
    "scatter_add", check_scatter, scatter_workspace, run_scatter};
