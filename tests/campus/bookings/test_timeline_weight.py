"""Fifty resources and four hundred bookings: two questions to the store, and a page that is not heavy."""

from __future__ import annotations

import gzip
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from sqlalchemy import event

from campus.bookings.models import Booking, Occurrence
from campus.bookings.timeline.chosen import Chosen
from campus.bookings.timeline.day import day_of
from campus.bookings.timeline.week import week_of
from campus.database import Database
from campus.people.models import Member
from campus.spaces.models import Resource
from campus.spaces.resources import all_resources
from tests.campus.bookings.front import NOW, TUESDAY, Front, at
from tests.doors import walk_in

STATIC = Path(__file__).resolve().parents[3] / "campus/static"
RESOURCES, EACH = 50, 8
HEAVIEST = 120 * 1024
"""Bytes of HTML, style and script, compressed."""


@pytest.fixture
def busy(front: Front, member: Member) -> Front:
    """EACH bookings of 70 minutes on every one of RESOURCES."""
    with front.database.write() as session:
        for number in range(RESOURCES - 1):
            policy = {"buffer_after_minutes": 5, "training": "laser" if number % 7 == 0 else None}
            session.add(
                Resource(
                    slug=f"room-{number}",
                    name=f"Room {number}",
                    kind="room",
                    capacity=4,
                    policy=policy,
                    equipment=["screen"],
                    created_at=NOW,
                )
            )
        session.flush()
        for resource in all_resources(session):
            for number in range(EACH):
                start = 8 + 1.25 * number + resource.id % 13 / 60
                session.add(
                    Booking(
                        resource_id=resource.id,
                        member_id=member.id,
                        made_by_id=member.id,
                        title=f"Meeting {resource.id}.{number} about something",
                        created_at=NOW,
                        occurrences=[
                            Occurrence(
                                resource_id=resource.id,
                                start=at(start),
                                end=at(start + 7 / 6),
                                blocked_start=at(start),
                                blocked_end=at(start + 7.4 / 6),
                                status="confirmed",
                            )
                        ],
                    )
                )
    return front


@contextmanager
def questions(database: Database) -> Iterator[list[str]]:
    asked: list[str] = []

    def note(*said: object) -> None:
        asked.append(str(said[2]))

    event.listen(database.engine, "before_cursor_execute", note)
    yield asked
    event.remove(database.engine, "before_cursor_execute", note)


@pytest.mark.parametrize("make", [day_of, week_of])
def test_a_timeline_is_two_questions_however_much_is_on_it(busy: Front, member: Member, make: object) -> None:
    with busy.database.read() as session, questions(busy.database) as asked:
        shown = make(session, TUESDAY, member, **busy.here, chosen=Chosen())  # type: ignore[operator]
        assert len(shown.rows) == RESOURCES
    assert len([question for question in asked if question.startswith("SELECT")]) == 2


@pytest.mark.parametrize("view", ["", "&view=week"])
@pytest.mark.parametrize("reader", ["member", "staff"])
def test_the_page_is_not_heavy(
    busy: Front, sqlite_database: Database, request: pytest.FixtureRequest, reader: str, view: str
) -> None:
    """Whoever may know everything gets the most."""
    client = busy.app.test_client()
    walk_in(client, request.getfixturevalue(reader))
    page = client.get(f"/book?date={TUESDAY}{view}").get_data()
    links = {Path(link.decode()) for link in re.findall(rb'(?:href|src)="/static/([^"]+\.(?:css|js))"', page)}
    modules = [STATIC / "js/live.js", STATIC / "js/figures.js", *(STATIC / "js/book").iterdir()]
    files = [path.read_bytes() for path in {*(STATIC / link for link in links), *modules}]
    weight = sum(len(gzip.compress(part)) for part in (page, *files))
    assert weight <= HEAVIEST
    assert len(re.search(rb"<style.*?</style>", page, re.DOTALL)[0]) < 40_000  # type: ignore[index]
