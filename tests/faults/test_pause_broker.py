"""The broker hangs for longer than its keep-alive, and goes on: noticed, said, and nothing lost."""

from __future__ import annotations

from pathlib import Path

import pytest
from apiflask import APIFlask

from app import create_app
from campus.database import Database
from campus.settings import Settings
from tests.faults.conftest import Tell
from tests.faults.hub import Load, stored, sums, wait_for_the_rest, working
from tests.servers import Mosquitto, wait_until

KEEP_ALIVE_S = "2"


def missing(app: APIFlask) -> list[str]:
    """What /readyz finds missing."""
    answer = app.test_client().get("/readyz").json
    assert answer
    return list(answer["missing"])


@pytest.mark.broker
@pytest.mark.slow
def test_a_broker_that_hangs_is_noticed_and_found_again_with_all_that_it_holds(
    sqlite_database: Database, settings: Settings, mosquitto: Mosquitto, tmp_path: Path, tell: Tell
) -> None:
    app = create_app(settings.model_copy(update={"mqtt_url": mosquitto.url}))
    load = Load(sqlite_database, mosquitto.port)
    hangs = {"CAMPUS_MQTT_KEEP_ALIVE_S": KEEP_ALIVE_S}
    try:
        with working(sqlite_database, mosquitto.url, tmp_path, **hangs) as worker:
            wait_until(lambda: missing(app) == [], "all to be ready")
            load.begin(500)
            wait_until(lambda: stored(sqlite_database) > 500, "the first messages")
            mosquitto.pause()  # which still takes connections: the kernel does
            wait_until(lambda: "broker" in missing(app), "the worker to say that it does not listen")
            before = stored(sqlite_database)
            mosquitto.resume()
            load.settle()
            wait_for_the_rest(sqlite_database, load)
            wait_until(lambda: missing(app) == [], "all to be ready again")
            noticed = worker.says("has not answered")
    finally:
        load.close()
        app.extensions["campus"].database.close()
    counted = sums(sqlite_database, load)
    tell(f"broker hung beyond its keep-alive; {before:,} stored before it went on: {counted}")
    assert counted.is_exact
    assert noticed >= 1
