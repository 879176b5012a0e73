#!/usr/bin/env python3
"""Runs the reliability harnesses: each breaks something at random and has the result judged from outside.

    run.py [NAME ...] [--seconds N] [--messages N] [--seed S] [--json FILE] [--sabotage [RULE]] [--list]
           [--build-dir DIR] [--keep]

Each module in harnesses/ has NAME, SABOTAGES {rule: what it breaks} and run(context), which returns at least
  n          how often something was broken (kills ...), or what was at stake meanwhile (messages)
  failures   what the judge found: 0 of n means that one such event fails with a probability below 3/n (95 %)
  problems   a few of them in words
  passed     the judge's verdict; a throughput below its goal is shown and not a failure: the machine may be busy
--sabotage breaks a rule on purpose: then the harness must fail, or it proves nothing.
Exit status: 0 all passed, 1 one did not, 2 wrong use or it could not run.
"""

import argparse
import dataclasses
import importlib
import json
import os
import pathlib
import random
import shutil
import signal
import sys
import tempfile

HERE = pathlib.Path(__file__).resolve().parent
sys.dont_write_bytecode = True  # leave no __pycache__ in the tree
sys.path.insert(0, str(HERE))


class CannotRun(Exception):
    """Something that a harness needs is not there."""


@dataclasses.dataclass
class Context:
    """What a harness gets."""

    build_dir: pathlib.Path
    folder: pathlib.Path  # empty, its own
    seconds: float
    seed: int
    sabotage: str  # "" or one of its SABOTAGES
    messages: int  # enough, for those that count them; 0: as many as the seconds allow

    def program(self, path):
        full = self.build_dir / path
        if not os.access(full, os.X_OK):
            raise CannotRun(f"{full} is not there: build first (./dev build release)")
        return str(full)

    def show(self, text):
        print(f"  {text}", file=sys.stderr, flush=True)


def arguments(harnesses):
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", metavar="NAME")
    parser.add_argument("--seconds", type=float, default=30, metavar="N", help="of breaking things, per harness (30)")
    parser.add_argument("--messages", type=int, default=0, metavar="N", help="`between` ends after so many (not before)")
    parser.add_argument("--seed", type=int, metavar="S", help="of all random choices; published with the result")
    parser.add_argument("--json", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--sabotage", nargs="?", const="first", default="", metavar="RULE", help="see --list")
    parser.add_argument("--list", action="store_true", help="the harnesses and the rules that can be broken")
    parser.add_argument("--keep", action="store_true", help="leave inputs, outputs, ledgers and logs for a look")
    parser.add_argument("--build-dir", type=pathlib.Path, default=HERE.parent / "build" / "release")
    options = parser.parse_args()
    if options.seconds <= 0:
        parser.error("--seconds must be more than 0")
    unknown = [name for name in options.names if name not in harnesses]
    if unknown:
        parser.error(f"no harness is called {', '.join(unknown)}; there are: {', '.join(harnesses)}")
    return options


def all_harnesses():
    names = sorted(path.stem for path in (HERE / "harnesses").glob("*.py"))
    modules = [importlib.import_module(f"harnesses.{name}") for name in names]
    return {module.NAME: module for module in modules}


def rule_of(harness, wanted):
    """The rule to break: the first one when none is named."""
    rule = next(iter(harness.SABOTAGES)) if wanted == "first" else wanted
    if rule and rule not in harness.SABOTAGES:
        raise CannotRun(f"{harness.NAME} cannot break '{rule}'; it can: {', '.join(harness.SABOTAGES)}")
    return rule


def run_one(harness, options, seed):
    rule = rule_of(harness, options.sabotage)
    print(f"{harness.NAME}: seed {seed}", file=sys.stderr)
    if rule:
        print(f"  sabotage {rule}: {harness.SABOTAGES[rule]}", file=sys.stderr)
    folder = pathlib.Path(tempfile.mkdtemp(prefix=f"troupe-{harness.NAME}-"))
    try:
        result = harness.run(Context(options.build_dir, folder, options.seconds, seed, rule, options.messages))
    finally:
        if options.keep:
            print(f"  kept: {folder}", file=sys.stderr)
        else:
            shutil.rmtree(folder, ignore_errors=True)
    head = {"name": harness.NAME, "seed": seed, "seconds": options.seconds, "sabotage": rule or None}
    bound = 3 / result["n"] if result["n"] and not result["failures"] else None
    return head | result | {"bound": bound}


def shown(result):
    """A result as lines for people."""
    ratio = f"; {result['ratio']:.2f} of calm (goal {result['goal']:g})" if "ratio" in result else ""
    bound = f", below {result['bound']:.2g} per event (95 %)" if result["bound"] else ""
    verdict = "passed" if result["passed"] else "FAILED"
    lines = [f"{result['name']}: {verdict}: {result['failures']} failures in n = {result['n']}{bound}{ratio}"]
    return lines + [f"  {problem}" for problem in result["problems"]]


def main():
    harnesses = all_harnesses()
    options = arguments(harnesses)
    if options.list:
        for harness in harnesses.values():
            print(harness.NAME)
            for rule, breaks in harness.SABOTAGES.items():
                print(f"  --sabotage {rule}: {breaks}")
        return 0
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # cleans up on its way
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(1, 1 << 31)
    try:
        results = [run_one(harnesses[name], options, seed) for name in options.names or harnesses]
    except (CannotRun, RuntimeError, OSError) as problem:
        print(f"chaos: {problem}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        return 130
    for result in results:
        print("\n".join(shown(result)))
    if options.json:
        options.json.write_text(json.dumps({"chaos": results}, indent=2) + "\n")
    return 0 if all(result["passed"] for result in results) else 1


if __name__ == "__main__":
    sys.exit(main())
