/* Reading a weights file into a model: first everything is compared with what the model has and all
 * that does not fit is told at once, then all values are read aside, then they take the place of
 * the old ones, which cannot fail. keras/src/saving/saving_lib.py: _load_state;
 * Layer.load_own_variables */
#include "base/log.h"
#include "base/memory.h"
#include "base/text.h"
#include "nn/optimizer.h"
#include "save/weights.h"
#include "tensor/tensor.h"

#include <string.h>

enum {
    text_limit = 520,    /* what a message has room for */
    surplus_limit = 1000 /* datasets too many that are counted */
};

typedef struct {
    cornu_h5 *file;
    cornu_saved_tree tree;
    char **places;         /* of each object: where the file has it */
    cornu_tensor **values; /* one per variable of the tree, in its order */
    size_t value_count;
    cornu_text misfits;
    size_t misfit_count, told;
    bool shapes_only; /* every misfit so far is one of shape */
} weights_reader;

/* ---- what does not fit
 * -------------------------------------------------------------------------------------------- */

static void misfit(weights_reader *reader, bool shape, const cornu_saved *saved, const char *what) {
    reader->misfit_count++;
    reader->shapes_only = reader->shapes_only && shape;
    char *line = saved->layer ? cornu_format_(
                                    "layer '%s' (%s, %s): %s", saved->name ? saved->name : "",
                                    saved->layer->cls->name, *saved->path ? saved->path : "/", what
                                )
                              : cornu_format_("optimizer '%s': %s", saved->name, what);
    if (!line) return; /* ENOMEM is pending, and `told` stays behind */
    if (reader->misfits.length + strlen(line) < text_limit || reader->told == 0) {
        cornu_text_format_(&reader->misfits, "%s%s", reader->told ? "; " : "", line);
        reader->told++;
    }
    cornu_free_(line);
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
    misfit(reader, false, saved, text);
    cornu_free_(text);
    return CORNU_OK;
}

static cornu_status verdict(const weights_reader *reader) {
    if (reader->misfit_count == 0) return CORNU_OK;
    if (!reader->misfits.data) return CORNU_ENOMEM;
    size_t untold = reader->misfit_count - reader->told;
    cornu_status status = reader->shapes_only ? CORNU_ESHAPE : CORNU_EFORMAT;
    if (untold == 0) CORNU_FAIL(status, "%s", reader->misfits.data);
    CORNU_FAIL(status, "%s; and %zu more", reader->misfits.data, untold);
}

/* ---- where the file has an object
 * --------------------------------------------------------------------------------- */

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

static cornu_status find_place(weights_reader *reader, size_t index) {
    const cornu_saved *saved = &reader->tree.items[index];
    const char *above = saved->parent == SIZE_MAX ? "" : reader->places[saved->parent];
    const char *own = saved->path + saved->own;
    char **place = &reader->places[index];
    *place = cornu_format_("%s%s%s", above, *above ? "/" : "", own);
    if (!*place) return CORNU_ENOMEM;
    if (!saved->attribute || !*own) return CORNU_OK;
    bool there = false;
    CORNU_TRY(is_group(reader, *place, &there));
    return there ? CORNU_OK : other_spelling(reader, above, own, place);
}

static char *variable_path(const char *place, size_t index) {
    return cornu_format_("%s%svars/%zu", place, *place ? "/" : "", index);
}

/* ---- comparing
 * ----------------------------------------------------------------------------------------------------
 */

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

/* Numbers of any kind are converted as Keras does, but no fraction is dropped unseen. */
static bool types_fit(cornu_dtype wanted, cornu_dtype found) {
    return cornu_dtype_is_float(wanted) || !cornu_dtype_is_float(found);
}

