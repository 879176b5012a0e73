"""Proves that answer_judge.py sees each kind of damage as what it is, and nothing else: answer_judge.py --self-test."""

import pathlib
import tempfile

import answer_judge

ORDERS = ["1 work segv 0 always", "2 work loop 0 once", "3 seal bomb 0 always", "4 work stop 0 always", "5 - ok 0 always"]
SLOW = ["8 slow flood 1000 always", "9 - ok 0 always"]
ANSWERS = """
asked work 1
asked work 2
asked work 3
asked work 4
failed work 1 crashed 2 killed by SIGSEGV
result work 2 2
asked seal 2
result work 3 3
asked seal 3
asked slow 8
failed seal 3 threw 1 threw std::bad_alloc: std::bad_alloc
failed work 4 timed_out 2 ran longer than its timeout of 500ms and was killed
result seal 2 2
result slow 8 8
asked slow 9
result slow 9 9
asked work 5
result work 5 5
asked seal 5
result seal 5 5
"""
FIELDS = {"asked": 2, "result": 3, "failed": 5}


def judged(lines):
    with tempfile.TemporaryDirectory(prefix="troupe-judge-") as name:
        folder = pathlib.Path(name)
        for path, content in (("orders.txt", ORDERS), ("slow.txt", SLOW)):
            (folder / path).write_text("".join(line + "\n" for line in content))
        told = ["\t".join(line.split(" ", FIELDS[line.split()[0]])).replace("timed_out", "timed out") for line in lines]
        (folder / "answers").write_text("".join(line + "\n" for line in told))
        return answer_judge.Judgement(answer_judge.Evidence(folder), max_attempts=2).verdict()


def without(*lines):
    return lambda all_: [line for line in all_ if line not in lines]


def instead(line, *others):
    return lambda all_: [new for old in all_ for new in (others if old == line else (old,))]


SEGV = "failed work 1 crashed 2 killed by SIGSEGV"
STOP = "failed work 4 timed_out 2 ran longer than its timeout of 500ms and was killed"
BOMB = "failed seal 3 threw 1 threw std::bad_alloc: std::bad_alloc"
CASES = {
    "a good run": (lambda lines: lines, {}),
    "a thrower whose neighbour crashed": (instead(BOMB, BOMB.replace("threw 1", "threw 2")), {}),
    "another thread that starved": (instead(BOMB, "failed seal 3 crashed 2 killed by SIGABRT"), {}),
    "a future without answer": (without("result seal 2 2"), {"unanswered": 1}),
    "a failure that nobody told": (without(STOP), {"unanswered": 1}),
    "a job that was never asked for": (
        without("asked work 2", "result work 2 2", "asked seal 2", "result seal 2 2"),
        {"unanswered": 1},
    ),
    "a result twice": (instead("result work 2 2", "result work 2 2", "result work 2 2"), {"answered_twice": 1}),
    "a failure twice": (instead(SEGV, SEGV, SEGV), {"answered_twice": 1}),
    "asked twice and answered twice": (instead("asked seal 2", "asked seal 2", "asked seal 2", "result seal 2 2"), {}),
    "another's result": (instead("result seal 2 2", "result seal 2 3"), {"misanswered": 1}),
    "an answer before the question": (lambda lines: ["result work 2 2", *without("result work 2 2")(lines)], {"misanswered": 1}),
    "an item that never was": (lambda lines: ["asked work 7", "result work 7 7", *lines], {"misanswered": 1}),
    "a neighbour that failed": (instead("result seal 2 2", "failed seal 2 crashed 2 killed by SIGSEGV"), {"neighbours_failed": 1}),
    "one that is poison elsewhere": (
        lambda lines: instead("result work 3 3", "failed work 3 crashed 2 killed by SIGSEGV")(without("asked seal 3", BOMB)(lines)),
        {"neighbours_failed": 1},
    ),
    "poison that gave a result": (instead(SEGV, "result work 1 1"), {"spared": 1}),
    "another kind": (instead(STOP, STOP.replace("timed_out", "crashed")), {"bad_failures": 1}),
    "a pool that was closed": (instead(SEGV, "failed work 1 closed 0 the pool was closed"), {"bad_failures": 1}),
    "another cause": (instead(SEGV, SEGV.replace("SEGV", "ABRT")), {"bad_failures": 1}),
    "too few attempts": (instead(SEGV, SEGV.replace("crashed 2", "crashed 1")), {"bad_failures": 1}),
    "too many attempts": (instead(BOMB, BOMB.replace("threw 1", "threw 3")), {"bad_failures": 1}),
    "a last job that failed": (instead("result seal 5 5", "failed seal 5 closed 0 no"), {"dead": 1, "neighbours_failed": 1}),
    "a last job without answer": (without("result slow 9 9"), {"dead": 1, "unanswered": 1}),
    "a last job that did not wait": (
        lambda lines: ["asked work 5", *without("asked work 5")(lines)],
        {"dead": 1},
    ),
}


def main():
    wrong = []
    good = ANSWERS.strip().splitlines()
    for title, (damage, expected) in CASES.items():
        verdict = judged(damage(good))
        found = {name: verdict[name] for name in answer_judge.FAILURES if verdict[name]}
        if found != expected or verdict["passed"] == bool(expected):
            wrong.append(f"{title}: expected {expected}, found {found}: {verdict['examples']}")
    if judged([])["passed"]:
        wrong.append("a run in which nothing was asked has passed")
    verdict = judged(good)
    for name, expected in (("jobs", 10), ("failed_jobs", 3)):
        if verdict[name] != expected:
            wrong.append(f"{name}: expected {expected}, found {verdict[name]}")
    print("\n".join(wrong) if wrong else f"answer_judge: {len(CASES)} cases judged as they should be")
    return 1 if wrong else 0
