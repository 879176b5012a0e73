"""What the fault harnesses run. Three things are kept apart:

  a subject   (here) knows how its program is started and which files it leaves in its folder
  a fault     is an order that an item carries (faults.hpp), or something that a harness does from outside
  a judge     (fault_judge.py, orphan_judge.py, answer_judge.py) reads files and knows neither

There are Pipeline, stages of a file, and Pools, the same stages as library pools in a plain main(); LivingPipeline and LivingPools
are those whose workers come and go. Another one needs what Subject says.
"""

import dataclasses
import os
import pathlib
import resource
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def no_core():
    """Thousands of processes crash on purpose."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Subject:
    """A program in a folder of its own. Who derives from it has

    PROGRAM       its name in the folder of builds
    COPIES        of an item in stage seal that may be started beyond its attempts (docs/delivery.md): workers of the stage - 1
                  where its senders die
    after_losses  the exit status when items were given up
    command()     how it is started
    judges        what tells whether the futures of its jobs were answered: None or a judge's name
    """

    def __init__(self, context, folder, is_short=False, max_attempts=5, timeout=0.5):
        """`is_short`: without stage slow. `timeout` in seconds, of stages work and seal."""
        self.folder, self.is_short = folder, is_short
        self.max_attempts, self.timeout = max_attempts, timeout
        self.program = context.program(self.PROGRAM)
        self.ledger, self.log = folder / "ledger", folder / "log"
        self.quarantine, self.runtime = folder / "quarantine", folder / "runtime"
        self.outputs = [folder / "sealed.jsonl"] + ([] if is_short else [folder / "slow.jsonl"])
        for made in (self.runtime, folder / "marks"):
            made.mkdir(parents=True, mode=0o700)
        for made in (self.ledger, folder / "orders.txt", folder / "slow.txt"):
            made.touch()

    def give(self, orders, slow=()):
        """The input: lines of orders."""
        for name, lines in (("orders.txt", orders), ("slow.txt", slow)):
            (self.folder / name).write_text("".join(line + "\n" for line in lines))

    def started(self, stdin=subprocess.DEVNULL, **environment):
        """The director. Sockets stay in the folder; whoever descends from it carries FAULT_LEDGER in its environment."""
        own = {"FAULT_LEDGER": self.ledger, "FAULT_MARKS": self.folder / "marks", "XDG_RUNTIME_DIR": self.runtime}
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                self.command(),
                stdin=stdin,
                stdout=log,
                stderr=log,
                env=os.environ | {key: str(value) for key, value in (own | environment).items()},
                preexec_fn=no_core,
            )

    def last_words(self):
        """The end of the log; a flood may stand in it."""
        with open(self.log, "rb") as log:
            log.seek(max(0, self.log.stat().st_size - 3000))
            return log.read().decode(errors="replace").strip()[-800:]


class Pipeline(Subject):
    """fault_app run by its command line."""

    PROGRAM, COPIES, after_losses, judges = "chaos/fault_app", 1, 4, None

    def command(self):
        sets = {
            "stage.work.from.files": self.folder / "orders.txt",
            "stage.seal.to.file": self.folder / "sealed.jsonl",
        }
        for stage in ("work", "seal"):
            sets[f"stage.{stage}.quarantine"] = self.quarantine
            if not self.is_short:
                sets |= {f"stage.{stage}.max_attempts": self.max_attempts, f"stage.{stage}.timeout": f"{self.timeout}s"}
        if not self.is_short:
            sets |= {
                "stage.slow.from.files": self.folder / "slow.txt",
                "stage.slow.to.file": self.folder / "slow.jsonl",
                "stage.slow.quarantine": self.quarantine,
            }
        command = [self.program, "run", str(HERE / ("orphan.toml" if self.is_short else "fault.toml"))]
        for key, value in sets.items():
            command += ["--set", f"{key}={value}"]
        return command


class Pools(Subject):
    """fault_jobs: a pool for each stage. The last orders of each file wait until all others are answered."""

    PROGRAM, COPIES, after_losses, judges = "chaos/fault_jobs", 0, 0, "answer_judge"

    def command(self):
        return [self.program, str(self.folder), str(self.max_attempts), str(round(self.timeout * 1000))]


@dataclasses.dataclass(frozen=True)
class Workers:
    """How the workers of each stage come and go."""

    least: int = 1
    most: int = 1
    idle: float = 3600  # seconds
    max_jobs: int = 0  # 0: no end


class LivingPipeline(Pipeline):
    """fault_app run by its command line: stages whose workers come and go, and which read their orders from stdin."""

    workers = Workers()

    def command(self):
        sets = {"stage.seal.to.file": self.folder / "sealed.jsonl"}
        for stage in ("work", "seal"):
            sets[f"stage.{stage}.quarantine"] = self.quarantine
            if self.workers.least < self.workers.most:
                sets |= {f"stage.{stage}.workers.{key}": value for key, value in self.range().items()}
            else:
                sets[f"stage.{stage}.workers"] = self.workers.most
            if self.workers.max_jobs:
                sets[f"stage.{stage}.max_jobs"] = self.workers.max_jobs
        command = [self.program, "run", str(HERE / "life.toml")]
        for key, value in sets.items():
            command += ["--set", f"{key}={value}"]
        return command

    def range(self):
        return {"min": self.workers.least, "max": self.workers.most, "idle": f"{self.workers.idle}s"}


class LivingPools(Pools):
    """life_jobs: the same as pools in a plain main()."""

    PROGRAM = "chaos/life_jobs"
    workers = Workers()

    def command(self):
        least = self.workers.least if self.workers.least < self.workers.most else 0
        numbers = (self.workers.most, least, round(self.workers.idle * 1000), self.workers.max_jobs)
        return [self.program, str(self.folder), *map(str, numbers)]
