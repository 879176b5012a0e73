#!/usr/bin/env python3
"""between_test.py BUILD_DIR: all sides of the rows between/* do their work, in small, and leave nothing behind."""

import os
import pathlib
import subprocess
import sys
import tempfile
import time
import unittest
from unittest import mock

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree

import runner  # noqa: E402
from rows import between  # noqa: E402

context = runner.Context(sys.argv.pop(1), "")
SMALL = {
    "ITEMS": dict.fromkeys(between.ITEMS, 5_000),
    "QUESTIONS": dict.fromkeys(between.QUESTIONS, 20),
    "BULK": dict.fromkeys(between.BULK, 5),
    "EACH_PEER": 5_000,
}


def living(named):
    """The ids of the processes of which a word of the command line contains that."""
    found = []
    for process in pathlib.Path("/proc").glob("[0-9]*"):
        try:
            if named.encode() in (process / "cmdline").read_bytes():
                found.append(int(process.name))
        except OSError:
            pass  # it has ended meanwhile
    return found


def wait_until(is_so, what):
    until = time.monotonic() + 60
    while not is_so():
        if time.monotonic() > until:
            raise AssertionError(f"not within a minute: {what}")
        time.sleep(0.01)


class BetweenTest(unittest.TestCase):
    def test_both_sides_of_each_row_do_the_work(self):
        with mock.patch.multiple(between, **SMALL):
            for row in between.benchmarks(context):
                if not row.missing:
                    with self.subTest(row=row.title):
                        self.assertEqual((row.ours().check, row.peer().check), ("complete", "complete"))

    def test_a_sum_that_is_not_what_it_must_be_is_a_failure(self):
        with self.assertRaisesRegex(runner.Failed, "99 instead of 98 from: echo 0.5 99"):
            between.told(98, ["echo", "0.5", "99"])

    def test_what_a_program_does_not_know_is_refused(self):
        for words in (["between"], ["between", "sing", "3", "/"], ["between", "ask", "many", "/"], ["between", "bulk", "3", "/"],
                      ["zmq_between"], ["zmq_between", "sing", "3", "/"], ["caf_between", "fair", "ask", "3"],
                      ["caf_between", "sharing", "sing", "3"]):  # fmt: skip
            with self.subTest(words=words), self.assertRaisesRegex(runner.Failed, "exit status 2"):
                between.told(0, [context.program(f"bench/{words[0]}"), *words[1:]])

    def test_no_process_outlives_one_that_is_killed(self):
        for program in ("between", "zmq_between"):
            with self.subTest(program=program), tempfile.TemporaryDirectory(prefix="between-") as directory:
                command = [context.program(f"bench/{program}"), "one_way", str(10**12), directory]
                with subprocess.Popen(command, stdout=subprocess.DEVNULL) as first:
                    wait_until(lambda: len(living(directory)) == 2, "two processes")
                    first.kill()
                wait_until(lambda: not living(directory), "no process")

    def test_nothing_is_left_in_the_place_of_temporary_files(self):
        with tempfile.TemporaryDirectory() as place, mock.patch.multiple(between, **SMALL):
            with mock.patch.object(tempfile, "tempdir", place):
                for row in between.benchmarks(context):
                    if not row.missing:
                        row.ours()
                        row.peer()
            self.assertEqual(os.listdir(place), [])


if __name__ == "__main__":
    unittest.main()
