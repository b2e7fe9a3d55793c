/* Random steps, compiled and eager: equal to the bit, since a compiled step runs the same loops on
 * the same numbers in the same order. A step is a function of a seed and of the types and shapes it
 * meets, so that tracing it and calling it eagerly do the same. CORNU_GRAPH_SEED=n runs the one
 * graph n and prints it. */
#include "base/memory.h"
#include "graph/step_case.h"

#include <cornu/random.h>
#include <stdlib.h>

enum {
    GRAPHS = 4000,
    GRAPHS_PER_TEST = 200,
    RUNS = 3,
    INPUTS = 4,
    VARIABLES = 4,
    MOST_OUTPUTS = 6,
    POOL = 80,
    LARGEST = 1500 /* elements of what a step makes: more than a tile, seldom */
};

/* ---- a stream of choices ---- */

typedef struct choices {
    uint64_t state;
} choices;

/* 0 .. n-1 */
static int choose(choices *c, int n) {
    c->state = c->state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    return (int)((c->state >> 33) % (uint64_t)n);
}

static bool one_in(choices *c, int n) { return choose(c, n) == 0; }

static double number(choices *c) { return (double)choose(c, 4001) / 1000 - 2; }

static int64_t random_size(choices *c) {
    static const int64_t sizes[] = {1, 1, 2, 3, 3, 4, 5, 7, 16, 17, 33};
    return one_in(c, 40) ? 530 : sizes[choose(c, (int)(sizeof sizes / sizeof sizes[0]))];
}

static cornu_shape random_shape(choices *c) {
    cornu_shape shape = {.rank = choose(c, 4)};
    int64_t size = 1;
    for (int i = 0; i < shape.rank; i++) {
        int64_t dim = random_size(c);
        shape.dims[i] = size * dim > LARGEST ? 1 : dim;
        size *= shape.dims[i];
    }
    return shape;
}

static cornu_tensor *random_tensor(choices *c, cornu_dtype dtype, cornu_shape shape) {
    cornu_tensor *tensor = cornu_scope_add_(cornu_tensor_new(dtype, shape));
    for (int64_t i = 0; i < tensor->size; i++) {
        double value = dtype == CORNU_BOOL           ? choose(c, 2)
                       : cornu_dtype_is_float(dtype) ? number(c)
                                                     : choose(c, 21) - 10;
        cornu_element_set_(dtype, tensor->storage->data, i, value);
    }
    return tensor;
}

/* ---- what a step works on ---- */

typedef struct step_world {
    cornu_tensor *inputs[INPUTS], *variables[VARIABLES];
    cornu_seed_generator *generator;
} step_world;

typedef struct step_run {
    choices choice;
    step_world *world;
    cornu_tensor *pool[POOL];
    int count;
    cornu_tensor *outputs[MOST_OUTPUTS];
    int output_count;
} step_run;

static cornu_tensor *any(step_run *run) {
    /* the latest ones more often, so that chains grow */
    int recent = run->count < 6 ? run->count : 6;
    return one_in(&run->choice, 2) ? run->pool[run->count - 1 - choose(&run->choice, recent)]
                                   : run->pool[choose(&run->choice, run->count)];
}

/* Any tensor for which `fits` holds, or NULL. */
static cornu_tensor *any_that(
    step_run *run, bool (*fits)(const cornu_tensor *, const cornu_tensor *),
    const cornu_tensor *other
) {
    int start = choose(&run->choice, run->count);
    for (int i = 0; i < run->count; i++) {
        cornu_tensor *tensor = run->pool[(start + i) % run->count];
        if (fits(tensor, other)) return tensor;
    }
    return NULL;
}

static bool is_real(const cornu_tensor *t, const cornu_tensor *other) {
    (void)other;
    return t->dtype == CORNU_FLOAT32 || t->dtype == CORNU_FLOAT64;
}

static bool is_index(const cornu_tensor *t, const cornu_tensor *other) {
    (void)other;
    return (t->dtype == CORNU_INT32 || t->dtype == CORNU_INT64) && t->shape.rank <= 2;
}

static bool broadcasts(const cornu_tensor *t, const cornu_tensor *other) {
    cornu_shape shape;
    if (cornu_broadcast_shapes_(&t->shape, &other->shape, &shape, NULL) == CORNU_OK)
        return cornu_shape_size(&shape) <= LARGEST;
    cornu_error_clear();
    return false;
}

