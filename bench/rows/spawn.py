"""spawn/*: what a child costs from a small and a large parent, and what capturing its output costs.

spawn/true: 2,000 x spawn + wait of /bin/true against vfork + execve + waitpid, in parents with 10 MB and 4 GB resident,
and ours in the large against ours in the small. spawn/capture: 1 GB of lines of 100 bytes, as one output and line by
line, against a loop of read(2), one that keeps the bytes (as output() does) and one that does not (as lines do not).
"""

import functools

import runner

COUNT, SMALL, LARGE, CAPTURED = 2_000, 10, 4096, 1000


def side(context, *words):
    """One run of spawn_micro, which times itself: filling 4 GB of memory is no work of either side."""
    return runner.self_timed([context.program("bench/spawn_micro"), *words])


def benchmarks(context):
    run = functools.partial(functools.partial, side, context)
    row = functools.partial(runner.Benchmark, unit="s")
    true = functools.partial(row, name="spawn/true", goal=0.9)
    capture = functools.partial(row, name="spawn/capture", goal=0.8)
    return [
        true(peer_name="vfork + execve, parent of 10 MB", ours=run("ours", COUNT, SMALL), peer=run("raw", COUNT, SMALL)),
        true(peer_name="vfork + execve, parent of 4 GB", ours=run("ours", COUNT, LARGE), peer=run("raw", COUNT, LARGE)),
        true(peer_name="ours, parent of 10 MB", ours=run("ours", COUNT, LARGE), peer=run("ours", COUNT, SMALL)),
        capture(peer_name="output() vs a read loop that keeps", ours=run("output", CAPTURED), peer=run("raw-kept", CAPTURED)),
        capture(peer_name="lines vs a read loop that drops", ours=run("lines", CAPTURED), peer=run("raw-read", CAPTURED)),
    ]
