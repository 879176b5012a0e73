#!/usr/bin/env python3
"""Writes down when the children of a process are born, die and are reaped, as /proc and pidfds show it.

    death_watch.py PID FILE      until PID has ended
    death_watch.py --control     starts `sleep 0.020` again and again, and waits for it

Beside PID it watches a process that does nothing but wait for its only child and start the next: how late that is on a
busy machine is not the fault of whoever is watched. Its children are named 0.020.

Lines "WHAT PID NS [NAME]" (CLOCK_MONOTONIC):
  born     first seen among the children, which are looked at every 2 ms
  named    it runs its own program; NAME is its last argument, for a worker its slot
  died     its pidfd became readable: it is dead, whether anybody has noticed or not
  reaped   its parent has taken its status: looked at every 0.2 ms from the death on
"""

import os
import select
import signal
import subprocess
import sys
import time

import processes

LOOK_EVERY = 0.002
ASK_EVERY = 0.0002
CONTROL = "0.020"


def arguments_of(pid):
    try:
        with open(f"/proc/{pid}/cmdline", "rb") as file:
            return file.read().split(b"\0")[:-1]
    except OSError:
        return []


def is_reaped(descriptor):
    try:
        signal.pidfd_send_signal(descriptor, 0)
        return False
    except ProcessLookupError:
        return True


class DeathWatch:
    def __init__(self, parent, control, file):
        self.file = file
        self.children = [processes.Children(parent), processes.Children(control)]
        self.own_arguments = [arguments_of(parent), arguments_of(control)]
        self.descriptors, self.nameless, self.dead = {}, set(), {}  # pid -> descriptor; pids; descriptor -> pid
        self.by_descriptor = {}
        self.poll = select.epoll()
        self.parent_descriptor = os.pidfd_open(parent)
        self.poll.register(self.parent_descriptor, select.EPOLLIN)

    def note(self, what, pid, name=""):
        self.file.write(f"{what} {pid} {time.monotonic_ns()} {name}".rstrip() + "\n")

    def look(self):
        for pid in self.children[0].now() + self.children[1].now():
            if pid in self.descriptors:
                continue
            try:
                descriptor = os.pidfd_open(pid)
            except OSError:
                continue
            self.note("born", pid)
            self.descriptors[pid], self.by_descriptor[descriptor] = descriptor, pid
            self.nameless.add(pid)
            self.poll.register(descriptor, select.EPOLLIN)
        for pid in list(self.nameless):
            arguments = arguments_of(pid)
            if arguments and arguments not in self.own_arguments:
                self.nameless.discard(pid)
                self.note("named", pid, arguments[-1].decode(errors="replace"))

    def ask(self):
        for descriptor, pid in list(self.dead.items()):
            if is_reaped(descriptor):
                self.note("reaped", pid)
                del self.dead[descriptor], self.descriptors[pid], self.by_descriptor[descriptor]
                for children in self.children:
                    children.known.pop(pid, None)  # the number may come again
                os.close(descriptor)

    def go(self):
        next_look = 0.0
        while True:
            now = time.monotonic()
            if now >= next_look:
                self.look()
                next_look = now + LOOK_EVERY
            wait = ASK_EVERY if self.dead else max(0.0, next_look - time.monotonic())
            for descriptor, _ in self.poll.poll(wait):
                if descriptor == self.parent_descriptor:
                    return
                self.poll.unregister(descriptor)
                pid = self.dead[descriptor] = self.by_descriptor[descriptor]
                self.nameless.discard(pid)
                self.note("died", pid)
            self.ask()


def control():
    print(flush=True)  # it has begun
    while os.getppid() != 1:
        os.waitpid(os.posix_spawnp("sleep", ["sleep", CONTROL], os.environ), 0)


def main():
    if sys.argv[1:] == ["--control"]:
        return control()
    if len(sys.argv) != 3:
        print(__doc__, file=sys.stderr)
        return 2
    other = subprocess.Popen([sys.executable, "-B", __file__, "--control"], stdout=subprocess.PIPE)
    try:
        other.stdout.readline()
        with open(sys.argv[2], "w") as file:
            DeathWatch(int(sys.argv[1]), other.pid, file).go()
    except ProcessLookupError:
        pass  # it had ended before we came
    finally:
        other.kill()
        other.wait()
    return 0


if __name__ == "__main__":
    sys.exit(main())