static bool multiplies(const cornu_tensor *t, const cornu_tensor *other) {
    return t->dtype == other->dtype && t->shape.rank >= 2 && t->shape.rank <= other->shape.rank &&
           t->shape.dims[t->shape.rank - 2] == other->shape.dims[other->shape.rank - 1] &&
           (t->shape.rank == 2 || (t->shape.rank == 3 && other->shape.rank == 3 &&
                                   t->shape.dims[0] == other->shape.dims[0]));
}

static bool assignable(const cornu_tensor *t, const cornu_tensor *other) {
    return t->dtype == other->dtype && cornu_shape_equal(&t->shape, &other->shape);
}

static bool concatenates(const cornu_tensor *t, const cornu_tensor *other) {
    return t->dtype == other->dtype && t->shape.rank == other->shape.rank && t->shape.rank > 0 &&
           memcmp(
               t->shape.dims + 1, other->shape.dims + 1,
               (size_t)(t->shape.rank - 1) * sizeof(int64_t)
           ) == 0 &&
           t->size + other->size <= LARGEST;
}

/* ---- ops: each gives a result, or NULL where it has no use for what it met ---- */

static cornu_tensor *unary(step_run *run) {
    static cornu_tensor *(*const real[])(cornu_tensor *) = {
        cornu_op_tanh,  cornu_op_exp,        cornu_op_sigmoid,  cornu_op_softplus, cornu_op_relu,
        cornu_op_sin,   cornu_op_erf,        cornu_op_floor,    cornu_op_sqrt,     cornu_op_log1p,
        cornu_op_mish,  cornu_op_reciprocal, cornu_op_square,   cornu_op_round,    cornu_op_isnan,
        cornu_op_rsqrt, cornu_op_silu,       cornu_op_isfinite,
    };
    static cornu_tensor *(*const all[])(cornu_tensor *) = {
        cornu_op_negative, cornu_op_absolute,      cornu_op_square,
        cornu_op_sign,     cornu_op_stop_gradient, cornu_op_negative,
    };
    cornu_tensor *x = any(run);
    if (x->dtype == CORNU_BOOL) return cornu_op_logical_not(x);
    if (!cornu_dtype_is_float(x->dtype) || one_in(&run->choice, 3))
        return all[choose(&run->choice, 6)](x);
    return real[choose(&run->choice, (int)(sizeof real / sizeof real[0]))](x);
}

static cornu_tensor *binary(step_run *run) {
    static cornu_tensor *(*const functions[])(cornu_tensor *, cornu_tensor *) = {
        cornu_op_add,          cornu_op_subtract,    cornu_op_multiply,  cornu_op_divide,
        cornu_op_maximum,      cornu_op_minimum,     cornu_op_less,      cornu_op_equal,
        cornu_op_greater,      cornu_op_add,         cornu_op_multiply,  cornu_op_subtract,
        cornu_op_logical_or,   cornu_op_logical_and, cornu_op_not_equal, cornu_op_mod,
        cornu_op_floor_divide,
    };
    static const double numbers[] = {1, 0, -1, 0.5, 2, 1, 3};
    cornu_tensor *a = any(run), *b;
    if (one_in(&run->choice, 4)) b = cornu_scalar(numbers[choose(&run->choice, 7)]);
    else b = any_that(run, broadcasts, a);
    if (!b) return NULL;
    bool swap = one_in(&run->choice, 2);
    return functions[choose(&run->choice, (int)(sizeof functions / sizeof functions[0]))](
        swap ? b : a, swap ? a : b
    );
}

static cornu_tensor *select_one(step_run *run) {
    cornu_tensor *a = any(run), *b = any_that(run, broadcasts, a);
    if (one_in(&run->choice, 3)) return cornu_op_clip(a, -0.75, 1.5);
    cornu_tensor *sum = b ? cornu_op_greater(a, b) : NULL;
    return sum ? cornu_op_where(sum, one_in(&run->choice, 2) ? cornu_scalar(0.25) : a, b) : NULL;
}

static cornu_tensor *convert(step_run *run) {
    static const cornu_dtype types[] = {CORNU_FLOAT32,  CORNU_FLOAT32, CORNU_FLOAT32, CORNU_FLOAT32,
                                        CORNU_INT32,    CORNU_INT64,   CORNU_BOOL,    CORNU_FLOAT64,
                                        CORNU_BFLOAT16, CORNU_UINT8};
    return cornu_op_cast(any(run), types[choose(&run->choice, 10)]);
}

