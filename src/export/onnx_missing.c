/* Takes the place of onnx.c in a build without protobuf-c. */
#include "export/export.h"

cornu_status cornu_export_onnx_(cornu_model *model, const cornu_export_args *args) {
    (void)model;
    CORNU_FAIL(
        CORNU_EUNSUPPORTED, "'%s': this build has no protobuf-c and cannot write ONNX", args->path
    );
}
