"""What may be believed of the rollups of a series: how far they go, and what of them is dirty."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

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
    """What came for instants before `kept_from` came too late, and is not among them."""
    kept_from: int = BEGINNING
    """The values before are given up, their rollups stand whatever happens."""

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
            pieces = (piece for span in spans for piece in _without(span, begin, end))
            spans = [piece for piece in pieces if piece[0] < piece[1]]
        return [span for span in spans if span[0] < span[1]]


def accounts(session: Session, wanted: Mapping[int, Habits]) -> dict[int, Account]:
    """By series id. A series that was rolled up with other habits than its own now has nothing, but for what
    was made of values that are given up."""
    columns = (
        Rolled.series_id,
        Rolled.until,
        Rolled.largest_gap,
        Rolled.rated_power_w,
        Rolled.register,
        Rolled.version,
        Rolled.kept_from,
    )
    marks = _marks(session, wanted)
    found = dict.fromkeys(wanted, Account())
    for series_id, until, gap, rated, register, version, kept_from in session.execute(
        select(*columns).where(Rolled.series_id.in_(wanted))
    ):
        now, since = wanted[series_id], BEGINNING if kept_from is None else kept_from
        account = Account(until, load(register), version, _of(marks, series_id, since), since)
        if until < since or (gap, rated) != (now.largest_gap, now.rated_power_w):
            stood = _checkpoint(session, series_id, since)[1] if since > BEGINNING else NEW
            account = replace(account, until=since, register=stood)
        found[series_id] = account
    return found


def _of(marks: Mapping[int, Sequence[Mark]], series_id: int, since: int) -> tuple[Mark, ...]:
    kept = (mark for mark in marks.get(series_id, ()) if mark.last_at >= since)
    return tuple(replace(mark, first_at=max(mark.first_at, since)) for mark in kept)


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
    return _checkpoint(session, series_id, min(instant, account.sound_until))


def _checkpoint(session: Session, series_id: int, instant: int) -> tuple[int, Register]:
    """The last one that was noted up to `instant`."""
    query = select(Checkpoint.at, Checkpoint.register).where(
        Checkpoint.series_id == series_id, Checkpoint.at <= instant
    )
    found = session.execute(query.order_by(Checkpoint.at.desc()).limit(1)).one_or_none()
    return (found.at, load(found.register)) if found else (BEGINNING, NEW)


def _without(span: Span, begin: int, end: int) -> Sequence[Span]:
    return (span[0], min(span[1], begin)), (max(span[0], end), span[1])
