/* Attributes that are texts or lists of texts, as legacy files keep their configs and names.
 * h5py 3 writes texts of variable length; Keras 2 with an older h5py wrote them with a fixed length
 * and padding; what exceeds an object header is stored elsewhere by newer libraries. */
#include "base/memory.h"
#include "save/hdf5_types.h"

#include <string.h>

/* A whole-model file keeps its config in one attribute; names come in thousands at most. */
enum { text_limit = 1 << 26, count_limit = 1 << 20 };

typedef struct attribute {
    hid_t id, type, space;
    bool variable; /* of variable length */
    size_t size;   /* bytes of each text otherwise */
    size_t count;
} attribute;

static void close_attribute(attribute *a) {
    cornu_h5_close_id_(&a->id);
    cornu_h5_close_id_(&a->type);
    cornu_h5_close_id_(&a->space);
}

static cornu_status malformed(const char *path, const char *name, const char *wrong) {
    CORNU_FAIL(CORNU_EFORMAT, "attribute '%s' of '%s' %s", name, *path ? path : "/", wrong);
}

/* How many texts there are, and how they are stored. */
static cornu_status inspect(attribute *a, const char *path, const char *name) {
    hssize_t count = -1;
    switch (a->space < 0 ? H5S_NO_CLASS : H5Sget_simple_extent_type(a->space)) {
    case H5S_SCALAR:
        count = 1;
        break;
    case H5S_SIMPLE:
        if (H5Sget_simple_extent_ndims(a->space) == 1)
            count = H5Sget_simple_extent_npoints(a->space);
        break;
    case H5S_NULL:
        count = 0;
        break;
    default:
        break;
    }
    if (count < 0 || count > count_limit)
        return malformed(path, name, "is no list of a sensible length");
    a->count = (size_t)count;
    if (count == 0) return CORNU_OK; /* NumPy's empty list is one of numbers */
    if (a->type < 0 || H5Tget_class(a->type) != H5T_STRING)
        return malformed(path, name, "is no text");
    a->variable = H5Tis_variable_str(a->type) > 0;
    a->size = a->variable ? sizeof(char *) : H5Tget_size(a->type);
    if (a->size == 0 || a->size > text_limit / a->count)
        return malformed(path, name, "is larger than any that Keras writes");
    return CORNU_OK;
}

/* a->id stays negative if the group or the attribute is not there. */
static cornu_status open_attribute(
    const cornu_h5 *file, const char *path, const char *name, attribute *a
) {
    char why[CORNU_H5_REASON_SIZE];
    *a = (attribute){-1, -1, -1, false, 0, 0};
    CORNU_H5_ID object = -1;
    CORNU_TRY(cornu_h5_open_path_(file->file, path, &object));
    if (object < 0) return CORNU_OK;
    htri_t there = H5Aexists(object, name);
    if (there == 0) return CORNU_OK;
    if (there > 0) a->id = H5Aopen(object, name, H5P_DEFAULT);
    if (a->id < 0) {
        CORNU_FAIL(
            CORNU_EFORMAT, "attribute '%s' of '%s' cannot be read: %s", name, path,
            cornu_h5_reason_(why)
        );
    }
    a->type = H5Aget_type(a->id);
    a->space = H5Aget_space(a->id);
    cornu_status status = inspect(a, path, name);
    if (status != CORNU_OK) close_attribute(a);
    return status;
}

/* Fixed-length texts end at the first zero or at their size, and blanks may pad them. */
static size_t fixed_length(const attribute *a, const char *text) {
    size_t length = strnlen(text, a->size);
    if (H5Tget_strpad(a->type) == H5T_STR_SPACEPAD) {
        while (length > 0 && text[length - 1] == ' ') length--;
    }
    return length;
}

/* The texts of `raw` after one another, with pointers in front. */
static cornu_status gather(const attribute *a, const char *raw, cornu_h5_texts *texts) {
    size_t total = 0;
    for (size_t i = 0; i < a->count; i++) {
        const char *text;
        memcpy(&text, raw + i * a->size, a->variable ? sizeof text : 0);
        if (!a->variable) text = raw + i * a->size;
        size_t length = !text ? 0 : a->variable ? strlen(text) : fixed_length(a, text);
        if (length >= text_limit - total)
            CORNU_FAIL(CORNU_EFORMAT, "has texts larger than any that Keras writes");
        total += length + 1;
    }
    texts->items = cornu_alloc_(a->count * sizeof(char *) + total + 1);
    if (!texts->items) return CORNU_ENOMEM;
    char *to = (char *)(texts->items + a->count);
    for (size_t i = 0; i < a->count; i++) {
        const char *text;
        memcpy(&text, raw + i * a->size, a->variable ? sizeof text : 0);
        if (!a->variable) text = raw + i * a->size;
        size_t length = !text ? 0 : a->variable ? strlen(text) : fixed_length(a, text);
        texts->items[i] = to;
        for (size_t k = 0; k < length; k++) to[k] = text[k];
        to += length + 1; /* the memory is zeroed */
    }
    texts->count = a->count;
    return CORNU_OK;
}

static cornu_status read_values(
    const attribute *a, const char *path, const char *name, cornu_h5_texts *texts
) {
    char why[CORNU_H5_REASON_SIZE];
    char *raw = cornu_alloc_array_(a->count + 1, a->size ? a->size : 1);
    if (!raw) return CORNU_ENOMEM;
    cornu_status status = CORNU_OK;
    /* the type in the file serves for memory as well: texts have no byte order */
    if (a->count > 0 && H5Aread(a->id, a->type, raw) < 0) {
        status = cornu_error_set(
            CORNU_EFORMAT, __FILE__, __LINE__, "attribute '%s' of '%s' cannot be read: %s", name,
            path, cornu_h5_reason_(why)
        );
    } else {
        status = gather(a, raw, texts);
        if (status != CORNU_OK) (void)cornu_error_context("attribute '%s' of '%s'", name, path);
        if (a->variable && a->count > 0) (void)H5Dvlen_reclaim(a->type, a->space, H5P_DEFAULT, raw);
    }
    cornu_free_(raw);
    return status;
}

static cornu_status read_texts(
    const cornu_h5 *file, const char *path, const char *name, cornu_h5_texts *texts
) {
    attribute a;
    CORNU_TRY(open_attribute(file, path, name, &a));
    texts->there = a.id >= 0;
    cornu_status status = texts->there ? read_values(&a, path, name, texts) : CORNU_OK;
    close_attribute(&a);
    return status;
}

cornu_status cornu_h5_read_texts_(
    cornu_h5 *file, const char *path, const char *name, cornu_h5_texts *texts
) {
    *texts = (cornu_h5_texts){0};
    if (file->remote) return cornu_h5_remote_texts_(file->remote, path, name, texts);
    cornu_h5_guard guard;
    cornu_h5_enter_(&guard);
    cornu_status status = read_texts(file, path, name, texts);
    cornu_h5_leave_(&guard);
    return status;
}

cornu_status cornu_h5_read_text_(cornu_h5 *file, const char *path, const char *name, char **text) {
    cornu_h5_texts texts;
    *text = NULL;
    CORNU_TRY(cornu_h5_read_texts_(file, path, name, &texts));
    cornu_status status = CORNU_OK;
    if (texts.there && texts.count != 1) {
        status = malformed(path, name, "is no single text");
    } else if (texts.there) {
        *text = cornu_strdup_(texts.items[0]);
        if (!*text) status = CORNU_ENOMEM;
    }
    cornu_free_(texts.items);
    return status;
}
