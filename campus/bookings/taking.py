"""Taking time on resources: who decides at the moment, what is in the way, and the store's last word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Select, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from campus.bookings.models import Claim, Hold
from campus.bookings.policy import Policy
from campus.database import is_slot_taken
from campus.spaces.models import Resource, ResourceLink
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span


@dataclass(frozen=True, slots=True)
class Ground:
    """A resource whose time is being decided on by this transaction alone.

    `takes`: the ids of what a booking of it takes, itself first. `family`: of all that is linked with
    it, near and far: whose waiting list may move when it is freed.
    """

    resource: Resource
    takes: tuple[int, ...]
    family: tuple[int, ...]

    @property
    def rules(self) -> Policy:
        return Policy.of(self.resource.policy)


def begin(session: Session, slug: str, now: datetime) -> Ground:
    """The ground of one resource. Raises NotFound."""
    return begin_all(session, [find_resource(session, slug)], now)[0]


def begin_all(session: Session, resources: Sequence[Resource], now: datetime) -> list[Ground]:
    """The grounds of several, in their order; holds that have run out there are gone.

    Whoever has locked the rows of their families decides alone until the commit, so that no two pass a
    quota together. They are locked in one order, so that no two wait for each other.
    """
    links = session.execute(select(ResourceLink.resource_id, ResourceLink.blocks_id)).all()
    grounds = [
        Ground(
            resource,
            (resource.id, *sorted(blocked for taking, blocked in links if taking == resource.id)),
            tuple(sorted(_family(resource.id, links))),
        )
        for resource in resources
    ]
    ids = sorted({member for ground in grounds for member in ground.family})
    # SQLite has one writer at a time as it is
    session.execute(
        select(Resource.id).where(Resource.id.in_(ids)).order_by(Resource.id).with_for_update()
    ).all()
    session.execute(delete(Hold).where(Hold.expires_at <= now, Hold.id.in_(_holds_on(ids))))
    return grounds


def give_up_holds(session: Session, member_ids: Collection[int], ground: Ground) -> None:
    """What was held there for these members is theirs to book now."""
    session.execute(delete(Hold).where(Hold.member_id.in_(member_ids), Hold.id.in_(_holds_on(ground.takes))))


def in_the_way(
    session: Session, ground: Ground, spans: Sequence[Span], *, but: Collection[int] = ()
) -> list[bool]:
    """For each of `spans`, in order: is some of what a booking of it would take taken already?

    `but`: ids of occurrences that do not count, for they are being moved.
    """
    around = ground.rules.buffers.around
    wanted = [around(span) for span in spans]
    bounds = Span(min(span.start for span in wanted), max(span.end for span in wanted))
    query = select(Claim.blocked_start, Claim.blocked_end).where(
        Claim.resource_id.in_(ground.takes),
        Claim.blocked_start < bounds.end,
        Claim.blocked_end > bounds.start,
        or_(Claim.occurrence_id.is_(None), Claim.occurrence_id.not_in(but)),
    )
    taken = [Span(start, end) for start, end in session.execute(query)]
    return [any(span.overlaps(other) for other in taken) for span in wanted]


@contextmanager
def store_decides(session: Session, refusal: Callable[[], Exception]) -> Iterator[None]:
    """If the store finds the time taken, what is written within is undone and `refusal()` raised."""
    try:
        with session.begin_nested():
            yield
    except IntegrityError as error:
        if not is_slot_taken(error):
            raise
        raise refusal() from None


def _holds_on(resource_ids: Collection[int]) -> Select[int | None]:
    return select(Claim.hold_id).where(Claim.resource_id.in_(resource_ids), Claim.hold_id.is_not(None))


def _family(resource_id: int, links: Sequence[tuple[int, int]]) -> set[int]:
    """All that hang together with a resource, whichever blocks which."""
    beside: dict[int, set[int]] = defaultdict(set)
    for one, other in links:
        beside[one].add(other)
        beside[other].add(one)
    found, left = {resource_id}, [resource_id]
    while left:
        new = beside[left.pop()] - found
        found |= new
        left += new
    return found
