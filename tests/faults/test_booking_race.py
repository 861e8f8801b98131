"""Twenty clients race for one slot through the real web server: exactly one wins, every time."""

from __future__ import annotations

import http.client
import json
import os
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import func, select

from campus import clock
from campus.bookings.models import Occurrence
from campus.database import Database
from campus.people.members import add_member
from campus.people.tokens import add_token
from campus.processes import die_with_parent
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


def race(port: int, callers: Sequence[str], ask: Callable[[int, int], bytes]) -> list[Counter[str]]:
    """Each caller posts `ask(round, caller)` over one connection, all at once; what each round answered."""
    together = threading.Barrier(len(callers), timeout=PATIENCE_S)

    def run(caller: int) -> list[str]:
        connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE_S)
        headers = {"Authorization": f"Bearer {callers[caller]}", "Content-Type": "application/json"}
        said = []
        for number in range(ROUNDS):
            body = ask(number, caller)
            together.wait()
            connection.request("POST", "/api/v1/bookings", body, headers)
            answer = connection.getresponse()
            problem = json.loads(answer.read())
            said.append(f"{answer.status} {problem.get('code', problem['status'])}")
        connection.close()
        return said

    with ThreadPoolExecutor(len(callers)) as pool:
        by_caller = list(pool.map(run, range(len(callers))))
    return [Counter(answers) for answers in zip(*by_caller, strict=True)]


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
