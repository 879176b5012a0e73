"""mixed_faults_jobs: all that goes wrong in the harness `mixed_faults`, in the jobs of library pools in a plain main().

Beside the outputs and the quarantine folder answer_judge.py judges what each future said.
"""

import subjects
from harnesses import mixed_faults, poison_jobs

NAME = "mixed_faults_jobs"
SABOTAGES = mixed_faults.SABOTAGES | poison_jobs.ANSWERS


def run(context):
    return mixed_faults.run(context, subjects.Pools)
