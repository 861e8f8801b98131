"""The places of the workers: as many as CAMPUS_WORKERS, each with a session of its own at the broker.

A worker has a place while it holds its lease (campus/leases.py). Who takes one writes a new `holder`; what a
worker stores, it stores only while the place names it (`stand_by`), so that of two that believe to have one
place only the later one writes.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import JSON, String, Update, select, update
from sqlalchemy.orm import Mapped, Session, mapped_column

from campus.database import Base, Moment
from campus.errors import Unavailable

BEAT_MAX_AGE = timedelta(seconds=15)
"""A worker that has not said for so long that it is well is taken for dead."""


class PlaceLost(Unavailable):
    """Another worker has this one's place: nothing may be written any more."""


class Workplace(Base):
    """A place, and who had it last."""

    __tablename__ = "workplace"

    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    holder: Mapped[str] = mapped_column(String(32))
    """Another word each time that it is taken."""
    who: Mapped[str] = mapped_column(String(120))
    """Machine and process, for people."""
    since: Mapped[datetime] = mapped_column(Moment)
    beat_at: Mapped[datetime] = mapped_column(Moment)
    listens: Mapped[bool] = mapped_column(default=False)
    filters: Mapped[list[str] | None] = mapped_column(JSON)
    """What its session at the broker is subscribed to; None if that was never noted."""


@dataclass(frozen=True, slots=True)
class Place:
    """A place as its worker has it."""

    number: int
    holder: str

    @property
    def lease(self) -> str:
        return lease_of(self.number)


def lease_of(number: int) -> str:
    """The name of the lease that goes with a place."""
    return f"worker-{number}"


def settle(session: Session, number: int, holder: str, who: str, now: datetime) -> Place:
    """Write down who has a place from now on. Waits for what the last one is just storing."""
    row = session.scalar(select(Workplace).where(Workplace.number == number).with_for_update())
    if row is None:
        row = Workplace(number=number, filters=None)
        session.add(row)
    row.holder, row.who, row.since, row.beat_at, row.listens = holder, who[:120], now, now, False
    session.flush()
    return Place(number, holder)


def stand_by(session: Session, place: Place) -> None:
    """Nobody takes the place before this transaction ends. Raises PlaceLost if somebody has."""
    query = select(Workplace.holder).where(Workplace.number == place.number)
    if session.scalar(query.with_for_update(read=True, key_share=True)) != place.holder:
        raise PlaceLost(f"Place {place.number} is another worker's now.")


def beat(session: Session, place: Place, now: datetime, *, listens: bool) -> None:
    """Its worker is well."""
    session.execute(_of(place).values(beat_at=now, listens=listens))


def note_filters(session: Session, place: Place, filters: list[str]) -> None:
    """What the session at the broker is, or is about to be, subscribed to. Raises PlaceLost."""
    stand_by(session, place)
    session.execute(_of(place).values(filters=filters))


def clear(session: Session, place: Place) -> None:
    """The place is gone, its session too."""
    stand_by(session, place)
    session.delete(session.get_one(Workplace, place.number))


def all_places(session: Session) -> list[Workplace]:
    return list(session.scalars(select(Workplace).order_by(Workplace.number)))


def count_listening(session: Session, now: datetime) -> int:
    """How many workers listen to the broker and are well."""
    rows = session.execute(select(Workplace.beat_at).where(Workplace.listens)).scalars()
    return sum(1 for beat_at in rows if now - beat_at < BEAT_MAX_AGE)


def _of(place: Place) -> Update:
    return update(Workplace).where(Workplace.number == place.number, Workplace.holder == place.holder)
