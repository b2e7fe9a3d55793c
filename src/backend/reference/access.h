/* Elements of any type as double or int64, in runs: element k of a run stands at `offset + k *
 * stride`.
 *
 * Conversions are those of cornu_convert_: float to integer truncates and clamps, NaN gives 0; to
 * bool: != 0; to a narrower float: nearest, ties to even (to 16 bits by way of float32); between
 * integers: the low bits. */
#ifndef CORNU_BACKEND_REFERENCE_ACCESS_H
#define CORNU_BACKEND_REFERENCE_ACCESS_H

#include <cornu/tensor.h>

typedef struct cornu_run {
    cornu_dtype dtype;
    void *data;
    int64_t offset, stride; /* elements */
    int64_t count;
} cornu_run;

void cornu_load_double_(const cornu_run *run, double *values);
void cornu_load_int_(const cornu_run *run, int64_t *values);
void cornu_store_double_(const cornu_run *run, const double *values);
void cornu_store_int_(const cornu_run *run, const int64_t *values);

/* One element. */
double cornu_load_double_at_(cornu_dtype dtype, const void *data, int64_t index);
int64_t cornu_load_int_at_(cornu_dtype dtype, const void *data, int64_t index);
void cornu_store_double_at_(cornu_dtype dtype, void *data, int64_t index, double value);
void cornu_store_int_at_(cornu_dtype dtype, void *data, int64_t index, int64_t value);

#endif
