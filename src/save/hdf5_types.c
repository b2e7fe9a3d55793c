/* libhdf5's lock, error texts and number types.
 * The types are h5py's: little-endian IEEE numbers, bool as an enum of FALSE and TRUE over int8,
 * bfloat16 as two opaque bytes. */
#include "save/hdf5_types.h"

#include "base/thread.h"

#include <stdio.h>
#include <stdlib.h>

static cornu_mutex lock = CORNU_MUTEX_INIT;

void cornu_h5_close_id_(hid_t *id) {
    if (*id > 0) (void)H5Idec_ref(*id); /* closes whatever it names */
}

/* After a damaged file the library may find at exit that it cannot free all it holds, and says so
 * on standard error unless it is told not to. It registers its own end when it is opened, so that
 * this comes before it. */
static void silence(void) { (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL); }

static void prepare(void) {
    if (H5open() >= 0) (void)atexit(silence);
}

void cornu_h5_prepare_(void) {
    static cornu_once once = CORNU_ONCE_INIT;
    cornu_call_once_(&once, prepare);
}

void cornu_h5_enter_(cornu_h5_guard *guard) {
    cornu_mutex_lock_(&lock);
    cornu_h5_prepare_();
    *guard = (cornu_h5_guard){0};
    (void)H5Eget_auto2(H5E_DEFAULT, &guard->handler, &guard->handler_data);
    (void)H5Eset_auto2(H5E_DEFAULT, NULL, NULL);
    if (H5PLget_loading_state(&guard->plugins) >= 0) (void)H5PLset_loading_state(0);
}

void cornu_h5_leave_(const cornu_h5_guard *guard) {
    (void)H5PLset_loading_state(guard->plugins);
    (void)H5Eclear2(H5E_DEFAULT);
    (void)H5Eset_auto2(H5E_DEFAULT, guard->handler, guard->handler_data);
    cornu_mutex_unlock_(&lock);
}

/* The innermost failure comes first; the rest says the same more vaguely. */
static herr_t first_reason(unsigned index, const H5E_error2_t *error, void *user) {
    if (index == 0 && error->desc) {
        (void)snprintf(user, CORNU_H5_REASON_SIZE, "%s", error->desc);
    }
    return 0;
}

const char *cornu_h5_reason_(char text[CORNU_H5_REASON_SIZE]) {
    (void)snprintf(text, CORNU_H5_REASON_SIZE, "HDF5 gives no reason");
    (void)H5Ewalk2(H5E_DEFAULT, H5E_WALK_UPWARD, first_reason, text);
    return text;
}

/* IEEE half precision has no name in libhdf5 before 1.14.4. */
static hid_t half_type(bool big_endian) {
    hid_t type = H5Tcopy(big_endian ? H5T_IEEE_F32BE : H5T_IEEE_F32LE);
    if (type < 0) return type;
    bool made = H5Tset_fields(type, 15, 10, 5, 0, 10) >= 0 && H5Tset_size(type, 2) >= 0 &&
                H5Tset_ebias(type, 15) >= 0;
    if (made) return type;
    cornu_h5_close_id_(&type);
    return -1;
}

static hid_t bool_type(void) {
    hid_t type = H5Tenum_create(H5T_STD_I8LE);
    if (type < 0) return type;
    const int8_t no = 0, yes = 1;
    if (H5Tenum_insert(type, "FALSE", &no) >= 0 && H5Tenum_insert(type, "TRUE", &yes) >= 0) {
        return type;
    }
    cornu_h5_close_id_(&type);
    return -1;
}

hid_t cornu_h5_file_type_(cornu_dtype dtype) {
    switch (dtype) {
    case CORNU_FLOAT32:
        return H5Tcopy(H5T_IEEE_F32LE);
    case CORNU_FLOAT64:
        return H5Tcopy(H5T_IEEE_F64LE);
    case CORNU_FLOAT16:
        return half_type(false);
    case CORNU_BFLOAT16:
        return H5Tcreate(H5T_OPAQUE, 2);
    case CORNU_INT8:
        return H5Tcopy(H5T_STD_I8LE);
    case CORNU_INT16:
        return H5Tcopy(H5T_STD_I16LE);
    case CORNU_INT32:
        return H5Tcopy(H5T_STD_I32LE);
    case CORNU_INT64:
        return H5Tcopy(H5T_STD_I64LE);
    case CORNU_UINT8:
        return H5Tcopy(H5T_STD_U8LE);
    case CORNU_BOOL:
        return bool_type();
    default:
        return -1;
    }
}

