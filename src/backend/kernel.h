/* Kernels: what a backend can compute. An op describes its kernel once (shapes, strides, types,
 * parameters), the backend creates it once, and then it is executed often with nothing but
 * pointers.
 *
 * Strides count elements. A stride of 0 broadcasts. All operands of a description are listed inputs
 * first, output last. Nothing here knows tensors, ops or layers. */
#ifndef CORNU_BACKEND_KERNEL_H
#define CORNU_BACKEND_KERNEL_H

#include <cornu/tensor.h>

/* Elementwise instructions: enumerator, operands, name, and what it computes. Comparisons and
 * predicates give 1 or 0. `a`, `b`, `c` are the operands. */
#define CORNU_EW_LIST(X)                                                                           \
    X(COPY, 1, "copy")               /* a, converted to the output's type */                       \
    X(NEGATIVE, 1, "negative")                                                                     \
    X(ABSOLUTE, 1, "absolute")                                                                     \
    X(SIGN, 1, "sign")               /* NaN stays NaN */                                           \
    X(SQUARE, 1, "square")                                                                         \
    X(SQRT, 1, "sqrt")                                                                             \
    X(RSQRT, 1, "rsqrt")                                                                           \
    X(RECIPROCAL, 1, "reciprocal")                                                                 \
    X(EXP, 1, "exp")                                                                               \
    X(EXPM1, 1, "expm1")                                                                           \
    X(LOG, 1, "log")                                                                               \
    X(LOG1P, 1, "log1p")                                                                           \
    X(LOG2, 1, "log2")                                                                             \
    X(LOG10, 1, "log10")                                                                           \
    X(SIN, 1, "sin")                                                                               \
    X(COS, 1, "cos")                                                                               \
    X(TAN, 1, "tan")                                                                               \
    X(ASIN, 1, "arcsin")                                                                           \
    X(ACOS, 1, "arccos")                                                                           \
    X(ATAN, 1, "arctan")                                                                           \
    X(SINH, 1, "sinh")                                                                             \
    X(COSH, 1, "cosh")                                                                             \
    X(TANH, 1, "tanh")                                                                             \
    X(ASINH, 1, "arcsinh")                                                                         \
    X(ACOSH, 1, "arccosh")                                                                         \
    X(ATANH, 1, "arctanh")                                                                         \
    X(ERF, 1, "erf")                                                                               \
    X(ERFINV, 1, "erfinv")                                                                         \
    X(SIGMOID, 1, "sigmoid")         /* 1 / (1 + exp(-a)), without overflow */                     \
    X(SOFTPLUS, 1, "softplus")       /* log(1 + exp(a)), without overflow */                       \
    X(RELU, 1, "relu")               /* max(a, 0); NaN stays NaN */                                \
    X(FLOOR, 1, "floor")                                                                           \
    X(CEIL, 1, "ceil")                                                                             \
    X(ROUND, 1, "round")             /* half to even */                                            \
    X(TRUNC, 1, "trunc")                                                                           \
    X(ISNAN, 1, "isnan")                                                                           \
    X(ISINF, 1, "isinf")                                                                           \
    X(ISFINITE, 1, "isfinite")                                                                     \
    X(NOT, 1, "logical_not")                                                                       \
    X(ADD, 2, "add")                                                                               \
    X(SUBTRACT, 2, "subtract")                                                                     \
    X(MULTIPLY, 2, "multiply")                                                                     \
    X(DIVIDE, 2, "divide")                                                                         \
    X(FLOOR_DIVIDE, 2, "floor_divide") /* integers: towards minus infinity, a / 0 = 0 */           \
    X(MOD, 2, "mod")                 /* sign of b, as in Python; integers: a mod 0 = 0 */          \
    X(POWER, 2, "power")                                                                           \
    X(MAXIMUM, 2, "maximum")         /* NaN if either is NaN */                                    \
    X(MINIMUM, 2, "minimum")         /* NaN if either is NaN */                                    \
    X(ATAN2, 2, "arctan2")                                                                         \
    X(EQUAL, 2, "equal")                                                                           \
    X(NOT_EQUAL, 2, "not_equal")                                                                   \
    X(LESS, 2, "less")                                                                             \
    X(LESS_EQUAL, 2, "less_equal")                                                                 \
    X(GREATER, 2, "greater")                                                                       \
    X(GREATER_EQUAL, 2, "greater_equal")                                                           \
    X(AND, 2, "logical_and")                                                                       \
    X(OR, 2, "logical_or")                                                                         \
    X(XOR, 2, "logical_xor")                                                                       \
    X(WHERE, 3, "where")             /* a ? b : c */                                               \
    X(FMA, 3, "multiply_add")        /* a * b + c, rounded once or twice */

