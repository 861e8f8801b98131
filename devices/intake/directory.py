"""Whose message is it: the devices and series as the ingest needs them, held in memory."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import Select, select
from sqlalchemy.orm import Session

from campus.notes import Note
from devices.discovery.announcements import is_announcement
from devices.formats import Format, formats
from devices.intake.described import recall
from devices.intake.flood import flood_limit
from devices.intake.thinning import Thinning
from devices.models import Device, Series
from devices.readings import Source

REGISTRY_NOTE = "registry_version"
_VERSION = select(Note.value).where(Note.name == REGISTRY_NOTE)
MAX_TOPICS = 50_000
"""Topics whose owners are remembered; past it the memory starts anew."""

SeriesKey = tuple[int, str, str, bool]
"""(device id, metric, channel, is it a word)"""


@dataclass(frozen=True, slots=True)
class Owner:
    """A device that a topic belongs to, with what is left of the topic for its decoder."""

    device_id: int
    format: Format
    source: Source
    suffix: str
    believes_history: bool
    root: str


@dataclass(frozen=True, slots=True)
class Candidate:
    """A device that listens, with its decoder and what that has learnt."""

    device_id: int
    root: str
    format: Format
    source: Source
    believes_history: bool


class Directory:
    """Devices by topic and series by name. `refresh` first, then ask.

    `is_shared`: others listen too, and what has to be decoded in order is left to one of them.
    """

    def __init__(self, zone: ZoneInfo, *, is_shared: bool = False) -> None:
        self._zone = zone
        self._is_shared = is_shared
        self._version: str | None = None
        self._loaded = False
        self._candidates: list[Candidate] = []
        self._followers: list[Candidate] = []
        self._owners: dict[str, tuple[Owner, ...]] = {}
        self.announcing: set[str] = set()
        """Topics among those asked for on which somebody announces who is there."""
        self.series: dict[SeriesKey, int] = {}
        self.series_count: dict[int, int] = {}
        self.thinnings: dict[int, Thinning] = {}
        """By device, of those of which not everything is kept."""
        self.flood_limits: dict[int, float] = {}
        """By device that has its own, how many values a second are a flood."""

    def is_current(self, session: Session) -> bool:
        """True unless a device was registered or changed since the last time. One question."""
        return self._loaded and session.connection().scalar(_VERSION) == self._version

    def refresh(self, session: Session) -> None:
        """Load everything anew if a device was registered or changed since the last time."""
        version = session.connection().scalar(_VERSION)
        if self._loaded and version == self._version:
            return
        before = {(one.device_id, one.root, one.format.name): one.source for one in self._candidates}
        self.thinnings, self.flood_limits = {}, {}
        self._candidates = list(self._candidates_of(session.scalars(_listening()), before))
        self._followers = [one for one in self._candidates if one.format.follow is not None]
        if not self._is_shared:
            recall(session, [one for one in self._candidates if not one.source.memory])
        self._owners.clear()
        self.series = {
            (row.device_id, row.metric, row.channel, row.is_text): row.id
            for row in session.execute(
                select(Series.id, Series.device_id, Series.metric, Series.channel, Series.is_text)
            )
        }
        self.series_count = {}
        for device_id, *_ in self.series:
            self.series_count[device_id] = self.series_count.get(device_id, 0) + 1
        self._version, self._loaded = version, True

    def owners(self, topic: str) -> tuple[Owner, ...]:
        """The devices that this topic belongs to: none, one, or several (a status topic that they share)."""
        found = self._owners.get(topic)
        if found is None:
            if len(self._owners) >= MAX_TOPICS:
                self._owners.clear()
                self.announcing.clear()
            if is_announcement(topic):
                self.announcing.add(topic)
            found = self._owners[topic] = tuple(self._find(topic))
        return (*found, *self._following(topic, found)) if self._followers else found

    def relays(self, owners: tuple[Owner, ...]) -> bool:
        """True if a message of these owners is for the one worker that decodes in order.

        So is a message of nobody's where a device may have named its topic in another one.
        """
        if not self._is_shared:
            return False
        return any(owner.format.remembers for owner in owners) or (not owners and bool(self._followers))

    def in_order(self) -> tuple[str, ...]:
        """The topic filters of devices whose messages have to be decoded in order."""
        roots = {(one.format, one.root) for one in self._candidates if one.format.remembers}
        return tuple(sorted({said for dialect, root in roots for said in dialect.topics(root).writes}))

    def add_series(self, key: SeriesKey, series_id: int) -> None:
        """Remember a series that was just made."""
        if key not in self.series:
            self.series_count[key[0]] = self.series_count.get(key[0], 0) + 1
        self.series[key] = series_id

    def _candidates_of(
        self, devices: Iterable[Device], before: dict[tuple[int, str, str], Source]
    ) -> Iterable[Candidate]:
        """The devices, each with what it remembered if its root, format and options are as they were."""
        known = formats()
        for device in devices:
            if device.format in known:
                old = before.get((device.id, device.topic, device.format))
                memory: dict[Any, Any] = old.memory if old and old.options == device.options else {}
                source = Source(
                    self._zone_of(device), device.kind, device.role, device.options, memory=memory
                )
                believed = device.options.get("history") is True
                self._learn_limits(device)
                yield Candidate(device.id, device.topic, known[device.format], source, believed)

    def _learn_limits(self, device: Device) -> None:
        thinning = Thinning.of(device.options, device.expected_interval_s, device.rated_power_w)
        if thinning:
            self.thinnings[device.id] = thinning
        limit = flood_limit(device.options)
        if limit is not None:
            self.flood_limits[device.id] = limit

    def _find(self, topic: str) -> Iterable[Owner]:
        for candidate in self._candidates:
            suffix = candidate.format.suffix(candidate.root, topic)
            if suffix is not None:
                yield _owner(candidate, suffix)

    def _following(self, topic: str, found: tuple[Owner, ...]) -> Iterable[Owner]:
        """Devices whose own messages have named the topic."""
        for candidate in self._followers:
            follow = candidate.format.follow
            suffix = follow(candidate.source, topic) if follow else None
            if suffix is not None and all(owner.device_id != candidate.device_id for owner in found):
                yield _owner(candidate, suffix)

    def _zone_of(self, device: Device) -> ZoneInfo:
        named = device.options.get("timezone")
        return ZoneInfo(named) if isinstance(named, str) else self._zone


def _listening() -> Select[Device]:
    return select(Device).where(Device.retired_at.is_(None)).order_by(Device.id)


def _owner(of: Candidate, suffix: str) -> Owner:
    return Owner(of.device_id, of.format, of.source, suffix, of.believes_history, of.root)
