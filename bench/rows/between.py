"""between/*: what messages cost between two processes of one machine, beside plain libzmq, CAF's io and Erlang's nodes.

one_way_64: u64, two doubles and a name of 15 letters: 56 bytes in memory on our side, up to 60 as it travels (16 of them
stand in front of each); a frame of plain libzmq has 64. From one actor to one actor; the receiver reads all of it, and
tells what all come to. ask: one question in flight. bulk: payloads of which one byte in each page is read. slow_peer: the rate to two
processes while a third one is stopped, has all its windows full and a sender that waits for it; against the rate with a
third one that is well and that nobody speaks to, so it is 1 when nobody is held up.

Everybody has default settings. Of CAF the better of its two policies counts. Peers get fewer messages where they
would take long: rates are compared. Each program times itself from the first message until it has heard of the last
one: the start of processes and links is no part of it. Ours is known to be right from the sum that the receiver tells.
"""

import contextlib
import functools
import os
import pathlib
import shutil
import socket
import subprocess
import tempfile
import time

import runner

ITEMS = {"ours": 2_000_000, "zmq": 2_000_000, "caf": 100_000, "erlang": 300_000}
QUESTIONS = {"ours": 5_000, "zmq": 10_000, "caf": 2_000}
MIB = 1 << 20
BULK = {MIB: 2_000, 16 * MIB: 125}
EACH_PEER = 1_000_000
LETTERS, PAGE = 15, 4096
POLICIES = ("sharing", "stealing")
ERLANG = pathlib.Path(__file__).resolve().parents[1] / "peers" / "erlang_between.escript"
PATIENCE = 10  # seconds in which epmd must be there


def worth_of_items(count, letters=LETTERS):
    """Number, x = number, y = 0.5 and the length of the name, of each."""
    return count * (count - 1) + count * letters


def worth_of_blocks(count, size):
    return count * (size + size // PAGE)


def told(expected, command, **options):
    """Seconds of a program that starts its other process itself; it told what all came to."""
    measured = runner.self_timed(command, **options)
    if int(measured.check) != expected:
        raise runner.Failed(f"{measured.check} instead of {expected} from: {' '.join(map(str, command))}")
    return measured.value


def told_in_directory(expected, command, *more):
    """The same of one that needs a place for sockets, behind `command`."""
    with tempfile.TemporaryDirectory(prefix="between-") as directory:
        return told(expected, [*command, directory, *more])


def rate(count, seconds):
    return runner.Measured(count / seconds, "complete", f"{seconds:.2f} s")


def time_of_each(count, seconds):
    return runner.Measured(1e6 * seconds / count, "complete", f"{seconds:.2f} s")


@contextlib.contextmanager
def own_epmd():
    """Its port. `erl` would leave one behind for all to come; this one ends here, and with whoever runs the row."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = ["setpriv", "--pdeathsig", "KILL", "epmd", "-port", str(port), "-address", "127.0.0.1"]
    epmd = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        until = time.monotonic() + PATIENCE
        while True:
            try:
                socket.create_connection(("127.0.0.1", port)).close()
                break
            except ConnectionRefusedError:
                if epmd.poll() is not None or time.monotonic() > until:
                    raise runner.Failed("epmd does not start") from None
                time.sleep(0.01)
        yield port
    finally:
        epmd.kill()
        epmd.wait()


def erlang_seconds(expected, *words):
    threads = len(os.sched_getaffinity(0))
    flags = f"-setcookie bench-{os.getpid()} +S {threads}:{threads} -kernel inet_dist_use_interface {{127,0,0,1}}"
    with tempfile.TemporaryDirectory(prefix="between-") as home, own_epmd() as port:
        around = {"HOME": home, "ERL_EPMD_PORT": str(port), "ERL_AFLAGS": flags}
        return told(expected, ["escript", ERLANG, *words], env=os.environ | around)


class Sides:
    """What each side does once."""

    def __init__(self, context):
        self.context = context

    def program(self, name, workload, count, *before):
        return [self.context.program(f"bench/{name}"), *before, workload, count]

    def items(self, side):
        count = ITEMS[side]
        program = {"ours": "between", "zmq": "zmq_between"}[side]
        return rate(count, told_in_directory(worth_of_items(count), self.program(program, "one_way", count)))

    def items_of_caf(self):
        count = ITEMS["caf"]
        return self.better_policy("one_way", count, worth_of_items(count), rate, False)

    def items_of_erlang(self):
        count = ITEMS["erlang"]
        return rate(count, erlang_seconds(worth_of_items(count), "one_way", str(count)))

    def questions(self, side):
        count = QUESTIONS[side]
        program = {"ours": "between", "zmq": "zmq_between"}[side]
        return time_of_each(count, told_in_directory(count * (count - 1), self.program(program, "ask", count)))

    def questions_of_caf(self):
        count = QUESTIONS["caf"]
        return self.better_policy("ask", count, count * (count - 1), time_of_each, True)

    def better_policy(self, workload, count, expected, as_value, lower_is_better):
        def by(policy):
            return as_value(count, told(expected, self.program("caf_between", workload, count, policy)))

        return runner.better_of({each: functools.partial(by, each) for each in POLICIES}, lower_is_better)

    def blocks(self, program, size):
        count = BULK[size]
        seconds = told_in_directory(worth_of_blocks(count, size), self.program(program, "bulk", count), size)
        return rate(count * size / 1e9, seconds)

    def two_peers(self, workload):
        expected = 2 * worth_of_items(EACH_PEER)
        return rate(2 * EACH_PEER, told_in_directory(expected, self.program("between", workload, EACH_PEER)))


def benchmarks(context):
    sides = Sides(context)
    do = functools.partial
    absent = None if shutil.which("escript") and shutil.which("epmd") else "the program 'escript' (package erlang-base)"
    rates = do(runner.Benchmark, unit="1/s", lower_is_better=False)
    items = do(rates, "between/one_way_64", ours=do(sides.items, "ours"))
    ask = do(runner.Benchmark, "between/ask", unit="us", ours=do(sides.questions, "ours"))

    def bulk(name, size):
        ours, peer = do(sides.blocks, "between", size), do(sides.blocks, "zmq_between", size)
        return runner.Benchmark(name, "libzmq, zero copy", "GB/s", 0.85, ours, peer, lower_is_better=False)

    return [
        items(peer_name="libzmq ipc, a frame for each", goal=4, peer=do(sides.items, "zmq")),
        items(peer_name="CAF io", goal=40, peer=sides.items_of_caf),
        items(peer_name="Erlang nodes", goal=20, peer=sides.items_of_erlang, missing=absent),
        ask(peer_name="libzmq ipc PAIR", goal=0.8, peer=do(sides.questions, "zmq")),
        ask(peer_name="CAF io request/await", goal=8, peer=sides.questions_of_caf),
        bulk("between/bulk_1MiB", MIB),
        bulk("between/bulk_16MiB", 16 * MIB),
        rates(
            "between/slow_peer",
            "ours, a third peer that is well",
            goal=0.9,
            ours=do(sides.two_peers, "slow_peer"),
            peer=do(sides.two_peers, "idle_peer"),
        ),
    ]
