"""A peer of a troupe node in Python: docs/wire-format.md and docs/wire-values.md over zmq and msgpack.

frames     the bytes of a frame
handshake  who may link with whom
link       one link, its credit and its end; no socket
peer       sockets, and records as values: what a program uses
"""
from .frames import Node, Window
from .handshake import Channel, Identity, Refused
from .link import Broken
from .peer import Listener, Peer

__all__ = ["Broken", "Channel", "Identity", "Listener", "Node", "Peer", "Refused", "Window"]
