#!/usr/bin/env python3
"""Checks who includes whom: data goes down, nothing points up.

Holds the rank of every folder and public header. A file may include headers of lower ranks and of its own folder;
the exceptions stand in the tables below. Also keeps HDF5, oneDNN, OpenMP and POSIX in the folders that wrap them.

    tools/check_includes.py [ROOT]      prints FILE:LINE: what is wrong; exit status 1 if anything is
"""
import re
import sys
from pathlib import Path

# Folder -> rank. A file belongs to the longest prefix that fits.
FOLDER_RANK = {
    "src/base": 0,
    "src/tensor": 1,
    "src/backend": 2,
    "src/graph": 3,
    "src/ops": 4,
    "src/autodiff": 5,
    "src/nn": 6,
    "src/data": 6,
    "layers": 7,
    "losses": 7,
    "optimizers": 7,
    "metrics": 7,
    "src/model": 8,
    "src/save": 9,
    "src/export": 9,
    "src/train": 10,
    "callbacks": 10,
    "reader": 11,
    "cli": 11,
    "examples": 11,
    "bench": 11,
}

# Public header (below include/cornu) -> the folder that implements it, whose rank it has.
HEADER_FOLDER = {
    "base.h": "src/base",
    "error.h": "src/base",
    "scope.h": "src/base",
    "threads.h": "src/base",
    "profile.h": "src/base",
    "http.h": "src/base",
    "tensor.h": "src/tensor",
    "ops.h": "src/ops",
    "random.h": "src/ops",
    "tape.h": "src/autodiff",
    "class.h": "src/nn",
    "layer.h": "src/nn",
    "extend.h": "src/nn",
    "logs.h": "src/nn",
    "state.h": "src/nn",
    "initializers.h": "src/nn",
    "regularizers.h": "src/nn",
    "constraints.h": "src/nn",
    "activations.h": "src/nn",
    "data.h": "src/data",
    "sequences.h": "src/data",
    "layers.h": "layers",
    "layers/": "layers",
    "losses.h": "losses",
    "optimizers.h": "optimizers",
    "schedules.h": "optimizers",
    "metrics.h": "metrics",
    "model.h": "src/model",
    "export.h": "src/export",
    "save.h": "src/save",
    "events.h": "src/save",
    "train.h": "src/train",
    "callbacks.h": "callbacks",
    "cornu.h": "callbacks",  # includes everything, so it has the highest rank of a header
    "keras.h": "callbacks",
}

# These see <cornu/...> and headers beside them, nothing of src/: a user's own class can do as much.
PUBLIC_ONLY = {"layers", "losses", "optimizers", "metrics", "callbacks", "cli", "examples", "bench"}

# What a folder may not include although the rank is lower: classes are found by name in the registry, and training
# does not know files.
FORBIDDEN = {
    "src/model": {"layers", "losses", "optimizers", "metrics"},
    "src/save": {"layers", "losses", "optimizers", "metrics"},
    "src/train": {"layers", "losses", "optimizers", "metrics", "src/save"},
}

# Foreign header -> the folders that wrap it. Programs and tests are free.
POSIX = (
    r"(unistd|pthread|fcntl|dirent|dlfcn|signal|poll|termios|sched|semaphore|spawn|glob|pwd|netdb|strings)\.h"
    r"|(sys|arpa|netinet|linux)/.*"
)
WRAPPED = [
    (r"hdf5.*\.h|H5.*\.h|zip\.h", ("src/save",)),
    (r".*\.pb-c\.h|protobuf-c/.*", ("src/save", "src/export")),
    (r"omp\.h|oneapi/.*|dnnl.*\.h", ("src/backend/cpu",)),
    (r"(x86|imm|xmm|avx).*intrin\.h|cpuid\.h|arm_neon\.h", ("src/backend/cpu",)),
    (r"png\.h|jpeglib\.h", ("src/data",)),
    (POSIX, ("src/base",)),
]
# What public headers may take from outside: the C standard library.
STANDARD = {
    "assert.h", "complex.h", "ctype.h", "errno.h", "fenv.h", "float.h", "inttypes.h", "limits.h", "locale.h",
    "math.h", "stdalign.h", "stdarg.h", "stdatomic.h", "stdbool.h", "stddef.h", "stdint.h", "stdio.h", "stdlib.h",
    "string.h", "time.h",
}

