/* What a tensor is made of. Tensors are immutable to everybody but their maker; a variable changes
 * by cornu_assign, which honours sharing: a storage that somebody else holds is replaced, never
 * written to (copy on write). */
#ifndef CORNU_TENSOR_TENSOR_H
#define CORNU_TENSOR_TENSOR_H

#include "base/object.h"
#include <cornu/tensor.h>
#include <stdatomic.h>

struct cornu_backend;
struct cornu_symbolic;

/* Where new storage of a thread comes from: the memory of its backend. */
typedef struct cornu_buffer_source {
    const struct cornu_backend *backend; /* NULL: plain host memory */
    void *(*alloc)(size_t size);         /* aligned to 64, not zeroed; NULL with CORNU_ENOMEM */
    void (*free)(void *buffer, size_t size);
} cornu_buffer_source;

/* Sets this thread's source; NULL: host memory. The struct must outlive every storage made from
 * it. */
void cornu_buffer_source_use_(const cornu_buffer_source *source);

/* A buffer, shared by reference count among tensors. */
typedef struct cornu_storage {
    cornu_object object;
    const struct cornu_backend *backend; /* whose memory it is; NULL: host memory */
    void *data;
    size_t size; /* bytes */
    /* of the source that gave `data`; NULL for foreign memory */
    void (*free)(void *buffer, size_t size);
    /* foreign memory: called when the last user is gone; may be NULL */
    void (*release)(void *user);
    void *release_user;
    /* Which contents these are: a number that no other contents had or will have, until somebody
     * writes. 0: somebody has a pointer to write with, and contents change unseen. */
    atomic_uint_fast64_t contents;
} cornu_storage;

/* A buffer of `size` bytes from the thread's source, not zeroed. *new*, or NULL with
 * CORNU_ENOMEM. */
cornu_storage *cornu_storage_new_(size_t size);
/* Foreign memory; on failure `release` is not called. *new*. */
cornu_storage *cornu_storage_wrap_(
    void *data, size_t size, void (*release)(void *user), void *user
);
/* Says that the contents are, or are about to become, others. */
void cornu_storage_renew_(cornu_storage *storage);
/* True if nobody but the holder of one reference uses it. */
bool cornu_storage_exclusive_(const cornu_storage *storage);

/* What makes a tensor a variable. */
typedef struct cornu_variable_part {
    char *name; /* never NULL; "variable" unless given */
    char *path; /* "dense/kernel"; NULL: like the name */
    bool trainable;
} cornu_variable_part;

struct cornu_tensor {
    cornu_object object;
    uint64_t id; /* identity for autodiff: an alias shares it, a view has its own */
    cornu_dtype dtype;
    cornu_shape shape;
    int64_t size;                  /* elements; -1 for an unknown size (abstract tensors only) */
    cornu_storage *storage;        /* NULL: abstract (traced or symbolic) */
    bool weak;                     /* from cornu_scalar: raises no other operand's type */
    /* of a traced tensor: the serial number of its trace, and which of the graph's values it is */
    uint32_t trace, value;
    cornu_variable_part *variable; /* NULL: not a variable */
    /* symbolic tensors: how it came about; src/model owns its meaning */
    struct cornu_symbolic *history;
    void (*history_free)(struct cornu_symbolic *history);
};

/* All of these give a *new* tensor or NULL with the reason pending. */
/* No storage; dims of -1 are allowed. */
cornu_tensor *cornu_tensor_abstract_(cornu_dtype dtype, cornu_shape shape);
/* Storage with undefined contents. */
cornu_tensor *cornu_tensor_uninitialised_(cornu_dtype dtype, cornu_shape shape);
/* Over an existing storage of at least the needed size, of which it takes a reference of its
 * own. */
cornu_tensor *cornu_tensor_over_(cornu_dtype dtype, cornu_shape shape, cornu_storage *storage);
/* The same storage, or the first elements of it, in another shape; a fresh id. An abstract tensor
 * gives an abstract one. */
