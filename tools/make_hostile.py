#!/usr/bin/env python3
"""Writes tests/save/hostile/: one small file for each way in which Keras' loaders were attacked, and some ways of their
neighbours. test_hostile.c says what must be told for each. Needs numpy and h5py.

    tools/make_hostile.py [FOLDER]
"""
import gzip
import io
import json
import struct
import sys
import zipfile
from pathlib import Path

import h5py
import numpy as np

FOLDER = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent / "tests/save/hostile")
DATE = (1980, 1, 1, 0, 0, 0)


# ---- a model that is in order: [None, 4] -> Dense(3) ----------------------------------------------------------------
def layer(class_name, config, module="keras.layers", registered=None):
    return {"module": module, "class_name": class_name, "config": config, "registered_name": registered}


def dense(**changes):
    return layer("Dense", {"name": "dense", "trainable": True, "dtype": "float32", "units": 3, "activation": "linear",
                           "use_bias": True, **changes})


def model(*layers, width=4, **config):
    first = layer("InputLayer", {"name": "input_layer", "batch_shape": [None, width], "dtype": "float32"})
    return {"module": "keras", "class_name": "Sequential", "registered_name": None,
            "config": {"name": "sequential", "trainable": True, "dtype": "float32", "layers": [first, *layers],
                       **config}}


def weights(edit=None, **options):
    """The bytes of the weights file; edit(file) changes it before it is closed."""
    memory = io.BytesIO()
    with h5py.File(memory, "w", **options) as file:
        variables = file.create_group("layers/dense/vars")
        variables.attrs["name"] = "dense"
        variables.create_dataset("0", data=np.arange(12, dtype="f4").reshape(4, 3))
        variables.create_dataset("1", data=np.zeros(3, "f4"))
        file.create_group("vars").attrs["name"] = "sequential"
        if edit:
            edit(file)
    return memory.getvalue()


def member(archive, name, data, method=zipfile.ZIP_STORED, mode=0o600):
    info = zipfile.ZipInfo(name, DATE)
    info.compress_type = method
    info.external_attr = mode << 16
    archive.writestr(info, data)


def keras(name, config=None, h5=None, more=(), text=None, method=zipfile.ZIP_STORED, config_mode=0o600):
    """A .keras archive; `more`: members (name, bytes) besides."""
    with zipfile.ZipFile(FOLDER / f"{name}.keras", "w") as archive:
        member(archive, "metadata.json", '{"keras_version": "3.16.0", "date_saved": "2025-01-01@00:00:00"}')
        member(archive, "config.json", json.dumps(config or model(dense())) if text is None else text,
               mode=config_mode)
        if h5 is not False:
            member(archive, "model.weights.h5", h5 or weights(), method)
        for other, data in more:
            member(archive, other, data)


# ---- configs that want code run or files read -----------------------------------------------------------------------
CODE = "4wEAAAAAAAAAAAAAAAEAAAADAAAA8wYAAACXAHwAUwCpAU7pAAAAAKkA"  # marshalled bytecode, as Keras 3 writes it


