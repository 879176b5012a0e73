#!/usr/bin/env python3
"""check.py - the rules of the tree that a script can see: tests/rules/check.py [--root DIR] [BUILD_DIR]

Each broken rule is one line, path:line: [rule] what is wrong and what to do; the exit status is then 1. With a BUILD_DIR
it also checks that every source is in that build's compile_commands.json. check_test.py proves that each rule can fail.
"""
import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree
sys.path.insert(0, str(Path(__file__).resolve().parent))
from cpp_text import code_of, includes_of, line_of  # noqa: E402

# The table of the house: a room and the rooms it may include, besides itself.
ROOMS = {
    "base": set(),
    "actors": {"base"}, "transport": {"base"}, "spawn": {"base"}, "config": {"base"}, "sync": {"base"},
    "runtime": {"base", "actors", "transport", "spawn", "config", "sync"},
    "cli": {"base", "runtime"},
    "facade": {"base", "runtime"},  # troupe/app.hpp, the header of programs: the top, as cli is
}

# Third-party headers by the start of their name, and the one place that may include them. A room may do so in .cpp files
# and in its internal/ folder; its tests may too.
THIRD_PARTY = {
    "caf/": "actors", "zmq.h": "transport", "zmq.hpp": "transport", "zmq_addon.hpp": "transport",
    "toml++/": "config", "toml.hpp": "config", "spdlog/": "base", "fmt/": "base", "CLI/": "cli",
    "nlohmann/": "cli", "ncurses.h": "cli", "curses.h": "cli", "sqlite3.h": "runtime",
    "gtest/": "tests", "gmock/": "tests", "benchmark/": "bench",
}
EVERYWHERE = {"tl/expected.hpp"}
# What libc and the kernel bring; headers of the standard library have neither dot nor slash.
SYSTEM_FOLDERS = ("sys/", "linux/", "netinet/", "arpa/", "net/", "sanitizer/")
SYSTEM_HEADERS = set("""aio.h cxxabi.h dirent.h dlfcn.h errno.h execinfo.h fcntl.h fnmatch.h ftw.h getopt.h glob.h grp.h
    ifaddrs.h langinfo.h libgen.h limits.h link.h locale.h malloc.h math.h mqueue.h netdb.h paths.h poll.h pthread.h
    pty.h pwd.h regex.h sched.h search.h semaphore.h signal.h spawn.h stddef.h stdint.h stdio.h stdlib.h string.h
    strings.h syslog.h termios.h time.h ucontext.h unistd.h utime.h wait.h wchar.h wordexp.h""".split())

# System calls fenced into one room: a call by its plain or global name, never a member function.
PLAIN = r"(?<![\w.>:])(?:::\s*)?"
FENCED = {
    "spawn": re.compile(
        PLAIN + r"(v?fork|_Fork|clone3|exec(?:l|lp|le|v|vp|ve|vpe|veat)|fexecve|waitid|waitpid|wait[34]"
        r"|posix_spawnp?|popen)\s*\("
        r"|(?<![\w>])(?:::|std::)(?:clone|system)\s*\("
        r"|\b(?:SYS_|__NR_)(?:v?fork|clone3?|execve(?:at)?|waitid|wait4)\b"),
    "sync": re.compile(
        r"\b(?:pthread_(?:mutex|cond|rwlock|barrier|spin|once)\w*|(?:SYS_|__NR_)?futex\b|FUTEX_\w+)"
        "|" + PLAIN + r"(?:sem|mq)_(?:open|init|post|wait|trywait|timedwait|unlink|send|receive|getattr|notify)\s*\("),
}

MAX_LINES = 400
SOURCE_FOLDERS = ("troupe/", "tests/", "examples/", "bench/", "chaos/")

# Files that may say new or delete, each with its reason.
RAW_MEMORY: dict[str, str] = {}

# Written in two halves, so that this file does not break its own rules.
OPEN_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:wo" r"rk|ro" r"ot)(?=/|\b)|/tm" r"p/b-\w+")


