/* Tensors: reference-counted, row-major arrays of rank 0 to 8, and the scopes that own temporaries.
 *
 * Who owns what: objects from cornu_tensor_*, cornu_variable and file readers are *new* and yours
 * (cornu_tensor_free). Results of ops (cornu_op_*, cornu_random_*) and cornu_scalar belong to the
 * innermost scope of the thread; CORNU_SCOPE opens one, cornu_keep moves a result one scope
 * outward, cornu_tensor_retain makes it yours too. Without a scope they live until the thread
 * ends. *borrowed* is what lives as long as the object that gave it.
 *
 * Example:
 *
 *     #include <cornu/cornu.h>
 *
 *     int main(void) {
 *         const float values[] = {1, 2, 3, 4, 5, 6};
 *         cornu_tensor *x = cornu_tensor_from(CORNU_FLOAT32, cornu_shape(2, 3), values);
 *         cornu_tensor *w = cornu_variable(x, .name = "w");
 *         cornu_check(w); // x or w, whichever failed
 *         CORNU_SCOPE {
 *             cornu_check(cornu_assign_sub(w, cornu_op_multiply(x, cornu_scalar(0.5))));
 *             cornu_check(cornu_tensor_print(w, stdout)); // [[0.5 1.  1.5]  [2.  2.5 3. ]]
 *         }
 *         cornu_tensor_free(w);
 *         cornu_tensor_free(x);
 *     }
 */
#ifndef CORNU_TENSOR_H
#define CORNU_TENSOR_H

#include <cornu/error.h>
#include <cornu/scope.h>
#include <stdio.h>

