/* Reading a weights file into a model: first everything is compared with what the model has and all
 * that does not fit is told at once, then all values are read aside, then they take the place of
 * the old ones, which cannot fail. keras/src/saving/saving_lib.py: _load_state;
 * Layer.load_own_variables */
#include "base/log.h"
#include "base/memory.h"
#include "nn/optimizer.h"
#include "save/misfits.h"
#include "save/weights.h"
#include "tensor/tensor.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    surplus_limit = 1000 /* datasets too many that are counted */
};

typedef struct {
    cornu_h5 *file;
    const cornu_weights_options *options;
    cornu_saved_tree tree;
    bool *left_out;        /* of each object: keeps its values */
    bool of_2_13;          /* the file has the layout of Keras 2.13 */
    char **places;         /* of each object: where the file has it */
    cornu_tensor **values; /* one per variable of the tree, in its order */
    size_t value_count;
    cornu_misfits misfits;
} weights_reader;

/* ---- what does not fit ----------------------------------------------------------------------- */

static cornu_status misfit(
    weights_reader *reader, bool shape, const cornu_saved *saved, const char *what
) {
    char *line = saved->layer ? cornu_format_(
                                    "layer '%s' (%s, %s): %s", saved->name ? saved->name : "",
                                    saved->layer->cls->name, *saved->path ? saved->path : "/", what
                                )
                              : cornu_format_("optimizer '%s': %s", saved->name, what);
    cornu_status status = CORNU_OK;
    if (line && reader->options->skip_mismatch && saved->layer) {
        cornu_warn("load_weights: left as it is: %s", line);
        reader->left_out[saved - reader->tree.items] = true;
    } else {
        status = cornu_misfits_add_(&reader->misfits, shape, line);
    }
    cornu_free_(line);
    return status;
}

/* A failure to look at something in the file becomes one more misfit; running out of memory stays
 * what it is. */
static cornu_status misfit_of_error(
    weights_reader *reader, const cornu_saved *saved, cornu_status status
) {
    if (status == CORNU_ENOMEM) return status;
    char *text = cornu_strdup_(cornu_error_message());
    if (!text) return CORNU_ENOMEM;
    cornu_error_clear();
    status = misfit(reader, false, saved, text);
    cornu_free_(text);
    return status;
}

/* ---- where the file has an object ------------------------------------------------------------ */

static cornu_status is_group(weights_reader *reader, const char *path, bool *yes) {
    cornu_h5_found found;
    CORNU_TRY(cornu_h5_find_(reader->file, path, &found));
    *yes = found.kind == CORNU_H5_GROUP;
    return CORNU_OK;
}

/* Attributes were renamed between versions by an underscore in front: if the one is not there, the
 * other may be. */
static cornu_status other_spelling(
    weights_reader *reader, const char *above, const char *own, char **place
) {
    char *other = own[0] == '_' ? cornu_format_("%s%s%s", above, *above ? "/" : "", own + 1)
                                : cornu_format_("%s%s_%s", above, *above ? "/" : "", own);
    if (!other) return CORNU_ENOMEM;
    bool there = false;
    cornu_status status = is_group(reader, other, &there);
    if (status == CORNU_OK && there) {
        cornu_free_(*place);
        *place = other;
    } else {
        cornu_free_(other);
    }
    return status;
}

/* Keras 2.13 walked over a dict in which a layer with weights stands twice, so that its counter
 * goes up by two: "dense", "dense_2", ... Where it does not, "dense_1" is there. *name is *new*,
 * or NULL. */
static cornu_status count_twice(weights_reader *reader, const char *place, char **name) {
    const char *number = strrchr(place, '_'), *slash = strrchr(place, '/');
    *name = NULL;
    if (!number || number < slash || number[1] < '1' || number[1] > '9') return CORNU_OK;
    char *first = cornu_format_("%.*s_1", (int)(number - place), place);
    bool there = true;
    cornu_status status = first ? is_group(reader, first, &there) : CORNU_ENOMEM;
    cornu_free_(first);
    CORNU_TRY(status);
    if (there) return CORNU_OK;
    unsigned long index = strtoul(number + 1, NULL, 10);
    *name = cornu_format_("%.*s_%lu", (int)(number - place), place, 2 * index);
    return *name ? CORNU_OK : CORNU_ENOMEM;
}

/* In that layout the container "layers" goes by the name of another attribute. */
static cornu_status place_in_2_13(weights_reader *reader, const char *own, char **place) {
    static const char container[] = "layers/";
    if (strncmp(own, container, strlen(container)) != 0) return CORNU_OK;
    size_t length = strlen(*place) - strlen(own);
    char *old = cornu_format_(
        "%.*s_layer_checkpoint_dependencies/%s", (int)length, *place, own + strlen(container)
    );
    if (!old) return CORNU_ENOMEM;
    char *doubled = NULL;
    cornu_status status = count_twice(reader, old, &doubled);
    cornu_free_(*place);
    *place = doubled ? doubled : old;
    if (doubled) cornu_free_(old);
    return status;
}

