"""Changes: whoever looks at a timeline is told which resources changed, moments after it is stored.

The database itself notes every change, whoever made it (page, API, door or job): of bookings (migration
0003), and of closures, links, hours and rules (0005).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import orjson
from sqlalchemy import func, or_, select
from sqlalchemy.orm import Session

from campus import following
from campus.bookings.models import BookingChange
from campus.database import Database
from campus.following import Follower
from campus.spaces.models import Resource, ResourceLink

LOOK_BACK = 200
"""Numbers are given before a commit: one so much lower than the newest may become visible after it."""
RESUME_CHANGES = 2_000
"""A client that missed more is told to load anew."""


@dataclass(frozen=True, slots=True)
class Change:
    """What changed at one look: the slugs of the resources, and of those that hang together with them."""

    id: int
    resources: tuple[str, ...]

    def event(self) -> bytes:
        """As it is sent."""
        body = orjson.dumps({"resources": self.resources})
        return b"id: %d\nevent: changed\ndata: %s\n\n" % (self.id, body)


class Changes(Follower[Change]):
    """Reads what changed while somebody watches a timeline. One a process."""

    every_s = 0.25
    ends_every = 4
    in_order = False

    def __init__(self, database: Database) -> None:
        super().__init__(database)
        self._seen: frozenset[int] = frozenset()

    def newest_id(self) -> int:
        """The number of the newest change, 0 if there was none yet."""
        with self.database.read() as session:
            return newest_change(session)

    def begin(self) -> int:
        with self.database.read() as session:
            newest = newest_change(session)
            self._seen = frozenset(row[0] for row in _rows(session, newest - LOOK_BACK))
        return newest

    def news(self, session: Session, last_id: int) -> Sequence[Change]:
        """One Change for all that was not seen before."""
        rows = _rows(session, last_id - LOOK_BACK)
        fresh = [row for row in rows if row[0] not in self._seen]
        if not fresh:
            return []
        newest = max(last_id, rows[-1][0])
        self._seen = frozenset(row[0] for row in rows if row[0] > newest - LOOK_BACK)
        return [Change(newest, _slugs(session, {row[1] for row in fresh}))]

    def since(self, last_id: int) -> Change | None:
        """All that changed after `last_id` in one, None if that cannot be told for certain."""
        with self.database.read() as session:
            newest = newest_change(session)
            oldest = session.scalar(select(func.min(BookingChange.id)))
            if last_id > newest or newest - last_id > RESUME_CHANGES or (oldest or 0) > last_id + 1:
                return None
            return Change(newest, _slugs(session, {row[1] for row in _rows(session, last_id)}))


def newest_change(session: Session) -> int:
    """The number of the newest change, 0 if there was none yet."""
    return session.scalar(select(func.max(BookingChange.id))) or 0


def stream(changes: Changes, after: int | None, goes_on: Callable[[], bool]) -> Iterator[bytes]:
    """Join what was missed after `after` (None: nothing) to what comes."""
    subscriber = changes.subscribe()
    subscriber.doubted = True  # an access that ended between the request's beginning and here
    try:
        yield following.retry()
        last_id = changes.newest_id() if after is None else after
        missed = changes.since(last_id)
        if missed is None:
            last_id = changes.newest_id()
            yield following.resync(last_id)
        elif missed.resources:
            last_id = missed.id
            yield missed.event()
        yield from following.follow(subscriber, changes, last_id, goes_on=goes_on, said=Change.event)
    finally:
        changes.unsubscribe(subscriber)


def _rows(session: Session, after: int) -> Sequence[Any]:
    query = select(BookingChange.id, BookingChange.resource_id).where(BookingChange.id > after)
    return session.execute(query.order_by(BookingChange.id)).all()


def _slugs(session: Session, resource_ids: Iterable[int]) -> tuple[str, ...]:
    """Of the resources, of what they block and of what blocks them: all these timelines show the change."""
    ids = set(resource_ids)
    blocked = select(ResourceLink.blocks_id).where(ResourceLink.resource_id.in_(ids))
    blocking = select(ResourceLink.resource_id).where(ResourceLink.blocks_id.in_(ids))
    at = Resource.id
    query = select(Resource.slug).where(or_(at.in_(ids), at.in_(blocked), at.in_(blocking)))
    return tuple(session.scalars(query.order_by(Resource.slug)))
