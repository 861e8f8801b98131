"""Moving what is booked to another time or place: one turn, a part of a series or all of it, in one go."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from sqlalchemy import update
from sqlalchemy.orm import Session

from campus.bookings import lines, placing, taking
from campus.bookings.desk import WAITING, Booked, Scope, in_scope
from campus.bookings.models import Booking, Occurrence
from campus.bookings.placing import Placed
from campus.bookings.refusals import rules_broken
from campus.bookings.repeats.recurrence import Turn
from campus.bookings.repeats.series import Shift, cut, gives, moved_rule
from campus.bookings.rules.policy import Broken
from campus.errors import BadRequest
from campus.moments import rfc3339
from campus.people.models import Member
from campus.people.permissions import may
from campus.spaces.spans import Span

AHEAD = ("in-the-past", "too-soon", "too-far")
"""Rules about the start: they do not count for a booking whose start stays."""
INSIDE = (*AHEAD, "closed", "too-long", "quota", "too-many-open", "training-required", "role")
"""Nor do these for one that only becomes shorter."""


@dataclass(frozen=True, slots=True)
class Move:
    """`one` goes to `new` on the ground `there`, and with it what else `scope` names.

    `skips`: what cannot go stays as it is, by consent. `grew`: more people come than before; that is looked
    at even where nothing `moves`.
    """

    session: Session
    booking: Booking
    one: Occurrence
    new: Span
    there: taking.Ground
    scope: Scope
    moves: bool
    skips: bool
    grew: bool
    member: Member
    now: datetime
    zone: ZoneInfo

    def carry_out(self) -> Booked:
        """Raises BadRequest, RulesBroken, SlotTaken; see changing.change."""
        old = Span(self.one.start, self.one.end)
        if self.one.start <= self.now and (self.new.start != old.start or self._goes_elsewhere):
            raise BadRequest(_("It has begun: only its end can be changed, or give it back."))
        if self.one.start <= self.now and self.new.end < self.now:  # what was used stays counted
            raise rules_broken([Broken("in-the-past", {"now": rfc3339(self.now)})], self.zone)
        shift = Shift.between(old, self.new, self.zone)
        turns = {time: self._turn(time, shift) for time in self._touched()}
        placed = self._place(list(turns.values()), [time.id for time in turns], old)
        stays = self._stays(turns, placed)
        waits = self.one.status == "waitlisted" and self.there.rules.waitlist != "off"
        if stays and not waits and not (self.skips and len(stays) < len(turns)):
            raise self._refusal(placed)
        if stays and waits and self.moves:
            owner, ids = self.booking.member, [time.id for time in turns]
            new = self.new
            lines.admit(self.session, self.there, owner, new, now=self.now, zone=self.zone, without=ids)
        going = {time: turn for time, turn in turns.items() if waits or time not in stays}
        home = self._home(shift, list(turns))
        lost = Placed([], list(going.values()), [], [])
        with taking.store_decides(self.session, lambda: self._refusal(lost)):
            self._settle(going, home, fits=not stays)
            if not waits:
                for time in stays:
                    time.moved = True
            self.session.flush()
        left = [] if waits else [Span(time.start, time.end) for time in stays]
        return Booked(home, left, None if home is self.booking else self.booking)

    @property
    def _goes_elsewhere(self) -> bool:
        return self.there.resource.id != self.booking.resource_id

    def _touched(self) -> list[Occurrence]:
        """The one, and of its series what is still to come and no exception."""
        scope = self.scope if len(self.booking.occurrences) > 1 else "this"
        return [
            time
            for time in in_scope(self.booking, scope, self.one.id, self.now)
            if time is self.one or (time.start > self.now and time.status in WAITING and not time.moved)
        ]

    def _turn(self, time: Occurrence, shift: Shift) -> Turn:
        span = self.new if time is self.one else shift.of(Span(time.start, time.end), self.zone)
        return Turn(time.original_start, span)

    def _place(self, turns: Sequence[Turn], ids: Sequence[int], old: Span) -> Placed:
        spared: tuple[str, ...] = ()
        if not self._goes_elsewhere:
            spared = INSIDE if old.covers(self.new) else AHEAD if self.new.start == old.start else ()
        return placing.place(
            self.session,
            self.there,
            self.booking.member,
            turns,
            self.booking.people,
            now=self.now,
            zone=self.zone,
            without=ids,
            spared=spared,
        )

    def _refusal(self, placed: Placed) -> Exception:
        return placing.refusal(
            self.session,
            self.there,
            placed,
            self.booking.member,
            self.booking.people,
            now=self.now,
            zone=self.zone,
        )

    def _stays(self, turns: dict[Occurrence, Turn], placed: Placed) -> list[Occurrence]:
        """Those that cannot go, and those that would go to where one of these stays."""
        around = self.there.rules.buffers.around
        staying = {time for time, turn in turns.items() if turn not in placed.fits}
        while True:
            kept = [Span(time.blocked_start, time.blocked_end) for time in staying]
            more = {
                time
                for time, turn in turns.items()
                if time not in staying and any(around(turn.span).overlaps(span) for span in kept)
            }
            if not more:
                return [time for time in turns if time in staying]
            staying |= more

    def _settle(self, going: dict[Occurrence, Turn], home: Booking, *, fits: bool) -> None:
        """Let all go at once, so that none stands in another's way, then put each where it goes."""
        before = {time: (time.status, Span(time.start, time.end), time.resource_id) for time in going}
        self.session.flush()
        ids = [time.id for time in going]
        self.session.execute(update(Occurrence).where(Occurrence.id.in_(ids)).values(status="lapsed"))
        for time, turn in going.items():
            status, old, resource_id = before[time]
            time.start, time.end = turn.span
            time.blocked_start, time.blocked_end = self.there.rules.buffers.around(turn.span)
            time.resource_id = self.there.resource.id
            time.reminded_at = None
            elsewhere = resource_id != self.there.resource.id
            beyond = elsewhere or not old.covers(turn.span)
            larger = self.grew or beyond
            if beyond and status == "waitlisted":
                time.waiting_since = self.now  # that is another line: at its end
            time.status = self._status(status, larger=larger, elsewhere=elsewhere, fits=fits)
            time.offered_until = time.offered_until if time.status == "offered" else None
        if any(time.status == "pending" for time in going):
            home.decided_at = home.decided_by_id = home.decision = None

    def _status(self, was: str, *, larger: bool, elsewhere: bool, fits: bool) -> str:
        """Who says where to go with what is offered takes it. What waits for staff goes on waiting, unless
        they are not asked there."""
        asks = self.there.rules.approval
        decided = {
            "waitlisted": fits,
            "pending": elsewhere and not asks,
            "offered": self.moves,
            "confirmed": larger,
        }
        if not decided[was]:
            return was
        return "pending" if asks and not may(self.member, "bookings.decide") else "confirmed"

    def _home(self, shift: Shift, touched: Sequence[Occurrence]) -> Booking:
        """Whose the moved ones are: this booking's, or a new one's where a part goes its own way."""
        times = self.booking.occurrences
        if not self.moves:
            return self.booking
        if len(times) == 1:
            self.one.original_start = self.new.start
            self._sit_there(self.booking)
            return self.booking
        if self.scope == "this":
            self.one.moved = True
            return self._split([self.one], None) if self._goes_elsewhere else self.booking
        since = (self.one if self.scope == "following" else touched[0]).original_start
        rest = [time for time in times if time.original_start >= since]
        starts = [time.original_start for time in times]
        before, after = cut(self.booking.repeat, starts, since, self.zone)
        rule = moved_rule(after, since, shift.of_start(since, self.zone), self.zone)
        for time in rest:
            time.original_start = shift.of_start(time.original_start, self.zone)
        rule = rule if gives(rule, [time.original_start for time in rest], self.zone) else None
        if len(rest) == len(times):
            self.booking.repeat = rule
            self._sit_there(self.booking)
            return self.booking
        self.booking.repeat = before
        return self._split(rest, rule)

    def _sit_there(self, booking: Booking) -> None:
        booking.resource, booking.resource_id = self.there.resource, self.there.resource.id

    def _split(self, rest: Sequence[Occurrence], repeat: str | None) -> Booking:
        """A booking of their own for `rest`, as the one that they come from."""
        from_ = self.booking
        new = Booking(
            member_id=from_.member_id,
            member=from_.member,
            made_by_id=from_.made_by_id,
            title=from_.title,
            attendees=from_.attendees,
            guests=list(from_.guests),
            guests_told=from_.guests_told,
            visibility=from_.visibility,
            repeat=repeat,
            source=from_.source,
            created_at=from_.created_at,
            decided_by_id=from_.decided_by_id,
            decided_at=from_.decided_at,
            decision=from_.decision,
        )
        self._sit_there(new)
        self.session.add(new)
        for time in rest:
            time.booking = new
        self.session.flush()
        return new
