"""Rooms on the overview: free or busy until when, and what their sensors feel."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.bookings.agenda import closures, opening_without, taken
from campus.moments import day_bounds
from campus.spaces.models import Resource
from campus.spaces.spans import Span, merged
from dashboards.board import Board, Shown, Thing

SENSED = ("co2", "people_count", "temperature")


@dataclass(frozen=True, slots=True)
class RoomCard:
    """A room now. `until` is None where nothing changes any more today."""

    name: str
    status: Literal["free", "busy", "closed", "unbooked"]
    """`unbooked`: a sensed place that nobody can book."""
    until: datetime | None
    people: bool | None
    """True if a sensor feels somebody, None if none tells."""
    shown: dict[str, Shown | None]
    silent: bool
    sensors: Sequence[Thing] = ()


def room_cards(session: Session, board: Board, now: datetime, zone: ZoneInfo) -> list[RoomCard]:
    """Bookable rooms and whatever else has room sensors, by name: three questions to the store."""
    _midnight, day_end = day_bounds(now.astimezone(zone).date(), zone)
    today = Span(now, day_end)
    sensors = board.of("room")
    places = {thing.space_id for thing in sensors if thing.space_id}
    rooms = session.scalars(
        select(Resource).where((Resource.kind == "room") | Resource.id.in_(places)).order_by(Resource.name)
    ).all()
    busy: dict[int, list[Span]] = {}
    for entry in taken(session, today, now):
        if entry.reason != "hold":
            busy.setdefault(entry.resource_id, []).append(entry.span)
    shut = closures(session, today)
    cards = []
    for room in rooms:
        here = [thing for thing in sensors if thing.space_id == room.id]
        closed = [span for at, span, _reason in shut if at in (None, room.id)]
        opened = opening_without(room, today, zone, closed)
        status, until = _now(merged(busy.get(room.id, [])), opened, now, day_end)
        cards.append(_card(room.name, here, status, until))
    homeless = [thing for thing in sensors if thing.space_id is None]
    return cards + [_card(thing.name, [thing], "unbooked", None) for thing in homeless]


def _now(
    taken: Sequence[Span], opened: Sequence[Span], now: datetime, day_end: datetime
) -> tuple[Literal["free", "busy", "closed"], datetime | None]:
    """What a room is at `now`, and until when; the end of the day is no change."""
    a_minute = now + timedelta(minutes=1)
    busy = next((span for span in taken if span.start <= now < span.end), None)
    if busy:
        return "busy", busy.end
    door = next((span for span in opened if span.start < a_minute and now < span.end), None)
    if door is None:
        return "closed", next((span.start for span in opened if span.start > now), None)
    coming = min((span.start for span in taken if span.start > now), default=door.end)
    until = min(coming, door.end)
    return "free", until if until < day_end else None


def _card(
    name: str,
    sensors: list[Thing],
    status: Literal["free", "busy", "closed", "unbooked"],
    until: datetime | None,
) -> RoomCard:
    heard = [thing for thing in sensors if not thing.silent]
    shown = {metric: next((s for t in sensors if (s := t.any(metric))), None) for metric in SENSED}
    felt = [shown.value == "occupied" for thing in heard for shown in thing.all("occupancy")]
    counted = [
        shown.number > 0 for thing in heard for shown in thing.all("people_count") if shown.number is not None
    ]
    people = any(felt or counted) if felt or counted else None
    return RoomCard(name, status, until, people, shown, bool(sensors) and not heard, sensors)
