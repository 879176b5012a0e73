"""handshake.py - who may link with whom: the greeting of the connector and the judgement of the acceptor."""
import hmac
from dataclasses import dataclass

from .frames import VERSION, Declared, Hello, Malformed, Node, Refuse, Welcome, Window, decode, encode, greeting
from .link import Link

# Why somebody is turned away (docs/wire-format.md, "Greeting and handshake").
MALFORMED, WRONG_VERSION, SYSTEM, TOKEN, NODE, STALE, CHANNEL, SHAPE, PROTOCOL = range(1, 10)


class Refused(Exception):
    """The other side turned us away; `shapes` has its own when ours differ."""

    def __init__(self, answer: Refuse):
        super().__init__(answer.text)
        self.reason, self.shapes = answer.reason, {number: shape for number, _, shape in answer.shapes}


@dataclass
class Channel:
    number: int
    name: str
    shape: str

    def hash(self) -> int:
        """FNV-1a, 64 bits."""
        found = 0xcbf29ce484222325
        for byte in self.shape.encode():
            found = (found ^ byte) * 0x100000001b3 % 2**64
        return found


@dataclass
class Identity:
    node: Node
    system: str
    token: bytes


class Connector:
    """The connecting side of one link. Link epochs start at 1 and rise."""

    def __init__(self, own: Identity, expected: Node, channels: list[Channel], receive: Window, link_epoch: int):
        declared = [Declared(each.number, each.name, each.hash(), receive) for each in channels]
        self.hello = Hello(own.system, own.token, own.node, expected, link_epoch, declared)
        self.receive = receive

    def read(self, data: bytes) -> Link:
        answer, _ = decode(data)
        if isinstance(answer, Refuse):
            raise Refused(answer)
        if not isinstance(answer, Welcome) or answer.version != VERSION:
            raise Malformed(f"{answer} is no answer to a greeting in version {VERSION}")
        expected = self.hello.to
        if answer.sender.name != expected.name or expected.epoch not in (0, answer.sender.epoch):
            raise Malformed(f"expected {expected}, but {answer.sender} answered")
        if [number for number, _ in answer.channels] != [each.number for each in self.hello.channels]:
            raise Malformed("the answer opens other channels than the greeting")
        return Link(self.hello.sender, answer.sender, dict(answer.channels), self.receive)


class Acceptor:
    """The accepting side, one per node. Each greeting works once."""

    def __init__(self, own: Identity, channels: list[Channel], receive: Window):
        self.own, self.receive, self.channels = own, receive, {each.number: each for each in channels}
        self._used: dict[str, tuple[int, set]] = {}  # per node: its epoch, the link epochs of it

    def read(self, data: bytes) -> tuple[bytes, Link | None]:
        """The answer, and the link when it is a consent."""
        try:
            lowest, highest = greeting(data)
            if not lowest <= VERSION <= highest:
                return self._refuse(WRONG_VERSION, f"version {VERSION} here, version {lowest} to {highest} there")
            hello, _ = decode(data)
        except Malformed as why:
            return self._refuse(MALFORMED, str(why))
        if (refusal := self._judge(hello)) is not None:
            return refusal
        answer = Welcome(VERSION, self.own.node, [(each.number, self.receive) for each in hello.channels])
        windows = {each.number: each.window for each in hello.channels}
        return encode(answer), Link(self.own.node, hello.sender, windows, self.receive)

    def _judge(self, hello: Hello):
        own = self.own
        if not hmac.compare_digest(own.token, hello.token):
            return self._refuse(TOKEN, "the token is not that of this run")
        if own.system != hello.system:
            return self._refuse(SYSTEM, f"system '{own.system}' here, system '{hello.system}' there")
        if hello.to.name != own.node.name or hello.to.epoch not in (0, own.node.epoch):
            return self._refuse(NODE, f"it looks for {hello.to}, this is {own.node}")
        for each in hello.channels:
            known = self.channels.get(each.number)
            if known is None or known.name != each.name:
                return self._refuse(CHANNEL, f"channel {each.number} '{each.name}' there is unknown here")
        differing = [self.channels[each.number] for each in hello.channels
                     if self.channels[each.number].hash() != each.shape_hash]
        if differing:
            return self._refuse(SHAPE, f"the message types differ on channel {differing[0].number}",
                                [(each.number, each.name, each.shape) for each in differing])
        epoch, used = self._used.get(hello.sender.name, (0, set()))
        if hello.sender.epoch > epoch:
            epoch, used = hello.sender.epoch, set()
        fresh = hello.link_epoch not in used and hello.link_epoch > max(used, default=64) - 64
        if hello.sender.epoch < epoch or hello.link_epoch == 0 or not fresh:
            return self._refuse(STALE, f"link epoch {hello.link_epoch} was used before, or the node has a later life")
        used.add(hello.link_epoch)
        self._used[hello.sender.name] = epoch, used
        return None

    def _refuse(self, reason: int, text: str, shapes=()):
        return encode(Refuse(reason, self.own.node, text, list(shapes))), None
