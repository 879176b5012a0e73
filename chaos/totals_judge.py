#!/usr/bin/env python3
"""Judges the totals of state_app by what they must be, never by what the product says about itself.

    totals_judge.py --items N --output FILE [--quarantine DIR]
    totals_judge.py --self-test

Numbers 0 ... N - 1 were counted under number * 7919 % 1000: of each key its count, its sum and the sum of its squares, modulo
2^64, on one line. The verdict is one JSON object on stdout:
  lost, duplicates   numbers too few and too many, by the counts; a key that stands there again counts all its numbers
  wrong              lines that are no total, or have the right count and another sum
  quarantined        items in the quarantine folder
  examples           a few of what is wrong, in words
  passed             true when all of these are 0
Exit status: 0 passed, 1 not passed, 2 the files cannot be read or wrong use.
"""

import argparse
import collections
import json
import pathlib
import sys

from judge import quarantined_in

KEYS, SPREAD, MODULUS = 1_000, 7_919, 1 << 64
FAILURES = ("lost", "duplicates", "wrong", "quarantined")


def expected_totals(items):
    """(count, sum, squares) by key, from closed forms: the numbers of a key are first, first + KEYS, ..."""
    totals = {}
    for first in range(min(KEYS, items)):
        n = (items - 1 - first) // KEYS + 1
        ones, squares = n * (n - 1) // 2, (n - 1) * n * (2 * n - 1) // 6
        total = n * first + KEYS * ones
        square = n * first * first + 2 * first * KEYS * ones + KEYS * KEYS * squares
        totals[first * SPREAD % KEYS] = (n, total % MODULUS, square % MODULUS)
    return totals


def judge(items, lines, quarantined=0):
    """The verdict on the lines of an output."""
    expected, seen = expected_totals(items), set()
    counts, examples = collections.Counter(quarantined=quarantined), []

    def accuse(what, times, text):
        counts[what] += times
        if counts[f"told {what}"] < 3:
            counts[f"told {what}"] += 1
            examples.append(f"{what}: {text}")

    for line in lines:
        try:
            got = json.loads(line)
            key, total = got["key"], (got["count"], got["sum"], got["squares"])
            right = expected[key]
        except (ValueError, KeyError, TypeError):
            accuse("wrong", 1, repr(line.strip()[:100]))
            continue
        if key in seen:
            accuse("duplicates", total[0], f"key {key} stands there again")
        elif total[0] != right[0]:
            accuse("lost" if total[0] < right[0] else "duplicates", abs(total[0] - right[0]), f"key {key} has {total}, not {right}")
        elif total != right:
            accuse("wrong", 1, f"key {key} has {total}, not {right}")
        seen.add(key)
    for key in expected.keys() - seen:
        accuse("lost", expected[key][0], f"key {key} is not there")
    verdict = {"items": items, **{key: counts[key] for key in FAILURES}, "examples": examples}
    return verdict | {"passed": not any(verdict[key] for key in FAILURES)}


def self_test():
    """Each kind of damage must be seen as what it is, and nothing else."""
    items = 2_500
    counted = {}
    for number in range(items):
        count, total, square = counted.get(number * SPREAD % KEYS, (0, 0, 0))
        counted[number * SPREAD % KEYS] = (count + 1, total + number, square + number * number)
    line = lambda key, total: json.dumps(dict(zip(("key", "count", "sum", "squares"), (key, *total)))) + "\n"
    good = [line(key, total) for key, total in counted.items()]
    (first, (n, total, square)), rest = next(iter(counted.items())), good[1:]
    cases = {
        "a good run": (good, 0, {}),
        "any order": (good[::-1], 0, {}),
        "a key missing": (rest, 0, {"lost": n}),
        "nothing at all": ([], 0, {"lost": items}),
        "a number missing": (rest + [line(first, (n - 1, total, square))], 0, {"lost": 1}),
        "a number twice": (rest + [line(first, (n + 1, total, square))], 0, {"duplicates": 1}),
        "one lost and one twice": (rest + [line(first, (n, total + 1000, square))], 0, {"wrong": 1}),
        "a key again": (good + good[:1], 0, {"duplicates": n}),
        "half a line": (rest + [good[0][:9]], 0, {"lost": n, "wrong": 1}),
        "a key that never was": (good + [line(5_000, (1, 1, 1))], 0, {"wrong": 1}),
        "something in quarantine": (good, 2, {"quarantined": 2}),
    }
    failed = [] if expected_totals(items) == counted else ["the short cut to a total differs from the loop"]
    for title, (lines, quarantined, wanted) in cases.items():
        verdict = judge(items, lines, quarantined)
        found = {key: verdict[key] for key in FAILURES if verdict[key]}
        if found != wanted or verdict["passed"] == bool(wanted):
            failed.append(f"{title}: expected {wanted}, found {found}")
    print("\n".join(failed) if failed else f"judge: {len(cases)} cases judged as they should be")
    return 1 if failed else 0


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--self-test", action="store_true")
    parser.add_argument("--items", type=int, metavar="N")
    parser.add_argument("--output", type=pathlib.Path, metavar="FILE")
    parser.add_argument("--quarantine", type=pathlib.Path, metavar="DIR")
    options = parser.parse_args()
    if options.self_test:
        return self_test()
    if options.items is None or options.output is None:
        parser.error("--items and --output are needed")
    try:
        with open(options.output, encoding="utf-8", errors="replace") as output:
            verdict = judge(options.items, output, quarantined_in(options.quarantine))
    except OSError as problem:
        print(f"judge: {problem}", file=sys.stderr)
        return 2
    print(json.dumps(verdict))
    return 0 if verdict["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
