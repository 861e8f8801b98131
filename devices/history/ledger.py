"""What may be believed of the rollups of a series: how far they go, and what of them is dirty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.moments import SECOND
from devices.history.counters import NEW, Register
from devices.history.habits import Habits
from devices.history.models import Checkpoint, Dirty, Rolled
from devices.history.registers import load

HOUR = 3600 * SECOND
BEGINNING = -(2**60)
"""Before every instant of the history."""
Span = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Mark:
    """Values of [first_at, last_at] came when the rollups had been made."""

    id: int
    first_at: int
    last_at: int


@dataclass(frozen=True, slots=True)
class Account:
    """The rollups of one series: made of everything before `until`, but for the `marks`."""

    until: int = BEGINNING
    register: Register = NEW
    """Of a counter: where it stood at `until`."""
    version: int = 0
    marks: tuple[Mark, ...] = ()

    @property
    def sound_until(self) -> int:
        """Before here nothing is dirty."""
        return min([self.until, *(mark.first_at for mark in self.marks)])

    def clean(self, first: int, last: int, habits: Habits) -> list[Span]:
        """What of [first, last) the rollups answer exactly. `first` and `last` are edges of their buckets.

        A late value changes how long the one before it holds, and holds itself; what a counter adds
        may change from it on, for as long as nobody has looked.
        """
        spans = [(first, min(last, self.until))]
        for mark in self.marks:
            begin = mark.first_at // HOUR * HOUR
            end = last if habits.counts else -(-(mark.last_at + habits.largest_gap) // HOUR) * HOUR
            spans = [piece for span in spans for piece in _without(span, begin, end)]
        return [span for span in spans if span[0] < span[1]]


def accounts(session: Session, wanted: Mapping[int, Habits]) -> dict[int, Account]:
    """By series id. A series that was rolled up with other habits than its own now has nothing."""
    columns = (
        Rolled.series_id,
        Rolled.until,
        Rolled.largest_gap,
        Rolled.rated_power_w,
        Rolled.register,
        Rolled.version,
    )
    marks = _marks(session, wanted)
    found = dict.fromkeys(wanted, Account())
    for series_id, until, gap, rated, register, version in session.execute(
        select(*columns).where(Rolled.series_id.in_(wanted))
    ):
        now = wanted[series_id]
        if (gap, rated) == (now.largest_gap, now.rated_power_w):
            found[series_id] = Account(until, load(register), version, marks.get(series_id, ()))
        else:
            found[series_id] = Account(version=version, marks=marks.get(series_id, ()))
    return found


def _marks(session: Session, wanted: Iterable[int]) -> dict[int, tuple[Mark, ...]]:
    query = select(Dirty.series_id, Dirty.id, Dirty.first_at, Dirty.last_at)
    found: dict[int, tuple[Mark, ...]] = {}
    for series_id, *mark in session.execute(query.where(Dirty.series_id.in_(wanted)).order_by(Dirty.id)):
        found[series_id] = (*found.get(series_id, ()), Mark(*mark))
    return found


def standing(session: Session, series_id: int, account: Account, instant: int) -> tuple[int, Register]:
    """Where a counter is known to have stood, at the latest such instant not after `instant`."""
    if account.until <= instant and account.sound_until == account.until:
        return account.until, account.register
    query = select(Checkpoint.at, Checkpoint.register).where(
        Checkpoint.series_id == series_id, Checkpoint.at <= min(instant, account.sound_until)
    )
    found = session.execute(query.order_by(Checkpoint.at.desc()).limit(1)).one_or_none()
    return (found.at, load(found.register)) if found else (BEGINNING, NEW)


def _without(span: Span, begin: int, end: int) -> Sequence[Span]:
    return (span[0], min(span[1], begin)), (max(span[0], end), span[1])
