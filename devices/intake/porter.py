"""Takes what was heard to the inbox: a job of the worker, one transaction a round.

Every sighting is looked at once: an announcement, or a guess at the device that spoke. What belongs to a
device that is registered, or already waits, is added there. Announcements that were understood leave the
quarantine; those that cannot be read stay there with the reason.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import orjson
from sqlalchemy import delete, select, update
from sqlalchemy.orm import Session, defer

from campus.database import Database, wait_for_turn
from campus.moments import to_micros
from devices.discovery.announcements import announced, is_announcement
from devices.discovery.guess import guess
from devices.discovery.proposal import GUESSED, MOST_METRICS, MOST_TOPICS, Proposal, kind_of
from devices.formats import formats
from devices.intake.batch import Arrival
from devices.intake.directory import Directory
from devices.intake.inbox import ACCEPTED, IGNORED, NEW
from devices.intake.models import HeardDevice, QuarantinedMessage
from devices.intake.quarantine import LONGEST_DETAIL, QUARANTINE_TURN, kept_name, storable
from devices.intake.samples import Sample, pack, unpack
from devices.intake.sightings import Sightings
from devices.readings import BadPayload

log = logging.getLogger(__name__)

A_ROUND = 100
"""Sightings that are looked at in one transaction."""
MOST_ROWS = 500
"""Devices that wait. Past it only those that announce themselves come in, for others that did not."""
LARGEST_OPTIONS = 48_000
"""Bytes of the configurations that a device was announced with."""
MOST_ANNOUNCEMENTS = 200


@dataclass(slots=True)
class _Seen:
    """What one look found out."""

    found: list[tuple[Proposal, Arrival]] = field(default_factory=list)
    withdrawn: list[str] = field(default_factory=list)
    understood: list[str] = field(default_factory=list)
    refused: dict[str, str] = field(default_factory=dict)


class Porter:
    """One a worker. `round` is called every second."""

    def __init__(self, database: Database, sightings: Sightings, zone: ZoneInfo) -> None:
        self._database, self._sightings, self._zone = database, sightings, zone
        self._directory = Directory(zone)

    def round(self, now: datetime) -> int:
        """Look at what waits. How many messages that were."""
        arrivals = self._sightings.drain(A_ROUND)
        if not arrivals:
            return 0
        seen = self._look(arrivals)
        with self._database.write() as session:
            wait_for_turn(session, QUARANTINE_TURN)
            self._directory.refresh(session)
            _Inbox(session, self._directory, now).take(seen)
        return len(arrivals)

    def _look(self, arrivals: Iterable[Arrival]) -> _Seen:
        seen = _Seen()
        for arrival in arrivals:
            topic = arrival.topic
            announcing = is_announcement(topic)
            if announcing and not arrival.payload.strip():
                seen.withdrawn.append(topic)
                continue
            try:
                found = announced(topic, arrival.payload, self._zone)
                if found is None:
                    guessed = guess(topic, arrival.payload, self._zone)
                    found = [guessed] if guessed else []
            except BadPayload as reason:
                seen.refused[topic] = str(reason)
                continue
            except Exception:
                log.exception("looking at %r failed", topic)
                continue
            seen.found += [(one, arrival) for one in found]
            if announcing:
                seen.understood.append(topic)
        return seen


class _Inbox:
    """The rows, for one transaction."""

    def __init__(self, session: Session, directory: Directory, now: datetime) -> None:
        self._session, self._directory, self._now = session, directory, now
        query = select(HeardDevice).options(defer(HeardDevice.samples)).order_by(HeardDevice.id)
        self._rows = {row.topic: row for row in session.scalars(query)}
        self._announced = {topic: row for row in self._rows.values() for topic in row.announcements}
        self._spoken = {topic: row for row in self._rows.values() for topic in row.speaks}

    def take(self, seen: _Seen) -> None:
        for topic in seen.withdrawn:
            self._withdraw(topic)
        for proposal, arrival in seen.found:
            self._put(proposal, arrival)
        for row in [one for one in self._rows.values() if one.state == NEW]:
            if self._is_registered(row.format, row.topic, row.speaks):
                row.state = ACCEPTED
        gone = [*seen.withdrawn, *seen.understood]
        strangers = QuarantinedMessage.reason == "unknown-topic"
        if gone:
            names = [kept_name(topic) for topic in gone]
            self._session.execute(
                delete(QuarantinedMessage).where(QuarantinedMessage.topic.in_(names), strangers)
            )
        for topic, reason in seen.refused.items():
            self._session.execute(
                update(QuarantinedMessage)
                .where(QuarantinedMessage.topic == kept_name(topic), strangers)
                .values(detail=storable(reason)[:LONGEST_DETAIL])
            )

    def _put(self, proposal: Proposal, arrival: Arrival) -> None:
        row = self._announced.get(proposal.of) if proposal.of else self._row_of(proposal, arrival.topic)
        if row is None:
            if proposal.of or not self._has_room(proposal):
                return
            if self._is_registered(proposal.format, proposal.topic, proposal.speaks):
                return
            row = self._add(proposal)
            self._absorb(row)
        elif not proposal.of:
            _merge(row, proposal)
        self._note(row, proposal, arrival)

    def _row_of(self, proposal: Proposal, topic: str) -> HeardDevice | None:
        """The row that stands for the device already."""
        row = self._rows.get(proposal.topic) or self._spoken.get(topic)
        if row is not None or proposal.sureness > GUESSED:
            return row or next((self._spoken[one] for one in proposal.speaks if one in self._spoken), None)
        known = formats()
        around = [
            one
            for one in self._rows.values()
            if one.format in known and known[one.format].suffix(one.topic, topic) is not None
        ]
        return max(around, key=lambda one: len(one.topic), default=None)

    def _is_registered(self, dialect: str, root: str, speaks: Iterable[str]) -> bool:
        """True if a device that is registered listens there already."""
        return any(self._directory.owners(topic) for topic in speaks)

    def _has_room(self, proposal: Proposal) -> bool:
        waiting = [row for row in self._rows.values() if row.state == NEW]
        if len(waiting) < MOST_ROWS:
            return True
        unsure = [row for row in waiting if row.sureness == GUESSED]
        if proposal.sureness == GUESSED or not unsure:
            return False
        self._remove(min(unsure, key=lambda row: row.last_heard))
        return True

    def _add(self, proposal: Proposal) -> HeardDevice:
        row = HeardDevice(
            topic=proposal.topic,
            format=proposal.format,
            kind=proposal.kind,
            name=storable(proposal.name),
            sureness=proposal.sureness,
            options=_storable_options(proposal.options),
            metrics=list(proposal.metrics),
            announcements=[],
            speaks=[],
            samples=b"[]",
            first_heard=self._now,
            last_heard=self._now,
            state=NEW,
        )
        self._session.add(row)
        self._rows[row.topic] = row
        return row

    def _absorb(self, row: HeardDevice) -> None:
        """What was guessed of single topics before their device was known belongs to it."""
        known = formats()[row.format]
        for other in list(self._rows.values()):
            if other is row or other.sureness > GUESSED or other.state != NEW:
                continue
            if other.speaks and all(
                known.suffix(row.topic, one) is not None or one in row.speaks for one in other.speaks
            ):
                self._remove(other)

    def _note(self, row: HeardDevice, proposal: Proposal, arrival: Arrival) -> None:
        """The message itself, its topic, and what it told."""
        if proposal.announcement and proposal.announcement not in row.announcements:
            row.announcements = [*row.announcements, proposal.announcement][:MOST_ANNOUNCEMENTS]
            self._announced[proposal.announcement] = row
        spoken = proposal.speaks if is_announcement(arrival.topic) else (arrival.topic,)
        fresh = [topic for topic in spoken if topic not in row.speaks and len(topic) <= 512]
        if fresh and len(row.speaks) < MOST_TOPICS:
            row.speaks = [*row.speaks, *map(storable, fresh)][:MOST_TOPICS]
            self._spoken.update(dict.fromkeys(fresh, row))
        fresh_names = [name for name in proposal.metrics if name not in row.metrics]
        if fresh_names and len(row.metrics) < MOST_METRICS:
            row.metrics = [*row.metrics, *fresh_names][:MOST_METRICS]
            row.kind = kind_of(row.format, f"{row.topic} {row.name}", row.metrics)
        row.last_heard = max(arrival.at, row.last_heard)
        if row.state == ACCEPTED and not self._is_registered(row.format, row.topic, row.speaks):
            row.state = NEW  # it was retired, and speaks again
        sample = Sample(
            storable(arrival.topic),
            arrival.payload,
            to_micros(arrival.at),
            len(arrival.payload),
            arrival.retained,
        )
        row.samples = pack([*unpack(row.samples), sample])

    def _withdraw(self, topic: str) -> None:
        """An announcement was taken back: the device goes if nothing else tells of it."""
        row = self._announced.pop(topic, None)
        if row is None:
            return
        row.announcements = [one for one in row.announcements if one != topic]
        configs = row.options.get("configs")
        if isinstance(configs, dict) and topic in configs:
            row.options = {**row.options, "configs": {k: v for k, v in configs.items() if k != topic}}
        if not row.announcements and row.state != IGNORED:
            self._remove(row)

    def _remove(self, row: HeardDevice) -> None:
        self._rows.pop(row.topic, None)
        self._announced = {topic: one for topic, one in self._announced.items() if one is not row}
        self._spoken = {topic: one for topic, one in self._spoken.items() if one is not row}
        if row in self._session.new:
            self._session.expunge(row)
        else:
            self._session.delete(row)


def _merge(row: HeardDevice, proposal: Proposal) -> None:
    """What is surer stands; the configurations of one device come together."""
    if proposal.sureness > row.sureness or (
        proposal.format == row.format and proposal.sureness == row.sureness
    ):
        same = proposal.format == row.format
        better_name = proposal.sureness > row.sureness and proposal.name
        row.sureness, row.format = proposal.sureness, proposal.format
        row.name = storable(proposal.name) if better_name else row.name
        row.options = _together(row.options if same else {}, proposal.options)
        row.metrics = row.metrics if same else list(proposal.metrics)
        row.kind = kind_of(row.format, f"{row.topic} {row.name}", row.metrics) if not same else row.kind


def _together(before: Mapping[str, Any], more: Mapping[str, Any]) -> dict[str, Any]:
    configs = {**before.get("configs", {}), **more.get("configs", {})}
    if not configs or len(orjson.dumps(configs)) > LARGEST_OPTIONS:
        return dict(before)
    return _storable_options({**before, **more, "configs": configs})


def _storable_options(options: Mapping[str, Any]) -> dict[str, Any]:
    """Without what a store refuses: PostgreSQL's JSON takes no NUL."""
    wire = orjson.dumps(options)
    return dict(options) if b"\\u0000" not in wire else {}
