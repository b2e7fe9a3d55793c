/* LSTM and GRU over time of the cpu backend, and their ways back, against the reference, over odd
 * sizes, with masks and without. */
#include "cpu_case.h"

static const struct {
    int64_t batch, time, units;
} cases[] = {{1, 1, 1},   {2, 3, 5},    {13, 7, 16}, {25, 4, 33},
             {49, 5, 64}, {32, 20, 48}, {3, 300, 7}, {5, 2, 257}};
enum { CASES = sizeof cases / sizeof cases[0], MOST = 6 };

/* A kernel's operands, output last, with random values, and its mask if there is one. */
typedef struct task {
    cornu_operand operands[MOST];
    void *buffers[MOST];
    int count;
} task;

static void add(task *t, cornu_shape shape, float scale) {
    cornu_operand operand = operand_of(CORNU_FLOAT32, shape);
    size_t size = operand_size(&operand);
    float *values = random_floats(size, (uint32_t)t->count + 1);
    for (size_t i = 0; i < size; i++) values[i] *= scale;
    t->buffers[t->count] = values;
    t->operands[t->count++] = operand;
}

static void add_mask(task *t, int64_t batch, int64_t time) {
    cornu_operand operand = operand_of(CORNU_BOOL, cornu_shape(batch, time));
    unsigned char *values = cornu_alloc_array_((size_t)(batch * time), 1);
    for (int64_t i = 0; i < batch * time; i++) values[i] = i * 7 % 5 != 0;
    t->buffers[t->count] = values;
    t->operands[t->count++] = operand;
}

static void end(task *t) {
    for (int i = 0; i < t->count; i++) cornu_free_(t->buffers[i]);
}

/* The reference's result goes into the last buffer. */
static void compare(task *t, cornu_kernel_kind kind, const char *name) {
    cornu_kernel_desc desc = {.kind = kind, .operand_count = t->count, .operands = t->operands};
    size_t size = operand_size(&t->operands[t->count - 1]);
    float *got = random_floats(size, 9), *wanted = t->buffers[t->count - 1];
    run_on(&cornu_backend_reference_, &desc, t->buffers);
    FOR_EACH_ISA(isa) {
        char what[64];
        snprintf(what, sizeof what, "%s, %s", name, isa);
        run_cpu_with_threads(&desc, t->buffers, got, size * sizeof *got);
        assert_floats(what, got, wanted, size, 2e-4, 2e-5);
    }
    t->buffers[t->count - 1] = wanted;
    cornu_free_(got);
}

static void check(bool lstm, bool masked, int at) {
    int64_t batch = cases[at].batch, time = cases[at].time, units = cases[at].units;
    int64_t gates = lstm ? 4 : 3;
    cornu_shape state = cornu_shape(batch, units);
    float scale = 1 / sqrtf((float)units);
    task t = {.count = 0}, back = {.count = 0};
    add(&t, cornu_shape(batch, time, gates * units), 1);
    add(&t, cornu_shape(units, gates * units), scale);
    add(&t, lstm ? state : cornu_shape(3 * units), 1);
    add(&t, state, 1);
    if (masked) add_mask(&t, batch, time);
    add(&t, cornu_shape(lstm ? 6 : 5, batch, time, units), 0);
    compare(&t, lstm ? CORNU_KERNEL_LSTM : CORNU_KERNEL_GRU, lstm ? "lstm" : "gru");

    cornu_operand planes = t.operands[t.count - 1];
    add(&back, cornu_shape(lstm ? 6 : 5, batch, time, units), 1);
    memcpy(back.buffers[0], t.buffers[t.count - 1], operand_size(&planes) * sizeof(float));
    add(&back, cornu_shape(lstm ? 6 : 5, batch, time, units), 1);
    add(&back, cornu_shape(units, gates * units), scale);
    add(&back, state, 1);
    if (masked) add_mask(&back, batch, time);
    add(&back, cornu_shape(batch, 1 + time, 4 * units), 0);
    compare(
        &back, lstm ? CORNU_KERNEL_LSTM_GRADIENT : CORNU_KERNEL_GRU_GRADIENT,
        lstm ? "lstm gradient" : "gru gradient"
    );
    end(&t);
    end(&back);
}

START_TEST(lstm_agrees_with_the_reference) {
    check(true, false, _i);
    check(true, true, _i);
}
END_TEST

START_TEST(gru_agrees_with_the_reference) {
    check(false, false, _i);
    check(false, true, _i);
}
END_TEST

CORNU_TESTS(cpu_recurrent) {
    TCase *tc = cornu_test_case(suite, "cpu_recurrent");
    tcase_add_loop_test(tc, lstm_agrees_with_the_reference, 0, CASES);
    tcase_add_loop_test(tc, gru_agrees_with_the_reference, 0, CASES);
}
