/* cornu_emit_, through which every op of the library goes: shape rule, result, kernel, recorders,
 * scope.
 *
 * Small ops are common (a loss is a handful of scalars), so the way from here to the kernel
 * allocates nothing but the result: descriptions are written on the stack and looked up in the
 * kernel cache, the workspace is kept per thread. */
#include "graph/op.h"

#include "base/clock.h"
#include "base/memory.h"
#include "base/profile.h"
#include "graph/graph.h"
#include "graph/watch.h"

#include <stdio.h>
#include <string.h>
#include <threads.h>

/* ---- workspace ---- */
/* One block per thread, as large as the hungriest kernel so far. A kernel runs to its end before
 * the next one starts, so one suffices. */
typedef struct workspace {
    void *data;
    size_t size;
} workspace;

static _Thread_local workspace
    *thread_workspace; /* the same pointer as under the key, but quicker to reach */
static tss_t workspace_key;
static once_flag workspace_once = ONCE_FLAG_INIT;
static bool workspace_key_made;

static void workspace_free(void *memory) {
    workspace *space = memory;
    cornu_free_(space->data);
    cornu_free_(space);
}

static void workspace_key_make(void) {
    workspace_key_made = tss_create(&workspace_key, workspace_free) == thrd_success;
}

static cornu_status workspace_get(size_t size, void **memory) {
    *memory = NULL;
    if (size == 0) return CORNU_OK;
    if (thread_workspace == NULL) {
        call_once(&workspace_once, workspace_key_make);
        workspace *space = cornu_alloc_(sizeof *space);
        if (space == NULL) return CORNU_ENOMEM;
        /* the key's destructor frees the block when the thread ends */
        if (!workspace_key_made || tss_set(workspace_key, space) != thrd_success) {
            cornu_free_(space);
            CORNU_FAIL(CORNU_ENOMEM, "no room for a thread's workspace");
        }
        thread_workspace = space;
    }
    if (thread_workspace->size < size) {
        void *larger = cornu_alloc_aligned_(size);
        if (larger == NULL) return CORNU_ENOMEM;
        cornu_free_(thread_workspace->data);
        *thread_workspace = (workspace){.data = larger, .size = size};
    }
    *memory = thread_workspace->data;
    return CORNU_OK;
}

/* ---- abstract tracing ---- */
static _Thread_local int abstract_depth;

bool cornu_trace_is_abstract_(void) { return abstract_depth > 0; }

void cornu_trace_abstract_begin_(void) { abstract_depth++; }

void cornu_trace_abstract_end_(void) { abstract_depth--; }

int cornu_trace_abstract_suspend_(void) {
    int depth = abstract_depth;
    abstract_depth = 0;
    return depth;
}

void cornu_trace_abstract_resume_(int depth) { abstract_depth = depth; }

/* ---- computing ---- */
/* Room for what is prepared per operand. */
typedef struct operand_room {
    cornu_operand *operands; /* inputs, then the output */
    cornu_move *moves;       /* zeroed */
    void **buffers;
} operand_room;

enum { FEW_INPUTS = 4 }; /* ops with more take their room from the heap */

cornu_status cornu_describe_(const cornu_node *node, cornu_kernel_request *request) {
    int n = node->input_count;
    request->desc.operand_count = n + 1;
    request->desc.operands = request->operands;
    if (node->op->describe == NULL) {
        if (node->op->flags & CORNU_OP_ELEMENTWISE)
            return cornu_describe_elementwise_(node, request);
        CORNU_FAIL(CORNU_EUNSUPPORTED, "the op does not say how it is computed");
    }
    for (int i = 0; i < n; i++) {
        request->operands[i] =
            cornu_operand_dense_(node->inputs[i]->dtype, &node->inputs[i]->shape);
    }
    request->operands[n] = cornu_operand_dense_(node->out->dtype, &node->out->shape);
    return node->op->describe(node, request);
}

/* The same with a note for the profile. */
static cornu_status execute_noted(
    const cornu_node *node, const cornu_kernel *kernel, void *const *buffers, void *memory
) {
    size_t bytes = (size_t)node->out->size * cornu_dtype_size(node->out->dtype);
    for (int i = 0; i < node->input_count; i++)
        bytes += (size_t)node->inputs[i]->size * cornu_dtype_size(node->inputs[i]->dtype);
    double begin = cornu_clock_seconds_();
    cornu_status status = kernel->execute(kernel, buffers, memory);
    cornu_profile_note_(&(cornu_profile_event
    ){.what = node->op->name,
      .layer = cornu_origin_().name,
      .kernel = kernel->implementation,
      .bytes = bytes,
      .begin = begin,
      .end = cornu_clock_seconds_()});
    return status;
}

static cornu_status compute_in(const cornu_node *node, operand_room room) {
    cornu_kernel_request request = {.operands = room.operands, .moves = room.moves};
    CORNU_TRY(cornu_describe_(node, &request));

    const cornu_kernel *kernel;
    CORNU_TRY(cornu_kernel_get_(cornu_backend_current_(), &request.desc, &kernel));
    void *memory;
    CORNU_TRY(workspace_get(kernel->workspace_size, &memory));
    for (int i = 0; i < node->input_count; i++) room.buffers[i] = node->inputs[i]->storage->data;
    room.buffers[node->input_count] = node->out->storage->data;
    if (cornu_profile_on_()) return execute_noted(node, kernel, room.buffers, memory);
    return kernel->execute(kernel, room.buffers, memory);
}

