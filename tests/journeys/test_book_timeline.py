"""The timeline in a real browser: booked by drag, thumb and keys; moved and moved back; live for all."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from apiflask import APIFlask
from playwright.sync_api import Browser, Page, expect

from campus import clock
from campus.bookings import changing
from campus.bookings.changing import Change
from campus.database import Database
from campus.people.models import Member
from tests.journeys.book_site import DAY, ZONE, Site, at_hand, block, drag, moment, served, spot
from tests.servers import wait_until

pytestmark = pytest.mark.browser
AXE = Path(__file__).resolve().parents[2] / "node_modules/axe-core/axe.min.js"


@pytest.fixture
def site(app: APIFlask, sqlite_database: Database, member: Member, staff: Member) -> Iterator[Site]:
    with served(app, sqlite_database) as made:
        yield made


@pytest.fixture
def ana(chromium: Browser, site: Site, member: Member) -> Iterator[Page]:
    page, errors = site.open(chromium, member), list[str]()
    page.on("pageerror", lambda error: errors.append(str(error)))
    yield page
    page.context.close()
    assert errors == []


def form(page: Page) -> Page:
    expect(page.get_by_role("dialog", name="Book a time")).to_be_visible()
    return page


def test_a_room_is_booked_by_drag_and_seen_by_others_by_itself(
    ana: Page, chromium: Browser, site: Site, staff: Member, tell: Callable[[str], None]
) -> None:
    luis = site.open(chromium, staff)
    drag(ana, spot(ana, "glass", 10), (spot(ana, "glass", 11.5)[0] - 4, spot(ana, "glass", 11)[1]))
    expect(luis.locator("[data-lane=glass] .is-hold")).to_have_text("10:00–11:30 Held")  # the form is open
    expect(ana.locator("[data-held]")).to_contain_text("Held for you until")
    form(ana).keyboard.type("Design review")
    ana.keyboard.press("Enter")
    expect(ana.locator(".toast")).to_contain_text("Booked: Glass")
    sent = time.monotonic()
    expect(block(luis, "glass", "Design review")).to_be_visible()
    # the aim is 2 s; a busy machine makes no test fail
    tell(f"seen by another browser after {time.monotonic() - sent:.1f} s")
    luis.context.close()


def test_who_closes_the_form_gives_back_what_was_held(
    ana: Page, chromium: Browser, site: Site, staff: Member
) -> None:
    luis = site.open(chromium, staff)
    ana.mouse.click(*spot(ana, "stone", 9.1))
    expect(luis.locator("[data-lane=stone] .is-hold")).to_be_visible()
    ana.keyboard.press("Escape")
    expect(luis.locator("[data-lane=stone] .is-hold")).to_have_count(0)
    luis.context.close()


def test_a_conflict_appears_while_one_types_and_one_click_takes_the_way_out(ana: Page, site: Site) -> None:
    site.book("luis@hub.example", "glass", 10, 11, "Interview")
    site.look(ana)
    ana.get_by_role("link", name="Book", exact=True).last.click()
    ana.get_by_label("What").select_option("glass")
    ana.get_by_label("From").fill("10:30")
    ana.get_by_label("To", exact=True).fill("11:30")
    verdict = ana.locator("[data-verdict]")
    expect(verdict).to_contain_text("That time is taken.")
    expect(verdict.get_by_role("button", name="Stone, same time")).to_be_visible()
    verdict.get_by_role("button", name="30 min later").click()
    expect(verdict).to_be_hidden()
    assert ana.get_by_label("From").input_value() == "11:00"
    ana.keyboard.type("Talk")  # the title has the focus
    ana.keyboard.press("Enter")
    expect(block(ana, "glass", "Talk")).to_contain_text("11:00–12:00")


def test_what_is_booked_by_another_while_the_form_is_open_is_said_at_once(ana: Page, site: Site) -> None:
    """Nothing was held: a rule stood against it, which does not count any more."""
    site.look(ana, "&resource=tower&start=09:00&end=10:00#booking")
    ana.get_by_label("To", exact=True).fill("08:00")
    verdict = ana.locator("[data-verdict]")
    expect(verdict).to_contain_text("The end is not after the start.")
    wait_until(lambda: not site.holds(), "the time to be let go")
    site.book("luis@hub.example", "tower", 9, 10, "Quick one")
    ana.get_by_label("To", exact=True).fill("10:00")
    expect(verdict).to_contain_text("That time is taken.")
    ana.get_by_label("Title").fill("Waits")
    verdict.get_by_role("button", name="Join the waiting list instead").click()
    expect(ana.locator(".toast")).to_contain_text("You are on the waiting list: Tower")


def test_a_booking_is_dragged_to_another_room_and_time_and_back(ana: Page, site: Site) -> None:
    site.book("ana@hub.example", "glass", 10, 11, "Mine")
    expect(block(ana, "glass", "Mine")).to_be_visible()  # by itself
    drag(ana, spot(ana, "glass", 10.5), spot(ana, "stone", 14.5))
    expect(ana.locator("[data-said]")).to_have_text("Move to Stone, 14:00–15:00?")
    ana.get_by_role("button", name="Move", exact=True).click()
    expect(ana.locator(".toast")).to_contain_text("Moved to Stone, 14:00–15:00.")
    expect(block(ana, "stone", "Mine")).to_contain_text("14:00–15:00")
    expect(block(ana, "glass", "Mine")).to_have_count(0)
    ana.locator(".toast").get_by_role("button", name="Undo").click()
    expect(block(ana, "glass", "Mine")).to_contain_text("10:00–11:00")


def test_an_end_is_dragged_and_what_is_not_free_is_refused(ana: Page, site: Site) -> None:
    site.book("ana@hub.example", "glass", 10, 11, "Mine")
    site.book("luis@hub.example", "glass", 12, 13, "His")
    expect(block(ana, "glass", "Mine")).to_be_visible()
    x, y = spot(ana, "glass", 11)
    drag(ana, (x - 4, y), (spot(ana, "glass", 11.75)[0], y))
    expect(ana.locator("[data-said]")).to_have_text("Move to Glass, 10:00–11:45?")
    ana.get_by_role("button", name="Undo").click()
    drag(ana, spot(ana, "glass", 10.5), spot(ana, "glass", 12.2))
    expect(ana.locator(".toast")).to_contain_text("Glass cannot be booked 11:45–12:45.")
    expect(block(ana, "glass", "Mine")).to_contain_text("10:00–11:00")
    expect(ana.locator("[data-move-bar]")).to_be_hidden()


def test_by_keys_alone_a_time_is_booked_and_the_booking_moved(ana: Page, site: Site) -> None:
    ana.get_by_role("slider", name="Glass").focus()
    for key in ("PageDown", "Shift+ArrowRight", "Enter"):
        ana.keyboard.press(key)
    form(ana).keyboard.type("By hand")
    ana.keyboard.press("Enter")
    expect(block(ana, "glass", "By hand")).to_contain_text("09:00–10:15")
    at_hand(ana)
    block(ana, "glass", "By hand").focus()
    ana.keyboard.press("Enter")
    for _step in range(2):  # past the button that closes
        ana.keyboard.press("Tab")
    expect(ana.get_by_role("button", name="Move …")).to_be_focused()
    ana.keyboard.press("Enter")
    ghost = ana.get_by_role("slider", name="Move “By hand”")
    expect(ghost).to_be_focused()
    for key in ("ArrowDown", "PageDown", "ArrowLeft"):
        ana.keyboard.press(key)
    expect(ghost).to_have_attribute("aria-valuetext", "Stone, 09:45–11:00")
    ana.keyboard.press("Enter")
    expect(block(ana, "stone", "By hand")).to_contain_text("09:45–11:00")
    expect(block(ana, "stone", "By hand")).to_be_focused()


def test_escape_leaves_a_booking_where_it_is(ana: Page, site: Site) -> None:
    site.book("ana@hub.example", "glass", 10, 11, "Mine")
    block(ana, "glass", "Mine").click()
    ana.get_by_role("button", name="Move …").click()
    ana.keyboard.press("ArrowRight")
    ana.keyboard.press("Escape")
    expect(block(ana, "glass", "Mine")).to_be_focused()
    expect(block(ana, "glass", "Mine")).to_contain_text("10:00–11:00")


def test_of_a_series_one_date_or_all_are_moved(ana: Page, site: Site) -> None:
    site.book("ana@hub.example", "glass", 10, 11, "Weekly", repeat="FREQ=WEEKLY;COUNT=3")
    expect(block(ana, "glass", "Weekly")).to_be_visible()
    drag(ana, spot(ana, "glass", 10.5), spot(ana, "glass", 13.5))
    ana.get_by_label("Which dates").select_option("all")
    ana.get_by_role("button", name="Move", exact=True).click()
    expect(block(ana, "glass", "Weekly")).to_contain_text("13:00–14:00")
    ana.goto(f"{site.url}/book?date={DAY + timedelta(days=7)}")
    expect(block(ana, "glass", "Weekly")).to_contain_text("13:00–14:00")


def test_who_moves_what_somebody_else_changed_is_told_and_overwrites_nothing(
    ana: Page, site: Site, member: Member
) -> None:
    made = site.book("ana@hub.example", "glass", 10, 11, "Mine")
    expect(block(ana, "glass", "Mine")).to_be_visible()
    drag(ana, spot(ana, "glass", 10.5), spot(ana, "glass", 15.5))
    with site.database.write() as session:
        to = Change(start=moment(17), end=moment(18))
        changing.change(session, made.id, to, member, now=clock.now(), zone=ZONE)
    ana.get_by_role("button", name="Move", exact=True).click()
    expect(ana.locator(".toast")).to_contain_text("Somebody else changed it meanwhile.")
    expect(block(ana, "glass", "Mine")).to_contain_text("17:00–18:00")


def test_a_series_is_booked_without_the_date_that_is_taken(ana: Page, site: Site) -> None:
    site.book("luis@hub.example", "stone", 24 * 7 + 9, 24 * 7 + 10, "Next week")
    drag(ana, spot(ana, "stone", 9), (spot(ana, "stone", 10)[0] - 4, spot(ana, "stone", 9)[1]))
    form(ana).get_by_label("Title").fill("Weekly")
    ana.get_by_label("Repeat").select_option("weekly")
    ana.get_by_label("or so many times").fill("3")
    verdict = ana.locator("[data-verdict]")
    expect(verdict).to_contain_text("1 date is not free")
    verdict.get_by_role("button", name="Book without this date").click()
    expect(ana.locator(".toast")).to_contain_text("Booked 2 times: Stone")
    expect(ana.locator(".toast")).to_contain_text("1 date was left out.")


def test_on_a_phone_it_is_a_list_with_one_button_a_resource(
    chromium: Browser, site: Site, member: Member
) -> None:
    site.book("luis@hub.example", "glass", 8, 9.5, "Early")
    page = site.open(chromium, member, viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    row = page.locator("#r-glass")
    expect(row).to_contain_text("08:00–09:30 Taken")
    small = page.evaluate(
        """[...document.querySelectorAll('main a, main button, main select, main .word, main .lane')]
           .filter((e) => e.offsetParent && !e.matches('.block, .unseen'))
           .map((e) => [e.outerHTML.slice(0, 80), e.getBoundingClientRect().height])
           .filter(([, height]) => height > 0 && height < 44)"""
    )
    assert small == []
    row.get_by_role("link", name="Book 09:30–10:30").tap()
    form(page).get_by_label("Title").fill("By thumb")
    page.get_by_role("dialog").get_by_role("button", name="Book", exact=True).last.tap()
    expect(page.locator(".toast")).to_contain_text("Booked: Glass")
    expect(page.locator("#r-glass .row-next")).to_contain_text("By thumb")
    page.context.close()


def test_what_is_chosen_stands_in_the_address_and_goes_along(ana: Page, site: Site) -> None:
    ana.get_by_label("People").first.fill("4")
    ana.get_by_label("People").first.press("Enter")
    expect(ana.locator("[data-row]")).to_have_count(2)
    assert "people=4" in ana.url
    ana.get_by_role("link", name="The day after").click()
    expect(ana.locator("[data-row]")).to_have_count(2)
    ana.get_by_role("link", name="Week", exact=True).click()
    expect(ana.locator(".week-cell")).to_have_count(14)
    assert "people=4" in ana.url


def test_an_update_moves_neither_focus_nor_what_is_typed(ana: Page, site: Site) -> None:
    ana.get_by_role("slider", name="Stone").focus()
    ana.keyboard.press("PageDown")
    site.book("luis@hub.example", "stone", 15, 16, "Far away")
    expect(ana.locator("[data-lane=stone] .block")).to_have_count(1)
    expect(ana.get_by_role("slider", name="Stone")).to_be_focused()
    expect(ana.get_by_role("slider", name="Stone")).to_have_attribute("aria-valuenow", "60")
    ana.keyboard.press("Enter")
    form(ana).keyboard.type("Half a ti")
    site.book("luis@hub.example", "glass", 15, 16, "Beside")
    expect(ana.locator("[data-lane=glass] .block")).to_have_count(1)
    ana.keyboard.type("tle")
    assert ana.get_by_label("Title").input_value() == "Half a title"


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("view", ["", "&view=week", "&resource=glass&start=10:00&end=11:00#booking"])
def test_axe_finds_nothing_to_mend(ana: Page, site: Site, view: str, scheme: str) -> None:
    site.book("ana@hub.example", "glass", 10, 11, "Mine")
    site.book("luis@hub.example", "stone", 10, 11, "His")
    ana.emulate_media(color_scheme="dark" if scheme == "dark" else "light")
    site.look(ana, view)
    if not view:
        drag(ana, spot(ana, "glass", 10.5), spot(ana, "glass", 14.5))
    elif "#booking" in view:
        expect(ana.locator("[data-verdict]")).to_be_visible()
    ana.evaluate(AXE.read_text(encoding="utf-8"))
    found = ana.evaluate("axe.run(document.querySelector('main')).then(r => r.violations)")
    assert [(fault["id"], [node["html"] for node in fault["nodes"]]) for fault in found] == []
