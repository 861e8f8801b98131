"""A hub with rooms, and the reception in front of it, for tests of what members and staff do there."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from apiflask import APIFlask
from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.audit import Origin
from campus.bookings import jobs, reception
from campus.bookings.changing import Change
from campus.bookings.desk import Booked, Wish, find
from campus.bookings.letters import dispatch
from campus.bookings.models import Booking, Claim
from campus.database import Database
from campus.outbox import Mail
from campus.people.models import Member
from campus.spaces.models import Resource, ResourceLink
from campus.spaces.resources import Description, put_resource

JUAREZ = ZoneInfo("America/Ciudad_Juarez")
TUESDAY = date(2026, 3, 3)
"""The week after, on Sunday 8 March, the clocks go forward."""
NOW = datetime(2026, 3, 3, 7, tzinfo=JUAREZ)


def at(hour: float, day: date = TUESDAY) -> datetime:
    """An hour of the wall clock in Juárez; 25.5 is half past one the next day."""
    days, hour = divmod(hour, 24)
    wall = datetime.combine(day + timedelta(days=int(days)), time.min) + timedelta(hours=hour)
    return wall.replace(tzinfo=JUAREZ)


@dataclass
class Front:
    """The reception. `now` is what the clock shows; tests move it."""

    app: APIFlask
    database: Database
    now: datetime = NOW

    @contextmanager
    def open(self) -> Iterator[Session]:
        with self.database.write() as session:
            yield session

    def add(self, slug: str, *, kind: str = "room", blocks: tuple[str, ...] = (), **said: Any) -> None:
        """A resource, which takes those in `blocks` along."""
        with self.database.write() as session:
            made, _new = put_resource(session, slug, Description(slug.title(), kind, **said), NOW)
            session.flush()
            for other in blocks:
                other_id = session.scalars(select(Resource.id).where(Resource.slug == other)).one()
                session.add(ResourceLink(resource_id=made.id, blocks_id=other_id))

    def book(self, asker: Member, start: float, end: float, **more: Any) -> Booked:
        """Hours of the wall clock on TUESDAY, or on `day`."""
        day = more.pop("day", TUESDAY)
        wish: dict[str, Any] = {
            "resource": "glass",
            "title": "Test",
            "start": at(start, day),
            "end": at(end, day),
        }
        with self.open() as session:
            return reception.book(session, Wish(**{**wish, **more}), asker, Origin(asker.id), **self.here)

    def change(self, asker: Member, booking: Booking | int, **what: Any) -> Booked:
        with self.open() as session:
            wanted = Change(**what)
            return reception.change(session, _id(booking), wanted, asker, Origin(asker.id), **self.here)

    def do(self, deed: str, asker: Member, booking: Booking | int, **more: Any) -> Booking:
        """cancel, approve, reject, check_in, finish, accept_offer, decline_offer."""
        with self.open() as session:
            done: Booking = getattr(reception, deed)(
                session, _id(booking), asker, Origin(asker.id), **self.here, **more
            )
            return done

    def minute(self) -> None:
        """What the worker does every minute."""
        assert jobs.minute(self.database, self.now, JUAREZ) == []

    def write_letters(self) -> None:
        """What the worker does every second."""
        with self.app.app_context():
            dispatch.write_out(self.database, JUAREZ)

    def found(self, booking: Booking | int, reader: Member) -> Booking:
        with self.database.read() as session:
            return find(session, _id(booking), reader)

    def statuses(self, booking: Booking | int, reader: Member) -> list[str]:
        return [time.status for time in self.found(booking, reader).occurrences]

    def times(self, booking: Booking | int, reader: Member) -> list[str]:
        """What holds its time, as the wall clock shows it: 03-03 10:00-11:00."""
        return [
            f"{time.start.astimezone(JUAREZ):%m-%d %H:%M}-{time.end.astimezone(JUAREZ):%H:%M}"
            for time in self.found(booking, reader).occurrences
            if time.status in ("confirmed", "pending", "offered")
        ]

    def claims(self, slug: str) -> list[str]:
        """What is taken on a resource."""
        with self.database.read() as session:
            rows = session.execute(
                select(Claim.blocked_start, Claim.blocked_end)
                .join(Resource, Resource.id == Claim.resource_id)
                .where(Resource.slug == slug)
                .order_by(Claim.blocked_start)
            )
            return [f"{a.astimezone(JUAREZ):%d %H:%M}-{b.astimezone(JUAREZ):%H:%M}" for a, b in rows]

    def mails(self, to: Member | str) -> list[Mail]:
        self.write_letters()
        address = to if isinstance(to, str) else to.email
        with self.database.read() as session:
            return list(session.scalars(select(Mail).where(Mail.recipient == address).order_by(Mail.id)))

    @property
    def here(self) -> dict[str, Any]:
        return {"now": self.now.astimezone(UTC), "zone": JUAREZ}


def _id(booking: Booking | int) -> int:
    return booking if isinstance(booking, int) else booking.id
