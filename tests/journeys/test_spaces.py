"""Staff furnish the hub in a real browser: a room and its photo, its place by drag, a closure."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from apiflask import APIFlask
from playwright.sync_api import FilePayload, Page, expect
from sqlalchemy import select
from werkzeug.serving import make_server

from campus import clock
from campus.bookings.desk import Wish, book
from campus.bookings.letters.dispatch import write_out
from campus.database import Database
from campus.outbox import Mail
from campus.people.models import Member
from campus.spaces.hours import instant_at
from campus.spaces.models import Resource
from campus.spaces.resources import Description, put_resource
from tests.campus.spaces.images import jpeg
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
JUAREZ = ZoneInfo("America/Ciudad_Juarez")
DAY = clock.now().astimezone(JUAREZ).date() + timedelta(days=3)
PHOTO: FilePayload = {"name": "glass.jpg", "mimeType": "image/jpeg", "buffer": jpeg(3, (800, 500))}


@pytest.fixture
def site(app: APIFlask, sqlite_database: Database, member: Member, staff: Member) -> Iterator[str]:
    """The application on a port of its own, with two rooms of which Ana has booked one. Its address."""
    now = clock.now()
    with sqlite_database.write() as session:
        for number, slug in enumerate(("glass", "stone")):
            place = {"floor": "1", "x": 2 + 40 * number, "y": 2, "width": 30, "height": 20}
            said = Description(slug.title(), "room", 4, equipment=("screen",), place=place)
            put_resource(session, slug, said, now)
        start = instant_at(DAY, 10 * 60, JUAREZ)
        wish = Wish("glass", start, start + timedelta(hours=1), "Design review", 3)
        book(session, wish, member, now, JUAREZ)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


def sign_in(page: Page, site: str, path: str, email: str = "luis@hub.example") -> None:
    page.goto(f"{site}/sign-in?next={path}")
    page.get_by_label("Mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(f"{site}{path}")


def hang_up(page: Page) -> None:
    """Send the photo from the page of a room."""
    page.get_by_label("Add photos").set_input_files(PHOTO)
    page.get_by_label("Caption").last.fill("Seen from the door")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("1 photo is added.")


def test_a_room_is_added_with_a_photo_and_a_member_books_it(page: Page, site: str, member: Member) -> None:
    sign_in(page, site, "/resources")
    page.get_by_role("link", name="Add one").click()
    page.get_by_label("Name", exact=True).fill("Sala Cobre")
    page.get_by_label("Room for … people").fill("six")
    page.get_by_label("Equipment").fill("Screen, camera")
    page.get_by_label("Opening hours").fill("Mon-Sun 8am-8pm")
    page.get_by_label("Longest booking").fill("3 h")
    page.get_by_role("button", name="Add", exact=True).click()

    # A mistake is marked, all else is as it was typed.
    expect(page.get_by_role("alert")).to_contain_text("Nothing was saved yet.")
    expect(page.get_by_label("Room for … people")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Longest booking")).to_have_value("3 h")
    page.get_by_label("Room for … people").fill("6")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Sala Cobre")

    # What lies about its type is refused in words; a picture is hung up and seen.
    lies: FilePayload = {"name": "cat.jpg", "mimeType": "image/jpeg", "buffer": b"<svg onload=alert(1)>"}
    page.get_by_label("Add photos").set_input_files(lies)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.get_by_role("alert")).to_contain_text("cat.jpg: This is no picture")
    hang_up(page)
    page.get_by_role("button", name="Luis").or_(page.locator("details.account summary")).first.click()
    page.get_by_role("button", name="Sign out").click()

    sign_in(page, site, "/resources", "ana@hub.example")
    page.get_by_label("Search").fill("camera")
    page.get_by_label("Search").press("Enter")
    page.get_by_role("link", name="Sala Cobre").click()
    photo = page.get_by_role("img", name="Seen from the door")
    expect(photo).to_be_visible()
    assert photo.evaluate("image => image.complete && image.naturalWidth") == 800
    for words in ("Mon–Sun", "08:00–20:00", "Up to 3 h", "6 people"):
        expect(page.locator("main")).to_contain_text(words)
    page.get_by_role("link", name="Book", exact=True).last.click()
    expect(page.get_by_label("What", exact=True)).to_have_value("sala-cobre")


def test_a_closure_displaces_a_booking_which_moves_as_proposed(
    page: Page, site: str, app: APIFlask, sqlite_database: Database, member: Member
) -> None:
    sign_in(page, site, "/closures")
    page.get_by_label("What").select_option("glass")
    page.get_by_label("First day").fill(DAY.isoformat())
    page.get_by_label("Reason").fill("New carpet")
    page.get_by_role("button", name="Close", exact=True).first.click()
    expect(page.get_by_role("heading", level=1)).to_have_text("1 booking lies in this closure")
    expect(page.get_by_label("Move to Stone, at the same time")).to_be_checked()
    page.get_by_role("button", name="Do this and tell them").click()
    expect(page.locator(".toast")).to_contain_text("1 moved, 0 cancelled, 0 left.")

    page.goto(f"{site}/book?date={DAY}")
    stone = page.locator(".timeline-row", has=page.locator("[data-lane=stone]"))
    expect(stone.get_by_role("button", name="Design review")).to_be_visible()
    with app.app_context():
        write_out(sqlite_database, JUAREZ)
    with sqlite_database.read() as session:
        letter = session.scalars(select(Mail).where(Mail.recipient == member.email)).one()
    assert "Stone" in letter.text
    assert "New carpet" in letter.text


def test_a_room_is_put_in_its_place_by_drag_and_shown_there(
    page: Page, site: str, sqlite_database: Database
) -> None:
    sign_in(page, site, "/floor/edit")
    piece = page.locator("[data-piece=stone]")
    board = page.locator(".floor-plan").bounding_box()
    assert board
    unit = board["width"] / 100

    def drag(start: tuple[float, float], by: tuple[float, float]) -> None:
        x, y = board["x"] + start[0] * unit, board["y"] + start[1] * unit
        page.mouse.move(x, y)
        page.mouse.down()
        page.mouse.move(x + by[0] * unit / 2, y + by[1] * unit / 2)
        page.mouse.move(x + by[0] * unit, y + by[1] * unit)
        page.mouse.up()

    expect(piece).to_be_visible()
    drag((50, 10), (10, 5))
    drag((81, 26), (-10, -4))
    drag((20, 10), (-40, 0))  # over the wall: it stays inside
    fields = [
        page.get_by_label(f"Stone: {name}") for name in ("From the left", "From above", "Width", "Height")
    ]
    assert [field.input_value() for field in fields] == ["52", "7", "20", "16"]
    assert page.get_by_label("Glass: From the left").input_value() == "0"
    page.get_by_label("Glass: Width").fill("25")
    expect(page.locator("[data-piece=glass] rect").first).to_have_attribute("width", "250")
    page.get_by_role("button", name="Save").click()
    expect(page.locator(".toast")).to_contain_text("2 places are changed.")
    with sqlite_database.read() as session:
        place = session.scalars(select(Resource.place).where(Resource.slug == "stone")).one()
    assert place == {"floor": "1", "x": 52, "y": 7, "width": 20, "height": 16}
    page.locator(".floor-room", has_text="Stone").click()
    expect(page.get_by_label("What", exact=True)).to_have_value("stone")


def test_the_plan_shows_within_its_turn_what_was_booked_meanwhile(
    page: Page, site: str, sqlite_database: Database, member: Member
) -> None:
    sign_in(page, site, "/floor", "ana@hub.example")
    expect(page.locator(".floor-room.is-free")).to_have_count(2)
    page.locator(".floor-list a").last.focus()
    page.clock.install()
    page.reload()
    page.locator(".floor-list a").last.focus()
    now = clock.now()
    with sqlite_database.write() as session:
        span = (now, now + timedelta(minutes=40))
        book(session, Wish("glass", *span, "Now"), member, now - timedelta(minutes=1), JUAREZ)
    page.clock.run_for(31_000)
    expect(page.locator(".floor-room.is-taken")).to_have_count(1)
    expect(page.locator(".floor-list a").last).to_be_focused()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_knows(page: Page, site: str, scheme: str) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    sign_in(page, site, "/resources/glass")
    hang_up(page)
    page.goto(f"{site}/closures")
    page.get_by_label("First day").fill(DAY.isoformat())
    page.get_by_label("Reason").fill("Holiday")
    page.get_by_role("button", name="Close", exact=True).first.click()
    page.goto(f"{site}/trainings")
    page.get_by_label("Name").fill("Saws")
    page.get_by_role("button", name="Add", exact=True).click()
    page.get_by_label("Mail addresses").fill("ana@hub.example")
    page.get_by_role("button", name="They have it").click()
    paths = ("/resources", "/resources/glass", "/resources/-/new", "/resources/glass/edit", "/closures",
             "/closures/1", "/trainings", "/trainings/saws", "/floor", "/floor/edit")  # fmt: skip
    for path in paths:
        page.goto(site + path)
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document.querySelector('main')).then(r => r.violations)")
        assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == [], path


@pytest.mark.parametrize("width", [390, 820])
def test_no_page_is_wider_than_its_window(page: Page, site: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 844})
    sign_in(page, site, "/resources")
    for path in ("/resources", "/resources/glass", "/resources/glass/edit", "/closures", "/trainings",
                 "/floor", "/floor/edit"):  # fmt: skip
        page.goto(site + path)
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
