#!/usr/bin/env python3
"""write_seeds.py - writes corpus/: what each target starts from, made from the pages of the wire format and of values.

Nothing of troupe writes these bytes: they say what the documents say. Files that it does not know stay: those are
reproducers of what was found, put there by hand with a name that says what they show.
"""
import pathlib
import struct
import sys

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree
from actors_seeds import CONVERSATIONS  # noqa: E402
from message_pack import pack  # noqa: E402

CORPUS = pathlib.Path(__file__).resolve().parent / "corpus"
TOKEN = bytes(range(ord("A"), ord("A") + 16))  # as in targets/handshake.cpp
MAGIC = b"troupe\x1a\n"


def chain(depth: int):
    """A tree of one child on each level."""
    return [depth, [chain(depth - 1)] if depth > 1 else []]


SCALARS = [True, -5, 40000, -2**63, 2**64 - 1, 0.5, 1e300, 7, 65]
BLOBS = ["text", b"shared", b"owned", b"four"]
MSGPACK = {
    "scalars": b"\0" + pack(SCALARS),
    "scalars_none": b"\0\x90",
    "scalars_more": b"\0" + pack(SCALARS + [{"k": [None]}, "x"]),
    "scalars_float32": b"\0" + pack(SCALARS[:5]).replace(b"\x95", b"\x96", 1) + b"\xca\x7f\x80\0\0",
    "scalars_skips_ext": b"\0\x9a" + pack(SCALARS)[1:] + b"\xd5\x01ab",
    "scalars_wide_forms": b"\0\x93\xc2\xd0\x7f\xce\0\0\0\1",
    "blobs": b"\1" + pack(BLOBS),
    "blobs_str32": b"\1\x91\xdb\0\0\0\2ab",
    "blobs_bin16": b"\1\x92\xa0\xc5\0\1x",
    "times": b"\2" + pack([1, 1500000, 7200 * 10**9, -250000000]),
    "times_drift": b"\2" + pack([0, 0, 0, 126781660]),
    "times_far": b"\2" + pack([2**63 - 1, -2**63, 0, 2**62]),
    "tree": b"\3" + pack([1, [[2, []], [3, [[4, []]]]]]),
    "tree_deep": b"\3" + pack(chain(32)),
    "tree_too_deep": b"\3" + pack(chain(33)),
    "nested": b"\4" + pack([["a", ""], [SCALARS], [[1, "x"]], {"k": [1, 2**32 - 1]}, [3, -3], [1, [1, 2, 3]], BLOBS,
                            [2, SCALARS]]),
    "nested_nil": b"\4" + pack([[], [], [], {}, [], [0, [0, 0, 0]], None, [0, None]]),
    "nested_doubles": b"\4" + pack([[], [], [], {}, [], [0, [0, 0, 0]], None, [3, [1.5, 2]]]),
    "without_order": b"\5" + pack([{"a": 1, "b": -1}, [1, 2, 70000]]),
    "without_order_twice": b"\5\x91\x82\xa1a\1\xa1a\2",
    "vectors": b"\6" + pack([["a", "b"], [], ["c" * 40]]),
    "vectors_array32": b"\6\xdd\0\0\0\1\xdc\0\1\xa1x",
    "vectors_claim": b"\6\x91\xdd\xff\xff\xff\xff\xa1x",
    "maps": b"\7" + pack({1: {-300: b"x"}, 2: {}}),
    "maps_map16": b"\7\xde\0\1\5\x80",
    "optional_nil": b"\x08\xc0",
    "optional_double": b"\x08" + pack([0, 2.5]),
    "optional_trees": b"\x08" + pack([1, [[1, []]]]),
    "optional_text": b"\x08" + pack([2, "x"]),
    "never_used": b"\x08\xc1",
}


# Frames: docs/wire-format.md.
def name(text: str) -> bytes:
    return struct.pack("<H", len(text)) + text.encode()


def node(text: str, epoch: int) -> bytes:
    return name(text) + struct.pack("<Q", epoch)


def window(items: int, size: int) -> bytes:
    return struct.pack("<IQ", items, size)


def shape_hash(shape: str) -> int:
    value = 0xCBF29CE484222325
    for byte in shape.encode():
        value = (value ^ byte) * 0x100000001B3 % 2**64
    return value