static cornu_status find_place(weights_reader *reader, size_t index) {
    const cornu_saved *saved = &reader->tree.items[index];
    const char *above = saved->parent == SIZE_MAX ? "" : reader->places[saved->parent];
    const char *own = saved->path + saved->own;
    char **place = &reader->places[index];
    *place = cornu_format_("%s%s%s", above, *above ? "/" : "", own);
    if (!*place) return CORNU_ENOMEM;
    bool there = false;
    if (!saved->attribute && reader->of_2_13) {
        CORNU_TRY(is_group(reader, *place, &there));
        return there ? CORNU_OK : place_in_2_13(reader, own, place);
    }
    if (!saved->attribute || !*own) return CORNU_OK;
    CORNU_TRY(is_group(reader, *place, &there));
    return there ? CORNU_OK : other_spelling(reader, above, own, place);
}

static char *variable_path(const char *place, size_t index) {
    return cornu_format_("%s%svars/%zu", place, *place ? "/" : "", index);
}

/* ---- comparing ------------------------------------------------------------------------------- */

/* How many of vars/0, vars/1, ... there are from `first` on. Counting by name reads nothing of a
 * group but what was asked for. */
static cornu_status count_datasets(cornu_h5 *file, const char *place, size_t first, size_t *count) {
    *count = first;
    for (bool there = true; there && *count < first + surplus_limit;) {
        char *path = variable_path(place, *count);
        cornu_h5_found found;
        cornu_status status = path ? cornu_h5_find_(file, path, &found) : CORNU_ENOMEM;
        cornu_free_(path);
        CORNU_TRY(status);
        there = found.kind != CORNU_H5_NOTHING;
        *count += there;
    }
    return CORNU_OK;
}

static cornu_status compare_found(
    weights_reader *reader, const cornu_saved *saved, size_t index, const cornu_h5_found *found
) {
    char place[32];
    char *what = NULL;
    bool shape = false;
    (void)snprintf(place, sizeof place, "vars/%zu", index);
    CORNU_TRY(cornu_misfit_of_(
        saved->variables[index], place, found->kind == CORNU_H5_DATASET ? &found->shape : NULL,
        found->dtype, &what, &shape
    ));
    cornu_status status = what ? misfit(reader, shape, saved, what) : CORNU_OK;
    cornu_free_(what);
    return status;
}

static cornu_status compare_variable(weights_reader *reader, size_t object, size_t index) {
    const cornu_saved *saved = &reader->tree.items[object];
    char *path = variable_path(reader->places[object], index);
    if (!path) return CORNU_ENOMEM;
    cornu_h5_found found;
    cornu_status status = cornu_h5_find_(reader->file, path, &found);
    cornu_free_(path);
    if (status != CORNU_OK) return misfit_of_error(reader, saved, status);
    return compare_found(reader, saved, index, &found);
}

static cornu_status compare_object(weights_reader *reader, size_t object) {
    const cornu_saved *saved = &reader->tree.items[object];
    size_t before = reader->misfits.count;
    if (reader->left_out[object]) return CORNU_OK;
    for (size_t i = 0; i < saved->variable_count; i++) {
        CORNU_TRY(compare_variable(reader, object, i));
    }
    /* told already */
    if (reader->misfits.count > before || reader->left_out[object]) return CORNU_OK;
    size_t found = 0;
    cornu_status status =
        count_datasets(reader->file, reader->places[object], saved->variable_count, &found);
    if (status != CORNU_OK) return misfit_of_error(reader, saved, status);
    if (found == saved->variable_count) return CORNU_OK;
    char *what = cornu_format_("expected %zu variables, found %zu", saved->variable_count, found);
    if (!what) return CORNU_ENOMEM;
    status = misfit(reader, false, saved, what);
    cornu_free_(what);
    return status;
}

/* ---- reading --------------------------------------------------------------------------------- */

static cornu_status read_object(weights_reader *reader, size_t object) {
    const cornu_saved *saved = &reader->tree.items[object];
    for (size_t i = 0; !reader->left_out[object] && i < saved->variable_count; i++) {
        const cornu_tensor *variable = saved->variables[i];
        const cornu_shape *shape = cornu_tensor_shape(variable);
        cornu_dtype dtype = cornu_tensor_dtype(variable);
        cornu_tensor *value = cornu_tensor_uninitialised_(dtype, *shape);
        if (!value) return cornu_error_status();
        reader->values[reader->value_count++] = value;
        char *path = variable_path(reader->places[object], i);
        void *data = path ? cornu_tensor_data_mut(value) : NULL;
        cornu_status status =
            data ? cornu_h5_read_(reader->file, path, dtype, shape, data) : cornu_error_status();
        cornu_free_(path);
        CORNU_TRY(status, "'%s'", saved->path);
    }
    return CORNU_OK;
}

