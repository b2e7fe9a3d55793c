/* Lists of integers from a pickled NumPy array of objects, the form in which Keras keeps texts.
 * https://docs.python.org/3/library/pickletools.html, protocols 2 to 5
 *
 * A pickle is a program for a machine with a stack, and in Python it can call anything. This one
 * has no calls: the only names that it knows are those by which an array is put together, and they
 * do nothing but mark what comes out of it. Any other instruction or name is refused. */
#include "save/pickle.h"
#include "base/memory.h"
#include "tensor/npy.h"
#include <string.h>

typedef enum kind {
    MARK,
    NUMBER,
    TEXT, /* `number`: where its bytes are, times 256, and how many; 0: true, false, None */
    NAME_RECONSTRUCT,
    NAME_NDARRAY,
    NAME_DTYPE,
    LIST,  /* `number`: which */
    TUPLE, /* `number`: the list in it, or -1 */
    ARRAY,
    DTYPE
} kind;

typedef struct value {
    kind kind;
    int64_t number;
} value;

typedef struct list {
    int32_t *items; /* numbers, or which lists */
    size_t count, capacity;
    bool nested, used;
} list;

typedef struct machine {
    const unsigned char *begin, *at, *end;
    const char *name;
    value *stack, *memo;
    size_t depth, stack_capacity, memo_count, memo_capacity;
    list *lists;
    size_t list_count, list_capacity;
    int64_t result; /* the list in the array; -1: none yet */
} machine;

static cornu_status damaged(const machine *m, const char *what) {
    CORNU_FAIL(CORNU_EFORMAT, "'%s': %s", m->name, what);
}

static cornu_status take(machine *m, size_t count, const unsigned char **bytes) {
    if ((size_t)(m->end - m->at) < count) return damaged(m, "the pickle is cut");
    *bytes = m->at;
    m->at += count;
    return CORNU_OK;
}

/* A number of `count` bytes, the lowest first. */
static cornu_status take_number(machine *m, size_t count, uint64_t *number) {
    const unsigned char *bytes;
    CORNU_TRY(take(m, count, &bytes));
    *number = 0;
    for (size_t i = count; i-- > 0;) *number = *number << 8 | bytes[i];
    return CORNU_OK;
}

static cornu_status push(machine *m, kind what, int64_t number) {
    CORNU_TRY(CORNU_RESERVE_(m->stack, m->stack_capacity, m->depth + 1));
    m->stack[m->depth++] = (value){what, number};
    return CORNU_OK;
}

/* The top of the stack, or what is not there. */
static value top(const machine *m) {
    return m->depth > 0 ? m->stack[m->depth - 1] : (value){MARK, 0};
}

/* ---- numbers, texts, names ------------------------------------------------------------------- */

static cornu_status push_int(machine *m, size_t bytes) {
    uint64_t number;
    CORNU_TRY(take_number(m, bytes, &number));
    return push(m, NUMBER, bytes == 4 ? (int32_t)(uint32_t)number : (int64_t)number);
}

static cornu_status push_long(machine *m) {
    uint64_t count, number;
    CORNU_TRY(take_number(m, 1, &count));
    if (count > 8) return damaged(m, "a number of more than 64 bits");
    CORNU_TRY(take_number(m, (size_t)count, &number));
    unsigned unused = 64 - 8 * (unsigned)count;
    if (count == 0) return push(m, NUMBER, 0);
    return push(m, NUMBER, (int64_t)(number << unused) >> unused);
}

static int64_t text_of(const machine *m, const unsigned char *bytes, size_t size) {
    if (size > 255) size = 255; /* no name that is known is that long */
    return (int64_t)((uint64_t)(bytes - m->begin) << 8 | size);
}

static cornu_status push_text(machine *m, size_t length_bytes) {
    uint64_t size;
    const unsigned char *bytes;
    CORNU_TRY(take_number(m, length_bytes, &size));
    CORNU_TRY(take(m, size > SIZE_MAX ? SIZE_MAX : (size_t)size, &bytes));
    return push(m, TEXT, text_of(m, bytes, (size_t)size));
}

static bool is_text(const machine *m, int64_t text, const char *wanted) {
    size_t length = (size_t)(text & 255);
    return length == strlen(wanted) && memcmp(m->begin + (text >> 8), wanted, length) == 0;
}

static cornu_status push_name(machine *m, int64_t module, int64_t name) {
    static const struct {
        const char *module, *name;
        kind kind;
    } known[] = {
        {"numpy.core.multiarray", "_reconstruct", NAME_RECONSTRUCT},
        {"numpy._core.multiarray", "_reconstruct", NAME_RECONSTRUCT},
        {"numpy", "ndarray", NAME_NDARRAY},
        {"numpy", "dtype", NAME_DTYPE}};
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (is_text(m, module, known[i].module) && is_text(m, name, known[i].name))
            return push(m, known[i].kind, 0);
    CORNU_FAIL(
        CORNU_EFORMAT, "'%s' wants Python's '%.*s.%.*s', which is not run", m->name,
        (int)(module & 255), (const char *)m->begin + (module >> 8), (int)(name & 255),
        (const char *)m->begin + (name >> 8)
    );
}

