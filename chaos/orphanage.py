"""Being the parent of orphans: whoever descends from a child of ours becomes our child when its parent dies.

So nothing that a killed program has started can get out of sight, whatever session or group it is in: as long as it lives,
or is a zombie, there is a way from it up to us.
"""

import ctypes
import os
import signal
import time

import processes

PR_SET_CHILD_SUBREAPER = 36


class Orphanage:
    """While it is entered, in a process that has no other children than those it is about."""

    def __enter__(self):
        self.prctl(1)
        return self

    def __exit__(self, *_):
        self.prctl(0)

    @staticmethod
    def prctl(on):
        libc = ctypes.CDLL(None, use_errno=True)
        if libc.prctl(PR_SET_CHILD_SUBREAPER, on, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl(PR_SET_CHILD_SUBREAPER)")

    @staticmethod
    def descendants():
        """pid -> (parent, state letter) of all that descend from us."""
        seen = {pid: processes.parent_and_state(pid) for pid in map(int, filter(str.isdigit, os.listdir("/proc")))}
        found, more = {}, {os.getpid()}
        while more:
            more = {pid for pid, told in seen.items() if told and told[0] in more and pid not in found}
            found |= {pid: seen[pid] for pid in more}
        return found

    def bury_until(self, moment):
        """Reaps whoever of ours has ended; True when nobody is left, False when time.monotonic() has reached `moment`."""
        while True:
            try:
                while os.waitpid(-1, os.WNOHANG)[0]:
                    pass
            except ChildProcessError:
                return True
            if time.monotonic() >= moment:
                return False
            time.sleep(0.001)

    def end_all(self):
        """SIGKILL for everybody who is left, until nobody is."""
        while not self.bury_until(time.monotonic() + 0.01):
            for pid in self.descendants():
                try:
                    os.kill(pid, signal.SIGKILL)
                except ProcessLookupError:
                    pass
