#!/usr/bin/env python3
"""Compares what cornu writes with what Keras wrote for the same model.

    written_files.py CORNU DATA [KIND ...]      DATA: the folder with layer.zip, train.zip, ...

Models of the kinds layer, train and resume are read and written again; those of train and resume are also
trained, and the result is compared with the weights and the whole file that Keras had after the same training.
Compared are config.json field by field, and of HDF5 files the tree, types, shapes, attributes and values: bit for bit
where nothing was computed, within the case's tolerance after training. Exits with 77 where h5py is missing.

Left aside, because they say nothing about the model:
  * `shared_object_id`, an opaque number, of initializers and dtype policies: Keras numbers objects by their address;
  * `module` and `registered_name` of optimizers saved under PyTorch, where they are private classes;
  * the order of members in JSON;
  * the size of the batch in the `build_config` of a layer that was built by adapt().
"""
import io
import json
import os
import subprocess
import sys
import tempfile
import zipfile

try:
    import h5py
    import numpy as np
except ImportError:
    print("SKIPPED: no h5py")
    sys.exit(77)


def fields(got, expected, where, problems):
    """Differences between two JSON trees."""
    if isinstance(expected, dict) and isinstance(got, dict):
        got, expected = dict(got), dict(expected)
        shared = expected.get("class_name") == "DTypePolicy" or expected.get("module") == "keras.initializers"
        if shared:
            expected.pop("shared_object_id", None)
            got.pop("shared_object_id", None)
        if str(expected.get("module")).startswith("keras.src.backend."):
            for key in ("module", "registered_name"):
                expected.pop(key)
                got.pop(key)
        for key in sorted(set(got) | set(expected)):
            if key not in got:
                problems.append(f"{where}/{key} is missing")
            elif key not in expected:
                problems.append(f"{where}/{key} is not Keras'")
            else:
                fields(got[key], expected[key], f"{where}/{key}", problems)
    elif isinstance(expected, list) and isinstance(got, list) and len(got) == len(expected):
        batch = where.endswith("build_config/input_shape")
        for i, (a, b) in enumerate(zip(got, expected)):
            if not (batch and i == 0):
                fields(a, b, f"{where}/{i}", problems)
    else:
        number = isinstance(expected, (int, float)) and not isinstance(expected, bool)
        same = got == expected or (got != got and expected != expected)
        # 1 and 1.0 are one number
        if not same or (type(got) is not type(expected) and not number):
            problems.append(f"{where}: {got!r:.80} instead of {expected!r:.80}")


def attributes(item):
    found = {}
    for name in item.attrs:
        kind = item.attrs.get_id(name)
        found[name] = (str(kind.dtype), kind.shape, str(item.attrs[name]))
    return found


def tree(file):
    found = {"": file}
    file.visititems(lambda name, item: found.__setitem__(name, item))
    return found


def hdf5(got, expected, tolerance, problems):
    """Differences between two HDF5 files; `tolerance`: None, or (rtol, atol)."""
    a, b = tree(got), tree(expected)
    for name in sorted(set(a) | set(b)):
        if name not in a or name not in b:
            problems.append(f"/{name} is {'missing' if name in b else 'surplus'}")
            continue
        x, y = a[name], b[name]
        if attributes(x) != attributes(y):
            problems.append(f"/{name}: attributes {attributes(x)} instead of {attributes(y)}")
        if not isinstance(y, h5py.Dataset):
            continue
        if x.dtype != y.dtype or x.shape != y.shape:
            problems.append(f"/{name}: {x.dtype} {x.shape} instead of {y.dtype} {y.shape}")
            continue
        u, v = x[()], y[()]
        if tolerance and u.dtype.kind == "f":
            u, v = u.astype("f8"), v.astype("f8")
            off = np.abs(u - v) > tolerance[1] + tolerance[0] * np.abs(v)
            if np.any(off & ~(np.isnan(u) & np.isnan(v))):
                problems.append(f"/{name}: values differ by {np.nanmax(np.abs(u - v)):g}")
        elif u.tobytes() != v.tobytes():
            problems.append(f"/{name}: values differ")


