"""actors_seeds.py - the seeds of the target actors: steps of a conversation, as in targets/actors.cpp."""
import struct

from message_pack import pack

NOTE = "note{text:str,numbers:[u32],at:?point{x:i16,label:?str}}"
SHAPES = {
    "note": NOTE,
    "size_of_note": "size_of_note{what:" + NOTE + "}>u64",
    "introduce": "introduce{whom:[address<note>],also:?address<note>}",
    "who_is_there": "who_is_there{}>[address<note>]",
    "greet_all": "greet_all{text:str}",
    "whenever": "whenever{}>",
    "fall": "fall{why:str}",
    "hear<note>": "hear<note>{listener:address<note>}",
}
TYPES = list(SHAPES)[:7]  # of the actor 'host'
A_NOTE = ["hi", [1, 2**32 - 1], [-3, "x"]]
ENDLESS = 2**64 - 1


def record(kind: int, edge: int, body: bytes, type_=0, cards=None) -> bytes:
    listed = b"" if cards is None else pack(cards)
    if len(body) < 256:
        return bytes([1, kind, edge, type_, len(body)]) + body + bytes([len(listed)]) + listed
    return whole(struct.pack("<BBHI", kind, 0, type_, edge) + body)


def whole(content: bytes) -> bytes:
    return b"\0" + struct.pack("<H", len(content)) + content


def message(edge: int, type_: str, value, cards=None) -> bytes:
    return record(1, edge, pack(value), TYPES.index(type_), cards)


def question(edge: int, type_: str, number: int, value, patience=ENDLESS) -> bytes:
    return record(2, edge, struct.pack("<QQ", number, patience) + pack(value), TYPES.index(type_))


def answer(edge: int, number: int, value, cards=None) -> bytes:
    return record(3, edge, struct.pack("<Q", number) + pack(value), 0, cards)


def order(edge: int, *variant) -> bytes:
    return record(6, edge, pack(list(variant)))


def open_host(edge=1, types=TYPES) -> bytes:
    return order(edge, 0, ["host", 0, [[each, SHAPES[each]] for each in types]])


def news(edge: int, *variant) -> bytes:
    return record(7, edge, pack(list(variant)))


def card(actor=0, text="", node_="", epoch=0, number=1):
    return [node_, epoch, actor, text, number]


FRAME, RUN = b"\2\0", b"\3\0"
SEND, ASK, ASK_SIZE, SEND_HOST, GIVE_FAR, REACH, WATCH, GREET, FORGET, PUBLISH = (bytes([4, n]) for n in range(10))
ANSWERED = news(1, 0, [77, "far", 4, 4096])
GUESTS = [card(5, "guest"), card(6), card(0, "host", "here"), card(9, "t", "third", 1, 4), card(1, "x", "nowhere")]

