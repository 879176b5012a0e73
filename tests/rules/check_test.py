#!/usr/bin/env python3
"""check_test.py - proves that every rule of check.py can fail, and that a sound tree breaks none."""
import json
import subprocess
import sys
import tempfile
import unittest
from pathlib import Path

sys.dont_write_bytecode = True
sys.path.insert(0, str(Path(__file__).resolve().parent))
import check  # noqa: E402
import layers  # noqa: E402
import shape  # noqa: E402
import unchecked  # noqa: E402
from cpp_text import code_of, includes_of  # noqa: E402
from tree import Tree  # noqa: E402


def header(path: str, body: str = "") -> str:
    return f"// {path.removeprefix('troupe/')} - for this test.\n#pragma once\n{body}"


SOUND = {
    "troupe/base/error.hpp": header("troupe/base/error.hpp", "#include <string>\n#include <tl/expected.hpp>\n"),
    "troupe/base/sort.hpp": header("troupe/base/sort.hpp", "struct sorter {};\n[[nodiscard]] int sort_of(int a);\n"),
    "troupe/base/error.cpp": "#include <troupe/base/error.hpp>\n#include <spdlog/spdlog.h>\n",
    "troupe/actors/internal/caf.hpp": header("troupe/actors/internal/caf.hpp", "#include <caf/all.hpp>\n"),
    "troupe/spawn/child.cpp": "#include <unistd.h>\nint f() { return ::vfork(); }\n",
    "troupe/cli/app.cpp": "#include <troupe/app.hpp>\n",
    "troupe/app.hpp": "// app.hpp - the way in.\n#pragma once\n#include <troupe/base/error.hpp>\n",
    "tests/actors/cell_test.cpp": ("#include <gtest/gtest.h>\n#include <troupe/actors/internal/caf.hpp>\n"
                                   "namespace troupe::cell_test {\n}\n"),
    "examples/hello/main.cpp": "#include <troupe/app.hpp>\n",
}

