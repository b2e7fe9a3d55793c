/* What all backends share: names of elementwise codes, descriptions as values (hash, equality,
 * copy), and the choice of the backend. Descriptions are compared field by field: the padding of a
 * struct has no defined contents. */
#include "backend/kernel.h"

#include "base/memory.h"
#include <string.h>

static const struct {
    const char *name;
    int operands;
} ew_codes[] = {
#define CORNU_EW_ROW_(code, operands, text) {text, operands},
    CORNU_EW_LIST(CORNU_EW_ROW_)
#undef CORNU_EW_ROW_
};

static _Thread_local const cornu_backend *chosen; /* NULL: the default */

const char *cornu_ew_name_(cornu_ew_code code) {
    return (unsigned)code < CORNU_EW_COUNT ? ew_codes[code].name : "unknown";
}

int cornu_ew_operands_(cornu_ew_code code) {
    return (unsigned)code < CORNU_EW_COUNT ? ew_codes[code].operands : 0;
}

const cornu_backend *cornu_backend_current_(void) {
    return chosen != NULL ? chosen : &cornu_backend_cpu_;
}

void cornu_backend_use_(const cornu_backend *backend) { chosen = backend; }

cornu_operand cornu_operand_dense_(cornu_dtype dtype, const cornu_shape *shape) {
    cornu_operand operand = {.dtype = dtype, .rank = shape->rank};
    int64_t stride = 1;
    for (int i = shape->rank - 1; i >= 0; i--) {
        operand.dims[i] = shape->dims[i];
        operand.strides[i] = stride;
        stride *= shape->dims[i];
    }
    return operand;
}

/* One multiplication per word; the final mix makes the low bits, which pick the bucket, depend on
 * all of it. */
static inline uint64_t mix(uint64_t hash, uint64_t word) {
    hash = (hash ^ word) * UINT64_C(0x9e3779b97f4a7c15);
    return hash ^ (hash >> 32);
}

static inline uint64_t mix_all(uint64_t hash, const int64_t *words, int count) {
    for (int i = 0; i < count; i++) hash = mix(hash, (uint64_t)words[i]);
    return hash;
}

static inline uint64_t double_bits(double value) {
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    return bits;
}

static unsigned flags_of(const cornu_kernel_desc *d) {
    return (unsigned)d->fill | (unsigned)d->flag << 1 | (unsigned)d->batched << 2 |
           (unsigned)d->reverse << 3 | (unsigned)d->exclusive << 4;
}

/* Outputs whose registers are listed: none where the last instruction's is meant. */
static int result_count(const cornu_kernel_desc *d) {
    return d->results != NULL ? d->output_count : 0;
}

int cornu_kernel_outputs_(const cornu_kernel_desc *d) {
    return d->output_count > 0 ? d->output_count : 1;
}

static int move_count(const cornu_kernel_desc *d) {
    return d->moves != NULL ? d->operand_count - 1 : 0;
}

uint64_t cornu_kernel_desc_hash_(const cornu_kernel_desc *d) {
    uint64_t hash =
        mix((uint64_t)d->kind << 32 | (uint32_t)d->code,
            (uint64_t)(unsigned)d->operand_count << 40 |
                (uint64_t)(unsigned)d->program_length << 16 | (uint64_t)d->compute << 8 |
                flags_of(d));
    hash = mix(hash, d->axes);
    for (int i = 0; i < 4; i++)
        if (double_bits(d->value[i]) != 0) hash = mix(hash, double_bits(d->value[i]) + (uint64_t)i);
    for (int i = 0; i < d->operand_count; i++) {
        const cornu_operand *o = &d->operands[i];
        hash = mix(hash, (uint64_t)o->dtype << 8 | (uint64_t)(unsigned)o->rank);
        hash = mix_all(hash, o->dims, o->rank);
        hash = mix_all(hash, o->strides, o->rank);
    }
    for (int i = 0; i < d->program_length; i++) {
        const cornu_ew_instruction *step = &d->program[i];
        hash =
            mix(hash, (uint64_t)step->code << 48 | (uint64_t)step->operand[0] << 32 |
                          (uint64_t)step->operand[1] << 16 | step->operand[2]);
    }
    for (int i = 0; i < result_count(d); i++) hash = mix(hash, d->results[i]);
    for (int i = 0; i < move_count(d); i++) {
        const cornu_move *m = &d->moves[i];
        hash = mix(hash, (uint64_t)m->source_offset);
        hash = mix(hash, (uint64_t)m->target_offset);
        hash = mix(hash, (uint64_t)(unsigned)m->rank);
        hash = mix_all(hash, m->dims, m->rank);
        hash = mix_all(hash, m->source_strides, m->rank);
        hash = mix_all(hash, m->target_strides, m->rank);
    }
    return hash;
}

