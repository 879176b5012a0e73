"""between: actors of four processes talk in random patterns while random ones are SIGKILLed and started again.

Each process writes down what its actors sent, received, asked and heard of ends (between_ledger.hpp). At the end nobody
is killed any more, all that has been said arrives, and a judge in a process of its own reads what they wrote.
"""

import json
import os
import pathlib
import random
import select
import signal
import struct
import subprocess
import sys
import time

NAME = "between"
NODES = 4
KILL_EVERY = (0.05, 0.8)  # seconds, at random
BACK_AFTER = (0.0, 0.2)
STOP_EVERY = (0.5, 3.0)
STOP_FOR = (0.05, 0.6)  # far below the patience of heartbeats
PATIENCE = 90  # seconds, of the calm at the end
SABOTAGES = {
    "forget-message": "each sink leaves one message out of its ledger",
    "repeat-message": "each sink writes down one message twice",
    "forget-down": "each talker leaves out the first down that it hears",
    "forget-answer": "each talker leaves out the end of its first question",
}
FAILURES = ("lost", "duplicates", "reordered", "foreign", "questions_wrong", "downs_missing", "downs_without_cause")
HERE = pathlib.Path(__file__).resolve().parents[1]


class Node:
    """The lives of one process."""

    def __init__(self, number, company):
        self.number, self.company = number, company
        self.epoch, self.process, self.pending, self.said = 0, None, b"", set()
        self.back_at = 0.0

    def start(self):
        company = self.company
        self.epoch, self.pending, self.said = self.epoch + 1, b"", set()
        company.act("started", self)
        command = [company.program, company.ledgers, company.sockets, self.number, self.epoch, company.seed]
        self.process = subprocess.Popen(
            list(map(str, command + ([company.sabotage] if company.sabotage else []))),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=company.log,
        )

    def tell(self, word):
        try:
            os.write(self.process.stdin.fileno(), word.encode() + b"\n")
        except BrokenPipeError:
            pass  # it is seen by its end

    def hear(self):
        """What it has said since; False: it has ended."""
        data = os.read(self.process.stdout.fileno(), 4096)
        self.pending += data
        *words, self.pending = self.pending.split(b"\n")
        for word in words:
            self.said.add(word.decode())
            if word == b"ready":
                self.company.act("ready", self)
        return bool(data)

    def bury(self):
        if self.process.poll() != 0:  # it has not ended well
            self.company.act("killed", self)
        self.process.kill()
        status = self.process.wait()
        self.process.stdin.close()
        self.process.stdout.close()
        self.process = None
        return status


