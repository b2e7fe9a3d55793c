/* The tape of an elementwise program: its steps in order, the strip in vector registers being the
 * result of the latest one. A result goes to its tile in memory only if somebody else than the next
 * step wants it. */
#include "elementwise.h"

#include "base/memory.h"

#define NO_REGISTER UINT32_MAX

/* The step for an operation of which the strip is operand `position`; `order`: which of the other
 * operands come first and second in memory. CORNU_TAPE_COUNT: there is none. */
typedef struct form {
    cornu_tape_code code;
    int order[2];
} form;

static form unary_form(int code) {
    switch (code) {
    case CORNU_EW_NEGATIVE:
        return (form){CORNU_TAPE_NEGATIVE, {0, 0}};
    case CORNU_EW_ABSOLUTE:
        return (form){CORNU_TAPE_ABSOLUTE, {0, 0}};
    case CORNU_EW_SQUARE:
        return (form){CORNU_TAPE_SQUARE, {0, 0}};
    case CORNU_EW_RECIPROCAL:
        return (form){CORNU_TAPE_RECIPROCAL, {0, 0}};
    case CORNU_EW_RELU:
        return (form){CORNU_TAPE_RELU, {0, 0}};
    case CORNU_EW_NOT:
        return (form){CORNU_TAPE_NOT, {0, 0}};
    default:
        return (form){CORNU_TAPE_COUNT, {0, 0}};
    }
}

static form binary_form(int code, int position) {
    static const struct {
        int code;
        cornu_tape_code first, second; /* the strip is the first operand, or the second */
    } forms[] = {
        {CORNU_EW_ADD, CORNU_TAPE_ADD, CORNU_TAPE_ADD},
        {CORNU_EW_SUBTRACT, CORNU_TAPE_SUBTRACT, CORNU_TAPE_SUBTRACT_FROM},
        {CORNU_EW_MULTIPLY, CORNU_TAPE_MULTIPLY, CORNU_TAPE_MULTIPLY},
        {CORNU_EW_DIVIDE, CORNU_TAPE_DIVIDE, CORNU_TAPE_DIVIDE_INTO},
        {CORNU_EW_MAXIMUM, CORNU_TAPE_MAXIMUM, CORNU_TAPE_MAXIMUM_OF},
        {CORNU_EW_MINIMUM, CORNU_TAPE_MINIMUM, CORNU_TAPE_MINIMUM_OF},
        {CORNU_EW_EQUAL, CORNU_TAPE_EQUAL, CORNU_TAPE_EQUAL},
        {CORNU_EW_NOT_EQUAL, CORNU_TAPE_NOT_EQUAL, CORNU_TAPE_NOT_EQUAL},
        {CORNU_EW_LESS, CORNU_TAPE_LESS, CORNU_TAPE_GREATER},
        {CORNU_EW_LESS_EQUAL, CORNU_TAPE_LESS_EQUAL, CORNU_TAPE_GREATER_EQUAL},
        {CORNU_EW_GREATER, CORNU_TAPE_GREATER, CORNU_TAPE_LESS},
        {CORNU_EW_GREATER_EQUAL, CORNU_TAPE_GREATER_EQUAL, CORNU_TAPE_LESS_EQUAL},
        {CORNU_EW_AND, CORNU_TAPE_AND, CORNU_TAPE_AND},
        {CORNU_EW_OR, CORNU_TAPE_OR, CORNU_TAPE_OR},
    };
    for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
        if (forms[i].code == code)
            return (form){position == 0 ? forms[i].first : forms[i].second, {1 - position, 0}};
    }
    return (form){CORNU_TAPE_COUNT, {0, 0}};
}

static form ternary_form(int code, int position) {
    static const form forms[][3] = {
        {{CORNU_TAPE_WHERE_0, {1, 2}}, {CORNU_TAPE_WHERE_1, {0, 2}}, {CORNU_TAPE_WHERE_2, {0, 1}}},
        {{CORNU_TAPE_MULTIPLY_ADD_0, {1, 2}},
         {CORNU_TAPE_MULTIPLY_ADD_1, {0, 2}},
         {CORNU_TAPE_MULTIPLY_ADD_1, {0, 1}}},
        {{CORNU_TAPE_MULTIPLY_SUBTRACT_0, {1, 2}},
         {CORNU_TAPE_MULTIPLY_SUBTRACT_1, {0, 2}},
         {CORNU_TAPE_MULTIPLY_SUBTRACT_1, {0, 1}}},
        {{CORNU_TAPE_MULTIPLY_DIVIDE_0, {1, 2}},
         {CORNU_TAPE_MULTIPLY_DIVIDE_0, {0, 2}},
         {CORNU_TAPE_MULTIPLY_DIVIDE_2, {0, 1}}},
        {{CORNU_TAPE_LERP_0, {1, 2}}, {CORNU_TAPE_LERP_1, {0, 2}}, {CORNU_TAPE_LERP_2, {0, 1}}},
        {{CORNU_TAPE_LERP_SQUARE_0, {1, 2}},
         {CORNU_TAPE_LERP_SQUARE_1, {0, 2}},
         {CORNU_TAPE_LERP_SQUARE_2, {0, 1}}},
    };
    switch (code) {
    case CORNU_EW_WHERE:
        return forms[0][position];
    case CORNU_TILE_PAIR + CORNU_CPU_MULTIPLY_ADD:
        return forms[1][position];
    case CORNU_TILE_PAIR + CORNU_CPU_MULTIPLY_SUBTRACT:
        return forms[2][position];
    case CORNU_TILE_PAIR + CORNU_CPU_MULTIPLY_DIVIDE:
        return forms[3][position];
    case CORNU_TILE_PAIR + CORNU_CPU_LERP:
        return forms[4][position];
    case CORNU_TILE_PAIR + CORNU_CPU_LERP_SQUARE:
        return forms[5][position];
    default:
        return (form){CORNU_TAPE_COUNT, {0, 0}};
    }
}

