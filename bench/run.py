#!/usr/bin/env python3
"""Runs the rows of the scoreboard and prints what we reach against each peer.

    run.py [NAME ...] [--json FILE] [--pairs N] [--list] [--build-dir DIR]

NAME selects rows: "pipeline", "pipeline/wordcount", "chunks", or a pattern such as "between/*". Without any, all run.
Each module in rows/ offers rows: benchmarks(context) returns a list of runner.Benchmark.
Exit status: 0 every selected row ran or its peer is missing, 1 a row failed, 2 wrong use. A goal that is missed
is shown and not a failure: the machine may be busy.
"""

import argparse
import fnmatch
import importlib
import json
import pathlib
import signal
import sys

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # leave no __pycache__ in the tree
sys.path.insert(0, str(HERE))

import runner  # noqa: E402


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--pairs", type=int, default=5, help="pairs per row (5; fewer are no figure to publish)")
    parser.add_argument("--list", action="store_true", help="names, peers and goals; runs nothing")
    parser.add_argument("--build-dir", type=pathlib.Path, default=HERE.parent / "build" / "release")
    options = parser.parse_args()
    if options.pairs < 1:
        parser.error("--pairs must be at least 1")
    return options


def all_rows(context):
    modules = sorted(path.stem for path in (HERE / "rows").glob("*.py") if path.stem != "__init__")
    return [row for name in modules for row in importlib.import_module(f"rows.{name}").benchmarks(context)]


def selected(row, names):
    texts = (row.name, row.peer_name, row.title)
    return not names or any(fnmatch.fnmatch(text, pattern) or pattern in text for pattern in names for text in texts)


def verdict(result):
    if "error" in result:
        return "FAILED"
    if "missing" in result:
        return "missing"
    return "reached" if result["ratio"] >= result["goal"] else "missed"


def table(results):
    """The results as lines of a table."""
    rows = [("name", "peer", "unit", "ours", "peer", "ratio", "min", "max", "goal", "")]
    for result in results:
        figures = [result[key] for key in ("ours", "peer", "ratio", "ratio_min", "ratio_max")]
        shown = ["-" if figure is None else f"{figure:.3g}" for figure in figures]
        rows.append(
            (result["name"], result["peer_name"], result["unit"], *shown, f">= {result['goal']:g}", verdict(result))
        )
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    return ["  ".join(cell.ljust(width) for cell, width in zip(row, widths)).rstrip() for row in rows]


def main():
    options = arguments()
    context = runner.Context(str(options.build_dir), str(options.build_dir / "bench-cache"))
    rows = [row for row in all_rows(context) if selected(row, options.names)]
    if not rows:
        print(f"no row is called {' or '.join(options.names)}; --list shows them", file=sys.stderr)
        return 2
    if options.list:
        for row in rows:
            missing = f"  missing: {row.missing}" if row.missing else ""
            print(f"{row.name}  vs {row.peer_name}  goal >= {row.goal:g}{missing}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that rows clean up
    results = [runner.run(row, options.pairs) for row in rows]
    print("\n".join(table(results)))
    if options.json:
        options.json.write_text(json.dumps({"benchmarks": results}, indent=2) + "\n")
    return 1 if any("error" in result for result in results) else 0


if __name__ == "__main__":
    sys.exit(main())