static cornu_status compare_found(
    weights_reader *reader, const cornu_saved *saved, size_t index, const cornu_h5_found *found
) {
    const cornu_tensor *variable = saved->variables[index];
    const cornu_shape *wanted = cornu_tensor_shape(variable);
    const char *name = cornu_variable_name(variable);
    char a[256], b[256];
    char *what = NULL;
    bool shape = false;
    if (found->kind != CORNU_H5_DATASET) {
        what = cornu_format_(
            "'%s' (vars/%zu) of shape %s is missing", name, index,
            cornu_shape_format(wanted, a, sizeof a)
        );
    } else if (!cornu_shape_equal(wanted, &found->shape)) {
        shape = true;
        what = cornu_format_(
            "'%s' (vars/%zu): expected shape %s, found %s", name, index,
            cornu_shape_format(wanted, a, sizeof a), cornu_shape_format(&found->shape, b, sizeof b)
        );
    } else if (!types_fit(cornu_tensor_dtype(variable), found->dtype)) {
        what = cornu_format_(
            "'%s' (vars/%zu): expected %s, found %s", name, index,
            cornu_dtype_name(cornu_tensor_dtype(variable)), cornu_dtype_name(found->dtype)
        );
    } else {
        return CORNU_OK;
    }
    if (!what) return CORNU_ENOMEM;
    misfit(reader, shape, saved, what);
    cornu_free_(what);
    return CORNU_OK;
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
    size_t before = reader->misfit_count;
    for (size_t i = 0; i < saved->variable_count; i++) {
        CORNU_TRY(compare_variable(reader, object, i));
    }
    if (reader->misfit_count > before) return CORNU_OK; /* told already */
    size_t found = 0;
    cornu_status status =
        count_datasets(reader->file, reader->places[object], saved->variable_count, &found);
    if (status != CORNU_OK) return misfit_of_error(reader, saved, status);
    if (found == saved->variable_count) return CORNU_OK;
    char *what = cornu_format_("expected %zu variables, found %zu", saved->variable_count, found);
    if (!what) return CORNU_ENOMEM;
    misfit(reader, false, saved, what);
    cornu_free_(what);
    return CORNU_OK;
}

/* ---- reading
 * ------------------------------------------------------------------------------------------------------
 */

static cornu_status read_object(weights_reader *reader, size_t object) {
    const cornu_saved *saved = &reader->tree.items[object];
    for (size_t i = 0; i < saved->variable_count; i++) {
        const cornu_tensor *variable = saved->variables[i];
        const cornu_shape *shape = cornu_tensor_shape(variable);
        cornu_dtype dtype = cornu_tensor_dtype(variable);
        cornu_tensor *value = cornu_tensor_new(dtype, *shape);
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
        for (size_t k = 0; k < saved->variable_count; k++) {
            cornu_variable_set_storage_(saved->variables[k], reader->values[next++]->storage);
        }
    }
}

static cornu_status read_tree(weights_reader *reader) {
    size_t total = 0;
    for (size_t i = 0; i < reader->tree.count; i++) total += reader->tree.items[i].variable_count;
    reader->places = cornu_alloc_array_(reader->tree.count, sizeof *reader->places);
    reader->values = cornu_alloc_array_(total, sizeof(cornu_tensor *));
    if (!reader->places || !reader->values) return CORNU_ENOMEM;
    for (size_t i = 0; i < reader->tree.count; i++) {
        CORNU_TRY(find_place(reader, i));
        CORNU_TRY(compare_object(reader, i));
    }
    CORNU_TRY(verdict(reader));
    for (size_t i = 0; i < reader->tree.count; i++) CORNU_TRY(read_object(reader, i));
    assign_all(reader);
    return CORNU_OK;
}

static void forget(weights_reader *reader) {
    for (size_t i = 0; reader->places && i < reader->tree.count; i++) {
        cornu_free_(reader->places[i]);
    }
    cornu_free_(reader->places);
    for (size_t i = 0; i < reader->value_count; i++) cornu_tensor_free(reader->values[i]);
    cornu_free_(reader->values);
    cornu_text_free_(&reader->misfits);
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
static cornu_status read_both(cornu_model *model, cornu_optimizer *optimizer, cornu_h5 *file) {
    weights_reader reader = {.file = file, .shapes_only = true};
    bool fits = false;
    cornu_status status = model ? cornu_saved_tree_make_(&reader.tree, model) : CORNU_OK;
    if (status == CORNU_OK && optimizer) status = optimizer_fits(file, optimizer, &fits);
    if (status == CORNU_OK && fits) status = cornu_saved_add_optimizer_(&reader.tree, optimizer);
    if (status == CORNU_OK && reader.tree.count) status = read_tree(&reader);
    forget(&reader);
    return status;
}

cornu_status cornu_weights_read_(cornu_model *model, cornu_optimizer *optimizer, cornu_h5 *file) {
    CORNU_TRY(cornu_weights_check_built_(model));
    return read_both(model, optimizer, file);
}

cornu_status cornu_optimizer_state_read_(cornu_optimizer *optimizer, cornu_h5 *file) {
    return read_both(NULL, optimizer, file);
}
