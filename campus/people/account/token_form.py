"""The form that makes an API token: what was typed, kept as it is, and what it means."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from werkzeug.datastructures import MultiDict

from campus.moments import day_bounds
from campus.people.permissions import SCOPES

DAYS = ("30", "90", "365")
LONGEST = timedelta(days=366)
"""What a token made by this form lasts at most."""
LONGEST_NAME = 120


@dataclass(frozen=True, slots=True)
class Typed:
    """The form's fields. `ends`: a number of DAYS, or "date" for the day in `until`."""

    name: str = ""
    scopes: tuple[str, ...] = ("read",)
    ends: str = "90"
    until: str = ""

    @classmethod
    def of(cls, sent: MultiDict[str, str]) -> Typed:
        """From the form, or from a link back to it. Nothing of it sent: the form as it begins."""
        if "name" not in sent:
            return cls()
        return cls(
            name=sent.get("name", "")[:400],
            scopes=tuple(scope for scope in SCOPES if scope in sent.getlist("scopes")),
            ends=sent.get("ends", "")[:8],
            until=sent.get("until", "")[:10],
        )

    def link(self) -> dict[str, Any]:
        """What a link to the form takes along to fill it anew."""
        return {**asdict(self), "name": self.name[:LONGEST_NAME]}

    def faults(self, now: datetime, zone: ZoneInfo) -> dict[str, str]:
        """What is wrong, by field."""
        found: dict[str, str] = {}
        if not self.name.strip() or len(self.name) > LONGEST_NAME or not self.name.isprintable():
            found["name"] = _("A token needs a name of 1 to 120 letters: what it is for.")
        if not self.scopes:
            found["scopes"] = _("Choose at least one thing that the token may do.")
        if self.end(now, zone) is None:
            found["ends"] = _("Choose an end: a day from today on, within a year.")
        return found

    def end(self, now: datetime, zone: ZoneInfo) -> datetime | None:
        """When it ends: after so many days, or with the end of the chosen campus day. None if unclear."""
        if self.ends in DAYS:
            return now + timedelta(days=int(self.ends))
        if self.ends != "date":
            return None
        try:
            end = day_bounds(date.fromisoformat(self.until), zone)[1]
        except (ValueError, OverflowError):
            return None
        return end if now < end <= now + LONGEST else None
