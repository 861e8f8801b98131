"""`python app.py` on PostgreSQL and a broker of its own, with several workers."""

from __future__ import annotations

import json
from functools import partial
from urllib.request import urlopen

import pytest

from campus.database import Database
from tests.running import Campus, StartCampus
from tests.servers import Mosquitto, wait_until


def listening(campus: Campus) -> dict[str, int]:
    with urlopen(f"{campus.url}/readyz", timeout=5) as answer:  # noqa: S310 - our own server
        told: dict[str, int] = json.load(answer)["workers"]
        return told


@pytest.mark.slow
@pytest.mark.broker
def test_each_of_two_workers_has_a_line_and_both_listen(
    start_campus: StartCampus, postgres_database: Database, mosquitto: Mosquitto
) -> None:
    campus = start_campus(
        CAMPUS_DEMO="0",
        CAMPUS_WORKERS="2",
        CAMPUS_DATABASE_URL=postgres_database.url,
        CAMPUS_MQTT_URL=mosquitto.url,
    )
    campus.wait_until_ready()
    wait_until(lambda: listening(campus) == {"listening": 2, "wanted": 2}, "both workers to listen")
    for name in ("worker-1", "worker-2"):
        wait_until(
            partial(campus.says, f"{name:<9} | INFO devices.shift: worker "), f"{name} to say its place"
        )


@pytest.mark.parametrize(
    ("environment", "fault"),
    [
        ({}, "on SQLite one worker writes; several need PostgreSQL"),
        (
            {"CAMPUS_DATABASE_URL": "postgresql+psycopg://campus@/none"},
            "the embedded broker shares out no messages; several need one like Mosquitto",
        ),
        ({"CAMPUS_WORKERS": "0"}, "Input should be greater than or equal to 1"),
    ],
)
def test_several_workers_where_only_one_can_be_stop_the_start_with_one_line(
    start_campus: StartCampus, environment: dict[str, str], fault: str
) -> None:
    campus = start_campus(**{"CAMPUS_WORKERS": "2", **environment})
    assert campus.process.wait(30) == 2
    accepted = "1; with PostgreSQL and a broker at CAMPUS_MQTT_URL up to 64"
    number = environment.get("CAMPUS_WORKERS", "2")
    wait_until(
        partial(campus.says, f"campus: CAMPUS_WORKERS='{number}': {fault}. Accepted: {accepted}."),
        "the reason",
    )
