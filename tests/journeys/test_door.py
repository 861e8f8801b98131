"""A tablet beside the glass and a phone before it, in a real browser: book, check in, lose the line."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import segno
from apiflask import APIFlask
from playwright.sync_api import Browser, BrowserContext, FilePayload, Page, expect
from werkzeug.serving import make_server

from campus import clock
from campus.bookings.door import doors
from campus.database import Database
from campus.people.models import Member
from tests.campus.bookings.at_the_door import MINUTE, bookings, furnish, hang, put, time_of
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"
HERE = "http://127.0.0.1:8000"
"""Where the campus believes to be; the server under test listens elsewhere."""
PAGES = (
    "/door/glass",
    "/door/stone",
    "/check-in/glass",
    "/check-in/stone",
    "/doors",
    "/bookings/1/notes",
    "/bookings/statistics",
)
COUNT_TIMERS = """
    globalThis.pending = new Set();
    const [set, clear, every] = [setTimeout, clearTimeout, setInterval];
    globalThis.setTimeout = (deed, ms, ...rest) => {
        const id = set(() => { pending.delete(id); deed(...rest); }, ms);
        pending.add(id);
        return id;
    };
    globalThis.clearTimeout = (id) => { pending.delete(id); clear(id); };
    globalThis.setInterval = (...told) => { const id = every(...told); pending.add(id); return id; };
