#!/usr/bin/env python3
"""Judges a run of storm_app from what it left behind, never from what the product says about itself.

    judge.py --items N --rounds R --output FILE --ledger FILE [--quarantine DIR]
    judge.py --self-test

Item ID in 1 ... N must stand in the output exactly once, as {"id": ID, "value": V} with V the known answer, and
the ledger must show that both stages really ran for it. The verdict is one JSON object on stdout:
  lost, duplicates, wrong    items without output, surplus outputs, outputs with another value or no such item
  unaccounted                outputs for which a stage has no line in the ledger
  quarantined                items in the quarantine folder
  executions, repeated       stage calls in all, and those beyond the first per stage and item
  most_starts                the most calls for one stage and item
  examples                   a few of what is wrong, in words
  passed                     true when lost, duplicates, wrong, unaccounted and quarantined are all 0
Exit status: 0 passed, 1 not passed, 2 the files cannot be read or wrong use.
"""

import argparse
import collections
import json
import pathlib
import sys

PRIME = 4_294_967_291
WORK_FACTOR, SEAL_FACTOR, SEAL_ROUNDS = 48_271, 69_621, 100
STAGES = ("work", "seal")
FAILURES = ("lost", "duplicates", "wrong", "unaccounted", "quarantined")


class Answers:
    """What storm_app computes in `rounds` multiplications per item, in one."""

    def __init__(self, rounds):
        self.factor = pow(WORK_FACTOR, rounds, PRIME) * pow(SEAL_FACTOR, SEAL_ROUNDS, PRIME) % PRIME

    def of(self, item):
        return item * self.factor % PRIME


def read_ledger(lines):
    """How often each (stage, item) was started. A line that is not whole is no evidence."""
    starts = collections.Counter()
    for line in lines:
        fields = line.split()
        if len(fields) == 3 and fields[0] in STAGES and fields[1].isdigit():
            starts[fields[0], int(fields[1])] += 1
    return starts


def read_output(lines, items, answers):
    """How often each item came out with its right answer, and what else stands there."""
    seen, wrong = collections.Counter(), []
    for line in lines:
        try:
            result = json.loads(line)
            item, value = result["id"], result["value"]
            right = isinstance(item, int) and 1 <= item <= items and value == answers.of(item)
        except (ValueError, KeyError, TypeError):
            right = False
        if right:
            seen[item] += 1
        else:
            wrong.append(line.strip()[:100])
    return seen, wrong


def judge(items, rounds, output, ledger, quarantined=0):
    """The verdict on the lines of an output and of a ledger."""
    seen, wrong = read_output(output, items, Answers(rounds))
    starts = read_ledger(ledger)
    lost = [item for item in range(1, items + 1) if item not in seen]
    twice = [item for item, times in seen.items() if times > 1]
    unaccounted = [item for item in seen if any((stage, item) not in starts for stage in STAGES)]
    duplicates = sum(seen.values()) - len(seen)
    examples = [f"lost: item {item}, started {[starts[stage, item] for stage in STAGES]} times" for item in lost[:3]]
    examples += [f"twice: item {item}, {seen[item]} outputs" for item in twice[:3]]
    examples += [f"wrong: {line!r}" for line in wrong[:3]]
    examples += [f"unaccounted: item {item} came out, but not every stage ran for it" for item in unaccounted[:3]]
    verdict = {
        "items": items,
        "lost": len(lost),
        "duplicates": duplicates,
        "wrong": len(wrong),
        "unaccounted": len(unaccounted),
        "quarantined": quarantined,
        "executions": sum(starts.values()),
        "repeated": sum(starts.values()) - len(starts),
        "most_starts": max(starts.values(), default=0),
        "examples": examples,
    }
    return verdict | {"passed": not any(verdict[key] for key in FAILURES)}


