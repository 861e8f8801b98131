"""The letters about one booking: to whom they go, what stands in them, what goes along for calendars."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import partial
from typing import Any, TypeAlias
from zoneinfo import ZoneInfo

from flask_babel import LazyString
from sqlalchemy.orm import Session

from campus import letters
from campus.bookings.letters.appointments import appointment_of, turn_of
from campus.bookings.letters.calendar import Appointment, cancellation, invitation
from campus.bookings.letters.guests import guests_of
from campus.bookings.letters.mailed_links import LIFETIME, approvers, decision_link
from campus.bookings.models import Booking, Occurrence
from campus.bookings.wording import at, day_name, from_to
from campus.outbox import CalendarPart
from campus.people.models import Member
from campus.spaces.spans import Span

MOST_TIMES = 12
"""Times of a series that a letter lists; the rest is counted."""
How = Callable[[Appointment], bytes]
Reason: TypeAlias = str | LazyString
"""Why: typed by somebody, or words of ours that are put into the reader's language."""
OWN = object()
"""As the booking stands: an invitation to it, or its withdrawal where nothing of it stands."""


@dataclass(frozen=True, slots=True)
class Line:
    """A time as a letter shows it."""

    span: Span
    resource: str
    was: Span | None = None
    title: str = ""


@dataclass(frozen=True, slots=True)
class Correspondence:
    """`by` is who did what is told, None: the campus itself."""

    session: Session
    booking: Booking
    by: Member | None
    now: datetime
    zone: ZoneInfo
    is_reminder: bool = False

    def to_member(
        self,
        template: str,
        times: Sequence[Occurrence],
        *,
        was: Mapping[int, Span] | None = None,
        calendar: Any = OWN,
        reason: Reason | None = None,
        **told: Any,
    ) -> None:
        """Tell whose booking it is, if they are here and want to know."""
        owner = self.booking.member
        if not owner.active or not self._wants(owner):
            return
        letters.write_to(
            self.session,
            owner,
            template,
            self.now,
            dressed=True,
            calendar=self.part(None) if calendar is OWN else calendar,
            own=self.by is not None and self.by.id == owner.id,
            by_itself=self.by is None,
            page=self._page(),
            day=self._day(times),
            reason=(lambda: one_line(str(reason))) if reason else None,
            **self._words(times, was or {}),
            **told,
        )

    def to_guests(
        self,
        template: str,
        times: Sequence[Occurrence],
        *,
        emails: Iterable[str] | None = None,
        was: Mapping[int, Span] | None = None,
        how: How | None = None,
    ) -> None:
        """Tell the guests, or those with `emails`. No link of theirs does anything; each sees themselves."""
        for guest in guests_of(self.session, self.booking, emails):
            appointment = appointment_of(
                self.session, self.booking, self.zone, self.now, asked=[guest.person]
            )
            letters.write(
                self.session,
                guest.email,
                template,
                self.now,
                locale=guest.locale,
                clock=guest.clock,
                dressed=True,
                calendar=_part(appointment, how),
                member=self.booking.member.name,
                **self._words(times, was or {}),
            )

    def to_staff(self, template: str, times: Sequence[Occurrence]) -> None:
        """Ask everybody who may decide, each by a link of their own: it answers without signing in."""
        for approver in approvers(self.session):
            link = decision_link(self.session, self.booking, approver, self.now)
            told = {**self._words(times, {}), "member": self.booking.member.name, "answer": link}
            told |= {"people": self.booking.people, "days": LIFETIME.days}
            letters.write_to(self.session, approver, template, self.now, dressed=True, **told)

    def part(self, how: How | None) -> CalendarPart | None:
        """What the member's calendar is told."""
        asked = [guest.person for guest in guests_of(self.session, self.booking)]
        url = self._page()
        booking, zone, now = self.booking, self.zone, self.now
        return _part(appointment_of(self.session, booking, zone, now, url=url, asked=asked), how)

    def withdraw(self, gone: Sequence[Occurrence]) -> How:
        """What takes `gone` out of a calendar: all of it where nothing else stands."""
        ids = {one.id for one in gone}
        left = [one for one in self.booking.occurrences if one.id not in ids and turn_of(one).stands]
        return partial(cancellation, turns=[turn_of(one) for one in gone]) if left else cancellation

    def withdrawal(self, gone: Sequence[Occurrence]) -> CalendarPart | None:
        return self.part(self.withdraw(gone))

    def _wants(self, owner: Member) -> bool:
        if self.is_reminder:
            return owner.mails_reminders
        is_own = self.by is not None and self.by.id == owner.id
        return owner.mails_confirmations if is_own else owner.mails_bookings

    def _page(self) -> str:
        return letters.link("booking.page", booking_id=self.booking.id)

    def _day(self, times: Sequence[Occurrence]) -> str:
        """Where to look for something else."""
        day = min(one.start for one in times or self.booking.occurrences).astimezone(self.zone).date()
        return letters.link("bookings.day_page", date=day.isoformat())

    def _words(self, times: Sequence[Occurrence], was: Mapping[int, Span]) -> dict[str, Any]:
        """Times are written while the letter is: in the reader's language and clock."""
        booking = self.booking
        lines = [
            Line(
                Span(one.start, one.end),
                booking.resource.name,
                was.get(one.id),
                one_line(one.title if one.title is not None else booking.title),
            )
            for one in sorted(times or booking.occurrences, key=lambda one: one.start)
        ]
        return {
            "title": one_line(booking.title),
            "resource": booking.resource.name,
            "lines": lines[:MOST_TIMES],
            "more": max(0, len(lines) - MOST_TIMES),
            "when": lambda: when(lines[0].span, self.zone),
            "when_of": lambda span: when(span, self.zone),
            "moment": lambda instant: at(instant, self.zone),
        }


def when(span: Span, zone: ZoneInfo) -> str:
    """Tue 3 Mar 14:00–15:30."""
    return f"{day_name(span.start.astimezone(zone).date())} {from_to(span, zone)}"


def one_line(text: str) -> str:
    """A title as it stands in a letter: what is typed makes no lines of its own."""
    return " ".join(text.split())


def _part(appointment: Appointment | None, how: How | None) -> CalendarPart | None:
    if appointment is None:
        return None
    stands = any(turn.stands for turn in appointment.turns)
    chosen = how or (invitation if stands else cancellation)
    return CalendarPart("REQUEST" if chosen is invitation else "CANCEL", chosen(appointment))
