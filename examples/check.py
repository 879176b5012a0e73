#!/usr/bin/env python3
"""Runs an example and compares what it writes with what it should: once as its file says, and once with each stage of
worker processes placed in threads instead, but for external programs. The same file must give the same answer.

    check.py PROGRAM CONFIG [--set KEY=VALUE ...] [--output STAGE=EXPECTED ...] [--stdout EXPECTED]

In a VALUE, {folder} is a temporary folder. Workers finish in any order, so an output file is compared without regard to
the order of its lines; stdout with it.
Exit status: 0 all equal, 1 different or the program failed, 2 wrong use.
"""

import argparse
import difflib
import pathlib
import subprocess
import sys
import tempfile
import tomllib


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("program")
    parser.add_argument("config", type=pathlib.Path)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    parser.add_argument("--output", action="append", default=[], metavar="STAGE=EXPECTED")
    parser.add_argument("--stdout", type=pathlib.Path, metavar="EXPECTED")
    return parser.parse_args()


def in_threads(config):
    """Overrides that place every stage of worker processes in a thread, where it can be."""
    stages = tomllib.loads(config.read_text())["stage"]
    return [f"stage.{name}.place=thread" for name, stage in stages.items()
            if stage.get("place") != "thread" and "command" not in stage]


def differences(expected, found, title):
    return list(difflib.unified_diff(expected, found, "expected", title, lineterm=""))


def run(options, overrides, folder):
    """What is wrong with one run, as lines; empty when nothing is."""
    outputs = [pair.split("=", 1) for pair in options.output]
    settings = [setting.replace("{folder}", folder) for setting in options.set]
    overrides = settings + [f"stage.{stage}.to.file={folder}/{stage}" for stage, _ in outputs] + overrides
    command = [options.program, "run", str(options.config)]
    for override in overrides:
        command += ["--set", override]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60)
    if done.returncode != 0:
        return [f"exit status {done.returncode} of {' '.join(command)}", *done.stderr.splitlines()]
    wrong = []
    for stage, expected in outputs:
        found = pathlib.Path(folder, stage).read_text().splitlines()
        wrong += differences(sorted(pathlib.Path(expected).read_text().splitlines()), sorted(found), stage)
    if options.stdout:
        wrong += differences(options.stdout.read_text().splitlines(), done.stdout.splitlines(), "stdout")
    return wrong


def main():
    options = arguments()
    failed = False
    threads = in_threads(options.config)
    for title, overrides in [("as the file says", [])] + ([("in threads", threads)] if threads else []):
        with tempfile.TemporaryDirectory() as folder:
            wrong = run(options, overrides, folder)
        print(f"{options.config.name}, {title}: {'different' if wrong else 'as expected'}", *wrong, sep="\n")
        failed = failed or bool(wrong)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