INCLUDE = re.compile(r'^\s*#\s*include\s+(?:<([^>]+)>|"([^"]+)")')


def folder_of(path):
    """The ranked folder of a path relative to the root, or None."""
    text = path.as_posix()
    fitting = [folder for folder in FOLDER_RANK if text.startswith(folder + "/")]
    return max(fitting, key=len, default=None)


def header_folder(name):
    """The folder behind <cornu/NAME>, or None."""
    if name in HEADER_FOLDER:
        return HEADER_FOLDER[name]
    return next((folder for key, folder in HEADER_FOLDER.items() if key.endswith("/") and name.startswith(key)), None)


def check_order(folder, target, is_public_header):
    """What is wrong with a file of `folder` including a header of `target`, or None."""
    if target == folder:
        return None
    rank, target_rank = FOLDER_RANK[folder], FOLDER_RANK[target]
    if target_rank > rank:
        return f"points up: {folder} has rank {rank}, {target} has {target_rank}"
    if target_rank == rank and not is_public_header:
        return f"points sideways: {folder} and {target} both have rank {rank}"
    if target in FORBIDDEN.get(folder, ()) and not is_public_header:
        return f"{folder} finds what {target} offers by name, not by include"
    return None


def check_line(root, path, folder, is_public_header, angled, quoted):
    """What is wrong with one include, or None."""
    if angled and angled.startswith("cornu/"):
        target = header_folder(angled[len("cornu/"):])
        if target is None:
            return f"<{angled}> is not in the rank map"
        return check_order(folder, target, is_public_header)
    if angled:
        if is_public_header and angled not in STANDARD:
            return f"a public header shows <{angled}>"
        if folder in PUBLIC_ONLY and folder in ("cli", "examples", "bench"):
            return None
        for pattern, homes in WRAPPED:
            if re.fullmatch(pattern, angled) and not any(path.as_posix().startswith(home + "/") for home in homes):
                return f"<{angled}> belongs into {' or '.join(homes)}"
        return None
    if is_public_header:
        return f'a public header includes "{quoted}"; write <cornu/...>'
    beside = root / path.parent / quoted
    if folder in PUBLIC_ONLY:
        # a header of the same folder, seen from the file or from the top of its folder (examples/, cli/)
        return None if beside.is_file() or (root / folder / quoted).is_file() else (
            f'"{quoted}" is not beside it; {folder} sees public headers only')
    target_path = path.parent / quoted if beside.is_file() else Path("src") / quoted
    if not (root / target_path).is_file():
        return f'"{quoted}" is neither beside it nor in src/'
    target = folder_of(target_path)
    return f"{target_path} is not in the rank map" if target is None else check_order(folder, target, False)


def check_file(root, path):
    """Yields (line number, what is wrong)."""
    is_public_header = path.parts[0] == "include"
    folder = header_folder(Path(*path.parts[2:]).as_posix()) if is_public_header else folder_of(path)
    if folder is None:
        yield 1, "is not in the rank map of tools/check_includes.py"
        return
    for number, line in enumerate((root / path).read_text(encoding="utf-8").splitlines(), 1):
        match = INCLUDE.match(line)
        wrong = match and check_line(root, path, folder, is_public_header, match[1], match[2])
        if wrong:
            yield number, wrong


def main():
    root = Path(sys.argv[1] if len(sys.argv) > 1 else Path(__file__).parent.parent).resolve()
    tops = ["include", "src", "reader", *sorted(PUBLIC_ONLY)]
    files = sorted(path.relative_to(root) for top in tops for path in (root / top).rglob("*.[ch]"))
    wrong = [(path, number, text) for path in files for number, text in check_file(root, path)]
    for path, number, text in wrong:
        print(f"{path}:{number}: {text}")
    print(f"{len(files)} files, {len(wrong)} includes out of order")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
