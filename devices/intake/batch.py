"""What one transaction of the ingest will write, gathered message by message. No I/O."""

from __future__ import annotations

import logging
import math
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

from campus.moments import to_micros
from devices.intake.directory import Directory, Owner, SeriesKey
from devices.readings import BadPayload, Decoded, Reading, StateChange

log = logging.getLogger(__name__)

MAX_PAYLOAD = 256 * 1024
"""Bytes of a message that are still decoded. No device of this field says more at once."""
KEPT_OF_TOO_LARGE = 4096
MAX_AHEAD = timedelta(minutes=5)
MAX_AGE = timedelta(days=35)
BEGINNING = datetime(2001, 1, 1, tzinfo=UTC)
"""How far back a device with options.history is believed."""
MAX_SERIES = 1000
"""Series of one device; past it a new name is a fault of the device, not a discovery."""
MAX_METRIC, MAX_CHANNEL, MAX_WORD = 96, 64, 500


@dataclass(slots=True)
class Arrival:
    """A message as it came. `mark` is the packet identifier of a QoS 1 delivery."""

    topic: str
    payload: bytes
    at: datetime
    retained: bool = False
    mark: int | None = None


@dataclass(slots=True)
class Fault:
    """A message for the quarantine."""

    arrival: Arrival
    reason: str
    detail: str
    device_id: int | None = None


@dataclass(slots=True)
class Batch:
    """Rows by series key; the writer turns keys into ids."""

    arrivals: list[Arrival] = field(default_factory=list)
    readings: list[tuple[SeriesKey, int, float]] = field(default_factory=list)
    states: list[tuple[SeriesKey, int, str]] = field(default_factory=list)
    last_known: dict[SeriesKey, tuple[float | str, datetime]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: dict[int, tuple[datetime, float | None]] = field(default_factory=dict)
    marks: list[tuple[int, int]] = field(default_factory=list)
    new_series: set[SeriesKey] = field(default_factory=set)

    def __len__(self) -> int:
        """Values and messages that wait: what the limits of a transaction count."""
        return len(self.readings) + len(self.states) + len(self.last_known) + len(self.faults)

    def take(self, arrival: Arrival, directory: Directory) -> None:
        """Decode a message for every device that it belongs to. Whatever it holds, nothing is raised."""
        self.arrivals.append(arrival)
        if arrival.mark is not None:
            self.marks.append((arrival.mark, fingerprint(arrival.topic, arrival.payload)))
        owners = directory.owners(arrival.topic)
        if len(arrival.payload) > MAX_PAYLOAD:
            detail = f"{len(arrival.payload):,} bytes, at most {MAX_PAYLOAD:,} are read"
            self.faults.append(Fault(arrival, "too-large", detail, owners[0].device_id if owners else None))
            return
        if not owners:
            if arrival.payload:  # an empty one only clears what a broker had retained
                self.faults.append(Fault(arrival, "unknown-topic", "no device listens to this topic"))
            return
        for owner in owners:
            try:
                decoded = owner.format.decode(owner.suffix, arrival.payload, owner.source)
            except BadPayload as reason:
                self.faults.append(Fault(arrival, "unreadable", str(reason), owner.device_id))
                continue
            except Exception as error:
                log.exception("the %s decoder failed on %r", owner.format.name, arrival.topic)
                detail = f"{owner.format.name} failed: {type(error).__name__}: {error}"
                self.faults.append(Fault(arrival, "decoder-failed", detail, owner.device_id))
                continue
            self._keep(decoded, owner, arrival, directory)

    def _keep(self, decoded: Decoded, owner: Owner, arrival: Arrival, directory: Directory) -> None:
        ahead_s: float | None = None
        fault: tuple[str, str] | None = None
        oldest = BEGINNING if owner.believes_history else arrival.at - MAX_AGE
        newest = arrival.at + MAX_AHEAD
        for said in decoded:
            at = said.at
            if at is not None:
                if at > newest:
                    ahead_s, at = (at - arrival.at).total_seconds(), None
                elif at < oldest:
                    fault = ("too-old", f"{said.metric} is of {at:%Y-%m-%d %H:%M} UTC")
                    continue
            key = self._key(said, owner.device_id, directory)
            if isinstance(key, str):
                fault = ("bad-name", key)
            elif at is None and arrival.retained:
                if isinstance(said.value, str) or math.isfinite(said.value):
                    self.last_known[key] = (_clean(said.value), arrival.at)
            elif isinstance(said, StateChange):
                self.states.append((key, to_micros(at or arrival.at), str(_clean(said.value))))
            elif math.isfinite(said.value):
                self.readings.append((key, to_micros(at or arrival.at), said.value))
        if fault:
            self.faults.append(Fault(arrival, *fault, owner.device_id))
        if not arrival.retained:
            self.seen[owner.device_id] = (arrival.at, ahead_s)

    def _key(self, said: Reading | StateChange, device_id: int, directory: Directory) -> SeriesKey | str:
        """The series that a value belongs to, or what is wrong with its name."""
        key = (device_id, said.metric, said.channel, isinstance(said, StateChange))
        if key in directory.series or key in self.new_series:
            return key
        if len(said.metric) > MAX_METRIC or len(said.channel) > MAX_CHANNEL:
            return f"the name of {said.metric[:40]!r} on channel {said.channel[:40]!r} is too long"
        if not (said.metric + said.channel).isprintable():
            return f"the name of {said.metric!r} on channel {said.channel!r} holds unprintable characters"
        fresh = sum(1 for new in self.new_series if new[0] == device_id)
        if directory.series_count.get(device_id, 0) + fresh >= MAX_SERIES:
            return f"the device has {MAX_SERIES} series already; {said.metric!r} would be one more"
        self.new_series.add(key)
        return key


def fingerprint(topic: str, payload: bytes) -> int:
    """Tells one message from another that carries the same packet identifier; 32 bits."""
    return zlib.crc32(payload, zlib.crc32(topic.encode("utf-8", "surrogatepass")))


def _clean(value: float | str) -> float | str:
    """A word without what a database refuses: NUL and lone surrogates, and not longer than a screen."""
    if isinstance(value, str):
        return value[:MAX_WORD].replace("\x00", "").encode("utf-8", "replace").decode()
    return value
