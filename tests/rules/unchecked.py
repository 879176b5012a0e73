"""unchecked.py - what neither the compiler nor a type of ours checks, confined to named files and counted.

The counterpart of Rust's `unsafe`: docs/unchecked.md. Who adds a cast or a raw system call in one of these rooms changes a
number here, and so is seen.
"""
import re

from cpp_text import line_of
from layers import PLAIN, room_of

# Rooms whose files are counted.
COUNTED = {"sync"}
# A file that may, how often, and why.
UNCHECKED: dict[str, tuple[int, str]] = {
    "troupe/sync/internal/futex.cpp": (4, "futex(2) has no function in libc; it takes the address of an atomic word"),
    "troupe/sync/internal/object_in.hpp": (2, "what stands in shared memory is typed by a check of size and version only"),
    "troupe/sync/internal/range_lock.cpp": (1, "fcntl(2) takes an open file description lock as an untyped argument"),
    "troupe/sync/internal/robust_lock.hpp": (10, "a robust process-shared mutex: the standard library has none"),
    "troupe/sync/internal/uncaught.cpp": (1, "the ABI says what the struct holds, the headers leave it incomplete"),
    "troupe/sync/named_memory.cpp": (9, "memory with a name: the standard library has none"),
}
CASTS_AND_CALLS = re.compile(
    r"\b(?:reinterpret_cast|const_cast|std::launder)\b"
    "|" + PLAIN + r"(?:syscall|mmap|munmap|mremap|ftruncate|shm_open|shm_unlink|memfd_create|fcntl|flock"
    r"|msg(?:get|snd|rcv|ctl)|mq_\w+|sem_(?!ant)\w+|pthread_(?!self|setname)\w+)\s*\(")


def rule_unchecked(tree):
    """Casts that drop a type, and calls of the system that know none, only where the table says, as often as it says."""
    for path in tree.cpp():
        if room_of(path) not in COUNTED:
            continue
        code = tree.code(path)
        hits = list(CASTS_AND_CALLS.finditer(code))
        if hits and path not in UNCHECKED:
            word = hits[0].group().strip(" (")
            yield (path, line_of(code, hits[0].start()),
                   f"{word} is checked by nobody: use what an internal/ file offers, or tests/rules/unchecked.py says why not")
        elif path in UNCHECKED and len(hits) != UNCHECKED[path][0]:
            line = line_of(code, hits[-1].start()) if hits else 1
            yield path, line, f"{len(hits)} unchecked casts and calls, tests/rules/unchecked.py says {UNCHECKED[path][0]}"
