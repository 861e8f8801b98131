"""Taking time on resources: who decides at the moment, what is in the way, and the store's last word."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime

from flask_babel import gettext as _
from sqlalchemy import bindparam, delete, or_, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session, aliased

from campus.bookings.models import Claim, Hold
from campus.bookings.rules.policy import Policy
from campus.database import ask, is_slot_taken, is_sqlite
from campus.errors import NotFound
from campus.fields import SLUG
from campus.spaces.models import Resource, ResourceLink
from campus.spaces.spans import Span

_LINKS = select(ResourceLink.resource_id, ResourceLink.blocks_id)
_LOCK = (
    select(Resource.id)
    .where(Resource.id.in_(bindparam("ids", expanding=True)))
    .order_by(Resource.id)
    .with_for_update()
)
_TAKING, _BLOCKED = aliased(Resource), aliased(Resource)
_LINKS_BY_NAME = (
    select(_TAKING.slug, _TAKING.id, _BLOCKED.slug, _BLOCKED.id)
    .select_from(ResourceLink)
    .join(_TAKING, _TAKING.id == ResourceLink.resource_id)
    .join(_BLOCKED, _BLOCKED.id == ResourceLink.blocks_id)
)
_LOCK_BY_NAME = (
    select(Resource)
    .where(or_(Resource.id.in_(bindparam("ids", expanding=True)), Resource.slug == bindparam("slug")))
    .order_by(Resource.id)
    .with_for_update()
    .execution_options(populate_existing=True)
)
_LET_HOLDS_GO = delete(Hold.__table__).where(  # type: ignore[arg-type]
    or_(Hold.expires_at <= bindparam("now"), Hold.member_id.in_(bindparam("holders", expanding=True))),
    Hold.id.in_(
        select(Claim.hold_id).where(
            Claim.resource_id.in_(bindparam("ids", expanding=True)), Claim.hold_id.is_not(None)
        )
    ),
)
_CLAIMED = select(Claim.blocked_start, Claim.blocked_end).where(
    Claim.resource_id.in_(bindparam("ids", expanding=True)),
    Claim.blocked_start < bindparam("until"),
    Claim.blocked_end > bindparam("since"),
    or_(Claim.occurrence_id.is_(None), Claim.occurrence_id.not_in(bindparam("but", expanding=True))),
)


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


def begin(session: Session, slug: str, now: datetime, holders: Collection[int] = ()) -> Ground:
    """The ground of one resource, whose rules are those that hold now. Raises NotFound."""
    rows = ask(session, _LINKS_BY_NAME).all()
    ids = {name: number for row in rows for name, number in (row[:2], row[2:])}
    links = [(row[1], row[3]) for row in rows]
    family = sorted(_family(ids[slug], links)) if slug in ids else []
    found = session.scalars(_LOCK_BY_NAME, {"ids": family, "slug": slug}) if SLUG.fullmatch(slug) else ()
    resource = next((one for one in found if one.slug == slug), None)
    if resource is None:
        raise NotFound(_("There is no resource “%(slug)s”.", slug=slug[:64]))
    ground = Ground(resource, _takes(resource.id, links), tuple(family or [resource.id]))
    ask(session, _LET_HOLDS_GO, {"now": now, "holders": sorted(holders), "ids": ground.family})
    return ground


def begin_all(
    session: Session, resources: Sequence[Resource], now: datetime, holders: Collection[int] = ()
) -> list[Ground]:
    """The grounds of several, in their order. Holds that have run out there are gone, and so are those of
    the members `holders`: what was held for them is theirs to book.

    Whoever has locked the rows of their families decides alone until the commit, so that no two pass a
    quota together. They are locked in one order, so that no two wait for each other.
    """
    links = [(taking, blocked) for taking, blocked in ask(session, _LINKS)]
    grounds = [Ground(one, _takes(one.id, links), tuple(sorted(_family(one.id, links)))) for one in resources]
    ids = sorted({member for ground in grounds for member in ground.family})
    if not is_sqlite(session):  # which has one writer at a time as it is
        ask(session, _LOCK, {"ids": ids})
    ask(session, _LET_HOLDS_GO, {"now": now, "holders": sorted(holders), "ids": ids})
    return grounds


def in_the_way(
    session: Session, ground: Ground, spans: Sequence[Span], *, but: Collection[int] = ()
) -> list[bool]:
    """For each of `spans`, in order: is some of what a booking of it would take taken already?

    `but`: ids of occurrences that do not count, for they are being moved.
    """
    around = ground.rules.buffers.around
    wanted = [around(span) for span in spans]
    bounds = Span(min(span.start for span in wanted), max(span.end for span in wanted))
    asked = {"ids": ground.takes, "since": bounds.start, "until": bounds.end, "but": list(but)}
    taken = [Span(start, end) for start, end in ask(session, _CLAIMED, asked)]
    return [any(span.overlaps(other) for other in taken) for span in wanted]


@contextmanager
def store_decides(session: Session, refusal: Callable[[], Exception]) -> Iterator[None]:
    """If the store finds the time taken, all that this transaction wrote is undone and `refusal()` raised.

    No savepoint: it would be two more questions for every booking, and what is refused writes nothing anyway.
    """
    try:
        yield
        session.flush()
    except IntegrityError as error:
        session.rollback()
        if not is_slot_taken(error):
            raise
        raise refusal() from None


def _takes(resource_id: int, links: Sequence[tuple[int, int]]) -> tuple[int, ...]:
    return (resource_id, *sorted(blocked for taking, blocked in links if taking == resource_id))


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
