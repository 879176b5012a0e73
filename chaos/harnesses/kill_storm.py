"""kill_storm: a random worker is SIGKILLed every 50 ms, from the first moment to the last; the answer must not change.

storm_app runs the same items twice in turn, once calm and once in the storm, and a judge in a process of its own
compares both outputs with the known answers. What is also measured: the throughput in the storm against calm.
"""

import json
import os
import pathlib
import random
import statistics
import subprocess
import sys
import time

import processes

NAME = "kill_storm"
GOAL = 0.8  # of the throughput when calm
ROUNDS = 2000  # multiplications per item: about 10 microseconds
SABOTAGES = {
    "drop-item": "stage work swallows one item: an item is lost",
    "duplicate": "stage work gives one item twice: an output stands there twice",
    "drop-ack": "stage work takes one item and never answers: the run waits for its acknowledgement for ever",
}
FAILURES = ("lost", "duplicates", "wrong", "unaccounted", "quarantined", "hang")
HERE = pathlib.Path(__file__).resolve().parents[1]


class Run:
    """One run of storm_app in a folder of its own. Only a run in the storm is sabotaged."""

    EVERY = 0.05  # seconds between two kills
    TRIAL = 50_000  # items, to see how many take how long
    JUDGE, OUTPUT = "judge.py", "sealed.jsonl"

    def __init__(self, context, folder, items):
        self.context, self.folder, self.items = context, folder, items
        folder.mkdir(parents=True)
        self.give_items()
        self.kills, self.seconds, self.hang, self.status = 0, 0.0, False, None

    def give_items(self):
        with open(self.folder / "items.txt", "w", encoding="ascii") as file:
            file.writelines(f"{item} {ROUNDS}\n" for item in range(1, self.items + 1))
        (self.folder / "ledger").touch()

    def command(self):
        overrides = {
            "stage.work.from.files": self.folder / "items.txt",
            "stage.work.quarantine": self.folder / "quarantine",
            "stage.seal.quarantine": self.folder / "quarantine",
            "stage.seal.to.file": self.folder / "sealed.jsonl",
        }
        command = [self.context.program("chaos/storm_app"), "run", str(HERE / "storm.toml")]
        for key, value in overrides.items():
            command += ["--set", f"{key}={value}"]
        return command

    def environment(self, sabotaged):
        rule = {"STORM_SABOTAGE": f"{self.context.sabotage} {(self.items + 1) // 2}"} if sabotaged else {}
        return os.environ | {"STORM_LEDGER": str(self.folder / "ledger")} | rule

    def go(self, patience, chance=None):
        """Runs to the end, or until `patience` seconds are over. With `chance`, in the storm."""
        environment = self.environment(bool(chance and self.context.sabotage))
        with open(self.folder / "log", "wb") as log:
            start = time.monotonic()
            director = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=log, env=environment
            )
        with processes.Watch(director) as watch:
            if chance:
                self.storm(director, watch, start + patience, chance)
            self.hang = not watch.ended_by(start + patience)
        self.seconds = time.monotonic() - start
        if self.hang:
            director.kill()
        self.status = director.wait()
        return self

    def storm(self, director, watch, end, chance):
        children = processes.Children(director.pid)
        moment = time.monotonic()
        while moment < end:
            moment += self.EVERY
            if watch.ended_by(moment):
                return
            workers = children.now()
            if workers and children.kill(chance.choice(workers)):
                self.kills += 1

    def evidence(self):
        """What the judge is told beside the items and the output."""
        return ["--rounds", ROUNDS, "--ledger", self.folder / "ledger"]

    def judged(self):
        """The judge's verdict, and what the harness itself has seen."""
        output = self.folder / self.OUTPUT
        output.touch()  # a run that never got so far has lost everything
        command = [sys.executable, "-B", HERE / self.JUDGE, "--items", self.items, "--output", output, *self.evidence()]
        command += ["--quarantine", self.folder / "quarantine"]
        done = subprocess.run(list(map(str, command)), capture_output=True, text=True, check=False)
        if done.returncode not in (0, 1):
            raise RuntimeError(f"the judge could not judge: {done.stderr.strip()}")
        verdict = json.loads(done.stdout)
        problems = verdict["examples"]
        if self.hang:
            problems.append(f"hang: not ended after {self.seconds:.0f} s")
        elif self.status != 0:
            problems.append(f"exit status {self.status}: {self.last_words()}")
        return verdict | {"hang": int(self.hang), "passed": verdict["passed"] and self.status == 0}

    def last_words(self):
        return (self.folder / "log").read_text(errors="replace").strip()[-500:]


def run(context, subject=Run):
    """The result in the form that run.py prints and writes. `subject` is what runs: a Run."""
    chance = random.Random(context.seed)
    trial = subject(context, context.folder / "trial", subject.TRIAL).go(patience=60)
    rounds = max(1, round(context.seconds / 10))
    items = max(1_000, int(trial.items / trial.seconds * context.seconds / rounds))
    context.show(f"{trial.items} items calm in {trial.seconds:.1f} s; {rounds} round(s) of {items} items")
    total = dict.fromkeys(("items", "repeated", *FAILURES), 0)
    kills, most_starts, ratios, problems, passed = 0, 0, [], [], True
    for number in range(1, rounds + 1):
        calm = subject(context, context.folder / f"calm-{number}", items).go(patience=20 + 4 * context.seconds)
        storm = subject(context, context.folder / f"storm-{number}", items)
        storm.go(patience=20 + 5 * calm.seconds, chance=chance)
        for title, one in (("calm", calm), ("storm", storm)):
            verdict = one.judged()
            passed = passed and verdict["passed"]
            most_starts = max(most_starts, verdict.get("most_starts", 0))
            problems += [f"{title} {number}: {problem}" for problem in verdict["examples"]]
            for key in total:
                total[key] += verdict.get(key, 0)
        kills += storm.kills
        ratios.append(calm.seconds / storm.seconds)
        context.show(
            f"round {number}: calm {calm.seconds:.2f} s, storm {storm.seconds:.2f} s, {storm.kills} kills, "
            f"{'as it should be' if passed else 'NOT as it should be'}"
        )
    return {
        "n": kills,
        "failures": sum(total[key] for key in FAILURES),
        **total,
        "most_starts": most_starts,
        "ratio": statistics.median(ratios),
        "ratio_min": min(ratios),
        "ratio_max": max(ratios),
        "goal": GOAL,
        "problems": problems[:20],
        "passed": passed and kills > 0,
    }
