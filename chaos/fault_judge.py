#!/usr/bin/env python3
"""Judges a run of items with orders (faults.hpp) from what its workers and the kernel wrote down.

    fault_judge.py FOLDER [--max-attempts N] [--copies C] [--timeout SECONDS] [--times]
    fault_judge.py --self-test

FOLDER holds orders.txt and slow.txt (what was given), sealed.jsonl and slow.jsonl (what came out), ledger (what the
workers wrote), quarantine/, and perhaps deaths (death_watch.py). What must hold:
  an item whose deed leaves a worker that can finish it, or was ordered once, comes out exactly once with its answer
  any other item is in quarantine, once, with its bytes (.item) and a record (.json) whose cause names the deed
  with --max-attempts N: a deed that crashes was started N times, and the record says so; in a stage whose senders die
    a second copy may have been on its way, and was started once more: up to C copies (docs/delivery.md)
  nobody else is in quarantine
  with --timeout: a worker that hangs has died within twice that time; one that never died is late, too
  with --times: 99 % of the deaths are reaped within 50 ms, and the successors born within 100 ms; from 100 deaths on. On a
    busy machine three times what the control needs (death_watch.py) is allowed
The verdict is one JSON object on stdout. Exit status: 0 passed, 1 not passed, 2 the files cannot be read or wrong use.
"""

import argparse
import collections
import json
import pathlib
import re
import sys

PRIME = 4_294_967_291
FACTOR = 48_271 * 69_621
ORDER = re.compile(rb"(\d+) (work|seal|slow|-) ([a-z]+) (\d+) (always|once)")
HANGS = ("stop", "loop")
WITHIN = {"seen": 50.0, "replaced": 100.0}  # ms
CONTROL = "0.020"
ENOUGH = 100  # deaths, for a 99th percentile
CAUSES = {
    "kill": "killed by SIGKILL",
    "segv": "killed by SIGSEGV",
    "overflow": "killed by SIGSEGV",
    "abort": "killed by SIGABRT",
    "starve": "killed by SIGABRT",
    "exit": "exited with code {argument}",
    "stop": "ran longer than its timeout",
    "loop": "ran longer than its timeout",
    "hold": "exited with code 7",
    "away": "exited with code 7",
    "throw": "it was ordered to throw",
    "bomb": "std::bad_alloc|killed by SIGABRT",  # another thread may be the first whose allocation fails
}
RETURNS = ("ok", "take", "keep", "flood", "garbage", "late", "child")
THROWS = ("throw", "bomb")  # given up at the first attempt
FAILURES = (
    "lost",
    "duplicates",
    "wrong",
    "unaccounted",
    "not_quarantined",
    "neighbours_quarantined",
    "bad_evidence",
    "miscounted",
    "late_ends",
    "late_sights",
)

Order = collections.namedtuple("Order", "id stage deed argument how")
Life = collections.namedtuple("Life", "born name died reaped", defaults=(None,) * 4)


def read_orders(lines):
    orders = {}
    for line in lines:
        number, stage, deed, argument, how = line.split()
        orders[int(number)] = Order(int(number), stage, deed, int(argument), how)
    return orders


def survives(order):
    """Whether the item must come out."""
    return order.deed in RETURNS or (order.how == "once" and order.deed not in THROWS)


class Evidence:
    """What the folder holds."""

    def __init__(self, folder):
        self.orders, self.slow = {}, set()
        for name in ("orders.txt", "slow.txt"):
            orders = read_orders(self.lines(folder / name))
            self.orders |= orders
            if name == "slow.txt":
                self.slow = set(orders)
        self.outputs = self.lines(folder / "sealed.jsonl") + self.lines(folder / "slow.jsonl")
        self.starts = []  # (stage, id, pid, ns)
        for line in self.lines(folder / "ledger"):
            fields = line.split()
            if len(fields) == 5 and fields[1] == "start":
                self.starts.append((fields[0], int(fields[2]), int(fields[3]), int(fields[4])))
        self.starts.sort(key=lambda start: start[3])
        self.records = self.quarantined(folder / "quarantine")
        self.lives = self.read_lives(self.lines(folder / "deaths"))
        self.is_watched = (folder / "deaths").exists()

    @staticmethod
    def lines(path):
        return path.read_text(errors="replace").splitlines() if path.exists() else []

    @staticmethod
    def quarantined(folder):
        """(name, bytes or None, text of the record or None) of each entry."""
        names = sorted({path.with_suffix("") for path in folder.glob("*")}) if folder.exists() else []
        read = lambda path: path.read_bytes() if path.exists() else None
        return [(name.name, read(name.parent / f"{name.name}.item"), read(name.parent / f"{name.name}.json")) for name in names]

    @staticmethod
    def read_lives(lines):
        """pid -> lives, in their order: a number may come again."""
        lives = collections.defaultdict(list)
        for line in lines:
            what, pid, moment, *name = line.split()
            if what == "born":
                lives[int(pid)].append(Life(born=int(moment)))
            elif lives[int(pid)]:
                change = {"name": name[0]} if what == "named" else {what: int(moment)}
                lives[int(pid)][-1] = lives[int(pid)][-1]._replace(**change)
        return lives


class Judgement:
    def __init__(self, evidence, max_attempts=0, copies=0, timeout=0.0, times=False):
        self.evidence, self.max_attempts, self.copies = evidence, max_attempts, copies
        self.timeout, self.times = timeout, times
        self.counts = dict.fromkeys(FAILURES, 0)
        self.examples = collections.defaultdict(list)
        self.starts = collections.Counter((stage, item) for stage, item, _, _ in evidence.starts)
        self.measured = {}

    def accuse(self, what, text, times=1):
        self.counts[what] += times
        self.examples[what].append(text)

    def told(self, item):
        order = self.evidence.orders.get(item)
        return f"item {item} ({order.stage} {order.deed} {order.argument} {order.how})" if order else f"item {item}"

    def judge_outputs(self):
        seen, orders = collections.Counter(), self.evidence.orders
        for line in self.evidence.outputs:
            try:
                result = json.loads(line)
                item, value = result["id"], result["value"]
                right = item in orders and value == item * FACTOR % PRIME and survives(orders[item])
            except (ValueError, KeyError, TypeError):
                right = False
            if right:
                seen[item] += 1
            else:
                self.accuse("wrong", repr(line[:100]))
        for item, order in orders.items():
            if not survives(order):
                continue
            if not seen[item]:
                self.accuse("lost", f"{self.told(item)} did not come out; starts {self.starts_of(item)}")
            elif seen[item] > 1:
                self.accuse("duplicates", f"{self.told(item)} came out {seen[item]} times", seen[item] - 1)
            if seen[item] and not all(self.starts_of(item).values()):
                self.accuse("unaccounted", f"{self.told(item)} came out, but not every stage ran for it")

    def starts_of(self, item):
        stages = ("slow",) if item in self.evidence.slow else ("work", "seal")
        return {stage: self.starts[stage, item] for stage in stages}

    def judge_quarantine(self):
        found = collections.Counter()
        for name, content, record in self.evidence.records:
            match = ORDER.search(content or b"")
            item = int(match[1]) if match else None
            order = self.evidence.orders.get(item)
            if order is None:
                self.accuse("bad_evidence", f"{name}: {'the item' if content is None else 'an order'} is missing")
                continue
            found[item] += 1
            if survives(order):
                self.accuse("neighbours_quarantined", f"{self.told(item)}: {(record or b'')[:200]!r}")
            else:
                self.judge_record(name, order, record)
        for item, order in self.evidence.orders.items():
            if not survives(order) and not found[item]:
                self.accuse("not_quarantined", f"{self.told(item)}; starts {self.starts_of(item)}")
            elif found[item] > 1:
                self.accuse("bad_evidence", f"{self.told(item)} has {found[item]} entries")

    def judge_record(self, name, order, text):
        try:
            record = json.loads(text or b"")
            cause, attempts, stage = record["cause"], record["attempts"], record["stage"]
        except (ValueError, KeyError, TypeError):
            return self.accuse("bad_evidence", f"{name}: {'no record' if text is None else 'not a record'}")
        wanted = CAUSES[order.deed].format(argument=order.argument)
        if not re.search(wanted, cause) or stage != order.stage:
            self.accuse("bad_evidence", f"{self.told(order.id)}: '{cause}' in stage {stage}, expected '{wanted}'")
        started = self.starts[order.stage, order.id]
        expected = 1 if order.deed in THROWS else self.max_attempts
        most = expected + (self.copies if order.stage == "seal" else 0)
        if self.max_attempts and (not expected <= started <= most or attempts != expected):
            self.accuse("miscounted", f"{self.told(order.id)}: {started} starts, {attempts} attempts told, expected {expected}")

    def life_at(self, pid, moment):
        """The life that pid led then."""
        lives = [life for life in self.evidence.lives.get(pid, []) if life.died is None or life.died >= moment]
        return lives[0] if lives else None

    def judge_hangs(self):
        """From the start of what hangs to the death of its worker."""
        took, first = [], set()
        for stage, item, pid, moment in self.evidence.starts:
            order = self.evidence.orders.get(item)
            if order is None or order.deed not in HANGS or order.stage != stage:
                continue
            if order.how == "once" and item in first:
                continue
            first.add(item)
            life = self.life_at(pid, moment)
            died = life.died if life else None
            took.append((died - moment) / 1e6 if died else float("inf"))
            if took[-1] > 2000 * self.timeout:
                self.accuse("late_ends", f"{self.told(item)} in process {pid} ended after {took[-1]:.0f} ms")
        self.measure("hang_ms", took)

    def times_of(self, wanted):
        """Milliseconds from each death to its reaping, and to the birth of the successor in the same slot."""
        lives = [life for all_ in self.evidence.lives.values() for life in all_ if life.name and wanted(life.name)]
        births = collections.defaultdict(list)
        for life in lives:
            births[life.name].append(life.born)
        dead = [life for life in lives if life.died]
        seen = [(life.reaped - life.died) / 1e6 if life.reaped else float("inf") for life in dead]
        later = [(life, [born for born in births[life.name] if born > life.born]) for life in dead]
        return seen, [(min(born) - life.died) / 1e6 for life, born in later if born]

    def judge_sights(self):
        pairs = zip(("seen", "replaced"), self.times_of(lambda name: name != CONTROL), self.times_of(lambda name: name == CONTROL))
        for name, values, control in pairs:
            self.measure(f"{name}_ms", values)
            self.measure(f"control_{name}_ms", control)
            limit = max(WITHIN[name], 3 * (self.measured[f"control_{name}_ms_p99"] or 0))
            late = sum(value > limit for value in values)
            if self.times and len(values) >= ENOUGH and late > len(values) // 100:
                self.accuse("late_sights", f"{late} of {len(values)} deaths were {name} later than {limit:.0f} ms", late)

    def measure(self, name, values):
        values = sorted(values)
        self.measured[f"{name.removesuffix('_ms')}_n"] = len(values)
        for title, share in (("p50", 50), ("p99", 99), ("max", 100)):
            value = values[min(len(values) - 1, len(values) * share // 100)] if values else None
            self.measured[f"{name}_{title}"] = round(value, 2) if values and value != float("inf") else None

    def verdict(self):
        self.judge_outputs()
        self.judge_quarantine()
        if self.timeout:
            self.judge_hangs()
        if self.evidence.is_watched:
            self.judge_sights()
        orders = self.evidence.orders.values()
        return {
            "items": len(orders),
            "faults": sum(order.deed != "ok" for order in orders),
            "poison": sum(not survives(order) for order in orders),
            "executions": len(self.evidence.starts),
            "most_starts": max(self.starts.values(), default=0),
            **self.counts,
            **self.measured,
            "examples": [f"{what}: {text}" for what, texts in self.examples.items() for text in texts[:4]],
            "passed": bool(orders) and not any(self.counts.values()),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--max-attempts", type=int, default=0)
    parser.add_argument("--copies", type=int, default=0)
    parser.add_argument("--timeout", type=float, default=0.0)
    parser.add_argument("--times", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        import fault_judge_test

        return fault_judge_test.main()
    if options.folder is None:
        parser.error("FOLDER is needed")
    try:
        evidence = Evidence(options.folder)
    except (OSError, ValueError) as problem:
        print(f"judge: {problem}", file=sys.stderr)
        return 2
    verdict = Judgement(evidence, options.max_attempts, options.copies, options.timeout, options.times).verdict()
    print(json.dumps(verdict))
    return 0 if verdict["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