static cornu_tensor *reduce(step_run *run) {
    cornu_tensor *x = any(run);
    cornu_op_reduce_args args = {
        CORNU_OP_REDUCE_DEFAULTS, .x = x, .keepdims = one_in(&run->choice, 2)};
    for (int axis = 0; axis < x->shape.rank; axis++) {
        if (one_in(&run->choice, 2)) args.axis.axis[args.axis.count++] = axis;
    }
    switch (choose(&run->choice, 8)) {
    case 0:
        return cornu_op_sum_new(&args);
    case 1:
        return cornu_op_mean_new(&args);
    case 2:
        return cornu_op_max_new(&args);
    case 3:
        return cornu_op_min_new(&args);
    case 4:
        return cornu_op_any_new(&args);
    case 5:
        return x->shape.rank > 0 ? cornu_op_argmax(x, choose(&run->choice, x->shape.rank)) : NULL;
    case 6:
        return x->shape.rank > 0 && x->dtype != CORNU_BOOL
                   ? cornu_op_cumsum(x, choose(&run->choice, x->shape.rank))
                   : NULL;
    default:
        return is_real(x, NULL) ? cornu_op_var_new(&args) : cornu_op_all_new(&args);
    }
}

static cornu_tensor *product(step_run *run) {
    cornu_tensor *a = any_that(run, is_real, NULL), *b;
    if (!a || a->shape.rank < 2) return NULL;
    if ((b = any_that(run, multiplies, a))) return cornu_op_matmul(a, b);
    bool first = one_in(&run->choice, 2); /* a a^T or a^T a */
    return cornu_op_matmul(a, a, .transpose_a = first, .transpose_b = !first);
}

static cornu_tensor *rearrange(step_run *run) {
    cornu_tensor *x = any(run);
    int rank = x->shape.rank;
    if (rank == 0) return cornu_op_expand_dims(x, 0);
    int64_t start[CORNU_MAX_RANK], stop[CORNU_MAX_RANK], step[CORNU_MAX_RANK];
    switch (choose(&run->choice, 8)) {
    case 0:
        return cornu_op_reshape(x, cornu_shape(-1));
    case 1:
        return cornu_op_reshape(x, cornu_shape(x->shape.dims[0], -1));
    case 2:
        return cornu_op_transpose(x, cornu_axes());
    case 3:
        return rank < 4 ? cornu_op_expand_dims(x, choose(&run->choice, rank + 1))
                        : cornu_op_squeeze(x, cornu_axes());
    case 4:
        return cornu_op_flip(x, cornu_axes(choose(&run->choice, rank)));
    case 5:
        for (int i = 0; i < rank; i++) {
            step[i] = one_in(&run->choice, 3) ? -1 : 1 + choose(&run->choice, 2);
            start[i] = stop[i] = CORNU_SLICE_NONE;
            if (step[i] > 0 && x->shape.dims[i] > 2) start[i] = choose(&run->choice, 2);
        }
        return cornu_op_strided_slice(x, start, stop, step);
    case 6:
        for (int i = 0; i < rank; i++)
            start[i] = choose(&run->choice, 2), stop[i] = choose(&run->choice, 2);
        return x->dtype == CORNU_BOOL || x->size > LARGEST / 3
                   ? NULL
                   : cornu_op_pad(x, start, stop, CORNU_PAD_CONSTANT, 0.5);
    default:
        return cornu_op_squeeze(x, cornu_axes());
    }
}

static cornu_tensor *spread(step_run *run) {
    cornu_tensor *x = any(run), *other;
    switch (choose(&run->choice, 3)) {
    case 0:
        other = any_that(run, broadcasts, x);
        if (other && other->shape.rank >= x->shape.rank) {
            cornu_shape shape;
            if (cornu_broadcast_shapes_(&x->shape, &other->shape, &shape, NULL) == CORNU_OK)
                return cornu_op_broadcast_to(x, shape);
        }
        return NULL;
    case 1:
        other = any_that(run, concatenates, x);
        return other ? cornu_op_concatenate(cornu_tensors(x, other, x->size < 500 ? x : other), 0)
                     : NULL;
    default:
        return x->shape.rank < 4 && x->size < 400
                   ? cornu_op_stack(cornu_tensors(x, x), choose(&run->choice, x->shape.rank + 1))
                   : NULL;
    }
}

