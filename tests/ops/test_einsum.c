/* einsum against sums written out, its rules for labels, its messages and its derivatives. */
#include "support/support.h"

#include <cornu/ops.h>
#include <cornu/random.h>
#include <cornu/tape.h>
#include <string.h>

static cornu_tensor *draw(cornu_shape shape, int64_t seed) {
    return cornu_random_normal(shape, .dtype = CORNU_FLOAT64, .seed = seed);
}

/* The sum as its definition says it, for single-letter labels without ellipsis: a counter runs over
 * all labels. */
static cornu_tensor *written_out(const char *equation, cornu_tensor_list operands) {
    char labels[16] = "";
    int64_t sizes[16], at[16] = {0};
    int count = 0;
    const char *terms[8], *arrow = strstr(equation, "->");
    const char *c = equation;
    for (size_t i = 0; i < operands.count; i++, c++) {
        terms[i] = c;
        for (int axis = 0; *c != ',' && c != arrow; c++, axis++) {
            if (strchr(labels, *c) != NULL && labels[0] != '\0') continue;
            labels[count] = *c;
            sizes[count++] = cornu_tensor_dim(operands.items[i], axis);
        }
    }
    const char *result = arrow + 2;
    cornu_shape shape = {.rank = (int)strlen(result)};
    for (int i = 0; i < shape.rank; i++) shape.dims[i] = sizes[strchr(labels, result[i]) - labels];
    cornu_tensor *y = cornu_tensor_new(CORNU_FLOAT64, shape);
    double *out = cornu_tensor_data_mut(y);
    for (bool more = true; more;) {
        double product = 1;
        for (size_t i = 0; i < operands.count; i++) {
            int64_t index = 0;
            int rank = cornu_tensor_rank(operands.items[i]);
            for (int axis = 0; axis < rank; axis++) {
                int label = (int)(strchr(labels, terms[i][axis]) - labels);
                index = index * sizes[label] + at[label];
            }
            product *= cornu_tensor_get(operands.items[i], index);
        }
        int64_t index = 0;
        for (int i = 0; i < shape.rank; i++) {
            int label = (int)(strchr(labels, result[i]) - labels);
            index = index * sizes[label] + at[label];
        }
        out[index] += product;
        more = false;
        for (int i = 0; i < count && !more; i++) {
            more = ++at[i] < sizes[i];
            if (!more) at[i] = 0;
        }
    }
    return y;
}

static void check(const char *equation, cornu_tensor_list operands) {
    cornu_tensor *expected = written_out(equation, operands);
    assert_same(cornu_op_einsum(equation, operands), expected, 1e-12, 1e-12);
    cornu_tensor_free(expected);
}

START_TEST(one_operand_is_moved_summed_and_cut_diagonally) {
    cornu_tensor *m = draw(cornu_shape(3, 3), 1), *t = draw(cornu_shape(2, 3, 5), 2);
    cornu_tensor *cube = draw(cornu_shape(3, 2, 3, 3), 3);
    check("ij->ij", cornu_tensors(m));
    check("ij->ji", cornu_tensors(m));
    check("ii->i", cornu_tensors(m));
    check("ii->", cornu_tensors(m));
    check("ijk->ki", cornu_tensors(t));
    check("ijk->", cornu_tensors(t));
    check("ijii->ji", cornu_tensors(cube));
    check("ijkk->kj", cornu_tensors(cube));
}
END_TEST

START_TEST(two_operands_are_contracted) {
    cornu_tensor *a = draw(cornu_shape(3, 4), 1), *b = draw(cornu_shape(4, 5), 2);
    cornu_tensor *v = draw(cornu_shape(4), 3), *w = draw(cornu_shape(3), 4);
    cornu_tensor *q = draw(cornu_shape(2, 5, 3, 4), 5), *k = draw(cornu_shape(2, 6, 3, 4), 6);
    check("ij,jk->ik", cornu_tensors(a, b));
    check("ij,jk->ki", cornu_tensors(a, b));
    check("ij,kj->ik", cornu_tensors(a, a));
    check("ij,ij->", cornu_tensors(a, a));
    check("ij,ij->ij", cornu_tensors(a, a));
    check("ij,ij->j", cornu_tensors(a, a));
    check("ij,j->i", cornu_tensors(a, v));
    check("i,j->ij", cornu_tensors(w, v));
    check("i,j->ji", cornu_tensors(w, v));
    check("i,j->", cornu_tensors(w, v));
    check("ij,jk->j", cornu_tensors(a, b));
    check("bqhd,bkhd->bhqk", cornu_tensors(q, k));
    check("bqhd,bkhd->bq", cornu_tensors(q, k));
    check(
        "ibdc,ajbc->jadi",
        cornu_tensors(draw(cornu_shape(2, 3, 5, 4), 7), draw(cornu_shape(6, 2, 3, 4), 8))
    );
}
END_TEST

START_TEST(more_operands_go_from_left_to_right) {
    cornu_tensor *a = draw(cornu_shape(2, 3), 1), *b = draw(cornu_shape(3, 4), 2);
    cornu_tensor *c = draw(cornu_shape(4, 5), 3);
    check("ij,jk,kl->il", cornu_tensors(a, b, c));
    check("ij,jk,kl->li", cornu_tensors(a, b, c));
    check("ij,jk,ij,ik->k", cornu_tensors(a, b, a, draw(cornu_shape(2, 4), 4)));
}
END_TEST

