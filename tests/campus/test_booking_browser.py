"""The day page in a real browser: by mouse, by finger, by keys, and as a screen reader is told."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, Page, expect
from sqlalchemy import update
from werkzeug.serving import make_server

from campus import clock
from campus.bookings.models import HoldSpell
from campus.database import Database
from campus.people.models import Member
from campus.spaces.resources import Description, put_resource
from tests.conftest import PASSWORD
from tests.servers import wait_until

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
DAY = (clock.now().astimezone(ZoneInfo("America/Ciudad_Juarez")) + timedelta(days=2)).date()
"""Its axis runs from 8 to 20."""


@pytest.fixture
def site(app: APIFlask, sqlite_database: Database, member: Member) -> Iterator[str]:
    """The application on a port of its own, with two rooms. Its address."""
    with sqlite_database.write() as session:
        for slug in ("glass", "stone"):
            put_resource(session, slug, Description(slug.title(), "room", 4), clock.now())
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    app.extensions["booking_changes"].close()
    server.shutdown()
    thread.join()
    server.server_close()


def open_day(page: Page, site: str) -> None:
    page.goto(f"{site}/sign-in?next=/book?date={DAY}")
    page.get_by_label("Mail address").fill("ana@hub.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").first.click()
    expect(page.locator("[data-lane=glass].is-live")).to_be_visible()


def place(page: Page, lane: str, hour: float) -> tuple[float, float]:
    """Where an hour lies on a lane, in pixels."""
    box = page.locator(f"[data-lane={lane}]").bounding_box()
    assert box
    return box["x"] + box["width"] * (hour - 8) / 12 + 1, box["y"] + box["height"] / 2


def draw(page: Page, lane: str, first: float, last: float) -> None:
    expect(page.locator(f"[data-lane={lane}].is-live")).to_be_visible()
    page.mouse.move(*place(page, lane, first))
    page.mouse.down()
    page.mouse.move(*place(page, lane, (first + last) / 2), steps=3)
    x, y = place(page, lane, last)
    page.mouse.move(x - 4, y, steps=3)
    page.mouse.up()


def times(page: Page) -> tuple[str, str]:
    expect(page.get_by_role("dialog")).to_be_visible()
    return page.get_by_label("From").input_value(), page.get_by_label("To", exact=True).input_value()


def test_a_room_is_booked_by_drag_and_given_back(page: Page, site: str) -> None:
    open_day(page, site)
    draw(page, "glass", 10, 11.5)
    assert times(page) == ("10:00", "11:30")
    page.keyboard.type("Design review")  # the title has the focus
    page.get_by_role("dialog").get_by_role("button", name="Book").click()
    expect(page.locator(".toast")).to_contain_text("Booked: Glass")
    page.get_by_role("button", name="Design review").click()
    page.get_by_role("button", name="Cancel this booking").click()
    expect(page.locator(".toast")).to_contain_text("The time is free again.")
    expect(page.get_by_role("button", name="Design review")).to_have_count(0)


def test_a_drag_stops_where_the_time_is_taken(page: Page, site: str) -> None:
    open_day(page, site)
    for first, last in ((12, 13), (10, 15)):
        draw(page, "glass", first, last)
        if first == 12:
            page.keyboard.type("Lunch talk")
            page.keyboard.press("Enter")
            expect(page.locator(".toast")).to_be_visible()
    assert times(page) == ("10:00", "12:00")


def test_a_refused_form_opens_again_with_times_one_click_away(page: Page, site: str) -> None:
    open_day(page, site)
    for title in ("First", "Second"):
        page.get_by_role("link", name="Book", exact=True).last.click()
        page.get_by_label("What").select_option("stone")
        page.get_by_label("From").fill("10:00")
        page.get_by_label("To", exact=True).fill("11:00")
        page.get_by_label("Title").fill(title)
        page.get_by_role("dialog").get_by_role("button", name="Book").click()
    expect(page.get_by_role("alert")).to_contain_text("That time is taken.")
    assert page.get_by_label("Title").input_value() == "Second"
    page.get_by_role("button", name="11:00–12:00").click()
    expect(page.get_by_role("button", name="Second 11:00–12:00")).to_be_visible()


def test_a_time_that_was_held_for_long_says_so_in_the_form(
    page: Page, site: str, sqlite_database: Database
) -> None:
    open_day(page, site)
    draw(page, "glass", 10, 11)
    held = page.locator("[data-held]")
    expect(held).to_contain_text("Held for you")
    long_ago = {"since": clock.now() - timedelta(minutes=30), "held_until": clock.now()}
    with sqlite_database.write() as session:
        session.execute(update(HoldSpell).values(**long_ago))
    page.get_by_label("To", exact=True).fill("11:30")
    expect(held).to_contain_text("This time was kept for half an hour.")


def test_a_time_is_chosen_by_keys_alone(page: Page, site: str) -> None:
    open_day(page, site)
    slider = page.get_by_role("slider", name="Glass")
    slider.focus()
    for key in ("PageDown", "ArrowRight", "Shift+ArrowRight", "ArrowDown"):
        page.keyboard.press(key)
    stone = page.get_by_role("slider", name="Stone")
    expect(stone).to_be_focused()
    expect(stone).to_have_attribute("aria-valuetext", "09:15–10:30, free. Enter books it.")
    page.keyboard.press("Enter")
    assert times(page) == ("09:15", "10:30")
    assert page.get_by_label("What").input_value() == "stone"


def test_on_a_phone_a_tap_or_a_held_finger_books_and_a_swipe_scrolls(chromium: Browser, site: str) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    open_day(page, site)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    page.touchscreen.tap(*place(page, "glass", 9.1))
    assert times(page) == ("09:00", "10:00")
    page.get_by_role("button", name="Back").click()

    touch = context.new_cdp_session(page)

    def send(kind: str, *points: tuple[float, float]) -> None:
        spots = [{"x": x, "y": y} for x, y in points]
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": spots})

    def sweep(start: tuple[float, float], by: float) -> None:
        for step in range(1, 11):
            send("touchMove", (start[0] + by * step / 10, start[1]))
        send("touchEnd")

    start = place(page, "glass", 9)
    send("touchStart", start)
    expect(page.locator("[data-lane=glass] .cursor")).to_have_class("cursor at is-drawn")
    sweep(start, place(page, "glass", 10.2)[0] - start[0])
    assert times(page) == ("09:00", "10:15")
    page.get_by_role("button", name="Back").click()

    x, y = place(page, "glass", 11)
    send("touchStart", (x, y))
    for step in range(1, 11):
        send("touchMove", (x, y - 20 * step))
    send("touchEnd")
    wait_until(lambda: page.evaluate("scrollY") > 40, "the page to scroll")
    expect(page.get_by_role("dialog")).to_have_count(0)
    context.close()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_the_page_has_no_fault_that_axe_knows(page: Page, site: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    open_day(page, site)
    draw(page, "glass", 10, 11)
    page.keyboard.type("Mine")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_be_visible()
    for dialog in (False, True):
        if dialog:
            page.get_by_role("link", name="Book", exact=True).last.click()
            expect(page.get_by_role("dialog")).to_be_visible()
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document.querySelector('main')).then(r => r.violations)")
        assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []
