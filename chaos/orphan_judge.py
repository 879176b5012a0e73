#!/usr/bin/env python3
"""Judges kills of a director from what was seen after each, and from the ledger of its workers.

    orphan_judge.py FOLDER --items N
    orphan_judge.py --self-test

FOLDER holds `acts`, one JSON object for each start that was to be killed (harnesses/parent_death.py), and `ledger`, which
the workers wrote. What must hold:
  a second after the kill nobody is left, alive (orphans) or not reaped (zombies), and none has begun an item since
  the next start of the same file ends with status 0, and items 1 ... N come out of it exactly once with their answers
  that start leaves nothing among its sockets
  no start ends by itself before it is killed
Somebody must have been there to be left behind, grandchildren too, or nothing was tried. The verdict is one JSON object on
stdout. Exit status: 0 passed, 1 not passed, 2 the files cannot be read or wrong use.
"""

import argparse
import collections
import json
import pathlib
import sys

from fault_judge import FACTOR, PRIME

SECOND = 1_000_000_000  # ns
EARLY = 50  # ms
FAILURES = ("orphans", "zombies", "worked_on", "next_failed", "next_lost", "next_duplicates", "next_wrong", "left", "ended")


class Judgement:
    def __init__(self, acts, ledger, items):
        self.acts, self.items = acts, items
        self.lines = sorted((int(fields[4]), int(fields[3])) for fields in map(str.split, ledger) if len(fields) == 5)
        self.counts = dict.fromkeys(FAILURES, 0)
        self.examples = collections.defaultdict(list)

    def accuse(self, what, text, times=1):
        self.counts[what] += times
        self.examples[what].append(text)

    def judge_kill(self, act, title):
        for what in ("orphans", "zombies"):
            if act[what]:
                self.accuse(what, f"{title}: {act[what][:3]}", len(act[what]))
        before = {pid for moment, pid in self.lines if moment <= act["killed_ns"]}
        late = {pid for moment, pid in self.lines if moment > act["killed_ns"] + SECOND and pid in before}
        if late:
            self.accuse("worked_on", f"{title}: processes {sorted(late)[:3]} worked on", len(late))

    def judge_next(self, act, title):
        if act["next_status"] != 0:
            self.accuse("next_failed", f"{title}: the next start ended with {act['next_status']}: {act.get('said', '')[-200:]}")
            return
        seen = collections.Counter()
        for line in act["next_outputs"]:
            try:
                result = json.loads(line)
                item = result["id"]
                right = 1 <= item <= self.items and result["value"] == item * FACTOR % PRIME
            except (ValueError, KeyError, TypeError):
                right = False
            if right:
                seen[item] += 1
            else:
                self.accuse("next_wrong", f"{title}: {line[:80]!r}")
        lost, twice = self.items - len(seen), sum(seen.values()) - len(seen)
        if lost:
            self.accuse("next_lost", f"{title}: the next start lost {lost} items", lost)
        if twice:
            self.accuse("next_duplicates", f"{title}: the next start put out {twice} items too many", twice)
        if act["left"]:
            self.accuse("left", f"{title}: {act['left'][:3]} left behind", len(act["left"]))

    def verdict(self):
        killed = []
        for act in self.acts:
            title = f"kill after {act['after_ms']:.1f} ms"
            if "killed_ns" not in act:
                self.accuse("ended", f"{title}: it had ended with status {act['status']}: {act['said'][-200:]}")
                continue
            killed.append(act)
            self.judge_kill(act, title)
            self.judge_next(act, title)
        gone = sorted(act["gone_ms"] for act in killed if act["gone_ms"] is not None)
        sums = {name: sum(act[name] for act in killed) for name in ("processes", "grandchildren")}
        failures = sum(self.counts.values())
        shares = (("p50", 50), ("p99", 99), ("max", 100))
        return {
            "kills": len(killed),
            "early": sum(act["after_ms"] <= EARLY for act in killed),
            **sums,
            **{f"gone_ms_{name}": round(gone[min(len(gone) - 1, len(gone) * n // 100)], 1) if gone else None for name, n in shares},
            "failures": failures,
            **self.counts,
            "examples": [f"{what}: {text}" for what, texts in self.examples.items() for text in texts[:4]],
            "passed": not failures and all(sums.values()),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--items", type=int)
    options = parser.parse_args()
    if options.self_test:
        import orphan_judge_test

        return orphan_judge_test.main()
    if options.folder is None or options.items is None:
        parser.error("FOLDER and --items are needed")
    try:
        acts = [json.loads(line) for line in (options.folder / "acts").read_text().splitlines()]
        ledger = (options.folder / "ledger").read_text(errors="replace").splitlines()
    except (OSError, ValueError) as problem:
        print(f"judge: {problem}", file=sys.stderr)
        return 2
    verdict = Judgement(acts, ledger, options.items).verdict()
    print(json.dumps(verdict))
    return 0 if verdict["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
