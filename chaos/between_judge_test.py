"""Proves that between_judge.py sees each kind of damage as what it is, and nothing else: between_judge.py --self-test."""

import array
import pathlib
import tempfile

import between_judge

PROCESS_LOST = between_judge.ENDINGS.index("process_lost") + 1
LINK_LOST = between_judge.ENDINGS.index("link_lost") + 1
SECOND = 1_000_000_000
TALKER, SCRIBE, QUESTION = range(3)


def entry(serial, pen, number, life=(0, 1)):
    return (life[0] << 30 | life[1] << 20 | serial << 2 | pen) << 32 | number


class Run:
    """A good run of two nodes. Talker 0 of 0.1 has two streams to sink 0 of node 1: the first ended when 1.1 was killed, the
    second leads to 1.2 and was answered at the end. Node 0 was never killed."""

    def __init__(self):
        self.acts = ["started 0 1 0", f"ready 0 1 {SECOND}", "started 1 1 0", f"ready 1 1 {SECOND}"]
        self.acts += [f"killed 1 1 {10 * SECOND}", f"started 1 2 {11 * SECOND}", f"ready 1 2 {12 * SECOND}"]
        first = [1, 1 << 8, 5 * SECOND, 5, 5, 2, 2, 2, PROCESS_LOST, 10 * SECOND + 1000, 0]
        second = [1, 1 << 8, 14 * SECOND, 3, 3, 1, 1, 1, 0, 0, 2]
        self.streams = [first, second]
        self.questions = [
            [entry(0, QUESTION, 1), 2, 6 * SECOND, SECOND, 1000 << 8 | 1],
            [entry(0, QUESTION, 2), 5, 9 * SECOND, SECOND, SECOND << 8 | 20],
            [entry(1, QUESTION, 1), 3, 15 * SECOND, SECOND, 1000 << 8 | 1],
        ]
        talked = [entry(0, TALKER, number) for number in (1, 2, 3)]
        self.before = talked[:2] + [entry(0, QUESTION, 1), entry(0, SCRIBE, 1)] + talked[2:]
        talked = [entry(1, TALKER, number) for number in (1, 2, 3)]
        self.after = [entry(1, SCRIBE, 1)] + talked + [entry(1, QUESTION, 1)]

    def judged(self):
        with tempfile.TemporaryDirectory(prefix="troupe-judge-") as name:
            folder = pathlib.Path(name)
            words = {"0.1.out.0": [], "0.1.ask.0": sum(self.questions, []) + [0] * 7}
            for row in self.streams:
                words["0.1.out.0"] += row + [0] * (between_judge.COLUMNS - len(row))
            words["1.1.in.0"] = [len(self.before)] + self.before + [0] * 9
            words["1.2.in.0"] = [len(self.after)] + self.after + [0] * 9
            for path, content in words.items():
                (folder / path).write_bytes(array.array("Q", content).tobytes())
            (folder / "acts").write_text("\n".join(self.acts) + "\n")
            return between_judge.Judgement(between_judge.Evidence(folder)).verdict()


def change(**what):
    """A damage: attribute -> what to make of it."""

    def damage(run):
        for name, make in what.items():
            setattr(run, name, make(getattr(run, name)))

    return damage


def cell(serial, column, value):
    """Another word in the row of a stream."""
    at = between_judge.Stream._fields.index(column)
    return change(streams=lambda rows: [row[:at] + [value] + row[at + 1 :] if i == serial else row for i, row in enumerate(rows)])


def question(number, column, value):
    return change(
        questions=lambda all_: [one[:column] + [value] + one[column + 1 :] if i == number else one for i, one in enumerate(all_)]
    )


def without(at):
    return lambda words: words[:at] + words[at + 1 :]


def swapped(at):
    return lambda words: words[:at] + [words[at + 1], words[at]] + words[at + 2 :]


def killed_sender(run):
    """Whoever was killed may leave behind what has no end."""
    run.acts.append(f"killed 0 1 {20 * SECOND}")
    run.streams[1][-1] = 0
    run.questions[2][4] = 0
    run.after = run.after[:2]


def down_for_nothing(run):
    cell(1, "ending", LINK_LOST)(run)
    cell(1, "ended", 16 * SECOND)(run)


CASES = {
    "a good run": (lambda run: None, {}),
    "less arrived before the kill": (change(before=lambda words: words[:-1]), {}),
    "the sender was killed": (killed_sender, {}),
    "tried, not noted as sent": (lambda run: (cell(1, "sent0", 2)(run), killed_sender(run)), {}),
    "one message left out": (change(after=without(2)), {"lost": 1}),
    "the last message left out": (change(after=lambda words: words[:3] + words[4:]), {"lost": 1, "reordered": 1}),
    "nothing of a living stream": (change(after=lambda words: []), {"lost": 4, "questions_wrong": 1}),
    "one message twice": (change(after=lambda words: words[:2] + words[1:]), {"duplicates": 1}),
    "an old one again": (change(after=lambda words: words + words[1:2]), {"reordered": 1}),
    "two changed places": (change(after=swapped(1)), {"lost": 1, "reordered": 1}),
    "a question overtook a message": (change(after=swapped(3)), {"reordered": 1}),
    "a question twice": (change(after=lambda words: words + words[-1:]), {"duplicates": 1}),
    "a question that nobody asked": (change(after=lambda words: words + [entry(1, QUESTION, 9)]), {"foreign": 1}),
    "more than was sent": (change(after=lambda words: words + [entry(1, TALKER, 4)]), {"foreign": 1}),
    "a stream in two lives": (change(after=lambda words: words + [entry(0, TALKER, 4)]), {"duplicates": 1}),
    "of nobody": (change(after=lambda words: words + [entry(7, TALKER, 1)]), {"foreign": 1}),
    "at another sink": (cell(1, "to", 1 << 8 | 2), {"foreign": 3}),
    "no down for a dead life": (cell(0, "ending", 0), {"lost": 3, "downs_missing": 1}),
    "no end of a living stream": (cell(1, "fence", 0), {"downs_missing": 1}),
    "an end by another life": (cell(1, "fence", 1), {"foreign": 1}),
    "a down for nothing": (down_for_nothing, {"downs_without_cause": 1}),
    "two downs": (cell(0, "ending", between_judge.TWICE), {"downs_without_cause": 1}),
    "a lost link where a process died": (cell(0, "ending", LINK_LOST), {}),
    "a question without end": (question(1, 4, 0), {"questions_wrong": 1}),
    "a wrong answer": (question(2, 4, 1000 << 8 | 2), {"questions_wrong": 1}),
    "two answers": (question(2, 4, 1000 << 8 | 3), {"questions_wrong": 1}),
    "an end after its patience": (question(1, 4, 9 * SECOND << 8 | 20), {"questions_wrong": 1}),
    "an answer to what never arrived": (question(1, 4, 1000 << 8 | 1), {"questions_wrong": 1}),
}


def main():
    wrong = []
    for title, (damage, expected) in CASES.items():
        run = Run()
        damage(run)
        verdict = run.judged()
        found = {name: verdict[name] for name in between_judge.FAILURES if verdict[name]}
        if found != expected or verdict["passed"] != (not expected and verdict["streams_drained"] > 0):
            wrong.append(f"{title}: expected {expected}, found {found}: {verdict['examples']}")
    print("\n".join(wrong) if wrong else f"between_judge: {len(CASES)} cases judged as they should be")
    return 1 if wrong else 0