BOTH = ((1, "parse", "hit{url:str}"), (2, "count", "[u64]"))  # as in targets/handshake.cpp


def hello(link=1, system="run", token=TOKEN, origin=("a", 1), to=("b", 3), channels=BOTH, versions=(1, 1)) -> bytes:
    declared = b"".join(struct.pack("<I", n) + name(text) + struct.pack("<Q", shape_hash(shape)) + window(8, 4096)
                        for n, text, shape in channels)
    return (b"\1" + MAGIC + struct.pack("<HH", *versions) + name(system) + token + node(*origin) + node(*to) +
            struct.pack("<QI", link, len(channels)) + declared)


def welcome(version=1, origin=("b", 3), numbers=(1, 2)) -> bytes:
    return (b"\2" + struct.pack("<H", version) + node(*origin) + struct.pack("<I", len(numbers)) +
            b"".join(struct.pack("<I", n) + window(8, 4096) for n in numbers))


def refuse(reason=8, text="the message types differ", shapes=((1, "parse", "hit{url:str,n:u8}"),)) -> bytes:
    return (b"\3" + struct.pack("<BHH", reason, 1, 1) + node("b", 3) + name(text) + struct.pack("<I", len(shapes)) +
            b"".join(struct.pack("<I", n) + name(t) + struct.pack("<I", len(s)) + s.encode() for n, t, s in shapes))


def head(kind: int, count=0, sequence=1) -> bytes:
    return struct.pack("<B3xIQ", kind, count, sequence)


def data(*records: tuple[int, bytes]) -> bytes:
    return (head(4, len(records)) +
            b"".join(struct.pack("<II", channel, len(payload)) + payload for channel, payload in records))


def credit(*grants: tuple[int, int, int]) -> bytes:
    return (head(5, len(grants), 2**40) +
            b"".join(struct.pack("<I", n) + window(i, b) for n, i, b in grants))


FRAMES = {
    "hello": hello(),
    "hello_bare": hello(channels=()),
    "hello_later_version": hello(versions=(2, 9)),
    "welcome": welcome(),
    "welcome_none": welcome(numbers=()),
    "refuse": refuse(),
    "refuse_bare": refuse(9, "", ()),
    "refuse_lost": refuse(10, "frame 2 did not come", ()),
    "data": data((1, b"one"), (2, b""), (0, b"control")),
    "data_long": data((7, bytes(200))),
    "data_none": data(),
    "data_claim": head(4, 0xFFFF) + bytes(16),
    "credit": credit((1, 2, 300), (2, 0, 0)),
    "credit_none": credit(),
    "ping": head(6) + struct.pack("<Q", 42),
    "ping_counted": head(6, 1) + struct.pack("<Q", 42),
    "pong": head(7, sequence=2**64 - 1) + struct.pack("<Q", 2**64 - 1),
    "bye": head(8, sequence=3),
    "bye_unnumbered": head(8, sequence=0),
    "unknown": b"\x09",
    "empty": b"",
}


def to_acceptor(frame: bytes) -> bytes:
    return b"\0" + struct.pack("<H", len(frame)) + frame


def to_connector(frame: bytes) -> bytes:
    return b"\1" + struct.pack("<H", len(frame)) + frame


def honest(epoch: int, link: int) -> bytes:
    return bytes([2, epoch, link])


