/* The cpu backend's copies, gather and scatter-add against the reference: the same bits. */
#include "cpu_case.h"

static uint32_t next_below(uint32_t *state, uint32_t limit) {
    *state = *state * 1664525u + 1013904223u;
    return (*state >> 8) % limit;
}

static const cornu_dtype types_by_size[] = {
    CORNU_UINT8, CORNU_BFLOAT16, CORNU_FLOAT32, CORNU_INT64};

/* A random part of a source, its axes permuted, flipped, thinned out or repeated, into a random
 * place of the output. */
static cornu_move random_move(
    uint32_t *state, const cornu_operand *source, const cornu_operand *target
) {
    int rank = source->rank, order[CORNU_MAX_RANK];
    cornu_move move = {.rank = rank};
    for (int i = 0; i < rank; i++) order[i] = i;
    for (int i = rank - 1; i > 0; i--) {
        int j = (int)next_below(state, (uint32_t)i + 1), kept = order[i];
        order[i] = order[j];
        order[j] = kept;
    }
    for (int i = 0; i < rank; i++) {
        int axis = order[i];
        int64_t room = target->dims[i], size = source->dims[axis];
        int64_t step = 1 + next_below(state, 2), first = 0;
        int64_t count = (size + step - 1) / step;
        bool flip = next_below(state, 3) == 0, repeat = next_below(state, 5) == 0;
        if (repeat) count = room;
        if (count > room) count = room;
        if (flip && !repeat) first = (count - 1) * step;
        move.dims[i] = count;
        move.source_strides[i] = repeat ? 0 : (flip ? -step : step) * source->strides[axis];
        move.source_offset += first * source->strides[axis];
        move.target_strides[i] = target->strides[i];
        move.target_offset +=
            (int64_t)next_below(state, (uint32_t)(room - count + 1)) * target->strides[i];
    }
    return move;
}

START_TEST(random_moves_agree_with_the_reference) {
    uint32_t state = (uint32_t)_i * 7919u + 1;
    static const int64_t sides[] = {0, 70000, 260, 40, 16};
    int rank = 1 + _i % 4;
    cornu_dtype dtype = types_by_size[_i / 4 % 4];
    size_t item = cornu_dtype_size(dtype);
    cornu_operand operands[3] = {
        {.dtype = dtype, .rank = rank},
        {.dtype = dtype, .rank = rank},
        {.dtype = dtype, .rank = rank}};
    for (int i = 0; i < 3; i++) {
        for (int axis = 0; axis < rank; axis++)
            operands[i].dims[axis] = 1 + next_below(&state, (uint32_t)sides[rank]);
        set_dense(&operands[i]);
    }
    uint8_t *sources[2], *wanted, *got;
    for (int i = 0; i < 2; i++) {
        size_t bytes = operand_size(&operands[i]) * item;
        sources[i] = cornu_alloc_aligned_(bytes);
        for (size_t j = 0; j < bytes; j++) sources[i][j] = (uint8_t)next_below(&state, 256);
    }
    size_t bytes = operand_size(&operands[2]) * item;
    wanted = cornu_alloc_aligned_(bytes);
    got = cornu_alloc_aligned_(bytes);
    cornu_move moves[2];
    for (int i = 0; i < 2; i++) moves[i] = random_move(&state, &operands[i], &operands[2]);
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_MOVE,
        .operand_count = 3,
        .operands = operands,
        .moves = moves,
        .fill = true,
        .value = {_i % 3},
    };
    run_on(&cornu_backend_reference_, &desc, (void *[]){sources[0], sources[1], wanted});
    run_cpu_with_threads(&desc, (void *[]){sources[0], sources[1], NULL}, got, bytes);
    ck_assert_msg(memcmp(got, wanted, bytes) == 0, "other bytes");
    cornu_free_(sources[0]);
    cornu_free_(sources[1]);
    cornu_free_(wanted);
    cornu_free_(got);
}
END_TEST

