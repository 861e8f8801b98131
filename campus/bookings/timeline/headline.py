"""The answer first: how each resource stands, and what the day page says above all, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from flask_babel import gettext as _
from flask_babel import ngettext

from campus.bookings.rules.sentences import bar_text
from campus.bookings.timeline.axis import HOUR, MINUTE
from campus.bookings.timeline.blocks import Place
from campus.bookings.timeline.day import Day
from campus.bookings.timeline.lanes import Row
from campus.bookings.timeline.week import Cell, Week
from campus.bookings.wording import day_name, duration
from campus.figures import time_of_day
from campus.moments import day_bounds


@dataclass(frozen=True, slots=True)
class Standing:
    """`state`: free, taken, closed, barred (to the reader) or over (the day). `text`: for people."""

    state: str
    text: str


def standing(row: Row, day: Day) -> Standing:
    """How a resource stands: now if the day is today, else over the whole day."""
    if day.day < day.today:
        count = sum(block.reason == "booking" for block in row.blocks)
        return Standing("over", ngettext("%(num)d booking", "%(num)d bookings", count) if count else "")
    if row.barred:
        return Standing("barred", bar_text(row.barred, day.axis.zone))
    return _now(row, day) if day.day == day.today else _that_day(row)


def headline(day: Day) -> tuple[str, str]:
    """The answer to why one came, and a line beneath it."""
    rooms = [row for row in day.rows if row.kind == "room"]
    if day.day < day.today:
        count = sum(block.reason == "booking" for row in day.rows for block in row.blocks)
        return ngettext("%(num)d booking that day", "%(num)d bookings that day", count), ""
    if not rooms:
        return _("What would you like to book?"), ""
    return _rooms_now(rooms, day) if day.day == day.today else _rooms_that_day(rooms, day)


def cell_standing(cell: Cell, week: Week) -> Standing:
    """How a resource stands on one day of a week, in a word or two."""
    if cell.day < week.today:
        return Standing("over", str(cell.bookings or ""))
    if not cell.is_open:
        return Standing("closed", _("Closed"))
    if cell.barred:
        return Standing("barred", "–")
    if not cell.free:
        return Standing("taken", _("Nothing free"))
    if not cell.blocks and cell.day > week.today:
        return Standing("free", _("Free"))
    whole = cell.free // HOUR * HOUR if cell.free > 2 * HOUR else cell.free
    return Standing("free", _("%(time)s free", time=duration(whole / MINUTE)))


def week_headline(week: Week) -> tuple[str, str]:
    """What there is in a week, and which day has the most of it."""
    first, last = day_name(week.days[0]), day_name(week.days[-1])
    free = [
        sum((row.cells[number].free for row in week.rows if row.kind == "room"), timedelta(0))
        for number in range(len(week.days))
    ]
    answer: str = _("%(first)s to %(last)s", first=first, last=last)
    if not any(free):
        return answer, ""
    best = week.days[free.index(max(free))]
    return answer, _("Most room time is free on %(day)s.", day=day_name(best))


def _now(row: Row, day: Day) -> Standing:
    zone, midnight = day.axis.zone, day_bounds(day.day, day.axis.zone)[1]
    later = next((span.start for span in row.free_spans if span.start > day.now), None)
    then = time_of_day(later.astimezone(zone)) if later else ""
    for span in row.free_spans:
        if span.start <= day.now < span.end:
            until = time_of_day(span.end.astimezone(zone))
            text: str = _("Free") if span.end == midnight else _("Free until %(time)s", time=until)
            return Standing("free", text)
    if any(span.start <= day.now < span.end for span in row.opening):
        if not any(_covers(block.blocked, day.now_at) for block in row.blocks):  # notice is asked for
            return Standing("taken", _("Book from %(time)s", time=then) if later else _("No longer today"))
        return Standing("taken", _("Free from %(time)s", time=then) if later else _("Taken for today"))
    return Standing("closed", _("Closed until %(time)s", time=then) if later else _("Closed"))


def _covers(place: Place, minute: int | None) -> bool:
    return minute is not None and place[0] <= minute < place[1]


def _that_day(row: Row) -> Standing:
    free = sum((span.length for span in row.free_spans), timedelta(0))
    if not row.opening:
        return Standing("closed", _("Closed"))
    if not free:
        text: str = _("Nothing free")
        return Standing("taken", text)
    if not row.blocks and len(row.free_spans) == len(row.opening):
        return Standing("free", _("Free all day"))
    return Standing("free", _("%(time)s free", time=duration(free / MINUTE)))


def _rooms_now(rooms: Sequence[Row], day: Day) -> tuple[str, str]:
    standings = [(row, standing(row, day)) for row in rooms]
    free = [(row, how) for row, how in standings if how.state == "free"]
    if free:
        answer = ngettext("%(num)d room is free now", "%(num)d rooms are free now", len(free))
        return answer, " · ".join(f"{row.name}: {how.text.lower()}" for row, how in free[:3])
    soonest = min(
        ((span.start, row.name) for row in rooms for span in row.free_spans if span.start > day.now),
        default=None,
    )
    closed = all(how.state == "closed" for _row, how in standings)
    answer = _("The rooms are closed now") if closed else _("No room is free now")
    if soonest is None:
        return answer, _("Look at tomorrow.")
    time = time_of_day(soonest[0].astimezone(day.axis.zone))
    return answer, _("The next: %(room)s at %(time)s.", room=soonest[1], time=time)


def _rooms_that_day(rooms: Sequence[Row], day: Day) -> tuple[str, str]:
    some = [row for row in rooms if row.free_spans]
    whole = [row for row in some if not row.blocks]
    name = day_name(day.day)
    if not some:
        return _("No room is free on %(day)s", day=name), ""
    if whole:
        answer = ngettext(
            "%(num)d room is free all %(day)s", "%(num)d rooms are free all %(day)s", len(whole), day=name
        )
        return answer, ""
    return ngettext(
        "%(num)d room has time on %(day)s", "%(num)d rooms have time on %(day)s", len(some), day=name
    ), ""