static inline bool same(const int64_t *a, const int64_t *b, int count) {
    for (int i = 0; i < count; i++)
        if (a[i] != b[i]) return false;
    return true;
}

static bool operand_equal(const cornu_operand *a, const cornu_operand *b) {
    return a->dtype == b->dtype && a->rank == b->rank && same(a->dims, b->dims, a->rank) &&
           same(a->strides, b->strides, a->rank);
}

static bool step_equal(const cornu_ew_instruction *a, const cornu_ew_instruction *b) {
    return a->code == b->code && a->operand[0] == b->operand[0] && a->operand[1] == b->operand[1] &&
           a->operand[2] == b->operand[2];
}

static bool move_equal(const cornu_move *a, const cornu_move *b) {
    return a->source_offset == b->source_offset && a->target_offset == b->target_offset &&
           a->rank == b->rank && same(a->dims, b->dims, a->rank) &&
           same(a->source_strides, b->source_strides, a->rank) &&
           same(a->target_strides, b->target_strides, a->rank);
}

bool cornu_kernel_desc_equal_(const cornu_kernel_desc *a, const cornu_kernel_desc *b) {
    if (a->kind != b->kind || a->code != b->code || a->operand_count != b->operand_count ||
        a->program_length != b->program_length || a->compute != b->compute || a->axes != b->axes ||
        flags_of(a) != flags_of(b) || move_count(a) != move_count(b) ||
        a->output_count != b->output_count || result_count(a) != result_count(b))
        return false;
    for (int i = 0; i < 4; i++)
        if (double_bits(a->value[i]) != double_bits(b->value[i])) return false;
    for (int i = 0; i < a->operand_count; i++)
        if (!operand_equal(&a->operands[i], &b->operands[i])) return false;
    for (int i = 0; i < a->program_length; i++)
        if (!step_equal(&a->program[i], &b->program[i])) return false;
    for (int i = 0; i < result_count(a); i++)
        if (a->results[i] != b->results[i]) return false;
    for (int i = 0; i < move_count(a); i++)
        if (!move_equal(&a->moves[i], &b->moves[i])) return false;
    return true;
}

cornu_kernel_desc *cornu_kernel_desc_copy_(const cornu_kernel_desc *desc) {
    /* one block: the description, then operands and moves (both of 8-byte fields), then the program
     */
    size_t operands = (size_t)desc->operand_count, moves = (size_t)move_count(desc);
    size_t steps = (size_t)desc->program_length;
    size_t operands_at = (sizeof *desc + 15) / 16 * 16;
    size_t moves_at = operands_at + operands * sizeof *desc->operands;
    size_t steps_at = moves_at + moves * sizeof *desc->moves;
    size_t results = (size_t)result_count(desc);
    size_t results_at = steps_at + steps * sizeof *desc->program;
    char *block = cornu_alloc_(results_at + results * sizeof *desc->results);
    if (block == NULL) return NULL;
    cornu_kernel_desc *copy = (cornu_kernel_desc *)(void *)block;
    *copy = *desc;
    if (operands > 0)
        copy->operands =
            memcpy(block + operands_at, desc->operands, operands * sizeof *desc->operands);
    if (moves > 0) copy->moves = memcpy(block + moves_at, desc->moves, moves * sizeof *desc->moves);
    if (steps > 0)
        copy->program = memcpy(block + steps_at, desc->program, steps * sizeof *desc->program);
    if (results > 0)
        copy->results = memcpy(block + results_at, desc->results, results * sizeof *desc->results);
    return copy;
}
