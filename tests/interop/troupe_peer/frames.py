"""frames.py - frames as values, and their bytes: the table of docs/wire-format.md."""
import struct
from dataclasses import dataclass, field
from typing import ClassVar, NamedTuple

MAGIC = b"troupe\x1a\n"
VERSION = 1
MAX_FRAME = 128 << 20
TARGET_FRAME = 64 << 10
MAX_RECORDS = 1 << 16
RECORD_HEAD = 8


class Malformed(Exception):
    """Bytes that are no frame."""


class Window(NamedTuple):
    items: int
    bytes: int


class Node(NamedTuple):
    name: str
    epoch: int


class Declared(NamedTuple):
    number: int
    name: str
    shape_hash: int
    window: Window


class _Writer:
    def __init__(self, sequence: int):
        self.data, self.sequence = bytearray(), sequence

    def numbers(self, form: str, *values: int):
        self.data += struct.pack("<" + form, *values)

    def text(self, text: str, length: str = "H"):
        data = text.encode(errors="surrogateescape")
        self.numbers(length, len(data))
        self.data += data

    def node(self, node: Node):
        self.text(node.name)
        self.numbers("Q", node.epoch)

    def windows(self, windows: list):
        for channel, window in windows:
            self.numbers("IIQ", channel, *window)

    def head(self, count: int):
        """What frames behind the handshake begin with."""
        self.numbers("3xIQ", count, self.sequence)


class _Reader:
    def __init__(self, data: bytes):
        self.data, self.at = data, 1  # behind the kind
        self.sequence: int | None = None

    def take(self, size: int) -> bytes:
        if size > len(self.data) - self.at:
            raise Malformed(f"a frame of kind {self.data[0]} ends at byte {len(self.data)} inside a field")
        self.at += size
        return self.data[self.at - size:self.at]

    def numbers(self, form: str):
        found = struct.unpack("<" + form, self.take(struct.calcsize("<" + form)))
        return found[0] if len(found) == 1 else found

    def text(self, most: int = 255, length: str = "H") -> str:
        size = self.numbers(length)
        if size > most:
            raise Malformed(f"a text of {size} bytes, at most {most} are allowed")
        return self.take(size).decode(errors="surrogateescape")

    def node(self) -> Node:
        return Node(self.text(), self.numbers("Q"))

    def window(self) -> Window:
        return Window(*self.numbers("IQ"))

    def windows(self, count: int) -> list:
        return [(self.numbers("I"), self.window()) for _ in range(count)]

    def head(self, most: int) -> int:
        if self.take(3) != bytes(3):
            raise Malformed(f"a frame of kind {self.data[0]} with padding that is not zero")
        count, self.sequence = self.count(most), self.numbers("Q")
        if self.sequence == 0:
            raise Malformed(f"a frame of kind {self.data[0]} has the sequence 0")
        return count

    def count(self, most: int) -> int:
        count = self.numbers("I")
        if count > most:
            raise Malformed(f"a frame of kind {self.data[0]} counts {count}, at most {most} are allowed")
        return count

    def end(self):
        if self.at != len(self.data):
            raise Malformed(f"a frame of kind {self.data[0]} has {len(self.data) - self.at} bytes too many")


@dataclass
class Hello:
    kind: ClassVar[int] = 1
    system: str
    token: bytes
    sender: Node
    to: Node
    link_epoch: int
    channels: list[Declared] = field(default_factory=list)
    versions: tuple[int, int] = (VERSION, VERSION)

    def write(self, out: _Writer):
        out.data += MAGIC
        out.numbers("HH", *self.versions)
        out.text(self.system)
        out.data += self.token
        out.node(self.sender)
        out.node(self.to)
        out.numbers("QI", self.link_epoch, len(self.channels))
        for each in self.channels:
            out.numbers("I", each.number)
            out.text(each.name)
            out.numbers("QIQ", each.shape_hash, *each.window)

    @staticmethod
    def read(data: _Reader) -> "Hello":
        if data.take(len(MAGIC)) != MAGIC:
            raise Malformed("no greeting of troupe")
        versions = data.numbers("HH")
        found = Hello(data.text(), data.take(16), data.node(), data.node(), data.numbers("Q"), versions=versions)
        for _ in range(data.count(4096)):
            found.channels.append(Declared(data.numbers("I"), data.text(), data.numbers("Q"), data.window()))
        return found