START_TEST(the_four_ways_of_a_transpose_agree_with_the_reference) {
    /* [b, t, h, d] -> [b, h, t, d], a matrix, channels last to first and back */
    static const struct {
        cornu_shape from;
        int order[4];
    } cases[] = {
        {{4, {3, 40, 4, 33}}, {0, 2, 1, 3}},
        {{4, {1, 1, 300, 257}}, {0, 1, 3, 2}},
        {{4, {2, 31, 33, 19}}, {0, 3, 1, 2}},
        {{4, {2, 19, 31, 33}}, {0, 2, 3, 1}},
    };
    for (int t = 0; t < 4; t++) {
        cornu_dtype dtype = types_by_size[t];
        cornu_operand operands[2] = {
            operand_of(dtype, cases[_i].from), {.dtype = dtype, .rank = 4}};
        cornu_move move = {.rank = 4};
        for (int i = 0; i < 4; i++) {
            move.dims[i] = operands[1].dims[i] = operands[0].dims[cases[_i].order[i]];
            move.source_strides[i] = operands[0].strides[cases[_i].order[i]];
        }
        set_dense(&operands[1]);
        memcpy(move.target_strides, operands[1].strides, sizeof move.target_strides);
        size_t bytes = operand_size(&operands[0]) * cornu_dtype_size(dtype);
        float *x = random_floats((bytes + 3) / 4, 3);
        void *wanted = cornu_alloc_aligned_(bytes), *got = cornu_alloc_aligned_(bytes);
        cornu_kernel_desc desc = {
            .kind = CORNU_KERNEL_MOVE, .operand_count = 2, .operands = operands, .moves = &move};
        run_on(&cornu_backend_reference_, &desc, (void *[]){x, wanted});
        run_cpu_with_threads(&desc, (void *[]){x, NULL}, got, bytes);
        ck_assert_msg(memcmp(got, wanted, bytes) == 0, "%s", cornu_dtype_name(dtype));
        cornu_free_(x);
        cornu_free_(wanted);
        cornu_free_(got);
    }
}
END_TEST

START_TEST(gather_and_scatter_add_agree_with_the_reference) {
    static const int64_t sizes[][4] = {/* outer, n, inner, index */
                                       {1, 5, 3, 7},     {4, 300, 1, 50},  {1, 1000, 64, 3000},
                                       {3, 10, 40, 500}, {2, 6, 0, 4},     {2, 6, 3, 0},
                                       {1, 2000, 32, 9}, {3, 700, 40, 900}};
    int64_t outer = sizes[_i][0], n = sizes[_i][1], inner = sizes[_i][2], count = sizes[_i][3];
    size_t table_size = (size_t)(outer * n * inner), rows_size = (size_t)(outer * count * inner);
    size_t larger = table_size > rows_size ? table_size : rows_size;
    float *table = random_floats(table_size, 1), *updates = random_floats(rows_size, 2);
    float *wanted = random_floats(larger, 3), *got = random_floats(larger, 4);
    int64_t *index = cornu_alloc_aligned_((size_t)count * sizeof *index);
    int32_t *narrow = cornu_alloc_aligned_((size_t)count * sizeof *narrow);
    uint32_t state = 9;
    for (int64_t i = 0; i < count; i++) {
        index[i] = (int64_t)next_below(&state, (uint32_t)(2 * n)) - n; /* negative ones too */
        narrow[i] = (int32_t)index[i];
    }
    cornu_operand rows = operand_of(CORNU_FLOAT32, cornu_shape(outer, count, inner));
    cornu_operand whole = operand_of(CORNU_FLOAT32, cornu_shape(outer, n, inner));
    for (int wide = 0; wide < 2; wide++) {
        void *numbers = wide ? (void *)index : (void *)narrow;
        cornu_operand places = operand_of(wide ? CORNU_INT64 : CORNU_INT32, cornu_shape(count));
        cornu_kernel_desc gather = {
            .kind = CORNU_KERNEL_GATHER,
            .operand_count = 3,
            .operands = (cornu_operand[]){whole, places, rows},
        };
        run_on(&cornu_backend_reference_, &gather, (void *[]){table, numbers, wanted});
        run_cpu_with_threads(
            &gather, (void *[]){table, numbers, NULL}, got, rows_size * sizeof *got
        );
        assert_floats("gather", got, wanted, rows_size, 0, 0);
        cornu_kernel_desc scatter = {
            .kind = CORNU_KERNEL_SCATTER_ADD,
            .operand_count = 3,
            .operands = (cornu_operand[]){rows, places, whole},
        };
        run_on(&cornu_backend_reference_, &scatter, (void *[]){updates, numbers, wanted});
        run_cpu_with_threads(
            &scatter, (void *[]){updates, numbers, NULL}, got, table_size * sizeof *got
        );
        /* some tens of numbers below 1 in float32; the reference may add in double */
        assert_floats("scatter-add", got, wanted, table_size, 1e-6, 1e-5);
    }
    cornu_free_(table);
    cornu_free_(updates);
    cornu_free_(wanted);
    cornu_free_(got);
    cornu_free_(index);
    cornu_free_(narrow);
}
END_TEST

