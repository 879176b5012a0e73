"""layers.py - who may include whom, and who may call the system: the table of the house as rules.

A rule is a function of the tree that yields (path, line, sentence) for each place that breaks it.
"""
import re

from cpp_text import includes_of, line_of
from tree import SOURCE_FOLDERS

# The table of the house: a room and the rooms it may include, besides itself.
ROOMS = {
    "base": set(),
    "actors": {"base"}, "transport": {"base"}, "spawn": {"base"}, "config": {"base"}, "sync": {"base"},
    "runtime": {"base", "actors", "transport", "spawn", "config", "sync"},
    "cli": {"base", "runtime"},
    "facade": {"base", "runtime"},  # troupe/app.hpp, the header of programs: the top, as cli is
}

# Third-party headers by the start of their name, and the one place that may include them. A room may do so in .cpp
# files and in its internal/ folder; its tests may too.
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
            yield path, 1, f"there is no room '{room}': a new one goes into the table of tests/rules/layers.py"
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
            yield "tests/rules/layers.py", 1, f"the table of rooms leads from {room} back to {room}"
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


# What joins a library's own words with ours.
JOINTS = {"troupe/actors/caf.hpp", "examples/caf_guest/main.cpp"}


def rule_third_party(tree):
    """A third-party library is seen by one room, in .cpp files and internal/ only."""
    for path in tree.cpp():
        place = room_of(path) or path.split("/")[0]
        if place == "bench" or path in JOINTS:
            continue  # in bench: the peers that we measure against
        for line, quoted, name in includes_of(tree.text(path)):
            owner = None if quoted else third_party_owner(name)
            if owner is None:
                continue
            if owner == "unknown":
                yield path, line, f"<{name}> is not known: the table in tests/rules/layers.py names who may include it"
            elif owner not in (place, tested_room(path)):
                yield path, line, f"<{name}> belongs to {owner}/, not to {place}/"
            elif owner in ROOMS and path.startswith("troupe/") and path.endswith(".hpp") and "/internal/" not in path:
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
