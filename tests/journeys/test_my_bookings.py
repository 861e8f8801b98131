"""One's own bookings in a real browser: series, two tabs, a yes by mail, a time that becomes free."""

from __future__ import annotations

import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, Page, ViewportSize, expect
from werkzeug.serving import make_server

from campus import clock
from campus.bookings import jobs
from campus.bookings.desk import Wish, book
from campus.database import Database
from campus.people.models import Member
from tests.campus.bookings.desk_of import JUAREZ, Desk, at, put
from tests.campus.people.letter_box import link_in
from tests.conftest import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
PHONE: ViewportSize = {"width": 390, "height": 844}


@dataclass(frozen=True)
class Hub:
    """A hub that answers at `url`, with Ana, a member, and Luis of facilities."""

    url: str
    desk: Desk
    ana: Member
    luis: Member


@pytest.fixture
def hub(app: APIFlask, sqlite_database: Database, member: Member, staff: Member) -> Iterator[Hub]:
    """Two rooms, and a hall for which one asks."""
    put(sqlite_database, "glass", name="Glass", equipment=["screen"])
    put(sqlite_database, "stone", name="Stone", capacity=8)
    put(sqlite_database, "hall", name="Hall", capacity=60, policy={"approval": True})
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    desk = Desk(app.test_client(), sqlite_database)
    yield Hub(f"http://127.0.0.1:{server.port}", desk, member, staff)
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def other(chromium: Browser) -> Iterator[Page]:
    """Somebody else's browser, on a phone."""
    context = chromium.new_context(viewport=PHONE, has_touch=True, locale="en-US")
    yield context.new_page()
    context.close()


