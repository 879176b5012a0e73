"""worker_life: workers are recycled, added, stopped and replaced under load, and no item may notice.

The stages work and seal of a file take items that are handed in at their own pace, whoever is there, by workers that need
300 ms to be ready. Five runs:

  calm      all stay
  recycle   another takes a worker's place after some fifty items
  replace   a SIGHUP again and again
  scale     bursts and lulls for one to four workers
  together  all of it at once

After the paced items of the first three comes a flood. fault_judge.py judges the outputs, life_judge.py the delays and whether
workers really came and went. A run of less than 10 seconds is for what must hold always: it judges no times.
"""

import signal

import answer_judge
import fault_judge
import life_judge
import life_run
import processes
import subjects
from life_run import Life, Phase

NAME = "worker_life"
SABOTAGES = {
    "kill": "workers are killed instead of replaced: items wait for others to start, and are begun twice",
    "immortal": "max_jobs is not given: nobody is recycled",
    "no-growth": "there may be one worker only: a burst is still there in the lull",
    "never-idle": "a worker is idle after an hour: those of the burst stay",
    "drop-item": "stage work swallows one item: an item is lost",
    "duplicate": "stage work gives one item twice: an output stands there twice",
    "repeat": "stage work does one item twice: it is begun twice",
}
IN_PROGRAM = ("drop-item", "duplicate", "repeat", "forget-answer", "repeat-answer")
FAILURES = (*fault_judge.FAILURES, *answer_judge.FAILURES, *life_judge.FAILURES, "hang", "wrong_status")
STAGES = 2
RATE = 100  # items a second, of 4 ms
MAX_JOBS = 50
REPLACE_EVERY = 1.0  # seconds
MOST = 4  # workers in a burst


def paced(context):
    seconds = max(3.0, context.seconds / 5)
    return [Phase("paced", seconds, RATE), Phase("flood", count=round(1000 * seconds), takes=0)]


def waves(context):
    wave = [Phase("burst", 3, 600), Phase("drain", 4, 20), Phase("lull", 6, 30)]
    return [Phase("lull", 1, 50)] + wave * max(1, round(context.seconds / 20))


def ask_for_others(director):
    director.send_signal(signal.SIGHUP)


def kill_all(director):
    children = processes.Children(director.pid)
    for pid in children.now():
        children.kill(pid)


def scenes(context):
    """(name, workers, phases, what is done meanwhile, what the judge expects)"""
    rule, often = context.sabotage, paced(context)
    recycled = sum(phase.count for phase in often if phase.rate) // MAX_JOBS
    replaced = int(often[0].seconds / REPLACE_EVERY / 2)
    idle = 3600 if rule == "never-idle" else 1
    most = 1 if rule == "no-growth" else MOST
    return [
        ("calm", subjects.Workers(), often, None, {"workers": STAGES}),
        (
            "recycle",
            subjects.Workers(max_jobs=0 if rule == "immortal" else MAX_JOBS),
            often,
            None,
            {"workers": STAGES, "births": STAGES * max(2, recycled // 2)},
        ),
        (
            "replace",
            subjects.Workers(2, 2),
            often,
            kill_all if rule == "kill" else ask_for_others,
            {"workers": 2 * STAGES, "births": 2 * STAGES * (1 + max(1, replaced // 2))},
        ),
        ("scale", subjects.Workers(1, most, idle), waves(context), None, {"workers": MOST * STAGES, "grow": STAGES}),
        (
            "together",
            subjects.Workers(1, MOST, 1, MAX_JOBS),
            waves(context),
            ask_for_others,
            {"workers": MOST * STAGES, "births": STAGES * 5},
        ),
    ]


def run(context, kind=subjects.LivingPipeline):
    """The result in the form that run.py prints and writes. `kind` is what runs: a Subject."""
    total, problems, calm = dict.fromkeys(FAILURES, 0), [], None
    total |= {"items": 0, "births": 0}
    for name, workers, phases, disturb, expected in scenes(context):
        subject = kind(context, context.folder / name, is_short=True)
        subject.workers = workers
        environment = {}
        if context.sabotage in IN_PROGRAM and name != "calm":
            environment["FAULT_SABOTAGE"] = f"{context.sabotage} {sum(phase.count for phase in phases) // 2}"
        life = Life(subject, phases, disturb, REPLACE_EVERY, **environment)
        life.go(patience=30 + 4 * sum(phase.seconds for phase in phases))
        calm = calm or life
        verdict = life_run.judged(life, calm, times=context.seconds >= 10, **expected)
        for key in total:
            total[key] += verdict.get(key, 0)
        problems += [f"{name}: {problem}" for problem in verdict["examples"]]
        context.show(
            f"{name}: {verdict['items']} items in {life.seconds:.1f} s, {verdict['births']} workers, at most "
            f"{verdict['most_workers']} at once; {verdict['late']} of {verdict['paced']} paced items over "
            f"{verdict['limit_ms']:.0f} ms: half within {verdict['took_ms_p50']} ms, 99 % within {verdict['took_ms_p99']} ms, the last {verdict['took_ms_max']} ms"
        )
    failures = sum(total[key] for key in FAILURES)
    return {"n": total["items"], "failures": failures, **total, "problems": problems[:20], "passed": not failures}
