/* What does not fit when weights are read. */
#include "save/misfits.h"

#include "base/memory.h"

#include <string.h>

enum { text_limit = 520 /* what a message has room for */ };

cornu_status cornu_misfits_add_(cornu_misfits *misfits, bool shape, const char *what) {
    if (!what) return CORNU_ENOMEM;
    misfits->count++;
    misfits->other_than_shapes = misfits->other_than_shapes || !shape;
    if (misfits->text.length + strlen(what) >= text_limit && misfits->told > 0) return CORNU_OK;
    cornu_text_format_(&misfits->text, "%s%s", misfits->told ? "; " : "", what);
    misfits->told++;
    return misfits->text.status;
}

cornu_status cornu_misfits_verdict_(const cornu_misfits *misfits) {
    if (misfits->count == 0) return CORNU_OK;
    size_t untold = misfits->count - misfits->told;
    cornu_status status = misfits->other_than_shapes ? CORNU_EFORMAT : CORNU_ESHAPE;
    if (untold == 0) CORNU_FAIL(status, "%s", misfits->text.data);
    CORNU_FAIL(status, "%s; and %zu more", misfits->text.data, untold);
}

void cornu_misfits_free_(cornu_misfits *misfits) { cornu_text_free_(&misfits->text); }

cornu_status cornu_misfit_of_(
    const cornu_tensor *variable, const char *place, const cornu_shape *shape, cornu_dtype dtype,
    char **what, bool *is_shape
) {
    const cornu_shape *wanted = cornu_tensor_shape(variable);
    cornu_dtype wanted_dtype = cornu_tensor_dtype(variable);
    const char *name = cornu_variable_name(variable);
    char a[256], b[256];
    *what = NULL;
    *is_shape = false;
    if (!shape) {
        *what = cornu_format_(
            "'%s' (%s) of shape %s is missing", name, place, cornu_shape_format(wanted, a, sizeof a)
        );
    } else if (!cornu_shape_equal(wanted, shape)) {
        *is_shape = true;
        *what = cornu_format_(
            "'%s' (%s): expected shape %s, found %s", name, place,
            cornu_shape_format(wanted, a, sizeof a), cornu_shape_format(shape, b, sizeof b)
        );
    } else if (!cornu_dtype_is_float(wanted_dtype) && cornu_dtype_is_float(dtype)) {
        *what = cornu_format_(
            "'%s' (%s): expected %s, found %s", name, place, cornu_dtype_name(wanted_dtype),
            cornu_dtype_name(dtype)
        );
    } else {
        return CORNU_OK;
    }
    return *what ? CORNU_OK : CORNU_ENOMEM;
}
