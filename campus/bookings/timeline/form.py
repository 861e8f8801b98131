"""The booking form of the day page: what was typed, kept as it is, and what it means."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from pydantic import TypeAdapter, ValidationError
from werkzeug.datastructures import MultiDict

from campus.bookings.desk import Wish
from campus.bookings.models import VISIBILITIES
from campus.bookings.repeats.repeat_form import RepeatChoice
from campus.bookings.requests import Attendees, Guests, Title
from campus.bookings.timeline.axis import STEP
from campus.errors import BadRequest
from campus.fields import FIRST_YEAR, LAST_YEAR, Instant
from campus.spaces.spans import Span

Value = TypeVar("Value")
LONGEST_FIELD = 400
LONGEST_LIST = 20_000
"""Letters of all guests' addresses together."""
_title: TypeAdapter[str] = TypeAdapter(Title)
_attendees: TypeAdapter[int] = TypeAdapter(Attendees)
_guests: TypeAdapter[list[str]] = TypeAdapter(Guests)
_instant: TypeAdapter[datetime] = TypeAdapter(Instant)


class Unclear(BadRequest):
    """Mend the fields that `faults` names."""

    def __init__(self, faults: Mapping[str, str]) -> None:
        super().__init__(" ".join(faults.values()))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's fields as text. `start_again`, `end_again`: the second time that hour comes that day."""

    resource: str = ""
    date: str = ""
    start: str = ""
    end: str = ""
    title: str = ""
    attendees: str = ""
    member: str = ""
    next_day: str = ""
    start_again: str = ""
    end_again: str = ""
    repeat: str = ""
    repeat_every: str = ""
    repeat_days: tuple[str, ...] = ()
    repeat_until: str = ""
    repeat_times: str = ""
    guests: str = ""
    visibility: str = ""
    on_conflict: str = ""
    waitlist: str = ""

    @classmethod
    def of(cls, sent: Mapping[str, str], zone: ZoneInfo) -> Typed:
        """From the request. A suggestion that was clicked (`slot=start/end`) replaces the times."""
        found: dict[str, Any] = {
            name: sent[name][: LONGEST_LIST if name == "guests" else LONGEST_FIELD]
            for name in cls.__dataclass_fields__
            if name in sent
        }
        if "repeat_days" in found:
            days = sent.getlist("repeat_days") if isinstance(sent, MultiDict) else [sent["repeat_days"]]
            found["repeat_days"] = tuple(day[:2] for day in days[:7])
        typed = cls(**found)
        return typed._with_slot(sent["slot"], zone) if sent.get("slot") else typed

    def link(self) -> dict[str, Any]:
        """What a link to the day page takes along to fill the form anew; short enough for an address."""
        said = {name: value for name, value in asdict(self).items() if value}
        return {name: value[:80] if isinstance(value, str) else list(value) for name, value in said.items()}

    def span(self, now: datetime, zone: ZoneInfo) -> Span:
        """The time that it asks for; the first of a series. Raises Unclear."""
        faults: dict[str, str] = {}
        span = self._span(faults, now, zone)
        if faults or span is None:
            raise Unclear(faults)
        return span

    def wish(self, now: datetime, zone: ZoneInfo, *, untitled: bool = False) -> Wish:
        """What it asks for. `untitled`: it needs no title yet. Raises Unclear, field by field."""
        faults: dict[str, str] = {}
        span = self._span(faults, now, zone)
        title: str | None = self.title or "–"
        if not untitled:
            fault = _("A title is one line of 1 to 200 letters.")
            title = _checked(_title, self.title, "title", fault, faults)
        attendees = None
        if self.attendees.strip():
            number = int(self.attendees) if self.attendees.strip().isdecimal() else None
            attendees = _checked(_attendees, number, "attendees", _("A number of people, 1 or more."), faults)
        words = re.split(r"[\s,;]+", self.guests.strip()) if self.guests.strip() else []
        fault = _("These are not all mail addresses. Put a space or a line between them.")
        guests = _checked(_guests, [word for word in words if word], "guests", fault, faults)
        repeat = self._repeat(faults)
        if faults or span is None or title is None or guests is None:
            raise Unclear(faults)
        return Wish(
            self.resource,
            span.start,
            span.end,
            title,
            attendees,
            self.member.strip() or None,
            repeat=repeat,
            on_conflict="skip" if self.on_conflict == "skip" else "fail",
            guests=tuple(dict.fromkeys(guests)),
            visibility=self.visibility if self.visibility in VISIBILITIES else "private",
            waitlist=bool(self.waitlist),
        )

    def _span(self, faults: dict[str, str], now: datetime, zone: ZoneInfo) -> Span | None:
        start = self._moment("start", faults, zone)
        end = self._moment("end", faults, zone)
        if start and end and end <= start:
            faults["end"] = _("The end is not after the start. For a night, tick “ends the next day”.")
        if not self.resource:
            faults["resource"] = _("Choose what to book.")
        if faults or start is None or end is None:
            return None
        if start < now <= start + STEP:  # the quarter of an hour that is running: from now on
            start = min(
                now.replace(second=0, microsecond=0) + timedelta(minutes=1), end - timedelta(minutes=1)
            )
        return Span(start, end)

    def _repeat(self, faults: dict[str, str]) -> str | None:
        """The RRULE of its fields, None if it does not repeat."""
        day = read_day(self.date)
        if not self.repeat or day is None:
            return None
        choice = RepeatChoice(
            self.repeat,
            self.repeat_every or "1",
            self.repeat_days if self.repeat == "weekly" else (),
            self.repeat_until,
            self.repeat_times,
        )
        try:
            return choice.rule(day)
        except BadRequest as error:
            faults[error.extra.get("field", "repeat")] = error.message
            return None

    def _moment(self, name: str, faults: dict[str, str], zone: ZoneInfo) -> datetime | None:
        day, text, again = read_day(self.date), getattr(self, name), getattr(self, f"{name}_again")
        if day is None:
            faults["date"] = _("This is not a date.")
            return None
        if name == "end" and self.next_day:
            day += timedelta(days=1)
        try:
            wall = datetime.combine(day, time.fromisoformat(text), tzinfo=zone).replace(
                fold=1 if again else 0
            )
        except ValueError:
            faults[name] = _("This is not a time of day.")
            return None
        moment = wall.astimezone(UTC)
        if moment.astimezone(zone).replace(tzinfo=None) != wall.replace(tzinfo=None, fold=0):
            faults[name] = _("The clocks go forward that night: this time does not exist.")
            return None
        return moment

    def _with_slot(self, slot: str, zone: ZoneInfo) -> Typed:
        try:
            start, end = (_instant.validate_python(text) for text in slot.split("/"))
        except (ValidationError, ValueError):
            return self
        return replace(self, **fields_of(Span(start, end), zone))


def fields_of(span: Span, zone: ZoneInfo) -> dict[str, Any]:
    """How the form's fields say a span."""
    start, end = (moment.astimezone(zone) for moment in span)
    return {
        "date": start.date().isoformat(),
        "start": f"{start:%H:%M}",
        "end": f"{end:%H:%M}",
        "next_day": "1" if end.date() > start.date() else "",
        "start_again": "1" if start.fold else "",
        "end_again": "1" if end.fold else "",
    }


def read_day(text: str) -> date | None:
    """A campus day from YYYY-MM-DD, None if it is none or out of range."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR < day.year < LAST_YEAR else None


def _checked(
    adapter: TypeAdapter[Value], value: object, name: str, fault: str, faults: dict[str, str]
) -> Value | None:
    try:
        return adapter.validate_python(value)
    except ValidationError:
        faults[name] = fault
        return None
