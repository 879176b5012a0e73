"""Proves that fault_judge.py sees each kind of damage as what it is, and nothing else: fault_judge.py --self-test."""

import json
import pathlib
import tempfile

import fault_judge

MS = 1_000_000
ORDERS = ["1 - ok 0 always", "2 work segv 0 always", "3 work loop 0 once", "4 seal bomb 0 always", "5 - ok 0 always"]
SLOW = ["9 slow flood 1000 always"]


def answer(item, surplus=0):
    return json.dumps({"id": item, "value": item * fault_judge.FACTOR % fault_judge.PRIME + surplus})


class Run:
    """A good run with two attempts: 2 crashes twice, 3 hangs for 600 ms once, 4 is thrown out, all else comes out."""

    def __init__(self):
        self.orders, self.slow = list(ORDERS), list(SLOW)
        self.sealed, self.flooded = [answer(1), answer(3), answer(5)], [answer(9)]
        starts = ["work 1 10", "seal 1 20", "work 2 10", "work 2 11", "work 3 12", "work 3 13", "seal 3 20", "work 4 13"]
        starts += ["seal 4 20", "work 5 13", "seal 5 20", "slow 9 30"]
        self.ledger = ["work born 0 10 5"]
        for number, line in enumerate(starts, 1):
            stage, item, pid = line.split()
            self.ledger.append(f"{stage} start {item} {pid} {number * 100 * MS}")
        self.items = {"work-2": b"\x93" + ORDERS[1].encode() + b"\x01", "seal-4": b"\x92" + ORDERS[3].encode()}
        self.records = {
            "work-2": {"cause": "killed by SIGSEGV (core dumped)", "attempts": 2, "stage": "work"},
            "seal-4": {"cause": "threw std::bad_alloc: std::bad_alloc", "attempts": 1, "stage": "seal"},
        }
        self.deaths = []
        died_at = {10: 310, 11: 410, 12: 1100}
        for pid, born in ((10, 1), (11, 312), (12, 420), (13, 1105)):
            self.deaths += [f"born {pid} {born * MS}", f"named {pid} {(born + 1) * MS} work.0"]
            if pid in died_at:
                self.deaths += [f"died {pid} {died_at[pid] * MS}", f"reaped {pid} {(died_at[pid] + 1) * MS}"]

    def judged(self):
        with tempfile.TemporaryDirectory(prefix="troupe-judge-") as name:
            folder = pathlib.Path(name)
            files = {"orders.txt": self.orders, "slow.txt": self.slow, "ledger": self.ledger, "deaths": self.deaths}
            files |= {"sealed.jsonl": self.sealed, "slow.jsonl": self.flooded}
            for path, lines in files.items():
                (folder / path).write_text("".join(line + "\n" for line in lines))
            (folder / "quarantine").mkdir()
            for item, content in self.items.items():
                (folder / "quarantine" / f"{item}.item").write_bytes(content)
            for item, record in self.records.items():
                text = record if isinstance(record, str) else json.dumps(record)
                (folder / "quarantine" / f"{item}.json").write_text(text)
            return fault_judge.Judgement(fault_judge.Evidence(folder), max_attempts=2, copies=1, timeout=0.5, times=True).verdict()


def change(**what):
    """A damage: attribute -> what to make of it."""

    def damage(run):
        for name, make in what.items():
            setattr(run, name, make(getattr(run, name)))

    return damage


def record(name, **fields):
    return change(records=lambda records: records | {name: records[name] | fields})


def in_quarantine(run):
    run.items["work-5"] = ORDERS[4].encode()
    run.records["work-5"] = {"cause": "killed by SIGSEGV", "attempts": 2, "stage": "work"}


def without_entry(run):
    del run.items["work-2"], run.records["work-2"]


def many_deaths(late, slow_births=0, slot="seal.0", pid=77):
    """A hundred and fifty of them in another slot, some of which nobody sees at once."""

    def damage(run):
        for number in range(150):
            born = 10_000 + 1000 * number + (950 if 0 < number <= slow_births else 0)
            died = 10_000 + 1000 * (number + 1) - 60
            reaped = died + (55 if number < late else 1)
            run.deaths += [f"born {pid} {born * MS}", f"named {pid} {born * MS} {slot}"]
            run.deaths += [f"died {pid} {died * MS}", f"reaped {pid} {reaped * MS}"]

    return damage


def busy_machine(run):
    many_deaths(late=9)(run)
    many_deaths(late=3, slot=fault_judge.CONTROL, pid=78)(run)


