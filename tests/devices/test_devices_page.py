"""The pages of devices, in HTML and in a real browser."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from flask.testing import FlaskClient
from playwright.sync_api import Page, expect
from werkzeug.serving import make_server

from campus import clock
from campus.database import Database
from campus.notes import write_note
from campus.people.models import Member
from devices import registry
from devices.description import Description
from devices.formats import formats
from devices.history.models import HotReading, HotState
from devices.intake.ingest import Ingest
from devices.intake.models import QuarantinedMessage
from devices.metrics import unit_of
from devices.models import Device, Presence, Series
from tests.conftest import PASSWORD
from tests.devices.intake.things import register, said
from tests.doors import csrf_token, walk_in

ZONE = ZoneInfo("America/Ciudad_Juarez")

HOSTILE = "<img src=x onerror=alert(1)>"


def add_charger(database: Database, name: str = "Charger 1") -> None:
    """A charger that was heard a moment ago, with a day of power."""
    now = clock.now()
    with database.write() as session:
        said = Description(name=name, kind="charger", format="evcc", topic="evcc/loadpoints/1")
        device, _ = registry.put_device(session, "charger-1", said, now)
        session.add(Presence(device_id=device.id, last_seen=now))
        power = Series(device_id=device.id, metric="power", unit=unit_of("power"))
        status = Series(device_id=device.id, metric="charger_status", is_text=True)
        strange = Series(device_id=device.id, metric="x_note", channel=HOSTILE, is_text=True)
        session.add_all([power, status, strange])
        session.flush()
        for hours in range(24):
            at = now - timedelta(hours=hours)
            session.add(HotReading(series_id=power.id, at=at, value=7_320.0 if hours < 12 else 0.0))
        session.add(HotState(series_id=status.id, at=now, value="charging"))
        session.add(HotState(series_id=strange.id, at=now, value=HOSTILE))


def add_message(database: Database) -> None:
    with database.write() as session:
        session.add(
            QuarantinedMessage(
                topic=HOSTILE,
                payload=b"\xff" + HOSTILE.encode() * 100,
                size=2801,
                retained=True,
                reason="unknown-topic",
                detail=HOSTILE,
                received_at=clock.now(),
            )
        )


@pytest.fixture
def address(app: APIFlask) -> Iterator[str]:
    """The application behind a real HTTP server."""
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Page, address: str, member: Member) -> None:
    page.goto(f"{address}/sign-in")
    page.get_by_label("Mail address").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()


def page_of(client: FlaskClient, member: Member, path: str) -> str:
    walk_in(client, member)
    answer = client.get(path)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def test_the_list_shows_devices_and_what_nobody_could_read(
    client: FlaskClient, database: Database, staff: Member
) -> None:
    add_charger(database)
    add_message(database)
    html = page_of(client, staff, "/devices")
    for shown in ("1 of 1 devices online", "Charger 1", "7.32", "kW", "charging", "evcc/loadpoints/1"):
        assert shown in html
    assert "unknown topic" in html


def test_a_device_has_its_unreadable_messages_with_reasons_and_tries_them_again(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    fields = {"power": {"path": "p"}}
    device_id = register(sqlite_database, "plug", "plug", options={"fields": {"power": {"path": "watt"}}})
    now = clock.now()
    Ingest(sqlite_database, ZONE).store([said("plug", f'{{"p": {watt}}}', now) for watt in (5, 6)])
    Ingest(sqlite_database, ZONE).store([said("plug", "{", now)])
    html = page_of(client, staff, "/devices/plug")
    assert "unreadable: 3" in html
    assert "speaks, unreadable" in html
    with sqlite_database.write() as session:
        session.get_one(Device, device_id).options = {"fields": fields}
        write_note(session, registry.REGISTRY_NOTE, "mended")
    sent = {"csrf_token": csrf_token(client, "/devices/plug")}
    again = client.post("/devices/plug/retry", data=sent, follow_redirects=True)
    assert "2 messages were read. 1 stays." in again.text
    assert "unreadable: 1" in again.text


def test_each_series_has_its_line_and_the_standing_its_reason(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    add_charger(sqlite_database)
    html = page_of(client, staff, "/devices/charger-1")
    assert re.search(r'<svg class="spark"[^>]*><path d="M[\d. ]+H', html)
    for state, found in (("online", True), ("stale", False), ("offline", False), ("silent", False)):
        assert ("Charger 1" in page_of(client, staff, f"/devices?state={state}")) is found


def test_an_empty_list_says_what_to_do(client: FlaskClient, sqlite_database: Database, staff: Member) -> None:
    html = page_of(client, staff, "/devices")
    assert "No device is registered" in html
    assert "Register a device" in html


def test_the_form_offers_every_dialect_by_its_name_with_examples_of_its_topic(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    html = page_of(client, staff, "/devices/-/new")
    for name, dialect in formats().items():
        assert f'<option value="{name}">' in html
        if name != "mapping":
            assert f">{dialect.title}</option>" in html
        for root in dialect.roots:
            assert f"<code>{root}</code>" in html


def test_hostile_names_are_harmless_on_every_page(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    add_charger(sqlite_database, HOSTILE)
    add_message(sqlite_database)
    for path in (
        "/devices",
        "/devices/charger-1",
        "/devices/charger-1/edit",
        f"/devices/-/new?topic={HOSTILE}",
    ):
        html = page_of(client, staff, path)
        assert "<img src=x" not in html
        assert "&lt;img src=x onerror=alert(1)&gt;" in html


def test_only_staff_see_the_pages_of_devices(
    client: FlaskClient, sqlite_database: Database, member: Member
) -> None:
    assert client.get("/devices").status_code == 302
    walk_in(client, member)
    for path in ("/devices", "/devices/-/new", "/devices/charger-1"):
        assert client.get(path).status_code == 403


def test_a_device_that_is_not_there_has_no_page(
    client: FlaskClient, sqlite_database: Database, staff: Member
) -> None:
    page_of(client, staff, "/devices")
    assert client.get("/devices/nobody").status_code == 404
    assert client.get("/devices/-/edit").status_code == 404


@pytest.mark.browser
def test_staff_register_a_device_by_form_mend_it_and_change_it(
    page: Page, address: str, sqlite_database: Database, staff: Member
) -> None:
    sign_in(page, address, staff)
    page.goto(f"{address}/devices")
    page.get_by_role("link", name="Register a device").click()
    page.get_by_label("Name", exact=True).fill(HOSTILE)
    page.get_by_label("Kind").select_option("meter")
    page.get_by_label("Dialect").select_option("tasmota")
    page.get_by_label("MQTT topic").fill("main/#")
    page.get_by_label("Options").fill('{"history":')
    page.get_by_role("button", name="Register").click()

    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet")
    expect(page.get_by_label("Name", exact=True)).to_have_value(HOSTILE)
    expect(page.get_by_label("Short name")).to_have_value("img-src-x-onerror-alert-1")
    expect(page.get_by_label("MQTT topic")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Options")).to_have_attribute("aria-invalid", "true")

    page.get_by_label("Short name").fill("main")
    page.get_by_label("MQTT topic").fill("main")
    page.get_by_label("Options").fill('{"history": true}')
    page.get_by_label("Rated power").fill("60000")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(HOSTILE)
    expect(page.get_by_text("not heard yet")).to_be_visible()

    page.get_by_role("link", name="Change").click()
    expect(page.get_by_label("Rated power")).to_have_value("60000")
    page.get_by_label("Name", exact=True).fill("Main meter")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Main meter")
    with sqlite_database.read() as session:
        device = registry.find_device(session, "main")
        assert (device.name, device.rated_power_w, device.options) == (
            "Main meter",
            60_000,
            {"history": True},
        )


@pytest.mark.browser
def test_a_name_that_is_taken_changes_nobody_elses_device(
    page: Page, address: str, sqlite_database: Database, staff: Member
) -> None:
    add_charger(sqlite_database)
    sign_in(page, address, staff)
    page.goto(f"{address}/devices/-/new")
    page.get_by_label("Name", exact=True).fill("Charger 1")
    page.get_by_label("MQTT topic").fill("other")
    page.get_by_role("button", name="Register").click()
    expect(page.get_by_text("This name is taken")).to_be_visible()
    with sqlite_database.read() as session:
        assert registry.find_device(session, "charger-1").topic == "evcc/loadpoints/1"


@pytest.mark.browser
def test_a_message_is_tried_again_from_the_list(
    page: Page, address: str, sqlite_database: Database, staff: Member
) -> None:
    add_charger(sqlite_database)
    add_message(sqlite_database)
    sign_in(page, address, staff)
    page.goto(f"{address}/devices")
    page.get_by_role("button", name="Try again").click()
    expect(page.locator("#toasts")).to_contain_text("It stays")
