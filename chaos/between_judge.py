#!/usr/bin/env python3
"""Judges a run of between_app from the ledgers that its processes left, and from what the harness did to them.

    between_judge.py FOLDER      the ledgers (between_ledger.hpp says what stands in them) and `acts`
    between_judge.py --self-test

`acts` has lines "WHAT NODE EPOCH NS": started, ready, killed (a moment before the SIGKILL). What must hold, for each
stream (an address of one life of a sender) and each of the two that write to it:
  what arrived is a beginning of what was sent, in order, without a gap, each once, and in one life of its node
  a question arrives once at most, after exactly what its talker had sent before
  unless the sender was killed, the stream has ended (a `down`), or its last question was answered at the end; then all
  has arrived
  a down has a reason: the other node was killed, or not there yet, while the address lived
  unless the sender was killed, each question has one end, within its patience and SLACK, and what was answered arrived
Some streams must have lived to the end, or nothing was tried.
The verdict is one JSON object on stdout. Exit status: 0 passed, 1 not passed, 2 the files cannot be read or wrong use.
"""

import array
import collections
import json
import pathlib
import sys

SLACK = 3_000_000_000  # ns: the machine is busy, and the harness stops processes
LATE = 1_000_000_000  # ns: who found nobody shares that end with those that came a little later
COLUMNS = 16
PENS = {0: "talker", 1: "scribe", 2: "question"}
ENDINGS = ("stopped", "killed", "failed", "linked", "unreachable", "process_lost", "link_lost")
TWICE = 255  # an ending that was heard again
RIGHT, ERRORS = 1, 16
FAILURES = ("lost", "duplicates", "reordered", "foreign", "questions_wrong", "downs_missing", "downs_without_cause")
Stream = collections.namedtuple("Stream", "used to reached tried0 sent0 tried1 sent1 questions ending ended fence")


def words_of(path, skip=0):
    """Up to the first word that was never written; mapped pieces end with zeros."""
    words = array.array("Q")
    words.frombytes(path.read_bytes())
    return words[skip:]


