"""The broker hangs for longer than its keep-alive, and goes on: noticed, said, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from apiflask import APIFlask

from app import create_app
from campus import clock
from campus.database import Database
from campus.health import faults
from campus.settings import Settings
from tests.faults.hub import Door, Load, Tell, register_devices, stored, sums, wait_for_the_rest, working
from tests.servers import Mosquitto, wait_until

KEEP_ALIVE_S = "2"


def broker_as_seen(app: APIFlask) -> str | None:
    """What /readyz has to say of the broker."""
    return faults(app.extensions["campus"], clock.now())["broker"]


@pytest.mark.broker
@pytest.mark.slow
def test_a_broker_that_hangs_is_noticed_and_found_again_with_all_that_it_holds(
    sqlite_database: Database, settings: Settings, mosquitto: Mosquitto, tmp_path: Path, tell: Tell
) -> None:
    app = create_app(settings.model_copy(update={"mqtt_url": mosquitto.url}))
    register_devices(sqlite_database)
    load = Load(Door(mosquitto.port))
    patience = {"CAMPUS_MQTT_KEEP_ALIVE_S": KEEP_ALIVE_S}
    try:
        with working(sqlite_database, mosquitto.url, tmp_path, **patience) as worker:
            wait_until(lambda: broker_as_seen(app) is None, "all to be ready")
            load.begin(500)
            wait_until(lambda: stored(sqlite_database) > 500, "the first messages")
            mosquitto.pause()  # which still takes connections: the kernel does
            wait_until(lambda: worker.says("the connection was lost") > 0, "the worker to notice")
            wait_until(lambda: broker_as_seen(app) is not None, "the campus to say so")
            said, before = broker_as_seen(app), stored(sqlite_database)
            mosquitto.resume()
            load.settle()
            wait_for_the_rest(sqlite_database, load)
            wait_until(lambda: broker_as_seen(app) is None, "all to be ready again")
            complaints = worker.says("ERROR")
    finally:
        load.close()
        app.extensions["campus"].database.close()
    counted = sums(sqlite_database, load)
    tell(f"broker hung beyond its keep-alive; {before:,} stored before it went on: {counted}")
    assert said == "the worker does not hear it"
    assert complaints == 1  # one line, not one a try
    assert counted.is_exact
