#!/usr/bin/env python3
"""Packs a conformance corpus into the archives that tests/conformance reads: one deflated zip per kind, members CASE/FILE.

    tools/pack_conformance.py CORPUS [KIND ...]      writes tests/conformance/data/KIND.zip

The result depends on the files' names and contents alone, so that packing again changes nothing. Arrays that an .npz
holds in Fortran order, which cornu refuses to read, are packed in C order; that needs numpy.
"""
import io
import sys
import zipfile
from pathlib import Path

KINDS = ["layer", "gradient", "train", "resume", "loss", "metric", "model", "legacy_h5"]
EPOCH = (1980, 1, 1, 0, 0, 0)  # the oldest date a zip can hold


def in_c_order(path):
    """The bytes of a file, with the arrays of an .npz in C order."""
    content = path.read_bytes()
    if path.suffix != ".npz":
        return content
    with zipfile.ZipFile(io.BytesIO(content)) as members:
        if not any(b"'fortran_order': True" in members.read(name)[:512] for name in members.namelist()):
            return content
    import numpy

    arrays = numpy.load(io.BytesIO(content))
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for name in arrays.files:
            member = io.BytesIO()
            numpy.lib.format.write_array(member, numpy.ascontiguousarray(arrays[name]), allow_pickle=False)
            archive.writestr(zipfile.ZipInfo(name + ".npy", EPOCH), member.getvalue())
    return packed.getvalue()


def pack(folder, target):
    """Writes the files below `folder` to the archive `target`; returns how many."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w") as archive:
        for path in files:
            member = zipfile.ZipInfo(path.relative_to(folder).as_posix(), EPOCH)
            member.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(member, in_c_order(path), compresslevel=9)
    return len(files)


def main():
    if len(sys.argv) < 2:
        sys.exit(__doc__)
    corpus = Path(sys.argv[1])
    data = Path(__file__).resolve().parent.parent / "tests" / "conformance" / "data"
    data.mkdir(parents=True, exist_ok=True)
    for kind in sys.argv[2:] or KINDS:
        if not (corpus / kind).is_dir():
            sys.exit(f"{corpus / kind} is not a folder")
        target = data / f"{kind}.zip"
        count = pack(corpus / kind, target)
        print(f"{target.name}: {count} files, {target.stat().st_size} bytes")


if __name__ == "__main__":
    main()
