"""peer_test.py PROGRAM - troupe_peer, a peer in Python, and a node of ours in C++ (PROGRAM is peer_node)."""
import dataclasses
import faulthandler
import json
import subprocess
import sys
import tempfile
import unittest

sys.dont_write_bytecode = True  # leave no __pycache__ in the tree
try:
    import msgpack
    import zmq  # noqa: F401
except ImportError as missing:
    sys.exit(f"{missing}: ./dev setup installs python3-zmq and python3-msgpack")
from troupe_peer import Broken, Channel, Identity, Listener, Node, Peer, Refused, Window  # noqa: E402
from troupe_peer import frames, handshake  # noqa: E402
from troupe_peer.peer import Dealer  # noqa: E402

ITEMS, QUESTIONS, ANSWERS = 1, 2, 3
WINDOW = Window(50, 5000)
WATCHDOG = 100  # seconds for one test; over it the stack is printed and the test program ends


class CppNode:
    """peer_node at the other end of two pipes."""

    def __init__(self, program: str, folder: str):
        self._process = subprocess.Popen([program, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        about = json.loads(self._process.stdout.readline())
        self.endpoint, self.system, self.token = about["endpoint"], about["system"], bytes.fromhex(about["token"])
        self.node = Node(about["node"], about["epoch"])
        self.channels = [Channel(int(number), *names) for number, names in about["channels"].items()]

    def tell(self, line: str):
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()

    def event(self) -> str:
        line = self._process.stdout.readline()
        assert line, f"peer_node ended with {self._process.wait()}"
        return line.rstrip("\n")

    def close(self) -> str:
        """What it had to say that nobody asked for; it must end well."""
        rest, _ = self._process.communicate()
        assert self._process.returncode == 0, f"peer_node ended with {self._process.returncode}"
        return rest


class with_a_node(unittest.TestCase):
    program = ""
    link_epoch = 0
    listeners = 0

    def setUp(self):
        faulthandler.dump_traceback_later(WATCHDOG, exit=True)
        self.addCleanup(faulthandler.cancel_dump_traceback_later)
        folder = tempfile.TemporaryDirectory(prefix="troupe-")
        self.addCleanup(folder.cleanup)
        self.folder = folder.name
        self.cpp = CppNode(self.program, self.folder + "/run")
        self.addCleanup(self.cpp.close)
        self.own = Identity(Node("python", 3), self.cpp.system, self.cpp.token)

    def connect(self, receive: Window = WINDOW) -> Peer:
        self.link_epoch += 1
        peer = Peer.connect(self.cpp.endpoint, self.own, self.cpp.node, self.cpp.channels, receive, self.link_epoch)
        self.assertEqual(self.cpp.event(), "up python 3")
        return peer

    def hello(self) -> frames.Hello:
        self.link_epoch += 1
        return handshake.Connector(self.own, self.cpp.node, self.cpp.channels, WINDOW, self.link_epoch).hello

    def listen(self) -> tuple[Listener, str]:
        self.listeners += 1  # a socket that is closed removes its path later
        endpoint = f"ipc://{self.folder}/python{self.listeners}"
        listener = Listener(endpoint, self.own, self.cpp.channels, WINDOW)
        self.addCleanup(listener.close)
        return listener, endpoint

    def expect_echoes(self, peer: Peer, count: int):
        for i in range(count):
            self.assertEqual(peer.receive(), (ITEMS, [i, f"item {i}"]))

    def expect_all_back(self, peer: Peer, count: int):
        """Items come back in order, under credit of both sides."""
        for i in range(count):
            peer.send(ITEMS, i, f"item {i}")
        self.assertGreater(peer.link.waiting(), 0, "more than one window")
        self.expect_echoes(peer, count)
        self.assertEqual(peer.link.waiting(), 0)


class a_python_peer(with_a_node):
    def test_sends_10_000_records_and_gets_them_back_in_order(self):
        peer = self.connect()
        self.expect_all_back(peer, 10_000)
        peer.close()
        self.assertIn("'python' closed the link", self.cpp.event())

    def test_gets_10_000_records_from_a_node_that_obeys_its_credit(self):
        peer = self.connect(Window(7, 200))
        self.cpp.tell("send 10000")
        self.expect_echoes(peer, 10_000)
        peer.close()

    def test_gets_to_each_question_the_answer_of_its_number(self):
        peer = self.connect()
        for number in (5, 2**63, 0):
            found = peer.ask(QUESTIONS, ANSWERS, number, "why é")
            self.assertEqual(found, [number, "re: why é", 6])
        for number in range(1000):
            peer.send(QUESTIONS, number, "?" * number)
        for number in range(1000):
            self.assertEqual(peer.receive(), (ANSWERS, [number, "re: " + "?" * number, number]))
        peer.close()

    def test_answers_what_a_node_asks_in_any_order(self):
        peer = self.connect()
        self.cpp.tell("ask 1000")
        asked = [peer.receive() for _ in range(1000)]
        for channel, (number, text) in reversed(asked):
            self.assertEqual(channel, QUESTIONS)
            peer.send(ANSWERS, number, "re: " + text, len(text))
        peer.flush()
        while peer.link.waiting():
            peer.pump()
        peer.flush()
        self.assertEqual(self.cpp.event(), "all answered")
        peer.close()

    def test_sends_a_record_that_is_larger_than_the_window(self):
        peer = self.connect()
        large = "x" * 1_000_000
        for number in range(3):
            peer.send(ITEMS, number, large)
        for number in range(3):
            self.assertEqual(peer.receive(), (ITEMS, [number, large]))
        peer.close()

    def test_may_leave_fields_out_and_send_fields_that_the_node_does_not_know(self):
        peer = self.connect()
        peer.send(ITEMS, 1)
        self.assertEqual(peer.receive(), (ITEMS, [1, ""]))
        peer.send(ITEMS, 2, "two", {"new": [None]}, msgpack.ExtType(1, b""))
        self.assertEqual(peer.receive(), (ITEMS, [2, "two"]))
        peer.close()

    def test_is_heard_once_when_the_wire_repeats_its_frames(self):
        peer = self.connect()
        peer.carrier.send(frames.encode(self.hello()))
        peer.send(ITEMS, 0, "item 0")
        for frame in peer.link.outgoing():
            peer.carrier.send(frame)
            peer.carrier.send(frame)
        peer.send(ITEMS, 1, "item 1")
        self.expect_echoes(peer, 2)
        peer.close()

    def test_flushes_and_is_flushed(self):
        peer = self.connect()
        peer.send(ITEMS, 0, "item 0")
        peer.flush()
        self.expect_echoes(peer, 1)
        self.cpp.tell("flush")
        self.cpp.tell("send 1")  # only to have something to wait for
        self.expect_echoes(peer, 1)
        self.assertEqual(self.cpp.event(), "flushed")
        peer.close()

    def test_hears_the_goodbye_of_a_node(self):
        peer = self.connect()
        self.cpp.tell("close")
        self.assertEqual(peer.until_over(), "closed")
        self.assertIn("down link to node 'python'", self.cpp.event())

    def test_learns_the_shapes_of_a_node_from_its_refusal(self):
        shapes = {each.number: each.shape for each in self.cpp.channels}
        for each in self.cpp.channels:
            each.shape = "?"
        with self.assertRaises(Refused) as refused:
            self.connect()
        self.assertEqual(refused.exception.reason, handshake.SHAPE)
        self.assertEqual(refused.exception.shapes, shapes)
        self.assertIn("turned away", self.cpp.event())
        for each in self.cpp.channels:
            each.shape = refused.exception.shapes[each.number]
        self.connect().close()


class a_node_refuses_a_python_peer(with_a_node):
    def refusal(self, hello: frames.Hello) -> Refused:
        self.link_epoch += 1
        carrier = Dealer(self.cpp.endpoint)
        carrier.send(frames.encode(hello))
        answer, _ = frames.decode(carrier.receive())
        carrier.close()
        self.assertIsInstance(answer, frames.Refuse, answer)
        self.assertEqual(answer.sender, self.cpp.node)
        return Refused(answer)

    def test_for_each_reason_with_its_sentence(self):
        good, version = self.hello(), frames.VERSION
        other_channel = [good.channels[0]._replace(name="things")]
        other_shape = [good.channels[0]._replace(shape_hash=1)]
        for what, reason, sentence in [
            ({"versions": (version + 1, version + 2)}, handshake.WRONG_VERSION,
             f"version {version} here, version {version + 1} to {version + 2} there"),
            ({"token": bytes(16)}, handshake.TOKEN, "the token is not that of this run"),
            ({"system": "another"}, handshake.SYSTEM, "system 'interop' here, system 'another' there"),
            ({"to": Node("nobody", 0)}, handshake.NODE, "it looks for 'nobody' epoch 0, this is 'node' epoch 7"),
            ({"to": Node("node", 6)}, handshake.NODE, "it looks for 'node' epoch 6, this is 'node' epoch 7"),
            ({"channels": other_channel}, handshake.CHANNEL, "channel 1 'things' there is channel 1 'items' here"),
            ({"channels": other_shape}, handshake.SHAPE, "the message types differ on channel 1 'items'"),
            ({"link_epoch": 0}, handshake.STALE, "link epoch 0 was used before"),
        ]:
            with self.subTest(**what):
                refused = self.refusal(dataclasses.replace(good, **what))
                self.assertEqual(refused.reason, reason)
                self.assertIn(sentence, str(refused))
                self.assertIn(sentence, self.cpp.event())
        self.connect().close()

    def test_that_says_its_greeting_a_second_time(self):
        self.connect().close()
        self.assertIn("closed the link", self.cpp.event())
        self.link_epoch -= 1
        self.assertEqual(self.refusal(self.hello()).reason, handshake.STALE)

    def test_that_breaks_the_protocol_and_serves_others(self):
        for what, broken, sentence in [
            ("a frame cut short", lambda peer: peer.carrier.send(frames.encode(frames.Ping(1), 1)[:-1]), "ends at byte"),
            ("no credit", lambda peer: peer.link.put(too_much()), "a record on channel 1 without credit for it"),
            ("credit for nothing", lambda peer: peer.link.put(frames.Credit([(1, Window(1, 1))])),
             "credit for more than was sent on channel 1"),
            ("a frame that is missing", lambda peer: peer.carrier.send(frames.encode(frames.Ping(1), 2)), "1"),
            ("no such channel", lambda peer: peer.link.put(frames.Data([(9, b"")])), "channel 9 was not declared"),
        ]:
            with self.subTest(what):
                peer = self.connect()
                broken(peer)
                with self.assertRaises(Broken) as ended:
                    while True:
                        peer.receive()
                self.assertIn(sentence, str(ended.exception))
                self.assertIn(sentence, self.cpp.event())
        peer = self.connect()
        self.expect_all_back(peer, 200)
        peer.close()


class a_node_connects_to_a_python_peer(with_a_node):
    def test_and_they_exchange_records(self):
        listener, endpoint = self.listen()
        self.cpp.tell(f"connect {endpoint} python 3")
        peer = listener.accept()
        self.assertEqual(peer.link.other, self.cpp.node)
        self.assertEqual(self.cpp.event(), "up python 3")
        self.expect_all_back(peer, 10_000)
        self.assertEqual(peer.ask(QUESTIONS, ANSWERS, 1, "?"), [1, "re: ?", 1])
        self.cpp.tell("close")
        self.assertEqual(peer.until_over(), "closed")
        self.assertIn("down link to node 'python'", self.cpp.event())

    def test_and_tells_why_it_was_refused(self):
        for change, sentence in [
            ({"token": bytes(16)}, "the token is not that of this run"),
            ({"system": "another"}, "system 'another' here, system 'interop' there"),
            ({"node": Node("python", 4)}, "it looks for"),
        ]:
            with self.subTest(**change):
                own, self.own = self.own, dataclasses.replace(self.own, **change)
                listener, endpoint = self.listen()
                self.own = own
                self.cpp.tell(f"connect {endpoint} python 3")
                self.assertIsNone(listener.accept())
                self.assertIn(sentence, self.cpp.event())
                listener.close()

    def test_and_names_the_field_that_differs(self):
        self.cpp.channels[0].shape = "item{number:u32,text:str}"
        listener, endpoint = self.listen()
        self.cpp.tell(f"connect {endpoint} python 3")
        self.assertIsNone(listener.accept())
        self.assertIn("channel 1 'items': item.number is u64 here and u32 there", self.cpp.event())

    def test_whose_records_have_to_obey_its_credit(self):
        listener, endpoint = self.listen()
        self.cpp.tell(f"connect {endpoint} python 3")
        peer = listener.accept()
        self.assertEqual(self.cpp.event(), "up python 3")
        peer.link.put(too_much())
        self.assertIn("a record on channel 1 without credit for it", peer.until_over())
        self.assertIn("a record on channel 1 without credit for it", self.cpp.event())


def too_much() -> frames.Data:
    """More records than a window of the node holds."""
    return frames.Data([(ITEMS, msgpack.packb([i, "item"])) for i in range(100)])


if __name__ == "__main__":
    with_a_node.program = sys.argv.pop(1)
    unittest.main()
