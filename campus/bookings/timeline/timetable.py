"""The timetable: what a timeline has to know, in two questions, however many resources and bookings.

The resources as one reader meets them, with closures, links and trainings; and what is taken.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import and_, bindparam, or_, select
from sqlalchemy.orm import Session

from campus.bookings import agenda
from campus.bookings.agenda import Entry
from campus.bookings.rules.policy import Policy
from campus.moments import day_bounds
from campus.people.models import Member
from campus.spaces.hours import open_spans, read_hours
from campus.spaces.models import KINDS, Closure, Resource, ResourceLink, Training, TrainingRecord
from campus.spaces.spans import Span

_SITES = (
    select(
        Resource,
        Training.name,
        TrainingRecord.member_id,
        TrainingRecord.expires_at,
        Closure.id,
        Closure.start,
        Closure.end,
        Closure.reason,
        Closure.resource_id,
        ResourceLink.blocks_id,
    )
    .outerjoin(ResourceLink, ResourceLink.resource_id == Resource.id)
    .outerjoin(
        Closure,
        and_(
            or_(
                Closure.resource_id == Resource.id,
                Closure.resource_id == ResourceLink.blocks_id,
                Closure.resource_id.is_(None),
            ),
            Closure.start < bindparam("until"),
            Closure.end > bindparam("since"),
        ),
    )
    .outerjoin(Training, Training.slug == Resource.policy["training"].as_string())
    .outerjoin(
        TrainingRecord,
        and_(TrainingRecord.training_id == Training.id, TrainingRecord.member_id == bindparam("reader")),
    )
)


@dataclass(frozen=True, slots=True)
class Shut:
    """A closure, and why. `at`: of which resource, another one where a booking takes that along; None: of
    the whole campus."""

    span: Span
    reason: str
    at: int | None


@dataclass(frozen=True, slots=True)
class Site:
    """A resource as one reader meets it. `takes`: ids of all that a booking of it takes, itself too."""

    resource: Resource
    policy: Policy
    shut: Sequence[Shut]
    takes: frozenset[int]
    training_name: str | None
    """Of the training that it asks for."""
    trained: bool
    trained_until: datetime | None
    """None: for ever."""

    @property
    def id(self) -> int:
        return self.resource.id


@dataclass(frozen=True, slots=True)
class Timetable:
    """`sites` as pages list them: by kind, then by name. `taken`: by resource, in order."""

    sites: Sequence[Site]
    taken: Mapping[int, Sequence[Entry]]
    names: Mapping[int, str]
    """Of the resources, by id."""

    def limited_hours(self, day: date, zone: ZoneInfo) -> list[Span]:
        """When what is not always open is open on a campus day, closures or not."""
        bounds = Span(*day_bounds(day, zone))
        hours = [site.resource.opening_hours for site in self.sites if site.resource.opening_hours]
        return [span for said in hours for span in open_spans(read_hours(said), *bounds, zone)]

    def drawn(self) -> list[Span]:
        """All that is taken, buffers not included."""
        return [entry.span for taken in self.taken.values() for entry in taken]


@dataclass(slots=True)
class _Found:
    resource: Resource
    training_name: str | None
    trained: bool
    trained_until: datetime | None
    shut: dict[int, Shut] = field(default_factory=dict)
    blocks: set[int] = field(default_factory=set)

    def site(self) -> Site:
        return Site(
            self.resource,
            Policy.of(self.resource.policy),
            sorted(self.shut.values(), key=lambda shut: shut.span),
            frozenset({self.resource.id, *self.blocks}),
            self.training_name,
            self.trained,
            self.trained_until,
        )


def read_timetable(session: Session, bounds: Span, reader: Member, now: datetime) -> Timetable:
    """What touches `bounds`. Holds that have run out by `now` are left out."""
    taken: dict[int, list[Entry]] = defaultdict(list)
    for entry in agenda.taken(session, bounds, now):
        taken[entry.resource_id].append(entry)
    sites = _sites(session, bounds, reader)
    return Timetable(sites, taken, {site.id: site.resource.name for site in sites})


def _sites(session: Session, bounds: Span, reader: Member) -> list[Site]:
    """One row for each closure and link of a resource, of which there are few."""
    asked = {"since": bounds.start, "until": bounds.end, "reader": reader.id}
    found: dict[int, _Found] = {}
    for row in session.execute(_SITES, asked):
        _gather(found, *row)
    return sorted(
        (one.site() for one in found.values()),
        key=lambda site: (KINDS.index(site.resource.kind), site.resource.name.casefold()),
    )


def _gather(found: dict[int, _Found], resource: Resource, *told: Any) -> None:
    training, trained_id, until, closure_id, start, end, reason, at, blocks_id = told
    one = found.setdefault(resource.id, _Found(resource, training, trained_id is not None, until))
    if closure_id is not None:
        one.shut[closure_id] = Shut(Span(start, end), reason, at)
    if blocks_id is not None:
        one.blocks.add(blocks_id)
