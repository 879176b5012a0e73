#!/usr/bin/env python3
"""What the README of image_pool promises: check_image_pool.py PROGRAM. Exit status: 0 it holds, 1 it does not."""

import pathlib
import subprocess
import sys
import tempfile

WATCHDOG = 100


def expect(condition, what):
    if not condition:
        sys.exit(f"broken promise: {what}")


def image(width, height, pixel):
    rows = bytes(byte for y in range(height) for x in range(width) for byte in pixel(x, y))
    return b"P6\n%d %d\n255\n" % (width, height) + rows


def main():
    program = sys.argv[1]
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        (home / "small").mkdir()
        (home / "flag.ppm").write_bytes(image(32, 16, lambda x, y: (255, 0, 0) if x < 16 else (0, 0, 255)))
        (home / "ramp.ppm").write_bytes(image(16, 16, lambda x, y: (16 * x, 16 * y, 0)))
        (home / "text.ppm").write_text("P6 is what images begin with")

        def run(*files):
            return subprocess.run([program, "8", "small", *files], cwd=home, capture_output=True, text=True, timeout=WATCHDOG)

        good = run("flag.ppm", "ramp.ppm")
        expect(good.returncode == 0, f"two images are shrunk: {good}")
        expect(good.stdout == "small/flag.ppm: 8 x 4\nsmall/ramp.ppm: 8 x 8\n", f"a line each, in order: {good.stdout}")
        expected = image(8, 4, lambda x, y: (255, 0, 0) if x < 4 else (0, 0, 255))
        expect((home / "small/flag.ppm").read_bytes() == expected, "the flag keeps its colours")
        bad = run("text.ppm", "flag.ppm")
        expect(bad.returncode == 1 and bad.stdout == "small/flag.ppm: 8 x 4\n", f"one bad file costs itself only: {bad}")
        expect("text.ppm: threw std::runtime_error: text.ppm is no binary PPM of 8 bits, attempt 1 of 2" in bad.stderr, bad.stderr)
        expect(sorted(path.name for path in (home / "small").iterdir()) == ["flag.ppm", "ramp.ppm"], "nothing half-written")


if __name__ == "__main__":
    main()
