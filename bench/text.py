"""The text that benchmarks read: made once, the same on every machine with the same licence texts.

The lines are those of /usr/share/common-licenses in a seeded random order. Every 17th word or so is replaced by a
made-up one (the front of one real word and the back of another), drawn by Zipf's law from 60,000, so that the
vocabulary and its frequencies are those of natural text rather than of a dozen licences.
"""

import hashlib
import itertools
import os
import pathlib
import random
import re

LICENCES = pathlib.Path("/usr/share/common-licenses")
MADE_UP_WORDS = 60_000
DISTINCT_LINES = 300_000
SHARE_REPLACED = 0.06
VERSION = 1  # raise it when the recipe changes: cached texts of the old one are then made anew


def licence_lines():
    """All lines of the licence texts, as bytes with their newline, in a stable order."""
    files = sorted(path for path in LICENCES.iterdir() if path.is_file() and not path.is_symlink())
    if not files:
        raise FileNotFoundError(f"no licence texts in {LICENCES}: is the package base-files complete?")
    return [line + b"\n" for path in files for line in path.read_bytes().splitlines() if line.strip()]


def made_up_words(real, chance):
    """Words such as 'distrimission': two halves of real ones. Lengths stay natural."""
    longer = [word for word in real if len(word) >= 4]
    made = set()
    while len(made) < MADE_UP_WORDS:
        front, back = chance.choice(longer), chance.choice(longer)
        made.add(front[: (len(front) + 1) // 2] + back[len(back) // 2 :])
    return sorted(made)


def varied_lines(lines, chance):
    """DISTINCT_LINES lines drawn from `lines`, some of their words replaced."""
    real = sorted(set(re.findall(rb"[a-z]+", b"".join(lines).lower())))
    made = made_up_words(real, chance)
    chance.shuffle(made)
    by_rank = list(itertools.accumulate(1 / rank for rank in range(1, len(made) + 1)))
    pattern = re.compile(rb"[A-Za-z]+")
    for line in chance.choices(lines, k=DISTINCT_LINES):
        words = list(pattern.finditer(line))
        replaced = [word for word in words if chance.random() < SHARE_REPLACED]
        for word, other in zip(reversed(replaced), chance.choices(made, cum_weights=by_rank, k=len(replaced))):
            line = line[: word.start()] + other + line[word.end() :]
        yield line


def checksum(path):
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def natural_text(folder, size, seed=1):
    """The path of a text in `folder` of `size` bytes (whole lines, so up to one line less).
    Made when it is not there or not what it was."""
    lines = licence_lines()
    recipe = hashlib.sha256(b"".join(lines) + repr((VERSION, size, seed)).encode()).hexdigest()[:12]
    path = pathlib.Path(folder) / f"text-{size}-{recipe}.txt"
    sum_path = path.with_suffix(".sha256")
    if path.exists() and sum_path.exists() and sum_path.read_text() == checksum(path):
        return path
    path.parent.mkdir(parents=True, exist_ok=True)
    chance = random.Random(seed)
    pool = list(varied_lines(lines, chance))
    aside = path.with_suffix(f".{os.getpid()}")
    with open(aside, "wb") as file:
        left = size
        while left > 0:
            block = b"".join(chance.choices(pool, k=10_000))
            if len(block) > left:
                block = block[: block.rfind(b"\n", 0, left) + 1]
                left = len(block)
            file.write(block)
            left -= len(block)
    aside.rename(path)
    sum_path.write_text(checksum(path))
    return path
