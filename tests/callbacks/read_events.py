#!/usr/bin/env python3
"""Reads an event file independently of the library: records with a CRC32C of its own, messages by the wire format.

    read_events.py FILE            prints a line for each event: STEP KIND TAG VALUES
    read_events.py --protoc FILE   has protoc decode each message with tests/callbacks/event_full.proto instead, which
                                   has all fields of TensorFlow's messages; fields that it does not know are an error

Record format: https://www.tensorflow.org/tutorials/load_data/tfrecord
Wire format: https://protobuf.dev/programming-guides/encoding/
"""
import os
import re
import struct
import subprocess
import sys
import zlib


def crc32c(data):
    crc = 0xFFFFFFFF
    for byte in data:
        crc ^= byte
        for _ in range(8):
            crc = crc >> 1 ^ (0x82F63B78 if crc & 1 else 0)
    return crc ^ 0xFFFFFFFF


def masked(data):
    crc = crc32c(data)
    return ((crc >> 15 | crc << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records(path):
    data = open(path, "rb").read()
    at = 0
    while at < len(data):
        head = data[at:at + 8]
        length, = struct.unpack("<Q", head)
        assert struct.unpack_from("<I", data, at + 8)[0] == masked(head), "checksum of a length"
        body = data[at + 12:at + 12 + length]
        assert len(body) == length, "a record is cut"
        assert struct.unpack_from("<I", data, at + 12 + length)[0] == masked(body), "checksum of a record"
        yield body
        at += length + 16


def fields(message):
    """Number and value of each field: integers, or bytes."""
    at = 0

    def varint():
        nonlocal at
        value = shift = 0
        while True:
            byte = message[at]
            at += 1
            value |= (byte & 127) << shift
            shift += 7
            if byte < 128:
                return value

    while at < len(message):
        key = varint()
        kind = key & 7
        if kind == 0:
            value = varint()
        elif kind == 1:
            value = message[at:at + 8]
            at += 8
        elif kind == 2:
            size = varint()
            value = message[at:at + size]
            assert len(value) == size
            at += size
        elif kind == 5:
            value = message[at:at + 4]
            at += 4
        else:
            raise AssertionError(f"wire type {kind}")
        yield key >> 3, value


def one(message, number, default=b""):
    found = [value for key, value in fields(message) if key == number]
    assert len(found) <= 1, f"field {number} comes {len(found)} times"
    return found[0] if found else default


def numbers(message, number, code):
    """A repeated number, packed or not."""
    joined = b"".join(value for key, value in fields(message) if key == number)
    return list(struct.unpack(f"<{len(joined) // struct.calcsize(code)}{code}", joined))


def picture(data):
    """Width, height and the first bytes of a PNG's pixels."""
    assert data[:8] == b"\x89PNG\r\n\x1a\n"
    at, packed = 8, b""
    while at < len(data):
        size, kind = struct.unpack_from(">I4s", data, at)
        body = data[at + 8:at + 8 + size]
        assert struct.unpack_from(">I", data, at + 8 + size)[0] == zlib.crc32(kind + body)
        if kind == b"IHDR":
            width, height = struct.unpack_from(">II", body)
        if kind == b"IDAT":
            packed += body
        at += size + 12
    return f"{width}x{height}:{zlib.decompress(packed)[1:9].hex()}"


def describe(event):
    step = one(event, 2, 0)
    assert struct.unpack("<d", one(event, 1))[0] > 1.6e9, "the time is not of this century"
    version = one(event, 3)
    if version:
        return f"{step} version {version.decode()} {one(one(event, 10), 1).decode()}"
    value = one(one(event, 5), 1)
    tensor, metadata = one(value, 8), one(value, 9)
    plugin = one(one(metadata, 1), 1).decode()
    dims = [one(dim, 1, 0) for key, dim in fields(one(tensor, 2)) if key == 2]
    dtype = one(tensor, 1)
    texts = [text for key, text in fields(tensor) if key == 8]
    if dtype == 1:
        shown = " ".join(f"{x:.6g}" for x in numbers(tensor, 5, "f"))
    elif dtype == 2:
        shown = " ".join(f"{x:.6g}" for x in numbers(tensor, 6, "d"))
    elif plugin == "images":
        shown = " ".join([texts[0].decode(), texts[1].decode()] + [picture(text) for text in texts[2:]])
    else:
        shown = " ".join(text.decode() for text in texts)
    return f"{step} {plugin}/{one(metadata, 4, 0)} {one(value, 1).decode()} {dims} {shown}"


def decode_by_protoc(body):
    folder = os.path.dirname(os.path.abspath(__file__))
    result = subprocess.run(
        ["protoc", f"--proto_path={folder}", "--decode=tensorflow.Event", "event_full.proto"], input=body,
        capture_output=True, check=False)
    assert result.returncode == 0, result.stderr.decode()
    text = result.stdout.decode()
    assert not re.search(r"^\s*\d+(:| {)", text, re.M), f"an unknown field in\n{text}"
    return re.sub(r"wall_time: \S+\n", "", text).rstrip("\n")


if __name__ == "__main__":
    show = decode_by_protoc if sys.argv[1] == "--protoc" else describe
    for record in records(sys.argv[-1]):
        print(show(record))
