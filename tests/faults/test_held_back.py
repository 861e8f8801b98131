"""kill -9 of a worker that holds a value back: the next one writes it, at its own time."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import paho.mqtt.client as mqtt
import pytest
from paho.mqtt.enums import CallbackAPIVersion
from sqlalchemy import select

from campus.database import Database
from campus.processes import die_with_parent
from devices.intake.models import HeldBack
from tests.devices.intake.things import numbers, register
from tests.running import HOUSE
from tests.servers import Mosquitto, wait_until

pytestmark = pytest.mark.broker
FIELDS = {"fields": {"temperature": {"path": "t"}}}


def start_worker(database: Database, broker: Mosquitto, data_dir: Path) -> subprocess.Popen[bytes]:
    own = {"DATA_DIR": str(data_dir), "DATABASE_URL": database.url, "MQTT_URL": broker.url}
    with (data_dir / "worker.log").open("ab") as log:
        return subprocess.Popen(
            [sys.executable, "-m", "flask", "--app", "app", "worker"],
            cwd=HOUSE,
            env=os.environ | {f"CAMPUS_{name}": value for name, value in own.items()},
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - no thread here holds a lock
        )


def values(database: Database) -> list[float]:
    with database.read() as session:
        return [value for _at, value in numbers(session)]


def held(database: Database) -> float | None:
    with database.read() as session:
        return session.scalar(select(HeldBack.held_number))


def test_what_was_held_back_outlives_the_worker(
    sqlite_database: Database, mosquitto: Mosquitto, tmp_path: Path
) -> None:
    register(sqlite_database, "wall", "hub/wall", options={**FIELDS, "min_interval_s": 6})
    mouth = mqtt.Client(CallbackAPIVersion.VERSION2)
    mouth.connect("127.0.0.1", mosquitto.port)
    mouth.loop_start()
    worker = start_worker(sqlite_database, mosquitto, tmp_path)
    try:

        def is_heard() -> bool:
            mouth.publish("hub/wall", '{"t": 1}', 1).wait_for_publish(30)
            return bool(values(sqlite_database))

        wait_until(is_heard, "the worker to listen")
        mouth.publish("hub/wall", '{"t": 25}', 1).wait_for_publish(30)
        wait_until(
            lambda: 25 in (held(sqlite_database), *values(sqlite_database)), "the value to be taken in"
        )
        worker.send_signal(signal.SIGKILL)
        worker.wait(30)
        worker = start_worker(sqlite_database, mosquitto, tmp_path)
        wait_until(lambda: values(sqlite_database)[-1] == 25, "the value that was held back")
        assert held(sqlite_database) is None
    finally:
        worker.kill()
        worker.wait(30)
        mouth.disconnect()
        mouth.loop_stop()
