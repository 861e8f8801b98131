"""How devices stand, and which of their values still hold: availability.py, asked of the store."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from devices.availability import Availability, Rhythm, Word, availability, holds_for, rhythm_of, usual_gap
from devices.history.glance import LOOKED_BACK, latest_instants
from devices.history.read import Newest, SeriesRef, find_series, newest
from devices.intake.models import QuarantinedMessage
from devices.models import Device, Presence


@dataclass(frozen=True, slots=True)
class Standing:
    """How a device stands, when it was last heard, and how often it speaks."""

    availability: Availability
    last_seen: datetime | None
    rhythm: Rhythm
    clock_ahead_s: float | None = None

    @property
    def online(self) -> bool:
        """Heard lately, and it has not said farewell."""
        return self.availability.online

    @property
    def since(self) -> datetime | None:
        """From when on it is so, where that is known."""
        return self.availability.since


@dataclass(frozen=True, slots=True)
class Hold:
    """Whether a value still holds. `for_s`: how long after its instant; None: as long as its device."""

    stale: bool
    for_s: float | None = None
    alone: bool = False
    """True where it is old although its device is there."""


def standings(session: Session, found: Sequence[Device], now: datetime) -> dict[int, Standing]:
    """By device id."""
    if not found:
        return {}
    ids = [device.id for device in found]
    columns = (Presence.device_id, Presence.last_seen, Presence.clock_ahead_s)
    seen = {
        device_id: (last_seen, clock_ahead_s)
        for device_id, last_seen, clock_ahead_s in session.execute(
            select(*columns).where(Presence.device_id.in_(ids))
        )
    }
    words = _words(session, found)
    rhythms = {device.id: rhythm_of(device.expected_interval_s, device.options) for device in found}
    overdue = [
        device
        for device in found
        if not (last := seen.get(device.id)) or now - last[0] >= rhythms[device.id].late_after
    ]
    unread = _unread(session, [device.id for device in overdue])
    for device_id, learnt in _learnt(session, [one for one in overdue if one.id in seen]).items():
        device = next(one for one in overdue if one.id == device_id)
        rhythms[device_id] = rhythm_of(None, device.options, learnt)
    standing = {}
    for device in found:
        last_seen, clock_ahead_s = seen.get(device.id, (None, None))
        how = availability(
            now,
            rhythms[device.id],
            last_seen=last_seen,
            word=words.get(device.id),
            unread_at=unread.get(device.id),
        )
        standing[device.id] = Standing(how, last_seen, rhythms[device.id], clock_ahead_s)
    return standing


def holds(
    session: Session,
    refs: Sequence[SeriesRef],
    values: Mapping[int, Newest],
    standing: Mapping[int, Standing],
    now: datetime,
) -> dict[int, Hold]:
    """By series id, of those that have a value: whether it still holds, and until when."""
    numbers = [ref for ref in refs if not ref.is_text and ref.id in values]
    instants = latest_instants(session, numbers)
    found = {}
    for ref in refs:
        stands = standing.get(ref.device_id)
        if ref.id not in values or stands is None:
            continue
        gaps = [later - earlier for later, earlier in pairwise(instants.get(ref.id, ()))]
        hold = holds_for(stands.rhythm, gaps, is_word=ref.is_text)
        at = values[ref.id].at
        old = hold is not None and at is not None and now - at >= hold
        there = stands.availability.state == "online"
        for_s = hold.total_seconds() if hold and at else None
        found[ref.id] = Hold(old or not there, for_s, alone=old and there)
    return found


def _words(session: Session, found: Sequence[Device]) -> dict[int, Word]:
    """What each said last of being there."""
    slugs = [device.slug for device in found]
    refs = [one for one in find_series(session, slugs=slugs, metrics=["online"]) if one.is_text]
    said = newest(session, refs)
    of_device: dict[int, dict[str, Word]] = {}
    for ref in refs:
        if ref.id in said:
            word = Word(str(said[ref.id].value), said[ref.id].at, said[ref.id].heard_at)
            of_device.setdefault(ref.device_id, {})[ref.channel] = word
    return {device_id: _own_word(words) for device_id, words in of_device.items()}


def _own_word(words: Mapping[str, Word]) -> Word:
    """Its own, which has no channel. Of a device that only tells of what hangs on it, the newest of those
    that are there: it is gone when all of them are."""
    if "" in words:
        return words[""]
    there = [word for word in words.values() if not word.is_farewell]
    return max(there or words.values(), key=lambda word: word.heard_at)


def _unread(session: Session, device_ids: Sequence[int]) -> dict[int, datetime]:
    """When each of these said something last that nobody could read."""
    if not device_ids:
        return {}
    query = (
        select(QuarantinedMessage.device_id, func.max(QuarantinedMessage.received_at))
        .where(QuarantinedMessage.device_id.in_(device_ids), QuarantinedMessage.retained.is_(False))
        .group_by(QuarantinedMessage.device_id)
    )
    return {device_id: at for device_id, at in session.execute(query) if device_id is not None}


def _learnt(session: Session, found: Iterable[Device]) -> dict[int, timedelta]:
    """The rhythm that devices have shown of whom nobody said how often they speak, by id."""
    unknown = [one.slug for one in found if one.expected_interval_s is None]
    if not unknown:
        return {}
    refs = [ref for ref in find_series(session, slugs=unknown) if ref.metric != "online"]
    instants = latest_instants(session, refs)
    visits: dict[int, set[datetime]] = {}
    known_since: dict[int, datetime] = {}
    for ref in refs:
        own = instants.get(ref.id, [])
        visits.setdefault(ref.device_id, set()).update(own)
        if len(own) == LOOKED_BACK:  # of what it said before that, only a part is known
            known_since[ref.device_id] = max(own[-1], known_since.get(ref.device_id, own[-1]))
    gaps = {
        device_id: usual_gap([at for at in some if at >= known_since.get(device_id, at)])
        for device_id, some in visits.items()
    }
    return {device_id: gap for device_id, gap in gaps.items() if gap is not None}
