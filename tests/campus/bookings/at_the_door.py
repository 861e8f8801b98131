"""A tablet beside a door, as a test stands before it; and rooms that are always open."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from typing import Any

from apiflask import APIFlask
from werkzeug.test import TestResponse

from campus import clock
from campus.bookings import desk
from campus.bookings.desk import Wish
from campus.bookings.models import Booking, Notice, Occurrence
from campus.database import Database
from campus.people.members import find_member
from campus.people.models import Member
from campus.spaces.resources import Description, put_resource
from tests.campus.test_departure import ZONE
from tests.doors import csrf_token, walk_in

MINUTE = timedelta(minutes=1)


class Screen:
    """A browser of its own before the door of `slug`."""

    def __init__(self, app: APIFlask, slug: str = "glass") -> None:
        self.app = app
        self.client = app.test_client()
        self.slug = slug

    def open(self, link: str) -> TestResponse:
        """Open a link as staff handed it out, and press the button."""
        assert self.client.get(link.removeprefix("http://127.0.0.1:8000")).status_code == 302
        page = self.client.get("/doors/start")
        if page.status_code != 200:
            return page
        token = re.search(r'name="csrf-token" content="([^"]+)"', page.text)
        assert token
        return self.client.post("/doors/start", data={"csrf_token": token[1]})

    def see(self) -> TestResponse:
        return self.client.get(f"/door/{self.slug}")

    def state(self) -> TestResponse:
        return self.client.get(f"/door/{self.slug}/state")

    def press(self, deed: str, **sent: Any) -> TestResponse:
        """Press a button, as the page's script does; from the locked page, where that is what is shown."""
        headers = {"X-CSRFToken": csrf_token(self.client, "/door/glass"), "Accept": "application/json"}
        return self.client.post(f"/door/{self.slug}/{deed}", data=sent, headers=headers)


def told(answer: TestResponse) -> dict[str, Any]:
    """What the page's script was answered."""
    found: dict[str, Any] = answer.get_json()
    return found


def furnish(database: Database, **policy: Any) -> None:
    """Two rooms, always open; the first with this policy."""
    with database.write() as store:
        put_resource(store, "glass", Description("Sala Vidrio", "room", 4, None, policy), clock.now())
        put_resource(store, "stone", Description("Sala Piedra", "room", 4), clock.now())


def hang(app: APIFlask, staff: Member, slug: str = "glass", name: str = "By the glass") -> str:
    """Hang a door by the page, as staff: its link."""
    client = app.test_client()
    walk_in(client, staff)
    form = {"csrf_token": csrf_token(client, "/doors"), "resource": slug, "name": name}
    answer = client.post("/doors", data=form)
    assert answer.status_code == 201
    return link_in(answer)


def link_in(answer: TestResponse) -> str:
    found = re.search(r"http://127\.0\.0\.1:8000/doors/[0-9]+/open/[A-Za-z0-9_-]+", answer.text)
    assert found
    return found[0]


def put(
    database: Database, email: str, start: datetime, minutes: int, slug: str = "glass", **more: Any
) -> int:
    """Somebody's booking; it may have begun. The number of its occurrence."""
    with database.write() as store:
        wish = Wish(slug, start, start + minutes * MINUTE, more.pop("title", "Secret merger"), **more)
        made = desk.book(store, wish, find_member(store, email), start, ZONE)
        return made.booking.occurrences[0].id


def time_of(database: Database, occurrence_id: int) -> Occurrence:
    with database.read() as store:
        return store.get_one(Occurrence, occurrence_id)


def bookings(database: Database) -> list[Booking]:
    with database.read() as store:
        return list(store.query(Booking).order_by(Booking.id))


def notices(database: Database) -> list[Notice]:
    """What people are to be told by mail."""
    with database.read() as store:
        return list(store.query(Notice).order_by(Notice.id))
