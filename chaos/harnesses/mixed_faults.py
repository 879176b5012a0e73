"""mixed_faults: items order everything that can go wrong in a worker, from each exit code to garbage on its own protocol.

All that is at fault once must complete in the end, what is at fault always must be in quarantine, and everything else
completes exactly once. A death watch beside the run says when a worker died, when its death was seen, and when its
successor was there; fault_judge.py knows what must have become of each item.
"""

import random
import signal
import time

import fault_orders
import fault_run
import subjects

NAME = "mixed_faults"
FAULTS_PER_SECOND = 16
NEIGHBOURS = 20  # items that are none, for each fault
TIMEOUT = 0.5  # of an item, in seconds
FLOOD = 100_000_000  # bytes on stderr
SABOTAGES = {
    "stall": "the director is stopped for half of the time: deaths are seen late",
    "long-timeout": "the stages' timeout is three times what the judge is told: hangs end late",
    "hang": "an item in a stage without timeout never ends: the run hangs",
    "drop-item": "stage work swallows one item: an item is lost",
    "duplicate": "stage work gives one item twice: an output stands there twice",
    "spread": "an item that is none crashes its workers, too: a neighbour is in quarantine",
}


def stall(director, watch, end):
    """Stops the director again and again."""
    while not watch.ended_by(min(end, time.monotonic() + 0.5)) and time.monotonic() < end:
        director.send_signal(signal.SIGSTOP)
        watch.ended_by(time.monotonic() + 0.5)
        director.send_signal(signal.SIGCONT)


def timeout_of(rule):
    return {"long-timeout": 3 * TIMEOUT, "hang": 2_500_000}.get(rule, TIMEOUT)


def run(context, kind=subjects.Pipeline):
    """The result in the form that run.py prints and writes. `kind` is what runs: a Subject."""
    chance = random.Random(context.seed)
    faults = max(20, round(context.seconds * FAULTS_PER_SECOND))
    orders = fault_orders.mixed(faults, chance, NEIGHBOURS)
    floods = max(1, round(context.seconds / 15))
    size = FLOOD if context.seconds >= 10 else FLOOD // 100
    subject = kind(context, context.folder / "run", timeout=timeout_of(context.sabotage))
    subject.give(orders, fault_orders.slow(len(orders) + 1, floods, size))
    environment = {}
    if context.sabotage not in ("", "stall", "long-timeout"):
        environment["FAULT_SABOTAGE"] = f"{context.sabotage} {fault_orders.victim_of(context.sabotage, orders)}"
    patience = 30 + (1 if context.sabotage == "hang" else 5) * context.seconds
    done = fault_run.run(subject, patience, stall if context.sabotage == "stall" else None, **environment)
    # A short run is for what must hold always: times are judged where there are enough of them.
    times = (f"--timeout={TIMEOUT}", "--times") if context.seconds >= 10 else ()
    verdict = fault_run.judged(subject, *times)
    found, total = done.problems(), {}
    fault_run.add_up(total, verdict | {"hang": int(done.hang), "wrong_status": int(bool(found) and not done.hang)})
    context.show(
        f"{verdict['items']} items with {verdict['faults']} faults in {done.seconds:.1f} s; {verdict['seen_n']} deaths seen "
        f"within {verdict['seen_ms_p50']} ms (half) and {verdict['seen_ms_p99']} ms (99 %), replaced within "
        f"{verdict['replaced_ms_p50']} and {verdict['replaced_ms_p99']} ms; the control's {verdict['control_seen_ms_p99']} ms and "
        f"{verdict['control_replaced_ms_p99']} ms"
    )
    if times:
        context.show(f"{verdict['hang_n']} hangs, half ended after {verdict['hang_ms_p50']} ms, the last after {verdict['hang_ms_max']} ms")
    return fault_run.result("faults", total, found + verdict["examples"])
