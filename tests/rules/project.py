"""project.py - which header of the tree defines a type, and the rule that whoever uses it includes that header.

CI compiles files in batches, where one file may live on what another before it includes. This rule sees most of that: a
type or free function that one header alone declares, used where nothing that the file includes leads to it. ./dev lint
is the proof: it reads each file by itself.
"""
import posixpath
import re

from cpp_text import includes_of, line_of
from layers import ROOMS, reach, room_of, tested_room

DEFINED = re.compile(r"^(?:(?:class|struct|enum class|enum) (?:\[\[\w+\]\] )?(\w+)(?= final| : | {)|using (\w+)(?= =))", re.M)
FUNCTION = re.compile(r"^(?![# /}]|(?:class|struct|enum|using|namespace|template|extern|friend)\b)[^;{(=\n]*[&* ](\w+)\(", re.M)
# What makes a name something else in a file: a declaration of any kind, wherever it stands.
NAMED = re.compile(r"\b(?:class|struct|enum|using|concept|typename|namespace)\s+(?:class\s+)?(?:\[\[\w+\]\]\s+)?(\w+)"
                   r"|[\w>&*\]](?<!\breturn)(?<!\bco_return)(?<!\bco_await)(?<!\bthrow)(?<!\belse)(?<!\bnew)\s+[&*]*(\w+)\s*[(=;,){\[]"
                   r"|\bauto&? \[([\w, ]+)\]")
# A word where only a type can stand, or that is called; not a member. Template arguments are not seen.
USED = re.compile(r"(?<![\w.>:])(?:(?:troupe|actors|base|config|runtime|spawn|sync|transport)::)*(\w+)(?=::\w|[&*]+ ?\w|[&*]+[,)>]| +[a-z_]\w* ?[;={(,)]|\()")


# Functions of the C library of the same name, called without a namespace.
OF_THE_SYSTEM = {"close", "kill", "link", "open", "pause", "read", "send", "signal", "write"}


class _Includes:
    """What each file includes of the tree, directly and through others."""

    def __init__(self, tree):
        self._tree, self._files, self._known = tree, set(tree.cpp()), {}

    def of(self, path: str) -> set[str]:
        reached, ahead = set(), [path]
        while ahead:
            path = ahead.pop()
            if path not in reached:
                reached.add(path)
                ahead += self._direct(path)
        return reached

    def _direct(self, path: str) -> list[str]:
        if path not in self._known:
            folder = posixpath.dirname(path)
            names = [posixpath.normpath(posixpath.join(folder, name)) if quoted else name
                     for _, quoted, name in includes_of(self._tree.text(path))]
            self._known[path] = [name for name in names if name in self._files]
        return self._known[path]


def _definitions(tree) -> dict[str, str]:
    """The name of a type or function -> the one header that declares it, for those that one header declares."""
    found: dict[str, set[str]] = {}
    for path in tree.headers():
        for pattern in (DEFINED, FUNCTION):
            for name in pattern.finditer(tree.code(path)):
                found.setdefault(name[name.lastindex], set()).add(path)
    return {name: next(iter(paths)) for name, paths in found.items()
            if len(paths) == 1 and name not in OF_THE_SYSTEM}


def _may_include(path: str, header: str) -> bool:
    room, other = room_of(path) or tested_room(path), room_of(header)
    if "/internal/" in header and room != other:
        return False
    if room is None or other is None:
        return other is not None or posixpath.dirname(header) == posixpath.dirname(path)
    return room not in ROOMS or other in reach(room)


def rule_project_includes(tree):
    """The header that declares a type or function is among those that a file that uses it includes, directly or through others."""
    home, includes, words = _definitions(tree), _Includes(tree), {}

    def named(path):
        if path not in words:
            words[path] = {word for name in NAMED.finditer(tree.code(path)) for word in re.findall(r"\w+", name[name.lastindex])}
        return words[path]

    for path in tree.cpp():
        if "compile_fail/" in path:
            continue
        code, reached, seen = tree.code(path), includes.of(path), set()
        if not any(other.startswith("troupe/") for other in reached):
            continue  # a peer or a helper, with words of its own
        others = set().union(*(named(other) for other in reached))
        for used in USED.finditer(code):
            name = used[1]
            if name in seen or name not in home or name in others or home[name] in reached:
                continue
            if _may_include(path, home[name]):
                seen.add(name)
                yield path, line_of(code, used.start(1)), f"{name} comes from {home[name]}: include it"
