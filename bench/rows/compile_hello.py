"""compile/hello: wall seconds of g++ for the smallest program with an actor, with our headers and with CAF's.

`g++ -std=c++20 -O2 -c`, without ccache. The same two sources are built as programs, too: that both still say the same
is what is checked.
"""

import functools
import os
import pathlib
import shutil
import subprocess

import runner

ROOT = pathlib.Path(__file__).resolve().parents[2]


def says(program):
    """What the built program says: stands for the work of what is compiled."""
    done = subprocess.run([program], stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode != 0:
        raise runner.Failed(f"exit status {done.returncode} of: {program}\n{done.stderr}")
    return done.stdout.strip()


def compiled(context, source, program):
    cache = pathlib.Path(context.cache_dir) / "hello"
    cache.mkdir(parents=True, exist_ok=True)
    command = ["g++", "-std=c++20", "-O2", "-I", ROOT, "-c", ROOT / source, "-o", cache / f"{program}.o"]
    said = says(context.program(f"bench/{program}"))
    wall, cpu = runner.timed(command, env=os.environ | {"CCACHE_DISABLE": "1"})
    return runner.Measured(wall, said, f"cpu {cpu:.2f} s")


def benchmarks(context):
    side = functools.partial(functools.partial, compiled, context)
    return [
        runner.Benchmark(
            name="compile/hello",
            peer_name="CAF's headers",
            unit="s",
            goal=2,
            ours=side("bench/micro/hello.cpp", "hello"),
            peer=side("bench/peers/caf_hello.cpp", "caf_hello"),
            missing=None if shutil.which("g++") else "the program 'g++' (package g++)",
        )
    ]
