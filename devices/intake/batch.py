"""What one transaction of the ingest will write, gathered message by message. No I/O."""

from __future__ import annotations

import logging
import zlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from math import isfinite

from campus.moments import SECOND, to_micros
from devices.intake.directory import Directory, Owner, SeriesKey
from devices.readings import BadPayload, Decoded, NotMine, StateChange

log = logging.getLogger(__name__)

MAX_PAYLOAD = 256 * 1024
"""Bytes of a message that are still decoded. No device of this field says more at once."""
KEPT_OF_TOO_LARGE = 4096
MAX_AHEAD = 5 * 60 * SECOND
MAX_AGE = 35 * 86_400 * SECOND
BEGINNING = to_micros(datetime(2001, 1, 1, tzinfo=UTC))
"""How far back a device with options.history is believed."""
A_MICROSECOND = timedelta(microseconds=1)
SET_BACK = timedelta(seconds=1)
"""What a clock falls back by when it is set, not when it is slewed."""
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
    relayed: int | None = None
    """Its number among the messages that another worker has handed over."""


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
    values: list[tuple[SeriesKey, int, float | str]] = field(default_factory=list)
    """(series, instant in microseconds, number or word)"""
    last_known: dict[SeriesKey, tuple[float | str, datetime]] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)
    seen: dict[int, datetime] = field(default_factory=dict)
    """By device: when it last spoke itself."""
    left: set[int] = field(default_factory=set)
    """Devices of which a farewell was heard: whatever they say next has to be written at once."""
    clocks: dict[int, float | None] = field(default_factory=dict)
    """By device that named a time: how many seconds too far ahead it was, None if it was not."""
    marks: list[tuple[int, int]] = field(default_factory=list)
    new_series: set[SeriesKey] = field(default_factory=set)
    of_device: dict[int, list[Arrival]] = field(default_factory=dict)
    """By device: its messages, readable or not."""
    heard: dict[str, Arrival] = field(default_factory=dict)
    """By topic: the newest message that nobody owns, or that announces somebody. For the inbox."""
    for_relay: list[Arrival] = field(default_factory=list)
    """For the one worker that decodes what has to be decoded in order."""
    from_relay: list[int] = field(default_factory=list)
    described: dict[tuple[int, str], tuple[Owner, Arrival]] = field(default_factory=dict)
    """By device and suffix: the newest message in which it describes itself."""

    def __len__(self) -> int:
        """Values and messages that wait: what the limits of a transaction count."""
        return len(self.values) + len(self.last_known) + len(self.faults) + len(self.for_relay)

    def take(self, arrival: Arrival, directory: Directory) -> None:
        """Decode a message for every device that it belongs to. Whatever it holds, nothing is raised."""
        self.arrivals.append(arrival)
        if arrival.mark is not None:
            self.marks.append((arrival.mark, fingerprint(arrival.topic, arrival.payload)))
        if arrival.relayed is not None:
            self.from_relay.append(arrival.relayed)
        owners = directory.owners(arrival.topic)
        for owner in owners:
            self.of_device.setdefault(owner.device_id, []).append(arrival)
        if not owners or arrival.topic in directory.announcing:
            self.heard[arrival.topic] = arrival
        if directory.relays(owners) and len(arrival.payload) <= MAX_PAYLOAD:
            self.for_relay.append(arrival)
            return
        if self._set_aside(arrival, owners):
            return
        strangers = 0
        for owner in owners:
            try:
                decoded = owner.format.decode(owner.suffix, arrival.payload, owner.source)
            except NotMine as reason:
                strangers += 1
                if strangers == len(owners):
                    self.heard[arrival.topic] = arrival
                    self.faults.append(Fault(arrival, "unknown-topic", str(reason)))
                continue
            except BadPayload as reason:
                self.faults.append(Fault(arrival, "unreadable", str(reason), owner.device_id))
                continue
            except Exception as error:
                log.exception("the %s decoder failed on %r", owner.format.name, arrival.topic)
                detail = f"{owner.format.name} failed: {type(error).__name__}: {error}"
                self.faults.append(Fault(arrival, "decoder-failed", detail, owner.device_id))
                continue
            self._learn(owner, arrival)
            self._keep(decoded, owner, arrival, directory)

    def _set_aside(self, arrival: Arrival, owners: tuple[Owner, ...]) -> bool:
        """True for a message that nobody decodes: too large, or nobody's."""
        if len(arrival.payload) > MAX_PAYLOAD:
            detail = f"{len(arrival.payload):,} bytes, at most {MAX_PAYLOAD:,} are read"
            self.faults.append(Fault(arrival, "too-large", detail, owners[0].device_id if owners else None))
            return True
        if not owners and arrival.payload:  # an empty one only clears what a broker had retained
            self.faults.append(Fault(arrival, "unknown-topic", "no device listens to this topic"))
        return not owners

    def _learn(self, owner: Owner, arrival: Arrival) -> None:
        describes = owner.format.describes
        if describes is not None and describes(owner.suffix):
            self.described[owner.device_id, owner.suffix] = owner, arrival

    def _keep(self, decoded: Decoded, owner: Owner, arrival: Arrival, directory: Directory) -> None:
        known, device_id = directory.series, owner.device_id
        arrived, retained = to_micros(arrival.at), arrival.retained
        ahead_s: float | None = None
        fault: tuple[str, str] | None = None
        for said in decoded:
            value, at, is_word = said.value, arrived, type(said) is StateChange
            key = (device_id, said.metric, said.channel, is_word)
            if key not in known and (wrong := self._new_name(key, directory)):
                fault = ("bad-name", wrong)
                continue
            moment = None if said.at is None else _moment(said.at, arrival)
            if moment is not None:
                at = to_micros(moment)
                if at > arrived + MAX_AHEAD:
                    ahead_s, at, moment = (at - arrived) / SECOND, arrived, None
                elif at < (BEGINNING if owner.believes_history else arrived - MAX_AGE):
                    fault = ("too-old", f"{said.metric} is of {moment:%Y-%m-%d %H:%M} UTC")
                    continue
            if is_word:
                value = _clean(str(value))
            elif not isfinite(value):  # type: ignore[arg-type]
                continue
            if retained and moment is None:
                self.last_known[key] = (value, arrival.at)
            else:
                self.values.append((key, at, value))
        if fault:
            self.faults.append(Fault(arrival, *fault, device_id))
        self._saw(decoded, device_id, arrival, ahead_s)

    def _saw(self, decoded: Decoded, device_id: int, arrival: Arrival, ahead_s: float | None) -> None:
        """Whether the device itself was heard, or the broker in its name."""
        own = False
        for said in decoded:
            if said.metric != "online" or said.value == "online":
                own = True
            else:
                self.left.add(device_id)  # a farewell, which the broker says (MQTT 3.1.1 §3.1.2.5)
        if own and not arrival.retained:
            self.seen[device_id] = arrival.at
            if _names_a_time(decoded):
                self.clocks[device_id] = ahead_s

    def _new_name(self, key: SeriesKey, directory: Directory) -> str | None:
        """Note a series that is new. What is wrong with its name, None if nothing is."""
        if key in self.new_series:
            return None
        device_id, metric, channel, _is_word = key
        name = f"{metric[:40]!r} on channel {channel[:40]!r}" if channel else f"{metric[:40]!r}"
        if len(metric) > MAX_METRIC or len(channel) > MAX_CHANNEL:
            return f"the name {name} is too long"
        if not (metric + channel).isprintable():
            return f"the name {name} holds unprintable characters"
        fresh = sum(1 for new in self.new_series if new[0] == device_id)
        if directory.series_count.get(device_id, 0) + fresh >= MAX_SERIES:
            return f"the device has {MAX_SERIES} series already; {name} would be one more"
        self.new_series.add(key)
        return None


