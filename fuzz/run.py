#!/usr/bin/env python3
"""Runs fuzzers, as many at once as there are processors, each for a while from its seeds: run.py [options] TARGET...

The table that it prints is in the order of the targets.

What a run learns is kept below the build folder and used by the next; the tree is not touched.
Exit status: 0 nothing was found, 1 something was (the table is followed by the file and the command that runs it
again), 2 wrong use or a fuzzer could not run.
"""
import argparse
import concurrent.futures
import os
import pathlib
import re
import shlex
import subprocess
import sys
import time

HERE = pathlib.Path(__file__).resolve().parent

MAX_LEN = {"config": 8192}  # bytes of one input; else 4096
# Seconds of one input by the clock, for hangs alone: a busy machine may stand still for a while. What promises to be
# quick counts its own processor time.
TIMEOUT = 30
# MiB: of one allocation, and of the whole process (AddressSanitizer's own included).
LIMITS = (f"-timeout={TIMEOUT}", "-malloc_limit_mb=64", "-rss_limit_mb=1024")

STATUS = re.compile(rb"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+)", re.M)
UNITS = re.compile(rb"^stat::number_of_executed_units:\s*(\d+)", re.M)
SIGNS = (rb"^BROKEN PROMISE: .*$", rb"^.*runtime error: .*$", rb"^.*ERROR: \w+Sanitizer: .*$",
         rb"^.*ERROR: libFuzzer: .*$")
WRITTEN = re.compile(rb"Test unit written to (.+)$", re.M)


def run(build: pathlib.Path, target: str, seconds: int) -> dict:
    """One row of the table; `finding` is None or the sentences about it."""
    work = build / "work" / target
    for folder in ("corpus", "findings"):
        (work / folder).mkdir(parents=True, exist_ok=True)
    program = build / "fuzz" / f"fuzz_{target}"
    command = [program, f"-max_total_time={seconds}", "-print_final_stats=1", f"-max_len={MAX_LEN.get(target, 4096)}",
               *LIMITS, f"-artifact_prefix={work / 'findings'}/"]
    dictionary = HERE / "dictionaries" / target
    if dictionary.is_file():
        command.append(f"-dict={dictionary}")
    command += [work / "corpus", HERE / "corpus" / target]
    began = time.monotonic()
    with open(work / "log", "wb") as log:
        ran = subprocess.run(command, cwd=work, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=False)
    took = max(time.monotonic() - began, 1e-3)
    said = (work / "log").read_bytes()
    lines, units, written = STATUS.findall(said), UNITS.search(said), WRITTEN.search(said)
    executions = int(units[1]) if units else int(lines[-1][0]) if lines else 0
    row = {"target": target, "executions": executions, "per_second": int(executions / took),
           "cov": int(lines[-1][1]) if lines else 0, "ft": int(lines[-1][2]) if lines else 0, "finding": None}
    if ran.returncode != 0:
        row["finding"] = about(ran.returncode, said, written, program, work)
    elif executions == 0:
        row["finding"] = f"it ran nothing: {work / 'log'}"
    return row


def about(status: int, said: bytes, written, program, work) -> str:
    sign = next((hit for hit in (re.search(pattern, said, re.M) for pattern in SIGNS) if hit), None)
    what = sign[0].decode(errors="replace").strip() if sign else f"it ended with status {status}"
    if written is None:
        return f"{what}; no input was written: {work / 'log'}"
    file = written[1].decode(errors="replace")
    again = shlex.join([str(program), *LIMITS, file])
    return f"{what}\n  the input:    {file}\n  once more:    {again}\n  what it said: {work / 'log'}"


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("targets", nargs="+", metavar="TARGET")
    parser.add_argument("--seconds", type=int, default=30, metavar="N", help="for each target (30)")
    parser.add_argument("--build-dir", type=pathlib.Path, default=HERE.parent / "build" / "fuzz", metavar="DIR")
    parser.add_argument("--jobs", type=int, default=len(os.sched_getaffinity(0)), metavar="N",
                        help="fuzzers at once (the number of processors)")
    given = parser.parse_args()
    if given.jobs < 1:
        parser.error(f"--jobs {given.jobs}: at least 1")
    build, targets = given.build_dir.resolve(), list(dict.fromkeys(given.targets))
    for target in targets:
        if not os.access(build / "fuzz" / f"fuzz_{target}", os.X_OK):
            print(f"fuzz: there is no fuzzer '{target}' in {given.build_dir}", file=sys.stderr)
            return 2

    def row_of(target: str) -> dict:
        print(f"fuzz: {target} for {given.seconds} s", file=sys.stderr, flush=True)
        return run(build, target, given.seconds)

    with concurrent.futures.ThreadPoolExecutor(given.jobs) as pool:
        rows = list(pool.map(row_of, targets))
    print(f"{'target':<12}{'executions':>12}{'exec/s':>9}{'cov':>7}{'ft':>7}  findings")
    for row in rows:
        found = "none" if row["finding"] is None else "FOUND"
        print(f"{row['target']:<12}{row['executions']:>12}{row['per_second']:>9}{row['cov']:>7}{row['ft']:>7}  {found}")
    for row in rows:
        if row["finding"] is not None:
            print(f"\n{row['target']}: {row['finding']}")
    return 1 if any(row["finding"] is not None for row in rows) else 0


if __name__ == "__main__":
    try:
        sys.exit(main())
    except KeyboardInterrupt:
        sys.exit(130)
