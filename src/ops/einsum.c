/* einsum: products of tensors, summed over the labels that the result lacks.
 *
 * A composition: repeated labels of an operand become a diagonal, labels that nobody else needs are
 * summed at once, and operands are joined from left to right. A join is one matmul of [batch, rows,
 * inner] and [batch, inner, columns], where the batch labels are those of both operands that are
 * still needed and the inner ones those that are not; a join without inner labels is a product with
 * broadcasting.  keras/src/ops/numpy.py, Einsum */
#include <cornu/ops.h>

#include "base/memory.h"
#include "ops/einsum_equation.h"
#include "ops/promote.h"
#include "ops/symbolic.h"

#include <stdio.h>

/* A tensor and the labels of its axes. A tensor of NULL is a failure with its error pending. */
typedef struct factor {
    cornu_tensor *tensor;
    cornu_labels labels;
} factor;

static int place_of(const cornu_labels *labels, int label) {
    for (int i = 0; i < labels->count; i++) {
        if (labels->label[i] == label) return i;
    }
    return -1;
}

static void append(cornu_labels *labels, int label) { labels->label[labels->count++] = label; }

static void remove_at(cornu_labels *labels, int place) {
    for (int i = place + 1; i < labels->count; i++) labels->label[i - 1] = labels->label[i];
    labels->count--;
}

/* The axes in the order of `wanted`, which has the same labels. */
static cornu_tensor *arranged(const factor *f, const cornu_labels *wanted) {
    cornu_axes axes = {.count = wanted->count};
    bool moved = false;
    for (int i = 0; i < wanted->count; i++) {
        axes.axis[i] = place_of(&f->labels, wanted->label[i]);
        moved = moved || axes.axis[i] != i;
    }
    return moved ? cornu_op_transpose(f->tensor, axes) : f->tensor;
}

/* ---- one operand ---- */
/* Axes `first` and `second`, of one label and so of one size n, become one: of the n * n elements,
 * laid in a row, every (n + 1)-th is on the diagonal. The new axis is the last. */
static void take_diagonal(factor *f, int first, int second) {
    int label = f->labels.label[first], rank = f->labels.count;
    int64_t n = f->tensor->shape.dims[first];
    cornu_tensor *t = cornu_op_moveaxis(f->tensor, second, rank - 1);
    t = cornu_op_moveaxis(t, first, rank - 2);
    remove_at(&f->labels, second);
    remove_at(&f->labels, first);
    append(&f->labels, label);
    f->tensor = NULL;
    if (t == NULL) return;
    cornu_shape shape = t->shape;
    int64_t start[CORNU_MAX_RANK], stop[CORNU_MAX_RANK], step[CORNU_MAX_RANK];
    for (int i = 0; i < rank - 1; i++) start[i] = 0, stop[i] = CORNU_SLICE_NONE, step[i] = 1;
    step[rank - 2] = n + 1;
    shape.rank = rank - 1;
    shape.dims[rank - 2] = n * n;
    f->tensor = cornu_op_strided_slice(cornu_op_reshape(t, shape), start, stop, step);
}

/* Axes of size 1 under an ellipsis that are larger elsewhere: what broadcasts is as good as absent.
 */
static void drop_broadcast(factor *f, const cornu_equation *e) {
    cornu_axes axes = {0};
    for (int i = 0; i < f->labels.count; i++) {
        int label = f->labels.label[i];
        if (label >= CORNU_EINSUM_ELLIPSIS && f->tensor->shape.dims[i] != e->size[label])
            axes.axis[axes.count++] = i;
    }
    if (axes.count == 0) return;
    f->tensor = cornu_op_squeeze(f->tensor, axes);
    for (int i = axes.count - 1; i >= 0; i--) remove_at(&f->labels, axes.axis[i]);
}

/* Sums over the labels that are not `kept`. */
static void sum_others(factor *f, const bool *kept) {
    cornu_axes axes = {0};
    for (int i = 0; i < f->labels.count; i++) {
        if (!kept[f->labels.label[i]]) axes.axis[axes.count++] = i;
    }
    if (axes.count == 0) return;
    f->tensor = cornu_op_sum(f->tensor, .axis = axes);
    for (int i = axes.count - 1; i >= 0; i--) remove_at(&f->labels, axes.axis[i]);
}