/* Two lines. */
static cornu_status push_global(machine *m) {
    int64_t names[2];
    for (int i = 0; i < 2; i++) {
        const unsigned char *line = m->at, *stop = memchr(line, '\n', (size_t)(m->end - line));
        if (!stop) return damaged(m, "the pickle is cut");
        names[i] = text_of(m, line, (size_t)(stop - line));
        m->at = stop + 1;
    }
    return push_name(m, names[0], names[1]);
}

static cornu_status push_stack_global(machine *m) {
    if (m->depth < 2 || m->stack[m->depth - 1].kind != TEXT || m->stack[m->depth - 2].kind != TEXT)
        return damaged(m, "a name that is no text");
    m->depth -= 2;
    return push_name(m, m->stack[m->depth].number, m->stack[m->depth + 1].number);
}

/* ---- the memo -------------------------------------------------------------------------------- */

/* Places come in order; Python 2 begins with 1. */
static cornu_status put(machine *m, uint64_t place) {
    if (m->depth == 0 || place > m->memo_count + 1) return damaged(m, "the memo is out of order");
    CORNU_TRY(CORNU_RESERVE_(m->memo, m->memo_capacity, m->memo_count + 2));
    if (place > m->memo_count) m->memo[m->memo_count++] = (value){TEXT, 0};
    m->memo[place] = top(m);
    if (place == m->memo_count) m->memo_count++;
    return CORNU_OK;
}

static cornu_status put_at(machine *m, size_t bytes) {
    uint64_t place;
    CORNU_TRY(take_number(m, bytes, &place));
    return put(m, place);
}

static cornu_status get_from(machine *m, size_t bytes) {
    uint64_t place;
    CORNU_TRY(take_number(m, bytes, &place));
    if (place >= m->memo_count) return damaged(m, "the memo has no such place");
    return push(m, m->memo[place].kind, m->memo[place].number);
}

/* ---- lists and tuples ------------------------------------------------------------------------ */

static cornu_status push_list(machine *m) {
    CORNU_TRY(CORNU_RESERVE_(m->lists, m->list_capacity, m->list_count + 1));
    m->lists[m->list_count++] = (list){0};
    return push(m, LIST, (int64_t)m->list_count - 1);
}

static cornu_status append(machine *m, list *to, const value *item) {
    bool nested = item->kind == LIST;
    if (item->kind != NUMBER && !nested) return damaged(m, "a list of other things than integers");
    if (item->number < INT32_MIN || item->number > INT32_MAX)
        return damaged(m, "a number of more than 32 bits");
    if (to->count > 0 && to->nested != nested) return damaged(m, "a list of numbers and lists");
    to->nested = nested;
    CORNU_TRY(CORNU_RESERVE_(to->items, to->capacity, to->count + 1));
    to->items[to->count++] = (int32_t)item->number;
    return CORNU_OK;
}

/* Appends what lies from `first` on to the list below. */
static cornu_status append_from(machine *m, size_t first, size_t below) {
    if (below == 0 || m->stack[below - 1].kind != LIST) return damaged(m, "no list to append to");
    list *to = &m->lists[m->stack[below - 1].number];
    for (size_t i = first; i < m->depth; i++) CORNU_TRY(append(m, to, &m->stack[i]));
    m->depth = below;
    return CORNU_OK;
}

static cornu_status find_mark(const machine *m, size_t *mark) {
    for (size_t i = m->depth; i-- > 0;)
        if (m->stack[i].kind == MARK) return *mark = i, CORNU_OK;
    return damaged(m, "no mark on the stack");
}

static cornu_status append_marked(machine *m) {
    size_t mark;
    CORNU_TRY(find_mark(m, &mark));
    return append_from(m, mark + 1, mark);
}

/* Of a tuple only the list in it matters. */
static cornu_status make_tuple(machine *m, size_t first, size_t below) {
    int64_t within = -1;
    for (size_t i = first; i < m->depth; i++)
        if (m->stack[i].kind == LIST) within = m->stack[i].number;
    m->depth = below;
    return push(m, TUPLE, within);
}

static cornu_status tuple_of(machine *m, size_t count) {
    if (m->depth < count) return damaged(m, "the stack is too short for a tuple");
    return make_tuple(m, m->depth - count, m->depth - count);
}

static cornu_status tuple_marked(machine *m) {
    size_t mark;
    CORNU_TRY(find_mark(m, &mark));
    return make_tuple(m, mark + 1, mark);
}

/* ---- the array ------------------------------------------------------------------------------- */

