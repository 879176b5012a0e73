#!/usr/bin/env python3
"""What the README of supervised_program promises: check_supervised.py PROGRAM. Exit status: 0 it holds, 1 it does not."""

import signal
import subprocess
import sys

WATCHDOG = 60
program = sys.argv[1]


def expect(condition, what):
    if not condition:
        sys.exit(f"broken promise: {what}")


def failing_command():
    done = subprocess.run([program, "sh", "-c", "echo work; echo oops >&2; exit 3"], capture_output=True, text=True,
                          timeout=WATCHDOG, check=False)
    lines = done.stdout.splitlines()
    expect(done.returncode == 1, f"a command that always fails gives status 1, not {done.returncode}")
    for line in ("sh out: work", "sh err: oops", "sh exited with code 3"):
        expect(lines.count(line) == 4, f"'{line}' four times: the first start and three more; seen: {lines}")
    expect(lines[-1] == "sh failed too often", f"the last line says why, not '{lines[-1]}'")


def succeeding_command():
    done = subprocess.run([program, "true"], capture_output=True, text=True, timeout=WATCHDOG, check=False)
    expect(done.returncode == 0 and done.stdout == "true exited with code 0\n", f"success is the end: {done}")


def missing_command():
    done = subprocess.run([program, "/nowhere/x"], capture_output=True, text=True, timeout=WATCHDOG, check=False)
    expect(done.returncode == 1 and "exec '/nowhere/x'" in done.stderr, f"a missing command is named: {done}")


def stopped_command():
    running = subprocess.Popen([program, "sh", "-c", "trap 'echo bye; exit 0' TERM; echo ready; while :; do sleep 0.1; done"],
                               stdout=subprocess.PIPE, text=True)
    expect(running.stdout.readline() == "sh out: ready\n", "the command is up")
    running.send_signal(signal.SIGINT)
    rest = running.communicate(timeout=WATCHDOG)[0]
    expect(rest == "sh out: bye\nsh exited with code 0\n", f"Ctrl-C lets the command end by itself: {rest!r}")
    expect(running.returncode == 0, f"and gives its status, not {running.returncode}")


for promise in (failing_command, succeeding_command, missing_command, stopped_command):
    promise()
