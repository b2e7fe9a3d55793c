#include "export/export.h"
cornu_status cornu_export_onnx_(cornu_model *model, const cornu_export_args *args) {
    (void)model, (void)args;
    CORNU_FAIL(CORNU_EUNSUPPORTED, "ONNX");
}
