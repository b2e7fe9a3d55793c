/* A model as one file of C99: the plan of its prediction, made with the describing backend, written
 * step by step. Weights are constant arrays; what is computed on the way lies in one static array
 * per type, where buffers whose lives do not overlap share their place. */
#include "base/file.h"
#include "base/memory.h"
#include "export/export.h"
#include "graph/plan.h"

#include <math.h>
#include <string.h>

typedef struct source {
    cornu_text text;
    const cornu_plan *plan;
    cornu_dtype *dtypes;       /* [slots] */
    cornu_lifetime *lifetimes; /* [slots] of the arena */
    char **names;              /* [slots]: the expression of the first element's address */
} source;

static long long ll(size_t number) { return (long long)number; }

/* ---- where buffers are ---- */
static cornu_status find_types(source *s) {
    const cornu_plan *plan = s->plan;
    for (size_t i = 0; i < plan->slot_count; i++) {
        s->dtypes[i] = CORNU_FLOAT32;
        if (plan->slots[i].tensor) s->dtypes[i] = plan->slots[i].tensor->dtype;
    }
    for (size_t i = 0; i < plan->step_count; i++) {
        const cornu_kernel_desc *desc = cornu_described_(plan->steps[i].kernel);
        if (!desc) CORNU_FAIL(CORNU_ESTATE, "a step of the plan has no description");
        for (int k = 0; k < desc->operand_count; k++)
            s->dtypes[plan->steps[i].operands[k]] = desc->operands[k].dtype;
    }
    return CORNU_OK;
}

/* One arena per type, so that no memory is read as another type than it was written. */
static cornu_status place(source *s, cornu_dtype dtype, size_t *size) {
    const cornu_plan *plan = s->plan;
    cornu_lifetime *lifetimes = cornu_alloc_array_(plan->slot_count, sizeof *lifetimes);
    if (!lifetimes) return CORNU_ENOMEM;
    for (size_t i = 0; i < plan->slot_count; i++) lifetimes[i].first = SIZE_MAX;
    for (size_t t = 0; t < plan->step_count; t++)
        for (uint32_t k = 0; k < plan->steps[t].operand_count; k++) {
            uint32_t slot = plan->steps[t].operands[k];
            if (plan->slots[slot].kind != CORNU_SLOT_ARENA || s->dtypes[slot] != dtype) continue;
            cornu_lifetime *life = &lifetimes[slot];
            if (life->first == SIZE_MAX) life->first = t;
            life->last = t;
            life->size = plan->slots[slot].size / cornu_dtype_size(dtype) * cornu_c_size_(dtype);
        }
    for (size_t i = 0; i < plan->output_count; i++) lifetimes[plan->outputs[i]].last = SIZE_MAX;
    for (size_t i = 0; i < plan->slot_count; i++)
        if (lifetimes[i].first == SIZE_MAX) lifetimes[i].size = 0, lifetimes[i].first = 0;
    cornu_status status = cornu_arena_place_(lifetimes, plan->slot_count, size);
    for (size_t i = 0; i < plan->slot_count; i++)
        if (s->dtypes[i] == dtype) s->lifetimes[i] = lifetimes[i];
    cornu_free_(lifetimes);
    return status;
}

/* An array of no elements is no C. */
static size_t at_least_one(size_t count) { return count > 0 ? count : 1; }

static cornu_status write_arenas(source *s) {
    for (int dtype = 0; dtype < CORNU_DTYPE_COUNT; dtype++) {
        size_t size, item = cornu_c_size_((cornu_dtype)dtype);
        CORNU_TRY(place(s, (cornu_dtype)dtype, &size));
        bool used = false;
        for (size_t i = 0; i < s->plan->slot_count; i++)
            used =
                used || (s->plan->slots[i].kind == CORNU_SLOT_ARENA && (int)s->dtypes[i] == dtype);
        if (used)
            cornu_text_format_(
                &s->text, "static %s work_%s[%lld];\n", cornu_c_type_((cornu_dtype)dtype),
                cornu_dtype_name((cornu_dtype)dtype), ll(at_least_one(size / item))
            );
    }
    return CORNU_OK;
}

static cornu_status name_slots(source *s) {
    for (size_t i = 0; i < s->plan->slot_count; i++) {
        const cornu_slot *slot = &s->plan->slots[i];
        if (slot->kind == CORNU_SLOT_INPUT) continue;
        size_t item = cornu_c_size_(s->dtypes[i]);
        s->names[i] = slot->kind == CORNU_SLOT_ARENA
                          ? cornu_format_(
                                "work_%s + %lld", cornu_dtype_name(s->dtypes[i]),
                                ll(s->lifetimes[i].offset / item)
                            )
                          : cornu_format_("weights_%lld", ll(i));
        if (!s->names[i]) return CORNU_ENOMEM;
    }
    for (size_t i = 0; i < s->plan->input_count; i++) {
        char **name = &s->names[s->plan->inputs[i]];
        if (*name) continue;
        *name = s->plan->input_count == 1 ? cornu_strdup_("x") : cornu_format_("x%lld", ll(i));
        if (!*name) return CORNU_ENOMEM;
    }
    return CORNU_OK;
}

