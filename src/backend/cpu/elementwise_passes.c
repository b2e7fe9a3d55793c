/* Steps of elementwise programs joined into one pass over a tile. A pass costs loads and stores of
 * everything between two instructions, and for division and square root, which keep a unit of their
 * own busy, the time in which nothing else is done; in one pass both hide behind memory. */
#include "elementwise.h"

#include "base/memory.h"

/* The step that makes what `outer` reads as operand `position`, if it has this code and nobody else
 * reads it. */
static cornu_tile_step *inner_step(
    cornu_tile_kernel *kernel, const cornu_tile_step *outer, int position, int code, const int *uses
) {
    uint32_t reg = outer->operand[position];
    if (reg < (uint32_t)kernel->inputs || uses[reg] != 1) return NULL;
    cornu_tile_step *inner = &kernel->step[reg - (uint32_t)kernel->inputs];
    return inner->code == code ? inner : NULL;
}

static void become(
    cornu_tile_kernel *kernel, cornu_tile_step *outer, cornu_cpu_pair pair, uint32_t a, uint32_t b,
    uint32_t c
) {
    outer->code = CORNU_TILE_PAIR + (int)pair;
    outer->run = kernel->loops->pair[pair];
    outer->operand[0] = a;
    outer->operand[1] = b;
    outer->operand[2] = c;
}

/* b + (a - b) * c, whose last two operations have become x + y * z already. */
static void lerp(cornu_tile_kernel *kernel, cornu_tile_step *outer, const int *uses) {
    uint32_t x = outer->operand[0];
    for (int k = 1; k < 3; k++) {
        cornu_tile_step *inner = inner_step(kernel, outer, k, CORNU_EW_SUBTRACT, uses);
        if (!inner || inner->operand[1] != x) continue;
        uint32_t c = outer->operand[3 - k];
        inner->code = CORNU_TILE_GONE;
        become(kernel, outer, CORNU_CPU_LERP, inner->operand[0], x, c);
        cornu_tile_step *square = inner_step(kernel, outer, 0, CORNU_EW_SQUARE, uses);
        if (!square) return;
        square->code = CORNU_TILE_GONE;
        become(kernel, outer, CORNU_CPU_LERP_SQUARE, square->operand[0], x, c);
        return;
    }
}

static void pair_up(cornu_tile_kernel *kernel, cornu_tile_step *s, const int *uses) {
    cornu_tile_step *inner;
    if (s->code == CORNU_EW_ADD) {
        for (int k = 0; k < 2; k++) {
            uint32_t other = s->operand[1 - k];
            if ((inner = inner_step(kernel, s, k, CORNU_EW_MULTIPLY, uses))) {
                inner->code = CORNU_TILE_GONE;
                become(
                    kernel, s, CORNU_CPU_MULTIPLY_ADD, other, inner->operand[0], inner->operand[1]
                );
                lerp(kernel, s, uses);
                return;
            }
            if ((inner = inner_step(kernel, s, k, CORNU_EW_SQRT, uses))) {
                inner->code = CORNU_TILE_GONE;
                become(kernel, s, CORNU_CPU_SQRT_ADD, inner->operand[0], other, inner->operand[0]);
                return;
            }
        }
    } else if (s->code == CORNU_EW_SUBTRACT) {
        inner = inner_step(kernel, s, 1, CORNU_EW_MULTIPLY, uses);
        if (!inner) return;
        inner->code = CORNU_TILE_GONE;
        become(
            kernel, s, CORNU_CPU_MULTIPLY_SUBTRACT, s->operand[0], inner->operand[0],
            inner->operand[1]
        );
    } else if (s->code == CORNU_EW_DIVIDE) {
        inner = inner_step(kernel, s, 0, CORNU_EW_MULTIPLY, uses);
        if (!inner) return;
        inner->code = CORNU_TILE_GONE;
        become(
            kernel, s, CORNU_CPU_MULTIPLY_DIVIDE, inner->operand[0], inner->operand[1],
            s->operand[1]
        );
    }
}

