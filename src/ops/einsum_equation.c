/* Reads the equations of einsum: "ij,jk->ik", "...ij->...ji", "ii", with NumPy's rules. Spaces mean
 * nothing. */
#include "ops/einsum_equation.h"

#include "tensor/tensor.h"

#include <string.h>

bool cornu_labels_have_(const cornu_labels *labels, int label) {
    for (int i = 0; i < labels->count; i++) {
        if (labels->label[i] == label) return true;
    }
    return false;
}

/* A-Z before a-z, which is the order of an implicit result. */
static int label_of(char c) {
    if (c >= 'A' && c <= 'Z') return c - 'A';
    return c >= 'a' && c <= 'z' ? c - 'a' + 26 : -1;
}

static char letter_of(int label) { return (char)(label < 26 ? 'A' + label : 'a' + label - 26); }

/* A term of the text: its letters, and where the ellipsis stands among them. */
typedef struct written_term {
    int count;
    int label[CORNU_MAX_RANK];
    int ellipsis; /* letters before "..."; -1: there is none */
} written_term;

/* Reads a term up to a comma, an arrow or the end, where *text is left. */
static cornu_status read_term(const char *equation, const char **text, written_term *out) {
    *out = (written_term){.ellipsis = -1};
    for (const char *c = *text;; c++) {
        int label = label_of(*c);
        if (*c == ' ') continue;
        if (*c == '\0' || *c == ',' || (*c == '-' && c[1] == '>')) {
            *text = c;
            return CORNU_OK;
        }
        if (strncmp(c, "...", 3) == 0) {
            if (out->ellipsis >= 0)
                CORNU_FAIL(CORNU_EINVAL, "einsum '%s': a term has two ellipses", equation);
            out->ellipsis = out->count;
            c += 2;
        } else if (label < 0) {
            CORNU_FAIL(CORNU_EINVAL, "einsum '%s': '%c' is no label", equation, *c);
        } else if (out->count == CORNU_MAX_RANK) {
            CORNU_FAIL(
                CORNU_EINVAL, "einsum '%s': a term has more than %d labels", equation,
                CORNU_MAX_RANK
            );
        } else {
            out->label[out->count++] = label;
        }
    }
}

/* The labels of a term whose ellipsis covers `hidden` axes. */
static cornu_status expand(
    const char *equation, const written_term *term, int hidden, cornu_labels *labels
) {
    *labels = (cornu_labels){0};
    if (term->count + hidden > CORNU_MAX_RANK)
        CORNU_FAIL(
            CORNU_ESHAPE, "einsum '%s': a tensor would have more than %d axes", equation,
            CORNU_MAX_RANK
        );
    for (int i = 0; i <= term->count; i++) {
        for (int j = hidden - 1; i == term->ellipsis && j >= 0; j--)
            labels->label[labels->count++] = CORNU_EINSUM_ELLIPSIS + j;
        if (i < term->count) labels->label[labels->count++] = term->label[i];
    }
    return CORNU_OK;
}

/* Notes the size of a label. Axes under an ellipsis broadcast; letters are equal everywhere. */
static cornu_status note(cornu_equation *e, int label, int64_t size) {
    int64_t *known = &e->size[label];
    bool first = e->uses[label]++ == 0;
    if (first || *known == size) {
        *known = size;
        return CORNU_OK;
    }
    if (label >= CORNU_EINSUM_ELLIPSIS) {
        if (*known == 1) *known = size;
        if (*known == size || size == 1) return CORNU_OK;
        CORNU_FAIL(
            CORNU_ESHAPE, "einsum '%s': sizes %lld and %lld under '...' do not broadcast", e->text,
            (long long)*known, (long long)size
        );
    }
    CORNU_FAIL(
        CORNU_ESHAPE, "einsum '%s': label '%c' has sizes %lld and %lld", e->text, letter_of(label),
        (long long)*known, (long long)size
    );
}

/* One operand: its labels, and what its shape says about them. */
static cornu_status read_operand(
    cornu_equation *e, size_t index, const written_term *term, const cornu_shape *shape
) {
    cornu_labels *labels = &e->operands[index];
    int hidden = shape->rank - term->count;
    char text[256];
    if (hidden < 0 || (hidden > 0 && term->ellipsis < 0))
        CORNU_FAIL(
            CORNU_ESHAPE, "einsum '%s': operand %zu has %d labels, but the shape %s", e->text,
            index, term->count, cornu_shape_format(shape, text, sizeof text)
        );
    CORNU_TRY(expand(e->text, term, hidden, labels));
    for (int i = 0; i < labels->count; i++) CORNU_TRY(note(e, labels->label[i], shape->dims[i]));
    return CORNU_OK;
}

/* How many axes the widest ellipsis covers. */
static int hidden_axes(const cornu_equation *e) {
    int hidden = 0;
    while (hidden < CORNU_MAX_RANK && e->uses[CORNU_EINSUM_ELLIPSIS + hidden] > 0) hidden++;
    return hidden;
}

/* The result that no arrow names: the axes under the ellipsis, then every letter used once, in
 * alphabetical order. */
static cornu_status implicit_result(cornu_equation *e) {
    written_term result = {.ellipsis = 0};
    for (int label = 0; label < CORNU_EINSUM_ELLIPSIS; label++) {
        if (e->uses[label] != 1) continue;
        if (result.count == CORNU_MAX_RANK)
            CORNU_FAIL(
                CORNU_ESHAPE, "einsum '%s': the result would have more than %d axes", e->text,
                CORNU_MAX_RANK
            );
        result.label[result.count++] = label;
    }
    return expand(e->text, &result, hidden_axes(e), &e->result);
}

static cornu_status explicit_result(cornu_equation *e, const char *text) {
    written_term result;
    CORNU_TRY(read_term(e->text, &text, &result));
    if (*text != '\0')
        CORNU_FAIL(CORNU_EINVAL, "einsum '%s': '%s' follows the result", e->text, text);
    for (int i = 0; i < result.count; i++) {
        for (int j = 0; j < i; j++) {
            if (result.label[j] == result.label[i])
                CORNU_FAIL(
                    CORNU_EINVAL, "einsum '%s': label '%c' stands twice in the result", e->text,
                    letter_of(result.label[i])
                );
        }
        if (e->uses[result.label[i]] == 0)
            CORNU_FAIL(
                CORNU_EINVAL, "einsum '%s': label '%c' of the result is in no operand", e->text,
                letter_of(result.label[i])
            );
    }
    int hidden = hidden_axes(e);
    if (hidden > 0 && result.ellipsis < 0)
        CORNU_FAIL(
            CORNU_EINVAL, "einsum '%s': the operands have axes under '...', the result has none",
            e->text
        );
    return expand(e->text, &result, hidden, &e->result);
}

cornu_status cornu_equation_read_(
    const char *text, cornu_tensor_list tensors, cornu_labels *operands, cornu_equation *e
) {
    *e = (cornu_equation){.text = text, .operand_count = tensors.count, .operands = operands};
    const char *at = text;
    for (size_t i = 0; i < tensors.count; i++) {
        written_term term;
        CORNU_TRY(read_term(text, &at, &term));
        bool last = i + 1 == tensors.count;
        if (last ? *at == ',' : *at != ',')
            CORNU_FAIL(
                CORNU_EINVAL, "einsum '%s': the equation has %s operands than the %zu given", text,
                last ? "more" : "fewer", tensors.count
            );
        CORNU_TRY(read_operand(e, i, &term, &tensors.items[i]->shape));
        if (!last) at++;
    }
    return *at == '\0' ? implicit_result(e) : explicit_result(e, at + 2);
}