class Company:
    def __init__(self, context):
        self.folder, self.seed, self.sabotage = context.folder, context.seed, context.sabotage
        self.program = context.program("chaos/between_app")
        self.ledgers, self.sockets = self.folder / "ledgers", self.folder / "sockets"
        self.ledgers.mkdir()
        self.sockets.mkdir(mode=0o700)
        self.chance = random.Random(context.seed)
        self.acts, self.log = open(self.ledgers / "acts", "w"), open(self.folder / "log", "wb")
        self.nodes = [Node(number, self) for number in range(NODES)]
        self.kills, self.stops, self.problems, self.stopped, self.buried = 0, 0, [], {}, 0

    def act(self, what, node):
        self.acts.write(f"{what} {node.number} {node.epoch} {time.monotonic_ns()}\n")
        self.acts.flush()

    def listen_until(self, moment):
        """Hears all, up to that moment; True when something was said before."""
        poll = select.poll()
        by_descriptor = {node.process.stdout.fileno(): node for node in self.nodes if node.process}
        for descriptor in by_descriptor:
            poll.register(descriptor, select.POLLIN)
        heard = poll.poll(max(0, moment - time.monotonic()) * 1000)
        for descriptor, _ in heard:
            node = by_descriptor[descriptor]
            if not node.hear():
                status = node.bury()
                self.problems.append(f"node {node.number} in life {node.epoch} ended by itself, status {status}")
        return bool(heard)

    def wait_for(self, word, patience):
        """Until every node has said it."""
        until = time.monotonic() + patience
        while not self.problems and time.monotonic() < until:
            if all(word in node.said for node in self.nodes):
                return True
            self.listen_until(until)
        if not self.problems:
            silent = [node.number for node in self.nodes if word not in node.said]
            self.problems.append(f"hang: nodes {silent} did not say '{word}' within {patience} s")
        return False

    def arrived(self):
        """Messages so far, as the sinks count them."""
        total = 0
        for path in self.ledgers.glob("*.in.*"):
            with open(path, "rb") as file:
                total += struct.unpack("<Q", file.read(8) or bytes(8))[0]
        return total

    def kill_one(self):
        """Mostly somebody who has begun; whoever is just starting now and then."""
        alive = [node for node in self.nodes if node.process]
        ready = [node for node in alive if "ready" in node.said]
        choice = alive if self.chance.random() < 0.2 else ready
        if not choice:
            return
        node = self.chance.choice(choice)
        self.stopped.pop(node, None)
        node.bury()
        node.back_at = time.monotonic() + self.chance.uniform(*BACK_AFTER)
        self.kills += 1

    def stop_one(self):
        node = self.chance.choice([node for node in self.nodes if node.process])
        if node not in self.stopped:
            node.process.send_signal(signal.SIGSTOP)
            self.stopped[node] = time.monotonic() + self.chance.uniform(*STOP_FOR)
            self.stops += 1

    def wake_up(self, now=None):
        for node, until in list(self.stopped.items()):
            if now is None or until <= now:
                node.process.send_signal(signal.SIGCONT)
                del self.stopped[node]

    def storm(self, seconds, messages):
        """Breaks things until the time is over, or enough has arrived."""
        now = time.monotonic()
        end, next_kill, next_stop, next_count = now + seconds, now + 0.3, now + 1, now + 1
        while now < end and not self.problems:
            times = [node.back_at for node in self.nodes if not node.process] + list(self.stopped.values())
            self.listen_until(min(end, next_kill, next_stop, next_count, *times))
            now = time.monotonic()
            for node in self.nodes:
                if not node.process and node.back_at <= now and not self.problems:
                    node.start()
            self.wake_up(now)
            if now >= next_kill:
                self.kill_one()
                next_kill = now + self.chance.uniform(*KILL_EVERY)
            if now >= next_stop and any(node.process for node in self.nodes):
                self.stop_one()
                next_stop = now + self.chance.uniform(*STOP_EVERY)
            if now >= next_count:
                if messages and self.arrived() >= messages:
                    return
                next_count = now + 1

    def calm(self):
        """Everybody is there, talks a little, and says that all has arrived."""
        self.wake_up()
        for node in self.nodes:
            if not node.process and not self.problems:
                node.start()
        if not self.wait_for("ready", PATIENCE):
            return
        until = time.monotonic() + 0.5
        while not self.problems and time.monotonic() < until:
            self.listen_until(until)
        for node in self.nodes:
            if node.process:
                node.tell("calm")
        if not self.wait_for("drained", PATIENCE):
            return
        for node in self.nodes:
            node.tell("end")
        for node in self.nodes:
            try:
                status = node.process.wait(timeout=PATIENCE)
            except subprocess.TimeoutExpired:
                status = "none: it hangs"
            if status != 0:
                self.problems.append(f"node {node.number} ended with status {status}")

    def go(self, seconds, messages):
        try:
            for node in self.nodes:
                node.start()
            if self.wait_for("ready", PATIENCE):
                self.storm(seconds, messages)
            if not self.problems:
                self.calm()
        finally:
            for node in self.nodes:
                if node.process:
                    node.bury()
            self.acts.close()
            self.log.close()

    def last_words(self):
        return (self.folder / "log").read_text(errors="replace").strip()[-1500:]


def judged(folder):
    command = [sys.executable, "-B", str(HERE / "between_judge.py"), str(folder)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the judge could not judge: {done.stderr.strip()}")
    return json.loads(done.stdout)


def run(context):
    """The result in the form that run.py prints and writes."""
    company = Company(context)
    begun = time.monotonic()
    company.go(context.seconds, context.messages)
    seconds = time.monotonic() - begun
    verdict = judged(company.ledgers)
    problems = company.problems + verdict["examples"]
    if company.problems:
        problems.append(company.last_words())
    context.show(
        f"{verdict['messages']} messages in {seconds:.1f} s ({verdict['messages'] / seconds:.0f}/s), {verdict['streams']} "
        f"streams, {verdict['questions']} questions ({verdict['questions_answered']} answered), {verdict['kills']} kills, "
        f"{company.stops} stops, downs {verdict['downs']} (half within {verdict['down_ms_p50']} ms, 99 % within {verdict['down_ms_p99']} ms)"
    )
    return {
        "n": verdict["messages"],
        "failures": sum(verdict[key] for key in FAILURES) + len(company.problems),
        **verdict,
        "stops": company.stops,
        "rate": round(verdict["messages"] / seconds),
        "problems": problems[:20],
        "passed": verdict["passed"] and not company.problems and company.kills > 0,
    }
