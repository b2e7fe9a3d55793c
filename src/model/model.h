/* The inside of a model, for the files of src/model, and for src/save and src/train above it. */
#ifndef CORNU_MODEL_MODEL_H
#define CORNU_MODEL_MODEL_H

#include "base/object.h"
#include "nn/layer.h"
#include <cornu/data.h>
#include <cornu/model.h>

/* One call of a layer (or model) on symbolic tensors. Reference-counted: the tensors that it
 * made hold it, and it holds its layer and, by its inputs, the calls before it. */
typedef struct cornu_graph_call {
    cornu_object object;
    uint64_t serial; /* calls made later have larger ones */
    cornu_layer *layer;
    size_t input_count, output_count;
    cornu_tensor **inputs; /* symbolic */
    /* as recorded in the file, with __keras_tensor__ leaves; NULL when made by the C API */
    cJSON *args, *kwargs;
} cornu_graph_call;

/* How a symbolic tensor came about: tensor->history. Call and index are the tensor's identity. */
typedef struct cornu_symbolic {
    cornu_graph_call *call;
    size_t tensor_index;
} cornu_symbolic;

/* What src/train keeps about a compiled model; opaque here. */
struct cornu_training;
struct cornu_compiled_steps;

struct cornu_model {
    cornu_layer base;                /* sublayers with attribute NULL are the container "layers" */
    struct cornu_topology *graph;       /* functional: calls in an order that can be run */
    cornu_layer *input_layer;        /* sequential: not among the layers, but first in the config */
    bool named;                      /* its name was given, not made */
    size_t input_count, output_count;
    cornu_shape *input_shapes;       /* with batch; NULL until built */
    cornu_dtype *input_dtypes;
    char **input_names;
    cornu_shape *output_shapes;
    char **output_names;             /* of the layers that make them, as in Keras' logs */
    /* functional: input_layers, output_layers as in the config (lists, dicts, nested) */
    cJSON *input_structure, *output_structure;
    cornu_subclass_args subclass;    /* of a model around a user's function */
    struct cornu_training *training; /* NULL: not compiled */
    /* the traced steps, src/train's as well; NULL until the first one */
    _Atomic(struct cornu_compiled_steps *) compiled;
    struct cornu_step_hooks *hooks; /* of src/train too; NULL: none */
    uint64_t block_limit; /* bytes at once when it computes, if its file is not trusted; 0: any */
    bool stop_training; /* asked for by a callback */
    bool validates;     /* a fit with validation data is running */
    const cornu_batch *batch; /* that fit is training on; NULL at other times */
};

extern const cornu_layer_class cornu_sequential_class_, cornu_functional_class_,
    cornu_subclass_class_;
bool cornu_layer_is_model_(const cornu_layer *layer);

/* Runs the model on inputs in flattened order. */
cornu_status cornu_model_run_(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);

/* The same, with the masks of the outputs (NULL where there is none) for losses and metrics. They
 * belong to the scope. `masks` may be NULL. */
cornu_status cornu_model_run_masked_(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_tensor **masks
);

/* Config, both ways (config.c, deserialize.c). `cornu_model_from_config_` takes the whole
 * serialised object {"class_name": "Sequential", "config": ...} and lists every unknown class at
 * once. */
cJSON *cornu_model_serialize_(cornu_model *model);
cornu_model *cornu_model_from_config_(const cJSON *object);
/* Makes a layer or a model of a serialised object. */
cornu_layer *cornu_layer_or_model_from_config_(const cJSON *object);

/* What save needs of training without including it; defined in src/train/compile_config.c. */
typedef struct cornu_training_class {
    void (*destroy)(struct cornu_training *training);
    void (*destroy_steps)(struct cornu_compiled_steps *steps);
    void (*destroy_hooks)(struct cornu_step_hooks *hooks);
    /* NULL without an error: not compiled */
    cJSON *(*compile_config)(cornu_model *model);
    /* unknown classes: CORNU_EUNKNOWN */
    cornu_status (*compile_from_config)(cornu_model *model, const cJSON *config);
    cornu_optimizer *(*optimizer)(const cornu_model *model);
    /* Trains on one batch, again and again; losses[i] is what step i told. CORNU_ESTATE: not
     * compiled */
    cornu_status (*train_steps)(
        cornu_model *model, cornu_tensor_list inputs, cornu_tensor_list targets, float *losses,
        int64_t steps
    );
} cornu_training_class;
extern const cornu_training_class cornu_training_class_;

#endif
