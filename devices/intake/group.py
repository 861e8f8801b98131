"""Who of several workers is subscribed to what, and how that changes without losing or doubling a message.

One worker subscribes to the topics themselves; several share them (`$share/campus/…`: the broker gives each
message to one of them). A session that is subscribed goes on to collect, whether its worker runs or not. So
when the number of workers or the topics change, the lowest place stays subscribed as it was, and all others
leave; alone, it subscribes anew before it lets go of the old, and then the others join. Pure.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

GROUP = "campus"
CLOCKS = 16
"""Of so many places in a row each stamps what arrives with microseconds of its own."""


@dataclass(frozen=True, slots=True)
class Step:
    """What a session subscribes to, and what it leaves thereafter."""

    join: tuple[str, ...] = ()
    leave: tuple[str, ...] = ()


def filters(topics: Iterable[str], workers: int) -> tuple[str, ...]:
    """The filters of each of so many workers."""
    if workers == 1:
        return tuple(topics)
    return tuple(f"$share/{GROUP}/{topic}" for topic in topics)


def client_id(installation: str, number: int) -> str:
    """Of the session that goes with a place. The first has the name from before there were several."""
    return f"campus-{installation}" if number == 1 else f"campus-{installation}-{number}"


def arrivals_of(number: int) -> tuple[int, int]:
    """Which microseconds are a place's, of how many: two arrivals never share an instant."""
    return (number - 1) % CLOCKS, CLOCKS


def next_step(number: int, sessions: Mapping[int, frozenset[str]], wanted: tuple[str, ...]) -> Step | None:
    """What the session of place `number` may do now; None if it is settled, or has to wait for others.

    `sessions` says by place what the session there is subscribed to.
    """
    goal = frozenset(wanted)
    mine = sessions.get(number, frozenset())
    if mine == goal:
        return None
    others = {place: said for place, said in sessions.items() if place != number and said}
    if mine and any(place < number for place in others):
        return Step(leave=tuple(sorted(mine)))
    if any(said != goal for said in others.values()):
        return None
    return Step(join=wanted, leave=tuple(sorted(mine - goal)))
