"""Looking at processes through /proc, and killing one of them without ever hitting a stranger."""

import os
import select
import signal
import time


def parent_and_state(pid):
    """(parent's pid, state letter) of a process; None when it is gone."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:
            fields = file.read().rpartition(b")")[2].split()  # the name in front may hold anything
    except (FileNotFoundError, ProcessLookupError):
        return None
    return int(fields[1]), fields[0].decode()


def is_warden(pid):
    """The small process that watches over a director's children is no worker."""
    try:
        return os.readlink(f"/proc/{pid}/exe").startswith("/memfd:troupe-warden")
    except OSError:
        return False


class Children:
    """The living children of one process, but for its warden. Remembers whose child each process is, so that a look costs little."""

    def __init__(self, parent):
        self.parent = parent
        self.known = {}

    def now(self):
        pids = [int(name) for name in os.listdir("/proc") if name.isdigit()]
        found = {pid: self.known[pid] if pid in self.known else parent_and_state(pid) for pid in pids}
        self.known = {pid: seen for pid, seen in found.items() if seen}
        return [pid for pid, (parent, _) in self.known.items() if parent == self.parent and not is_warden(pid)]

    def kill(self, pid):
        """SIGKILLs the child; False when it was dead, or no child, already."""
        try:
            descriptor = os.pidfd_open(pid)
        except ProcessLookupError:
            return False
        try:
            seen = parent_and_state(pid)  # read after the pidfd was opened: both mean the same process
            if seen is None or seen[0] != self.parent or seen[1] in "ZX":
                return False
            signal.pidfd_send_signal(descriptor, signal.SIGKILL)
            return True
        except ProcessLookupError:
            return False
        finally:
            os.close(descriptor)


class Watch:
    """Waits for the end of a child of ours without asking again and again."""

    def __init__(self, process):
        self.descriptor = os.pidfd_open(process.pid)
        self.poll = select.poll()
        self.poll.register(self.descriptor, select.POLLIN)

    def ended_by(self, moment):
        """Waits until the process has ended (True) or time.monotonic() has reached `moment` (False)."""
        return bool(self.poll.poll(max(0, moment - time.monotonic()) * 1000))

    def __enter__(self):
        return self

    def __exit__(self, *_):
        os.close(self.descriptor)


def with_environment(name, value):
    """Processes whose environment, as they were started, has this entry; zombies show none."""
    entry = f"{name}={value}".encode()
    found = []
    for pid in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            with open(f"/proc/{pid}/environ", "rb") as file:
                if entry in file.read().split(b"\0"):
                    found.append(pid)
        except OSError:
            pass  # gone meanwhile, or somebody else's
    return found
