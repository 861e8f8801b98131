"""The first visitor of an empty campus: with a list of rooms, and with the demo hub that comes to life."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from urllib.request import Request, urlopen

import pytest
from playwright.sync_api import Page, expect

from tests.running import Campus, StartCampus
from tests.servers import wait_until

pytestmark = [pytest.mark.browser, pytest.mark.slow]

ROOMS = "nombre;tipo;capacidad\nSala Ñandú;sala;8\nImpresora;impresora;\n"


@pytest.fixture
def empty(start_campus: StartCampus) -> Campus:
    campus = start_campus(CAMPUS_DEMO="0")
    campus.wait_until_ready()
    wait_until(lambda: campus.says("asks for a code"), "the hint to begin")
    return campus


def fill_in(page: Page, campus: Campus, email: str) -> None:
    page.goto(campus.url)
    expect(page).to_have_url(f"{campus.url}/welcome")
    page.get_by_label("What is it called?").fill("Nopal Tech Hub")
    page.get_by_label("Your name").fill("Íñigo Peña")
    page.get_by_label("Mail address").fill(email)
    page.get_by_label("Password", exact=True).fill("turtle umbrella sonata")


def test_an_empty_campus_opens_with_a_list_of_rooms(empty: Campus, page: Page) -> None:
    assert "/welcome " in empty.output
    fill_in(page, empty, "inigo@nopal.example")
    expect(page.get_by_label("or paste it here")).to_be_hidden()
    page.get_by_text("With my rooms").click()
    page.get_by_label("A CSV file").set_input_files(
        files={"name": "salas.csv", "mimeType": "text/csv", "buffer": ROOMS.encode("cp1252")}
    )
    page.get_by_role("button", name="Open the campus").click()
    expect(page.get_by_role("heading", name="Nopal Tech Hub is open")).to_be_visible()
    expect(page).to_have_title(re.compile(r"Nopal Tech Hub$"))
    page.get_by_role("main").get_by_role("link", name="Book").click()
    expect(page.get_by_text("Sala Ñandú").first).to_be_visible()
    page.goto(f"{empty.url}/welcome")
    expect(page).to_have_url(f"{empty.url}/")


def test_the_demo_hub_comes_to_life_after_the_first_page(empty: Campus, page: Page) -> None:
    assert not empty.says("simulator")
    fill_in(page, empty, "inigo@nopal.example")
    page.get_by_text("With the demo hub").click()
    page.get_by_role("button", name="Open the campus").click()
    expect(page.get_by_role("heading", name="Look at the hub live")).to_be_visible(timeout=60_000)
    assert empty.says("simulator")
    began = datetime.now(UTC)
    page.get_by_role("main").get_by_role("link", name="Hub live").click()

    def is_fresh() -> bool:
        cards = page.evaluate("fetch('/api/v1/devices').then((answer) => answer.json())")
        seen = [device.get("last_seen") or "" for device in cards["items"]]
        return any(said and datetime.fromisoformat(said) > began for said in seen)

    wait_until(is_fresh, "a device to speak", 60.0)


def test_a_neighbour_needs_the_code(empty: Campus) -> None:
    asked = Request(f"{empty.url}/welcome", headers={"X-Forwarded-For": "203.0.113.9"})  # noqa: S310 - our own
    with urlopen(asked, timeout=10) as answer:  # noqa: S310
        said = answer.read().decode()
    assert "This campus is not set up yet" in said
    assert 'name="password"' not in said
