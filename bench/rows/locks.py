"""locks/*: what threads of one process share, beside what the standard library has for it.

The peer of a channel is what people write who have none: a std::deque behind a std::mutex, with std::condition_variable.
Each program times itself, the start of its threads included, and is checked by a sum. A second thread is there in
locks/mutex, at rest: as long as there is none, glibc locks without atomic operations.
"""

import runner

LOCKS, VALUES = 30_000_000, 4_000_000


def benchmarks(context):
    def side(which, *words):
        return lambda: runner.self_timed([context.program("bench/locks"), which, *words])

    def row(name, peer_name, goal, *words):
        return runner.Benchmark(
            f"locks/{name}", peer_name, "s", goal, ours=side("ours", *words), peer=side("std", *words)
        )

    return [
        row("mutex", "std::mutex", 0.95, "mutex", LOCKS),
        *(
            row(f"{kind}_{number}_to_1", "std::mutex + condition_variable + deque", 1.5, kind, VALUES, number)
            for kind in ("channel", "sync_channel")
            for number in (1, 4)
        ),
    ]
