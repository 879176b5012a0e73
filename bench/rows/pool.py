"""pool/*: worker pools from a plain main(), beside Python's ProcessPoolExecutor; growth/workers: what more workers cost.

pool/jobs: 200,000 jobs int -> int on two worker processes, every job with its own bookkeeping on our side (id, attempts,
deadline, whom its failure would be told). By map(), as the peer does; by a future for each job shown beside. A chunk of
the peer is one job to it: what fails in one fails all of it.
growth/workers_*: ours against ourselves at the small end: throughput with 8 workers against 1; CPU and memory of the
director per idle worker, with 200 against 20.
"""

import functools
import sys
import pathlib

import runner

JOBS, WORKERS = 200_000, 2
PEER = pathlib.Path(__file__).resolve().parents[1] / "peers" / "pool.py"
SECONDS = 5  # of idleness


class Sides:
    def __init__(self, context):
        self.context = context

    def ours(self, way, workers=WORKERS):
        return runner.self_timed([self.context.program("bench/pool"), way, JOBS, workers])

    def python(self, chunksize):
        return runner.self_timed([sys.executable, PEER, JOBS, WORKERS, chunksize])

    def idle(self, what, workers):
        """CPU seconds or resident bytes of a director per idle worker."""
        cpu, resident = self.idle_figures(workers)
        return runner.Measured((cpu if what == "cpu" else resident) / workers, "idle")

    def idle_figures(self, workers):
        measured = runner.self_timed([self.context.program("bench/pool"), "idle", workers, SECONDS])
        return measured.value, float(measured.check)


def benchmarks(context):
    sides = Sides(context)
    run = functools.partial
    jobs = run(runner.Benchmark, name="pool/jobs", unit="s")
    growth = run(runner.Benchmark, unit="s", goal=1 / 1.5)
    return [
        jobs(peer_name="Python, chunksize 1", goal=50, ours=run(sides.ours, "map"), peer=run(sides.python, 1)),
        jobs(peer_name="Python, chunksize 100 (no goal)", goal=0, ours=run(sides.ours, "map"), peer=run(sides.python, 100)),
        jobs(peer_name="futures, vs Python, chunksize 1", goal=50, ours=run(sides.ours, "futures"), peer=run(sides.python, 1)),
        growth(name="growth/workers_jobs", peer_name="1 worker", ours=run(sides.ours, "map", 8), peer=run(sides.ours, "map", 1)),
        growth(
            name="growth/workers_idle_cpu",
            peer_name="20 workers",
            ours=run(sides.idle, "cpu", 200),
            peer=run(sides.idle, "cpu", 20),
        ),
        growth(
            name="growth/workers_idle_memory",
            peer_name="20 workers",
            ours=run(sides.idle, "memory", 200),
            peer=run(sides.idle, "memory", 20),
        ),
    ]
