"""reader.py - reads models from what the msgpack package unpacks, by the rules of docs/wire-values.md, section Reading.

Nothing here looks at how troupe does it: where the two differ, one of them is wrong, or the page is.
"""
import math
import struct

import msgpack

from shapes import Shape

MAX_DEPTH = 64
# What a field holds that a writer left out, where that is not zero or empty.
DEFAULTS = {"inner": ["nobody", 1.0], "defaults": [0, "nobody", [1, 2], 0.5]}
MAX_SINGLE = struct.unpack("<f", b"\xff\xff\x7f\x7f")[0]


class Refused(Exception):
    pass


class Pairs(list):
    """A map, with keys that stand twice."""


def unpack(data: bytes):
    try:
        return msgpack.unpackb(data, object_pairs_hook=Pairs, raw=False, unicode_errors="surrogateescape",
                               strict_map_key=False, ext_hook=lambda code, data: None)
    except (msgpack.exceptions.ExtraData, msgpack.exceptions.FormatError, msgpack.exceptions.StackError,
            msgpack.exceptions.OutOfData, ValueError) as error:
        raise Refused(repr(error)) from error


def read(shape: Shape, data: bytes):
    return _read(shape, unpack(data), 0)


def _read(shape: Shape, found, depth: int):
    kind = shape.kind
    if kind in ("integer", "enum"):
        _must(type(found) is int and shape.low() <= found <= shape.high(), shape, found)
        return found
    if kind == "float":
        return _real(shape, found)
    if kind == "bool":
        _must(type(found) is bool, shape, found)
        return found
    if kind == "nil" or kind == "optional" and found is None:
        _must(found is None, shape, found)
        return found
    if kind == "optional":
        return _read(shape.parts[0], found, depth)
    if kind in ("str", "bin"):
        return _blob(shape, found)
    _must(type(found) is (Pairs if kind == "map" else list) and depth < MAX_DEPTH, shape, found)
    return _elements(shape, found, depth + 1)


def _real(shape: Shape, found) -> float:
    _must(type(found) in (int, float), shape, found)
    value = float(found)
    if shape.size == 64:
        return value
    _must(not math.isfinite(value) or abs(value) <= MAX_SINGLE, shape, found)
    return struct.unpack("<f", struct.pack("<f", value))[0]


def _blob(shape: Shape, found):
    _must(type(found) in (str, bytes), shape, found)
    if shape.kind == "str":
        return found if type(found) is str else found.decode(errors="surrogateescape")
    data = found if type(found) is bytes else found.encode(errors="surrogateescape")
    _must(shape.size in (None, len(data)), shape, found)
    return data


def _elements(shape: Shape, found: list, depth: int):
    kind, parts = shape.kind, shape.parts
    if kind == "struct":
        for extra in found[len(parts):]:
            _must(_depth(extra) + depth <= MAX_DEPTH, shape, extra)
        given = [_read(part, each, depth) for part, each in zip(parts, found)]
        return given + default(shape)[len(given):]
    if kind == "variant":
        _must(len(found) == 2, shape, found)
        _must(type(found[0]) is int and 0 <= found[0] < len(parts), shape, found)
        return found[0], _read(parts[found[0]], found[1], depth)
    if kind == "map":
        model = [(_read(parts[0], k, depth), _read(parts[1], v, depth)) for k, v in found]
        _must(len({repr(k) for k, _ in model}) == len(model), shape, found)
        return model
    if kind == "product":
        _must(len(found) == len(parts), shape, found)
        return [_read(part, each, depth) for part, each in zip(parts, found)]
    model = [_read(parts[0], each, depth) for each in found]
    if kind == "array":
        _must(len(model) == shape.size, shape, found)
    if kind == "set":
        _must(len({repr(each) for each in model}) == len(model), shape, found)
    return model


def default(shape: Shape):
    """What a field of this shape holds when its struct says nothing else."""
    if shape.name in DEFAULTS:
        return list(DEFAULTS[shape.name])
    if shape.kind in ("struct", "product"):
        return [default(part) for part in shape.parts]
    if shape.kind == "array":
        return [default(shape.parts[0])] * shape.size
    if shape.kind == "variant":
        return 0, default(shape.parts[0])
    if shape.kind == "bin":
        return bytes(shape.size or 0)
    return {"bool": False, "str": "", "integer": 0, "enum": 0, "float": 0.0}.get(
        shape.kind, None if shape.kind in ("nil", "optional") else [])


def _depth(found) -> int:
    if type(found) is Pairs:
        return 1 + max((max(_depth(k), _depth(v)) for k, v in found), default=0)
    return 1 + max(map(_depth, found), default=0) if type(found) is list else 0


def _must(holds: bool, shape: Shape, found):
    if not holds:
        raise Refused(f"{shape.kind} {shape.name} from {str(found)[:60]}")
