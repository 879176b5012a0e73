"""One run of a subject under a death watch, and its judge: what poison and mixed_faults share."""

import json
import os
import signal
import subprocess
import sys
import time

import answer_judge
import fault_judge
import processes
import subjects

MEASURED = ("seen_ms", "replaced_ms", "hang_ms", "control_seen_ms", "control_replaced_ms")


class Done:
    """How a run ended."""

    def __init__(self, subject, status, seconds, hang):
        self.subject, self.status, self.seconds, self.hang = subject, status, seconds, hang

    def problems(self):
        given_up = self.subject.quarantine.exists() and any(self.subject.quarantine.iterdir())
        expected = self.subject.after_losses if given_up else 0
        if self.hang:
            return [f"hang: not ended after {self.seconds:.0f} s: {self.subject.last_words()}"]
        if self.status != expected:
            return [f"exit status {self.status} instead of {expected}: {self.subject.last_words()}"]
        return []


def run(subject, patience, meanwhile=None, **environment):
    """To the end, or until `patience` seconds are over. `meanwhile(director, watch, end)` may break things."""
    start = time.monotonic()
    director = subject.started(**environment)
    watcher = subprocess.Popen(
        [sys.executable, "-B", subjects.HERE / "death_watch.py", str(director.pid), subject.folder / "deaths"]
    )
    try:
        with processes.Watch(director) as watch:
            if meanwhile:
                meanwhile(director, watch, start + patience)
            hang = not watch.ended_by(start + patience)
    finally:
        if director.poll() is None:
            director.kill()
        status = director.wait()
        watcher.wait()
    seconds = time.monotonic() - start
    end_leftovers(subject)
    return Done(subject, status, seconds, hang)


def end_leftovers(subject):
    """Grandchildren that left their sessions on purpose; they carry the ledger's path in their environment."""
    for pid in processes.with_environment("FAULT_LEDGER", subject.ledger):
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            pass


def asked(judge, *arguments):
    command = [sys.executable, "-B", str(subjects.HERE / f"{judge}.py"), *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode not in (0, 1):
        raise RuntimeError(f"the judge could not judge: {done.stderr.strip()}")
    return json.loads(done.stdout)


def judged(subject, *options):
    """What fault_judge.py says, and where there are futures answer_judge.py as well."""
    verdict = asked("fault_judge", subject.folder, f"--copies={subject.COPIES}", *options)
    if subject.judges:
        answers = asked(subject.judges, subject.folder, f"--max-attempts={subject.max_attempts}")
        verdict |= answers | {name: verdict[name] + answers[name] for name in ("examples",)}
    return verdict


def add_up(total, verdict):
    """Counts are added; of what was measured the worst stays."""
    for name, value in verdict.items():
        if name in ("examples", "passed") or value is None:
            total.setdefault(name, None)
        elif name.startswith(MEASURED) or name == "most_starts":
            total[name] = max(total.get(name) or 0, value)
        else:
            total[name] = (total.get(name) or 0) + value


def result(what, total, problems):
    """In the form that run.py prints and writes; `what` is the total that was at stake."""
    failures = sum(total.get(name, 0) for name in (*fault_judge.FAILURES, *answer_judge.FAILURES, "hang", "wrong_status"))
    totals = {name: value for name, value in total.items() if name not in ("examples", "passed")}
    return {"n": total[what], "failures": failures, **totals, "problems": problems[:20], "passed": not failures}
