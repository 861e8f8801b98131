"""The listener and a real broker: what is published is stored, whatever comes in between."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from zoneinfo import ZoneInfo

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from campus.database import Database
from campus.settings import Settings
from devices.history.models import LastKnown
from devices.intake.broker import PatientBroker, configuration
from devices.intake.connection import BrokerAddress
from devices.intake.ingest import Ingest
from devices.intake.listener import Listener
from devices.intake.models import QuarantinedMessage
from tests.devices.intake.things import numbers, register
from tests.servers import Mosquitto, free_port, wait_until

pytestmark = pytest.mark.broker
CLIENT_ID = "campus-test"


class Ear:
    """A listener in a thread, started and stopped as the worker does it."""

    def __init__(self, database: Database, address: BrokerAddress | str) -> None:
        self._database = database
        self._address = BrokerAddress(address) if isinstance(address, str) else address
        self.start()

    def start(self) -> None:
        self._stopping, self._listening = threading.Event(), threading.Event()
        listener = Listener(
            ingest=Ingest(self._database, ZoneInfo("America/Ciudad_Juarez"), CLIENT_ID),
            database=self._database,
            address=self._address,
            client_id=CLIENT_ID,
            topics=["#"],
            stopping=self._stopping,
            on_listening=lambda listening: self._listening.set() if listening else None,
        )
        self._thread = threading.Thread(target=listener.run)
        self._thread.start()
        assert self._listening.wait(30)

    def stop(self) -> None:
        self._stopping.set()
        self._thread.join(30)
        assert not self._thread.is_alive()


@pytest.fixture
def ear(sqlite_database: Database, mosquitto: Mosquitto) -> Iterator[Ear]:
    register(sqlite_database, "wall", "hub/wall")
    made = Ear(sqlite_database, mosquitto.url)
    yield made
    made.stop()


@pytest.fixture
def mouth(mosquitto: Mosquitto) -> Iterator[mqtt.Client]:
    client = mqtt.Client(CallbackAPIVersion.VERSION2)
    client.connect("127.0.0.1", mosquitto.port)
    client.loop_start()
    yield client
    client.disconnect()
    client.loop_stop()


def values(database: Database) -> list[float]:
    with database.read() as session:
        return [value for _at, value in numbers(session)]


def quarantined(database: Database) -> list[tuple[str, str, int]]:
    with database.read() as session:
        rows = session.scalars(select(QuarantinedMessage).order_by(QuarantinedMessage.id))
        return [(row.topic, row.reason, row.size) for row in rows]


def say(client: mqtt.Client, payload: str | bytes, topic: str = "hub/wall", *, retain: bool = False) -> None:
    client.publish(topic, payload, 1, retain).wait_for_publish(30)


def test_every_message_is_stored_in_order(sqlite_database: Database, ear: Ear, mouth: mqtt.Client) -> None:
    for number in range(300):
        say(mouth, f'{{"t": {number}}}')
    wait_until(lambda: len(values(sqlite_database)) == 300, "300 values")
    assert values(sqlite_database) == [float(number) for number in range(300)]


def test_what_is_said_while_the_worker_is_away_waits_at_the_broker(
    sqlite_database: Database, ear: Ear, mouth: mqtt.Client
) -> None:
    ear.stop()
    say(mouth, '{"t": 1}')
    say(mouth, '{"t": 2}')
    ear.start()
    wait_until(lambda: values(sqlite_database) == [1.0, 2.0], "both values")


def test_a_broker_that_restarts_is_found_again(
    sqlite_database: Database, ear: Ear, mosquitto: Mosquitto, mouth: mqtt.Client
) -> None:
    say(mouth, '{"t": 1}')
    wait_until(lambda: values(sqlite_database) == [1.0], "the first value")
    mosquitto.restart()
    wait_until(mouth.is_connected, "the publisher to return")
    say(mouth, '{"t": 2}')
    wait_until(lambda: values(sqlite_database) == [1.0, 2.0], "the second value")


def test_a_retained_message_heard_on_subscribing_is_no_new_reading(
    sqlite_database: Database, mosquitto: Mosquitto, mouth: mqtt.Client
) -> None:
    register(sqlite_database, "wall", "hub/wall")
    say(mouth, '{"t": 9}', retain=True)
    ear = Ear(sqlite_database, mosquitto.url)
    try:
        say(mouth, '{"t": 10}')
        wait_until(lambda: values(sqlite_database) == [10.0], "the live value alone")
        with sqlite_database.read() as session:
            assert session.scalars(select(LastKnown.number)).all() == [9.0]
    finally:
        ear.stop()


def test_a_message_of_a_mebibyte_and_one_that_is_not_utf8_are_quarantined_and_the_next_goes_through(
    sqlite_database: Database, ear: Ear, mouth: mqtt.Client
) -> None:
    say(mouth, b"x" * 1024 * 1024)
    say(mouth, b"\xff\xfe")
    say(mouth, b"[" * 10_000)
    say(mouth, '{"t": 3}')
    wait_until(lambda: values(sqlite_database) == [3.0], "the good value")
    assert quarantined(sqlite_database) == [
        ("hub/wall", "too-large", 1024 * 1024),
        ("hub/wall", "unreadable", 2),
        ("hub/wall", "unreadable", 10_000),
    ]


def test_the_embedded_broker_keeps_what_is_said_while_the_worker_is_away(sqlite_database: Database) -> None:
    register(sqlite_database, "wall", "hub/wall")
    with EmbeddedBroker() as broker:
        ear = Ear(sqlite_database, broker.url)
        client = mqtt.Client(CallbackAPIVersion.VERSION2)
        client.connect("127.0.0.1", broker.port)
        client.loop_start()
        try:
            wait_until(lambda: _heard(client, sqlite_database), "the subscription")
            ear.stop()
            say(client, '{"t": 5}')
            ear.start()
            wait_until(lambda: values(sqlite_database)[-1:] == [5.0], "the value that waited")
        finally:
            client.disconnect()
            client.loop_stop()
            ear.stop()


def _heard(client: mqtt.Client, database: Database) -> bool:
    say(client, '{"t": 4}')
    return bool(values(database))


class EmbeddedBroker:
    """The broker of `flask broker`, in a thread."""

    def __init__(self) -> None:
        self.port = free_port()
        self.url = f"mqtt://campus@127.0.0.1:{self.port}"

    def __enter__(self) -> EmbeddedBroker:
        import asyncio

        started = threading.Event()
        self._loop = asyncio.new_event_loop()
        self._stop = asyncio.Event()

        async def serve() -> None:
            broker = PatientBroker(configuration(Settings(broker_port=self.port)))
            await broker.start()
            started.set()
            await self._stop.wait()
            await broker.shutdown()

        self._thread = threading.Thread(target=lambda: self._loop.run_until_complete(serve()))
        self._thread.start()
        assert started.wait(30)
        return self

    def __exit__(self, *_error: object) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(30)
        self._loop.close()