def archive(got, expected, tolerance, problems):
    a, b = zipfile.ZipFile(got), zipfile.ZipFile(expected)
    if a.namelist() != b.namelist():
        problems.append(f"members {a.namelist()} instead of {b.namelist()}")
        return
    for member in b.namelist():
        if member.endswith(".json"):
            x, y = json.loads(a.read(member)), json.loads(b.read(member))
            if member == "metadata.json":
                x["date_saved"] = y["date_saved"]
            fields(x, y, member, problems)
        elif member.endswith(".h5"):
            weights = [h5py.File(io.BytesIO(z.read(member)), "r") for z in (a, b)]
            # reading a model that was never trained makes the state of its optimizer, in Keras as here
            untrained = "optimizer" in weights[1] and int(weights[1]["optimizer/vars/0"][()]) == 0
            if untrained and tolerance is None:
                hdf5_without_optimizer(*weights, problems)
            else:
                hdf5(*weights, tolerance, problems)
        elif a.read(member) != b.read(member):
            problems.append(f"{member} differs")


def hdf5_without_optimizer(got, expected, problems):
    found = []
    hdf5(got, expected, None, found)
    problems += [p for p in found if not p.startswith("/optimizer/")]


class Corpus:
    def __init__(self, cornu, data):
        self.cornu, self.data = cornu, data
        self.environment = dict(os.environ, OMP_NUM_THREADS="1")

    def run(self, *words):
        done = subprocess.run([self.cornu, *words], capture_output=True, text=True, env=self.environment)
        return None if done.returncode == 0 else done.stderr.strip()

    def rewritten(self, folder, case, problems):
        written = f"{folder}/written.keras"
        wrong = self.run("convert", f"{folder}/{case['model']}", written)
        if wrong:
            return wrong
        archive(written, f"{folder}/{case['model']}", None, problems)
        return None

    def trained(self, folder, case, problems):
        written = f"{folder}/trained.keras"
        fit, validation = case["fit"], case.get("validation") or {}
        words = ["fit", f"{folder}/{case['model']}", "--no-shuffle", "--save", written]
        words += ["--epochs", str(fit["epochs"]), "--batch-size", str(fit["batch_size"])]
        for key, option in (("initial_epoch", "--initial-epoch"), ("validation_split", "--validation-split")):
            if fit.get(key):
                words += [option, str(fit[key])]
        files = [("--input", case["x"]), ("--target", case["y"]), ("--sample-weight", [case.get("sample_weight")])]
        files += [("--validation-input", validation.get("x", [])), ("--validation-target", validation.get("y", []))]
        files += [("--validation-sample-weight", [validation.get("sample_weight")])]
        for option, paths in files:
            for path in paths:
                words += [option, f"{folder}/{path}"] if path else []
        if case.get("class_weight"):
            words += ["--class-weight", json.dumps(case["class_weight"])]
        wrong = self.run(*words)
        if wrong:
            return wrong
        tolerance = (case["rtol"], case["atol"])
        weights = case["final_weights"]
        if weights.endswith(".h5"):
            inside = zipfile.ZipFile(written).read("model.weights.h5")
            with h5py.File(io.BytesIO(inside), "r") as a, h5py.File(f"{folder}/{weights}", "r") as b:
                hdf5(a, b, tolerance, problems)
        if case.get("final_model"):
            archive(written, f"{folder}/{case['final_model']}", tolerance, problems)
        return None

    def kind(self, kind):
        """(passed, skipped, failed) of a kind's cases."""
        counts = [0, 0, 0]
        with tempfile.TemporaryDirectory() as scratch:
            with zipfile.ZipFile(f"{self.data}/{kind}.zip") as packed:
                packed.extractall(scratch)
            for name in sorted(os.listdir(scratch)):
                folder = f"{scratch}/{name}"
                with open(f"{folder}/case.json") as file:
                    case = json.load(file)
                steps = [self.rewritten] + ([self.trained] if kind in ("train", "resume") else [])
                problems, wrong = [], None
                for step in steps:
                    wrong = wrong or step(folder, case, problems)
                if wrong and "unknown classes" in wrong:
                    counts[1] += 1
                    continue
                counts[2 if wrong or problems else 0] += 1
                if wrong or problems:
                    print(f"{kind}/{name}: {wrong or '; '.join(problems[:6])}")
        return counts


def main():
    if len(sys.argv) < 3:
        sys.exit(__doc__)
    corpus, failed = Corpus(sys.argv[1], sys.argv[2]), 0
    for kind in sys.argv[3:] or ["layer", "train", "resume"]:
        passed, skipped, wrong = corpus.kind(kind)
        print(f"{kind}: {passed} as Keras wrote them, {wrong} not, {skipped} with classes that are not there")
        failed += wrong
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