def configs():
    keras("control")
    lambda_code = {"class_name": "__lambda__", "config": {"code": CODE, "defaults": None, "closure": None}}
    keras("lambda_layer", model(layer("Lambda", {"name": "lambda", "function": lambda_code}), dense()))
    keras("lambda_safe_mode_null", model(layer("Lambda", {"name": "lambda", "function": lambda_code,
                                                          "safe_mode": None}), dense(), safe_mode=None))
    keras("lambda_activation", model(dense(activation=lambda_code)))
    keras("yaml", text="!!python/object/apply:os.system ['touch owned']\n")
    keras("any_module", model(layer("system", {"command": "touch owned"}, "os"), dense()))
    keras("any_module_model", {"module": "builtins", "class_name": "eval", "registered_name": None,
                               "config": {"source": "open('owned', 'w')"}})
    download = layer("function", "get_file", "keras.utils", "get_file")
    keras("gadget_get_file", model(dense(activation=download)))
    keras("gadget_initializer", model(dense(kernel_initializer=download)))
    unsafe = layer("function", "enable_unsafe_deserialization", "keras.config", "enable_unsafe_deserialization")
    keras("unsafe_deserialization", model(dense(activation=unsafe)))
    keras("unsafe_deserialization_layer",
          model(layer("enable_unsafe_deserialization", {}, "keras.config"), dense()))
    for kind in ("StringLookup", "IntegerLookup", "TextVectorization"):
        short = {"StringLookup": "string", "IntegerLookup": "integer", "TextVectorization": "text"}[kind]
        keras(f"vocabulary_path_{short}", model(layer(kind, {"name": "lookup", "vocabulary": "/etc/passwd"}), dense()))
    keras("vocabulary_url", model(layer("StringLookup", {"name": "lookup",
                                                         "vocabulary": "http://127.0.0.1:9/words.txt"}), dense()))
    keras("torch_module", model(layer("TorchModuleWrapper", {"name": "torch", "module": {
        "class_name": "__bytes__", "config": {"value": CODE}}}), dense()))
    keras("tfsm_layer", model(layer("TFSMLayer", {"name": "tfsm", "filepath": "/tmp/saved_model"}), dense()))
    keras("jax_layer", model(layer("JaxLayer", {"name": "jax", "call_fn": lambda_code}), dense()))
    keras("deep_json", text='{"a":' * 5000 + "1" + "}" * 5000)
    keras("another_dense", model({**dense(), "module": "mine.layers"}))
    keras("huge_output", model(layer("RepeatVector", {"name": "repeat_vector", "n": 1 << 28})))
    keras("huge_units", model(dense(units=1 << 30)))
    keras("huge_units_product", model(dense(units=1 << 61), width=1 << 40))
    for name, units in {"inf": "1e400", "nan": "NaN", "digits": "9" * 400, "fraction": "2.5", "true": "true",
                        "64_bits": str(1 << 63)}.items():
        keras(f"units_{name}", text=json.dumps(model(dense())).replace('"units": 3', f'"units": {units}'))
    keras("name_steers_terminal", model(dense(activation="re\nlu\x1b[2J")))
    keras("layers_of_junk", model(None, 3, "x"))
    keras("repeats_names", model(dense(), dense()))
    keras("wrappers", model(wrapped(200)))
    keras("layer_name_leaves_folder", model(dense(name="../../owned")))


def wrapped(depth):
    inner = dense()
    for i in range(depth):
        inner = layer("TimeDistributed", {"name": f"wrapper_{i}", "layer": inner})
    return inner


# ---- graphs that are none -------------------------------------------------------------------------------------------
def tensor(name, node=0, index=0):
    return {"class_name": "__keras_tensor__", "config": {"shape": [None, 4], "dtype": "float32",
                                                         "keras_history": [name, node, index]}}


def step(name, *inputs):
    made = layer("Activation", {"name": name, "activation": "relu"})
    return {**made, "name": name, "inbound_nodes": [{"args": list(inputs), "kwargs": {}}]}


def graph(*layers, output=("a", 0, 0), inputs=(("x", 0, 0),)):
    first = layer("InputLayer", {"name": "x", "batch_shape": [None, 4], "dtype": "float32"})
    config = {"name": "graph", "trainable": True, "layers": [{**first, "name": "x", "inbound_nodes": []}, *layers],
              "input_layers": [list(one) for one in inputs], "output_layers": [list(output)]}
    return {"module": "keras", "class_name": "Functional", "registered_name": None, "config": config}