class Tree:
    """The files of a checkout: those git knows or would add; all but build folders where there is no git."""

    def __init__(self, root: Path):
        self.root = root
        self.files = sorted(p for p in self._list() if (root / p).is_file() and not (root / p).is_symlink())
        self._text: dict[str, str] = {}
        self._code: dict[str, str] = {}

    def _list(self):
        git = ["git", "-C", str(self.root), "-c", f"safe.directory={self.root}", "ls-files", "-z"]
        listing = subprocess.run(git + ["--cached", "--others", "--exclude-standard"], capture_output=True, check=False)
        if listing.returncode == 0 and listing.stdout:
            return set(os.fsdecode(listing.stdout).split("\0")) - {""}
        found = set()
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in ("build", ".git", ".cache", "__pycache__")]
            found |= {os.path.relpath(os.path.join(folder, name), self.root) for name in names}
        return found

    def text(self, path: str) -> str:
        if path not in self._text:
            self._text[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._text[path]

    def code(self, path: str) -> str:
        """The text of a C++ file without comments, strings and includes; lines and columns stay."""
        if path not in self._code:
            self._code[path] = code_of(self.text(path))
        return self._code[path]

    def cpp(self):
        return [p for p in self.files if p.endswith((".cpp", ".hpp")) and p.startswith(SOURCE_FOLDERS)]

    def headers(self):
        return [p for p in self.cpp() if p.endswith(".hpp") and "compile_fail/" not in p]


def room_of(path: str) -> str | None:
    """troupe/base/error.hpp -> base; troupe/app.hpp -> facade; None outside of troupe/."""
    parts = path.split("/")
    if parts[0] != "troupe":
        return None
    return parts[1] if len(parts) > 2 else "facade"


def tested_room(path: str) -> str | None:
    """tests/base/error_test.cpp -> base; None for everything else."""
    parts = path.split("/")
    return parts[1] if parts[0] == "tests" and len(parts) > 2 and parts[1] in ROOMS else None


def reach(room: str) -> set[str]:
    """The room, and all that it includes directly or through others."""
    reached, ahead = set(), [room]
    while ahead:
        room = ahead.pop()
        if room not in reached:
            reached.add(room)
            ahead += ROOMS[room]
    return reached


def rule_rooms(tree):
    """Who may include whom; what is internal to a room; unknown rooms."""
    for path in tree.cpp():
        room, tested = room_of(path), tested_room(path)
        if room is not None and room not in ROOMS:
            yield path, 1, f"there is no room '{room}': a new one goes into the table of tests/rules/check.py"
            continue
        for line, quoted, name in includes_of(tree.text(path)):
            if quoted and room is not None:
                yield path, line, f'write #include <troupe/...> instead of "{name}"'
            if not name.startswith("troupe/"):
                continue
            target = room_of(name)
            if not quoted and not (tree.root / name).is_file():
                yield path, line, f"there is no header {name}"
            elif target == "facade" and room not in (None, "cli", "facade"):
                yield path, line, f"only programs (main, tests, examples) and cli include {name}, {room} is below it"
            elif target == "facade":
                continue
            elif room is not None and target != room and target not in ROOMS[room]:
                allowed = ", ".join(sorted(ROOMS[room])) or "nothing else"
                yield path, line, f"{room} may not include {target}: besides itself only {allowed}"
            elif tested is not None and target not in reach(tested):
                yield path, line, f"the tests of {tested} may not include {target}: {tested} does not use it"
            elif "/internal/" in name and target not in (room, tested):
                yield path, line, f"{name} is internal to {target}: include one of its public headers"


def rule_cycles(tree):
    """No cycle of headers, nor of rooms in the table above."""
    for room in ROOMS:
        if any(room in reach(below) for below in ROOMS[room]):
            yield "tests/rules/check.py", 1, f"the table of rooms leads from {room} back to {room}"
    graph = {path: [(line, name) for line, _, name in includes_of(tree.text(path))] for path in tree.headers()}
    done: set[str] = set()
    for start in graph:
        yield from _cycles_from(start, graph, done, [])


def _cycles_from(path, graph, done, way):
    if path in done:
        return
    for line, name in graph[path]:
        if name in way + [path]:
            cycle = (way + [path])[(way + [path]).index(name):] + [name]
            yield path, line, "headers include each other in a circle: " + " -> ".join(cycle)
        elif name in graph:
            yield from _cycles_from(name, graph, done, way + [path])
    done.add(path)


def third_party_owner(name: str) -> str | None:
    """The place that may include a third-party header; None for headers of the system and of the tree."""
    if name in EVERYWHERE or name in SYSTEM_HEADERS or name.startswith(SYSTEM_FOLDERS + SOURCE_FOLDERS):
        return None
    for prefix, owner in THIRD_PARTY.items():
        if name == prefix or (prefix.endswith("/") and name.startswith(prefix)):
            return owner
    return None if "." not in name and "/" not in name else "unknown"


def rule_third_party(tree):
    """A third-party library is seen by one room, in .cpp files and internal/ only."""
    for path in tree.cpp():
        place = room_of(path) or path.split("/")[0]
        if place == "bench":
            continue  # the peers that we measure against
        for line, quoted, name in includes_of(tree.text(path)):
            owner = None if quoted else third_party_owner(name)
            if owner is None:
                continue
            if owner == "unknown":
                yield path, line, f"<{name}> is not known: the table in tests/rules/check.py names who may include it"
            elif owner not in (place, tested_room(path)):
                yield path, line, f"<{name}> belongs to {owner}/, not to {place}/"
            elif owner in ROOMS and path.endswith(".hpp") and "/internal/" not in path:
                yield path, line, f"<{name}> only in .cpp files and {owner}/internal/: public headers show std"


def rule_system_calls(tree):
    """fork, exec and wait only in spawn/; process-shared locks only in sync/. Tests may, to check from outside."""
    for path in tree.cpp():
        if not path.startswith(("troupe/", "examples/")):
            continue
        for room, calls in FENCED.items():
            if room_of(path) == room:
                continue
            for hit in calls.finditer(tree.code(path)):
                call = hit.group().strip(" (")
                yield path, line_of(tree.code(path), hit.start()), f"{call} only in troupe/{room}/: use what it offers"


def rule_length(tree):
    """A file fits in the head."""
    for path in tree.files:
        if path.endswith((".cpp", ".hpp", ".py", ".sh", ".cmake", "CMakeLists.txt")) or path in ("dev", ".ci/run"):
            lines = tree.text(path).count("\n")
            if lines > MAX_LINES:
                yield path, MAX_LINES + 1, f"{lines} lines; {MAX_LINES} at most: split it by what it is about"


def rule_compiled(tree, build: Path):
    """Every source is in the build."""
    database = build / "compile_commands.json"
    if not database.is_file():
        yield str(database), 1, "this build folder is not configured: ./dev build dev"
        return
    commands = json.loads(database.read_text(encoding="utf-8"))
    built = {os.path.realpath(os.path.join(command["directory"], command["file"])) for command in commands}
    for path in tree.cpp():
        if path.endswith(".cpp") and "compile_fail/" not in path and os.path.realpath(tree.root / path) not in built:
            yield path, 1, f"no target of {build.name} compiles this file"


def rule_header_shape(tree):
    """The first line says what a header is for; #pragma once; no using namespace. The build checks that each compiles alone."""
    for path in tree.headers():
        text, code = tree.text(path), tree.code(path)
        names = [path.removeprefix("troupe/")] if path.count("/") > 1 else [path, path.removeprefix("troupe/")]
        if not any(re.match(rf"// {re.escape(name)} - \S", text) for name in names):
            yield path, 1, f"the first line is '// {names[0]} - what it is for.'"
        if not re.search(r"^#pragma once$", text, re.M):
            yield path, 1, "#pragma once is missing"
        for hit in re.finditer(r"\busing\s+namespace\b", code):
            yield path, line_of(code, hit.start()), "no 'using namespace' in a header: it reaches everyone who includes it"


def rule_words(tree):
    """Words that mean unfinished or unsafe work."""
    for path in tree.files:
        for hit in OPEN_ENDS.finditer(tree.text(path)):
            yield path, line_of(tree.text(path), hit.start()), f"{hit.group()}: finish it, or open an issue and remove it"
    for path in tree.cpp():
        code = tree.code(path)
        for hit in re.finditer(r"\[\s*=\s*[,\]]", code):
            yield path, line_of(code, hit.start()), "[=] hides what is captured (and captures this): name each capture"
        threads = set(re.findall(r"\bstd::j?thread\s+(\w+)", code))
        for hit in re.finditer(r"(\w+|\))\s*\.\s*detach\s*\(\s*\)", code):
            temporary = re.search(r"\bstd::j?thread\b[^;]*$", code[:hit.start() + 1])
            if hit.group(1) in threads or (hit.group(1) == ")" and temporary):
                yield path, line_of(code, hit.start()), "no detached threads: somebody must join it"


def rule_sleep(tree):
    """Tests wait for events, never for time."""
    for path in tree.files:
        if not path.startswith("tests/"):
            continue
        if path.endswith((".cpp", ".hpp")):
            text, sleep = tree.code(path), r"\b(?:sleep_for|sleep_until|usleep|nanosleep|(?<![.>:\w])sleep)\s*\("
        elif path.endswith(".py"):
            text, sleep = tree.text(path), r"\btime\.sleep\("
        elif path.endswith(".sh"):
            text, sleep = tree.text(path), r"^\s*sleep\s"
        else:
            continue
        for hit in re.finditer(sleep, text, re.M):
            yield path, line_of(text, hit.start()), "a test does not sleep: wait for the event itself, under a watchdog"


def rule_raw_memory(tree):
    """new and delete only in files with a reason."""
    used = set()
    for path in tree.cpp():
        code = tree.code(path)
        for hit in re.finditer(r"(=\s*)?\b(?:new\b(?!\s*\((?!\s*std::nothrow))|delete\b)", code):
            if hit.group(1) and hit.group().endswith("delete"):
                continue  # = delete
            used.add(path)
            if path not in RAW_MEMORY:
                word = hit.group().removeprefix(hit.group(1) or "")
                yield (path, line_of(code, hit.start()),
                       f"{word}: own it by a value, make_unique or make_shared; or tests/rules/check.py says why not")
    for path in RAW_MEMORY.keys() - used:
        if path in tree.files:
            yield path, 1, "has no new or delete any more: take it off the list in tests/rules/check.py"


def rule_machine_paths(tree):
    """Nothing knows the machine it was written on."""
    for path in tree.files:
        for hit in MACHINE_PATHS.finditer(tree.text(path)):
            yield path, line_of(tree.text(path), hit.start()), f"{hit.group()} exists on one machine only"


RULES = [rule_rooms, rule_cycles, rule_third_party, rule_system_calls, rule_length, rule_header_shape, rule_words,
         rule_sleep, rule_raw_memory, rule_machine_paths]


def broken(tree: Tree, build: Path | None = None):
    """All broken rules as (path, line, rule, sentence), in the order of the files."""
    found = [(path, line, rule.__name__.removeprefix("rule_"), why) for rule in RULES for path, line, why in rule(tree)]
    if build is not None:
        found += [(path, line, "compiled", why) for path, line, why in rule_compiled(tree, build)]
    return sorted(found)


def main() -> int:
    parser = argparse.ArgumentParser(description="The rules of the tree that a script can see.")
    parser.add_argument("--root", type=Path, default=Path(__file__).resolve().parents[2])
    parser.add_argument("build", type=Path, nargs="?", help="a build folder: is every source compiled there?")
    given = parser.parse_args()
    tree = Tree(given.root.resolve())
    found = broken(tree, given.build)
    for path, line, rule, why in found:
        print(f"{path}:{line}: [{rule}] {why}")
    print(f"rules: {len(tree.files)} files, {len(RULES) + (given.build is not None)} rules, {len(found)} broken")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