typedef enum cornu_ew_code {
#define CORNU_EW_ENUM_(name, operands, text) CORNU_EW_##name,
    CORNU_EW_LIST(CORNU_EW_ENUM_)
#undef CORNU_EW_ENUM_
    CORNU_EW_COUNT
} cornu_ew_code;
const char *cornu_ew_name_(cornu_ew_code code);
int cornu_ew_operands_(cornu_ew_code code);

/* One step of an elementwise program. Registers 0 .. inputs-1 are the kernel's inputs; instruction
 * i writes register inputs + i; the last instruction's register is the output. */
typedef struct cornu_ew_instruction {
    uint16_t code;       /* cornu_ew_code */
    uint16_t operand[3]; /* registers */
} cornu_ew_instruction;

typedef enum cornu_reduce_code {
    CORNU_REDUCE_SUM, CORNU_REDUCE_PROD, CORNU_REDUCE_MAX, CORNU_REDUCE_MIN, CORNU_REDUCE_MEAN,
    CORNU_REDUCE_ANY, CORNU_REDUCE_ALL, CORNU_REDUCE_ARGMAX, CORNU_REDUCE_ARGMIN,
    CORNU_REDUCE_COUNT
} cornu_reduce_code;

typedef enum cornu_random_code {
    /* value[0] <= y < value[1]; integers: every integer of that range */
    CORNU_RANDOM_UNIFORM,
    CORNU_RANDOM_NORMAL,           /* mean value[0], standard deviation value[1] */
    CORNU_RANDOM_TRUNCATED_NORMAL, /* drawn again outside two standard deviations */
    CORNU_RANDOM_BERNOULLI,        /* 1 with probability value[0] */
    CORNU_RANDOM_PERMUTATION       /* the integers 0 .. n-1 in random order */
} cornu_random_code;

/* What FACTOR makes of a matrix [m, n], k the smaller of m and n: */
typedef enum cornu_factor_code {
    CORNU_FACTOR_CHOLESKY, /* l[n, n], l l^T the symmetric part of the matrix */
    /* [m, n + 2]: l and u, with partial pivoting; which row stands where; the exchanges */
    CORNU_FACTOR_LU,
    CORNU_FACTOR_QR,       /* [m + n, k]: q and the transpose of r; with `flag` all m columns */
    CORNU_FACTOR_EIGH,     /* [n + 1, n]: eigenvalues and vectors of the symmetric part */
    CORNU_FACTOR_SVD       /* [m + 1 + n, k]: u, singular values, v */
} cornu_factor_code;

/* Kinds of kernels, with the operands of each. Dimensions of operands are those of operand
 * descriptors after whatever collapsing the describer did; strides may be anything unless "dense"
 * (row-major without gaps) is said. */
