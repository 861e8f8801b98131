"""Where the dates of a wish fit: the rules and what is taken, asked for each of them in order."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from sqlalchemy.orm import Session

from campus.bookings import agenda, taking
from campus.bookings.finding.vacancies import elsewhere
from campus.bookings.holdings import circumstances
from campus.bookings.refusals import rules_broken, slot_taken
from campus.bookings.repeats.recurrence import Turn
from campus.bookings.rules import policy
from campus.bookings.rules.policy import MINUTE, Broken, Policy
from campus.bookings.rules.slots import SHORTER, suggestions
from campus.bookings.taking import Ground
from campus.errors import CampusError
from campus.moments import day_bounds
from campus.people.models import Member
from campus.spaces.spans import Span

MOST_REASONS = 20
"""A series that breaks a rule on each of its dates says so for so many."""


@dataclass(frozen=True, slots=True)
class Placed:
    """Which turns fit, and which do not: `taken` by others, or `closed` on the day (of a series)."""

    fits: list[Turn]
    taken: list[Turn]
    closed: list[Turn]
    closures: list[Broken]

    @property
    def clashes(self) -> list[Turn]:
        return sorted(self.taken + self.closed, key=lambda turn: turn.span)


def place(
    session: Session,
    ground: Ground,
    owner: Member,
    turns: Sequence[Turn],
    people: int | None,
    *,
    now: datetime,
    zone: ZoneInfo,
    without: Collection[int] = (),
    spared: Collection[str] = (),
) -> Placed:
    """Try `turns`, in order, each beside those before it.

    `without`: ids of occurrences that make room. `spared`: codes of rules that do not count. Raises
    RulesBroken with every rule that is broken, but for dates of a series on which it is closed.
    """
    spans = [turn.span for turn in turns]
    around = circumstances(session, ground.resource, owner, spans, now=now, zone=zone, without=without)
    in_the_way = taking.in_the_way(session, ground, spans, but=without)
    placed, broken = Placed([], [], [], []), dict[str, Broken]()
    for turn, is_taken in zip(turns, in_the_way, strict=True):
        found = [
            rule for rule in policy.check(ground.rules, turn.span, people, around) if rule.code not in spared
        ]
        shut = [rule for rule in found if rule.code == "closed"] if len(turns) > 1 else []
        others = [rule for rule in found if rule not in shut]
        for rule in others:
            broken.setdefault(repr(rule), rule)
        if shut:
            placed.closed.append(turn)
            placed.closures.extend(shut)
        elif is_taken:
            placed.taken.append(turn)
        elif not others:
            placed.fits.append(turn)
            around = around.holding(turn.span)
    if broken:
        raise rules_broken(list(broken.values())[:MOST_REASONS], zone)
    return placed


def refusal(
    session: Session,
    ground: Ground,
    placed: Placed,
    owner: Member,
    people: int | None = None,
    *,
    now: datetime,
    zone: ZoneInfo,
) -> CampusError:
    """Why not all of it fits, with what is free instead (for so many `people`), or which dates of a series
    clash."""
    if not placed.taken and placed.closures:
        return rules_broken(
            placed.closures[:MOST_REASONS], zone, clashes=[turn.span for turn in placed.closed]
        )
    clashes = placed.clashes
    wanted = clashes[0].span
    free = instead(session, ground, wanted, owner, now=now, zone=zone)
    if len(clashes) + len(placed.fits) > 1:
        return slot_taken(free, clashes=[turn.span for turn in clashes])
    like_it = elsewhere(session, ground.resource, wanted, owner, people, now=now, zone=zone)
    return slot_taken(free, others=[{"resource": one.slug, "name": one.name} for one in like_it])


def instead(
    session: Session, ground: Ground, wanted: Span, owner: Member, *, now: datetime, zone: ZoneInfo
) -> list[Span]:
    """What is free on the same campus day instead of `wanted`."""
    day = Span(*day_bounds(wanted.start.astimezone(zone).date(), zone))
    shortest = Policy.of(ground.resource.policy).min_minutes * MINUTE
    length = min(wanted.length, max(shortest, wanted.length - SHORTER))
    reach = Span(day.start, day.end + wanted.length)
    rooms = agenda.bookable(session, ground.resource, reach, length, now=now, zone=zone, member_id=owner.id)
    return [span for span in suggestions(wanted, rooms, shortest=shortest) if span.start < day.end]
