/* What the files that speak to libhdf5 share. */
#ifndef CORNU_SAVE_HDF5_TYPES_H
#define CORNU_SAVE_HDF5_TYPES_H

#include "save/hdf5.h"
#include "save/hdf5_remote.h"
#include <hdf5.h>

struct cornu_h5 {
    hid_t file;              /* 0: `remote` has it */
    cornu_input *input;      /* where it is read from; NULL: it is written */
    cornu_h5_remote *remote; /* NULL: libhdf5 works in this process */
    struct cornu_h5 *next;   /* a further shard; NULL: none */
};

/* An identifier that is closed at the end of its block; negative ones are left alone. */
#define CORNU_H5_ID __attribute__((cleanup(cornu_h5_close_id_))) hid_t
void cornu_h5_close_id_(hid_t *id);

/* The library is built without thread safety as a rule, prints errors, and loads plugins that a
 * file asks for: between enter and leave this thread has it alone, silent and without plugins. */
typedef struct cornu_h5_guard {
    H5E_auto2_t handler;
    void *handler_data;
    unsigned plugins;
} cornu_h5_guard;
void cornu_h5_prepare_(void); /* loads the library; enter does so too */
void cornu_h5_enter_(cornu_h5_guard *guard);
void cornu_h5_leave_(const cornu_h5_guard *guard);

/* Why the last call failed, in the library's words: right after the call. */
enum { CORNU_H5_REASON_SIZE = 128 };
const char *cornu_h5_reason_(char text[CORNU_H5_REASON_SIZE]);

/* Access properties by which libhdf5 reads this input; negative on failure. The guard is held. */
hid_t cornu_h5_driven_(cornu_input *input);

/* Opens what a path names, step by step, since the library itself would follow links of any kind.
 * Close *object; -1: nothing there. The caller holds the guard. */
cornu_status cornu_h5_open_path_(hid_t file, const char *path, hid_t *object);

/* The type of a dataset as h5py writes it for Keras; negative on failure. Close it. */
hid_t cornu_h5_file_type_(cornu_dtype dtype);
/* The tensor type that holds what a file's type holds, and the type to read it by (close it). False
 * for types that weights do not have. */
bool cornu_h5_tensor_type_(hid_t stored, cornu_dtype *dtype, hid_t *memory);

#endif
