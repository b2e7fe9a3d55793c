/* The graph inside a functional model, and what the files of src/model share. */
#ifndef CORNU_MODEL_GRAPH_H
#define CORNU_MODEL_GRAPH_H

#include "base/map.h"
#include "model/model.h"
#include "tensor/tensor.h"

/* One value of a graph: which output of which call of which layer. Names and indices are those of
 * Keras' keras_history. */
typedef struct cornu_graph_slot {
    cornu_layer *layer;
    int node_index; /* among the calls of this layer in this graph, in the order they were made */
    size_t tensor_index;
    cornu_shape shape;
    cornu_dtype dtype;
} cornu_graph_slot;

/* One call of a layer. */
typedef struct cornu_graph_step {
    cornu_layer *layer; /* the model holds it */
    int node_index;
    int64_t depth;      /* longest way to an output, in calls */
    size_t input_count, output_count;
    size_t *inputs;     /* slots */
    size_t first_output;
    cJSON *args, *kwargs; /* of the file, or NULL */
    /* the last named_count inputs stand in `kwargs` */
    size_t named_count;
    /* in which order the layer takes the inputs: order[i] is the place in `inputs` */
    size_t *order;
    /* the last argument_count in this order are given by name: names and places in lists */
    cornu_call_argument *arguments;
    size_t argument_count;
} cornu_graph_step;

struct cornu_topology {
    cornu_graph_slot *slots; /* first the inputs of the model, then the results of the steps */
    size_t slot_count;
    cornu_graph_step *steps; /* each after those that feed it */
    size_t step_count;
    size_t input_count, output_count;
    size_t *outputs;         /* slots */
    size_t widest;           /* the largest number of inputs or outputs of a step */
    size_t most_arguments;   /* likewise, of arguments given by name */
    cornu_layer **layers;    /* in Keras' order: by depth, then as reached from the outputs */
    size_t layer_count;
    size_t owned; /* layers[owned ..] are references of the graph; those before, of the model */
};

/* ---- symbolic.c ---- */
/* Records a call. `inputs` are the positional ones, then those in `kwargs`. `args` and `kwargs` are
 * taken, also on failure; they may be NULL. The outputs belong to the scope. */
cornu_status cornu_symbolic_call_(
    cornu_layer *layer, cornu_tensor_list inputs, cJSON *args, cJSON *kwargs, cornu_tensor **outputs
);
/* The symbolic tensor of an InputLayer (taken if it is floating); belongs to the scope. */
cornu_tensor *cornu_symbolic_input_(cornu_layer *layer);
/* An InputLayer; *new*. `name` may be NULL. */
cornu_layer *cornu_input_layer_(const char *name, const cornu_shape *shape, cornu_dtype dtype);
bool cornu_is_input_layer_(const cornu_layer *layer);
/* Shape, with batch, and type that an InputLayer says. */
cornu_status
cornu_input_layer_spec_(const cornu_layer *layer, cornu_shape *shape, cornu_dtype *dtype);

/* ---- topology.c ---- */
/* The graph between inputs and outputs, with its layers named. */
cornu_status cornu_topology_new_(
    cornu_tensor_list inputs, cornu_tensor_list outputs, struct cornu_topology **graph
);
void cornu_topology_free_(struct cornu_topology *graph);

/* ---- functional.c ---- */
/* The structures are taken, also on failure; their leaves are in the order of the lists. */
cornu_model *cornu_functional_make_(
    cornu_tensor_list inputs, cornu_tensor_list outputs, cJSON *input_structure,
    cJSON *output_structure, const char *name
);

/* Names and numbers in the structures as they are now. */
cornu_status cornu_functional_refresh_(cornu_model *model);

/* ---- run.c ---- */
/* Calls a layer or model; masks[i] is the mask of outputs[i], or NULL. */
cornu_status cornu_call_masked_(
    cornu_layer *layer, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_tensor **masks
);
/* What cornu_model_run_masked_ does for each class; `masks` may be NULL. */
typedef cornu_status cornu_model_runner(
    cornu_model *model, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs, cornu_tensor **masks
);
cornu_model_runner cornu_sequential_run_, cornu_functional_run_, cornu_subclass_run_;

/* ---- members of the three classes ---- */
void cornu_model_destroy_(void *object);
size_t cornu_model_layer_output_count_(const cornu_layer *layer, const cornu_config *kwargs);
cornu_status cornu_model_get_config_(const void *object, cornu_config *config);
cornu_status cornu_model_call_(
    cornu_layer *self, cornu_tensor *const *inputs, const cornu_call_context *context,
    cornu_tensor **outputs
);

/* ---- sequential.c ---- */
/* The shape, with batch, that a model without input layer is built for; adds the input layer. */
cornu_status
cornu_sequential_set_input_(cornu_model *model, const cornu_shape *shape, cornu_dtype dtype);
/* Appends without building (cornu_sequential_settle_); taken. */
cornu_status cornu_sequential_append_(cornu_model *model, cornu_layer *layer);
/* Names the layers and builds the model if its input is known. */
cornu_status cornu_sequential_settle_(cornu_model *model);

/* ---- model.c ---- */
/* A model of one of the three classes, without contents; *new*. NULL for a name: from the class. */
cornu_model *cornu_model_make_(const cornu_layer_class *cls, const char *name);
/* Makes the arrays about inputs and outputs anew; zeroed. */
cornu_status cornu_model_set_counts_(cornu_model *model, size_t inputs, size_t outputs);
cornu_status cornu_model_error_context_(const cornu_model *model);