# (rule, path, text, line, a part of the sentence): each text alone, added to the sound tree, breaks that rule there.
VIOLATIONS = [
    ("rooms", "troupe/base/a.cpp", "\n#include <troupe/actors/cell.hpp>", 2, "no header troupe/actors/cell.hpp"),
    ("rooms", "troupe/spawn/a.cpp", "#include <troupe/actors/internal/caf.hpp>", 1, "spawn may not include actors"),
    ("rooms", "troupe/cli/a.cpp", "#include <troupe/actors/internal/caf.hpp>", 1, "cli may not include actors"),
    ("rooms", "troupe/runtime/a.cpp", "#include <troupe/app.hpp>", 1, "runtime is below it"),
    ("rooms", "troupe/runtime/a.cpp", "#include <troupe/actors/internal/caf.hpp>", 1, "internal to actors"),
    ("rooms", "tests/runtime/a.cpp", "#include <troupe/actors/internal/caf.hpp>", 1, "internal to actors"),
    ("rooms", "tests/base/a.cpp", "#include <troupe/actors/internal/caf.hpp>", 1, "tests of base may not include"),
    ("rooms", "troupe/base/a.cpp", '#include "error.hpp"', 1, "instead of"),
    ("rooms", "troupe/helpers/a.cpp", "", 1, "no room 'helpers'"),
    ("third_party", "troupe/runtime/a.cpp", "#include <caf/all.hpp>", 1, "belongs to actors/"),
    ("third_party", "troupe/base/a.hpp", header("troupe/base/a.hpp", "#include <spdlog/spdlog.h>"), 3, "only in .cpp"),
    ("third_party", "troupe/base/a.cpp", "#include <boost/any.hpp>", 1, "not known"),
    ("third_party", "examples/hello/a.cpp", "#include <gtest/gtest.h>", 1, "belongs to tests/"),
    ("third_party", "tests/base/a.cpp", "#include <benchmark/benchmark.h>", 1, "belongs to bench/"),
    ("system_calls", "troupe/runtime/a.cpp", "int f() {\n  return fork();\n}", 2, "fork only in troupe/spawn/"),
    ("system_calls", "troupe/runtime/a.cpp", "auto f() { return ::waitpid (1, 0, 0); }", 1, "::waitpid only in"),
    ("system_calls", "troupe/base/a.cpp", "auto f() { return syscall(SYS_clone3, 0); }", 1, "SYS_clone3 only in"),
    ("system_calls", "troupe/base/a.cpp", 'auto f() { return std::system("ls"); }', 1, "std::system only in"),
    ("system_calls", "troupe/spawn/a.cpp", "pthread_mutex_t m;", 1, "pthread_mutex_t only in troupe/sync/"),
    ("system_calls", "examples/hello/a.cpp", "auto f() { return syscall(SYS_futex); }", 1, "only in troupe/sync/"),
    ("length", "troupe/base/a.cpp", "\n" * 401, 401, "401 lines"),
    ("length", "dev", "\n" * 401, 401, "401 lines"),
    ("header_shape", "troupe/base/a.hpp", "// base/b.hpp - moved.\n#pragma once\n", 1, "'// base/a.hpp - what"),
    ("header_shape", "troupe/base/a.hpp", "// base/a.hpp - once.\n", 1, "#pragma once is missing"),
    ("header_shape", "tests/base/a.hpp", header("tests/base/a.hpp", "using namespace std;"), 3, "using namespace"),
    ("header_shape", "troupe/base/a.hpp", header("troupe/base/a.hpp", "// Owned. Threads: one.\n"), 3, "'Threads:' begins"),
    ("standard_includes", "troupe/base/a.cpp", "\n#include <vector>\nstd::deque<int> a;", 3, "comes from <deque>"),
    ("standard_includes", "troupe/base/a.hpp", header("troupe/base/a.hpp", "auto a = std::sort;"), 3, "<algorithm>"),
    ("project_includes", "troupe/cli/a.cpp", "#include <troupe/app.hpp>\n\nvoid f(const sorter& by);", 3,
     "sorter comes from troupe/base/sort.hpp"),
    ("project_includes", "troupe/base/a.cpp", "#include <troupe/base/error.hpp>\nauto a = sort_of(1);", 2, "sort_of comes"),
    ("test_namespace", "tests/base/a_test.cpp", "namespace troupe::b_test {\n}\n", 1, "no 'namespace …::a_test {'"),
    ("words", "docs/a.md", "one\nTO" "DO: two\n", 2, "finish it"),
    ("words", "troupe/base/a.cpp", "auto f = [=, &b] { return 1; };", 1, "name each capture"),
    ("words", "troupe/base/a.cpp", "#include <thread>\nvoid f() {\n  std::thread t(g);\n  t.detach();\n}", 4,
     "no detached threads"),
    ("words", "troupe/base/a.cpp", "#include <thread>\nvoid f() { std::thread([] {}).detach(); }", 2,
     "no detached threads"),
    ("words", "troupe/base/a.cpp", 'void f() { pthread_setname_np(made.native_handle(), "a"); }', 1, "takes its name itself"),
    ("sleep", "tests/base/a.cpp", "#include <thread>\nvoid f() { std::this_thread::sleep_for(1s); }", 2,
     "does not sleep"),
    ("sleep", "tests/base/a.cpp", "void f() { ::usleep(1); }", 1, "does not sleep"),
    ("sleep", "tests/base/a.py", "import time\ntime.sleep(" "1)\n", 2, "does not sleep"),
    ("raw_memory", "troupe/base/a.cpp", "auto* p = new int(1);", 1, "new: own it"),
    ("raw_memory", "troupe/base/a.cpp", "#include <new>\nauto* p = new (std::nothrow) int;", 2, "new: own it"),
    ("raw_memory", "troupe/base/a.cpp", "#include <memory>\nstd::unique_ptr<base> p(new derived());", 2, "new: own it"),
    ("raw_memory", "troupe/base/a.cpp", "#include <memory>\nstd::shared_ptr<int> p(new int(1));", 2, "new: own it"),
    ("raw_memory", "troupe/base/a.cpp", "void f(int* p) { delete p; }", 1, "delete: own it"),
    ("machine_paths", "docs/a.md", "see /wo" "rk/main\n", 1, "one machine only"),
    ("machine_paths", "tests/base/a.cpp", '// /tm' 'p/b-x', 1, "one machine only"),
    ("unchecked", "troupe/sync/a.cpp", "\nauto p = reinterpret_cast<int*>(q);", 2, "reinterpret_cast is checked by nobody"),
    ("unchecked", "troupe/sync/a.hpp", header("troupe/sync/a.hpp", "auto m = ::mmap(0, 1, 2, 3, 4, 5);"), 3, "::mmap is"),
    ("cycles", "troupe/base/a.hpp", header("troupe/base/a.hpp", "#include <troupe/base/a.hpp>"), 3, "in a circle"),
]