static factor factor_of(cornu_tensor *tensor, const cornu_labels *labels, const cornu_equation *e) {
    factor f = {tensor, *labels};
    for (int second = 1; second < f.labels.count && f.tensor != NULL; second++) {
        int first = place_of(&f.labels, f.labels.label[second]);
        if (first == second) continue;
        take_diagonal(&f, first, second);
        second = 0; /* the places have changed */
    }
    if (f.tensor != NULL) drop_broadcast(&f, e);
    return f;
}

/* ---- two operands ---- */
/* The labels of a join, by role. */
typedef struct roles {
    cornu_labels batch, rows, inner, columns;
} roles;

static roles roles_of(const factor *a, const factor *b, const bool *kept) {
    roles r = {0};
    for (int i = 0; i < a->labels.count; i++) {
        int label = a->labels.label[i];
        bool shared = cornu_labels_have_(&b->labels, label);
        append(!shared ? &r.rows : kept[label] ? &r.batch : &r.inner, label);
    }
    for (int i = 0; i < b->labels.count; i++) {
        if (!cornu_labels_have_(&a->labels, b->labels.label[i]))
            append(&r.columns, b->labels.label[i]);
    }
    return r;
}

static cornu_labels joined(const cornu_labels *a, const cornu_labels *b, const cornu_labels *c) {
    const cornu_labels *parts[] = {a, b, c};
    cornu_labels all = {0};
    for (int i = 0; i < 3; i++) {
        for (int j = 0; j < parts[i]->count; j++) append(&all, parts[i]->label[j]);
    }
    return all;
}

/* Whether of both lists' labels the first in `order` is one of `a`. */
static bool leads(const cornu_labels *a, const cornu_labels *b, const cornu_labels *order) {
    for (int i = 0; i < order->count; i++) {
        if (cornu_labels_have_(a, order->label[i])) return true;
        if (cornu_labels_have_(b, order->label[i])) return false;
    }
    return false;
}

static int64_t size_of(const cornu_labels *labels, const cornu_equation *e) {
    int64_t size = 1;
    for (int i = 0; i < labels->count; i++) size *= e->size[labels->label[i]];
    return size;
}

/* The operand as [batch, outer, inner], or as [outer, inner] without batch labels; or, and then
 * *transposed says so, with the last two the other way round. That is where its last axis stays the
 * last: then rows are moved, if anything, and not single numbers. */
static cornu_tensor *as_matrices(
    const factor *f, const roles *r, const cornu_labels *outer, const cornu_equation *e,
    bool *transposed
) {
    int last = f->labels.count > 0 ? f->labels.label[f->labels.count - 1] : -1;
    *transposed = r->inner.count > 0 && cornu_labels_have_(outer, last);
    const cornu_labels *rows = *transposed ? &r->inner : outer,
                       *columns = *transposed ? outer : &r->inner;
    cornu_labels order = joined(&r->batch, rows, columns);
    cornu_tensor *t = arranged(f, &order);
    int64_t height = size_of(rows, e), width = size_of(columns, e);
    return cornu_op_reshape(
        t, r->batch.count == 0 ? cornu_shape(height, width)
                               : cornu_shape(size_of(&r->batch, e), height, width)
    );
}

/* The product of two factors, summed over the labels that are not `kept`; NULL with an error. */
static factor join(factor a, factor b, const bool *kept, const cornu_equation *e) {
    roles r = roles_of(&a, &b, kept);
    if (leads(&r.columns, &r.rows, &e->result)) { /* then nothing is to be moved afterwards */
        factor first = a;
        a = b;
        b = first;
        r = roles_of(&a, &b, kept);
    }
    factor out = {0};
    int rank = r.batch.count + r.rows.count + r.columns.count;
    if (rank > CORNU_MAX_RANK) {
        (void)cornu_error_set(
            CORNU_ESHAPE, __FILE__, __LINE__,
            "einsum '%s': a partial product would have %d axes, %d is the most", e->text, rank,
            CORNU_MAX_RANK
        );
        return out;
    }
    bool a_turned, b_turned;
    cornu_tensor *left = as_matrices(&a, &r, &r.rows, e, &a_turned);
    cornu_tensor *right = as_matrices(&b, &r, &r.columns, e, &b_turned);
    cornu_tensor *y;
    if (r.inner.count > 0) {
        /* right is [columns, inner] unless it is turned */
        y = cornu_op_matmul(left, right, .transpose_a = a_turned, .transpose_b = !b_turned);
    } else {
        /* [batch, rows, 1] * [batch, 1, columns] */
        cornu_shape row = cornu_shape(size_of(&r.batch, e), 1, size_of(&r.columns, e));
        y = cornu_op_multiply(left, cornu_op_reshape(right, row));
    }
    out.labels = joined(&r.batch, &r.rows, &r.columns);
    cornu_shape shape = {.rank = out.labels.count};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = e->size[out.labels.label[i]];
    out.tensor = cornu_op_reshape(y, shape);
    return out;
}