CONVERSATIONS = {
    "opened_and_sent": open_host() + message(1, "note", A_NOTE) + message(1, "note", ["", [], None]) + RUN,
    "all_types": (open_host() + message(1, "greet_all", ["all"]) + question(1, "size_of_note", 1, [A_NOTE]) +
                  question(1, "whenever", 2, []) + question(1, "who_is_there", 3, []) +
                  message(1, "fall", ["no"]) + RUN),
    "opened_twice": open_host() + open_host(),
    "two_edges": open_host() + open_host(2, TYPES[:1]) + message(2, "note", A_NOTE) + RUN,
    "by_number": open_host() + RUN + order(2, 0, ["", 2, [["note", NOTE]]]) + message(2, "note", A_NOTE) + RUN,
    "nobody": order(1, 0, ["nobody", 0, []]) + order(2, 0, ["", 999, []]),
    "other_shape": order(1, 0, ["host", 0, [["note", NOTE.replace("u32", "u64")], ["fall", "fall{why:?str}"]]]),
    "other_type": order(1, 0, ["host", 0, [["?", "x{y:{str:u8}}"]]]),
    "stopped": open_host() + message(1, "note", A_NOTE) + order(1, 1, []) + RUN + message(1, "note", A_NOTE) + RUN,
    "killed": open_host() + question(1, "whenever", 1, []) + order(1, 2, []) + RUN,
    "closed_edge": open_host() + message(1, "note", A_NOTE) + order(1, 3, []) + message(1, "note", A_NOTE) + RUN,
    "without_credit": open_host() + message(1, "note", A_NOTE) * 9 + RUN,
    "large": open_host() + message(1, "note", ["x" * 200, [7] * 200, None]) + RUN,
    "expired": open_host() + question(1, "whenever", 1, [], 1) + bytes([5, 1]) + RUN,
    "wrong_content": open_host() + message(1, "note", 5) + RUN,
    "wrong_type": open_host(1, TYPES[:1]) + message(1, "fall", ["x"]) + RUN,
    "guests": (open_host() + message(1, "introduce", [[1, 2, 3, 4, 5, 0], 1], GUESTS) + message(1, "greet_all", ["x"]) +
               RUN + news(2, 0, [5, "guest", 8, 4096]) + news(3, 1, [1, "no such actor"]) + RUN),
    "guests_reported": (open_host() + message(1, "introduce", [[1, 2], None], GUESTS[:2]) +
                        question(1, "who_is_there", 4, []) + RUN + order(0, 4, [[1, 2]])),
    "guest_not_there": open_host() + message(1, "introduce", [[3], None], GUESTS[:1]) + RUN,
    "no_cards": open_host() + message(1, "introduce", [[1], None]) + RUN,
    "cards_cut": open_host() + whole(b"\1\1\2\0\1\0\0\0\x92\x90\xc0\xff\0\0\0") + RUN,
    "cards_of_nobody": message(9, "introduce", [[1], None], GUESTS) + answer(9, 1, [1], GUESTS),
    "far": ANSWERED + SEND + RUN + record(5, 1, struct.pack("<IQ", 1, 37)) + SEND + RUN,
    "far_window": news(1, 0, [77, "far", 1, 10]) + SEND * 3 + RUN + record(5, 1, struct.pack("<IQ", 1, 37)) + RUN,
    "far_asked": (ANSWERED + ASK + ASK_SIZE + RUN + answer(1, 1, [1, 2], GUESTS[:2]) + answer(1, 2, 12) + RUN + GREET +
                  RUN + SEND_HOST + RUN + order(0, 4, [[1, 2, 3]])),
    "far_failed": ANSWERED + ASK + RUN + record(4, 1, struct.pack("<Q", 1) + pack([10, "not now", 0])) + RUN,
    "far_late": ANSWERED + ASK + RUN + bytes([5, 61]) + answer(1, 1, [1], GUESTS[:1]) + RUN,
    "far_refused": SEND + ASK + WATCH + RUN + news(1, 1, [17, "not you"]) + RUN,
    "far_ended": ANSWERED + WATCH + ASK + RUN + news(1, 2, [2, "boom"]) + RUN + SEND + RUN,
    "far_ended_badly": news(1, 2, [200, ""]),
    "far_no_room": news(1, 0, [77, "far", 0, 0]),
    "far_opened_twice": ANSWERED + news(1, 0, [78, "far", 4, 4096]),
    "far_passed_on": ANSWERED + open_host() + GIVE_FAR + question(1, "who_is_there", 1, []) + RUN + order(0, 4, [[1]]),
    "much_credit": ANSWERED + record(5, 1, struct.pack("<IQ", 9, 9)),
    "topic": (order(1, 0, ["topic note", 0, [["hear<note>", SHAPES["hear<note>"]]]]) +
              record(1, 1, pack([1]), 0, [card(5, "listener")]) + RUN + news(2, 0, [5, "listener", 8, 4096]) + PUBLISH +
              RUN),
    "lost": ANSWERED + ASK + SEND_HOST + RUN + b"\x08\0" + RUN,
    "lost_and_lives": ANSWERED + WATCH + ASK + RUN + b"\x08\0" + b"\7\0" + RUN + REACH + SEND + RUN,
    "lost_and_lives_again": ANSWERED + WATCH + ASK + RUN + b"\x08\0" + b"\7\x40" + RUN,
    "lost_for_good": (open_host() + ANSWERED + message(1, "introduce", [[1, 2], None], GUESTS[:2]) + RUN +
                      b"\x08\x80" + RUN),
    "two_links": b"\6\0" + b"\2\1" + open_host() + b"\2\1" + message(1, "note", A_NOTE) + RUN,
    "another_life": ANSWERED + b"\6\3" + RUN,
    # Found: a link of ours that came up behind the end of its process served the next one, though it was being closed.
    "another_life_behind_our_link": b"\x08\x40" + b"\6\0" + REACH + b"\7\x40" + REACH,
    "third": (b"\6\1" + b"\2\1" + open_host() + b"\2\1" + message(1, "introduce", [[1], None], GUESTS[:1]) + RUN +
              GREET + FORGET),
    "too_short": whole(b"abc") + FRAME,
    "unknown_kind": record(8, 1, b""),
    "unknown_flag": whole(b"\1\2\0\0\1\0\0\0") + FRAME,
    "empty": b"",
}
