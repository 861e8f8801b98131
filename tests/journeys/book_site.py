"""A small campus with three rooms, served in this process for a real browser; and ways to use its pages."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from apiflask import APIFlask
from playwright.sync_api import Browser, BrowserContext, Locator, Page, expect
from sqlalchemy import func, select
from werkzeug.serving import make_server

from campus import clock
from campus.bookings import desk
from campus.bookings.desk import Wish
from campus.bookings.models import Booking, Hold
from campus.database import Database
from campus.people.members import find_member
from campus.people.models import Member
from campus.spaces.resources import Description, put_resource
from tests.doors import walk_in

ZONE = ZoneInfo("America/Ciudad_Juarez")
DAY = (clock.now().astimezone(ZONE) + timedelta(days=2)).date()
"""Its axis runs from 8 to 20."""
ROOMS = {"glass": 4, "stone": 6, "tower": 2}


@dataclass(frozen=True)
class Site:
    """`url`, the application and its store."""

    url: str
    app: APIFlask
    database: Database

    def book(self, email: str, slug: str, first: float, last: float, title: str, **more: str) -> Booking:
        """Somebody's booking on DAY, by hours of the clock."""
        wish = Wish(slug, moment(first), moment(last), title, **more)  # type: ignore[arg-type]
        with self.database.write() as session:
            return desk.book(session, wish, find_member(session, email), clock.now(), ZONE).booking

    def holds(self) -> int:
        """How many times are held."""
        with self.database.read() as session:
            return session.scalar(select(func.count()).select_from(Hold)) or 0

    def open(self, browser: Browser, member: Member, *, looks: bool = True, **window: object) -> Page:
        """A window of a browser in which `member` has signed in, on DAY if they look."""
        options = {"viewport": {"width": 1440, "height": 900}, "locale": "en-US", **window}
        context = browser.new_context(**options)  # type: ignore[arg-type]
        context.set_default_timeout(10_000)
        self._sign_in(context, member)
        page = context.new_page()
        if looks:
            self.look(page)
        return page

    def look(self, page: Page, query: str = "") -> None:
        page.goto(f"{self.url}/book?date={DAY}{query}")
        at_hand(page)

    def _sign_in(self, context: BrowserContext, member: Member) -> None:
        client = self.app.test_client()
        walk_in(client, member)
        cookie = client.get_cookie(self.app.config["SESSION_COOKIE_NAME"])
        assert cookie
        context.add_cookies([{"name": cookie.key, "value": cookie.value, "url": self.url}])


@contextmanager
def served(app: APIFlask, database: Database, rooms: Mapping[str, int] = ROOMS) -> Iterator[Site]:
    """The application on a port of its own. `rooms`: how many people each takes, by its slug."""
    with database.write() as session:
        for slug, capacity in rooms.items():
            put_resource(session, slug, Description(slug.title(), "room", capacity), clock.now())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield Site(f"http://127.0.0.1:{server.port}", app, database)
    finally:
        app.extensions["booking_changes"].close()
        server.shutdown()
        thread.join()
        server.server_close()


def at_hand(page: Page) -> None:
    """The page's scripts are there and follow."""
    expect(page.locator("[data-live-state][data-state=live]")).to_be_visible()


def moment(hour: float) -> datetime:
    """An hour of the clock on DAY."""
    return (datetime.combine(DAY, datetime.min.time(), ZONE) + timedelta(hours=hour)).astimezone(UTC)


def spot(page: Page, lane: str, hour: float) -> tuple[float, float]:
    """Where an hour lies on a lane, in pixels."""
    box = page.locator(f"[data-lane={lane}]").bounding_box()
    assert box
    return box["x"] + box["width"] * (hour - 8) / 12 + 1, box["y"] + box["height"] / 2


def drag(page: Page, start: tuple[float, float], end: tuple[float, float]) -> None:
    at_hand(page)
    page.mouse.move(*start)
    page.mouse.down()
    page.mouse.move((start[0] + end[0]) / 2, (start[1] + end[1]) / 2, steps=4)
    page.mouse.move(*end, steps=4)
    page.mouse.up()


def block(page: Page, lane: str, title: str) -> Locator:
    return page.locator(f"[data-lane={lane}] button.block", has_text=title)