def _moment(at: datetime | timedelta | None, arrival: Arrival) -> datetime | None:
    """A reading's own time. What is told as so long ago means nothing in a retained message."""
    if isinstance(at, timedelta):
        return None if arrival.retained else arrival.at + at
    return at


def next_arrival(last: datetime, now: datetime, whose: tuple[int, int] = (0, 1)) -> datetime:
    """The present as the instant of an arrival, later than the one before: two never share an instant.

    A clock that was set back is believed: else all that comes until it gets there would stand at once.
    Of several workers (`whose`: which one, of how many) each has microseconds of its own.
    """
    moment = now if now > last or last - now > SET_BACK else last + A_MICROSECOND
    which, many = whose
    return moment if many == 1 else moment + (which - to_micros(moment)) % many * A_MICROSECOND


def fingerprint(topic: str, payload: bytes) -> int:
    """Tells one message from another that carries the same packet identifier; 32 bits."""
    return zlib.crc32(payload, zlib.crc32(topic.encode("utf-8", "surrogatepass")))


def _names_a_time(decoded: Decoded) -> bool:
    for said in decoded:  # noqa: SIM110 - a third of the cost of any(), and asked for each message
        if said.at is not None:
            return True
    return False


def _clean(word: str) -> str:
    """A word without what a database refuses: NUL and lone surrogates, and not longer than a screen."""
    return word.replace("\x00", "")[:MAX_WORD].encode("utf-8", "replace").decode()
