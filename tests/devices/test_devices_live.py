"""The pages of devices in a real browser: values change in place, and what is old fades by itself."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from playwright.sync_api import Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from campus import clock
from campus.database import Database
from campus.moments import to_micros
from campus.people.models import Member
from devices.history.models import HotReading
from devices.intake.models import LiveBatch
from devices.models import Device, Presence, Series
from tests.conftest import PASSWORD
from tests.devices.intake.things import register

pytestmark = pytest.mark.browser
ZONE = ZoneInfo("America/Ciudad_Juarez")
Say = Callable[[str, float | str], None]


@pytest.fixture
def plug(sqlite_database: Database) -> datetime:
    """A plug that speaks every minute; its temperature every ten seconds before it stopped, at `when`."""
    now = clock.now()
    device_id = register(sqlite_database, "plug", "plug", expected_interval_s=60.0)
    with sqlite_database.write() as session:
        session.add(Presence(device_id=device_id, last_seen=now))
        for metric, unit, quiet in (("power", "W", 0), ("temperature", "°C", 130)):
            series = Series(device_id=device_id, metric=metric, unit=unit)
            session.add(series)
            session.flush()
            for turn in range(5):
                at = now - timedelta(seconds=quiet + 10 * turn)
                session.add(HotReading(series_id=series.id, at=at, value=500.0 + turn))
        session.add(Series(device_id=device_id, metric="online", is_text=True))
    return now - timedelta(seconds=130)


@pytest.fixture
def say(sqlite_database: Database) -> Say:
    """What the ingest does when the plug speaks: say(metric, value)."""

    def now(metric: str, value: float | str) -> None:
        with sqlite_database.write() as session:
            query = select(Series.id).join(Device).where(Series.metric == metric)
            moment = clock.now()
            body = json.dumps([[session.scalars(query).one(), to_micros(moment), value]])
            session.add(LiveBatch(at=moment, body=body.encode()))

    return now


@pytest.fixture
def address(app: APIFlask) -> Iterator[str]:
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()
    thread.join(5)


def open_page(page: Page, address: str, member: Member, path: str) -> None:
    """Signed in, on a clock that the test may turn forward."""
    page.clock.install()
    page.goto(f"{address}/sign-in?next={path}")
    page.get_by_label("Mail address").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    expect(page.locator("[data-standing=plug] [data-when=online]")).to_be_visible()
    expect(page.locator("#live-data[data-begun]")).to_be_attached()


@pytest.mark.usefixtures("plug")
@pytest.mark.parametrize("path", ["/devices", "/devices/plug"])
def test_time_alone_makes_a_device_late_and_then_offline(
    page: Page, address: str, staff: Member, path: str
) -> None:
    open_page(page, address, staff, path)
    page.context.set_offline(True)  # nobody is asked
    chip, whole = page.locator("[data-standing=plug]"), page.locator("[data-device=plug]")
    page.clock.fast_forward(100_000)
    expect(chip.locator("[data-when=stale]")).to_be_visible()
    expect(chip).to_contain_text("last heard")
    expect(whole).to_have_attribute("data-state", "stale")
    page.clock.fast_forward(100_000)
    expect(chip.locator("[data-when=offline]")).to_be_visible()
    expect(chip.locator("[data-when=stale]")).to_be_hidden()


@pytest.mark.usefixtures("plug")
def test_a_reading_changes_its_value_in_place_and_a_farewell_the_standing(
    page: Page, address: str, staff: Member, say: Say
) -> None:
    open_page(page, address, staff, "/devices/plug")
    page.evaluate("window.sameDocument = true")
    say("power", 12_345.0)
    value = page.locator('[data-live="plug power "]')
    expect(value.locator("[data-text]")).to_have_text("12.345")
    expect(value.locator(".value-unit")).to_have_text("kW")
    say("online", "offline")
    chip = page.locator("[data-standing=plug]")
    expect(chip.locator("[data-when=offline]")).to_be_visible()
    expect(chip).to_contain_text("since")
    say("power", 1.0)
    expect(chip.locator("[data-when=online]")).to_be_visible()
    expect(value.locator("[data-text]")).to_have_text("1")
    assert page.evaluate("window.sameDocument") is True


def test_a_value_that_stops_alone_says_since_when(
    page: Page, address: str, staff: Member, say: Say, plug: datetime
) -> None:
    open_page(page, address, staff, "/devices/plug")
    value = page.locator('[data-live="plug temperature "]')
    note = value.locator(".old-since")
    expect(note).to_be_hidden()
    page.route("**/devices/plug", lambda route: route.abort())  # the server's clock has not been turned
    page.clock.fast_forward(55_000)  # three minutes of silence
    expect(note).to_have_text(f"since {plug.astimezone(ZONE):%H:%M}")
    expect(page.locator("[data-standing=plug] [data-when=online]")).to_be_visible()
    expect(page.locator('[data-live="plug power "] .old-since')).to_be_hidden()
    say("temperature", 21.0)
    expect(note).to_be_hidden()
