"""poison_jobs: the poison of the harness `poison` in the jobs of library pools (app.open, map, submit) in a plain main().

Beside the outputs and the quarantine folder answer_judge.py judges what each future said.
"""

import subjects
from harnesses import poison

NAME = "poison_jobs"
ANSWERS = {
    "forget-answer": "an answer is not taken from its future: a job is unanswered",
    "repeat-answer": "an answer is written down twice",
    "close-early": "a pool is closed before its last job: it is not alive",
}
SABOTAGES = poison.SABOTAGES | ANSWERS


def run(context):
    return poison.run(context, subjects.Pools)