static void drop_gone(cornu_tile_kernel *kernel) {
    uint32_t kept = 0;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        if (kernel->step[i].code != CORNU_TILE_GONE) kernel->step[kept++] = kernel->step[i];
    }
    kernel->steps = kept;
}

cornu_status cornu_tile_find_pairs_(cornu_tile_kernel *kernel) {
    int *uses = cornu_alloc_array_(kernel->registers, sizeof *uses);
    if (!uses) return CORNU_ENOMEM;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const cornu_tile_step *s = &kernel->step[i];
        for (int j = 0; j < cornu_ew_operands_((cornu_ew_code)s->code); j++) uses[s->operand[j]]++;
    }
    for (int i = 0; i < kernel->outputs; i++) uses[kernel->result[i].from] += 2; /* never inside */
    for (uint32_t i = 0; i < kernel->steps; i++) pair_up(kernel, &kernel->step[i], uses);
    drop_gone(kernel);
    cornu_free_(uses);
    return CORNU_OK;
}

/* ---- Adam ---- */

/* The step that makes a register, if it has this code. */
static cornu_tile_step *maker(const cornu_tile_kernel *kernel, uint32_t reg, int code) {
    for (uint32_t i = 0; i < kernel->steps; i++) {
        cornu_tile_step *s = &kernel->step[i];
        if (s->target == reg) return s->code == code ? s : NULL;
    }
    return NULL;
}

static cornu_tile_result *result_of(cornu_tile_kernel *kernel, uint32_t reg) {
    cornu_tile_result *found = NULL;
    for (int i = 0; i < kernel->outputs; i++) {
        if (kernel->result[i].from != reg) continue;
        if (found || kernel->result[i].dtype != CORNU_FLOAT32) return NULL;
        found = &kernel->result[i];
    }
    return found;
}

/* Who reads a register: steps, and outputs. */
static int readers(const cornu_tile_kernel *kernel, uint32_t reg) {
    int count = 0;
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const uint32_t *in = kernel->step[i].operand;
        count += in[0] == reg || in[1] == reg || in[2] == reg;
    }
    for (int i = 0; i < kernel->outputs; i++) count += kernel->result[i].from == reg;
    return count;
}

/* w - m' * alpha / (sqrt(v') + epsilon), where m' = m + (g - m) * c and v' = v + (g * g - v) * d.
 * The new m and v go straight to their outputs: nothing is read after them. */
void cornu_tile_find_adam_(cornu_tile_kernel *kernel) {
    if (kernel->steps < 5 || kernel->outputs < 3) return;
    cornu_tile_step *last = &kernel->step[kernel->steps - 1], *ratio, *root, *m, *v;
    if (last->code != CORNU_EW_SUBTRACT ||
        !(ratio = maker(kernel, last->operand[1], CORNU_TILE_PAIR + CORNU_CPU_MULTIPLY_DIVIDE)) ||
        !(root = maker(kernel, ratio->operand[2], CORNU_TILE_PAIR + CORNU_CPU_SQRT_ADD)) ||
        !(m = maker(kernel, ratio->operand[0], CORNU_TILE_PAIR + CORNU_CPU_LERP)) ||
        !(v = maker(kernel, root->operand[0], CORNU_TILE_PAIR + CORNU_CPU_LERP_SQUARE)))
        return;
    const uint32_t scalars[4] = {m->operand[2], v->operand[2], ratio->operand[1], root->operand[1]};
    for (int i = 0; i < 4; i++) {
        if (!cornu_tile_is_scalar_(kernel, scalars[i])) return;
    }
    cornu_tile_result *w_out = result_of(kernel, last->target),
                      *m_out = result_of(kernel, m->target), *v_out = result_of(kernel, v->target);
    if (m->operand[0] != v->operand[0] || !w_out || !m_out || !v_out ||
        readers(kernel, ratio->target) != 1 || readers(kernel, root->target) != 1 ||
        readers(kernel, m->target) != 2 || readers(kernel, v->target) != 2)
        return;
    const uint32_t arrays[4] = {last->operand[0], m->operand[1], v->operand[1], m->operand[0]};
    for (int i = 0; i < 4; i++) {
        kernel->adam[i] = arrays[i];
        kernel->scalar[i] = scalars[i];
    }
    kernel->moment[0] = m->target;
    kernel->moment[1] = v->target;
    ratio->code = root->code = m->code = v->code = CORNU_TILE_GONE;
    last->code = CORNU_TILE_ADAM;
    last->operand[1] = last->operand[2] = last->operand[0];
    drop_gone(kernel);
}

