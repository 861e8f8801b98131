"""The account's pages in a real browser: by keys alone, and as a screen reader is told."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from campus.database import Database
from campus.people.models import Member
from tests.campus.test_booking_browser import AXE, draw, open_day, place, site
from tests.conftest import PASSWORD

pytestmark = pytest.mark.browser
__all__ = ["site"]
PAGES = ["/account", "/account/address", "/account/security", "/account/tokens", "/account/data", "/confirm"]


def walk_in(page: Page, address: str) -> None:
    page.goto(f"{address}/sign-in?next=/account")
    page.get_by_label("Mail address").fill("ana@hub.example")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def tab_to(page: Page, name: str) -> None:
    """Press Tab until what has this name is focused."""
    for _step in range(60):
        page.keyboard.press("Tab")
        focused = page.evaluate(
            "() => { const e = document.activeElement;"
            " return (e.labels?.[0]?.innerText ?? e.ariaLabel ?? e.innerText).trim(); }"
        )
        if focused == name:
            return
    raise AssertionError(f"no way by Tab to {name}")


def test_choices_are_made_and_saved_by_keys_alone(page: Page, site: str) -> None:
    walk_in(page, site)
    tab_to(page, "14:30")
    page.keyboard.press("ArrowRight")
    tab_to(page, "Save")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Saved.")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("data-clock", "12")
    expect(page.get_by_label("2:30 PM")).to_be_checked()


def test_the_timeline_tells_the_time_that_is_drawn_in_hours_of_twelve(
    page: Page, site: str, sqlite_database: Database, member: Member
) -> None:
    with sqlite_database.write() as store:
        store.get_one(Member, member.id).clock = "12"
    open_day(page, site)
    page.mouse.move(*place(page, "glass", 13))
    page.mouse.down()
    page.mouse.move(*place(page, "glass", 14.6))
    expect(page.locator("[data-lane=glass] .cursor")).to_have_text(re.compile("1:00–2:45\u00a0PM"))
    page.mouse.up()
    expect(page.get_by_label("From")).to_have_value("13:00")
    page.keyboard.press("Escape")
    draw(page, "glass", 11, 12.6)
    expect(page.locator("[data-lane=glass] .cursor")).to_have_text(re.compile("11:00\u00a0AM–12:45\u00a0PM"))


def test_a_token_is_made_copied_and_gone_after_a_reload(page: Page, site: str) -> None:
    walk_in(page, site)
    page.goto(f"{site}/account/tokens")
    tab_to(page, "What it is for")
    page.keyboard.type("Door panel")
    page.keyboard.press("Enter")
    token = page.get_by_label("The token").input_value()
    assert token.startswith("campus_")
    assert token not in page.url
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab_to(page, "Copy")
    page.keyboard.press("Enter")
    expect(page.get_by_text("Copied.")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == token
    page.reload()
    expect(page.get_by_text("was sent already")).to_be_visible()
    assert token not in page.content()
    expect(page.get_by_role("button", name="Revoke: Door panel")).to_have_count(1)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_nothing_stands_in_a_screen_reader_s_way(page: Page, site: str, theme: str) -> None:
    page.emulate_media(color_scheme=theme)  # type: ignore[arg-type]
    walk_in(page, site)
    reader = AXE.read_text()
    for path in PAGES:
        page.goto(site + path)
        page.evaluate(f"() => {{ {reader} }}")
        found = page.evaluate("axe.run().then(({violations}) => violations.map(({id}) => id))")
        assert found == [], path
