"""What the fault harnesses run. Three things are kept apart:

  a subject   (here) knows how its program is started and which files it leaves in its folder
  a fault     is an order that an item carries (faults.hpp), or something that a harness does from outside
  a judge     (fault_judge.py, orphan_judge.py) reads files and knows neither

So a second subject needs the members of Pipeline and nothing else: started(), outputs, quarantine, ledger, log.
"""

import os
import pathlib
import resource
import subprocess

HERE = pathlib.Path(__file__).resolve().parent


def no_core():
    """Thousands of processes crash on purpose."""
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


class Pipeline:
    """fault_app run by its command line, in a folder of its own."""

    def __init__(self, context, folder, plan="fault.toml", settings=()):
        self.folder, self.plan, self.settings = folder, plan, dict(settings)
        self.program = context.program("chaos/fault_app")
        self.ledger, self.log = folder / "ledger", folder / "log"
        self.quarantine, self.runtime = folder / "quarantine", folder / "runtime"
        self.outputs = [folder / "sealed.jsonl"] + ([folder / "slow.jsonl"] if plan == "fault.toml" else [])
        for made in (self.runtime, folder / "marks"):
            made.mkdir(parents=True, mode=0o700)
        for made in (self.ledger, folder / "orders.txt", folder / "slow.txt"):
            made.touch()

    def give(self, orders, slow=()):
        """The input: lines of orders."""
        for name, lines in (("orders.txt", orders), ("slow.txt", slow)):
            (self.folder / name).write_text("".join(line + "\n" for line in lines))

    def command(self):
        sets = {
            "stage.work.from.files": self.folder / "orders.txt",
            "stage.seal.to.file": self.folder / "sealed.jsonl",
            "stage.work.quarantine": self.quarantine,
            "stage.seal.quarantine": self.quarantine,
        }
        if self.plan == "fault.toml":
            sets |= {
                "stage.slow.from.files": self.folder / "slow.txt",
                "stage.slow.to.file": self.folder / "slow.jsonl",
                "stage.slow.quarantine": self.quarantine,
            }
        command = [self.program, "run", str(HERE / self.plan)]
        for key, value in (sets | self.settings).items():
            command += ["--set", f"{key}={value}"]
        return command

    def started(self, **environment):
        """The director. Sockets stay in the folder; whoever descends from it carries FAULT_LEDGER in its environment."""
        own = {"FAULT_LEDGER": self.ledger, "FAULT_MARKS": self.folder / "marks", "XDG_RUNTIME_DIR": self.runtime}
        with open(self.log, "ab") as log:
            return subprocess.Popen(
                self.command(),
                stdin=subprocess.DEVNULL,
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
