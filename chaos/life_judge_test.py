"""Proves that life_judge.py sees each kind of damage as what it is, and nothing else: life_judge.py --self-test."""

import pathlib
import tempfile

import life_judge

MS = 1_000_000
ITEMS = 100


class Run:
    """A good run: items every 10 ms, each ended after 5 ms, and a worker more in the burst."""

    def __init__(self):
        self.given, self.ledger, self.lives = [], [], []
        phases = ["burst"] * 20 + ["drain"] * 10 + ["lull"] * 70
        for pid in (7, 8, 9):
            self.ledger.append(f"work born 0 {pid} {MS}")
        for item in range(1, ITEMS + 1):
            begin, phase = item * 10 * MS, phases[item - 1]
            self.given.append(f"{item} {begin} {phase}")
            for stage, start, end in (("work", 0, 4), ("seal", 4, 5)):
                self.ledger.append(f"{stage} start {item} {7 + item % 3} {begin + start * MS}")
                self.ledger.append(f"{stage} done {item} {7 + item % 3} {begin + end * MS}")
            self.lives.append(f"{begin} {3 if phase == 'burst' else 2} {phase}")

    def evidence(self):
        with tempfile.TemporaryDirectory(prefix="troupe-judge-") as name:
            for path in ("given", "ledger", "lives"):
                (pathlib.Path(name) / path).write_text("".join(line + "\n" for line in getattr(self, path)))
            return life_judge.Evidence(pathlib.Path(name))


def delay(first, last, ms):
    """Items that end so much later."""

    def damage(run):
        for number, line in enumerate(run.ledger):
            stage, what, item, pid, moment = line.split()
            if (stage, what) == ("seal", "done") and first <= int(item) <= last:
                run.ledger[number] = f"{stage} {what} {item} {pid} {int(moment) + ms * MS}"

    return damage


def change(name, make):
    def damage(run):
        setattr(run, name, make(getattr(run, name)))

    return damage


def without_end(first, last):
    gone = {str(item) for item in range(first, last + 1)}
    is_gone = lambda line: line.startswith("seal done") and line.split()[2] in gone
    return change("ledger", lambda lines: [line for line in lines if not is_gone(line)])


CASES = {
    "a good run": (lambda run: None, {}),
    "any order": (change("ledger", lambda lines: lines[::-1]), {}),
    "an item begun again": (change("ledger", lambda lines: lines + [f"work start 50 9 {MS}"]), {"executed_again": 1}),
    "an item begun again elsewhere": (change("ledger", lambda lines: lines + [f"seal start 50 9 {MS}"] * 2), {"executed_again": 2}),
    "some that are late": (delay(41, 47, 200), {}),
    "many that are late": (delay(41, 48, 200), {"delayed": 8}),
    "many that are a little late": (delay(41, 80, 90), {}),
    "a burst that takes its time": (delay(1, 30, 900), {}),
    "many that never end": (without_end(41, 50), {"delayed": 10}),
    "no item that is judged": (change("given", lambda lines: lines[:30]), {"delayed": 1}),
    "too few births": (change("ledger", lambda lines: lines[1:]), {"not_replaced": 1}),
    "no growth": (change("lives", lambda lines: [line.replace(" 3 ", " 2 ") for line in lines]), {"not_grown": 1}),
    "growth that comes late": (change("lives", lambda lines: [line.replace("burst", "drain") for line in lines]), {}),
    "workers that stay": (change("lives", lambda lines: lines[:-1] + [lines[-1].replace(" 2 ", " 3 ")]), {"not_shrunk": 1}),
    "half of the workers stay": (
        change("lives", lambda lines: [line.replace(" 3 ", " 4 ") for line in lines[:-1]] + [lines[-1].replace(" 2 ", " 3 ")]),
        {},
    ),
    "nobody who looked": (change("lives", lambda lines: []), {"not_grown": 1, "not_shrunk": 1}),
    "twice as many": (change("lives", lambda lines: lines[:5] + ["1 6 burst"] + lines[5:]), {}),
    "more than twice as many": (change("lives", lambda lines: lines[:5] + ["1 7 burst"] + lines[5:]), {"crowded": 1}),
}


def main():
    wrong = []
    calm = Run().evidence()
    for title, (damage, expected) in CASES.items():
        run = Run()
        damage(run)
        verdict = life_judge.Judgement(run.evidence(), calm, births=3, base=2, workers=3, times=True).verdict()
        found = {name: verdict[name] for name in life_judge.FAILURES if verdict[name]}
        if found != expected or verdict["passed"] == bool(expected):
            wrong.append(f"{title}: expected {expected}, found {found}: {verdict['examples']}")
    slow_calm, slow = Run(), Run()
    delay(1, ITEMS, 195)(slow_calm)
    delay(1, ITEMS, 590)(slow)
    if not life_judge.Judgement(slow.evidence(), slow_calm.evidence(), workers=3, times=True).verdict()["passed"]:
        wrong.append("a machine that is as slow when calm is held against the run")
    late = Run()
    delay(1, ITEMS, 900)(late)
    if not life_judge.Judgement(late.evidence(), calm, base=3, workers=3).verdict()["passed"]:
        wrong.append("times are judged where nobody asked for it")
    good = life_judge.Judgement(Run().evidence(), calm).verdict()
    for name, expected in (("paced", 70), ("took_ms_p50", 5.0), ("calm_ms_p90", 5.0), ("births", 3), ("most_items_of_one", 34)):
        if good[name] != expected:
            wrong.append(f"{name}: expected {expected}, found {good[name]}")
    print("\n".join(wrong) if wrong else f"life_judge: {len(CASES)} cases judged as they should be")
    return 1 if wrong else 0
