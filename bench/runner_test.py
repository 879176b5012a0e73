#!/usr/bin/env python3
"""The arithmetic and the honesty of the runner, on rows that take no time."""

import contextlib
import io
import itertools
import sys
import unittest

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree

import run  # noqa: E402
import runner  # noqa: E402


def row(ours, peers, **changes):
    """A row whose sides give these (value, check) pairs one after the other."""
    ours, peers = itertools.cycle(ours), itertools.cycle(peers)
    fields = {"name": "made/up", "peer_name": "a peer", "unit": "s", "goal": 2}
    return runner.Benchmark(
        **fields | changes, ours=lambda: runner.Measured(*next(ours)), peer=lambda: runner.Measured(*next(peers))
    )


class RunnerTest(unittest.TestCase):
    def setUp(self):
        self.enterContext(contextlib.redirect_stderr(io.StringIO()))

    def test_the_ratio_is_the_median_of_pairs_without_the_warm_up(self):
        result = runner.run(row([(1, ""), (1, ""), (2, ""), (4, "")], [(99, ""), (3, ""), (8, ""), (8, "")]), 3)
        self.assertEqual((result["ratio"], result["ratio_min"], result["ratio_max"]), (3, 2, 4))
        self.assertEqual((result["ours"], result["peer"], result["pairs"]), (2, 8, 3))

    def test_a_rate_is_better_when_it_is_higher(self):
        result = runner.run(row([(10, "")], [(4, "")], unit="1/s", lower_is_better=False), 1)
        self.assertEqual(result["ratio"], 2.5)

    def test_sides_that_did_different_work_are_a_failure(self):
        result = runner.run(row([(1, "sum 10")], [(3, "sum 11")]), 5)
        self.assertIn("not the same work: ours gives sum 10, the peer sum 11", result["error"])
        self.assertEqual(run.verdict(result), "FAILED")

    def test_work_that_differs_in_a_later_pair_is_a_failure_too(self):
        result = runner.run(row([(1, "a")], [(3, "a"), (3, "a"), (3, "b")]), 5)
        self.assertIn("not the same work", result["error"])

    def test_a_missing_peer_is_reported_and_runs_nothing(self):
        absent = row([], [], missing="the program 'erl' (package erlang-base)")
        result = runner.run(absent, 5)
        self.assertEqual((result["ratio"], result["missing"]), (None, absent.missing))
        self.assertIn("missing", run.table([result])[1])

    def test_a_program_that_fails_is_named_with_what_it_said(self):
        with self.assertRaisesRegex(runner.Failed, "exit status 3 of: sh -c .*\nno such luck"):
            runner.timed(["sh", "-c", "echo no such luck >&2; exit 3"])

    def test_a_program_that_times_itself_gives_value_and_check(self):
        measured = runner.self_timed(["echo", "1.5", "sum"])
        self.assertEqual((measured.value, measured.check), (1.5, "sum"))

    def test_a_program_that_says_no_value_is_a_failure_with_what_it_said(self):
        for said in ("fast enough", "1.5", ""):
            with self.subTest(said=said), self.assertRaisesRegex(runner.Failed, f"from: echo {said}\n{said}"):
                runner.self_timed(["echo", said])

    def test_the_better_way_of_a_peer_counts(self):
        ways = {"slow": lambda: runner.Measured(3, "a"), "fast": lambda: runner.Measured(2, "a")}
        self.assertEqual(runner.better_of(ways), runner.Measured(2, "a", "slow 3.000, fast 2.000"))
        self.assertEqual(runner.better_of(ways, lower_is_better=False).value, 3)

    def test_ways_that_did_different_work_are_a_failure(self):
        ways = {"one": lambda: runner.Measured(3, "a"), "other": lambda: runner.Measured(2, "b")}
        with self.assertRaisesRegex(runner.Failed, "one gives a, other gives b"):
            runner.better_of(ways)

    def test_the_result_has_the_keys_of_the_scoreboard(self):
        result = runner.run(row([(1, "")], [(3, "")]), 1)
        keys = {"name", "unit", "ours", "peer", "peer_name", "ratio", "ratio_min", "ratio_max", "goal", "pairs"}
        self.assertEqual(set(result), keys)

    def test_verdicts_follow_the_goal(self):
        for goal, expected in ((3, "reached"), (3.01, "missed")):
            with self.subTest(goal=goal):
                self.assertEqual(run.verdict(runner.run(row([(1, "")], [(3, "")], goal=goal), 1)), expected)

    def test_rows_are_selected_by_name_peer_or_pattern(self):
        made = row([], [])
        for names in ([], ["made"], ["made/up"], ["made/*"], ["peer"], ["other", "up"]):
            with self.subTest(names=names):
                self.assertTrue(run.selected(made, names))
        self.assertFalse(run.selected(made, ["other"]))


if __name__ == "__main__":
    unittest.main()