/* ---- all ---- */
/* kept[label]: the result needs it, or an operand from `from` on. */
static void mark_kept(const cornu_equation *e, size_t from, bool *kept) {
    for (int i = 0; i < CORNU_EINSUM_LABELS; i++) kept[i] = cornu_labels_have_(&e->result, i);
    for (size_t i = from; i < e->operand_count; i++) {
        for (int j = 0; j < e->operands[i].count; j++) kept[e->operands[i].label[j]] = true;
    }
}

static cornu_tensor *evaluate(const cornu_equation *e, cornu_tensor_list tensors) {
    cornu_dtype dtype = cornu_promote_tensors_(tensors.items, (int)tensors.count);
    bool kept[CORNU_EINSUM_LABELS];
    factor all = factor_of(cornu_as_(tensors.items[0], dtype), &e->operands[0], e);
    for (size_t i = 1; i < tensors.count && all.tensor != NULL; i++) {
        factor next = factor_of(cornu_as_(tensors.items[i], dtype), &e->operands[i], e);
        if (next.tensor == NULL) return NULL;
        /* what only one of the two has and nobody needs later is summed before the product */
        bool later[CORNU_EINSUM_LABELS];
        mark_kept(e, i + 1, later);
        for (int j = 0; j < CORNU_EINSUM_LABELS; j++)
            kept[j] = later[j] || cornu_labels_have_(&next.labels, j);
        sum_others(&all, kept);
        for (int j = 0; j < CORNU_EINSUM_LABELS; j++)
            kept[j] = later[j] || cornu_labels_have_(&all.labels, j);
        sum_others(&next, kept);
        if (all.tensor == NULL || next.tensor == NULL) return NULL;
        all = join(all, next, later, e);
    }
    if (all.tensor == NULL) return NULL;
    mark_kept(e, tensors.count, kept);
    sum_others(&all, kept);
    if (all.tensor == NULL) return NULL;
    cornu_tensor *y = arranged(&all, &e->result);
    /* a result of its own, also where nothing was to be done */
    return y == tensors.items[0] ? cornu_op_reshape(y, y->shape) : y;
}

cornu_tensor *cornu_op_einsum(const char *equation, cornu_tensor_list operands) {
    if (cornu_any_symbolic_(operands.items, operands.count)) {
        return cornu_symbolic_op_(&(cornu_symbolic_op
        ){.name = "einsum",
          .tensors = operands.items,
          .count = operands.count,
          .settings = CORNU_SETTINGS_(CORNU_SET_TEXT_("subscripts", equation))});
    }
    if (equation == NULL) return (void)cornu_error_null("einsum: equation"), NULL;
    if (operands.count == 0)
        CORNU_FAIL_NULL(CORNU_EINVAL, "einsum '%s': no operands are given", equation);
    for (size_t i = 0; i < operands.count; i++) {
        if (operands.items[i] != NULL) continue;
        char what[64];
        snprintf(what, sizeof what, "einsum: operand %zu", i);
        return (void)cornu_error_null(what), NULL;
    }
    cornu_labels *labels = cornu_alloc_array_(operands.count, sizeof *labels);
    if (labels == NULL) return NULL;
    cornu_equation e;
    cornu_tensor *y = NULL;
    if (cornu_equation_read_(equation, operands, labels, &e) == CORNU_OK)
        y = evaluate(&e, operands);
    cornu_free_(labels);
    return y;
}