static cornu_status compute(const cornu_node *node) {
    size_t n = (size_t)node->input_count;
    if (n <= FEW_INPUTS) {
        cornu_operand operands[FEW_INPUTS + 1];
        cornu_move moves[FEW_INPUTS];
        void *buffers[FEW_INPUTS + 1];
        if (!(node->op->flags & CORNU_OP_ELEMENTWISE)) memset(moves, 0, n * sizeof *moves);
        return compute_in(node, (operand_room){operands, moves, buffers});
    }
    operand_room room = {
        .operands = cornu_alloc_array_(n + 1, sizeof(cornu_operand)),
        .moves = cornu_alloc_array_(n, sizeof(cornu_move)),
        .buffers = cornu_alloc_array_(n + 1, sizeof(void *)),
    };
    bool complete = room.operands != NULL && room.moves != NULL && room.buffers != NULL;
    cornu_status status = complete ? compute_in(node, room) : CORNU_ENOMEM;
    cornu_free_(room.operands);
    cornu_free_(room.moves);
    cornu_free_(room.buffers);
    return status;
}

/* ---- emitting ---- */
static cornu_status check_count(const cornu_node *node) {
    int given = node->input_count, needed = node->op->inputs;
    if (needed >= 0 ? given != needed : given < 1)
        CORNU_FAIL(CORNU_EINVAL, "%d inputs given, %d needed", given, needed >= 0 ? needed : 1);
    return CORNU_OK;
}

/* Checks the inputs; *abstract: the result can have no values. */
static cornu_status look_at_inputs(const cornu_node *node, bool *abstract) {
    int n = node->input_count;
    *abstract = abstract_depth > 0;
    for (int i = 0; i < n; i++) {
        const cornu_tensor *input = node->inputs[i];
        if (input->storage != NULL) continue;
        *abstract = true;
        if (input->history != NULL)
            CORNU_FAIL(
                CORNU_EUNSUPPORTED,
                "input %d is a symbolic tensor: wrap the op in a layer, which can be called on it",
                i
            );
        if (input->size < 0) {
            char text[256];
            CORNU_FAIL(
                CORNU_EUNSUPPORTED,
                "input %d is symbolic with unknown sizes, %s; ops take known sizes only, layers "
                "(cornu_call) take symbolic tensors",
                i, cornu_shape_format(&input->shape, text, sizeof text)
            );
        }
    }
    return check_count(node);
}

/* Makes node->out (*new*) with its values. */
static cornu_status apply(cornu_node *node) {
    bool abstract;
    /* the inference of shapes within a traced step is no part of it */
    if (abstract_depth == 0 && cornu_trace_wants_(node)) {
        CORNU_TRY(check_count(node));
        CORNU_TRY(cornu_trace_add_(node));
        return cornu_record_(node);
    }
    CORNU_TRY(look_at_inputs(node, &abstract));
    cornu_spec spec;
    CORNU_TRY(node->op->infer(&node->attrs, node->inputs, node->input_count, &spec));
    if (abstract) {
        node->out = cornu_tensor_abstract_(spec.dtype, spec.shape);
    } else if (node->op->flags & CORNU_OP_VIEW) {
        node->out = cornu_tensor_view_(node->inputs[0], spec.shape);
    } else {
        node->out = cornu_tensor_uninitialised_(spec.dtype, spec.shape);
        if (node->out != NULL && node->out->size > 0) CORNU_TRY(compute(node));
    }
    return node->out != NULL ? cornu_record_(node) : cornu_error_status();
}

/* Puts the op's name before the message, unless the message begins with it already. */
static void name_op(const char *name) {
    const char *message = cornu_error_message();
    size_t length = strlen(name);
    if (strncmp(message, name, length) != 0 || message[length] != ':')
        cornu_error_context("%s", name);
}

static cornu_tensor *null_input(const cornu_op_class *op, int index) {
    char what[96];
    snprintf(what, sizeof what, "%s: input %d", op->name, index);
    (void)cornu_error_null(what);
    return NULL;
}

static cornu_tensor *string_input(const cornu_op_class *op, int index) {
    CORNU_FAIL_NULL(
        CORNU_EDTYPE,
        "%s: input %d holds strings; ops compute with numbers, which StringLookup, "
        "TextVectorization or Hashing make of strings",
        op->name, index
    );
}

cornu_tensor *cornu_emit_(
    const cornu_op_class *op, const cornu_attrs *attrs, cornu_tensor *const *inputs, int input_count
) {
    for (int i = 0; i < input_count; i++) {
        if (inputs[i] == NULL) return null_input(op, i);
        if (inputs[i]->dtype == CORNU_STRING) return string_input(op, i);
    }
    cornu_node node; /* not zeroed as a whole: the settings are large and mostly given */
    node.op = op;
    node.input_count = input_count;
    node.inputs = (cornu_tensor **)inputs;
    node.out = NULL;
    node.skip = 0;
    bool noted = cornu_trace_current_() || cornu_watched_();
    node.origin = noted ? cornu_origin_() : (cornu_origin){0};
    if (attrs != NULL) node.attrs = *attrs;
    else memset(&node.attrs, 0, sizeof node.attrs);

    if (apply(&node) != CORNU_OK) {
        cornu_tensor_free(node.out);
        name_op(op->name);
        return NULL;
    }
    if (cornu_watched_() && node.out->storage) cornu_watch_tell_(op->name, node.out);
    return cornu_scope_add_(node.out);
}
