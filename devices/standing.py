"""Whether a device is there: what it says of itself, and when it was last heard."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from devices.history.read import find_series, newest
from devices.models import Device, Presence

LONGEST_SILENCE = timedelta(minutes=15)
"""Of a device whose expected interval is not known; else three of its intervals."""


@dataclass(frozen=True, slots=True)
class Standing:
    """`since`: from when on it is so, where that is known."""

    online: bool
    last_seen: datetime | None
    since: datetime | None
    clock_ahead_s: float | None = None


def standings(session: Session, found: Sequence[Device], now: datetime) -> dict[int, Standing]:
    """By device id. A device is online if it was heard lately and did not say farewell after that."""
    seen = {
        device_id: (last_seen, clock_ahead_s)
        for device_id, last_seen, clock_ahead_s in session.execute(
            select(Presence.device_id, Presence.last_seen, Presence.clock_ahead_s).where(
                Presence.device_id.in_([device.id for device in found])
            )
        )
    }
    refs = find_series(session, slugs=[device.slug for device in found], metrics=["online"])
    words = newest(session, refs)
    said = {ref.device_id: words[ref.id] for ref in refs if ref.is_text and ref.id in words}
    standing = {}
    for device in found:
        last_seen, clock_ahead_s = seen.get(device.id, (None, None))
        word = said.get(device.id)
        lately = last_seen is not None and now - last_seen <= silence(device)
        left = word is not None and has_left(word.value, word.heard_at, last_seen)
        online = lately and not left
        believed = word if word and (left or (online and word.value == "online")) else None
        since = believed.at if believed else last_seen if not online else None
        standing[device.id] = Standing(online, last_seen, since, clock_ahead_s)
    return standing


def has_left(word: object, heard_at: datetime, last_seen: datetime | None) -> bool:
    """True after a farewell (any word for `online` but that one), until the device speaks again."""
    return word != "online" and (last_seen is None or last_seen <= heard_at)


def silence(device: Device) -> timedelta:
    """How long a device may say nothing and still count as online."""
    interval_s = device.expected_interval_s
    return timedelta(seconds=3 * interval_s) if interval_s else LONGEST_SILENCE
