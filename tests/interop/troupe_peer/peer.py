"""peer.py - links over zmq, and records as lists of fields: what a program uses.

A call that waits gives up when nothing comes for PATIENCE seconds. One thread.
"""
from collections import deque

import msgpack
import zmq

from .frames import MAX_FRAME, Malformed, Node, Window, encode
from .handshake import Acceptor, Channel, Connector, Identity, Refused
from .link import Broken, Link

PATIENCE = 60


class Silent(Exception):
    """Nothing came for PATIENCE seconds."""


class Dealer:
    """What carries the frames of a link that we open: a socket of its own."""

    def __init__(self, endpoint: str):
        self._socket = _socket(zmq.DEALER)
        self._socket.connect(endpoint)

    def send(self, data: bytes):
        self._socket.send(data)

    def receive(self) -> bytes:
        _await(self._socket)
        return self._socket.recv()

    def close(self):
        self._socket.close(linger=1000)


class Peer:
    """One link. Messages are lists of fields, in order of declaration."""

    def __init__(self, link: Link, carrier):
        self.link, self.carrier = link, carrier
        self._nonce = 0
        self._aside: deque = deque()  # records that came while another was awaited

    @staticmethod
    def connect(endpoint: str, own: Identity, expected: Node, channels: list[Channel], receive: Window,
                link_epoch: int) -> "Peer":
        """Raises Refused when the node there turns us away."""
        carrier = Dealer(endpoint)
        try:
            greeter = Connector(own, expected, channels, receive, link_epoch)
            carrier.send(encode(greeter.hello))
            return Peer(greeter.read(carrier.receive()), carrier)
        except (Refused, Malformed, Silent):
            carrier.close()
            raise

    def send(self, channel: int, *fields):
        """Leaves when there is credit for it; see pump()."""
        self.link.send(channel, msgpack.packb(fields))

    def receive(self) -> tuple[int, list]:
        """The next record: its channel and its fields. Raises Broken when the link ends first."""
        if self._aside:
            return self._aside.popleft()
        self._await(lambda: self.link.arrived)
        channel, payload = self.link.take()
        return channel, msgpack.unpackb(payload)

    def ask(self, question: int, answer: int, number: int, *fields) -> list:
        """Sends a record that begins with a number, returns the one on `answer` that begins with the same."""
        self.send(question, number, *fields)
        aside = []
        while True:
            channel, found = self.receive()
            if channel == answer and found[0] == number:
                self._aside.extend(aside)
                return found
            aside.append((channel, found))

    def flush(self):
        """Returns when the other side has everything that was sent, but for what waits for credit."""
        self._nonce += 1
        self.link.ping(self._nonce)
        self._await(lambda: self._nonce in self.link.pongs)

    def close(self):
        """Says goodbye and waits for the other side's."""
        self.link.bye()
        self.until_over()

    def until_over(self) -> str:
        """Waits for the end of the link and says why."""
        while self.link.over is None:
            self.pump()
        self._post()
        self.carrier.close()
        return self.link.over

    def pump(self):
        """Sends what may go, and waits for one frame."""
        self._post()
        self.link.feed(self.carrier.receive())

    def _await(self, what):
        while not what():
            if self.link.over is not None:
                raise Broken(self.until_over())
            self.pump()
        self._post()

    def _post(self):
        for frame in self.link.outgoing():
            self.carrier.send(frame)


class Listener:
    """A node that others connect to."""

    def __init__(self, endpoint: str, own: Identity, channels: list[Channel], receive: Window):
        self._acceptor = Acceptor(own, channels, receive)
        self._socket = _socket(zmq.ROUTER)
        self._socket.bind(endpoint)
        self._routes: dict[bytes, deque] = {}  # frames of links that are up, by the sender's routing id

    def accept(self) -> Peer | None:
        """Judges the next greeting; None when it was refused."""
        while True:
            who, data = self._receive()
            if who in self._routes:
                self._routes[who].append(data)
                continue
            answer, link = self._acceptor.read(data)
            self._socket.send_multipart([who, answer])
            if link is None:
                return None
            self._routes[who] = deque()
            return Peer(link, Route(self, who))

    def close(self):
        self._socket.close(linger=1000)

    def send(self, who: bytes, data: bytes):
        self._socket.send_multipart([who, data])

    def receive_from(self, who: bytes) -> bytes:
        while not self._routes[who]:
            other, data = self._receive()
            self._routes.get(other, deque()).append(data)
        return self._routes[who].popleft()

    def _receive(self) -> tuple[bytes, bytes]:
        _await(self._socket)
        who, data = self._socket.recv_multipart()
        return who, data


class Route:
    """What carries the frames of a link that came to a Listener."""

    def __init__(self, listener: Listener, who: bytes):
        self._listener, self._who = listener, who

    def send(self, data: bytes):
        self._listener.send(self._who, data)

    def receive(self) -> bytes:
        return self._listener.receive_from(self._who)

    def close(self):
        """The connection is the other side's."""


def _socket(kind: int) -> zmq.Socket:
    socket = zmq.Context.instance().socket(kind)
    socket.set(zmq.SNDHWM, 0)  # credit bounds what is on its way
    socket.set(zmq.RCVHWM, 0)
    socket.set(zmq.MAXMSGSIZE, MAX_FRAME)
    return socket


def _await(socket: zmq.Socket):
    if not socket.poll(1000 * PATIENCE):
        raise Silent(f"nothing came for {PATIENCE} s")
