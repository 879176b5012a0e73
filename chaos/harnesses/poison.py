"""poison: one item in a hundred crashes every worker that touches it, and all others must not notice.

Two runs in turn: with max_attempts = 1, so that a neighbour that is charged once is in quarantine as well, and with 3. A
judge in a process of its own reads the outputs, the workers' ledger and the quarantine folder.
"""

import os
import random

import fault_orders
import fault_run
import subjects

NAME = "poison"
ITEMS = 20_000  # in 30 seconds
ATTEMPTS = (1, 3)
SABOTAGES = {
    "spread": "an item that is none crashes its workers, too: a neighbour is in quarantine",
    "mild": "a poisoned item does no harm: it comes out instead of being quarantined",
    "drop-item": "stage work swallows one item: an item is lost",
    "duplicate": "stage work gives one item twice: an output stands there twice",
    "lose-record": "one record is removed from the quarantine folder",
}


def one(context, chance, attempts, items, kind):
    folder = context.folder / f"attempts-{attempts}"
    subject = kind(context, folder, max_attempts=attempts)
    orders = fault_orders.poison(items, chance)
    subject.give(orders)
    environment = {}
    if context.sabotage and context.sabotage != "lose-record":
        environment["FAULT_SABOTAGE"] = f"{context.sabotage} {fault_orders.victim_of(context.sabotage, orders)}"
    done = fault_run.run(subject, patience=60 + 10 * context.seconds, **environment)
    if context.sabotage == "lose-record":
        os.unlink(min(subject.quarantine.glob("*.json")))
    verdict = fault_run.judged(subject, f"--max-attempts={attempts}")
    return done.problems(), done, verdict


def run(context, kind=subjects.Pipeline):
    """The result in the form that run.py prints and writes. `kind` is what runs: a Subject."""
    chance = random.Random(context.seed)
    items = max(200, round(ITEMS * context.seconds / 30 / len(ATTEMPTS)))
    total, problems = {}, []
    for attempts in ATTEMPTS:
        found, done, verdict = one(context, chance, attempts, items, kind)
        problems += [f"max_attempts {attempts}: {problem}" for problem in found + verdict["examples"]]
        fault_run.add_up(total, verdict | {"hang": int(done.hang), "wrong_status": int(bool(found) and not done.hang)})
        context.show(
            f"max_attempts {attempts}: {items} items, {verdict['poison']} of them poison, in {done.seconds:.1f} s, status "
            f"{done.status}; deaths {verdict['seen_n']}, seen within {verdict['seen_ms_p99']} ms (99 %)"
        )
    return fault_run.result("items", total, problems)
