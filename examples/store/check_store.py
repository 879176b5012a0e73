#!/usr/bin/env python3
"""What the README of store promises: check_store.py PROGRAM FILE. Exit status: 0 it holds, 1 it does not."""

import os
import pathlib
import re
import signal
import subprocess
import sys

WATCHDOG = 60
program, file = sys.argv[1:]


def expect(condition, what):
    if not condition:
        sys.exit(f"broken promise: {what}")


def tree():
    done = subprocess.run([program, "check", file], capture_output=True, text=True, timeout=WATCHDOG, check=False)
    expect(done.returncode == 0, f"the file is fine: {done}")
    expect([line.split(":")[0] for line in done.stdout.splitlines()[1:]] ==
           ["  supervisor store", "    actor warehouse", "    actor supplier", "    supervisor customers",
            "      actor tea_drinker", "      actor coffee_drinker"], f"the tree: {done.stdout}")


def misspelt():
    done = subprocess.run([program, "check", file, "--set", "actor.supplier.options.shop=warehuose"],
                          capture_output=True, text=True, timeout=WATCHDOG, check=False)
    expect(done.returncode == 3 and "did you mean 'warehouse'?" in done.stderr, f"a wrong name is an error: {done}")


def a_day_in_the_store():
    running = subprocess.Popen([program, "run", file], stderr=subprocess.PIPE, text=True)
    wanted = ["bought coffee", "supplier: delivers", "failed: dropped the tea; it is started again"]
    for line in running.stderr:
        wanted = [text for text in wanted if text not in line]
        if not wanted:
            break
    for line in running.stderr:  # after its fall
        if "bought tea" in line:
            break
    running.send_signal(signal.SIGINT)
    rest = running.communicate(timeout=WATCHDOG)[1]
    expect("interrupted by Ctrl-C: every actor finished its mailbox" in rest, f"Ctrl-C lets them finish: {rest}")
    expect(running.returncode == 130, f"and says so by its status, not {running.returncode}")


def beyond_mending():
    done = subprocess.run([program, "run", file, "--set", "actor.tea_drinker.options.clumsy=1"], capture_output=True,
                          text=True, timeout=WATCHDOG, check=False)
    expect(done.returncode == 1 and "store: actor 'customers' failed" in done.stderr and "that was too often" in done.stderr
           and "error: actor 'customers' failed too often, at last: actor 'tea_drinker' failed" in done.stderr,
           f"too many falls end the run with who it was: {done}")


def workers_of(director, name):
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            arguments = (process / "cmdline").read_text().split("\0")
            parent = re.search(r"^PPid:\s*(\d+)", (process / "status").read_text(), re.M)
        except OSError:
            continue  # it has ended
        if arguments[1:3] == ["--troupe-worker", name] and parent and int(parent[1]) == director:
            found.append(int(process.name))
    return found


def elsewhere():
    """Two of them in processes of their own, and one of these is killed."""
    places = ["--set", "actor.warehouse.place=process", "--set", "actor.tea_drinker.place=process"]
    running = subprocess.Popen([program, "run", file, *places], stderr=subprocess.PIPE, text=True)

    def read_until(*wanted):
        left = list(wanted)
        for line in running.stderr:
            left = [text for text in left if text not in line]
            if not left:
                return
        expect(False, f"{left} is heard")

    read_until("bought tea", "bought coffee", "supplier: delivers")
    workers = workers_of(running.pid, "warehouse")
    expect(len(workers) == 1, f"the warehouse has a process of its own: {workers}")
    os.kill(workers[0], signal.SIGKILL)
    read_until("process 'warehouse' killed by SIGKILL", "it is started again")
    read_until("bought tea", "bought coffee")
    running.send_signal(signal.SIGINT)
    rest = running.communicate(timeout=WATCHDOG)[1]
    expect("interrupted by Ctrl-C: every actor finished its mailbox" in rest, f"Ctrl-C lets them finish: {rest}")
    expect(running.returncode == 130, f"and says so by its status, not {running.returncode}")


for promise in (tree, misspelt, a_day_in_the_store, beyond_mending, elsewhere):
    promise()