/* ---- constants ---- */
static void write_number(cornu_text *text, const cornu_tensor *tensor, size_t at) {
    const void *data = tensor->storage->data;
    double number;
    switch (tensor->dtype) {
    case CORNU_FLOAT32:
        number = (double)((const float *)data)[at];
        break;
    case CORNU_FLOAT16:
    case CORNU_BFLOAT16:
        number = cornu_tensor_get(tensor, (int64_t)at);
        break;
    case CORNU_FLOAT64:
        number = ((const double *)data)[at];
        break;
    case CORNU_INT64:
        if (((const int64_t *)data)[at] == INT64_MIN) cornu_text_add_(text, "INT64_MIN");
        else cornu_text_format_(text, "%lld", (long long)((const int64_t *)data)[at]);
        return;
    case CORNU_INT8:
        cornu_text_format_(text, "%d", ((const int8_t *)data)[at]);
        return;
    case CORNU_INT16:
        cornu_text_format_(text, "%d", ((const int16_t *)data)[at]);
        return;
    case CORNU_INT32:
        cornu_text_format_(text, "%lld", (long long)((const int32_t *)data)[at]);
        return;
    default:
        cornu_text_format_(text, "%d", ((const uint8_t *)data)[at]);
        return;
    }
    if (isnan(number)) cornu_text_add_(text, "NAN");
    else if (isinf(number)) cornu_text_add_(text, number > 0 ? "INFINITY" : "-INFINITY");
    else if (tensor->dtype == CORNU_FLOAT64) cornu_text_format_(text, "%.17g", number);
    else
        cornu_text_format_(
            text, number == trunc(number) && fabs(number) < 1e8 ? "%.1ff" : "%.9gf", number
        );
}

static void write_constant(source *s, size_t index) {
    const cornu_slot *slot = &s->plan->slots[index];
    char shape[256];
    cornu_text_format_(
        &s->text, "/* %s%s%s */\nstatic %s%s weights_%lld[%lld] = {",
        cornu_shape_format(&slot->tensor->shape, shape, sizeof shape),
        slot->kind == CORNU_SLOT_VARIABLE ? " " : "",
        slot->kind == CORNU_SLOT_VARIABLE ? cornu_variable_name(slot->tensor) : "",
        slot->written ? "" : "const ", cornu_c_type_(s->dtypes[index]), ll(index),
        ll(at_least_one((size_t)slot->tensor->size))
    );
    for (size_t i = 0; i < (size_t)slot->tensor->size; i++) {
        cornu_text_add_(&s->text, i % 8 == 0 ? "\n    " : " ");
        write_number(&s->text, slot->tensor, i);
        cornu_text_add_(&s->text, ",");
    }
    cornu_text_add_(&s->text, slot->tensor->size > 0 ? "\n};\n" : "0};\n");
}

/* ---- the function ---- */
static void write_parameters(source *s, const cornu_model *model, const char *name) {
    char shape[256];
    cornu_text_add_(&s->text, "\n/* Shapes:\n");
    for (size_t i = 0; i < s->plan->output_count + s->plan->input_count; i++) {
        bool input = i < s->plan->input_count;
        size_t k = input ? i : i - s->plan->input_count;
        const cornu_shape *sizes =
            input ? &model->input_shapes[k] : &s->plan->output_specs[k].shape;
        cornu_text_format_(&s->text, " *   %c", input ? 'x' : 'y');
        if ((input ? s->plan->input_count : s->plan->output_count) > 1)
            cornu_text_format_(&s->text, "%lld", ll(k));
        cornu_text_format_(&s->text, "  %s\n", cornu_shape_format(sizes, shape, sizeof shape));
    }
    cornu_text_format_(&s->text, " */\nvoid %s_predict(", name);
    for (size_t i = 0; i < s->plan->input_count; i++)
        cornu_text_format_(
            &s->text, "const %s *%s, ", cornu_c_type_(s->dtypes[s->plan->inputs[i]]),
            s->names[s->plan->inputs[i]]
        );
    for (size_t i = 0; i < s->plan->output_count; i++) {
        const char *type = cornu_c_type_(s->plan->output_specs[i].dtype);
        cornu_text_format_(&s->text, "%s%s *y", i > 0 ? ", " : "", type);
        if (s->plan->output_count > 1) cornu_text_format_(&s->text, "%lld", ll(i));
    }
    cornu_text_add_(&s->text, ") {\n");
}