#ifdef __cplusplus
extern "C" {
#endif

#define CORNU_MAX_RANK 8

/* Element types: enumerator, NumPy's and Keras' name, bytes. */
#define CORNU_DTYPE_LIST(X)                                                                        \
    X(CORNU_FLOAT32, "float32", 4)                                                                 \
    X(CORNU_FLOAT64, "float64", 8)                                                                 \
    X(CORNU_BFLOAT16, "bfloat16", 2)                                                               \
    X(CORNU_FLOAT16, "float16", 2)                                                                 \
    X(CORNU_INT8, "int8", 1)                                                                       \
    X(CORNU_INT16, "int16", 2)                                                                     \
    X(CORNU_INT32, "int32", 4)                                                                     \
    X(CORNU_INT64, "int64", 8)                                                                     \
    X(CORNU_UINT8, "uint8", 1)                                                                     \
    X(CORNU_BOOL, "bool", 1)

typedef enum cornu_dtype {
#define CORNU_DTYPE_ENUM_(name, text, bytes) name,
    CORNU_DTYPE_LIST(CORNU_DTYPE_ENUM_)
#undef CORNU_DTYPE_ENUM_
    CORNU_DTYPE_COUNT, /* of the types of numbers */
    /* Byte strings, "string": what texts are until a layer that looks up, splits or hashes them
     * makes numbers of them. Ops take numbers only. */
    CORNU_STRING = CORNU_DTYPE_COUNT
} cornu_dtype;

/* "float32", static; "(no dtype)" for another number. */
CORNU_API const char *cornu_dtype_name(cornu_dtype dtype);
/* Bytes of an element; 0 for another number, and for strings, which have many lengths. */
CORNU_API size_t cornu_dtype_size(cornu_dtype dtype);
CORNU_API bool cornu_dtype_is_float(cornu_dtype dtype);
/* CORNU_EUNKNOWN if there is no such type, with the nearest name; CORNU_EINVAL for NULL. */
CORNU_API cornu_status cornu_dtype_from_name(const char *name, cornu_dtype *dtype);

/* Sizes of the axes, outermost first. -1 stands for an unknown size in the shapes of symbolic
 * tensors only. */
typedef struct cornu_shape {
    int rank;
    int64_t dims[CORNU_MAX_RANK];
} cornu_shape;

/* cornu_shape(128, 10): a shape; cornu_shape(): that of a scalar. With more than CORNU_MAX_RANK
 * sizes, whatever takes the shape fails with CORNU_ESHAPE. */
#ifndef __cplusplus
#define cornu_shape(...)                                                                           \
    cornu_shape_make((const int64_t[]){0, __VA_ARGS__} + 1,                                        \
                     sizeof((const int64_t[]){0, __VA_ARGS__}) / sizeof(int64_t) - 1)
#endif
CORNU_API cornu_shape cornu_shape_make(const int64_t *dims, size_t rank);
/* The number of elements; -1 if a size is unknown, or if the product does not fit. */
CORNU_API int64_t cornu_shape_size(const cornu_shape *shape);
CORNU_API bool cornu_shape_equal(const cornu_shape *a, const cornu_shape *b);
/* Writes "(None, 28, 28)" as Keras prints it; returns `text`. 256 bytes always suffice. */
CORNU_API const char *cornu_shape_format(const cornu_shape *shape, char *text, size_t size);

typedef struct cornu_tensor cornu_tensor;

/* A list of tensors: borrowed pointers, never NULL-ended. cornu_tensors(a, b) makes one. */
typedef struct cornu_tensor_list {
    cornu_tensor *const *items;
    size_t count;
} cornu_tensor_list;
#ifndef __cplusplus
#define cornu_tensors(...)                                                                         \
    ((cornu_tensor_list){(cornu_tensor *const[]){__VA_ARGS__},                                     \
                         sizeof((cornu_tensor *const[]){__VA_ARGS__}) / sizeof(cornu_tensor *)})
#endif

/* Makers; *new*. NULL with CORNU_ENOMEM, CORNU_ESHAPE (a size that is negative, a product too
 * large, more than CORNU_MAX_RANK axes), CORNU_EDTYPE (no such type), CORNU_EINVAL (no `data`). */
/* Zeros. */
CORNU_API cornu_tensor *cornu_tensor_new(cornu_dtype dtype, cornu_shape shape);
/* Copies `cornu_shape_size(&shape)` elements of type `dtype` from `data`. */
CORNU_API cornu_tensor *cornu_tensor_from(cornu_dtype dtype, cornu_shape shape, const void *data);
/* A copy with a buffer of its own; of a variable, its value. CORNU_ESTATE for a symbolic tensor. */
CORNU_API cornu_tensor *cornu_tensor_copy(const cornu_tensor *tensor);
/* Wraps memory of the caller without copying; `release(user)` (may be NULL) runs when the last user
 * of it is gone. After a failure the memory is still the caller's, and `release` does not run. */
CORNU_API cornu_tensor *cornu_tensor_wrap(cornu_dtype dtype, cornu_shape shape, void *data,
                                          void (*release)(void *user), void *user);

/* A float32 scalar that takes part in arithmetic without raising the other operand's type (as a
 * Python number does). Belongs to the scope. CORNU_ENOMEM. */
CORNU_API cornu_tensor *cornu_scalar(double value);
/* A scalar of the given type. Belongs to the scope. CORNU_ENOMEM, CORNU_EDTYPE. */
CORNU_API cornu_tensor *cornu_scalar_of(cornu_dtype dtype, double value);

/* One more reference to the same tensor, which is returned; each ends with cornu_tensor_free. Both
 * take NULL, and may run in any thread. */
CORNU_API cornu_tensor *cornu_tensor_retain(cornu_tensor *tensor);
CORNU_API void cornu_tensor_free(cornu_tensor *tensor);

/* Getters; what they return is *borrowed*. Given NULL they set the error and answer with something
 * harmless: float32, rank 0, no elements. */
CORNU_API cornu_dtype cornu_tensor_dtype(const cornu_tensor *tensor);
CORNU_API const cornu_shape *cornu_tensor_shape(const cornu_tensor *tensor);
CORNU_API int cornu_tensor_rank(const cornu_tensor *tensor);
/* Size of one axis; negative axes count from the last. -1 with CORNU_EINVAL outside the rank. */
CORNU_API int64_t cornu_tensor_dim(const cornu_tensor *tensor, int axis);
/* The number of elements; -1 where a size is unknown. */
CORNU_API int64_t cornu_tensor_size(const cornu_tensor *tensor);
/* True for a tensor with values; false for a symbolic one, made by cornu_input_tensor and what was
 * called on it. */
CORNU_API bool cornu_tensor_has_data(const cornu_tensor *tensor);
/* The elements, row-major, *borrowed*. NULL with CORNU_ESTATE for a tensor without values, which
 * includes those of a training step while it is being traced (see run_eagerly in train.h). The
 * memory of a variable changes place when it is assigned while somebody holds its old value. */
CORNU_API const void *cornu_tensor_data(const cornu_tensor *tensor);
/* The same for writing: fails with CORNU_ESTATE if the buffer is shared with other tensors. */
CORNU_API void *cornu_tensor_data_mut(cornu_tensor *tensor);
/* Element `index` (flat) as a number; NaN with CORNU_EINVAL outside the tensor, CORNU_ESTATE as
 * above. */
CORNU_API double cornu_tensor_get(const cornu_tensor *tensor, int64_t index);
/* The value of a tensor of one element; NaN with CORNU_ESHAPE for others, CORNU_ESTATE as above. */
CORNU_API double cornu_tensor_item(const cornu_tensor *tensor);
/* Whether type, shape and bits are equal (so a NaN equals itself); false for tensors without
 * values. */
CORNU_API bool cornu_tensor_equal(const cornu_tensor *a, const cornu_tensor *b);

/* Text as NumPy prints an array: *new* memory, cornu_free. CORNU_ESTATE, CORNU_ENOMEM. Printing
 * adds a line end; CORNU_EIO if the stream has an error. */
CORNU_API char *cornu_tensor_text(const cornu_tensor *tensor);
CORNU_API cornu_status cornu_tensor_print(const cornu_tensor *tensor, FILE *stream);

/* Variables: tensors with a name that can be assigned. cornu_variable(value, .name = "w"): *new*.
 * CORNU_ENOMEM, CORNU_EINVAL (no value), CORNU_ESTATE (a symbolic one). */
typedef struct cornu_variable_args {
    CORNU_ARG(size_t, size_, sizeof(cornu_variable_args));
    /* its shape and type are the variable's; the value is copied */
    CORNU_ARG(const cornu_tensor *, value, NULL);
    CORNU_ARG(const char *, name, NULL);
    CORNU_ARG(bool, trainable, true);
    /* where it belongs, "dense/kernel"; NULL: like the name */
    CORNU_ARG(const char *, path, NULL);
} cornu_variable_args;
#define CORNU_VARIABLE_DEFAULTS .size_ = sizeof(cornu_variable_args), .trainable = true
CORNU_API cornu_tensor *cornu_variable_new(const cornu_variable_args *args);
#ifndef __cplusplus
#define cornu_variable(...)                                                                        \
    CORNU_KW_(cornu_variable_new(                                                                  \
        &(cornu_variable_args){CORNU_VARIABLE_DEFAULTS, .value = __VA_ARGS__}))
#endif
CORNU_API bool cornu_tensor_is_variable(const cornu_tensor *tensor);
/* *borrowed*; "" for a tensor that is no variable, which is not trainable either */
CORNU_API const char *cornu_variable_name(const cornu_tensor *variable);
/* Its name behind that of its layer, "dense/kernel". */
CORNU_API const char *cornu_variable_path(const cornu_tensor *variable);
CORNU_API bool cornu_variable_trainable(const cornu_tensor *variable);
CORNU_API void cornu_variable_set_trainable(cornu_tensor *variable, bool trainable);
/* Assignments cast to the variable's type and broadcast nothing: shapes must be equal
 * (CORNU_ESHAPE). CORNU_EINVAL for what is no variable; CORNU_ESTATE for a symbolic value. `value`
 * stays the caller's. cornu_assign_add: variable + value; _sub: variable - value. */
CORNU_API cornu_status cornu_assign(cornu_tensor *variable, cornu_tensor *value);
CORNU_API cornu_status cornu_assign_add(cornu_tensor *variable, cornu_tensor *value);
CORNU_API cornu_status cornu_assign_sub(cornu_tensor *variable, cornu_tensor *value);

/* Strings: tensors of type CORNU_STRING, which stand where texts enter a model (an input of dtype
 * "string", StringLookup, TextVectorization, Hashing). Their elements are sequences of bytes, UTF-8
 * as a rule. */
typedef struct cornu_bytes {
    const char *data;
    size_t size;
} cornu_bytes;
/* *new*, with copies of `cornu_shape_size(&shape)` texts, each ended by a 0; or of sequences of
 * bytes, which may hold zeros. CORNU_ENOMEM, CORNU_ESHAPE, CORNU_EINVAL (a text is NULL). */
CORNU_API cornu_tensor *cornu_tensor_from_strings(cornu_shape shape, const char *const *texts);
CORNU_API cornu_tensor *cornu_tensor_from_bytes(cornu_shape shape, const cornu_bytes *items);
/* Element `index` (flat), *borrowed* from the tensor and followed by a 0. {NULL, 0} with
 * CORNU_EDTYPE if the tensor holds numbers, CORNU_EINVAL outside it, CORNU_ESTATE without values.
 */
CORNU_API cornu_bytes cornu_tensor_bytes(const cornu_tensor *tensor, int64_t index);

/* NumPy's .npy files, versions 1 to 3, C order, little-endian. The reader gives a *new* tensor.
 * CORNU_EIO, CORNU_EFORMAT (damaged, Fortran order, type without a counterpart), CORNU_ENOMEM. The
 * writer is durable: beside the target, flushed, renamed. CORNU_EIO; CORNU_ESTATE for a tensor
 * without values. https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html */
CORNU_API cornu_tensor *cornu_load_npy(const char *path);
CORNU_API cornu_status cornu_save_npy(const char *path, const cornu_tensor *tensor);

#ifdef __cplusplus
}
#endif
#endif