class Evidence:
    """What the folder holds. Streams are found by key >> 2."""

    def __init__(self, folder):
        self.streams, self.questions, self.arrived = {}, {}, []
        for path in sorted(folder.glob("*.*.*.*")):
            node, epoch, kind, actor = path.name.split(".")
            life = int(node), int(epoch)
            if kind == "out":
                self.read_streams(words_of(path), life, int(actor))
            elif kind == "ask":
                self.read_questions(words_of(path))
            elif kind == "in":
                self.arrived.append((life, int(actor), words_of(path, skip=1)))
        self.acts = collections.defaultdict(dict)  # (node, epoch) -> what -> ns
        for line in (folder / "acts").read_text().splitlines():
            what, node, epoch, moment = line.split()
            self.acts[int(node), int(epoch)][what] = int(moment)

    def read_streams(self, words, life, talker):
        first = life[0] << 28 | life[1] << 18 | talker << 16
        for serial in range(len(words) // COLUMNS):
            row = Stream(*words[serial * COLUMNS : serial * COLUMNS + len(Stream._fields)])
            if row.used:
                self.streams[first | serial] = row

    def read_questions(self, words):
        for at in range(0, len(words) - 4, 5):
            if words[at]:
                self.questions[words[at]] = tuple(words[at + 1 : at + 5])

    def was_killed(self, life):
        return "killed" in self.acts[life]

    def absences(self, node, late=0):
        """From when to when nobody was sure to listen there, in ns."""
        lives = sorted(epoch for number, epoch in self.acts if number == node)
        begin = 0
        for epoch in lives:
            acts = self.acts[node, epoch]
            if "ready" in acts:
                yield begin, acts["ready"] + late
                begin = None
            if "killed" in acts and begin is None:
                begin = acts["killed"]
        if begin is not None:
            yield begin, 1 << 63


def life_of(key):
    """Whose stream it is."""
    return key >> 28, key >> 18 & 0x3FF


class Judgement:
    def __init__(self, evidence):
        self.evidence = evidence
        self.counts = dict.fromkeys(FAILURES, 0)
        self.examples = collections.defaultdict(list)
        self.got = {}  # key << 2 | pen -> number of what arrived last, where
        self.homes = {}  # stream -> (life, sink) where it arrived
        self.answered = {entry for entry, told in evidence.questions.items() if told[3] & 0xFF == RIGHT}
        self.downs, self.delays, self.drained = collections.Counter(), [], 0

    def accuse(self, what, text, times=1):
        self.counts[what] += times
        self.examples[what].append(text)

    def of(self, key, number=None):
        node, epoch = life_of(key >> 2)
        text = f"stream {key >> 2 & 0xFFFF} of talker {key >> 18 & 3} of {node}.{epoch}, {PENS.get(key & 3, 'nobody')}"
        return text if number is None else f"{text} {number}"

    def read_arrived(self):
        """Order, gaps and repetitions of all that arrived; how much that was."""
        total, got = 0, self.got
        for life, sink, words in self.evidence.arrived:
            here = set()
            for entry in words:
                if entry == 0:
                    break
                total += 1
                key, number = entry >> 32, entry & 0xFFFFFFFF
                if key not in here:
                    here.add(key)
                    self.settle(key, life, sink)
                if key & 3 == 2:
                    self.arrived_question(entry, key, number, life)
                elif number == got.get(key, 0) + 1:
                    got[key] = number
                else:
                    self.out_of_order(key, number)
        return total

    def settle(self, key, life, sink):
        """The first arrival of a key in a life."""
        stream = self.evidence.streams.get(key >> 2)
        if stream is None or (stream.to >> 8, stream.to & 0xFF) != (life[0], sink):
            self.accuse("foreign", f"{self.of(key)} arrived at sink {sink} of {life}, where it was not sent")
        home = self.homes.setdefault(key >> 2, (life, sink))
        if home != (life, sink):
            self.accuse("duplicates", f"{self.of(key)} arrived in two lives: {home[0]} and {life}")

    def out_of_order(self, key, number):
        last = self.got.get(key, 0)
        if number > last:
            self.accuse("lost", f"{self.of(key, number)} came after {last}", number - last - 1)
            self.got[key] = number
        elif number == last:
            self.accuse("duplicates", f"{self.of(key, number)} came again")
        else:
            self.accuse("reordered", f"{self.of(key, number)} came after {last}")

    def arrived_question(self, entry, key, number, life):
        told = self.evidence.questions.get(entry)
        if told is None:
            return self.accuse("foreign", f"{self.of(key, number)} arrived at {life} and was not asked")
        last, before = self.got.get(key, 0), self.got.get(key - 2, 0)
        if number == last:
            self.accuse("duplicates", f"{self.of(key, number)} came again")
        elif number < last:
            self.accuse("reordered", f"{self.of(key, number)} came after {last}")
        if before != told[0]:
            self.accuse("reordered", f"{self.of(key, number)} came after {before} messages and was asked after {told[0]}")
        self.got[key] = max(number, last)
        self.answered.discard(entry)

    def judge_streams(self):
        sent = 0
        for stream, row in self.evidence.streams.items():
            key, alive = stream << 2, not self.evidence.was_killed(life_of(stream))
            complete = alive and not row.ending
            self.drained += complete
            for pen, tried, done in ((0, row.tried0, row.sent0), (1, row.tried1, row.sent1)):
                got = self.got.get(key | pen, 0)
                sent += done
                if got > max(tried, done):
                    self.accuse("foreign", f"{self.of(key | pen)}: {got} arrived of {tried}")
                if complete and got < done:
                    self.accuse("lost", f"{self.of(key | pen)}: {got} arrived of {done}, and no down", done - got)
            if complete and not row.fence:
                self.accuse("downs_missing", f"{self.of(key)} to {row.to >> 8}: neither down nor answer at the end")
            if complete and row.fence and self.homes.get(stream, ((0, row.fence),))[0][1] != row.fence:
                self.accuse("foreign", f"{self.of(key)} ended in life {row.fence}, its messages in another")
            if row.ending:
                self.judge_down(key, row)
        return sent

    def judge_down(self, key, row):
        node, how = row.to >> 8, "heard twice" if row.ending == TWICE else ENDINGS[row.ending - 1]
        absences = self.evidence.absences(node, LATE if how == "process_lost" else 0)
        causes = [(begin, end) for begin, end in absences if begin <= row.ended and end >= row.reached]
        self.downs[how if causes else f"{how} without cause"] += 1
        if how not in ("process_lost", "link_lost") or not causes:
            self.accuse("downs_without_cause", f"{self.of(key)} to {node}: {how}")
            return
        since = max(causes[-1][0], row.reached)
        self.delays.append((row.ended - since) / 1e6)

    def judge_questions(self):
        ends = collections.Counter()
        for entry, (_, begun, patience, ended) in self.evidence.questions.items():
            key, number = entry >> 32, entry & 0xFFFFFFFF
            if ended == 0:
                if not self.evidence.was_killed(life_of(key >> 2)):
                    self.accuse("questions_wrong", f"{self.of(key, number)} has no end")
                continue
            verdict, took = ended & 0xFF, ended >> 8
            ends["answered" if verdict == RIGHT else "failed"] += 1
            if verdict != RIGHT and verdict < ERRORS:
                self.accuse("questions_wrong", f"{self.of(key, number)} was answered wrongly ({verdict})")
            if took > patience + SLACK:
                self.accuse("questions_wrong", f"{self.of(key, number)} ended after {took / 1e9:.3f} s")
        for entry in self.answered:
            self.accuse("questions_wrong", f"{self.of(entry >> 32, entry & 0xFFFFFFFF)} was answered and never arrived")
        return ends

    def verdict(self):
        arrived = self.read_arrived()
        sent = self.judge_streams()
        ends = self.judge_questions()
        delays = sorted(self.delays)
        return {
            "messages": arrived,
            "sent": sent,
            "streams": len(self.evidence.streams),
            "streams_drained": self.drained,
            "questions": len(self.evidence.questions),
            "questions_answered": ends["answered"],
            "questions_failed": ends["failed"],
            "kills": sum("killed" in acts for acts in self.evidence.acts.values()),
            "downs": dict(self.downs),
            "down_ms_p50": round(delays[len(delays) // 2], 1) if delays else None,
            "down_ms_p99": round(delays[len(delays) * 99 // 100], 1) if delays else None,
            "down_ms_max": round(delays[-1], 1) if delays else None,
            **self.counts,
            "examples": [f"{what}: {text}" for what, texts in self.examples.items() for text in texts[:4]],
            "passed": arrived > 0 and self.drained > 0 and not any(self.counts.values()),
        }


def main():
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    if sys.argv[1] == "--self-test":
        import between_judge_test

        return between_judge_test.main()
    try:
        verdict = Judgement(Evidence(pathlib.Path(sys.argv[1]))).verdict()
    except (OSError, ValueError) as problem:
        print(f"judge: {problem}", file=sys.stderr)
        return 2
    print(json.dumps(verdict))
    return 0 if verdict["passed"] else 1


if __name__ == "__main__":
    sys.exit(main())