/* Puts all values in place; from here on nothing can fail. */
static void assign_all(weights_reader *reader) {
    size_t next = 0;
    for (size_t i = 0; i < reader->tree.count; i++) {
        const cornu_saved *saved = &reader->tree.items[i];
        for (size_t k = 0; !reader->left_out[i] && k < saved->variable_count; k++) {
            cornu_variable_set_storage_(saved->variables[k], reader->values[next++]->storage);
        }
    }
}

/* What the options name, with all below it. */
static void leave_out(weights_reader *reader) {
    for (size_t i = 0; i < reader->tree.count; i++) {
        const cornu_saved *saved = &reader->tree.items[i];
        bool out = saved->parent != SIZE_MAX && reader->left_out[saved->parent];
        for (size_t k = 0; saved->layer && !out && k < reader->options->skipped_count; k++)
            out = reader->options->skipped[k] == saved->layer;
        reader->left_out[i] = out;
    }
}

static cornu_status read_tree(weights_reader *reader) {
    size_t total = 0;
    for (size_t i = 0; i < reader->tree.count; i++) total += reader->tree.items[i].variable_count;
    reader->places = cornu_alloc_array_(reader->tree.count, sizeof *reader->places);
    reader->values = cornu_alloc_array_(total, sizeof(cornu_tensor *));
    reader->left_out = cornu_alloc_array_(reader->tree.count, sizeof *reader->left_out);
    if (!reader->places || !reader->values || !reader->left_out) return CORNU_ENOMEM;
    leave_out(reader);
    CORNU_TRY(is_group(reader, "_layer_checkpoint_dependencies", &reader->of_2_13));
    for (size_t i = 0; i < reader->tree.count; i++) {
        CORNU_TRY(find_place(reader, i));
        CORNU_TRY(compare_object(reader, i));
    }
    CORNU_TRY(cornu_misfits_verdict_(&reader->misfits));
    for (size_t i = 0; i < reader->tree.count; i++) CORNU_TRY(read_object(reader, i));
    assign_all(reader);
    return CORNU_OK;
}

static void forget(weights_reader *reader) {
    for (size_t i = 0; reader->places && i < reader->tree.count; i++) {
        cornu_free_(reader->places[i]);
    }
    cornu_free_(reader->places);
    cornu_free_(reader->left_out);
    for (size_t i = 0; i < reader->value_count; i++) cornu_tensor_free(reader->values[i]);
    cornu_free_(reader->values);
    cornu_misfits_free_(&reader->misfits);
    cornu_saved_tree_free_(&reader->tree);
}

/* An optimizer that has seen no batch has two variables, one that has trained has more: a state of
 * another count belongs to another moment or another optimizer, and is left out. */
static cornu_status optimizer_fits(cornu_h5 *file, cornu_optimizer *optimizer, bool *fits) {
    size_t found = 0, wanted = optimizer->state_->variable_count;
    CORNU_TRY(count_datasets(file, "optimizer", 0, &found));
    *fits = found == wanted;
    if (!*fits) {
        cornu_log_(
            CORNU_LOG_SAVE,
            "the state of optimizer '%s' is left out: it has %zu variables, "
            "the file has %zu",
            cornu_optimizer_name(optimizer), wanted, found
        );
    }
    return CORNU_OK;
}

/* Either of model and optimizer may be NULL. */
static cornu_status read_both(
    cornu_model *model, cornu_optimizer *optimizer, cornu_h5 *file,
    const cornu_weights_options *options
) {
    weights_reader reader = {.file = file, .options = options};
    bool fits = false;
    cornu_status status = model ? cornu_saved_tree_make_(&reader.tree, model) : CORNU_OK;
    if (status == CORNU_OK && optimizer) status = optimizer_fits(file, optimizer, &fits);
    if (status == CORNU_OK && fits) status = cornu_saved_add_optimizer_(&reader.tree, optimizer);
    if (status == CORNU_OK && reader.tree.count) status = read_tree(&reader);
    forget(&reader);
    return status;
}

cornu_status cornu_weights_read_(
    cornu_model *model, cornu_optimizer *optimizer, cornu_h5 *file,
    const cornu_weights_options *options
) {
    CORNU_TRY(cornu_weights_check_built_(model));
    return read_both(model, optimizer, file, options);
}

cornu_status cornu_optimizer_state_read_(cornu_optimizer *optimizer, cornu_h5 *file) {
    return read_both(NULL, optimizer, file, &(cornu_weights_options){0});
}