START_TEST(elements_by_an_index_of_their_own_agree_with_the_reference) {
    static const int64_t sizes[][4] = {/* outer, n, inner, index */
                                       {1, 5, 3, 7},      {32, 10, 1, 1}, {300, 33, 1, 65},
                                       {3, 10, 40, 1500}, {2, 6, 0, 4},   {2, 6, 3, 0}};
    static const cornu_dtype types[] = {CORNU_FLOAT32, CORNU_FLOAT64, CORNU_FLOAT16, CORNU_BOOL};
    int64_t outer = sizes[_i][0], n = sizes[_i][1], inner = sizes[_i][2], count = sizes[_i][3];
    size_t table_size = (size_t)(outer * n * inner), uses = (size_t)(outer * count * inner);
    size_t larger = table_size > uses ? table_size : uses;
    /* room for eight bytes an element, whatever they mean */
    float *table = random_floats(2 * larger, 1), *wanted = random_floats(2 * larger, 3);
    float *got = random_floats(2 * larger, 4);
    int64_t *index = cornu_alloc_aligned_(uses * sizeof *index);
    int32_t *narrow = cornu_alloc_aligned_(uses * sizeof *narrow);
    uint32_t state = 9;
    for (size_t i = 0; i < uses; i++) {
        index[i] = (int64_t)next_below(&state, (uint32_t)(2 * n)) - n;
        narrow[i] = (int32_t)index[i];
    }
    for (int wide = 0; wide < 2; wide++) {
        void *numbers = wide ? (void *)index : (void *)narrow;
        cornu_shape picked = cornu_shape(outer, count, inner), whole = cornu_shape(outer, n, inner);
        cornu_operand places = operand_of(wide ? CORNU_INT64 : CORNU_INT32, picked);
        for (size_t t = 0; t < sizeof types / sizeof types[0]; t++) {
            cornu_kernel_desc take = {
                .kind = CORNU_KERNEL_GATHER,
                .operand_count = 3,
                .operands = (cornu_operand[]
                ){operand_of(types[t], whole), places, operand_of(types[t], picked)},
                .batched = true,
            };
            size_t bytes = uses * cornu_dtype_size(types[t]);
            run_on(&cornu_backend_reference_, &take, (void *[]){table, numbers, wanted});
            run_cpu_with_threads(&take, (void *[]){table, numbers, NULL}, got, bytes);
            ck_assert_msg(bytes == 0 || memcmp(got, wanted, bytes) == 0, "type %zu", t);
        }
        cornu_kernel_desc add = {
            .kind = CORNU_KERNEL_SCATTER_ADD,
            .operand_count = 3,
            .operands = (cornu_operand[]
            ){operand_of(CORNU_FLOAT32, picked), places, operand_of(CORNU_FLOAT32, whole)},
            .batched = true,
        };
        run_on(&cornu_backend_reference_, &add, (void *[]){table, numbers, wanted});
        run_cpu_with_threads(&add, (void *[]){table, numbers, NULL}, got, table_size * 4);
        /* up to two hundred numbers below 1 in float32; the reference adds in double */
        assert_floats("scatter-add", got, wanted, table_size, 1e-6, 2e-5);
    }
    cornu_free_(table);
    cornu_free_(wanted);
    cornu_free_(got);
    cornu_free_(index);
    cornu_free_(narrow);
}
END_TEST

START_TEST(an_index_outside_its_axis_is_named) {
    float table[6] = {0}, out[4];
    int32_t index[2] = {1, -4};
    cornu_kernel_desc desc = {
        .kind = CORNU_KERNEL_GATHER,
        .operand_count = 3,
        .operands = (cornu_operand[]
        ){operand_of(CORNU_FLOAT32, cornu_shape(1, 3, 2)), operand_of(CORNU_INT32, cornu_shape(2)),
          operand_of(CORNU_FLOAT32, cornu_shape(1, 2, 2))},
    };
    cornu_kernel *kernel;
    assert_ok(cornu_backend_cpu_.kernel_create(&desc, &kernel));
    assert_fails(kernel->execute(kernel, (void *[]){table, index, out}, NULL), CORNU_EINVAL, "-4");
    kernel->destroy(kernel);
}
END_TEST

CORNU_TESTS(cpu_move) {
    TCase *tc = cornu_test_case(suite, "cpu_move");
    tcase_add_loop_test(tc, random_moves_agree_with_the_reference, 0, 96);
    tcase_add_loop_test(tc, the_four_ways_of_a_transpose_agree_with_the_reference, 0, 4);
    tcase_add_loop_test(tc, gather_and_scatter_add_agree_with_the_reference, 0, 8);
    tcase_add_loop_test(tc, elements_by_an_index_of_their_own_agree_with_the_reference, 0, 6);
    tcase_add_test(tc, an_index_outside_its_axis_is_named);
}
