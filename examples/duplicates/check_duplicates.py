#!/usr/bin/env python3
"""What the README of duplicates promises: check_duplicates.py PROGRAM. Exit status: 0 it holds, 1 it does not."""

import pathlib
import subprocess
import sys
import tempfile

WATCHDOG = 100


def main():
    with tempfile.TemporaryDirectory() as name:
        home = pathlib.Path(name)
        large = bytes(range(256)) * 8192  # two blocks
        for path, content in {
            "tree/a.txt": b"the same",
            "tree/b/copy.txt": b"the same",
            "tree/c.txt": b"the same",
            "tree/d.txt": b"not same",
            "tree/one.bin": large,
            "tree/b/two.bin": large,
            "tree/b/three.bin": large[:-1] + b"x",
            "tree/empty": b"",
            "tree/b/empty": b"",
        }.items():
            (home / path).parent.mkdir(parents=True, exist_ok=True)
            (home / path).write_bytes(content)
        (home / "tree/link").symlink_to("a.txt")
        done = subprocess.run([sys.argv[1], "tree"], cwd=home, capture_output=True, text=True, timeout=WATCHDOG, check=False)
        expected = (
            "tree/a.txt\n  tree/b/copy.txt\n  tree/c.txt\ntree/b/empty\n  tree/empty\ntree/b/two.bin\n  tree/one.bin\n"
        )
        if done.returncode != 0 or done.stdout != expected:
            sys.exit(f"broken promise: expected\n{expected}\nfound {done}")


if __name__ == "__main__":
    main()
