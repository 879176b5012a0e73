"""worker_life_jobs: what worker_life does, to the workers of library pools in a plain main(), and what each future said."""

import subjects
from harnesses import poison_jobs, worker_life

NAME = "worker_life_jobs"
SABOTAGES = worker_life.SABOTAGES | {rule: poison_jobs.ANSWERS[rule] for rule in ("forget-answer", "repeat-answer")}


def run(context):
    return worker_life.run(context, subjects.LivingPools)
