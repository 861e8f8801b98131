"""A lane: one resource's hours, bookings and free time on an axis, as one reader may see and book it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from campus.bookings.agenda import opening_without
from campus.bookings.rules.policy import Broken, Policy
from campus.bookings.rules.slots import next_grid
from campus.bookings.timeline.axis import MINUTE, STEP, Axis
from campus.bookings.timeline.blocks import Block, Place, Reader, against, blocks_of, place_of, places
from campus.bookings.timeline.timetable import Shut, Site, Timetable
from campus.moments import EPOCH, rfc3339
from campus.people.permissions import may
from campus.spaces.spans import Span, within, without

USUAL = timedelta(hours=1)
"""What one click books, where it is free and allowed."""
HALF = timedelta(minutes=30)
USUAL_MORNING = timedelta(hours=8)
MOST_COMING = 3


@dataclass(frozen=True, slots=True)
class Closed:
    """A closure on the lane."""

    place: Place
    reason: str


@dataclass(frozen=True, slots=True)
class Row:
    """A resource on one axis. `free` is where a booking may lie, from now on."""

    slug: str
    name: str
    kind: str
    capacity: int | None
    least_minutes: int
    most_minutes: int
    barred: Broken | None
    """Why the reader may book nothing here on that day, whatever the time."""
    open: Sequence[Place]
    shut: Sequence[Closed]
    free: Sequence[Place]
    blocks: Sequence[Block]
    opening: Sequence[Span]
    free_spans: Sequence[Span]
    """As `free`, as instants of that day."""
    next: Span | None
    """The next time that makes sense to book."""
    next_place: Place | None
    coming: Sequence[Block]
    """What is taken now and next."""


def row_of(site: Site, table: Timetable, axis: Axis, bounds: Span, reader: Reader) -> Row:
    """The lane of a resource on the day `bounds`, of which the axis shows a part."""
    hours, free = free_time(site, table, bounds, reader)
    blocks = blocks_of(site, table, axis, hours, reader)
    after = _next(free, site.policy, bounds, reader)
    return Row(
        slug=site.resource.slug,
        name=site.resource.name,
        kind=site.resource.kind,
        capacity=site.resource.capacity,
        least_minutes=site.policy.min_minutes,
        most_minutes=site.policy.max_minutes,
        barred=bar(site, bounds, reader),
        open=places(axis, hours),
        shut=[
            Closed(place_of(axis, part), _why(shut, site, table))
            for shut in site.shut
            if (part := shut.span.clipped(axis.span))
        ],
        free=places(axis, free),
        blocks=blocks,
        opening=hours,
        free_spans=free,
        next=after,
        next_place=place_of(axis, after) if after and axis.span.covers(after) else None,
        coming=[block for block in blocks if block.span.end > reader.now and block.reason != "needs"][
            :MOST_COMING
        ],
    )


def _why(shut: Shut, site: Site, table: Timetable) -> str:
    """Why it is closed; of what is taken along its name, too."""
    if shut.at in (None, site.id):
        return shut.reason
    return f"{table.names[shut.at]}: {shut.reason}"


def free_time(
    site: Site, table: Timetable, bounds: Span, reader: Reader
) -> tuple[Sequence[Span], Sequence[Span]]:
    """When it is open within `bounds`, and where the reader's booking may lie, from now on."""
    hours = opening_without(site.resource, bounds, reader.zone, [shut.span for shut in site.shut])
    if bar(site, bounds, reader):
        return hours, []
    taken = (span for _occurrence, span in against(site, table, reader))
    return hours, _ahead(site, without(hours, taken), reader)


def bar(site: Site, bounds: Span, reader: Reader) -> Broken | None:
    """The rule by which the reader can book nothing at all within `bounds`, as far as that shows early.

    Whoever books for others is not asked for their own role and training.
    """
    policy, member = site.policy, reader.member
    latest = policy.window(reader.now).end
    if latest < bounds.start:
        return Broken("too-far", {"max_advance_days": policy.max_advance_days, "latest": rfc3339(latest)})
    if may(member, "bookings.make-for-others"):
        return None
    if policy.roles is not None and member.role not in policy.roles:
        return Broken("role", {"role": member.role, "roles": list(policy.roles)})
    return _untrained(site, bounds)


def _untrained(site: Site, bounds: Span) -> Broken | None:
    training, until = site.policy.training, site.trained_until
    if training is None:
        return None
    numbers = {"training": training, "name": site.training_name or training}
    if not site.trained:
        return Broken("training-required", {**numbers, "state": "none"})
    if until is not None and until <= bounds.start:
        return Broken("training-required", {**numbers, "state": "expired", "valid_until": rfc3339(until)})
    return None


def _ahead(site: Site, free: Sequence[Span], reader: Reader) -> list[Span]:
    """The part of `free` that can be booked by now."""
    policy = site.policy
    window = policy.window(reader.now if policy.min_notice_minutes else _running_quarter(reader.now))
    return within(free, Span(window.start, window.end + policy.max_minutes * MINUTE))


def _next(free: Sequence[Span], policy: Policy, bounds: Span, reader: Reader) -> Span | None:
    """The first quarter of an hour from which enough is free, and what one usually takes of it.

    By day where there is a choice, and half an hour where there is: nobody looks for 10 minutes at midnight.
    """
    shortest, longest = max(policy.min_minutes * MINUTE, STEP), policy.max_minutes * MINUTE
    morning = bounds.start + USUAL_MORNING
    later = within(free, Span(max(morning, reader.now - STEP), bounds.end)) if morning < bounds.end else []
    for spans, least in ((later, max(shortest, HALF)), (free, shortest)):
        for span in spans:
            start = next_grid(span.start, STEP)
            length = min(max(USUAL, shortest), longest, span.end - start)
            if length >= least and start + length > reader.now:
                return Span(start, start + length)
    return None


def _running_quarter(now: datetime) -> datetime:
    """The quarter of an hour that is under way may still be taken from now on."""
    return now - (now - EPOCH) % STEP
