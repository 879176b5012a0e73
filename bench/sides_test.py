#!/usr/bin/env python3
"""sides_test.py BUILD_DIR: the programs of the rows in_process/* and compile/hello do their work, in small, and refuse
what they do not know. Rows compare the checks of two sides; here each is compared with what it must be."""

import subprocess
import sys
import unittest

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree

import runner  # noqa: E402

COUNT = 2_000
SUM_BELOW_COUNT = COUNT * (COUNT - 1) // 2
# The workload and what it comes to.
WORKLOADS = {
    ("many_to_one", COUNT): SUM_BELOW_COUNT,
    ("ping_pong", COUNT): COUNT,
    ("ask", COUNT): 2 * SUM_BELOW_COUNT,
    ("spawn", COUNT): SUM_BELOW_COUNT,
    ("idle", COUNT): COUNT,
}
context = runner.Context(sys.argv.pop(1), "")


def check_of(program, *words):
    return int(runner.self_timed([context.program(f"bench/{program}"), *words]).check)


class SidesTest(unittest.TestCase):
    def test_our_side_does_the_work(self):
        for words, expected in (WORKLOADS | {("many_to_one", COUNT, 16): SUM_BELOW_COUNT}).items():
            with self.subTest(workload=words):
                self.assertEqual(check_of("in_process", *words), expected)

    def test_caf_does_the_work_by_both_policies(self):
        for words, expected in (WORKLOADS | {("ask", COUNT, 60): 2 * SUM_BELOW_COUNT}).items():
            for policy in ("sharing", "stealing"):
                with self.subTest(workload=words, policy=policy):
                    self.assertEqual(check_of("caf_in_process", policy, *words), expected)

    def test_what_a_program_does_not_know_is_refused(self):
        ours = ("in_process", "sing", "3"), ("in_process", "ask", "many"), ("in_process",)
        cafs = ("caf_in_process", "fair", "ask", "3"), ("caf_in_process", "sharing", "sing", "3"), ("caf_in_process",)
        for words in ours + cafs:
            with self.subTest(words=words), self.assertRaisesRegex(runner.Failed, "exit status 2"):
                check_of(*words)

    def test_both_greeters_say_the_same(self):
        for program in ("hello", "caf_hello"):
            with self.subTest(program=program):
                done = subprocess.run([context.program(f"bench/{program}")], capture_output=True, text=True, check=True)
                self.assertEqual(done.stdout, "hello, world\n")


if __name__ == "__main__":
    unittest.main()
