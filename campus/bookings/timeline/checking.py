"""What stands against a wish, while its form is still open: the rules, what is taken, and the ways out.

It decides nothing and locks nothing: the same rules decide when the form is sent (see desk).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from flask_babel import gettext as _
from flask_babel import ngettext
from sqlalchemy.orm import Session

from campus.bookings import agenda, lines, placing
from campus.bookings.desk import Wish
from campus.bookings.finding.vacancies import elsewhere
from campus.bookings.holdings import circumstances
from campus.bookings.models import people
from campus.bookings.rules import policy
from campus.bookings.rules.policy import Broken
from campus.bookings.rules.sentences import sentence
from campus.bookings.taking import Ground
from campus.bookings.timeline.axis import MINUTE
from campus.bookings.wording import day_name, duration, from_to, skip_text
from campus.errors import NotAllowed
from campus.people.members import find_member
from campus.people.models import Member
from campus.people.permissions import may
from campus.spaces.resources import find_resource
from campus.spaces.spans import Span

MOST_DATES = 6
"""Of a series, so many that clash are named."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A way out, one click away."""

    label: str
    resource: str
    name: str
    span: Span


@dataclass(frozen=True, slots=True)
class Verdict:
    """`ok`: it would be booked as it is. `free`: its (first) time can be held meanwhile."""

    ok: bool
    free: bool
    reasons: Sequence[str] = ()
    suggestions: Sequence[Offer] = ()
    others: Sequence[Offer] = ()
    can_wait: bool = False
    """It is taken, and there is a waiting list that they may join."""
    skips: str | None = None
    """What the button says that books a series without the dates that clash."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A wish, and for whom and when it is judged."""

    session: Session
    ground: Ground
    owner: Member
    people: int | None
    now: datetime
    zone: ZoneInfo

    def broken(self, ground: Ground, spans: Sequence[Span]) -> list[list[Broken]]:
        """The rules that each of the spans breaks on this ground, each beside those before it."""
        around = circumstances(self.session, ground.resource, self.owner, spans, now=self.now, zone=self.zone)
        found = []
        for span in spans:
            found.append(policy.check(ground.rules, span, self.people, around))
            if not found[-1]:
                around = around.holding(span)
        return found


def judge(session: Session, wish: Wish, member: Member, *, now: datetime, zone: ZoneInfo) -> Verdict:
    """What would come of `wish` now. What is held for the member stands against nothing.

    Raises BadRequest (a rule that cannot be read), NotFound (resource or member) and NotAllowed.
    """
    resource = find_resource(session, wish.resource)
    ground = Ground(resource, tuple(agenda.takes(session, resource.id)), ())
    owner = _owner(session, wish, member)
    asked = Asked(session, ground, owner, people(wish.attendees, wish.guests), now, zone)
    turns = wish.turns(zone)
    spans = [turn.span for turn in turns]
    taken = _taken(asked, spans, member)
    broken = asked.broken(ground, spans)
    if len(turns) > 1:
        return _judged_series(asked, spans, taken, broken)
    rules = broken[0]
    if not rules and not taken[0]:
        return Verdict(ok=True, free=True)
    reasons = [sentence(rule, zone) for rule in rules] or [str(_("That time is taken."))]
    can_wait = taken[0] and not rules and ground.rules.waitlist != "off"
    barred = lines.against(session, ground, owner, wish.span, now=now) if can_wait else []
    reasons += [sentence(rule, zone) for rule in barred]
    return Verdict(
        ok=False,
        free=False,
        reasons=reasons,
        suggestions=_suggestions(asked, wish.span),
        others=_others(asked, wish.span),
        can_wait=can_wait and not barred,
    )


def _owner(session: Session, wish: Wish, member: Member) -> Member:
    """Whose booking it would be. Only who may book for others learns anything about others."""
    if wish.member is None or wish.member.lower() == member.email:
        return member
    if not may(member, "bookings.make-for-others"):
        raise NotAllowed(_("Only facilities staff may book for somebody else."))
    return find_member(session, wish.member)