static cornu_status write_step(source *s, const cornu_step *step) {
    const cornu_kernel_desc *desc = cornu_described_(step->kernel);
    const char **operands = cornu_alloc_array_(step->operand_count, sizeof *operands);
    if (!operands) return CORNU_ENOMEM;
    for (uint32_t i = 0; i < step->operand_count; i++) operands[i] = s->names[step->operands[i]];
    cornu_text_format_(
        &s->text, "    { /* %s%s%s */\n", step->origin ? step->origin : "",
        step->origin ? ": " : "", step->ops ? step->ops : step->name
    );
    cornu_status status = cornu_c_kernel_(&s->text, desc, operands);
    cornu_text_add_(&s->text, "    }\n");
    cornu_free_(operands);
    return status == CORNU_OK ? CORNU_OK : cornu_error_context("%s", step->name);
}

static cornu_status write_function(source *s, const cornu_model *model, const char *name) {
    write_parameters(s, model, name);
    for (size_t i = 0; i < s->plan->step_count; i++) CORNU_TRY(write_step(s, &s->plan->steps[i]));
    for (size_t i = 0; i < s->plan->output_count; i++) {
        char number[24] = "";
        if (s->plan->output_count > 1) snprintf(number, sizeof number, "%zu", i);
        const cornu_spec *spec = &s->plan->output_specs[i]; /* perhaps the slot holds more */
        cornu_text_format_(
            &s->text, "    memcpy(y%s, %s, %lld);\n", number, s->names[s->plan->outputs[i]],
            ll((size_t)cornu_shape_size(&spec->shape) * cornu_c_size_(spec->dtype))
        );
    }
    cornu_text_add_(&s->text, "}\n");
    return CORNU_OK;
}

static cornu_status write_all(source *s, const cornu_model *model, const char *name) {
    size_t slots = s->plan->slot_count;
    s->dtypes = cornu_alloc_array_(slots, sizeof *s->dtypes);
    s->lifetimes = cornu_alloc_array_(slots, sizeof *s->lifetimes);
    s->names = cornu_alloc_array_(slots, sizeof *s->names);
    if (!s->dtypes || !s->lifetimes || !s->names) return CORNU_ENOMEM;
    CORNU_TRY(find_types(s));
    for (size_t i = 0; i < s->plan->input_count; i++)
        s->dtypes[s->plan->inputs[i]] = model->input_dtypes[i];
    cornu_text_format_(
        &s->text,
        "/* The prediction of the model '%s', written by cornu %s: C99, no dependencies but the C\n"
        " * library. Not for two threads at once: what is computed lies in static arrays. */\n"
        "#include <math.h>\n#include <stdint.h>\n#include <string.h>\n\n",
        cornu_layer_name(&model->base), cornu_version()
    );
    for (size_t i = 0; i < slots; i++)
        if (s->plan->slots[i].tensor) write_constant(s, i);
    CORNU_TRY(write_arenas(s));
    CORNU_TRY(name_slots(s));
    cornu_text head = s->text; /* the function says which others it calls */
    s->text = (cornu_text){0};
    cornu_status status = write_function(s, model, name);
    cornu_c_functions_(&head, s->text.data ? s->text.data : "");
    cornu_text_add_bytes_(&head, s->text.data, s->text.length);
    if (status == CORNU_OK) status = s->text.status;
    cornu_text_free_(&s->text);
    s->text = head;
    return status;
}

static cornu_status make_plan(
    cornu_model *model, const cornu_export_args *args, cornu_plan **plan
) {
    cornu_graph *graph;
    int64_t batch_size = args->batch_size == CORNU_NONE ? 1 : args->batch_size;
    CORNU_TRY(cornu_export_trace_(model, args->input_shapes, batch_size, &graph));
    cornu_status status = cornu_graph_optimize_(graph);
    if (status == CORNU_OK) {
        const cornu_backend *before = cornu_backend_current_();
        cornu_backend_use_(&cornu_backend_describing_);
        status = cornu_plan_create_(graph, plan);
        cornu_backend_use_(before);
    }
    cornu_graph_free_(graph);
    return status;
}

cornu_status cornu_export_c_(cornu_model *model, const cornu_export_args *args, const char *name) {
    cornu_plan *plan = NULL;
    CORNU_TRY(make_plan(model, args, &plan));
    source s = {.plan = plan};
    cornu_status status = write_all(&s, model, name);
    if (status == CORNU_OK) status = s.text.status;
    if (status == CORNU_OK) status = cornu_file_write_(args->path, s.text.data, s.text.length);
    cornu_text_free_(&s.text);
    for (size_t i = 0; s.names && i < plan->slot_count; i++) cornu_free_(s.names[i]);
    cornu_free_(s.names);
    cornu_free_(s.lifetimes);
    cornu_free_(s.dtypes);
    cornu_plan_free_(plan);
    return status;
}
