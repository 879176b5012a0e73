"""codec_test.py PROGRAM [--seed N] [--rounds N] - the codec in PROGRAM (codec_echo) against the msgpack package.

The models are drawn at random from the shapes that PROGRAM tells; a failure prints the seed, which draws them again.
"""
import argparse
import json
import random
import re
import struct
import subprocess
import sys
import unittest
from decimal import Decimal

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree
try:
    import msgpack
except ImportError as missing:
    sys.exit(f"{missing}: ./dev setup installs python3-msgpack")
from forms import PACKER, Any, Shortest, encode, is_single  # noqa: E402
from models import Maker, is_json  # noqa: E402
from reader import Refused, read  # noqa: E402
from shapes import in_order, parse  # noqa: E402
from spoil import spoil  # noqa: E402

UNORDERED = {"loose_tables"}  # equal values of it may have different bytes
INEXACT = {"times"}  # what comes back is not what was sent: a test of its own


class Codec:
    """codec_echo at the other end of two pipes."""

    def __init__(self, program: str):
        listed = subprocess.run([program, "--types"], capture_output=True, check=True, text=True).stdout
        self.shapes = {name: parse(text) for name, text in (line.split("\t") for line in listed.splitlines())}
        self._names = list(self.shapes)
        self._process = subprocess.Popen([program], stdin=subprocess.PIPE, stdout=subprocess.PIPE)

    def echo(self, name: str, data: bytes) -> tuple[bytes | None, str]:
        """The value encoded anew and as JSON; or None and the error."""
        self._process.stdin.write(struct.pack("<II", self._names.index(name), len(data)) + data)
        self._process.stdin.flush()
        decoded = self._take(1) == b"\x01"
        again, text = self._block(), self._block().decode()
        return (again if decoded else None), text

    def close(self):
        self._process.stdin.close()
        self._process.stdout.close()
        assert self._process.wait() == 0, f"codec_echo ended with {self._process.returncode}"

    def _block(self) -> bytes:
        return self._take(struct.unpack("<I", self._take(4))[0])

    def _take(self, size: int) -> bytes:
        data = self._process.stdout.read(size)
        assert len(data) == size, f"codec_echo ended with {self._process.wait()}"
        return data