START_TEST(an_ellipsis_broadcasts) {
    cornu_tensor *a = draw(cornu_shape(2, 1, 3, 4), 1), *b = draw(cornu_shape(5, 4, 2), 2);
    assert_same(
        cornu_op_einsum("...ij,...jk->...ik", cornu_tensors(a, b)), cornu_op_matmul(a, b), 1e-12,
        1e-12
    );
    assert_same(
        cornu_op_einsum("i...->...", cornu_tensors(b)), cornu_op_sum(b, .axis = cornu_axes(0)),
        1e-12, 1e-12
    );
    assert_same(cornu_op_einsum("...,...", cornu_tensors(a, a)), cornu_op_square(a), 1e-12, 1e-12);
    assert_shape(
        cornu_op_einsum("a...c,c->...a", cornu_tensors(a, draw(cornu_shape(4), 3))),
        cornu_shape(1, 3, 2)
    );
}
END_TEST

START_TEST(without_an_arrow_the_result_is_alphabetical) {
    cornu_tensor *a = draw(cornu_shape(2, 3), 1), *b = draw(cornu_shape(3, 4), 2);
    assert_same(cornu_op_einsum("ba", cornu_tensors(a)), cornu_op_transpose(a, cornu_axes()), 0, 0);
    assert_same(
        cornu_op_einsum(" kj , ji ", cornu_tensors(a, b)),
        cornu_op_einsum("kj,ji->ik", cornu_tensors(a, b)), 0, 0
    );
    assert_shape(cornu_op_einsum("ii", cornu_tensors(draw(cornu_shape(3, 3), 3))), cornu_shape());
}
END_TEST

START_TEST(misfits_are_named) {
    cornu_tensor *a = draw(cornu_shape(2, 3), 1), *b = draw(cornu_shape(4, 5), 2);
    assert_fails(
        cornu_op_einsum("ij,jk->ik", cornu_tensors(a, b)), CORNU_ESHAPE,
        "einsum 'ij,jk->ik': label 'j' has sizes 3 and 4"
    );
    assert_fails(
        cornu_op_einsum("ijk->i", cornu_tensors(a)), CORNU_ESHAPE,
        "operand 0 has 3 labels, but the shape (2, 3)"
    );
    assert_fails(cornu_op_einsum("i->i", cornu_tensors(a)), CORNU_ESHAPE, "operand 0");
    assert_fails(
        cornu_op_einsum("ij->ijk", cornu_tensors(a)), CORNU_EINVAL,
        "'k' of the result is in no operand"
    );
    assert_fails(cornu_op_einsum("ij->ii", cornu_tensors(a)), CORNU_EINVAL, "'i' stands twice");
    assert_fails(
        cornu_op_einsum("ij,jk", cornu_tensors(a)), CORNU_EINVAL, "more operands than the 1 given"
    );
    assert_fails(
        cornu_op_einsum("ij", cornu_tensors(a, b)), CORNU_EINVAL, "fewer operands than the 2 given"
    );
    assert_fails(cornu_op_einsum("i1", cornu_tensors(a)), CORNU_EINVAL, "'1' is no label");
    assert_fails(cornu_op_einsum("...j->j", cornu_tensors(a)), CORNU_EINVAL, "'...'");
    assert_fails(cornu_op_einsum("......j", cornu_tensors(a)), CORNU_EINVAL, "two ellipses");
    assert_fails(cornu_op_einsum("ij->i->j", cornu_tensors(a)), CORNU_EINVAL, "follows the result");
}
END_TEST

static cornu_tensor *squared(cornu_tensor *const *inputs, size_t count, void *user) {
    return cornu_op_square(cornu_op_einsum(user, (cornu_tensor_list){inputs, count}));
}

START_TEST(derivatives_match_finite_differences) {
    cornu_tensor *m = draw(cornu_shape(3, 3), 1), *a = draw(cornu_shape(2, 3), 2);
    cornu_tensor *b = draw(cornu_shape(2, 3), 5);
    cornu_tensor *q = draw(cornu_shape(2, 2, 1, 3), 3), *k = draw(cornu_shape(2, 3, 1, 3), 4);
    for (int order = 1; order <= 2; order++) {
        assert_ok(cornu_check_gradient(squared, "ii->i", cornu_tensors(m), order, 1e-6, NULL));
        assert_ok(
            cornu_check_gradient(squared, "ij,jk,ij->k", cornu_tensors(a, m, b), order, 1e-6, NULL)
        );
        assert_ok(
            cornu_check_gradient(squared, "bqhd,bkhd->bhqk", cornu_tensors(q, k), order, 1e-6, NULL)
        );
        assert_ok(cornu_check_gradient(squared, "...i,...i", cornu_tensors(a, q), order, 1e-6, NULL)
        );
    }
}
END_TEST

CORNU_TESTS(einsum) {
    TCase *tc = cornu_test_case(suite, "einsum");
    tcase_add_test(tc, one_operand_is_moved_summed_and_cut_diagonally);
    tcase_add_test(tc, two_operands_are_contracted);
    tcase_add_test(tc, more_operands_go_from_left_to_right);
    tcase_add_test(tc, an_ellipsis_broadcasts);
    tcase_add_test(tc, without_an_arrow_the_result_is_alphabetical);
    tcase_add_test(tc, misfits_are_named);
    tcase_add_test(tc, derivatives_match_finite_differences);
}
