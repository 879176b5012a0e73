"""Inputs for fault_app: lines of orders (faults.hpp), which item is to do what."""

import re

POISON = ("segv", "abort", "exit", "overflow")
# How many of each go with the 256 exit codes: 0 is "done" in the middle of an item.
ONCE = {"kill": 24, "segv": 24, "abort": 12, "overflow": 12, "stop": 12, "loop": 12, "starve": 12, "hold": 12, "away": 12}
ONCE |= {"keep": 6, "late": 16, "garbage": 36}
ALWAYS = {"bomb": 8, "throw": 8, "segv": 4, "exit": 4, "loop": 2, "stop": 2}
STAGES = ("work", "seal")


def ok(item):
    return f"{item} - ok 0 always"


def poison(items, chance, share=0.01):
    """`share` of the items, at random places but the last, crash whoever runs them, in one or the other stage."""
    places = sorted(chance.sample(range(1, items), max(1, round(items * share))))
    orders = {item: ok(item) for item in range(1, items + 1)}
    for number, item in enumerate(places):
        deed = POISON[number % len(POISON)]
        code = chance.randrange(256) if deed == "exit" else 0
        orders[item] = f"{item} {STAGES[number // len(POISON) % 2]} {deed} {code} always"
    return list(orders.values())


def argument(deed, chance):
    """The number that goes with a deed."""
    ranges = {"hold": (100, 3000), "away": (1000, 3000), "keep": (1000, 3000), "late": (0, 20), "garbage": (0, 3)}
    return chance.randint(*ranges[deed]) if deed in ranges else 0


def deck(chance):
    """Every fault that there is, in a random order: (deed, argument, how)."""
    cards = [("exit", code, "once") for code in range(256)]
    for how, counts in (("once", ONCE), ("always", ALWAYS)):
        cards += [(deed, argument(deed, chance), how) for deed, times in counts.items() for _ in range(times)]
    chance.shuffle(cards)
    return [(deed, chance.randrange(256) if (deed, how) == ("exit", "always") else n, how) for deed, n, how in cards]


def mixed(faults, chance, neighbours):
    """So many faults, each followed by up to 2 * `neighbours` items that do as they should, as the last does."""
    cards = []
    while len(cards) < faults:
        cards += deck(chance)
    orders = []
    for deed, number, how in cards[:faults]:
        orders.append(f"{len(orders) + 1} {chance.choice(STAGES)} {deed} {number} {how}")
        orders += [ok(len(orders) + 1 + more) for more in range(chance.randint(0, 2 * neighbours))]
    return orders + [ok(len(orders) + 1)]


def slow(first, floods, size):
    """Floods of `size` bytes in turn with items that do as they should; their numbers begin with `first`."""
    lines = []
    for number in range(floods):
        lines.append(f"{first + 2 * number + number % 2} slow flood {size} always")
        lines.append(f"{first + 2 * number + 1 - number % 2} - ok 0 always")
    return lines


def victim_of(rule, orders):
    """The number of the item for which a rule is broken."""
    if rule == "close-early":
        return orders[-1].split()[0]  # the one that finds the pools closed
    wanted = re.compile(" work .* always" if rule == "mild" else " ok ")  # stage work breaks the rules
    fitting = [line for line in orders if wanted.search(line)]
    return fitting[len(fitting) // 2].split()[0]
