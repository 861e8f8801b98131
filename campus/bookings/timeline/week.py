"""What the week page shows: for each resource and day how much is taken, and how much is free."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.bookings.rules.policy import Broken
from campus.bookings.timeline.axis import Axis, axis_of
from campus.bookings.timeline.blocks import Block, Place, Reader, blocks_of, places
from campus.bookings.timeline.chosen import Chosen
from campus.bookings.timeline.day import MARGIN
from campus.bookings.timeline.lanes import bar, free_time
from campus.bookings.timeline.timetable import Site, Timetable, read_timetable
from campus.moments import day_bounds
from campus.people.models import Member
from campus.spaces.hours import instant_at
from campus.spaces.spans import Span

DAYS = 7


@dataclass(frozen=True, slots=True)
class Cell:
    """A resource on one day. `minutes`: how long its strip is, by elapsed time."""

    day: date
    minutes: int
    is_open: bool
    barred: bool
    open: Sequence[Place]
    blocks: Sequence[Block]
    free: timedelta
    """What can still be booked."""

    @property
    def bookings(self) -> int:
        return sum(block.reason == "booking" for block in self.blocks)


@dataclass(frozen=True, slots=True)
class WeekRow:
    """`barred`: why the reader may book nothing here all week."""

    slug: str
    name: str
    kind: str
    capacity: int | None
    barred: Broken | None
    cells: Sequence[Cell]


@dataclass(frozen=True, slots=True)
class Week:
    """Monday to Sunday, before it is put into words. `day` is the one that was asked for."""

    day: date
    today: date
    now: datetime
    axes: Sequence[Axis]
    rows: Sequence[WeekRow]
    table: Timetable

    @property
    def days(self) -> list[date]:
        return week_of_day(self.day)

    @property
    def groups(self) -> list[tuple[str, list[WeekRow]]]:
        """The rows by kind."""
        return [(kind, list(rows)) for kind, rows in groupby(self.rows, key=lambda row: row.kind)]

    @property
    def minutes(self) -> int:
        return max(axis.minutes for axis in self.axes)

    @property
    def lengths(self) -> list[int]:
        """The lengths of the strips: one more where the clocks change and all hours are drawn."""
        return sorted({axis.minutes for axis in self.axes})

    @property
    def has_today(self) -> bool:
        return self.today in self.days

    @property
    def now_at(self) -> None:
        """A week has no line for now."""
        return None

    @property
    def places(self) -> list[int]:
        """Every place that is drawn, for the page's style block."""
        drawn: set[int] = set()
        for row in self.rows:
            for cell in row.cells:
                for span in (*cell.open, *(block.place for block in cell.blocks)):
                    drawn.update(span)
        return sorted(drawn)


def week_of_day(day: date) -> list[date]:
    """The seven days of its week, Monday first."""
    monday = day - timedelta(days=day.weekday())
    return [monday + timedelta(days=number) for number in range(DAYS)]


def week_of(
    session: Session,
    day: date,
    member: Member,
    *,
    now: datetime,
    zone: ZoneInfo,
    chosen: Chosen | None = None,
) -> Week:
    """The week of `day` as `member` may see it, in two questions to the store."""
    chosen, reader = chosen or Chosen(), Reader(member, now, zone)
    days = week_of_day(day)
    bounds = [Span(*day_bounds(each, zone)) for each in days]
    table = read_timetable(session, Span(bounds[0].start - MARGIN, bounds[-1].end + MARGIN), member, now)
    axes = _axes(table, days, zone)
    rows = [
        _row(site, table, days, bounds, axes, reader=reader)
        for site in table.sites
        if chosen.shows(site.resource)
    ]
    return Week(day, now.astimezone(zone).date(), now, axes, rows, table)


def _row(
    site: Site,
    table: Timetable,
    days: Sequence[date],
    bounds: Sequence[Span],
    axes: Sequence[Axis],
    *,
    reader: Reader,
) -> WeekRow:
    bars = [bar(site, each, reader) for each in bounds]
    return WeekRow(
        slug=site.resource.slug,
        name=site.resource.name,
        kind=site.resource.kind,
        capacity=site.resource.capacity,
        barred=bars[0] if all(bars) else None,
        cells=[
            _cell(site, table, day, each, axis, reader=reader)
            for day, each, axis in zip(days, bounds, axes, strict=True)
        ],
    )


def _cell(site: Site, table: Timetable, day: date, bounds: Span, axis: Axis, *, reader: Reader) -> Cell:
    hours, free = free_time(site, table, bounds, reader)
    return Cell(
        day=day,
        minutes=axis.minutes,
        is_open=bool(hours),
        barred=bar(site, bounds, reader) is not None,
        open=places(axis, hours),
        blocks=blocks_of(site, table, axis, hours, reader),
        free=sum((span.length for span in free), timedelta(0)),
    )


def _axes(table: Timetable, days: Sequence[date], zone: ZoneInfo) -> list[Axis]:
    """The same hours of the clock on all days: strips that stand above each other say the same."""
    drawn = table.drawn()
    found = [axis_of(day, zone, opening=table.limited_hours(day, zone), drawn=drawn) for day in days]
    first = min(_wall(axis.span.start, day, zone) for axis, day in zip(found, days, strict=True))
    last = max(_wall(axis.span.end, day, zone) for axis, day in zip(found, days, strict=True))
    return [
        Axis(Span(instant_at(day, first * 60, zone), instant_at(day, last * 60, zone)), zone) for day in days
    ]


def _wall(moment: datetime, day: date, zone: ZoneInfo) -> int:
    """The hour that the clock on the wall shows, 24 for the midnight that ends the day."""
    wall = moment.astimezone(zone)
    return 24 if wall.date() > day else wall.hour