ALLOWED = [
    ("troupe/base/a.cpp", "// new int, fork(), [=], std::system()\nauto s = \"fork() new int [=]\";"),
    ("troupe/base/a.cpp", 'auto s = R"x(\n#include <caf/all.hpp>\n fork() )x";'),
    ("troupe/base/a.cpp", 'void f() { ::pthread_setname_np(::pthread_self(), "a"); }'),
    ("troupe/base/a.cpp", "struct a { a(const a&) = delete; };"),
    ("troupe/base/a.cpp", "void f(void* p) { ::new (p) int(1'000'000); }"),
    ("troupe/base/a.cpp", "#include <memory>\nreturn std::unique_ptr<loop>(new loop(1)); "
                          "std::unique_ptr<a::b> made(new a::b{});"),
    ("troupe/base/a.cpp", "#include <troupe/base/error.hpp>\nstruct sorter;\nvoid f(sorter& by, int sort_of);\nb.sort_of(1);"),
    ("troupe/base/a.cpp", "#include <troupe/base/sort.hpp>\nvoid f(sorter& by) { sort_of(1); }"),
    ("troupe/runtime/a.cpp", "void f(command& c) { c.fork(); child->waitpid(); child.detach(); auto x = c.clone(); }"),
    ("tests/base/a.cpp", 'command{"sleep", "10"}; auto n = asleep(1);'),
    ("tests/spawn/a.cpp", "int f() { return ::fork(); }"),
    ("troupe/sync/a.cpp", "auto n = queue.mq_send(1); auto s = static_cast<int>(x);"),
    ("tests/base/compile_fail/a.hpp", "no header shape, never compiled alone"),
    ("docs/a.md", "mkdtemp of /tmp/troupe-XX" "XXXX; https://example.org/wo" "rk"),
]


class tree_with:
    """A checkout in a temporary folder: the sound tree and one more file."""

    def __init__(self, path: str | None = None, text: str = ""):
        self._files = dict(SOUND, **({path: text} if path else {}))

    def __enter__(self) -> Path:
        self._folder = tempfile.TemporaryDirectory()
        root = Path(self._folder.name)
        for path, text in self._files.items():
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            (root / path).write_text(text, encoding="utf-8")
        return root

    def __exit__(self, *ignored):
        self._folder.cleanup()