HANDSHAKES = {
    "accepted": to_acceptor(hello()),
    "twice": to_acceptor(hello(7)) * 2,
    "rising": b"".join(to_acceptor(hello(link, channels=())) for link in (1, 2, 4, 3, 3)),
    "older_life": (to_acceptor(hello(1, origin=("a", 5), channels=())) +
                   to_acceptor(hello(2, origin=("a", 4), channels=()))),
    "wrong_token": to_acceptor(hello(token=bytes(16))),
    "other_run": to_acceptor(hello(system="other")),
    "other_node": to_acceptor(hello(to=("c", 3))),
    "any_life": to_acceptor(hello(to=("b", 0))),
    "unknown_channel": to_acceptor(hello(channels=((9, "x", "u8"),))),
    "same_channel_twice": to_acceptor(hello(channels=BOTH[:1] * 2)),
    "other_shape": to_acceptor(hello(channels=((1, "parse", "str"), BOTH[1]))),
    "later_version": to_acceptor(hello(versions=(2, 3))),
    "wide_versions": to_acceptor(hello(versions=(0, 9))),
    "no_greeting": to_acceptor(b"GET / HTTP/1.1"),
    "no_name": to_acceptor(hello(origin=("", 1))),
    "link_epoch_0": to_acceptor(hello(0)),
    "welcome": to_connector(welcome()),
    "welcome_other": to_connector(welcome(origin=("c", 3))),
    "welcome_fewer": to_connector(welcome(numbers=(1,))),
    "welcome_version": to_connector(welcome(2)),
    "refused": to_connector(refuse()),
    "refused_bare": to_connector(refuse(4, "no", ())),
    "no_answer": to_connector(head(8)),
    "honest": honest(1, 1) + honest(1, 2) + honest(1, 1) + honest(2, 1),
    "honest_overtaking": honest(1, 66) + honest(1, 2) + honest(1, 1),
    "honest_far": bytes([3, 1, 200, 3, 1, 100, 3, 1, 250]),
    "mixed": honest(1, 1) + to_acceptor(hello(1)) + to_connector(welcome()),
}

STREAMS = {  # framing, limit, chunk size, stream
    "lines": b"\0\x40\3one\ntwo\r\n\nlast",
    "lines_over": b"\0\4\2abcd\nabcde\n",
    "jsonl": b'\1\xff\5{"a":[1,2]}\n\n \t\n"x"\nnull',
    "jsonl_wrong": b"\1\xff\1[1]\n[1 2]\n",
    "nul": b"\2\x20\2a b\0\0c",
    "nul_lines": b"\2\x20\7a\nb\0c\n\0",
    "u32be": b"\3\x40\1\0\0\0\3abc\0\0\0\0\0\0\0\1x",
    "u32be_half": b"\3\x40\4\0\0\0\5ab",
    "u32be_short": b"\3\x40\0\0\0",
    "u32be_over": b"\3\x10\2\0\0\0\x11" + b"x" * 17,
    "u32be_text": b"\3\xff\2GET / HTTP/1.1\r\n",
    "limit_0": b"\0\0\1\n\n\n",
    "empty": b"",
}

JSON = {
    "object": b'{"a": [1, -2.5e3, true], "b": {"c": null}, "": ""}',
    "escapes": rb'"\u00e9\n\t\"\\\/ \ud83d\ude00"',
    "utf8": '"é€😀"'.encode(),
    "numbers": b"[0, -0, 1e5, 1E-5, 0.5, 123456789012345678901234567890]",
    "spaces": b" \t\r\n[ ]\n",
    "deep": b"[" * 40 + b"]" * 40,
    "unfinished": b'{"a": [1, 2',
    "leading_zero": b"[01]",
    "trailing_comma": b"[1,]",
    "two": b"1 2",
    "control": b'"a\nb"',
    "bad_utf8": b'"\xc3("',
    "bom": b"\xef\xbb\xbf1",
    "word": b"[nul]",
    "duration": b"1.5m",
    "size": b"64MiB",
    "empty": b"",
}

