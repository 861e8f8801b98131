"""What the day page shows: every resource's hours, bookings and free time on one campus day."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from itertools import groupby
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.bookings.timeline.axis import MINUTE, Axis, axis_of
from campus.bookings.timeline.blocks import Reader
from campus.bookings.timeline.chosen import Chosen
from campus.bookings.timeline.lanes import Row, row_of
from campus.bookings.timeline.timetable import Timetable, read_timetable
from campus.moments import day_bounds
from campus.people.models import Member
from campus.spaces.spans import Span

MARGIN = timedelta(days=1)
"""Buffers reach over midnight."""


@dataclass(frozen=True, slots=True)
class Day:
    """The page, before it is put into words. `table` has the resources that are not shown, too."""

    day: date
    today: date
    now: datetime
    axis: Axis
    rows: Sequence[Row]
    table: Timetable

    @property
    def groups(self) -> list[tuple[str, list[Row]]]:
        """The rows by kind."""
        return [(kind, list(rows)) for kind, rows in groupby(self.rows, key=lambda row: row.kind)]

    @property
    def minutes(self) -> int:
        return self.axis.minutes

    @property
    def has_today(self) -> bool:
        return self.day == self.today

    @property
    def now_at(self) -> int | None:
        """Where now lies on the axis, None if not on it."""
        inside = self.axis.span.start <= self.now < self.axis.span.end
        return self.axis.place(self.now) if inside else None

    @property
    def places(self) -> list[int]:
        """Every place that is drawn, for the page's style block: 1,501 at the most."""
        drawn = {place for place, _wall in self.axis.hours()}
        for row in self.rows:
            for span in (
                *row.open,
                *(shut.place for shut in row.shut),
                *(block.place for block in row.blocks),
                *(block.blocked for block in row.blocks),
            ):
                drawn.update(span)
        return sorted(drawn)

    def minutes_of(self, moment: datetime) -> float:
        """Minutes from the axis' start, before it and behind its end too."""
        return (moment - self.axis.span.start) / MINUTE


def day_of(
    session: Session,
    day: date,
    member: Member,
    *,
    now: datetime,
    zone: ZoneInfo,
    chosen: Chosen | None = None,
) -> Day:
    """The day as `member` may see it, in two questions to the store."""
    chosen, reader = chosen or Chosen(), Reader(member, now, zone)
    bounds = Span(*day_bounds(day, zone))
    table = read_timetable(session, Span(bounds.start - MARGIN, bounds.end + MARGIN), member, now)
    axis = Axis(bounds, zone) if chosen.whole else _axis(table, day, reader)
    rows = [row_of(site, table, axis, bounds, reader) for site in table.sites if chosen.shows(site.resource)]
    return Day(day, now.astimezone(zone).date(), now, axis, rows, table)


def _axis(table: Timetable, day: date, reader: Reader) -> Axis:
    """The same for all that is chosen, so that choosing moves nothing."""
    return axis_of(day, reader.zone, opening=table.limited_hours(day, reader.zone), drawn=table.drawn())
