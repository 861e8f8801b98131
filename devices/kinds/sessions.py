"""Charging sessions from what a charger said: its status, its registers, the vehicle. Pure.

A session is the time for which a car is plugged in. It begins when the status leaves `available` and ends
when it returns there; what is `faulted` in between is part of it. Chargers miss messages, lose power and come
late, so the registers have their say too:

- An `unavailable` charger (off line, without power) says nothing of the car. If it is still plugged in
  afterwards the session goes on, unless the charger's own session register has begun anew: then the one
  ended when the charger was last heard before, and another began when it came back.
- A session register that begins anew after it has gained something is another session, status or not.
- Energy that flows while no car is said to be there is a session of its own, found by the register alone
  (`is_inferred`): from the reading before its first gain to its last, apart from the next by QUIET.
- A register that is read late: what it gained up to LATE after a session, and before the next, is that
  session's.

Energy comes from the lifetime register where it was read, so that sessions and meters agree; without it from
the session register. Instants are microseconds since the epoch, energy is in kWh.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from devices.kinds.stays import Stay, stays

QUIET = 30 * 60 * 1_000_000
LATE = 10 * 60 * 1_000_000
LEAST_KWH = 0.001
"""Less than a watt-hour is the charger's own light."""
FOREVER = 2**62

Gain = tuple[int, int, float]
"""A reading of the register: the instant of the one before, its own, and what was added in kWh."""


@dataclass(frozen=True, slots=True)
class Told:
    """What a charger said over a span, each list in order of time."""

    status: Sequence[tuple[int, str]] = ()
    """Words of the vocabulary (`charger_status`)."""
    gains: Sequence[Gain] = ()
    """Of the lifetime register, also readings that gained nothing."""
    own: Sequence[tuple[int, float]] = ()
    """The session register as it was shown."""
    vehicle: Sequence[tuple[int, str]] = ()


@dataclass(frozen=True, slots=True)
class Session:
    """A car at a charger. `ended` is None while it is there."""

    started: int
    ended: int | None
    kwh: float
    vehicle: str | None
    is_inferred: bool = False
    """Found by the register alone."""


def sessions(told: Told) -> list[Session]:
    """All sessions of what was told, by their beginning."""
    plugged = stays(told.status, told.own)
    loose = [gain for gain, owner in _claimed(told.gains, plugged) if owner is None and gain[2] >= LEAST_KWH]
    found = sorted([*plugged, *_inferred(loose, plugged)], key=lambda stay: stay.started)
    read: list[list[float]] = [[] for _stay in found]
    for (_before, _at, kwh), owner in _claimed(told.gains, found):
        if owner is not None:
            read[owner].append(kwh)
    return [
        Session(
            stay.started,
            stay.ended,
            _energy(math.fsum(read[number]), stay.own_kwh),
            _vehicle(told.vehicle, stay, found[number - 1].ended if number else None),
            stay.is_inferred,
        )
        for number, stay in enumerate(found)
    ]


def _claimed(gains: Iterable[Gain], found: Sequence[Stay]) -> Iterable[tuple[Gain, int | None]]:
    """Each reading of the register with the number of the session that it tells of.

    That is the last one which began before it, if the reading reaches back into it or comes LATE at most.
    """
    begins = [stay.started for stay in found]
    for gain in gains:
        before, at, _kwh = gain
        number = bisect_left(begins, at) - 1
        if number < 0:
            yield gain, None
            continue
        ended = found[number].ended
        yield gain, number if ended is None or before < ended or at <= ended + LATE else None


def _inferred(loose: Iterable[Gain], plugged: Sequence[Stay]) -> list[Stay]:
    """Runs of gains that nothing interrupts for longer than QUIET, and no car that was said to come."""
    begins = [stay.started for stay in plugged]
    found: list[Stay] = []
    for before, at, _kwh in loose:
        last = found[-1].ended if found else None
        if (
            last is not None
            and before - last <= QUIET
            and bisect_left(begins, last) == bisect_left(begins, at)
        ):
            found[-1] = replace(found[-1], ended=at)
        else:
            found.append(Stay(before, at, is_inferred=True))
    return found


def _energy(register_kwh: float, own_kwh: float) -> float:
    """Some lifetime registers stand still while a car charges: then the session register is believed."""
    return own_kwh if register_kwh < LEAST_KWH < own_kwh else register_kwh


def _vehicle(words: Sequence[tuple[int, str]], stay: Stay, left: int | None) -> str | None:
    """The last vehicle that was named while this car was there, or after the one before had left."""
    end = FOREVER if stay.ended is None else stay.ended
    last = bisect_right(words, end, key=lambda word: word[0]) - 1
    if last < 0 or (left is not None and words[last][0] <= left):
        return None
    return words[last][1] or None
