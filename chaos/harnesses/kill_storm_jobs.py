"""kill_storm_jobs: the storm of kill_storm over the workers of a library pool (app.open, map) in a plain main()."""

from harnesses import kill_storm

NAME = "kill_storm_jobs"
SABOTAGES = {
    "drop-item": "a job gives nothing: a result is lost",
    "duplicate": "a job gives its result twice",
    "drop-ack": "a job never returns: its future is never answered",
}


class Jobs(kill_storm.Run):
    """storm_app with the same items as jobs of one pool."""

    def command(self):
        return [self.context.program("chaos/storm_app"), "jobs", self.folder / "items.txt", self.folder / "sealed.jsonl"]


def run(context):
    return kill_storm.run(context, Jobs)
