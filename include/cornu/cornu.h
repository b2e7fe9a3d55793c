/* Everything of cornu: tensors, layers, models, training, data, files. */
#ifndef CORNU_CORNU_H
#define CORNU_CORNU_H

#include <cornu/base.h>
#include <cornu/callbacks.h>
#include <cornu/constraints.h>
#include <cornu/data.h>
#include <cornu/error.h>
#include <cornu/export.h>
#include <cornu/events.h>
#include <cornu/extend.h>
#include <cornu/http.h>
#include <cornu/initializers.h>
#include <cornu/layers.h>
#include <cornu/logs.h>
#include <cornu/losses.h>
#include <cornu/metrics.h>
#include <cornu/model.h>
#include <cornu/ops.h>
#include <cornu/optimizers.h>
#include <cornu/profile.h>
#include <cornu/random.h>
#include <cornu/regularizers.h>
#include <cornu/save.h>
#include <cornu/scope.h>
#include <cornu/sequences.h>
#include <cornu/state.h>
#include <cornu/tape.h>
#include <cornu/tensor.h>
#include <cornu/threads.h>
#include <cornu/train.h>

#endif