class rules(unittest.TestCase):
    def test_a_sound_tree_breaks_no_rule(self):
        with tree_with() as root:
            self.assertEqual(check.broken(Tree(root)), [])

    def test_each_violation_is_found_at_its_line_and_nothing_else_is(self):
        for rule, path, text, line, sentence in VIOLATIONS:
            with self.subTest(rule=rule, path=path, text=text[:60]), tree_with(path, text) as root:
                found = check.broken(Tree(root))
                self.assertEqual([entry[:3] for entry in found], [(path, line, rule)], found)
                self.assertIn(sentence, found[0][3])

    def test_what_only_looks_like_a_violation_is_let_through(self):
        for path, text in ALLOWED:
            with self.subTest(path=path, text=text), tree_with(path, text) as root:
                self.assertEqual(check.broken(Tree(root)), [])

    def test_every_rule_has_a_violation_here(self):
        names = {rule.__name__.removeprefix("rule_") for rule in check.RULES}
        self.assertEqual(names, {violation[0] for violation in VIOLATIONS})

    def test_a_circle_of_headers_is_named_from_end_to_end(self):
        a, b = "troupe/base/a.hpp", "troupe/base/b.hpp"
        with tree_with(a, header(a, f"#include <{b}>")) as root:
            (root / b).write_text(header(b, f"#include <{a}>"), encoding="utf-8")
            (entry,) = check.broken(Tree(root))
            self.assertEqual(entry, (b, 3, "cycles", f"headers include each other in a circle: {a} -> {b} -> {a}"))

    def test_a_table_of_rooms_with_a_circle_is_refused(self):
        before = layers.ROOMS["base"]
        layers.ROOMS["base"] = {"base"}
        try:
            with tree_with() as root:
                found = check.broken(Tree(root))
                self.assertIn("leads from base back to base", found[0][3])
        finally:
            layers.ROOMS["base"] = before

    def test_a_reason_for_raw_memory_counts_and_ends_with_its_use(self):
        shape.RAW_MEMORY["troupe/base/a.cpp"] = "for this test"
        try:
            with tree_with("troupe/base/a.cpp", "auto* p = new int;") as root:
                self.assertEqual(check.broken(Tree(root)), [])
            with tree_with("troupe/base/a.cpp", "int p;") as root:
                self.assertIn("take it off the list", check.broken(Tree(root))[0][3])
        finally:
            del shape.RAW_MEMORY["troupe/base/a.cpp"]

    def test_unchecked_casts_and_calls_are_counted(self):
        unchecked.UNCHECKED["troupe/sync/a.cpp"] = (2, "for this test")
        try:
            for casts, broken in ((1, 1), (2, 0), (3, 1), (0, 1)):
                text = "auto p = const_cast<int*>(q);\n" * casts
                with self.subTest(casts=casts), tree_with("troupe/sync/a.cpp", text) as root:
                    found = check.broken(Tree(root))
                    self.assertEqual([entry[2] for entry in found], ["unchecked"] * broken, found)
                    self.assertIn(f"{casts} unchecked", found[0][3] if found else f"{casts} unchecked")
        finally:
            del unchecked.UNCHECKED["troupe/sync/a.cpp"]

    def test_a_source_that_no_target_compiles_is_found(self):
        with tree_with("tests/base/compile_fail/a.cpp", "int") as root:
            sources = [path for path in Tree(root).cpp() if path.endswith(".cpp") and "compile_fail" not in path]
            commands = [{"directory": str(root), "file": path, "command": "c++"} for path in sources]
            for left_out in (0, 1):
                (root / "compile_commands.json").write_text(json.dumps(commands[left_out:]), encoding="utf-8")
                found = list(shape.rule_compiled(Tree(root), root))
                self.assertEqual([path for path, _, _ in found], sources[:left_out])

    def test_sources_that_are_compiled_several_at_once_are_compiled(self):
        with tree_with() as root:
            sources = [str(root / path) for path in Tree(root).cpp() if path.endswith(".cpp")]
            together = root / "CMakeFiles/base_test.dir/Unity/unity_0_cxx.cxx"
            together.parent.mkdir(parents=True)
            together.write_text("".join(f'#include "{path}"\n' for path in sources[1:]), encoding="utf-8")
            commands = [{"directory": str(root), "file": str(together), "command": "c++"}]
            (root / "compile_commands.json").write_text(json.dumps(commands), encoding="utf-8")
            found = list(shape.rule_compiled(Tree(root), root))
            self.assertEqual([str(root / path) for path, _, _ in found], sources[:1])

    def test_a_build_folder_that_is_not_configured_is_said(self):
        with tree_with() as root:
            self.assertIn("not configured", list(shape.rule_compiled(Tree(root), root))[0][2])

    def test_in_a_git_checkout_ignored_files_do_not_count(self):
        with tree_with("scratch/notes.md", "FIX" "ME") as root:
            (root / ".gitignore").write_text("/scratch/\n", encoding="utf-8")
            subprocess.run(["git", "-C", str(root), "init", "-q"], check=True)
            self.assertEqual(check.broken(Tree(root)), [])

    def test_the_command_prints_path_line_and_rule_and_fails(self):
        with tree_with("troupe/base/a.cpp", "auto* p = new int;") as root:
            ran = subprocess.run([sys.executable, check.__file__, "--root", str(root)], capture_output=True, text=True,
                                 check=False)
            self.assertEqual(ran.returncode, 1)
            self.assertIn("troupe/base/a.cpp:1: [raw_memory] new:", ran.stdout)


class cpp_text(unittest.TestCase):
    def test_blanking_keeps_lines_and_columns(self):
        text = 'int a; /* b\n c */ char d = \'"\'; // e\nauto f = R"(g\n)" + 1\'0;\n'
        self.assertEqual(code_of(text), 'int a;     \n      char d =    ;     \nauto f =     \n   + 1\'0;\n')

    def test_includes_in_comments_and_strings_do_not_count(self):
        text = '// #include <a>\n/*\n#include <b>\n*/ auto x = R"(\n#include <c>\n)";\n  # include "d"\n#include <e>\n'
        self.assertEqual(includes_of(text), [(7, True, "d"), (8, False, "e")])


if __name__ == "__main__":
    unittest.main()
