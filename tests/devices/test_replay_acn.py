"""3,527 real charging sessions go through a real broker and come back from the API to the watt-hour."""

from __future__ import annotations

import gzip
import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from flask.testing import FlaskClient
from sqlalchemy import func, select

from campus.database import Database
from campus.settings import Settings
from devices.history.models import HotReading
from devices.intake.connection import BrokerAddress
from devices.intake.ingest import Ingest
from devices.intake.listener import Listener
from devices.intake.models import QuarantinedMessage
from devices.models import Series
from devices.simulator.replay import run
from tests.devices import acn
from tests.servers import Mosquitto, wait_until

MONTHS_KWH = {5: 8_433.200, 6: 7_191.648, 7: 6_607.180, 8: 7_300.744}
"""By the local month of arrival, as ../shared/data/README.md and tests/data/README.md have them."""
TOTAL_KWH = 29_532.771671


@pytest.fixture
def worker(sqlite_database: Database, settings: Settings, mosquitto: Mosquitto) -> Iterator[None]:
    """The worker's own listener at work."""
    stopping, listening = threading.Event(), threading.Event()
    listener = Listener(
        ingest=Ingest(sqlite_database, settings.zone, "acn"),
        database=sqlite_database,
        address=BrokerAddress(mosquitto.url),
        client_id="acn",
        topics=["#"],
        stopping=stopping,
        on_listening=lambda listens: listening.set() if listens else None,
    )
    thread = threading.Thread(target=listener.run)
    thread.start()
    assert listening.wait(10)
    yield
    stopping.set()
    thread.join()


def test_the_file_holds_what_its_readme_says() -> None:
    sessions = acn.sessions()
    zone = ZoneInfo(acn.ZONE)
    assert len(sessions) == 3_527
    assert len({session.station for session in sessions}) == 52
    months = [session.arrival.astimezone(zone).month for session in sessions]
    assert [months.count(month) for month in MONTHS_KWH] == [964, 883, 820, 860]
    assert float(sum(session.energy_wh for session in sessions)) / 1000 == pytest.approx(TOTAL_KWH, abs=1e-6)


def test_a_stations_register_only_rises() -> None:
    last: dict[str, float] = {}
    for sent in acn.messages(acn.sessions()):
        total = json.loads(sent.payload)["params"]["switch:0"]["aenergy"]["total"]
        assert total >= last.get(sent.topic, 0.0)
        last[sent.topic] = total
    assert sum(last.values()) / 1000 == pytest.approx(TOTAL_KWH, abs=1e-4)


@dataclass
class Garage:
    """The stations as the API knows them."""

    client: FlaskClient
    headers: dict[str, str]
    stations: list[str]

    def register(self) -> None:
        for station in self.stations:
            described = {
                "name": station,
                "kind": "charger",
                "format": "shelly",
                "topic": f"{acn.PREFIX}/{station}",
                "rated_power_w": acn.POWER_W,
                "options": {"history": True},
            }
            path = f"/api/v1/devices/{_slug(station)}"
            answer = self.client.put(path, json=described, headers=self.headers)
            assert answer.status_code == 201, answer.json

    def energy_kwh(self, first: int, last: int) -> float:
        """Of the local months from `first` to `last`, over all stations."""
        query = {"metric": "energy_import", "start": _begin(first), "end": _begin(last + 1)}
        total = 0.0
        for station in self.stations:
            path = f"/api/v1/devices/{_slug(station)}/energy"
            answer = self.client.get(path, query_string=query, headers=self.headers)
            assert answer.status_code == 200, answer.json
            assert answer.json is not None
            assert answer.json["corrections"] == []
            total += answer.json["kwh"]
        return total


@pytest.fixture
def garage(client: FlaskClient, staff_token: str) -> Garage:
    """All 52 stations, registered."""
    stations = sorted({session.station for session in acn.sessions()})
    found = Garage(client, {"Authorization": f"Bearer {staff_token}"}, stations)
    found.register()
    return found


@pytest.mark.broker
@pytest.mark.slow
@pytest.mark.usefixtures("worker")
def test_every_session_comes_back_in_its_month(
    garage: Garage, sqlite_database: Database, settings: Settings, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    messages = acn.messages(acn.sessions())
    here = settings.model_copy(update={"mqtt_url": mosquitto.url})
    assert run(_capture(messages, tmp_path / "acn.jsonl.gz"), here, speed=0) == len(messages)
    instants = len({(sent.topic, sent.at) for sent in messages})
    wait_until(lambda: _registers(sqlite_database) >= instants, f"{instants} register readings", 120)

    with sqlite_database.read() as session:
        assert session.scalar(select(func.count()).select_from(QuarantinedMessage)) == 0
    for month, expected_kwh in MONTHS_KWH.items():
        assert garage.energy_kwh(month, month) == pytest.approx(expected_kwh, abs=0.001)
    assert garage.energy_kwh(5, 8) == pytest.approx(TOTAL_KWH, abs=0.001)


def _capture(messages: list[acn.Sent], file: Path) -> Path:
    with gzip.open(file, "wt") as lines:
        for sent in messages:
            said = {"topic": sent.topic, "payload": sent.payload, "at": sent.at.isoformat()}
            lines.write(json.dumps(said) + "\n")
    return file


def _slug(station: str) -> str:
    return f"acn-{station.lower()}"


def _begin(month: int) -> str:
    """The first instant of a month of 2019 at the garage."""
    return datetime(2019, month, 1, tzinfo=ZoneInfo(acn.ZONE)).isoformat()


def _registers(database: Database) -> int:
    """Readings of registers that the store holds."""
    with database.read() as session:
        count = session.scalar(
            select(func.count())
            .select_from(HotReading)
            .join(Series, Series.id == HotReading.series_id)
            .where(Series.metric == "energy_import")
        )
    return count or 0
