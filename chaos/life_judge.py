#!/usr/bin/env python3
"""Judges whether workers came and went without anybody noticing, from what the workers and the kernel wrote down.

    life_judge.py FOLDER --calm FOLDER --workers N [--births N] [--grow BASE] [--times]
    life_judge.py --self-test

FOLDER holds ledger (what the workers of stages work and seal wrote, see faults.hpp), given (lines "ID NS PHASE": when each item
was handed in, by CLOCK_MONOTONIC) and lives (lines "NS COUNT PHASE": how many workers there were). The other folder is a run of the
same program in which all workers stayed. What must hold, beside what fault_judge.py and answer_judge.py say about outputs and
answers:
  no item is begun twice in a stage: nobody dies here
  there are never more than twice so many workers as --workers says
  with --births N: so many workers were ready in all, or nothing was tried
  with --times, at most 10 % of the items of phases `paced` and `lull` take longer, from being handed in to the end of stage seal,
    than three times what 90 % of the calm run's took, and 100 ms
  with --times and --grow BASE: there were more than BASE workers in phase `burst` or `drain`, and of those beyond BASE at least half
    have left at the end of the last `lull` (who is there stays while all are busy at some moment of each `idle`)
The verdict is one JSON object on stdout. Exit status: 0 passed, 1 not passed, 2 the files cannot be read or wrong use.
"""

import argparse
import collections
import json
import pathlib
import sys

STAGES = ("work", "seal")
JUDGED = ("paced", "lull")  # phases
SLOWER, FLOOR = 3, 100.0  # times the calm run's 90 %; ms. A worker of the harness needs 300 ms to be ready
SHARE = 0.1  # of the items that may be late
FAILURES = ("executed_again", "delayed", "not_replaced", "not_grown", "not_shrunk", "crowded")


def quantile(values, share):
    values = sorted(values)
    return values[min(len(values) - 1, int(len(values) * share))] if values else None


class Evidence:
    """What the folder of one run holds."""

    def __init__(self, folder):
        lines = lambda name: [line.split() for line in (folder / name).read_text(errors="replace").splitlines()]
        self.starts, self.done, self.births, self.executed = collections.Counter(), {}, 0, collections.Counter()
        for stage, what, item, pid, moment in (fields for fields in lines("ledger") if len(fields) == 5):
            if what == "born":
                self.births += 1
            elif what == "start":
                self.starts[stage, int(item)] += 1
                self.executed[stage, pid] += 1
            elif stage == STAGES[-1]:
                self.done.setdefault(int(item), int(moment))
        self.given = {int(item): (int(moment), phase) for item, moment, phase in lines("given")}
        self.lives = [(int(moment), int(count), phase) for moment, count, phase in lines("lives")]

    def latencies(self):
        """Milliseconds of each item whose phase is judged; one that never ended takes for ever."""
        judged = {item: moment for item, (moment, phase) in self.given.items() if phase in JUDGED}
        took = lambda item, moment: (self.done[item] - moment) / 1e6 if item in self.done else float("inf")
        return {item: took(item, moment) for item, moment in judged.items()}


class Judgement:
    def __init__(self, evidence, calm, births=0, base=0, workers=1, times=False):
        self.evidence, self.calm = evidence, calm
        self.births, self.base, self.workers, self.times = births, base, workers, times
        self.counts = dict.fromkeys(FAILURES, 0)
        self.examples = collections.defaultdict(list)

    def accuse(self, what, text, times=1):
        self.counts[what] += times
        self.examples[what].append(text)

    def judge_executions(self):
        for (stage, item), times in self.evidence.starts.items():
            if times > 1:
                self.accuse("executed_again", f"item {item} was begun {times} times in {stage}", times - 1)

    def judge_delays(self):
        calm, took = self.calm.latencies(), self.evidence.latencies()
        calm_p90 = quantile(calm.values(), 1 - SHARE)
        limit = max(FLOOR, SLOWER * (calm_p90 or 0))
        late = [item for item, ms in took.items() if ms > limit]
        if self.times and (not calm or not took or len(late) > SHARE * len(took)):
            worst = max(took, key=took.get, default=0)
            text = f"{len(late)} of {len(took)} took longer than {limit:.0f} ms; item {worst} {took.get(worst, 0):.0f} ms"
            self.accuse("delayed", text, max(1, len(late)))
        told = lambda ms: None if ms in (None, float("inf")) else round(ms, 1)
        return {
            "paced": len(took),
            "late": len(late),
            "limit_ms": round(limit, 1),
            "took_ms_p50": told(quantile(took.values(), 0.5)),
            "took_ms_p99": told(quantile(took.values(), 0.99)),
            "took_ms_max": told(quantile(took.values(), 1)),
            "calm_ms_p50": told(quantile(calm.values(), 0.5)),
            "calm_ms_p90": told(calm_p90),
        }

    def judge_lives(self):
        counts = collections.defaultdict(list)
        for _, count, phase in self.evidence.lives:
            counts[phase].append(count)
        most = max((count for _, count, _ in self.evidence.lives), default=0)
        if most > 2 * self.workers:
            self.accuse("crowded", f"{most} workers, where {self.workers} are wanted")
        if self.evidence.births < self.births:
            self.accuse("not_replaced", f"{self.evidence.births} workers in all, expected {self.births}")
        if self.times and self.base:
            peak = max(counts["burst"] + counts["drain"], default=0)
            if peak <= self.base:
                self.accuse("not_grown", f"never more than {self.base} workers in a burst")
            if not counts["lull"] or counts["lull"][-1] - self.base > max(0, peak - self.base) // 2:
                text = f"{counts['lull'][-1:]} workers at the end of the last lull, {peak} in the burst, {self.base} are enough"
                self.accuse("not_shrunk", text)
        return {"births": self.evidence.births, "most_workers": most}

    def verdict(self):
        self.judge_executions()
        measured = self.judge_delays() | self.judge_lives()
        return {
            **measured,
            "most_items_of_one": max(self.evidence.executed.values(), default=0),
            **self.counts,
            "examples": [f"{what}: {text}" for what, texts in self.examples.items() for text in texts[:4]],
            "passed": not any(self.counts.values()),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--calm", type=pathlib.Path)
    parser.add_argument("--births", type=int, default=0)
    parser.add_argument("--grow", type=int, default=0, metavar="BASE")
    parser.add_argument("--workers", type=int)
    parser.add_argument("--times", action="store_true")
    options = parser.parse_args()
    if options.self_test:
        import life_judge_test

        return life_judge_test.main()
    if None in (options.folder, options.calm, options.workers):
        parser.error("FOLDER, --calm and --workers are needed")
    try:
        evidence, calm = Evidence(options.folder), Evidence(options.calm)
    except (OSError, ValueError) as problem:
        print(f"judge: {problem}", file=sys.stderr)
        return 2
    verdict = Judgement(evidence, calm, options.births, options.grow, options.workers, options.times).verdict()
    print(json.dumps(verdict))
    return 0 if verdict["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
