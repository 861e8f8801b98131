"""Twenty clients race for one slot through the real web server: exactly one wins, every time."""

from __future__ import annotations

import http.client
import json
import os
import random
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from campus import clock
from campus.bookings.models import Claim, Occurrence
from campus.database import Database
from campus.people.members import add_member
from campus.people.tokens import add_token
from campus.processes import die_with_parent
from campus.spaces.models import Resource, ResourceLink
from campus.spaces.resources import Description, put_resource
from tests.servers import PATIENCE_S, answers, free_port, wait_until

CLIENTS, ROUNDS = 20, 50
HOUSE = Path(__file__).resolve().parents[2]
FIRST = clock.now().replace(minute=0, second=0, microsecond=0) + timedelta(days=1)

pytestmark = pytest.mark.slow


@pytest.fixture
def web(database: Database, tmp_path: Path) -> Iterator[int]:
    """gunicorn with two gevent workers on `database`. Its port."""
    port = free_port()
    environment = {
        "CAMPUS_DATA_DIR": str(tmp_path),
        "CAMPUS_DATABASE_URL": database.url,
        "CAMPUS_PORT": str(port),
    }
    with (tmp_path / "web.log").open("wb") as log:
        server = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "gunicorn",
                "-c",
                "python:campus.web",
                "--workers",
                "2",
                "app:create_app()",
            ],
            cwd=HOUSE,
            env={**os.environ, **environment},
            stdout=log,
            stderr=log,
            preexec_fn=partial(die_with_parent, os.getpid()),  # noqa: PLW1509 - this process has one thread when it starts servers
        )
        try:
            wait_until(lambda: server.poll() is not None or answers(port), "the web server")
            assert server.poll() is None, (tmp_path / "web.log").read_text()
            yield port
        finally:
            server.terminate()
            server.wait(PATIENCE_S)


def tokens(database: Database, count: int) -> list[str]:
    with database.write() as session:
        members = [
            add_member(
                session,
                email=f"m{n}@hub.example",
                name=f"M {n}",
                role="member",
                password=None,
                now=clock.now(),
            )
            for n in range(count)
        ]
        return [add_token(session, member, name="race", now=clock.now()) for member in members]


def add_resource(database: Database, slug: str, **policy: Any) -> None:
    with database.write() as session:
        put_resource(session, slug, Description(slug, "room", policy=policy), clock.now())


def wish(resource: str, start: datetime) -> bytes:
    end = start + timedelta(hours=1)
    body = {"resource": resource, "start": start.isoformat(), "end": end.isoformat(), "title": "Race"}
    return json.dumps(body).encode()


Call = tuple[str, str, bytes]
"""Method, path below /api/v1, body."""


def race(
    port: int, callers: Sequence[str], ask: Callable[[int, int], bytes | Call], rounds: int = ROUNDS
) -> list[Counter[str]]:
    """Each caller sends `ask(round, caller)` over one connection, all at once; what each round answered.

    What is only a body is posted as a booking.
    """
    together = threading.Barrier(len(callers), timeout=PATIENCE_S)

    def run(caller: int) -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        headers = {"Authorization": f"Bearer {callers[caller]}", "Content-Type": "application/json"}
        said = []
        for number in range(rounds):
            asked = ask(number, caller)
            method, path, body = ("POST", "/bookings", asked) if isinstance(asked, bytes) else asked
            together.wait()
            connection.request(method, f"/api/v1{path}", body, headers)
            answer = connection.getresponse()
            problem = json.loads(answer.read() or b'{"status": "done"}')
            said.append(f"{answer.status} {problem.get('code', problem['status'])}")
        connection.close()
        return said

    with ThreadPoolExecutor(len(callers)) as pool:
        by_caller = list(pool.map(run, range(len(callers))))
    return [Counter(answers) for answers in zip(*by_caller, strict=True)]


def ask_once(port: int, caller: str, method: str, path: str, body: bytes | None = None) -> Any:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
    headers = {"Authorization": f"Bearer {caller}", "Content-Type": "application/json"}
    connection.request(method, f"/api/v1{path}", body, headers)
    answer = json.loads(connection.getresponse().read() or b"{}")
    connection.close()
    return answer


def assert_nothing_is_taken_twice(database: Database) -> None:
    with database.read() as session:
        rows = session.execute(
            select(Claim.resource_id, Claim.blocked_start, Claim.blocked_end).order_by(
                Claim.resource_id, Claim.blocked_start
            )
        ).all()
    assert rows
    for (room, _start, end), (next_room, start, _end) in pairwise(rows):
        assert room != next_room or end <= start


def held(database: Database) -> int:
    with database.read() as session:
        return session.scalar(select(func.count()).select_from(Occurrence)) or 0


def test_of_twenty_clients_racing_for_one_slot_exactly_one_wins(database: Database, web: int) -> None:
    add_resource(database, "glass")
    rounds = race(
        web, tokens(database, CLIENTS), lambda number, _caller: wish("glass", FIRST + timedelta(hours=number))
    )
    assert rounds == [Counter({"201 confirmed": 1, "409 slot-taken": CLIENTS - 1})] * ROUNDS
    assert held(database) == ROUNDS


