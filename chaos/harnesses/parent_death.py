"""parent_death: the director is SIGKILLed at a random moment, half of the times in its first 50 ms, and must leave nothing.

Each worker of the run has a child of its own, a `sleep`. The harness is the parent of orphans (orphanage.py): one second
after the kill nobody who descends from the director may be there, alive or as a zombie. Then the same file is started
again and must run to its end. What was seen is written down line by line, and judged by orphan_judge.py.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time

import orphanage
import processes
import subjects

NAME = "parent_death"
EARLY = 0.05  # seconds
LATEST = 1.5
PATIENCE = 1.0  # until nobody may be left
ITEMS, PACE = 400, 10_000  # microseconds each, with two workers: longer than LATEST
SABOTAGES = {
    "daemon": "workers have children that leave their session and outlive the kill: orphans",
    "zombie": "such a child has a child of its own that has ended, and does not wait for it: a zombie, too",
    "block": "a folder stands where the output goes after each kill: the next start does not work",
    "lose-line": "one line of the next run's output is removed: an item is lost",
}


def moment_of(number, chance):
    """How long after the start the kill comes."""
    return chance.uniform(0, EARLY) if number % 2 == 0 else chance.uniform(EARLY, LATEST)


class Killing:
    """One start that is killed, and the next one."""

    def __init__(self, subject, home, after):
        self.subject, self.home, self.after = subject, home, after
        self.seen = {"after_ms": after * 1000}

    def strike(self):
        """False when the run had ended before."""
        director = self.subject.started()
        begun = time.monotonic()  # it has just been exec'd
        with processes.Watch(director) as watch:
            if watch.ended_by(begun + self.after):
                self.seen |= {"status": director.wait(), "said": self.subject.last_words()}
                return False
        there = self.home.descendants()
        director.kill()
        killed = time.monotonic()
        director.wait()
        gone = self.home.bury_until(killed + PATIENCE)
        took = time.monotonic() - killed
        left = {} if gone else self.home.descendants()
        marked = [pid for pid in processes.with_environment("FAULT_LEDGER", self.subject.ledger) if pid not in left]
        self.seen |= {
            "killed_ns": round(killed * 1e9),
            "processes": len(there),
            "grandchildren": sum(parent not in (os.getpid(), director.pid) for parent, _ in there.values()),
            "orphans": [self.told(pid) for pid, (_, state) in left.items() if state not in "ZX"] + list(map(self.told, marked)),
            "zombies": [self.told(pid) for pid, (_, state) in left.items() if state in "ZX"],
            "gone_ms": took * 1000 if gone else None,
        }
        for pid in marked:
            os.kill(pid, signal.SIGKILL)
        self.home.end_all()
        return True

    @staticmethod
    def told(pid):
        try:
            with open(f"/proc/{pid}/cmdline", "rb") as file:
                return f"{pid} {file.read().replace(bytes(1), b' ').decode(errors='replace').strip()[:80]}"
        except OSError:
            return str(pid)

    def start_again(self, spoil):
        """The same file, in a hurry; what it puts out and what it leaves among its sockets."""
        for output in self.subject.outputs:
            spoil(output)
        director = self.subject.started(FAULT_HURRY=1)
        try:
            status = director.wait(timeout=30)
        except subprocess.TimeoutExpired:
            director.kill()
            director.wait()
            status = "hang"
        self.home.end_all()
        lines = []
        for output in self.subject.outputs:
            if output.is_file():
                lines += output.read_text(errors="replace").splitlines()
        left = [path.name for path in (self.subject.runtime / "troupe").glob("*") if path.name != "lock"]
        self.seen |= {"next_status": status, "next_outputs": lines, "left": left}
        if status != 0:
            self.seen["said"] = self.subject.last_words()


def orders(rule):
    deed = rule if rule in ("daemon", "zombie") else "child"
    return [f"{item} {('work', 'seal')[item % 2]} {deed} {PACE} always" for item in range(1, ITEMS + 1)]


def spoiler(rule):
    """What is done to an output between a kill and the next start."""

    def spoil(output):
        if rule == "block" and not output.is_dir():
            output.unlink(missing_ok=True)
            output.mkdir()

    return spoil


def judged(context, subject):
    command = [sys.executable, "-B", str(subjects.HERE / "orphan_judge.py"), str(subject.folder), "--items", str(ITEMS)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the judge could not judge: {done.stderr.strip()}")
    return json.loads(done.stdout)


def run(context, kind=subjects.Pipeline):
    """The result in the form that run.py prints and writes. `kind` is what runs: a Subject."""
    chance = random.Random(context.seed)
    subject = kind(context, context.folder / "run", is_short=True, timeout=3600)
    subject.give(orders(context.sabotage))
    end, number = time.monotonic() + context.seconds, 0
    with orphanage.Orphanage() as home, open(subject.folder / "acts", "w") as acts:
        while time.monotonic() < end:
            one = Killing(subject, home, moment_of(number, chance))
            if one.strike():
                one.start_again(spoiler(context.sabotage))
                if context.sabotage == "lose-line":
                    del one.seen["next_outputs"][0]
            acts.write(json.dumps(one.seen) + "\n")
            number += 1
    verdict = judged(context, subject)
    context.show(
        f"{verdict['kills']} kills, {verdict['early']} of them in the first {EARLY * 1000:.0f} ms, hit {verdict['processes']} "
        f"processes, {verdict['grandchildren']} of them grandchildren; all gone within {verdict['gone_ms_p50']} ms (half), "
        f"{verdict['gone_ms_p99']} ms (99 %), {verdict['gone_ms_max']} ms"
    )
    problems = verdict.pop("examples")
    return {"n": verdict["kills"], **verdict, "problems": problems[:20]}