static cornu_tensor *look_up(step_run *run) {
    cornu_tensor *x = any(run), *index = any_that(run, is_index, NULL);
    if (!index || x->shape.rank == 0) return NULL;
    int axis = choose(&run->choice, x->shape.rank);
    int64_t n = x->shape.dims[axis], rest = x->size / n;
    if (one_in(&run->choice, 4) && index->size < 100)
        return cornu_op_one_hot(index, 5, CORNU_FLOAT32);
    cornu_tensor *inside = cornu_op_mod(index, cornu_scalar_of(index->dtype, (double)n));
    if (index->size * rest > LARGEST || x->shape.rank + index->shape.rank > 5) return NULL;
    if (x->shape.rank == index->shape.rank && x->shape.rank == 1)
        return cornu_op_take_along_axis(x, inside, 0);
    return cornu_op_take(x, inside, axis);
}

static cornu_tensor *normalise(step_run *run) {
    cornu_tensor *x = any_that(run, is_real, NULL);
    if (!x || x->shape.rank == 0) return NULL;
    int axis = choose(&run->choice, x->shape.rank);
    return one_in(&run->choice, 2) ? cornu_op_softmax(x, axis) : cornu_op_log_softmax(x, axis);
}

static cornu_tensor *draw(step_run *run) {
    cornu_tensor *seed = cornu_seed_generator_next(run->world->generator);
    cornu_shape shape = random_shape(&run->choice);
    return one_in(&run->choice, 2) ? cornu_random_uniform_from(seed, shape, CORNU_FLOAT32, -1, 1)
                                   : cornu_random_bernoulli_from(seed, shape, CORNU_FLOAT32, 0.4);
}

/* Gives the variable itself, which from here on reads as what it was given. */
static cornu_tensor *assign(step_run *run) {
    cornu_tensor *variable = run->world->variables[choose(&run->choice, VARIABLES)];
    cornu_tensor *value = any_that(run, assignable, variable), *wide;
    switch (choose(&run->choice, 4)) {
    case 0:
        wide = any_that(run, broadcasts, variable);
        value = wide ? cornu_op_broadcast_to(
                           cornu_op_cast(
                               cornu_op_mean(cornu_op_cast(wide, CORNU_FLOAT32)), variable->dtype
                           ),
                           variable->shape
                       )
                     : NULL;
        if (value) assert_ok(cornu_assign_sub(variable, value));
        return variable;
    case 1:
        assert_ok(cornu_assign_add(variable, value ? value : variable));
        return variable;
    case 2:
        return cornu_op_stop_gradient(variable); /* what it is now, and stays */
    default:
        if (value) assert_ok(cornu_assign(variable, value));
        return variable;
    }
}

/* ---- a step ---- */

static void run_step(step_run *run, uint64_t seed, step_world *world) {
    static cornu_tensor *(*const ops[])(step_run *) = {
        unary,      unary,   unary,     binary, binary, binary,  binary,    binary,
        select_one, convert, convert,   reduce, reduce, product, rearrange, rearrange,
        spread,     look_up, normalise, draw,   assign, assign,
    };
    *run = (step_run){.choice = {seed}, .world = world};
    for (int i = 0; i < INPUTS; i++) run->pool[run->count++] = world->inputs[i];
    for (int i = 0; i < VARIABLES; i++) run->pool[run->count++] = world->variables[i];
    int wanted = 3 + choose(&run->choice, 40);
    for (int i = 0; i < wanted; i++) {
        cornu_tensor *made = ops[choose(&run->choice, (int)(sizeof ops / sizeof ops[0]))](run);
        if (!made && cornu_error_status() != CORNU_OK)
            ck_abort_msg("graph %llu: %s", (unsigned long long)seed, cornu_error_message());
        if (made && made->size > 0 && made->size <= 4 * LARGEST) run->pool[run->count++] = made;
    }
    run->output_count = 1 + choose(&run->choice, MOST_OUTPUTS);
    for (int i = 0; i < run->output_count; i++) run->outputs[i] = any(run);
}

static void set_inputs(step_world *world, uint64_t seed) {
    choices c = {seed * 977 + 5};
    for (int i = 0; i < INPUTS; i++) {
        choices shape = {seed / 16 * 31 + (uint64_t)i}; /* the same for all runs of a graph */
        cornu_dtype dtype = i < 2 ? CORNU_FLOAT32 : i == 2 ? CORNU_INT32 : CORNU_BOOL;
        world->inputs[i] = random_tensor(&c, dtype, random_shape(&shape));
    }
}

static step_world world_of(uint64_t seed) {
    step_world world = {.generator = cornu_seed_generator_new((int64_t)seed)};
    choices c = {seed * 1009 + 3};
    cornu_shape shape = random_shape(&c);
    for (int i = 0; i < VARIABLES; i++) {
        /* two of one shape, so that they can be swapped */
        world.variables[i] = cornu_variable(random_tensor(
            &c, i == 3 ? CORNU_INT64 : CORNU_FLOAT32, i < 2 ? shape : random_shape(&c)
        ));
    }
    return world;
}

