/* LSTM and GRU over time of the cpu backend, and their ways back, against the reference, over odd
 * sizes, in both directions, with masks and without. */
#include "cpu_case.h"

static const struct {
    int64_t batch, time, features, units;
} cases[] = {{1, 1, 1, 1},     {2, 3, 4, 5},   {13, 7, 33, 16}, {25, 4, 3, 33}, {49, 5, 64, 64},
             {32, 20, 31, 48}, {3, 300, 2, 7}, {5, 2, 65, 257}, {150, 3, 8, 8}, {0, 3, 4, 5}};
enum { CASES = sizeof cases / sizeof cases[0], MOST = 9 };

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
static void compare(task *t, cornu_kernel_desc desc, const char *name) {
    desc.operand_count = t->count;
    desc.operands = t->operands;
    size_t size = operand_size(&t->operands[t->count - 1]);
    float *got = random_floats(size, 9), *wanted = t->buffers[t->count - 1];
    run_on(&cornu_backend_reference_, &desc, t->buffers);
    FOR_EACH_ISA(isa) {
        char what[64];
        snprintf(what, sizeof what, "%s, %s", name, isa);
        run_cpu_with_threads(&desc, t->buffers, got, size * sizeof *got);
        assert_floats(what, got, wanted, size, 2e-4, 5e-5);
    }
    t->buffers[t->count - 1] = wanted;
    cornu_free_(got);
}

typedef struct variant {
    bool lstm, masked, reverse;
    bool long_dy; /* dy has the record's part */
    bool wants_x;
} variant;

static void add_inputs(task *t, const variant *v, int at, bool bias) {
    int64_t batch = cases[at].batch, features = cases[at].features, units = cases[at].units;
    int64_t columns = (v->lstm ? 4 : 3) * units;
    add(t, cornu_shape(batch, cases[at].time, features), 1);
    add(t, cornu_shape(features, columns), 1 / sqrtf((float)features));
    add(t, cornu_shape(units, columns), 1 / sqrtf((float)units));
    if (bias) add(t, v->lstm ? cornu_shape(columns) : cornu_shape(2, columns), 1);
    add(t, cornu_shape(batch, units), 1);
    if (v->lstm) add(t, cornu_shape(batch, units), 1);
}

static void check(variant v, int at) {
    int64_t batch = cases[at].batch, time = cases[at].time, units = cases[at].units;
    int64_t features = cases[at].features, columns = (v.lstm ? 4 : 3) * units;
    cornu_shape y = cornu_shape(batch * time * units * (v.lstm ? 6 : 5));
    task t = {.count = 0}, back = {.count = 0};
    add_inputs(&t, &v, at, true);
    if (v.masked) add_mask(&t, batch, time);
    add(&t, y, 0);
    cornu_kernel_desc desc = {
        .kind = v.lstm ? CORNU_KERNEL_LSTM : CORNU_KERNEL_GRU, .reverse = v.reverse};
    compare(&t, desc, v.lstm ? "lstm" : "gru");

    add_inputs(&back, &v, at, false);
    add(&back, y, 1);
    memcpy(
        back.buffers[back.count - 1], t.buffers[t.count - 1],
        operand_size(&t.operands[t.count - 1]) * sizeof(float)
    );
    add(&back, v.long_dy ? y : cornu_shape(batch, time, units), 1);
    if (v.masked) add_mask(&back, batch, time);
    int64_t states = (v.lstm ? 2 : 1) * batch * units;
    int64_t weights = (features + units + (v.lstm ? 1 : 2)) * columns;
    add(&back, cornu_shape((v.wants_x ? batch * time * features : 0) + weights + states), 0);
    desc.kind = v.lstm ? CORNU_KERNEL_LSTM_GRADIENT : CORNU_KERNEL_GRU_GRADIENT;
    desc.flag = v.wants_x;
    compare(&back, desc, v.lstm ? "lstm gradient" : "gru gradient");
    end(&t);
    end(&back);
}

static void check_all(bool lstm, int at) {
    check((variant){.lstm = lstm, .wants_x = true}, at);
    check((variant){.lstm = lstm, .masked = true, .wants_x = true, .long_dy = true}, at);
    check((variant){.lstm = lstm, .reverse = true, .long_dy = true}, at);
    check((variant){.lstm = lstm, .masked = true, .reverse = true, .wants_x = true}, at);
}

START_TEST(lstm_agrees_with_the_reference) { check_all(true, _i); }
END_TEST

START_TEST(gru_agrees_with_the_reference) { check_all(false, _i); }
END_TEST

CORNU_TESTS(cpu_recurrent) {
    TCase *tc = cornu_test_case(suite, "cpu_recurrent");
    tcase_add_loop_test(tc, lstm_agrees_with_the_reference, 0, CASES);
    tcase_add_loop_test(tc, gru_agrees_with_the_reference, 0, CASES);
}
