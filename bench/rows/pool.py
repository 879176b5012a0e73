"""pool/*: worker pools from a plain main(), beside Python's ProcessPoolExecutor; growth/workers: what more workers cost.

pool/jobs: 200,000 jobs int -> int on two worker processes, every job with its own bookkeeping on our side (id, attempts,
deadline, whom its failure would be told). By map(), as the peer does; by a future for each job shown beside. A chunk of
the peer is one job to it: what fails in one fails all of it.
pool/per_item: 2,000 x /bin/true, 2 at a time, by `troupe each -j2`: against GNU parallel -j2, and against two threads that
vfork, execve and wait.
pool/persistent: 20 million lines through 2 `cat` workers, a stage of mode "persistent" whose output is a file: against
GNU parallel --pipe -j2 cat, which keeps no books. Lines and bytes are counted on either side.
growth/workers_*: ours against ourselves at the small end: throughput with 8 workers against 1; CPU and memory of the
director per idle worker, with 200 against 20.
"""

import functools
import pathlib
import shutil
import sys

import runner

JOBS, WORKERS = 200_000, 2
PEER = pathlib.Path(__file__).resolve().parents[1] / "peers" / "pool.py"
SECONDS = 5  # of idleness
TRUES, LINES = 2_000, 20_000_000
CAT = """
[stage.cat]
from    = {{ files = "{input}", split = "lines" }}
batch   = {{ bytes = "1MiB" }}
command = ["cat"]
mode    = "persistent"
workers = 2
to      = {{ file = "{output}", format = "lines" }}
"""


class Sides:
    def __init__(self, context):
        self.context = context

    def ours(self, way, workers=WORKERS):
        return runner.self_timed([self.context.program("bench/pool"), way, JOBS, workers])

    def python(self, chunksize):
        return runner.self_timed([sys.executable, PEER, JOBS, WORKERS, chunksize])

    def each(self):
        command = [self.context.program("bin/troupe"), "each", "-", "-j2", "-q", "--", "/bin/true"]
        return self.fed(command)

    def parallel_true(self):
        return self.fed(["parallel", "-j2", "/bin/true", "{}"])

    def fed(self, command):
        numbers = "".join(f"{n}\n" for n in range(TRUES)).encode()
        wall, cpu = runner.timed_with_input(command, numbers)
        return runner.Measured(wall, f"{TRUES} started", f"cpu {cpu:.2f} s")

    def raw_true(self):
        measured = runner.self_timed([self.context.program("bench/spawn_micro"), "raw-pair", TRUES, 10])
        return runner.Measured(measured.value, f"{measured.check} started")

    @functools.cached_property
    def lines(self):
        """LINES lines of five to nine bytes."""
        path = pathlib.Path(self.context.cache_dir) / "pool" / f"{LINES}.txt"
        if not path.exists():
            path.parent.mkdir(parents=True, exist_ok=True)
            whole = path.with_suffix(".part")
            with open(whole, "w", encoding="ascii") as file:
                for first in range(0, LINES, 100_000):
                    file.write("".join(f"{n}\n" for n in range(first, min(LINES, first + 100_000))))
            whole.rename(path)
        return path

    def persistent(self):
        output = self.lines.with_name("ours.txt")
        plan = self.lines.with_name("cat.toml")
        plan.write_text(CAT.format(input=self.lines, output=output), encoding="utf-8")
        wall, cpu = runner.timed([self.context.program("bin/troupe"), "run", "-q", plan])
        return self.counted(wall, cpu, output)

    def parallel_cat(self):
        output = self.lines.with_name("parallel.txt")
        with open(self.lines, "rb") as source, open(output, "wb") as sink:
            wall, cpu = runner.timed(["parallel", "--pipe", "--block", "1M", "-j2", "cat"], stdin=source, stdout=sink)
        return self.counted(wall, cpu, output)

    def counted(self, wall, cpu, output):
        """Any order will do: what is counted is how many lines, and the sum of their numbers."""
        lines, total = 0, 0
        with open(output, "rb") as file:
            while block := file.readlines(1 << 24):
                lines += len(block)
                total += sum(map(int, block))
        return runner.Measured(wall, f"{lines} lines, sum {total}", f"cpu {cpu:.2f} s")

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
    per_item = run(runner.Benchmark, name="pool/per_item", unit="s", ours=sides.each)
    parallel = None if shutil.which("parallel") else "the program parallel (package parallel)"
    return [
        jobs(peer_name="Python, chunksize 1", goal=50, ours=run(sides.ours, "map"), peer=run(sides.python, 1)),
        jobs(peer_name="Python, chunksize 100 (no goal)", goal=0, ours=run(sides.ours, "map"), peer=run(sides.python, 100)),
        jobs(peer_name="futures, vs Python, chunksize 1", goal=50, ours=run(sides.ours, "futures"), peer=run(sides.python, 1)),
        per_item(peer_name="GNU parallel -j2", goal=4, peer=sides.parallel_true, missing=parallel),
        per_item(peer_name="vfork + execve on 2 threads", goal=0.85, peer=sides.raw_true),
        runner.Benchmark(
            name="pool/persistent",
            peer_name="GNU parallel --pipe -j2 cat",
            unit="s",
            goal=1,
            ours=sides.persistent,
            peer=sides.parallel_cat,
            missing=parallel,
        ),
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
