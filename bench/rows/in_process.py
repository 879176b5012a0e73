"""in_process/*: what messages, questions and actors cost in one process, beside CAF's actors and Erlang's processes.

Both sides have the same structure and one thread per processor. CAF runs by each of its two policies in every pair,
and the better one counts. Its mailboxes have no bound, so our bounded one is up against the unbounded peer, too. An
answer of ours always has a deadline (5 s): CAF is asked with the same one, and once without, which is less work.

Each program times itself: system and first actors are there when the clock starts. Checked by a sum or a count.
idle_actor is resident memory by the actor: N actors that have been born and are at rest.
"""

import functools
import os
import pathlib
import shutil

import runner

MESSAGES, ROUND_TRIPS, QUESTIONS, ACTORS, IDLE = 4_000_000, 1_000_000, 500_000, 1_000_000, 200_000
IDLE_BYTES = 320  # what an idle actor of ours may take
POLICIES = ("sharing", "stealing")
ERLANG = pathlib.Path(__file__).resolve().parents[1] / "peers" / "erlang_in_process.escript"


class Sides:
    """The commands of all sides."""

    def __init__(self, context):
        self.context = context

    def ours(self, *words):
        return runner.self_timed([self.context.program("bench/in_process"), *words])

    def caf(self, *words):
        program = self.context.program("bench/caf_in_process")
        ways = {each: functools.partial(runner.self_timed, [program, each, *words]) for each in POLICIES}
        return runner.better_of(ways)

    def erlang(self, *words):
        threads = len(os.sched_getaffinity(0))
        flags = os.environ | {"ERL_AFLAGS": f"+S {threads}:{threads}"}
        return runner.self_timed(["escript", ERLANG, *words], env=flags)


def benchmarks(context):
    sides = Sides(context)
    ours, caf, erlang = (functools.partial(functools.partial, side) for side in (sides.ours, sides.caf, sides.erlang))
    absent = None if shutil.which("escript") else "the program 'escript' (package erlang-base)"

    def row(name, peer_name, goal, unit="s", **fields):
        return runner.Benchmark(f"in_process/{name}", peer_name, unit, goal, **fields)

    def limit():
        return runner.Measured(IDLE_BYTES, str(IDLE), "a figure, not a run")

    many, pairs, questions = ("many_to_one", MESSAGES), ("ping_pong", ROUND_TRIPS), ("ask", QUESTIONS)
    born, idle = ("spawn", ACTORS), ("idle", IDLE)
    return [
        row("many_to_one", "CAF actors", 6, ours=ours(*many, 0), peer=caf(*many)),
        row("many_to_one_bounded", "CAF actors, unbounded", 4, ours=ours(*many, 4096), peer=caf(*many)),
        row("ping_pong", "CAF actors", 5, ours=ours(*pairs), peer=caf(*pairs)),
        row("ask", "CAF request/then, 5 s", 4, ours=ours(*questions), peer=caf(*questions, 5)),
        row("ask", "CAF request/then, no deadline", 4, ours=ours(*questions), peer=caf(*questions)),
        row("spawn", "CAF actors", 4, ours=ours(*born), peer=caf(*born)),
        row("spawn", "Erlang processes", 4, ours=ours(*born), peer=erlang(*born), missing=absent),
        row("idle_actor", f"the limit of {IDLE_BYTES} B", 1, ours=ours(*idle), peer=limit, unit="B"),
        row("idle_actor", "CAF actors", 1, ours=ours(*idle), peer=caf(*idle), unit="B"),
        row("idle_actor", "Erlang processes", 1, ours=ours(*idle), peer=erlang(*idle), unit="B", missing=absent),
    ]
