#!/usr/bin/env python3
"""check.py - the rules of the tree that a script can see: tests/rules/check.py [--root DIR] [BUILD_DIR]

Each broken rule is one line, path:line: [rule] what is wrong and what to do; the exit status is then 1. With a
BUILD_DIR it also checks that every source is in that build's compile_commands.json. layers.py, shape.py,
standard.py, project.py and unchecked.py hold the rules, check_test.py proves that each can fail.
"""
import argparse
import sys
from pathlib import Path

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree
sys.path.insert(0, str(Path(__file__).resolve().parent))
import layers  # noqa: E402
import project  # noqa: E402
import shape  # noqa: E402
import standard  # noqa: E402
import unchecked  # noqa: E402
from tree import Tree  # noqa: E402

RULES = [layers.rule_rooms, layers.rule_cycles, layers.rule_third_party, layers.rule_system_calls,
         shape.rule_length, shape.rule_header_shape, shape.rule_test_namespace, shape.rule_words, shape.rule_sleep,
         shape.rule_raw_memory, shape.rule_machine_paths, standard.rule_standard_includes, project.rule_project_includes,
         unchecked.rule_unchecked]


def broken(tree: Tree, build: Path | None = None):
    """All broken rules as (path, line, rule, sentence), in the order of the files."""
    found = [(path, line, rule.__name__.removeprefix("rule_"), why) for rule in RULES for path, line, why in rule(tree)]
    if build is not None:
        found += [(path, line, "compiled", why) for path, line, why in shape.rule_compiled(tree, build)]
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
