"""A desk under test: rooms, a browser that signed in, forms as a page without JavaScript sends them."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime, timedelta
from html import unescape
from typing import Any
from zoneinfo import ZoneInfo

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from campus import clock
from campus.audit import Origin
from campus.bookings import reception
from campus.bookings.desk import Wish
from campus.bookings.letters import dispatch
from campus.bookings.models import Booking
from campus.database import Database
from campus.outbox import Mail
from campus.people.models import Member
from campus.spaces.models import Resource
from tests.campus.people.letter_box import letters_to
from tests.doors import csrf_token, walk_in

JUAREZ = ZoneInfo("America/Ciudad_Juarez")


def at(hour: float, days: int = 2) -> datetime:
    """A time of day in Ciudad Juárez, so many days from today."""
    day = clock.now().astimezone(JUAREZ).date() + timedelta(days=days)
    whole, part = divmod(hour, 1)
    return datetime(day.year, day.month, day.day, int(whole), round(part * 60), tzinfo=JUAREZ)


def put(database: Database, slug: str, *, kind: str = "room", capacity: int | None = 4, **more: Any) -> None:
    """A resource, named as its slug with a capital letter."""
    with database.write() as session:
        session.add(
            Resource(
                slug=slug,
                name=more.pop("name", slug.title()),
                kind=kind,
                capacity=capacity,
                policy=more.pop("policy", {}),
                created_at=clock.now(),
                **more,
            )
        )


@dataclass
class Desk:
    """Books for people, straight at the reception: the application's context is there."""

    client: FlaskClient
    database: Database

    def book(
        self,
        owner: Member,
        hour: float,
        title: str = "Standup",
        *,
        resource: str = "glass",
        days: int = 2,
        hours: float = 1,
        by: Member | None = None,
        **more: Any,
    ) -> int:
        """A booking of `owner`, made by themselves or by `by`. Its number."""
        start = at(hour, days)
        wish = Wish(resource, start, start + timedelta(hours=hours), title, **more)
        maker = by or owner
        with self.client.application.app_context(), self.database.write() as session:
            made = reception.book(session, wish, maker, Origin(maker.id), now=clock.now(), zone=JUAREZ)
            return made.booking.id

    def letters_to(self, email: str) -> list[Mail]:
        """What the worker has written to an address by now, the oldest first."""
        with self.client.application.app_context():
            dispatch.write_out(self.database, JUAREZ)
        return letters_to(self.database, email)

    def row(self, booking_id: int) -> Booking:
        """The booking as it is stored now, with its occurrences."""
        with self.database.read() as session:
            booking = session.get_one(Booking, booking_id)
            session.refresh(booking)
            list(booking.occurrences)
            return booking

    def states(self, booking_id: int) -> list[str]:
        return [time.status for time in self.row(booking_id).occurrences]


@dataclass
class Browser:
    """What a browser without JavaScript sees and sends."""

    client: FlaskClient
    member: Member

    def __post_init__(self) -> None:
        walk_in(self.client, self.member)

    def see(self, path: str, status: int = 200) -> str:
        answer = self.client.get(path)
        assert answer.status_code == status, answer.status
        return answer.text

    def send(self, path: str, page: str = "/bookings", **form: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": csrf_token(self.client, page), **form})

    def form_of(self, path: str, action: str) -> dict[str, str]:
        """The fields of the form that posts to `action`, as they stand on the page."""
        return fields(self.see(path), action)


def fields(page: str, action: str) -> dict[str, str]:
    """What a form on a page would send if nobody touched it."""
    form = re.search(rf'<form[^>]*action="{re.escape(action)}(?:#\w+)?"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert form, action
    found: dict[str, str] = {}
    for tag in re.findall(r"<input[^>]*>", form[1]):
        said = dict(re.findall(r'(\w+)="([^"]*)"', tag))
        if said.get("type") in ("checkbox", "radio") and " checked" not in tag:
            continue
        found[said["name"]] = unescape(said.get("value", ""))
    for name, text in re.findall(r'<textarea[^>]*name="(\w+)"[^>]*>(.*?)</textarea>', form[1], re.DOTALL):
        found[name] = unescape(text)
    for name, inside in re.findall(r'<select[^>]*name="(\w+)"[^>]*>(.*?)</select>', form[1], re.DOTALL):
        chosen = re.search(r'<option value="([^"]*)" selected', inside)
        found[name] = unescape(chosen[1]) if chosen else ""
    return found


def text_of(page: str) -> str:
    """What is read on a page."""
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", page)).split())


def headline(page: str) -> str:
    found = re.search(r"<h1[^>]*>(.*?)</h1>", page, re.DOTALL)
    assert found
    return text_of(found[1])
