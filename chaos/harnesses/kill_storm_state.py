"""kill_storm_state: totals by key in stages with state, while a random worker is SIGKILLed every 500 ms: slots as well as the
stateless stage before them. The totals must be those of a calm run, to the last number.
"""

import os

from harnesses import kill_storm

NAME = "kill_storm_state"
SABOTAGES = {
    "drop-item": "the stage before the totals swallows one item: an item is lost",
    "duplicate": "a slot counts one item twice",
    "forget": "a slot forgets what it has counted of one key",
    "drop-ack": "a slot takes one item and never answers: the run waits for its acknowledgement for ever",
}


class Totals(kill_storm.Run):
    """state_app over a range of numbers."""

    EVERY = 0.5
    TRIAL = 500_000
    JUDGE, OUTPUT = "totals_judge.py", "totals.jsonl"

    def give_items(self):
        pass  # numbers of a range

    def command(self):
        overrides = {
            "stage.part.from.range": f"[0, {self.items}]",
            "stage.part.quarantine": self.folder / "quarantine",
            "stage.totals.quarantine": self.folder / "quarantine",
            "stage.totals.to.file": self.folder / self.OUTPUT,
        }
        command = [self.context.program("chaos/state_app"), "run", str(kill_storm.HERE / "state.toml")]
        for key, value in overrides.items():
            command += ["--set", f"{key}={value}"]
        return command

    def environment(self, sabotaged):
        rule = {"STATE_SABOTAGE": f"{self.context.sabotage} {self.items // 2}"} if sabotaged else {}
        return os.environ | rule | {"XDG_RUNTIME_DIR": str(self.folder)}

    def evidence(self):
        return []


def run(context):
    return kill_storm.run(context, Totals)
