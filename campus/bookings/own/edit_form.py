"""The form that changes a booking: what is stored as the form shows it, what was typed, and what differs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from zoneinfo import ZoneInfo

from flask_babel import gettext as _

from campus.bookings.changing import Change
from campus.bookings.models import VISIBILITIES, Booking, Occurrence
from campus.bookings.requests import MOST_GUESTS
from campus.bookings.timeline.form import Typed, Unclear
from campus.errors import BadRequest
from campus.moments import EPOCH
from campus.people.addresses import read_address

LONGEST = 20_000
"""Letters of a field; guests are many."""
SCOPES = ("this", "following", "all")
TIMES = ("date", "start", "end", "next_day", "start_again", "end_again")
"""Fields that say together when it is."""


@dataclass(frozen=True, slots=True)
class Edited:
    """The form's fields as text. `occurrence` and `version` say what was looked at while it was typed."""

    occurrence: str = ""
    version: str = ""
    scope: str = "this"
    resource: str = ""
    date: str = ""
    start: str = ""
    end: str = ""
    next_day: str = ""
    start_again: str = ""
    end_again: str = ""
    title: str = ""
    attendees: str = ""
    guests: str = ""
    visibility: str = "private"
    on_conflict: str = "fail"

    @classmethod
    def of(cls, sent: Mapping[str, str], zone: ZoneInfo) -> Edited:
        """From the request. A suggestion that was clicked replaces the times (`slot=start/end`) or the
        resource (`instead`)."""
        names = cls.__dataclass_fields__
        typed = cls(**{name: sent[name][:LONGEST] for name in names if name in sent})
        if sent.get("instead"):
            typed = replace(typed, resource=sent["instead"][:64])
        if not sent.get("slot"):
            return typed
        chosen = Typed.of({"slot": sent["slot"]}, zone)
        return replace(typed, **{name: getattr(chosen, name) for name in TIMES}) if chosen.date else typed

    @classmethod
    def showing(cls, booking: Booking, occurrence: Occurrence, zone: ZoneInfo) -> Edited:
        """What is stored, as the form has it."""
        start, end = occurrence.start.astimezone(zone), occurrence.end.astimezone(zone)
        return cls(
            occurrence=str(occurrence.id),
            version=str(booking.version),
            resource=booking.resource.slug,
            date=start.date().isoformat(),
            start=f"{start:%H:%M}",
            end=f"{end:%H:%M}",
            next_day="1" if end.date() > start.date() else "",
            start_again="1" if start.fold else "",
            end_again="1" if end.fold else "",
            title=occurrence.title or booking.title,
            attendees=str(booking.attendees or ""),
            guests="\n".join(booking.guests),
            visibility=booking.visibility,
        )

    @property
    def seen_version(self) -> int:
        """The version that was looked at; -1, which nothing has, where that cannot be read."""
        return int(self.version) if self.version.isdecimal() and len(self.version) < 10 else -1

    def differing(self, stored: Edited) -> list[str]:
        """Names of the fields that say something else than what is stored; `date` for all about when."""
        mine, theirs = asdict(self), asdict(stored)
        mine["guests"], theirs["guests"] = self.guests.split(), stored.guests.split()
        found = [name for name in ("resource", "title", "attendees", "guests", "visibility")
                 if _said(mine[name]) != _said(theirs[name])]  # fmt: skip
        return [*(["date"] if any(mine[name] != theirs[name] for name in TIMES) else []), *found]

    def change(self, stored: Edited, zone: ZoneInfo) -> Change:
        """What is to become of it: only what differs from `stored`. Raises Unclear with what to mend."""
        differs = self.differing(stored)
        faults: dict[str, str] = {}
        guests = self._guests(faults) if "guests" in differs else None
        if self.visibility not in VISIBILITIES or self.scope not in SCOPES:
            faults["visibility"] = _("Choose one of these.")
        plain = {name: getattr(self, name) for name in (*TIMES, "resource", "title", "attendees")}
        try:
            wish = Typed(**plain).wish(EPOCH, zone)  # what began already may stay as it is
        except Unclear as unclear:
            raise Unclear({**unclear.faults, **faults}) from None
        if faults:
            raise Unclear(faults)
        return Change(
            start=wish.start if self._differs(stored, "date", "start", "start_again") else None,
            end=wish.end if self._differs(stored, "date", "end", "end_again", "next_day") else None,
            title=wish.title if "title" in differs else None,
            attendees=(wish.attendees or 0) if "attendees" in differs else None,
            guests=guests,
            visibility=self.visibility if "visibility" in differs else None,
            resource=self.resource if "resource" in differs else None,
            scope=self.scope,  # type: ignore[arg-type]  # one of SCOPES
            occurrence_id=int(stored.occurrence),
            version=self.seen_version,
            on_conflict="skip" if self.on_conflict == "skip" else "fail",
        )

    def _differs(self, stored: Edited, *names: str) -> bool:
        return any(getattr(self, name) != getattr(stored, name) for name in names)

    def _guests(self, faults: dict[str, str]) -> tuple[str, ...] | None:
        try:
            return read_guests(self.guests)
        except BadRequest as error:
            faults["guests"] = error.message
            return None


def read_guests(text: str) -> tuple[str, ...]:
    """Mail addresses from what was typed, each once, separated by spaces, commas or lines. BadRequest."""
    words = dict.fromkeys(text.replace(",", " ").replace(";", " ").lower().split())
    if len(words) > MOST_GUESTS:
        raise BadRequest(_("%(most)s guests at most.", most=MOST_GUESTS))
    return tuple(dict.fromkeys(read_address(word) for word in words))


def _said(value: object) -> object:
    return value.strip() if isinstance(value, str) else value