static void world_free(step_world *world) {
    for (int i = 0; i < VARIABLES; i++) cornu_tensor_free(world->variables[i]);
    cornu_seed_generator_free(world->generator);
}

static compiled trace_step(uint64_t seed, step_world *world, bool optimise) {
    cornu_graph *graph;
    step_run run;
    step_world traced = *world;
    assert_ok(cornu_trace_begin_(&graph));
    for (int i = 0; i < INPUTS; i++)
        traced.inputs[i] = cornu_trace_input_(world->inputs[i]->dtype, world->inputs[i]->shape);
    run_step(&run, seed, &traced);
    for (int i = 0; i < run.output_count; i++) assert_ok(cornu_trace_output_(run.outputs[i]));
    assert_ok(cornu_trace_end_());
    return compiled_of(graph, optimise);
}

/* Equal to the bit; any NaN equals any other. */
static void expect_equal(
    uint64_t seed, int time, const char *what, int index, const cornu_tensor *got,
    const cornu_tensor *wanted
) {
    if (cornu_tensor_equal(got, wanted)) return;
    bool alike = got->dtype == wanted->dtype && cornu_shape_equal(&got->shape, &wanted->shape);
    size_t item = cornu_dtype_size(wanted->dtype);
    for (int64_t i = 0; alike && i < got->size; i++) {
        const char *a = (const char *)got->storage->data + (size_t)i * item,
                   *b = (const char *)wanted->storage->data + (size_t)i * item;
        double x = cornu_element_get_(got->dtype, got->storage->data, i),
               y = cornu_element_get_(got->dtype, wanted->storage->data, i);
        if (memcmp(a, b, item) == 0 || (x != x && y != y)) continue;
        ck_abort_msg(
            "graph %llu, run %d, %s %d: element %lld is %.17g, eager %.17g",
            (unsigned long long)seed, time, what, index, (long long)i, x, y
        );
    }
    if (!alike)
        ck_abort_msg(
            "graph %llu, %s %d: another type or shape than eager", (unsigned long long)seed, what,
            index
        );
}

static void show(const compiled *step) {
    cornu_text text = {0};
    cornu_graph_dump_(step->graph, &text);
    cornu_plan_dump_(step->plan, &text);
    puts(text.data);
    cornu_text_free_(&text);
}

static void check_graph(uint64_t seed, bool print) {
    bool optimise = seed % 4 != 0;
    step_world eager = world_of(seed), other = world_of(seed);
    set_inputs(&eager, seed * 16);
    memcpy(other.inputs, eager.inputs, sizeof other.inputs);
    compiled step = trace_step(seed, &other, optimise);
    if (print) show(&step);
    for (int time = 0; time < RUNS; time++) {
        CORNU_SCOPE {
            step_run run;
            set_inputs(&eager, seed * 16 + (uint64_t)time);
            run_step(&run, seed, &eager);
            assert_ok(cornu_plan_run_(step.state, eager.inputs));
            for (int i = 0; i < run.output_count; i++)
                expect_equal(seed, time, "output", i, output_of(&step, (size_t)i), run.outputs[i]);
            for (int i = 0; i < VARIABLES; i++)
                expect_equal(seed, time, "variable", i, other.variables[i], eager.variables[i]);
            expect_equal(
                seed, time, "seed", 0, cornu_seed_generator_state(other.generator),
                cornu_seed_generator_state(eager.generator)
            );
        }
    }
    compiled_free(&step);
    world_free(&eager);
    world_free(&other);
    cornu_kernel_cache_clear_(); /* no two graphs have much in common */
}

START_TEST(random_steps_give_the_same_bits_compiled_and_eager) {
    const char *one = getenv("CORNU_GRAPH_SEED");
    for (int i = 0; i < GRAPHS_PER_TEST && !one; i++) {
        CORNU_SCOPE check_graph((uint64_t)(_i * GRAPHS_PER_TEST + i), false);
    }
    if (one && _i == 0) check_graph(strtoull(one, NULL, 10), true);
}
END_TEST

CORNU_TESTS(random_graphs) {
    TCase *tc = cornu_test_case(suite, "random_graphs");
    tcase_add_loop_test(
        tc, random_steps_give_the_same_bits_compiled_and_eager, 0, GRAPHS / GRAPHS_PER_TEST
    );
}