class codec(unittest.TestCase):
    program, seed, rounds = "", 1, 80
    told = 0  # values that went to the other side

    @classmethod
    def setUpClass(cls):
        cls.codec = Codec(cls.program)

    @classmethod
    def tearDownClass(cls):
        cls.codec.close()
        print(f"{cls.told} values with the seed {cls.seed}")

    def each(self, rounds: int, without=frozenset()):
        """(name, shape, model, random, what to say of a failure), of every type and round."""
        for name, shape in self.codec.shapes.items():
            for turn in range(0 if name in without else rounds):
                draw = random.Random(f"{self.id()} {self.seed} {name} {turn}")
                yield name, shape, Maker(draw).make(shape), draw, f"seed {self.seed}, {name}, round {turn}"

    def echo(self, name: str, data: bytes):
        codec.told += 1
        return self.codec.echo(name, data)

    def expect_value(self, name, model, data, where):
        """The bytes are this model for the other side, by its JSON and by what it encodes."""
        shape, shortest = self.codec.shapes[name], encode(self.codec.shapes[name], model, Shortest())
        again, text = self.echo(name, data)
        self.assertIsNotNone(again, f"{where}: refused with {text!r}: {data[:200].hex()}")
        self.assertTrue(is_json(shape, model, json.loads(text, parse_float=Decimal)), f"{where}: {text[:300]}")
        if name not in UNORDERED:
            self.assertEqual(again[:200], shortest[:200], f"{where}: the shortest forms, from {data[:200].hex()}")
        found = in_order(shape, read(shape, again))
        self.assertTrue(encode(shape, found, Shortest()) == shortest, f"{where}: {str(found)[:300]}")

    def test_what_python_packs_is_the_same_value_and_has_the_same_bytes(self):
        for name, shape, model, _, where in self.each(self.rounds, INEXACT):
            self.expect_value(name, model, encode(shape, model, Shortest()), where)

    def test_every_form_that_the_page_allows_is_the_same_value(self):
        for name, shape, model, draw, where in self.each(self.rounds, INEXACT):
            self.expect_value(name, model, encode(shape, model, Any(draw)), where)

    def test_what_is_no_value_of_a_type_is_refused_with_its_path_and_sentence(self):
        for name, shape, model, draw, where in self.each(self.rounds, INEXACT):
            data, pattern = spoil(shape, model, draw)
            again, text = self.echo(name, data)
            self.assertIsNone(again, f"{where}: taken for {text[:300]}, not refused with {pattern}: {data[:200].hex()}")
            self.assertRegex(text, "^" + re.escape(name) + pattern + "$", where)

    def test_what_is_cut_short_or_goes_on_is_refused(self):
        for name, shape, model, draw, where in self.each(self.rounds, INEXACT):
            data = encode(shape, model, Any(draw))
            again, text = self.echo(name, data[:draw.randrange(len(data))])
            self.assertIsNone(again, f"{where}: {text[:300]}")
            self.assertRegex(text, "the input ends inside the value|found the end of the input|announces .* are left")
            again, text = self.echo(name, data + b"\xc0\xc0")
            self.assertEqual((again, text), (None, f"{name}: 2 bytes follow its end"), where)

    def test_damaged_bytes_are_the_same_to_both(self):
        taken = 0
        for name, shape, model, draw, where in self.each(2 * self.rounds, INEXACT):
            data = bytearray(encode(shape, model, Any(draw))[:4096])
            for _ in range(draw.randint(1, 3)):
                data[draw.randrange(len(data))] = draw.choice((draw.randrange(256), 0x90, 0xa0, 0xc0, 0x00))
            try:
                expected = read(shape, bytes(data))
            except Refused as why:
                again, text = self.echo(name, bytes(data))
                if "Timestamp" not in str(why):  # an ext type that the package looks into
                    self.assertIsNone(again, f"{where}: {why} there, taken for {text[:300]} here: {data[:200].hex()}")
            else:
                self.expect_value(name, in_order(shape, expected), bytes(data), where)
                taken += 1
        self.assertGreater(taken, self.rounds, "damage that leaves a value is tried, too")

    def test_fields_that_a_writer_leaves_out_have_their_defaults(self):
        for count in range(5):
            given = [7, "seven", [], None][:count]
            self.expect_value("defaults", given + [0, "nobody", [1, 2], 0.5][count:], PACKER.pack(given), str(count))

    def test_integers_become_the_nearest_float(self):
        for value in (2**53 + 1, 2**53 + 3, 2**63 - 1, -2**63 + 1, 2**64 - 1, 2**24 + 1):
            single = struct.unpack("<f", struct.pack("<f", float(value)))[0]
            self.expect_value("reals", [single, float(value)], PACKER.pack([value, value]), str(value))

    def test_floats_that_no_single_holds_become_the_nearest(self):
        for value in (0.1, 1e-46, 1 / 3, 3.4028234663852886e38):
            single = struct.unpack("<f", struct.pack("<f", value))[0]
            self.assertEqual(is_single(value), single == value)
            self.expect_value("reals", [single, value], PACKER.pack([value, value]), str(value))

    def test_durations_are_rounded_towards_zero_or_do_not_fit(self):
        def back(*nanoseconds):
            again, text = self.echo("times", PACKER.pack(nanoseconds))
            return text if again is None else msgpack.unpackb(again)

        second, milli = 10**9, 10**6
        self.assertEqual(back(milli - 1, second - 1, -second + 1, 15), [0, 0, 0, 15])
        self.assertEqual(back(-3 * milli - 1, -3 * second - 1, 127 * second, -15), [-3 * milli, -3 * second, 127 * second, -15])
        self.assertEqual(back(2**63 - 1, -2**63, 0, 0), [(2**63 - 1) // milli * milli, -(2**63 // second) * second, 0, 0])
        for wrong in (128 * second, -129 * second):
            self.assertEqual(back(0, 0, wrong), "times.short_seconds: a duration does not fit into its type")
        self.assertEqual(back(2**63), "times.milliseconds: 9223372036854775808 does not fit into i64")

    def test_depth_is_bounded_at_64(self):
        def nested(depth: int):
            return [1, [nested(depth - 1)] if depth > 1 else []]

        self.expect_value("tree", nested(32), PACKER.pack(nested(32)), "32 trees in 32 arrays")
        again, text = self.echo("tree", PACKER.pack(nested(33)))
        self.assertIsNone(again)
        self.assertRegex(text, "nested deeper than 64$")


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("program")
    parser.add_argument("--seed", default="1")
    parser.add_argument("--rounds", type=int, default=codec.rounds, help="per type and test")
    given, rest = parser.parse_known_args()
    codec.program, codec.seed, codec.rounds = given.program, given.seed, given.rounds
    unittest.main(argv=sys.argv[:1] + rest)


if __name__ == "__main__":
    main()