def quarantined_in(folder):
    """Items with a file there; an item may have several, which differ in their suffix."""
    return len({path.stem for path in folder.rglob("*") if path.is_file()}) if folder and folder.exists() else 0


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--items", type=int, metavar="N")
    parser.add_argument("--rounds", type=int, metavar="R")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--ledger", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--quarantine", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args()
    if not options.self_test and None in (options.items, options.rounds, options.output, options.ledger):
        parser.error("--items, --rounds, --output and --ledger are needed")
    return options


def main():
    options = arguments()
    if options.self_test:
        return self_test()
    try:
        with open(options.output, errors="replace") as output, open(options.ledger, errors="replace") as ledger:
            verdict = judge(options.items, options.rounds, output, ledger, quarantined_in(options.quarantine))
    except OSError as problem:
        print(f"judge: {problem}", file=sys.stderr)
        return 2
    print(json.dumps(verdict))
    return 0 if verdict["passed"] else 1


def good_run(items=5, rounds=7):
    """The lines of an output and of a ledger that must pass."""
    answers = Answers(rounds)
    output = [json.dumps({"id": item, "value": answers.of(item)}) + "\n" for item in range(1, items + 1)]
    ledger = [f"{stage} {item} {100 + item}\n" for item in range(1, items + 1) for stage in STAGES]
    return output, ledger


def slow_answer(item, rounds):
    """storm_app's loop as it stands there."""
    for factor, times in ((WORK_FACTOR, rounds), (SEAL_FACTOR, SEAL_ROUNDS)):
        for _ in range(times):
            item = item * factor % PRIME
    return item


def self_test():
    """Each kind of damage must be seen as what it is, and nothing else."""
    output, ledger = good_run()
    elsewhere = json.dumps({"id": 6, "value": Answers(7).of(6)}) + "\n"
    cases = {
        "a good run": (output, ledger, 0, {}),
        "any order, several executions": (output[::-1], ledger[::-1] + ledger[:4], 0, {}),
        "one output missing": (output[:2] + output[3:], ledger, 0, {"lost": 1}),
        "the last output missing": (output[:-1], ledger, 0, {"lost": 1}),
        "no output at all": ([], ledger, 0, {"lost": 5}),
        "one output twice": (output + output[1:2], ledger, 0, {"duplicates": 1}),
        "one output three times": (output + output[1:2] * 2, ledger, 0, {"duplicates": 2}),
        "a wrong value": (['{"id":1,"value":1}\n'] + output[1:], ledger, 0, {"lost": 1, "wrong": 1}),
        "an item that never was": (output + [elsewhere], ledger, 0, {"wrong": 1}),
        "half a line": (output[:-1] + [output[-1][:6]], ledger, 0, {"lost": 1, "wrong": 1}),
        "another type": (output + ["17\n"], ledger, 0, {"wrong": 1}),
        "an output that no stage made": (output, ledger[2:], 0, {"unaccounted": 1}),
        "an output that seal never saw": (output, ledger[:1] + ledger[2:], 0, {"unaccounted": 1}),
        "a torn ledger line": (output, [ledger[0][:5]] + ledger[1:], 0, {"unaccounted": 1}),
        "something in quarantine": (output, ledger, 2, {"quarantined": 2}),
    }
    failed = []
    for title, (made, evidence, quarantined, expected) in cases.items():
        verdict = judge(5, 7, made, evidence, quarantined)
        found = {key: verdict[key] for key in FAILURES if verdict[key]}
        if found != expected or verdict["passed"] == bool(expected):
            failed.append(f"{title}: expected {expected}, found {found}")
    if any(Answers(rounds).of(item) != slow_answer(item, rounds) for item in (1, 2, 99_999) for rounds in (0, 1, 50)):
        failed.append("the short cut to an answer differs from the loop")
    if judge(5, 7, output, ledger + ledger[:4])["repeated"] != 4 or judge(5, 7, output, ledger * 3)["most_starts"] != 3:
        failed.append("repeated executions are not counted")
    print("\n".join(failed) if failed else f"judge: {len(cases)} cases judged as they should be")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
