"""locks/*: what threads of one process share, beside what the standard library has for it.

The peer of a channel is what people write who have none: a std::deque behind a std::mutex, with std::condition_variable.
Each program times itself, the start of its threads included, and is checked by a sum. A second thread is there in
locks/mutex, at rest: as long as there is none, glibc locks without atomic operations.
"""

import runner

LOCKS = 30_000_000
# A bounded channel of the peer's may take ten times as long for a value: its threads wake each other for each.
VALUES = {"channel": 4_000_000, "sync_channel": 400_000}


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
            row(f"{kind}_{number}_to_1", "std::mutex + condition_variable + deque", 1.5, kind, values, number)
            for kind, values in VALUES.items()
            for number in (1, 4)
        ),
    ]