/* Numbers of the machine's own kind to read by. */
static hid_t memory_type(cornu_dtype dtype) {
    switch (dtype) {
    case CORNU_FLOAT32:
        return H5Tcopy(H5T_NATIVE_FLOAT);
    case CORNU_FLOAT64:
        return H5Tcopy(H5T_NATIVE_DOUBLE);
    case CORNU_FLOAT16:
        return half_type(H5Tget_order(H5T_NATIVE_FLOAT) == H5T_ORDER_BE);
    case CORNU_INT8:
        return H5Tcopy(H5T_NATIVE_INT8);
    case CORNU_INT16:
        return H5Tcopy(H5T_NATIVE_INT16);
    case CORNU_INT32:
        return H5Tcopy(H5T_NATIVE_INT32);
    case CORNU_INT64:
        return H5Tcopy(H5T_NATIVE_INT64);
    case CORNU_UINT8:
        return H5Tcopy(H5T_NATIVE_UINT8);
    default:
        return -1;
    }
}

/* Types are compared whole, not by class and size: a damaged file can declare a float with bits
 * that overlap. */
static bool number_type(hid_t stored, cornu_dtype *dtype) {
    CORNU_H5_ID half_little = half_type(false);
    CORNU_H5_ID half_big = half_type(true);
    const struct {
        hid_t type;
        cornu_dtype dtype; /* unsigned ones go to the next larger type that there is */
    } known[] = {
        {H5T_IEEE_F32LE, CORNU_FLOAT32}, {H5T_IEEE_F32BE, CORNU_FLOAT32},
        {H5T_IEEE_F64LE, CORNU_FLOAT64}, {H5T_IEEE_F64BE, CORNU_FLOAT64},
        {half_little, CORNU_FLOAT16},    {half_big, CORNU_FLOAT16},
        {H5T_STD_I8LE, CORNU_INT8},      {H5T_STD_I8BE, CORNU_INT8},
        {H5T_STD_I16LE, CORNU_INT16},    {H5T_STD_I16BE, CORNU_INT16},
        {H5T_STD_I32LE, CORNU_INT32},    {H5T_STD_I32BE, CORNU_INT32},
        {H5T_STD_I64LE, CORNU_INT64},    {H5T_STD_I64BE, CORNU_INT64},
        {H5T_STD_U8LE, CORNU_UINT8},     {H5T_STD_U8BE, CORNU_UINT8},
        {H5T_STD_U16LE, CORNU_INT32},    {H5T_STD_U16BE, CORNU_INT32},
        {H5T_STD_U32LE, CORNU_INT64},    {H5T_STD_U32BE, CORNU_INT64},
        {H5T_STD_U64LE, CORNU_INT64},    {H5T_STD_U64BE, CORNU_INT64},
    };
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (H5Tequal(stored, known[i].type) > 0) return *dtype = known[i].dtype, true;
    }
    return false;
}

bool cornu_h5_tensor_type_(hid_t stored, cornu_dtype *dtype, hid_t *memory) {
    *memory = -1;
    switch (H5Tget_class(stored)) {
    case H5T_INTEGER:
    case H5T_FLOAT:
        if (!number_type(stored, dtype)) return false;
        *memory = memory_type(*dtype);
        break;
    case H5T_ENUM: /* bytes, of which 0 is false */
        if (H5Tget_size(stored) != 1) return false;
        *dtype = CORNU_BOOL;
        *memory = H5Tcopy(stored);
        break;
    case H5T_OPAQUE:
        if (H5Tget_size(stored) != 2) return false;
        *dtype = CORNU_BFLOAT16;
        *memory = H5Tcopy(stored);
        break;
    default:
        return false;
    }
    return *memory >= 0;
}
