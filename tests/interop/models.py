"""models.py - models at random, with a taste for edges; and how a model looks as JSON (troupe/base/json.hpp)."""
import base64
import math
import struct
from decimal import Decimal

from shapes import Shape, in_order, sort_key

NAMES = {"colour": {0: "red", 1: "green", 2: "blue"}, "sign": {-1: "minus", 0: "zero", 1: "plus"}, "large": {0: "small"}}
REALS = [0.0, -0.0, 1.0, -1.0, 0.1, 1 / 3, 2.0**53, 2.0**63, 2.0**64, -2.0**63, 1.7976931348623157e308, 5e-324,
         3.4028234663852886e38, 1e-45, math.inf, -math.inf, math.nan]


class Maker:
    def __init__(self, random):
        self.random = random

    def make(self, shape: Shape, depth: int = 0):
        """A model in the order of std::set and std::map."""
        kind = shape.kind
        if kind == "bool":
            return self.random.random() < 0.5
        if kind in ("integer", "enum"):
            return self.integer(shape)
        if kind == "float":
            return self.real(shape.size)
        if kind == "str":
            return self.text(depth)
        if kind == "bin":
            return self.random.randbytes(self.length(depth) if shape.size is None else shape.size)
        if kind == "nil" or kind == "optional" and self.random.random() < 0.3:
            return None
        if kind == "optional":
            return self.make(shape.parts[0], depth)
        if kind == "variant":
            index = self.random.randrange(len(shape.parts))
            return index, self.make(shape.parts[index], depth + 1)
        if kind in ("struct", "product"):
            return [self.make(part, depth + 1) for part in shape.parts]
        return self.elements(shape, depth)

    def elements(self, shape: Shape, depth: int):
        count = shape.size if shape.kind == "array" else self.count(depth)
        if shape.kind == "map":
            key, value = shape.parts
            return in_order(shape, [(k, self.make(value, depth + 1)) for k in self.distinct(key, count, depth)])
        if shape.kind == "set":
            return in_order(shape, self.distinct(shape.parts[0], count, depth))
        return [self.make(shape.parts[0], depth + 1) for _ in range(count)]

    def distinct(self, shape: Shape, count: int, depth: int) -> list:
        found = {}
        for _ in range(count):
            model = self.make(shape, depth + 1)
            found[repr(sort_key(shape, model))] = model
        return list(found.values())

    def integer(self, shape: Shape) -> int:
        if self.random.random() < 0.3:
            return self.random.randint(shape.low(), shape.high())
        near = (1 << self.random.randint(0, 64)) * self.random.choice((1, -1)) + self.random.randint(-1, 1)
        return min(max(near, shape.low()), shape.high())

    def real(self, bits: int) -> float:
        value = self.random.choice(REALS)
        if self.random.random() < 0.5:
            value = struct.unpack("<d", self.random.randbytes(8))[0]
        if bits == 32:
            try:
                value = struct.unpack("<f", struct.pack("<f", value))[0]
            except OverflowError:
                value = struct.unpack("<f", self.random.randbytes(4))[0]
        return math.nan if math.isnan(value) else value  # one kind of it: its bits are nobody's promise

    def text(self, depth: int) -> str:
        length = self.length(depth)
        alphabet = self.random.choice(("ab", "aé€😀\0\n\"\\", "a\udcff\udc80"))
        data = "".join(self.random.choice(alphabet) for _ in range(min(16, length)))
        data = data.encode(errors="surrogateescape")[:length]
        return (data + b"x" * (length - len(data))).decode(errors="surrogateescape")

    def length(self, depth: int) -> int:
        """In bytes."""
        if self.random.random() < (0.25 if depth == 0 else 0.01):
            return self.random.choice((65535, 65536, 70000))
        edges = (0, 31, 32, 33, 255, 256, 257)
        return self.random.choice(edges) if self.random.random() < 0.3 else self.random.randint(0, 9)

    def count(self, depth: int) -> int:
        if depth == 0 and self.random.random() < 0.05:
            return self.random.choice((65535, 65536))
        if depth < 2 and self.random.random() < 0.1:
            return self.random.choice((15, 16, 17))
        return self.random.randint(0, 3 if depth < 4 else 0)


def is_json(shape: Shape, model, found) -> bool:
    """JSON that was read with Decimal for what is no integer says what the model says. Text that is no UTF-8 may look
    any way; so may the order of a set."""
    kind = shape.kind
    if kind == "float":
        number = not isinstance(found, bool) and isinstance(found, (int, Decimal))
        return found is None if not math.isfinite(model) else number and _as_real(found, shape.size) == model
    if kind == "integer":
        scale = 10**9 if shape.name == "ns" else 1
        return not isinstance(found, bool) and isinstance(found, (int, Decimal)) and found * scale == model
    if kind == "enum":
        return found == NAMES[shape.name].get(model, model)
    if kind == "str":
        return isinstance(found, str) and (found == model or not is_utf8(model))
    if kind == "bin":
        return found == base64.b64encode(model).decode()
    if kind == "optional":
        return found is None if model is None else is_json(shape.parts[0], model, found)
    if kind == "variant":
        return is_json(shape.parts[model[0]], model[1], found)
    if kind == "struct":
        return list(found) == shape.labels and _all_json(shape.parts, model, found.values())
    if kind == "set":
        return len(found) == len(model) and all(any(is_json(shape.parts[0], m, f) for f in found) for m in model)
    if kind == "map":
        return _is_json_map(shape, model, found)
    if kind in ("sequence", "array"):
        return _all_json([shape.parts[0]] * len(model), model, found)
    if kind == "product":
        return _all_json(shape.parts, model, found)
    return found is model  # bool, nil


def _is_json_map(shape: Shape, model, found) -> bool:
    key, value = shape.parts
    if key.kind not in ("str", "integer", "enum"):
        return _all_json(shape.parts * len(model), [x for pair in model for x in pair], [x for pair in found for x in pair])
    keys = [str(k) for k, _ in model]
    if not all(map(is_utf8, keys)):
        return True
    return set(found) == set(keys) and all(is_json(value, v, found[str(k)]) for k, v in model)


def _all_json(shapes, models, found) -> bool:
    return len(models) == len(found) and all(map(is_json, shapes, models, found))


def is_utf8(text: str) -> bool:
    return not any("\udc80" <= char <= "\udcff" for char in text)


def _as_real(number, bits: int) -> float:
    return struct.unpack("<f", struct.pack("<f", number))[0] if bits == 32 else float(number)
