"""One run of a subject whose workers come and go: items handed in at their own pace, whoever is there to take them."""

import subprocess
import threading
import time

import fault_run
import processes

START_MS = 300  # that a worker needs to be ready: whoever waits for it is late
TAKES = 4_000  # microseconds, of an item that is paced
LOOK_EVERY = 0.05


class Phase:
    """So many seconds of items at so many a second; or `count` items at once."""

    def __init__(self, name, seconds=0.0, rate=0, count=0, takes=TAKES):
        self.name, self.seconds, self.rate, self.takes = name, seconds, rate, takes
        self.count = count or round(seconds * rate)


class Life:
    """A run, with what it does meanwhile to its own workers."""

    def __init__(self, subject, phases, disturb=None, every=0.0, **environment):
        """`disturb(director)` is called each `every` seconds while items are handed in."""
        self.subject, self.phases = subject, phases
        self.disturb, self.every, self.disturbances = disturb, every, 0
        self.phase, self.hang, self.status, self.seconds = "start", False, None, 0.0
        self.orders = [f"{n} work take {phase.takes} always" for n, phase in enumerate(self.phase_of_each(), 1)]
        self.orders.append(f"{len(self.orders) + 1} - ok 0 always")  # when all others have come out
        subject.give(self.orders)
        self.environment = environment

    def phase_of_each(self):
        return [phase for phase in self.phases for _ in range(phase.count)]

    def go(self, patience):
        """To the end, or until `patience` seconds are over."""
        begun = time.monotonic()
        end = begun + patience
        director = self.subject.started(stdin=subprocess.PIPE, FAULT_START_MS=START_MS, **self.environment)
        over = threading.Event()
        helpers = [threading.Thread(target=self.look, args=(director, over))]
        if self.disturb:
            helpers.append(threading.Thread(target=self.disturb_again, args=(director, over)))
        with processes.Watch(director) as watch:
            ended = lambda: watch.ended_by(time.monotonic() + 0.01)
            self.wait_for(self.all_are_ready, ended, end)
            for helper in helpers:
                helper.start()
            feeder = threading.Thread(target=self.feed, args=(director, over, end))
            feeder.start()
            self.hang = not watch.ended_by(end)
            over.set()
            if self.hang:
                director.kill()
        self.status = director.wait()
        for thread in (feeder, *helpers):
            thread.join()
        self.seconds = time.monotonic() - begun
        fault_run.end_leftovers(self.subject)
        return self

    def all_are_ready(self):
        ledger = self.subject.ledger.read_text(errors="replace")
        return all(ledger.count(f"{stage} born ") >= self.subject.workers.least for stage in ("work", "seal"))

    @staticmethod
    def wait_for(is_so, wait_a_little, end):
        """Until `end` or the program's."""
        while not is_so() and time.monotonic() < end and not wait_a_little():
            pass

    def feed(self, director, over, end):
        """Writes the orders when they are due, and when that was. The last one when all others are answered."""
        lines = iter(self.orders)
        given = []
        try:
            with open(self.subject.folder / "given", "w") as told, director.stdin as to:
                for phase in self.phases:
                    self.phase = phase.name
                    begun = time.monotonic()
                    for number in range(phase.count):
                        if phase.rate:
                            time.sleep(max(0.0, begun + number / phase.rate - time.monotonic()))
                        line = next(lines)
                        given.append(f"{line.split()[0]} {time.monotonic_ns()} {phase.name}\n")
                        to.write(f"{line}\n".encode())
                        if phase.rate:
                            to.flush()
                    to.flush()
                    if not phase.count:
                        time.sleep(phase.seconds)
                self.phase = "end"
                self.wait_for(lambda: len(self.outputs()) >= len(self.orders) - 1, lambda: over.wait(0.01), end)
                time.sleep(0.2)  # a future's answer is written down after its output
                to.write(f"{next(lines)}\n".encode())
                told.writelines(given)
        except BrokenPipeError:
            pass  # it has ended, and is judged for what is missing

    def outputs(self):
        output = self.subject.outputs[0]
        return output.read_bytes().splitlines() if output.exists() else []

    def look(self, director, over):
        children = processes.Children(director.pid)
        with open(self.subject.folder / "lives", "w") as lives:
            while not over.wait(LOOK_EVERY):
                lives.write(f"{time.monotonic_ns()} {len(children.now())} {self.phase}\n")

    def disturb_again(self, director, over):
        while not over.wait(self.every):
            if self.phase not in ("start", "end"):
                self.disturbances += 1
                self.disturb(director)

    def problems(self):
        return fault_run.Done(self.subject, self.status, self.seconds, self.hang).problems()


def judged(life, calm, times, **options):
    """What life_judge.py says of a life, beside what the judges of outputs and answers do. `times`: delays as well."""
    life.subject.ledger.touch()
    (life.subject.folder / "given").touch()
    verdict = fault_run.judged(life.subject)
    told = [f"--{name}={value}" for name, value in options.items()] + ["--times"] * times
    lived = fault_run.asked("life_judge", life.subject.folder, f"--calm={calm.subject.folder}", *told)
    found = life.problems()
    return verdict | lived | {
        "hang": int(life.hang),
        "wrong_status": int(bool(found) and not life.hang),
        "examples": found + verdict["examples"] + lived["examples"],
    }
