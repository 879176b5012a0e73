"""tree.py - the files of a checkout, read once."""
import os
import subprocess
from pathlib import Path

from cpp_text import code_of

SOURCE_FOLDERS = ("troupe/", "tests/", "examples/", "bench/", "chaos/", "fuzz/")


class Tree:
    """The files of a checkout: those git knows or would add; all but build folders where there is no git."""

    def __init__(self, root: Path):
        self.root = root
        self.files = sorted(p for p in self._list() if (root / p).is_file() and not (root / p).is_symlink())
        self._text: dict[str, str] = {}
        self._code: dict[str, str] = {}

    def _list(self):
        git = ["git", "-C", str(self.root), "-c", f"safe.directory={self.root}", "ls-files", "-z"]
        try:
            listing = subprocess.run(git + ["--cached", "--others", "--exclude-standard"], capture_output=True, check=True)
            if listing.stdout:
                return set(os.fsdecode(listing.stdout).split("\0")) - {""}
        except (FileNotFoundError, subprocess.CalledProcessError):
            pass  # no git on this machine, or no checkout of it
        found = set()
        for folder, folders, names in os.walk(self.root):
            folders[:] = [f for f in folders if f not in ("build", ".git", ".cache", "__pycache__")]
            found |= {os.path.relpath(os.path.join(folder, name), self.root) for name in names}
        return found

    def text(self, path: str) -> str:
        if path not in self._text:
            self._text[path] = (self.root / path).read_text(encoding="utf-8", errors="replace")
        return self._text[path]

    def code(self, path: str) -> str:
        """The text of a C++ file without comments, strings and includes; lines and columns stay."""
        if path not in self._code:
            self._code[path] = code_of(self.text(path))
        return self._code[path]

    def cpp(self):
        return [p for p in self.files if p.endswith((".cpp", ".hpp")) and p.startswith(SOURCE_FOLDERS)]

    def headers(self):
        return [p for p in self.cpp() if p.endswith(".hpp") and "compile_fail/" not in p]
