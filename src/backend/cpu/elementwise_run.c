/* Elementwise programs on float32, executed: see elementwise.c for how tiles are cut. A program
 * with a tape goes through whole rows strip by strip; one without, or with operands that must be
 * gathered or converted first, tile by tile. */
#include "elementwise.h"

#include "cpu.h"
#include "threads.h"

#include "base/memory.h"
#include <string.h>

enum { TILE = CORNU_TILE };

typedef struct run {
    const cornu_tile_kernel *kernel;
    void *const *buffers;
    char *workspace;
    const float *chunk; /* of a kernel that keeps rows: the first input from the first tile on */
    uint64_t straight;  /* a bit for each output that is written at once, not by way of a tile */
    bool whole;         /* the tiles of a row go through the program as one */
} run;

/* What a thread works with: a part of the workspace. */
typedef struct place {
    float **registers;     /* [registers] */
    const float **ahead;   /* of a kernel with far inputs: these */
    cornu_tape_step *tape; /* [tape_length] */
    float *tiles;
} place;

/* Element offset of row `row` in an input. */
static int64_t row_offset(
    const cornu_tile_kernel *kernel, const cornu_tile_source *in, int64_t row
) {
    if (kernel->rank == 2) return row * in->strides[0];
    int64_t offset = 0;
    for (int axis = kernel->rank - 2; axis >= 0; axis--) {
        offset += row % kernel->dims[axis] * in->strides[axis];
        row /= kernel->dims[axis];
    }
    return offset;
}

static const char *at(const cornu_tile_source *in, const void *buffer, int64_t offset) {
    return (const char *)buffer + offset * (int64_t)in->item;
}

/* Loads `count` elements from column `column` of row `row` on into a tile; whole rows if tiles hold
 * several. */
static void load_tile(
    const cornu_tile_kernel *kernel, const cornu_tile_source *in, const void *buffer, float *tile,
    int64_t row, int64_t column, int64_t count
) {
    void (*load)(float *, const void *, ptrdiff_t, size_t) = kernel->loops->load[in->dtype];
    ptrdiff_t stride = in->strides[kernel->rank - 1];
    if (in->dense) {
        load(tile, at(in, buffer, row * kernel->inner + column), 1, (size_t)count);
        return;
    }
    while (count > 0) {
        int64_t length = kernel->inner - column < count ? kernel->inner - column : count;
        const char *from = at(in, buffer, row_offset(kernel, in, row) + column * stride);
        load(tile, from, stride, (size_t)length);
        tile += length;
        count -= length;
        column = 0;
        row++;
    }
}

static void run_adam(
    const cornu_tile_kernel *kernel, const cornu_tile_step *s, float **registers, size_t count
) {
    float *const out[3] = {
        registers[s->target], registers[kernel->moment[0]], registers[kernel->moment[1]]};
    const float *in[4], scalars[4] = {
                            *registers[kernel->scalar[0]], *registers[kernel->scalar[1]],
                            *registers[kernel->scalar[2]], *registers[kernel->scalar[3]]};
    for (int i = 0; i < 4; i++) in[i] = registers[kernel->adam[i]];
    kernel->loops->adam(out, in, scalars, count);
}

static size_t registers_size(const cornu_tile_kernel *kernel) {
    return cornu_aligned_size_(kernel->registers * sizeof(float *));
}

static size_t ahead_size(const cornu_tile_kernel *kernel) {
    return kernel->is_far ? cornu_aligned_size_((size_t)kernel->inputs * sizeof(float *)) : 0;
}

size_t cornu_tile_tables_size_(const cornu_tile_kernel *kernel) {
    size_t tape = cornu_aligned_size_(kernel->tape_length * sizeof(cornu_tape_step));
    return registers_size(kernel) + ahead_size(kernel) + tape;
}

static place place_in(const cornu_tile_kernel *kernel, char *part) {
    void *registers = part, *ahead = part + registers_size(kernel);
    void *tape = (char *)ahead + ahead_size(kernel),
         *tiles = part + cornu_tile_tables_size_(kernel);
    return (place){registers, ahead, tape, tiles};
}

/* Sets the registers that are the same in every tile. */
static void prepare(const run *job, const place *at) {
    const cornu_tile_kernel *kernel = job->kernel;
    for (uint32_t i = 0; i < kernel->registers; i++) {
        bool none = kernel->slot[i] == CORNU_NO_SLOT;
        at->registers[i] = none ? NULL : at->tiles + (size_t)kernel->slot[i] * TILE;
    }
    for (int i = 0; i < kernel->inputs; i++) {
        const cornu_tile_source *in = &kernel->source[i];
        if (in->constant)
            load_tile(kernel, in, job->buffers[i], at->registers[i], 0, 0, kernel->tile);
    }
}