typedef enum cornu_kernel_kind {
    /* inputs.. -> out, same dims for all (broadcast by stride 0), out dense. Runs `program`. Input
     * types may differ from one another and from the output's: bool in, float out, and so on;
     * arithmetic happens in `compute` type. */
    CORNU_KERNEL_ELEMENTWISE,
    /* sources.. -> out. First fills out with value[0] if `fill`, then copies source i, dims[i]
     * elements, from source + source_offset with source strides to out + target_offset with target
     * strides (see cornu_move). All of one type. Serves transpose, slice, pad, flip, concatenate,
     * tile, broadcast_to, and their derivatives. */
    CORNU_KERNEL_MOVE,
    /* in -> out. `axes` (bit i = axis i of in) are reduced with `code`; in dense, out dense without
     * the reduced axes. Arg-reductions give the index along the single reduced axis, out int32 or
     * int64; first one wins. Sums accumulate in at least float32, pairwise or in fixed blocks.
     * Empty: sum 0, prod 1, mean NaN, max/min an error at create. */
    CORNU_KERNEL_REDUCE,
    /* in[outer, n, inner] -> out the same: running sum along n, `reverse`, `exclusive`. Dense. */
    CORNU_KERNEL_CUMSUM,
    /* a[batch.., m, k] * b[batch.., k, n] -> out[batch.., m, n]. Operands have equal rank; batch
     * dims broadcast by stride 0; transposition is in the strides of the last two axes. out dense.
     * k = 0 gives 0. With a program, where the backend takes one: a, b, inputs.. -> outputs.., an
     * elementwise program in float32 on the product; register 0 is the product, the inputs follow,
     * with dims and strides as in ELEMENTWISE. If the product itself is wanted, it is the last
     * output, and its register is listed last. */
    CORNU_KERNEL_MATMUL,
    /* table[outer, n, inner], index[i..] -> out[outer, index.., inner]; dense. With `batched`:
     * index[outer, m, inner] -> out[outer, m, inner], out[o,j,i] = table[o, index[o,j,i], i]
     * (take_along_axis). Negative indices count from the end; others outside are CORNU_EINVAL at
     * execution. */
    CORNU_KERNEL_GATHER,
    /* The transpose of gather: updates (shaped like gather's out), index -> out[outer, n, inner],
     * zero where nothing lands, added up where several do, in the order of the index. */
    CORNU_KERNEL_SCATTER_ADD,
    /* in[rows, n] -> out[rows, n]: softmax or, with `flag`, log-softmax along n. Dense. */
    CORNU_KERNEL_SOFTMAX,
    /* x[rows, n], labels[rows] -> y[3, rows]: log-softmax of x at the label, which must be one of
     * 0 .. n-1; the largest of the row; log(sum(exp(x - largest))). Dense. */
    CORNU_KERNEL_LABEL_LOG_SOFTMAX,
    /* x, labels, y, dy[3, rows] -> dx[rows, n]. Dense. */
    CORNU_KERNEL_LABEL_SOFTMAX_GRADIENT,
    /* -> out[n]: value[0] + i * value[1]; the last element is value[2] exactly if `flag`
     * (linspace). Dense. */
    CORNU_KERNEL_IOTA,
    /* seed[2] int64 (key, counter) -> out, `random` code with `value` parameters. Element i depends
     * on (key, counter, i) alone. */
    CORNU_KERNEL_RANDOM,
    /* in[rows, n] -> out[rows, n] int32 or int64: the stable sorting permutation of each row;
     * `flag`: descending. NaN last. */
    CORNU_KERNEL_ARGSORT,
    /* Convolution, with a stencil: x[n, in.., c], w[size.., c / groups, o] -> y[n, out.., o],
     *     y[n, p, o] = sum over k, i of x[n, p * stride + k * dilation - before, i] * w[k, i, o],
     * over the elements of x that exist; the channels of a group see that group alone. Sizes are
     * those of the operands: how much x is padded behind follows from them. All dense.
     * With `code`, a set of cornu_conv_code, x, w, offset[o], summand (like y) -> y, as far as
     * `code` has them: what follows the sum over k. */
    CORNU_KERNEL_CONV,
    /* y, w -> x: the transpose in x, which is its gradient and the transposed convolution. */
    CORNU_KERNEL_CONV_INPUT,
    /* x, y -> w: the transpose in w, its gradient. */
    CORNU_KERNEL_CONV_WEIGHTS,
    /* x[n, in.., c] -> y[n, out.., c], with a stencil and `code` CORNU_REDUCE_MAX or _MEAN, over
     * the elements of each window that exist; there must be one. MAX with a third operand, x, g ->
     * y: what g, shaped like x, has where x has the first of its largest elements; NaN is largest.
     * Dense. */
    CORNU_KERNEL_POOL,
    /* The transpose: MEAN y -> x; MAX x, y -> x, each y to the place of the largest element; with
     * `flag`, if that is above 0. */
    CORNU_KERNEL_POOL_GRADIENT,
    /* Long short-term memory over time, u units: x[batch, time, features], w[features, 4u],
     * v[u, 4u], b[4u] (gates i, f, g, o), h[batch, u], c[batch, u] (states at first) -> y, flat:
     * h[batch, time, u], then the record r[time, batch, 5u] of c, i, f, g, o:
     *     i, f, o = sigmoid and g = tanh of x w + h v + b, c = f c + i g, h = o tanh(c).
     * With one more input, mask[batch, time] bool, steps where it is false keep h and c, and have
     * zeros for the gates. `reverse`: from the last step to the first. All dense. */
    CORNU_KERNEL_LSTM,
    /* x, w, v, h, c, y, the gradient dy of y or, if that of the record is zero, of its h alone,
     * [batch, time, u], mask if there is one -> the gradients, flat: of x if `flag`, of w, v, b, h
     * and c. */
    CORNU_KERNEL_LSTM_GRADIENT,
    /* Gated recurrent unit, reset after the product: x[batch, time, features], w[features, 3u],
     * v[u, 3u] (gates z, r, g), b[2, 3u] (of x, of h), h[batch, u], mask if there is one -> y,
     * flat: h[batch, time, u], then r[time, batch, 4u] of z, r, g, q:
     *     z, r = sigmoid of x w + b_x + h v + b_h, q = (h v + b_h) of g,
     *     g = tanh(x w + b_x + r q), h = z h + (1 - z) g. */
    CORNU_KERNEL_GRU,
    /* x, w, v, h, y, dy, mask if there is one -> the gradients, flat: of x if `flag`, of w, v, b
     * and h. */
    CORNU_KERNEL_GRU_GRADIENT,
    /* x[rows, n] -> out[2, n]: mean and variance of each column. Dense. No rows: NaN. */
    CORNU_KERNEL_MOMENTS,
    /* x[rows, n], mean[n], dy[rows, n] -> out[2, n]: the sums of dy and of dy * (x - mean) along
     * each column. Dense. */
    CORNU_KERNEL_MOMENT_PRODUCTS,
    /* a[batch, m, n] -> the factors of each matrix, `code` a cornu_factor_code. Dense. Fails for
     * matrices that have none. */
    CORNU_KERNEL_FACTOR,
    /* a[batch, n, n], b[batch, n, k] -> x with a x = b, of a the upper triangle, with `flag` the
     * lower one, read transposed with `reverse`, with ones on its diagonal if `exclusive`.
     * Dense. */
    CORNU_KERNEL_TRIANGULAR_SOLVE,
    CORNU_KERNEL_KIND_COUNT
} cornu_kernel_kind;

