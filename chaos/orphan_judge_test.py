"""Proves that orphan_judge.py sees each kind of damage as what it is, and nothing else: orphan_judge.py --self-test."""

import copy
import json

import orphan_judge

SECOND = orphan_judge.SECOND


def answer(item, surplus=0):
    return json.dumps({"id": item, "value": item * orphan_judge.FACTOR % orphan_judge.PRIME + surplus})


GOOD = {
    "after_ms": 400.0,
    "killed_ns": 10 * SECOND,
    "processes": 7,
    "grandchildren": 2,
    "orphans": [],
    "zombies": [],
    "gone_ms": 3.5,
    "next_status": 0,
    "next_outputs": [answer(item) for item in (2, 1, 3)],
    "left": [],
}
EARLY = GOOD | {"after_ms": 3.0, "killed_ns": 20 * SECOND, "processes": 1, "grandchildren": 0, "gone_ms": 0.5}
LEDGER = [f"work born 0 7 {9 * SECOND}", f"work start 1 7 {10 * SECOND - 1}", f"seal start 1 8 {12 * SECOND}"]


def with_first(**fields):
    return lambda acts, ledger: acts[0].update(fields)


def outputs(change):
    return lambda acts, ledger: acts[0].update(next_outputs=change(acts[0]["next_outputs"]))


def ended_by_itself(acts, ledger):
    acts.append({"after_ms": 9.0, "status": 1, "said": "no room"})


def nobody_there(acts, ledger):
    for act in acts:
        act["grandchildren"] = 0


CASES = {
    "good kills": (lambda acts, ledger: None, {}),
    "an item begun just before": (lambda acts, ledger: ledger.append(f"work start 2 7 {11 * SECOND - 1}"), {}),
    "an orphan": (with_first(orphans=["9 sleep"], gone_ms=None), {"orphans": 1}),
    "two zombies": (with_first(zombies=["9", "10"], gone_ms=None), {"zombies": 2}),
    "a worker that works on": (
        lambda acts, ledger: ledger.append(f"work start 2 7 {11 * SECOND + 1}"),
        {"worked_on": 1},
    ),
    "the next start fails": (with_first(next_status=6, next_outputs=[]), {"next_failed": 1}),
    "the next start hangs": (with_first(next_status="hang"), {"next_failed": 1}),
    "it loses one": (outputs(lambda lines: lines[1:]), {"next_lost": 1}),
    "it repeats one": (outputs(lambda lines: lines + lines[:1]), {"next_duplicates": 1}),
    "a wrong value": (outputs(lambda lines: [answer(2, 1)] + lines[1:]), {"next_wrong": 1, "next_lost": 1}),
    "an item that never was": (outputs(lambda lines: lines + [answer(4)]), {"next_wrong": 1}),
    "half a line": (outputs(lambda lines: lines[:-1] + [lines[-1][:5]]), {"next_wrong": 1, "next_lost": 1}),
    "sockets left": (with_first(left=["17-00c0ffee"]), {"left": 1}),
    "a run that ended by itself": (ended_by_itself, {"ended": 1}),
}


def main():
    wrong = []
    for title, (damage, expected) in CASES.items():
        acts, ledger = copy.deepcopy([GOOD, EARLY]), list(LEDGER)
        damage(acts, ledger)
        verdict = orphan_judge.Judgement(acts, ledger, 3).verdict()
        found = {name: verdict[name] for name in orphan_judge.FAILURES if verdict[name]}
        if found != expected or verdict["passed"] == bool(expected):
            wrong.append(f"{title}: expected {expected}, found {found}: {verdict['examples']}")
    acts = copy.deepcopy([GOOD, EARLY])
    good = orphan_judge.Judgement(acts, LEDGER, 3).verdict()
    for name, expected in (("kills", 2), ("early", 1), ("processes", 8), ("gone_ms_max", 3.5)):
        if good[name] != expected:
            wrong.append(f"{name}: expected {expected}, found {good[name]}")
    nobody_there(acts, LEDGER)
    if orphan_judge.Judgement(acts, LEDGER, 3).verdict()["passed"]:
        wrong.append("kills that found no grandchildren have passed")
    print("\n".join(wrong) if wrong else f"orphan_judge: {len(CASES)} cases judged as they should be")
    return 1 if wrong else 0