static void run_steps(const cornu_tile_kernel *kernel, float **registers, size_t count) {
    for (uint32_t i = 0; i < kernel->steps; i++) {
        const cornu_tile_step *s = &kernel->step[i];
        if (s->code == CORNU_TILE_ADAM) {
            run_adam(kernel, s, registers, count);
            continue;
        }
        s->run(
            registers[s->target], registers[s->operand[0]], registers[s->operand[1]],
            registers[s->operand[2]], count
        );
    }
}

/* How far a register of a tape moves from a block of `size` elements to the next, which is a row if
 * the tape goes through several. */
static ptrdiff_t moves_by(const cornu_tile_kernel *kernel, uint32_t reg, size_t size) {
    if (!kernel->moves[reg]) return 0;
    bool by_row = kernel->takes_rows && reg < (uint32_t)kernel->inputs;
    return by_row ? kernel->source[reg].strides[0] : (ptrdiff_t)size;
}

/* The tape as it runs on this tile, or on these rows. */
static cornu_tape_run make_run(const run *job, const place *at) {
    const cornu_tile_kernel *kernel = job->kernel;
    size_t strip = kernel->loops->strip;
    cornu_tape_run tape = {.tape = at->tape, .length = kernel->tape_length, .ahead = at->ahead};
    tape.block = SIZE_MAX / strip;
    if (kernel->takes_rows) tape.block = (size_t)kernel->inner / strip;
    else if (kernel->tape_keeps) tape.block = (size_t)kernel->tile / strip;
    for (size_t i = 0; i < tape.length; i++) {
        const cornu_tape_plan *from = &kernel->tape[i];
        cornu_tape_step *to = &tape.tape[i];
        to->run = from->run;
        to->tile = from->tile;
        for (int k = 0; k < 2; k++) {
            to->operand[k] = at->registers[from->operand[k]];
            to->moves[k] = moves_by(kernel, from->operand[k], tape.block * strip);
        }
    }
    for (int i = 0; kernel->is_far && i < kernel->inputs; i++) {
        const cornu_tile_source *in = &kernel->source[i];
        if (in->direct && in->dense) at->ahead[tape.arrays++] = at->registers[i];
    }
    return tape;
}

/* Moves arrays, and in a tile of its own everything that steps make: tiles share their memory with
 * results that wait there. */
static void move(const run *job, float **registers, ptrdiff_t by) {
    const cornu_tile_kernel *kernel = job->kernel;
    for (uint32_t i = 0; i < kernel->registers; i++) {
        bool made = i >= (uint32_t)kernel->inputs && registers[i];
        if (kernel->moves[i] || (made && !job->whole)) registers[i] += by;
    }
}

/* What of a tile is no whole strip goes through the steps one by one. */
static void run_program(const run *job, const place *at, size_t count) {
    const cornu_tile_kernel *kernel = job->kernel;
    size_t strip = kernel->loops->strip, done = 0;
    if (kernel->tape && count >= strip) {
        cornu_tape_run tape = make_run(job, at);
        tape.strips = count / strip;
        done = tape.strips * strip;
        kernel->loops->run_tape(&tape);
    }
    if (done == count) return;
    move(job, at->registers, (ptrdiff_t)done);
    run_steps(kernel, at->registers, count - done);
    move(job, at->registers, -(ptrdiff_t)done);
}

static bool is_straight(const run *job, int output) {
    return output < 64 && (job->straight >> output & 1);
}

/* The elements from a place on, in one row or in several whole ones. `chunk`: where the first input
 * is, or NULL for its buffer. */
static void run_tile(
    const run *job, const place *at, const float *chunk, int64_t row, int64_t column, int64_t count
) {
    const cornu_tile_kernel *kernel = job->kernel;
    float **registers = at->registers;
    char *const *outs = (char *const *)job->buffers + kernel->inputs;
    for (int i = 0; i < kernel->inputs; i++) {
        const cornu_tile_source *in = &kernel->source[i];
        /* read through this pointer only: tile functions do not write to their operands */
        if (i == 0 && chunk) registers[0] = (float *)chunk;
        else if (in->constant) continue;
        else if (in->direct)
            registers[i] = (float *)job->buffers[i] + row_offset(kernel, in, row) + column;
        else load_tile(kernel, in, job->buffers[i], registers[i], row, column, count);
    }
    int64_t position = row * kernel->inner + column;
    for (int i = 0; i < kernel->outputs; i++) {
        if (is_straight(job, i))
            registers[kernel->result[i].from] = (float *)(void *)outs[i] + position;
    }
    run_program(job, at, (size_t)count);
    for (int i = 0; i < kernel->outputs; i++) {
        const cornu_tile_result *r = &kernel->result[i];
        if (is_straight(job, i)) continue;
        char *to = outs[i] + position * (int64_t)r->item;
        if (r->dtype == CORNU_FLOAT32)
            memcpy(to, registers[r->from], (size_t)count * sizeof(float));
        else kernel->loops->store[r->dtype](to, registers[r->from], (size_t)count);
    }
}

/* How many tiles from tile t on, of those before `end`, are run as one. */
static int64_t tiles_at_once(const run *job, int64_t t, int64_t end) {
    const cornu_tile_kernel *kernel = job->kernel;
    if (!job->whole) return 1;
    if (kernel->tiles_per_row == kernel->tiles || kernel->rows_per_tile) return end - t;
    int64_t column = t % kernel->tiles_per_row, left = kernel->tiles_per_row - column;
    bool several = kernel->takes_rows && column == 0 && end - t > left;
    if (several) return (end - t) - (end - t) % kernel->tiles_per_row;
    return left < end - t ? left : end - t;
}

static void run_tiles(void *context, int64_t begin, int64_t end, int thread) {
    const run *job = context;
    const cornu_tile_kernel *kernel = job->kernel;
    place at = place_in(kernel, job->workspace + (size_t)thread * kernel->part_size);
    prepare(job, &at);
    const float *chunk = job->chunk;
    for (int64_t t = begin, tiles; t < end; t += tiles) {
        tiles = tiles_at_once(job, t, end);
        int64_t row, column, count, left;
        if (kernel->rows_per_tile) {
            row = t * kernel->rows_per_tile;
            column = 0;
            left = (kernel->rows - row) * kernel->inner;
        } else {
            row = kernel->tiles_per_row == kernel->tiles ? 0 : t / kernel->tiles_per_row;
            column = (t - row * kernel->tiles_per_row) * kernel->tile;
            left = kernel->inner - column;
            if (tiles > kernel->tiles_per_row) left = tiles / kernel->tiles_per_row * kernel->inner;
        }
        count = tiles * kernel->tile < left ? tiles * kernel->tile : left;
        run_tile(job, &at, chunk, row, column, count);
        if (chunk) chunk += count;
    }
}

/* ---- what may be written at once ---- */

/* Whether what is written to a result could be read as an input that later steps want. */
static bool is_read_later(const run *job, int output) {
    const cornu_tile_kernel *kernel = job->kernel;
    const bool *later = kernel->later + (size_t)output * (size_t)kernel->inputs;
    const char *to = job->buffers[kernel->inputs + output];
    const char *to_end = to + kernel->rows * kernel->inner * (int64_t)sizeof(float);
    for (int i = job->chunk ? 1 : 0; i < kernel->inputs; i++) {
        const cornu_tile_source *in = &kernel->source[i];
        const char *from = job->buffers[i];
        if (later[i] && from < to_end && to < from + in->extent) return true;
    }
    return false;
}

/* A result goes straight to its array, unless it must be converted, has gone to another one, or
 * that array is also an input which a later step reads. */
static void find_straight(run *job) {
    const cornu_tile_kernel *kernel = job->kernel;
    bool all = true;
    for (int i = 0; i < kernel->outputs; i++) {
        const cornu_tile_result *r = &kernel->result[i];
        bool straight = r->can_be_straight && i < 64 && !is_read_later(job, i);
        if (straight) job->straight |= UINT64_C(1) << i;
        all = all && straight;
    }
    job->whole = all && kernel->can_be_whole;
}

cornu_status cornu_tile_kernel_execute_(
    const cornu_kernel *base, void *const *buffers, void *workspace
) {
    const cornu_tile_kernel *kernel = (const cornu_tile_kernel *)base;
    if (kernel->tiles == 0) return CORNU_OK;
    run job = {.kernel = kernel, .buffers = buffers, .workspace = workspace};
    find_straight(&job);
    cornu_parallel_(kernel->tiles, kernel->threads, run_tiles, &job);
    return CORNU_OK;
}

void cornu_tile_kernel_run_rows_(
    const cornu_tile_kernel *kernel, void *const *buffers, char *workspace, const float *chunk,
    int64_t row, int64_t rows
) {
    if (kernel->tiles == 0) return;
    run job = {.kernel = kernel, .buffers = buffers, .workspace = workspace, .chunk = chunk};
    find_straight(&job);
    int64_t end = row + rows, step = kernel->rows_per_tile;
    if (step) run_tiles(&job, row / step, (end + step - 1) / step, 0);
    else run_tiles(&job, row * kernel->tiles_per_row, end * kernel->tiles_per_row, 0);
}
