"""shapes.py - the shapes of docs/wire-values.md as a tree, read from their text.

A model is how these scripts hold a value of a shape: int, bool, float, str (bytes that are no UTF-8 as surrogates),
bytes, None; a list for whatever has elements or fields; a list of (key, value) for a map; (index, value) for a variant.
"""
import re
from dataclasses import dataclass, field

SCALARS = {"bool": "bool", "str": "str", "bin": "bin", "nil": "nil", "ns": "integer", "f32": "float", "f64": "float"}
BRACKETS = {"[": "sequence", "<": "set", "{": "map", "(": "product", "|": "variant", "?": "optional"}


@dataclass
class Shape:
    kind: str  # of SCALARS or BRACKETS, or integer, enum, array, struct
    name: str  # "u8", "ns", or the name of a struct or enum
    parts: list = field(default_factory=list)
    labels: list = field(default_factory=list)  # of a struct's fields
    size: int | None = None  # bits of a number; elements of an array; bytes of bin16
    signed: bool = False

    def low(self) -> int:
        return -(1 << (self.size - 1)) if self.signed else 0

    def high(self) -> int:
        return (1 << (self.size - self.signed)) - 1


INDEX = Shape("integer", "u64", size=64)  # in front of the value of a variant


class _Parser:
    def __init__(self, text: str):
        self.text, self.at, self.open = text, 0, {}

    def eat(self, char: str) -> bool:
        hit = self.text.startswith(char, self.at)
        self.at += hit
        return hit

    def need(self, char: str):
        if not self.eat(char):
            raise ValueError(f"'{char}' expected at {self.at} of {self.text}")

    def word(self) -> str:
        hit = re.compile(r"[^{}()\[\]<>|?:;,]+(<.*?>)?").match(self.text, self.at)
        if hit is None:
            raise ValueError(f"a name expected at {self.at} of {self.text}")
        self.at = hit.end()
        return hit.group()

    def parts(self, end: str, labels: list | None = None) -> list:
        found = []
        while not self.eat(end):
            if found:
                self.need(",")
            if labels is not None:
                labels.append(self.word())
                self.need(":")
            found.append(self.shape())
        return found

    def shape(self) -> Shape:
        for opening, kind in BRACKETS.items():
            if self.eat(opening):
                return self.bracketed(Shape(kind, opening))
        name = self.word()
        if self.eat("("):
            number = self.shape()
            self.need(")")
            return Shape("enum", name, size=number.size, signed=number.signed)
        if self.eat("{"):
            outer = self.open.get(name)
            found = self.open[name] = Shape("struct", name)
            found.parts = self.parts("}", found.labels)
            self.open[name] = outer
            return found
        return self.open.get(name) or scalar(name)

    def bracketed(self, found: Shape) -> Shape:
        if found.kind in ("product", "variant"):
            found.parts = self.parts({"product": ")", "variant": "|"}[found.kind])
            return found
        found.parts = [self.shape()]
        if found.kind == "map":
            self.need(":")
            found.parts.append(self.shape())
        if found.kind == "sequence" and self.eat(";"):
            found.kind, found.size = "array", int(self.word())
        if found.kind != "optional":
            self.need({"[": "]", "<": ">", "{": "}"}[found.name])
        return found


def scalar(name: str) -> Shape:
    if name == "ns":
        return Shape("integer", name, size=64, signed=True)
    if name in SCALARS:
        return Shape(SCALARS[name], name, size=int(name[1:]) if name[0] == "f" else None)
    if hit := re.fullmatch(r"([iu])(8|16|32|64)", name):
        return Shape("integer", name, size=int(hit[2]), signed=hit[1] == "i")
    if hit := re.fullmatch(r"bin(\d+)", name):
        return Shape("bin", name, size=int(hit[1]))
    raise ValueError(f"no shape has the name '{name}'")


def parse(text: str) -> Shape:
    parser = _Parser(text)
    found = parser.shape()
    if parser.at != len(text):
        raise ValueError(f"more behind the shape: {text[parser.at:]}")
    return found


def children(shape: Shape, model):
    """What a model consists of, as on the wire: (what an error's path says of it, its shape, its model)."""
    if shape.kind == "struct":
        return [(f".{label}", part, each) for label, part, each in zip(shape.labels, shape.parts, model)]
    if shape.kind == "product":
        return [(f"[{i}]", part, each) for i, (part, each) in enumerate(zip(shape.parts, model))]
    if shape.kind in ("sequence", "array", "set"):
        return [(f"[{i}]", shape.parts[0], each) for i, each in enumerate(model)]
    if shape.kind == "map":
        return [(f"[{i}]", part, each) for i, pair in enumerate(model) for part, each in zip(shape.parts, pair)]
    if shape.kind == "variant":
        return [("[0]", INDEX, model[0]), ("[1]", shape.parts[model[0]], model[1])]
    if shape.kind == "optional" and model is not None:
        return [("", shape.parts[0], model)]
    return []


def sort_key(shape: Shape, model):
    """The order of elements in a std::set and std::map."""
    if shape.kind == "str":
        return model.encode(errors="surrogateescape")
    if shape.kind in ("product", "struct"):
        return [sort_key(part, each) for _, part, each in children(shape, model)]
    return model


def in_order(shape: Shape, model):
    """The model with every set and map sorted."""
    if shape.kind == "set":
        return sorted(model, key=lambda each: sort_key(shape.parts[0], each))
    if shape.kind == "map":
        key, value = shape.parts
        return sorted(((k, in_order(value, v)) for k, v in model), key=lambda pair: sort_key(key, pair[0]))
    if shape.kind == "variant":
        return model[0], in_order(shape.parts[model[0]], model[1])
    if shape.kind == "optional":
        return None if model is None else in_order(shape.parts[0], model)
    if shape.kind in ("struct", "product", "sequence", "array"):
        return [in_order(part, each) for _, part, each in children(shape, model)]
    return model
