"""parent_death_jobs: the kills of the harness `parent_death` for a plain main() with library pools, which must leave nothing."""

import subjects
from harnesses import parent_death

NAME = "parent_death_jobs"
SABOTAGES = parent_death.SABOTAGES


def run(context):
    return parent_death.run(context, subjects.Pools)