typedef struct cornu_operand {
    cornu_dtype dtype;
    int rank;
    int64_t dims[CORNU_MAX_RANK];
    int64_t strides[CORNU_MAX_RANK];
} cornu_operand;

/* Where one source of a MOVE goes. */
typedef struct cornu_move {
    int64_t source_offset, target_offset;
    int rank;
    int64_t dims[CORNU_MAX_RANK];
    int64_t source_strides[CORNU_MAX_RANK];
    int64_t target_strides[CORNU_MAX_RANK];
} cornu_move;

/* How a window moves over 1 to 3 spatial axes: its element k, standing at place p, reads the
 * element p * stride + k * dilation - before. */
enum { CORNU_MAX_SPATIAL = 3 };
typedef struct cornu_stencil {
    int rank;                        /* spatial axes */
    int64_t size[CORNU_MAX_SPATIAL]; /* of the window: pooling alone */
    int64_t stride[CORNU_MAX_SPATIAL], dilation[CORNU_MAX_SPATIAL], before[CORNU_MAX_SPATIAL];
    int64_t groups;                  /* convolution alone */
} cornu_stencil;

/* What a convolution does with its sums, in this order. */
typedef enum cornu_conv_code {
    CORNU_CONV_OFFSET = 1,  /* adds a number per channel */
    CORNU_CONV_SUMMAND = 2, /* adds an element per element */
    CORNU_CONV_RELU = 4     /* max(y, 0), then min(y, value[0]) if that is above 0; NaN stays */
} cornu_conv_code;

/* A description is a value: two equal descriptions make the same kernel. Unused fields are zero. */
typedef struct cornu_kernel_desc {
    cornu_kernel_kind kind;
    int operand_count;                   /* inputs and the output */
    const cornu_operand *operands;       /* output last */
    int program_length;
    const cornu_ew_instruction *program; /* ELEMENTWISE */
    /* ELEMENTWISE: the last so many operands are outputs; 0 stands for 1 */
    int output_count;
    /* ELEMENTWISE, with several outputs: the register of each */
    const uint16_t *results;
    const cornu_move *moves;             /* MOVE: operand_count - 1 of them */
    const cornu_stencil *stencil;        /* CONV.. and POOL.. */
    cornu_dtype compute;                 /* ELEMENTWISE: FLOAT32, FLOAT64 or INT64 */
    int code;                            /* cornu_reduce_code (POOL.. too), cornu_random_code */
    uint32_t axes;                       /* REDUCE: bit set */
    double value[4];
    bool fill, flag, batched, reverse, exclusive;
} cornu_kernel_desc;

bool cornu_stencil_equal_(const cornu_stencil *a, const cornu_stencil *b);
/* How many of the operands are outputs: one, but for fused ELEMENTWISE programs. */
int cornu_kernel_outputs_(const cornu_kernel_desc *desc);
/* A dense operand of the given type and shape. */
cornu_operand cornu_operand_dense_(cornu_dtype dtype, const cornu_shape *shape);
uint64_t cornu_kernel_desc_hash_(const cornu_kernel_desc *desc);
bool cornu_kernel_desc_equal_(const cornu_kernel_desc *a, const cornu_kernel_desc *b);
/* A copy with all that it points to, in one block; *new*, cornu_free_. NULL with CORNU_ENOMEM. */
cornu_kernel_desc *cornu_kernel_desc_copy_(const cornu_kernel_desc *desc);

