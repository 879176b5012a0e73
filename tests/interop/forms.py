"""forms.py - models as MessagePack: as a writer writes them, and in every form that a reader takes."""
import math
import struct

import msgpack

from shapes import Shape, children

PACKER = msgpack.Packer(use_bin_type=True, unicode_errors="surrogateescape")
SINGLE = msgpack.Packer(use_single_float=True)


class Shortest:
    """The forms of docs/wire-values.md, by the msgpack package."""

    def integer(self, value: int) -> bytes:
        return PACKER.pack(value)

    def real(self, value: float, bits: int) -> bytes:
        return (SINGLE if bits == 32 else PACKER).pack(value)

    def text(self, value) -> bytes:
        return PACKER.pack(value)

    def array(self, count: int) -> bytes:
        return PACKER.pack_array_header(count)

    def map(self, count: int) -> bytes:
        return PACKER.pack_map_header(count)

    def order(self, elements):
        return elements

    def tail(self) -> list:
        """What follows the fields of a struct: each a value."""
        return []


class Any:
    """Each value in any form that says the same, drawn at random."""

    def __init__(self, random):
        self.random = random

    def integer(self, value: int) -> bytes:
        forms = []
        if -32 <= value <= 127:
            forms.append(struct.pack(">b", value))
        for tag, code in zip(range(0xcc, 0xd4), "BHIQbhiq"):
            if _fits(value, 8 << ((tag - 0xcc) & 3), code.islower()):
                forms.append(struct.pack(">B" + code, tag, value))
        return self.random.choice(forms)

    def real(self, value: float, bits: int) -> bytes:
        forms = [struct.pack(">Bd", 0xcb, value)]
        if bits == 32 or is_single(value):
            forms.append(struct.pack(">Bf", 0xca, value))
        minus_zero = value == 0 and math.copysign(1, value) < 0
        if math.isfinite(value) and value == int(value) and -2**63 <= value < 2**64 and not minus_zero:
            forms.append(self.integer(int(value)))
        return self.random.choice(forms)

    def text(self, value) -> bytes:
        data = value if isinstance(value, bytes) else value.encode(errors="surrogateescape")
        forms = [bytes([0xa0 | len(data)])] if len(data) < 32 else []
        return self._header(forms, ((0xd9, "B"), (0xda, "H"), (0xdb, "I"), (0xc4, "B"), (0xc5, "H"), (0xc6, "I")),
                            len(data)) + data

    def array(self, count: int) -> bytes:
        return self._header([bytes([0x90 | count])] if count < 16 else [], ((0xdc, "H"), (0xdd, "I")), count)

    def map(self, count: int) -> bytes:
        return self._header([bytes([0x80 | count])] if count < 16 else [], ((0xde, "H"), (0xdf, "I")), count)

    def order(self, elements):
        return self.random.sample(elements, len(elements))

    def tail(self) -> list:
        strange = [None, True, -7, 2**64 - 1, 0.5, "more", b"\xff", [[], {}], {"k": [1, {2: 3}]}, msgpack.ExtType(5, b"x"),
                   msgpack.ExtType(6, b"y" * 16), msgpack.ExtType(7, b"z" * 300), "long" * 100]
        if self.random.random() < 0.7:
            return []
        return [PACKER.pack(self.random.choice(strange)) for _ in range(self.random.randint(1, 3))]

    def _header(self, forms: list, wider, length: int) -> bytes:
        forms += [struct.pack(">B" + code, tag, length) for tag, code in wider if length < 256 ** struct.calcsize(code)]
        return self.random.choice(forms)


def _fits(value: int, bits: int, signed: bool) -> bool:
    return -(1 << (bits - 1)) <= value < 1 << (bits - 1) if signed else 0 <= value < 1 << bits


def is_single(value: float) -> bool:
    """A float32 has this value."""
    try:
        return struct.unpack("<f", struct.pack("<f", value))[0] == value
    except OverflowError:
        return False


def encode(shape: Shape, model, form, spoilt: dict | None = None, at: tuple = ()) -> bytes:
    """`spoilt` holds bytes to put in the place of the part at a path of child numbers."""
    if spoilt and at in spoilt:
        return spoilt[at]
    if shape.kind in ("integer", "enum"):
        return form.integer(model)
    if shape.kind == "float":
        return form.real(model, shape.size)
    if shape.kind in ("str", "bin"):
        return form.text(model)
    if shape.kind == "bool" or model is None:
        return PACKER.pack(model)
    if shape.kind in ("set", "map"):
        model = form.order(model)
    inside = [encode(part, each, form, spoilt, at + (i,)) for i, (_, part, each) in enumerate(children(shape, model))]
    if shape.kind == "optional":
        return inside[0]
    if shape.kind == "struct":
        inside += form.tail()
    head = form.map(len(model)) if shape.kind == "map" else form.array(len(inside))
    return head + b"".join(inside)
