#!/usr/bin/env python3
"""Judges what the futures of library pools said about items with orders (faults.hpp).

    answer_judge.py FOLDER --max-attempts N
    answer_judge.py --self-test

FOLDER holds orders.txt and slow.txt (what was given) and answers (what fault_jobs asked its pools for, and what came). What
must hold:
  every job is asked for and answered, once, in this order
  a result is that of its own job
  a job whose deed leaves a worker that can finish it, or was ordered once, gives a result
  any other job fails, in the stage of its deed, and its failure tells the kind (crashed, timed out, threw), the cause and the
    attempts: N for what ends its worker; 1 for what throws, or more after a neighbour's crash
  the pools are alive afterwards: the last order of each file is asked when all others of it are answered, and gives a result
The verdict is one JSON object on stdout. Exit status: 0 passed, 1 not passed, 2 the files cannot be read or wrong use.
"""

import argparse
import collections
import json
import pathlib
import re
import sys

from fault_judge import CAUSES, HANGS, THROWS, read_orders, survives

FAILURES = ("unanswered", "answered_twice", "misanswered", "neighbours_failed", "spared", "bad_failures", "dead")


def kind_of(order):
    return "timed out" if order.deed in HANGS else "threw" if order.deed in THROWS else "crashed"


class Evidence:
    """What the folder holds."""

    def __init__(self, folder):
        lines = lambda name: (folder / name).read_text(errors="replace").splitlines()
        self.orders, self.paths = {}, []  # paths: (stages, ids in their order)
        for name, stages in (("orders.txt", ("work", "seal")), ("slow.txt", ("slow",))):
            orders = read_orders(lines(name))
            self.orders |= orders
            self.paths.append((stages, list(orders)))
        self.asked = collections.defaultdict(list)  # (stage, id) -> numbers of lines
        self.answers = collections.defaultdict(list)  # (stage, id) -> (number of line, fields from "result" or "failed" on)
        for number, line in enumerate(lines("answers")):
            what, stage, item, *more = line.split("\t")
            if what == "asked":
                self.asked[stage, int(item)].append(number)
            else:
                self.answers[stage, int(item)].append((number, [what, *more]))


class Judgement:
    def __init__(self, evidence, max_attempts):
        self.evidence, self.max_attempts = evidence, max_attempts
        self.counts = dict.fromkeys(FAILURES, 0)
        self.examples = collections.defaultdict(list)

    def accuse(self, what, text, times=1):
        self.counts[what] += times
        self.examples[what].append(text)

    def told(self, stage, item):
        order = self.evidence.orders.get(item)
        return f"job {item} of {stage} ({order.stage} {order.deed} {order.argument} {order.how})" if order else f"job {item}"

    def judge_counts(self, job):
        asked, answers = self.evidence.asked[job], self.evidence.answers[job]
        if len(answers) < len(asked):
            self.accuse("unanswered", f"{self.told(*job)} was never answered", len(asked) - len(answers))
        if len(answers) > len(asked):
            text = f"{self.told(*job)}: {len(asked)} asked, {len(answers)} answers"
            self.accuse("answered_twice", text, len(answers) - len(asked))
        elif any(answer[0] < number for number, answer in zip(asked, answers)):
            self.accuse("misanswered", f"{self.told(*job)} was answered before it was asked")

    def judge_answer(self, stage, item, fields):
        order = self.evidence.orders.get(item)
        if order is None:
            return self.accuse("misanswered", f"job {item} of {stage} never was")
        must_fail = order.stage == stage and not survives(order)
        if fields[0] == "result":
            if fields[1] not in (str(item), "-"):
                self.accuse("misanswered", f"{self.told(stage, item)} was answered with {fields[1]}")
            if must_fail:
                self.accuse("spared", f"{self.told(stage, item)} gave a result")
        elif not must_fail:
            self.accuse("neighbours_failed", f"{self.told(stage, item)}: {fields[1:]}")
        else:
            self.judge_failure(stage, order, *fields[1:4])

    def judge_failure(self, stage, order, kind, attempts, cause):
        expected = kind_of(order)
        alternative = "crashed" if order.deed == "bomb" else expected  # another thread may be the first whose allocation fails
        right = range(1, self.max_attempts + 1) if kind == "threw" else (self.max_attempts,)
        wanted = CAUSES[order.deed].format(argument=order.argument)
        if kind not in (expected, alternative) or int(attempts) not in right or not re.search(wanted, cause):
            told = f"'{kind}' after {attempts} attempts: '{cause}', expected '{expected}' after {self.max_attempts}: '{wanted}'"
            self.accuse("bad_failures", f"{self.told(stage, order.id)}: {told}")

    def judge_last(self, stages, items):
        """That the last item was asked for when all others were answered, and came through."""
        if not items:
            return
        *others, last = items
        numbers = [number for stage in stages for item in others for number, _ in self.evidence.answers[stage, item]]
        answered = max(numbers, default=-1)
        for stage in stages:
            asked, answers = self.evidence.asked[stage, last], self.evidence.answers[stage, last]
            if not asked or asked[0] < answered or not answers or answers[0][1][0] != "result":
                self.accuse("dead", f"the last job of {stage}, {last}: {[fields for _, fields in answers] or 'no answer'}")

    def verdict(self):
        jobs = sorted(self.evidence.asked.keys() | self.evidence.answers.keys())
        for job in jobs:
            self.judge_counts(job)
            for _, fields in self.evidence.answers[job]:
                self.judge_answer(*job, fields)
        for stages, items in self.evidence.paths:
            self.judge_last(stages, items)
            missing = [item for item in items if not self.evidence.asked[stages[0], item]]
            if missing:
                self.accuse("unanswered", f"{self.told(stages[0], missing[0])} was never asked for", len(missing))
        failed = sum(fields[0] == "failed" for answers in self.evidence.answers.values() for _, fields in answers)
        return {
            "jobs": sum(map(len, self.evidence.asked.values())),
            "failed_jobs": failed,
            **self.counts,
            "examples": [f"{what}: {text}" for what, texts in self.examples.items() for text in texts[:4]],
            "passed": bool(jobs) and not any(self.counts.values()),
        }


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", nargs="?", type=pathlib.Path)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--max-attempts", type=int)
    options = parser.parse_args()
    if options.self_test:
        import answer_judge_test

        return answer_judge_test.main()
    if options.folder is None or options.max_attempts is None:
        parser.error("FOLDER and --max-attempts are needed")
    try:
        evidence = Evidence(options.folder)
    except (OSError, ValueError) as problem:
        print(f"judge: {problem}", file=sys.stderr)
        return 2
    verdict = Judgement(evidence, options.max_attempts).verdict()
    print(json.dumps(verdict))
    return 0 if verdict["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