CASES = {
    "a good run": (lambda run: None, {}),
    "any order": (change(sealed=lambda lines: lines[::-1], ledger=lambda lines: lines[::-1]), {}),
    "a neighbour executed again": (change(ledger=lambda lines: lines + ["work start 5 14 9"]), {}),
    "one output missing": (change(sealed=lambda lines: lines[:-1]), {"lost": 1}),
    "the flood missing": (change(flooded=lambda lines: []), {"lost": 1}),
    "one output twice": (change(sealed=lambda lines: lines + lines[:1]), {"duplicates": 1}),
    "a wrong value": (change(sealed=lambda lines: [answer(1, 1)] + lines[1:]), {"wrong": 1, "lost": 1}),
    "half a line": (change(sealed=lambda lines: lines[:-1] + [lines[-1][:7]]), {"wrong": 1, "lost": 1}),
    "an item that never was": (change(sealed=lambda lines: lines + [answer(6)]), {"wrong": 1}),
    "poison that came out": (change(sealed=lambda lines: lines + [answer(2)]), {"wrong": 1}),
    "an output that no stage made": (
        change(ledger=lambda lines: [line for line in lines if "seal start 5" not in line]),
        {"unaccounted": 1},
    ),
    "poison that is nowhere": (without_entry, {"not_quarantined": 1}),
    "a neighbour in quarantine": (in_quarantine, {"neighbours_quarantined": 1}),
    "a record missing": (change(records=lambda records: {"seal-4": records["seal-4"]}), {"bad_evidence": 1}),
    "half a record": (change(records=lambda records: records | {"seal-4": '{"cause": "th'}), {"bad_evidence": 1}),
    "the bytes missing": (
        change(items=lambda items: {"seal-4": items["seal-4"]}),
        {"bad_evidence": 1, "not_quarantined": 1},
    ),
    "another's bytes": (
        change(items=lambda items: items | {"work-2": items["seal-4"]}),
        {"bad_evidence": 2, "not_quarantined": 1, "miscounted": 1},
    ),
    "another cause": (record("work-2", cause="killed by SIGABRT"), {"bad_evidence": 1}),
    "another stage": (record("work-2", stage="seal"), {"bad_evidence": 1}),
    "a start that nobody counted": (change(ledger=lambda lines: lines + ["work start 2 14 9"]), {"miscounted": 1}),
    "a second copy on its way": (
        change(
            orders=lambda lines: [line.replace("work segv", "seal segv") for line in lines],
            items=lambda items: items | {"work-2": b"2 seal segv 0 always"},
            records=lambda records: records | {"work-2": records["work-2"] | {"stage": "seal"}},
            ledger=lambda lines: lines + ["seal start 2 20 7", "seal start 2 20 8", "seal start 2 20 9"],
        ),
        {},
    ),
    "an attempt that never was": (record("work-2", attempts=3), {"miscounted": 1}),
    "what throws tried again and again": (
        change(ledger=lambda lines: lines + ["seal start 4 14 9", "seal start 4 14 9"]),
        {"miscounted": 1},
    ),
    "a hang that lasted": (
        change(deaths=lambda lines: [line.replace(f"died 12 {1100 * MS}", f"died 12 {1600 * MS}") for line in lines]),
        {"late_ends": 1},
    ),
    "a hang without end": (
        change(deaths=lambda lines: [line for line in lines if not line.startswith(("died 12", "reaped 12"))]),
        {"late_ends": 1},
    ),
    "deaths that are seen": (many_deaths(late=1), {}),
    "deaths that are seen late": (many_deaths(late=9), {"late_sights": 9}),
    "deaths that are seen late as all are": (busy_machine, {}),
    "successors that come late": (many_deaths(late=0, slow_births=7), {"late_sights": 7}),
}


def main():
    wrong = []
    for title, (damage, expected) in CASES.items():
        run = Run()
        damage(run)
        verdict = run.judged()
        found = {name: verdict[name] for name in fault_judge.FAILURES if verdict[name]}
        if found != expected or verdict["passed"] == bool(expected):
            wrong.append(f"{title}: expected {expected}, found {found}: {verdict['examples']}")
    good = Run().judged()
    for name, expected in (("hang_ms_max", 600.0), ("seen_ms_p99", 1.0), ("replaced_ms_max", 10.0), ("poison", 2)):
        if good[name] != expected:
            wrong.append(f"{name}: expected {expected}, found {good[name]}")
    print("\n".join(wrong) if wrong else f"fault_judge: {len(CASES)} cases judged as they should be")
    return 1 if wrong else 0