@dataclass
class Welcome:
    kind: ClassVar[int] = 2
    version: int
    sender: Node
    channels: list[tuple[int, Window]]

    def write(self, out: _Writer):
        out.numbers("H", self.version)
        out.node(self.sender)
        out.numbers("I", len(self.channels))
        out.windows(self.channels)

    @staticmethod
    def read(data: _Reader) -> "Welcome":
        return Welcome(data.numbers("H"), data.node(), data.windows(data.count(4096)))


@dataclass
class Refuse:
    kind: ClassVar[int] = 3
    reason: int
    sender: Node
    text: str
    shapes: list[tuple[int, str, str]] = field(default_factory=list)
    versions: tuple[int, int] = (VERSION, VERSION)

    def write(self, out: _Writer):
        out.numbers("BHH", self.reason, *self.versions)
        out.node(self.sender)
        out.text(self.text)
        out.numbers("I", len(self.shapes))
        for number, name, shape in self.shapes:
            out.numbers("I", number)
            out.text(name)
            out.text(shape, "I")

    @staticmethod
    def read(data: _Reader) -> "Refuse":
        reason, *versions = data.numbers("BHH")
        found = Refuse(reason, data.node(), data.text(4096), versions=tuple(versions))
        for _ in range(data.count(4096)):
            found.shapes.append((data.numbers("I"), data.text(), data.text(1 << 20, "I")))
        return found


@dataclass
class Data:
    kind: ClassVar[int] = 4
    records: list[tuple[int, bytes]]  # channel and payload

    def write(self, out: _Writer):
        out.head(len(self.records))
        for channel, payload in self.records:
            out.numbers("II", channel, len(payload))
            out.data += payload

    @staticmethod
    def read(data: _Reader) -> "Data":
        found = []
        for _ in range(data.head(MAX_RECORDS)):
            channel, size = data.numbers("II")
            found.append((channel, data.take(size)))
        if not found:
            raise Malformed("a DATA frame without a record")
        return Data(found)


@dataclass
class Credit:
    kind: ClassVar[int] = 5
    grants: list[tuple[int, Window]]

    def write(self, out: _Writer):
        out.head(len(self.grants))
        out.windows(self.grants)

    @staticmethod
    def read(data: _Reader) -> "Credit":
        return Credit(data.windows(data.head(MAX_RECORDS)))


@dataclass
class Ping:
    kind: ClassVar[int] = 6
    nonce: int

    def write(self, out: _Writer):
        out.head(0)
        out.numbers("Q", self.nonce)

    @classmethod
    def read(cls, data: _Reader):
        data.head(0)
        return cls(data.numbers("Q"))


class Pong(Ping):
    kind: ClassVar[int] = 7


@dataclass
class Bye:
    kind: ClassVar[int] = 8

    def write(self, out: _Writer):
        out.head(0)

    @staticmethod
    def read(data: _Reader) -> "Bye":
        data.head(0)
        return Bye()


KINDS = {each.kind: each for each in (Hello, Welcome, Refuse, Data, Credit, Ping, Pong, Bye)}


def encode(frame, sequence: int = 0) -> bytes:
    """The sequence stands in those that have a head."""
    out = _Writer(sequence)
    out.numbers("B", frame.kind)
    frame.write(out)
    return bytes(out.data)


def decode(data: bytes):
    """The frame, and its sequence when it has one. Every byte is accounted for. Raises Malformed."""
    if not data or len(data) > MAX_FRAME or data[0] not in KINDS:
        raise Malformed("a frame of no kind, or too long")
    reader = _Reader(data)
    found = KINDS[data[0]].read(reader)
    reader.end()
    return found, reader.sequence


def greeting(data: bytes) -> tuple[int, int]:
    """The versions of a HELLO, whatever follows them. Raises Malformed when it is none."""
    if len(data) < 13 or data[0] != Hello.kind or data[1:9] != MAGIC:
        raise Malformed(f"the first {min(len(data), 13)} bytes are not troupe's greeting")
    return struct.unpack_from("<HH", data, 9)