bool cornu_tile_kernel_is_adam_(const cornu_tile_kernel *kernel) {
    if (kernel->steps != 1 || kernel->step[0].code != CORNU_TILE_ADAM || kernel->outputs != 3)
        return false;
    for (int i = 0; i < 3; i++) {
        uint32_t array = kernel->adam[i];
        if (array >= (uint32_t)kernel->inputs || !kernel->source[array].direct ||
            !kernel->source[array].dense)
            return false;
    }
    return kernel->adam[3] == 0;
}

bool cornu_tile_kernel_adam_in_place_(
    const cornu_tile_kernel *kernel, void *const *buffers, cornu_adam_operands *adam
) {
    const uint32_t made[3] = {kernel->step[0].target, kernel->moment[0], kernel->moment[1]};
    void *array[3];
    for (int i = 0; i < 3; i++) {
        array[i] = buffers[kernel->adam[i]];
        for (int k = 0; k < 3; k++) {
            if (kernel->result[k].from == made[i] && buffers[kernel->inputs + k] != array[i])
                return false;
        }
    }
    for (int i = 0; i < 4; i++) {
        cornu_dtype dtype = kernel->source[kernel->scalar[i]].dtype;
        kernel->loops->load[dtype](&adam->scalars[i], buffers[kernel->scalar[i]], 0, 1);
    }
    adam->w = array[0];
    adam->m = array[1];
    adam->v = array[2];
    return true;
}

/* ---- gradient descent ---- */

/* The step's operands: the array, then the gradient, which is register 0, and the rate, in either
 * order. */
static uint32_t rate_of(const cornu_tile_kernel *kernel) {
    const uint32_t *operand = kernel->step[0].operand;
    return operand[operand[1] == 0 ? 2 : 1];
}

bool cornu_tile_kernel_is_descent_(const cornu_tile_kernel *kernel) {
    const cornu_tile_step *step = kernel->step;
    if (kernel->steps != 1 || step->code != CORNU_TILE_PAIR + CORNU_CPU_MULTIPLY_SUBTRACT ||
        kernel->outputs != 1 || kernel->result[0].dtype != CORNU_FLOAT32)
        return false;
    uint32_t w = step->operand[0];
    return w > 0 && w < (uint32_t)kernel->inputs && kernel->source[w].direct &&
           kernel->source[w].dense && (step->operand[1] == 0 || step->operand[2] == 0) &&
           cornu_tile_is_scalar_(kernel, rate_of(kernel));
}

bool cornu_tile_kernel_descent_in_place_(
    const cornu_tile_kernel *kernel, void *const *buffers, float **w, float *rate
) {
    uint32_t scalar = rate_of(kernel);
    *w = buffers[kernel->step[0].operand[0]];
    if (buffers[kernel->inputs] != *w) return false;
    kernel->loops->load[kernel->source[scalar].dtype](rate, buffers[scalar], 0, 1);
    return true;
}

/* ---- a row for all rows ---- */

int cornu_tile_kernel_shift_(const cornu_tile_kernel *kernel) {
    const cornu_tile_step *step = kernel->step;
    if (kernel->steps != 1 || step->code != CORNU_EW_ADD || kernel->outputs != 1 ||
        kernel->result[0].dtype != CORNU_FLOAT32)
        return -1;
    uint32_t row = step->operand[step->operand[0] == 0];
    if (row == 0 || row >= (uint32_t)kernel->inputs || step->operand[step->operand[0] != 0] != 0)
        return -1;
    const cornu_tile_source *source = &kernel->source[row];
    for (int axis = 0; axis < kernel->rank; axis++)
        if (source->strides[axis] != (axis == kernel->rank - 1)) return -1;
    return source->dtype == CORNU_FLOAT32 ? (int)row : -1;
}
