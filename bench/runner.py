"""How a figure is made: both sides in turn (A B A B ...), the same work checked on each run, the median of the ratios.

A row is a `Benchmark`. Machines are noisy, so only ratios are compared with goals; above 1 means that we are better.
"""

import dataclasses
import os
import statistics
import subprocess
import sys
import tempfile
import time
from typing import Callable, Optional


class Failed(Exception):
    """A side did not do its work; the text says which command, and what it said."""


@dataclasses.dataclass
class Measured:
    """One run of one side. `check` stands for the result: both sides must give the same (a sum, a count, a digest)."""

    value: float
    check: str
    note: str = ""  # shown while running only


@dataclasses.dataclass
class Benchmark:
    """One line of the scoreboard: `ours` and `peer` do the same work once and say what it took."""

    name: str  # "pipeline/wordcount"
    peer_name: str  # "Python lists of 1,000 lines"
    unit: str  # of `value`: "s", "1/s" ...
    goal: float  # the ratio to reach
    ours: Callable[[], Measured]
    peer: Callable[[], Measured]
    lower_is_better: bool = True
    missing: Optional[str] = None  # why the peer cannot run here: "the program 'erl' (package erlang-base)"

    @property
    def title(self):
        return f"{self.name} vs {self.peer_name}"


@dataclasses.dataclass
class Context:
    """What rows get: where the programs were built, and where what they need may be kept between runs."""

    build_dir: str
    cache_dir: str

    def program(self, path):
        """A program of the build, or a Failed that says how to get it."""
        full = os.path.join(self.build_dir, path)
        if not os.access(full, os.X_OK):
            raise Failed(f"{full} is not there: build first (./dev build release)")
        return full


def timed_with_input(command, text, **options):
    """The same for a command that reads `text` from its standard input."""
    with tempfile.TemporaryFile() as source:
        source.write(text)
        source.seek(0)
        return timed(command, stdin=source, **options)


def timed(command, **options):
    """Runs a command to its end: (wall seconds, CPU seconds of it and the children it waited for)."""
    before = os.times()
    start = time.perf_counter()
    options = {"stdin": subprocess.DEVNULL} | options
    done = subprocess.run(command, stderr=subprocess.PIPE, check=False, **options)
    wall = time.perf_counter() - start
    after = os.times()
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip()[-2000:]
        raise Failed(f"exit status {done.returncode} of: {' '.join(map(str, command))}\n{said}")
    cpu = after.children_user + after.children_system - before.children_user - before.children_system
    return wall, cpu


def self_timed(command, **options):
    """One run of a program that times itself (what it does before and after is no work) and prints "value check"."""
    command = list(map(str, command))
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False, **options)
    if done.returncode != 0:
        raise Failed(f"exit status {done.returncode} of: {' '.join(command)}\n{done.stderr.strip()[-2000:]}")
    try:
        value, check = done.stdout.split()
        return Measured(float(value), check)
    except ValueError:
        raise Failed(f"no line 'value check' from: {' '.join(command)}\n{done.stdout[-2000:]}") from None


def better_of(sides, lower_is_better=True):
    """The best of several ways {"name": side} of one peer, all of them run; the note says how each did."""
    runs = {name: side() for name, side in sides.items()}
    best = (min if lower_is_better else max)(runs.values(), key=lambda each: each.value)
    if len({each.check for each in runs.values()}) != 1:
        raise Failed(f"not the same work: {', '.join(f'{name} gives {each.check}' for name, each in runs.items())}")
    return Measured(best.value, best.check, ", ".join(f"{name} {each.value:.3f}" for name, each in runs.items()))


def show(text):
    print(text, file=sys.stderr, flush=True)


def run_side(title, side):
    measured = side()
    show(f"  {title:<28} {measured.value:10.3f}  {measured.note}")
    return measured


def run_pairs(benchmark, pairs):
    """One result in the form of the scoreboard. A warm-up of each side comes first and is checked, but not counted."""
    show(f"{benchmark.title}: a warm-up and {pairs} pairs, in {benchmark.unit}")
    ours, peers, ratios = [], [], []
    for number in range(pairs + 1):
        a = run_side("ours", benchmark.ours)
        b = run_side(benchmark.peer_name, benchmark.peer)
        if a.check != b.check:
            raise Failed(f"{benchmark.title}: not the same work: ours gives {a.check}, the peer {b.check}")
        if number == 0:
            continue
        ours.append(a.value)
        peers.append(b.value)
        ratios.append(b.value / a.value if benchmark.lower_is_better else a.value / b.value)
    return entry(benchmark) | {
        "ours": statistics.median(ours),
        "peer": statistics.median(peers),
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "pairs": pairs,
    }


def entry(benchmark):
    """The form of the scoreboard without figures."""
    return {
        "name": benchmark.name,
        "unit": benchmark.unit,
        "ours": None,
        "peer": None,
        "peer_name": benchmark.peer_name,
        "ratio": None,
        "ratio_min": None,
        "ratio_max": None,
        "goal": benchmark.goal,
        "pairs": 0,
    }


def run(benchmark, pairs):
    """The result of a row, whatever happens: a missing peer and a failure are entries too."""
    if benchmark.missing:
        show(f"{benchmark.title}: missing: {benchmark.missing}")
        return entry(benchmark) | {"missing": benchmark.missing}
    try:
        return run_pairs(benchmark, pairs)
    except (Failed, OSError) as problem:
        show(f"{benchmark.title}: {problem}")
        return entry(benchmark) | {"error": str(problem)}