CONFIG = {
    "stage": (
        "[stage.a]\n"
        'from = { files = "*.log", split = "lines" }\n'
        "workers = 2\n"
        'to = { file = "-", format = "jsonl" }\n'),
    "stages": (
        "[stage.a]\n"
        "from = { range = [0, 10] }\n"
        'batch = { size = 3, bytes = "1MiB", wait = "1s" }\n'
        "[stage.b]\n"
        'from = ["a"]\n'
        'place = "thread"\n'
        'call = "x"\n'
        'to = { file = "out" }\n'),
    "restart": (
        "[stage.a]\n"
        "from = { stdin = true }\n"
        'timeout = "20s"\n'
        "max_attempts = 5\n"
        'quarantine = "q"\n'
        "[stage.a.restart]\n"
        'policy = "always"\n'
        "burst = 5\n"
        'window = "10s"\n'
        'delay = "100ms"\n'
        'max_delay = "30s"\n'),
    "actors": (
        "[actor.a]\n"
        'place = "detached"\n'
        'mailbox = { capacity = 10, overflow = "reject" }\n'
        "options = { n = -1, f = 1.5, l = [true, {}], t = 2024-01-01T00:00:00Z }\n"
        "[actor.b]\n"
        "[supervisor.s]\n"
        'children = ["a", "b"]\n'
        'strategy = "rest_for_one"\n'),
    "processes": (
        "[actor.a]\n"
        'place = "process"\n'
        "[actor.b]\n"
        'place = "back"\n'
        "[process.back]\n"
        'limits = { memory_max = "1G", address_space = "4G", nofile = 1024, cpu_time = "60s" }\n'),
    "processes_wrong": (
        "[actor.director]\n"
        'place = "process"\n'
        "[actor.b]\n"
        'place = "bakc"\n'
        "[process.back]\n"
        'limits = { nofile = 3, cpu_time = "1500ms" }\n'
        "[process.b]\n"
        "[process]\n"
        "thread = 3\n"
        "\x1eprocess.back.limits.memory_max=1G"),
    "cycle": (
        "[stage.a]\n"
        'from = "b"\n'
        "[stage.b]\n"
        'from = "a"\n'),
    "supervisor_cycle": (
        "[supervisor.s]\n"
        'children = ["s"]\n'),
    "near_miss": (
        "[stage.count]\n"
        "from = { stdin = true }\n"
        "[stage.b]\n"
        'from = "cuont"\n'
        "wrokers = 2\n"),
    "twice": (
        "[stage.a]\n"
        "[stage.a]\n"
        "x = 1\n"
        "x = 2\n"),
    "types": (
        "[stage.a]\n"
        "from = 1\n"
        'workers = "2"\n'
        "timeout = 5\n"
        "to = []\n"),
    "syntax": (
        "[stage.a\n"
        "from = = 1\n"
        "workers = 2\n"),
    "unclosed": (
        "[stage.a]\n"
        'from = { files = ["a", \n'),
    "end_of_text": (
        "[actor.a]\n"
        '"\n'),
    "unclosed_string": (
        "[stage.a]\n"
        "from = '''x\n"),
    "strings": (
        '[stage."a"]\n'
        "from = { files = ['''a\n"
        "b''', \"\"\"c\\\n"
        "  d\"\"\", 'e', \"\\u00e9\\n\"] }\n"),
    "numbers": (
        "[actor.a]\n"
        "options = { a = 0x1F, b = 0o7, c = 0b1, d = 1_000, e = inf, f = nan, h = 07:32:00, i = 1979-05-27 }\n"),
    "dotted": (
        "stage.a.from.stdin = true\n"
        'stage.a.to.file = "-"\n'),
    "arrays_of_tables": (
        "[[stage]]\n"
        "name = 1\n"
        "[[stage]]\n"),
    "later": (
        "[resource.b]\n"),
    "comment": "# é only\n",
    "crlf": (
        "[actor.a]\r\n"
        'place = "thread"\r\n'),
    "bom": "\ufeff[actor.a]\n",
    "set": (
        "[stage.a]\n"
        "from = { stdin = true }\n"
        "\x1estage.a.workers=4"
        "\x1estage.a.call=other"
        "\x1estage.a.place=thred"),
    "set_wrong": (
        "[actor.a]\n"
        "\x1eactor.b.place=thread"
        "\x1eactor.a.options.x = [1, {y = 2}]"
        "\x1eno"
        "\x1ea="
        "\x1eactor.a.mailbox.capacity=-1"),
    "wide": (
        "[stage.a]\n"
        "from = { stdin = true }\n"
        '"é€😀" = 1\n'
        'to = { file = "é" , x = 1 }\n'),
    "empty": "",
}


def main() -> None:
    corpora = {"msgpack": MSGPACK, "frame": FRAMES, "handshake": HANDSHAKES, "framing": STREAMS, "json": JSON,
               "actors": CONVERSATIONS,
               "config": {key: text.encode() for key, text in CONFIG.items()}}
    for target, seeds in corpora.items():
        folder = CORPUS / target
        folder.mkdir(parents=True, exist_ok=True)
        for key, content in seeds.items():
            (folder / key).write_bytes(content)
        print(f"{target}: {len(seeds)} seeds, the largest of {max(map(len, seeds.values()))} bytes")


if __name__ == "__main__":
    main()