def _judged_series(
    asked: Asked, spans: Sequence[Span], taken: Sequence[bool], broken: Sequence[list[Broken]]
) -> Verdict:
    """Dates that are taken or closed may be left out by consent; no other rule may be broken."""
    others = {sentence(rule, asked.zone): None for rules in broken for rule in rules if rule.code != "closed"}
    clashes = [span for span, is_taken, rules in zip(spans, taken, broken, strict=True) if is_taken or rules]
    if not clashes:
        return Verdict(ok=True, free=True)
    first_fits = clashes[0] != spans[0]
    if others:
        return Verdict(ok=False, free=False, reasons=[*others][: placing.MOST_REASONS])
    dates = ", ".join(
        f"{day_name(span.start.astimezone(asked.zone).date())} {from_to(span, asked.zone)}"
        for span in clashes[:MOST_DATES]
    )
    count = len(clashes)
    reason = ngettext(
        "%(num)d date is not free: %(dates)s", "%(num)d dates are not free: %(dates)s", count, dates=dates
    )
    if count > MOST_DATES:
        reason += f", {_('and %(count)s more', count=count - MOST_DATES)}"
    return Verdict(
        ok=False, free=first_fits, reasons=[reason], skips=skip_text(count) if count < len(spans) else None
    )


def _taken(asked: Asked, spans: Sequence[Span], member: Member) -> list[bool]:
    """For each of the spans: is some of what it would take taken by others?"""
    around = asked.ground.rules.buffers.around
    wanted = [around(span) for span in spans]
    bounds = Span(min(span.start for span in wanted), max(span.end for span in wanted))
    blocked = agenda.blocked_spans(asked.session, asked.ground.takes, bounds, asked.now, but_not_of=member.id)
    return [any(span.overlaps(other) for other in blocked) for span in wanted]


def _suggestions(asked: Asked, wanted: Span) -> list[Offer]:
    """The same resource at another time of that day, or for as long as it may be; by its own rules."""
    rules, resource = asked.ground.rules, asked.ground.resource
    length = min(max(wanted.length, rules.min_minutes * MINUTE), rules.max_minutes * MINUTE)
    like = Span(wanted.start, wanted.start + length)
    found = placing.instead(asked.session, asked.ground, like, asked.owner, now=asked.now, zone=asked.zone)
    if like != wanted and _fits(asked, like):
        found = [like]
    spans = sorted(set(found))
    kept = [span for span, rules in zip(spans, asked.broken(asked.ground, spans), strict=True) if not rules]
    kept.sort(key=lambda span: abs(span.start - wanted.start) + abs(span.length - wanted.length))
    return [Offer(difference(wanted, span), resource.slug, resource.name, span) for span in kept]


def _fits(asked: Asked, span: Span) -> bool:
    """True if it is free and open on this resource."""
    rooms = agenda.bookable(
        asked.session,
        asked.ground.resource,
        span,
        span.length,
        now=asked.now,
        zone=asked.zone,
        member_id=asked.owner.id,
    )
    return any(room.covers(span) for room in rooms)


def _others(asked: Asked, wanted: Span) -> list[Offer]:
    """Resources like it that are free then: of its kind, with its equipment, and room enough."""
    like_it = elsewhere(
        asked.session,
        asked.ground.resource,
        wanted,
        asked.owner,
        asked.people,
        now=asked.now,
        zone=asked.zone,
    )
    return [Offer(_("%(name)s, same time", name=one.name), one.slug, one.name, wanted) for one in like_it]


def difference(wanted: Span, span: Span) -> str:
    """What is different about `span`, in a few words."""
    later, longer = (span.start - wanted.start) / MINUTE, (span.length - wanted.length) / MINUTE
    text: str
    if longer and (later == 0 or span.end == wanted.end):
        text = (
            _("%(time)s longer", time=duration(longer))
            if longer > 0
            else _("%(time)s shorter", time=duration(-longer))
        )
    elif later > 0:
        text = _("%(time)s later", time=duration(later))
    elif later < 0:
        text = _("%(time)s earlier", time=duration(-later))
    else:
        text = _("This time")
    return text
