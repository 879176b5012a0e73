"""pipeline/wordcount: 200 MB of text, lines -> counts -> totals, with two worker processes on either side.

Ours is examples/wordcount as it stands, with its input and outputs led elsewhere. Every run writes one line per word
with its count; all sides must give the same ones.
"""

import functools
import hashlib
import json
import os
import pathlib
import shutil
import sys

import runner
import text

SIZE = 200_000_000
EXAMPLE = pathlib.Path(__file__).resolve().parents[2] / "examples" / "wordcount"
PEERS = pathlib.Path(__file__).resolve().parents[1] / "peers"


def digest(pairs):
    """Stands for the counts, whatever their order: how many words in all, and a hash of the sorted pairs."""
    pairs = sorted(pairs)
    listing = "".join(f"{word} {count}\n" for word, count in pairs)
    return f"{sum(count for _, count in pairs)} words, {hashlib.sha256(listing.encode()).hexdigest()[:16]}"


def from_jsonl(path):
    items = map(json.loads, path.read_text().splitlines())
    return [(item["word"], item["count"]) for item in items]


def from_uniq(path):
    fields = (line.split() for line in path.read_text().splitlines())
    return [(pair[1], int(pair[0])) for pair in fields if len(pair) == 2]  # tr leaves an empty line in front


class Sides:
    """The commands of all sides, on one text that is made when the first of them runs."""

    def __init__(self, context):
        self.context = context
        self.folder = pathlib.Path(context.cache_dir) / "wordcount"

    @functools.cached_property
    def input(self):
        runner.show(f"the text of {SIZE} bytes: looking in {self.folder}, making it if need be")
        return text.natural_text(self.folder, SIZE)

    def run(self, command, output, read, **options):
        output.unlink(missing_ok=True)
        wall, cpu = runner.timed(command, **options)
        return runner.Measured(wall, digest(read(output)), f"cpu {cpu:.2f} s")

    def ours(self):
        output, top = self.folder / "ours.jsonl", self.folder / "ours.top"
        command = [self.context.program("examples/wordcount/wordcount"), "run", EXAMPLE / "wordcount.toml"]
        for override in (
            f"stage.count.from.files={self.input}",
            "stage.count.workers=2",
            f"stage.totals.to.file={output}",
            f"stage.top.to.file={top}",
        ):
            command += ["--set", override]
        return self.run(command, output, from_jsonl)

    def python(self, way):
        output = self.folder / f"{way}.jsonl"
        return self.run([sys.executable, PEERS / "wordcount_pool.py", way, self.input, output], output, from_jsonl)

    def coreutils(self):
        output = self.folder / "coreutils.txt"
        command = ["sh", PEERS / "wordcount_coreutils.sh", self.input, output]
        # sort spills to disk where it must; the build folder is a disk, /tmp may be memory.
        return self.run(command, output, from_uniq, env=os.environ | {"TMPDIR": str(self.folder)})


def benchmarks(context):
    sides = Sides(context)
    absent = [name for name in ("tr", "sort", "uniq") if shutil.which(name) is None]
    row = functools.partial(runner.Benchmark, name="pipeline/wordcount", unit="s", ours=sides.ours)
    return [
        row(peer_name="Python multiprocessing, lists of 1,000 lines", goal=6, peer=lambda: sides.python("lists")),
        row(peer_name="Python multiprocessing, 1 MiB chunks", goal=2.5, peer=lambda: sides.python("chunks")),
        row(
            peer_name="tr | sort | uniq -c",
            goal=8,
            peer=sides.coreutils,
            missing=f"the programs {', '.join(absent)} (package coreutils)" if absent else None,
        ),
    ]