cornu_tensor *cornu_tensor_view_(const cornu_tensor *tensor, cornu_shape shape);
/* A snapshot: the same storage and the same id, never a variable. It keeps its value when a
 * variable is assigned. */
cornu_tensor *cornu_tensor_alias_(const cornu_tensor *tensor);
/* A copy converted to another type. */
cornu_tensor *cornu_tensor_converted_(const cornu_tensor *tensor, cornu_dtype dtype);

/* ---- strings.c: tensors of CORNU_STRING, whose storage is an array of cornu_bytes ---- */
/* Rows order[0 .. count-1] (NULL: from `first` on) of the first axis; the bytes are shared. *new*.
 */
cornu_tensor *cornu_strings_rows_(
    const cornu_tensor *tensor, const int64_t *order, int64_t first, int64_t count
);
/* The rows of several tensors of one shape but for the first axis, after one another. *new*. */
cornu_tensor *cornu_strings_join_(cornu_tensor *const *parts, size_t count);
/* The same strings, and the same identity, in another shape; also without values. *new*. */
cornu_tensor *cornu_strings_view_(const cornu_tensor *tensor, cornu_shape shape);
bool cornu_strings_equal_(const cornu_tensor *a, const cornu_tensor *b);

/* What a thread that traces a step does in place of an assignment; NULL: it does not trace. While
 * it is set, the values of variables must not be read on the host either: they would be frozen into
 * the step. Set by src/graph alone. */
typedef cornu_status cornu_assign_hook(cornu_tensor *variable, cornu_tensor *value);
void cornu_variable_trace_(cornu_assign_hook *hook);
bool cornu_variable_traced_(void); /* whether a hook is set */
/* Goes up whenever a variable changes whether it is trainable. */
uint64_t cornu_variable_generation_(void);

/* A new identity, from 1 upwards. */
uint64_t cornu_tensor_id_(void);

/* CORNU_ESHAPE if a rank or size cannot be that of a tensor with values; otherwise elements and
 * bytes. */
cornu_status cornu_shape_check_(
    cornu_dtype dtype, const cornu_shape *shape, int64_t *elements, size_t *bytes
);

/* A variable whose values are to come: `value` of the arguments is not looked at. *new*. */
cornu_tensor *cornu_variable_uninitialised_(
    cornu_dtype dtype, cornu_shape shape, const cornu_variable_args *args
);
/* Puts `storage` (borrowed; another reference is taken) in place of the variable's. It must have
 * the variable's size in bytes. */
void cornu_variable_set_storage_(cornu_tensor *variable, cornu_storage *storage);
/* The variable's buffer for writing. If it is shared, the variable first gets one of its own: a
 * copy of the old value if `keep`, undefined contents otherwise. NULL with CORNU_ENOMEM. */
void *cornu_variable_write_(cornu_tensor *variable, bool keep);

/* Elements as numbers; `index` must be inside. float16 and bfloat16 are converted; int64 may
 * round. */
double cornu_element_get_(cornu_dtype dtype, const void *data, int64_t index);
void cornu_element_set_(cornu_dtype dtype, void *data, int64_t index, double value);

/* Converts `count` elements. Float to integer truncates and clamps to the type's range, NaN gives
 * 0; to bool: != 0; to a narrower float: round to nearest, ties to even; between integers: the low
 * bits, as C and NumPy do. */
void cornu_convert_(
    cornu_dtype to, void *target, cornu_dtype from, const void *source, size_t count
);

uint16_t cornu_float16_from_(float value);
float cornu_float16_to_(uint16_t bits);
uint16_t cornu_bfloat16_from_(float value);
float cornu_bfloat16_to_(uint16_t bits);

/* Sizes of the elements of `shape` in row-major order: strides[i] = product of dims after i. */
void cornu_shape_strides_(const cornu_shape *shape, int64_t *strides);
bool cornu_shape_known_(const cornu_shape *shape);
#endif
