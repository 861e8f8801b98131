"""Real charging sessions as the messages that a metering relay of Shelly's would have sent. Pure.

The file knows when a car came and went and how many kWh it took, not how fast. Here each takes up
to POWER_W from its arrival on, as an unmanaged charger gives them.
"""

from __future__ import annotations

import csv
import gzip
import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal
from pathlib import Path

FILE = Path(__file__).resolve().parent.parent / "data" / "acn_caltech_2019-05_08.csv.gz"
ZONE = "America/Los_Angeles"
PREFIX = "acn"
POWER_W = 7_200.0
EVERY = timedelta(minutes=15)
BEFORE = timedelta(minutes=1)
"""How long before a station's first session its register is read for the first time."""


@dataclass(frozen=True, slots=True)
class Session:
    """A car at a station."""

    station: str
    arrival: datetime
    departure: datetime
    energy_wh: Decimal


@dataclass(frozen=True, slots=True)
class Sent:
    """A message as a capture has it."""

    topic: str
    payload: str
    at: datetime


def sessions(file: Path = FILE) -> list[Session]:
    """All sessions, by arrival."""
    with gzip.open(file, "rt", newline="") as rows:
        found = [
            Session(
                row["station_id"],
                datetime.fromisoformat(row["arrival"]),
                datetime.fromisoformat(row["departure"]),
                Decimal(row["delivered_energy (kWh)"]) * 1000,
            )
            for row in csv.DictReader(rows)
        ]
    return sorted(found, key=lambda session: session.arrival)


def messages(charged: Iterable[Session]) -> list[Sent]:
    """What the stations say, by time: the register before the first session, then at the start of each,
    every EVERY, and when the car is full.

    A register counts exactly and is said to the milliwatt-hour, so the rounding of sessions does not add up.
    """
    totals: dict[str, Decimal] = {}
    said: list[Sent] = []
    for session in charged:
        if session.station not in totals:
            totals[session.station] = Decimal(0)
            said.append(_notice(session.station, session.arrival - BEFORE, Decimal(0), 0.0))
        for at, gained, power_w in curve(session):
            said.append(_notice(session.station, at, totals[session.station] + gained, power_w))
        totals[session.station] += session.energy_wh
    return sorted(said, key=lambda sent: sent.at)


def curve(session: Session) -> Iterator[tuple[datetime, Decimal, float]]:
    """Instant, energy of the session so far in Wh, power in W from then on."""
    takes = timedelta(hours=float(session.energy_wh) / POWER_W)
    assert session.arrival + takes <= session.departure, f"{session} took more than {POWER_W:.0f} W"
    at = session.arrival
    while at < session.arrival + takes:
        hours = Decimal((at - session.arrival).total_seconds()) / 3600
        yield at, hours * Decimal(POWER_W), POWER_W
        at += EVERY
    yield session.arrival + takes, session.energy_wh, 0.0


def _notice(station: str, at: datetime, total_wh: Decimal, power_w: float) -> Sent:
    source = f"shellypro1pm-{station.lower()}"
    energy = {"total": round(float(total_wh), 3)}
    relay = {"id": 0, "output": power_w > 0, "apower": power_w, "aenergy": energy}
    topic = f"{PREFIX}/{station}"
    body = {
        "src": source,
        "dst": f"{topic}/events",
        "method": "NotifyStatus",
        "params": {"ts": at.timestamp(), "switch:0": relay},
    }
    return Sent(f"{topic}/events/rpc", json.dumps(body), at)