/* A created kernel. Immutable: several threads may execute it at once, each with a workspace of its
 * own. */
typedef struct cornu_kernel cornu_kernel;
struct cornu_kernel {
    /* buffers[i] belongs to operand i; `workspace` has workspace_size bytes, aligned to 64. Fails
     * only for values (an index outside its axis). Output may be the same buffer as an input of the
     * same type and dense layout for ELEMENTWISE; nowhere else. */
    cornu_status (*execute)(const cornu_kernel *kernel, void *const *buffers, void *workspace);
    void (*destroy)(cornu_kernel *kernel);
    size_t workspace_size;
    /* (optional) For callers who execute often with one operand unchanged, like the weights of a
     * prediction: `pack` makes of it once, {operand, room of pack_size bytes}, what `packed` wants
     * in its place. Both belong to this kernel. */
    const cornu_kernel *pack, *packed;
    int pack_operand;
    size_t pack_size;
    /* "reference", "avx512 tile", "dnnl brg:avx512_core": for logs and tests */
    const char *implementation;
};

/* Rows on their way into a batch: row i of `to` is row order[i] of `from`, or first + i. */
typedef struct cornu_row_gather {
    const char *from;
    char *to;
    const int64_t *order; /* NULL: one row after the other, from `first` on */
    int64_t first, rows;
    int64_t size;         /* elements of a row */
    size_t item;          /* bytes of an element of `from` */
    double scale;         /* not 0: `from` is uint8, `to` float32, from * scale */
    bool together;        /* who computes has nothing else to do: all threads may help */
} cornu_row_gather;

typedef struct cornu_backend {
    const char *name;
    /* Buffers, in the memory of the device. `buffer_alloc` gives uninitialised memory aligned to 64
     * bytes or NULL with CORNU_ENOMEM; size 0 is allowed. */
    void *(*buffer_alloc)(size_t size);
    void (*buffer_free)(void *buffer, size_t size);
    /* (optional) Copies between host and device; NULL: buffers are host memory. */
    cornu_status (*copy_in)(void *buffer, const void *host, size_t size);
    cornu_status (*copy_out)(void *host, const void *buffer, size_t size);
    /* Makes the kernel of a description. The description is not kept. CORNU_EUNSUPPORTED if this
     * backend has none (no message then: the caller falls back to the reference backend). */
    cornu_status (*kernel_create)(const cornu_kernel_desc *desc, cornu_kernel **kernel);
    /* (optional) Whether MATMUL kernels of this description, which has no program, also come with
     * one. */
    bool (*takes_program)(const cornu_kernel_desc *desc);
    /* (optional) Splits 0 .. count - 1 into at most `threads` ranges and runs them side by side;
     * returns when all are done. `thread` < threads, each used once. */
    void (*parallel)(
        int64_t count, int threads,
        void (*function)(void *context, int64_t begin, int64_t end, int thread), void *context
    );
    /* (optional) Kernels that this thread makes use at most so many threads from now on; 0: as many
     * as there are. Returns what held before. */
    int (*limit_threads)(int threads);
    /* Makes a batch of rows. */
    void (*gather_rows)(const cornu_row_gather *gather);
    /* (optional) Waits for what was started; NULL: work is done when execute returns. */
    void (*sync)(void);
} cornu_backend;

/* plain C, every kind, every type: the oracle */
extern const cornu_backend cornu_backend_reference_;
extern const cornu_backend cornu_backend_cpu_;       /* vectorised, threaded; float32 above all */

/* The backend in use by this thread's ops (cpu unless set); tests switch to the reference. */
const cornu_backend *cornu_backend_current_(void);
void cornu_backend_use_(const cornu_backend *backend); /* NULL: the default */

/* The kernel of a description on a backend, from the cache keyed by (backend, description, threads)
 * or created: falls back to the reference where the backend has none. *borrowed* from the cache,
 * which keeps it until cornu_kernel_cache_clear_. Thread-safe. */
cornu_status cornu_kernel_get_(const cornu_backend *backend, const cornu_kernel_desc *desc,
                               const cornu_kernel **kernel);
void cornu_kernel_cache_clear_(void);

#endif
