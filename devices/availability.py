"""Whether a device is there, and whether what it said still holds: one rule for pages, stream and API. Pure.

    online    heard within its interval and some grace
    stale     late: its values are shown as old. Or it speaks, and nobody can read it
    offline   it said farewell, or it was silent for three intervals
    never     it was never heard

A farewell is the broker's word in the device's name (its last will), so it is no sign of life; whatever
the device says after it is. A birth or a farewell that was retained tells nothing of now: the first makes
nothing fresh, the second stands until the device speaks.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from statistics import median
from typing import Any, Literal

State = Literal["online", "stale", "offline", "never"]
Reason = Literal["speaks", "asleep", "late", "unreadable", "silent", "farewell", "unheard"]
STATES: tuple[State, ...] = ("online", "stale", "offline", "never")

GONE_AFTER = 3
"""Intervals of silence after which a device is offline, and a value old."""
LATE_AFTER = 1.5
LEAST_GRACE = timedelta(seconds=5)
USUAL = timedelta(minutes=5)
"""The interval of a device of which nothing is known: offline after 15 minutes."""
ASLEEP = timedelta(hours=25) / GONE_AFTER
"""The same of one that sleeps: offline after 25 hours, so that once a day is enough."""
LEAST_HOLD = timedelta(minutes=1)
"""A value is not old before that."""
ONE_VISIT = timedelta(minutes=1)
"""What is said within it, one after the other, was said at once: a sensor wakes and tells all it knows."""
LEAST_GAPS = 3
"""So many pauses are a rhythm."""


@dataclass(frozen=True, slots=True)
class Word:
    """The newest word of `online`. `at` is None where a retained message told it, heard at `heard_at`."""

    value: str
    at: datetime | None
    heard_at: datetime

    @property
    def is_farewell(self) -> bool:
        return self.value != "online"


@dataclass(frozen=True, slots=True)
class Rhythm:
    """How often a device speaks, and whether it sleeps in between."""

    interval: timedelta
    sleeps: bool = False

    @property
    def late_after(self) -> timedelta:
        """From then on it is late."""
        return max(LATE_AFTER * self.interval, self.interval + LEAST_GRACE)

    @property
    def gone_after(self) -> timedelta:
        """From then on it is gone."""
        return GONE_AFTER * self.interval


@dataclass(frozen=True, slots=True)
class Availability:
    """`since`: from when on it is so, where that is known; of what is late or silent, its last word."""

    state: State
    since: datetime | None
    reason: Reason

    @property
    def online(self) -> bool:
        """Heard lately, in words that could be read, and it did not say farewell after them."""
        return self.state == "online" or self.reason == "late"


def availability(
    now: datetime,
    rhythm: Rhythm,
    *,
    last_seen: datetime | None,
    word: Word | None = None,
    unread_at: datetime | None = None,
) -> Availability:
    """How a device stands. `last_seen`: its last message that could be read; `unread_at`: that could not.

    Neither counts what was retained.
    """
    heard = max((at for at in (last_seen, unread_at) if at is not None), default=None)
    left = word is not None and word.is_farewell and (heard is None or heard <= word.heard_at)
    is_fresh = _lately(last_seen, now, min(rhythm.late_after, rhythm.gone_after))
    if word and left and not (rhythm.sleeps and is_fresh):
        return Availability("offline", word.at or last_seen, "farewell")
    if is_fresh:
        born = word.at if word and not word.is_farewell else None
        return Availability("online", last_seen if left else born, "asleep" if left else "speaks")
    if unread_at == heard and _lately(unread_at, now, rhythm.gone_after):
        return Availability("stale", last_seen, "unreadable")
    if last_seen is None:
        return Availability("never", None, "unheard")
    is_late = _lately(last_seen, now, rhythm.gone_after)
    return Availability("stale" if is_late else "offline", last_seen, "late" if is_late else "silent")


def _lately(at: datetime | None, now: datetime, within: timedelta) -> bool:
    return at is not None and now - at < within


def rhythm_of(
    expected_interval_s: float | None, options: Mapping[str, Any], learnt: timedelta | None = None
) -> Rhythm:
    """A device's rhythm: what staff said; else what it showed; else what is usual.

    `options.sleeps` is true, or the seconds between two check-ins. What a device showed lengthens the
    interval and never shortens it: who speaks in bursts is not gone after the first pause.
    """
    said = options.get("sleeps")
    sleeps = bool(said) and isinstance(said, bool | int | float)
    check_in = float(said) if sleeps and not isinstance(said, bool) else None  # type: ignore[arg-type]
    seconds = expected_interval_s or check_in
    if seconds:
        return Rhythm(timedelta(seconds=seconds), sleeps)
    usual = ASLEEP if sleeps else USUAL
    return Rhythm(max(learnt, usual) if learnt else usual, sleeps)


def usual_gap(instants: Sequence[datetime]) -> timedelta | None:
    """The median of the pauses between visits, in any order; None where there are too few to tell."""
    ordered = sorted(instants)
    gaps = [later - earlier for earlier, later in pairwise(ordered)]
    return _median([gap for gap in gaps if gap > ONE_VISIT])


def _median(gaps: Sequence[timedelta]) -> timedelta | None:
    if len(gaps) < LEAST_GAPS:
        return None
    return timedelta(seconds=median(gap.total_seconds() for gap in gaps))


def holds_for(rhythm: Rhythm, gaps: Sequence[timedelta], *, is_word: bool) -> timedelta | None:
    """How long a value of a device that is there counts as fresh; None: until the device itself is old.

    A word (a state) is told when it changes, and holds. A number is old after three of its own usual pauses
    (never less than of its device's intervals), and by half longer than its longest one lately: many are
    told only when they change. One that has shown no rhythm is not doubted.
    """
    usual = None if is_word else _median(gaps)
    if usual is None:
        return None
    longest = LATE_AFTER * max(gaps)
    return max(GONE_AFTER * usual, longest, GONE_AFTER * rhythm.interval, LEAST_HOLD)