static int operands_of(const cornu_tile_step *s) {
    if (s->code < CORNU_TILE_PAIR) return cornu_ew_operands_((cornu_ew_code)s->code);
    return s->code == CORNU_TILE_PAIR + CORNU_CPU_SQRT_ADD ? 2 : 3;
}

static form form_of(const cornu_tile_step *s, int position) {
    int operands = operands_of(s);
    form found = operands == 1   ? unary_form(s->code)
                 : operands == 2 ? binary_form(s->code, position)
                                 : ternary_form(s->code, position);
    if (found.code == CORNU_TAPE_COUNT && position == 0) return (form){CORNU_TAPE_CALL, {1, 2}};
    return found;
}

/* Which operand of a step the strip is, holding `acc`; -1: none that would do, so that the first
 * operand must be loaded. A step that wants the strip twice reads it from memory, too. */
static int position_of(const cornu_tile_step *s, uint32_t acc) {
    int operands = operands_of(s), found = -1;
    if (acc == NO_REGISTER) return -1;
    for (int i = 0; i < operands; i++) {
        if (s->operand[i] != acc) continue;
        if (found >= 0) return -1;
        found = i;
    }
    return found >= 0 && form_of(s, found).code != CORNU_TAPE_COUNT ? found : -1;
}

static bool is_result(const cornu_tile_kernel *kernel, uint32_t reg) {
    for (int i = 0; i < kernel->outputs; i++)
        if (kernel->result[i].from == reg) return true;
    return false;
}

/* Whether the result of step `index` must be in memory: it is an output, or a step reads it that
 * does not find it in the strip. */
static bool is_stored(const cornu_tile_kernel *kernel, uint32_t index) {
    uint32_t reg = kernel->step[index].target;
    if (is_result(kernel, reg)) return true;
    for (uint32_t i = index + 1; i < kernel->steps; i++) {
        const cornu_tile_step *s = &kernel->step[i];
        bool in_strip = i == index + 1 && position_of(s, reg) >= 0;
        for (int k = 0; k < operands_of(s) && !in_strip; k++)
            if (s->operand[k] == reg) return true;
    }
    return false;
}

static void add(
    cornu_tile_kernel *kernel, cornu_tape_code code, cornu_tile_function *tile, uint32_t first,
    uint32_t second
) {
    cornu_tape_function *const *forms = kernel->loops->tape[code];
    int which = 0;
    if (forms[CORNU_TAPE_FIRST_SCALAR] && cornu_tile_is_scalar_(kernel, first))
        which |= CORNU_TAPE_FIRST_SCALAR;
    if (forms[CORNU_TAPE_SECOND_SCALAR] && cornu_tile_is_scalar_(kernel, second))
        which |= CORNU_TAPE_SECOND_SCALAR;
    /* one number that is read as a tile: the tile is used again and again */
    bool loads = code == CORNU_TAPE_BEGIN || code == CORNU_TAPE_LOAD || code == CORNU_TAPE_CALL;
    if (loads && (cornu_tile_is_scalar_(kernel, first) || cornu_tile_is_scalar_(kernel, second)))
        kernel->tape_keeps = true;
    kernel->tape[kernel->tape_length++] = (cornu_tape_plan){forms[which], tile, {first, second}};
}

/* Which operand a step begins with that does not find one in the strip: an array rather than one
 * number. */
static int first_array(const cornu_tile_kernel *kernel, const cornu_tile_step *s) {
    for (int i = 0; i < operands_of(s); i++) {
        if (!cornu_tile_is_scalar_(kernel, s->operand[i]) && form_of(s, i).code != CORNU_TAPE_COUNT)
            return i;
    }
    return 0;
}

static void add_steps(cornu_tile_kernel *kernel) {
    uint32_t acc = NO_REGISTER;
    bool stored = false;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const cornu_tile_step *s = &kernel->step[i];
        int position = position_of(s, acc);
        if (position < 0) {
            position = first_array(kernel, s);
            cornu_tape_code load = i == 0 ? CORNU_TAPE_BEGIN : CORNU_TAPE_LOAD;
            add(kernel, load, NULL, s->operand[position], s->operand[position]);
        }
        if (s->code != CORNU_EW_COPY) {
            form f = form_of(s, position);
            add(kernel, f.code, s->run, s->operand[f.order[0]], s->operand[f.order[1]]);
        }
        acc = s->target;
        stored = is_stored(kernel, i);
        if (stored) add(kernel, CORNU_TAPE_STORE, NULL, acc, 0);
        kernel->tape_keeps = kernel->tape_keeps || (stored && !is_result(kernel, acc));
    }
    if (stored) kernel->tape[kernel->tape_length - 1].run = *kernel->loops->tape[CORNU_TAPE_LAST];
    else add(kernel, CORNU_TAPE_END, NULL, 0, 0);
}

cornu_status cornu_tile_make_tape_(cornu_tile_kernel *kernel) {
    if (kernel->steps < 2) return CORNU_OK; /* its loop is as good */
    for (uint32_t i = 0; i < kernel->steps; i++)
        if (kernel->step[i].code == CORNU_TILE_ADAM) return CORNU_OK;
    size_t most = 3 * (size_t)kernel->steps + 1; /* LOAD, the operation, STORE; END */
    kernel->tape = cornu_alloc_array_(most, sizeof *kernel->tape);
    if (!kernel->tape) return CORNU_ENOMEM;
    add_steps(kernel);
    return CORNU_OK;
}
