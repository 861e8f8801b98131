"""The booking form of the day page: what was typed, kept as it is, and what it means."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from pydantic import TypeAdapter, ValidationError

from campus.bookings.axis import STEP
from campus.bookings.desk import Wish
from campus.bookings.requests import Attendees, Title
from campus.errors import BadRequest
from campus.fields import FIRST_YEAR, LAST_YEAR, Instant

Value = TypeVar("Value")
_title: TypeAdapter[str] = TypeAdapter(Title)
_attendees: TypeAdapter[int] = TypeAdapter(Attendees)
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

    @classmethod
    def of(cls, sent: Mapping[str, str], zone: ZoneInfo) -> Typed:
        """From the request. A suggestion that was clicked (`slot=start/end`) replaces the times."""
        names = cls.__dataclass_fields__
        typed = cls(**{name: sent[name][:400] for name in names if name in sent})
        return typed._with_slot(sent["slot"], zone) if sent.get("slot") else typed

    def link(self) -> dict[str, Any]:
        """What a link to the day page takes along to fill the form anew; short enough for an address."""
        return {name: text[:80] for name, text in asdict(self).items() if text}

    def wish(self, now: datetime, zone: ZoneInfo) -> Wish:
        """What it asks for. Raises Unclear with what is wrong in each field."""
        faults: dict[str, str] = {}
        start = self._moment("start", faults, zone)
        end = self._moment("end", faults, zone)
        if start and end and end <= start:
            faults["end"] = _("The end is not after the start. For a night, tick “ends the next day”.")
        title = _checked(_title, self.title, "title", _("A title is one line of 1 to 200 letters."), faults)
        attendees = None
        if self.attendees.strip():
            number = int(self.attendees) if self.attendees.strip().isdecimal() else None
            attendees = _checked(_attendees, number, "attendees", _("A number of people, 1 or more."), faults)
        if not self.resource:
            faults["resource"] = _("Choose what to book.")
        if faults or start is None or end is None or title is None:
            raise Unclear(faults)
        if start < now <= start + STEP:  # the quarter of an hour that is running: from now on
            start = min(
                now.replace(second=0, microsecond=0) + timedelta(minutes=1), end - timedelta(minutes=1)
            )
        return Wish(self.resource, start, end, title, attendees, self.member.strip() or None)

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
            start, end = (_instant.validate_python(text).astimezone(zone) for text in slot.split("/"))
        except (ValidationError, ValueError):
            return self
        return replace(
            self,
            date=start.date().isoformat(),
            start=f"{start:%H:%M}",
            end=f"{end:%H:%M}",
            next_day="1" if end.date() > start.date() else "",
            start_again="1" if start.fold else "",
            end_again="1" if end.fold else "",
        )


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
