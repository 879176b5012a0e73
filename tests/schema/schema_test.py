#!/usr/bin/env python3
"""schema_test.py - config/troupe.schema.json as editors use it: schema_test.py TROUPE_COMMAND

Good files are good to it, wrong ones are not, and the command refuses those, too. That it has the keys, ranges and
words of the reader proves tests/cli/schema_test.cpp.
"""
import json
import re
import subprocess
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path

try:
    import jsonschema
except ImportError as missing:
    sys.exit(f"{missing}: ./dev setup installs python3-jsonschema")

ROOT = Path(__file__).resolve().parents[2]
SCHEMA = json.loads((ROOT / "config" / "troupe.schema.json").read_text(encoding="utf-8"))
JUDGE = jsonschema.Draft7Validator(SCHEMA)


def faults(text: str) -> list[str]:
    return [f"{'.'.join(map(str, each.absolute_path))}: {each.message[:200]}"
            for each in JUDGE.iter_errors(tomllib.loads(text))]


STAGE = '[stage.a]\nfrom = { stdin = true }\n'
# What the reader refuses, too: a line that is wrong in a file that is otherwise fine.
WRONG = {
    "no stage and no actor": "",
    "unknown section": STAGE + "[stages.b]\n",
    "no from": "[stage.a]\nworkers = 2\n",
    "name with a space": '[stage."a b"]\nfrom = { stdin = true }\n',
    "unknown key": STAGE + "wrokers = 2\n",
    "a key that is designed but not built": STAGE + 'launcher = ["ssh", "far"]\n',
    "a key that is no text": STAGE + "key = 7\n",
    "a condition without a field": STAGE + "when = {}\n",
    "a condition on a list": STAGE + 'when = { kind = ["a"] }\n',
    "exit codes of a file": '[stage.a]\nfrom = { stdin = true }\nto = { file = "x", success = [0] }\n',
    "two ends of one sink": '[stage.a]\nfrom = { stdin = true }\nto = { file = "x", fifo = "y" }\n',
    "a FIFO of numbers": '[stage.a]\nfrom = { fifo = "x", split = "none" }\n',
    "standard input that stays open": "[stage.a]\nfrom = { stdin = true, keep_open = true }\n",
    "no sink at all": "[stage.a]\nfrom = { stdin = true }\nto = []\n",
    "text for a number": STAGE + 'workers = "four"\n',
    "too few workers": STAGE + "workers = 0\n",
    "workers without max": STAGE + "workers = { min = 1 }\n",
    "unknown word": STAGE + 'place = "fiber"\n',
    "number for a duration": STAGE + "timeout = 20\n",
    "duration without unit": STAGE + 'timeout = "20"\n',
    "unknown unit": STAGE + 'timeout = "20 sec"\n',
    "size of nothing": STAGE + 'limits = { memory_max = "many" }\n',
    "unknown cause": STAGE + 'retry = ["crash", "luck"]\n',
    "cause twice": STAGE + 'retry = ["crash", "crash"]\n',
    "timeout in a thread": STAGE + 'place = "thread"\ntimeout = "2s"\n',
    "limits in a thread": STAGE + 'place = "thread"\nlimits = { nofile = 100 }\n',
    "call and command": STAGE + 'call = "b"\ncommand = ["true"]\n',
    "command as a string": STAGE + 'command = "gzip -9"\n',
    "empty command": STAGE + "command = []\n",
    "mode without command": STAGE + 'mode = "persistent"\n',
    "exit code that is none": STAGE + 'command = ["true"]\nsuccess = [256]\n',
    "two sources": '[stage.a]\nfrom = { stdin = true, range = [0, 3] }\n',
    "no source": "[stage.a]\nfrom = { }\n",
    "range of one": "[stage.a]\nfrom = { range = [3] }\n",
    "whole standard input": '[stage.a]\nfrom = { stdin = true, split = "none" }\n',
    "range that is split": '[stage.a]\nfrom = { range = [0, 3], split = "lines" }\n',
    "sink without file": STAGE + 'to = { format = "lines" }\n',
    "unknown key of a sink": STAGE + 'to = { file = "-", fromat = "lines" }\n',
    "batch of none": STAGE + "batch = { size = 0 }\n",
    "unknown signal": STAGE + 'stop = { signal = "SIGKILL" }\n',
    "environment of numbers": STAGE + "env = { THREADS = 4 }\n",
    "unknown policy": STAGE + 'restart = { policy = "sometimes" }\n',
    "negative mailbox": "[actor.a]\nmailbox = { capacity = -1 }\n",
    "options that are no table": "[actor.a]\noptions = 3\n",
    "supervisor of nobody": "[actor.a]\n[supervisor.s]\n",
    "child twice": '[actor.a]\n[supervisor.s]\nchildren = ["a", "a"]\n',
    "unknown key of a process": '[actor.a]\nplace = "p"\n[process.p]\nlimit = { }\n',
}


class Schema(unittest.TestCase):
    def test_is_a_schema_of_draft_7(self):
        jsonschema.Draft7Validator.check_schema(SCHEMA)

    def test_finds_no_fault_in_default_toml(self):
        text = (ROOT / "config" / "default.toml").read_text(encoding="utf-8")
        self.assertEqual(faults(text), [])
        everything = re.sub(r"(^|\n)# ([a-z_.]+ *= )", r"\1\2", text)
        self.assertNotEqual(everything, text)
        self.assertEqual(faults(everything), [])

    def test_finds_no_fault_in_the_examples(self):
        files = sorted((ROOT / "examples").rglob("*.toml"))
        self.assertGreater(len(files), 4)
        for path in files:
            self.assertEqual(faults(path.read_text(encoding="utf-8")), [], path.name)

    def test_finds_no_fault_in_the_files_of_the_documentation(self):
        seen = 0
        for path in [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]:
            for text in re.findall(r"```toml\n(.*?)```", path.read_text(encoding="utf-8"), re.S):
                if re.match(r"\s*(#.*\n)*\[", text) and not re.search(r"^\[stage\.[\w-]+\]\n(?!.*from)", text, re.S):
                    self.assertEqual(faults(text), [], f"{path.name}:\n{text}")
                    seen += 1
        self.assertGreater(seen, 5)

    def test_finds_every_fault(self):
        self.assertEqual(faults(STAGE), [])
        for name, text in WRONG.items():
            self.assertNotEqual(faults(text), [], name)

    def test_finds_no_fault_that_the_reader_would_not_find(self):
        with tempfile.TemporaryDirectory() as home:
            for name, text in WRONG.items():
                path = Path(home) / "p.toml"
                path.write_text(text, encoding="utf-8")
                said = subprocess.run([COMMAND, "check", path], capture_output=True, text=True, timeout=60, check=False)
                self.assertEqual(said.returncode, 3, name)
                # Those that the file alone shows come first: then nothing is said of what is registered.
                self.assertNotIn("has registered n", said.stderr, name)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    COMMAND = sys.argv.pop()
    unittest.main()