"""


@pytest.fixture
def site(app: APIFlask, sqlite_database: Database, member: Member, staff: Member) -> Iterator[str]:
    """The application on a port of its own, with two rooms that are always open. Its address."""
    furnish(sqlite_database, check_in_minutes=20)
    server = make_server("127.0.0.1", 0, app, threaded=True)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"http://127.0.0.1:{server.port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def tablet(chromium: Browser, page: Page, site: str, app: APIFlask, staff: Member) -> Iterator[Page]:
    """A tablet of its own that has just become the door of “glass”. Its clock obeys the test."""
    context = chromium.new_context(viewport={"width": 1024, "height": 768}, locale="en-US")
    screen, errors = context.new_page(), list[str]()
    screen.on("pageerror", lambda error: errors.append(str(error)))
    screen.clock.install()
    screen.goto(hang(app, staff).replace(HERE, site))
    screen.get_by_role("button", name="Show it on this screen").click()
    expect(screen).to_have_url(f"{site}/door/glass")
    yield screen
    context.close()
    assert errors == []


def sign_in(page: Page, site: str, path: str, email: str = "ana@hub.example") -> None:
    page.goto(f"{site}{path}")
    page.get_by_label("Mail address").fill(email)
    page.get_by_label("Password").fill(PASSWORD)
    page.locator("main form button").first.click()
    expect(page).to_have_url(f"{site}{path}")


def answer(page: Page) -> Any:
    return page.locator("#answer")


def asked_again(tablet: Page) -> None:
    """Let so much time pass that the tablet asks once more, and wait until it has its answer."""
    with tablet.expect_response("**/door/glass/state"):
        tablet.clock.run_for(7_000)


def qr_address(tablet: Page) -> str:
    """What the QR code on the tablet says: it is drawn as the code of this address is, and of no other."""
    drawn = tablet.locator("svg.qr path").last.get_attribute("d")
    for address in (f"{HERE}/check-in/stone", f"{HERE}/check-in/glass"):
        code = segno.make(address, error="m", micro=False)
        if f'd="{drawn}"' in code.svg_inline(border=2, omitsize=True, light="#fff", dark="#000"):
            return address
    raise AssertionError("the code on the tablet is none of a room's page")


def test_who_stands_at_the_door_books_now(tablet: Page, sqlite_database: Database, staff: Member) -> None:
    expect(answer(tablet)).to_contain_text("Free")
    tablet.get_by_role("button", name="30 min").click()
    expect(answer(tablet)).to_contain_text("In use until")
    expect(tablet.get_by_role("status").last).to_contain_text("Booked: ")
    expect(tablet.get_by_text("At the door")).to_be_visible()
    (made,) = bookings(sqlite_database)
    assert (made.member_id, made.source) == (staff.id, "door")


def test_nothing_is_cramped_on_a_small_screen(
    tablet: Page, sqlite_database: Database, member: Member
) -> None:
    put(sqlite_database, member.email, clock.now() + 120 * MINUTE, 60, title="Yoga", visibility="everybody")
    asked_again(tablet)
    for width, height in ((390, 844), (844, 390)):
        tablet.set_viewport_size({"width": width, "height": height})
        offers = [
            tablet.get_by_role("button", name=f"{minutes} min").bounding_box() for minutes in (15, 30, 60)
        ]
        assert len({box and box["y"] for box in offers}) == 1, "what may be booked stands in one row"
        following, code = tablet.locator(".door-next").bounding_box(), tablet.locator(".qr").bounding_box()
        assert following
        assert code
        beside = following["x"] + following["width"] <= code["x"]
        assert beside or following["y"] + following["height"] <= code["y"], "nor does the code lie over it"


def test_finishing_early_gives_the_time_back(tablet: Page, sqlite_database: Database, member: Member) -> None:
    theirs = put(sqlite_database, member.email, clock.now() - 5 * MINUTE, 60)
    asked_again(tablet)
    expect(answer(tablet)).to_contain_text("In use until")
    expect(tablet.get_by_text("Secret merger")).to_have_count(0)
    tablet.get_by_role("button", name="Finish").click()
    expect(answer(tablet)).to_contain_text("Free")
    time = time_of(sqlite_database, theirs)
    assert time.end <= clock.now()
    tablet.get_by_role("button", name="60 min").click()
    expect(answer(tablet)).to_contain_text("In use until")


def test_the_code_leads_a_phone_to_the_check_in_of_that_very_room(
    tablet: Page, chromium: Browser, site: str, sqlite_database: Database, member: Member
) -> None:
    mine = put(sqlite_database, member.email, clock.now() - 5 * MINUTE, 60, title="Standup")
    context = chromium.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    phone = context.new_page()
    sign_in(phone, site, qr_address(tablet).removeprefix(HERE))
    expect(phone.get_by_text("Sala Vidrio")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth <= innerWidth")
    asked_again(tablet)
    expect(tablet.get_by_role("button", name="Check in")).to_be_visible()
    phone.get_by_role("button", name="Check in").tap()
    expect(phone.locator(".toast")).to_contain_text("Checked in.")
    assert time_of(sqlite_database, mine).checked_in_at is not None
    asked_again(tablet)
    expect(tablet.get_by_role("button", name="Check in")).to_have_count(0)
    phone.get_by_role("button", name="Finish early").tap()
    expect(phone.get_by_role("button", name="15 min")).to_be_visible()
    asked_again(tablet)
    expect(answer(tablet)).to_contain_text("Free")
    context.close()


def test_a_lost_connection_is_said_and_survived(
    tablet: Page, sqlite_database: Database, member: Member
) -> None:
    expect(tablet.get_by_role("button", name="15 min")).to_be_visible()
    asked_again(tablet)
    tablet.context.set_offline(True)
    tablet.clock.run_for(30_000)
    expect(tablet.locator("#stale")).to_contain_text("No connection since")
    expect(answer(tablet)).to_contain_text("At ")  # never “free” without saying of when that is
    expect(answer(tablet)).to_contain_text(": Free today")
    expect(tablet.get_by_role("button", name="15 min")).to_be_hidden()
    put(sqlite_database, member.email, clock.now() - 5 * MINUTE, 60)
    tablet.context.set_offline(False)  # the browser says so to the page, which asks at once
    expect(answer(tablet)).to_contain_text("In use until")
    expect(tablet.locator("#stale")).to_be_empty()
    expect(tablet.get_by_role("button", name="Finish")).to_be_visible()


def test_what_is_over_is_not_known_any_more_without_a_connection(
    tablet: Page, sqlite_database: Database, member: Member
) -> None:
    put(sqlite_database, member.email, clock.now() - 5 * MINUTE, 35)
    asked_again(tablet)
    expect(answer(tablet)).to_contain_text("In use until")
    tablet.context.set_offline(True)
    tablet.clock.run_for(45 * 60_000)
    expect(answer(tablet)).to_have_text("Not known: no connection")
    tablet.context.set_offline(False)


def test_what_is_pressed_while_the_line_breaks_is_said_to_be_unsure(
    tablet: Page, sqlite_database: Database
) -> None:
    tablet.route("**/door/glass/book", lambda route: route.abort())
    tablet.get_by_role("button", name="15 min").click()
    expect(tablet.locator("#said")).to_contain_text("No connection.")
    assert bookings(sqlite_database) == []
    tablet.unroute("**/door/glass/book")
    tablet.get_by_role("button", name="15 min").click()
    expect(answer(tablet)).to_contain_text("In use until")


def test_a_door_that_is_taken_down_says_so_and_shows_nothing(
    tablet: Page, app: APIFlask, sqlite_database: Database, staff: Member
) -> None:
    with app.app_context(), sqlite_database.write() as store:
        from campus.audit import Origin

        doors.take_down(store, 1, Origin(staff.id), clock.now())
    asked_again(tablet)
    expect(tablet.locator("#stale")).to_contain_text("This screen is locked.")
    expect(answer(tablet)).to_have_text("Locked")
    expect(tablet.get_by_role("button")).to_have_count(0)
    expect(tablet.get_by_text("Nothing more today")).to_be_hidden()


def test_a_month_of_asking_leaves_nothing_behind(tablet: Page) -> None:
    tablet.add_init_script(COUNT_TIMERS)
    tablet.reload()
    asked_again(tablet)
    nodes = tablet.evaluate("document.querySelectorAll('*').length")
    for _time in range(25):
        asked_again(tablet)
    assert tablet.evaluate("document.querySelectorAll('*').length") == nodes
    assert tablet.evaluate("pending.size") <= 2  # the clock, and the next question


def test_a_phone_without_scripts_books_checks_in_and_finishes(
    chromium: Browser, site: str, sqlite_database: Database, member: Member
) -> None:
    context = chromium.new_context(viewport={"width": 390, "height": 844}, java_script_enabled=False)
    phone = context.new_page()
    sign_in(phone, site, "/check-in/glass")
    phone.get_by_role("button", name="15 min").click()
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Yours until")
    phone.get_by_role("button", name="Finish early").click()
    mine = put(sqlite_database, member.email, clock.now() + 5 * MINUTE, 30, title="Standup")
    phone.goto(f"{site}/check-in/glass")
    expect(phone.get_by_role("heading", level=1)).to_contain_text("Yours from")
    phone.get_by_role("button", name="Check in").click()
    expect(phone.get_by_role("button", name="Check in")).to_have_count(0)
    assert time_of(sqlite_database, mine).checked_in_at is not None
    context.close()


def test_the_wall_is_kept_before_it_is_wiped(
    page: Page, site: str, sqlite_database: Database, member: Member
) -> None:
    put(sqlite_database, member.email, clock.now() - 5 * MINUTE, 60, title="Standup")
    sign_in(page, site, "/check-in/glass")
    page.get_by_role("link", name="Notes from the wall").click()
    wall = FilePayload(name="wall.png", mimeType="image/png", buffer=page.screenshot())
    page.get_by_label("Photos").set_input_files([wall])
    page.get_by_label("In words").fill("Valves")
    page.get_by_role("button", name="Keep it").click()
    expect(page.locator(".toast")).to_contain_text("Kept.")
    shown = page.get_by_role("img", name="Photo of the wall by Ana Robles")
    expect(shown).to_be_visible()
    assert shown.evaluate("image => image.decode().then(() => image.naturalWidth)") > 0
    page.get_by_text("Remove", exact=True).click()
    page.get_by_role("button", name="Remove it").click()
    expect(page.get_by_text("Nothing was kept yet")).to_be_visible()


def faults(page: Page) -> list[tuple[str, list[str]]]:
    page.evaluate(AXE.read_text(encoding="utf-8"))
    found = page.evaluate("axe.run().then(r => r.violations)")
    return [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_no_page_has_a_fault_that_axe_knows(
    page: Page, site: str, sqlite_database: Database, staff: Member, scheme: str
) -> None:
    page.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    page.goto(f"{site}/door/glass")
    assert faults(page) == []  # locked
    put(sqlite_database, staff.email, clock.now() - 5 * MINUTE, 60, title="Standup")
    sign_in(page, site, "/doors", staff.email)
    for path in PAGES:
        page.goto(f"{site}{path}")
        assert faults(page) == [], path
    page.goto(f"{site}/doors")
    page.get_by_label("Room").select_option("glass")
    page.get_by_label("Where it hangs").fill("By the glass")
    page.get_by_role("button", name="Make the link").click()
    assert faults(page) == []
    link = page.locator(".made-address").inner_text().replace(HERE, site)
    page.goto(link)
    assert faults(page) == []
    _use_up(page.context, link)


def _use_up(context: BrowserContext, link: str) -> None:
    page = context.new_page()
    page.goto(link)
    page.get_by_role("button", name="Show it on this screen").click()
    page.goto(link)
    expect(page.get_by_role("heading", name="This link is used up")).to_be_visible()
    assert faults(page) == []