def graphs():
    keras("graph_cycle", graph(step("a", tensor("b")), step("b", tensor("a"))))
    keras("graph_no_output", graph(step("a", tensor("x")), output=("nothing", 0, 0)))
    keras("graph_output_node", graph(step("a", tensor("x")), output=("a", 1e300, 0)))
    keras("graph_output_index", graph(step("a", tensor("x")), output=("a", 0, -1)))
    keras("graph_repeats_names", graph(step("a", tensor("x")), step("a", tensor("x"))))
    keras("graph_no_inputs", graph(step("a", tensor("x")), inputs=()))
    keras("graph_input_node", graph(step("a", tensor("x", 99, 7))))
    keras("graph_text_as_input", graph(step("a", "x")))
    keras("graph_no_history", graph(step("a", {"class_name": "__keras_tensor__", "config": {}})))
    doubled, last = [], "x"
    for i in range(60):
        made = layer("Concatenate", {"name": f"c{i}", "axis": -1})
        doubled.append({**made, "name": f"c{i}", "inbound_nodes": [{"args": [[tensor(last), tensor(last)]],
                                                                    "kwargs": {}}]})
        last = f"c{i}"
    keras("graph_doubles", graph(*doubled, output=(last, 0, 0)))


def legacy_lambda():
    memory = io.BytesIO()
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
        {"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [None, 4], "dtype": "float32"}},
        {"class_name": "Lambda", "config": {"name": "lambda", "function": [CODE, None, None],
                                            "function_type": "lambda", "module": "__main__"}}]}}
    with h5py.File(memory, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        file.attrs["keras_version"] = "2.12.0"
        file.attrs["backend"] = "tensorflow"
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([b"i", b"lambda"])
        for name in ("i", "lambda"):
            group.create_group(name).attrs["weight_names"] = np.zeros(0)
    (FOLDER / "legacy_lambda.h5").write_bytes(memory.getvalue())


def legacy_list():
    """Names of a byte each that all cost a look into the file."""
    memory = io.BytesIO()
    config = {"class_name": "Sequential", "config": {"name": "sequential", "layers": [
        {"class_name": "InputLayer", "config": {"name": "i", "batch_input_shape": [None, 4], "dtype": "float32"}},
        {"class_name": "Dense", "config": {"name": "d", "units": 3}}]}}
    with h5py.File(memory, "w") as file:
        file.attrs["model_config"] = json.dumps(config)
        group = file.create_group("model_weights")
        group.attrs["layer_names"] = np.array([b"i", b"d"])
        group.create_group("i").attrs["weight_names"] = np.zeros(0)
        dense_group = group.create_group("d")
        dense_group.create_dataset("k", data=np.ones((4, 3), "f4"))
        dense_group.attrs["weight_names"] = np.array([b"k"] * 20000)
    (FOLDER / "legacy_list.h5").write_bytes(memory.getvalue())


# ---- archives -------------------------------------------------------------------------------------------------------
def twice(name):
    keras(name)
    with zipfile.ZipFile(FOLDER / f"{name}.keras", "a") as archive:
        member(archive, "config.json", json.dumps(model(dense())))


def archives():
    keras("member_dotdot", more=[("../owned", b"x"), ("assets/../../owned", b"x")])
    keras("member_absolute", more=[("/tmp/cornu_owned", b"x")])
    keras("asset_of_layer", model(dense(name="../../owned")), more=[("assets/../../owned/vocabulary.txt", b"x")])
    keras("config_is_link", text="/etc/passwd", config_mode=0o120777)
    keras("bomb_weights", h5=weights() + bytes(80 << 20), method=zipfile.ZIP_DEFLATED)
    with zipfile.ZipFile(FOLDER / "bomb_config.keras", "w") as archive:
        member(archive, "config.json", b" " * (48 << 20), zipfile.ZIP_DEFLATED)
        member(archive, "model.weights.h5", weights())
    twice("two_configs")
    keras("bzip2", method=zipfile.ZIP_BZIP2)
    keras("encrypted")
    path = FOLDER / "encrypted.keras"
    data = bytearray(path.read_bytes())
    for mark, flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        data[data.rindex(mark) + flags] |= 1
    path.write_bytes(data)
    keras("pickled_weights", h5=False, more=[("model.weights.npz", b"x")])
    keras("no_weights", h5=False)
    # the sizes in the central directory say 4 GB
    keras("huge_size")
    path = FOLDER / "huge_size.keras"
    data = bytearray(path.read_bytes())
    at = data.rindex(b"PK\1\2")  # the last entry: the weights
    struct.pack_into("<I", data, at + 24, 0xfffffff0)
    path.write_bytes(data)


# ---- HDF5 -----------------------------------------------------------------------------------------------------------
def replace(make, what="layers/dense/vars/0"):
    def edit(file):
        del file[what]
        make(file, what)
    return edit


def huge_contiguous(file, what):
    # declared, never written: contiguous storage is allocated late
    space = h5py.h5s.create_simple((1 << 20, 1 << 20))
    properties = h5py.h5p.create(h5py.h5p.DATASET_CREATE)
    properties.set_alloc_time(h5py.h5d.ALLOC_TIME_LATE)
    h5py.h5d.create(file.id, what.encode(), h5py.h5t.IEEE_F32LE, space, properties)


def huge_chunked(file, what):
    file.create_dataset(what, shape=(1 << 20, 1 << 20), chunks=(64, 64), dtype="f4", compression="gzip")


def huge_chunk(file, what):
    file.create_dataset(what, shape=(4, 3), maxshape=(None, None), chunks=(1 << 14, 1 << 14), dtype="f4",
                        compression="gzip")


def wrapping_shape(file, what):
    file.create_dataset(what, shape=(1 << 33, 1 << 31), chunks=(64, 64), dtype="f4")


def virtual(file, what):
    layout = h5py.VirtualLayout(shape=(4, 3), dtype="f4")
    layout[:] = h5py.VirtualSource("/etc/passwd", "x", shape=(4, 3))
    file.create_virtual_dataset(what, layout)


def external_storage(file, what):
    file.create_dataset(what, shape=(4, 3), dtype="f4", external=[("/etc/passwd", 0, h5py.h5f.UNLIMITED)])


def cycle(file, what):
    file[what] = file["layers"]  # a hard link upwards


def strings(file, what):
    file.create_dataset(what, data=np.array([["a"] * 3] * 4, dtype=object), dtype=h5py.string_dtype())


def references(file, what):
    file.create_dataset(what, data=np.array([[file.ref] * 3] * 4, dtype=object), dtype=h5py.ref_dtype)


def compound(file, what):
    file.create_dataset(what, data=np.zeros((4, 3), dtype=[("a", "f4"), ("b", "f4")]))


def unknown_filter(file, what):
    file.create_dataset(what, data=np.zeros((4, 3), "f4"), chunks=(4, 3), compression="lzf")


def named_type(file, what):
    file[what] = np.dtype("f4")


def many_axes(file, what):
    file.create_dataset(what, data=np.zeros((1,) * 32, "f4"))


def hdf5():
    def soft(target):
        return lambda file, what: file.__setitem__(what, h5py.SoftLink(target))

    def outside(target):
        return lambda file, what: file.__setitem__(what, h5py.ExternalLink("/etc/passwd", target))

    for name, make in [("huge_contiguous", huge_contiguous), ("huge_chunked", huge_chunked), ("huge_chunk", huge_chunk),
                       ("wrapping_shape", wrapping_shape), ("virtual", virtual),
                       ("external_storage", external_storage), ("cycle", cycle), ("strings", strings),
                       ("references", references), ("compound", compound), ("unknown_filter", unknown_filter),
                       ("named_type", named_type), ("many_axes", many_axes), ("soft_link", soft("/vars")),
                       ("external_link", outside("/x")),
                       ("nothing_stored", lambda file, what: file.create_dataset(what, (4, 3), "f4", chunks=(1, 1))),
                       ("null_space", lambda file, what: file.create_dataset(what, data=h5py.Empty("f4"))),
                       ("group_as_weight", lambda file, what: file.create_group(what)),
                       ("complex", lambda file, what: file.create_dataset(what, data=np.zeros((4, 3), "c8"))),
                       ("transposed", lambda file, what: file.create_dataset(what, data=np.zeros((3, 4), "f4")))]:
        keras(f"h5_{name}", h5=weights(replace(make)))
    keras("h5_weight_as_group", h5=weights(replace(lambda file, what: file.create_dataset(what, data=1), "layers")))
    # links above the dataset: each step of a path counts
    keras("h5_external_group", h5=weights(replace(outside("/"), "layers")))
    keras("h5_external_vars", h5=weights(replace(outside("/"), "layers/dense/vars")))
    keras("h5_soft_group", h5=weights(replace(soft("/layers/dense"), "layers/dense")))
    data = bytearray(weights())
    at = data.index(b"TREE")
    data[at + 6] ^= 0xff  # more entries than there are
    keras("h5_tree_overflow", h5=bytes(data))
    data = bytearray(weights())
    at = data.index(b"HEAP")
    struct.pack_into("<Q", data, at + 24, 1 << 40)  # names lie beyond the end
    keras("h5_heap_outside", h5=bytes(data))
    data = bytearray(weights())
    at = data.index(b"GCOL")
    struct.pack_into("<Q", data, at + 8, 1 << 62)  # the heap of texts is larger than the file
    keras("h5_text_heap", h5=bytes(data))
    (FOLDER / "huge_contiguous.weights.h5").write_bytes(weights(replace(huge_contiguous)))
    (FOLDER / "external_link.weights.h5").write_bytes(weights(replace(outside("/x"))))


# ---- arrays ---------------------------------------------------------------------------------------------------------
def npy(name, header):
    text = header.encode()
    text += b" " * (-(10 + len(text) + 1) % 64) + b"\n"
    (FOLDER / f"{name}.npy").write_bytes(b"\x93NUMPY\1\0" + struct.pack("<H", len(text)) + text + bytes(48))


def arrays():
    npy("pickled", "{'descr': '|O', 'fortran_order': False, 'shape': (3,), }")
    npy("huge", "{'descr': '<f4', 'fortran_order': False, 'shape': (1099511627776,), }")
    npy("wrapping", "{'descr': '<f4', 'fortran_order': False, 'shape': (4294967296, 4294967296), }")
    npy("negative", "{'descr': '<f4', 'fortran_order': False, 'shape': (-1, 4), }")
    npy("expression", "{'descr': __import__('os').system('touch owned'), 'fortran_order': False, 'shape': (3,), }")
    npy("long_header", "{'descr': '<f4', 'fortran_order': False, 'shape': (" + "1," * 4000 + "), }")
    packed = gzip.compress(struct.pack(">BBBB2I", 0, 0, 8, 2, 100, 100) + bytes(10000), mtime=0)
    (FOLDER / "cut.idx.gz").write_bytes(packed[:-9])
    (FOLDER / "open_quote.csv").write_bytes(b'a,b\n1,"2\n3,4\n')
    (FOLDER / "zero_byte.csv").write_bytes(b"a,b\n1,2\0\n")
    (FOLDER / "huge.idx").write_bytes(struct.pack(">BBBB3I", 0, 0, 13, 3, 0xffffffff, 0xffffffff, 0xffffffff))
    (FOLDER / "many_axes.idx").write_bytes(bytes([0, 0, 8, 255]) + bytes(1020))


def main():
    FOLDER.mkdir(parents=True, exist_ok=True)
    configs()
    graphs()
    legacy_lambda()
    legacy_list()
    archives()
    hdf5()
    arrays()
    print(f"{len(list(FOLDER.iterdir()))} files in {FOLDER}")


if __name__ == "__main__":
    main()
