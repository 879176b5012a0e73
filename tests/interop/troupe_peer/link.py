"""link.py - one link behind its handshake: records in order, credit of both sides, the end. No socket: frames go in by
feed() and come out of outgoing()."""
from collections import deque

from .frames import (MAX_RECORDS, RECORD_HEAD, TARGET_FRAME, Bye, Credit, Data, Malformed, Node, Ping, Pong, Refuse,
                     Window, decode, encode)

NUMBERED = (Data, Credit, Ping, Pong, Bye)
CONTROL = 0  # the channel that needs no credit
PROTOCOL, USELESS = 9, 10  # reasons to end a link


class Broken(Exception):
    """The link is over, and why."""


class _Account:
    """What is out of a window."""

    def __init__(self, full: Window):
        self.full, self.items, self.bytes = full, 0, 0

    def room(self, size: int) -> bool:
        if self.items >= self.full.items:
            return False
        lot = self.lot()
        return self.bytes + size <= self.full.bytes or (self.items < lot.items and self.bytes < lot.bytes)

    def lot(self) -> Window:
        """In which credit goes back: less may be out for as long as nothing is sent."""
        return Window(max(1, self.full.items // 4), max(1, self.full.bytes // 4))

    def spend(self, size: int):
        self.items, self.bytes = self.items + 1, self.bytes + size

    def grant(self, back: Window):
        if back.items > self.items or back.bytes > self.bytes:
            raise Malformed("credit for more than was sent")
        self.items, self.bytes = self.items - back.items, self.bytes - back.bytes


class _Channel:
    def __init__(self, send: Window, receive: Window):
        self.send, self.receive = _Account(send), _Account(receive)
        self.waiting: deque[bytes] = deque()  # records without credit
        self.owed = Window(0, 0)  # taken by the program, not yet given back

    def due(self) -> bool:
        lot = self.receive.lot()
        return self.owed.items >= lot.items or self.owed.bytes >= lot.bytes


class Link:
    def __init__(self, own: Node, other: Node, send: dict[int, Window], receive: Window):
        """`send` has what the other side lets us send, `receive` what we let it, on each channel."""
        self.own, self.other = own, other
        self.arrived: deque[tuple[int, bytes]] = deque()  # records that the program has not taken
        self.pongs: set[int] = set()
        self.over: str | None = None  # why, once it is
        self._said_bye = False
        self._channels = {number: _Channel(window, receive) for number, window in send.items()}
        self._open: list[tuple[int, bytes]] = []  # records with credit, not yet in a frame
        self._frames: list[bytes] = []
        self._sent = self._received = 0  # the sequence of the last frame

    def send(self, channel: int, payload: bytes):
        if channel != CONTROL:
            here = self._channels[channel]
            if here.waiting or not here.send.room(len(payload)):
                here.waiting.append(payload)
                return
            here.send.spend(len(payload))
        self._open.append((channel, payload))

    def take(self) -> tuple[int, bytes]:
        """The next record; the other side may send another for it."""
        channel, payload = self.arrived.popleft()
        if channel != CONTROL:
            here = self._channels[channel]
            here.owed = Window(here.owed.items + 1, here.owed.bytes + len(payload))
        return channel, payload

    def waiting(self) -> int:
        """Records without credit."""
        return sum(len(each.waiting) for each in self._channels.values())

    def ping(self, nonce: int):
        self._write(Ping(nonce))

    def bye(self):
        if not self._said_bye:
            self._said_bye = True
            self._write(Bye())

    def outgoing(self) -> list[bytes]:
        if not self._said_bye:
            for number, here in self._channels.items():
                if here.due():
                    here.receive.grant(here.owed)
                    self._write(Credit([(number, here.owed)]))
                    here.owed = Window(0, 0)
        self._seal()
        frames, self._frames = self._frames, []
        return frames

    def put(self, frame):
        """A frame as it is, also one that the rules forbid: a test may want that."""
        self._sent += isinstance(frame, NUMBERED)
        self._frames.append(encode(frame, self._sent))

    def feed(self, data: bytes):
        """A frame from the other side. One that breaks the protocol ends the link."""
        if self.over is not None:
            return
        try:
            frame, sequence = decode(data)
            if sequence is None and isinstance(frame, Refuse) or sequence == self._received + 1:
                self._received += sequence is not None
                self._read(frame)
            elif sequence is not None and sequence > self._received:
                missing = f"{self._received + 1} to {sequence - 1}"
                self.put(Refuse(USELESS, self.own, f"the frames {missing} did not arrive"))
                self.over = f"the frames {missing} of {self.other.name} are missing"
        except Malformed as why:
            self.put(Refuse(PROTOCOL, self.own, str(why)))
            self.over = f"{self.other.name} broke the protocol: {why}"

    def _read(self, frame):
        if isinstance(frame, Data):
            for channel, payload in frame.records:
                self._arrive(channel, payload)
        elif isinstance(frame, Credit):
            for channel, back in frame.grants:
                self._granted(channel, back)
        elif isinstance(frame, Pong):
            self.pongs.add(frame.nonce)
        elif isinstance(frame, Ping):
            self._write(Pong(frame.nonce))
        else:  # Bye, Refuse
            self.bye()
            self.over = frame.text if isinstance(frame, Refuse) else "closed"

    def _arrive(self, channel: int, payload: bytes):
        if channel != CONTROL:
            receive = self._known(channel).receive
            if not receive.room(len(payload)):
                raise Malformed(f"a record on channel {channel} without credit for it")
            receive.spend(len(payload))
        self.arrived.append((channel, payload))

    def _granted(self, channel: int, back: Window):
        here = self._known(channel)
        here.send.grant(back)
        while here.waiting and here.send.room(len(here.waiting[0])):
            payload = here.waiting.popleft()
            here.send.spend(len(payload))
            self._open.append((channel, payload))

    def _known(self, channel: int) -> _Channel:
        if channel not in self._channels:
            raise Malformed(f"channel {channel} was not declared on this link")
        return self._channels[channel]

    def _write(self, frame):
        """Behind the records that were sent before it."""
        self._seal()
        self.put(frame)

    def _seal(self):
        run, size = [], 0
        for record in self._open:
            each = RECORD_HEAD + len(record[1])
            if run and (size + each > TARGET_FRAME or len(run) == MAX_RECORDS):
                self.put(Data(run))
                run, size = [], 0
            run.append(record)
            size += each
        self._open = []
        if run:
            self.put(Data(run))
