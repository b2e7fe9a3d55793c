#!/usr/bin/env python3
"""Writes what NumPy prints and saves, for tests/tensor: tests/golden/print.txt and tests/golden/npy/.

print.txt holds cases of two parts. "case TYPE SHAPE HEX..." gives the elements' bytes in memory order, "lines N" announces
the N lines of text that follow. Made with NumPy 1.24.2 on a little-endian machine.
"""
import pathlib

import numpy as np

golden = pathlib.Path(__file__).resolve().parent.parent / "tests" / "golden"
random = np.random.RandomState(7)


def print_cases():
    f4, f8, f2 = np.float32, np.float64, np.float16
    yield np.array([0.1, 1 / 3, 2 / 3, 100], f4)
    yield np.array([0.1, 1 / 3, 2 / 3, 100], f8)
    yield np.array([0.1, 1 / 3, 2 / 3, 100], f2)
    yield np.array([1.1e-5, 1.2345678e-5], f4)
    yield np.array([1.1e-5, 1.23456789123e-5, 1e300], f8)
    yield np.array([5e-324, 1.7976931348623157e308], f8)
    yield np.array([1e-45, 3.4028235e38, -1.1754944e-38], f4)
    yield np.array([6e-8, 65504, -1e-5], f2)
    for value in (0, -0.0, 1, 0.1, -2.5, 1e-4, 1e-5, 99999, 123456.789, 1e8, 1e15, 1e16, 1e22, 3e-9):
        for dtype in (f4, f8):
            yield np.array(value, dtype)
            yield np.array([value], dtype)
    for value in (0, 1, 0.1, -2.5, 1e-4, 1e-5, 60000):
        yield np.array(value, f2)
        yield np.array([value, 1], f2)
    yield np.array([np.nan, np.inf, -np.inf], f4)
    yield np.array([np.nan, np.inf, 1], f4)
    yield np.array([np.nan, 1.25, -3], f4)
    yield np.array([-np.inf, 1e-7, 2], f4)
    yield np.array([np.inf, 12345.5], f4)
    yield np.array([0, 0], f4)
    yield np.array([-0.0, 0.5], f4)
    yield np.array([1, 1000], f4)
    yield np.array([1, 1001], f4)
    yield np.array([0.001, 1.0000001], f4)
    yield np.array([99999999, 1e8], f4)
    yield np.array([9999999, 16777216], f4)
    yield np.array([9.5367431640625e-07, 2.0**-126, 2.0**-44, 2.0**-24], f4)
    yield np.array([0.000123456789, 0.1], f8)
    yield np.array([0.123456785, 0.123456775, 0.5], f8)
    yield np.array([1.5, 2.25], f4).reshape(1, 2)
    yield np.array(np.nan, f4)
    yield np.array(-np.inf, f4)
    for dtype in (np.int8, np.int16, np.int32, np.int64, np.uint8):
        info = np.iinfo(dtype)
        yield np.array([info.min, 0, 1, info.max], dtype)
        yield np.array(info.max, dtype)
        yield np.arange(24).astype(dtype).reshape(2, 3, 4)
    yield np.array([True, False, True])
    yield np.array([[True], [True]])
    yield np.array(True)
    yield np.array(False)
    yield np.zeros((0,), f4)
    yield np.zeros((3, 0), f4)
    yield np.arange(1000)
    yield np.arange(1001)
    yield np.arange(1001, dtype=f4)
    yield np.arange(100, dtype=f4)
    yield np.arange(1200, dtype=np.int32).reshape(30, 40)
    yield np.arange(1200, dtype=np.int32).reshape(2, 600)
    yield np.arange(1200, dtype=f4).reshape(6, 200)
    yield np.ones((7, 2, 80), f4)
    yield np.arange(4096, dtype=np.int64).reshape(8, 8, 8, 8)
    yield np.arange(2 ** 8, dtype=np.uint8).reshape((2,) * 8)
    for i in range(40):
        shape = tuple(random.randint(1, 8, random.randint(1, 4)))
        values = random.standard_normal(shape) * 10.0 ** random.randint(-6, 7)
        yield values.astype((f4, f8, f2)[i % 3])
        yield np.round(values, 2).astype((f4, f8)[i % 2])
    for exponent in range(-12, 16):
        yield (random.standard_normal(20) * 10.0**exponent).astype(f4)
        yield (random.standard_normal(3) * 10.0 ** random.randint(-3, 3, 3) * 10.0**exponent)
    yield random.randint(0, 2**32, 60, dtype=np.uint64).astype(np.uint32).view(f4)
    yield random.randint(0, 2**63, 60, dtype=np.uint64).view(f8)
    yield np.arange(0, 2**16, 601).astype(np.uint16).view(f2)


def write_print():
    with open(golden / "print.txt", "w") as out:
        for array in print_cases():
            array = np.ascontiguousarray(array) if array.ndim else array
            shape = ",".join(map(str, array.shape)) or "-"
            hexes = [item.tobytes()[::-1].hex() for item in array.reshape(-1)]
            text = str(array).split("\n")
            out.write(f"case {array.dtype} {shape} {' '.join(hexes)}\n")
            out.write(f"lines {len(text)}\n")
            out.writelines(line + "\n" for line in text)


def write_npy():
    folder = golden / "npy"
    folder.mkdir(parents=True, exist_ok=True)
    values = np.arange(6).reshape(2, 3)
    for dtype in ("f2", "f4", "f8", "i1", "i2", "i4", "i8", "u1", "b1"):
        np.save(folder / f"{dtype}.npy", (values - (dtype[0] != "u")).astype(dtype))
    np.save(folder / "scalar.npy", np.float32(2.5))
    np.save(folder / "empty.npy", np.zeros((0, 3), np.float32))
    np.save(folder / "vector.npy", np.array([1, 2, 3], np.float32))
    np.save(folder / "big_endian.npy", values.astype(">f4"))
    np.save(folder / "fortran.npy", np.asfortranarray(values.astype("f4")))
    np.save(folder / "unsigned.npy", values.astype("u4"))
    np.save(folder / "record.npy", np.zeros(2, [("a", "f4"), ("b", "i4")]))
    for version in ((2, 0), (3, 0)):
        with open(folder / f"version{version[0]}.npy", "wb") as out:
            np.lib.format.write_array(out, values.astype("f4"), version)


if __name__ == "__main__":
    write_print()
    write_npy()