/* ---- names.c ---- */
/* Names the layers that have none ("dense", "dense_1", ...) in the order given, apart from one
 * another and from the names that were given. CORNU_EINVAL if two were given the same name. */
cornu_status cornu_name_layers_(cornu_layer *const *layers, size_t count);

/* ---- inputs.c ---- */
/* Inputs as the model wants them: type, and a last axis of size 1 more or less, as Keras allows;
 * CORNU_ESHAPE for others. `prepared` may be `inputs`. */
cornu_status cornu_model_prepare_inputs_(
    const cornu_model *model, cornu_tensor *const *inputs, size_t count, cornu_tensor **prepared
);

/* ---- call_arguments.c: tensors among the keyword arguments of a call ---- */
/* Visits the tensors in `kwargs` in the order of the inputs: keys as they stand, lists in order. */
cornu_status cornu_call_arguments_visit_(
    const cJSON *kwargs,
    cornu_status (*visit)(const cornu_call_argument *argument, cJSON *leaf, void *user), void *user
);
/* A *new* list of them, without tensors; the names are those in `kwargs`. */
cornu_status cornu_call_arguments_(
    const cJSON *kwargs, cornu_call_argument **arguments, size_t *count
);
/* Keras lets a call name what it mostly gets by position: attention(query=q, value=v). Such
 * arguments leave the list, and order[0 .. count-1] says where each of the inputs stands that the
 * layer takes: positional ones, then those which stay named. `args` and `kwargs` are the call as a
 * file has it; CORNU_EINVAL if they name inputs that a model has not. */
cornu_status cornu_call_arguments_settle_(
    const cornu_layer *layer, size_t count, const cJSON *args, const cJSON *kwargs,
    cornu_call_argument *arguments, size_t *argument_count, size_t *order
);
/* Adds the arguments to `kwargs` as tensors to be filled in. */
cornu_status cornu_call_arguments_put_(
    cJSON *kwargs, const cornu_call_argument *arguments, size_t count
);

/* ---- call_dict.c: layers that Keras calls with a dict of images and labels ---- */
/* Turns the arguments of a file into those of a call here. CORNU_EUNSUPPORTED for a dict that the
 * layer does not take. */
cornu_status cornu_call_from_dict_(const cornu_layer *layer, cJSON *args, cJSON *kwargs);
/* And back: `call` holds "args" and "kwargs". */
cornu_status cornu_call_to_dict_(const cornu_layer *layer, cJSON *call);

/* ---- operation.c: x + 1 on symbolic tensors, which is no layer ---- */
bool cornu_is_operation_(const cornu_layer *layer);
/* Whether a serialised object is one (keras.src.ops...), and whether its class is known. */
bool cornu_is_operation_config_(const cJSON *object);
bool cornu_operation_known_(const cJSON *object);
cornu_layer *cornu_operation_read_(const cJSON *object); /* *new* */
cJSON *cornu_operation_write_(const cornu_layer *operation);
/* Before a call: an operation learns how many results it has. Others are left alone. */
cornu_status cornu_operation_settle_(cornu_layer *layer, cornu_tensor_list inputs);

/* ---- call_config.c ---- */
/* {"args": [...], "kwargs": {...}}, as in inbound_nodes; *new*. */
cJSON *cornu_call_config_(const struct cornu_topology *graph, const cornu_graph_step *step);
/* How many of the inputs of a layer whose class has `arguments` have a name of their own; those
 * after them share one. */
size_t cornu_inputs_with_names_(const cornu_layer *layer, size_t count);
bool cornu_is_tensor_config_(const cJSON *json); /* {"class_name": "__keras_tensor__", ...} */
/* Sizes, null for -1; *new*. */
cJSON *cornu_shape_config_(const cornu_shape *shape);

/* ---- config.c ---- */
/* Layers that Keras builds when they are made. */
bool cornu_built_when_made_(const cornu_layer *layer);

/* ---- deserialize.c ---- */
/* What is kept while a file is read. */
typedef struct cornu_model_reader {
    cornu_map shared; /* shared_object_id as text -> layer; borrowed */
} cornu_model_reader;
/* A layer or a model; *new*. */
cornu_layer *cornu_read_layer_(cornu_model_reader *reader, const cJSON *object);
/* ---- deserialize_functional.c ---- */
cornu_model *cornu_read_functional_(cornu_model_reader *reader, const cJSON *config);

/* ---- shapes.c: what the layers of a model give, for summary and pictures ---- */
/* "(None, 10)", or "[(None, 4), (None, 2)]" for several outputs, or "?"; *new*. */
char *cornu_layer_shape_text_(const cornu_model *model, size_t layer);
/* "Low" of "MyPackage>Low". */
const char *cornu_plain_class_name_(const cornu_layer *layer);
/* Whether a functional model is a chain, which is drawn without connections. */
bool cornu_graph_is_chain_(const struct cornu_topology *graph);

/* ---- structure.c: nested lists and dicts as JSON; leaves are ["layer", node, tensor] ---- */
bool cornu_structure_is_leaf_(const cJSON *json);
/* Visits leaves as Keras flattens: lists in order, dicts by sorted keys. */
cornu_status cornu_structure_visit_(
    cJSON *structure, bool (*is_leaf)(const cJSON *),
    cornu_status (*visit)(cJSON *leaf, void *user), void *user
);
/* A leaf for one, a list for several, a dict if there are keys; *new*. order[i] is the place of the
 * i-th in flattened order. */
cJSON *cornu_structure_new_(size_t count, const char *const *keys, size_t *order);
/* {"item": value} or an element; takes `value`, NULL is out of memory. */
cornu_status cornu_json_put_(cJSON *parent, const char *key, cJSON *value);

#endif
