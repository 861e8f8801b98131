"""The disk is full: nothing is acknowledged that is not stored, people are told, and it goes on by itself."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient

from app import create_app
from campus import clock
from campus.database import Database
from campus.doctor import examine
from campus.health import faults
from campus.hub import hub
from campus.people.members import add_member
from campus.people.tokens import add_token
from campus.settings import Settings
from campus.spaces.hours import DAYS
from campus.spaces.resources import Description, put_resource
from tests.conftest import QUICK, leave_out
from tests.doors import csrf_token, walk_in
from tests.faults.hub import Door, Load, Tell, register_devices, stored, sums, wait_for_the_rest, working
from tests.servers import Missing, Mosquitto, wait_until

MIB = 2**20
WHOLE = 32 * MIB
FULL = "The disk of this campus is full"
TOMORROW = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)


class SmallDisk:
    """A file system of its own in memory, which can be filled to the last byte and emptied again."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        mounted = subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={WHOLE}", "campus-test", str(folder)],
            capture_output=True,
            check=False,
        )
        if mounted.returncode:
            raise Missing("a small disk cannot be mounted here (who tests is not root)")
        self._filling = folder / "filling"

    def fill(self) -> None:
        """Not a byte is left, however it is asked for."""
        with self._filling.open("ab", buffering=0) as filling:
            for size in (MIB, 4096, 1):
                try:
                    while filling.write(b"x" * size) == size:
                        pass
                except OSError:
                    continue

    def make_room(self) -> None:
        self._filling.unlink()

    def take_down(self) -> None:
        subprocess.run(["umount", "--lazy", str(self.folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[SmallDisk]:
    try:
        disk = SmallDisk(tmp_path / "small")
    except (Missing, FileNotFoundError) as missing:
        leave_out(Missing(str(missing)))
        raise
    yield disk
    disk.take_down()


@pytest.fixture
def database(small_disk: SmallDisk, sqlite_template: Path) -> Iterator[Database]:
    path = small_disk.folder / "campus.db"
    path.write_bytes(sqlite_template.read_bytes())
    store = Database(f"sqlite:///{path}")
    yield store
    store.close()


@pytest.fixture
def app(database: Database, small_disk: SmallDisk, mosquitto: Mosquitto) -> Iterator[APIFlask]:
    made = create_app(
        Settings(
            data_dir=small_disk.folder,
            database_url=database.url,
            mqtt_url=mosquitto.url,
            secret_key="only for the tests of Campus",
            **QUICK,
        )
    )
    made.testing = True
    yield made
    made.extensions["campus"].database.close()


@dataclass(frozen=True, slots=True)
class HubOnDisk:
    """A hub with one room, and Luis of facilities: in his browser, and with a token for programs."""

    app: APIFlask
    database: Database
    staff: FlaskClient
    token: str


@pytest.fixture
def hub_on_disk(app: APIFlask, database: Database) -> HubOnDisk:
    hours = {day: [["00:00", "24:00"]] for day in DAYS}
    room = Description(name="Glass room", kind="room", opening_hours=hours)
    register_devices(database)
    now = clock.now()
    with database.write() as session:
        put_resource(session, "glass", room, now)
        luis = add_member(
            session, email="luis@hub.example", name="Luis Ortega", role="staff", password=None, now=now
        )
        token = add_token(session, luis, name="tests", now=now)
    client = app.test_client()
    walk_in(client, luis)
    return HubOnDisk(app, database, client, token)


def book(client: FlaskClient, title: str) -> tuple[int, str]:
    """As the form of the day page sends it: status, page."""
    form = {
        "csrf_token": csrf_token(client, "/book"),
        "resource": "glass",
        "date": TOMORROW.date().isoformat(),
        "start": "10:00",
        "end": "11:00",
        "title": title,
    }
    answer = client.post("/book", data=form)
    return answer.status_code, answer.text


def book_by_api(app: APIFlask, token: str) -> tuple[int, str]:
    """Status and code."""
    body = {
        "resource": "glass",
        "start": TOMORROW.isoformat(),
        "end": (TOMORROW + timedelta(hours=1)).isoformat(),
        "title": "By a program",
    }
    answer = app.test_client().post(
        "/api/v1/bookings", json=body, headers={"Authorization": f"Bearer {token}"}
    )
    assert answer.json
    return answer.status_code, answer.json.get("code", "")


def disk_as_seen(app: APIFlask) -> tuple[str, str]:
    """What /readyz and `doctor` say of it."""
    with app.app_context():
        told = {one.about: one for one in examine(hub(), {}, clock.now())}
    return faults(app.extensions["campus"], clock.now())["disk"] or "", told["data dir"].verdict


@pytest.mark.broker
@pytest.mark.slow
def test_a_full_disk_costs_no_message_and_is_told_to_whoever_can_make_room(
    hub_on_disk: HubOnDisk, small_disk: SmallDisk, tmp_path: Path, tell: Tell
) -> None:
    app, database, staff_client = hub_on_disk.app, hub_on_disk.database, hub_on_disk.staff
    broker: Settings = app.extensions["campus"].settings
    load = Load(Door(urlsplit(broker.broker_url).port or 0))
    environment = {"CAMPUS_DATA_DIR": str(small_disk.folder)}
    try:
        with working(database, broker.broker_url, tmp_path, **environment) as worker:
            load.begin(500)
            wait_until(lambda: stored(database) > 1000, "the first messages")
            small_disk.fill()
            wait_until(lambda: worker.says("is full") > 0, "the worker to say that the disk is full")
            said, verdict = disk_as_seen(app)
            assert said.startswith("is full (0.0 MiB free")
            assert verdict == "fault"
            page = staff_client.get("/book")
            assert (page.status_code, FULL in page.text) == (200, True)
            status, text = book(staff_client, "Tea for nobody")
            assert (status, FULL in text, "Tea for nobody" in text) == (507, True, True)
            assert book_by_api(app, hub_on_disk.token) == (507, "no-room")
            worker.end()
            worker.start()  # as a supervisor does, on a disk that is still full
            held = len(load.acknowledged)
            wait_until(lambda: len(load.acknowledged) > held + 2000, "messages that have to wait")
            while_full = stored(database)
            small_disk.make_room()
            wait_until(lambda: stored(database) > while_full, "messages to be stored again")
            load.settle()
            wait_for_the_rest(database, load)
            errors = [line for line in worker.lines if not line.startswith("INFO")]
    finally:
        load.close()
    assert book(staff_client, "Tea for all")[0] == 303
    assert FULL not in staff_client.get("/book").text
    counted = sums(database, load)
    tell(f"disk full, the worker killed meanwhile: {counted}; {len(errors)} lines in its log")
    assert counted.is_exact
    assert 1 <= len(errors) <= 6, errors
    assert all(FULL in line for line in errors)
