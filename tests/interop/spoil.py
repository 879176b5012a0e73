"""spoil.py - bytes that are no value of a shape, with the path and the sentence of the error that they deserve."""
import re
import struct

from forms import PACKER, Shortest, encode
from shapes import Shape, children

SAMPLES = {
    "an integer": [b"\x00", b"\xff", b"\xcc\xff", b"\xd3" + bytes(8)],
    "float": [b"\xca\x3f\x80\0\0", b"\xcb" + bytes(8)],
    "str": [b"\xa0", b"\xa11", b"\xd9\x01x"],
    "bin": [b"\xc4\0", b"\xc5\0\x01x"],
    "nil": [b"\xc0"],
    "bool": [b"\xc2", b"\xc3"],
    "array": [b"\x90", b"\x91\x01", b"\xdc\0\0"],
    "map": [b"\x80", b"\x81\x01\x01", b"\xde\0\0"],
    "ext": [b"\xd4\x05x", b"\xc7\x01\x05x"],
    "0xc1, which begins no value": [b"\xc1"],
}
# What a kind wants, in the words of the error, and what it takes.
WANTS = {"integer": ("an integer", {"an integer"}), "enum": ("an integer", {"an integer"}),
         "float": ("a float", {"an integer", "float"}), "bool": ("bool", {"bool"}), "nil": ("nil", {"nil"}),
         "str": ("str or bin", {"str", "bin"}), "bin": ("str or bin", {"str", "bin"}), "map": ("map", {"map"})}
EVERYTHING_ELSE = ("array", {"array"})


def spots(shape: Shape, model, at: tuple = (), path: str = "", may_be_nil: bool = False):
    """All parts of a model: (child numbers, path in errors, shape, model, whether nil may stand there)."""
    if shape.kind != "optional":
        yield at, path, shape, model, may_be_nil
    for i, (step, part, each) in enumerate(children(shape, model)):
        yield from spots(part, each, at + (i,), path + step, shape.kind == "optional")


def spoil(shape: Shape, model, random) -> tuple[bytes, str]:
    """One part replaced by what cannot stand there; and a pattern for what follows the type's name in the error."""
    at, path, part, each, may_be_nil = random.choice(list(spots(shape, model)))
    data, sentence = random.choice([*_other_kinds(part, may_be_nil, random), *_misfits(part, each)])
    return encode(shape, model, Shortest(), {at: data}), re.escape(path) + sentence


def _other_kinds(shape: Shape, may_be_nil: bool, random):
    wanted, taken = WANTS.get(shape.kind, EVERYTHING_ELSE)
    for name, samples in SAMPLES.items():
        if name not in taken and not (may_be_nil and name == "nil"):
            yield random.choice(samples), re.escape(f": expected {wanted}, found {name}")


def _misfits(shape: Shape, model):
    """The right kind, and yet no value."""
    kind, parts = shape.kind, shape.parts
    if kind in ("integer", "enum"):
        name = f"{'i' if shape.signed else 'u'}{shape.size}"
        for value in (shape.low() - 1, shape.high() + 1, -2**63, 2**64 - 1):
            if -2**63 <= value < 2**64 and not shape.low() <= value <= shape.high():
                yield PACKER.pack(value), f": {value} does not fit into {name}"
    elif kind == "float" and shape.size == 32:
        for value in (1e300, -3.41e38):
            yield PACKER.pack(value), ": a float64 does not fit into float32"
    elif kind == "bin" and shape.size is not None:
        for size in (0, shape.size - 1, shape.size + 1):
            yield PACKER.pack(bytes(size)), f": expected {shape.size} bytes, found {size}"
    elif kind in ("array", "product", "variant"):
        inside = [encode(part, each, Shortest()) for _, part, each in children(shape, model)]
        for count in {max(len(inside) - 1, 0), len(inside) + 1} - {len(inside)}:
            data = PACKER.pack_array_header(count) + b"".join((inside + [b"\xc0"])[:count])
            yield data, f": expected {len(inside)} elements, found {count}"
        if kind == "variant":
            for index in (len(parts), 2**64 - 1):
                data = PACKER.pack([index, None])
                yield data, f": alternative {index} of a variant of {len(parts)}"
    elif kind in ("set", "map") and model:
        inside = [encode(part, each, Shortest()) for _, part, each in children(shape, model)]
        twice = inside + inside[:len(parts)]
        head = PACKER.pack_array_header if kind == "set" else PACKER.pack_map_header
        what = "an element" if kind == "set" else "a key"
        yield head(len(model) + 1) + b"".join(twice), re.escape(f"[{len(model)}]: holds {what} twice")
    if kind in ("str", "bin"):
        for tag in (0xdb, 0xc6):
            yield struct.pack(">BI", tag, 2**32 - 1), ": announces 4294967295 bytes, .* bytes are left"
    if WANTS.get(kind, EVERYTHING_ELSE) is EVERYTHING_ELSE:
        yield struct.pack(">BI", 0xdd, 2**32 - 1), ": announces 4294967295 elements, .* bytes are left"