def sign_in(page: Page, site: str, member: Member, to: str = "/bookings") -> None:
    page.goto(f"{site}/sign-in?next={to}")
    page.get_by_label("Mail address").fill(member.email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").first.click()
    page.wait_for_url(re.compile(re.escape(f"{site}{to.partition('?')[0]}")))


def toast(page: Page, said: str) -> None:
    expect(page.locator(".toast").last).to_contain_text(said)


def dates(page: Page) -> list[str]:
    """What stands in the list of a series' dates, without the day."""
    texts = page.locator(".dates li").all_inner_texts()
    return [" ".join(re.sub(r"^\w{3} \d+ \w{3}", "", text.replace("\u00a0", " ")).split()) for text in texts]


def test_a_series_moves_but_for_the_date_that_clashes(page: Page, hub: Hub) -> None:
    weekly = hub.desk.book(hub.ana, 10, "Weekly", repeat="FREQ=WEEKLY;COUNT=4")
    hub.desk.book(hub.luis, 12, "In the way", days=9)
    sign_in(page, hub.url, hub.ana)
    page.get_by_role("link", name="Weekly").last.click()
    page.get_by_text("Change it").click()
    page.locator("#edit").get_by_label("All that are to come: 4 dates").check()
    page.locator("#edit").get_by_label("From").fill("12:00")
    page.locator("#edit").get_by_label("To", exact=True).fill("13:00")
    page.get_by_role("button", name="Save").last.click()
    expect(page.get_by_role("alert")).to_contain_text("1 date cannot be so:")
    expect(page.locator("#edit").get_by_label("From")).to_have_value("12:00")
    page.get_by_role("button", name="Leave this date as it is").click()
    toast(page, "Dates that stay as they were: 1.")
    assert [date[:11] for date in dates(page)] == ["12:00–13:00", "10:00–11:00", "12:00–13:00", "12:00–13:00"]
    assert hub.desk.states(weekly) == ["confirmed"] * 4


def test_one_date_is_cancelled_and_what_follows_is_moved(page: Page, hub: Hub) -> None:
    weekly = hub.desk.book(hub.ana, 10, "Weekly", repeat="FREQ=WEEKLY;COUNT=4")
    sign_in(page, hub.url, hub.ana, f"/bookings/{weekly}")
    page.locator(".dates a").nth(1).click()
    page.get_by_text("Cancel it").click()
    expect(page.locator("#cancel").get_by_label(re.compile("^Only"))).to_be_checked()
    page.get_by_role("button", name="Cancel this booking").click()
    toast(page, "The time is free again.")
    assert hub.desk.states(weekly) == ["confirmed", "cancelled", "confirmed", "confirmed"]

    page.locator(".dates a").nth(2).click()
    page.get_by_text("Change it").click()
    page.locator("#edit").get_by_label("This one and what follows: 2 dates").check()
    page.locator("#edit").get_by_label("From").fill("16:00")
    page.locator("#edit").get_by_label("To", exact=True).fill("17:00")
    page.get_by_role("button", name="Save").last.click()
    toast(page, "Changed.")
    assert [date[:11] for date in dates(page)] == ["16:00–17:00", "16:00–17:00"]
    page.goto(f"{hub.url}/bookings/{weekly}")
    assert dates(page) == ["10:00–11:00", "10:00–11:00 cancelled"]


def test_of_two_tabs_the_second_is_told_and_loses_nothing(page: Page, hub: Hub) -> None:
    booking = hub.desk.book(hub.ana, 10, "Standup")
    sign_in(page, hub.url, hub.ana, f"/bookings/{booking}")
    second = page.context.new_page()
    for tab in (page, second):
        tab.goto(f"{hub.url}/bookings/{booking}?edit=1")
    page.get_by_label("Title", exact=True).fill("Written first")
    page.get_by_role("button", name="Save").last.click()
    toast(page, "Changed.")

    second.get_by_label("Title", exact=True).fill("Written second")
    second.get_by_role("button", name="Save").last.click()
    expect(second.get_by_role("alert")).to_contain_text("This booking was changed meanwhile")
    expect(second.get_by_label("Title", exact=True)).to_have_value("Written second")
    expect(second.locator("#edit")).to_contain_text("It is now: Written first")
    assert hub.desk.row(booking).title == "Written first"
    second.get_by_role("button", name="Save").last.click()
    toast(second, "Changed.")
    assert hub.desk.row(booking).title == "Written second"
    second.close()


def test_a_request_is_approved_from_the_mail_on_a_phone_without_signing_in(
    page: Page, other: Page, hub: Hub
) -> None:
    booking = hub.desk.book(hub.ana, 10, "All hands", resource="hall", attendees=40)
    sign_in(page, hub.url, hub.ana)
    expect(page.locator("main")).to_contain_text("Waits for a yes")

    other.goto(hub.url + link_in(hub.desk.letters_to(hub.luis.email)[-1]))
    expect(other).to_have_url(f"{hub.url}/bookings/decide")
    expect(other.get_by_role("heading", level=1)).to_contain_text("Hall")
    assert hub.desk.states(booking) == ["pending"]
    other.get_by_role("button", name="Refuse").click()
    expect(other.get_by_role("alert")).to_contain_text("Say why")
    other.get_by_label("A word with it").fill("Enjoy it")
    other.get_by_role("button", name="Approve").click()
    expect(other.locator("main")).to_contain_text("Approved. Ana Robles is told by mail.")
    other.goto(hub.url + link_in(hub.desk.letters_to(hub.luis.email)[-1]))
    expect(other.locator("main")).to_contain_text("This link does not work any more")

    page.reload()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Next: Hall")
    page.get_by_role("link", name="All hands").last.click()
    expect(page.locator("main")).to_contain_text("Decided by Luis Ortega")
    expect(page.locator("main")).to_contain_text("Enjoy it")


def test_who_waits_in_line_gets_what_is_given_back(page: Page, other: Page, hub: Hub) -> None:
    taken = hub.desk.book(hub.luis, 10, "Inventory")
    waits = hub.desk.book(hub.ana, 10, "Waiting", waitlist=True)
    sign_in(page, hub.url, hub.ana)
    expect(page.get_by_role("heading", level=1)).to_have_text("Nothing is certain yet")

    sign_in(other, hub.url, hub.luis, f"/bookings/{taken}")
    other.get_by_text("Cancel it").click()
    other.get_by_role("button", name="Cancel this booking").click()
    toast(other, "The time is free again.")

    page.reload()
    expect(page.locator(".offer")).to_contain_text("Free for you until")
    page.get_by_role("button", name="Take it").click()
    toast(page, "It is yours: Glass")
    expect(page.get_by_role("heading", level=1)).to_contain_text("Next: Glass")
    assert hub.desk.states(waits) == ["confirmed"]


def test_what_nobody_comes_to_is_free_again_and_its_member_sees_why(page: Page, hub: Hub) -> None:
    put(hub.desk.database, "studio", name="Studio", policy={"check_in_minutes": 15})
    now = clock.now()
    start = now - timedelta(minutes=20)
    with hub.desk.database.write() as session:
        wish = Wish("studio", start, start + timedelta(hours=2), "Ghost")
        ghost = book(session, wish, hub.ana, start - timedelta(hours=1), JUAREZ).booking.id
    sign_in(page, hub.url, hub.ana, "/check-in/studio")
    expect(page.get_by_role("button", name="Check in")).to_be_visible()
    jobs.minute(hub.desk.database, clock.now(), JUAREZ)
    page.reload()
    expect(page.get_by_role("button", name="Check in")).to_have_count(0)
    expect(page.get_by_role("button", name=re.compile("15"))).to_be_visible()  # it can be booked again
    page.goto(f"{hub.url}/bookings/{ghost}")
    expect(page.locator("main")).to_contain_text("nobody came")
    assert "Nobody checked in." in hub.desk.letters_to(hub.ana.email)[-1].text


def test_a_room_is_found_and_the_form_is_filled_in(page: Page, hub: Hub) -> None:
    hub.desk.book(hub.ana, 9, "Taken", hours=2)
    sign_in(page, hub.url, hub.ana, "/book/find")
    form = page.get_by_role("search")
    form.get_by_label("People").fill("4")
    form.get_by_label("Day", exact=True).fill(at(9).date().isoformat())
    form.get_by_label("Not before").fill("09:00")
    form.locator("summary").click()
    form.get_by_label("screen").check()
    page.get_by_role("button", name="Find", exact=True).click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("Glass is free")
    page.locator(".hits").get_by_role("link", name="Book").first.click()
    expect(page).to_have_url(re.compile(r"/book\?.*start=11"))
    expect(page.get_by_label("From")).to_have_value("11:00")


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1440])
def test_axe_finds_nothing_on_any_of_these_pages(page: Page, hub: Hub, scheme: str, width: int) -> None:
    page.set_viewport_size({"width": width, "height": 900})
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    weekly = hub.desk.book(hub.luis, 10, "Weekly", repeat="FREQ=WEEKLY;COUNT=4")
    asked = hub.desk.book(hub.ana, 12, "All hands", resource="hall")
    hub.desk.book(hub.ana, 15, "Hers")
    hub.desk.book(hub.luis, 15, "In line", waitlist=True)
    sign_in(page, hub.url, hub.luis)
    mailed = link_in(hub.desk.letters_to(hub.luis.email)[-1])
    day = at(9).date().isoformat()
    for path in (
        "/bookings",
        "/bookings?past=1",
        "/bookings/to-decide",
        f"/bookings/{weekly}?edit=1",
        f"/bookings/{asked}",
        "/book/find",
        f"/book/find?people=4&minutes=60&date={day}&week=1",
        "/book/find?people=400&minutes=60",
        mailed,
        "/bookings/decide/nonsense",
    ):
        page.goto(hub.url + path)
        page.evaluate("document.querySelectorAll('details').forEach(one => one.open = true)")
        page.evaluate(AXE.read_text(encoding="utf-8"))
        found = page.evaluate("axe.run(document.querySelector('main')).then(r => r.violations)")
        assert [(path, fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []
        assert page.evaluate("document.documentElement.scrollWidth") <= width, path