static cornu_status reduce(machine *m) {
    if (m->depth < 2 || top(m).kind != TUPLE) return damaged(m, "nothing to make an object of");
    kind what = m->stack[m->depth - 2].kind;
    m->depth -= 2;
    if (what == NAME_RECONSTRUCT) return push(m, ARRAY, 0);
    if (what == NAME_DTYPE) return push(m, DTYPE, 0);
    return damaged(m, "a call of something that is not run");
}

static cornu_status build(machine *m) {
    value state = top(m);
    if (m->depth < 2 || state.kind != TUPLE) return damaged(m, "an object without a state");
    kind what = m->stack[m->depth - 2].kind;
    m->depth--;
    if (what == DTYPE) return CORNU_OK;
    if (what != ARRAY || state.number < 0) return damaged(m, "an array without a list");
    m->result = state.number;
    return CORNU_OK;
}

/* ---- running it ------------------------------------------------------------------------------ */

static cornu_status step(machine *m, unsigned char code) {
    const unsigned char *skipped;
    switch (code) {
    case 0x80: /* PROTO */
        return take(m, 1, &skipped);
    case 0x95: /* FRAME */
        return take(m, 8, &skipped);
    case '(':
        return push(m, MARK, 0);
    case 'N':
    case 0x88: /* NEWTRUE */
    case 0x89: /* NEWFALSE */
        return push(m, TEXT, 0);
    case 'K':
        return push_int(m, 1);
    case 'M':
        return push_int(m, 2);
    case 'J':
        return push_int(m, 4);
    case 0x8a: /* LONG1 */
        return push_long(m);
    case 'U':  /* SHORT_BINSTRING */
    case 'C':  /* SHORT_BINBYTES */
    case 0x8c: /* SHORT_BINUNICODE */
        return push_text(m, 1);
    case 'T': /* BINSTRING */
    case 'B': /* BINBYTES */
    case 'X': /* BINUNICODE */
        return push_text(m, 4);
    case 'c':
        return push_global(m);
    case 0x93: /* STACK_GLOBAL */
        return push_stack_global(m);
    case 'q':
        return put_at(m, 1);
    case 'r':
        return put_at(m, 4);
    case 0x94: /* MEMOIZE */
        return put(m, m->memo_count);
    case 'h':
        return get_from(m, 1);
    case 'j':
        return get_from(m, 4);
    case ']':
        return push_list(m);
    case 'a':
        return m->depth > 0 ? append_from(m, m->depth - 1, m->depth - 1) : damaged(m, "no item");
    case 'e':
        return append_marked(m);
    case ')':
        return push(m, TUPLE, -1);
    case 't':
        return tuple_marked(m);
    case 0x85: /* TUPLE1 */
    case 0x86:
    case 0x87:
        return tuple_of(m, (size_t)code - 0x84);
    case 'R':
        return reduce(m);
    case 'b':
        return build(m);
    default:
        CORNU_FAIL(
            CORNU_EFORMAT, "'%s': the pickle has instruction 0x%02x, which lists do not need",
            m->name, code
        );
    }
}

static cornu_status run(machine *m) {
    for (;;) {
        const unsigned char *code;
        CORNU_TRY(take(m, 1, &code));
        if (*code == '.') break;
        CORNU_TRY(step(m, *code));
    }
    if (m->result < 0 || top(m).kind != ARRAY) return damaged(m, "no array of lists");
    return CORNU_OK;
}

/* Each list once: a few bytes could name a long one again and again. */
static cornu_status collect(machine *m, cornu_sequences *to) {
    list *outer = &m->lists[m->result];
    if (outer->count > 0 && !outer->nested) return damaged(m, "numbers where lists are expected");
    for (size_t i = 0; i < outer->count; i++) {
        list *inner = &m->lists[outer->items[i]];
        if (inner->used || inner->nested) return damaged(m, "lists within one another");
        inner->used = true;
        CORNU_TRY(cornu_sequences_add_(to, inner->items, inner->count));
    }
    return CORNU_OK;
}

static void free_machine(machine *m) {
    for (size_t i = 0; i < m->list_count; i++) cornu_free_(m->lists[i].items);
    cornu_free_(m->lists);
    cornu_free_(m->stack);
    cornu_free_(m->memo);
}

cornu_sequences *cornu_pickled_lists_(const char *bytes, size_t size, const char *name) {
    size_t start;
    if (cornu_npy_header_end_(bytes, size, name, &start) != CORNU_OK) return NULL;
    if (start >= size) CORNU_FAIL_NULL(CORNU_EFORMAT, "'%s' is cut: %zu bytes", name, size);
    const unsigned char *first = (const unsigned char *)bytes;
    machine m = {
        .begin = first, .at = first + start, .end = first + size, .name = name, .result = -1};
    cornu_sequences *made = cornu_sequences_empty_();
    cornu_status status = made ? run(&m) : CORNU_ENOMEM;
    if (status == CORNU_OK) status = collect(&m, made);
    free_machine(&m);
    if (status == CORNU_OK) return made;
    cornu_sequences_free(made);
    return NULL;
}
