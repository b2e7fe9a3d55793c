/* The only way to memory: every allocation of the library passes here, so that a test can make the
 * n-th one fail. */
#ifndef CORNU_BASE_MEMORY_H
#define CORNU_BASE_MEMORY_H

#include <cornu/base.h>
#include <cornu/error.h>
#include <stdarg.h>

/* Zeroed memory, aligned to 16 bytes; NULL with CORNU_ENOMEM pending. Size 0 gives a valid
 * pointer. */
void *cornu_alloc_(size_t size);
/* count * size with the multiplication checked. */
void *cornu_alloc_array_(size_t count, size_t size);
/* Not zeroed, aligned to 64 bytes (a cache line, a vector). */
void *cornu_alloc_aligned_(size_t size);
/* Grows to `size` bytes; keeps min(old_size, size) bytes and zeroes the rest. On failure the old
 * block stays valid. */
void *cornu_realloc_(void *memory, size_t old_size, size_t size);
/* Says that a block is about to be written as a whole. Where the system can, it gives the block's
 * pages in one go, which takes less time than one after the other when each is first touched. */
void cornu_fill_soon_(void *memory, size_t size);
/* Frees what any function of this header gave. NULL is fine. */
void cornu_free_(void *memory);

/* NULL gives NULL without an error */
char *cornu_strdup_(const char *text);
char *cornu_format_(const char *format, ...) CORNU_PRINTF_(1, 2); /* printf to new memory */
char *cornu_vformat_(const char *format, va_list arguments);

/* Makes room for one more element in a growing array {items, count, capacity}: doubles.
 * CORNU_ENOMEM. */
cornu_status cornu_reserve_(void **items, size_t *capacity, size_t needed, size_t item_size);
#define CORNU_RESERVE_(items, capacity, needed)                                                    \
    cornu_reserve_((void **)&(items), &(capacity), (needed), sizeof *(items))

/* From here on a single block of this thread may have at most so many bytes, or fewer if it was so
 * before: a file of a few bytes can describe a model that fills any memory. 0 changes nothing. Give
 * what it returns to the end. */
uint64_t cornu_block_limit_begin_(uint64_t bytes);
void cornu_block_limit_end_(uint64_t before);

/* How many allocations were made since the program began; benchmarks and tests look at
 * differences. */
uint64_t cornu_allocation_count_(void);

#endif
