"""Whose message is it: the devices and series as the ingest needs them, held in memory."""

from __future__ import annotations

from dataclasses import dataclass
from zoneinfo import ZoneInfo

from sqlalchemy import select
from sqlalchemy.orm import Session

from campus.notes import read_note
from devices.formats import Format, formats
from devices.models import Device, Series
from devices.readings import Source

REGISTRY_NOTE = "registry_version"
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


@dataclass(frozen=True, slots=True)
class _Candidate:
    device_id: int
    root: str
    format: Format
    source: Source
    believes_history: bool


class Directory:
    """Devices by topic and series by name. `refresh` first, then ask."""

    def __init__(self, zone: ZoneInfo) -> None:
        self._zone = zone
        self._version: str | None = None
        self._loaded = False
        self._candidates: list[_Candidate] = []
        self._owners: dict[str, tuple[Owner, ...]] = {}
        self.series: dict[SeriesKey, int] = {}
        self.series_count: dict[int, int] = {}

    def refresh(self, session: Session) -> None:
        """Load everything anew if a device was registered or changed since the last time."""
        version = read_note(session, REGISTRY_NOTE)
        if self._loaded and version == self._version:
            return
        known = formats()
        self._candidates = [
            _Candidate(
                device.id,
                device.topic,
                known[device.format],
                Source(self._zone_of(device), device.kind, device.role, device.options),
                device.options.get("history") is True,
            )
            for device in session.scalars(select(Device))
            if device.format in known
        ]
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
            found = self._owners[topic] = tuple(self._find(topic))
        return found

    def add_series(self, key: SeriesKey, series_id: int) -> None:
        """Remember a series that was just made."""
        if key not in self.series:
            self.series_count[key[0]] = self.series_count.get(key[0], 0) + 1
        self.series[key] = series_id

    def _find(self, topic: str) -> list[Owner]:
        found = []
        for candidate in self._candidates:
            suffix = candidate.format.suffix(candidate.root, topic)
            if suffix is not None:
                found.append(
                    Owner(
                        candidate.device_id,
                        candidate.format,
                        candidate.source,
                        suffix,
                        candidate.believes_history,
                    )
                )
        return found

    def _zone_of(self, device: Device) -> ZoneInfo:
        named = device.options.get("timezone")
        return ZoneInfo(named) if isinstance(named, str) else self._zone
