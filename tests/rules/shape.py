"""shape.py - what each file must look like: length, header shape, words that nobody may write.

A rule is a function of the tree that yields (path, line, sentence) for each place that breaks it.
"""
import json
import os
import re
from pathlib import Path

from cpp_text import line_of

MAX_LINES = 400

# Files that may say new or delete, each with its reason.
RAW_MEMORY: dict[str, str] = {}
# Not raw, and allowed anywhere: owned in the same expression, where make_unique cannot reach a private constructor.
OWNED_AT_ONCE = re.compile(r"\bunique_ptr<([\w:]+)>(?:\s+\w+)?\s*[({]\s*$")

# Written in two halves, so that this file does not break its own rules.
OPEN_ENDS = re.compile(r"\b(TO" r"DO|FIX" r"ME|XX" r"X)\b")
MACHINE_PATHS = re.compile(r"(?<![\w.~-])/(?:wo" r"rk|ro" r"ot)(?=/|\b)|/tm" r"p/b-\w+")


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
    built = set()
    for command in commands:
        source = os.path.realpath(os.path.join(command["directory"], command["file"]))
        built.add(source)
        if "/Unity/unity_" in source and os.path.isfile(source):  # CMake's way to compile several files at once
            together = re.findall(r'^#include "(.*)"$', Path(source).read_text(encoding="utf-8"), re.M)
            built |= {os.path.realpath(path) for path in together}
    for path in tree.cpp():
        if path.endswith(".cpp") and "compile_fail/" not in path and os.path.realpath(tree.root / path) not in built:
            yield path, 1, f"no target of {build.name} compiles this file"


def rule_header_shape(tree):
    """The first line says what a header is for; Threads: and Source: begin a line; #pragma once; no using
    namespace. That those which programs include compile alone, the build proves (CMakeLists.txt beside this file)."""
    for path in tree.headers():
        text, code = tree.text(path), tree.code(path)
        names = [path.removeprefix("troupe/")] if path.count("/") > 1 else [path, path.removeprefix("troupe/")]
        if not any(re.match(rf"// {re.escape(name)} - \S", text) for name in names):
            yield path, 1, f"the first line is '// {names[0]} - what it is for.'"
        for hit in re.finditer(r"^// .*\S (Threads|Source): ", text, re.M):
            yield path, line_of(text, hit.start()), f"'{hit.group(1)}:' begins a line of its own"
        if not re.search(r"^#pragma once$", text, re.M):
            yield path, 1, "#pragma once is missing"
        for hit in re.finditer(r"\busing\s+namespace\b", code):
            yield path, line_of(code, hit.start()), "no 'using namespace' in a header: all who include it get it"


def rule_test_namespace(tree):
    """Test files are compiled several at once: what each defines is in a namespace of its own name."""
    for path in tree.cpp():
        name = Path(path).stem
        if path.startswith("tests/") and path.endswith("_test.cpp") and "compile_fail/" not in path:
            if not re.search(rf"^namespace ([\w:]+::)?{name} \{{", tree.code(path), re.M):
                yield path, 1, f"no 'namespace …::{name} {{' around what it defines: other tests may use the same names"


def rule_words(tree):
    """Words that mean unfinished or unsafe work."""
    for path in tree.files:
        for hit in OPEN_ENDS.finditer(tree.text(path)):
            yield path, line_of(tree.text(path), hit.start()), f"{hit.group()}: finish it, or open an issue"
    for path in tree.cpp():
        code = tree.code(path)
        for hit in re.finditer(r"\[\s*=\s*[,\]]", code):
            yield path, line_of(code, hit.start()), "[=] hides what is captured (and captures this): name each capture"
        threads = set(re.findall(r"\bstd::j?thread\s+(\w+)", code))
        for hit in re.finditer(r"(\w+|\))\s*\.\s*detach\s*\(\s*\)", code):
            temporary = re.search(r"\bstd::j?thread\b[^;]*$", code[:hit.start() + 1])
            if hit.group(1) in threads or (hit.group(1) == ")" and temporary):
                yield path, line_of(code, hit.start()), "no detached threads: somebody must join it"
        for hit in re.finditer(r"\bpthread_setname_np\s*\((?!\s*(?:::)?pthread_self\b)", code):
            yield (path, line_of(code, hit.start()),
                   "a thread takes its name itself, with pthread_self(): by another it goes through /proc, and that holds up "
                   "who waits for this process")


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
            if hit.group() == "new" and (owner := OWNED_AT_ONCE.search(code, max(0, hit.start() - 200), hit.start())):
                if re.compile(rf"new\s+{re.escape(owner.group(1))}\s*[({{]").match(code, hit.start()):
                    continue
            used.add(path)
            if path not in RAW_MEMORY:
                word = hit.group().removeprefix(hit.group(1) or "")
                yield (path, line_of(code, hit.start()),
                       f"{word}: own it by a value, make_unique or make_shared; or tests/rules/shape.py says why not")
    for path in RAW_MEMORY.keys() - used:
        if path in tree.files:
            yield path, 1, "has no new or delete any more: take it off the list in tests/rules/shape.py"


def rule_machine_paths(tree):
    """Nothing knows the machine it was written on."""
    for path in tree.files:
        for hit in MACHINE_PATHS.finditer(tree.text(path)):
            yield path, line_of(tree.text(path), hit.start()), f"{hit.group()} exists on one machine only"