def test_nobody_slips_past_a_limit_by_asking_for_many_slots_at_once(database: Database, web: int) -> None:
    for number in range(ROUNDS):
        add_resource(database, f"room-{number}", max_open_bookings=1)
    rounds = race(
        web,
        tokens(database, 1) * CLIENTS,
        lambda number, caller: wish(f"room-{number}", FIRST + timedelta(hours=caller)),
    )
    assert rounds == [Counter({"201 confirmed": 1, "422 rules-broken": CLIENTS - 1})] * ROUNDS
    assert held(database) == ROUNDS


def test_of_those_who_move_to_one_slot_exactly_one_gets_it(database: Database, web: int) -> None:
    add_resource(database, "glass")
    callers = tokens(database, CLIENTS)
    mine = [
        ask_once(web, who, "POST", "/bookings", wish("glass", FIRST + timedelta(hours=number)))["id"]
        for number, who in enumerate(callers)
    ]

    def move(number: int, caller: int) -> Call:
        start = FIRST + timedelta(days=2 + number)
        body = {"start": start.isoformat(), "end": (start + timedelta(hours=1)).isoformat()}
        return "PATCH", f"/bookings/{mine[caller]}", json.dumps(body).encode()

    rounds = race(web, callers, move, rounds=15)
    assert rounds == [Counter({"200 confirmed": 1, "409 slot-taken": CLIENTS - 1})] * 15
    assert_nothing_is_taken_twice(database)


def test_of_series_that_meet_on_one_date_exactly_one_is_booked(database: Database, web: int) -> None:
    add_resource(database, "glass")

    def series(number: int, caller: int) -> bytes:
        """Each begins on a day of its own, and all meet on the last one."""
        last, interval = FIRST + timedelta(days=30, hours=number), caller + 1
        start = last - timedelta(days=interval)
        rule = f"FREQ=DAILY;INTERVAL={interval};COUNT=2"
        end = start + timedelta(hours=1)
        told = {"resource": "glass", "start": start.isoformat(), "end": end.isoformat(), "title": "Race"}
        return json.dumps({**told, "repeat": rule}).encode()

    rounds = race(web, tokens(database, CLIENTS), series, rounds=15)
    assert rounds == [Counter({"201 confirmed": 1, "409 slot-taken": CLIENTS - 1})] * 15
    assert_nothing_is_taken_twice(database)


def test_who_comes_by_every_door_at_once_takes_nothing_twice(database: Database, web: int) -> None:
    """Booking, moving, cancelling, waiting, deciding and taking offers, on linked rooms, all mixed up."""
    for slug in ("left", "right", "workshop"):
        add_resource(
            database, slug, approval=slug == "right", waitlist="confirm" if slug == "left" else "offer"
        )
    with database.write() as session:
        ids = dict(session.execute(select(Resource.slug, Resource.id)).all())
        session.add_all(
            ResourceLink(resource_id=ids[one], blocks_id=ids[other])
            for one, other in (("workshop", "left"), ("left", "workshop"), ("workshop", "right"))
        )
        boss = add_member(
            session, email="b@hub.example", name="B", role="staff", password=None, now=clock.now()
        )
        staff = add_token(session, boss, name="race", now=clock.now())
    callers = [*tokens(database, CLIENTS // 2), *[staff] * (CLIENTS // 2)]

    def any_door(number: int, caller: int) -> Call:
        chance = random.Random(number * 100 + caller)
        start = FIRST + timedelta(minutes=30 * chance.randrange(12))
        body = json.loads(wish(chance.choice(("left", "right", "workshop")), start))
        booking = chance.randint(1, 3 * (number + 1))
        decision = chance.choice(("approve", "reject", "accept", "decline"))
        series = {**body, "repeat": "FREQ=DAILY;COUNT=3", "on_conflict": "skip"}
        doors: list[tuple[str, str, dict[str, Any]]] = [
            ("POST", "/bookings", body),
            ("POST", "/bookings", series),
            ("POST", "/waitlist", body),
            ("PATCH", f"/bookings/{booking}", {"start": body["start"], "end": body["end"]}),
            ("PATCH", f"/bookings/{booking}", {"resource": "right", "scope": "following"}),
            ("DELETE", f"/bookings/{booking}", {}),
            ("POST", f"/bookings/{booking}/{decision}", {}),
        ]
        method, path, told = chance.choice(doors)
        return method, path, json.dumps(told).encode() if told else b""

    rounds = race(web, callers, any_door, rounds=30)
    said: Counter[str] = sum(rounds, Counter())
    assert said["201 confirmed"] and said["200 confirmed"] and said["409 slot-taken"]
    assert not [answer for answer in said if answer.startswith("5")], said
    assert_nothing_is_taken_twice(database)
